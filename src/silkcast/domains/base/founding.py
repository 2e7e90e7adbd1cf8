"""How a base comes into being, and how one that was only simulated goes again, wholly."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from uuid import UUID

from django.apps import apps

from silkcast.domains.base.contracts import BaseKind, BaseView, Role
from silkcast.domains.base.errors import EmailTaken, SlugInvalid, SlugTaken
from silkcast.domains.base.models import Base, Person, RoleGrant
from silkcast.domains.base.passwords import require_strength
from silkcast.domains.base.queries import get_base
from silkcast.kernel.errors import NotAllowed
from silkcast.kernel.ids import new_id
from silkcast.kernel.money import exponent
from silkcast.kernel.places import zone_of
from silkcast.kernel.storage import guards
from silkcast.kernel.storage.turns import in_transaction
from silkcast.kernel.texts import email_of, mailbox, name_of


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


SLUG = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_LENGTH_MAX = 40


def checked(founding: Founding) -> Founding:
    """As it is kept; refuses whatever some page, link or posting could not live with."""
    if SLUG.fullmatch(founding.slug) is None or len(founding.slug) > SLUG_LENGTH_MAX:
        raise SlugInvalid(field="slug", slug=founding.slug, most=SLUG_LENGTH_MAX)
    exponent(founding.currency)
    good = replace(
        founding,
        name=name_of(founding.name),
        time_zone=zone_of(founding.time_zone),
        operator_email=mailbox(email_of(founding.operator_email)),
        operator_name=name_of(founding.operator_name, field="operator"),
    )
    require_strength(founding.password, email=good.operator_email, name=good.operator_name)
    return good


def found_base(wanted: Founding) -> BaseView:
    """Make a base with its first operator; only the installation's owner can, from the command line."""
    founding = checked(wanted)
    with in_transaction():
        if Base.objects.filter(slug=founding.slug).exists():
            raise SlugTaken(slug=founding.slug)
        if Person.objects.called(founding.operator_email).exists():
            raise EmailTaken(email=founding.operator_email)
        base = Base(
            id=new_id(),
            slug=founding.slug,
            name=founding.name,
            kind=founding.kind.value,
            currency=founding.currency,
            time_zone=founding.time_zone,
        )
        base.save(force_insert=True)
        person = Person(id=new_id(), base_id=base.id, email=founding.operator_email, name=founding.operator_name)
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
