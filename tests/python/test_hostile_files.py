"""Hostile files: none brings a traceback, a hang, too much memory, another file's harm or a row unaccounted for."""

import gzip
import io
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from conftest import PROJECT_ROOT, isolated_environment
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.landing.landed import Watcher
from hostile import GOOD, HEADER, Hostile, corpus, text
from landings import ANYTHING, Lander

CORPUS = list(corpus())
# The quick tests take as many files as there are seconds for.
EVERY = 12
LONGEST_SECONDS = 60
MOST_BYTES = 1_000_000_000


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 60
    assert len({hostile.what for hostile in CORPUS}) == len(CORPUS)


@pytest.fixture(scope="module")
def lander(tmp_path_factory: pytest.TempPathFactory) -> Lander:
    """One warehouse for all files, in which each must leave the others' rows alone."""
    lander = Lander(tmp_path_factory.mktemp("hostile"))
    lander.land("things-untouched.csv", "thing_id,word\nuntouched,x\n")
    return lander


COUNTS = """
    select
        (select count(*) from things), (select count(*) from _rejects),
        (select count(*) from things where thing_id = 'untouched' and word = 'x')
"""


@pytest.mark.parametrize("hostile", CORPUS[::EVERY], ids=lambda hostile: hostile.what)
def test_a_hostile_file_is_lived_through(lander: Lander, tmp_path: Path, hostile: Hostile) -> None:
    check_hostile(lander, tmp_path, hostile)


@pytest.mark.slow
@pytest.mark.parametrize("hostile", CORPUS, ids=lambda hostile: hostile.what)
def test_every_hostile_file_is_lived_through(lander: Lander, tmp_path: Path, hostile: Hostile) -> None:
    check_hostile(lander, tmp_path, hostile)


