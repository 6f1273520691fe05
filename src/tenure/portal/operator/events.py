"""What will happen and what was done, in one line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.core import records as r
from tenure.portal.shared.readers import language
from tenure.services.standings import Standing
from tenure.store.models import Fact
from tenure.words.dates import day
from tenure.words.names import clean


@dataclass(frozen=True, slots=True)
class Event:
    """Something to come. ``phase`` is what begins, empty for a notice or a pool."""

    at: int
    kind: str
    text: str
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """All that happens at one instant."""

    at: int
    events: tuple[Event, ...]

    @property
    def form(self) -> str:
        """How its date is written: an end as its last minute, like everywhere else."""
        falls = {"grace", "suspended", "deleted"}
        ends = any(event.kind == "pool" or event.phase in falls for event in self.events)
        return "ends" if ends else "moment"


def doer(who: str, people: Mapping[str, str]) -> str:
    """Name who did something: ``people`` as ``histories.people`` gives them."""
    kind, _colon, name = who.partition(":")
    if kind == "key":  # allowed by a mail, without an account
        return _("Whoever the key %(key)s was sold to") % {"key": name}
    return people.get(who, who)


def coming(standing: Standing) -> list[Moment]:
    """Give what will happen to a company if nothing is done, grouped by instant."""
    moments: dict[int, list[Event]] = {}
    for record in standing.coming:
        event = _event(record, standing)
        if event is not None:
            moments.setdefault(event.at, []).append(event)
    order = {"phase": 0, "pool": 1, "notice": 2}
    return [
        Moment(at, tuple(sorted(events, key=lambda event: order[event.kind])))
        for at, events in sorted(moments.items())
    ]


def _event(record: r.Record, standing: Standing) -> Event | None:
    match record:
        case r.PhaseChanged():
            return Event(record.effective_at, "phase", _phase(record), record.to_phase)
        case r.PoolChanged():
            return Event(record.effective_at, "pool", _pool(record, standing))
        case r.NoticeIssued():
            at = max(record.at, standing.now)
            return Event(at, "notice", notice_words(record.notice, record.days))
        case _:
            return None


def _phase(record: r.PhaseChanged) -> str:
    match record.to_phase:
        case "active":
            if record.from_phase in ("grace", "suspended"):
                return _("A licence begins; everything is active again")
            return _("A licence begins; the service can be used")
        case "grace":
            return _("The last licence ends; protection goes on for a time")
        case "suspended":
            return _("The service is suspended; nobody is protected, everything is kept")
        case _:
            return _("Everything is deleted for good")


def _pool(record: r.PoolChanged, standing: Standing) -> str:
    name = clean(standing.pool_names.get(record.pool, ""))
    if record.state == "covered":
        return _("%(site)s has enough units again") % {"site": name}
    lost = record.seats - record.protected
    if record.state == "short" and lost == 0:
        return _("%(site)s has too few units; protection goes on for a time") % {"site": name}
    return ngettext(
        "%(site)s has too few units; %(count)s user is not protected",
        "%(site)s has too few units; %(count)s users are not protected",
        lost,
    ) % {"site": name, "count": lost}


def notice_words(kind: str, days: int | None = None) -> str:
    """Name a notice in a list."""
    if days is not None and kind in ("expiring", "pool_expiring"):
        forms = {
            "expiring": ngettext(
                "Notice that the licences end in %(days)s day",
                "Notice that the licences end in %(days)s days",
                days,
            ),
            "pool_expiring": ngettext(
                "Notice that a site will have too few units in %(days)s day",
                "Notice that a site will have too few units in %(days)s days",
                days,
            ),
        }
        return forms[kind] % {"days": days}
    return {
        "expiring": _("Notice that the licences end"),
        "pool_expiring": _("Notice that a site will have too few units"),
        "grace": _("Notice that protection will end"),
        "grace_reminder": _("Reminder that protection will end"),
        "suspended": _("Notice of the suspension"),
        "restored": _("Notice that everything is active again"),
        "pool_short": _("Notice that a site has too few units"),
        "pool_reduced": _("Notice that users of a site lost protection"),
        "deletion_warning": _("Warning before the deletion"),
        "deleted": _("Notice of the deletion"),
    }[kind]


def licences_named(facts: Iterable[Fact]) -> list[str]:
    """Give the ids of the licences that facts speak of."""
    return sorted({fact.data["licence"] for fact in facts if "licence" in fact.data})


def done(fact: Fact, standing: Standing, licences: Mapping[str, str]) -> str:
    """Say in one line what was done."""
    data: dict[str, Any] = fact.data
    pools = standing.pool_names
    pool = clean(pools.get(str(data.get("pool", "")), data.get("name", "") or "…"))
    licence = clean(licences.get(str(data.get("licence", "")), "…"))
    zone, spoken = standing.company.time_zone, language()
    ends = data.get("ends")
    until = day(ends, zone, spoken, "short", ends=True) if isinstance(ends, int) else ""
    count = data.get("count", data.get("units", 0))
    values = {"pool": pool, "licence": licence, "until": until, "count": count}
    match fact.kind:
        case "licence.added" if until:
            text = ngettext(
                "Licence added: %(licence)s, %(count)s unit until %(until)s",
                "Licence added: %(licence)s, %(count)s units until %(until)s",
                count,
            )
        case "licence.added":
            text = ngettext(
                "Licence added: %(licence)s, %(count)s unit without end",
                "Licence added: %(licence)s, %(count)s units without end",
                count,
            )
        case "licence.resized":
            text = ngettext(
                "Licence %(licence)s resized to %(count)s unit",
                "Licence %(licence)s resized to %(count)s units",
                count,
            )
        case "seats.protected":
            text = ngettext(
                "%(count)s user protected in %(pool)s",
                "%(count)s users protected in %(pool)s",
                count,
            )
        case "seats.unprotected":
            text = ngettext(
                "Protection of %(count)s user in %(pool)s taken back",
                "Protection of %(count)s users in %(pool)s taken back",
                count,
            )
        case _:
            text = _facts()[fact.kind]
    return text % values


def _facts() -> dict[str, str]:
    return {
        "pool.added": _("Site opened: %(pool)s"),
        "policy.changed": _("Other periods hold for what begins from here on"),
        "licence.renewed": _("Licence %(licence)s renewed until %(until)s"),
        "licence.placed": _("Units of the licence %(licence)s placed otherwise"),
        "licence.suspended": _("Licence %(licence)s suspended"),
        "licence.resumed": _("Licence %(licence)s resumed"),
        "licence.removed": _("Licence %(licence)s removed"),
        "licence.cancelled": _("Licence %(licence)s cancelled by the vendor"),
        "company.closed": _("Company closed by its owner"),
        "company.reopened": _("Company reopened"),
        "deletion.held": _("Deletion held by an operator"),
        "deletion.released": _("Deletion released by an operator"),
        "deletion.confirmed": _("Deletion warning served by an operator"),
    }
