"""What SQLite's single writer gives by itself, on PostgreSQL: turns, the order of commits, a server that went away."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db import connection
from tests.cast import Base, Cast

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import Role
from silkcast.domains.base.events import RoleGranted
from silkcast.domains.base.models import Merchant, RoleGrant
from silkcast.kernel import events, relay
from silkcast.kernel.actions import run, run_nested
from silkcast.kernel.errors import Overloaded
from silkcast.kernel.storage.batches import rows_of
from silkcast.kernel.storage.turns import in_transaction

pytestmark = pytest.mark.skipif(
    os.environ.get("SILKCAST_TEST_DATABASE") != "postgresql", reason="SQLite has one writer at a time"
)
HANG_S = 60.0


class Elsewhere:
    """A transaction of another thread, with a connection of its own, kept open until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go, self.passed = threading.Event(), threading.Event(), threading.Event()

    def lets_go(self) -> None:
        self.go.set()
        assert self.passed.wait(HANG_S)


@contextmanager
def elsewhere(
    *base_ids: UUID, shards: Iterable[tuple[UUID, int]] = (), work: Callable[[], object] = bool
) -> Iterator[Elsewhere]:
    other = Elsewhere()

    def keep() -> None:
        try:
            with in_transaction(*base_ids, shards=shards):
                work()
                other.reached.set()
                other.go.wait(HANG_S)
        finally:
            other.passed.set()
            connection.close()

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield other
    finally:
        other.go.set()
        thread.join(HANG_S)


def test_two_writers_of_one_base_follow_each_other_and_of_two_do_not(cast: Cast) -> None:
    east, west = cast.east.ctx.base_id, cast.west.ctx.base_id
    with elsewhere(east) as first:
        assert first.reached.wait(HANG_S)
        with elsewhere(west) as stranger:
            assert stranger.reached.wait(HANG_S)
        with elsewhere(east) as second:
            assert not second.reached.wait(0.2)
            first.lets_go()
            assert second.reached.wait(HANG_S)


def test_writers_of_different_shards_go_side_by_side_and_of_one_follow_each_other(cast: Cast) -> None:
    east = cast.east.ctx.base_id
    with elsewhere(shards=[(east, 1), (east, 2)]) as first:
        assert first.reached.wait(HANG_S)
        with elsewhere(shards=[(east, 3)]) as beside:
            assert beside.reached.wait(HANG_S)
        with elsewhere(shards=[(east, 3), (east, 2)]) as second:
            assert not second.reached.wait(0.2)
            first.lets_go()
            assert second.reached.wait(HANG_S)


def test_who_writes_the_whole_base_waits_for_every_shard_and_holds_them_all(cast: Cast) -> None:
    east = cast.east.ctx.base_id
    with elsewhere(shards=[(east, 1)]) as order:
        assert order.reached.wait(HANG_S)
        with elsewhere(east) as operator:
            assert not operator.reached.wait(0.2)
            with elsewhere(shards=[(east, 7)]) as late:
                assert not late.reached.wait(0.2)  # or an operator would wait for as long as orders come
                order.lets_go()
                assert operator.reached.wait(HANG_S)
                operator.lets_go()
                assert late.reached.wait(HANG_S)


def test_carts_over_the_same_shards_in_any_order_do_not_wait_for_each_other_in_a_circle(cast: Cast) -> None:
    east, west = cast.east.ctx.base_id, cast.west.ctx.base_id
    ways = [[(east, 1), (west, 9)], [(west, 9), (east, 1)], [(east, 5), (east, 1)], [(east, 1), (east, 5)]]
    rounds: list[int] = []

    def take(shards: list[tuple[UUID, int]]) -> None:
        try:
            for number in range(25):
                with in_transaction(shards=shards):
                    rounds.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(shards,)) for shards in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_S)
    assert len(rounds) == 100


def test_who_has_waited_too_long_for_its_turn_is_told_to_come_again_and_has_changed_nothing(cast: Cast) -> None:
    east = cast.east
    with elsewhere(east.ctx.base_id) as first:
        assert first.reached.wait(HANG_S)
        rows_of("SELECT set_config('lock_timeout', '50ms', false)")
        try:
            with pytest.raises(Overloaded) as refused:
                run(east.ctx, granted_to(east), key="patient")
        finally:
            connection.close()
        assert refused.value.facts["retry_after_s"] > 0
        first.lets_go()
    before = RoleGrant.objects.of(east.ctx.base_id).count()
    run(east.ctx, granted_to(east), key="patient")
    assert RoleGrant.objects.of(east.ctx.base_id).count() == before + 1


def granted_to(of: Base) -> base.GrantRole:
    return base.GrantRole(person_id=of.operator.id, role=Role.HOST)


def test_an_event_that_commits_late_is_not_passed_by(cast: Cast) -> None:
    """The east draws its number first and commits last: a reader by position alone would lose it."""
    seen: list[str] = []

    def note(ctx: object, fact: RoleGranted) -> None:
        seen.append(str(fact.person_id))

    subscription = events.Subscription("late", RoleGranted.topic, note, outside=False)
    events.REACTIONS.append(subscription)
    try:
        while relay.work("late"):  # what came before is over and done
            pass
        with elsewhere(cast.east.ctx.base_id, work=lambda: run_nested(cast.east.ctx, granted_to(cast.east))) as late:
            assert late.reached.wait(HANG_S)
            run(cast.west.ctx, granted_to(cast.west))
            while relay.work("late"):
                pass
            assert str(cast.west.operator.id) not in seen
            late.lets_go()
        while str(cast.west.operator.id) not in seen:
            relay.work("late")
    finally:
        events.REACTIONS.remove(subscription)
    mine = [person for person in seen if person in {str(cast.east.operator.id), str(cast.west.operator.id)}]
    assert mine[-2:] == [str(cast.east.operator.id), str(cast.west.operator.id)]


def end_own_session() -> None:
    """The server ends it, as when it is restarted."""
    (own,) = rows_of("SELECT pg_backend_pid()")[0]

    def end() -> None:
        rows_of("SELECT pg_terminate_backend(%s)", [own])
        connection.close()

    ender = threading.Thread(target=end)
    ender.start()
    ender.join(HANG_S)


def test_a_request_after_the_servers_restart_sees_what_is_there(cast: Cast) -> None:
    """A new session has not been told for whom it asks; answered from it, a valid key would be nobody's."""
    assert Merchant.objects.scoped(cast.east.ctx).count() == 2
    end_own_session()
    connection.close_if_unusable_or_obsolete()  # what Django does at the beginning of each request
    assert Merchant.objects.scoped(cast.east.ctx).count() == 2


def test_a_connection_that_the_server_ended_costs_one_question(cast: Cast) -> None:
    end_own_session()
    with pytest.raises(Exception, match=r"terminat|closed"):
        Merchant.objects.scoped(cast.east.ctx).count()
    assert Merchant.objects.scoped(cast.east.ctx).count() == 2
