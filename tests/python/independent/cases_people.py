"""Known cases of calls, agents, issues and surveys, with the cells worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from independent.cases import DAY, HOUR, MONDAY, NOON, Case, status_event, tables, ticket
from independent.world import Row

SECOND = timedelta(seconds=1)
WEEK = 7 * DAY


def call(call_id: str, queued_at: datetime, answered_at: datetime | None, ended_at: datetime, **columns: Any) -> Row:
    return {
        "call_id": call_id,
        "queued_at": queued_at,
        "answered_at": answered_at,
        "ended_at": ended_at,
        "talk_seconds": None if answered_at is None else 60,
        **columns,
    }


def shift(shift_id: str, agent_id: str, shift_date: date, worked_minutes: int, **columns: Any) -> Row:
    return {
        "shift_id": shift_id,
        "agent_id": agent_id,
        "shift_date": shift_date,
        "worked_minutes": worked_minutes,
        **columns,
    }


def reply(message_id: str, ticket_id: str, author_id: str, sent_at: datetime, **columns: Any) -> Row:
    return {
        "message_id": message_id,
        "ticket_id": ticket_id,
        "author_type": "agent",
        "author_id": author_id,
        "sent_at": sent_at,
        **columns,
    }


def survey(
    survey_id: str, survey_type: str, score: float | str | None, responded_at: datetime | None, **columns: Any
) -> Row:
    return {
        "survey_id": survey_id,
        "survey_type": survey_type,
        "score": score,
        "sent_at": NOON,
        "responded_at": responded_at,
        **columns,
    }


def contact(ticket_id: str, customer_id: str | None, created_at: datetime, **columns: Any) -> Row:
    return ticket(ticket_id, created_at, **{"customer_id": customer_id, "topic": "returns", **columns})


def solved(ticket_id: str, at: datetime, **columns: Any) -> Row:
    return status_event(f"{ticket_id} at {at}", ticket_id, at, "solved", **columns)


CASES = [
    Case(
        "calls of tests and on excluded tickets are none, and each duration looks at its own two ends",
        tables(
            tickets=[ticket("t1", is_spam=True)],
            customers=[{"customer_id": "c1", "is_test": True}],
            calls=[
                call("k1", NOON, NOON + HOUR, NOON + 2 * HOUR, hold_seconds=30),
                call("k2", NOON, NOON, NOON + HOUR, direction="outbound", talk_seconds=100, wrap_up_seconds=20),
                call("k3", NOON, NOON, NOON + HOUR, hold_seconds=-1),
                call("k4", NOON, None, NOON + HOUR),
                call("k5", NOON, NOON + 4 * HOUR, NOON + 5 * HOUR),  # in the queue at as_of
                call("k6", NOON, NOON, NOON + HOUR, talk_seconds=None),
                call("k7", NOON, NOON + 2 * HOUR, NOON + HOUR),
                call("k8", NOON, NOON, NOON + HOUR, ticket_id="t1"),
                call("k9", NOON, NOON, NOON + HOUR, customer_id="c1"),
                call("k10", NOON, None, NOON + HOUR, ticket_id="unknown"),
            ],
        ),
        {
            # k1 3600 s, k3 0, k6 0, k7 7200
            ("call_wait_time", "day", MONDAY, "overall", "all"): (10800, 4),
            # k1 60 + 30, k2 100 and 20 of wrap-up
            ("handle_time", "week", MONDAY, "overall", "all"): (190, 2),
            ("handle_time_with_wrap_up", "week", MONDAY, "overall", "all"): (210, 2),
            ("handle_time", "day", MONDAY, "overall", "all"): None,
            # k4 and k10 of these and k1, k3, k5, k6, k7
            ("abandonment_rate", "day", MONDAY, "overall", "all"): (2, 7),
        },
        as_of=NOON + 3 * HOUR,
    ),
    Case(
        "an agent's day has the hours of the shifts that have begun, and each ticket once",
        tables(
            tickets=[
                ticket("t1"),
                ticket("t2", merged_into_ticket_id="t1"),
                ticket("t3", NOON - DAY),
                ticket("t4", is_spam=True),
            ],
            ticket_events=[
                solved("t1", NOON + 3 * HOUR, actor_type="agent", actor_id="a1"),
                solved("t3", NOON + 3 * HOUR, actor_type="agent", actor_id="idle"),
            ],
            ticket_messages=[
                reply("m1", "t1", "a1", NOON),
                reply("m2", "t1", "a1", NOON + HOUR),
                reply("m3", "t2", "a1", NOON + 2 * HOUR),
                reply("m4", "t3", "a1", NOON),
                reply("m5", "t3", "a1", NOON - DAY),
                reply("m6", "t4", "a1", NOON),
                reply("m7", "t3", "idle", NOON),
                reply("m8", "t3", "q", NOON),
            ],
            agents=[{"agent_id": "a1", "team": "north"}, {"agent_id": "q", "team": "north", "is_queue": True}],
            agent_shifts=[
                shift("s1", "a1", MONDAY, 60),
                shift("s2", "a1", MONDAY, 30, starts_at=NOON + 4 * HOUR),
                shift("s3", "a1", MONDAY, 480, starts_at=NOON + 4 * HOUR + SECOND),
                shift("s4", "a1", MONDAY - DAY, 0, absence_reason="sick"),
                shift("s5", "q", MONDAY, 60),
                shift("s6", "stray", MONDAY, 120),
            ],
        ),
        {
            # 60 + 30 + 120 minutes are 3.5 hours; idle has no shift
            ("tickets_closed_per_hour", "day", MONDAY, "overall", "all"): (1, 3.5),
            ("tickets_closed_per_hour", "day", MONDAY, "team", "north"): (1, 1.5),
            # t1 and t3 of a1; a1 and stray were there
            ("tickets_handled_per_day", "day", MONDAY, "overall", "all"): (2, 2),
            ("tickets_handled_per_day", "day", MONDAY - DAY, "overall", "all"): None,
        },
        as_of=NOON + 4 * HOUR,
    ),
    Case(
        "where a source tells of no message, nobody knows how many tickets were handled",
        tables(
            tickets=[ticket("t1")],
            ticket_messages=[reply("m1", "t1", "a1", NOON, is_deleted=True)],
            agent_shifts=[shift("s1", "a1", MONDAY, 60)],
        ),
        {
            ("tickets_handled_per_day", "day", MONDAY, "overall", "all"): None,
            ("tickets_closed_per_hour", "day", MONDAY, "overall", "all"): (0, 1),
        },
    ),
    Case(
        "who is there on one of the two ends of a period is half an agent",
        tables(
            tickets=[ticket("t1")],
            # The first thing that happened: an answer a second before its survey, in the quarter before.
            survey_responses=[
                survey("v1", "csat", 5, datetime.fromisoformat("2025-12-31T23:59:59Z"))
                | {"sent_at": datetime.fromisoformat("2026-01-01T00:00:00Z")},
            ],
            agents=[
                {"agent_id": "ann"},
                {"agent_id": "bob", "hired_on": date(2026, 1, 15), "left_on": date(2026, 2, 28)},
                {"agent_id": "cem", "hired_on": date(2025, 11, 2), "left_on": date(2025, 11, 29)},
                {"agent_id": "dan", "left_on": date(2026, 3, 2)},
                {"agent_id": "eve", "left_on": date(2026, 3, 3)},
                {"agent_id": "fay", "left_on": date(2025, 9, 30)},
                {"agent_id": "gus"},
                {"agent_id": "gus", "valid_from": date(2026, 3, 2), "hired_on": date(2026, 3, 2)},
                {"agent_id": "gus", "valid_from": date(2026, 3, 3), "hired_on": date(2020, 1, 1)},
                # Of whom no row tells yet; the first one says that hal was there until the end of January.
                {"agent_id": "hal", "valid_from": date(2026, 4, 1), "team": "x", "left_on": date(2026, 1, 31)},
                {"agent_id": "hal", "valid_from": date(2026, 5, 1), "team": "x"},
                {"agent_id": "pool", "is_queue": True},
            ],
        ),
        {
            ("agent_turnover_rate", "month", date(2025, 9, 1), "overall", "all"): None,
            # ann, dan, eve and hal; cem came and went between the ends
            ("agent_turnover_rate", "month", date(2025, 10, 1), "overall", "all"): (0, 4),
            ("agent_turnover_rate", "month", date(2025, 11, 1), "overall", "all"): (1, 4),
            # bob on the last of January, and on both ends of February
            ("agent_turnover_rate", "month", date(2026, 1, 1), "overall", "all"): (1, 4.5),
            ("agent_turnover_rate", "month", date(2026, 1, 1), "team", "(none)"): (1, 4.5),
            ("agent_turnover_rate", "month", date(2026, 2, 1), "overall", "all"): (1, 4),
            # dan was there for the last time on the day of as_of, gus for the first
            ("agent_turnover_rate", "month", date(2026, 3, 1), "overall", "all"): (1, 3.5),
            ("agent_turnover_rate", "quarter", date(2025, 10, 1), "overall", "all"): (1, 4),
            # hal was there on the first day alone, gus on the last
            ("agent_turnover_rate", "quarter", date(2026, 1, 1), "overall", "all"): (3, 4),
        },
    ),
    Case(
        "a contact joins an issue up to 7 d after its latest end, and for as long as it has none",
        tables(
            tickets=[
                contact("t1", "c1", NOON + HOUR + WEEK),
                contact("t2", "c3", NOON, status="closed"),  # at an unknown time, so the next joins for 7 d
                contact("t3", "c3", NOON + WEEK),
                contact("t5", "c4", NOON),
                contact("t6", "c4", NOON + 30 * DAY),
                contact("t7", "c5", NOON, issue_id="i1"),
                contact("t8", "c6", NOON + 30 * DAY, issue_id="i1", topic="sizes"),
                contact("t9", None, NOON),
                contact("t10", "c7", NOON),
            ],
            ticket_events=[
                solved("t1", NOON + 2 * HOUR + WEEK),
                solved("t3", NOON + HOUR + WEEK),
                solved("t6", NOON + HOUR + 30 * DAY),
                solved("t7", NOON + HOUR),
                solved("t8", NOON + HOUR + 30 * DAY),
                solved("t9", NOON + HOUR),
                solved("t10", NOON + HOUR),
                status_event("e1", "t10", NOON + HOUR + 8 * DAY, "open"),
            ],
            calls=[
                call("k1", NOON, NOON, NOON + HOUR, customer_id="c1", topic="returns"),
                call(
                    "k2",
                    *(NOON + 2 * HOUR + 2 * WEEK + SECOND, NOON + 3 * HOUR + 2 * WEEK, NOON + 4 * HOUR + 2 * WEEK),
                    **{"customer_id": "c1", "topic": "returns"},
                ),
                call("k3", NOON, NOON, NOON + HOUR, customer_id="c2", topic="returns"),
                call("k4", NOON + 2 * HOUR, None, NOON + 3 * HOUR, customer_id="c2", topic="returns"),
                call("k5", NOON, NOON, NOON + HOUR, customer_id="c7", topic="returns", ticket_id="t10"),
            ],
        ),
        {
            # t10, whose later reopening changes nothing; t9 is nobody's, and the last call of c2 was not answered
            ("contacts_to_resolution", "day", MONDAY, "overall", "all"): (1, 1),
            ("first_contact_resolution_rate", "day", MONDAY, "overall", "all"): (1, 1),
            # k1 and t1 exactly 7 d later; t2 and t3 ended, but nobody knows when
            ("contacts_to_resolution", "day", MONDAY + WEEK, "overall", "all"): (2, 1),
            ("first_contact_resolution_rate", "day", MONDAY + WEEK, "channel", "email"): (0, 1),
            # k2 came a second too late
            ("contacts_to_resolution", "day", MONDAY + 2 * WEEK, "overall", "all"): (1, 1),
            ("first_contact_resolution_rate", "day", MONDAY + 2 * WEEK, "channel", "(none)"): (1, 1),
            # t7 and t8, however far apart; t6 waits for t5
            ("contacts_to_resolution", "day", MONDAY + 30 * DAY, "topic", "returns"): (2, 1),
            ("contacts_to_resolution", "day", MONDAY + 30 * DAY, "overall", "all"): (2, 1),
        },
    ),
    Case(
        "of answers that can be read and are no test the newest counts, on its scale turned round",
        tables(
            tickets=[ticket("t1", NOON - DAY)],
            customers=[{"customer_id": "c9", "is_test": True}],
            articles=[{"article_id": "z1", "topic": "returns"}],
            survey_responses=[
                survey("v1", "csat", 5, NOON + HOUR, ticket_id="t1"),
                survey("v2", "csat", 3, NOON + HOUR, ticket_id="t1"),
                survey("v3", "csat", 1, NOON + 2 * HOUR, ticket_id="t1", scale_min=0, scale_max=7),
                survey("v4", "csat", 1, NOON + 3 * HOUR, ticket_id="t1", customer_id="c9"),
                survey("v5", "csat", 2, NOON + HOUR, customer_id="c1"),
                survey("v6", "csat", 10, NOON + 2 * HOUR, customer_id="c1", ticket_id="unknown", scale_max=10),
                survey("v7", "csat", 1, NOON + HOUR),
                survey("v8", "csat", 5, NOON + HOUR),
                # 7 of 1 to 10, turned round 4: 1 + 3 x 6 / 9
                survey("v9", "ces", 7, NOON + HOUR, scale_max=10),
                *(
                    survey(f"n{score}", "nps", score, NOON + HOUR, scale_min=1, scale_max=10)
                    for score in (1, 6, 7, 8, 9)
                ),
                survey("y1", "article_helpful", 1, NOON + HOUR, customer_id="c1", article_id="z1"),
                survey("y2", "article_helpful", 0, NOON + HOUR, customer_id="c1", article_id="z1"),
                survey("y3", "article_helpful", 2, NOON + HOUR, article_id="z1", scale_max=2),
            ],
        ),
        {
            # v2 3, v6 5, v7 1, v8 5
            ("csat_score", "day", MONDAY, "overall", "all"): (14, 4),
            ("csat_score", "day", MONDAY, "survey_scope", "ticket"): (3, 1),
            ("csat_satisfied_rate", "day", MONDAY, "survey_scope", "brand"): (2, 3),
            ("customer_effort_score", "day", MONDAY, "overall", "all"): (3, 1),
            # 9 promotes, 1 and 6 detract
            ("net_promoter_score", "day", MONDAY, "overall", "all"): (-100, 5),
            ("article_helpful_rate", "week", MONDAY, "article", "standard:z1"): (1, 2),
            ("article_helpful_rate", "day", MONDAY, "topic", "returns"): (1, 2),
        },
    ),
    Case(
        "a survey is of the team in which its ticket was resolved, and answered by the end of a week",
        tables(
            tickets=[
                ticket("t1"),
                ticket("t2"),
                ticket("t3", status="closed", assigned_agent_id="a1"),
                ticket("t4", status="closed", assigned_agent_id="a1"),
            ],
            ticket_events=[solved("t1", NOON, actor_type="agent", actor_id="a1")],
            agents=[
                {"agent_id": "a1", "team": "north"},
                {"agent_id": "a1", "valid_from": MONDAY + DAY, "team": "south"},
            ],
            survey_responses=[
                survey("v1", "csat", 5, NOON + DAY, ticket_id="t1"),
                survey("v2", "csat", 4, NOON + DAY, ticket_id="t2", agent_id="a1"),
                survey("v3", "nps", 5, None),  # nobody knows when
                survey("v4", "nps", 5, NOON + 9 * DAY),
                survey("v5", "nps", 5, NOON + WEEK + SECOND),
                survey("v6", "nps", 5, NOON + WEEK),
                survey("v7", "nps", None, NOON + HOUR),
                survey("v8", "agent_satisfaction", 5, NOON + HOUR),
                # t3 was resolved nobody knows when, and not after its last message
                survey("v9", "ces", 7, NOON + 2 * HOUR, ticket_id="t3", sent_at=NOON + HOUR),
                survey("v10", "ces", 5, NOON + 2 * HOUR - SECOND, ticket_id="t4", sent_at=NOON + HOUR),
                # Of another day; without these nobody would know whether all who were asked are there.
                survey("v11", "csat", None, None, sent_at=NOON + 3 * DAY),
                survey("v12", "ces", None, None, sent_at=NOON + 3 * DAY),
                survey("v13", "nps", None, None, sent_at=NOON + 3 * DAY),
            ],
            ticket_messages=[reply(f"m{number}", f"t{number}", "a2", NOON + 2 * HOUR) for number in (3, 4)],
        ),
        {
            ("csat_score", "day", MONDAY + DAY, "team", "north"): (5, 1),
            ("csat_score", "day", MONDAY + DAY, "team", "south"): (4, 1),
            ("csat_score", "week", MONDAY, "agent", "standard:a1"): (9, 2),
            ("customer_effort_score", "day", MONDAY, "team", "north"): (7, 1),
            ("customer_effort_score", "day", MONDAY, "team", "(none)"): (5, 1),
            # v1, v2, v6, v9 and v10 of these and v4, v5, v7; t1 was resolved before its survey of the same instant
            ("survey_response_rate", "day", MONDAY, "overall", "all"): (5, 8),
            ("survey_response_rate", "day", MONDAY, "team", "north"): (2, 2),
        },
        as_of=NOON + 8 * DAY,
    ),
    Case(
        "a withheld team is not alone, and a queue that answers twice is one respondent",
        tables(
            agents=[
                *(
                    {"agent_id": f"{team}{number}", "team": team}
                    for team, size in (("north", 5), ("south", 5), ("west", 5), ("east", 3))
                    for number in range(size)
                ),
                {"agent_id": "pool", "team": "east", "is_queue": True},
            ],
            survey_responses=[
                survey(f"v{number}", "agent_satisfaction", 5, NOON, agent_id=agent_id)
                for number, agent_id in enumerate(
                    [f"{team}{number}" for team in ("north", "south", "west") for number in range(5)]
                    + ["south0", "east0", "east1", "east2", "pool", "pool"]
                )
            ],
        ),
        {
            ("agent_satisfaction", "month", date(2026, 3, 1), "team", "east"): (None, None),
            ("agent_satisfaction", "month", date(2026, 3, 1), "team", "north"): (None, None),
            ("agent_satisfaction", "month", date(2026, 3, 1), "team", "south"): (30, 6),
            ("agent_satisfaction", "month", date(2026, 3, 1), "team", "west"): (25, 5),
            ("agent_satisfaction", "month", date(2026, 3, 1), "overall", "all"): (105, 21),
            ("agent_satisfaction", "week", MONDAY, "overall", "all"): None,
        },
        as_of=datetime(2026, 4, 1, tzinfo=UTC),
    ),
    Case(
        "a quarter is told beside its months or in their place, and not before it is over",
        tables(
            agents=[
                {"agent_id": f"{team}{number}", "team": team} for team in ("north", "south") for number in range(6)
            ],
            survey_responses=[
                survey(
                    f"v{month}{agent_id}{word}",
                    "agent_satisfaction",
                    5,
                    at,
                    sent_at=at,
                    agent_id=agent_id,
                    survey_dimension=word,
                )
                for month, agent_ids in {
                    # north: 3 people, 3 others, nobody; south: 6, 6, 5
                    1: ["north0", "north1", "north2", *(f"south{number}" for number in range(6))],
                    2: ["north3", "north4", "north5", *(f"south{number}" for number in range(6))],
                    3: [f"south{number}" for number in range(5)],
                    # north: 3 people and 3 others; south: 4 and 4
                    4: ["north0", "north1", "north2", *(f"south{number}" for number in range(4))],
                    5: ["north3", "north4", "north5", *(f"south{number}" for number in range(2, 6))],
                }.items()
                for at in [datetime(2025, month, 10, tzinfo=UTC)]
                for agent_id in agent_ids
                # One is asked about tools alone.
                for word in ("tools", "workload")
                if (word, agent_id) != ("workload", "south0")
            ],
        ),
        {
            # 3 people alone, so south goes with them; in March nothing is to be hidden
            ("agent_satisfaction", "month", date(2025, 1, 1), "team", "north"): (None, None),
            ("agent_satisfaction", "month", date(2025, 1, 1), "team", "south"): (None, None),
            ("agent_satisfaction", "month", date(2025, 3, 1), "team", "south"): (45, 9),
            ("agent_satisfaction", "quarter", date(2025, 1, 1), "team", "south"): (None, None),
            # 6 people, but not in each month
            ("agent_satisfaction", "quarter", date(2025, 1, 1), "team", "north"): (None, None),
            ("agent_satisfaction", "quarter", date(2025, 1, 1), "overall", "all"): (215, 43),
            # In March 4 people were asked about workload, and tools goes with it.
            ("agent_satisfaction", "month", date(2025, 1, 1), "survey_dimension", "workload"): (40, 8),
            ("agent_satisfaction", "month", date(2025, 3, 1), "survey_dimension", "workload"): (None, None),
            ("agent_satisfaction", "month", date(2025, 3, 1), "survey_dimension", "tools"): (None, None),
            ("agent_satisfaction", "quarter", date(2025, 1, 1), "survey_dimension", "tools"): (None, None),
            # 6 people each, none of them told by months
            ("agent_satisfaction", "month", date(2025, 4, 1), "team", "north"): (None, None),
            ("agent_satisfaction", "month", date(2025, 4, 1), "team", "south"): (None, None),
            ("agent_satisfaction", "quarter", date(2025, 4, 1), "team", "north"): (60, 12),
            ("agent_satisfaction", "quarter", date(2025, 4, 1), "team", "south"): (75, 15),
            ("agent_satisfaction", "month", date(2025, 4, 1), "overall", "all"): (65, 13),
        },
        as_of=datetime(2025, 7, 1, tzinfo=UTC),
    ),
]
