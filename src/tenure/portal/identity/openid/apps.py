"""The Django app of the providers: no models."""

from django.apps import AppConfig


class OpenIDConfig(AppConfig):
    """Addresses and provider class, as django-allauth looks for them."""

    name = "tenure.portal.identity.openid"
    label = "identity_openid"
