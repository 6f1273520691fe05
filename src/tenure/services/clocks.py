"""Test clocks: making them and moving them forwards. The engine takes a clock to its target."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import refuse_while_waiting
from tenure.store.models import TestClock


def create(name: str, at: int) -> TestClock:
    """Make a clock that stands at ``at``."""
    return TestClock.objects.create(name=name, now_at=at)


def move(clock_id: UUID, target_at: int) -> TestClock:
    """Send a clock forwards; it stops at every instant at which one of its companies is due.

    Raises ``Refused`` for a target that lies behind it, or while it is still on its way.
    """
    with transaction.atomic():
        refuse_while_waiting()
        clock = TestClock.objects.select_for_update().filter(pk=clock_id).first()
        if clock is None:
            raise NotFound("there is no such clock")
        if clock.target_at is not None:
            raise Refused("the clock is still on its way", code="clock_moves")
        if target_at <= clock.now_at:
            raise Refused("a test clock only goes forwards", code="clock_backwards")
        clock.target_at = target_at
        clock.save(update_fields=["target_at"])
    return clock
