"""The Django app of the pages: templates, static files, no models."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Templates and static files of every portal."""

    name = "tenure.portal"
    label = "portal"

    def ready(self) -> None:
        """Note in each session when somebody signed in; unlink what was never proven."""
        from allauth.account.signals import email_confirmed, password_reset
        from django.contrib.auth.signals import user_logged_in

        from tenure.portal.identity import unproven
        from tenure.portal.shared import limits

        user_logged_in.connect(limits.began, dispatch_uid="limits.began")
        email_confirmed.connect(unproven.confirmed, dispatch_uid="unproven.confirmed")
        password_reset.connect(unproven.reset, dispatch_uid="unproven.reset")
