"""Readers of the published files: no error, no mixed version and no wait, whatever is published meanwhile."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from conftest import TOLD, isolated_environment
from cxmart.base.settings import read_settings
from cxmart.publish import publication
from test_audit import Warehouse
from test_errors import without_rights

PUBLICATIONS = 30
READERS = 8

# A reader opens the file, asks, and closes it, until its input ends; then it tells how it went. Every value of a
# publication is its number, so an answer that mixes two of them would show. Clients: duckdb's own, and ADBC.
READER = """
import json, sys, threading, time

file, client = sys.argv[1:]
if client == "adbc":
    import adbc_driver_duckdb, adbc_driver_manager.dbapi
    def connect():
        return adbc_driver_manager.dbapi.connect(
            driver=adbc_driver_duckdb.driver_path(), entrypoint="duckdb_adbc_init",
            db_kwargs={"path": file, "access_mode": "READ_ONLY"},
        )
else:
    import duckdb
    def connect():
        return duckdb.connect(file, read_only=True)

def ask(cursor, query):
    cursor.execute(query)
    return cursor.fetchall()

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
answers, waits, runs, mixed, errors = 0, [], set(), [], []
print("ready", flush=True)
while not ended.is_set():
    began = time.perf_counter()
    try:
        with connect() as connection, connection.cursor() as cursor:
            ((run_id,),) = ask(cursor, "select run_id from publication")
            ((least, greatest, joined, cells),) = ask(
                cursor,
                "select min(value), max(value), min(run_id), count(*) from kpi_values cross join publication "
                "where kpi_id = 'number'",
            )
        if {f"run-{least:.0f}", f"run-{greatest:.0f}", joined} != {run_id} or cells != 5000:
            mixed.append([run_id, joined, least, greatest, cells])
        runs.add(run_id)
        answers += 1
    except Exception as error:
        errors.append(str(error))
    waits.append(time.perf_counter() - began)
    time.sleep(0.05)
print(json.dumps([answers, max(waits), sorted(waits)[len(waits) // 2], sorted(runs), mixed, errors]))
"""

NUMBERED = """
    insert into marts.kpi_values
    select cell.* replace ('number' as kpi_id, {0} as value, 'channel' as slice, 'c' || i as slice_value,
        'partial' as maturity)
    from (select * from marts.kpi_values where kpi_id = 'tickets_created' limit 1) as cell
    cross join range(5000) as numbers(i)
"""


def start_reader(file: Path, client: str) -> subprocess.Popen[str]:
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(file), client], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout
    assert reader.stdout.readline() == "ready\n"
    return reader


@pytest.mark.slow
def test_readers_never_fail(home: Path, target_path: Path) -> None:
    settings = read_settings(isolated_environment(home, target_path))

    def publish(number: int) -> None:
        Warehouse(run_id=f"run-{number}", more=(NUMBERED.format(number),)).build(home)
        publication.publish(settings)

    publish(0)
    files = (settings.marts_file, settings.people_file)
    clients = ("duckdb", "duckdb", "duckdb", "adbc")
    readers = [start_reader(file, client) for file in files for client in clients]
    assert len(readers) == READERS
    for number in range(1, PUBLICATIONS + 1):
        publish(number)
    told = [json.loads(reader.communicate()[0]) for reader in readers]
    for _, _, _, runs, mixed, errors in told:
        assert (mixed, errors) == ([], [])
        # Each has seen the publications come.
        assert len(runs) > PUBLICATIONS / 2
    answers = sum(one[0] for one in told)
    longest, median = max(one[1] for one in told), sorted(one[2] for one in told)[READERS // 2]
    TOLD.append(
        f"marts.duckdb: {READERS} readers, {PUBLICATIONS} publications: {answers:,} answers, no error, none mixed, "
        f"the longest wait {longest:.2f} s, the median {median:.3f} s"
    )


TRY_TO_WRITE = """
import sys, duckdb
duckdb.connect(sys.argv[1], read_only=True).execute("select count(*) from kpi_values").fetchall()
try:
    duckdb.connect(sys.argv[1])
except duckdb.Error as error:
    print(error)
else:
    sys.exit("could open it for writing")
"""


def run(prefix: Sequence[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, sys.executable, "-c", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_who_may_read_can_neither_write_nor_lock(home: Path, target_path: Path) -> None:
    """A client that opens the file for writing, as many do by default, would keep all others out."""
    settings = read_settings(isolated_environment(home, target_path))
    Warehouse().build(home)
    publication.publish(settings)
    done = run(without_rights(), TRY_TO_WRITE, str(settings.marts_file))
    assert done.returncode == 0, done.stderr
    assert "Permission denied" in done.stdout


def test_adbc_reads_the_published_file(home: Path, target_path: Path) -> None:
    pytest.importorskip("adbc_driver_manager")
    settings = read_settings(isolated_environment(home, target_path))
    Warehouse().build(home)
    publication.publish(settings)
    asking = READER.partition("ended = ")[0] + (
        "with connect() as connection, connection.cursor() as cursor:\n"
        "    cursor.execute('select p.run_id, count(*) from kpi_values cross join publication as p group by 1')\n"
        "    print(cursor.fetch_arrow_table().to_pylist())\n"
        "    cursor.execute('create table mine as select 1')\n"
    )
    done = run((), asking, str(settings.marts_file), "adbc")
    assert done.returncode != 0
    assert "read-only" in done.stderr
    with duckdb.connect(str(settings.marts_file), read_only=True) as marts:
        cells = marts.execute("select run_id, count(*) from kpi_values cross join publication group by 1").fetchall()
    assert done.stdout == f"[{{'run_id': 'run-1', 'count_star()': {cells[0][1]}}}]\n"
