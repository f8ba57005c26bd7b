"""What the project's files say of its KPIs: the catalogue, the models and the seeds. No warehouse is needed."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cxmart.base.errors import CxmartError, ExitCode
from cxmart.contract.project_macros import read_macros


@dataclass(frozen=True)
class Kpi:
    """A KPI: its entry in the catalogue, its model's description and columns, its SQL and its shipped targets.

    `folder` is that of its model, from the project's root; `reads` names the models that its SQL refers to.
    """

    kpi_id: str
    entry: Mapping[str, Any]
    description: str
    columns: Mapping[str, str]
    folder: str
    sql: str
    reads: tuple[str, ...]
    targets: tuple[Mapping[str, str], ...]

    @property
    def kind(self) -> str:
        """How its cells add up, as the catalogue has it."""
        return str(self.entry["kind"])

    @property
    def grains(self) -> list[str]:
        """The grains that it has, from the shortest."""
        return list(self.entry["grains"])

    @property
    def slices(self) -> dict[str, str]:
        """Its slices but overall, with their forms; `source` is one of every KPI."""
        return {**self.entry["slices"], "source": self.entry["slices"].get("source", self.entry["slice_form"])}

    @property
    def exclusions(self) -> list[str]:
        """The reasons for which its observations may be left out."""
        return list(self.entry["exclusions"])

    def meaning(self, column: str) -> str:
        """What a column of its view holds."""
        text = re.sub(r"^Slice: ", "", self.columns[column])
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Project:
    """The KPIs in the catalogue's order, reasons with their meanings, other models, slices and windows.

    `models` are (folder, first sentence of the description) by name; `slices` what all KPIs have in common that are cut
    by one; `windows` lengths as a person writes them (`7 days`).
    """

    kpis: tuple[Kpi, ...]
    reasons: Mapping[str, str]
    models: Mapping[str, tuple[str, str]]
    slices: Mapping[str, Mapping[str, str]]
    windows: Mapping[str, str]

    def link(self, model: str) -> str:
        """A Markdown link to a model's SQL, from a page of docs/kpis."""
        folder, _ = self.models[model]
        return f"[`{model}`](../../{folder}/{model}.sql)"


def read_project(root: Path) -> Project:
    """Read what the files of the project say of its KPIs.

    Args:
        root: the folder of the dbt project.

    Raises:
        CxmartError: a file is missing or can't be read, or a KPI has no model.
    """
    try:
        return _read_project(root)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, IndexError, TypeError, ValueError) as error:
        raise CxmartError(f"the project's KPIs can't be read: {error!r}", ExitCode.USAGE) from error


def _read_project(root: Path) -> Project:
    macros = read_macros(root)
    windows = {name: macros["window_text"](name) for name in macros["windows"]()}
    described = {}
    for path in sorted((root / "models").rglob("*.yml")):
        folder = path.parent.relative_to(root).as_posix()
        text = _with_lengths(path.read_text(encoding="utf-8").partition("\nunit_tests:")[0], windows)
        for model in (yaml.safe_load(text) or {}).get("models", ()):
            described[model["name"]] = (folder, model)
    with (root / "seeds" / "kpi_targets.csv").open(newline="", encoding="utf-8") as file:
        targets = list(csv.DictReader(file))
    kpis = []
    for entry in macros["kpi_catalog"]():
        folder, model = described[entry["kpi_id"]]
        sql = (root / folder / f"{entry['kpi_id']}.sql").read_text(encoding="utf-8")
        kpis.append(
            Kpi(
                kpi_id=entry["kpi_id"],
                entry=entry,
                description=model["description"].strip(),
                columns={column["name"]: column["description"].strip() for column in model["columns"]},
                folder=folder,
                sql=sql,
                reads=tuple(dict.fromkeys(re.findall(r"""ref\(["'](\w+)["']\)""", sql))),
                targets=tuple(row for row in targets if row["kpi_id"] == entry["kpi_id"]),
            )
        )
    models = {name: (folder, _first_sentence(model["description"])) for name, (folder, model) in described.items()}
    return Project(
        kpis=tuple(kpis),
        reasons=macros["exclusion_reasons"](),
        models=models,
        slices=macros["slice_definitions"](),
        windows=windows,
    )


def read_needs(root: Path) -> dict[str, list[str]]:
    """Give the tables that each KPI needs; `a or b` where one of them will do.

    Raises:
        CxmartError: the catalogue can't be read.
    """
    return {str(entry["kpi_id"]): list(entry["needs"]) for entry in read_macros(root)["kpi_catalog"]()}


def read_listed_names(root: Path) -> dict[str, list[str]]:
    """Give the names of each kind that definitions know by themselves.

    Raises:
        CxmartError: the names can't be read.
    """
    return dict(read_macros(root)["listed_names"]())


def _with_lengths(text: str, windows: Mapping[str, str]) -> str:
    """Put the lengths of windows in the place of their names: `the window `review`` is `the 30 days`."""
    text = re.sub(r"within the\s+window\s+`(\w+)`", lambda name: f"within {windows[name[1]]}", text)
    return re.sub(r"the\s+window\s+`(\w+)`", lambda name: f"the {windows[name[1]]}", text)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=\.)\s", text.strip())[0]
