from __future__ import annotations

from typing import Any
from uuid import UUID

from silkcast.domains.base.api import api_key_names, list_sessions, list_sign_ins, person_names
from silkcast.domains.base.contracts import PersonView, SessionView, SignInOutcome, SignInView
from silkcast.domains.control_room.labels import SIGN_IN_OUTCOMES, options
from silkcast.domains.control_room.queries.listing import ROWS, offset, page_of
from silkcast.kernel.context import Context


def sessions(ctx: Context, person: PersonView, here: SessionView) -> dict[str, Any]:
    """One's own open sessions, this one first."""
    found = sorted(list_sessions(ctx, person.id), key=lambda session: session.id != here.id)
    return {
        "sessions": [
            {
                "id": session.id,
                "device": session.device,
                "network": session.network,
                "began_at": session.began_at,
                "seen_at": session.seen_at,
                "is_here": session.id == here.id,
            }
            for session in found
        ]
    }


def own_sign_ins(ctx: Context, person: PersonView, number: int) -> dict[str, Any]:
    found, total = list_sign_ins(ctx, person_id=person.id, offset=offset(number), limit=ROWS)
    return {"page": page_of(_rows(ctx, found), total, number)}


def all_sign_ins(ctx: Context, *, person: str, outcome: str, number: int) -> dict[str, Any]:
    """The whole base's, or of one person or outcome: a name that there is not narrows nothing."""
    people = {str(person_id): name for person_id, name in person_names(ctx).items()}
    found, total = list_sign_ins(
        ctx,
        person_id=UUID(person) if person in people else None,
        outcome=SignInOutcome(outcome) if outcome in set(SignInOutcome) else None,
        offset=offset(number),
        limit=ROWS,
    )
    return {
        "page": page_of(_rows(ctx, found), total, number),
        "person": person,
        "outcome": outcome,
        "people": [{"value": value, "words": words} for value, words in sorted(people.items(), key=lambda row: row[1])],
        "outcomes": options(SIGN_IN_OUTCOMES),
    }


def _rows(ctx: Context, found: list[SignInView]) -> list[dict[str, Any]]:
    names = {str(doer): name for names in (api_key_names(ctx), person_names(ctx)) for doer, name in names.items()}
    return [
        {
            "at": entry.at,
            "name": names.get(str(entry.person_id), ""),
            "outcome": entry.outcome.value,
            "outcome_words": SIGN_IN_OUTCOMES[entry.outcome],
            "times": entry.times,
            "device": entry.device,
            "network": entry.network,
            "done_by": names.get(entry.done_by, ""),
        }
        for entry in found
    ]
