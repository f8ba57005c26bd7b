"""The rows behind a cell of the published KPIs: collected from a KPI's view, added up, listed and written out."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cxmart.base.database import Connection, literal, one_row, quoted
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.report.explanation import Figures, LeftOut, Observation, Period
from cxmart.report.find_cell import KpiCell

# What a spreadsheet would take for a formula.
FORMULA = r"^[=+\-@\t\r]"


class CellRows:
    """The rows behind a cell, those left out too: the temporary table `cell_rows`."""

    def __init__(self, marts: Connection, reporting_timezone: str) -> None:
        """Take a connection to the published file, with `build` attached, and find out what columns there are."""
        self._marts = marts
        self._reporting_timezone = reporting_timezone
        # What each column of a relation is, by its schema and name.
        self.columns_of: dict[tuple[str, str], dict[str, str | None]] = defaultdict(dict)
        for schema, relation, column, words in marts.execute(
            "select schema_name, table_name, column_name, comment from duckdb_columns() "
            "where database_name = 'build' and schema_name in ('kpis', 'marts')"
        ).fetchall():
            self.columns_of[schema, relation][column] = words

    def collect(self, cell: KpiCell) -> None:
        """Put the rows of a cell, those left out too, into the temporary table `cell_rows`.

        `reason` is null where a row counts; its numbers are those that it brings to the cell.
        """
        kpi, period = cell.kpi, cell.period
        relation, columns = self._relation(kpi)
        in_slice, parameters = self._slice_condition(cell, columns)
        numerator, denominator = "cast(numerator as double)", "cast(denominator as double)"
        observation_id, subject, at = "observation_id", "null", "measured_at"
        rows: dict[str, str] = {"period": f"{at} >= $start and {at} < $end"}
        parameters |= {"start": period.start_at, "end": period.end_at}
        if "subject_id" in columns:
            subject = "subject_id"
        if kpi["kind"] == "stock":
            day_start, day_end = self._last_day(period)
            parameters |= {"start": day_start, "end": day_end}
            if kpi["stretches_in"]:
                observation_id, at = "ticket_id", "starts_at"
                numerator, denominator = "cast(1 as double)", "cast(null as double)"
                rows = {"period": "starts_at < $end and coalesce(ends_at >= $end, true)"}
                del parameters["start"]
        elif kpi["kind"] == "retained":
            before = self._period_before(period)
            if before:
                rows["before"] = f"{at} >= $start_before and {at} < $start"
                parameters["start_before"] = before
        elif kpi["kind"] == "per_period":
            rows["period"] += " and only_grain = $grain"
            parameters["grain"] = period.grain
        if "only_slice" in columns:
            in_slice += " and only_slice is not distinct from $only_slice"
            parameters["only_slice"] = cell.slice_name if cell.slice_form == "own_rows" else None
        kept = in_slice
        if cell.slice_form == "share":
            # Told by all observations: those of other values bring nothing but their denominator.
            numerator, kept = f"case when {in_slice} then {numerator} else 0 end", "true"
        selects = [
            f"""
            select
                cast({observation_id} as varchar) as observation_id,
                cast(source as varchar) as source,
                {at} as measured_at,
                cast({subject} as varchar) as subject_id,
                {literal(part)} as part,
                exclusion_reason as reason,
                {numerator} as numerator,
                {denominator} as denominator
            from {relation}
            where ({condition} or (exclusion_reason is not null and {at} is null)) and {kept}
            """
            for part, condition in rows.items()
        ]
        self._marts.execute(f"create or replace temp table cell_rows as {' union all '.join(selects)}", parameters)

    def _relation(self, kpi: Mapping[str, Any]) -> tuple[str, set[str]]:
        """Tell where a KPI's rows are, and the columns there."""
        schema, name = ("marts", kpi["stretches_in"]) if kpi["stretches_in"] else ("kpis", kpi["kpi_id"])
        return f"build.{schema}.{quoted(name)}", set(self.columns_of[schema, name])

    def _slice_condition(self, cell: KpiCell, columns: set[str]) -> tuple[str, dict[str, Any]]:
        if cell.slice_name == "overall":
            return "true", {}
        if cell.slice_name not in columns:
            raise CxmartError(f"the rows of {cell.kpi['kpi_id']} have no column {cell.slice_name}; build anew")
        return f"coalesce(cast({quoted(cell.slice_name)} as varchar), '(none)') = $slice_value", {
            "slice_value": cell.slice_value
        }

    def _last_day(self, period: Period) -> tuple[datetime, datetime]:
        """Give the bounds of the day whose end a stock tells of: the last, or the newest of an unfinished period."""
        start_at, end_at = one_row(
            self._marts,
            """
            select period_start_at, period_end_at from dim_periods
            where grain = 'day' and period_start >= ? and period_start < ?
            order by period_start desc nulls last limit 1
            """,
            [period.start, period.end],
        )
        return start_at, end_at

    def _period_before(self, period: Period) -> datetime | None:
        (start_at,) = one_row(
            self._marts,
            "select max(period_start_at) from dim_periods where grain = ? and period_start < ?",
            [period.grain, period.start],
        )
        return start_at if isinstance(start_at, datetime) else None

    def added(self, kpi: Mapping[str, Any]) -> tuple[int, Figures]:
        """Count the observations, and add their rows up, as decimals: then their order does not matter."""
        exact = "coalesce(cast(sum(cast({} as decimal(38, 12))) as double), 0)"
        if kpi["kind"] == "distinct":
            numerator = "cast(count(distinct subject_id) filter (numerator > 0) as double)"
            denominator = "cast(count(distinct subject_id) filter (denominator > 0) as double)"
        elif kpi["kind"] == "retained":
            numerator = """cast(count(distinct subject_id) filter (
                part = 'before' and subject_id in (
                    select subject_id from cell_rows where part = 'period' and reason is null
                )
            ) as double)"""
            denominator = "cast(count(distinct subject_id) filter (part = 'before') as double)"
        else:
            numerator, denominator = exact.format("numerator"), exact.format("denominator")
        percentiles = "null, null"
        if kpi["kind"] == "duration":
            percentiles = "quantile_cont(numerator, 0.5), quantile_cont(numerator, 0.9)"
        count, numerator_sum, denominator_sum, median, p90 = one_row(
            self._marts,
            f"select count(distinct observation_id), {numerator}, {denominator}, {percentiles} "
            "from cell_rows where reason is null",
        )
        if not kpi["is_divided"]:
            return count, Figures(numerator_sum, None, numerator_sum)
        value = numerator_sum / denominator_sum if denominator_sum else None
        return count, Figures(numerator_sum, denominator_sum, value, median, p90)

    def listed(
        self, condition: str, limit: int | None, *parameters: object, largest_first: bool = False
    ) -> list[Observation]:
        """List the rows that a condition of `cell_rows` takes, the first `limit` of them."""
        first = "numerator desc nulls last, " if largest_first else ""
        rows = self._marts.execute(
            f"""
            select {self._columns()}
            from cell_rows
            where {condition}
            order by {first}part desc, measured_at nulls last, observation_id nulls last, subject_id nulls last
            {"" if limit is None else f"limit {int(limit)}"}
            """,
            list(parameters),
        ).fetchall()
        return [Observation(*row) for row in rows]

    def _columns(self) -> str:
        zone = literal(self._reporting_timezone)
        return f"""
            {_as_in_source("observation_id")} as observation_id,
            source,
            measured_at,
            strftime(timezone({zone}, timezone('UTC', measured_at)), '%Y-%m-%d %H:%M:%S') as measured_at_local,
            {_as_in_source("subject_id")} as subject_id,
            part,
            numerator,
            denominator
        """

    def left_out(self, limit: int | None, *, with_examples: bool) -> list[LeftOut]:
        """Group what was left out by its reason, the commonest first."""
        rows = self._marts.execute(
            """
            select
                cell_rows.reason,
                coalesce(any_value(reasons.meaning), '') as meaning,
                count(distinct cell_rows.observation_id) as observations,
                count(distinct cell_rows.observation_id) filter (cell_rows.measured_at is null) as without_time
            from cell_rows
            left join kpi_exclusion_reasons as reasons on cell_rows.reason = reasons.exclusion_reason
            where cell_rows.reason is not null
            group by cell_rows.reason
            order by observations desc, cell_rows.reason nulls last
            """
        ).fetchall()
        return [
            LeftOut(
                reason=reason,
                meaning=meaning,
                count=count,
                count_without_time=without_time,
                observations=self.listed("reason = ?", limit, reason) if with_examples else [],
            )
            for reason, meaning, count, without_time in rows
        ]

    def export(self, path: Path, *, largest_first: bool) -> None:
        """Write all rows; no cell can start a formula. The file is there whole or not at all."""
        first = "numerator desc nulls last, " if largest_first else ""
        temporary = path.with_name(f"{path.name}.tmp")
        if not path.parent.is_dir():
            raise CxmartError(f"{path.parent} is no folder; make it, or name another file", ExitCode.STORAGE)
        safe = ", ".join(
            f"case when regexp_matches({name}, {literal(FORMULA)}) then '''' || {name} else {name} end as {name}"
            for name in ("observation_id", "source", "subject_id")
        )
        try:
            self._marts.execute(
                f"""
                copy (
                    select
                        {safe},
                        measured_at as measured_at_utc,
                        measured_at_local,
                        part,
                        numerator,
                        denominator,
                        reason
                    from (select {self._columns()}, reason from cell_rows)
                    order by reason is not null, {first}part desc, measured_at nulls last, observation_id nulls last
                ) to {literal(str(temporary))} (format csv, header)
                """
            )
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _as_in_source(column: str) -> str:
    """Write an id without its source: `desk:T1:2` is `T1:2`, `call:desk:L7` is `call:L7`."""
    return f"case when source is null then {column} else replace({column}, source || ':', '') end"
