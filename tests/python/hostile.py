"""Files that a loader must live through: each with what it is, how it is named, and what becomes of its records.

`outcome` is (loaded, rejected) of a file that lands, or a word of the error of one that is refused.
"""

import gzip
import json
import os
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cxmart.landing.files import zstd

HEADER = "thing_id,happened_at,number,amount,word"
GOOD = "a,2026-03-01T10:00:00Z,1,2.50,x"

Outcome = tuple[int, int] | str


@dataclass(frozen=True)
class Hostile:
    """A file of the corpus; `write` makes it where the content would be too long to hold."""

    what: str
    name: str
    content: bytes | Callable[[Path], None]
    outcome: Outcome

    def make(self, folder: Path) -> Path:
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)
        return path


def text(*lines: str, end: str = "\n") -> bytes:
    return "".join(f"{line}{end}" for line in lines).encode()


def one_value(column: int, value: str) -> bytes:
    fields = GOOD.split(",")
    fields[column] = '"' + value.replace('"', '""') + '"'
    return text(HEADER, ",".join(fields))


def many_columns(count: int) -> bytes:
    names = [f"c{i}" for i in range(count)]
    return text("thing_id," + ",".join(names), "a," + ",".join("1" for _ in names), "b," + ",".join("2" for _ in names))


def long_line(path: Path) -> None:
    """A line of 100 MB between two good ones."""
    with path.open("wb") as file:
        file.write(text("thing_id,word", "a,x"))
        file.write(b"b,")
        for _ in range(100):
            file.write(b"y" * 1_000_000)
        file.write(b"\nc,x\n")


def long_json_line(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b'{"thing_id": "a"}\n{"thing_id": "b", "word": "')
        for _ in range(100):
            file.write(b"y" * 1_000_000)
        file.write(b'"}\n{"thing_id": "c"}\n')


def bomb(path: Path) -> None:
    """A few kilobytes that unpack to 200 MB of one line."""
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(text("thing_id,word", "a,x"))
        for _ in range(200):
            file.write(b"y" * 1_000_000)


def open_quotes(path: Path) -> None:
    """Every line opens a quote; a reader that looks for the end of each to the end of the file takes for ever."""
    with path.open("w", encoding="utf-8") as file:
        file.write("thing_id,word\n")
        for number in range(20_000):
            file.write(f'{number},"open\n')
            file.write(f'{number},a""b\n')


