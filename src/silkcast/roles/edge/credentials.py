"""Who is asking: a viewer by a token that we signed, or a program by an API key that intake knows."""

from __future__ import annotations

import asyncio
import enum
import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from silkcast.kernel import tokens
from silkcast.kernel.addresses import network_of
from silkcast.kernel.wire import Client, WireError, WireRefused
from silkcast.roles.edge.http.messages import Request
from silkcast.roles.edge.limits import EdgeLimits, Rate
from silkcast.roles.edge.refusals import NoCredentials, RoleAway, ScopeMissing, WrongCredentials

KEY_PREFIX = "sk_"
KNOWN_S_MAX = 30.0  # while nobody can be asked; a viewer's token is not asked about
FRESH_S_MAX = 0.5  # a revoked key may act this much longer
UNKNOWN_S_MAX = 2.0
CREDENTIAL_LENGTH_MAX = 512
REMEMBERED_MAX = 8192
AUTHENTICATE_S_MAX = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`credential` is what was sent, for the role behind that decides by itself; `name` tells callers apart in logs.
    `expires_s` and `fresh_until_s` are of the monotonic clock: past the second it is asked about anew."""

    credential: str
    name: str
    base_id: str
    viewer: str | None
    show: str | None  # the one that a viewer's token is for
    waits: bool = False  # for that show to begin
    scopes: frozenset[str]
    expires_s: float
    fresh_until_s: float

    def sender(self, client: str) -> str:
        """Who waits, where many do: the network of a viewer, the key of a program."""
        return self.name if self.viewer is None else network_of(client)

    def require(self, scope: str) -> None:
        """A viewer's token allows what a viewer does; a key must carry the scope."""
        if self.viewer is None and scope not in self.scopes:
            raise ScopeMissing(scope=scope)


class Standing(enum.Enum):
    NOBODY = enum.auto()
    WRONG = enum.auto()
    UNPROVEN = enum.auto()  # a key that may be one
    VIEWER = enum.auto()
    PROGRAM = enum.auto()


def _credential(request: Request) -> str:
    scheme, _, credential = (request.header(b"authorization") or b"").decode("latin-1").partition(" ")
    credential = credential.strip(" ")
    if scheme.lower() != "bearer" or not credential:
        raise NoCredentials
    if len(credential) > CREDENTIAL_LENGTH_MAX:  # none of ours; remembering it would let strangers fill the memory
        raise WrongCredentials
    return credential


class Credentials:
    def __init__(self, signing_key: bytes, intake: Client, limits: EdgeLimits) -> None:
        self._signing_key = signing_key
        self._intake = intake
        self._known: OrderedDict[str, Caller | float] = OrderedDict()  # a number: unknown, until then
        self._asking: dict[str, asyncio.Task[Caller]] = {}
        self._viewer_rate = Rate(limits.viewer_rate, limits.viewer_burst)
        self._key_rate = Rate(limits.key_rate, limits.key_burst)

    async def caller(self, request: Request) -> Caller:
        """The caller behind the Authorization header, or the refusal; counts against the caller's rate."""
        credential = _credential(request)
        found = self._find(credential) or await self._renewed(credential)
        self._count(found)
        return found

    async def _renewed(self, key: str) -> Caller:
        """Asked about; when nobody answers, what was known holds a while longer."""
        try:
            return await self._ask(key)
        except RoleAway:
            now_s, known = time.monotonic(), self._known.get(key)
            if not isinstance(known, Caller) or known.expires_s <= now_s:
                raise
            self._remember(key, replace(known, fresh_until_s=min(now_s + FRESH_S_MAX, known.expires_s)))
            return known

    def standing(self, request: Request) -> Standing:
        """What can be told before the body is here, without asking anybody; counts against no rate."""
        try:
            credential = _credential(request)
            found = self._find(credential)
        except NoCredentials:
            return Standing.NOBODY
        except WrongCredentials:
            return Standing.WRONG
        # A key that was good a while ago will mostly still be; what it may do is asked once the body is here.
        if found is not None or isinstance(self._known.get(credential), Caller):
            return Standing.PROGRAM if found is None or found.viewer is None else Standing.VIEWER
        return Standing.UNPROVEN

    def _count(self, caller: Caller) -> None:
        rate = self._key_rate if caller.viewer is None else self._viewer_rate
        rate.take(caller.name, time.monotonic())

    def _find(self, credential: str) -> Caller | None:
        """Of what is remembered, or what a token itself says; None for a key that has to be asked about."""
        now_s = time.monotonic()  # a clock set back must not lengthen what is remembered
        known = self._known.get(credential)
        if isinstance(known, float):
            if known > now_s:
                raise WrongCredentials
        elif known is not None and known.fresh_until_s > now_s:
            return known
        if credential.startswith(KEY_PREFIX):
            return None
        try:
            found = self._read(credential, now_s)
        except WrongCredentials:
            self._remember(credential, now_s + UNKNOWN_S_MAX)
            raise
        self._remember(credential, found)
        return found

    def _remember(self, credential: str, found: Caller | float) -> None:
        self._known[credential] = found
        self._known.move_to_end(credential)
        if len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)

    def _read(self, token: str, now_s: float) -> Caller:
        try:
            at_s = time.time()
            claims = tokens.verify(self._signing_key, token, now=int(at_s))
        except tokens.BadToken:
            raise WrongCredentials from None
        if claims.get("kind") != "viewer":
            raise WrongCredentials
        viewer = str(claims["viewer"])
        until_s = now_s + min(KNOWN_S_MAX, float(claims["exp"]) - at_s)
        return Caller(
            credential=token,
            name=f"viewer:{viewer}",
            base_id=str(claims["base"]),
            viewer=viewer,
            show=claims.get("show"),
            waits=bool(claims.get("waits")),
            scopes=frozenset(),
            expires_s=until_s,
            fresh_until_s=until_s,
        )

    async def _ask(self, key: str) -> Caller:
        """Ask intake once, however many requests wait for the same key."""
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.create_task(self._authenticate(key))
            self._asking[key] = asking
            asking.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(asking)

    async def _authenticate(self, key: str) -> Caller:
        try:
            found = await self._authenticated(key)
        except WrongCredentials:
            self._remember(key, time.monotonic() + UNKNOWN_S_MAX)
            raise
        self._remember(key, found)
        return found

    async def _authenticated(self, key: str) -> Caller:
        try:
            known: dict[str, Any] = await self._intake.call(
                "intake.authenticate", {"key": key}, deadline_s=AUTHENTICATE_S_MAX
            )
        except WireRefused as refused:
            if refused.status == WrongCredentials.status:
                raise WrongCredentials from None
            raise RoleAway(role="intake", retry_after_s=1) from refused  # its trouble says nothing about the key
        except WireError as error:
            raise RoleAway(role="intake", retry_after_s=1) from error
        return Caller(
            credential=key,
            name="key:" + str(known.get("key_id") or hashlib.sha256(key.encode()).hexdigest()[:16]),
            base_id=str(known["base_id"]),
            viewer=None,
            show=None,
            scopes=frozenset(known["scopes"]),
            expires_s=time.monotonic() + KNOWN_S_MAX,
            fresh_until_s=time.monotonic() + FRESH_S_MAX,
        )
