"""Invitations: a place in an account, offered to whoever can read an address.

The link in the mail holds a secret of which the hash is kept. Who opens it is asked to sign in,
and only the person whose verified address was invited can accept. What was offered is measured
anew at that moment: it is never more than whoever invited has then.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tenure.clock import Clock
from tenure.core.access import Grant, Level
from tenure.core.grants import clipped
from tenure.services import audit, letters, memberships
from tenure.services.access import path_of, viewer
from tenure.services.errors import Forbidden, NotFound, Refused
from tenure.services.rights import (
    Administration,
    Rights,
    ScopeRights,
    administering,
    existing,
    lock,
    of_grants,
    paths,
)
from tenure.store.models import Account, Company, Invitation, Letter, Membership, Person
from tenure.words.letters import invitation as words_of

LIFE = 7 * 86_400
"""Seconds for which a link is good."""
MOST_OPEN = 100
"""So many invitations wait in one account at most."""
PAUSE = 60
"""Seconds between two mails of one invitation."""
ABOUT = "invitation:"


def invite(
    account_id: UUID, address: str, rights: Rights, *, by: Person, clock: Clock, language: str
) -> Invitation:
    """Offer an address a place in an account, by a mail.

    ``language``: of the mail, where the address is nobody's yet. Raises ``NotFound``,
    ``Forbidden``, and ``Refused`` with nothing sent.
    """
    wanted = _address(address)
    with administering(account_id, by) as administration:
        administration.require("people.invite")
        _see_new(administration, wanted, clock.now())
        if rights.is_owner:
            raise Refused("an owner is named among the people of an account", code="no_owner")
        if rights.is_nothing:
            raise Refused("the invitation allows nothing", code="nothing_given")
        administration.see_places(rights)
        # Somebody who is nobody yet stands for whoever accepts: what they have already is theirs.
        administration.see_within(Person(email=wanted), rights)
        secret = _secret()
        invitation = Invitation.objects.create(
            account=administration.account,
            address=wanted,
            language=language,
            portal=rights.portal,
            console=rights.console,
            scopes=[_written(scope) for scope in rights.scopes],
            secret_hash=_hash(secret),
            invited_by=by,
            created_at=clock.now(),
            expires_at=clock.now() + LIFE,
        )
        _send(invitation, secret, clock)
        _record("invitation.sent", invitation, new=rights.told())
    return invitation


def resend(account_id: UUID, invitation_id: UUID, *, by: Person, clock: Clock) -> Invitation:
    """Send an invitation again, with a new link; the old one is no longer good.

    From now on it is of whoever sends it again. Raises ``NotFound``, ``Forbidden``, ``Refused``.
    """
    with administering(account_id, by) as administration:
        administration.require("people.invite")
        invitation = _waiting(administration, invitation_id)
        if clock.now() < invitation.expires_at - LIFE + PAUSE:
            raise Refused("the invitation was sent a moment ago", code="just_sent")
        rights = rights_of(invitation)
        administration.see_within(Person(email=invitation.address), rights)
        secret = _secret()
        invitation.secret_hash = _hash(secret)
        invitation.invited_by = by
        invitation.expires_at = clock.now() + LIFE
        invitation.save()
        _send(invitation, secret, clock)
        _record("invitation.sent", invitation, new=rights.told())
    return invitation


def revoke(account_id: UUID, invitation_id: UUID, *, by: Person, clock: Clock) -> Invitation:
    """Take an invitation back. Raises ``NotFound``, ``Forbidden`` and ``Refused``."""
    with administering(account_id, by) as administration:
        administration.require("people.invite")
        invitation = _waiting(administration, invitation_id)
        invitation.revoked_at = clock.now()
        invitation.save()
        letters.withdraw(_about(invitation.id))
        _record("invitation.revoked", invitation)
    return invitation


def append_closed(company: Company, pool_id: UUID, *, clock: Clock) -> None:
    """Offer no more a site that is being closed, of a company whose account is locked.

    An invitation that offered nothing else is taken back: its link would open nothing.
    """
    open_ones = Invitation.objects.select_related("account").filter(
        account__in=[UUID(each) for each in path_of(company.account)],
        accepted_at__isnull=True,
        revoked_at__isnull=True,
    )
    site = str(pool_id)
    for invitation in open_ones.order_by("id"):
        left = [each for each in invitation.scopes if each["pool"] != site]
        if len(left) == len(invitation.scopes):
            continue
        invitation.scopes = left
        rights = rights_of(invitation)
        if rights.is_nothing:
            invitation.revoked_at = clock.now()
        invitation.save(update_fields=["scopes", "revoked_at"])
        if rights.is_nothing:
            letters.withdraw(_about(invitation.id))
            _record("invitation.revoked", invitation)
        else:
            _record("invitation.changed", invitation, new=rights.told())


def waiting(account: Account) -> list[Invitation]:
    """Give the invitations that nobody accepted or took back, also those that have expired."""
    found = account.invitations.filter(accepted_at__isnull=True, revoked_at__isnull=True)
    return list(found.select_related("invited_by").order_by("-created_at", "address"))


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation gives whoever accepts it now."""

    invitation: Invitation
    rights: Rights

    @property
    def account(self) -> Account:
        """The account."""
        return self.invitation.account

    @property
    def is_less(self) -> bool:
        """Whether it is less than what was offered at first."""
        return self.rights.mark != rights_of(self.invitation).mark


