"""How fast landing is, beside the engine's plain `create table as` of the same file with the same types.

`make benchmark` prints it as JSON, one file format an entry. Each measurement runs in a process of its own, one after
the other, so that its peak of memory is its own; what is compared was measured in one run on one machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from cxmart.base.database import THREADS, literal, opened, quoted
from cxmart.base.settings import Settings, read_settings
from cxmart.contract import source_contract
from cxmart.landing import files, land_file, raw_file

TABLE = "ticket_messages"
FORMATS = ("parquet", "csv")

# A message each 13 seconds, four to a ticket, by a few hundred agents: as many different values as exports have.
MESSAGES = """
    select
        'm' || i as message_id,
        't' || (i // 4) as ticket_id,
        case i % 3 when 0 then 'customer' when 1 then 'agent' else 'automation' end as author_type,
        'a' || (i % 200) as author_id,
        i % 7 <> 0 as is_public,
        i % 31 = 0 as is_acknowledgement,
        i % 53 = 0 as no_reply_needed,
        timestamp '2020-01-01' + to_seconds(i * 13) as sent_at,
        case when i % 3 = 1 then 'tpl' || (i % 50) end as template_id,
        timestamp '2026-01-01' as updated_at,
        false as is_deleted
    from range(?) as messages(i)
"""
ISO_TIMES = "* replace (strftime(sent_at, '{0}') as sent_at, strftime(updated_at, '{0}') as updated_at)".format(
    "%Y-%m-%dT%H:%M:%SZ"
)

CHILD = "from benchmark import child; child()"


@dataclass(frozen=True)
class Measured:
    """A file of messages: medians of the seconds, the plain table's and the loader's, and peaks of memory in bytes.

    `ratio` is the median of the loader's seconds by the plain table's, pair by pair.
    """

    format: str
    rows: int
    file_bytes: int
    plain_seconds: float
    load_seconds: float
    ratio: float
    reload_seconds: float
    plain_peak_bytes: int
    load_peak_bytes: int


def measure_loads(rows: int, repeats: int, settings: Settings, tell: Callable[[str], None]) -> list[Measured]:
    """Make messages, and measure how long they take to land.

    Args:
        rows: how many messages.
        repeats: how often each is measured.
        settings: for the memory limit, and the disk to work on, that of CXMART_HOME; nothing is left there.
        tell: is told what is done now.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=settings.home) as name:
        folder = Path(name)
        tell(f"making {rows:,} messages")
        _make_files(rows, folder, settings)
        return [_measure(folder, file_format, rows, repeats, settings, tell) for file_format in FORMATS]


def _make_files(rows: int, folder: Path, settings: Settings) -> None:
    with duckdb.connect(config={"threads": str(THREADS), "memory_limit": settings.memory_limit}) as maker:
        maker.execute(f"create temp view messages as {MESSAGES.replace('?', str(int(rows)))}")
        for file_format in FORMATS:
            columns = ISO_TIMES if file_format == "csv" else "*"
            target = literal(str(folder / f"{TABLE}.{file_format}"))
            maker.execute(f"copy (select {columns} from messages) to {target} (format {file_format})")


def _measure(
    folder: Path, file_format: str, rows: int, repeats: int, settings: Settings, tell: Callable[[str], None]
) -> Measured:
    file = folder / f"{TABLE}.{file_format}"
    plain: list[tuple[float, int]] = []
    load: list[tuple[float, int]] = []
    reload: list[float] = []
    for number in range(repeats):
        tell(f"{file_format}, {number + 1} of {repeats}")
        home = folder / f"{file_format}-{number}"
        home.mkdir()
        plain.append(_run("plain", file, home, settings))
        load.append(_run("land", file, home, settings))
        reload.append(_run("land", file, home, settings)[0])
        for made in home.iterdir():
            made.unlink()
    return Measured(
        format=file_format,
        rows=rows,
        file_bytes=file.stat().st_size,
        plain_seconds=statistics.median(seconds for seconds, _ in plain),
        load_seconds=statistics.median(seconds for seconds, _ in load),
        ratio=statistics.median(ours / theirs for (ours, _), (theirs, _) in zip(load, plain, strict=True)),
        reload_seconds=statistics.median(reload),
        plain_peak_bytes=max(peak for _, peak in plain),
        load_peak_bytes=max(peak for _, peak in load),
    )


def _run(what: str, file: Path, home: Path, settings: Settings) -> tuple[float, int]:
    """Run one measurement in a process of its own; give its seconds and its peak of memory in bytes."""
    environment = {**os.environ, "CXMART_HOME": str(home), "CXMART_MEMORY_LIMIT": settings.memory_limit}
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, what, str(file)], env=environment, stdout=subprocess.PIPE, text=True
    )
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"measuring {what} of {file.name} failed")
    # Linux counts kilobytes, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return float(json.loads(output)["seconds"]), usage.ru_maxrss * unit


def child() -> None:
    """Do one measurement, as the arguments of the process say: plain or land, and the file."""
    what, path = sys.argv[1], Path(sys.argv[2])
    settings = read_settings()
    if what == "plain":
        started = time.perf_counter()
        _plain(path, settings)
    else:
        source = source_contract.read_source(settings.project_root, "standard")
        file = files.describe(path)
        assert file is not None
        started = time.perf_counter()
        raw_file.prepare(settings)
        land_file.land(file, source, settings)
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started}))


def _plain(path: Path, settings: Settings) -> None:
    tables = source_contract.read_source(settings.project_root, "standard").tables
    types = ", ".join(f"{literal(column.name)}: {literal(column.data_type)}" for column in tables[TABLE].columns)
    names = ", ".join(quoted(column.name) for column in tables[TABLE].columns)
    scan = "read_parquet(?)" if path.suffix == ".parquet" else f"read_csv(?, header = true, columns = {{{types}}})"
    with opened(settings.home / "plain.duckdb", settings) as plain:
        plain.execute(f"create table {TABLE} as select {names} from {scan}", [str(path)])


def main() -> None:
    """Measure, and print what was measured."""
    arguments = argparse.ArgumentParser(prog="benchmark", description=__doc__)
    arguments.add_argument("--rows", type=int, default=5_000_000, help="how many messages")
    arguments.add_argument("--repeats", type=int, default=3, help="how often each is measured; medians are printed")
    given = arguments.parse_args()
    measured = measure_loads(given.rows, given.repeats, read_settings(), lambda text: print(text, file=sys.stderr))
    print(json.dumps([asdict(one) for one in measured], indent=2))


if __name__ == "__main__":
    main()
