"""The queue of mails: what is to be tried, who tries it, and when again.

A lease keeps two engines from trying one mail at once. It runs out, because an engine can die
between the relay's answer and its record; the mail is then handed over again, with the same
Message-ID.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery

from tenure.clock import Clock
from tenure.store.ids import new_id
from tenure.store.models import Delivery, Letter, Notice
from tenure.store.queries.rows import Update

LEASE = 300
"""Seconds for which a lease holds; longer than a relay may take for a mail (``LONGEST_MAIL``)."""

GIVE_UP_AFTER = 5 * 86_400
"""Seconds after which a mail on which no deadline depends is given up."""

STUCK_AFTER = 600
"""Seconds after which a mail is called stuck that no relay has taken."""

_lease = Update(Delivery, "state", "lease", "leased_until_at")

Backoff = Callable[[int], int]
"""Seconds until the next try, after so many."""


def backoff(tries: int) -> int:
    """Wait one minute, then twice as long each time, up to an hour; more or less by a fifth.

    The fifth keeps mails that failed together from coming back together.
    """
    wait = min(60 * 2 ** min(tries - 1, 6), 3600)
    return round(wait * random.uniform(0.8, 1.2))  # noqa: S311 - no secret hangs on it


def lease(clock: Clock, limit: int, *, leave: Collection[UUID] = ()) -> list[Delivery]:
    """Take mails that are to be tried now, deadline notices first, the oldest first.

    ``leave``: mails that were tried just now, and were not taken.
    """
    now = clock.now()
    held = new_id()
    chosen: list[Delivery] = []
    with transaction.atomic():
        for waiting in looks_for(now):
            if len(chosen) < limit:
                rows = _unlocked(waiting)[: limit + len(leave)]
                chosen += [row for row in rows if row.id not in leave]
        chosen = chosen[:limit]
        for delivery in chosen:
            delivery.state = Delivery.State.LEASED
            delivery.lease, delivery.leased_until_at = held, now + LEASE
        _lease([(x.company_id, x.id, x.state, held, x.leased_until_at) for x in chosen])
    return chosen


def release(leased: Collection[Delivery]) -> None:
    """Put mails back that were taken and not tried; those that somebody else has are left alone."""
    for held in {delivery.lease for delivery in leased}:
        mine = [delivery for delivery in leased if delivery.lease == held]
        Delivery.objects.filter(
            company_id__in={delivery.company_id for delivery in mine},
            id__in=[delivery.id for delivery in mine],
            lease=held,
        ).update(state=Delivery.State.QUEUED, lease=None, leased_until_at=None)


def looks_for(now: int) -> list[QuerySet[Delivery]]:
    """Give what is to be tried, in order; four questions, because each has an index for it."""
    free = Q(state=Delivery.State.QUEUED) | Q(state=Delivery.State.LEASED, leased_until_at__lte=now)
    real = Q(clock__isnull=True, next_try_at__lte=now)
    test = Q(clock__isnull=False, next_try_at__lte=F("clock__now_at"))
    return [
        Delivery.objects.filter(whose, free, is_deadline=is_deadline).order_by("next_try_at")
        for is_deadline in (True, False)
        for whose in (real, test)
    ]


@dataclass(frozen=True, slots=True)
class Stuck:
    """Mails that wait for long; ``answer``: what was said last of one, empty where none was tried.

    Those of test companies go to the outbox, and are not among them.
    """

    count: int
    since: int
    answer: str


def stuck(now: int) -> Stuck | None:
    """Give the notices and letters that no relay has taken for long; None where there are none."""
    by = now - STUCK_AFTER
    told = Notice.objects.filter(company_id=OuterRef("company_id"), id=OuterRef("notice_id"))
    notices = Delivery.objects.filter(
        clock__isnull=True,
        next_try_at__isnull=False,
        state__in=(Delivery.State.QUEUED, Delivery.State.LEASED),
    ).annotate(at=Subquery(told.values("at")[:1]))
    notices = notices.filter(at__lte=by)
    letters = Letter.objects.filter(state=Letter.State.QUEUED, created_at__lte=by)
    counts = (
        notices.aggregate(n=Count("id"), since=Min("at")),
        letters.aggregate(n=Count("id"), since=Min("created_at")),
    )
    since = [each["since"] for each in counts if each["n"]]
    if not since:
        return None
    # When a letter was tried is not kept: of those, the one that is tried last speaks for all.
    answer = (
        notices.exclude(answer="").order_by("-last_try_at").values_list("answer", flat=True).first()
        or letters.exclude(answer="")
        .order_by("-next_try_at")
        .values_list("answer", flat=True)
        .first()
        or ""
    )
    return Stuck(sum(each["n"] for each in counts), min(since), answer)


def _unlocked(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


def hurry(company_id: UUID, now: int) -> None:
    """Let the deadline notices of a company be tried now: the portal would serve them next."""
    Delivery.objects.filter(
        company_id=company_id, state=Delivery.State.QUEUED, is_deadline=True, next_try_at__gt=now
    ).update(next_try_at=now)
