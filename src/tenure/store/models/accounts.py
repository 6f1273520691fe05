"""Accounts, the companies in them, who is written to, and test clocks."""

from __future__ import annotations

from typing import Any

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.paths import Below

models.CharField.register_lookup(Below)


class TestClock(models.Model):
    """A clock of test accounts: it stands, and is moved forwards by hand.

    ``target_at`` is where it is going; the engine takes it there, due instant by due instant.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    now_at = InstantField()
    target_at = InstantField(null=True)

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """A business account, which is one company, or a managed service provider."""

    class Kind(models.TextChoices):
        BUSINESS = "business"
        MSP = "msp"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=1000, db_index=True, default="", editable=False)
    """The ids of the accounts above it and its own, the topmost first, each ended by a slash."""
    palette = models.PositiveSmallIntegerField(default=0)
    """Which colour of the design it wears."""
    two_factors = models.BooleanField(default=False)
    """Whether everybody in it signs in with two factors."""
    idle_minutes = models.PositiveIntegerField(default=12 * 60)
    """So long a session may rest, and still enter the account."""
    session_hours = models.PositiveIntegerField(default=14 * 24)
    """So long after the sign-in a session may enter the account."""
    created_at = InstantField()

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the path: an account is below the one that it was opened in, for good."""
        if not self.path:
            above = "" if self.parent is None else self.parent.path
            self.path = f"{above}{self.id}/"
        super().save(*args, **kwargs)


class ImportBatch(models.Model):
    """One import: until it is released, nothing happens to the companies that it created."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = InstantField()
    released_at = InstantField(null=True)
    digest = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.id)


class Company(models.Model):
    """A customer. Its row is the lock that every writer takes before it reads the clock.

    ``last_seq`` and ``last_at`` are those of its newest fact, ``audit_seq`` and ``audit_hash``
    those of the newest entry of its audit. A company with a clock of its own
    is a test company, from its creation or never.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="companies")
    reference = models.CharField(max_length=100, null=True, unique=True)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC")
    clock = models.ForeignKey(TestClock, on_delete=models.PROTECT, null=True)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True)
    created_at = InstantField()
    last_seq = models.BigIntegerField(default=0)
    last_at = InstantField(null=True)
    audit_seq = models.BigIntegerField(default=0)
    audit_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name

    @property
    def is_test(self) -> bool:
        """Whether the company lives on a test clock: its mail never leaves the outbox."""
        return self.clock_id is not None


class Contact(models.Model):
    """Somebody who is written to about a company, or about one of its sites.

    A notice is served once a relay accepts it for an address that counts: each of the company's
    own, whose people may renew or were named for notices; a site's only for its ``pool_short``.
    """

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMINISTRATOR = "administrator"
        NOTIFICATION_ADDRESS = "notification_address"
        SITE_ADMINISTRATOR = "site_administrator"

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="contacts",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    pool_id = models.UUIDField(null=True)
    role = models.CharField(max_length=30, choices=Role)
    name = models.CharField(max_length=200, blank=True)
    address = models.EmailField(max_length=254)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "address"],
                condition=models.Q(pool_id__isnull=True),
                name="contact_once_per_company",
            ),
            models.UniqueConstraint(
                fields=["company", "pool_id", "address"],
                condition=models.Q(pool_id__isnull=False),
                name="contact_once_per_site",
            ),
        ]

    def __str__(self) -> str:
        return self.address
