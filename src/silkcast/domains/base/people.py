from __future__ import annotations

from uuid import UUID

from silkcast.domains.base.models import Person
from silkcast.kernel.storage.turns import in_transaction


def set_password(person_id: UUID, password: str) -> None:
    """Give a person their password; by themselves through an invitation, or by the demo's seed."""
    person = Person.objects.get(id=person_id)
    person.set_password(password)
    with in_transaction():
        person.save(update_fields=["password"])
