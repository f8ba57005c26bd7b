"""Telling a file that is something else than its name says: a workbook or a web page that is called .csv."""

import re
from pathlib import Path

from cxmart.base.errors import CxmartError, translate

HEAD_BYTES = 4096
TEXT_FORMATS = {"csv", "tsv", "txt", "jsonl"}

# What begins so, and what to do with it.
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "is an old workbook (.xls); save it as .xlsx or .csv"),
    (b"PAR1", "is a Parquet file; rename it so that it ends in .parquet"),
    (b"\x1f\x8b", "is compressed; rename it so that it ends in .gz, for example tickets.csv.gz"),
    (b"\x28\xb5\x2f\xfd", "is compressed; rename it so that it ends in .zst, for example tickets.csv.zst"),
    (b"%PDF-", "is a PDF document; export the rows as .csv"),
    (b"SQLite format 3", "is an SQLite database; export its tables as .csv"),
)
_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html|\?xml|head|body|table)", re.IGNORECASE)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def refuse_other(path: Path, file_format: str, compression: str) -> None:
    """Refuse a file of text that is plainly something else.

    Args:
        path: the file.
        file_format: the format that its name says.
        compression: none, or how its name says that it is compressed; such a file is checked where it is unpacked.

    Raises:
        CxmartError: it is something else, or can't be read.
    """
    if file_format not in TEXT_FORMATS or compression != "none":
        return
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise translate(error, path) from error
    if what := what_else(head, file_format):
        raise CxmartError(f"{path} {what}")


def what_else(head: bytes, file_format: str) -> str | None:
    """Say what a file is that begins so, and what to do; None where it may be what its name says."""
    if head.startswith(b"PK\x03\x04"):
        if b"opendocument.spreadsheet" in head:
            return "is a workbook, whatever its name says; rename it so that it ends in .ods"
        if b"xl/" in head or b"[Content_Types].xml" in head:
            return "is a workbook, whatever its name says; rename it so that it ends in .xlsx"
        return "is a ZIP archive; unpack it, and load what is in it"
    for beginning, said in _BEGINNINGS:
        if head.startswith(beginning):
            return f"{said}"
    text = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if _PAGE.match(text):
        return "is a web page or XML, perhaps of a login or an error; export the rows as .csv anew"
    if file_format == "jsonl" and text.startswith(b"["):
        # A list that ends on its own line may be one of records that are broken: those are rejected one by one.
        first, _, rest = text.partition(b"\n")
        if not first.rstrip().endswith(b"]") or not rest.strip():
            return "is one list in JSON; write one object {…} a line (jq -c '.[]' does it)"
    if file_format != "jsonl" and re.match(rb"\{\s*\"", text):
        return "is JSON; rename it so that it ends in .jsonl, with one object {…} a line"
    return None
