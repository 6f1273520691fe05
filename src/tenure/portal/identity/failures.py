"""Records who did not get in: a wrong password or code for a person who exists.

For an address that is nobody's nothing is recorded, and it takes as long.
"""

from __future__ import annotations

from typing import Any

from tenure.core.actions import SIGN_IN_FAILED
from tenure.services import refusals
from tenure.store.models import Person


def password(address: str) -> None:
    """A password was wrong, or there is nobody of that address."""
    address = address.strip().lower()[:254]
    person = Person.objects.filter(email=address).first()
    _record(person or address, "wrong_password")


def code(sender: Any, user: Person, **_: Any) -> None:
    """A code of an app, or a recovery code, was wrong; called by the library's signal."""
    _record(user, "wrong_code")


def _record(who: Person | str, result: str) -> None:
    person = who if isinstance(who, Person) else None
    address = who.email if isinstance(who, Person) else who
    named = "" if person is None else str(person.pk)
    refusals.record(
        SIGN_IN_FAILED,
        result,
        of=named or address,
        is_real=person is not None,
        object=named,
        personal={"subject": named, "subject_address": address},
    )
