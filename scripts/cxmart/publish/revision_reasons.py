"""Why a final cell changed: the observations that a KPI's view has now beside those that it had.

The facts of the last publication are in its file, so the view of a KPI can be read once more as it was: on those. What
was there, is no longer, or says something else tells what happened to the rows behind a cell.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb

from cxmart.base.database import Connection, attach, literal, one_row, quoted, relations
from cxmart.base.settings import Settings
from cxmart.build.kpi_views import lay_over, views_of

LATE_ROW, CORRECTION, MERGE, DELETED = "late_row", "correction", "merge", "deleted"
CONFIGURATION, CODE, UNKNOWN = "configuration", "code", "unknown"

# The longest period before the one of a retained customer, in days.
LONGEST_PERIOD = 92


def find_reasons(
    connection: Connection, settings: Settings, changes: str, seeds: Mapping[str, tuple[int, str]]
) -> None:
    """Give a reason to the changes that have none, where it can be told.

    Args:
        connection: with the build attached as `build`, and what was published before as `previous`.
        settings: where the build is.
        changes: the table of changed cells; its column `reason` is filled in.
        seeds: rows and checksum of each seed of the build.
    """
    kpis = [
        row[0]
        for row in connection.execute(
            f"select distinct kpi_id from {changes} where reason is null order by kpi_id"
        ).fetchall()
    ]
    if not kpis:
        return
    context = _Context.read(connection, seeds)
    if not context.has_new_rows:
        # Nothing landed: whatever changed the numbers, it was no row.
        cause = CONFIGURATION if context.has_other_seeds else CODE if context.has_other_code else UNKNOWN
        connection.execute(f"update {changes} set reason = ? where reason is null", [cause])
        return
    observations = []
    views = views_of(connection)
    for kpi_id in kpis:
        with _or_unknown():
            found = _read_new(connection, changes, kpi_id, views)
            observations += [found] if found else []
    connection.execute("detach build")
    try:
        lay_over(
            connection,
            {found.kpi_id: views[found.kpi_id] for found in observations if found.kpi_id in views},
            "previous",
        )
        for found in observations:
            with _or_unknown():
                found.is_known = _read_old(connection, found)
    finally:
        connection.execute("detach database if exists build")
        attach(connection, settings.build_file, "build")
    for found in observations:
        if found.is_known:
            with _or_unknown():
                _find_touched(connection, found, context)
                _give_reasons(connection, changes, found)


@contextmanager
def _or_unknown() -> Iterator[None]:
    """Within this, what the engine can't do leaves a reason unknown: that must keep no number back.

    A view may read what is not published, as answers given in confidence, or what the facts had not at that time.
    """
    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        pass


class _Context:
    """What else changed since the last publication: rows of raw, seeds, code."""

    def __init__(
        self, *, has_new_rows: bool, are_all_late: bool, are_all_corrections: bool, has_other_seeds: bool,
        has_other_code: bool,
    ) -> None:  # fmt: skip
        self.has_new_rows = has_new_rows
        self.are_all_late = are_all_late
        self.are_all_corrections = are_all_corrections
        self.has_other_seeds = has_other_seeds
        self.has_other_code = has_other_code

    @classmethod
    def read(cls, connection: Connection, seeds: Mapping[str, tuple[int, str]]) -> "_Context":
        there = {name for schema, name in relations(connection, "previous") if schema == "main"}
        has_new_rows, are_all_late, are_all_corrections = True, False, False
        if "publication_raw" in there:
            loaded, added, lost = one_row(
                connection,
                """
                select
                    coalesce(sum(new.rows_loaded - coalesce(old.rows_loaded, 0)), 0),
                    coalesce(sum(greatest(new.row_count - coalesce(old.row_count, 0), 0)), 0),
                    count(*) filter (new.row_count < old.row_count)
                from build.main.cxmart_build_raw as new
                left join previous.main.publication_raw as old
                    on new.source = old.source and new.table_name = old.table_name
                """,
            )
            has_new_rows = bool(loaded or added or lost)
            # A row that takes the place of another is loaded, and adds none.
            are_all_late = bool(added and loaded == added and not lost)
            are_all_corrections = not added
        old_seeds: dict[str, tuple[int, str]] = {}
        if "publication_seeds" in there:
            rows = connection.execute(
                "select seed, row_count, checksum from previous.main.publication_seeds"
            ).fetchall()
            old_seeds = {seed: (row_count, checksum) for seed, row_count, checksum in rows}
        (old_code,) = _column(connection, "previous.main.publication", "code_checksum")
        (new_code,) = _column(connection, "build.main.cxmart_build", "code_checksum")
        return cls(
            has_new_rows=has_new_rows,
            are_all_late=are_all_late,
            are_all_corrections=are_all_corrections,
            has_other_seeds=old_seeds != dict(seeds),
            has_other_code=old_code != new_code,
        )


def _column(connection: Connection, relation: str, column: str) -> tuple[Any]:
    try:
        (value,) = one_row(connection, f"select {column} from {relation}")
    except duckdb.BinderException:
        value = None
    return (value,)


class _Observations:
    """The observations of a KPI in the periods that changed; tables `new_<n>`, `old_<n>` hold them."""

    def __init__(self, kpi_id: str, number: int, kind: str, query: str, condition: str, columns: list[str]) -> None:
        self.kpi_id = kpi_id
        self.kind = kind
        self.query = query
        self.condition = condition
        self.columns = columns
        self.new, self.old = f"new_observations_{number}", f"old_observations_{number}"
        self.was_there, self.touched = f"ids_that_were_there_{number}", f"touched_{number}"
        self.is_known = False

    @property
    def is_stock(self) -> bool:
        return "starts_at" in self.columns


def _read_new(connection: Connection, changes: str, kpi_id: str, views: Collection[str]) -> _Observations | None:
    """Read what a KPI's view has now; None for a KPI whose rows name no observations."""
    number, kind, stretches_in = one_row(
        connection, "select kpi_order, kind, stretches_in from build.marts.kpi_catalog where kpi_id = ?", [kpi_id]
    )
    if kind == "stock" and not stretches_in:
        return None
    first, last = one_row(
        connection,
        f"select min(period_start_at), max(period_end_at) from {changes} where kpi_id = ? and reason is null",
        [kpi_id],
    )
    if stretches_in:
        relation = f"build.marts.{quoted(stretches_in)}"
        query = f"select *, ticket_id as observation_id from {relation}"
        condition = f"starts_at < {_timestamp(last)} and coalesce(ends_at >= {_timestamp(first)}, true)"
    else:
        if kpi_id not in views:
            return None
        query = f"select * from build.kpis.{quoted(kpi_id)}"
        before = f" - interval {LONGEST_PERIOD} day" if kind == "retained" else ""
        condition = f"measured_at >= {_timestamp(first)}{before} and measured_at < {_timestamp(last)}"
    found = _Observations(kpi_id, number, kind, query, condition, [])
    connection.execute(f"create or replace temp table {found.new} as select * from ({query}) where {condition}")
    found.columns = _names(connection, found.new)
    return found


