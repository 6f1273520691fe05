"""Members: the people whom a company may protect, by source and group.

What a member is called, and how it is found again, is said in ``services.identities``.
"""

from __future__ import annotations

from django.db import models

from tenure.store.ids import new_id
from tenure.store.instants import InstantField
from tenure.store.models.accounts import Company


class Source(models.Model):
    """Where members come from: a directory, an import, or by hand."""

    class Kind(models.TextChoices):
        HAND = "hand", "by hand"
        FILE = "file", "a file"
        SCIM = "scim", "a directory"

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="sources",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FILE)
    name = models.CharField(max_length=200)
    pool_id = models.UUIDField(null=True)
    """The pool from which its members draw, who have none of their own nor of a group."""
    added_at = InstantField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="source_name_once")]

    def __str__(self) -> str:
        return self.name


class Group(models.Model):
    """A group of members: of one directory, or by hand where it has no source."""

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="groups",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    source_id = models.UUIDField(null=True)
    external_id = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=200)
    pool_id = models.UUIDField(null=True)
    """The pool from which its members draw, who have none of their own."""
    data = models.JSONField(default=dict)
    """What else the directory said, to be given back to it as it was."""
    version = models.PositiveBigIntegerField(default=1)
    added_at = InstantField(null=True)
    changed_at = InstantField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name"],
                condition=models.Q(source_id__isnull=True),
                name="group_name_once",
            ),
            models.UniqueConstraint(
                fields=["company", "source_id", "name"],
                condition=models.Q(source_id__isnull=False),
                name="group_name_once_in_source",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A member is in a group since an instant."""

    pk = models.CompositePrimaryKey("company_id", "group_id", "member_id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    group_id = models.UUIDField()
    member_id = models.UUIDField()
    added_at = InstantField()

    class Meta:
        indexes = [models.Index(fields=["company", "member_id"], name="group_of_member")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.group_id}"


class Member(models.Model):
    """Somebody of the company. ``user`` is the name by which checks ask, in lower case.

    Who has left keeps the row until it is removed, so that whoever comes back is the same member.
    """

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
    """The source that brought the member first."""
    pool_id = models.UUIDField(null=True)
    """The home pool; without it that of the first group that has one, else of the source."""
    added_at = InstantField()
    left_at = InstantField(null=True)
    seen_at = InstantField(null=True)
    """When the member last used the service, as far as it was reported."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="member_user_once"),
            models.UniqueConstraint(
                fields=["company", "reference"],
                condition=~models.Q(reference=""),
                name="member_reference_once",
            ),
        ]
        indexes = [
            # What the list of members is filtered and sorted by.
            models.Index(fields=["company", "name", "user"], name="member_by_name"),
            models.Index(fields=["company", "source_id", "user"], name="member_by_source"),
            models.Index(fields=["company", "seen_at"], name="member_by_use"),
            models.Index(
                fields=["company", "pool_id"],
                condition=models.Q(pool_id__isnull=False),
                name="member_by_home",
            ),
            models.Index(
                fields=["company", "left_at"],
                condition=models.Q(left_at__isnull=False),
                name="member_who_left",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.user


class Alias(models.Model):
    """Another name by which checks may ask for a member, in lower case."""

    pk = models.CompositePrimaryKey("company_id", "value")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    value = models.CharField(max_length=254)
    member_id = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=["company", "member_id"], name="alias_of_member")]

    def __str__(self) -> str:
        return self.value


class Identity(models.Model):
    """A member as one directory knows them; without a member where that was not clear.

    ``clash`` says why: names of two members, or of one whom this source knows already. It can
    also name what another member holds, while the identity has its member.
    """

    class Clash(models.TextChoices):
        TWO_MEMBERS = "two_members", "its names belong to two members"
        KNOWN_ALREADY = "known_already", "its source knows this member already"
        NAME_TAKEN = "name_taken", "another member has one of its names"

    pk = models.CompositePrimaryKey("company_id", "id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="identities",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    id = models.UUIDField(default=new_id, editable=False)
    source_id = models.UUIDField()
    member_id = models.UUIDField(null=True)
    external_id = models.CharField(max_length=255, blank=True)
    user_name = models.CharField(max_length=254)
    """As the directory writes it; compared in lower case."""
    user_key = models.CharField(max_length=254)
    is_active = models.BooleanField(default=True)
    addresses = models.JSONField(default=list)
    """The mail addresses, in lower case."""
    data = models.JSONField(default=dict)
    """What else the directory said, to be given back to it as it was."""
    clash = models.CharField(max_length=20, choices=Clash.choices, blank=True)
    clash_with = models.JSONField(default=list)
    """The members, by id."""
    version = models.PositiveBigIntegerField(default=1)
    added_at = InstantField()
    changed_at = InstantField()

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "source_id", "user_key"], name="identity_user_once"
            ),
            models.UniqueConstraint(
                fields=["company", "source_id", "external_id"],
                condition=~models.Q(external_id=""),
                name="identity_external_once",
            ),
            models.UniqueConstraint(
                fields=["company", "source_id", "member_id"],
                condition=models.Q(member_id__isnull=False),
                name="identity_once_per_member",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "member_id"], name="identity_of_member"),
            models.Index(
                fields=["company", "source_id"],
                condition=~models.Q(clash=""),
                name="identity_with_clash",
            ),
        ]

    def __str__(self) -> str:
        return self.user_name


class IdentityMail(models.Model):
    """A mail address of an identity, in lower case, by which a directory may look for it."""

    pk = models.CompositePrimaryKey("company_id", "identity_id", "place")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    identity_id = models.UUIDField()
    place = models.PositiveIntegerField()
    value = models.CharField(max_length=254)
    kind = models.CharField(max_length=254, blank=True)
    """``work``, ``home`` and the like."""
    is_primary = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["company", "value"], name="mail_of_identity")]

    def __str__(self) -> str:
        return self.value


class GroupIdentity(models.Model):
    """An identity is in a group of its directory, whether it has a member yet or not.

    ``GroupMember`` follows it as soon as there is a member.
    """

    pk = models.CompositePrimaryKey("company_id", "group_id", "identity_id")
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the primary key begins with it
    )
    group_id = models.UUIDField()
    identity_id = models.UUIDField()
    added_at = InstantField()

    class Meta:
        indexes = [models.Index(fields=["company", "identity_id"], name="group_of_identity")]

    def __str__(self) -> str:
        return f"{self.identity_id} in {self.group_id}"


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
    rule_id = models.UUIDField(null=True)
    """The rule that protected the member; None where a person did."""
    given_up_at = InstantField(null=True)
    """Since when it is to be given back, as soon as the phase lets."""

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
        indexes = [
            models.Index(
                fields=["company", "service", "instance"],
                condition=models.Q(closed_seq__isnull=True, given_up_at__isnull=False),
                name="seat_given_up",
            ),
            models.Index(
                fields=["company", "service", "instance", "pool_id", "opened_seq", "place"],
                condition=models.Q(closed_seq__isnull=True),
                name="seat_in_order",
            ),
            models.Index(
                fields=["company", "service", "instance", "rule_id"],
                condition=models.Q(closed_seq__isnull=True, rule_id__isnull=False),
                name="seat_by_rule",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.pool_id}"
