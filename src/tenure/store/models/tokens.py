"""Tokens by which programs sign in. Only a hash of a token is kept."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company
from tenure.store.models.people import Person


class Token(models.Model):
    """What a program shows to act for a company; ``prefix`` is all of it that can be shown again.

    One of a directory names its source, and ends with the instance. One of the API acts with the
    rights that its creator has today.
    """

    class Kind(models.TextChoices):
        SCIM = "scim", "a directory"
        API = "api", "the API"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    source_id = models.UUIDField(null=True)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=20)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    made_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = InstantField()
    used_at = InstantField(null=True)
    expires_at = InstantField(null=True)
    revoked_at = InstantField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