def _timestamp(value: datetime) -> str:
    return f"cast({literal(str(value))} as timestamp)"


def _names(connection: Connection, table: str) -> list[str]:
    return [row[0] for row in connection.execute(f"describe {table}").fetchall()]


def _read_old(connection: Connection, found: _Observations) -> bool:
    """Read what a KPI's view had; False where it had other columns."""
    connection.execute(
        f"create or replace temp table {found.old} as select * from ({found.query}) where {found.condition}"
    )
    connection.execute(
        f"create or replace temp table {found.was_there} as select distinct observation_id from ({found.query}) "
        f"where observation_id in (select observation_id from {found.new})"
    )
    return _names(connection, found.old) == found.columns


def _find_touched(connection: Connection, found: _Observations, context: _Context) -> None:
    """Find the counted rows that came or went, each with the reason."""
    names = ", ".join(map(quoted, found.columns))
    is_ambiguous = context.has_other_seeds or context.has_other_code
    changed = UNKNOWN if is_ambiguous else LATE_ROW if context.are_all_late else CORRECTION
    came = changed if context.are_all_corrections else LATE_ROW
    connection.execute(
        f"""
        create or replace temp table {found.touched} as
        with came as (select {names} from {found.new} except all select {names} from {found.old}),

        went as (select {names} from {found.old} except all select {names} from {found.new}),

        left_out as (
            select observation_id, min(exclusion_reason) as exclusion_reason
            from came
            where exclusion_reason is not null
            group by observation_id
        )

        select
            came.*,
            1 as direction,
            case when was_there.observation_id is null then {literal(came)} else {literal(changed)} end as reason
        from came
        left join {found.was_there} as was_there on came.observation_id = was_there.observation_id
        where came.exclusion_reason is null
        union all
        select
            went.*,
            -1 as direction,
            case
                when left_out.exclusion_reason like '%merged%' then {literal(MERGE)}
                when left_out.exclusion_reason like '%deleted%' then {literal(DELETED)}
                else {literal(changed)}
            end as reason
        from went
        left join left_out on went.observation_id = left_out.observation_id
        where went.exclusion_reason is null
        """
    )


