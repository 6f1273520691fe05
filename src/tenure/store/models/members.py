"""Members: the people whom a company may protect, by source and group."""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company


class Source(models.Model):
    """Where members come from: a directory, an import, or by hand."""

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="sources",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="source_name_once")]

    def __str__(self) -> str:
        return self.name


class Group(models.Model):
    """A group of members."""

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="groups",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="group_name_once")]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """Somebody of the company. ``user`` is the name by which checks ask, in lower case."""

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="members",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    reference = models.CharField(max_length=100, blank=True)
    user = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    source_id = models.UUIDField(null=True)
    group_id = models.UUIDField(null=True)
    pool_id = models.UUIDField(null=True)
    added_at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="member_user_once"),
            models.UniqueConstraint(
                fields=["company", "reference"],
                condition=~models.Q(reference=""),
                name="member_reference_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.user


class Seat(models.Model):
    """A member's seat: open from the fact that protected it to the fact that gave it back.

    The seats of a pool stand in the order of ``opened_seq``, then ``place`` within one fact.
    """

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="seats",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    service = models.CharField(max_length=50)
    instance = models.PositiveIntegerField()
    pool_id = models.UUIDField()
    member_id = models.UUIDField()
    protected_at = InstantField()
    opened_seq = models.BigIntegerField()
    place = models.PositiveIntegerField()
    closed_seq = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "service", "instance", "member_id"],
                condition=models.Q(closed_seq__isnull=True),
                name="seat_open_once_per_member",
            ),
            models.UniqueConstraint(
                fields=["company", "service", "instance", "pool_id", "opened_seq", "place"],
                name="seat_place_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.pool_id}"
