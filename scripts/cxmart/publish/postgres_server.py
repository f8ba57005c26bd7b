"""Connections to PostgreSQL servers: their addresses, one transaction each, and their errors in words."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from cxmart.base.errors import CxmartError, ExitCode, first_line, translate
from cxmart.base.settings import Settings

if TYPE_CHECKING:
    import pyarrow
    from adbc_driver_manager import dbapi

# The addresses that were published to, in CXMART_HOME, for an erasure to find; no password is among them.
SERVERS_FILE = "servers.json"

# `unique nulls not distinct`, and records that can be hashed.
OLDEST_SERVER = 150000

# Names of classes of SQLSTATE, in words for the person at the terminal.
NO_RIGHT = "42501"
NO_ROOM = ("53100", "58030")
DEPENDED_ON = "2BP01"

# A statement that is to end is told so again after that.
CANCEL_SECONDS = 1.0

Result = TypeVar("Result")


def check_url(url: str) -> str:
    """Refuse an address that is none, or that holds a password.

    Args:
        url: as it was given, for example postgresql://user@host/db.

    Returns:
        The same address without what may stand behind its `?`, to be shown.

    Raises:
        CxmartError: it can't be used; the message does not repeat it.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("postgresql", "postgres"):
        raise CxmartError(
            "the address of a server is written postgresql://user@host:port/database; this one is not",
            ExitCode.USAGE,
        )
    user_part, has_user, _ = parts.netloc.rpartition("@")
    named = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if (has_user and ":" in user_part) or any("password" in name for name in named):
        raise CxmartError(
            "the address holds a password, which then stands in the shell's history and in the list of processes; "
            "change it, leave it out of the address, and give it in PGPASSWORD, ~/.pgpass or a service (PGSERVICE)",
            ExitCode.USAGE,
        )
    return f"postgresql://{parts.netloc}{parts.path}"


def _driver() -> tuple[ModuleType, "type[dbapi.Error]"]:
    try:
        import adbc_driver_manager.dbapi as manager
        import adbc_driver_postgresql.dbapi as driver
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise CxmartError(
            f"publishing to PostgreSQL needs the package {error.name}; install it with: pip install 'cxmart[postgres]'",
            ExitCode.USAGE,
        ) from error
    return driver, manager.Error


class Server:
    """A connection to a database, in one transaction unless `autocommit`."""

    def __init__(
        self, connection: "dbapi.Connection", error: "type[dbapi.Error]", shown: str, thread: ThreadPoolExecutor
    ) -> None:
        """Take an open connection, the driver's kind of error, the address to be shown, and a thread to wait in."""
        self._connection = connection
        self._thread = thread
        self._error = error
        self.shown = shown

    def run(self, statement: str) -> int:
        """Run a statement that gives no rows, and tell how many it changed (-1 where that means nothing).

        Raises:
            CxmartError: the server refused it.
        """
        with self._connection.cursor() as cursor, self._explained():
            self._stoppable(cursor, lambda: cursor.execute(statement))
            return int(cursor.rowcount)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query, and give its rows.

        Raises:
            CxmartError: the server refused it.
        """
        with self._connection.cursor() as cursor, self._explained():
            self._stoppable(cursor, lambda: cursor.execute(query))
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def value(self, query: str) -> Any:  # noqa: ANN401
        """Run a query that gives one value."""
        ((value,),) = self.rows(query)
        return value

    def copy_in(self, table: str, reader: "pyarrow.RecordBatchReader") -> int:
        """Copy what an Arrow reader gives into a temporary table; tell how many rows it were."""
        with self._connection.cursor() as cursor, self._explained():
            return int(
                self._stoppable(cursor, lambda: cursor.adbc_ingest(table, reader, mode="append", temporary=True))
            )

    def commit(self) -> None:
        """Make all of it last."""
        with self._explained():
            self._connection.commit()

    def _stoppable(self, cursor: "dbapi.Cursor", work: Callable[[], Result]) -> Result:
        """Run a statement so that a signal ends it: Python handles signals only between calls of the driver.

        Args:
            cursor: the cursor of the statement.
            work: runs it.
        """
        future = self._thread.submit(work)
        try:
            return future.result()
        except BaseException:
            while not future.done():
                cursor.adbc_cancel()
                wait([future], CANCEL_SECONDS)
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            raise _explain(error, self.shown) from error


class RefusedError(CxmartError):
    """The server refused a statement, for a reason with a code (SQLSTATE) and perhaps a detail."""

    def __init__(self, message: str, exit_code: ExitCode, state: str, detail: str) -> None:
        """Take the sentence to print, the exit code, and what the server said of the reason."""
        super().__init__(message, exit_code)
        self.state = state
        self.detail = detail


def _explain(error: "dbapi.Error", shown: str) -> CxmartError:
    """Say what an error of the server means, without the statement, which may be long."""
    state = error.sqlstate or ""
    details = {
        (name.decode() if isinstance(name, bytes) else name): (
            value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        )
        for name, value in error.details or []
    }
    said = details.get("PG_DIAG_MESSAGE_PRIMARY") or first_line(str(error).replace("[libpq] ", ""))
    detail = details.get("PG_DIAG_MESSAGE_DETAIL", "")
    if state == NO_RIGHT:
        text, code = f"{said}; give the user the right, or publish as the one who ran --init", ExitCode.STORAGE
    elif state in NO_ROOM:
        text, code = f"the server has no room: {said}; nothing was changed", ExitCode.STORAGE
    else:
        text, code = said, ExitCode.WAREHOUSE
    return RefusedError(f"{shown}: {text}", code, state, detail)


@contextmanager
def connected(url: str, *, autocommit: bool = False) -> Iterator[Server]:
    """Connect to a server as libpq does: what the address leaves out comes from its environment and files.

    Args:
        url: the address, without a password.
        autocommit: each statement stands for itself; else what is not committed in the end is rolled back.

    Yields:
        The server.

    Raises:
        CxmartError: it can't be reached, or is too old.
    """
    shown = check_url(url)
    driver, error_kind = _driver()
    try:
        connection = driver.connect(url, autocommit=autocommit)
    except error_kind as error:
        raise CxmartError(
            f"can't connect to {shown}: {first_line(str(error).partition('[libpq]')[2] or str(error)).strip(': ')}",
            ExitCode.WAREHOUSE,
        ) from error
    try:
        with ThreadPoolExecutor(1) as thread:
            server = Server(connection, error_kind, shown, thread)
            if server.value("select current_setting('server_version_num')::integer") < OLDEST_SERVER:
                raise CxmartError(
                    f"{shown} is PostgreSQL {server.value('show server_version')}; publishing needs 15 or newer",
                    ExitCode.WAREHOUSE,
                )
            yield server
    finally:
        # Whatever is open is rolled back.
        connection.close()


def known_servers(settings: Settings) -> list[str]:
    """List the addresses of the servers that were published to."""
    path = settings.home / SERVERS_FILE
    try:
        listed: list[str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        return listed
    except (OSError, ValueError) as error:
        raise CxmartError(f"{path} can't be read: {error}", ExitCode.WAREHOUSE) from error


def remember(settings: Settings, url: str) -> None:
    """Write down that a server gets what is published, before it does."""
    known = known_servers(settings)
    if url in known:
        return
    path = settings.home / SERVERS_FILE
    new = path.with_name(f".{SERVERS_FILE}")
    try:
        new.write_text(json.dumps([*known, url], indent=2) + "\n", encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise translate(error, path) from error
