"""Reading text files that the engine's strict readers do not take: other encodings, broken lines, nested JSON.

A first pass over such a file writes a clean copy that the engine reads: its good records with their numbers, without
the columns that never land. What is broken goes to a second file with the reason. This is the one place where Python
walks over rows; whole files in UTF-8 with flat records never come here.

A record of delimited text begins at the start of a line and ends at a line end outside of quotes. Where its quotes do
not close or text follows a closing one, the line where it began is broken, and reading goes on with the next line.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

from cxmart.contract import private_columns
from cxmart.landing.files import DataFile, unpacked

# A record may have as many characters, and as many lines within quotes.
LONGEST_RECORD = 2_000_000
MOST_LINES = 10_000
# As much of a broken line is kept.
LONGEST_TEXT = 10_000

# What undecodable bytes become: surrogates that no text has, or the replacement character where a codec can't do it.
UNDECODED = re.compile("[\udc80-\udcff]")
REPLACED = "�"
# A character of more than one byte in UTF-8.
UTF_8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
HIGH_BYTE = re.compile(rb"[\x80-\xff]")
# What can be the name of a field in a line that is no JSON.
JSON_NAME = re.compile(r'"?([^\W\d][\w .-]{0,60})"?\s*:')

ENCODINGS_IN_WORDS = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Mended:
    """The clean copy of a file.

    `rows_file` holds the good records, each with its number (from 1, broken ones counted too); `broken_file` a CSV of
    number, reason and text of the broken ones. `columns` are the names of the columns of `rows_file`, `dropped` those
    of columns that never land.
    """

    rows_file: Path
    broken_file: Path
    rows: int
    broken: int
    columns: list[str]
    dropped: list[str] = field(default_factory=list)


class _CutLine(str):
    """The beginning of a line that is too long."""

    __slots__ = ()


class BrokenRecordError(Exception):
    """A record that can't be read, and why."""


class Lines:
    """The lines of a stream with their ends; those that were read ahead can be given back."""

    def __init__(self, stream: TextIO) -> None:
        """Take a stream that leaves line ends as they are."""
        self._stream = stream
        self._given_back: list[str] = []

    def next(self) -> str | None:
        """Give the next line; None at the end."""
        if self._given_back:
            return self._given_back.pop()
        line = self._stream.readline(LONGEST_RECORD + 1)
        if len(line) > LONGEST_RECORD:
            rest = line
            while rest and not rest.endswith(("\n", "\r")):
                rest = self._stream.readline(CHUNK_BYTES)
            return _CutLine(line)
        return line or None

    def give_back(self, lines: Sequence[str]) -> None:
        """Take lines back, to give them again in the same order."""
        self._given_back += reversed(lines)


def find_encoding(file: DataFile, declared: str | None) -> str:
    """Find out how a text file is encoded, from its first bytes.

    Args:
        file: the file.
        declared: the encoding that its source declares, if any; a byte order mark overrules it.

    Returns:
        utf-8, utf-16-le, utf-16-be or cp1252.
    """
    with unpacked(file) as stream:
        head = stream.read(4)
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    if head.startswith(b"\xff\xfe") or re.fullmatch(rb"[^\0]\0[^\0]\0", head):
        return "utf-16-le"
    if head.startswith(b"\xfe\xff") or re.fullmatch(rb"\0[^\0]\0[^\0]", head):
        return "utf-16-be"
    return {"utf-16": "utf-16-le", "windows-1252": "cp1252"}.get(declared or "", "utf-8")


def is_windows_1252(file: DataFile) -> bool:
    """Tell whether a file that is not in UTF-8 as a whole is in Windows-1252: no character of it is one of UTF-8's.

    A file in UTF-8 with a few broken lines is none: it has proper characters beside them.
    """
    has_high_bytes = False
    end = b""
    with unpacked(file) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            if UTF_8_SEQUENCE.search(end + chunk):
                return False
            has_high_bytes = has_high_bytes or bool(HIGH_BYTE.search(chunk))
            end = chunk[-3:]
    return has_high_bytes


