"""What django-allauth asks us of identities: which providers there are, and who may be linked.

An identity is linked to a person who is signed in, or to one whom it makes. Never to somebody who
was here before, because of an address.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tenure.clock import WallClock
from tenure.store.models import Person


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Providers from the operator's file; no identity is linked by an address."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "last_way": _(
            "It is your last way to sign in. Set a password or add a passkey before you remove it."
        )
    }

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Give the providers that the operator names. Nothing of them lies in the database."""
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=each.id,
                name=each.name,
                client_id=each.client_id,
            )
            for each in settings.IDENTITY_PROVIDERS
            if provider in (None, "openid_connect", each.id) and client_id in (None, each.client_id)
        ]

    def get_app(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> SocialApp:
        """Give a provider; one that the operator took away is known by its id alone.

        Identities there can no longer be used, but must be seen and removed.
        """
        found = self.list_apps(request, provider, client_id)
        if found:
            return found[0]
        return SocialApp(provider="openid_connect", provider_id=provider, name=provider)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Any) -> Any:
        """Fill in what a new person begins with."""
        person = super().populate_user(request, sociallogin, data)
        person.name = str(data.get("name") or "")[:200]
        return person

    def serialize_instance(self, instance: Any) -> dict[str, Any]:
        """Put somebody into a session; the library knows no instants that are numbers."""
        data: dict[str, Any] = super().serialize_instance(instance)
        if isinstance(instance, Person):
            data.pop("created_at", None)
        return data

    def deserialize_instance(self, model: Any, data: dict[str, Any]) -> Any:
        """Take somebody out of a session again."""
        found = super().deserialize_instance(model, data)
        if isinstance(found, Person):
            found.created_at = WallClock().now()
        return found

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Tell whoever has an address that is somebody's here to sign in as before."""
        if sociallogin.is_existing or sociallogin.state.get("process") != AuthProcess.LOGIN:
            return
        proven = _proven(sociallogin)
        if proven is not None and _is_known(proven):
            context = {"provider": sociallogin.provider, "address": proven}
            answer = render(request, "tenure/identity/known_address.html", context, status=409)
            raise ImmediateHttpResponse(answer)

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Ask nothing more of somebody whose address the provider vouches for, and may."""
        return _proven(sociallogin) is not None

    def is_email_verified(self, provider: Any, email: str) -> bool:
        """Leave it at what the provider's own claim says."""
        return False

    def authenticate_by_email(self, sociallogin: SocialLogin) -> None:
        """Sign nobody in by an address."""

    def validate_disconnect(self, account: SocialAccount, accounts: Any) -> None:
        """See that another way to sign in is left. Raises ``ValidationError``."""
        if not has_other_way(account):
            raise self.validation_error("last_way")


def has_other_way(account: SocialAccount) -> bool:
    """Whether a person can sign in without an identity: by another, a password or a passkey."""
    person: Person = account.user
    usable = [each.id for each in settings.IDENTITY_PROVIDERS]
    return (
        person.has_usable_password()
        or SocialAccount.objects.filter(user=person, provider__in=usable)
        .exclude(pk=account.pk)
        .exists()
        or any(
            key.wrap().is_passwordless
            for key in Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN)
        )
    )


def _proven(sociallogin: SocialLogin) -> str | None:
    return next((each.email for each in sociallogin.email_addresses if each.verified), None)


def _is_known(address: str) -> bool:
    return (
        EmailAddress.objects.filter(email=address).exists()
        or Person.objects.filter(email=address).exists()
    )
