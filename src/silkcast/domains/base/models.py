"""Who and where. `Base` is the root of every other row's ownership, so it has no owner itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from silkcast.domains.base.contracts import BaseKind, Role, RoomKind, SignInOutcome
from silkcast.kernel.ids import new_id
from silkcast.kernel.signs import opaque
from silkcast.kernel.storage.guards import SameBase
from silkcast.kernel.storage.ownership import Owned, ScopedQuerySet
from silkcast.kernel.texts import mailbox


def _choices(kinds: Any) -> list[tuple[str, str]]:
    return [(kind.value, kind.name) for kind in kinds]


class Base(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=_choices(BaseKind))
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Merchant(Owned):
    """`commission_bp`: the base's share of sales, in hundredths of a percent, as their contract says."""

    name = models.CharField(max_length=80)
    commission_bp = models.PositiveIntegerField()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["base_id", "name"], name="merchant_name_is_unique_in_its_base"),
            models.CheckConstraint(condition=Q(commission_bp__lte=10_000), name="commission_is_at_most_everything"),
        ]

    def __str__(self) -> str:
        return self.name


class Room(Owned):
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=_choices(RoomKind))
    time_zone = models.CharField(max_length=40)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["base_id", "number"], name="room_number_is_unique_in_its_base")]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    def called(self, email: str) -> models.QuerySet[Person]:
        """Not a pattern: SQLite refuses long ones."""
        return self.filter(email=mailbox(email))

    def get_by_natural_key(self, email: str | None) -> Person:
        return self.called(email or "").get()


class Person(AbstractBaseUser):
    """Somebody who signs in. Belongs to one base for good."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    base_id = models.UUIDField()
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=10, default="en")
    is_active = models.BooleanField(default=True)
    invited_at = models.DateTimeField(null=True)

    objects: ClassVar[PersonManager] = PersonManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(None if raw_password is None else opaque(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """As it is hashed now, or as it was typed when it was set."""
        if raw_password is None:
            return False
        meant = opaque(raw_password)
        return super().check_password(meant) or (meant != raw_password and super().check_password(raw_password))

    @property
    def is_staff(self) -> bool:
        """Whether the back office opens: for operators of the base only."""
        return RoleGrant.objects.of(self.base_id).filter(person_id=self.id, role=Role.OPERATOR.value).exists()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_active and self.is_staff and perm.rpartition(".")[2].startswith("view_")

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class RoleGrant(Owned):
    person_id = models.UUIDField()
    role = models.CharField(max_length=12, choices=_choices(Role))
    merchant_id = models.UUIDField(null=True)
    room_id = models.UUIDField(null=True)

    guards = (
        SameBase("person_id", "base.Person"),
        SameBase("merchant_id", "base.Merchant"),
        SameBase("room_id", "base.Room"),
    )

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["base_id", "person_id", "role"],
                condition=Q(merchant_id=None, room_id=None),
                name="a_role_of_the_base_is_granted_once",
            ),
            models.UniqueConstraint(
                fields=["base_id", "person_id", "role", "merchant_id"],
                condition=Q(room_id=None),
                name="a_role_of_a_merchant_is_granted_once",
            ),
            models.UniqueConstraint(
                fields=["base_id", "person_id", "role", "room_id"],
                condition=Q(merchant_id=None),
                name="a_role_of_a_room_is_granted_once",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.MERCHANT.value) | Q(merchant_id__isnull=False),
                name="a_merchant_role_names_its_merchant",
            ),
        ]
        indexes = [models.Index(fields=["base_id", "person_id"], name="grant_by_person")]


class ApiKey(Owned):
    """Only a digest is kept: the key itself is shown once."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    merchant_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    made_by_person_id = models.UUIDField(null=True)
    made_by_key_id = models.UUIDField(null=True)

    guards = (
        SameBase("merchant_id", "base.Merchant"),
        SameBase("made_by_person_id", "base.Person"),
        SameBase("made_by_key_id", "base.ApiKey"),
    )


class Session(Owned):
    """A browser in which somebody is signed in; its cookie names this row, and without the row it opens nothing."""

    person_id = models.UUIDField()
    device = models.CharField(max_length=60)
    network = models.CharField(max_length=45)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    guards = (SameBase("person_id", "base.Person"),)

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["base_id", "person_id", "-seen_at"], name="session_by_person")]


class SignInEntry(Owned):
    """The log of sign-ins. Repeated refusals of one person and network share a row; see `sign_ins`."""

    at = models.DateTimeField()
    person_id = models.UUIDField()
    outcome = models.CharField(max_length=12, choices=_choices(SignInOutcome))
    times = models.PositiveIntegerField(default=1)
    device = models.CharField(max_length=60)
    network = models.CharField(max_length=45)
    done_by = models.CharField(max_length=60)

    guards = (SameBase("person_id", "base.Person"),)

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["base_id", "-at"], name="sign_in_newest_of_base"),
            models.Index(fields=["base_id", "person_id", "-at"], name="sign_in_by_person"),
        ]


class Counter(models.Model):
    """Short numbers that people read to each other, per base and kind."""

    pk = models.CompositePrimaryKey("base_id", "kind")
    base_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    last = models.BigIntegerField(default=0)

    objects = ScopedQuerySet["Counter"].as_manager()

    class Meta:
        base_manager_name = "objects"


__all__ = ["ApiKey", "Base", "Counter", "Merchant", "Person", "RoleGrant", "Room", "Session", "SignInEntry"]
