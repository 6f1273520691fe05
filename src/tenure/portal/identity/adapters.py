"""What django-allauth asks us: how a person is made, how a letter leaves, how secrets are kept.

Links in letters begin with the public address, never with the host that a request names.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from tenure.clock import WallClock
from tenure.portal.identity import letters
from tenure.services import audit
from tenure.services import letters as queue
from tenure.store.models import Person


class AccountAdapter(DefaultAccountAdapter):
    """Persons with an address and no user name; letters by our own queue."""

    def new_user(self, request: HttpRequest) -> AbstractBaseUser:
        """Begin a person, who reads the language of the page."""
        return Person(created_at=WallClock().now(), language=get_language() or "en")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the letter that we have in place of a mail of allauth's; none for some."""
        letter = letters.letter(template_prefix, email, context, self.request)
        if letter is not None:
            queue.queue(email, letter.language, letter.subject, letter.text)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> Any:
        """Record who signed in, and how."""
        response = super().post_login(request, user, **kwargs)
        records = get_authentication_records(request, user)
        methods = [str(each.get("type") or each["method"]) for each in records]
        _record("person.signed_in", user, {"methods": methods})
        return response

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person what was done to their sign-in, and record it."""
        super().send_notification_mail(template_prefix, user, context, email)
        _record(f"person.{template_prefix.rpartition('/')[2]}", user)

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: Any, signup: bool
    ) -> None:
        """Ask a new address to confirm; where it is to take another's place, tell that one."""
        address: EmailAddress = emailconfirmation.email_address
        super().send_confirmation_mail(request, emailconfirmation, signup)
        if not signup:
            present = EmailAddress.objects.get_primary(address.user)
            if present is not None and present.verified and present.email != address.email:
                self.send_notification_mail(
                    letters.CHANGE_ASKED,
                    address.user,
                    {"to_email": address.email},
                    email=present.email,
                )

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Give the link that confirms an address."""
        return settings.PUBLIC_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Give the link with which a new password is chosen."""
        uid, _, token = key.partition("-")
        return settings.PUBLIC_URL + reverse(
            "account_reset_password_from_key", kwargs={"uidb36": uid, "key": token}
        )


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of second factors lie sealed in the database; the key lies outside."""

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what was sealed. Raises ``InvalidToken`` under another key."""
        return _seal().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name whom a passkey is for: the product, at this host."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Tenure"}


def _record(action: str, user: AbstractBaseUser, new: dict[str, Any] | None = None) -> None:
    person = {"person": str(user.pk), "address": user.get_username()}
    audit.record(action, object=str(user.pk), new=new, personal=person)


def _seal() -> Fernet:
    key = sha256(b"second factors " + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
