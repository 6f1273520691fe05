"""The audit: who did what, in chains of hashes, one per company and one of the installation."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField


class AuditEntry(models.Model):
    """One entry of a chain. ``chain`` is a company's id, or empty for the installation.

    ``at`` is told by the clock by which the company lives, ``recorded_at`` always by the real one.
    ``hash`` covers the entry, the hash before it and ``personal_digest``, which is the salted
    digest of what names people; that is a row of its own and can be erased.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.CharField(max_length=36, blank=True)
    seq = models.BigIntegerField()
    at = InstantField()
    recorded_at = InstantField()
    action = models.CharField(max_length=60)
    account_id = models.UUIDField(null=True)
    object = models.CharField(max_length=200, blank=True)
    result = models.CharField(max_length=40, default="done")
    data = models.JSONField(default=dict)
    """What is not personal: old and new values, counts."""
    personal_digest = models.CharField(max_length=64)
    before_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="audit_seq_once")]
        # Each of them gives the newest first, of what somebody asks for. The ids sort by the time
        # of their making, and part what was recorded in one second.
        indexes = [
            models.Index(fields=["recorded_at", "id"], name="audit_newest"),
            models.Index(fields=["account_id", "recorded_at", "id"], name="audit_of_account"),
            models.Index(fields=["chain", "recorded_at", "id"], name="audit_of_chain"),
            models.Index(fields=["action", "recorded_at", "id"], name="audit_of_action"),
            models.Index(
                fields=["account_id", "action", "recorded_at", "id"], name="audit_of_account_action"
            ),
            models.Index(
                fields=["recorded_at", "id"],
                condition=~models.Q(result="done"),
                name="audit_refused",
            ),
            models.Index(
                fields=["account_id", "recorded_at", "id"],
                condition=~models.Q(result="done"),
                name="audit_refused_of_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.seq} {self.action}"


class AuditPerson(models.Model):
    """What an entry says of people: who, on whose behalf, from where; erased at deletion.

    ``person_id`` (whoever acted, or else was acted on) and ``recorded_at`` repeat what the content
    and the entry say, so that somebody's entries are found in an index.
    """

    entry = models.OneToOneField(
        AuditEntry, on_delete=models.CASCADE, primary_key=True, related_name="personal"
    )
    salt = models.CharField(max_length=32)
    content = models.JSONField(default=dict)
    person_id = models.UUIDField(null=True)
    recorded_at = InstantField()

    class Meta:
        indexes = [
            models.Index(fields=["person_id", "recorded_at", "entry"], name="audit_of_person")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class AuditHead(models.Model):
    """The newest entry of the installation's chain; its one row is the lock of that chain.

    Whoever holds it takes no company's lock any more. A company's head stands in its own row.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return str(self.seq)
