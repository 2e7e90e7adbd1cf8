"""Reads of sessions and of the log of sign-ins, and the note that a session was used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from silkcast.domains.base.access import context_of_person
from silkcast.domains.base.contracts import SESSION_DAYS, SessionView, SignInOutcome, SignInView
from silkcast.domains.base.models import Person, RoleGrant, Session, SignInEntry
from silkcast.domains.base.queries import person_with
from silkcast.kernel.canonical import read_uuid
from silkcast.kernel.context import Context, permits
from silkcast.kernel.ids import PersonId, SessionId
from silkcast.kernel.storage.lookups import columns_of
from silkcast.kernel.storage.turns import in_transaction

SESSION_COLUMNS = ("id", "person_id", "device", "network", "began_at", "seen_at")
SEEN_EVERY_S = 300  # how finely "last seen" is known: a page view does not write


def _views(rows: Iterable[tuple[Any, ...]], at: datetime) -> list[SessionView]:
    """Of those that have not come to their end."""
    oldest = at - timedelta(days=SESSION_DAYS)
    return [
        SessionView(
            id=SessionId(session_id),
            person_id=PersonId(person_id),
            device=device,
            network=network,
            began_at=began_at,
            seen_at=seen_at,
        )
        for session_id, person_id, device, network, began_at, seen_at in rows
        if began_at > oldest
    ]


def find_session(base_id: UUID, person_id: UUID, session_id: str, at: datetime) -> SessionView | None:
    """The session that a cookie names, if it is still open and that person's."""
    try:
        wanted = read_uuid(session_id)
    except ValueError:
        return None
    found = columns_of(Session, SESSION_COLUMNS, base_id, id=[wanted], person_id=[person_id])
    return next(iter(_views(found, at)), None)


def list_sessions(ctx: Context, person_id: UUID) -> list[SessionView]:
    """Somebody's open sessions, the one last seen first."""
    rows = columns_of(Session, SESSION_COLUMNS, ctx.base_id, person_id=[person_id])
    return sorted(_views(rows, ctx.at), key=lambda session: session.seen_at, reverse=True)


def last_seen(ctx: Context) -> dict[UUID, datetime]:
    """When each person who has an open session was last here."""
    seen: dict[UUID, datetime] = {}
    for session in _views(columns_of(Session, SESSION_COLUMNS, ctx.base_id), ctx.at):
        seen[session.person_id] = max(session.seen_at, seen.get(session.person_id, session.seen_at))
    return seen


def note_seen(session: SessionView, base_id: UUID, at: datetime) -> None:
    """That it was used just now, written once every few minutes at most."""
    if at - session.seen_at >= timedelta(seconds=SEEN_EVERY_S):
        with in_transaction(base_id):
            Session.objects.of(base_id).filter(id=session.id).update(seen_at=at)


def sessions_that_may(verb: str, session_ids: Iterable[str], at: datetime) -> list[str]:
    """Those of the sessions, of whatever base, that are open and whose person may still do that."""
    rows = Session.objects.across_bases().filter(id__in=[UUID(each) for each in session_ids])
    sessions = {row.id: row for row in rows if row.began_at > at - timedelta(days=SESSION_DAYS)}
    person_ids = {row.person_id for row in sessions.values()}
    people = {row.id: row for row in Person.objects.filter(id__in=person_ids, is_active=True)}
    grants: dict[UUID, list[RoleGrant]] = {}
    for grant in RoleGrant.objects.across_bases().filter(person_id__in=person_ids):
        grants.setdefault(grant.person_id, []).append(grant)
    return [
        str(session_id)
        for session_id, row in sessions.items()
        if (person := people.get(row.person_id)) is not None
        and permits(context_of_person(person_with(person, grants.get(person.id, [])), at), verb)
    ]


def list_sign_ins(
    ctx: Context,
    *,
    person_id: UUID | None = None,
    outcome: SignInOutcome | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[SignInView], int]:
    """The log, newest first, and how many lines of it there are."""
    rows = SignInEntry.objects.of(ctx.base_id).order_by("-at", "-id")
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    if outcome is not None:
        rows = rows.filter(outcome=outcome.value)
    return [
        SignInView(
            id=str(row.id),
            at=row.at,
            person_id=PersonId(row.person_id),
            outcome=SignInOutcome(row.outcome),
            times=row.times,
            device=row.device,
            network=row.network,
            done_by=row.done_by,
        )
        for row in rows[offset : offset + limit]
    ], rows.count()
