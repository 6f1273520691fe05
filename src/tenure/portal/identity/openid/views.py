"""To a provider and back: what is sent along, what is kept meanwhile, and what is done then.

The way begins with a POST, so that no other page can send somebody on it. That answers with a page
that leads on, not with a redirect: a browser would hold the redirects of a form, also those from
one provider to another, against our policy of where forms may go.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows import reauthentication
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialAccount
from allauth.utils import get_request_param
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tenure.clock import WallClock
from tenure.portal.identity.openid import remote, tokens
from tenure.portal.identity.openid.provider import named
from tenure.portal.identity.openid.remote import ProviderError
from tenure.portal.identity.openid.tokens import Claims
from tenure.store.providers import IdentityProvider

log = logging.getLogger(__name__)

SIGN_IN, LINK, PROVE = "login", "connect", "reauthenticate"
"""What somebody may go to a provider for."""

FRESH = 300
"""Seconds: so long ago may a provider have seen somebody who is to prove who they are."""

SCOPE = "openid email profile"


@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Ask whether to go to a provider, to sign in or to link it; or go."""
    purpose = get_request_param(request, "process", SIGN_IN)
    return _begin(request, provider_id, LINK if purpose == LINK else SIGN_IN)


@never_cache
@require_http_methods(["GET", "POST"])
def prove(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Ask whether to go to a provider to prove who sits there, or go."""
    return _begin(request, provider_id, PROVE)


def _begin(request: HttpRequest, provider_id: str, purpose: str) -> HttpResponse:
    provider = _named(provider_id)
    if purpose != SIGN_IN and not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("account_login"))
    if purpose == LINK:
        reauthentication.raise_if_reauthentication_required(request, app="allauth.socialaccount")
    after = get_next_redirect_url(request) or ""
    if request.method == "GET":
        context = {"provider": provider, "process": purpose, "next": after}
        return render(request, "socialaccount/login.html", context)
    refused = ratelimit.consume_or_429(request, app="allauth.account", action="login")
    if refused is not None:
        return refused
    try:
        onward = _onward(request, provider, purpose, after)
    except ProviderError as error:
        return _failed(request, provider, error)
    return render(request, "tenure/identity/onward.html", {"provider": provider, "onward": onward})


def _onward(request: HttpRequest, provider: IdentityProvider, purpose: str, after: str) -> str:
    """Give the address at the provider, and keep what is needed when somebody comes back."""
    description = remote.describe(provider)
    nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    kept = {"process": purpose, "nonce": nonce, "verifier": verifier}
    if after:
        kept["next"] = after
    state = statekit.stash_state(
        request, provider_id=provider.id, state=kept, state_id=secrets.token_urlsafe(32)
    )
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    sent = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": _back_to(provider),
        "scope": SCOPE,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if purpose == PROVE:
        # A session over there must not be enough, as one here is not.
        sent |= {"prompt": "login", "max_age": "0"}
    joint = "&" if "?" in description.authorization else "?"
    return f"{description.authorization}{joint}{urlencode(sent)}"


@never_cache
@require_GET
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take in whoever comes back from a provider."""
    provider = _named(provider_id)
    kept = statekit.unstash_state(
        request, provider_id=provider.id, state_id=request.GET.get("state", "")
    )
    try:
        if kept is None:
            raise ProviderError("somebody came back who did not set out here, or too late")
        if request.GET.get("error") == "access_denied":
            return HttpResponseRedirect(reverse("socialaccount_login_cancelled"))
        claims = _claims(request, provider, kept)
        if kept["process"] == PROVE:
            return _proven(request, provider, claims, kept)
    except ProviderError as error:
        return _failed(request, provider, error)
    found = get_adapter().get_provider(request, provider.id)
    taken: Any = found.sociallogin_from_response(request, claims)
    taken.state = {name: kept[name] for name in ("process", "next") if name in kept}
    answer: HttpResponse = complete_social_login(request, taken)
    return answer


def _claims(request: HttpRequest, provider: IdentityProvider, kept: dict[str, Any]) -> Claims:
    """Give what the provider says of whoever comes back. Raises ``ProviderError``."""
    description = remote.describe(provider)
    issuer = request.GET.get("iss")
    if issuer != provider.issuer and (issuer is not None or description.names_itself):
        raise ProviderError("another provider answered")
    if "error" in request.GET or "code" not in request.GET:
        reason = request.GET.get("error", "")
        raise ProviderError(f"it refused ({reason if reason.isidentifier() else 'no code'})")
    answer = remote.exchange(
        provider,
        description,
        code=request.GET["code"],
        verifier=kept["verifier"],
        back=_back_to(provider),
    )
    return tokens.read(provider, description, answer, nonce=kept["nonce"])


def _proven(
    request: HttpRequest, provider: IdentityProvider, claims: Claims, kept: dict[str, Any]
) -> HttpResponse:
    """Note that somebody proved who they are. Raises ``ProviderError``."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("account_login"))
    linked = SocialAccount.objects.filter(user=request.user, provider=provider.id)
    if not any(hmac.compare_digest(each.uid, claims.identity) for each in linked):
        raise ProviderError("somebody else than the person who is signed in came back")
    at = claims.authenticated_at
    if at is None or abs(WallClock().now() - at) > FRESH:
        raise ProviderError("it did not ask anew who sits there")
    record_authentication(
        request, request.user, "socialaccount", provider=provider.id, reauthenticated=True
    )
    there = QueryDict(mutable=True)
    there["next"] = kept.get("next", "")
    request.GET = there  # type: ignore[assignment]  # the library reads it from there
    answer = reauthentication.resume_request(request)
    return answer or HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)


def _named(provider_id: str) -> IdentityProvider:
    try:
        return named(provider_id)
    except LookupError:
        raise Http404("there is no such provider") from None


def _back_to(provider: IdentityProvider) -> str:
    """Give the address that is registered with the provider; no host of a request is in it."""
    return settings.PUBLIC_URL + reverse("openid_connect_callback", args=[provider.id])


def _failed(request: HttpRequest, provider: IdentityProvider, error: ProviderError) -> HttpResponse:
    log.warning("sign-in with %s failed: %s", provider.id, error)
    context = {"provider": provider}
    return render(request, "socialaccount/authentication_error.html", context, status=401)
