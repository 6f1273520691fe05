"""Releasing members who were not seen for long: the rule, and whom it announced and released."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company, TestClock


class UnseenRule(models.Model):
    """Members not seen for ``days`` are released, ``warning`` days after that was announced.

    It belongs to an instance and goes with it. ``due_at`` is when the engine next has something
    to do; None while it waits for a report. ``clock`` is its company's.
    """

    class Waits(models.TextChoices):
        PHASE = "phase", "the service is not active"
        REPORTS = "reports", "nothing is reported any more"

    pk = models.CompositePrimaryKey("company_id", "service", "instance")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    service = models.CharField(max_length=50)
    instance = models.PositiveIntegerField()
    clock = models.ForeignKey(
        TestClock,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    days = models.PositiveIntegerField()
    warning = models.PositiveIntegerField()
    set_at = InstantField()
    due_at = InstantField(null=True)
    waits = models.CharField(max_length=10, choices=Waits.choices, blank=True)
    """Why nobody is announced or released for now."""

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="unseen_rule_due",
            )
        ]

    def __str__(self) -> str:
        return f"after {self.days} days"


class UnseenRelease(models.Model):
    """A member is to be released at ``release_at``, as was told at ``announced_at``.

    ``end`` says what came of it at ``ended_at``; until then it is open.
    """

    class End(models.TextChoices):
        RELEASED = "released", "the seat was given back"
        SEEN = "seen", "the member was seen meanwhile"
        GONE = "gone", "the member had no such seat any more"
        STOPPED = "stopped", "the rule was changed, taken away, or had to wait"

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    service = models.CharField(max_length=50)
    instance = models.PositiveIntegerField()
    member_id = models.UUIDField()
    seen_at = InstantField()
    """When the member was last seen, as was known when it was announced."""
    announced_at = InstantField()
    release_at = InstantField()
    end = models.CharField(max_length=10, choices=End.choices, blank=True)
    ended_at = InstantField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "service", "instance", "member_id"],
                condition=models.Q(ended_at__isnull=True),
                name="unseen_open_once_per_member",
            )
        ]
        indexes = [
            models.Index(
                fields=["company", "service", "instance", "release_at"],
                condition=models.Q(ended_at__isnull=True),
                name="unseen_to_release",
            ),
            models.Index(
                fields=["company", "service", "instance", "-ended_at"],
                condition=models.Q(end="released"),
                name="unseen_released",
            ),
            models.Index(fields=["company", "member_id"], name="unseen_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} at {self.release_at}"
