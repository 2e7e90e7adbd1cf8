"""The kernel's own tables: what was done, what happened, what was answered, how far each consumer has read."""

from __future__ import annotations

from django.db import models

from silkcast.kernel.ids import new_id
from silkcast.kernel.storage.guards import Immutable
from silkcast.kernel.storage.ownership import Owned, ScopedQuerySet


class OutboxEvent(models.Model):
    """A fact, committed with the change that made it true. `position` is commit order: writers take turns.

    `sequence` counts the facts of a subject without a gap; the newest of each stays for as long as the subject does.
    """

    position = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    base_id = models.UUIDField()
    subject = models.CharField(max_length=120)
    sequence = models.BigIntegerField()
    topic = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField()
    body = models.TextField()
    cause_id = models.UUIDField()
    at = models.DateTimeField()

    objects = ScopedQuerySet["OutboxEvent"].as_manager()
    has_merchant = False
    guards = (Immutable(),)

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["base_id", "subject", "sequence"], name="outbox_sequence_is_gapless_per_subject"
            )
        ]
        indexes = [
            models.Index(fields=["base_id", "-position"], name="outbox_newest_of_base"),
            models.Index(fields=["cause_id"], name="outbox_by_cause"),
        ]


class AuditEntry(Owned):
    """One run of an action: who, what, why. Its id is the run's id, and the cause of the events it announced."""

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=60)
    action = models.CharField(max_length=80)
    cause_id = models.UUIDField(null=True)
    request = models.TextField()

    guards = (Immutable(),)

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["base_id", "-at"], name="audit_newest_of_base"),
            models.Index(fields=["cause_id"], condition=models.Q(cause_id__isnull=False), name="audit_by_cause"),
        ]


class IdempotencyRecord(models.Model):
    """The answer once given for a key, with a digest of what was asked."""

    pk = models.CompositePrimaryKey("base_id", "actor_id", "key")
    base_id = models.UUIDField()
    actor_id = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    answer = models.TextField()
    at = models.DateTimeField()

    objects = ScopedQuerySet["IdempotencyRecord"].as_manager()

    class Meta:
        base_manager_name = "objects"
        indexes = [models.Index(fields=["at"], name="idempotency_oldest")]


class RelayCursor(models.Model):
    """How far a consumer has applied the outbox; moved in the same commit as the effects."""

    consumer = models.CharField(max_length=60, primary_key=True)
    position = models.BigIntegerField(default=0)


class ParkedEvent(models.Model):
    """An event that its consumer could not apply; later ones of the subject wait behind it, the rest goes on."""

    id = models.UUIDField(primary_key=True, default=new_id)
    consumer = models.CharField(max_length=60)
    base_id = models.UUIDField()
    subject = models.CharField(max_length=120)
    position = models.BigIntegerField()
    error = models.TextField()
    at = models.DateTimeField()

    objects = ScopedQuerySet["ParkedEvent"].as_manager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["consumer", "position"], name="an_event_is_parked_once_per_consumer")
        ]
        indexes = [models.Index(fields=["consumer", "base_id", "subject"], name="parked_by_subject")]