def offer(secret: str, person: Person, *, clock: Clock) -> Offer:
    """Give what a link offers. Changes nothing.

    Raises ``NotFound`` for a link that never was or has been replaced; ``Forbidden`` for
    somebody else; ``Refused`` for one that is no longer good.
    """
    invitation = _of_secret(secret)
    if not _is_address_of(person, invitation.address):
        raise Forbidden("the invitation is for another address", code="other_address")
    if invitation.revoked_at is not None:
        raise Refused("the invitation was taken back", code="revoked")
    if invitation.accepted_at is not None:
        raise Refused("the invitation has been accepted", code="accepted_already")
    if invitation.expires_at <= clock.now():
        raise Refused("the invitation has expired", code="expired")
    if Membership.objects.filter(account=invitation.account, person=person).exists():
        raise Refused("you are in this account already", code="member_already")
    rights = _left(invitation)
    if rights.is_nothing:
        raise Refused("whoever invited you can no longer give this", code="nothing_left")
    return Offer(invitation, rights)


def accept(secret: str, *, by: Person, clock: Clock) -> Membership:
    """Take the place that a link offers. Raises as ``offer``, with nothing changed."""
    with transaction.atomic():
        # The lock, then the reading: it may be accepted twice, or taken back, at this moment.
        lock(_of_secret(secret).account_id)
        found = offer(secret, by, clock=clock)
        membership = memberships.add(found.account, by, found.rights, clock=clock)
        found.invitation.accepted_at = clock.now()
        found.invitation.save()
        # One of which the relay's answer was lost waits to be handed over again.
        letters.withdraw(_about(found.invitation.id))
        _record("invitation.accepted", found.invitation, new=found.rights.told())
    return membership


def rights_of(invitation: Invitation) -> Rights:
    """Give the rights that were offered."""
    return Rights(
        # The tables hold these words only.
        cast(Level, invitation.portal),
        cast(Level, invitation.console),
        tuple(
            ScopeRights(
                UUID(each["company"]),
                None if each["pool"] is None else UUID(each["pool"]),
                each["portal"],
                each["console"],
            )
            for each in invitation.scopes
        ),
    )