def _give_reasons(connection: Connection, changes: str, found: _Observations) -> None:
    """Give each changed cell of a KPI the reasons of the rows that are in it.

    An observation that went and came with the same numbers, as where only its channel is another one, changes no cell
    that it is in both times.
    """
    subject = "coalesce(cast(touched.subject_id as varchar), '')" if "subject_id" in found.columns else "''"
    numerator, denominator = ("1", "0") if found.is_stock else ("touched.numerator", "touched.denominator")
    slices = connection.execute(
        f"select distinct slice from {changes} where kpi_id = ? and reason is null", [found.kpi_id]
    ).fetchall()
    forms = dict(
        connection.execute(
            "select slice, slice_form from build.marts.kpi_slices where kpi_id = ?", [found.kpi_id]
        ).fetchall()
    )
    for (slice_name,) in slices:
        in_slice = "true"
        if slice_name != "overall" and forms.get(slice_name) != "share":
            if slice_name not in found.columns:
                continue
            in_slice = f"coalesce(cast(touched.{quoted(slice_name)} as varchar), '(none)') = changes.slice_value"
        if found.is_stock:
            # Open at the end of the period's last day.
            in_period = (
                "touched.starts_at < changes.period_end_at and coalesce(touched.ends_at >= changes.period_end_at, true)"
            )
        else:
            before = f" - interval {LONGEST_PERIOD} day" if found.kind == "retained" else ""
            in_period = (
                f"touched.measured_at >= changes.period_start_at{before} "
                "and touched.measured_at < changes.period_end_at"
            )
        connection.execute(
            f"""
            update {changes} as target
            set reason = found.reason
            from (
                with matched as (
                    select
                        changes.change_id,
                        touched.observation_id,
                        {subject} as subject,
                        touched.reason,
                        touched.direction,
                        touched.direction * coalesce({numerator}, 0) as numerator,
                        touched.direction * coalesce({denominator}, 0) as denominator
                    from {changes} as changes
                    inner join {found.touched} as touched on {in_period} and {in_slice}
                    where changes.kpi_id = {literal(found.kpi_id)} and changes.slice = {literal(slice_name)}
                        and changes.reason is null
                ),

                moved as (
                    select change_id, observation_id, subject
                    from matched
                    group by change_id, observation_id, subject
                    having sum(direction) <> 0 or sum(numerator) <> 0 or sum(denominator) <> 0
                )

                select change_id, string_agg(distinct reason, ',' order by reason) as reason
                from matched
                inner join moved using (change_id, observation_id, subject)
                group by change_id
            ) as found
            where target.change_id = found.change_id
            """
        )
