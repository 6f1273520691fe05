"""Acts: what somebody does to very many members, which the engine does part by part."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company
from tenure.store.models.people import Person


class Act(models.Model):
    """Something done to members who were fixed when it was asked. It goes with the instance."""

    class What(models.TextChoices):
        PROTECT = "protect", "protect"
        UNPROTECT = "unprotect", "protect no longer"
        LEAVE = "leave", "they have left"
        BACK = "back", "they are back"
        HOME = "home", "set the home site"
        GROUP = "group", "put into a group"

    class State(models.TextChoices):
        WAITING = "waiting", "waits for its turn"
        RUNNING = "running", "is being done"
        DONE = "done", "done"
        STOPPED = "stopped", "stopped on the way"
        FAILED = "failed", "failed on the way"

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
    what = models.CharField(max_length=10, choices=What)
    target_id = models.UUIDField(null=True)
    """The site or the group, where it is of one; a home site of None is that of the company."""
    pool_id = models.UUIDField(null=True)
    """The site whose people alone were within reach of whoever asked."""
    filter = models.CharField(max_length=2000, blank=True)
    """The query of the list from which it was asked."""
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=100, blank=True)
    """The code of why it was stopped or failed."""
    asked_by = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    who = models.CharField(max_length=100)
    """Whoever asked, as the ledger names them."""
    actor = models.JSONField(default=dict)
    """Whoever asked, as the audit names them; empty once it is over."""
    asked_at = InstantField()
    """By the company's clock, as are the others."""
    began_at = InstantField(null=True)
    ended_at = InstantField(null=True)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    """Members seen to so far, of ``total``."""
    outcome = models.JSONField(default=dict)
    """How many came to what, by its code."""

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at", "id"],
                condition=models.Q(state__in=("waiting", "running")),
                name="act_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.total}"


class ActPart(models.Model):
    """Members to whom an act is still to be done; the row goes with what is done to them."""

    pk = models.CompositePrimaryKey("company_id", "act_id", "number")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    act_id = models.UUIDField()
    number = models.PositiveIntegerField()
    members = models.JSONField()
    """Their ids."""

    def __str__(self) -> str:
        return f"part {self.number}"
