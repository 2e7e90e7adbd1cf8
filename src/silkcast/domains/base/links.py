"""The link with which somebody sets a password. It is shown to whoever made it, once, and holds ids only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from silkcast.domains.base.contracts import LinkMade, PersonView
from silkcast.domains.base.errors import InvitationInvalid
from silkcast.domains.base.queries import get_person
from silkcast.kernel.canonical import read_uuid
from silkcast.kernel.errors import Missing, SilkcastError
from silkcast.kernel.http import opened, signed
from silkcast.kernel.settings import load

INVITATION_DAYS = 7
NEW_PASSWORD_DAYS = 1  # to whoever was in already


def password_link(answer: LinkMade | Mapping[str, Any]) -> str:
    """The link that an action made, by its answer or what a repeat gets of it.

    InvitationInvalid once that very link was used or another is out: a repeat shows nobody what was made since, for
    somebody who may have got more rights by then.
    """
    try:
        made = answer if isinstance(answer, LinkMade) else msgspec.convert(answer, LinkMade)
    except msgspec.ValidationError:  # an answer from before links were told apart
        raise InvitationInvalid from None
    person = get_person(made.person_id)
    if person.invited_at != made.link_made_at:
        raise InvitationInvalid
    days = INVITATION_DAYS if person.is_invited else NEW_PASSWORD_DAYS
    made_at, since = made.link_made_at.isoformat(), made.link_made_at.timestamp()
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
