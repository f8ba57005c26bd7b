"""Equivalence and crashes: however rows come, and wherever a load is cut off, the same tables stand in the end."""

import csv
import gzip
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from conftest import PROJECT_ROOT, isolated_environment
from landings import Lander, things

COLUMNS = ["thing_id", "happened_at", "amount", "number", "is_good", "word", "updated_at"]

Row = dict[str, Any]

WORDS = st.one_of(
    st.none(), st.sampled_from(['é, "x"', "of two\nlines", "a;b", "=1+1", " x ", "ß"]), st.text("ab,", max_size=3)
)


@st.composite
def versions(draw: st.DrawFn) -> list[Row]:
    """Versions of a few things. A version is told by key and date: where both are the same, so is the row."""
    found = draw(
        st.lists(
            st.tuples(st.sampled_from("abc"), st.integers(1, 5), st.integers(-5, 5), st.none() | st.booleans(), WORDS),
            min_size=1,
            max_size=8,
            unique_by=lambda version: version[:2],
        )
    )
    return [
        {
            "thing_id": key,
            "happened_at": f"2026-03-0{day}T10:00:00.5Z",
            "amount": f"{number}.25",
            "number": number,
            "is_good": is_good,
            "word": word or None,
            "updated_at": f"2026-04-0{day}T00:00:00Z",
        }
        for key, day, number, is_good, word in found
    ]


def as_delimited(rows: Sequence[Row], columns: Sequence[str], delimiter: str, line_end: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(columns)
    for row in rows:
        values = [row[name] for name in columns]
        writer.writerow([str(value).lower() if isinstance(value, bool) else value for value in values])
    return out.getvalue()


def as_json(rows: Sequence[Row], columns: Sequence[str]) -> str:
    return "".join(json.dumps({name: row[name] for name in columns if row[name] is not None}) + "\n" for row in rows)


def as_parquet(path: Path, rows: Sequence[Row], columns: Sequence[str]) -> None:
    types = {"happened_at": "timestamptz", "updated_at": "timestamp", "amount": "double", "number": "bigint"}
    with duckdb.connect() as writer:
        writer.execute("set TimeZone = 'UTC'")
        typed = ", ".join(f"cast({name} as {types.get(name, 'varchar')}) as {name}" for name in columns)
        writer.execute(f"create table rows ({', '.join(f'{name} varchar' for name in columns)})")
        writer.executemany(
            f"insert into rows values ({', '.join('?' * len(columns))})",
            [[None if row[name] is None else str(row[name]) for name in columns] for row in rows],
        )
        writer.execute(f"copy (select {typed} from rows) to '{path}' (format parquet)")


FORMATS = ("csv", "semicolon", "crlf", "gz", "utf-16", "broken", "tsv", "jsonl", "nested", "parquet")


def write(folder: Path, number: int, file_format: str, rows: Sequence[Row], columns: Sequence[str]) -> Path:
    suffix = {"tsv": "tsv", "jsonl": "jsonl", "nested": "jsonl", "parquet": "parquet", "gz": "csv.gz"}
    path = folder / f"things-{number}.{suffix.get(file_format, 'csv')}"
    if file_format == "parquet":
        as_parquet(path, rows, columns)
    elif file_format == "jsonl":
        path.write_text(as_json(rows, columns), encoding="utf-8")
    elif file_format == "nested":
        # A nested field, so that objects are taken apart; it holds nothing.
        path.write_text(as_json(rows, columns).replace("}\n", ', "more": {}}\n'), encoding="utf-8")
    else:
        delimiter = {"tsv": "\t", "semicolon": ";"}.get(file_format, ",")
        text = as_delimited(rows, columns, delimiter, "\r\n" if file_format == "crlf" else "\n")
        # A broken line sends the whole file through the clean copy.
        content = (text + ("broken\n" if file_format == "broken" else "")).encode(
            "utf-16" if file_format == "utf-16" else "utf-8"
        )
        path.write_bytes(gzip.compress(content) if file_format == "gz" else content)
    return path


def table_of(lander: Lander) -> list[tuple[Any, ...]]:
    return lander.rows(f"select {', '.join(COLUMNS)} from things order by thing_id")


def check_equivalence(lander: Lander, rows: list[Row], data: st.DataObject) -> None:
    """Land rows in one file, and in any other way; the tables must be equal."""
    straight = Lander(lander.folder / "straight", things())
    straight.land("things.csv", as_delimited(rows, COLUMNS, ",", "\n"))
    pieces = data.draw(st.permutations(rows + data.draw(st.lists(st.sampled_from(rows), max_size=4))))
    cuts = sorted(data.draw(st.lists(st.integers(1, len(pieces)), max_size=3, unique=True)))
    spans = [span for span in zip([0, *cuts], [*cuts, len(pieces)], strict=True) if span[0] < span[1]]
    paths = []
    for number, (start, end) in enumerate(spans):
        file_format = data.draw(st.sampled_from(FORMATS))
        columns = data.draw(st.permutations(COLUMNS))
        paths.append(write(lander.folder, number, file_format, pieces[start:end], columns))
    for path in [*paths, *data.draw(st.lists(st.sampled_from(paths), max_size=2))]:
        lander.land_path(path)
    assert table_of(lander) == table_of(straight)


@hypothesis_settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=versions(), data=st.data())
def test_the_same_rows_end_in_the_same_table(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], data: st.DataObject
) -> None:
    """Split over any files, in any order, format and column order, and repeated."""
    check_equivalence(Lander(tmp_path_factory.mktemp("any"), things()), rows, data)


