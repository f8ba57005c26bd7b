"""Pairing the rows that a table on a PostgreSQL server has with those that it is to have, as SQL."""

from dataclasses import dataclass

from cxmart.base.database import quoted
from cxmart.publish.published_tables import Relation


@dataclass(frozen=True)
class _Same:
    """How to pair the equal rows of a table (`old`) and of what is staged for it (`new`)."""

    old: str
    new: str
    condition: str


def pair_same_rows(relation: Relation) -> _Same:
    """Write how to pair equal rows: by the key and then by all columns, or by all columns and their number.

    Rows are compared as records, in which null equals null, as a key takes it.
    """
    # Rows are looked up by what is compared with `=`; hashing all their columns takes several times as long.
    names = [quoted(column.name) for column in relation.columns]
    record = f"row({', '.join(names)})::record"
    if not relation.key:
        chosen = f"{record} as image, row_number() over (partition by {record}) as number"
        condition = "old.image = new.image and old.number = new.number"
    else:
        key = [quoted(name) for name in relation.key]
        if relation.key_has_nulls:
            chosen = f"{record} as image, row({', '.join(key)})::record as key"
            condition = "old.key = new.key"
        else:
            chosen = f"{record} as image, {', '.join(key)}"
            condition = " and ".join(f"old.{name} = new.{name}" for name in key)
        condition += " and old.image is not distinct from new.image"
    return _Same(
        old=f"(select ctid as row_id, {chosen} from {relation.target}) as old",
        new=f"(select ctid as row_id, {chosen} from {temporary(relation.staged)}) as new",
        condition=condition,
    )


def keys_of_changes(relation: Relation) -> str:
    """Write what the rows `old` of a table are joined with to find those that changed, and the condition."""
    key = [quoted(name) for name in relation.key]
    keys = ", ".join(key)
    condition = " and ".join(f"old.{name} = changed.{name}" for name in key)
    if relation.key_has_nulls:
        condition = (
            f"row({', '.join(f'old.{name}' for name in key)})::record = "
            f"row({', '.join(f'changed.{name}' for name in key)})::record"
        )
    changed = f"select {keys} from {temporary(relation.staged)} union select {keys} from {temporary(relation.gone)}"
    return f"({changed}) as changed where {condition}"


def temporary(name: str) -> str:
    """Write the name of a temporary table."""
    return f"pg_temp.{quoted(name)}"
