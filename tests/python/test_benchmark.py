"""The measurement of landing: what it measures is there, and nothing is left behind."""

import json
import os
from pathlib import Path

from conftest import PROJECT_ROOT, Run


def test_landing_is_measured_beside_a_plain_table(cxmart: Run, home: Path) -> None:
    env = {"PYTHONPATH": os.pathsep.join(str(PROJECT_ROOT / folder) for folder in ("scripts", "tests"))}
    done = cxmart("--rows", "2000", "--repeats", "1", module=("-m", "benchmark"), env=env)
    assert done.returncode == 0, done.stderr
    parquet, csv = json.loads(done.stdout)
    assert (parquet["format"], csv["format"]) == ("parquet", "csv")
    for measured in (parquet, csv):
        assert measured["rows"] == 2_000
        assert measured["file_bytes"] > 10_000
        assert min(measured["plain_seconds"], measured["load_seconds"], measured["reload_seconds"]) > 0
        assert measured["ratio"] == measured["load_seconds"] / measured["plain_seconds"]
        assert measured["load_peak_bytes"] > 10_000_000
    assert list(home.iterdir()) == []