def check_hostile(lander: Lander, tmp_path: Path, hostile: Hostile) -> None:
    """Land it: its records are accounted for, or the error names it; what was there before is untouched."""
    if "columns" in hostile.what:
        # They would be columns of the table for all that follow.
        lander = Lander(tmp_path)
    else:
        before = lander.rows(COUNTS)
    path = hostile.make(tmp_path)
    started = time.monotonic()
    try:
        landed = lander.land_path(path)
    except CxmartError as error:
        assert isinstance(hostile.outcome, str), error
        assert hostile.outcome in str(error)
        assert str(path) in str(error)
        if lander.folder != tmp_path:
            assert lander.rows(COUNTS) == before
    else:
        if isinstance(hostile.outcome, str):
            assert hostile.outcome == ""  # it may land, if nothing is lost
        elif landed.is_new:
            taken = landed.rows_loaded + landed.rows_duplicate + landed.rows_stale
            assert (taken, landed.rows_rejected) == hostile.outcome, lander.rejects()
    assert time.monotonic() - started < LONGEST_SECONDS
    if lander.folder != tmp_path:
        assert lander.rows(COUNTS)[0][2] == 1
    assert [found.name for found in lander.home.iterdir()] == ["raw.duckdb"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs the /proc of Linux, which tells the memory")
def test_all_of_them_in_one_command(tmp_path: Path) -> None:
    """No traceback, and never more than 1 GB of memory, as the operating system counts it."""
    folder = tmp_path / "files"
    for number, hostile in enumerate(CORPUS):
        path = hostile.make(folder / str(number))
        if "columns" in hostile.what:
            # Else their columns would be those of the table for all that follow.
            path.rename(path.with_name(f"wide{number}.csv"))
    measure = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from cxmart.cli import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        # Not the peak of getrusage: that begins with the memory of the process that started this one.
        "    status = Path('/proc/self/status').read_text()\n"
        "    print('peak', 1024 * int(re.search(r'VmHWM:\\s+(\\d+)', status).group(1)), file=sys.stderr)\n"
    )
    environment = isolated_environment(tmp_path / "home", tmp_path, {"PYTHONPATH": str(PROJECT_ROOT / "scripts")})
    done = subprocess.run(
        [sys.executable, "-c", measure, "load", "hostile", "--as-text", str(folder)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        timeout=900,
        check=False,
    )
    errors = done.stderr.decode(errors="replace")
    # Of some no row lands.
    assert done.returncode == ExitCode.REJECTED, errors
    assert "Traceback" not in errors
    assert b"\x1b" not in done.stdout + done.stderr
    peak = int(errors.rstrip().rpartition("peak ")[2])
    assert peak < MOST_BYTES, f"{peak / 1e6:.0f} MB"


# While it is read


def test_a_file_that_is_still_written_is_noticed(tmp_path: Path) -> None:
    """Another process appends to it all the time."""
    lander = Lander(tmp_path)
    path = lander.write("things.csv", text(HEADER, *(GOOD.replace("a", f"a{i}") for i in range(200_000))))
    lander.land("things-0.csv", text(HEADER))
    is_over = threading.Event()

    def append() -> None:
        with path.open("ab") as file:
            while not is_over.wait(0.001):
                file.write(text(GOOD))
                file.flush()

    writer = threading.Thread(target=append)
    writer.start()
    try:
        with pytest.raises(CxmartError, match="changed while it was read"):
            lander.land_path(path)
    finally:
        is_over.set()
        writer.join()
    assert lander.rows("select count(*) from things") == [(0,)]
    assert lander.land_path(path).rows_read >= 200_000


@pytest.mark.parametrize("name", ["things.csv", "things.jsonl"])
def test_a_file_that_vanishes_is_noticed(tmp_path: Path, name: str) -> None:
    lander = Lander(tmp_path)
    content = text(HEADER, GOOD) if name.endswith("csv") else b'{"thing_id": "a"}\n'
    path = lander.write(name, content)
    other = lander.write(f"kept-{name}", content)
    lander.land("things-0.csv", text(HEADER))
    from cxmart.landing import files, land_file

    file = files.describe(path)
    assert file

    def vanish(_: int) -> None:
        path.unlink(missing_ok=True)

    with pytest.raises(CxmartError) as caught:
        land_file.land(file, lander.source, lander.settings, Watcher(read=vanish))
    assert str(path) in str(caught.value)
    assert other.exists()
    assert lander.rows("select count(*) from things") == [(0,)]


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling link", "link in a circle"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    """A pipe would be waited for, for ever."""
    path = tmp_path / "things.csv"
    if kind == "folder":
        (path / "x").mkdir(parents=True)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if kind == "link in a circle" else tmp_path / "nowhere")
    done = subprocess.run(
        [sys.executable, "-m", "cxmart", "load", "standard", str(path)],
        env=isolated_environment(tmp_path / "home", tmp_path, {"PYTHONPATH": str(PROJECT_ROOT / "scripts")}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/things-\xff.csv"
    Path(os.fsdecode(path)).write_bytes(text(HEADER, GOOD))
    done = subprocess.run(
        [sys.executable, "-m", "cxmart", "load", "standard", str(tmp_path)],
        env=isolated_environment(tmp_path / "home", tmp_path, {"PYTHONPATH": str(PROJECT_ROOT / "scripts")}),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert b"has a name that is not in UTF-8" in done.stderr
    assert b"Traceback" not in done.stderr


# Anything

BYTES = st.lists(
    st.one_of(
        st.sampled_from([b",", b";", b"\t", b'"', b'""', b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xc3\xa9"]),
        st.sampled_from([b"{", b"}", b":", b"[", b"]", b"2026-03-01", b"1", b"a", b" "]),
        st.sampled_from([b"thing_id", b"happened_at", b"number", b"word", b"body", b"email"]),
        st.binary(max_size=4),
    ),
    max_size=40,
).map(b"".join)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Lander:
    return Lander(tmp_path_factory.mktemp("fuzzed"), ANYTHING)


def records(content: bytes) -> int | None:
    """Count the records of JSON lines, which are the lines with anything on them; None where it is not in UTF-8."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:4]:
        return None
    text = content.removeprefix(b"\xef\xbb\xbf").decode(errors="surrogateescape")
    return sum(bool(line.strip()) for line in io.StringIO(text, newline=None))


def fuzz(lander: Lander, name: str, content: bytes) -> None:
    try:
        landed = lander.land(name, content)
    except CxmartError as error:
        assert name in str(error)
        return
    if not landed.is_new:
        return
    assert landed.rows_read == landed.rows_loaded + landed.rows_rejected
    if name.endswith(".jsonl"):
        assert landed.rows_read == records(content) or records(content) is None
    kept = "select (select count(*) from raw_export.{0} where _load_id = {1}), "
    kept += "(select count(*) from _rejects where load_id = {1})"
    table = '"' + landed.table + '"'
    assert lander.rows(kept.format(table, landed.load_id)) == [(landed.rows_loaded, landed.rows_rejected)]


@pytest.mark.parametrize(
    ("content", "rows"), [(b"", 0), (b"\n", 0), (b"{}", 1), (b"{}\n{}\n", 2), (b"{}\n[]", 2), (b'{"body": "x"}', 1)]
)
def test_lines_without_a_field_that_lands_are_counted(tmp_path: Path, content: bytes, rows: int) -> None:
    """Nothing is known of the columns: neither the file nor an earlier one names any."""
    lander = Lander(tmp_path, ANYTHING)
    fuzz(lander, "things.jsonl", content)
    assert lander.rows("select rows_read from _loads") == [(rows,)]


@pytest.mark.parametrize("content", [b"{}", b"x", b"1", b"[]", b'{"body": "x"}', b'{"body": {"a": 1}}'])
def test_lines_without_a_needed_field_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CxmartError, match=r"lacks thing_id|no line that is a JSON object|is one list in JSON"):
        Lander(tmp_path).land("things.jsonl", content)


