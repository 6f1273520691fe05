"""Recording what was refused to somebody, a few times an hour: a flood must not fill the audit.

Never in the transaction of what was refused, which is rolled back; and never instead of the
refusal itself, which whoever asked must be told of.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import DatabaseError, transaction

from tenure.clock import WallClock
from tenure.services import audit
from tenure.services.errors import ServiceError
from tenure.store.models import Account, Company

MOST_AN_HOUR = 60
"""So many refusals of one person, or of attempts on one, are recorded in an hour at most."""

HOUR = 3600

_log = logging.getLogger(__name__)


def record(
    action: str,
    result: str,
    *,
    of: object,
    is_real: bool = True,
    account: Account | UUID | None = None,
    company: Company | UUID | None = None,
    object: str = "",
    new: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
) -> None:
    """Record a refusal, in a transaction of its own; the last of an hour says so.

    ``of``: the id of whoever asked, or was attempted to be. ``is_real`` False takes as long and
    records nothing: whether there is such a person must not be told by the time that it takes.
    """
    try:
        number = _number(of)
        if number > MOST_AN_HOUR:
            return
        last = {"last_of_hour": True} if number == MOST_AN_HOUR else {}
        with transaction.atomic():
            audit.record(
                action,
                account=account,
                company=company,
                object=object,
                new={**(new or {}), **last},
                result=result,
                personal=personal,
            )
            if not is_real:
                transaction.set_rollback(True)
        if not is_real:
            cache.set(f"pretended-{_key(of)}", number, timeout=HOUR)  # one commit, as the other's
    except (DatabaseError, ServiceError):
        _log.exception("a refusal could not be recorded")


def note(
    action: str,
    refusal: ServiceError,
    *,
    account: Account | UUID | None = None,
    company: Company | UUID | None = None,
    object: str = "",
    new: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
) -> None:
    """Record what was refused to whoever acts, once; nothing where no person does."""
    person = audit.current().person
    if person is None or refusal.is_recorded:
        return
    refusal.is_recorded = True
    record(
        action,
        refusal.code,
        of=person,
        account=account,
        company=company,
        object=object,
        new=new,
        personal=personal,
    )


def _number(of: object) -> int:
    """Count one more refusal of this hour. Two at one moment may count as one."""
    key = _key(of)
    if cache.add(key, 1, timeout=HOUR):
        return 1
    number = int(cache.get(key, 0)) + 1
    if number <= MOST_AN_HOUR + 1:
        cache.set(key, number, timeout=HOUR)
    return number


def _key(of: object) -> str:
    name = sha256(str(of).encode()).hexdigest()
    return f"refusals {name} {WallClock().now() // HOUR}".replace(" ", "-")
