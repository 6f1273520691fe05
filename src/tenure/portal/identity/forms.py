"""The forms of the sign-in that differ from those of django-allauth."""

from __future__ import annotations

from typing import Any

from allauth.account import forms
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.forms import DisconnectForm
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest


class SignupForm(forms.SignupForm):
    """Signs up with an address and a password."""

    def try_save(self, request: HttpRequest) -> Any:
        """Save, or write to the owner of an address that is known already.

        The answer must not tell the two apart, nor how long it takes: a password is hashed in
        both cases.
        """
        if self.account_already_exists:
            make_password(self.cleaned_data.get("password1"))
        return super().try_save(request)


class UnlinkForm(DisconnectForm):
    """Unlinks an identity, where another way to sign in is left."""

    def clean(self) -> Any:
        """See that it is; the library asks for a password, where a passkey will do."""
        account = self.cleaned_data.get("account")
        if account:
            get_adapter().validate_disconnect(account, self.accounts)
        return self.cleaned_data
