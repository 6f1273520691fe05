"""A company's timeline: its past from what was done and recorded, its future from the core.

Reads, never writes. Right also while the engine is down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from django.db.models import Q

from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.timeline import Timeline, granted, timeline
from tenure.services.standings import Standing
from tenure.store.models import Fact, Licence, Notice, Pool, Transition


def of_standing(
    standing: Standing,
    *,
    supposed: Sequence[f.Fact] = (),
    window: tuple[int, int] | None = None,
) -> Timeline:
    """Give a company's timeline with a service; six queries at most.

    ``supposed``: facts to come ("what if?"), later than ``standing.now``, in the order of time.
    ``window``: what to show, from an instant to another; by default what ``core.timeline`` finds.
    Raises ``FactRefused`` for a supposed fact that cannot be.
    """
    facts = done(standing)
    found = timeline(
        standing.life,
        facts,
        [*granted(facts), *recorded(standing)],
        begins=standing.company.created_at,
        supposed=supposed,
        names=names(standing),
        window=window,
        coming=standing.forecast,
    )
    # A site that is closed has neither units nor seats any more.
    shut = standing.closed_pools
    return replace(found, pools=tuple(pool for pool in found.pools if pool.id not in shut))


def done(standing: Standing) -> list[f.Fact]:
    """Give what was done to a company up to now, of the facts that its service knows."""
    rows = Fact.objects.filter(company=standing.company, at__lte=standing.now).order_by("seq")
    return [
        f.decode(kind, at, data)
        for service, kind, at, data in rows.values_list("service", "kind", "at", "data")
        if not service or standing.service in service.split("+")
    ]


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


def names(standing: Standing) -> dict[str, str]:
    """Give what pools and licences are called, by id."""
    company = standing.company
    pools = Pool.objects.filter(company=company).values_list("id", "name")
    licences = Licence.objects.filter(company=company).values_list(
        "id", "label", "reference", "product__name"
    )
    found = {str(id_): name for id_, name in pools}
    # As services.answers.NamedLicence calls them.
    return found | {
        str(id_): label or reference or product for id_, label, reference, product in licences
    }
