"""The scorecard's numbers: every KPI of the catalogue for one period, overall or in a slice, beside what was before."""

from dataclasses import dataclass, field, fields
from typing import Any

from cxmart.base.database import Connection, columns_of, missing_file, opened, relations
from cxmart.base.errors import CxmartError, ExitCode, shortened
from cxmart.base.json_values import plain_object
from cxmart.base.settings import Settings
from cxmart.base.suggestions import did_you_mean
from cxmart.report.cell import DERIVED, Cell, compared
from cxmart.report.period import (
    GRAINS,
    Period,
    Publication,
    find_period,
    parse_period,
    read_publication,
    running_period,
)
from cxmart.report.read_cells import cells_of, cells_to_date, missing_tables, titles_not_cut
from cxmart.report.shipped_settings import shipped_settings
from cxmart.report.slices import grouped_by_value, ordered, read_slice, shown_by_value, values_of_slice
from cxmart.report.standards import Standard, standards_of


@dataclass(frozen=True)
class Scorecard:
    """The KPIs of one period in the order of the catalogue, and the marketplaces' standards on its last day.

    `slice_value` is None where there are cells of all values of the slice: then `cells` are empty and `by_value` has
    the cells of each, the headline ones alone. `not_cut` are the titles of the KPIs that the slice does not cut.
    `shipped` is what of the settings that the numbers go by is not the brand's own.
    """

    publication: Publication
    period: Period
    slice_name: str
    slice_value: str | None
    cells: list[Cell]
    by_value: dict[str, list[Cell]] = field(default_factory=dict)
    not_cut: list[str] = field(default_factory=list)
    standards: list[Standard] = field(default_factory=list)
    note: str | None = None
    shipped: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give the scorecard as data that JSON can hold; dates and instants as ISO 8601."""
        period = self.period
        told = {
            "publication": self.publication,
            "grain": period.grain,
            "period_label": period.label,
            "period_start": period.start,
            "period_end": period.end,
            "is_complete": period.is_complete,
            "is_to_date": period.is_to_date,
            "days": period.days,
            "previous_start": period.previous_start,
            "previous_end": period.previous_end,
            "previous_label": period.previous_label,
            "slice": self.slice_name,
            "slice_value": self.slice_value,
            "kpis": [cell.as_json() for cell in self.cells],
            "by_value": {value: [cell.as_json() for cell in cells] for value, cells in self.by_value.items()},
            "not_cut": self.not_cut,
            "standards": self.standards,
            "note": self.note,
            "shipped": self.shipped,
        }
        return plain_object(told)

    def as_rows(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Give a row a KPI, or a KPI and value of the slice, and the columns."""
        period = {"grain": self.period.grain, "period_label": self.period.label, "period_start": self.period.start}
        cells = [(self.slice_value, cell) for cell in self.cells]
        cells += [(value, cell) for value, of_value in self.by_value.items() for cell in of_value]
        rows = [{**period, "slice": self.slice_name, "slice_value": value, **cell.as_json()} for value, cell in cells]
        return rows, [*period, "slice", "slice_value", *(field.name for field in fields(Cell)), *DERIVED]


def read_scorecard(
    settings: Settings,
    grain: str | None = None,
    period: str | None = None,
    *,
    slice_text: str | None = None,
    to_date: bool = False,
) -> Scorecard:
    """Read the scorecard of a period from the published file.

    Args:
        settings: where the published file is.
        grain: day, week, month or quarter; by default the first of month, week and day of which a period is complete.
        period: the period as `parse_period` takes it; by default the newest complete one, or the running one where none
            is complete yet.
        slice_text: a slice and its value, `channel=email`, or a slice alone for all its values; by default overall.
        to_date: the whole days of the running period, beside as many of the one before.

    Raises:
        CxmartError: nothing is published, the period has no data, there is no such slice, or grain and period disagree.
    """
    first_day = None
    if period:
        grain_of_period, first_day = parse_period(period)
        if grain and grain != grain_of_period:
            raise CxmartError(f"'{period}' is a {grain_of_period}, not a {grain}; leave out --grain", ExitCode.USAGE)
        grain = grain_of_period
    if grain is not None and grain not in GRAINS:
        given = f"'{shortened(grain)}' is no grain; give one of {', '.join(GRAINS)}"
        raise CxmartError(f"{given}{did_you_mean(grain, GRAINS)}", ExitCode.USAGE)
    if to_date and (period or grain == "day"):
        raise CxmartError(
            "--to-date is of the running month, week or quarter; leave out --period and --grain day", ExitCode.USAGE
        )
    if not settings.marts_file.exists():
        raise missing_file(settings.marts_file, settings)
    with opened(settings.marts_file, settings, read_only=True) as marts:
        names = {name for _, name in relations(marts)}
        _check_tables(settings, marts, names, to_date=to_date)
        publication = read_publication(marts)
        note, found = None, None
        if to_date:
            found = running_period(marts, publication, grain or "month")
            if found is None:
                note = f"The running {grain or 'month'} has no whole day yet; this is the newest period that is over."
        if found is None:
            found = find_period(marts, publication, grain, first_day)
        slice_name, slice_value = read_slice(marts, slice_text)
        read = cells_to_date if found.is_to_date else cells_of
        needed = missing_tables(marts) if "kpi_coverage" in names else {}
        values = [slice_value] if slice_value is not None else values_of_slice(marts, found, slice_name)
        by_value = {
            value: [compared(Cell(**row, missing=needed.get(row["kpi_id"])), found) for row in rows]
            for value, rows in grouped_by_value(read(marts, found, slice_name, values)).items()
        }
        not_cut = titles_not_cut(marts, found.grain, slice_name)
        standards = standards_of(marts, found) if "marketplace_standards" in names else []
        shipped = shipped_settings(marts, names, (cell for cells in by_value.values() for cell in cells))
    if slice_name == "marketplace":
        standards = [standard for standard in standards if slice_value in (None, standard.marketplace)]
    elif slice_name != "overall":
        standards = []
    return Scorecard(
        publication=publication,
        period=found,
        slice_name=slice_name,
        slice_value=slice_value,
        cells=by_value.get(slice_value, []) if slice_value is not None else [],
        by_value={} if slice_value is not None else ordered(shown_by_value(by_value)),
        not_cut=not_cut,
        standards=standards,
        note=note,
        shipped=shipped,
    )


def _check_tables(settings: Settings, marts: Connection, names: set[str], *, to_date: bool) -> None:
    wanted = {"publication", "kpi_values", "kpi_catalog", "dim_periods"} | ({"kpi_daily"} if to_date else set())
    if missing := wanted - names:
        raise CxmartError(
            f"{settings.marts_file} has no {', '.join(sorted(missing))}; run `cxmart build` and `cxmart publish`",
            ExitCode.WAREHOUSE,
        )
    if not {"is_headline", "display_unit"} <= set(columns_of(marts, "marts", "main", "kpi_catalog")):
        raise CxmartError(
            f"{settings.marts_file} was published by an older cxmart; run `cxmart build` and `cxmart publish`",
            ExitCode.WAREHOUSE,
        )
