"""The cells that were final, or in a final period, and are not what they were: found, explained and recorded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cxmart.base.database import Connection, one_row, quoted, relations
from cxmart.base.settings import Settings
from cxmart.publish import revision_reasons

# Sums of decimals do not depend on the order of rows, but a quotient may differ in its last digits.
TOLERANCE = 1e-9

FIGURES = ("numerator", "denominator", "value", "median", "p90")
PARTS = {
    **dict.fromkeys(FIGURES, "double"),
    "sample_size": "bigint",
    "target_lower": "double",
    "target_upper": "double",
    "status": "varchar",
}

KEYS = {
    "run_id": ("varchar", "Id of the run whose publication changed it."),
    "version": ("varchar", "Name of that publication."),
    "revised_at": ("timestamp", "When it was published."),
    "kpi_id": ("varchar", "The KPI."),
    "old_kpi_version": ("integer", "Number of the definition that the old value was made by."),
    "new_kpi_version": ("integer", "Number of the definition that the new value was made by; null for none."),
    "grain": ("varchar", "hour, day, week, month or quarter."),
    "period_start": ("date", "The first local date of the period."),
    "period_start_at": ("timestamp", "The instant at which the period begins (UTC)."),
    "slice": ("varchar", "The slice; `overall` is all of it."),
    "slice_value": ("varchar", "Value of the slice."),
}
COLUMNS = {
    **{name: data_type for name, (data_type, _) in KEYS.items()},
    **{f"{age}_{part}": data_type for part, data_type in PARTS.items() for age in ("old", "new")},
    "new_maturity": "varchar",
    "is_restatement": "boolean",
    "reason": "varchar",
}
REVISION_COMMENTS = {
    **{name: comment for name, (_, comment) in KEYS.items()},
    **{f"old_{part}": f"`{part}` as it was; null where there was no cell, or in confidence." for part in PARTS},
    **{f"new_{part}": f"`{part}` as it is; null where there is no cell, or in confidence." for part in PARTS},
    "new_maturity": "Maturity of the cell that is there now; null where there is none.",
    "is_restatement": "True where the KPI itself is defined anew, which counts for no limit.",
    "reason": (
        "Why, where it can be told: late_row, correction, merge, deleted (several separated by commas), "
        "definition_version, configuration, code, as_of, erasure, rollback, else unknown (docs/publishing.md)."
    ),
}

REVISIONS = "kpi_revisions"
# The cells that change in this publication.
CHANGES = "cell_changes"


@dataclass(frozen=True)
class Publication:
    """A publication to come: the run that built it, the name of its version, and its time (UTC, without an offset)."""

    run_id: str
    version: str
    published_at: datetime


def seeds_of_build(connection: Connection) -> dict[str, tuple[int, str]]:
    """Count the rows of each seed of the attached build, and add their hashes up."""
    names = [
        row[0]
        for row in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'build' and schema_name = 'seeds' order by 1"
        ).fetchall()
    ]
    return {
        name: one_row(
            connection,
            "select count(*), cast(coalesce(sum(hash(each_row)), 0) as varchar) "
            f"from build.seeds.{quoted(name)} as each_row",
        )
        for name in names
    }


def make_revisions(connection: Connection, *, has_previous: bool, erased: Collection[str]) -> None:
    """Make kpi_revisions with the older ones: they are kept for good, but for what would name who was erased."""
    columns = ", ".join(f"{name} {data_type}" for name, data_type in COLUMNS.items())
    connection.execute(f"create table main.{REVISIONS} ({columns})")
    if has_previous and ("main", REVISIONS) in relations(connection, "previous"):
        names = ", ".join(COLUMNS)
        connection.execute(
            f"insert into main.{REVISIONS} ({names}) select {names} from previous.main.{REVISIONS} "
            "where not list_contains(cast(? as varchar[]), slice_value)",
            [list(erased)],
        )


def find_changes(connection: Connection, new: str, as_of: datetime | None) -> None:
    """Put the cells that were final, or in a final period, and are not what they were, into a temporary table.

    Cells are matched by local dates, hours by instants: in another time zone a day begins at another instant. A cell
    that appears in a period that was final is a change too, if anything was observed in it. What it should be, and the
    status that follows from that, are no numbers: with a new target the same is known of the past as before.

    Args:
        connection: with what is published as `previous`.
        new: where the new kpi_values and kpi_catalog are.
        as_of: the instant that the new cells tell of.
    """
    cells = """
        kpi_id, kpi_version, grain, period_start, period_start_at, period_end_at, slice, slice_value,
        numerator, denominator, value, median, p90, sample_size, target_lower, target_upper, status, maturity,
        case when grain = 'hour' then period_start_at end as hour_start_at
    """
    different_figures = " or ".join(
        f"(old.{part} is null) <> (new.{part} is null) or coalesce("
        f"abs(old.{part} - new.{part}) > {TOLERANCE} * greatest(abs(old.{part}), abs(new.{part}), 1), false)"
        for part in FIGURES
    )
    connection.execute(
        f"""
        create or replace temp table {CHANGES} as
        with old as (select {cells} from previous.main.kpi_values),

        new as (select {cells} from {new}.kpi_values),

        catalogs as (
            select
                coalesce(old.kpi_id, new.kpi_id) as kpi_id,
                old.kpi_id is not null as was_there,
                new.kpi_id is null or new.kpi_version <> old.kpi_version as is_restatement,
                coalesce(new.window_days, old.window_days) as window_days,
                'confidential' in (old.kind, new.kind) as is_confidential
            from previous.main.kpi_catalog as old
            full join {new}.kpi_catalog as new on old.kpi_id = new.kpi_id
        ),

        compared as (
            select
                coalesce(old.kpi_id, new.kpi_id) as kpi_id,
                old.kpi_version as old_kpi_version,
                new.kpi_version as new_kpi_version,
                coalesce(old.grain, new.grain) as grain,
                coalesce(old.period_start, new.period_start) as period_start,
                coalesce(old.period_start_at, new.period_start_at) as period_start_at,
                coalesce(old.period_end_at, new.period_end_at) as period_end_at,
                coalesce(old.slice, new.slice) as slice,
                coalesce(old.slice_value, new.slice_value) as slice_value,
                {", ".join(f"{age}.{part} as {age}_{part}" for part in PARTS for age in ("old", "new"))},
                old.maturity as old_maturity,
                new.maturity as new_maturity,
                ({different_figures}) or old.sample_size is distinct from new.sample_size as has_other_figures
            from old
            full join new
                on old.kpi_id = new.kpi_id
                and old.grain = new.grain
                and old.period_start = new.period_start
                and old.hour_start_at is not distinct from new.hour_start_at
                and old.slice = new.slice
                and old.slice_value = new.slice_value
        )

        select
            row_number() over () as change_id,
            compared.* exclude (has_other_figures, old_maturity),
            catalogs.is_confidential,
            catalogs.is_restatement,
            cast(null as varchar) as reason
        from compared
        inner join catalogs on compared.kpi_id = catalogs.kpi_id
        where
            case
                when old_maturity = 'final' then
                    new_maturity is null or new_maturity <> 'final' or has_other_figures
                when old_maturity is null then
                    catalogs.was_there and new_sample_size > 0
                    and period_end_at + to_days(catalogs.window_days) <= (select as_of from previous.main.publication)
            end
        """
    )
    connection.execute(f"update {CHANGES} set reason = 'definition_version' where is_restatement")
    connection.execute(
        f"""
        update {CHANGES} set reason = 'as_of'
        where reason is null
            and coalesce(new_maturity, 'partial') <> 'final'
            and cast(? as timestamp) < (select as_of from previous.main.publication)
            and (new_maturity is not null or period_end_at > cast(? as timestamp))
        """,
        [as_of, as_of],
    )


def changed_settings(connection: Connection) -> list[str]:
    """Say which settings that restate every number are not those of the publication before."""
    names = {
        "CXMART_TIMEZONE": "reporting_timezone",
        "CXMART_CURRENCY": "reporting_currency",
        "CXMART_SOURCES": "sources",
    }
    pairs = ", ".join(f"old.{column}, new.{column}" for column in names.values())
    values = one_row(
        connection, f"select {pairs} from previous.main.publication as old cross join build.main.cxmart_build as new"
    )
    compared = zip(names, values[::2], values[1::2], strict=True)
    return [f"{name} was {old} and is {new}" for name, old, new in compared if old != new]


def explain_changes(connection: Connection, settings: Settings, *, is_erasure: bool) -> None:
    """Give each change its reason, as far as it can be told."""
    if is_erasure:
        connection.execute(f"update {CHANGES} set reason = 'erasure' where reason is null")
        return
    changed_settings = one_row(
        connection,
        """
        select
            old.reporting_timezone <> new.reporting_timezone or old.sources <> new.sources,
            old.reporting_currency <> new.reporting_currency
        from previous.main.publication as old
        cross join build.main.cxmart_build as new
        """,
    )
    if changed_settings[0]:
        connection.execute(f"update {CHANGES} set reason = 'configuration' where reason is null")
    if changed_settings[1]:
        connection.execute(
            f"""
            update {CHANGES} set reason = 'configuration'
            where reason is null and kpi_id in (select kpi_id from build.marts.kpi_catalog where unit = 'money')
            """
        )
    revision_reasons.find_reasons(connection, settings, CHANGES, seeds_of_build(connection))
    connection.execute(f"update {CHANGES} set reason = 'unknown' where reason is null")


def record(connection: Connection, publication: Publication, erased: Collection[str]) -> tuple[int, int, int]:
    """Add the changes to kpi_revisions; numbers given in confidence stay out of it.

    Returns:
        How many cells were final, are revised and are restated.
    """
    values = {name: name for name in COLUMNS}
    values |= {"run_id": "?", "version": "?", "revised_at": "?"}
    for part in PARTS:
        for age in ("old", "new"):
            # The difference of two means of few people tells what one of them answered.
            if part != "status":
                values[f"{age}_{part}"] = f"case when is_confidential then null else {age}_{part} end"
    selected = ", ".join(f"{value} as {name}" for name, value in values.items())
    connection.execute(
        f"insert into main.{REVISIONS} ({', '.join(COLUMNS)}) select {selected} from {CHANGES} "
        "where not list_contains(cast(? as varchar[]), slice_value) "
        "order by kpi_id, grain, period_start_at, slice, slice_value",
        [publication.run_id, publication.version, publication.published_at, list(erased)],
    )
    (final,) = one_row(connection, "select count(*) from previous.main.kpi_values where maturity = 'final'")
    revised, restated = one_row(
        connection,
        f"select count(*) filter (not is_restatement), count(*) filter (is_restatement) from {CHANGES}",
    )
    return final, revised, restated
