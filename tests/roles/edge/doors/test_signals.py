"""Signals in: who may send them, and when they count as accepted."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from tests.roles.edge.doors.collecting import COUNTED, Signals, likes

from silkcast.domains.audience.engine import admission
from silkcast.kernel.errors import Overloaded
from silkcast.kernel.ids import new_id
from silkcast.roles.edge.credentials import FRESH_S_MAX, KNOWN_S_MAX
from silkcast.roles.edge.doors.signals import READ_BYTES_MAX, UNDER_WAY_MAX
from silkcast.roles.edge.limits import EdgeLimits

pytestmark = pytest.mark.anyio
KEY = {"Authorization": "Bearer sk_live_1"}


class Intake:
    def __init__(self, *scopes: str) -> None:
        self.asked: list[str] = []
        self.is_revoked = self.is_away = False
        self._scopes = scopes

    async def authenticate(self, body: Any) -> Any:
        self.asked.append(body["key"])
        if self.is_away:
            raise Overloaded
        if body["key"] != "sk_live_1" or self.is_revoked:
            raise KeyUnknown
        return {"base_id": "base-9", "merchant_id": None, "scopes": list(self._scopes), "key_id": "k1"}

    @property
    def methods(self) -> dict[str, Any]:
        return {"intake.authenticate": self.authenticate}


class KeyUnknown(Overloaded):
    code = "intake.key_unknown"
    status = 401


async def test_a_viewers_signals_reach_the_log_with_the_viewers_base(stage: Any) -> None:
    signals = Signals()
    async with stage(signals=signals.methods) as edge, edge.client() as client:
        before_ms = time.time_ns() // 1_000_000
        answer = await client.post("/api/v1/signals", content=b'[{"id":1}]', headers=edge.viewer("v7"))
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 2, "duplicates": 1, "refused": [{"index": 3, "code": "signals.too_old"}]}
    (batch,) = signals.asked
    assert before_ms <= batch.pop("received_ms") <= time.time_ns() // 1_000_000
    assert batch == {"base_id": "base-1", "body": b'[{"id":1}]', "source": "shop", "viewer": "v7", "show": None}


async def test_a_page_tells_only_of_its_own_show(stage: Any) -> None:
    signals = Signals()
    like = {"id": str(new_id()), "show_id": "evening", "kind": "like", "at": time.time_ns() // 1_000_000}
    async with stage(signals=signals.methods) as edge, edge.client() as client:
        token = edge.token("viewer", base="base-1", show="evening", viewer="v7")
        for show in ("evening", "made-up"):
            body = msgspec.json.encode([like | {"show_id": show}])
            await client.post("/api/v1/signals", content=body, headers={"Authorization": f"Bearer {token}"})
    own, other = signals.asked
    assert "good" in own
    assert (other["show"], b"made-up" in other["body"]) == ("evening", True)  # there it gets its code


async def test_what_is_wholly_good_goes_on_as_columns_and_all_else_as_it_came(stage: Any) -> None:
    signals = Signals()
    like = {"id": str(new_id()), "show_id": "evening", "kind": "like", "at": time.time_ns() // 1_000_000}
    good, bad = msgspec.json.encode([like, like | {"sku_id": "scarf"}]), msgspec.json.encode([like, like | {"at": 5}])
    async with stage(signals=signals.methods) as edge, edge.client() as client:
        for body in (good, bad):
            await client.post("/api/v1/signals", content=body, headers=edge.viewer("v7"))
        long = good[:-1] + b" " * READ_BYTES_MAX + b"]"
        await client.post("/api/v1/signals", content=long, headers=edge.viewer("v7"))
    as_columns, as_it_came, too_long = signals.asked
    assert (as_it_came["body"], too_long["body"]) == (bad, long)
    request = msgspec.convert(as_columns["good"], admission.Request)
    assert as_columns == {"base_id": "base-1", "good": as_columns["good"]}
    assert request == admission.read_signals(good, source="shop", viewer="v7", received_ms=request.received_ms)
    assert (len(request), request.skus) == (2, {1: "scarf"})


async def test_nothing_is_accepted_before_the_role_has_answered(stage: Any, eventually: Any) -> None:
    signals = Signals()
    signals.release.clear()
    async with stage(signals=signals.methods) as edge, edge.client() as client:
        answer = asyncio.create_task(client.post("/api/v1/signals", content=b"[]", headers=edge.viewer()))
        await eventually(lambda: len(signals.asked) == 1)
        assert not answer.done()
        signals.release.set()
        assert (await answer).status_code == 202


async def test_what_comes_together_goes_on_in_few_messages_and_each_has_its_own_answer(
    stage: Any, eventually: Any
) -> None:
    signals = Signals()
    signals.release.clear()
    async with stage(signals=signals.methods) as edge, edge.client() as client:
        bodies = [b"{}" if number % 5 == 4 else b"[%d]" % number for number in range(40)]
        posts = [client.post("/api/v1/signals", content=body, headers=edge.viewer()) for body in bodies]
        answers = asyncio.gather(*posts)
        await edge.shows("signals_in_flight", 40)
        signals.release.set()
        told = [(answer.status_code, answer.json()) for answer in await answers]
    assert sorted(batch["body"] for batch in signals.asked) == sorted(bodies)
    assert signals.messages <= UNDER_WAY_MAX + 1  # some that wait for their answers, and one of all that came meanwhile
    refused = [place for place, (status, body) in enumerate(told) if body != COUNTED]
    assert refused == list(range(4, 40, 5))
    assert {(told[place][0], told[place][1]["error"]["code"]) for place in refused} == {(422, "signals.not_an_array")}
    assert {status for status, body in told if body == COUNTED} == {202}


async def test_without_credentials_nothing_is_asked_of_the_role(stage: Any) -> None:
    signals = Signals()
    headers: list[dict[str, str]] = [{}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}]
    async with stage(signals=signals.methods) as edge, edge.client() as client:
        answers = [await client.post("/api/v1/signals", content=b"[]", headers=each) for each in headers]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert {answer.json()["error"]["code"] for answer in answers} == {"edge.no_credentials"}
    assert answers[0].headers["www-authenticate"] == "Bearer"
    assert signals.asked == []


async def test_a_token_that_is_forged_old_or_for_something_else_is_refused(stage: Any) -> None:
    signals = Signals()
    async with stage(signals=signals.methods) as edge, edge.client() as client:
        good = edge.token("viewer", base="base-1", viewer="v1")
        bad = [
            good[:-2] + ("AA" if not good.endswith("AA") else "BB"),
            edge.token("viewer", base="base-1", viewer="v1", lasts_s=-5),
            edge.token("events", base="base-1", topics=["base-1/"]),
            "not.a.token",
            "\xff\xfe",
        ]
        answers = [
            await client.post(
                "/api/v1/signals", content=b"[]", headers=[(b"authorization", f"Bearer {t}".encode("latin-1"))]
            )
            for t in bad
        ]
    assert [answer.json()["error"]["code"] for answer in answers] == ["edge.wrong_credentials"] * 5
    assert signals.asked == []


async def test_a_key_is_asked_of_intake_once_however_many_requests_come(stage: Any) -> None:
    signals, intake = Signals(), Intake("signals.write")
    async with stage(signals=signals.methods, intake=intake.methods) as edge, edge.client() as client:
        posts = [client.post("/api/v1/signals", content=b"[]", headers=KEY) for _ in range(10)]
        answers = await asyncio.gather(*posts)
        answers.append(await client.post("/api/v1/signals", content=b"[]", headers=KEY))
    assert {answer.status_code for answer in answers} == {202}
    assert intake.asked == ["sk_live_1"]
    assert {(batch["base_id"], batch["source"], batch["viewer"]) for batch in signals.asked} == {
        ("base-9", "key:k1", None)
    }


async def test_a_key_without_the_scope_is_refused(stage: Any) -> None:
    signals, intake = Signals(), Intake("orders.write")
    async with stage(signals=signals.methods, intake=intake.methods) as edge, edge.client() as client:
        answer = await client.post("/api/v1/signals", content=b"[]", headers=KEY)
    assert answer.status_code == 403
    assert answer.json()["error"]["facts"] == {"scope": "signals.write"}
    assert signals.asked == []


async def test_nothing_is_taken_from_the_page_of_a_show_that_has_not_begun(stage: Any) -> None:
    signals = Signals()
    async with stage(signals=signals.methods) as edge, edge.client() as client:
        token = edge.token("viewer", base="base-1", viewer="v1", show="evening", waits=True)
        headers = {"Authorization": f"Bearer {token}"}
        answer = await client.post("/api/v1/signals", content=b"[]", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "signals.not_begun")
    assert signals.asked == []


async def test_an_unknown_key_is_refused_and_not_asked_again_at_once(stage: Any) -> None:
    intake = Intake()
    async with stage(intake=intake.methods) as edge, edge.client() as client:
        for _ in range(3):
            answer = await client.post("/api/v1/signals", content=b"[]", headers={"Authorization": "Bearer sk_no"})
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "edge.wrong_credentials")
    assert intake.asked == ["sk_no"]


async def test_an_absent_role_is_said_so_with_a_time_to_come_back(stage: Any) -> None:
    async with stage() as edge, edge.client() as client:
        for headers, role in ((edge.viewer(), "signals"), (KEY, "intake")):
            answer = await client.post("/api/v1/signals", content=b"[]", headers=headers)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert answer.json()["error"]["code"] == "edge.role_away"
            assert answer.json()["error"]["facts"]["role"] == role


async def test_a_role_that_does_not_answer_in_time_is_given_up(stage: Any) -> None:
    signals = Signals()
    signals.release.clear()
    async with stage(EdgeLimits(signals_s_max=0.2), signals=signals.methods) as edge, edge.client() as client:
        answer = await client.post("/api/v1/signals", content=b"[]", headers=edge.viewer())
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "edge.role_away")


async def test_more_than_fits_at_once_is_refused_while_the_rest_goes_on(stage: Any, eventually: Any) -> None:
    signals = Signals()
    signals.release.clear()
    async with stage(EdgeLimits(signals_in_flight_max=2), signals=signals.methods) as edge, edge.client() as client:
        posts = [
            asyncio.create_task(client.post("/api/v1/signals", content=b"[]", headers=edge.viewer())) for _ in range(2)
        ]
        await eventually(lambda: len(signals.asked) == 2)
        refused = await client.post("/api/v1/signals", content=b"[]", headers=edge.viewer())
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "edge.busy")
        signals.release.set()
        assert [(await post).status_code for post in posts] == [202, 202]


@pytest.mark.slow
async def test_what_the_bounds_carry_waits_while_the_log_stands_still(stage: Any, eventually: Any) -> None:
    signals = Signals()
    signals.release.clear()
    async with stage(signals=signals.methods) as edge, edge.client() as client:

        async def post(viewer: int) -> int:
            headers = edge.viewer(f"v{viewer}")
            return int((await client.post("/api/v1/signals", content=likes(1), headers=headers)).status_code)

        posts = [asyncio.create_task(post(viewer)) for viewer in range(50)]
        await edge.shows("signals_in_flight", 50)
        await asyncio.sleep(8)
        signals.release.set()
        assert set(await asyncio.gather(*posts)) == {202}
    assert len(signals.asked) == 50


async def test_a_client_that_leaves_frees_its_place(stage: Any, eventually: Any) -> None:
    signals = Signals()
    signals.release.clear()
    async with stage(EdgeLimits(signals_in_flight_max=1), signals=signals.methods) as edge, edge.client() as client:
        async with edge.line() as line:
            bearer = edge.viewer()["Authorization"].encode()
            head = b"POST /api/v1/signals HTTP/1.1\r\nhost: localhost\r\nauthorization: " + bearer
            line.send(head + b"\r\ncontent-length: 2\r\n\r\n[]")
            await eventually(lambda: len(signals.asked) == 1)
            await edge.shows("signals_in_flight", 1)
        await edge.shows("signals_in_flight", 0)
        signals.release.set()
        assert (await client.post("/api/v1/signals", content=b"[]", headers=edge.viewer())).status_code == 202


async def test_a_clock_that_is_set_back_does_not_lengthen_the_life_of_a_key(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals, intake = Signals(), Intake("signals.write")
    async with stage(signals=signals.methods, intake=intake.methods) as edge, edge.client() as client:
        assert (await client.post("/api/v1/signals", content=b"[]", headers=KEY)).status_code == 202
        hour_ago_s, later_s = time.time() - 3_600, time.monotonic() + KNOWN_S_MAX + 1
        clocks = SimpleNamespace(time=lambda: hour_ago_s, monotonic=lambda: later_s)
        monkeypatch.setattr("silkcast.roles.edge.credentials.time", clocks)
        assert (await client.post("/api/v1/signals", content=b"[]", headers=KEY)).status_code == 202
    assert len(intake.asked) == 2


async def test_a_revoked_key_is_refused_within_a_moment(stage: Any, eventually: Any) -> None:
    signals, intake = Signals(), Intake("signals.write")
    async with stage(signals=signals.methods, intake=intake.methods) as edge, edge.client() as client:

        async def status() -> int:
            return int((await client.post("/api/v1/signals", content=b"[]", headers=KEY)).status_code)

        assert await status() == 202
        intake.is_revoked = True
        async with asyncio.timeout(FRESH_S_MAX * 20):
            while await status() == 202:
                await asyncio.sleep(0.05)
        assert await status() == 401


async def test_a_key_that_was_known_acts_on_while_nobody_can_be_asked(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals, intake = Signals(), Intake("signals.write")
    async with stage(signals=signals.methods, intake=intake.methods) as edge, edge.client() as client:
        assert (await client.post("/api/v1/signals", content=b"[]", headers=KEY)).status_code == 202
        intake.is_away = True
        begun_s = time.monotonic()
        for later_s, expected in ((FRESH_S_MAX + 1, 202), (KNOWN_S_MAX - 1, 202), (KNOWN_S_MAX + 60, 503)):
            at_s = begun_s + later_s
            clocks = SimpleNamespace(time=time.time, monotonic=lambda at_s=at_s: at_s)
            monkeypatch.setattr("silkcast.roles.edge.credentials.time", clocks)
            answer = await client.post("/api/v1/signals", content=b"[]", headers=KEY)
            assert answer.status_code == expected, later_s
