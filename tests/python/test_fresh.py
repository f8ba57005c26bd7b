"""A fresh set-up: one model is built by dbt alone in a new home, as the README says, and what needs more says so."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from conftest import PROJECT_ROOT, Run, isolated_environment, make_fake_build
from cxmart.base.errors import ExitCode


def dbt(home: Path, target_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt as an analyst does, from the folder of the project."""
    return subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *arguments],
        env=isolated_environment(home, target_path),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.slow
def test_one_model_is_built_in_a_new_home(cxmart: Run, tmp_path: Path, target_path: Path) -> None:
    home = tmp_path / "a nëw home" / "within another"
    assert "dbt build -s +resolution_time" in (PROJECT_ROOT / "README.md").read_text()
    done = dbt(home, target_path, "build", "-s", "+resolution_time")
    assert done.returncode == 0, done.stdout
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as build:
        assert build.execute("select count(*) from duckdb_views() where schema_name = 'kpis'").fetchall() == [(1,)]
    for arguments, said in (
        (["explain", "resolution_time"], "nothing is published yet; run `cxmart build` and `cxmart publish` first"),
        (["publish"], "is of selected models alone"),
        (["scorecard"], "nothing is published yet; run `cxmart build` and `cxmart publish` first"),
    ):
        told = cxmart(*arguments, env={"CXMART_HOME": str(home)})
        assert told.returncode in (ExitCode.FAILED, ExitCode.WAREHOUSE)
        assert told.stderr.startswith("error: ")
        assert told.stderr.count("\n") == 1
        assert said in told.stderr


@pytest.mark.slow
def test_a_home_that_dbt_can_not_use_is_said(tmp_path: Path, target_path: Path) -> None:
    home = tmp_path / "a file"
    home.write_text("mine")
    done = dbt(home, target_path, "seed", "--select", "channels")
    assert done.returncode != 0
    assert f"CXMART_HOME is {home}, which is no folder" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_selected_build_beside_a_publication_is_not_explained(cxmart: Run, home: Path) -> None:
    path = make_fake_build(home)
    assert cxmart("publish").returncode == 0
    with duckdb.connect(str(path)) as build:
        build.execute("update main.cxmart_build set is_complete = false")
    done = cxmart("publish")
    assert done.returncode == ExitCode.FAILED
    assert "is of selected models alone, as `dbt build --select` makes one" in done.stderr
    assert "run `cxmart build`, then `cxmart publish`" in done.stderr
