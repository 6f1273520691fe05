"""Which of our letters stands for which mail of django-allauth, and with which facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from tenure.store.models import Person
from tenure.words import letters
from tenure.words.letters import Event, Letter

CHANGE_ASKED = "tenure/address_change_asked"
"""Our own, which allauth does not have."""

RESET = "account/email/password_reset_key"
_ADDED: dict[str, letters.Method] = {
    "account/email/password_changed": "password",
    "account/email/password_set": "password",
    "account/email/password_reset": "password",
    "mfa/email/totp_activated": "totp",
    "mfa/email/recovery_codes_generated": "recovery_codes",
    "mfa/email/webauthn_added": "passkey",
    "socialaccount/email/account_connected": "provider",
}
_REMOVED: dict[str, letters.Method] = {
    "mfa/email/totp_deactivated": "totp",
    "mfa/email/webauthn_removed": "passkey",
    "socialaccount/email/account_disconnected": "provider",
}


def letter(
    prefix: str, address: str, context: dict[str, Any], request: HttpRequest | None
) -> Letter | None:
    """Give the letter for a mail of allauth's; None where we write none.

    Raises ``LookupError`` for a mail that nobody thought of, so that none goes out unwritten.
    """
    person = _person(address, context, request)
    language = person.language if person else get_language() or "en"
    if prefix in _ADDED or prefix in _REMOVED:
        say = letters.method_added if prefix in _ADDED else letters.method_removed
        provider = context.get("provider")
        return say(
            language,
            method=(_ADDED | _REMOVED)[prefix],
            name=str(getattr(provider, "name", "") or ""),
            event=_event(context, person),
            link=_page("mfa_index"),
        )
    if prefix not in _OTHERS:
        raise LookupError(f"there is no letter for {prefix}")
    return _OTHERS[prefix](language, address, context, person)


def _person(address: str, context: dict[str, Any], request: HttpRequest | None) -> Person | None:
    found = context.get("user")
    if isinstance(found, Person):
        return found
    known = EmailAddress.objects.filter(email=address, verified=True).first()
    if known is not None:
        return Person.objects.get(pk=known.user_id)
    user = getattr(request, "user", None)
    return user if isinstance(user, Person) else None


def _event(context: dict[str, Any], person: Person | None) -> Event:
    at: datetime = context["timestamp"]
    return Event(int(at.timestamp()), person.time_zone if person else "UTC", str(context["ip"]))


def _page(name: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name)}"


def _confirm(language: str, address: str, context: dict[str, Any], person: Person | None) -> Letter:
    return letters.confirm_address(
        language,
        address=address,
        link=context["activate_url"],
        hours=24 * settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS,
    )


def _confirm_new(
    language: str, address: str, context: dict[str, Any], person: Person | None
) -> Letter:
    is_first = not EmailAddress.objects.filter(user=person, verified=True).exists()
    say = letters.confirm_address if is_first else letters.confirm_new_address
    return say(
        language,
        address=address,
        link=context["activate_url"],
        hours=24 * settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS,
    )


def _change_asked(
    language: str, address: str, context: dict[str, Any], person: Person | None
) -> Letter:
    return letters.address_change_asked(
        language,
        new=context["to_email"],
        event=_event(context, person),
        link=_page("usersessions_list"),
    )


def _changed(language: str, address: str, context: dict[str, Any], person: Person | None) -> Letter:
    return letters.address_changed(
        language,
        old=context["from_email"],
        new=context["to_email"],
        event=_event(context, person),
    )


def _reset(language: str, address: str, context: dict[str, Any], person: Person | None) -> Letter:
    return letters.reset_password(
        language,
        address=address,
        link=context["password_reset_url"],
        minutes=settings.PASSWORD_RESET_TIMEOUT // 60,
    )


def _unknown(language: str, address: str, context: dict[str, Any], person: Person | None) -> Letter:
    return letters.no_account(language, address=address, link=_page("account_signup"))


def _already(language: str, address: str, context: dict[str, Any], person: Person | None) -> Letter:
    return letters.already_signed_up(
        language, address=address, link=_page("account_reset_password")
    )


def _nothing(language: str, address: str, context: dict[str, Any], person: Person | None) -> None:
    """Stay silent: the person was told on the way, or the address was never theirs."""


_OTHERS: dict[str, Callable[[str, str, dict[str, Any], Person | None], Letter | None]] = {
    "account/email/email_confirmation_signup": _confirm,
    "account/email/email_confirmation": _confirm_new,
    "account/email/email_changed": _changed,
    "account/email/email_confirm": _nothing,
    "account/email/email_deleted": _nothing,
    RESET: _reset,
    "account/email/unknown_account": _unknown,
    "account/email/account_already_exists": _already,
    CHANGE_ASKED: _change_asked,
}
