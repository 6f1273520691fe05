"""What django-allauth asks us: how a person is made, how a letter leaves, how secrets are kept.

Links in letters begin with the public address, never with the host that a request names.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.models import SocialAccount
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext

from tenure.clock import WallClock
from tenure.portal.identity import failures, letters
from tenure.services import audit
from tenure.services import letters as queue
from tenure.store.models import Person

PROVE = "openid_connect_prove"


class AccountAdapter(DefaultAccountAdapter):
    """Persons with an address and no user name; letters by our own queue."""

    def new_user(self, request: HttpRequest) -> AbstractBaseUser:
        """Begin a person, who reads the language of the page."""
        return Person(created_at=WallClock().now(), language=get_language() or "en")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask people who sign in by providers alone, too; the library would let them pass.

        Raises ``ReauthenticationRequired`` for them.
        """
        if not super().is_reauthentication_required(app=app, **kwargs):
            return False
        request = self.request
        if get_reauthentication_flows(request.user):
            return True
        if not _proved_lately(request):
            raise ReauthenticationRequired
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Give the ways to prove who sits there; a provider's is one of them."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return methods + (provider_proofs(user) if user.is_authenticated else [])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the letter that we have in place of a mail of allauth's; none for some."""
        letter = letters.letter(template_prefix, email, context, self.request)
        if letter is not None:
            about = queue.RESET if template_prefix == letters.RESET else ""
            queue.queue(email, letter.language, letter.subject, letter.text, about=about)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> Any:
        """Record who signed in, and how."""
        response = super().post_login(request, user, **kwargs)
        records = get_authentication_records(request, user)
        methods = [str(each.get("type") or each["method"]) for each in records]
        _record("person.signed_in", user, {"methods": methods})
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record who did not get in, if there is such a person."""
        failures.password(str(credentials.get("email") or credentials.get("username") or ""))

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


def provider_proofs(user: Any) -> list[dict[str, Any]]:
    """Give the ways by which somebody can prove who they are through a provider."""
    linked = set(SocialAccount.objects.filter(user=user).values_list("provider", flat=True))
    return [
        {
            "id": f"{PROVE}:{each.id}",
            "description": gettext("Confirm with %(provider)s") % {"provider": each.name},
            "url": reverse(PROVE, args=[each.id]),
        }
        for each in settings.IDENTITY_PROVIDERS
        if each.id in linked
    ]


def _proved_lately(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    proofs = [each["at"] for each in records if each.get("reauthenticated")]
    return (
        bool(proofs) and WallClock().now() - proofs[-1] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    )


def _record(action: str, user: AbstractBaseUser, new: dict[str, Any] | None = None) -> None:
    person = {"person": str(user.pk), "address": user.get_username()}
    audit.record(action, object=str(user.pk), new=new, personal=person)


def _seal() -> Fernet:
    key = sha256(b"second factors " + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
