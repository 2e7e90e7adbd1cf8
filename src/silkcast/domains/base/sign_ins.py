"""The log of sign-ins, and the ending of sessions; what actions share that let people in and out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F

from silkcast.domains.base.contracts import SignInOutcome
from silkcast.domains.base.events import SessionEnded
from silkcast.domains.base.models import Person, Session, SignInEntry
from silkcast.kernel.context import SYSTEM, ActorKind, Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import BaseId, PersonId, SessionId, new_id
from silkcast.kernel.storage.turns import in_transaction

KEPT_DAYS = 400  # a year, and time to ask about it
REFUSALS_JOINED_S = 3_600
REFUSALS_A_DAY_MAX = 100  # rows for one person, however many networks try; what comes beyond is counted in the newest


def note(ctx: Context, person_id: PersonId, outcome: SignInOutcome, *, device: str = "", network: str = "") -> None:
    """One line of the log, inside the transaction of what it tells of; the person's oldest lines go."""
    rows = SignInEntry.objects.of(ctx.base_id).filter(person_id=person_id)
    rows.filter(at__lt=ctx.at - timedelta(days=KEPT_DAYS)).delete()
    by_another = ctx.actor.kind in {ActorKind.PERSON, ActorKind.KEY} and ctx.actor.id != str(person_id)
    SignInEntry(
        id=new_id(),
        base_id=ctx.base_id,
        at=ctx.at,
        person_id=person_id,
        outcome=outcome.value,
        times=1,
        device=device,
        network=network,
        done_by=ctx.actor.id if by_another else "",
    ).save(force_insert=True)


def note_refusal(email: str, device: str, network: str, at: datetime) -> None:
    """Somebody could not sign in as this person. Outside any action: strangers could fill the audit with theirs.

    An address that nobody signs in with leaves nothing: there is no base that it could be told to.
    """
    person = Person.objects.called(email).first()
    if person is None:
        return
    ctx = Context(base_id=BaseId(person.base_id), actor=SYSTEM, at=at)
    with in_transaction(ctx.base_id):
        refused = SignInEntry.objects.of(ctx.base_id).filter(
            person_id=person.id, outcome=SignInOutcome.REFUSED.value, at__gte=at - timedelta(days=1)
        )
        recent = refused.filter(network=network, at__gte=at - timedelta(seconds=REFUSALS_JOINED_S))
        same = recent.order_by("-at").first()
        if same is None and refused.count() >= REFUSALS_A_DAY_MAX:
            same = refused.order_by("-at").first()
        if same is not None:
            SignInEntry.objects.of(ctx.base_id).filter(id=same.id).update(times=F("times") + 1, at=at)
        else:
            note(ctx, PersonId(person.id), SignInOutcome.REFUSED, device=device, network=network)


def end_sessions(ctx: Context, sessions: Iterable[Session], outcome: SignInOutcome) -> None:
    """Close browsers that are signed in, inside an action."""
    for session in sessions:
        Session.objects.of(ctx.base_id).filter(id=session.id).delete()
        person_id = PersonId(session.person_id)
        note(ctx, person_id, outcome, device=session.device, network=session.network)
        announce(ctx, SessionEnded(person_id=person_id, session_id=SessionId(session.id)))


def sessions_of(ctx: Context, person_id: PersonId) -> list[Session]:
    return list(Session.objects.of(ctx.base_id).filter(person_id=person_id).order_by("-seen_at"))
