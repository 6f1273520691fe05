"""What the people of a company do about its licences' ends: alerts, requests, calendars."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Account, Company
from tenure.store.models.catalogue import Product
from tenure.store.models.people import Person


class Resolution(models.Model):
    """An alert was read and needs nothing more. Alerts themselves are computed, never rows.

    ``alert`` names what it is about and the instant that it speaks of, so that the next one of
    its kind stands unresolved again.
    """

    pk = models.CompositePrimaryKey("company_id", "alert")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    alert = models.CharField(max_length=200)
    resolved_at = InstantField()
    resolved_by = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.alert


class RenewalRequest(models.Model):
    """A company asks whoever supplies it for a licence; both see how far it is.

    ``supplier`` is the account above the company that is asked; none is the vendor.
    """

    class State(models.TextChoices):
        OPEN = "open"
        TAKEN = "taken"
        DONE = "done"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    supplier = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    licence_id = models.UUIDField(null=True)
    """Which licence it would follow, where it is about one."""
    units = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    answer = models.TextField(blank=True)
    asked_at = InstantField()
    asked_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_at = InstantField(null=True)
    answered_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(units__gte=1), name="request_for_at_least_one_unit"
            )
        ]
        indexes = [
            models.Index(fields=["supplier", "state", "asked_at"], name="request_by_supplier")
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.product_id}: {self.state}"


class Feed(models.Model):
    """A person's calendar address, of a company or of all companies of an account: the one lasting
    secret in a URL, of which a hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    hash = models.CharField(max_length=64, unique=True)
    made_at = InstantField()
    used_at = InstantField(null=True)
    revoked_at = InstantField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "person"],
                condition=models.Q(revoked_at__isnull=True),
                name="feed_once_per_person_and_company",
            ),
            models.UniqueConstraint(
                fields=["account", "person"],
                condition=models.Q(revoked_at__isnull=True),
                name="feed_once_per_person_and_account",
            ),
            models.CheckConstraint(
                condition=models.Q(company__isnull=True) ^ models.Q(account__isnull=True),
                name="feed_of_a_company_or_an_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id or self.account_id} for {self.person_id}"
