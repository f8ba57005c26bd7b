"""KPIs of tickets, their assignments and their resolutions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from independent.world import (
    GRAINS,
    NONE,
    SEVEN_DAYS,
    Kpi,
    Observation,
    Resolution,
    Stock,
    Ticket,
    Where,
    World,
    keyed,
    only,
    valid_tickets,
    where,
)

AGE_BANDS = (
    ("0-1 d", timedelta(days=1)),
    ("1-3 d", timedelta(days=3)),
    ("3-7 d", timedelta(days=7)),
    ("over 7 d", timedelta.max),
)


def tickets_created(world: World) -> Iterator[Observation]:
    """Valid tickets created."""
    for ticket in valid_tickets(world):
        team = None
        if ticket.assignments:
            assigned_at, agent_id = ticket.assignments[0]
            team = world.team(agent_id, world.local_date(assigned_at))
        yield Observation(
            ticket.created_at,
            where(
                channel=ticket.row["channel"],
                team=team,
                complexity=ticket.row["complexity"],
                priority=ticket.row["priority"],
                topic=ticket.row["topic"],
                marketplace=ticket.row["marketplace"],
                country=ticket.customer["country"] if ticket.customer else None,
            ),
        )


def resolved_spells(world: World) -> Iterator[tuple[Ticket, Resolution, dict[str, str | None]]]:
    """Resolutions of valid tickets with every slice that a KPI of resolutions may have."""
    for ticket in valid_tickets(world):
        for resolution in world.resolutions(ticket):
            resolver = world.resolver(ticket, resolution.change)
            day = world.local_date(resolution.at)
            yield (
                ticket,
                resolution,
                {
                    "agent": keyed(world.person(resolver, day)),
                    "team": world.team(resolver, day),
                    "handled_by": world.handled_by(ticket, resolution),
                    **{name: ticket.row[name] for name in ("channel", "complexity", "topic", "marketplace")},
                },
            )


def resolution_time(world: World) -> Iterator[Observation]:
    """From the start of a spell to its standing resolution."""
    for _, resolution, slices in resolved_spells(world):
        if not resolution.is_reopened and resolution.seconds is not None:
            yield Observation(
                resolution.at,
                only(slices, "channel", "agent", "team", "complexity", "topic", "marketplace", "handled_by"),
                numerator=resolution.seconds,
            )


def tickets_closed(world: World) -> Iterator[Observation]:
    """Standing resolutions."""
    for _, resolution, slices in resolved_spells(world):
        if not resolution.is_reopened:
            yield Observation(resolution.at, only(slices, "agent", "team", "channel", "handled_by"))


def reassignments_per_ticket(world: World) -> Iterator[Observation]:
    """Changes of agent or team in the spell of a standing resolution."""
    if not any(row["event_type"] == "assigned" for row in world.told("ticket_events")):
        return
    for ticket, resolution, slices in resolved_spells(world):
        if not resolution.is_reopened:
            after = resolution.previous_standing_at
            in_spell = [
                at for at in world.reassignments(ticket) if at <= resolution.at and (after is None or at > after)
            ]
            yield Observation(
                resolution.at, only(slices, "channel", "team", "complexity", "topic"), numerator=len(in_spell)
            )


def resolution_rate(world: World) -> Iterator[Observation]:
    """Tickets resolved 7 days after their creation, where that is known.

    By agent, resolved by them / ever assigned to them; by team, resolved by it / ever with somebody of it. An agent
    without a team is in `(none)`, as is a ticket that nobody had.
    """
    for ticket in valid_tickets(world):
        ends_at = ticket.created_at + SEVEN_DAYS
        if not world.is_known_at(ticket, ends_at):
            continue
        resolution = ticket.resolution_in_force(lambda at, ends_at=ends_at: at <= ends_at)
        yield Observation(
            ticket.created_at,
            where(channel=ticket.row["channel"], complexity=ticket.row["complexity"]),
            numerator=int(resolution is not None),
        )
        resolver, resolved_on = None, world.local_date(ends_at)
        if resolution is not None:
            resolver, resolved_on = world.resolver(ticket, resolution), world.local_date(resolution.at)
        holders = world.holders(ticket, until=ends_at)
        agents = {world.person(agent_id, first) for agent_id, first, _ in holders} - {None}
        for agent_id in agents or {None}:
            yield Observation(
                ticket.created_at,
                [("agent", keyed(agent_id) or NONE)],
                numerator=int(resolution is not None and world.person(resolver, resolved_on) == agent_id),
            )
        teams = {world.team(agent_id, day) for agent_id, first, last in holders for day in world.days(first, last)}
        for team in teams or {None}:
            yield Observation(
                ticket.created_at,
                [("team", team or NONE)],
                numerator=int(resolution is not None and world.team(resolver, resolved_on) == team),
            )


def reopen_rate(world: World) -> Iterator[Observation]:
    """Resolutions reopened within 7 days."""
    if not world.has_status_events:
        return
    for _, resolution, slices in resolved_spells(world):
        yield Observation(
            resolution.at,
            only(slices, "agent", "team", "channel", "complexity", "handled_by"),
            numerator=int(resolution.is_reopened),
        )


def unresolved_tickets(world: World, day: date, ends_at: datetime) -> Iterator[tuple[Where, float]]:
    """Valid tickets that are not resolved just before the day's end, those left out of which nobody knows."""
    for ticket in valid_tickets(world):
        if ticket.created_at >= ends_at or not ticket.is_state_known:
            continue
        fixed = where(channel=ticket.row["channel"], complexity=ticket.row["complexity"])
        yield fixed, 0
        for team, age_band in unresolved_during(world, ticket, day):
            yield [("team", team or NONE), ("age_band", age_band)], 0
        if ticket.resolution_in_force(lambda at: at < ends_at) is None:
            team = world.team(ticket.assignee(lambda at: at < ends_at), day)
            age_band = age_band_at(ticket, min(ends_at, world.as_of))
            yield [*fixed, ("team", team or NONE), ("age_band", age_band)], 1


