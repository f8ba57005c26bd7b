"""Which marts everybody may read: declared by each model, and nothing that names a person slips in."""

from typing import Any

import pytest
import yaml

from conftest import PROJECT_ROOT
from cxmart.contract.kpi_catalog import read_project
from cxmart.publish.privacy_guard import refuse_personal_columns

FOLDERS = ("models/marts/core", "models/marts/scorecard")

# By these slices, every cell is about one person; nothing but a decision makes a slice one of groups.
SLICES_OF_PEOPLE = {"agent"}


def models() -> list[dict[str, Any]]:
    paths = [path for folder in FOLDERS for path in sorted((PROJECT_ROOT / folder).rglob("*.yml"))]
    return [model for path in paths for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]]


def audience(entry: dict[str, Any]) -> str | None:
    return (entry.get("config") or {}).get("meta", {}).get("audience")


@pytest.mark.parametrize("model", models(), ids=lambda model: model["name"])
def test_each_mart_says_who_may_read_it(model: dict[str, Any]) -> None:
    assert audience(model) in ("marts", "marts_people", "confidential")
    if audience(model) == "marts":
        refuse_personal_columns(
            model["name"], [column["name"] for column in model["columns"] if audience(column) is None]
        )


def test_each_slice_is_of_groups_or_of_people() -> None:
    """A new slice has to say which it is: one that is not declared is an error of the catalogue."""
    project = read_project(PROJECT_ROOT)
    slices = {name for kpi in project.kpis for name in kpi.slices} | {"overall"}
    slices_of_groups = {name for name, slice_ in project.slices.items() if slice_["audience"] == "marts"}
    assert {slice_["audience"] for slice_ in project.slices.values()} == {"marts", "marts_people"}
    assert slices - slices_of_groups == SLICES_OF_PEOPLE
    assert slices_of_groups <= slices
