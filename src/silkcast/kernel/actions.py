"""Everything that can be done, declared once; the runner owns the transaction.

Screens, REST, rules and the command line run the same action. Change, idempotency record, audit row and events are
one commit; an action's body never opens one.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import msgspec
from django.db import DataError, IntegrityError, OperationalError
from pysqlite3.dbapi2 import OperationalError as KeysFailed

from silkcast.kernel.commits import committed
from silkcast.kernel.context import Context, require
from silkcast.kernel.errors import (
    Contradicts,
    IdempotencyMismatch,
    Invalid,
    NotAllowed,
    Overloaded,
    SilkcastError,
    StorageAway,
)
from silkcast.kernel.events import announced
from silkcast.kernel.ids import new_id, new_ids
from silkcast.kernel.runs import Name, Run, replayed, write_runs
from silkcast.kernel.storage.rules import rule_of
from silkcast.kernel.storage.turns import found_no_turn, in_transaction, shard_of

logger = logging.getLogger(__name__)
RETRY_AFTER_S = 2
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Action:
    """`icon`: a symbol of `ui/icons.svg`. `prepare`: a hot action, done by the batch: see `run_many`.

    `shards`: what a draft of it takes turns for. `personal`: fields kept out of the audit. `derived`: fields that the
    caller worked out, so that a repeat may differ in them. `by_merchant`: a merchant's actor may do it to the
    merchant's own rows; all else needs the whole base.
    """

    name: str
    request: type[Any]
    permission: str
    body: Callable[..., Any]
    icon: str
    personal: frozenset[str]
    derived: frozenset[str]
    by_merchant: bool
    prepare: Callable[[Sequence[Context], Sequence[Any]], Sequence[Any]] | None
    shards: Callable[[Any], Iterable[UUID]] | None


ACTIONS: dict[str, Action] = {}
_by_request: dict[type[Any], Action] = {}


def action(
    name: str,
    *,
    request: type[Any],
    icon: str,
    permission: str = "",
    prepare: Callable[[Sequence[Context], Sequence[Any]], Sequence[Any]] | None = None,
    shards: Callable[[Any], Iterable[UUID]] | None = None,
    personal: Sequence[str] = (),
    derived: Sequence[str] = (),
    by_merchant: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a verb. The permission is the action's own name unless it shares another's."""

    def register(body: Callable[P, R]) -> Callable[P, R]:
        assert name not in ACTIONS, f"{name} is declared twice"
        assert request not in _by_request, f"{request.__name__} asks for two actions"
        declared = Action(
            name=name,
            request=request,
            permission=permission or name,
            body=body,
            icon=icon,
            personal=frozenset(personal),
            derived=frozenset(derived),
            by_merchant=by_merchant,
            prepare=prepare,
            shards=shards,
        )
        ACTIONS[name] = _by_request[request] = declared
        return body

    return register


def run(ctx: Context, request: Any, *, key: str | None = None) -> Any:
    """Do it in one transaction and return the action's result.

    With a `key`, a repeat returns the first answer (as plain data) and does nothing; another request under the same
    key raises IdempotencyMismatch. Any refusal rolls everything back.
    """
    declared = _by_request[type(request)]
    assert declared.prepare is None, f"{declared.name} takes a batch; use run_many"
    with storing(), within_rules(declared.name):
        answer = run_in(declared, ctx, request, key)
    committed()
    return answer


def run_in(declared: Action, ctx: Context, request: Any, key: str | None) -> Any:
    with in_transaction(ctx.base_id):
        return run_within(declared, ctx, request, key)


def run_nested(ctx: Context, request: Any) -> Any:
    """Do it inside the transaction of a reaction or of another action: one commit for all."""
    return run_within(_by_request[type(request)], ctx, request, None)


