"""Writers take turns: on SQLite all at the file's turnstile, on PostgreSQL those of one base at the base's lock.

So an action may check and then act, on both: a buyer's limit, a key that was used before, a refund's sum. Hot actions
on PostgreSQL take turns by shard instead: beside each other in different shards, and never beside another action.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from silkcast.kernel.storage.seeing import leave_broken, see_all_of

INSTALLATION = UUID(int=0)  # the turn of what belongs to no base
LOCK_CLASS = 0x51_1C  # ours among a database's advisory locks; the relay looks for their holders
SHARD_CLASS = 0x51_1D
SHARDS = 64  # of each base
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code for a wait that reached lock_timeout
Shard = tuple[UUID, int]


class in_transaction(transaction.Atomic):  # noqa: N801 - reads as a statement: `with in_transaction(base_id):`
    """One short write transaction on some bases' rows; never nested, so that a commit is a commit.

    With `shards` it takes turns with the writers of those shards, and with all who name a whole base.
    """

    def __init__(self, *base_ids: UUID, shards: Iterable[Shard] = ()) -> None:
        super().__init__(using=None, savepoint=False, durable=True)
        self._base_ids = base_ids
        self._shards = tuple(shards)

    def __enter__(self) -> None:
        leave_broken()
        super().__enter__()
        if connection.vendor == "postgresql":
            try:
                bases = {*self._base_ids, *(base_id for base_id, _ in self._shards)}
                _take(bases or {INSTALLATION}, self._shards)
                if bases:
                    see_all_of(bases)
            except BaseException as error:
                self.__exit__(type(error), error, error.__traceback__)
                raise


def _take(base_ids: Iterable[UUID], shards: Iterable[Shard]) -> None:
    """In one order for all, bases before shards, so that no two wait for each other."""
    how = "_shared" if shards else ""
    locks = [(how, LOCK_CLASS, name) for name in sorted({_number(base_id.bytes[-4:]) for base_id in base_ids})]
    names = {_number(hashlib.sha256(base_id.bytes + bytes([shard])).digest()[:4]) for base_id, shard in shards}
    locks += [("", SHARD_CLASS, name) for name in sorted(names)]
    with connection.cursor() as cursor:
        for how, kind, name in locks:
            cursor.execute(f"SELECT pg_advisory_xact_lock{how}(%s, %s)", [kind, name])


def found_no_turn(error: BaseException) -> bool:
    """Whether a writer was let go because those before it took too long; it has changed nothing."""
    return getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE


def shard_of(owned_id: UUID) -> int:
    """In which of a base's shards a thing lies."""
    return owned_id.int % SHARDS


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big", signed=True)


def holders() -> frozenset[str]:
    """The write transactions that are under way on PostgreSQL, each under a name that is never given again."""
    rows: list[Any]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid || ':' || virtualtransaction FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND classid = %s AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = "
            "current_database())",
            [LOCK_CLASS],
        )
        rows = cursor.fetchall()
    return frozenset(str(row[0]) for row in rows)
