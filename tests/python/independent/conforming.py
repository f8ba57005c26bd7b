"""Raw rows of the standard layout as everything else may read them: tidy text, one name for one thing, times that can
be, dates where they belong, and placeholders that are nobody.

Like the rest of the calculation this follows the sentences of the definitions, not the SQL.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Raw = dict[str, list[Row]]
Config = dict[str, list[Row]]

OPEN = ("new", "open", "pending", "on_hold")
RESOLVED = ("solved", "closed")
LONG_AGO = date(1, 1, 1)


@dataclass(frozen=True)
class Settings:
    """What a brand may set.

    earliest  what is dated before it never happened then
    skew      how much an end may lie before its start, because two clocks differ
    """

    earliest: datetime = datetime(1990, 1, 1, tzinfo=UTC)
    skew: timedelta = timedelta(seconds=2)


USUAL = Settings()

# The instant from which on a row exists; of several columns the first that is told. What describes a thing has no
# instant, and always exists.
BEGINNINGS: dict[str, tuple[str, ...]] = {
    "tickets": ("created_at",),
    "ticket_messages": ("sent_at",),
    "ticket_events": ("occurred_at",),
    "calls": ("queued_at",),
    "survey_responses": ("sent_at", "responded_at"),
    "orders": ("ordered_at",),
    "reviews": ("reviewed_at",),
    "claims": ("opened_at",),
    "returns": ("requested_at",),
    "article_views": ("viewed_at",),
    "brand_mentions": ("mentioned_at",),
}
# What happened when: the newest of these that is not later than its landing is the default `as_of`.
HAPPENINGS: dict[str, tuple[str, ...]] = {
    **{table: columns for table, columns in BEGINNINGS.items() if table not in ("claims", "returns")},
    "tickets": ("created_at", "resolved_at"),
    "orders": ("ordered_at", "shipped_at", "delivered_at", "cancelled_at"),
}
# Rows of these describe a thing; one that is marked deleted has ended, and keeps its past.
DESCRIBES = ("agents", "customers", "products", "articles", "templates")

# What is known before it comes.
PROMISES = ("promised_ship_at", "promised_delivery_at")
PLANNED: dict[str, tuple[str, ...]] = {
    "orders": PROMISES,
    "agent_shifts": ("starts_at", "ends_at", "shift_date"),
    "articles": ("published_at",),
    "agents": ("hired_on", "left_on"),
}
# Dates that are held to the same bounds as times.
DATES = ("hired_on", "left_on", "shift_date", "rate_date")

LOWERED = {"ticket_events": ("event_type",)}
UPPERED = {"orders": ("currency",), "exchange_rates": ("currency",)}
# What an empty value means.
DEFAULTS: dict[str, Row] = {
    "tickets": {"initiated_by": "customer", "is_spam": False, "is_test": False},
    "ticket_messages": {"is_public": True, "is_acknowledgement": False, "no_reply_needed": False},
    "agents": {"valid_from": LONG_AGO, "is_queue": False},
    "calls": {"direction": "inbound"},
    "customers": {"is_test": False},
    "orders": {"is_test": False},
    "brand_mentions": {"is_own_account": False},
}

# Columns that hold names, with the kind of each. Names of one kind are compared with each other, whatever the table.
NAMED: dict[str, dict[str, str]] = {
    "tickets": {
        **{name: name for name in ("channel", "topic", "complexity", "priority", "marketplace")},
        "status": "ticket_status",
        "initiated_by": "author",
    },
    "ticket_messages": {"author_type": "author"},
    "ticket_events": {"actor_type": "author"},
    "agents": {"team": "team"},
    "calls": {"queue": "queue", "topic": "topic", "direction": "direction"},
    "survey_responses": {"survey_type": "survey_type", "survey_dimension": "survey_dimension"},
    "customers": {"country": "country"},
    "orders": {"marketplace": "marketplace", "status": "order_status", "cancelled_by": "canceller"},
    "products": {"category": "category", "family": "family"},
    "reviews": {"marketplace": "marketplace"},
    "claims": {"claim_type": "claim_type", "status": "claim_status"},
    "articles": {"topic": "topic", "resource_type": "resource_type"},
    "brand_mentions": {"network": "network", "sentiment": "sentiment", "brand": "brand"},
}
# Names that definitions know by themselves.
LISTED: dict[str, tuple[str, ...]] = {
    "ticket_status": OPEN + RESOLVED,
    "author": ("customer", "agent", "automation", "system"),
    "complexity": ("low", "medium", "high"),
    "direction": ("inbound", "outbound"),
    "survey_type": ("csat", "nps", "ces", "agent_satisfaction", "article_helpful"),
    "order_status": ("cancelled", "shipped", "delivered"),
    "canceller": ("seller", "customer", "system"),
    "claim_type": ("a_to_z", "chargeback"),
    "claim_status": ("pending", "granted", "denied"),
    "resource_type": ("article", "faq", "video"),
}
# Kinds in which a word that is known nowhere says nothing.
CLOSED = ("ticket_status",)
# Seeds in which names stand, and the columns.
SEEDED: dict[str, tuple[str, ...]] = {
    "channels": ("channel",),
    "sla_policies": ("channel", "marketplace", "priority"),
    "marketplace_standards": ("marketplace",),
}

# Who somebody is.
IDENTITIES = (
    *("customer_id", "person_id", "email_hash", "reader_id", "agent_id"),
    *("assigned_agent_id", "actor_id", "author_id"),
)
DESCRIBED_BY = {"agents": "agent_id", "customers": "customer_id"}


class Columns(dict[str, Any]):
    """A row whose absent columns are None."""

    def __missing__(self, column: str) -> None:
        return None


# ---------------------------------------------------------------------------------------------------------------- text


def text(value: str | None) -> str | None:
    """Text without blanks around it; None where nothing is left."""
    return None if value is None else value.strip(" ") or None


def lower(value: str | None) -> str | None:
    value = text(value)
    return None if value is None else value.lower()


def name_key(name: str) -> str:
    """What two spellings of one name share: lower case, without blanks, dashes and underscores."""
    return "".join(
        letter
        for letter in name.lower()
        if letter != "_" and not letter.isspace() and unicodedata.category(letter) != "Pd"
    )


class Names:
    """The one name of all that is written in several ways, in any row, be it deleted or still to come, and in seeds."""

    def __init__(self, raw: Raw, config: Config) -> None:
        aliases = config.get("name_aliases", [])
        self.aliases = {(row["kind"], name_key(row["alias"])): name_key(row["name"]) for row in aliases}
        self.known: dict[tuple[str, str], str] = {}
        for kind, name in self.listed(config):
            self.known.setdefault((kind, name_key(name)), name)
        self.least: dict[tuple[str, str], str] = {}
        for kind, spelling in self.spellings(raw, config):
            key = (kind, name_key(spelling))
            self.least[key] = min(spelling, self.least.get(key, spelling))

    def listed(self, config: Config) -> Iterator[tuple[str, str]]:
        """Names that are known before anybody writes one, those that matter most first."""
        for kind, names in LISTED.items():
            yield from ((kind, name) for name in names)
        for row in config.get("name_aliases", []):
            yield row["kind"], row["name"]
        seeded = [("channel", row["channel"]) for row in config.get("channels", [])]
        for seed in ("sla_policies", "marketplace_standards"):
            seeded += [("marketplace", row["marketplace"]) for row in config.get(seed, []) if row["marketplace"]]
        yield from sorted(seeded)

    def spellings(self, raw: Raw, config: Config) -> Iterator[tuple[str, str]]:
        for table, rows in raw.items():
            columns = NAMED.get(table, {})
            for row in rows:
                for column, kind in columns.items():
                    if (spelling := text(row.get(column))) is not None:
                        yield kind, spelling
                if table == "ticket_events" and is_of_status(row):
                    for column in ("old_value", "new_value"):
                        if (spelling := text(row.get(column))) is not None:
                            yield "ticket_status", spelling
        for seed, columns in SEEDED.items():
            for row in config.get(seed, []):
                yield from ((column, row[column]) for column in columns if row[column] is not None)
        for row in config.get("kpi_targets", []):
            if row["slice"] is not None and row["slice_value"] is not None:
                yield row["slice"], row["slice_value"]

    def name(self, kind: str, spelling: str | None) -> str | None:
        """The name of what is spelled so."""
        spelling = text(spelling)
        if spelling is None:
            return None
        key = name_key(spelling)
        name = self.known.get((kind, self.aliases.get((kind, key), key)))
        if name is None and kind not in CLOSED:
            name = self.least.get((kind, key), spelling)
        return name


def is_of_status(event: Row) -> bool:
    return name_key(event["event_type"]) == name_key("status_changed")


# -------------------------------------------------------------------------------------------------------- placeholders


class Placeholders:
    """What stands where nobody is known."""

    def __init__(self, config: Config) -> None:
        self.patterns = [text(row["pattern"].lower()) or "" for row in config.get("placeholder_identities", [])]

    def match(self, value: Any) -> bool:
        return isinstance(value, str) and any(matches(pattern, value.strip().lower()) for pattern in self.patterns)


def matches(pattern: str, value: str) -> bool:
    """Whether a value is as a pattern says: a star at either end stands for anything, `0*` for nothing but zeros."""
    if pattern == "0*":
        return bool(value.replace("-", "")) and not value.replace("-", "").strip("0")
    inner = pattern.strip("*")
    if pattern.startswith("*") and pattern.endswith("*"):
        return inner in value
    if pattern.startswith("*"):
        return value.endswith(inner)
    return value.startswith(inner) if pattern.endswith("*") else value == inner


# --------------------------------------------------------------------------------------------------------------- times


def date_columns(row: Row) -> frozenset[str]:
    """The columns of a row that were given as a date without a time."""
    return frozenset(re.findall(r"\w+", row.get("_date_columns") or ""))


def can_be(table: str, column: str, value: Any, row: Row, settings: Settings) -> bool:
    """Whether something can have happened, or be planned, at a time."""
    latest = row.get("_loaded_at")
    if latest is not None:
        is_planned = column in PLANNED.get(table, ())
        latest = plus_ten_years(latest) if is_planned else latest + timedelta(days=1)
    if isinstance(value, datetime):
        return value >= settings.earliest and (latest is None or value <= latest)
    return value >= settings.earliest.date() and (latest is None or value <= latest.date())


def plus_ten_years(at: datetime) -> datetime:
    """The same date and time ten years later; the last of February where that year has no 29th."""
    try:
        return at.replace(year=at.year + 10)
    except ValueError:
        return at.replace(year=at.year + 10, day=28)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins: a skipped midnight is moved on by the gap."""
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


