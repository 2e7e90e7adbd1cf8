"""A PostgreSQL server of the test run's own, from the machine's binaries, on a free port; gone when the run ends."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.ports import free_port

USER, NAME = "silkcast", "silkcast"
# Nothing of a test run has to survive a power cut.
QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200")
FORGETFUL = "synchronous_commit=off"
START_S_MAX = 60.0


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`; Debian keeps them out of the path."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "postgres").exists()), None)


class Server:
    """`is_mortal`: what it has committed survives its own death, though not the machine's. `within`: on which disk."""

    def __init__(self, *, is_mortal: bool = False, within: Path | None = None) -> None:
        place = binaries()
        assert place is not None, "PostgreSQL's binaries are not on this machine"
        self._place = place
        self._settings = QUICK if is_mortal else (*QUICK, FORGETFUL)
        self._folder = Path(tempfile.mkdtemp(prefix="silkcast-postgresql-", dir=within))
        # The server refuses to run as root.
        self._user = "nobody" if os.getuid() == 0 else None
        if self._user:
            shutil.chown(self._folder, self._user)
        self._environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self._folder)}
        self._data = self._folder / "data"
        subprocess.run(
            [place / "initdb", "--pgdata", self._data, "--username=owner", "--auth=trust", "--encoding=UTF8",
             "--no-sync"],
            check=True, user=self._user, cwd=self._folder, env=self._environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self._port = free_port()
        self._start()
        atexit.register(self._stop_at_exit, os.getpid())
        self._run(f"CREATE ROLE {USER} LOGIN CREATEDB")
        self._run(f"CREATE DATABASE {NAME} OWNER {USER}")

    @property
    def url(self) -> str:
        """The address of an empty database whose owner is no superuser."""
        return f"postgresql://{USER}@127.0.0.1:{self._port}/{NAME}"

    @property
    def has_ended(self) -> bool:
        return self._server.poll() is not None

    def restart(self) -> None:
        """As by `pg_ctl restart -m immediate`: every session breaks off, and the next start recovers from the log."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(START_S_MAX)
        self._start()
        self._run("SELECT 1")

    def _start(self) -> None:
        told = (*self._settings, f"unix_socket_directories={self._folder}")
        settings = [part for setting in told for part in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._place / "postgres", "-D", self._data, "-h", "127.0.0.1", "-p", str(self._port), *settings],
                user=self._user, cwd=self._folder, env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip

    def _run(self, statement: str) -> None:
        """As the superuser, once the server listens."""
        import psycopg

        give_up_s = time.monotonic() + START_S_MAX
        while True:
            try:
                with psycopg.connect(f"postgresql://owner@127.0.0.1:{self._port}/postgres", autocommit=True) as link:
                    link.execute(statement.encode())
                return
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > give_up_s:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        self._server.send_signal(signal.SIGINT)
        self._server.wait(timeout=START_S_MAX)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _stop_at_exit(self, owner: int) -> None:
        if os.getpid() == owner:  # a forked child of the run inherits the exit handler, not the server
            self.stop()


def start() -> str:
    return Server().url


@functools.cache
def shared() -> str:
    """One server for all who bring their own databases."""
    return start()


def another(url: str, name: str) -> str:
    """The address of one more empty database on the same server."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as link:
        link.execute(f"CREATE DATABASE {name}".encode())
    return f"{url.rpartition('/')[0]}/{name}"


def fill(url: str, like: str) -> None:
    """Make an empty database a copy of another one of its server that nobody is connected to."""
    import psycopg

    server, _, name = url.rpartition("/")
    model = like.rpartition("/")[2]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as link:
        link.execute(f"DROP DATABASE {name}".encode())
        link.execute(f"CREATE DATABASE {name} TEMPLATE {model}".encode())


def as_superuser(url: str) -> str:
    """The same database for one whom row-level security does not stop: tests compare what all tables hold."""
    return url.replace(f"{USER}@", "owner@")
