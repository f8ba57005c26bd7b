"""Loading files one after another, and telling how it went."""

from collections.abc import Callable, Sequence

from rich.markup import escape

from cxmart.base.console import complain, err, new_table, out, printable, say
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.base.formats import count
from cxmart.base.settings import Settings
from cxmart.contract import dialects
from cxmart.contract.source_contract import Source
from cxmart.contract.vocabulary import read_vocabulary
from cxmart.landing import files, land_file, raw_file, sheets
from cxmart.landing.files import Found, Ignored
from cxmart.landing.landed import Landed, Watcher
from cxmart.landing.progress import LoadProgress

# In a narrower terminal the table would break its words.
WIDTH_OF_TABLE = 90
COUNTED = ("rows read", "loaded", "duplicate", "stale", "rejected")


def load(
    settings: Settings, source: Source, paths: Sequence[str], *, is_dry: bool = False, may_be_empty: bool = False
) -> tuple[list[Landed], list[CxmartError]]:
    """Load files; an error of one is printed, and does not keep the others out.

    Args:
        settings: where raw.duckdb is.
        source: the contract of the files.
        paths: files, folders and patterns.
        is_dry: only tell what would become of each file, beside what has landed already.
        may_be_empty: a folder with nothing to load is no error.

    Returns:
        What became of the files that could be landed, and what was wrong with the others.

    Raises:
        CxmartError: raw.duckdb can't be written, or sources.yml or a seed can't be right.
    """
    # Once, not for each file.
    dialects.check(settings)
    read_vocabulary(settings)
    found = sheets.expand(files.find(paths), source)
    errors = [error for error in found.errors if not (may_be_empty and isinstance(error, files.EmptyFolderError))]
    for error in errors:
        complain(error)
    if not found.files:
        show_ignored(found.ignored)
        return [], errors
    is_made = not is_dry and raw_file.prepare(settings)
    act = land_file.try_out if is_dry else land_file.land
    landed = each(found, errors, lambda file, watcher: act(file, source, settings, watcher))
    show_ignored(found.ignored)
    if is_made and not landed:
        raw_file.discard(settings)
    return landed, errors


def show_ignored(ignored: Sequence[Ignored]) -> None:
    """Print once what was not looked at, and why."""
    by_reason: dict[str, list[str]] = {}
    for one in ignored:
        by_reason.setdefault(one.why, []).append(one.name)
    for why, names in by_reason.items():
        shown = printable(", ".join(names))
        err.print(f"ignored ({why}): {shown}", style="dim", markup=False, soft_wrap=True)


def each(
    found: Found,
    errors: list[CxmartError],
    act: Callable[[files.DataFile, Watcher], Landed],
    *,
    tell: Callable[[CxmartError], None] = complain,
) -> list[Landed]:
    """Do something with files one after another, and show how far it is.

    Args:
        found: the files. A sheet that turns out to be empty goes to what is ignored of them.
        errors: takes what was wrong with a file.
        act: what to do.
        tell: says an error.
    """
    landed: list[Landed] = []
    progress = LoadProgress([_size(file) for file in found.files])
    with progress.shown(err):
        for number, file in enumerate(found.files, start=1):
            try:
                landed.append(act(file, progress.begin(number, _shown(file))))
                progress.done(landed[-1])
            except sheets.EmptySheetError:
                found.ignored.append(Ignored(str(file), sheets.EMPTY))
            except CxmartError as error:
                errors.append(error)
                tell(error)
                if error.exit_code is ExitCode.WAREHOUSE:
                    # The database is held or gone, for the next file too.
                    break
    return landed


def _shown(file: files.DataFile) -> str:
    return file.path.name if file.sheet is None else f"{file.path.name}#{file.sheet}"


def _size(file: files.DataFile) -> int:
    try:
        return file.path.stat().st_size
    except OSError:
        return 0  # landing it will say what is wrong


