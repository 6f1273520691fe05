"""What the engine knows of itself: that it lives, and why it waits."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField


class Heartbeat(models.Model):
    """The engine's one row: who runs, when it last beat, and whether it waits for an operator.

    ``epoch`` changes with every restore of the database. ``waits_because`` stops every writer
    until the operator says otherwise.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    holder = models.UUIDField(null=True)
    held_until_at = InstantField(null=True)
    beat_at = InstantField(null=True)
    monotonic = models.FloatField(null=True)
    boot = models.CharField(max_length=64, blank=True)
    epoch = models.UUIDField(default=new_id)
    waits_because = models.TextField(blank=True)
    deletions_wait = models.BooleanField(default=False)
    falls_allowed = models.PositiveIntegerField(default=0)
    """So many companies may fall in the next sweep: the operator has seen the number."""
    resumed_at = InstantField(null=True)
    resumed_because = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="heartbeat_is_one_row")
        ]

    def __str__(self) -> str:
        return f"epoch {self.epoch}"