@pytest.mark.slow
@hypothesis_settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=versions(), data=st.data())
def test_the_same_rows_end_in_the_same_table_in_many_ways(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], data: st.DataObject
) -> None:
    check_equivalence(Lander(tmp_path_factory.mktemp("any"), things()), rows, data)


# Rows that change as systems change them


def test_what_happens_to_a_row_in_its_life(tmp_path: Path) -> None:
    """A person renamed and moved, a key deleted and back again, resolved before created: all land, the newest stays."""
    lander = Lander(tmp_path, things())
    header = "thing_id,happened_at,word,is_good,updated_at\n"
    lives = [
        "a,2026-03-01,Ann,true,2026-03-01",
        "a,2026-03-01,Anna,true,2026-03-02",
        "a,2026-03-01,Anna,false,2026-03-03",
        "a,2026-02-01,Anna,true,2026-03-04",
    ]
    for number, life in enumerate(random.Random(3).sample(lives * 2, 8)):
        lander.land(f"things-{number}.csv", f"{header}{life}\n")
    assert lander.rows("select word, is_good, cast(happened_at as varchar) from things") == [
        ("Anna", True, "2026-02-01 00:00:00")
    ]


# Killed

KILLS = 30
KILLED_ROWS = 20_000


def write_files(folder: Path) -> None:
    """Three files of one table with keys in common, wrong rows, and one that takes the way through the clean copy."""
    folder.mkdir()
    header = "ticket_id,channel,created_at,status,updated_at\n"
    for number, updated in enumerate(("2026-03-02", "2026-03-03", "2026-03-01")):
        with (folder / f"tickets-{number}.csv").open("w", encoding="utf-8") as file:
            file.write(header)
            for row in range(number * KILLED_ROWS // 2, number * KILLED_ROWS // 2 + KILLED_ROWS):
                created = "soon" if row % 5_000 == 7 else "2026-03-01T10:00:00Z"
                file.write(f"t{row},email,{created},open,{updated}\n")
            if number == 1:
                file.write("broken\n")


def tables_of(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for how long loads took."""
    with duckdb.connect(str(home / "raw.duckdb"), read_only=True) as raw:
        names = raw.execute("select schema_name || '.' || table_name from duckdb_tables() order by 1").fetchall()
        return {
            name: raw.execute(
                f"select {'* exclude (seconds)' if name.endswith('_loads') else '*'} from {name} order by all"
            ).fetchall()
            for (name,) in names
        }


def run_load(home: Path, folder: Path, kill_after: float | None = None) -> bool:
    """Run a load, and kill it after some seconds; tell whether it was killed, and had not ended before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cxmart", "load", "standard", str(folder)],
        env=isolated_environment(home, home.parent, {"PYTHONPATH": str(PROJECT_ROOT / "scripts")}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _, errors = process.communicate(timeout=kill_after)
        assert process.returncode == 0, errors.decode()
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL
    return False


@pytest.mark.slow
def test_a_load_that_is_killed_leaves_what_a_rerun_completes(tmp_path: Path) -> None:
    """At random moments of the whole load; each time some of the loads before it may have been killed as well."""
    rng = random.Random(11)
    folder = tmp_path / "files"
    write_files(folder)
    undisturbed = tmp_path / "undisturbed" / "home"
    started = time.monotonic()
    run_load(undisturbed, folder)
    seconds = time.monotonic() - started
    expected = tables_of(undisturbed)
    assert len(expected["raw_standard._loads"]) == 3
    assert len(expected["raw_standard._rejects"]) > 3
    kills = 0
    number = 0
    while kills < KILLS:
        home = tmp_path / str(number) / "home"
        home.parent.mkdir()
        number += 1
        for _ in range(rng.randrange(1, 4)):
            kills += run_load(home, folder, kill_after=rng.uniform(0.2, 1.0) * seconds)
        run_load(home, folder)
        assert tables_of(home) == expected
        assert [path.name for path in home.iterdir()] == ["raw.duckdb"]
