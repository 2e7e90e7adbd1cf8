from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from silkcast.domains.audience.engine.admission import Request, read_facts, read_signals
from silkcast.domains.audience.engine.batch import Names
from silkcast.domains.audience.engine.faults import BAD_ID, OUTSIDE_SHOW
from silkcast.domains.audience.engine.gathering import gather, outcome, parse_ids
from silkcast.domains.audience.engine.kinds import Kind
from silkcast.kernel.ids import id_from_parts

NOON_MS = 1_790_000_040_000


def signals(*items: dict[str, object], viewer: str | None = "ann") -> Request:
    body = [
        {"id": str(id_from_parts(NOON_MS, 1)), "show_id": "evening", "kind": "like", "at": NOON_MS} | item
        for item in items
    ]
    return read_signals(msgspec.json.encode(body), source="shop", viewer=viewer, received_ms=NOON_MS + 100)


def test_requests_become_rows_in_their_order() -> None:
    first = signals({"kind": "comment", "text": "hi 你好"}, {"kind": "click", "sku_id": "scarf", "viewer": "ignored"})
    second = signals({"viewer": "ben"}, {"viewer": "cleo", "kind": "cart", "sku_id": "belt"}, viewer=None)
    bought = {"id": "x", "kind": "buy", "show_id": "evening", "order_id": "o1", "units": 2, "amount_minor": 900}
    facts = read_facts([bought], source="orders", received_ms=NOON_MS)
    gathered = gather([first, second, facts], Names())
    batch, names = gathered.batch, gathered.batch.names
    assert gathered.starts == [0, 2, 4, 5]
    assert [names.viewers[number] for number in batch.viewer] == ["ann", "ann", "ben", "cleo", ""]
    assert [names.skus[number] for number in batch.sku] == ["", "scarf", "", "belt", ""]
    assert [names.sources[number] for number in batch.source] == ["shop"] * 4 + ["orders"]
    assert batch.kind.tolist() == [Kind.COMMENT, Kind.CLICK, Kind.LIKE, Kind.CART, Kind.BUY]
    assert batch.texts == ["hi 你好".encode()]
    assert (batch.units.tolist(), batch.amount_minor.tolist()) == ([2], [900])


def test_a_stamp_from_the_future_is_set_back_to_five_seconds_after_receipt() -> None:
    late, slightly_ahead, far_ahead = -86_400_000, 5_100, 86_400_000
    stamps: list[dict[str, object]] = [{"at": NOON_MS + shift} for shift in (late, slightly_ahead, far_ahead)]
    request = signals(*stamps)
    assert gather([request], Names()).batch.at_ms.tolist() == [NOON_MS + late, NOON_MS + 5_100, NOON_MS + 5_100]


def test_each_request_is_told_what_became_of_its_own_rows() -> None:
    bad = "0" * 36
    requests = [signals({}, {"id": bad}), signals(), signals({"id": bad}, {}, {})]
    gathered = gather(requests, Names())
    assert gathered.fault.tolist() == [0, BAD_ID, BAD_ID, 0, 0]
    gathered.fault[3] = OUTSIDE_SHOW
    assert outcome(gathered, np.array([True, False])) == [
        (1, 0, [(1, "bad_id")]),
        (0, 0, []),
        (0, 1, [(0, "bad_id"), (1, "outside_show")]),
    ]


@given(parts=st.lists(st.tuples(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1)), max_size=8), upper=st.booleans())
def test_every_uuid7_is_read_as_its_number(parts: list[tuple[int, int]], upper: bool) -> None:  # noqa: FBT001
    made = [id_from_parts(*part) for part in parts]
    high, low, fine = parse_ids("".join(str(one).upper() if upper else str(one) for one in made))
    assert fine.all()
    assert [int(a) << 64 | int(b) for a, b in zip(high, low, strict=True)] == [one.int for one in made]


def test_what_is_no_uuid7_is_told_apart_without_harm_to_its_neighbours() -> None:
    good = str(id_from_parts(NOON_MS, 5))
    bad = [
        "f47ac10b-58cc-4372-a567-0e02b2c3d479",  # version 4
        good[:19] + "c" + good[20:],  # another variant
        good.replace("-", " "),
        good.replace("-", "0"),
        good[1:9] + good[0] + good[9:],  # a dash in the wrong place
        " " + good[2:] + " ",
        "x" * 36,
        "长" * 36,
        good[:-1] + "-",
    ]
    ids = [word for one in bad for word in (good, one)]
    high, low, fine = parse_ids("".join([*ids, good]))
    assert fine.tolist() == [True, False] * len(bad) + [True]
    assert set(zip(high[fine].tolist(), low[fine].tolist(), strict=True)) == {
        (id_from_parts(NOON_MS, 5).int >> 64, id_from_parts(NOON_MS, 5).int & 2**64 - 1)
    }
