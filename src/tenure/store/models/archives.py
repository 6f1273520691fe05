"""Archives: what a company takes with it, built in the background, fetched by a link that ends."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company
from tenure.store.models.people import Person


class Archive(models.Model):
    """A ZIP file with the data of an instance; the engine builds it. It goes with the instance."""

    class State(models.TextChoices):
        ASKED = "asked", "asked for"
        BUILDING = "building", "being built"
        READY = "ready", "ready"
        FAILED = "failed", "failed"
        GONE = "gone", "gone"

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
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    asked_at = InstantField()
    """In real time, as are the others."""
    done = models.PositiveIntegerField(default=0)
    """Rows written so far, of ``total``."""
    total = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    """Bytes."""
    sha256 = models.CharField(max_length=64, blank=True)
    position = models.JSONField(default=dict)
    """How far the building has come: whoever takes it up goes on from there."""
    error = models.CharField(max_length=500, blank=True)
    ready_at = InstantField(null=True)
    expires_at = InstantField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state__in=("asked", "building")),
                name="archive_to_build",
            ),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="archive_to_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.instance} of {self.asked_at}"


class ArchivePart(models.Model):
    """A piece of an archive's file, so that any process can give it out."""

    pk = models.CompositePrimaryKey("company_id", "archive_id", "number")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    archive_id = models.UUIDField()
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"part {self.number}"
