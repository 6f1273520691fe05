"""What ends and begins of a company, and when, for its calendar. Reads, never writes.

The past as it was recorded, the future by the forecast: if nothing is done and the mail works.
Licences come from the register that the lifecycle holds, so that their number costs no query.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from tenure.core import records as r
from tenure.core.policy import DAY
from tenure.services.standings import AHEAD, Standing
from tenure.store.models import Licence, Notice, Transition
from tenure.words.calendars import EventFacts, EventKind

BEHIND = 365 * DAY
"""For so many seconds before now the calendar goes back."""

_PHASES: dict[str, EventKind] = {
    "grace": "company_ends",
    "suspended": "suspension",
    "deleted": "deletion",
    "active": "active",
}
_ENDS = frozenset({"licence_ends", "company_ends", "suspension", "deletion"})


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at an instant. ``id`` stays the same when its date moves."""

    id: str
    facts: EventFacts
    licence: str = ""

    @property
    def at(self) -> int:
        """The instant."""
        return self.facts.at

    @property
    def is_end(self) -> bool:
        """Whether it is an end: shown as the last minute before it."""
        return self.facts.kind in _ENDS


def events(standing: Standing, since: int | None = None, until: int | None = None) -> list[Event]:
    """Give what happens from ``since`` (a year ago) until ``until``, the first first.

    The licences have no names yet: ``named`` gives them. Three queries at most with that.
    """
    first = standing.now - BEHIND if since is None else since
    end = standing.now + AHEAD if until is None else until
    found = [*_of_phases(standing, end), *_of_licences(standing, first, end)]
    found = [x for x in found if first <= x.at < end]
    found.sort(key=lambda x: (x.at, not x.is_end, x.facts.kind, x.id))
    return found


def _facts(standing: Standing, kind: EventKind, at: int, units: int = 0) -> EventFacts:
    company = standing.company
    return EventFacts(
        kind,
        company.name,
        standing.service_name,
        company.time_zone,
        standing.now,
        at,
        units=units,
        is_expected=at > standing.now,
        is_test=company.clock_id is not None,
    )


def _of_phases(standing: Standing, end: int) -> Iterable[Event]:
    stays: list[tuple[str, int]] = [(stay.phase, stay.starts_at) for stay in standing.past]
    if end > standing.now:
        stays += [
            (record.to_phase, record.effective_at)
            for record in standing.reading.forecast(min(end, standing.now + AHEAD))
            if isinstance(record, r.PhaseChanged) and record.effective_at > standing.now
        ]
    for place, (phase, at) in enumerate(stays):
        kind = _PHASES.get(phase)
        if kind is not None:
            yield Event(f"phase-{standing.service}-{place}-{phase}", _facts(standing, kind, at))


def _of_licences(standing: Standing, first: int, end: int) -> Iterable[Event]:
    for licence in standing.life.register:
        if licence.removed or licence.cancelled or licence.starts == licence.ends:
            continue
        kinds: list[tuple[EventKind, int | None]] = [
            ("licence_begins", licence.starts),
            ("licence_ends", licence.ends),
        ]
        for kind, at in kinds:
            if at is not None and first <= at < end:
                facts = _facts(standing, kind, at, licence.units)
                yield Event(f"{kind}-{licence.id}", facts, licence.id)


def named(standing: Standing, found: list[Event]) -> list[Event]:
    """Give events with the names of their licences; one query."""
    ids = [UUID(each.licence) for each in found if each.licence]
    if not ids:
        return found
    rows = Licence.objects.filter(company=standing.company)
    if len(ids) < 200:
        rows = rows.filter(id__in=ids)
    names = {
        str(id_): label or reference or product
        for id_, label, reference, product in rows.values_list(
            "id", "label", "reference", "product__name"
        )
    }
    return [
        replace(x, facts=replace(x.facts, name=names.get(x.licence, ""))) if x.licence else x
        for x in found
    ]


def revised_at(standing: Standing) -> int:
    """Give when something was last recorded that can move a date; never goes back.

    While a notice on which a period depends waits for its delivery, dates move by themselves: the
    full hour is given.
    """
    company = standing.company
    instants = [company.created_at, company.last_at or 0]
    of_it = {"company": company, "service": standing.service}
    for at in Transition.objects.filter(**of_it).order_by("-at").values_list("at", flat=True)[:1]:
        instants.append(at)
    recent = Notice.objects.filter(**of_it).order_by("-at").values_list("at", "served_at")[:20]
    for at, served_at in recent:
        instants += [at, served_at or 0]
    if standing.life.unserved or any(isinstance(x, r.PhaseChanged) for x in standing.life.news):
        instants.append(standing.now // 3600 * 3600)
    return min(max(instants), standing.now)