def run_within(declared: Action, ctx: Context, request: Any, key: str | None) -> Any:
    require_for(declared, ctx, request)
    digest = digest_of(declared, request) if key else ""
    if key:
        name = (ctx.base_id, ctx.actor.id, key)
        before = replayed([name]).get(name)
        if before is not None:
            if before.digest != digest:
                raise IdempotencyMismatch(key=key)
            return msgspec.json.decode(before.answer)
    this = Run(run_id=new_id(), ctx=ctx, action=declared.name, request=redacted(declared, request))
    token = announced.set([])
    try:
        answer = declared.body(ctx.because(this.run_id), request)
        this.events = [fact for _, fact in announced.get() or []]
    finally:
        announced.reset(token)
    if key:
        this.key, this.digest, this.answer = key, digest, msgspec.json.encode(answer).decode()
    write_runs([this])
    return answer


def run_many(
    contexts: Sequence[Context], requests: Sequence[Any], keys: Sequence[str], digests: Sequence[str]
) -> list[Any]:
    """Do a batch of one hot action in at most one transaction; each gets its own result or refusal (SilkcastError).

    First the action's `prepare` reads, outside any transaction, and answers each request with a draft or a refusal.
    Drafts go to the body, which answers each with what it did or a refusal, inside the transaction; where there are
    none, none is opened. A refusal leaves no row, so its key may be tried again. `digests` stand for what each caller
    sent, before ids were made for it. The first of two equal keys in a batch is done, the later ones get its answer.
    """
    declared = _by_request[type(requests[0])]
    prepare, shards = declared.prepare, declared.shards
    assert prepare is not None, f"{declared.name} takes one at a time; use run"
    assert shards is not None, f"{declared.name} does not say what it takes turns for"
    asked = [_Asked(*each) for each in zip(contexts, requests, keys, digests, strict=True)]
    answers: list[Any] = [_not_allowed(declared, each.ctx, each.request) for each in asked]
    allowed = [index for index, refused in enumerate(answers) if refused is None]
    with storing():
        drafts = prepare([contexts[index] for index in allowed], [requests[index] for index in allowed])
    hopeful: dict[int, Any] = {}
    for index, draft in zip(allowed, drafts, strict=True):
        if isinstance(draft, SilkcastError):
            answers[index] = draft
        else:
            hopeful[index] = draft
    # What can no longer be done may have been done before.
    with storing():
        before = _given_before(asked, [index for index in allowed if index not in hopeful])
    for index, given in before.items():
        answers[index] = given
    if hopeful:
        turns = {
            (asked[index].ctx.base_id, shard_of(name)) for index, draft in hopeful.items() for name in shards(draft)
        }
        with storing(), in_transaction(shards=turns):
            _do_many(declared, asked, hopeful, answers)
        committed()
    return [_settled(answers, index, digests) for index in range(len(answers))]


@contextmanager
def storing() -> Iterator[None]:
    """A full disk, a lost server or (on PostgreSQL) a turn that did not come is said as what it is; ask again later."""
    try:
        yield
    except (OperationalError, KeysFailed) as error:
        if found_no_turn(error):
            logger.warning("kernel.no_turn", extra={"facts": {"reason": str(error)}})
            raise Overloaded(retry_after_s=RETRY_AFTER_S) from error
        logger.error("kernel.storage_away", extra={"facts": {"reason": str(error)}})
        raise StorageAway(retry_after_s=RETRY_AFTER_S) from error


@contextmanager
def within_rules(name: str) -> Iterator[None]:
    """What the tables themselves refuse is a refusal with a code, and stands in the log: nothing of it was done."""
    try:
        yield
    except IntegrityError as error:
        logger.warning("kernel.contradicts", exc_info=True, extra={"facts": {"action": name}})
        raise Contradicts(rule=rule_of(error)) from error
    except (DataError, OverflowError) as error:  # a number or a text that no column holds
        logger.warning("kernel.out_of_range", exc_info=True, extra={"facts": {"action": name}})
        raise Invalid(reason="range") from error