def local_date(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def possible(table: str, row: Row, settings: Settings) -> Row:
    """The row without the times and dates that can't be."""
    found = Columns(row)
    for column, value in row.items():
        is_time = isinstance(value, datetime) and column != "_loaded_at"
        if (is_time or (column in DATES and value is not None)) and not can_be(table, column, value, row, settings):
            found[column] = None
    if table == "agents" and found["valid_from"] is not None and found["valid_from"] < settings.earliest.date():
        found["valid_from"] = None
    return found


def placed(table: str, row: Row, zone: ZoneInfo) -> Row:
    """The row with its dates put at an instant of their local day: promises at its end, all else at its beginning.

    What is a date goes no further back than what began the row, where that was on the same day.
    """
    given = {name for name in row["date_columns"] if row[name] is not None}
    days = {name: row[name].astimezone(UTC).date() for name in given}
    for name, day in days.items():
        if name in PROMISES:
            row[name] = start_of(day + timedelta(days=1), zone) - timedelta(microseconds=1)
        else:
            row[name] = start_of(day, zone)
    begins = began_in(table, row)
    if begins is not None and begins not in given:
        for name, day in days.items():
            if name not in PROMISES and local_date(row[begins], zone) == day:
                row[name] = max(row[name], row[begins])
    return row


def began_in(table: str, row: Row) -> str | None:
    """The column that says since when a row exists; None where no column does."""
    return next((column for column in BEGINNINGS.get(table, ()) if row[column] is not None), None)


# ----------------------------------------------------------------------------------------------------------- all of it


def conformed(raw: Raw, config: Config, names: Names, zone: ZoneInfo, settings: Settings = USUAL) -> Raw:
    """All rows as everything else may read them.

    Beside its own columns a row has `date_columns` (the names of its times that were given as dates), `told` (the
    columns that its source filled), `happened_at`, and `left_out`: why it is nowhere (no_time, after_landing,
    placeholder, older_row), or None. The answer to a survey is a number in `score` or a word in `score_word`.
    """
    placeholders = Placeholders(config)
    found = {
        table: [conform(table, row, names, placeholders, zone, settings) for row in rows] for table, rows in raw.items()
    }
    for row in older_rows(found.get("agents", [])):
        row["left_out"] = row["left_out"] or "older_row"
    return found


def older_rows(agents: list[Row]) -> Iterator[Row]:
    """Rows of agents that hold from the same date as a newer row: without a date, and from a date that can't be."""

    def age(row: Row) -> tuple[datetime, datetime]:
        never = datetime.min.replace(tzinfo=UTC)
        return row["updated_at"] or never, row["_loaded_at"] or never

    newest: dict[tuple[str, date], Row] = {}
    for row in agents:
        key = (row["agent_id"], row["valid_from"])
        older, newer = sorted((row, newest.get(key, row)), key=age)
        newest[key] = newer
        if older is not newer:
            yield older


def conform(
    table: str, raw_row: Row, names: Names, placeholders: Placeholders, zone: ZoneInfo, settings: Settings
) -> Row:
    given = Columns({name: text(value) if isinstance(value, str) else value for name, value in raw_row.items()})
    row = Columns(given)
    for name in LOWERED.get(table, ()):
        row[name] = row[name].lower() if row[name] else None
    for name in UPPERED.get(table, ()):
        row[name] = row[name].upper() if row[name] else None
    for name, kind in NAMED.get(table, {}).items():
        row[name] = names.name(kind, row[name])
    row["is_of_nobody"] = table in DESCRIBED_BY and placeholders.match(row[DESCRIBED_BY[table]])
    for name in IDENTITIES:
        if placeholders.match(row[name]) and name != DESCRIBED_BY.get(table):
            row[name] = None
    if table == "ticket_events":
        for name in ("old_value", "new_value"):
            if is_of_status(row):
                row[name] = names.name("ticket_status", row[name])
            elif placeholders.match(row[name]):
                row[name] = None
    row["date_columns"] = date_columns(row)
    row = placed(table, possible(table, row, settings), zone)
    row["told"] = frozenset(name for name, value in possible(table, given, settings).items() if value is not None)
    for name, default in DEFAULTS.get(table, {}).items():
        row[name] = default if row[name] is None else row[name]
    row["is_deleted"] = bool(row["is_deleted"])
    if table == "survey_responses":
        row["score"], row["score_word"] = answer(row["score"])
    begins = began_in(table, row)
    row["happened_at"] = None if begins is None else row[begins]
    row["left_out"] = left_out(table, row)
    return row


def answer(score: float | str | None) -> tuple[float | None, str | None]:
    """An answer as a number or as a word."""
    if score is None:
        return None, None
    try:
        return float(score), None
    except ValueError:
        return None, str(score).lower()


def left_out(table: str, row: Row) -> str | None:
    """Why a row is nowhere."""
    if row["is_of_nobody"]:
        return "placeholder"
    if table in BEGINNINGS and row["happened_at"] is None:
        return "no_time"
    if table == "agent_shifts" and row["shift_date"] is None:
        return "no_time"
    if table == "ticket_events" and row["occurred_at"] > row["_loaded_at"]:
        return "after_landing"
    return None


def happened(raw: Raw, zone: ZoneInfo, settings: Settings = USUAL) -> Iterator[datetime]:
    """When anything happened that its file could know, be it deleted."""
    for table, columns in HAPPENINGS.items():
        for raw_row in raw.get(table, []):
            row = Columns(raw_row | {"date_columns": date_columns(raw_row)})
            row = placed(table, possible(table, row, settings), zone)
            yield from (row[name] for name in columns if row[name] is not None and row[name] <= row["_loaded_at"])


def configured(config: Config, names: Names) -> Config:
    """The seeds with each name in its one spelling."""
    found = dict(config)
    for seed, columns in SEEDED.items():
        found[seed] = [
            row | {column: names.name(column, row[column]) for column in columns} for row in config.get(seed, [])
        ]
    found["kpi_targets"] = [
        row | {"slice_value": row["slice_value"] and names.name(row["slice"] or "", row["slice_value"])}
        for row in config.get("kpi_targets", [])
    ]
    return found
