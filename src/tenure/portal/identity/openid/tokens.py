"""What a provider says of somebody, and whether it is believed: the checks of an identity token."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import jwt

from tenure.portal.identity.openid import remote
from tenure.portal.identity.openid.remote import Description, ProviderError
from tenure.store.providers import IdentityProvider

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""Signatures that only the provider can make; none with a secret that both know."""

LEEWAY = 60
"""Seconds by which the clock of a provider may be wrong."""

LONGEST_SUBJECT = 255
"""Characters, by the standard."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What is believed of what a provider says.

    ``is_verified``: whether it says that the address is that of the subject; whether it may is
    another question. ``authenticated_at``: when it saw the subject last, an instant, or None.
    """

    issuer: str
    subject: str
    address: str
    is_verified: bool
    name: str
    authenticated_at: int | None

    @property
    def identity(self) -> str:
        """Give what issuer and subject are known by: 64 characters, however long they are."""
        return sha256(json.dumps([self.issuer, self.subject]).encode()).hexdigest()


def read(
    provider: IdentityProvider,
    description: Description,
    answer: Mapping[str, Any],
    *,
    nonce: str,
) -> Claims:
    """Check the identity token in an answer. ``nonce``: what was sent along for it.

    Raises ``ProviderError``.
    """
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise ProviderError("it sent no identity token")
    said = _verified(provider, description, token)
    if not isinstance(said.get("nonce"), str) or not hmac.compare_digest(
        said["nonce"].encode(), nonce.encode()
    ):
        raise ProviderError("the identity token was made for another sign-in")
    audience = said["aud"] if isinstance(said["aud"], list) else [said["aud"]]
    party = said.get("azp", provider.client_id if len(audience) == 1 else None)
    if party != provider.client_id:
        raise ProviderError("the identity token was made for another client")
    subject = said["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise ProviderError("the subject of the identity token is no text of a usual length")
    more = _more(description, answer, said)
    at = said.get("auth_time")
    return Claims(
        issuer=provider.issuer,
        subject=subject,
        address=_text(more.get("email")).lower(),
        is_verified=more.get("email_verified") is True,
        name=_text(more.get("name")),
        authenticated_at=at if isinstance(at, int) and not isinstance(at, bool) else None,
    )


def _verified(provider: IdentityProvider, description: Description, token: str) -> dict[str, Any]:
    allowed = [each for each in ALGORITHMS if each in description.algorithms]
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in allowed:
            raise ProviderError(f"it signs with {header.get('alg')}, which is not accepted")
        return jwt.decode(
            token,
            key=_key(remote.keys(description), header.get("kid")).key,
            algorithms=allowed,
            issuer=provider.issuer,
            audience=provider.client_id,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"], "verify_sub": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise ProviderError(f"the identity token is not valid ({type(error).__name__})") from None


def _key(listed: Mapping[str, Any], name: object) -> jwt.PyJWK:
    """Give the key of a name; without one, that of a provider who has but one."""
    found = [
        each
        for each in jwt.PyJWKSet.from_dict(dict(listed)).keys
        if each.public_key_use in (None, "sig") and (name is None or each.key_id == name)
    ]
    if len(found) != 1:
        raise ProviderError("the identity token is signed with no key that the provider has now")
    return found[0]


def _more(
    description: Description, answer: Mapping[str, Any], said: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Give what says the address: the token, or where it says none, what else there is to ask."""
    access = answer.get("access_token")
    if "email" in said or not description.userinfo or not isinstance(access, str):
        return said
    more = remote.userinfo(description, access)
    if more.get("sub") != said["sub"]:
        raise ProviderError("what it says besides the identity token is of somebody else")
    return more


def _text(value: object) -> str:
    return " ".join(value.split())[:254] if isinstance(value, str) else ""
