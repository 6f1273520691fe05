"""Keys by which licences are handed out, and tries of companies to use one."""

from __future__ import annotations

from django.db import models

from tenure.core.facts import KINDS
from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company
from tenure.store.models.catalogue import Product
from tenure.store.models.people import Person


class LicenceKey(models.Model):
    """A licence that the vendor issued, and the key that whoever has it types.

    ``public_id`` names it where the key itself must not be shown; of the key there is a hash, by
    which it is found, and a sealed copy, for its owner. Its units run from ``starts_at``, or from
    when it is added, until ``ends_at``, or for ``days``; without both it has no end.
    ``company_id`` and ``licence_id`` say what it became.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    public_id = models.CharField(max_length=20, unique=True)
    hash = models.CharField(max_length=64, unique=True)
    sealed = models.TextField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in KINDS])
    units = models.PositiveIntegerField()
    starts_at = InstantField(null=True)
    ends_at = InstantField(null=True)
    days = models.PositiveIntegerField(null=True)
    address = models.EmailField(max_length=254, blank=True)
    """To whom it was sold: others who try it are led to a link in a mail to this address."""
    is_test = models.BooleanField(default=False)
    issued_at = InstantField()
    issued_by = models.CharField(max_length=100)
    company = models.ForeignKey(Company, on_delete=models.SET_NULL, null=True, related_name="keys")
    licence_id = models.UUIDField(null=True)
    used_at = InstantField(null=True)
    revoked_at = InstantField(null=True)
    """Since when it opens nothing any more: it was withdrawn, or another one took its place."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(units__gte=1), name="key_has_at_least_one_unit"
            ),
            models.CheckConstraint(
                condition=models.Q(days__isnull=True) | models.Q(ends_at__isnull=True),
                name="key_has_an_end_or_days",
            ),
        ]
        indexes = [models.Index(fields=["company", "licence_id"], name="key_of_licence")]

    def __str__(self) -> str:
        return self.public_id


class KeyClaim(models.Model):
    """Somebody wants a key for a company that was sold to another address, which is asked.

    ``wishes`` is what was chosen on adding, kept until the answer. Of the link's secret only a
    hash is kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.ForeignKey(LicenceKey, on_delete=models.CASCADE, related_name="claims")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = InstantField()
    expires_at = InstantField()
    wishes = models.JSONField(default=dict)
    hash = models.CharField(max_length=64, unique=True)
    answered_at = InstantField(null=True)
    """When the link was used, or the claim was taken back."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "company"],
                condition=models.Q(answered_at__isnull=True),
                name="key_claimed_once_per_company",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key_id} for {self.company_id}"


class Trial(models.Model):
    """A company tried a product: once, and no second time."""

    pk = models.CompositePrimaryKey("company_id", "product_id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    licence_id = models.UUIDField()
    started_at = InstantField()

    def __str__(self) -> str:
        return f"{self.product_id} from {self.started_at}"
