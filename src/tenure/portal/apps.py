"""The Django app of the pages: templates, static files, no models."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Templates and static files of every portal."""

    name = "tenure.portal"
    label = "portal"

    def ready(self) -> None:
        """Note in each session when somebody signed in."""
        from django.contrib.auth.signals import user_logged_in

        from tenure.portal.shared import limits

        user_logged_in.connect(limits.began, dispatch_uid="limits.began")
