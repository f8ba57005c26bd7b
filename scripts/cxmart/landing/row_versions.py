"""Which of several rows of one key stays: those of the file among each other, and beside those that are there."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from cxmart.base.database import literal, one_row, quoted
from cxmart.base.errors import shortened
from cxmart.base.formats import count
from cxmart.contract import dialects
from cxmart.contract.source_contract import TEXT_TYPES
from cxmart.landing.accounts import relation
from cxmart.landing.incoming import INCOMING
from cxmart.landing.table_load import ACCEPTED, SET_ASIDE, TableLoad

CONFLICTS = "temp.conflicts"
OUTDATED = "temp.outdated"
VERSION_COLUMN = "updated_at"


def sort_out(load: TableLoad, earlier_load_id: int | None) -> tuple[int, int]:
    """Find the accepted rows that are not to be loaded, and delete the rows of the table that newer ones replace.

    The rows set aside are listed in the temporary table `set_aside`. Of the rows of a key the one with the newest
    `updated_at` stays, a row without one being the oldest; where that does not decide, the later.

    Returns:
        How many rows differ from the one that stays, or replaced another, without a date that decides; and how many
        took the place of one that had been read in another way.
    """
    raw, values = load.raw, load.values
    raw.execute("create or replace temp table set_aside (row_id bigint, is_duplicate boolean, is_undated boolean)")
    raw.execute(
        "create or replace temp table conflicts (row_key varchar, line bigint, other_line bigint, names varchar[])"
    )
    if not load.table.key:
        return 0, 0
    version = values.get(VERSION_COLUMN)
    key = [values[name] for name in load.table.key]
    keys = ", ".join(key)
    newest_first = f"{version} desc nulls last, row_id desc" if version else "row_id desc"
    undated = 0
    # Keys that come once, mostly all, are not sorted; their hashes tell, or tell to look closer. Rows that fail are
    # looked at too where it would take longer to leave them out.
    looked_at = INCOMING if load.incoming.rows_failed is None else ACCEPTED
    (have_repeated,) = one_row(
        raw, f"select count(*) from (select 1 from {looked_at} group by hash({keys}) having count(*) > 1)"
    )
    if have_repeated:
        undated += _sort_out_repeated(load, key, newest_first, version)
    (are_there,) = one_row(raw, f"select count(*) from (select 1 from {load.target} limit 1)")
    reread = 0
    if are_there:
        of_known, reread = _sort_out_known(load, version, earlier_load_id)
        undated += of_known
    return undated, reread


def _sort_out_repeated(load: TableLoad, key: list[str], newest_first: str, version: str | None) -> int:
    """Set aside the rows of the file that another row of the file has replaced; tell how many without a date."""
    raw, keys = load.raw, ", ".join(key)
    pairs = list(zip(key, key, strict=True))
    raw.execute(
        f"""
        create or replace temp table repeated as
        select older.*, row_number() over (partition by {keys} order by {newest_first} nulls last) as place
        from {ACCEPTED} as older
        semi join (select {keys} from {ACCEPTED} group by {keys} having count(*) > 1) as newer
            on {_equal("older", "newer", pairs)}
        """
    )
    every = [(value, value) for value in (*load.values.values(), "date_columns")]
    pairs_of_rows = f"""
        from temp.repeated as older
        inner join temp.repeated as newer on {_equal("older", "newer", pairs)} and newer.place = 1
        where older.place > 1
    """
    raw.execute(
        f"""
        insert into {SET_ASIDE}
        select
            older.row_id,
            {_equal("older", "newer", every)},
            {f"older.{version} is not distinct from newer.{version}" if version else "true"}
        {pairs_of_rows}
        """
    )
    differing = _differing(load, "older", "newer", load.values)
    raw.execute(
        f"""
        insert into {CONFLICTS}
        select {load.row_key("older")}, older.line, newer.line, {differing} as names
        {pairs_of_rows} and len({differing}) > 0
        """
    )
    (undated,) = one_row(raw, f"select count(*) from {SET_ASIDE} where is_undated and not is_duplicate")
    return int(undated)


def _sort_out_known(load: TableLoad, version: str | None, earlier_load_id: int | None) -> tuple[int, int]:
    """Compare the others with the rows of the table that have their keys.

    A row of an earlier load of the same bytes is no version of its own but the same row, read in another way: it
    gives way, whatever was taken for its `updated_at`. So does a row that was read under settings of its file which
    hold no more; but a version of it that is older by the clocks of the files is older still.

    Returns:
        How many rows were undated, and how many took the place of one that had been read in another way.
    """
    raw, values = load.raw, load.values
    _list_outdated(load, earlier_load_id)
    key_pairs = [(values[name], quoted(name)) for name in load.table.key]
    # By another order of days its key may have been another one.
    if earlier_load_id is not None:
        raw.execute(
            f"""
            delete from {load.target} as existing
            using {ACCEPTED} as incoming
            where existing._load_id = ? and incoming.line = existing._line
                and not ({_equal("incoming", "existing", key_pairs)})
            """,
            [earlier_load_id],
        )
    dated, there = f"incoming.{version}", f"existing.{quoted(VERSION_COLUMN)}"
    clocks = (_clocks(dated, literal(load.source.dialect.timezone)), _clocks(there, "outdated.zone"))
    is_stale = f"""case
        when outdated.load_id is null then {_is_older(dated, there)}
        when outdated.is_of_other_days then false
        when outdated.zone is not null then {_is_older(*clocks)}
        else {_is_older(dated, there)}
    end"""
    is_stale = is_stale if version else "false"
    pairs = [(value, quoted(name)) for name, value in values.items()] + [("date_columns", "_date_columns")]
    differing = _differing(load, "incoming", "existing", {name: quoted(name) for name in values})
    raw.execute(
        f"""
        create or replace temp table met as
        select
            incoming.row_id,
            existing.rowid as existing_row_id,
            {_equal("incoming", "existing", pairs)} as is_duplicate,
            {is_stale} as is_stale,
            outdated.load_id is not null as is_reread,
            outdated.load_id is null
                and {f"{dated} is not distinct from {there}" if version else "true"} as is_undated,
            case when outdated.load_id is null then {differing} else [] end as names,
            incoming.line,
            {load.row_key("incoming")} as row_key
        from {ACCEPTED} as incoming
        anti join {SET_ASIDE} as set_aside on incoming.row_id = set_aside.row_id
        inner join {load.target} as existing on {_equal("incoming", "existing", key_pairs)}
        left join {OUTDATED} as outdated on existing._load_id = outdated.load_id
        """
    )
    raw.execute(
        f"insert into {SET_ASIDE} select row_id, is_duplicate, false from temp.met where is_duplicate or is_stale"
    )
    raw.execute(
        f"""
        delete from {load.target}
        where rowid in (select existing_row_id from temp.met where not is_duplicate and not is_stale)
        """
    )
    raw.execute(f"insert into {CONFLICTS} select row_key, line, null, names from temp.met where len(names) > 0")
    undated, reread = one_row(
        raw,
        """
        select
            count(*) filter (is_undated and not is_duplicate),
            count(distinct row_id) filter (is_reread and not is_duplicate and not is_stale)
        from temp.met
        """,
    )
    return int(undated), int(reread)


def _list_outdated(load: TableLoad, earlier_load_id: int | None) -> None:
    """List the loads whose rows were read in another way than their files would be now: the table `outdated`.

    `zone` is the other one that its times were read in, where it was another one; `is_of_other_days` says that days
    were read in another order. An earlier load of the same bytes is one that nothing else is known of.
    """
    raw = load.raw
    raw.execute(
        "create or replace temp table outdated (load_id bigint primary key, zone varchar, is_of_other_days boolean)"
    )
    found: list[tuple[int, str | None, bool]] = []
    loads = relation(load.source, "_loads")
    for file, read_as, load_ids in raw.execute(
        f"""
        select file, read_as, list(load_id)
        from {loads}
        where table_name = ? and read_as is not null and load_id is distinct from ?
        group by file, read_as
        """,
        [load.table.name, earlier_load_id],
    ).fetchall():
        then = json.loads(read_as)
        file_dialect = dialects.of_file(load.declared, Path(file or ""), load.settings).dialect
        now = file_dialect.readings(has_local_times="timezone" in then)
        if then == now:
            continue
        zone = then["timezone"] if then.get("timezone") != now.get("timezone") else None
        orders = {then["date_order"], now["date_order"]}
        found += [(load_id, zone, len(orders - {"year_first"}) > 1) for load_id in load_ids]
    if earlier_load_id is not None:
        found.append((earlier_load_id, None, True))
    if found:
        raw.executemany(f"insert into {OUTDATED} values (?, ?, ?)", found)


def _differing(load: TableLoad, incoming: str, other: str, names: Mapping[str, str]) -> str:
    """Write the list of the columns that no version of a row changes, and in which two rows differ.

    Args:
        incoming: what the rows of the file are called.
        other: what the rows that they are compared with are called.
        names: how those call each column.
    """
    fixed = [column for column in load.table.columns if column.is_fixed and column.name in load.values]
    found = []
    for column in fixed:
        ours, theirs = f"{incoming}.{load.values[column.name]}", f"{other}.{names[column.name]}"
        differs = f"{ours} <> {theirs}"
        if column.data_type == "timestamp":
            # One export may have more digits than another, or only the day.
            same_day = f"date_trunc('day', {ours}) = date_trunc('day', {theirs})"
            is_day = f"(date_trunc('day', {ours}) = {ours} or date_trunc('day', {theirs}) = {theirs})"
            same_second = f"date_trunc('second', {ours}) = date_trunc('second', {theirs})"
            differs += f" and not {same_second} and not ({same_day} and {is_day})"
        elif column.data_type in TEXT_TYPES:
            differs = f"trim({ours}) <> trim({theirs})"
        found.append(f"case when {differs} then {literal(column.name)} end")
    return f"list_filter([{', '.join(found)}], x -> x is not null)" if found else "cast([] as varchar[])"


def describe_conflicts(load: TableLoad) -> tuple[int, str]:
    """Tell how many rows gave way to one of the same key that is no version of the same thing, and which."""
    (rows,) = one_row(load.raw, f"select count(*) from {CONFLICTS}")
    if not rows:
        return 0, ""
    found = {name for (name,) in load.raw.execute(f"select distinct unnest(names) from {CONFLICTS}").fetchall()}
    row_key, line, other_line = one_row(
        load.raw, f"select row_key, line, other_line from {CONFLICTS} order by line, other_line nulls last limit 1"
    )
    names = ", ".join(column.name for column in load.table.columns if column.name in found)
    key = ", ".join(load.table.key)
    have, differ = ("1 row has", "differs") if rows == 1 else (f"{count(rows)} rows have", "differ")
    example = ", ".join(str(part) for part in json.loads(row_key)) if row_key else "none"
    other = f"line {other_line}" if other_line is not None else "an earlier file"
    return rows, (
        f"{have} the {key} of another row but {differ} in {names}: these are no versions of one row, and only one "
        f"row of each {key} stays (for example {shortened(example)} of line {line} and of {other}); give each its "
        f"own {key}, and load the file again"
    )


def _is_older(one: str, other: str) -> str:
    """Write whether a time is older than another one; none is the oldest."""
    return f"coalesce({one} < {other}, {one} is null and {other} is not null)"


def _clocks(time_: str, zone: str) -> str:
    """Write what the clocks of a zone show at a time in UTC."""
    return f"timezone({zone}, timezone('UTC', {time_}))"


def _equal(left: str, right: str, columns: Iterable[tuple[str, str]]) -> str:
    """Write the condition that two rows are equal in pairs of columns; null is equal to null."""
    return " and ".join(f"{left}.{ours} is not distinct from {right}.{theirs}" for ours, theirs in columns)
