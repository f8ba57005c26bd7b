"""One shop as five countries write it: by a spreadsheet (LibreOffice) and by pandas, as text and as workbooks."""

import csv
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pandas

from cxmart.contract.source_contract import Column, Table
from cxmart.contract.vocabulary import Vocabulary

SOFFICE = shutil.which("soffice")
# On a machine at work it sometimes waits for itself; it takes seconds else.
LONGEST_CONVERSION = 120
TRIES = 3
Tables = Mapping[str, list[dict[str, str]]]


@dataclass(frozen=True)
class Locale:
    """How a country writes, and the lines of sources.yml that say so. `day` is a day as `strftime` has it."""

    code: str
    settings: tuple[str, ...]
    zone: str
    day: str
    delimiter: str = ";"
    decimal: str = ","
    encoding: str = "utf-8"
    name: str = 'Zoë O\'Brien, "Ltd."'

    @property
    def language(self) -> str:
        return self.code[:2]

    @property
    def sources_yml(self) -> str:
        return "standard:\n" + "".join(f"  {line}\n" for line in (*self.settings, f"timezone: {self.zone}"))


DAY_FIRST, COMMA = "date_order: day_first", "decimal: comma"
LOCALES = [
    Locale(
        "de-DE", (DAY_FIRST, COMMA, "language: de"), "Europe/Berlin", "%d.%m.%Y", encoding="utf-8-sig",
        name="Jürgen Größe; „Süd“",
    ),
    Locale(
        "fr-FR", (DAY_FIRST, COMMA, "language: fr"), "Europe/Paris", "%d/%m/%Y", encoding="cp1252",
        name="Chloé Lefèvre-Dûment",
    ),
    Locale("es-ES", (DAY_FIRST, COMMA, "language: es"), "Europe/Madrid", "%d/%m/%Y", name="Íñigo Muñoz, «Sur»"),
    Locale(
        "pl-PL", (DAY_FIRST, COMMA, "language: pl"), "Europe/Warsaw", "%d.%m.%Y", encoding="utf-16",
        name="Łukasz Żółć",
    ),
    Locale(
        "en-US", ("date_order: month_first", "thousands: comma", "language: en"), "America/New_York", "%m/%d/%Y",
        delimiter=",", decimal=".",
    ),
]  # fmt: skip


def typed(column: Column, text: str, locale: Locale) -> object:
    """What a spreadsheet has in the cell of a value: times on the clocks of the locale."""
    if text == "":
        return None
    if column.data_type == "timestamp":
        return local(text, locale)
    if column.data_type == "date":
        return date.fromisoformat(text)
    if column.data_type == "boolean":
        return text == "true"
    if column.data_type == "varchar":
        return float(text) if column.is_score and text.replace(".", "", 1).isdecimal() else text
    return int(text) if text.isdecimal() else float(text)


def local(text: str, locale: Locale) -> datetime:
    """A time of the clocks of a locale, which none may have shown twice or passed over."""
    instant = datetime.fromisoformat(text).replace(tzinfo=UTC)
    found = instant.astimezone(ZoneInfo(locale.zone))
    if found.fold or found.replace(tzinfo=None).replace(tzinfo=ZoneInfo(locale.zone)).astimezone(UTC) != instant:
        raise ValueError(f"{text} is no time that {locale.zone} tells from every other")
    return found.replace(tzinfo=None)


def in_words(tables: Tables, declared: Mapping[str, Table], locale: Locale, vocabulary: Vocabulary) -> Tables:
    """The rows with names in the words of a language, where it has any of its own."""
    of_language = {
        kind: {name: key for key, name in reversed(words.items())}
        for kind, words in vocabulary.words.get(locale.language, {}).items()
    }
    found = {}
    for table, rows in tables.items():
        kinds = {column.name: column.kind for column in declared[table].columns if column.kind}
        found[table] = [
            {
                name: of_language.get(kinds.get(name, ""), {}).get(value, value) if is_word(name, row) else value
                for name, value in row.items()
            }
            for row in rows
        ]
    return found


def is_word(name: str, row: Mapping[str, str]) -> bool:
    """Whether a column holds a word, and not the id of an agent."""
    return not (name in {"old_value", "new_value"} and row["event_type"] == "assigned")


# A spreadsheet


