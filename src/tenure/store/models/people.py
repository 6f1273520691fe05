"""Persons: the user model."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from tenure.store.ids import new_id
from tenure.store.instants import InstantField


class PersonManager(BaseUserManager["Person"]):
    """Finds persons by their address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """Find the person of an address."""
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser):
    """Somebody with one verified e-mail address, in however many accounts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    theme = models.CharField(
        max_length=10,
        default="auto",
        choices=[("auto", "auto"), ("light", "light"), ("dark", "dark")],
    )
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    """Whether the person works for the vendor and sees the whole installation."""
    columns = models.JSONField(default=dict, blank=True)
    """Which columns the person wants in a list, by the list's name."""
    created_at = InstantField()
    last_login = None

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects = PersonManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="person_email_is_lower_case",
            )
        ]

    def __str__(self) -> str:
        return self.email
