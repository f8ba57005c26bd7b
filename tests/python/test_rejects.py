"""Rejects: what they keep of a row, what settles them, and how they are shown and exported."""

import csv
import io
import json
import random
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from conftest import Run, at_terminal
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.check import commands, show_rejects
from cxmart.contract.source_contract import Column, Source, Table
from cxmart.landing import rejects
from cxmart.landing.landed import Landed
from cxmart.landing.rejects import safe_cell
from landings import Lander, contract_of, things

HEADER = "thing_id,number,word\n"


@pytest.fixture
def lander(tmp_path: Path) -> Lander:
    return Lander(tmp_path)


def accounts(landed: Landed) -> tuple[int, int, int, int, int]:
    return (
        landed.rows_read,
        landed.rows_loaded,
        landed.rows_duplicate,
        landed.rows_stale,
        landed.rows_rejected,
    )


def test_broken_lines_are_rejected_with_their_text(lander: Lander) -> None:
    content = (
        HEADER
        + "a,1,x\n"
        + "b,2\n"
        + "c,3,x,y\n"
        + 'd,4,"x"y\n'
        + 'e,5,"never closed\n'
        + "f,6,x\n"
        + "g,many,x\n"
        + 'h,8,"of two\nlines"\n'
        + ",9,x\n"
    )
    landed = lander.land("things.csv", content.encode() + b"i,10,caf\xe9 \xc3\xa9\n")
    assert accounts(landed) == (10, 3, 0, 0, 7)
    assert lander.rows("select thing_id, _line, word from things order by _line") == [
        ("a", 1, "x"),
        ("f", 6, "x"),
        ("h", 8, "of two\nlines"),
    ]
    assert lander.rejects() == [
        (2, None, "has 2 fields, where the header has 3", "b,2"),
        (3, None, "has 4 fields, where the header has 3", "c,3,x,y"),
        (4, None, "has text behind a closing quote", 'd,4,"x"y'),
        (5, None, "has a quote that is not closed", 'e,5,"never closed'),
        (7, "number", "is no whole number", "g,many,x"),
        (9, "thing_id", "is missing", ",9,x"),
        (10, None, "is not in UTF-8", "i,10,caf� é"),
    ]


def test_lines_that_are_no_json_objects_are_rejected(lander: Lander) -> None:
    content = (
        '{"thing_id": "a", "number": 1}\n'
        '{"thing_id": "b", "number": \n'
        "\n"
        '["c"]\n'
        '{"thing_id": "d", "thing_id": "e"}\n'
        '{"thing_id": "f", "number": 1e999}\n'
        '{"thing_id": "g", "number": 1.5}\n'
        '{"thing_id": "h", "word": "\\ud800"}\n'
        '{"number": 3}\n' + '{"thing_id": ' + "[" * 100_000 + "\n"
    )
    landed = lander.land("things.jsonl", content)
    assert accounts(landed) == (9, 1, 0, 0, 8)
    assert [(line, column, reason) for line, column, reason, _ in lander.rejects()] == [
        (2, None, "is no JSON object"),
        (3, None, "is no JSON object"),
        (4, None, "has a field twice"),
        (5, None, "has a number that is too large"),
        (6, "number", "is no whole number"),
        (7, None, "holds half of a character"),
        (8, "thing_id", "is missing"),
        (9, None, "is nested too deep"),
    ]
    texts = [text for *_, text in lander.rejects()]
    assert texts[0] == '{"thing_id": "b", "number": '
    assert json.loads(texts[4]) == {"thing_id": "g", "number": "1.5"}


def test_a_corrected_file_settles_its_rejects(lander: Lander) -> None:
    lander.land("things.csv", HEADER + "a,1,x\nb,two,x\nc\n")
    assert len(lander.rejects()) == 2
    again = lander.land("things.csv", HEADER + "a,1,x\nb,2,x\nc,three,x\n")
    assert (again.rows_duplicate, again.rows_loaded, again.rows_rejected, again.rejects_cleared) == (1, 1, 1, 2)
    assert lander.rejects() == [(3, "number", "is no whole number", "c,three,x")]
    # What was settled is kept, with the load that did it.
    assert lander.rows("select line, cleared_by_load_id from _rejects order by load_id, line") == [
        (2, 2),
        (3, 2),
        (3, None),
    ]


