"""The Django app of the pages: templates, static files, no models."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Templates and static files of every portal."""

    name = "tenure.portal"
    label = "portal"
