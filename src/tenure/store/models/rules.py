"""Automatic protection: who is to be protected without being named, and who waits."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company


class Rule(models.Model):
    """Everybody of a group, of a source, of a site or of the company is to be protected.

    It belongs to an instance and goes with it. The lower its place, the sooner its members have
    units where these are short.
    """

    class Kind(models.TextChoices):
        GROUP = "group", "a group"
        SOURCE = "source", "a source"
        SITE = "site", "a site"
        COMPANY = "company", "the company"

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
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    target_id = models.UUIDField(null=True)
    """The group, source or site; None for the company."""
    added_at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "service", "instance", "kind", "target_id"],
                condition=models.Q(target_id__isnull=False),
                name="rule_once_per_target",
            ),
            models.UniqueConstraint(
                fields=["company", "service", "instance"],
                condition=models.Q(target_id__isnull=True),
                name="rule_once_for_company",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_id}"


class Exclusion(models.Model):
    """A member, or everybody of a group, is protected by no rule; by a person they can be."""

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
    kind = models.CharField(max_length=10)
    """``member`` or ``group``."""
    target_id = models.UUIDField()
    added_at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "service", "instance", "kind", "target_id"],
                name="exclusion_once_per_target",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_id}"


class Claim(models.Model):
    """A member waits for a unit: somebody, or a rule, wants them protected.

    Those whom people named come first, then those of rules in the order of the rules; among
    equals whoever was there first. ``rule_place`` is the rule's place, 0 for people.
    """

    pk = models.CompositePrimaryKey("company_id", "service", "instance", "member_id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    service = models.CharField(max_length=50)
    instance = models.PositiveIntegerField()
    member_id = models.UUIDField()
    pool_id = models.UUIDField()
    """From which it waits for a unit."""
    rule_id = models.UUIDField(null=True)
    rule_place = models.PositiveIntegerField(default=0)
    since_at = InstantField()

    class Meta:
        indexes = [
            models.Index(
                fields=["company", "service", "instance", "pool_id", "rule_place", "since_at"],
                name="claim_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} waits in {self.pool_id}"