@dataclass(slots=True)
class _Asked:
    ctx: Context
    request: Any
    key: str
    digest: str

    @property
    def name(self) -> Name:
        return (self.ctx.base_id, self.ctx.actor.id, self.key)


def _do_many(declared: Action, asked: Sequence[_Asked], drafts: dict[int, Any], answers: list[Any]) -> None:
    before = _given_before(asked, list(drafts))
    first: dict[Name, int] = {}
    for index in drafts:
        answers[index] = before.get(index) or first.setdefault(asked[index].name, index)
    runs: list[Run] = []
    for index, run_id in zip(first.values(), new_ids(len(first)), strict=True):
        this = asked[index]
        runs.append(
            Run(run_id=run_id, ctx=this.ctx, action=declared.name, request="", key=this.key, digest=this.digest)
        )
    if not runs:
        return
    outcomes = declared.body([r.ctx.because(r.run_id) for r in runs], [drafts[index] for index in first.values()])
    done: list[Run] = []
    for each, index, outcome in zip(runs, first.values(), outcomes, strict=True):
        answers[index] = outcome
        if not isinstance(outcome, SilkcastError):
            each.request = redacted(declared, asked[index].request)
            each.events, each.answer = outcome.events, msgspec.json.encode(outcome.answer).decode()
            done.append(each)
    write_runs(done)


def _given_before(asked: Sequence[_Asked], indexes: Sequence[int]) -> dict[int, Replayed | IdempotencyMismatch]:
    earlier = replayed([asked[index].name for index in indexes])
    found: dict[int, Replayed | IdempotencyMismatch] = {}
    for index in indexes if earlier else ():
        before = earlier.get(asked[index].name)
        if before is not None:
            same = before.digest == asked[index].digest
            found[index] = Replayed(before.answer) if same else IdempotencyMismatch(key=asked[index].key)
    return found


def _not_allowed(declared: Action, ctx: Context, request: Any) -> NotAllowed | None:
    try:
        require_for(declared, ctx, request)
    except NotAllowed as refused:
        return refused
    return None


@dataclass(frozen=True, slots=True)
class Done:
    """What a hot action's body returns for one request that it did."""

    answer: Any
    events: list[Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The first answer to a repeated key, as the JSON that was sent then."""

    answer: str


def _settled(answers: list[Any], index: int, digests: Sequence[str]) -> Any:
    """A later twin of a key gets what became of the first."""
    answer = answers[index]
    if not isinstance(answer, int):
        return answer
    if digests[answer] != digests[index]:
        return IdempotencyMismatch(key="")
    twin = answers[answer]
    return Replayed(msgspec.json.encode(twin.answer).decode()) if isinstance(twin, Done) else twin


def require_for(declared: Action, ctx: Context, request: Any) -> None:
    """NotAllowed unless a grant covers the verb there; a merchant's grant covers only what is that merchant's."""
    merchant_id = (getattr(request, "merchant_id", None) or ctx.merchant_id) if declared.by_merchant else None
    if declared.by_merchant and ctx.merchant_id is not None and merchant_id != ctx.merchant_id:
        raise NotAllowed(verb=declared.permission)
    require(ctx, declared.permission, merchant_id=merchant_id, room_id=getattr(request, "room_id", None))


def digest_of(declared: Action, request: Any) -> str:
    asked = msgspec.to_builtins(request)
    for name in declared.derived:
        asked.pop(name, None)
    return hashlib.sha256(declared.name.encode() + msgspec.json.encode(asked, order="sorted")).hexdigest()


def redacted(declared: Action, request: Any) -> str:
    """The request as the audit keeps it: ids and figures, never what a person is or wrote."""
    if not declared.personal:
        return msgspec.json.encode(request).decode()
    plain = msgspec.to_builtins(request)
    return msgspec.json.encode({name: value for name, value in plain.items() if name not in declared.personal}).decode()
