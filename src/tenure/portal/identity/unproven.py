"""Unlinks the identities of somebody who signed up with an address that they did not hold.

Whoever signs up by a provider that is not believed of an address gets a letter there. Where the
owner of the address confirms it, or sets a password, from another browser than the one that signed
up, the two may be strangers: then the provider lets nobody in, and the owner of the address stays.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage, LoginStageController
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext

from tenure.services import audit
from tenure.store.models import Person


def confirmed(sender: Any, request: HttpRequest, email_address: EmailAddress, **_: Any) -> None:
    """Look whether the first address of a person was confirmed where they signed up."""
    person: Person = email_address.user
    others = EmailAddress.objects.filter(user=person, verified=True).exclude(pk=email_address.pk)
    if others.exists() or _signed_up_here(request, person):
        return
    _unlink(request, person)


def reset(sender: Any, request: HttpRequest, user: Person, **_: Any) -> None:
    """Look whether the person had confirmed an address before they set a password by a letter."""
    if not EmailAddress.objects.filter(user=user, verified=True).exists():
        _unlink(request, user)


def _signed_up_here(request: HttpRequest, person: Person) -> bool:
    if request.user.is_authenticated:
        return bool(request.user.pk == person.pk)
    stage = LoginStageController.enter(request, EmailVerificationStage.key)
    return stage is not None and stage.login.user is not None and stage.login.user.pk == person.pk


def _unlink(request: HttpRequest, person: Person) -> None:
    found = SocialAccount.objects.filter(user=person)
    if not found.exists():
        return
    found.delete()
    audit.record(
        "person.identities_unlinked",
        object=str(person.id),
        personal={"subject": str(person.id), "subject_address": person.email},
    )
    messages.warning(
        request,
        gettext(
            "The sign-in with another service was not kept, as the link was opened in another "
            "browser than the one in which you signed up. Set a password; then you can link it."
        ),
    )
