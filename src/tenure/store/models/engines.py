"""What the engines know of themselves: that they live, and why they wait."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField


class Heartbeat(models.Model):
    """The installation's one row: when an engine last beat, and whether all wait for an operator.

    ``holder`` is the one engine that may run on the embedded database. ``epoch`` changes with
    every restore of the database. ``waits_because`` stops every writer
    until the operator says otherwise.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    holder = models.UUIDField(null=True)
    held_until_at = InstantField(null=True)
    beat_at = InstantField(null=True)
    monotonic = models.FloatField(null=True)
    boot = models.CharField(max_length=64, blank=True)
    epoch = models.UUIDField(default=new_id)
    past_epochs = models.JSONField(default=list)
    """Those that an operator ended: an engine that remembers one of them may follow."""
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


class EngineBeat(models.Model):
    """One running engine's heartbeat, as its own clocks and the database's read together.

    ``waits_because`` is why this one alone does nothing: its clock is wrong, and another's right.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    host = models.CharField(max_length=200)
    process = models.PositiveIntegerField()
    started_at = InstantField()
    beat_at = InstantField()
    database_at = InstantField()
    waits_because = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.host} {self.process}"
