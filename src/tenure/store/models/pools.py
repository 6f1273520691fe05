"""Pools: a company itself, then its sites."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company


class Pool(models.Model):
    """Where units and seats stand. Position 0 is the company's own pool."""

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="pools",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    reference = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField()
    opened_seq = models.BigIntegerField()
    closed_at = InstantField(null=True)
    """Since when the site is closed: it had neither units nor seats then, and takes none."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "position"], name="pool_position_once"),
            models.UniqueConstraint(
                fields=["company", "reference"],
                condition=~models.Q(reference=""),
                name="pool_reference_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name