@contextmanager
def opened_lines(file: DataFile, encoding: str) -> Iterator[Lines]:
    """Open a text file as lines; a byte order mark is taken off."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    with unpacked(file) as stream:
        text = io.TextIOWrapper(stream, encoding=codec, errors=errors, newline="")
        if encoding.startswith("utf-16"):
            lines = Lines(text)
            first = lines.next()
            if first is not None:
                # Not `first.removeprefix`: that would make a plain text of a line that was cut.
                lines.give_back([first[1:] if first.startswith("\ufeff") else first])
            yield lines
        else:
            yield Lines(text)
        text.detach()


def has_undecoded(text: str, encoding: str) -> bool:
    """Tell whether some bytes of a text were none of its encoding."""
    if text.isascii():
        return False
    return REPLACED in text if encoding.startswith("utf-16") else bool(UNDECODED.search(text))


def read_record(lines: Lines, first: str, delimiter: str) -> tuple[list[str], list[str]]:
    """Read the fields of the record that begins with a line.

    Args:
        lines: where more lines come from, if quotes hold line ends.
        first: the line.
        delimiter: between fields.

    Returns:
        The fields, and the lines read beside the first.

    Raises:
        BrokenRecordError: it can't be read; only the first line is used up.
    """
    if type(first) is _CutLine:
        raise BrokenRecordError(f"is longer than {LONGEST_RECORD:,} characters")
    if '"' not in first:
        return first.rstrip("\r\n").split(delimiter), []
    more: list[str] = []
    try:
        return _quoted_record(lines, first, delimiter, more), more
    except BrokenRecordError:
        lines.give_back(more)
        raise


def _quoted_record(lines: Lines, line: str, delimiter: str, more: list[str]) -> list[str]:
    fields: list[str] = []
    size = len(line)
    place = 0
    while True:
        start = place
        while line[start : start + 1] == " ":
            start += 1
        if line[start : start + 1] != '"':
            # A quote within a field that does not begin with one is a character as any other.
            end = line.find(delimiter, place)
            if end < 0:
                fields.append(line[place:].rstrip("\r\n"))
                return fields
            fields.append(line[place:end])
            place = end + 1
            continue
        parts: list[str] = []
        place = start + 1
        while True:
            quote = line.find('"', place)
            if quote < 0:
                parts.append(line[place:])
                following = lines.next()
                if following is not None:
                    more.append(following)
                    size += len(following)
                if following is None or size > LONGEST_RECORD or len(more) > MOST_LINES:
                    raise BrokenRecordError("has a quote that is not closed")
                line, place = following, 0
            elif line[quote + 1 : quote + 2] == '"':
                parts.append(line[place : quote + 1])
                place = quote + 2
            else:
                parts.append(line[place:quote])
                place = quote + 1
                break
        fields.append("".join(parts))
        while line[place : place + 1] == " ":
            place += 1
        if not line[place:].strip("\r\n"):
            return fields
        if line[place] != delimiter:
            # Where the closing quote is of another line, it is the opening one of something else.
            raise BrokenRecordError("has a quote that is not closed" if more else "has text behind a closing quote")
        place += 1


def mend_delimited(
    file: DataFile, encoding: str, delimiter: str, skipped: int, names: Sequence[str], kept: Sequence[int], folder: Path
) -> Mended:
    """Write the clean copy of a file of delimited text.

    Args:
        file: the file.
        encoding: as `find_encoding` names it.
        delimiter: between its fields.
        skipped: how many lines come before the header.
        names: the columns of the header.
        kept: the places of the columns to copy. Where that is not all, texts of broken lines are not kept: nobody knows
            what they hold.
        folder: where to write.
    """
    rows_path, broken_path = folder / "rows.csv", folder / "broken.csv"
    width = len(names)
    choose: Callable[[Sequence[str]], Sequence[str]] = (
        itemgetter(*kept) if len(kept) > 1 else (lambda fields: [fields[place] for place in kept])
    )
    is_withheld = len(kept) < width
    rows = broken = 0
    with (
        opened_lines(file, encoding) as lines,
        rows_path.open("w", encoding="utf-8", newline="") as rows_file,
        broken_path.open("w", encoding="utf-8", newline="") as broken_file,
    ):
        write_row = csv.writer(rows_file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
        write_broken = csv.writer(broken_file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
        for _ in range(skipped):
            lines.next()
        header = lines.next()
        if header is not None:
            read_record(lines, header, delimiter)
        while (line := lines.next()) is not None:
            if not line.strip(" \r\n"):
                continue
            try:
                fields, more = read_record(lines, line, delimiter)
                if any(has_undecoded(text, encoding) for text in (line, *more)):
                    lines.give_back(more)
                    raise BrokenRecordError(f"is not in {ENCODINGS_IN_WORDS[encoding]}")
                # Empty fields too many are delimiters at the end of the line.
                while len(fields) > width and not fields[-1]:
                    fields.pop()
                if len(fields) != width:
                    lines.give_back(more)
                    found = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
                    raise BrokenRecordError(f"has {found}, where the header has {width}")
            except BrokenRecordError as error:
                broken += 1
                write_broken((rows + broken, str(error), "" if is_withheld else _shown(line)))
                continue
            rows += 1
            write_row((rows + broken, *choose(fields)))
    return Mended(rows_path, broken_path, rows, broken, [names[place] for place in kept])


def mend_json(file: DataFile, encoding: str, let_through: frozenset[str], folder: Path) -> Mended:
    """Write the clean copy of a file of JSON lines, its nested objects taken apart.

    The fields of an object within an object become columns of both names, joined by `_`. Lists stay as they are, as
    JSON, but for fields of objects in them that never land.

    Args:
        file: the file.
        encoding: as `find_encoding` names it.
        let_through: the columns that land although they are on the list, in lower case.
        folder: where to write.
    """
    rows_path, broken_path = folder / "rows.jsonl", folder / "broken.csv"
    flattener = _Flattener(let_through)
    rows = broken = 0
    is_withheld = False
    with (
        opened_lines(file, encoding) as lines,
        rows_path.open("w", encoding="utf-8") as rows_file,
        broken_path.open("w", encoding="utf-8", newline="") as broken_file,
    ):
        write_broken = csv.writer(broken_file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
        while (line := lines.next()) is not None:
            if not line.strip():
                continue
            try:
                if type(line) is _CutLine:
                    raise BrokenRecordError(f"is longer than {LONGEST_RECORD:,} characters")
                if has_undecoded(line, encoding):
                    raise BrokenRecordError(f"is not in {ENCODINGS_IN_WORDS[encoding]}")
                values = flattener.flatten(_parsed(line))
            except BrokenRecordError as error:
                broken += 1
                is_withheld = is_withheld or any(
                    flattener.is_private(name) for name in JSON_NAME.findall(line[:LONGEST_TEXT])
                )
                write_broken((rows + broken, str(error), _shown(line)))
                continue
            rows += 1
            rows_file.write(json.dumps({"r": rows + broken, **values}, ensure_ascii=False))
            rows_file.write("\n")
    if broken and (is_withheld or flattener.dropped):
        _withhold(broken_path)
    return Mended(rows_path, broken_path, rows, broken, flattener.columns, sorted(flattener.dropped))


def _parsed(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line, object_pairs_hook=_object, parse_constant=_no_number, parse_float=_finite)
        line.encode()
        # An escaped half of a character is no text either.
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise BrokenRecordError("is nested too deep") from None
    except UnicodeEncodeError:
        raise BrokenRecordError("holds half of a character") from None
    except ValueError as error:
        raise BrokenRecordError("is no JSON object") from error
    if not isinstance(value, dict):
        raise BrokenRecordError("is no JSON object")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BrokenRecordError("has a field twice")
    return found


def _no_number(name: str) -> float:
    raise BrokenRecordError(f"has the number {name}, which JSON has not")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise BrokenRecordError("has a number that is too large")
    return value


def _withhold(path: Path) -> None:
    """Take the texts of broken lines out of a file."""
    full = path.with_suffix(".full")
    path.rename(full)
    with full.open(encoding="utf-8", newline="") as old, path.open("w", encoding="utf-8", newline="") as new:
        write = csv.writer(new, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
        for number, reason, _ in csv.reader(old):
            write((number, reason, ""))
    full.unlink()


def _shown(line: str) -> str:
    text = line.rstrip("\r\n")[:LONGEST_TEXT]
    return UNDECODED.sub(REPLACED, text).encode("utf-8", "replace").decode()


class _Flattener:
    """Takes nested objects apart, and knows the columns that were found."""

    def __init__(self, let_through: frozenset[str]) -> None:
        self.columns: list[str] = []
        self.dropped: set[str] = set()
        self._let_through = let_through
        self._places: dict[str, str] = {}
        self._is_private: dict[str, bool] = {}
        self._hashed = frozenset(private_columns.HASHED_NAMES)

    def flatten(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Give the values of a record by the short names of their columns: c0, c1, …"""
        values: dict[str, Any] = {}
        self._add(record, "", values)
        return values

    def is_private(self, name: str) -> bool:
        """Tell whether a column of this name never lands."""
        known = self._is_private.get(name)
        if known is None:
            known = name.lower() not in self._let_through and private_columns.kind_of(name) is not None
            self._is_private[name] = known
        return known

    def _add(self, record: Mapping[str, Any], before: str, values: dict[str, Any]) -> None:
        for name, value in record.items():
            full = f"{before}_{name}" if before else name
            # The column that becomes a hash is still needed.
            if self.is_private(full) and (isinstance(value, dict | list) or not private_columns.hashed_column([full])):
                self.dropped.add(full)
            elif isinstance(value, dict):
                self._add(value, full, values)
            else:
                place = self._places.get(full)
                if place is None:
                    place = self._places[full] = f"c{len(self.columns)}"
                    self.columns.append(full.strip() or f"column_{len(self.columns) + 1}")
                if place in values:
                    raise BrokenRecordError(f"has a field twice ({full})")
                values[place] = self._without_private(value, full) if isinstance(value, list) else value

    def _without_private(self, value: object, path: str) -> object:
        if isinstance(value, list):
            return [self._without_private(item, path) for item in value]
        if not isinstance(value, dict):
            return value
        kept = {}
        for name, item in value.items():
            full = f"{path}_{name}"
            if self.is_private(full):
                self.dropped.add(full)
            else:
                kept[name] = self._without_private(item, full)
        return kept
