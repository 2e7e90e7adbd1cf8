"""Where a process can die: before and after each write and each commit, whichever library makes it."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from pysqlite3 import dbapi2
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

WRITE = re.compile(r"\s*(?:WITH\b.*?)?\b(INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+([\w.\"]+)", re.DOTALL)
IS_WRITE = re.compile(r"\s*(WITH|INSERT|UPDATE|DELETE)\b")


def name_of(statement: str) -> str:
    """What a statement writes, such as "UPDATE orders_order"; "" when it only reads."""
    found = WRITE.match(statement) if IS_WRITE.match(statement) else None
    return f"{found[1]} {found[2]}".replace('"', "") if found else ""


class Points:
    """Notes each point that this process reaches, by name and by how often; at the fatal one it ends as by `kill -9`.

    Names rather than one count over all, so that two threads find the same points in any order.
    """

    def __init__(self, fatal: str = "") -> None:
        self.reached: list[str] = []
        self.commits: list[list[str]] = []  # the points of each transaction that ended well
        self._fatal = fatal
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._open: dict[int, list[str]] = {}  # by connection: the points since its last commit

    def watch(self) -> None:
        """From now on every database of this process: the tables, the workflows, the keys, the gateway's memory."""
        connection_created.connect(self._watch_tables, weak=False)
        tables: Any = BaseDatabaseWrapper
        tables._commit = self._around_commit(tables._commit)
        DefaultDialect.do_commit = self._around_commit(DefaultDialect.do_commit)  # type: ignore[method-assign]
        event.listen(Engine, "before_cursor_execute", self._before_workflow)
        event.listen(Engine, "after_cursor_execute", self._after_workflow)
        self._watch_files()

    def _at(self, name: str, connection: object) -> None:
        with self._lock:
            self._times[name] += 1
            point = f"{name} #{self._times[name]}"
            self.reached.append(point)
            if point == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            self._open.setdefault(id(connection), []).append(point)

    @contextmanager
    def _around(self, name: str, connection: object) -> Iterator[None]:
        self._at(f"before {name}", connection)
        yield
        self._at(f"after {name}", connection)

    @contextmanager
    def _commit(self, connection: object) -> Iterator[None]:
        written = self._open.get(id(connection))
        if not written:
            yield
            return
        with self._around(f"COMMIT of {written[-1].partition(' ')[2].rpartition(' ')[0]}", connection):
            yield
        self.commits.append(self._open.pop(id(connection)))

    def _watch_tables(self, connection: Any, **_: object) -> None:
        if self._execute not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._execute)

    def _execute(self, execute: Callable[..., Any], statement: str, rows: Any, many: Any, context: Any) -> Any:
        name = name_of(statement)
        if not name:
            return execute(statement, rows, many, context)
        with self._around(name, context["connection"]):
            return execute(statement, rows, many, context)

    def _around_commit(self, commit: Callable[..., Any]) -> Callable[..., Any]:
        def watched(owner: Any, *connection: Any) -> Any:
            with self._commit(connection[0] if connection else owner):
                return commit(owner, *connection)

        return watched

    def _before_workflow(self, connection: Any, _: Any, statement: str, *__: Any) -> None:
        if name := name_of(statement):
            self._at(f"before {name}", connection.connection)

    def _after_workflow(self, connection: Any, _: Any, statement: str, *__: Any) -> None:
        if name := name_of(statement):
            self._at(f"after {name}", connection.connection)

    def _watch_files(self) -> None:
        """Those that are opened without a library; outside BEGIN and COMMIT a statement is a transaction."""
        points, connect = self, dbapi2.connect

        class Watched(dbapi2.Connection):  # type: ignore[misc]
            def execute(self, statement: str, *rows: Any) -> Any:
                if statement == "COMMIT":
                    with points._commit(self):
                        return super().execute(statement, *rows)
                name = name_of(statement)
                if not name:
                    return super().execute(statement, *rows)
                with points._around(name, self):
                    told = super().execute(statement, *rows)
                if not self.in_transaction:
                    points.commits.append(points._open.pop(id(self)))
                return told

            def executemany(self, statement: str, *rows: Any) -> Any:
                with points._around(name_of(statement), self):
                    return super().executemany(statement, *rows)

        dbapi2.connect = lambda *where, **how: connect(*where, factory=Watched, **how)


def one_of_each(commits: list[list[str]]) -> list[str]:
    """Where to die once in each kind of transaction: before its first write, after each, around its commit.

    A kind is what is written, in its order, however often. Between two writes nothing is written, so after the one is
    before the next. What a cursor moves past stands in no statement, so after each of its moves somebody dies.
    """
    chosen: list[str] = []
    known: set[tuple[str, ...]] = set()
    for points in commits:
        names = [point.rpartition(" ")[0] for point in points]
        kind = tuple(dict.fromkeys(names))
        if kind not in known:
            known.add(kind)
            first = dict(zip(reversed(names), reversed(points), strict=True))
            wanted = [name for name in kind[1:] if name.startswith(("after ", "before COMMIT"))]
            chosen += [points[0], *(first[name] for name in wanted)]
        elif "after UPDATE kernel_relaycursor" in names:
            chosen.append(points[-1])
    return list(dict.fromkeys(chosen))


def depends_on_time(point: str) -> bool:
    """Workflows look after their own rows now and then, and the relay turns as often as there is something to find."""
    return "workflow" in point or "kernel_relaycursor" in point
