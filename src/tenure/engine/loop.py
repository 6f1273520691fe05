"""The loop: what is due, one step, the mails, the next wake-up.

All that the engine does is in ``Engine.PARTS``, in order; a round does each part for which there
is something to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Min

from tenure.clock import Clock
from tenure.delivery import queue
from tenure.delivery.relays import Relay
from tenure.engine import acts, archives, clocks, erasure, letters, settling, steps, unseen
from tenure.engine.deliveries import Postman
from tenure.engine.due import Question, due
from tenure.services.ledger import EngineWaits
from tenure.store.models import Delivery, Instance, TestClock, UnseenRule

log = logging.getLogger(__name__)

BATCH = 500
"""Companies in one step."""


class Part:
    """Something that the engine does; it gives whether it did anything."""

    def __init__(self, name: str, do: Callable[[Engine], bool], *looks_for: Question) -> None:
        self.name, self.do, self.looks_for = name, do, looks_for


@dataclass(slots=True)
class Engine:
    """Lets time pass for every company. ``deletions`` False: real companies are not deleted."""

    clock: Clock
    relay: Relay | None
    backoff: queue.Backoff = queue.backoff
    deletions: bool = True
    _waiting: set[UUID] = field(default_factory=set)
    """Companies for which a relay must be tried before the portal may serve."""

    PARTS: ClassVar[tuple[Part, ...]] = ()

    def run_until_idle(self) -> None:
        """Go on until nothing is due at the present instant, and no test clock is on its way."""
        while self.round():
            pass

    def round(self) -> bool:
        """Do each part once for which there is something to do; give whether anything was done.

        What one part does may be for a later one, so that it is asked again after each.
        """
        self._waiting = set()
        waiting = self._due()
        done = False
        for part in self.PARTS:
            if part.name in waiting:
                done = part.do(self) or done
                waiting = self._due()
        return done

    def _due(self) -> set[str]:
        """Give the names of the parts for which there is something to do."""
        asked = [(part.name, question) for part in self.PARTS for question in part.looks_for]
        found = due(asked, self.clock.now())
        return found | {"deliver", "portal"} if self._waiting else found

    def step(self) -> bool:
        """See to the companies that are due."""
        self._waiting = set()
        done = False
        seen: set[UUID] = set()
        while companies := steps.due(self.clock, BATCH, leave=seen):
            seen.update(companies)
            done = self._step(companies, portal=False) or done
        return done

    def deliver(self) -> bool:
        """Hand over what is queued; what the portal would serve next is tried again first."""
        for company_id in self._waiting:
            queue.hurry(company_id, self.clock.now())
        return Postman(self.clock, self.relay, self.backoff).deliver() > 0

    def serve_by_portal(self) -> bool:
        """See again to those for whom the relay was tried: the portal may serve them now."""
        waiting = sorted(self._waiting)
        self._waiting = set()
        done = False
        for start in range(0, len(waiting), BATCH):
            done = self._step(waiting[start : start + BATCH], portal=True) or done
        return done

    def write_to_persons(self) -> bool:
        """Hand over the letters to persons; they live by real time."""
        return letters.deliver(self.relay, self.backoff)

    def settle(self) -> bool:
        """Give the units that time has brought to those who wait for them."""
        return settling.settle(self.clock)

    def do_acts(self) -> bool:
        """Do what people asked for very many members."""
        return acts.work(self.clock)

    def build_archives(self) -> bool:
        """Build what people asked for to take along; it lives by real time."""
        return archives.work()

    def release_unseen(self) -> bool:
        """Announce and release members who were not seen for long, where a rule says so."""
        return unseen.release(self.clock)

    def erase(self) -> bool:
        """Erase what deleted instances left behind, a batch of rows at a time."""
        return erasure.erase(self.clock)

    def move_clocks(self) -> bool:
        """Take test clocks a due instant further."""
        return clocks.advance()

    def _step(self, companies: list[UUID], *, portal: bool) -> bool:
        """Do a step; where the database refuses a batch, find the company that is to blame."""
        try:
            outcome = steps.step(companies, self.clock, portal=portal, deletions=self.deletions)
        except (EngineWaits, OperationalError):
            raise  # no company is to blame for a lost connection or a full disk
        except DatabaseError as error:
            if len(companies) == 1:
                log.exception("company %s is set aside", companies[0])
                with transaction.atomic():
                    steps.set_aside(companies[0], error, self.clock.now())
                return True
            done = False
            for company in companies:
                done = self._step([company], portal=portal) or done
            return done
        self._waiting |= outcome.waiting_for_portal
        return any(outcome.records.values()) or outcome.set_aside > 0


Engine.PARTS = (
    # First, so that whoever waits has the units at the very instant at which they come.
    Part("settle", Engine.settle, Question(settling.looks_for)),
    Part("step", Engine.step, Question(steps.looks_for)),
    # After the step, which knows whether licences still run.
    Part("unseen", Engine.release_unseen, Question(unseen.looks_for)),
    Part("deliver", Engine.deliver, Question(queue.looks_for)),
    Part("portal", Engine.serve_by_portal),
    # Before the test clocks: an act belongs to the instant at which it was asked.
    Part("acts", Engine.do_acts, acts.QUESTION),
    Part("archives", Engine.build_archives, *archives.QUESTIONS),
    Part("letters", Engine.write_to_persons, letters.QUESTION),
    Part("erase", Engine.erase, Question(erasure.looks_for, by=None)),
    Part("clocks", Engine.move_clocks, Question(clocks.looks_for, by=None)),
)


def next_wakeup(clock: Clock) -> int | None:
    """Give the next instant at which a real company or mail is due; None if none is."""
    real = {"clock__isnull": True}
    waiting = Instance.objects.filter(due_at__isnull=False, **real)
    dues = (
        waiting.filter(retry_at__isnull=True).aggregate(m=Min("due_at"))["m"],
        waiting.aggregate(m=Min("retry_at"))["m"],
        Instance.objects.filter(settle_at__isnull=False, **real).aggregate(m=Min("settle_at"))["m"],
        UnseenRule.objects.filter(due_at__isnull=False, **real).aggregate(m=Min("due_at"))["m"],
        Delivery.objects.filter(next_try_at__isnull=False, **real).aggregate(m=Min("next_try_at"))[
            "m"
        ],
    )
    if TestClock.objects.filter(target_at__isnull=False).exists():
        return clock.now()
    return min((due for due in dues if due is not None), default=None)
