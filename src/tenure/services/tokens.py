"""Tokens by which programs sign in: made, shown once, looked up by their hash, revoked.

A token is random, so that its plain SHA-256 is enough: there is nothing to guess. What it looks
like tells people, and programs that search for secrets, what they have found.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db.models import Q, QuerySet

from tenure.clock import Clock
from tenure.services import access, audit
from tenure.services.access import Viewer
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import writing
from tenure.store.models import Company, Person, Source, Token

SHOWN = 6
"""So many random characters stay visible in ``Token.prefix``."""

USED_EACH = 60
"""Seconds after which a token's use is noted again."""

_BEGINNINGS = {Token.Kind.SCIM: "tnr_scim_", Token.Kind.API: "tnr_api_"}


@dataclass(frozen=True, slots=True)
class Made:
    """A new token; ``secret`` is what its program shows, and is kept nowhere."""

    token: Token
    secret: str

    def __repr__(self) -> str:
        return f"Made({self.token.prefix}…)"


def add_scim(
    company_id: UUID, name: str, *, clock: Clock, who: str, by: Person | None = None
) -> Made:
    """Make a token for a directory, which brings its members as the source of that name.

    A source of that name that is a directory already goes on with the new token beside its old
    ones. ``clock`` is real time. Raises ``Refused``: ``name_missing``, ``name_too_long``,
    ``source_exists`` where members come from a source of that name in another way.
    """
    name = _name(name)
    with writing(company_id, clock, who) as ledger:
        source, is_new = Source.objects.get_or_create(
            company=ledger.company,
            name=name,
            defaults={"kind": Source.Kind.SCIM, "added_at": ledger.at},
        )
        if not is_new and source.kind != Source.Kind.SCIM:
            raise Refused(f"there is a source {name} already, and no directory", code="name_taken")
        return _make(ledger.company, Token.Kind.SCIM, name, clock, by, source.id)


def add_api(company_id: UUID, name: str, *, clock: Clock, who: str, by: Person) -> Made:
    """Make a token for the API, which may what ``by`` may on the day on which it is used.

    ``clock`` is real time. Raises ``Refused``: ``name_missing``, ``name_too_long``.
    """
    name = _name(name)
    with writing(company_id, clock, who) as ledger:
        return _make(ledger.company, Token.Kind.API, name, clock, by, None)


def _name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Refused("a token needs a name", code="name_missing")
    if len(name) > 100:
        raise Refused("the name of a token has at most 100 characters", code="name_too_long")
    return name


def _make(
    company: Company,
    kind: Token.Kind,
    name: str,
    clock: Clock,
    by: Person | None,
    source: UUID | None,
) -> Made:
    secret = _BEGINNINGS[kind] + secrets.token_urlsafe(32)
    token = Token.objects.create(
        company=company,
        kind=kind,
        source_id=source,
        name=name,
        prefix=secret[: len(_BEGINNINGS[kind]) + SHOWN],
        hash=_hash(secret),
        made_by=by,
        made_at=clock.now(),
    )
    audit.record(
        "token.added",
        company=company,
        object=f"token:{token.id}",
        new={"kind": kind.value, "prefix": token.prefix},
    )
    return Made(token, secret)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def of(company: Company) -> QuerySet[Token]:
    """Give a company's tokens that can still be used, the oldest first."""
    return Token.objects.filter(company=company, revoked_at__isnull=True).order_by("made_at", "id")


def find(secret: str, kind: Token.Kind, *, clock: Clock) -> Token | None:
    """Give the token that somebody shows, with its company; None where it is none, or no more.

    ``clock`` is real time, by which its use is noted, at most once a minute.
    """
    if not secret.startswith(_BEGINNINGS[kind]):
        return None
    now = clock.now()
    found = Token.objects.filter(hash=_hash(secret), kind=kind, revoked_at__isnull=True)
    alive = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    token = found.filter(alive).select_related("company__account", "company__clock").first()
    if token is None:
        return None
    if token.used_at is None or token.used_at <= now - USED_EACH:
        # Of many requests at once one writes.
        stale = Q(used_at__isnull=True) | Q(used_at__lte=now - USED_EACH)
        Token.objects.filter(stale, id=token.id).update(used_at=now)
    return token


def viewer(token: Token) -> Viewer | None:
    """Give whose rights a token of the API has, as they are today; None where nobody's."""
    person = token.made_by
    if person is None or not person.is_active:
        return None
    return access.viewer(person)


def revoke(company_id: UUID, token_id: UUID, *, clock: Clock, who: str) -> Token:
    """Let a token be of no use from now on; what it brought stays. Raises ``NotFound``.

    ``clock`` is real time.
    """
    with writing(company_id, clock, who) as ledger:
        token = of(ledger.company).filter(id=token_id).first()
        if token is None:
            raise NotFound("there is no such token")
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        audit.record(
            "token.revoked",
            company=ledger.company,
            object=f"token:{token.id}",
            new={"kind": token.kind, "prefix": token.prefix},
        )
        return token


def end(company: Company) -> int:
    """Remove the tokens of a company's directories; give how many there were.

    They end with the instance that used them. Within a transaction that holds the company's lock.
    """
    return Token.objects.filter(company=company, kind=Token.Kind.SCIM).delete()[0]