def _left(invitation: Invitation) -> Rights:
    """Give what whoever invited can still give, of what is still there."""
    inviter, account = invitation.invited_by, invitation.account
    if inviter is None or not inviter.is_active:
        return Rights()
    path = path_of(account)
    own = viewer(inviter)
    giver = [Grant(path[0], "write", "write")] if own.is_operator else list(own.grants)
    wanted = rights_of(invitation)
    there = Rights(wanted.portal, wanted.console, tuple(existing(account, wanted.scopes)))
    offered = there.grants(account.id)
    left = of_grants(clipped(offered, giver, path, paths([*offered, *giver])))
    return Rights(left.portal, left.console, tuple(existing(account, left.scopes)))


def _see_new(administration: Administration, address: str, now: int) -> None:
    account = administration.account
    if Membership.objects.filter(account=account, person__email=address).exists():
        raise Refused("this person is in the account already", code="member_already")
    open_ = [each for each in waiting(account) if each.expires_at > now]
    if any(each.address == address for each in open_):
        raise Refused("this address is invited already", code="invited_already")
    if len(open_) >= MOST_OPEN:
        raise Refused(
            f"at most {MOST_OPEN} invitations wait at one time: take some back",
            code="too_many_invitations",
        )
    # One that has expired makes room for the new one.
    expired = account.invitations.filter(
        address=address, accepted_at__isnull=True, revoked_at__isnull=True
    )
    for invitation_id in expired.values_list("id", flat=True):
        letters.withdraw(_about(invitation_id))
    expired.update(revoked_at=now)


def _waiting(administration: Administration, invitation_id: UUID) -> Invitation:
    found = administration.account.invitations.filter(pk=invitation_id).first()
    if found is None:
        raise NotFound("there is no such invitation")
    if found.accepted_at is not None:
        raise Refused("the invitation has been accepted", code="accepted_already")
    if found.revoked_at is not None:
        raise Refused("the invitation was taken back", code="revoked")
    return found


def _of_secret(secret: str) -> Invitation:
    found = Invitation.objects.select_related("account", "invited_by")
    invitation = found.filter(secret_hash=_hash(secret)).first()
    if invitation is None:
        raise NotFound("there is no such invitation")
    return invitation


def _is_address_of(person: Person, address: str) -> bool:
    return EmailAddress.objects.filter(user=person, verified=True, email__iexact=address).exists()


def _address(text: str) -> str:
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused("this is no e-mail address", code="no_address") from None
    if len(address) > 254:
        raise Refused("this is no e-mail address", code="no_address")
    return address


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _written(scope: ScopeRights) -> dict[str, Any]:
    return {
        "company": str(scope.company),
        "pool": None if scope.pool is None else str(scope.pool),
        "portal": scope.portal,
        "console": scope.console,
    }


def link(secret: str) -> str:
    """Give the address that the mail names."""
    return f"{settings.PUBLIC_URL}/invitations/{secret}/"


def _send(invitation: Invitation, secret: str, clock: Clock) -> None:
    inviter = invitation.invited_by
    if inviter is None:
        raise ValueError("somebody invites")
    reader = Person.objects.filter(email=invitation.address).first()
    said = words_of(
        invitation.language if reader is None else reader.language,
        account=invitation.account.name,
        inviter=inviter.name or inviter.email,
        address=invitation.address,
        link=link(secret),
        until=invitation.expires_at,
        zone=(inviter if reader is None else reader).time_zone,
    )
    # While no relay takes mails the letter before waits, and its link is good no more.
    letters.withdraw(_about(invitation.id))
    letters.queue(
        invitation.address,
        said.language,
        said.subject,
        said.text,
        clock=clock,
        about=_about(invitation.id),
    )


def _about(invitation_id: UUID) -> str:
    return f"{ABOUT}{invitation_id}"


def is_late(letter: Letter, now: int) -> bool:
    """Whether a letter is an invitation, and its link good no more."""
    return letter.about.startswith(ABOUT) and now >= letter.created_at + LIFE


def _record(action: str, invitation: Invitation, *, new: dict[str, object] | None = None) -> None:
    audit.record(action, account=invitation.account, object=str(invitation.id), new=new)