@pytest.mark.parametrize("name", ["fuzz.csv", "fuzz.tsv", "fuzz.jsonl", "fuzz.parquet", "fuzz.csv.gz"])
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=BYTES)
def test_any_bytes_are_accounted_for_or_refused(fuzzed: Lander, name: str, content: bytes) -> None:
    fuzz(fuzzed, name, content)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fuzz.csv", "fuzz.tsv", "fuzz.jsonl"])
@hypothesis_settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=BYTES)
def test_many_bytes_are_accounted_for_or_refused(fuzzed: Lander, name: str, content: bytes) -> None:
    fuzz(fuzzed, name, content)


@pytest.mark.parametrize("seed", range(5))
def test_a_file_with_bytes_turned_is_accounted_for(tmp_path: Path, seed: int) -> None:
    """A good file of 500 rows with some bytes changed, by a disk or a line: what is still good lands."""
    rng = random.Random(seed)
    lander = Lander(tmp_path)
    lines = [f"a{i},2026-03-01T10:00:00Z,{i},{i}.5,x" for i in range(500)]
    content = bytearray(text(HEADER, *lines))
    for _ in range(20):
        content[rng.randrange(len(HEADER) + 1, len(content))] = rng.randrange(256)
    landed = lander.land("things.csv", bytes(content))
    assert landed.rows_loaded >= 400
    assert 490 <= landed.rows_read <= 520


# What is something else than its name says

WORKBOOK = b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + bytes(100)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("things.csv", WORKBOOK, "is a workbook, whatever its name says; rename it so that it ends in .xlsx"),
        ("things.jsonl", WORKBOOK, "is a workbook"),
        ("things.tsv", b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", ".ods"),
        ("things.csv", b"PK\x03\x04" + bytes(26) + b"things.csv", "is a ZIP archive; unpack it"),
        ("things.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "is an old workbook (.xls)"),
        ("things.csv", b"PAR1" + bytes(50), "is a Parquet file"),
        ("things.csv", gzip.compress(b"thing_id\na\n"), "is compressed; rename it so that it ends in .gz"),
        ("things.csv", b"%PDF-1.4\n", "is a PDF document"),
        ("things.csv", b"\xef\xbb\xbf \n<!DOCTYPE html><html><body>Log in</body></html>", "is a web page"),
        ("things.csv", b'{"thing_id": "a"}\n', "is JSON; rename it"),
        ("things.jsonl", b'[\n{"thing_id": "a"},\n{"thing_id": "b"}\n]\n', "is one list in JSON"),
        ("things.jsonl", b'[{"thing_id": "a"}, {"thing_id": "b"}]', "is one list in JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_something_else_is_called_by_its_name(
    lander: Lander, name: str, content: bytes, told: str
) -> None:
    with pytest.raises(CxmartError) as raised:
        lander.land(name, content)
    assert told in str(raised.value)
    assert name in str(raised.value)
