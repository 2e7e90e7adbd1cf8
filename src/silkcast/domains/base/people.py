from __future__ import annotations

from uuid import UUID

from silkcast.domains.base.models import Person
from silkcast.kernel.storage.turns import in_transaction


def set_password(person_id: UUID, password: str) -> None:
    """Give a person their password without a link, as the seed of the demo does; one that was out is void."""
    person = Person.objects.get(id=person_id)
    person.set_password(password)
    person.invited_at = None
    with in_transaction():
        person.save(update_fields=["password", "invited_at"])
