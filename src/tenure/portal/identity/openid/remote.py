"""What is asked of a provider over HTTP: how it describes itself, its keys, tokens, claims.

Addresses that it names go by TLS or stay on this machine; redirects are not followed, and no
answer is read beyond its first megabyte or waited for longer than some seconds. No error holds
what was sent or answered: there are secrets in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from tenure.store.providers import IdentityProvider, is_safe

WAIT = (5, 10)
"""Seconds to reach a provider, and for it to go on answering."""

LARGEST = 1_000_000
"""Bytes of an answer."""


class ProviderError(Exception):
    """A provider did not do what was asked, or is not believed; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Description:
    """How a provider describes itself: its addresses, and what it can do."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    is_post_preferred: bool
    algorithms: tuple[str, ...]
    names_itself: bool
    """Whether it says in each answer, by ``iss``, who answers."""


def describe(provider: IdentityProvider) -> Description:
    """Read how a provider describes itself. Raises ``ProviderError``."""
    said = _ask("GET", provider.discovery)
    if said.get("issuer") != provider.issuer:
        raise ProviderError(
            f"{provider.discovery} is of the issuer {said.get('issuer')}, "
            f"but {provider.issuer} is named as issuer"
        )
    methods = said.get("token_endpoint_auth_methods_supported", ())
    return Description(
        authorization=_address(said, "authorization_endpoint"),
        token=_address(said, "token_endpoint"),
        keys=_address(said, "jwks_uri"),
        userinfo=_address(said, "userinfo_endpoint") if "userinfo_endpoint" in said else "",
        is_post_preferred="client_secret_post" in methods,
        algorithms=tuple(said.get("id_token_signing_alg_values_supported", ("RS256",))),
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def keys(description: Description) -> dict[str, Any]:
    """Read the keys with which a provider signs. Raises ``ProviderError``."""
    return _ask("GET", description.keys)


def exchange(
    provider: IdentityProvider, description: Description, *, code: str, verifier: str, back: str
) -> dict[str, Any]:
    """Give the tokens for a code. ``back``: the address to which the code was sent.

    Raises ``ProviderError``.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    if description.is_post_preferred:
        form |= {"client_id": provider.client_id, "client_secret": provider.secret}
        return _ask("POST", description.token, data=form)
    # By RFC 6749 both are encoded as in a form before they are put together.
    auth = (quote(provider.client_id, safe=""), quote(provider.secret, safe=""))
    return _ask("POST", description.token, data=form, auth=auth)


def userinfo(description: Description, access_token: str) -> dict[str, Any]:
    """Give what a provider says of somebody besides the token. Raises ``ProviderError``."""
    return _ask("GET", description.userinfo, auth=_Bearer(access_token))


class _Bearer(AuthBase):
    """Sends a token along; the library would put what a ``.netrc`` says over a mere header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _address(said: Mapping[str, Any], name: str) -> str:
    address = said.get(name)
    if not isinstance(address, str) or not is_safe(address.partition("?")[0]):
        raise ProviderError(f"its description names no {name} that begins with https://")
    return address


def _ask(method: str, address: str, **sent: Any) -> dict[str, Any]:
    try:
        with requests.request(
            method,
            address,
            timeout=WAIT,
            allow_redirects=False,
            stream=True,
            headers={"Accept": "application/json"},
            **sent,
        ) as answer:
            status = answer.status_code
            content = answer.raw.read(LARGEST + 1, decode_content=True)
    except (requests.RequestException, HTTPError, OSError) as error:
        raise ProviderError(f"{address} does not answer ({type(error).__name__})") from None
    try:
        said = json.loads(content) if len(content) <= LARGEST else None
    except ValueError:
        said = None
    if status != 200:
        reason = said.get("error") if isinstance(said, dict) else None
        what = f" ({reason})" if isinstance(reason, str) and reason.isascii() else ""
        raise ProviderError(f"{address} answered {status}{what[:60]}")
    if not isinstance(said, dict):
        raise ProviderError(f"{address} answered with what is no JSON object of a usual size")
    return said
