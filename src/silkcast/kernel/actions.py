"""Everything that can be done, declared once; the runner owns the transaction.

Screens, REST, rules and the command line run the same action. Change, idempotency record, audit row and events are
one commit; an action's body never opens one.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import msgspec

from silkcast.kernel.commits import committed
from silkcast.kernel.context import Context, require
from silkcast.kernel.errors import IdempotencyMismatch, NotAllowed, SilkcastError
from silkcast.kernel.events import announced
from silkcast.kernel.ids import new_id
from silkcast.kernel.runs import Run, replayed, write_runs
from silkcast.kernel.storage.batches import in_transaction

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Action:
    """`many`: the body takes (contexts, requests) and answers each.

    `personal`: fields kept out of the audit. `derived`: fields that the caller worked out, so that a repeat may differ
    in them. `by_merchant`: a merchant's actor may do it to the merchant's own rows; all else needs the whole base.
    """

    name: str
    request: type[Any]
    permission: str
    body: Callable[..., Any]
    icon: str
    many: bool
    personal: frozenset[str]
    derived: frozenset[str]
    by_merchant: bool


ACTIONS: dict[str, Action] = {}
_by_request: dict[type[Any], Action] = {}


def action(
    name: str,
    *,
    request: type[Any],
    permission: str = "",
    icon: str = "bolt",
    many: bool = False,
    personal: Sequence[str] = (),
    derived: Sequence[str] = (),
    by_merchant: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a verb. The permission is the action's own name unless it shares another's."""

    def register(body: Callable[P, R]) -> Callable[P, R]:
        assert name not in ACTIONS, f"{name} is declared twice"
        assert request not in _by_request, f"{request.__name__} asks for two actions"
        declared = Action(
            name, request, permission or name, body, icon, many, frozenset(personal), frozenset(derived), by_merchant
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
    assert not declared.many, f"{declared.name} takes a batch; use run_many"
    answer = run_in(declared, ctx, request, key)
    committed()
    return answer


def run_in(declared: Action, ctx: Context, request: Any, key: str | None) -> Any:
    with in_transaction():
        return run_within(declared, ctx, request, key)


def run_nested(ctx: Context, request: Any) -> Any:
    """Do it inside the transaction of a reaction or of another action: one commit for all."""
    return run_within(_by_request[type(request)], ctx, request, None)


def run_within(declared: Action, ctx: Context, request: Any, key: str | None) -> Any:
    require_for(declared, ctx, request)
    digest = digest_of(declared, request) if key else ""
    if key:
        before = replayed([(ctx, key)]).get((ctx.base_id, ctx.actor.id, key))
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
    """Do a batch of one hot action in one transaction; each gets its own result or refusal (SilkcastError).

    `digests` stand for what each caller sent, before ids were made for it. The body returns one answer per request,
    with the events that each announces. The first of two equal keys in a batch is done, the later ones get its
    answer.
    """
    declared = _by_request[type(requests[0])]
    assert declared.many
    answers: list[Any] = [None] * len(requests)
    with in_transaction():
        earlier = replayed(list(zip(contexts, keys, strict=True)))
        first: dict[tuple[Any, str, str], int] = {}
        todo: list[int] = []
        for index, (ctx, key) in enumerate(zip(contexts, keys, strict=True)):
            name = (ctx.base_id, ctx.actor.id, key)
            before = earlier.get(name)
            refused = _refused(declared, ctx, requests[index])
            if refused is not None:
                answers[index] = refused
            elif before is not None:
                answers[index] = (
                    Replayed(before.answer) if before.digest == digests[index] else IdempotencyMismatch(key=key)
                )
            elif name in first:
                answers[index] = first[name]
            else:
                first[name] = index
                todo.append(index)
        runs = [
            Run(run_id=new_id(), ctx=contexts[i], action=declared.name, request="", key=keys[i], digest=digests[i])
            for i in todo
        ]
        done = declared.body([r.ctx.because(r.run_id) for r in runs], [requests[i] for i in todo]) if todo else []
        kept: list[Run] = []
        for this, index, outcome in zip(runs, todo, done, strict=True):
            answers[index] = outcome
            if not isinstance(outcome, SilkcastError):
                this.request = redacted(declared, requests[index])
                this.events, this.answer = outcome.events, msgspec.json.encode(outcome.answer).decode()
                kept.append(this)
        write_runs(kept)
    committed()
    return [_settled(answers, index, digests) for index in range(len(answers))]


def _refused(declared: Action, ctx: Context, request: Any) -> NotAllowed | None:
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
    answer = answers[index]
    if not isinstance(answer, int):
        return answer
    if digests[answer] != digests[index]:
        return IdempotencyMismatch(key="")
    twin = answers[answer]
    return twin if isinstance(twin, SilkcastError) else Replayed(msgspec.json.encode(twin.answer).decode())


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
