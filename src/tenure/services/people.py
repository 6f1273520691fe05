"""Persons: the operators of the installation, made and unmade by who runs it."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from tenure.clock import Clock
from tenure.services import audit
from tenure.services.errors import NotFound, Refused
from tenure.store.models import Person


def add_operator(address: str, *, name: str = "", clock: Clock) -> Person:
    """Make a person an operator; who is not known yet is made, without a password.

    Their address counts as confirmed: whoever runs the installation vouches for it. Raises
    ``Refused`` for what is no address.
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
        elif name:
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
