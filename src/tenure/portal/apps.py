"""The Django app of the pages: templates, static files, no models."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Templates and static files of every portal."""

    name = "tenure.portal"
    label = "portal"

    def ready(self) -> None:
        """Note who signed in and when, and who did not; unlink what was never proven."""
        from allauth.account.signals import email_confirmed, password_reset
        from allauth.mfa.signals import authentication_failed
        from django.contrib.auth.signals import user_logged_in

        from tenure.portal.identity import failures, unproven
        from tenure.portal.shared import limits

        user_logged_in.connect(limits.began, dispatch_uid="limits.began")
        authentication_failed.connect(failures.code, dispatch_uid="failures.code")
        email_confirmed.connect(unproven.confirmed, dispatch_uid="unproven.confirmed")
        password_reset.connect(unproven.reset, dispatch_uid="unproven.reset")
