"""Persons, as whoever runs the installation deals with them: operators, and who lost factors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from tenure.clock import Clock
from tenure.services import audit, letters
from tenure.services.errors import NotFound, Refused
from tenure.store.models import Person
from tenure.words import letters as words


def add_operator(address: str, *, name: str = "", clock: Clock) -> Person:
    """Make a person an operator; who is not known yet is made, without a password.

    Their address counts as confirmed: whoever runs the installation vouches for it. Where it was
    not before, whoever signed up with it may have been anybody: their password and whatever else
    they would sign in with is dropped. Raises ``Refused`` for what is no address.
    """
    address = address.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused(f"{address} is no e-mail address, such as anne@example.org") from None
    with transaction.atomic():
        person = Person.objects.filter(email=address).first()
        if person is None:
            person = Person(email=address, name=name, created_at=clock.now())
            person.set_unusable_password()
        elif not EmailAddress.objects.filter(user=person, verified=True).exists():
            _drop_ways_in(person)
        if name:
            person.name = name
        person.is_operator = True
        person.is_active = True
        person.save()
        confirmed, _ = EmailAddress.objects.get_or_create(
            user=person, email=address, defaults={"primary": True, "verified": True}
        )
        if not confirmed.verified:
            confirmed.verified = True
            confirmed.set_as_primary(conditional=True)
            confirmed.save()
        audit.record(
            "operator.added",
            object=str(person.id),
            personal={"subject": str(person.id), "subject_address": address},
        )
    return person


def remove_operator(address: str) -> Person:
    """Make an operator an ordinary person again. Raises ``NotFound`` where there is none."""
    with transaction.atomic():
        person = operators().filter(email=address.strip().lower()).first()
        if person is None:
            raise NotFound(f"no operator has the address {address}")
        person.is_operator = False
        person.save(update_fields=["is_operator"])
        audit.record(
            "operator.removed",
            object=str(person.id),
            personal={"subject": str(person.id), "subject_address": person.email},
        )
    return person


def operators() -> QuerySet[Person]:
    """Give the operators, by address."""
    return Person.objects.filter(is_operator=True).order_by("email")


def password_key(person: Person) -> str:
    """Give the secret with which a person sets a password once, soon, by a page."""
    return f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person would be without: how many of each, and how many sessions."""

    address: str
    totp: int
    passkeys: int
    recovery_codes: int
    services: int
    """Identities at providers that are linked: no second factors, but dropped with them."""
    sessions: int

    @property
    def is_any(self) -> bool:
        """Whether there is a second factor at all."""
        return bool(self.totp or self.passkeys or self.recovery_codes)


def factors(address: str) -> Factors:
    """Count the second factors of a person. Raises ``NotFound``."""
    return _factors(_person(address))


def recover(address: str, *, link: str, clock: Clock) -> Factors:
    """Take all second factors from a person who lost them; give what was taken.

    Who asks for it was looked at by a human, who may be deceived: so the password and the linked
    identities are dropped, too, all sessions end, and a letter tells the person. ``link``: where a
    new password is asked for, by a letter of its own. Raises ``NotFound``, and ``Refused`` where
    there is no second factor.
    """
    with transaction.atomic():
        person = _person(address)
        found = _factors(person)
        if not found.is_any:
            raise Refused(
                f"{person.email} has no second factor; who forgot the password asks for a new "
                "one on the sign-in page"
            )
        _drop_ways_in(person)
        person.save(update_fields=["password"])
        letter = words.factors_removed(
            person.language, at=clock.now(), zone=person.time_zone, link=link
        )
        letters.queue(person.email, letter.language, letter.subject, letter.text, clock=clock)
        audit.record(
            "person.recovered",
            object=str(person.id),
            old={
                "totp": found.totp,
                "passkeys": found.passkeys,
                "recovery_codes": found.recovery_codes,
                "services": found.services,
            },
            personal={"subject": str(person.id), "subject_address": person.email},
        )
    return found


def _factors(person: Person) -> Factors:
    types = Counter(Authenticator.objects.filter(user=person).values_list("type", flat=True))
    return Factors(
        person.email,
        totp=types[Authenticator.Type.TOTP],
        passkeys=types[Authenticator.Type.WEBAUTHN],
        recovery_codes=types[Authenticator.Type.RECOVERY_CODES],
        services=SocialAccount.objects.filter(user=person).count(),
        sessions=UserSession.objects.filter(user=person).count(),
    )


def _person(address: str) -> Person:
    person = Person.objects.filter(email=address.strip().lower()).first()
    if person is None:
        raise NotFound(f"nobody signs in with the address {address}")
    return person


def _drop_ways_in(person: Person) -> None:
    # Every session carries the hash of the password, so that none outlives it.
    person.set_unusable_password()
    Authenticator.objects.filter(user=person).delete()
    SocialAccount.objects.filter(user=person).delete()
    UserSession.objects.filter(user=person).delete()
