"""Licences, their terms and where their units stand: projections of the ledger."""

from __future__ import annotations

from django.db import models

from tenure.core.facts import KINDS
from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company
from tenure.store.models.catalogue import Product


class Licence(models.Model):
    """A licence as it is now."""

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="licences",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    reference = models.CharField(max_length=100, blank=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in KINDS])
    label = models.CharField(max_length=200, blank=True)
    units = models.PositiveIntegerField()
    starts_at = InstantField()
    ends_at = InstantField(null=True)
    added_at = InstantField()
    opened_seq = models.BigIntegerField()
    suspended_at = InstantField(null=True)
    removed_at = InstantField(null=True)
    cancelled_at = InstantField(null=True)
    replaces_id = models.UUIDField(null=True)
    """The licence of the company whose place it takes, as was said when it was added."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "reference"],
                condition=~models.Q(reference=""),
                name="licence_reference_once",
            ),
            models.CheckConstraint(
                condition=models.Q(units__gte=1), name="licence_has_at_least_one_unit"
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.reference or str(self.id)


class Term(models.Model):
    """A stretch of time in which a licence runs; closed by the fact that changed it."""

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    licence_id = models.UUIDField()
    starts_at = InstantField()
    ends_at = InstantField(null=True)
    opened_seq = models.BigIntegerField()
    closed_seq = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["company", "licence_id"], name="term_by_licence")]

    def __str__(self) -> str:
        return f"{self.starts_at} to {self.ends_at}"


class Placement(models.Model):
    """Units of a licence that are named for a pool; closed by the fact that changed it."""

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    licence_id = models.UUIDField()
    pool_id = models.UUIDField()
    units = models.PositiveIntegerField()
    opened_seq = models.BigIntegerField()
    closed_seq = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "licence_id", "pool_id"],
                condition=models.Q(closed_seq__isnull=True),
                name="placement_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.units} in {self.pool_id}"
