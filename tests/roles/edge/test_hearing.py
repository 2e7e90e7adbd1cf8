"""A stream lasts as long as the right that it was opened with: asked of the tables, and ended within a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.cast import Cast

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import PersonView, Role
from silkcast.domains.base.people import set_password
from silkcast.kernel.actions import run
from silkcast.kernel.errors import Overloaded
from silkcast.kernel.ids import SessionId, new_id
from silkcast.project.identity import hearing

pytestmark = pytest.mark.anyio
TOPIC = "base-1/show-1/"


class Web:
    """The part of the web role that the edge asks."""

    def __init__(self, may: Callable[[list[str]], list[str]]) -> None:
        self._may = may
        self.asked: list[list[str]] = []
        self.is_away = False

    async def hearing(self, sessions: list[str]) -> list[str]:
        self.asked.append(sessions)
        if self.is_away:
            raise Overloaded
        return await asyncio.to_thread(self._may, sessions)

    @property
    def methods(self) -> dict[str, Any]:
        return {"web.hearing": self.hearing}


def listen(edge: Any, session: str = "") -> bytes:
    claims = {"session": session} if session else {}
    token = edge.token("events", base="base-1", topics=[TOPIC], **claims)
    return f"GET /events?token={token} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()


async def test_the_stream_of_a_withdrawn_session_ends_and_the_others_go_on(stage: Any) -> None:
    allowed = {"crew", "host"}
    web = Web(lambda sessions: [each for each in sessions if each in allowed])
    async with stage(web=web.methods) as edge, edge.line() as crew, edge.line() as host, edge.line() as viewer:
        for line, session in ((crew, "crew"), (host, "host"), (viewer, "")):
            line.send(listen(edge, session))
            await line.until(b"retry: 1000\n\n")
        allowed.remove("crew")
        assert b"event: end\ndata: withdrawn\n\n" in await crew.until(b"0\r\n\r\n")
        await edge.shows("streams", 2)
        async with edge.hub() as hub:
            hub.publish(TOPIC + "comment", 1)
            await host.until(b"data: 1")
            await viewer.until(b"data: 1")
        async with edge.line() as again:
            again.send(listen(edge, "crew"))
            status, _, _ = await again.answer()
            assert status == 401
        await edge.shows("streams", 2)


async def test_nobody_is_asked_while_only_viewers_listen(stage: Any) -> None:
    web = Web(lambda sessions: sessions)
    async with stage(web=web.methods) as edge, edge.line() as viewer, edge.line() as crew:
        viewer.send(listen(edge))
        await viewer.until(b"retry: 1000\n\n")
        assert web.asked == []
        crew.send(listen(edge, "crew"))
        await crew.until(b"retry: 1000\n\n")
        assert web.asked[0] == ["crew"]


async def test_no_stream_of_a_session_opens_while_nobody_can_say_and_an_open_one_stays(
    stage: Any, eventually: Any
) -> None:
    web = Web(lambda sessions: sessions)
    async with stage(web=web.methods) as edge, edge.line() as line, edge.line() as late, edge.hub() as hub:
        line.send(listen(edge, "crew"))
        await line.until(b"retry: 1000\n\n")
        web.is_away = True
        late.send(listen(edge, "late"))
        status, headers, _ = await late.answer()
        assert (status, headers[b"retry-after"]) == (503, b"1")
        asked = len(web.asked)
        await eventually(lambda: len(web.asked) > asked + 1)
        await edge.shows("streams", 1)
        hub.publish(TOPIC + "comment", 1)
        await line.until(b"data: 1")


WAYS: dict[str, Callable[[Cast, PersonView, SessionId], None]] = {
    "signing out": lambda cast, person, session: run(
        cast.east.as_person(person), base.EndSession(person_id=person.id, session_id=session, is_here=True)
    ),
    "signing out elsewhere": lambda cast, person, session: run(
        cast.east.as_person(person),
        base.EndOtherSessions(person_id=person.id, kept_session_id=SessionId(new_id())),
    ),
    "a new password": lambda cast, person, session: run(
        cast.east.as_person(person),
        base.ChangePassword(person_id=person.id, password_hash="x", kept_session_id=SessionId(new_id())),
    ),
    "deactivation": lambda cast, person, session: cast.east.does(base.DeactivatePerson(person_id=person.id)),
    "the last role": lambda cast, person, session: cast.east.does(
        base.WithdrawRole(person_id=person.id, grant_id=person.grants[0].id)
    ),
    "a role that hears nothing": lambda cast, person, session: cast.east.does(
        base.ChangeRole(
            person_id=person.id,
            grant_id=person.grants[0].id,
            role=Role.MERCHANT,
            for_merchant_id=cast.east.merchants[0],
        )
    ),
}


@pytest.fixture
def crew(cast: Cast) -> tuple[PersonView, SessionId, SessionId]:
    """Somebody with a session, and the operator's session beside it."""
    invited = cast.east.does(base.Invite(name="Crew", email="crew@east.test", role=Role.CREW))
    set_password(invited.person_id, "a sentence of their own")
    person = base.get_person(invited.person_id)
    own, other = SessionId(new_id()), SessionId(new_id())
    for who, session_id in ((person, own), (cast.east.operator, other)):
        ctx = base.context_of_person(who, datetime.now(UTC))
        run(ctx, base.SignIn(person_id=who.id, session_id=session_id, device="", network=""))
    return person, own, other


@pytest.mark.parametrize("way", WAYS)
async def test_however_a_right_goes_its_streams_end(
    stage: Any, cast: Cast, crew: tuple[PersonView, SessionId, SessionId], way: str
) -> None:
    person, own, other = crew
    async with stage(web=Web(hearing).methods) as edge, edge.line() as theirs, edge.line() as another:
        for line, session_id in ((theirs, own), (another, other)):
            line.send(listen(edge, str(session_id)))
            await line.until(b"retry: 1000\n\n")
        await asyncio.to_thread(WAYS[way], cast, person, own)
        assert b"event: end\ndata: withdrawn\n\n" in await theirs.until(b"0\r\n\r\n")
        await edge.shows("streams", 1)