def show_landed(source_name: str, landed: Sequence[Landed], *, is_dry: bool = False) -> None:
    """Print what became of each file, what a person should know of it, and the sums."""
    for file in landed:
        if not file.is_new:
            say(f"{file.file}: the same as load {file.load_id} of {file.table}, nothing to do")
    new = [file for file in landed if file.is_new]
    if not new:
        return
    if out.width < WIDTH_OF_TABLE:
        for file in new:
            say(f"{file.file}\n  {file.table}: {_in_words([file])}")
        if len(new) > 1:
            say(f"all {count(len(new))} files: {_in_words(new)}", style="bold")
    else:
        _draw_table(new)
    for file in new:
        for remark in remarks(file):
            say(f"{file.file}: {remark}", style="yellow")
    for file in new:
        if file.conflict:
            say(f"WARNING {file.file}: {file.conflict}", style="bold red")
    rejected = sum(file.rows_rejected for file in new)
    if is_dry:
        say("nothing was changed: this was a dry run, each file for itself")
    elif rejected:
        rows = "1 row was" if rejected == 1 else f"{count(rejected)} rows were"
        say(f"{rows} rejected; see why with: cxmart rejects {source_name}", style="yellow")


def _draw_table(new: Sequence[Landed]) -> None:
    table = new_table("file", "table", *COUNTED, "seconds", numbers_from=2)
    for file in new:
        table.add_row(escape(printable(file.file)), escape(file.table), *_numbers([file]))
    if len(new) > 1:
        table.add_row("all", "", *_numbers(new), style="bold")
    out.print(table)


def _in_words(landed: Sequence[Landed]) -> str:
    """Write the numbers for a narrow terminal: what is none but the rows read and loaded is left out."""
    *numbers, seconds = _numbers(landed)
    told = [
        f"{number} {name}"
        for name, number in zip(COUNTED, numbers, strict=True)
        if number != "0" or name in COUNTED[:2]
    ]
    return f"{', '.join(told)} ({seconds} s)"


def exit_code(landed: Sequence[Landed], errors: Sequence[CxmartError]) -> ExitCode:
    """Tell how a load ended: a warehouse that can't be written comes first, then a file of which nothing landed."""
    refused = max((error.exit_code for error in errors), default=ExitCode.DONE)
    is_rejected = any(file.is_all_rejected for file in landed) and refused in {ExitCode.DONE, ExitCode.FAILED}
    return ExitCode.REJECTED if is_rejected else refused


def _numbers(landed: Sequence[Landed]) -> list[str]:
    sums = [
        sum(getattr(file, f"rows_{name}") for file in landed)
        for name in ("read", "loaded", "duplicate", "stale", "rejected")
    ]
    return [*map(count, sums), f"{sum(file.seconds for file in landed):.1f}"]


def remarks(file: Landed) -> list[str]:
    """Say what a person should know of a file that landed, beside its numbers of rows."""
    said: list[str] = []
    if file.dropped:
        said.append(f"left out, since such columns never land: {', '.join(file.dropped)}")
    if file.let_through:
        said.append(f"landed, since the contract lets it through: {', '.join(file.let_through)}")
    said += file.notes
    if file.is_new and not file.rows_read:
        said.append("has no rows")
    if file.times_moved:
        said.append(f"{_times(file.times_moved)} not exist in the source's zone, read as moved on by the gap")
    if file.times_twice:
        said.append(f"{_times(file.times_twice)} come twice in the source's zone, read as the first")
    if file.rows_reread:
        said.append(f"{_rows(file.rows_reread)} had been read under other settings before, and landed anew")
    if file.rows_undated_change:
        said.append(
            f"{_rows(file.rows_undated_change)} of a known key differ without a newer updated_at, the later stays"
        )
    if file.rows_erased:
        said.append(f"{_rows(file.rows_erased)} left out, about persons who were erased")
    if file.values_rejected:
        values = "1 value is" if file.values_rejected == 1 else f"{count(file.values_rejected)} values are"
        said.append(f"{values} empty in rows that landed, since they can't be right; `cxmart rejects` shows them")
    if file.rejects_cleared:
        said.append(f"{count(file.rejects_cleared)} rejected earlier, rows or values, are settled by this file")
    return said


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{count(number)} rows"


def _times(number: int) -> str:
    return "1 time did" if number == 1 else f"{count(number)} times did"
