"""Instances of a service: the core's state, and what it was recorded to have done."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company, TestClock
from tenure.store.models.catalogue import Service


class Instance(models.Model):
    """A company's use of a service, from its first unit until its deletion.

    ``state`` is the core's value as of fact ``as_of_seq``, with every instant up to ``ran_at``
    worked off by the engine; only the engine writes it, and the
    import that creates the company. It is empty once a later instance has
    taken it over. ``due_at`` is when the engine next has something to do. ``phase``, since when,
    until when and what then are for lists, and are true between two runs of the engine.
    ``clock`` is its company's, so that what is due by the real clock is found in an index.
    """

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="instances",
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
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    state = models.JSONField(null=True)
    as_of_seq = models.BigIntegerField(default=0)
    ran_at = InstantField(null=True)
    due_at = InstantField(null=True)
    phase = models.CharField(max_length=20, default="pending")
    phase_since_at = InstantField(null=True)
    phase_until_at = InstantField(null=True)
    next_phase = models.CharField(max_length=20, blank=True)
    closed = models.BooleanField(default=False)
    trial = models.BooleanField(default=False)
    """Whether all eligible licences are trials."""
    short_at = InstantField(null=True)
    """When a site next has too few units, or held seats lose their protection, while active."""
    seats = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField(default=0)
    protected = models.PositiveIntegerField(default=0)
    is_settled = models.BooleanField(default=True)
    """Whether nobody waits for a seat, and no seat waits to be given back."""
    settle_at = InstantField(null=True)
    """When time alone next brings units for those who wait."""
    set_aside_at = InstantField(null=True)
    set_aside_error = models.TextField(blank=True)
    retry_at = InstantField(null=True)
    erase_at = InstantField(null=True)
    erased_at = InstantField(null=True)
    erased = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "service", "number"], name="instance_number_once"
            ),
            models.UniqueConstraint(
                fields=["company", "service"],
                condition=models.Q(state__isnull=False),
                name="instance_current_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(clock__isnull=True, due_at__isnull=False),
                name="instance_due",
            ),
            models.Index(
                fields=["clock", "due_at"],
                condition=models.Q(clock__isnull=False, due_at__isnull=False),
                name="instance_due_by_test_clock",
            ),
            models.Index(
                fields=["retry_at"],
                condition=models.Q(retry_at__isnull=False),
                name="instance_to_retry",
            ),
            models.Index(
                fields=["erase_at"],
                condition=models.Q(erase_at__isnull=False),
                name="instance_to_erase",
            ),
            models.Index(
                fields=["settle_at"],
                condition=models.Q(settle_at__isnull=False),
                name="instance_to_settle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.number}"


class Transition(models.Model):
    """A company went from one phase to another: when it took effect, and when it was recorded."""

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="transitions",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    service = models.CharField(max_length=50)
    instance = models.PositiveIntegerField()
    stay = models.PositiveIntegerField()
    from_phase = models.CharField(max_length=20)
    to_phase = models.CharField(max_length=20)
    effective_at = InstantField()
    at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "service", "stay"], name="transition_once_per_stay"
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_phase} to {self.to_phase}"


class PoolLine(models.Model):
    """A pool was found covered, short or reduced."""

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="pool_lines",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    service = models.CharField(max_length=50)
    instance = models.PositiveIntegerField()
    pool_id = models.UUIDField()
    state = models.CharField(max_length=20)
    units = models.PositiveIntegerField()
    seats = models.PositiveIntegerField()
    protected = models.PositiveIntegerField()
    effective_at = InstantField()
    at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "service", "pool_id", "effective_at"],
                name="pool_line_once_per_instant",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.state}"


class Receipt(models.Model):
    """What was deleted, under which policy, after which warnings. Holds no personal data."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company_id = models.UUIDField()
    service = models.CharField(max_length=50)
    instance = models.PositiveIntegerField()
    at = InstantField()
    content = models.JSONField()
    jws = models.TextField(blank=True)
    """The content, signed, as it can be handed on."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "service", "instance"], name="receipt_once_per_instance"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.instance}"