@pytest.mark.parametrize("good", ["b,2,x", "b,2,y"])
def test_a_key_that_lands_settles_the_rejects_of_that_key(lander: Lander, good: str) -> None:
    lander.land("things-1.csv", HEADER + "b,two,x\nc,three,x\nd\n")
    landed = lander.land("things-2.csv", HEADER + good + "\n")
    assert landed.rejects_cleared == 1
    assert [line for line, *_ in lander.rejects()] == [2, 3]


def test_a_rejected_version_of_a_key_leaves_the_one_that_is_there(lander: Lander) -> None:
    lander.land("things-1.csv", HEADER + "b,2,x\n")
    landed = lander.land("things-2.csv", HEADER + "b,two,x\n")
    assert accounts(landed) == (1, 0, 0, 0, 1)
    assert lander.rows("select number from things") == [(2,)]


def test_rejects_of_another_table_stay(lander: Lander) -> None:
    two = Table("others", (Column("thing_id", required=True), Column("number", "integer")), ("thing_id",))
    lander.source = Source("shop", "raw_shop", {**things().tables, "others": two})
    lander.land("things.csv", HEADER + "b,two,x\n")
    lander.land("others.csv", "thing_id,number\nb,2\n")
    assert len(lander.rejects()) == 1


def test_a_contract_that_takes_more_takes_the_same_file_again(lander: Lander) -> None:
    one_word = Column("word", accepted_values=("x",), has_default=True)
    strict = Table("things", (Column("thing_id", required=True), one_word), ("thing_id",))
    wide = Table("things", (Column("thing_id", required=True), Column("word")), ("thing_id",))
    lander.source = Source("shop", "raw_shop", {"things": strict})
    content = "thing_id,word\na,x\nb,y\n"
    assert lander.land("things.csv", content).rows_rejected == 1
    assert not lander.land("things.csv", content).is_new
    lander.source = Source("shop", "raw_shop", {"things": wide})
    again = lander.land("things.csv", content)
    assert (again.rows_duplicate, again.rows_loaded, again.rejects_cleared) == (1, 1, 1)
    assert not lander.land("things.csv", content).is_new


def test_a_changed_contract_does_not_double_the_rows_of_a_table_without_a_key(lander: Lander) -> None:
    content = "thing_id,word\na,x\nb,y\na,x\n"
    for columns in ((Column("thing_id"),), (Column("thing_id"), Column("word"))):
        lander.source = Source("shop", "raw_shop", {"things": Table("things", columns)})
        assert lander.land("things.csv", content).rows_loaded == 3
    assert lander.rows("select count(*), min(_load_id) from things") == [(3, 2)]


def test_an_undated_change_is_counted(lander: Lander) -> None:
    header = "thing_id,word,updated_at\n"
    day = "2026-03-01"
    assert lander.land("things-1.csv", f"{header}a,x,{day}\nb,x,\nc,x,{day}\n").rows_undated_change == 0
    landed = lander.land("things-2.csv", f"{header}a,y,{day}\nb,y,\nc,y,2026-03-02\nd,x,\nd,y,\ne,x,\ne,x,\n")
    assert landed.rows_undated_change == 3
    assert lander.rows("select rows_undated_change from _loads order by load_id") == [(0,), (3,)]


