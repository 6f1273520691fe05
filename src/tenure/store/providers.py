"""Who else may say who somebody is: the OpenID Connect providers that the operator names in a file.

    [[provider]]
    id = "acme"                              # ends the address to register there; stays as it is
    name = "Acme"                            # what the button says
    issuer = "https://login.acme.example"
    client_id = "tenure"
    client_secret_file = "acme.secret"       # beside this file; or client_secret, client_secret_env
    domains = ["acme.example"]               # of which addresses it is believed; none without

The secret is never in the database, and no ``repr`` shows it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FILE = "oidc.toml"

WELL_KNOWN = "/.well-known/openid-configuration"

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}")
_SECRETS = ("client_secret", "client_secret_file", "client_secret_env")
_KEYS = ("id", "name", "issuer", "client_id", *_SECRETS, "domains", "discovery")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Misconfigured(ValueError):
    """The file of the providers makes no sense; the message says where, and what would be right."""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """A provider of OpenID Connect.

    ``id``: its part of our addresses. ``domains``: those of the e-mail addresses of which it is
    believed. ``discovery``: where it describes itself.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    secret: str = field(repr=False)
    domains: frozenset[str]
    discovery: str

    def is_believed_of(self, address: str) -> bool:
        """Whether the operator lets the provider say whose an e-mail address is."""
        return address.rpartition("@")[2].lower() in self.domains


def load(path: Path, *, required: bool) -> tuple[IdentityProvider, ...]:
    """Read the file; without one there are no providers, unless it is ``required``.

    Raises ``Misconfigured``.
    """
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except FileNotFoundError:
        if required:
            raise Misconfigured(f"{path}: there is no such file; TENURE_OIDC names it") from None
        return ()
    except OSError as error:
        raise Misconfigured(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path}: is no TOML: {error}") from None
    for key in content:
        if key != "provider":
            raise Misconfigured(f"{path}: {key} is not known; each provider begins [[provider]]")
    listed = content.get("provider", [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Misconfigured(f"{path}: each provider begins [[provider]], in two brackets")
    found = [_read(path, number, each) for number, each in enumerate(listed, 1)]
    for what in ("id", "issuer"):
        values = [getattr(each, what) for each in found]
        for value in values:
            if values.count(value) > 1:
                raise Misconfigured(f"{path}: two providers have the {what} {value}")
    return tuple(found)


def _read(path: Path, number: int, content: Mapping[str, Any]) -> IdentityProvider:
    where = f"{path}: provider {content.get('id') or number}"
    for key in content:
        if key not in _KEYS:
            raise Misconfigured(f"{where}: {key} is not known; there are {', '.join(_KEYS)}")
    texts = {key: _text(where, content, key) for key in ("id", "name", "issuer", "client_id")}
    if not _ID.fullmatch(texts["id"]):
        raise Misconfigured(
            f"{where}: an id has up to 40 small letters, digits and hyphens, such as acme"
        )
    issuer = _address(where, "issuer", texts["issuer"])
    discovery = issuer.rstrip("/") + WELL_KNOWN
    if "discovery" in content:
        discovery = _address(where, "discovery", _text(where, content, "discovery"))
    return IdentityProvider(
        id=texts["id"],
        name=texts["name"],
        issuer=issuer,
        client_id=texts["client_id"],
        secret=_secret(where, path.parent, content),
        domains=_domains(where, content.get("domains", [])),
        discovery=discovery,
    )


def _text(where: str, content: Mapping[str, Any], key: str) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Misconfigured(f'{where}: {key} is missing; write {key} = "…"')
    return value.strip()


def _address(where: str, key: str, value: str) -> str:
    if not is_safe(value):
        raise Misconfigured(
            f"{where}: {key} is {value}, but would have to be an address that begins with "
            "https:// (http:// only on this machine), without a question mark"
        )
    return value


def is_safe(address: str) -> bool:
    """Whether an address of a provider goes by TLS, or does not leave this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _secret(where: str, folder: Path, content: Mapping[str, Any]) -> str:
    given = [key for key in _SECRETS if key in content]
    if len(given) != 1:
        raise Misconfigured(f"{where}: give one of {', '.join(_SECRETS)}")
    value = _text(where, content, given[0])
    if given[0] == "client_secret_file":
        file = folder / value
        try:
            secret = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is no text"
            raise Misconfigured(
                f"{where}: client_secret_file {file} cannot be read: {reason}"
            ) from None
    elif given[0] == "client_secret_env":
        secret = os.environ.get(value, "").strip()
    else:
        return value
    if not secret:
        raise Misconfigured(f"{where}: {given[0]} names {value}, which is empty")
    return secret


def _domains(where: str, value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Misconfigured(f'{where}: domains is a list, such as ["acme.example"]')
    found = set()
    for each in value:
        try:
            domain = each.strip().lower().encode("idna").decode()
        except UnicodeError:
            domain = ""
        if not _DOMAIN.fullmatch(domain):
            raise Misconfigured(
                f"{where}: {each} in domains is no domain; write each in full, such as acme.example"
            )
        found.add(domain)
    return frozenset(found)
