"""Waiting rows are taken in turn, whatever becomes of those before them."""

from __future__ import annotations

from datetime import timedelta

from tests.cast import NOON, Cast

from silkcast.domains.base.models import ApiKey
from silkcast.kernel.ids import new_id
from silkcast.kernel.storage.rounds import Round


def add(cast: Cast, *names: str, seconds: int = 0) -> None:
    for name in names:
        at = NOON + timedelta(seconds=seconds)
        ApiKey(
            id=new_id(), base_id=cast.east.ctx.base_id, name=name, prefix="sk_", digest=name * 8, created_at=at
        ).save(force_insert=True)


def taken(in_turn: Round) -> str:
    rows = ApiKey.objects.across_bases().filter(revoked_at=None)
    return "".join(row.name for row in in_turn.take(rows, "created_at"))


def test_rows_that_stay_keep_no_later_one_waiting(cast: Cast) -> None:
    add(cast, "a", "b", "c", seconds=1)  # at one moment, and still each once
    add(cast, "d", seconds=2)
    in_turn = Round(2)
    assert [taken(in_turn) for _ in range(5)] == ["ab", "cd", "ab", "cd", "ab"]


def test_what_is_gone_or_came_meanwhile_breaks_no_round(cast: Cast) -> None:
    add(cast, "b", "c", "d", seconds=2)
    in_turn = Round(2)
    assert taken(in_turn) == "bc"
    ApiKey.objects.across_bases().filter(name="c").update(revoked_at=NOON)
    add(cast, "a", seconds=1)
    add(cast, "e", "f", seconds=3)
    assert [taken(in_turn) for _ in range(4)] == ["d", "ab", "de", "f"]


def test_new_ones_without_end_keep_no_old_one_waiting(cast: Cast) -> None:
    add(cast, "a", "b", seconds=1)
    in_turn, rounds = Round(2), ""
    for number, new in enumerate("cdefghijkl"):
        add(cast, new, seconds=2 + number)
        rounds += taken(in_turn)
    assert rounds.count("a") >= 3
    assert set("abcdefgh") <= set(rounds)


def test_a_round_of_few_begins_anew_each_time(cast: Cast) -> None:
    in_turn = Round(2)
    assert taken(in_turn) == ""
    add(cast, "a")
    assert [taken(in_turn) for _ in range(2)] == ["a", "a"]