FAULTS = "column_name, value, [f.column_name for f in more_faults], [f.rejects_row for f in more_faults]"


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_all_that_is_wrong_with_a_row_is_kept(lander: Lander, suffix: str) -> None:
    """One round of mending is enough: a row that is put right by what is told of it lands."""
    lander.source = contract_of("standard")
    head = "order_id,marketplace,ordered_at,shipped_at,total_amount,updated_at"
    bad = ["o1,web,soon,later,much,once", "o2,web,2025-01-01,never,1.5,2025-01-01", ",web,2025-01-01,,?,"]
    good = ["o4,web,2025-01-01,,12,2025-01-02", "o5,web,2025-01-01,,n.a.?,2025-01-02"]
    plain = lander.write("plain.txt", "\n".join([head, *bad, *good]) + "\n")
    path = lander.folder / "files" / f"orders.{suffix}"
    with duckdb.connect() as other:
        other.execute(f"create table given as from read_csv('{plain}', all_varchar = true)")
        written = {"csv": "csv, header", "jsonl": "json", "parquet": "parquet"}[suffix]
        other.execute(f"copy given to '{path}' (format {written})")
    landed = lander.land_path(path)
    assert (landed.rows_loaded, landed.rows_rejected, landed.values_rejected) == (2, 3, 1)
    assert lander.rows(f"select line, is_row_kept, {FAULTS} from _rejects order by line") == [
        (1, False, "ordered_at", "soon", ["shipped_at", "updated_at", "total_amount"], [True, True, False]),
        (2, False, "shipped_at", "never", None, None),
        (3, False, "order_id", None, ["total_amount"], [False]),
        (5, True, "total_amount", "n.a.?", None, None),
    ]
    told = lander.rows("select unnest(more_faults, recursive := true) from _rejects where line = 1")
    assert told[2] == ("total_amount", "is no number of the right size", "much", False)
    # A row is counted once, whatever is wrong with it.
    assert lander.rows("select rows_read, rows_loaded, rows_rejected, values_rejected from _loads") == [(5, 2, 3, 1)]
    assert rejects.count_open(lander.settings) == [rejects.OpenRejects("standard", "orders", 3, 1, 1)]


def test_of_a_column_the_first_fault_is_told(lander: Lander) -> None:
    """Of what is no number, it is not to be said that it is none in the range, too."""
    lander.source = contract_of("standard")
    lander.land("reviews.csv", "review_id,rating,reviewed_at\n1,-1,soon\n2,x,soon\n")
    told = "[column_name || ' ' || reason] || [f.column_name || ' ' || f.reason for f in more_faults]"
    assert [len(faults) for (faults,) in lander.rows(f"select {told} from _rejects")] == [2, 2]


# Of each table a good value and bad ones of each column; empty ones are bad where the column is required.
CELLS = {
    "orders": {
        "order_id": ("o{}", ["", " "]),
        "marketplace": ("web", ["", "  "]),
        "ordered_at": ("2026-01-01T10:00:00Z", ["", "soon", "31.12.2026", "2026-02-30"]),
        "shipped_at": ("2026-01-02", ["later", "1767258000"]),
        "currency": ("EUR", []),
        "total_amount": ("12.50", ["much", "12,50", "1,234", "$5.00"]),
        "updated_at": ("2026-01-03T10:00:00Z", ["x"]),
    },
    "calls": {
        "call_id": ("c{}", ["", "4.02878E+11"]),
        "queued_at": ("2026-01-01T10:00:00Z", ["", "soon"]),
        "answered_at": ("2026-01-01T10:01:00Z", ["soon"]),
        "ended_at": ("", ["soon"]),
        "talk_seconds": ("60", ["long", "-5", "03:20"]),
        "hold_seconds": ("0", ["long", "nan", "-1"]),
        "ticket_id": ("t1", ["4.02878E+11"]),
    },
    "survey_responses": {
        "survey_id": ("s{}", [""]),
        "ticket_id": ("t1", []),
        "survey_type": ("csat", ["", "what"]),
        "sent_at": ("2026-01-01", ["soon"]),
        "responded_at": ("2026-01-02", ["soon"]),
        "score": ("5", ["0", "6", "fine?"]),
        "scale_min": ("1", ["low"]),
        "scale_max": ("5", ["high"]),
    },
}


