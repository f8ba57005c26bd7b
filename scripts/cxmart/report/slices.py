"""The slice that a person names, and its values."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from cxmart.base.database import Connection, dict_rows
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.suggestions import unknown_name
from cxmart.report.cell import Cell
from cxmart.report.period import Period


def read_slice(marts: Connection, text: str | None) -> tuple[str, str | None]:
    """Tell the slice, and the value of it that is wanted; None for all of them."""
    if text is None or text in ("overall", "overall=all"):
        return "overall", "all"
    name, equals, value = (part.strip() for part in text.partition("="))
    slices: dict[str, None] = {}
    of_people: set[str] = set()
    for row in dict_rows(marts, "select slices, people_slices from kpi_catalog order by kpi_order nulls last"):
        slices |= dict.fromkeys(row["slices"].split(","))
        of_people.update(row["people_slices"].split(","))
    del slices["overall"]
    if name not in slices:
        raise unknown_name("there is no slice", name, slices)
    known = [
        row[0]
        for row in marts.execute(
            "select distinct slice_value from kpi_values where slice = ? order by 1 nulls last", [name]
        ).fetchall()
    ]
    if not known:
        how = f"; `cxmart explain KPI --slice {name}=ID` tells of a single person" if name in of_people else ""
        raise CxmartError(f"there is nothing by {name} in what is published for everybody{how}", ExitCode.USAGE)
    if equals and value not in known:
        raise unknown_name(f"there is nothing for {name}", value, known)
    return name, value if equals else None


def values_of_slice(marts: Connection, period: Period, slice_name: str) -> list[str]:
    """List the values that a slice has in a period."""
    rows = marts.execute(
        """
        select distinct slice_value from kpi_values
        where slice = ? and grain = ? and period_start = ? order by 1 nulls last
        """,
        [slice_name, period.grain, period.start],
    ).fetchall()
    return [value for (value,) in rows]


def grouped_by_value(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Group cells by their value of the slice."""
    return {
        value: [{name: number for name, number in row.items() if name != "slice_value"} for row in cells]
        for value, cells in groupby(rows, key=lambda row: str(row["slice_value"]))
    }


def shown_by_value(by_value: dict[str, list[Cell]]) -> dict[str, list[Cell]]:
    """Leave the headline KPIs, or all where the slice cuts none of them, of which there is something to show."""
    every = [cell for cells in by_value.values() for cell in cells]
    has_headline = any(cell.is_headline and cell.status != "no_data" for cell in every)
    told = {cell.kpi_id for cell in every if cell.status != "no_data"}
    return {
        value: [cell for cell in cells if cell.kpi_id in told and (cell.is_headline or not has_headline)]
        for value, cells in by_value.items()
        if any(cell.status != "no_data" for cell in cells if cell.is_headline or not has_headline)
    }


def ordered(by_value: dict[str, list[Cell]]) -> dict[str, list[Cell]]:
    """Put the values with most to tell first, by the sample of the first KPI; what has no value last."""

    def place(value: str) -> tuple[bool, float]:
        return value == "(none)", -sum(cell.sample_size or 0 for cell in by_value[value][:1])

    return {value: by_value[value] for value in sorted(by_value, key=place)}