def parquet(query: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with duckdb.connect() as writer:
            writer.execute("set TimeZone = 'UTC'")
            writer.execute(f"copy ({query}) to '{path}' (format parquet)")

    return write


def damaged_parquet(path: Path) -> None:
    """Whole at both ends, with other bytes in the middle."""
    parquet("select cast(i as varchar) as thing_id, md5(cast(i as varchar)) as word from range(10000) as r(i)")(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle - 20_000 : middle] = os.urandom(20_000)
    path.write_bytes(bytes(data))


TIMES = {
    "2026-13-01T00:00:00Z": 0,
    "2026-02-29T00:00:00Z": 0,
    "2026-03-01T24:00:01Z": 0,
    "2026-03-01T23:59:60Z": 0,
    "2026-03-01T10:60:00Z": 0,
    "2026-03-01T10:00:00+99:00": 0,
    "2026-03-01T10:00:00 Europe/Berlin": 0,
    "2026-03-01T10:00:00 CET": 0,
    "2026-3-1": 0,
    "20260301": 0,
    "1772359200": 0,
    "01.03.2026": 0,
    "2026-03-01 10:00:00 AM": 0,
    "infinity": 0,
    "-infinity": 0,
    "epoch": 0,
    "today": 0,
    "now()": 0,
    "0000-00-00 00:00:00": 0,
    "99999-01-01": 0,
    "2026-03-01T10:00:00Z\0": 0,
    "\uff12\uff10\uff12\uff16-03-01": 0,
    "2099-12-31T23:59:59Z": 1,
    "1969-12-31T23:59:59Z": 1,
    "0001-01-01": 1,
    "2026-03-01T10:00:00.123456789Z": 1,
}
NUMBERS = {
    "2147483647": 1,
    "-2147483648": 1,
    "2147483648": 0,
    "-2147483649": 0,
    "9" * 400: 0,
    "1e3": 0,
    "0x10": 0,
    "1_000": 0,
    "١٢": 0,
    "+7": 1,
    "7.": 1,
    "--7": 0,
}
AMOUNTS = {"99999999999999.9999": 1, "99999999999999.99999": 0, "1e13": 1, "1e300": 0, "NaN": 0, "inf": 0, "1.2.3": 0}
TEXTS = {
    "sql": "'; drop table things; --",
    "sql in double quotes": '"; drop schema raw_shop cascade; --',
    "a formula": '=HYPERLINK("http://example.com","x")',
    "a path": "../../../../etc/passwd",
    "a template": "{{ env_var('CXMART_HASH_KEY') }} ${HOME} $(id) `id`",
    "markup": "[red]<script>alert(1)</script>[/red]",
    "escape codes": "\x1b[2J\x1b]0;owned\x07",
    "a null byte": "x\0y",
    "text written from right to left": "\u202eabc\u202c",
    "a million characters": "é" * 900_000,
    "many quotes": '"' * 1_000,
    "many line ends": "\r\n" * 1_000,
    "a parameter": "$file ? :1 %s",
}


def corpus() -> Iterator[Hostile]:
    """List the hostile files."""
    rng = random.Random(7)
    good = text(HEADER, GOOD)
    packed = gzip.compress(good * 2_000, mtime=0)
    yield Hostile("an empty file", "things.csv", b"", "no header")
    yield Hostile("an empty file of JSON lines", "things.jsonl", b"", (0, 0))
    yield Hostile("only a header", "things.csv", text(HEADER), (0, 0))
    yield Hostile("only a header without a line end", "things.csv", HEADER.encode(), (0, 0))
    yield Hostile("only blank lines", "things.csv", b"\n\n \n", "no header")
    yield Hostile("only blank lines of JSON", "things.jsonl", b"\n \n\n", (0, 0))
    yield Hostile("only a byte order mark", "things.csv", b"\xef\xbb\xbf", "no header")
    yield Hostile("only half of a UTF-16 character", "things.csv", b"\xff\xfe\x00", "not in UTF-16")
    yield Hostile("no header", "things.csv", text(GOOD, GOOD), "lacks thing_id")
    yield Hostile("a header twice in the file", "things.csv", text(HEADER, GOOD, HEADER), (1, 1))
    yield Hostile("a name twice in the header", "things.csv", text("thing_id,word,Word", "a,x,y"), "word twice")
    yield Hostile("names that are missing", "things.csv", text("thing_id,,", "a,x,y"), (1, 0))
    yield Hostile("a header of commas", "things.csv", text(",,,", "1,2,3,4"), "lacks thing_id")
    yield Hostile("a name of the loader's own", "things.csv", text("thing_id,_LINE", "a,1"), "loader's own")
    yield Hostile("SQL in a header", "things.csv", text('thing_id,"x""; drop table things; --"', "a,1"), (1, 0))
    yield Hostile("a quote in a header", "things.csv", text("thing_id,it's,a\"b", "a,1,2"), (1, 0))
    yield Hostile("a header that is not closed", "things.csv", text('thing_id,"word', "a,x"), "lacks thing_id")
    yield Hostile("a header of a million characters", "things.csv", text("thing_id," + "x" * 1_100_000), "no header")
    yield Hostile("2,000 columns", "things.csv", many_columns(2_000), (2, 0))
    yield Hostile("6,000 columns", "things.csv", many_columns(6_000), "too many")
    yield Hostile("binary", "things.csv", rng.randbytes(50_000), "")
    yield Hostile("binary as JSON", "things.jsonl", rng.randbytes(50_000), "no line that is a JSON object")
    yield Hostile("binary as Parquet", "things.parquet", rng.randbytes(50_000), "Parquet")
    yield Hostile("binary as gzip", "things.csv.gz", rng.randbytes(50_000), "cut short or damaged")
    yield Hostile("binary as Zstandard", "things.csv.zst", rng.randbytes(50_000), "cut short or damaged")
    yield Hostile("binary behind a header", "things.csv", text(HEADER, GOOD) + bytes(range(256)) * 20, "")
    yield Hostile("null bytes alone", "things.csv", b"\0" * 10_000, "null byte")
    yield Hostile("null bytes at the end", "things.csv", good + b"\0" * 10_000, (1, 1))
    yield Hostile("a file in the other format", "things.parquet", good, "Parquet")
    yield Hostile("Parquet called CSV", "things.csv", b"PAR1" + rng.randbytes(1_000) + b"PAR1", "")
    yield Hostile("a gzip file without its ending", "things.csv", packed, "")
    yield Hostile("gzip cut in the head", "things.csv.gz", packed[:5], "cut short or damaged")
    yield Hostile("gzip cut in the middle", "things.csv.gz", packed[: len(packed) // 2], "cut short or damaged")
    yield Hostile("gzip without its checksum", "things.csv.gz", packed[:-8], "cut short or damaged")
    yield Hostile("gzip with a wrong checksum", "things.csv.gz", packed[:-8] + b"12345678", "cut short or damaged")
    yield Hostile("gzip with rubbish behind it", "things.csv.gz", packed + b"rubbish", "cut short or damaged")
    yield Hostile(
        "two gzip files in one", "things.csv.gz", gzip.compress(text(HEADER)) + gzip.compress(text(GOOD)), (1, 0)
    )
    yield Hostile("Zstandard cut in the middle", "things.csv.zst", zstd.compress(good)[:-20], "cut short or damaged")
    yield Hostile("Zstandard with rubbish behind it", "things.csv.zst", zstd.compress(good) + b"rubbish", "damaged")
    yield Hostile(
        "a line of 100 MB at the end of Zstandard", "things.csv.zst", zstd.compress(good + b"b," + b"x" * 10**8), (1, 1)
    )
    yield Hostile("an empty gzip file", "things.csv.gz", gzip.compress(b""), "no header")
    yield Hostile("a text that unpacks to 200 MB", "things.csv.gz", bomb, (1, 1))
    yield Hostile("a line of 100 MB", "things.csv", long_line, (2, 1))
    yield Hostile("a line of 100 MB of JSON", "things.jsonl", long_json_line, (2, 1))
    yield Hostile("a quote opened in every line", "things.csv", open_quotes, (20_000, 20_000))
    yield Hostile("a quote that never closes", "things.csv", text(HEADER, GOOD, 'b,"', GOOD.replace("a", "c")), (2, 1))
    yield Hostile(
        "lines of other widths", "things.csv", text("thing_id,word", "a", "b,x", "c,x,y", "d,x,", ",,,"), (2, 3)
    )
    yield Hostile("a delimiter that changes", "things.csv", text("thing_id,word", "a,x", "b;x"), (1, 1))
    yield Hostile("old line ends", "things.csv", text(HEADER, GOOD, end="\r"), (1, 0))
    yield Hostile("all line ends at once", "things.csv", b"thing_id,word\r\na,x\nb,x\rc,x\n\r\n\rd,x", (4, 0))
    yield Hostile("an end of file of DOS", "things.csv", good + b"\x1a", (1, 1))
    yield Hostile("UTF-8 cut within a character", "things.csv", "thing_id,word\né,ü\n".encode() + b"b,\xc3", (1, 1))
    yield Hostile("overlong UTF-8", "things.csv", "thing_id,word\na,ü\n".encode() + b"b,\xc0\xaf\n", (1, 1))
    yield Hostile("surrogates in UTF-8", "things.csv", "thing_id,word\na,ü\n".encode() + b"b,\xed\xa0\x80\n", (1, 1))
    yield Hostile(
        "UTF-16 cut within a character",
        "things.csv",
        text("thing_id,word", "a,x").decode().encode("utf-16")[:-1],
        (0, 1),
    )
    yield Hostile("UTF-32", "things.csv", good.decode().encode("utf-32"), "null byte")
    yield Hostile(
        "JSON over several lines", "things.jsonl", json.dumps({"thing_id": "a"}, indent=1).encode(), "no line that is"
    )
    yield Hostile("a JSON array", "things.jsonl", b'[{"thing_id": "a"}]\n', "is one list in JSON")
    yield Hostile("JSON of every kind", "things.jsonl", b'{"thing_id": "a"}\n1\nnull\n"x"\n[]\n{}\ntrue\n', (1, 6))
    yield Hostile(
        "JSON nested a hundred thousand deep",
        "things.jsonl",
        b'{"thing_id": "a"}\n{"thing_id": ' + b"[" * 100_000 + b"\n",
        (1, 1),
    )
    yield Hostile(
        "JSON nested deep and closed",
        "things.jsonl",
        b'{"thing_id": "a"}\n' + b'{"x":' * 50_000 + b"1" + b"}" * 50_000,
        (1, 1),
    )
    yield Hostile(
        "JSON without quotes", "things.jsonl", b'{"thing_id": "a"}\n{thing_id: "b"}\n{\'thing_id\': "c"}\n', (1, 2)
    )
    yield Hostile(
        "JSON with a name twice", "things.jsonl", b'{"thing_id": "a"}\n{"thing_id": "b", "thing_id": "c"}\n', (1, 1)
    )
    yield Hostile("JSON with empty names", "things.jsonl", b'{"thing_id": "a", "": 1, " ": {"": 2}}\n', (1, 0))
    yield Hostile(
        "JSON with SQL as a name", "things.jsonl", b'{"thing_id": "a", "x\\"; drop table things; --\'": 1}\n', (1, 0)
    )
    yield Hostile(
        "JSON with numbers that are none",
        "things.jsonl",
        b'{"thing_id": "a", "x": {}}\n{"thing_id": NaN}\n{"thing_id": 1e999}\n',
        (1, 2),
    )
    yield Hostile(
        "JSON with a number of 10,000 digits",
        "things.jsonl",
        b'{"thing_id": "a", "x": {}}\n{"thing_id": ' + b"9" * 10_000 + b"}\n",
        (1, 1),
    )
    yield Hostile("JSON with null bytes", "things.jsonl", b'{"thing_id": "a\\u0000"}\n{"thing_id": "b\0"}\n', (1, 1))
    yield Hostile("Parquet without rows", "things.parquet", parquet("select 'a' as thing_id where false"), (0, 0))
    yield Hostile("Parquet without a needed column", "things.parquet", parquet("select 1 as number"), "lacks thing_id")
    yield Hostile(
        "Parquet with nulls where none may be",
        "things.parquet",
        parquet("select unnest(['a', null, '', ' ']) as thing_id"),
        (1, 3),
    )
    yield Hostile(
        "Parquet with SQL as a name",
        "things.parquet",
        parquet('select \'a\' as thing_id, 1 as "x""; drop table things; --"'),
        (1, 0),
    )
    yield Hostile(
        "Parquet with a lying size in its footer",
        "things.parquet",
        b"PAR1" + b"x" * 100 + struct.pack("<I", 2**31 - 1) + b"PAR1",
        "Parquet",
    )
    yield Hostile("Parquet damaged in the middle", "things.parquet", damaged_parquet, "Parquet")
    yield Hostile(
        "Parquet with times out of range",
        "things.parquet",
        parquet("select 'a' as thing_id, timestamp '290000-01-01' as happened_at"),
        (1, 0),
    )
    yield Hostile("a name that is a path", "..things;-../things-..%2f..%2fx.csv", good, (1, 0))
    yield Hostile("a name that is SQL", "things-'; drop table things; --.csv", good, (1, 0))
    yield Hostile("a name with a line end", "things-\n.csv", good, (1, 0))
    yield Hostile("a name with escape codes", "things-\x1b[2J.csv", good, (1, 0))
    yield Hostile("a name that is a pattern", "things-[a-z]*?{x,y}.csv", good, (1, 0))
    yield Hostile("a name of 240 characters", f"things-{'x' * 240}.csv", good, (1, 0))
    yield Hostile("a name for no table", "tables.csv", good, "no table")
    for value, loaded in TIMES.items():
        yield Hostile(f"the time {value!r}", "things.csv", one_value(1, value), (loaded, 1 - loaded))
    for value, loaded in NUMBERS.items():
        yield Hostile(f"the number {value[:20]!r}", "things.csv", one_value(2, value), (loaded, 1 - loaded))
    for value, loaded in AMOUNTS.items():
        yield Hostile(f"the amount {value!r}", "things.csv", one_value(3, value), (loaded, 1 - loaded))
    for what, value in TEXTS.items():
        yield Hostile(f"a value that is {what}", "things.csv", one_value(4, value), (1, 0))
        yield Hostile(f"a key that is {what}", "things.csv", one_value(0, value), (1, 0))
        yield Hostile(
            f"{what} in JSON",
            "things.jsonl",
            json.dumps({"thing_id": "a", "word": value}, ensure_ascii=False).encode(),
            (1, 0),
        )
        yield Hostile(f"{what} beside a broken line", "things.csv", one_value(4, value) + b"broken\n", (1, 1))
