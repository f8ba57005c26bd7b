"""Finding the cell that a person asks about: a KPI, a period and a slice."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cxmart.base.database import Connection, dict_rows, one_row
from cxmart.base.errors import CxmartError, ExitCode, shortened
from cxmart.base.suggestions import unknown_name
from cxmart.report.explanation import Period
from cxmart.report.period import DEFAULT_GRAINS, newest_period, parse_period

HOUR = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?Z")


@dataclass(frozen=True)
class KpiCell:
    """A cell that is explained: the row of its KPI in the catalogue, and its own in `kpi_values`, where it has one."""

    kpi: Mapping[str, Any]
    period: Period
    slice_name: str
    slice_value: str
    slice_form: str
    row: Mapping[str, Any] | None = field(default=None)


def find_cell(marts: Connection, kpi: Mapping[str, Any], period_text: str | None, slice_text: str | None) -> KpiCell:
    """Find the cell of a KPI in a period and a slice.

    Raises:
        CxmartError: there is no such period, slice or value of it.
    """
    slice_name, slice_value = _read_slice(kpi, slice_text)
    period = _find_period(marts, kpi, period_text)
    (slice_form,) = one_row(
        marts, "select slice_form from kpi_slices where kpi_id = ? and slice = ?", [kpi["kpi_id"], slice_name]
    )
    found = dict_rows(
        marts,
        "select * from kpi_values where kpi_id = ? and grain = ? and period_start_at = ? and slice = ? "
        "and slice_value = ?",
        [kpi["kpi_id"], period.grain, period.start_at, slice_name, slice_value],
    )
    if not found:
        _check_slice_value(marts, kpi["kpi_id"], slice_name, slice_value)
    return KpiCell(kpi, period, slice_name, slice_value, slice_form, found[0] if found else None)


def _read_slice(kpi: Mapping[str, Any], text: str | None) -> tuple[str, str]:
    if text is None or text in ("overall", "overall=all"):
        return "overall", "all"
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise CxmartError(
            f"'{shortened(text)}' is no slice; write its name and value, as in channel=email", ExitCode.USAGE
        )
    slices = kpi["slices"].split(",")
    if name.strip() not in slices:
        raise unknown_name(f"{kpi['kpi_id']} has no slice", name, slices, others="it has")
    return name.strip(), value


def _check_slice_value(marts: Connection, kpi_id: str, slice_name: str, slice_value: str) -> None:
    known = [
        row[0]
        for row in marts.execute(
            "select distinct slice_value from kpi_values where kpi_id = ? and slice = ? order by 1 nulls last",
            [kpi_id, slice_name],
        ).fetchall()
    ]
    if known and slice_value not in known:
        raise unknown_name(f"{kpi_id} has nothing for {slice_name}", slice_value, known, others="it has")


def _find_period(marts: Connection, kpi: Mapping[str, Any], text: str | None) -> Period:
    grains = kpi["grains"].split(",")
    columns = "grain, period_label, period_start, period_end, period_start_at, period_end_at"
    if text is None:
        wanted_grains = [name for name in (*DEFAULT_GRAINS, "quarter") if name in grains]
        grain, start, *_ = newest_period(marts, wanted_grains)
        found = marts.execute(
            f"select {columns} from dim_periods where grain = ? and period_start = ?", [grain, start]
        ).fetchall()
    elif HOUR.fullmatch(text) or INSTANT.fullmatch(text):
        grain = "hour"
        instant = INSTANT.fullmatch(text)
        condition = "strftime(period_start_at, '%Y-%m-%d %H:%M')" if instant else "period_label"
        wanted = f"{instant.group(1)} {instant.group(2)}" if instant else text.replace("T", " ")
        found = marts.execute(
            f"select {columns} from dim_periods where grain = 'hour' and {condition} = ? order by period_start_at",
            [wanted],
        ).fetchall()
        if len(found) > 1:
            starts = " or ".join(f"{row[4]:%Y-%m-%dT%H:%MZ}" for row in found)
            raise CxmartError(
                f"{text} comes twice, as the clocks were set back; say which one by its begin in UTC: {starts}",
                ExitCode.USAGE,
            )
    else:
        grain, start = parse_period(text)
        found = marts.execute(
            f"select {columns} from dim_periods where grain = ? and period_start = ?", [grain, start]
        ).fetchall()
    if grain not in grains:
        raise CxmartError(
            f"{kpi['kpi_id']} has no cells a{'n' if grain == 'hour' else ''} {grain}; it has: {', '.join(grains)}",
            ExitCode.USAGE,
        )
    if not found:
        raise CxmartError(f"no data for {text}; `cxmart scorecard` tells the newest period", ExitCode.USAGE)
    return Period(*found[0])
