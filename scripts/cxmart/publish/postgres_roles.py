"""The schemas on a PostgreSQL server, and the roles that read them."""

from cxmart.base.database import literal
from cxmart.base.errors import CxmartError, ExitCode
from cxmart.publish.postgres_server import NO_RIGHT, RefusedError, Server, connected

# The schemas with the role that reads each; who may read about people may read the rest too.
READERS = {"marts": "cxmart_reader", "marts_people": "cxmart_people_reader"}


# Making the schemas and roles


def init(url: str) -> list[str]:
    """Make the two schemas and the two read-only roles on a server, where they are missing.

    Args:
        url: the address, without a password; its user becomes the one who publishes.

    Returns:
        What was made, in words.

    Raises:
        CxmartError: the server can't be reached, or the user may not.
    """
    with connected(url) as server:
        made = [f"role {role}" for role in READERS.values() if _make_role(server, role)]
        for schema, role in READERS.items():
            if _make_schema(server, schema):
                made.append(f"schema {schema}")
            server.run(f"revoke all on schema {schema} from public")
            server.run(f"grant usage on schema {schema} to {role}")
            server.run(f"grant select on all tables in schema {schema} to {role}")
            server.run(f"alter default privileges in schema {schema} grant select on tables to {role}")
        if not server.value(f"select pg_has_role('{READERS['marts_people']}', '{READERS['marts']}', 'member')"):
            server.run(f"grant {READERS['marts']} to {READERS['marts_people']}")
        server.commit()
    return made


def _make_role(server: Server, role: str) -> bool:
    if server.rows(f"select 1 from pg_roles where rolname = '{role}'"):
        return False
    try:
        server.run(f"create role {role} nologin")
    except RefusedError as error:
        if error.state != NO_RIGHT:
            raise
        raise CxmartError(
            f"{server.shown}: the user may not make roles; have an administrator run: "
            + "; ".join(f"create role {name} nologin" for name in READERS.values())
            + f"; grant {READERS['marts']} to {READERS['marts_people']}",
            ExitCode.STORAGE,
        ) from error
    return True


def _make_schema(server: Server, schema: str) -> bool:
    owners = server.rows(
        f"""
        select pg_get_userbyid(nspowner)::text, pg_has_role(current_user, nspowner, 'usage')
        from pg_namespace
        where nspname = '{schema}'
        """
    )
    if not owners:
        server.run(f"create schema {schema}")
        return True
    ((owner, is_ours),) = owners
    if not is_ours:
        raise CxmartError(
            f"{server.shown}: schema {schema} belongs to {owner}; publish as {owner}, or to another database",
            ExitCode.WAREHOUSE,
        )
    return False


def listed_schemas() -> str:
    """List the schemas as literals."""
    return ", ".join(map(literal, READERS))
