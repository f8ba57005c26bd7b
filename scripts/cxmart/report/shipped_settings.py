"""Which settings that a brand has to make its own are still those that cxmart ships."""

from collections.abc import Collection, Iterable

from cxmart.base.database import Connection, dict_rows
from cxmart.report.cell import Cell

# Seeds that a brand has to make its own, in words; the catalogue says which KPIs go by them. Targets are those of any.
SETTINGS = {"business_hours": "opening hours", "sla_policies": "SLA policies", "kpi_targets": "targets"}


def shipped_settings(marts: Connection, names: Collection[str], cells: Iterable[Cell]) -> list[str]:
    """Tell which settings, that a brand has to make its own, are still those that cxmart ships.

    Args:
        marts: the published file.
        names: its tables.
        cells: the numbers, of which those with data count.

    Returns:
        What some of these numbers go by: opening hours, SLA policies, targets, or some of them; none where the file
        does not tell.
    """
    with_data = [cell for cell in cells if cell.status != "no_data"]
    return shipped_of(
        marts,
        names,
        {cell.kpi_id for cell in with_data},
        has_target=any(cell.target_lower is not None or cell.target_upper is not None for cell in with_data),
    )


def shipped_of(marts: Connection, names: Collection[str], kpi_ids: Collection[str], *, has_target: bool) -> list[str]:
    """The same of KPIs, and of whether any of them has a target."""
    if "publication_seeds" not in names:
        return []
    rows = {row["seed"]: row for row in dict_rows(marts, "from publication_seeds")}
    shipped = []
    used = ",".join(
        row["configured_by"] for row in dict_rows(marts, "from kpi_catalog") if row["kpi_id"] in kpi_ids
    ).split(",")
    for seed, words in SETTINGS.items():
        own_rows = rows.get(seed, {}).get("own_rows")
        is_used = has_target if seed == "kpi_targets" else seed in used
        if is_used and own_rows is not None and own_rows < rows[seed]["row_count"]:
            shipped.append(f"some {words}" if own_rows else words)
    return shipped
