"""The ledger: what people and the vendor did, append-only."""

from __future__ import annotations

from django.db import models

from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company


class Fact(models.Model):
    """One entry of a company's ledger. Never changed, never removed.

    ``service`` is empty where the fact is the whole company's. ``data`` is the core's form.
    """

    pk = models.CompositePrimaryKey("company_id", "seq")
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="facts",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    seq = models.BigIntegerField()
    at = InstantField()
    who = models.CharField(max_length=100)
    service = models.CharField(max_length=50, blank=True)
    kind = models.CharField(max_length=50)
    data = models.JSONField()

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"
