"""A brand's own targets: which of them judge nothing, since no number is of the value that they are for."""

from cxmart.base.database import Connection, opened, relations
from cxmart.base.errors import CxmartError
from cxmart.base.settings import Settings
from cxmart.base.suggestions import did_you_mean
from cxmart.build import seeds
from cxmart.contract.vocabulary import name_key, rows_of_file

TARGETS = "kpi_targets"
NEEDED = {("marts", "kpi_values"), ("intermediate", "int_warehouse__names")}


def unmet(settings: Settings) -> list[str]:
    """Name the values of a slice in a brand's own targets of which the last build has no number, in sentences.

    Such a target may wait for a channel that is to come, so it is no error; the nearest value is named.

    Args:
        settings: where the build and the brand's own file are.
    """
    path = seeds.own_file(settings, TARGETS)
    if path is None or not settings.build_file.exists():
        return []
    wanted: dict[tuple[str, str], list[int]] = {}
    for line, row in enumerate(rows_of_file(path, ("slice", "slice_value")), start=2):
        if row["slice"] and row["slice_value"]:
            wanted.setdefault((row["slice"], row["slice_value"]), []).append(line)
    try:
        with opened(settings.build_file, settings, read_only=True) as build:
            if not relations(build) >= NEEDED:
                return []
            return [
                f"{path}, line {', '.join(map(str, lines))}: no number is of {slice_name} = {value}, so the target "
                f"judges nothing{did_you_mean(value, _values(build, slice_name))}"
                for (slice_name, value), lines in wanted.items()
                if _name(build, slice_name, value) not in _values(build, slice_name)
            ]
    except CxmartError:
        return []


def _name(build: Connection, kind: str, spelling: str) -> str:
    """Give the name of a spelling as the marts write it."""
    rows = build.execute(
        "select distinct name, spelling from intermediate.int_warehouse__names where kind = ? and name is not null",
        [kind],
    ).fetchall()
    names = {name_key(text): name for name, text in rows} | {name_key(name): name for name, _ in rows}
    return str(names.get(name_key(spelling), spelling))


def _values(build: Connection, slice_name: str) -> list[str]:
    rows = build.execute(
        "select distinct slice_value from marts.kpi_values where slice = ? and slice_value is not null order by 1",
        [slice_name],
    ).fetchall()
    return [value for (value,) in rows]
