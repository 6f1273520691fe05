"""What is sold: services, products that include them, and each service's periods."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company


class Service(models.Model):
    """A cloud service that is licensed by seats."""

    key = models.SlugField(primary_key=True, max_length=50)
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What a licence is of; a unit of it gives one seat in each of its services."""

    key = models.SlugField(primary_key=True, max_length=50)
    name = models.CharField(max_length=100)
    services = models.ManyToManyField(Service, related_name="products")
    trial_units = models.PositiveIntegerField(default=0)
    """How many units a company may try, once; none where there is no trial."""
    trial_days = models.PositiveIntegerField(default=30)

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """The periods of a service from an instant on, for everybody or for one company."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True)
    valid_at = InstantField()
    data = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "company", "valid_at"], name="policy_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service_id} from {self.valid_at}"
