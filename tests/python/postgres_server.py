"""A PostgreSQL server of the tests' own: its data in a new folder, on this machine only, gone at the end."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

ADMINISTRATOR, PUBLISHER = "postgres", "publisher"
READER, PEOPLE_READER = "bi_reader", "bi_people_reader"
PASSWORDS = {name: f"pw-{name}-73!x" for name in (ADMINISTRATOR, PUBLISHER, READER, PEOPLE_READER)}


@dataclass(frozen=True)
class Server:
    """A running server with one database."""

    port: int
    data: Path
    database: str = "shop"

    def url(self, user: str = PUBLISHER, database: str | None = None) -> str:
        """The address for a user, without a password."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database or self.database}"

    def environment(self, user: str = PUBLISHER) -> dict[str, str]:
        """What a client of a user finds in its environment."""
        return {"PGPASSWORD": PASSWORDS[user]}

    def connect(self, user: str = PUBLISHER, *, autocommit: bool = True) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect as a user."""
        return psycopg.connect(self.url(user), password=PASSWORDS[user], autocommit=autocommit)

    def read(self, query: str, user: str = PUBLISHER) -> list[tuple[Any, ...]]:
        """Read rows as a user."""
        with self.connect(user) as connection:
            return connection.execute(query).fetchall()

    def run(self, *statements: str, user: str = PUBLISHER) -> None:
        """Run statements as a user."""
        with self.connect(user) as connection:
            for statement in statements:
                connection.execute(statement)

    def clear(self) -> None:
        """Take away what a test has published, and what it made beside it."""
        self.run("drop schema if exists marts, marts_people, bi cascade", "drop owned by publisher", user=ADMINISTRATOR)

    def let_in(self) -> None:
        """Give the two people who read their roles."""
        self.run(f"grant cxmart_reader to {READER}", f"grant cxmart_people_reader to {PEOPLE_READER}")


def need(*programs: str | Path) -> None:
    """Skip a test where a program is missing; on the build machine that is a failure."""
    missing = [str(program) for program in programs if not (Path(program).exists() or shutil.which(str(program)))]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{', '.join(missing)} is missing; .ci/run installs it")
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


def _programs() -> Path:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    return Path(found).parent if found else (folders[-1] if folders else Path("/usr/lib/postgresql/bin"))


def _as_other_user(command: Sequence[str | Path]) -> list[str]:
    """The server does not run as root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    return [*prefix, *map(str, command)]


def _run(command: Sequence[str | Path]) -> None:
    done = subprocess.run(_as_other_user(command), capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _stopped_at_the_end(folder: Path, stop: Sequence[str | Path]) -> Iterator[None]:
    """Stop the server at the end, also where the tests are killed: the end of its input tells a process of its own."""
    script = 'cat > /dev/null; cd /; "$@" > /dev/null 2>&1; code=$?; rm -rf "$0"; exit $code'
    with subprocess.Popen(
        ["sh", "-c", script, str(folder), *_as_other_user(stop)], stdin=subprocess.PIPE, start_new_session=True
    ) as watcher:
        # Popen closes its input when it leaves, and waits.
        yield
    assert watcher.returncode == 0, "the PostgreSQL server of the tests did not stop"


@contextmanager
def running_server(options: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Start a server, and stop it at the end; everybody needs a password."""
    programs = _programs()
    need(programs / "initdb", programs / "pg_ctl", "runuser" if os.geteuid() == 0 else "initdb")
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="cxmart-postgres-"))
    try:
        password_file = folder / "password"
        password_file.write_text(PASSWORDS[ADMINISTRATOR])
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            for path in (folder, password_file):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        _run(
            [
                *(programs / "initdb", "-D", data, "-U", ADMINISTRATOR, "-A", "scram-sha-256"),
                *(f"--pwfile={password_file}", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ]
        )
        server = Server(_free_port(), data)
        settings = {"fsync": "off", "listen_addresses": "127.0.0.1", "port": str(server.port), **(options or {})}
        settings["unix_socket_directories"] = str(folder)
        said = " ".join(f"-c {name}={value}" for name, value in settings.items())
        pg_ctl = [programs / "pg_ctl", "-D", data]
        _run([*pg_ctl, "-w", "-l", folder / "log", "-o", said, "start"])
        with _stopped_at_the_end(folder, [*pg_ctl, "-m", "immediate", "stop"]):
            with psycopg.connect(
                server.url(ADMINISTRATOR, "postgres"), password=PASSWORDS[ADMINISTRATOR], autocommit=True
            ) as connection:
                connection.execute(f"create role {PUBLISHER} login createrole password '{PASSWORDS[PUBLISHER]}'")
                for name in (READER, PEOPLE_READER):
                    connection.execute(f"create role {name} login password '{PASSWORDS[name]}'")
                connection.execute(f"create database {server.database} owner {PUBLISHER}")
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)
