"""A company's timeline: its past from what was done and recorded, its future from the core.

Reads, never writes. Right also while the engine is down.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from django.db.models import Q

from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.course import Course, follow
from tenure.core.timeline import AHEAD, Timeline, granted, timeline
from tenure.services.standings import Standing
from tenure.store.models import Licence, Notice, Transition


def of_standing(
    standing: Standing,
    *,
    supposed: Sequence[f.Fact] = (),
    window: tuple[int, int] | None = None,
    most: int | None = None,
) -> Timeline:
    """Give a company's timeline with a service; six queries at most.

    ``supposed``: facts to come ("what if?"), later than ``standing.now``, in the order of time.
    ``window``: what to show, from an instant to another; by default what ``core.timeline`` finds.
    ``most``: how many strips of a pool are shown at least, by default all.
    Raises ``FactRefused`` for a supposed fact that cannot be.
    """
    facts, told = done(standing), recorded(standing)
    found = timeline(
        standing.life,
        facts,
        # Of the seats that people wanted, those in the ledger were granted.
        told if window is None and not supposed else [*granted(facts), *told],
        begins=standing.company.created_at,
        supposed=supposed,
        window=window,
        coming=standing.forecast,
        course=None if supposed or window is not None else _course(standing, facts, told),
        most=most,
    )
    # A site that is closed has neither units nor seats any more.
    return called(standing, found, standing.closed_pools)


def _course(standing: Standing, facts: list[f.Fact], told: list[r.Record]) -> Course:
    """Follow a company for two years, or give what was followed where it is the same."""
    until, coming = standing.now + AHEAD, standing.forecast
    recorded = [x for x in told if x.at <= standing.now]

    def make() -> Course:
        return follow(facts, [*granted(facts), *recorded, *coming], until)

    return standing.reading.followed(facts, [*recorded, *coming], until, make)


def called(standing: Standing, found: Timeline, leave: Collection[str] = ()) -> Timeline:
    """Give a timeline with the names of its pools and licences; ``leave``: pools to leave out."""
    pools = [pool for pool in found.pools if pool.id not in leave]
    licences = {strip.licence for pool in pools for strip in pool.strips}
    of_them = names(standing, licences)
    return replace(
        found,
        pools=tuple(
            replace(
                pool,
                name=of_them.get(pool.id, pool.name),
                strips=tuple(
                    replace(strip, name=of_them.get(strip.licence, strip.name))
                    for strip in pool.strips
                ),
            )
            for pool in pools
        ),
    )


def done(standing: Standing) -> list[f.Fact]:
    """Give what was done to a company up to now, of the facts that its service knows."""
    return standing.reading.ledger()


def recorded(standing: Standing) -> list[r.Record]:
    """Give the transitions and notices of all instances as the core recorded them."""
    mine = {"company": standing.company, "service": standing.service}
    found: list[r.Record] = [
        r.PhaseChanged(
            row.at,
            row.instance,
            cast(r.Phase, row.from_phase),
            cast(r.Phase, row.to_phase),
            row.effective_at,
            row.stay,
        )
        for row in Transition.objects.filter(**mine)
    ]
    # One that was served before it was withdrawn did set a deadline.
    told = Q(state=Notice.State.ISSUED) | Q(served_at__isnull=False)
    for notice in Notice.objects.filter(told, **mine):
        found += _notice(notice)
    return found


def _notice(notice: Notice) -> list[r.Record]:
    what: tuple[Any, int, int, str | None] = (
        notice.kind,
        notice.instance,
        notice.token,
        notice.subject or None,
    )
    found: list[r.Record] = [
        r.NoticeIssued(
            notice.at,
            *what,
            effective_at=notice.effective_at,
            days=notice.days,
            horizon_at=notice.horizon_at,
            due_at=notice.due_at,
        )
    ]
    if notice.served_at is not None and notice.deadline_at is not None:
        by: Any = notice.served_by
        found.append(r.NoticeServed(notice.served_at, *what, by=by, deadline=notice.deadline_at))
    return found


MANY = 2_000
"""Of so many ids the database is not asked for each."""


def names(standing: Standing, licences: Collection[str]) -> dict[str, str]:
    """Give what the pools and some licences are called, by id."""
    company = standing.company
    rows = Licence.objects.filter(company=company)
    if len(licences) < MANY:
        rows = rows.filter(id__in=[UUID(id_) for id_ in licences if _is_id(id_)])
    # As services.answers.NamedLicence calls them.
    return standing.pool_names | {
        str(id_): label or reference or product
        for id_, label, reference, product in rows.values_list(
            "id", "label", "reference", "product__name"
        )
    }


def _is_id(text: str) -> bool:
    """Whether it is the id of a licence that there can be: a supposed one has a name instead."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