@pytest.mark.parametrize("table", CELLS)
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_one_round_of_mending_is_enough(lander: Lander, table: str, suffix: str) -> None:
    """Whatever is wrong together: who puts right what is told of a row, and nothing else, has it land whole."""
    lander.source = contract_of("standard")
    cells, chosen = CELLS[table], random.Random(table)
    rows = [
        {
            name: chosen.choice(bad) if bad and chosen.random() < 0.3 else good.format(number)
            for name, (good, bad) in cells.items()
        }
        for number in range(300)
    ]

    def written() -> str:
        if suffix == "jsonl":
            return "".join(json.dumps(row) + "\n" for row in rows)
        text = io.StringIO()
        writer = csv.DictWriter(text, list(cells))
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()

    landed = lander.land(f"{table}.{suffix}", written())
    assert landed.rows_rejected > 100
    told = list(rejects.read_rejects(lander.settings))
    assert len({reject.line for reject in told if not reject.is_row_kept}) == landed.rows_rejected
    assert len([reject for reject in told if reject.is_row_kept]) == landed.values_rejected
    for reject in told:
        names = [fault.column for fault in reject.faults]
        assert len(set(names)) == len(names)
        assert reject.faults[0].rejects_row is not reject.is_row_kept
        for name in names:
            assert name is not None
            row, (good, bad) = rows[reject.line - 1], cells[name]
            assert row[name] in bad or table == "survey_responses", (name, row)
            row[name] = good.format(reject.line - 1)
    again = lander.land(f"{table}.{suffix}", written())
    # What is off a scale that could not be read is known only when that can.
    told_later = [fault.reason for reject in rejects.read_rejects(lander.settings) for fault in reject.faults]
    assert all(reason.startswith("is off its scale") for reason in told_later)
    assert again.rows_rejected <= (10 if table == "survey_responses" else 0)
    assert again.values_rejected == 0
    # Grouped, they add up to the same.
    for grouped in rejects.group_rejects(lander.settings, with_cleared=True):
        assert grouped.rows == landed.rows_rejected + again.rows_rejected
        assert grouped.values == sum(group.values_left_out for group in grouped.groups)
        assert sum(group.rows for group in grouped.groups) >= grouped.rows
        assert max(group.rows for group in grouped.groups) <= grouped.rows


# The command


HEAD = "ticket_id,channel,created_at,status,updated_at\n"
BAD = (
    HEAD + "t1,email,2026-03-01,open,\n"
    '=cmd|calc,email,"=HYPERLINK(""x"")",open,\n'
    '"t3\x1b[2J",email,soon,open,later\n'
    "t4\n"
    "t5,email,soon,open,\n"
    "t6,email,2026-03-01,open,\n"
)


def test_rejects_are_grouped_by_reason(cxmart: Run, tmp_path: Path) -> None:
    path = Lander(tmp_path).write("tickets-[1].csv", BAD)
    done = cxmart("load", "standard", str(path))
    assert done.returncode == 0, done.stderr
    assert "4 rows were rejected; see why with: cxmart rejects standard" in done.stdout
    shown = cxmart("rejects", "standard", env=at_terminal(300))
    assert shown.returncode == 0, shown.stderr
    lines = [line.strip() for line in shown.stdout.splitlines()]
    assert lines[0] == "standard.tickets: 4 rows of 1 file did not land"
    assert lines[1].startswith("3  created_at is no time (write ISO 8601")
    assert lines[2] == '"soon" (2), "=HYPERLINK("x")" (1)'
    assert lines[3] == f"first: {path}, line 2"
    assert lines[4:6] == ["1  has 1 field, where the header has 5", f"first: {path}, line 4"]
    assert lines[6].startswith("1  updated_at is no time")
    assert lines[7:9] == ['"later"', f"first: {path}, line 3"]
    (table,) = json.loads(cxmart("rejects", "--json").stdout)
    assert {name: table[name] for name in ("source", "table", "rows", "files", "values_left_out")} == {
        "source": "standard", "table": "tickets", "rows": 4, "files": 1, "values_left_out": 0
    }  # fmt: skip
    assert [(one["column"], one["rows"], one["different"]) for one in table["groups"]] == [
        ("created_at", 3, 2), (None, 1, 0), ("updated_at", 1, 1),
    ]  # fmt: skip
    assert table["groups"][0]["examples"][0] == {"value": "soon", "rows": 2}
    assert (table["groups"][0]["first_file"], table["groups"][0]["first_line"]) == (str(path), 2)
    nothing = cxmart("rejects", "online_retail")
    assert nothing.returncode == 2
    assert "nothing was ever loaded of source 'online_retail'" in nothing.stderr
    nothing = cxmart("rejects", "--table", "ticket")
    assert nothing.returncode == 2
    assert "nothing was ever loaded of table 'ticket'; did you mean tickets?" in nothing.stderr


