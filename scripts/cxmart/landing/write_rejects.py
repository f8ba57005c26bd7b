"""Keeping what breaks the contract, with the reason, and settling what earlier loads rejected."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cxmart.base.database import literal, one_row
from cxmart.landing.accounts import REJECTS_COLUMNS
from cxmart.landing.incoming import INCOMING, list_failing
from cxmart.landing.table_load import ACCEPTED, SET_ASIDE, TableLoad


def clear_rejects(load: TableLoad, load_id: int, earlier_load_id: int | None) -> int:
    """Take the rejects as settled that this file is about: its own earlier ones, and those of keys that it has.

    A value that a row which stays was rejected of is settled only by a row that takes the place of that one.
    """
    (are_open,) = one_row(
        load.raw,
        f"select count(*) from {load.rejects} where table_name = ? and cleared_by_load_id is null",
        [load.table.name],
    )
    if not are_open:
        return 0
    (cleared,) = one_row(
        load.raw,
        f"""
        update {load.rejects}
        set cleared_by_load_id = ?
        where table_name = ? and cleared_by_load_id is null
            and (
                list_contains(?, file) or load_id = ?
                or (is_row_kept is not true and row_key in (select {load.row_key()} from {ACCEPTED}))
                or row_key in (
                    select {load.row_key("accepted")}
                    from {ACCEPTED} as accepted
                    anti join (select row_id from {SET_ASIDE} where not is_duplicate) as set_aside
                        on accepted.row_id = set_aside.row_id
                )
            )
        """,
        [load_id, load.table.name, _names_of_file(load), earlier_load_id],
    )
    return int(cleared)


def _names_of_file(load: TableLoad) -> list[str]:
    """List how a load may have named this file: a person in its folder calls it so, and a scheduler otherwise."""
    path, named = load.file.path, str(load.file)
    behind = named.removeprefix(str(path))
    names = {named, f"{path.absolute()}{behind}"}
    if path.absolute().is_relative_to(Path.cwd()):
        names.add(f"{path.absolute().relative_to(Path.cwd())}{behind}")
    return sorted(names)


def reject(load: TableLoad, load_id: int, rejected_at: datetime, *, are_failed: bool) -> tuple[int, int]:
    """Keep what breaks the contract, with the reason: how many records, and how many values of others."""
    rejected, values = _reject_failed(load, load_id, rejected_at) if are_failed else (0, 0)
    if load.incoming.broken:
        (broken,) = one_row(
            load.raw,
            f"""
            insert into {load.rejects} ({", ".join(REJECTS_COLUMNS)})
            select
                $load_id, $table_name, $named_file, line, null, reason, null,
                {"null" if load.incoming.hides_text else "nullif(text, '')"}, null, $rejected_at, null, false,
                null
            from ({load.incoming.broken.sql})
            """,
            {
                "load_id": load_id,
                "table_name": load.table.name,
                "named_file": str(load.file),
                "rejected_at": rejected_at,
                **load.incoming.broken.parameters,
            },
        )
        rejected += broken
    return int(rejected), values


def _reject_failed(load: TableLoad, load_id: int, rejected_at: datetime) -> tuple[int, int]:
    """Keep what breaks the contract, as records or single values; the file is read once more for their texts."""
    projection = load.incoming.projection
    is_kept = f"failing.failed_check >= {projection.first_keeping}"
    if not load.incoming.hides_text:
        list_failing(load.raw, load.incoming.row_id)
    load.raw.execute(f"create or replace temp table failed_texts as {projection.failures_sql}", projection.parameters)
    hides = "incoming.hides_text" if load.incoming.hides_text else "false"
    column_name, reason = _names_of(load, "fault.place"), _reasons_of(load, "fault")
    # A value that is told in a reason is no id, and may stay.
    more = f"""
        list_transform(failed_texts.more_faults, lambda f: {{
            'column_name': {_names_of(load, "f.place")},
            'reason': {_reasons_of(load, "f")},
            'value': case when not {hides} then f.value end,
            'rejects_row': f.place < {projection.first_keeping}
        }})
    """
    # Both are in the order of the file. Row ids begin elsewhere in a table that the open transaction has made. What
    # is wrong with a row that another one has replaced is settled by that. A value left out is a record of its own.
    load.raw.execute(
        f"""
        insert into {load.rejects} ({", ".join(REJECTS_COLUMNS)})
        select
            ?, ?, ?,
            {load.incoming.line},
            {column_name},
            {reason},
            case when not {hides} then fault.value end,
            case when not {hides} then failed_texts.failed_text end,
            {load.row_key("incoming")}, ?,
            case when {is_kept} and set_aside.row_id is not null then ? end,
            {is_kept},
            {more}
        from (select *, rowid - min(rowid) over () as place from temp.failing) as failing
        inner join (
            select
                * exclude (faults),
                unnest(case when failed_check >= {projection.first_keeping} then faults else faults[:1] end)
                    as fault,
                case when failed_check < {projection.first_keeping} and len(faults) > 1 then faults[2:] end
                    as more_faults
            from (select *, rowid - min(rowid) over () as place from temp.failed_texts)
        ) as failed_texts
            on failing.place = failed_texts.place and failing.failed_check = failed_texts.failed_check
        inner join {INCOMING} as incoming on failing.row_id = incoming.{load.incoming.row_id}
        left join (select row_id from {SET_ASIDE} where not is_duplicate) as set_aside
            on failing.row_id = set_aside.row_id
        """,
        [load_id, load.table.name, str(load.file), rejected_at, load_id],
    )
    rejected, values = one_row(
        load.raw,
        f"""
        select count(*) filter (not is_row_kept), count(*) filter (is_row_kept)
        from {load.rejects}
        where load_id = ?
        """,
        [load_id],
    )
    return int(rejected), int(values)


def _names_of(load: TableLoad, place: str) -> str:
    """Write the column of the check at a place."""
    return _one_of(place, [literal(check.column) for check in load.incoming.projection.checks])


def _reasons_of(load: TableLoad, fault: str) -> str:
    """Write the reason of a fault."""
    reasons = [
        literal(check.reason) + (f" || ': ' || {fault}.value" if check.is_reason else "")
        for check in load.incoming.projection.checks
    ]
    return _one_of(f"{fault}.place", reasons)


def _one_of(place: str, texts: Sequence[str], first: int = 0) -> str:
    """Write the text at a place, found by halves: a table of hundreds of columns has a thousand checks."""
    if len(texts) <= 1:
        return texts[0] if texts else "cast(null as varchar)"
    half = len(texts) // 2
    lower, upper = _one_of(place, texts[:half], first), _one_of(place, texts[half:], first + half)
    return f"case when {place} < {first + half} then {lower} else {upper} end"
