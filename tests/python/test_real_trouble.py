"""Inputs from real trouble end as a user expects: each alone, and all in one warehouse."""

from pathlib import Path

import pytest

from independent.harness import Warehouse, compile_project
from real_trouble import CASES, EVERYTHING, FOLDER, answers

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the inputs are not part of the project: no {FOLDER}")


@pytest.fixture(scope="module")
def warehouse(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return Warehouse(compile_project("UTC", tmp_path_factory.mktemp("compiled"), target_path), EVERYTHING)


def test_every_case_is_held() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_alone(name: str, warehouse: Warehouse, tmp_path: Path) -> None:
    wrong = [answer for answer in answers([name], warehouse, tmp_path) if not answer.is_right]
    assert wrong == []


def test_all_in_one_warehouse(warehouse: Warehouse, tmp_path: Path) -> None:
    wrong = [answer for answer in answers(list(CASES), warehouse, tmp_path) if not answer.is_right]
    assert wrong == []