def test_rows_are_shown_with_all_their_faults_and_exported(cxmart: Run, tmp_path: Path) -> None:
    path = Lander(tmp_path).write("tickets.csv", BAD)
    cxmart("load", "standard", str(path))
    shown = cxmart("rejects", "standard", "--rows")
    lines = shown.stdout.splitlines()
    assert lines[:2] == ["rows that did not land:", f"standard.tickets, {path}"]
    assert [line.split()[:3] for line in lines[3:6]] == [
        ["2", "created_at", '=HYPERLINK("x")'], ["3", "created_at", "soon"], ["updated_at", "later", "is"]
    ]  # fmt: skip
    assert "has 1 field, where the header has 5" in lines[6]
    limited = cxmart("rejects", "--rows", "--limit", "1")
    assert "1 of 4 rows that did not land" in limited.stdout
    out = tmp_path / "out.csv"
    assert cxmart("rejects", "--export", str(out)).returncode == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        exported = list(csv.DictReader(file))
    assert [row["value"] for row in exported] == ['\'=HYPERLINK("x")', "soon", "", "soon"]
    assert [row["line"] for row in exported] == ["2", "3", "4", "5"]
    assert exported[0]["raw_text"] == '\'=cmd|calc,email,"=HYPERLINK(""x"")",open,'
    assert exported[0]["more_faults"] == ""
    assert exported[1]["more_faults"].startswith("updated_at is no time")
    again = cxmart("rejects", "--export", str(out))
    assert again.returncode == 2
    assert "is there already" in again.stderr
    as_json = json.loads(cxmart("rejects", "--rows", "--json").stdout)
    assert as_json[0]["value"] == '=HYPERLINK("x")'
    assert [fault["column"] for fault in as_json[1]["more_faults"]] == ["updated_at"]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_rejects_are_readable_at_any_width(cxmart: Run, tmp_path: Path, width: int) -> None:
    """No line is longer than the terminal but a command, which is not to be broken, and nothing is cut off."""
    path = Lander(tmp_path).write("tickets.csv", BAD)
    loaded = cxmart("load", "standard", str(path), env=at_terminal(width))
    counts = "tickets: 6 rows read, 2 loaded, 4 rejected" if width < 90 else " 6       2          0      0         4 "
    assert counts in loaded.stdout
    for arguments in ((), ("--rows",)):
        shown = cxmart("rejects", "standard", *arguments, env=at_terminal(width)).stdout
        assert "\x1b" not in shown + loaded.stderr
        assert "…" not in shown
        assert all(
            len(line) <= width or line.startswith(("    cxmart ", "standard.tickets, ")) for line in shown.splitlines()
        )
        plain = "".join(shown.split())
        for told in ("created_at", "isnotime(writeISO8601,forexample2026-11-01T09:30:00Z)", "updated_at", "later"):
            assert (told in plain) or (arguments and width < 80)


def test_what_was_mended_is_told_as_settled(cxmart: Run, tmp_path: Path) -> None:
    lander = Lander(tmp_path)
    path = lander.write("tickets.csv", HEAD + "t1,email,2026-03-01,open,\nt2,email,soon,open,\n")
    cxmart("load", "standard", str(path))
    lander.write("tickets.csv", HEAD + "t1,email,2026-03-01,open,\nt2,email,2026-03-02,open,\n")
    done = cxmart("load", "standard", str(path))
    assert "1 rejected earlier, rows or values, are settled by this file" in done.stdout
    assert cxmart("rejects").stdout.strip() == "no rejected rows; 1 earlier one is settled, --all shows them"
    assert cxmart("rejects", "--rows").stdout.strip() == "no rejected rows; 1 earlier one is settled, --all shows them"
    assert "standard.tickets: 1 row of 1 file did not land" in cxmart("rejects", "--all").stdout


