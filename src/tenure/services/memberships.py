"""Memberships: who is in an account, with which rights; changing, handing over, leaving.

Nobody gives more than they have, nobody widens their own, and an account keeps an owner.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import transaction

from tenure.clock import Clock
from tenure.services import audit, companies
from tenure.services.errors import Forbidden, NotFound, Refused
from tenure.services.rights import (
    OWNER,
    Administration,
    Rights,
    administering,
    lock,
    rights_of,
    save,
)
from tenure.store.models import Account, Company, Contact, Membership, Person, Scope


def people(account: Account) -> list[Membership]:
    """Give an account's memberships with their persons and scopes, the owners first."""
    found = Membership.objects.filter(account=account).select_related("person")
    return list(found.prefetch_related("scopes").order_by("-is_owner", "person__email"))


def of(account: Account, person_id: UUID) -> Membership:
    """Give somebody's membership in an account. Raises ``NotFound``."""
    found = Membership.objects.filter(account=account, person_id=person_id)
    membership = found.select_related("person").prefetch_related("scopes").first()
    if membership is None:
        raise NotFound("there is no such person in this account")
    return membership


def add(account: Account, person: Person, rights: Rights, *, clock: Clock) -> Membership:
    """Take somebody into an account, asking nobody: for whoever has asked already.

    Raises ``Refused`` if they are in it.
    """
    with transaction.atomic():
        lock(account.id)
        if Membership.objects.filter(account=account, person=person).exists():
            raise Refused("this person is in the account already", code="member_already")
        membership = Membership(account=account, person=person, created_at=clock.now())
        save(membership, rights)
        if rights.is_owner:
            _write_to(account, person)
        _record("membership.added", membership, new=rights)
    return membership


def change(
    account_id: UUID, person_id: UUID, rights: Rights, *, by: Person, seen: str | None = None
) -> Membership:
    """Give somebody other rights. ``seen``: the mark of those that were looked at.

    Raises ``NotFound``, ``Forbidden``, and ``Refused`` with nothing changed: for one's own, for
    more than one has, for the last owner, for rights that are others than those looked at.
    """
    with administering(account_id, by) as administration:
        administration.require("people.change")
        membership = administration.member(person_id)
        before = rights_of(membership)
        if person_id == by.id:
            raise Refused("nobody changes their own rights", code="own_rights")
        if before.is_owner or rights.is_owner:
            administration.require("owners.name")
        if seen is not None and seen != before.mark:
            raise Refused("these rights were changed meanwhile", code="changed_meanwhile")
        if rights.is_nothing:
            raise Refused("these rights allow nothing: remove the person", code="nothing_given")
        if rights.is_owner:
            rights = OWNER
        else:
            administration.see_places(rights)
            administration.see_an_owner_stays(membership)
        administration.see_within(membership.person, rights)
        save(membership, rights)
        if before.is_owner != rights.is_owner:
            follow = _write_to if rights.is_owner else _write_no_more
            follow(administration.account, membership.person)
        _record("membership.changed", membership, old=before, new=rights)
    return membership


def append_closed(company: Company, pool_id: UUID) -> None:
    """Take the rights back that name a site which is being closed, of a company that is locked.

    Nothing is left there to reach, so whoever had only these keeps a membership without rights.
    """
    named = Scope.objects.filter(company_id=company.id, pool_id=pool_id)
    touched = Membership.objects.filter(pk__in=named.values("membership_id"))
    before = {
        each.pk: (each, rights_of(each))
        for each in touched.select_related("account").prefetch_related("scopes").order_by("pk")
    }
    named.delete()
    for membership, old in before.values():
        scopes = tuple(each for each in old.scopes if each.pool != pool_id)
        _record("membership.changed", membership, old=old, new=replace(old, scopes=scopes))


def transfer(account_id: UUID, to: UUID, *, by: Person) -> Membership:
    """Hand an account over to another of its people; whoever owned it keeps write everywhere.

    Raises ``NotFound``, ``Forbidden`` and ``Refused``.
    """
    with administering(account_id, by) as administration:
        own = _own(administration)
        if not own.is_owner:
            raise Forbidden("only an owner hands an account over")
        if to == by.id:
            raise Refused("you own this account already", code="owner_already")
        other = administration.member(to)
        before, others = rights_of(own), rights_of(other)
        rest = Rights("write", "write")
        administration.see_within(other.person, OWNER)
        save(other, OWNER)
        save(own, rest)
        # First the new one: a company is never without an address that counts.
        _write_to(administration.account, other.person)
        _write_no_more(administration.account, own.person)
        _record("membership.changed", other, old=others, new=OWNER)
        _record("membership.changed", own, old=before, new=rest)
        audit.record("account.transferred", account=administration.account, object=str(to))
    return other


def remove(account_id: UUID, person_id: UUID, *, by: Person) -> None:
    """Take somebody out of an account; from this instant they reach nothing through it.

    Raises ``NotFound``, ``Forbidden``, and ``Refused`` for the last owner and for oneself.
    """
    with administering(account_id, by) as administration:
        administration.require("people.remove")
        membership = administration.member(person_id)
        if person_id == by.id:
            raise Refused("nobody removes themselves: leave the account", code="own_rights")
        if membership.is_owner:
            administration.require("owners.remove")
        administration.see_an_owner_stays(membership)
        administration.see_within(membership.person, None)
        _end(administration.account, membership, "membership.removed")


def leave(account_id: UUID, *, by: Person) -> None:
    """Leave an account. Raises ``NotFound``, and ``Refused`` for its last owner.

    Also refused where somebody was given less here than in an account above: they would have
    more without.
    """
    with administering(account_id, by) as administration:
        membership = _own(administration)
        administration.see_an_owner_stays(membership)
        administration.see_within(by, None, giver=())
        _end(administration.account, membership, "membership.left")


def _own(administration: Administration) -> Membership:
    return administration.member(administration.viewer.person.id)


def _end(account: Account, membership: Membership, action: str) -> None:
    before = rights_of(membership)
    membership.delete()
    if before.is_owner:
        _write_no_more(account, membership.person)
    _record(action, membership, old=before)


def _record(
    action: str, membership: Membership, *, old: Rights | None = None, new: Rights | None = None
) -> None:
    audit.record(
        action,
        account=membership.account,
        object=str(membership.person_id),
        old=None if old is None else old.told(),
        new=None if new is None else new.told(),
    )


# Whom the company's notices go to: by default its owners


def _companies(account: Account) -> list[Company]:
    """Give the company of a business account, locked: an engine may issue a notice meanwhile."""
    if account.kind != Account.Kind.BUSINESS:
        return []
    return list(Company.objects.select_for_update().filter(account=account).order_by("id"))


def _write_to(account: Account, person: Person) -> None:
    for company in _companies(account):
        if not Contact.objects.filter(
            company=company, pool_id__isnull=True, address=person.email
        ).exists():
            companies.add_contact(
                company,
                address=person.email,
                role=Contact.Role.OWNER,
                name=person.name,
                language=person.language,
                time_zone=person.time_zone if person.time_zone != "UTC" else None,
            )


def _write_no_more(account: Account, person: Person) -> None:
    for company in _companies(account):
        Contact.objects.filter(
            company=company, address=person.email, role=Contact.Role.OWNER
        ).delete()
