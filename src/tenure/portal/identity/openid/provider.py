"""The class that django-allauth looks for in an app: a provider that the operator has named."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.provider import Provider, ProviderAccount
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from tenure.portal.identity.openid.tokens import Claims
from tenure.store.providers import IdentityProvider


class Account(ProviderAccount):
    """Somebody at a provider."""

    def to_str(self) -> str:
        """Name them by the address that they have there."""
        return str(self.account.extra_data.get("email", ""))


class OpenIDProvider(Provider):
    """A provider, as the library's flows and pages ask for it."""

    id = "openid_connect"
    name = "OpenID Connect"
    account_class: ClassVar[type[ProviderAccount]] = Account
    supports_redirect = True

    def __init__(self, request: HttpRequest, app: SocialApp | None = None) -> None:
        super().__init__(request, app)
        if app is not None:
            self.name = app.name

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        """Give the address at which the way to the provider begins."""
        address = reverse("openid_connect_login", args=[self.app.provider_id])
        return f"{address}?{urlencode(kwargs)}" if kwargs else address

    def serialize(self) -> dict[str, Any]:
        """Name the provider for a session; two may have given us the same client id."""
        return {"id": self.app.provider_id}

    def extract_uid(self, data: Claims) -> str:
        """Give what the identity is known by: issuer and subject, and nothing else."""
        return data.identity

    def extract_extra_data(self, data: Claims) -> dict[str, str]:
        """Give what is kept: enough to know the identity again, to the person and to us."""
        return {"iss": data.issuer, "sub": data.subject, "email": data.address}

    def extract_common_fields(self, data: Claims) -> dict[str, str]:
        """Give what a new person begins with."""
        return {"email": data.address, "name": data.name}

    def extract_email_addresses(self, data: Claims) -> list[EmailAddress]:
        """Give the address, confirmed where the provider says so and is believed of it."""
        if not data.address:
            return []
        is_proven = data.is_verified and named(self.app.provider_id).is_believed_of(data.address)
        return [EmailAddress(email=data.address, verified=is_proven, primary=True)]


def named(provider_id: str) -> IdentityProvider:
    """Give what the operator says of a provider. Raises ``LookupError``."""
    for each in settings.IDENTITY_PROVIDERS:
        if each.id == provider_id:
            found: IdentityProvider = each
            return found
    raise LookupError(provider_id)


provider_classes = [OpenIDProvider]
