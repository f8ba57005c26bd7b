"""Nasty seeds: calendars in other zones, open at odd hours, policies for everybody, scales that are turned round or say
little, and names in other spellings."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from independent.world import Config, Row

if TYPE_CHECKING:
    from independent.nasty import Scene

Opening = tuple[str, str]
Names = tuple[str | None, str | None, str | None]

WEEK = 7 * 24 * 60

# What a weekday may be like: nights, hours that a change of clocks takes away or gives twice, whole days, breaks.
WEEKDAYS: list[tuple[Opening, ...]] = [
    (),
    (("08:00", "18:00"),),
    (("08:00", "12:00"), ("12:00", "14:00"), ("14:30", "18:00")),
    (("00:00", "24:00"),),
    (("00:00", "00:00"),),
    (("22:00", "06:00"),),
    (("18:00", "02:30"),),
    (("02:30", "03:15"), ("23:30", "24:00")),
    (("01:59", "03:00"),),
    (("00:00", "00:30"), ("23:30", "00:30")),
    (("12:00", "12:00"),),
]
ZONES = ["Europe/Berlin", "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"]
CALENDARS = ["default", "Live", "night"]
TARGET_SECONDS = [1, 1800, 3600, 10 * 3600, 24 * 3600, 24 * 3600, 30 * 3600, 7 * 24 * 3600]


def configuration(rng: random.Random, scene: Scene, shipped: Config) -> Config:
    """Seeds that a brand might have, and that the build takes without an error."""
    days = [day + timedelta(days=shift) for day in scene.days for shift in (-1, 0, 1, 7)]
    calendars = CALENDARS[: rng.choice((0, 1, 3, 3, 3))]
    return shipped | {
        "channels": [row | {"is_social": rng.random() < 0.4} for row in shipped["channels"] if rng.random() < 0.9],
        "business_hours": [row for calendar in calendars for row in hours(rng, scene, calendar)],
        "holidays": [
            {"calendar": rng.choice([calendar, calendar.upper()]), "holiday_date": day, "name": "n", "source": "test"}
            for calendar in calendars
            for day in sorted(rng.sample(sorted(set(days)), rng.choice((0, 1, 3))))
        ],
        "sla_policies": policies(rng, days),
        "survey_scales": [scale(rng, row) for row in shipped["survey_scales"] if rng.random() < 0.85],
        "marketplace_standards": standards(rng, days, shipped["marketplace_standards"]),
    }


def minutes(local_time: str) -> int:
    return int(local_time[:2]) * 60 + int(local_time[3:])


def hours(rng: random.Random, scene: Scene, calendar: str) -> list[Row]:
    """The openings of a week. None overlaps another: the one that would is left out."""
    zone = rng.choice([scene.timezone, scene.timezone, *ZONES])
    usual = rng.choice(WEEKDAYS)
    rows: list[Row] = []
    taken: set[int] = set()
    for weekday in range(1, 8):
        for opens_at, closes_at in rng.choice([usual, usual, *WEEKDAYS]):
            opens, closes = minutes(opens_at), minutes(closes_at)
            closes += 24 * 60 if closes <= opens else 0
            opening = {((weekday - 1) * 24 * 60 + minute) % WEEK for minute in range(opens, closes)}
            if not opening & taken:
                taken |= opening
                names = {"calendar": rng.choice([calendar, calendar.upper()]), "timezone": zone, "source": "test"}
                rows.append({**names, "iso_weekday": weekday, "opens_at": opens_at, "closes_at": closes_at})
    return rows


def policies(rng: random.Random, days: list[date]) -> list[Row]:
    """Policies for some of all combinations of what a policy may name; one may take the place of another in time."""
    rows: list[Row] = []

    def add(names: Names, **validity: Any) -> None:
        channel, marketplace, priority = names
        rows.append(
            {
                "policy_id": f"policy {len(rows)}",
                "metric": "first_response",
                "channel": channel,
                "marketplace": marketplace,
                "priority": priority,
                "target_seconds": rng.choice(TARGET_SECONDS),
                "clock": rng.choice(["calendar", "business", "business"]),
                "calendar": rng.choice([None, "default", "live", "LIVE", "Night", "unknown"]),
                "source": "test",
                **validity,
            }
        )

    for names in product([None, "e-mail", "Chat"], [None, "Amazon.de", "E BAY"], [None, "urgent", "Low"]):
        if rng.random() < 0.35:
            day = rng.choice([None, *days])
            add(names, valid_from=rng.choice([None, date(2000, 1, 1)]), valid_to=day)
            if day is not None and rng.random() < 0.7:
                add(names, valid_from=day, valid_to=None)
    return rows


def scale(rng: random.Random, row: Row) -> Row:
    """A scale that may be turned round, or on which it is easier to be satisfied."""
    satisfied_min = row["satisfied_min"]
    if satisfied_min is not None:
        satisfied_min = rng.choice([satisfied_min, satisfied_min, row["scale_min"], row["scale_max"]])
    limits = {"satisfied_min": satisfied_min}
    if rng.random() < 0.15:
        limits = {"satisfied_min": None, "promoter_min": None, "detractor_max": None}
    return row | limits | {"is_reversed": rng.random() < 0.3}


def standards(rng: random.Random, days: list[date], shipped: list[Row]) -> list[Row]:
    """The shipped standards with other windows and limits, which may change from one day on."""
    spellings = ["amazon", "Amazon", "Amazon.co.uk", "ebay", "web", "WEB"]
    marketplaces = {row["standard_id"]: rng.choice(spellings) for row in shipped}
    rows: list[Row] = []
    for row in shipped:
        is_of_turns = row["kpi_id"].startswith("turn")
        changes_on = rng.choice([None, None, *days])
        for valid_from, valid_to in [(row["valid_from"], changes_on)] + [(changes_on, None)] * (changes_on is not None):
            rows.append(
                row
                | {
                    "marketplace": marketplaces[row["standard_id"]],
                    "window_days": rng.choice([1, 2, 7, 30, row["window_days"]]),
                    "lag_days": 0 if is_of_turns else rng.choice([0, 1, 7, row["lag_days"]]),
                    "comparison": rng.choice(["<", "<=", ">=", ">"]),
                    "limit_value": row["limit_value"] if row["limit_value"] > 1 else rng.choice([0.0, 0.5, 1.0]),
                    "valid_from": valid_from,
                    "valid_to": valid_to,
                }
            )
    return rows
