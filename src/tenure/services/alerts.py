"""Alerts of a company: what somebody should look at, the worst first.

They are computed from facts at an instant and are never rows; only that one was resolved is kept.
An alert's key names its kind, its subject and the instant of which it speaks, so that the next
one of its kind stands unresolved again. What an end does not change is only information.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import nsmallest
from typing import Any
from uuid import UUID

from tenure.clock import Clock
from tenure.services import audit
from tenure.services.alert_watch import Alert, Watch, key_of, rank_of
from tenure.services.histories import Page
from tenure.services.ledger import writing
from tenure.services.standings import Standing
from tenure.store.models import Licence, Resolution
from tenure.words.alert_facts import LEVELS, STATES, AlertLevel

PAGE = 50
"""Alerts on a page."""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What of the alerts is wanted; empty: all."""

    level: str = ""
    state: str = ""

    def takes(self, alert: Alert) -> bool:
        """Whether an alert is wanted."""
        return self.level in ("", alert.level) and self.state in ("", alert.state)


class Alerts:
    """All alerts of a company's use of a service, the worst first."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing

    @cached_property
    def all(self) -> tuple[Alert, ...]:
        """Every alert; names of licences are empty until ``named`` reads those of a page."""
        found = [*self._others, *self._watch.of_ends()]
        keys = self._resolved
        found = [
            replace(each, state="resolved") if each.key in keys and each.state != "over" else each
            for each in found
        ]
        found.sort(key=lambda each: each.rank)
        return tuple(found)

    @cached_property
    def unresolved(self) -> tuple[Alert, ...]:
        """Those that nobody has resolved."""
        return tuple(each for each in self.all if each.state == "unresolved")

    @cached_property
    def count(self) -> int:
        """How many are unresolved. Of licences without going over each: there can be very many."""
        keys = self._resolved
        others = [each for each in self._others if each.state != "over" and each.key not in keys]
        ends = self._open_ends
        return len(others) + len(ends) - len(keys & ends)

    @property
    def _open_ends(self) -> frozenset[str]:
        """The keys of what ends or ended lately, of licences."""
        service, ends = self.standing.service, self._watch.ends
        return self.standing.reading.remember(
            "keys of ends",
            ends,
            lambda: frozenset(
                key_of(service, each.kind, each.licence, each.at)
                for each in ends
                if each.over_at is None
            ),
        )

    @cached_property
    def _watch(self) -> Watch:
        return Watch(self.standing)

    @cached_property
    def _others(self) -> tuple[Alert, ...]:
        return tuple(self._watch.others())

    @cached_property
    def _resolved(self) -> set[str]:
        return _resolved(self.standing)

    @property
    def worst(self) -> AlertLevel | None:
        """The level of the worst that is unresolved."""
        return self.unresolved[0].level if self.unresolved else None

    def wanted(self, filter: AlertFilter) -> list[Alert]:
        """Give those that a filter takes."""
        return [each for each in self.all if filter.takes(each)]

    def page(self, filter: AlertFilter, number: int = 1) -> tuple[list[Alert], Page]:
        """Give a page of those that a filter takes, with their names."""
        found = self.wanted(filter)
        where = Page.of(number, len(found), PAGE)
        first = where.first(PAGE)
        return self.named(found[first : first + PAGE]), where

    def first(self, count: int) -> list[Alert]:
        """Give the worst that are unresolved, with their names."""
        keys, service, now = self._resolved, self.standing.service, self.standing.now
        found = [each for each in self._others if each.state != "over" and each.key not in keys]
        # Of very many licences only the worst become alerts.
        ends = nsmallest(
            count,
            (
                (rank_of(False, each.level, each.kind, abs(each.at - now), key), i)
                for i, each in enumerate(self._watch.ends)
                if each.over_at is None
                and (key := key_of(service, each.kind, each.licence, each.at)) not in keys
            ),
        )
        found += [self._watch.of_end(self._watch.ends[i]) for _, i in ends]
        found.sort(key=lambda each: each.rank)
        return self.named(found[:count])

    def counts(self, filter: AlertFilter) -> tuple[dict[str, int], dict[str, int]]:
        """Count by level within the filter's status, and by status within its level."""
        levels: dict[str, int] = dict.fromkeys(LEVELS, 0)
        states: dict[str, int] = dict.fromkeys(STATES, 0)
        for each in self.all:
            if filter.state in ("", each.state):
                levels[each.level] += 1
            if filter.level in ("", each.level):
                states[each.state] += 1
        return levels, states

    def named(self, alerts: Iterable[Alert]) -> list[Alert]:
        """Give alerts with the names of their licences; one query."""
        found = list(alerts)
        ids = {UUID(each.subject) for each in found if each.kind in _OF_LICENCES}
        if not ids:
            return found
        rows = Licence.objects.select_related("product").filter(
            company=self.standing.company, id__in=ids
        )
        names = {str(row.id): row.label or row.reference or row.product.name for row in rows}
        return [
            replace(each, facts=replace(each.facts, name=names[each.subject]))
            if each.subject in names
            else each
            for each in found
        ]


_OF_LICENCES = frozenset({"licence_ends", "licence_ended", "licence_suspended"})


def of_standing(standing: Standing) -> Alerts:
    """Give the alerts of how a company stands; at most eight queries, however many there are."""
    return Alerts(standing)


def _resolved(standing: Standing) -> set[str]:
    found = Resolution.objects.filter(
        company=standing.company, alert__startswith=f"{standing.service}/"
    )
    return set(found.values_list("alert", flat=True))


# What is kept of them


def resolve(standing: Standing, keys: Collection[str], *, clock: Clock, who: str) -> int:
    """Note that alerts need nothing more; give how many of them were unresolved until then.

    Only what is an alert now can be resolved.
    """
    wanted = {each.key for each in Alerts(standing).all if each.state != "over"} & set(keys)
    with writing(standing.company.id, clock, who) as ledger:
        before = _resolved(standing)
        new = sorted(wanted - before)
        Resolution.objects.bulk_create(
            [
                Resolution(
                    company=ledger.company, alert=key, resolved_at=ledger.at, resolved_by=who
                )
                for key in new
            ],
            ignore_conflicts=True,
            batch_size=500,
        )
        if new:
            audit.record("alert.resolved", company=ledger.company, **_said(new))
    return len(new)


def unresolve(standing: Standing, keys: Collection[str], *, clock: Clock, who: str) -> int:
    """Let alerts stand unresolved again; give how many of them were resolved until then."""
    with writing(standing.company.id, clock, who) as ledger:
        old = sorted(_resolved(standing) & set(keys))
        for first in range(0, len(old), 500):
            part = old[first : first + 500]
            Resolution.objects.filter(company=ledger.company, alert__in=part).delete()
        if old:
            audit.record("alert.unresolved", company=ledger.company, **_said(old))
    return len(old)


def _said(keys: list[str]) -> dict[str, Any]:
    one = keys[0] if len(keys) == 1 else ""
    return {"object": one and f"alert:{one}", "new": {"count": len(keys)}}
