"""Notices, and the mails that hand them over."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company, TestClock


class Notice(models.Model):
    """Something a company was told, or would have been. Notices to come are never rows.

    ``token`` is the core's name of it. ``subject`` is a pool's id, or empty for the company.
    """

    class State(models.TextChoices):
        ISSUED = "issued"
        SKIPPED = "skipped"
        WITHDRAWN = "withdrawn"

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="notices",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    service = models.CharField(max_length=50)
    instance = models.PositiveIntegerField()
    token = models.PositiveIntegerField()
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=36, blank=True)
    period = models.CharField(max_length=60)
    reference = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=State)
    at = InstantField()
    effective_at = InstantField(null=True)
    days = models.PositiveIntegerField(null=True)
    horizon_at = InstantField(null=True)
    due_at = InstantField(null=True)
    withdrawn_at = InstantField(null=True)
    served_at = InstantField(null=True)
    served_by = models.CharField(max_length=20, blank=True)
    deadline_at = InstantField(null=True)
    closed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "service", "token"], name="notice_token_once"
            ),
            models.UniqueConstraint(
                fields=["company", "service", "instance", "kind", "subject", "period"],
                name="notice_once_per_period",
            ),
        ]
        indexes = [models.Index(fields=["company", "-at"], name="notice_newest")]

    def __str__(self) -> str:
        return self.reference


class Delivery(models.Model):
    """A notice for one recipient, on its way by mail.

    ``address`` is erased with the company's people; ``address_hmac`` outlives it. A lease that
    has run out may be taken over: whoever held it is dead, or will find that it lost it.
    ``clock`` is its company's, so that what is due by the real clock is found in an index.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        LEASED = "leased"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        GIVEN_UP = "given_up"

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    clock = models.ForeignKey(
        TestClock,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    notice_id = models.UUIDField()
    is_deadline = models.BooleanField()
    counts = models.BooleanField()
    role = models.CharField(max_length=30)
    address = models.CharField(max_length=254, blank=True)
    address_hmac = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10)
    time_zone = models.CharField(max_length=64)
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = InstantField(null=True)
    lease = models.UUIDField(null=True)
    leased_until_at = InstantField(null=True)
    last_try_at = InstantField(null=True)
    accepted_at = InstantField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    """What the relay said last."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "notice_id", "address_hmac"],
                name="delivery_once_per_recipient",
            )
        ]
        indexes = [
            models.Index(
                fields=["is_deadline", "next_try_at"],
                condition=models.Q(clock__isnull=True, next_try_at__isnull=False),
                name="delivery_to_try",
            ),
            models.Index(
                fields=["clock", "next_try_at"],
                condition=models.Q(clock__isnull=False, next_try_at__isnull=False),
                name="delivery_by_test_clock",
            ),
            models.Index(
                fields=["company", "lease"],
                condition=models.Q(lease__isnull=False),
                name="delivery_leased",
            ),
        ]

    def __str__(self) -> str:
        return self.message_id


class OutboxMail(models.Model):
    """A mail in the built-in outbox, as its reader would see it. No relay: it serves test accounts.

    Unique by recipient and notice, so that a mail handed over twice stands here once, counted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True, related_name="+")
    """Whom it is about; nobody where it is about a person's own signing in."""
    message_id = models.CharField(max_length=200, unique=True)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=500)
    language = models.CharField(max_length=10)
    source = models.TextField()
    """The whole message, as a relay would be given it."""
    handed_over_at = InstantField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["-handed_over_at"], name="outbox_newest")]

    def __str__(self) -> str:
        return self.subject
