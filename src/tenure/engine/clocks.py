"""Taking test clocks to their targets, one due instant at a time."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Min, QuerySet

from tenure.services import acts
from tenure.store.models import Delivery, Instance, TestClock, UnseenRule


def looks_for() -> tuple[QuerySet[TestClock]]:
    """Give the clocks that are on their way."""
    return (TestClock.objects.filter(target_at__isnull=False),)


def advance() -> bool:
    """Move each clock that is on its way to the next instant at which something is due.

    Gives whether a clock moved; it stands there until the engine has done what is due, while an
    act of one of its companies is under way, and while somebody holds one of its mails: were he
    killed, it is handed over once his lease has run out, and that must not be later by the clock.
    """
    moved = False
    for clock_id in looks_for()[0].values_list("id", flat=True):
        with transaction.atomic():
            clock = TestClock.objects.select_for_update().get(pk=clock_id)
            if clock.target_at is None or _mails_are_under_way(clock) or _acts_are_under_way(clock):
                continue
            clock.now_at = _next(clock, clock.target_at)
            if clock.now_at >= clock.target_at:
                clock.target_at = None
            clock.save(update_fields=["now_at", "target_at"])
            moved = True
    return moved


def _mails_are_under_way(clock: TestClock) -> bool:
    """Whether an engine holds mails that are due: what it hears of them happens at this instant."""
    return Delivery.objects.filter(
        clock=clock, state=Delivery.State.LEASED, next_try_at__lte=clock.now_at
    ).exists()


def _acts_are_under_way(clock: TestClock) -> bool:
    return acts.under_way().filter(company__clock=clock).exists()


def _next(clock: TestClock, target: int) -> int:
    mails = Delivery.objects.filter(clock=clock, next_try_at__isnull=False)
    mine = Instance.objects.filter(clock=clock)
    dues = (
        mine.filter(due_at__isnull=False).aggregate(m=Min("due_at"))["m"],
        mine.filter(settle_at__isnull=False).aggregate(m=Min("settle_at"))["m"],
        UnseenRule.objects.filter(clock=clock, due_at__isnull=False).aggregate(m=Min("due_at"))[
            "m"
        ],
        mails.aggregate(m=Min("next_try_at"))["m"],
    )
    return min([target, *(max(due, clock.now_at + 1) for due in dues if due is not None)])
