"""The link with which somebody sets a password. It is shown to whoever made it, once, and holds ids only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from silkcast.domains.base.contracts import PersonView
from silkcast.domains.base.errors import InvitationInvalid
from silkcast.domains.base.queries import get_person
from silkcast.kernel.canonical import read_uuid
from silkcast.kernel.errors import Missing, SilkcastError
from silkcast.kernel.http import opened, signed
from silkcast.kernel.settings import load

INVITATION_DAYS = 7
NEW_PASSWORD_DAYS = 1  # to whoever was in already


def password_link(person_id: UUID) -> str:
    """The link that is out for a person; InvitationInvalid when it was used, or none was made."""
    person = get_person(person_id)
    if person.invited_at is None:
        raise InvitationInvalid
    days = INVITATION_DAYS if person.is_invited else NEW_PASSWORD_DAYS
    made_at = person.invited_at.isoformat()
    since = person.invited_at.timestamp()
    ids = {"base": str(person.base_id), "person": str(person.id)}
    token = signed("invitation", days=days, since=since, made_at=made_at, **ids)
    return f"{load().origin}/invitation/{token}"


def person_of_link(token: str) -> tuple[PersonView, datetime]:
    """Whose password a link sets and when it was made; InvitationInvalid once it was used, replaced or too old."""
    try:
        claims = opened("invitation", token)
        person = get_person(read_uuid(claims["person"]))
        made_at = datetime.fromisoformat(claims["made_at"])
    except (Missing, KeyError, ValueError):
        raise InvitationInvalid from None
    except SilkcastError as error:
        if error.status == 401:
            raise InvitationInvalid from None
        raise
    if person.invited_at != made_at:
        raise InvitationInvalid
    return person, made_at
