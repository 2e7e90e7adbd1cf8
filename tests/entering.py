"""A browser in which somebody is signed in, without the password that `/login` asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.test import Client

from silkcast.domains.base.api import SignIn, context_of_person, person_view
from silkcast.domains.base.models import Person
from silkcast.domains.control_room.entering import SESSION
from silkcast.kernel.actions import run
from silkcast.kernel.ids import PersonId, SessionId, new_id


def entered(person_id: UUID, **options: Any) -> Client:
    client = Client(**options)
    row = Person.objects.get(id=person_id)
    client.force_login(row)
    session_id = SessionId(new_id())
    wanted = SignIn(
        person_id=PersonId(row.id), session_id=session_id, device="Firefox · Linux", network="203.0.113.0/24"
    )
    run(context_of_person(person_view(row), datetime.now(UTC)), wanted)
    session = client.session
    session[SESSION] = str(session_id)
    session.save()
    client.cookies["sessionid"] = session.session_key or ""
    return client