def test_a_reason_says_which_line_of_configuration_mends_it(cxmart: Run, tmp_path: Path) -> None:
    """The hint about a column is told once, and one round with the lines that are printed is enough."""
    rows = ['1,web,31.12.2026,"9,5"', '2,web,2026-01-01,"12,50"', '3,web,30.12.2026,"1,5"', '4,web,29.12.2026,"2,5"']
    head = "order_id,marketplace,ordered_at,total_amount\n"
    path = Lander(tmp_path).write("orders.csv", head + "\n".join(rows) + "\n")
    cxmart("load", "standard", str(path))
    shown = cxmart(
        "rejects",
    ).stdout
    assert shown.count("set date_order: day_first for the source standard") == 1
    lines = shown.split(" that would read them:\n")[1].split("\n\n")[0]
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sources.yml").write_text(lines, encoding="utf-8")
    config = {"CXMART_CONFIG": str(tmp_path / "config")}
    (table,) = json.loads(cxmart("rejects", "--json").stdout)
    assert table["groups"][0]["hints"][0]["setting"] == {"date_order": "day_first"}
    done = cxmart("load", "standard", str(path), env=config)
    assert done.returncode == 0, done.stderr
    assert cxmart("rejects", env=config).stdout.startswith("no rejected rows")


# A file that has lost most of its rows


def test_a_file_of_which_no_row_landed_ends_the_load_with_a_code_of_its_own(cxmart: Run, tmp_path: Path) -> None:
    lander = Lander(tmp_path)
    days = "".join(f"t{day},email,{day}.03.2026,open,\n" for day in range(10, 29))
    path = lander.write("my exports/tickets.csv", HEAD + days)
    good = lander.write("my exports/tickets-2.csv", HEAD + "n1,email,2026-03-01,open,\n")
    done = cxmart("load", "standard", str(path.parent))
    assert done.returncode == ExitCode.REJECTED, done.stderr
    assert "WARNING: MOST ROWS DID NOT LAND" in done.stderr
    assert f"{path}: nothing landed, all 19 rows were rejected" in done.stderr
    assert "created_at is no time" in done.stderr
    told = " ".join(done.stderr.split())
    assert "created_at: all 19 rows look like day.month.year; set date_order: day_first for the source standard" in told
    assert "    standard:\n      date_order: day_first\n" in done.stderr
    assert "    cxmart rejects standard --table tickets\n" in done.stderr
    assert f"    cxmart load standard '{path}'\n" in done.stderr
    assert cxmart("rejects", "--rows").stdout.count("is no time") == 19, good
    # It is told again while nothing is mended: a scheduler must not take it for well.
    again = cxmart("load", "standard", str(path))
    assert again.returncode == ExitCode.REJECTED
    assert "all 19 rows were rejected earlier" in again.stderr
    as_json = cxmart("load", "standard", str(path), "--json")
    assert as_json.returncode == ExitCode.REJECTED
    (told,) = json.loads(as_json.stdout)["files"]
    assert (told["is_new"], told["rows_read_before"], told["rows_rejected_before"]) == (False, 19, 19)
    assert told["reject_groups"][0]["column"] == "created_at"
    lander.write("my exports/tickets.csv", HEAD + "t1,email,2026-03-01,open,\n")
    assert cxmart("load", "standard", str(path)).returncode == 0
    assert cxmart("rejects").stdout.startswith("no rejected rows")


def test_a_file_of_which_most_rows_did_not_land_is_warned_of(cxmart: Run, tmp_path: Path) -> None:
    path = Lander(tmp_path).write("tickets.csv", HEAD + "1,email,soon,,\n2,email,soon,,\n3,email,2026-03-01,,\n")
    dry = cxmart("load", "standard", str(path), "--dry-run")
    assert (dry.returncode, "2 of 3 rows would be rejected" in dry.stderr) == (0, True)
    done = cxmart("load", "standard", str(path))
    assert (done.returncode, "2 of 3 rows were rejected" in done.stderr) == (0, True)
    half = Lander(tmp_path).write("tickets-2.csv", HEAD + "4,email,soon,,\n5,email,2026-03-01,,\n")
    assert cxmart("load", "standard", str(half)).stderr == "next: cxmart build\n"


