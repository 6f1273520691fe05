"""Who may do what in which account: memberships, their scopes, and invitations."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Account
from tenure.store.models.people import Person

LEVELS = [("none", "none"), ("read", "read"), ("write", "write")]


class Membership(models.Model):
    """A person's place in an account. ``portal`` and ``console`` are for the whole account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    is_owner = models.BooleanField(default=False)
    portal = models.CharField(max_length=10, choices=LEVELS, default="none")
    console = models.CharField(max_length=10, choices=LEVELS, default="none")
    created_at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "person"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.account_id}"


class Scope(models.Model):
    """What a membership allows for one company, or one site, in place of the account's levels."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="scopes")
    company_id = models.UUIDField()
    pool_id = models.UUIDField(null=True)
    portal = models.CharField(max_length=10, choices=LEVELS, default="none")
    console = models.CharField(max_length=10, choices=LEVELS, default="none")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "company_id", "pool_id"],
                nulls_distinct=False,
                name="scope_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.pool_id or ''}"


class Invitation(models.Model):
    """An offer of a place in an account, to whoever can read an address, until it expires.

    The link's secret is kept as its hash. ``scopes`` are as those of a membership.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    address = models.EmailField(max_length=254)
    language = models.CharField(max_length=10, default="en")
    portal = models.CharField(max_length=10, choices=LEVELS, default="none")
    console = models.CharField(max_length=10, choices=LEVELS, default="none")
    scopes = models.JSONField(default=list)
    secret_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = InstantField()
    expires_at = InstantField()
    accepted_at = InstantField(null=True)
    revoked_at = InstantField(null=True)

    def __str__(self) -> str:
        return f"invitation to {self.account_id}"


class Letter(models.Model):
    """A mail to a person about signing in, an invitation, or something that they asked for.

    Its text holds links that are secrets: it is emptied once a relay has taken it, or none will.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        REFUSED = "refused"
        GIVEN_UP = "given_up"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    address = models.EmailField(max_length=254)
    language = models.CharField(max_length=10, default="en")
    subject = models.CharField(max_length=500)
    text = models.TextField(blank=True)
    created_at = InstantField()
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = InstantField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    about = models.CharField(max_length=60, blank=True)
    """What it tells of that can be deleted, and takes it along."""

    class Meta:
        indexes = [
            models.Index(fields=["about"], condition=~models.Q(about=""), name="letter_about"),
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(next_try_at__isnull=False),
                name="letter_to_try",
            ),
        ]

    def __str__(self) -> str:
        return self.subject
