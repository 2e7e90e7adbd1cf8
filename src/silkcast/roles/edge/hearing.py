"""Whether the people behind open streams may still hear them. A token says who asked; the tables say what holds now."""

from __future__ import annotations

import asyncio
import logging

from silkcast.kernel.wire import Client, WireError
from silkcast.roles.edge.refusals import RoleAway
from silkcast.roles.edge.streams import Broadcast

logger = logging.getLogger(__name__)
ASK_EVERY_S = 0.5
ANSWER_S_MAX = 2.0
WITHDRAWN = "withdrawn"  # pages load themselves anew when a stream ends with this word


class Hearing:
    """One question for all open streams, however many there are, and none while nobody listens."""

    def __init__(self, web: Client) -> None:
        self._web = web

    async def may(self, session: str) -> bool:
        try:
            return session in await self._ask([session])
        except WireError as error:
            raise RoleAway(role="web", retry_after_s=1) from error

    async def watch(self, broadcast: Broadcast) -> None:
        while True:
            await asyncio.sleep(ASK_EVERY_S)
            sessions = sorted({page.session for page in broadcast.pages() if page.session})
            if not sessions:
                continue
            try:
                may = await self._ask(sessions)
            except WireError as error:  # it is being restarted; the next question is soon
                logger.info("edge.hearing_unknown", extra={"facts": {"code": error.code}})
                continue
            asked = frozenset(sessions)
            for page in broadcast.pages():
                if page.session in asked and page.session not in may:
                    page.end(WITHDRAWN)

    async def _ask(self, sessions: list[str]) -> frozenset[str]:
        return frozenset(await self._web.call("web.hearing", sessions, deadline_s=ANSWER_S_MAX))
