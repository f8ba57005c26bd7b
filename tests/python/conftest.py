"""What all tests share: a home of their own, and the real command line in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]

# The time at which files land, later than everything that happens in the tests' files.
NOW = "2026-11-01T00:00:00Z"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def project_root() -> Path:
    return PROJECT_ROOT


@pytest.fixture(scope="session")
def target_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's target folder: one for all tests, so that the project is parsed once."""
    return tmp_path_factory.mktemp("target")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The CXMART_HOME of a test; the first command makes it."""
    return tmp_path / "home"


@pytest.fixture(scope="module")
def cxmart_module(target_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the command line; CXMART_HOME is shared within the module unless `env` names another."""
    return _runner(tmp_path_factory.mktemp("module") / "home", target_path)


@pytest.fixture
def cxmart(home: Path, target_path: Path) -> Run:
    """Run the command line in this test's home."""
    return _runner(home, target_path)


def _runner(home: Path, target_path: Path) -> Run:
    def run(
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        prefix: Sequence[str] = (),
        module: Sequence[str] = ("-m", "cxmart"),
    ) -> subprocess.CompletedProcess[str]:
        """Run `cxmart` with arguments.

        Args:
            env: variables beside the isolated environment; CXMART_HOME is the test's own by default.
            cwd: the current folder, by default the project's.
            prefix: a program that runs the command, with its arguments.
            module: how Python is told what to run.
        """
        return subprocess.run(
            [*prefix, sys.executable, *module, *arguments],
            env=isolated_environment(home, target_path, env),
            cwd=cwd or PROJECT_ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return run


def isolated_environment(home: Path, target_path: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without any setting, then the tests' own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CXMART_", "DBT_", "COLUMNS"))}
    return {**kept, "CXMART_HOME": str(home), "CXMART_NOW": NOW, "DBT_TARGET_PATH": str(target_path), **(extra or {})}
