"""How a base comes into being, and how one that was only simulated goes again, wholly."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.apps import apps

from silkcast.domains.base.contracts import BaseKind, BaseView, Role
from silkcast.domains.base.errors import SlugTaken
from silkcast.domains.base.models import Base, Person, RoleGrant
from silkcast.domains.base.queries import get_base
from silkcast.kernel.errors import NotAllowed
from silkcast.kernel.ids import new_id
from silkcast.kernel.money import exponent
from silkcast.kernel.storage import guards
from silkcast.kernel.storage.turns import in_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    slug: str
    name: str
    kind: BaseKind
    currency: str
    time_zone: str
    operator_email: str
    operator_name: str
    password: str


def found_base(founding: Founding) -> BaseView:
    """Make a base with its first operator; only the installation's owner can, from the command line."""
    exponent(founding.currency)
    with in_transaction():
        if Base.objects.filter(slug=founding.slug).exists():
            raise SlugTaken(slug=founding.slug)
        base = Base(
            id=new_id(),
            slug=founding.slug,
            name=founding.name,
            kind=founding.kind.value,
            currency=founding.currency,
            time_zone=founding.time_zone,
        )
        base.save(force_insert=True)
        person = Person(
            id=new_id(), base_id=base.id, email=founding.operator_email.lower(), name=founding.operator_name
        )
        person.set_password(founding.password)
        person.save(force_insert=True)
        RoleGrant(base_id=base.id, person_id=person.id, role=Role.OPERATOR.value).save(force_insert=True)
    return get_base(base.id)


def remove_base(base_id: UUID) -> dict[str, int]:
    """Delete every row of a simulated base, immutable ones too; rows removed per table. A real base is refused."""
    if get_base(base_id).kind is not BaseKind.DEMO:
        raise NotAllowed(verb="base.remove")
    removed: dict[str, int] = {}
    with in_transaction(), guards.lifted():
        for model in apps.get_models():
            if any(field.column == "base_id" for field in model._meta.local_fields):
                rows = model._base_manager.filter(base_id=base_id)
                scoped = rows.across_bases() if hasattr(rows, "across_bases") else rows
                count = scoped._raw_delete(using="default")
                removed[model._meta.db_table] = count
        Base.objects.filter(id=base_id).delete()
    return {table: count for table, count in removed.items() if count}