def write_workbook(tables: Tables, declared: Mapping[str, Table], locale: Locale, path: Path) -> Path:
    """A workbook with a sheet a table, its days, times and thousands in the usual formats of a spreadsheet."""
    workbook = openpyxl.Workbook(write_only=True)
    for table, rows in tables.items():
        columns = {column.name: column for column in declared[table].columns}
        sheet = workbook.create_sheet(table)
        sheet.append(list(rows[0]))
        for row in rows:
            cells = []
            for name, text in row.items():
                cell = openpyxl.cell.WriteOnlyCell(sheet, value=typed(columns[name], text, locale))
                cell.number_format = number_format(columns[name], row)
                cells.append(cell)
            sheet.append(cells)
    workbook.save(path)
    return path


def number_format(column: Column, row: Mapping[str, str]) -> str:
    """The format of a cell: those that a spreadsheet has by itself are shown as its locale has them."""
    if column.data_type == "timestamp":
        return "m/d/yy h:mm"
    if column.data_type == "date":
        return "mm-dd-yy"
    if column.unit == "money":
        return "#,##0.00\\ [$€-407]" if row.get("currency") == "EUR" else "#,##0.00"
    return "#,##0" if column.unit == "seconds" else "General"


def save_as(workbook: Path, locale: Locale, folder: Path, *, as_shown: bool) -> Path:
    """Let LibreOffice save each sheet of a workbook as text: as it shows the cells, or with all that is in them."""
    options = f"{ord(locale.delimiter)},34,76,1,,0,false,true,{str(as_shown).lower()},false,false,-1"
    convert(workbook, locale, folder, f"csv:Text - txt - csv (StarCalc):{options}")
    for path in folder.glob("*.csv"):
        path.rename(path.with_name(path.name.removeprefix(f"{workbook.stem}-")))
    return folder


def convert(workbook: Path, locale: Locale, folder: Path, form: str) -> Path:
    """Let LibreOffice write a workbook in another form, as an office of that country has it."""
    for attempt in range(1, TRIES + 1):
        profile = folder.parent / f"profile-{locale.code}-{folder.name}-{attempt}"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
            '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">'
            f"<value>{locale.code}</value></prop></item></oor:items>\n"
        )
        command = [str(SOFFICE), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", form]
        # In a session of its own: what it starts must end with it.
        with subprocess.Popen(
            [*command, "--outdir", str(folder), str(workbook)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as office:
            try:
                said, _ = office.communicate(timeout=LONGEST_CONVERSION)
            except subprocess.TimeoutExpired:
                os.killpg(office.pid, signal.SIGKILL)
                said = f"it did not end within {LONGEST_CONVERSION} s"
        if office.returncode == 0 and any(folder.iterdir()):
            return folder / f"{workbook.stem}.{form.partition(':')[0]}"
    raise RuntimeError(f"soffice wrote nothing: {said}")


# pandas


def frames(tables: Tables, declared: Mapping[str, Table], locale: Locale) -> Iterator[tuple[str, pandas.DataFrame]]:
    """The tables as an analyst has them: in types; whole numbers with gaps between them are floating-point ones."""
    for table, rows in tables.items():
        columns = {column.name: column for column in declared[table].columns}
        yield (
            table,
            pandas.DataFrame(
                {name: pandas.Series([typed(columns[name], row[name], locale) for row in rows]) for name in rows[0]}
            ),
        )


def write_with_pandas(
    tables: Tables, declared: Mapping[str, Table], locale: Locale, vocabulary: Vocabulary, folder: Path
) -> Path:
    """Text files as `to_csv` writes them, with flags in words."""
    folder.mkdir()
    flags = {name: word for word, name in reversed(vocabulary.words[locale.language]["boolean"].items())}
    for table, frame in frames(tables, declared, locale):
        for column in declared[table].columns:
            if column.name in frame and column.data_type == "boolean":
                frame[column.name] = frame[column.name].map({True: flags["true"], False: flags["false"]})
            if column.name in frame and column.data_type == "date":
                frame[column.name] = pandas.to_datetime(frame[column.name]).dt.strftime(locale.day)
        frame.to_csv(
            folder / f"{table}.csv",
            index=False,
            sep=locale.delimiter,
            decimal=locale.decimal,
            date_format=f"{locale.day} %H:%M:%S",
            encoding=locale.encoding,
            quoting=csv.QUOTE_MINIMAL,
        )
    return folder


def write_workbook_with_pandas(tables: Tables, declared: Mapping[str, Table], locale: Locale, path: Path) -> Path:
    """A workbook as `to_excel` writes it."""
    with pandas.ExcelWriter(path, engine="openpyxl" if path.suffix == ".xlsx" else "odf") as writer:
        for table, frame in frames(tables, declared, locale):
            frame.to_excel(writer, sheet_name=table, index=False)
    return path