def age_band_at(ticket: Ticket, at: datetime, is_just_after: bool = False) -> str:
    """The band of a ticket's age at an instant, or just after it; bands are closed at their end."""
    age = at - ticket.created_at
    return next(name for name, longest in AGE_BANDS if age < longest or (age == longest and not is_just_after))


def unresolved_during(world: World, ticket: Ticket, day: date) -> set[tuple[str | None, str]]:
    """The teams and age bands in which a ticket was unresolved on a local day, be it for a moment."""
    starts_at, ends_at = world.starts_at(day), world.ends_at(day)
    openings = [ticket.created_at] + [
        max(change.at, ticket.created_at) for change in ticket.changes if not change.is_resolution
    ]
    moments = {
        *openings,
        max(starts_at, ticket.created_at),
        *(assigned_at for assigned_at, _ in ticket.assignments),
        *(ticket.created_at + longest for _, longest in AGE_BANDS[:-1]),
    }
    found = set()
    for moment in moments:
        if not max(starts_at, ticket.created_at) <= moment < ends_at or moment > world.as_of:
            continue
        is_resolved = ticket.resolution_in_force(lambda at, moment=moment: at <= moment) is not None
        if moment in openings or not is_resolved:
            team = world.team(ticket.assignee(lambda at, moment=moment: at <= moment), day)
            found.add((team, age_band_at(ticket, moment, is_just_after=moment < world.as_of)))
    return found


KPIS = {
    "tickets_created": Kpi("count", grains=("hour", *GRAINS)),
    "unresolved_tickets": Kpi("stock"),
    "resolution_time": Kpi("duration", SEVEN_DAYS),
    "tickets_closed": Kpi("count", SEVEN_DAYS),
    "reassignments_per_ticket": Kpi("ratio", SEVEN_DAYS),
    "resolution_rate": Kpi("ratio", SEVEN_DAYS),
    "reopen_rate": Kpi("ratio", SEVEN_DAYS),
}

OBSERVATIONS: dict[str, Callable[[World], Iterator[Observation]]] = {
    "tickets_created": tickets_created,
    "resolution_time": resolution_time,
    "tickets_closed": tickets_closed,
    "reassignments_per_ticket": reassignments_per_ticket,
    "resolution_rate": resolution_rate,
    "reopen_rate": reopen_rate,
}

STOCKS: dict[str, Stock] = {"unresolved_tickets": unresolved_tickets}
