"""Giving back the room of deleted rows on a PostgreSQL server."""

from collections.abc import Sequence

from cxmart.base.database import quoted
from cxmart.publish.postgres_roles import listed_schemas
from cxmart.publish.postgres_server import connected

STATISTICS = "pg_catalog.pg_statistic"


def clean_up(url: str, tables: Sequence[str], *, rewrite: bool = False) -> None:
    """Give back the room of deleted rows, and tell the planner what is there, while readers read on.

    Args:
        url: the address.
        tables: their full names.
        rewrite: write them anew, without any trace of deleted rows; readers wait for that.
    """
    with connected(url, autocommit=True) as server:
        for table in tables:
            server.run(f"vacuum ({'full, ' if rewrite else 'truncate false, '}analyze) {table}")


def rewrite(url: str) -> bool:
    """Write all published tables of a server anew, so that nothing of deleted rows stays in its files.

    Readers wait for each table in turn. Backups and the log of a server (its WAL) are its administrator's.

    Args:
        url: the address, without a password.

    Returns:
        Whether the planner's statistics, which hold values too, were written anew: the database's owner may.
    """
    with connected(url) as server:
        is_owner = bool(
            server.value(
                "select pg_has_role(current_user, datdba, 'usage') from pg_database where datname = current_database()"
            )
        )
        tables = [
            f"{quoted(schema)}.{quoted(name)}"
            for schema, name in server.rows(
                f"""
                select n.nspname::text, c.relname::text
                from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
                where n.nspname in ({listed_schemas()}) and c.relkind = 'r' and c.relowner = current_user::regrole
                """
            )
        ]
    clean_up(url, [*tables, *([STATISTICS] if is_owner else [])], rewrite=True)
    return is_owner