def test_a_column_that_could_not_be_read_is_warned_of(cxmart: Run, tmp_path: Path) -> None:
    """The rows land, but no KPI of money has a number: that is no success, and says what to do."""
    path = Lander(tmp_path).write(
        "orders.csv",
        "order_id,marketplace,ordered_at,total_amount\n"
        '1,web,2026-01-01,"12,50"\n2,web,2026-01-02,"9,99"\n3,web,2026-01-03,"1,5"\n4,web,2026-01-03,7\n',
    )
    done = cxmart("load", "standard", str(path))
    assert done.returncode == 0
    assert "WARNING: MOST VALUES OF A COLUMN DID NOT LAND" in done.stderr
    assert f"{path}: total_amount is empty in 3 of 4 rows that landed, as it could not be read" in done.stderr
    assert "    standard:\n      decimal: comma\n" in done.stderr


@pytest.mark.parametrize("number", [2, 7])
def test_all_files_that_lost_rows_are_in_one_command(
    lander: Lander, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    lander.source = contract_of("standard")
    landed = [lander.land(f"a b/tickets-{place}.csv", HEAD + f"{place},email,soon,,\n") for place in range(number)]
    console = Console(width=80)
    show_rejects.draw_warning(lander.source, landed, lander.settings, console)
    told = capsys.readouterr().out
    folder = lander.folder / "files" / "a b"
    files = [str(folder / f"tickets-{place}.csv") for place in range(number)] if number < 5 else [str(folder)]
    assert f"    {commands.command('cxmart', 'load', 'standard', *files)}\n" in told
    assert ("and 2 more files" in told) is (number == 7)


def test_a_file_that_lost_less_is_told_the_line_that_would_read_more(cxmart: Run, tmp_path: Path) -> None:
    rows = "".join(f"{number},email,2026-01-01,\n" for number in range(5)) + "8,email,31.12.2026,\n"
    path = Lander(tmp_path).write("tickets.csv", "ticket_id,channel,created_at,status\n" + rows)
    done = cxmart("load", "standard", str(path))
    assert done.returncode == 0
    assert "WARNING" not in done.stderr
    assert done.stderr.count("set date_order: day_first") == 1


@pytest.mark.parametrize("content", ["", HEAD, "\n\n", "\ufeff" + HEAD])
def test_a_file_without_rows_is_not_one_of_which_all_were_rejected(cxmart: Run, tmp_path: Path, content: str) -> None:
    path = Lander(tmp_path).write("tickets.csv", content)
    done = cxmart("load", "standard", str(path))
    assert done.returncode in {0, 1}
    assert "WARNING" not in done.stderr


def test_a_refused_file_beside_one_of_which_no_row_landed(cxmart: Run, tmp_path: Path) -> None:
    lander = Lander(tmp_path)
    lander.write("tickets.csv", HEAD + "1,email,soon,,\n")
    lander.write("tickets-2.csv", "ticket_id\n1\n")
    done = cxmart("load", "standard", str(tmp_path / "files"))
    assert done.returncode == ExitCode.REJECTED
    assert "1 loaded or known, 1 not loaded" in done.stderr


def test_reasons_that_tell_a_value_are_one_reason(lander: Lander) -> None:
    lander.source = contract_of("standard")
    head = "survey_id,survey_type,score,scale_min,scale_max,responded_at\n"
    lander.land("survey_responses.csv", head + "1,csat,11,0,10,2026-01-01\n2,csat,12,0,10,2026-01-01\n")
    (grouped,) = rejects.group_rejects(lander.settings)
    (group,) = grouped.groups
    assert (group.reason, group.rows, group.different) == ("is off its scale", 2, 2)
    assert [value for value, _ in group.examples] == ["an answer of 11 on 0-10", "an answer of 12 on 0-10"]


def test_values_of_many_rejects_are_looked_at_in_part(lander: Lander, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are counted all, and no load runs out of memory for the sake of examples."""
    monkeypatch.setattr(rejects, "MOST_LOOKED_AT", 10)
    lander.source = contract_of("standard")
    head = "ticket_id,channel,created_at,status\n"
    landed = lander.land("tickets.csv", head + "".join(f"t{number},email,soon {number},open\n" for number in range(30)))
    (group,) = landed.reject_groups
    assert (group.rows, group.different, group.is_sample) == (30, 10, True)
    assert group.examples[0] == ("soon 0", 1)


def test_the_number_of_reasons_and_values_is_bounded(lander: Lander) -> None:
    lander.source = contract_of("standard")
    head = "ticket_id,channel,created_at,status\n"
    rows = "".join(f"t{number},email,{number}{'x' * 5_000},open\n" for number in range(1_500))
    landed = lander.land("tickets.csv", head + rows)
    (group,) = landed.reject_groups
    assert (group.rows, group.different) == (1_500, 1_500)
    assert len(group.written) == rejects.MOST_WRITTEN
    assert max(len(value) for value, _ in group.written) == rejects.WRITTEN_CHARACTERS
    assert len(json.dumps(landed.as_json())) < 5_000


def test_without_a_warehouse_there_are_no_rejects(cxmart: Run) -> None:
    done = cxmart("rejects")
    assert done.returncode == 3
    assert "raw.duckdb does not exist" in done.stderr


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", " =1", "\t1", "\r1", "\n1", "\n=1", "\uff1d1", " \uff20a"])
def test_no_cell_begins_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "a@example.com", "'=1", " a"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


def test_a_dry_run_tells_and_changes_nothing(cxmart: Run, home: Path, tmp_path: Path) -> None:
    lander = Lander(tmp_path)
    header = "ticket_id,channel,created_at,status\n"
    path = lander.write("tickets-1.csv", header + "t1,email,2026-03-01,open\nt2,email,soon,open\n")
    done = cxmart("load", "standard", str(path), "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["files"]
    assert (told["rows_read"], told["rows_loaded"], told["rows_rejected"]) == (2, 1, 1)
    assert not home.exists()
    assert cxmart("load", "standard", str(path)).returncode == 0
    before = (home / "raw.duckdb").read_bytes()
    more = lander.write("tickets-2.csv", header + "t1,email,2026-03-01,open\nt2,email,2026-03-01,open\n")
    done = cxmart("load", "standard", str(more), str(path), str(tmp_path / "files" / "no.csv"), "--dry-run")
    assert done.returncode == 1
    assert done.stdout.splitlines()[2].split()[1:7] == ["tickets", "2", "1", "1", "0", "0"]
    assert "nothing was changed" in done.stdout
    assert (home / "raw.duckdb").read_bytes() == before
    assert sorted(found.name for found in home.iterdir()) == ["raw.duckdb"]


# What is said of a file that can't land at all


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (
            "ticket_id,channel,created",
            "lacks created_at, which tickets needs; if that is what they hold, rename created",
        ),
        ("ticket_id,created_at,chanel", "rename chanel to channel. It has: ticket_id, created_at, chanel"),
        ("ticket_id,channel", "lacks created_at, which tickets needs; it has: ticket_id, channel"),
        ("t1,email,2026-01-01", "none of its columns is one of tickets: is its first line the header"),
        ("Ticket ID,ticket_id,channel,created_at", "has the column ticket_id twice (Ticket ID and ticket_id are one)"),
    ],
)
def test_a_wrong_header_is_told_with_what_may_be_meant(lander: Lander, header: str, told: str) -> None:
    lander.source = contract_of("standard")
    with pytest.raises(CxmartError) as raised:
        lander.land("tickets.csv", f"{header}\nx,y,z,2026-01-01\n")
    assert told in str(raised.value)
    assert "tickets.csv" in str(raised.value)


def test_a_file_settles_its_rejects_however_its_path_is_written(
    lander: Lander, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person loads it from its folder, and a scheduler by the whole path."""
    path = lander.write("things.csv", HEADER + ",1,x\n")
    monkeypatch.chdir(path.parent)
    for first, second in ((Path("things.csv"), path), (path, Path("things.csv"))):
        lander.write("things.csv", HEADER + f",{second},x\n")
        assert lander.land_path(first).rows_rejected == 1
        lander.write("things.csv", HEADER + f"a,1,{second}\n")
        assert lander.land_path(second).rejects_cleared >= 1
        assert lander.rejects() == []
