"""A real PostgreSQL server for the tests: on a free port of the loopback, in a folder of its own, gone with the tests.

It is started once in each process that runs tests, when the first of them asks for it. It runs as somebody without
rights, keeps nothing when the machine fails, and its clock is that of Seoul.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import psutil

from bot.storage.connection.engine import open_engines

SUFFIX = ".postgresql"  # of a path that stands for a database on the server
ADMIN, OWNER, LOCKED, PASSWORD = "postgres", "jigi", "locked", "p@ss:w/o%rd?#"  # `LOCKED` needs the password
_EMPTY, _TEMPLATE = "jigi_empty", "jigi_template"  # databases without and with the tables of today
_HBA = f"host all {LOCKED} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "timezone": "Asia/Seoul",
    "log_timezone": "Asia/Seoul",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}
_STARTED_WITHIN = 30.0  # seconds
_PORT = "JIGI_TESTS_POSTGRESQL"  # the variable that tells child processes where the server is
_T = TypeVar("_T")


def programs() -> Path | None:
    """Return where the newest server of this machine is installed, None if there is none of version 15 or later."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").is_file()]
    versions = {int(path.parent.name): path for path in found if path.parent.name.isdecimal()}
    if versions and max(versions) >= 15:
        return versions[max(versions)]
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere and shutil.which("postgres") else None


def waiting(work: Callable[[], Awaitable[_T]]) -> _T:
    """Do something asynchronous on a loop of its own, also where one is running."""
    done: list[_T] = []

    async def whole() -> None:
        done.append(await work())

    thread = threading.Thread(target=lambda: asyncio.run(whole()), name="asyncio for PostgreSQL")
    thread.start()
    thread.join()
    if not done:
        raise RuntimeError("PostgreSQL has refused; see above")
    return done[0]


def url_of(path: Path) -> str:
    """Return the URL of the database that a path stands for, which the `path` fixture has made."""
    return f"postgresql+asyncpg://{OWNER}@127.0.0.1:{os.environ[_PORT]}/{_name(path)}"


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Ask a database itself, past all code of ours."""

    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url_of(path).replace("+asyncpg", ""))
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return waiting(ask)


def change(path: Path, *statements: str) -> None:
    """Change something in a database itself, past all code of ours."""

    async def run() -> None:
        connection = await asyncpg.connect(url_of(path).replace("+asyncpg", ""))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    waiting(run)


def _name(path: Path) -> str:
    return "jigi_" + hashlib.blake2b(bytes(path), digest_size=8).hexdigest()


class Server:
    """A server. `close` it: it is a process, and a folder."""

    def __init__(self, folder: Path) -> None:
        """Take the programs in a folder, and make a server with them that is started."""
        self._programs = folder
        self._user = _somebody()
        self.folder = Path(tempfile.mkdtemp(prefix="jigi-postgresql-"))
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._data = self.folder / "data"
        self._initialise()
        self.port = _free_port()
        os.environ[_PORT] = str(self.port)
        self._databases: set[str] = set()
        self.start()
        self.execute(
            f"CREATE ROLE {OWNER} LOGIN",
            f"CREATE ROLE {LOCKED} LOGIN PASSWORD '{PASSWORD}'",
            f"CREATE DATABASE {_EMPTY} OWNER {OWNER}",
            f"CREATE DATABASE {_TEMPLATE} OWNER {OWNER}",
        )
        waiting(self._migrate_template)

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql+asyncpg://{OWNER}@127.0.0.1:{self.port}/{database}"

    def make(self, path: Path, *, is_empty: bool = False) -> str:
        """Make the database that a path stands for, with the tables of today or none; return its URL."""
        name = _name(path)
        self._databases.add(name)
        template = _EMPTY if is_empty else _TEMPLATE
        self.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)

    def forget(self) -> None:
        """Drop the databases of the test that is over."""
        if self._databases:
            self.execute(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in self._databases))
            self._databases.clear()

    def execute(self, *statements: str, database: str = ADMIN) -> None:
        """Run statements as the administrator, each by itself."""

        async def run() -> None:
            connection = await asyncpg.connect(self._dsn(database))
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        waiting(run)

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": str(self.port)}.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *options],
                user=self._user, cwd="/", stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + _STARTED_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT breaks every connection off, SIGQUIT is what a crash is like."""
        self._process.send_signal(how)
        self._process.wait(_STARTED_WITHIN)

    def freeze(self) -> None:
        """Have it keep every connection and answer nothing, like a machine that hangs."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        self._signal_all(signal.SIGCONT)

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it, and remove all it has kept."""
        if self.is_running:
            self.thaw()
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal_all(self, what: signal.Signals) -> None:
        """Signal every process of the server: each is a session of its own."""
        of_server = psutil.Process(self._process.pid)
        for process in (of_server, *of_server.children()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(what)

    def _dsn(self, database: str) -> str:
        return f"postgresql://{ADMIN}@127.0.0.1:{self.port}/{database}"

    async def _migrate_template(self) -> None:
        for engine in await open_engines(self.url(_TEMPLATE)):
            await engine.dispose()

    def _initialise(self) -> None:
        arguments = ["-D", str(self._data), "-U", ADMIN, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run(
            [self._programs / "initdb", *arguments], user=self._user, cwd="/", check=True, capture_output=True
        )
        (self._data / "pg_hba.conf").write_text(_HBA)

    def _answers(self) -> bool:
        async def ask() -> bool:
            try:
                await (await asyncpg.connect(self._dsn(ADMIN), timeout=5)).close()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return False
            return True

        return waiting(ask)


def _somebody() -> str | None:
    """Return as whom the server runs: it refuses to run as root. None: as whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody", getpass.getuser()) if name in known)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
