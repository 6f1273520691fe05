"""When members last used the service, as whoever runs it reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from tenure.clock import Clock
from tenure.services import identities, unseen_rules
from tenure.services.errors import Refused
from tenure.services.ledger import clock_of, lock
from tenure.store.models import Alias, Company, Instance, Member
from tenure.store.queries.rows import Update

AT_ONCE = 1000
"""So many users are in one report at most."""

_seen = Update(Member, "seen_at")


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of a report: of how many members it is the latest, and whom nobody knows."""

    seen: int
    known: int
    unknown: tuple[str, ...]


def report(company_id: UUID, seen: Mapping[str, int | None], *, clock: Clock) -> Reported:
    """Note when members were seen, by any name of theirs; None for now.

    An earlier instant than is known changes nothing, and a later one than now counts as now.
    Raises ``Refused`` (``suspended``, ``deleted``) while nothing of the company is open,
    ``NotFound`` and ``EngineWaits``.
    """
    with transaction.atomic():
        company = lock(company_id)
        _refuse_shut(company)
        now = clock_of(company, clock).now()
        keys = {name: identities.key(name) for name in seen}
        wanted = list(set(keys.values()))
        users = Member.objects.filter(company=company, user__in=wanted)
        members = dict(users.values_list("user", "id"))
        aliases = Alias.objects.filter(company=company, value__in=wanted)
        members |= dict(aliases.values_list("value", "member_id"))
        latest: dict[UUID, int] = {}
        for name, at in seen.items():
            member = members.get(keys[name])
            if member is not None:
                instant = now if at is None else min(at, now)
                latest[member] = max(instant, latest.get(member, instant))
        known = Member.objects.filter(company=company, id__in=list(latest))
        later = [
            (company.id, id_, latest[id_])
            for id_, before in known.values_list("id", "seen_at")
            if before is None or before < latest[id_]
        ]
        _seen(later)
        unseen_rules.note_seen(company, [id_ for _, id_, _ in later], now)
        unknown = tuple(name for name in seen if keys[name] not in members)
        return Reported(len(later), len(latest), unknown)


def _refuse_shut(company: Company) -> None:
    """Refuse where every instance is suspended or deleted."""
    phases = Instance.objects.filter(company=company, state__isnull=False)
    found = set(phases.values_list("phase", flat=True))
    if found and found <= {"suspended", "deleted"}:
        code = "suspended" if "suspended" in found else "deleted"
        raise Refused(f"the company is {code}: nothing is taken in", code=code)
