"""How a company's lifecycle is read: evaluated once, and kept as long as it is the same.

What is kept follows from an instance's stored state and the facts after it, and from nothing
else. Both are read for every reader anew and compared, so that what another process did is seen
at once; and an instant at which something changes by itself is worked off before it is given.
So it is a matter of speed alone, and whoever forgets everything gets the same.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import connection

from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.course import Course
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.core.simulation import forecast, holds_until
from tenure.services import states
from tenure.store.models import Fact, Instance
from tenure.store.queries import ledgers
from tenure.store.queries.ledgers import Entry
from tenure.store.queries.present import Present, present

KEPT = 512
"""So many readings a process keeps, those that were used last."""

KEPT_LICENCES = 40_000
"""So many licences they have together at most, or one company more: at 1 to 2.5 kilobytes each."""

T = TypeVar("T")


@dataclass(slots=True)
class _Kept:
    """What was evaluated. Nothing of it is changed any more, but for what is added to ``found``.

    ``first`` is the lifecycle as stored, ``life`` the one with ``facts``, worked off to its end.
    """

    mark: str
    text: str
    first: Lifecycle
    facts: list[f.Fact]
    life: Lifecycle
    found: dict[str, Any] = field(default_factory=dict)


class Reading:
    """A company's lifecycle with one service at ``now``, and what follows from it."""

    def __init__(self, instance: Instance, kept: _Kept, now: int) -> None:
        self.instance = instance
        self.now = now
        self._kept = kept
        self.life = kept.life.copy()
        """The reader's own."""
        self.life.advance(now)

    def once(self, name: str, make: Callable[[Lifecycle], T]) -> T:
        """Give what follows from the lifecycle since its last change, made when first asked for.

        ``make`` must not go by the instant, which is one between that change and now, nor change
        the lifecycle; and nobody may change what it gives.
        """
        found = self._kept.found
        if name not in found:
            found[name] = make(self._kept.life)
        return cast(T, found[name])

    def table(self, name: str) -> dict[Any, Any]:
        """Give a table that is kept until something is due, for what follows from the lifecycle.

        Until then what comes next is the same from every instant. Where something is due by now,
        it is empty and the reader's own.
        """
        if self.now >= holds_until(self._kept.life):
            return {}
        found: dict[Any, Any] = self._kept.found.setdefault(name, {})
        return found

    def meanwhile(self, name: str, make: Callable[[], tuple[T, int]]) -> T:
        """Give what follows from the lifecycle and from now, and until when (exclusive) it holds.

        Kept until then, or until the lifecycle changes; nobody may change what ``make`` gives.
        """
        found: tuple[int, int, T] | None = self._kept.found.get(name)
        if found is None or not found[0] <= self.now < found[1]:
            value, until = make()
            self._kept.found[name] = found = (self.now, until, value)
        return found[2]

    def remember(self, name: str, of: object, make: Callable[[], T]) -> T:
        """Give what follows from a value and nothing else, kept as long as the value is that one.

        ``of`` and what ``make`` gives are never changed.
        """
        found: tuple[object, T] | None = self._kept.found.get(name)
        if found is None or found[0] is not of:
            self._kept.found[name] = found = (of, make())
        return found[1]

    def ledger(self) -> list[f.Fact]:
        """Give what was done up to now, of the facts that the service knows; never changed.

        Facts are never changed nor removed, so only those after the last known one are read.
        """
        found: tuple[Entry, list[f.Fact]] | None = self._kept.found.get("ledger")
        company_id = self.instance.company_id
        new = ledgers.upto(company_id, self.now, 0 if found is None else found[0].seq)
        if found is not None and (not new or new[0] != found[0]):
            # The database is another, or this reader's now earlier.
            found, new = None, ledgers.upto(company_id, self.now)
        facts: list[f.Fact] = [] if found is None else found[1]
        mine = self.instance.service_id
        news = [
            line
            for line in (new if found is None else new[1:])
            if not line.service or mine in line.service.split("+")
        ]
        if news:
            # All of it at once: 10,000 one by one take half as long again.
            read = json.loads(f"[{','.join([line.data for line in news])}]")
            more = zip(news, read, strict=True)
            facts = [*facts, *(f.decode(line.kind, line.at, data) for line, data in more)]
        # What a transaction reads of its own may be undone.
        if new and not connection.in_atomic_block:
            self._kept.found["ledger"] = (new[-1], facts)
        return facts

    def followed(
        self, facts: list[f.Fact], records: list[r.Record], until: int, make: Callable[[], Course]
    ) -> Course:
        """Give the course of facts of ``ledger`` and of records until an instant; never changed.

        ``make`` follows it where none is kept that is the same.
        """
        found: tuple[list[f.Fact], list[r.Record], int, Course] | None
        found = self._kept.found.get("course")
        if (
            found is None
            or found[0] is not facts
            or found[1] != records
            or not found[2] <= until < found[3].next_at
        ):
            self._kept.found["course"] = found = (facts, records, until, make())
        return found[3]

    def forecast(self, until: int) -> list[r.Record]:
        """Give what will be recorded until an instant if nothing is done and the mail works."""
        life = self._kept.life  # not the reader's own, with which it may have done something
        held = self.now < holds_until(life)
        name = "forecast" if held else "forecast from now"
        made: tuple[int, int, list[r.Record]] | None = self._kept.found.get(name)
        if made is None or made[1] < until or (not held and made[0] != self.now):
            # Somewhat further than asked for: the next who asks, asks for a second more.
            end = until + 30 * DAY if held else until
            if not held:
                life = life.copy()
                life.advance(self.now)
            made = self.now, end, forecast(life, end)
            self._kept.found[name] = made
        return [record for record in made[2] if record.at <= until]


class _Shelf:
    """What a process keeps, for all of its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[UUID, str], _Kept] = OrderedDict()
        self._licences = 0

    def of(self, company_id: UUID) -> dict[str, _Kept]:
        with self._lock:
            found = {key[1]: kept for key, kept in self._kept.items() if key[0] == company_id}
            for service in found:
                self._kept.move_to_end((company_id, service))
        return found

    def put(self, company_id: UUID, service: str, kept: _Kept) -> None:
        key = company_id, service
        with self._lock:
            self._take(self._kept.pop(key, None))
            self._kept[key] = kept
            self._licences += len(kept.life.register.licences)
            while len(self._kept) > 1 and (
                len(self._kept) > KEPT or self._licences > KEPT_LICENCES
            ):
                self._take(self._kept.popitem(last=False)[1])

    def _take(self, kept: _Kept | None) -> None:
        if kept is not None:
            self._licences -= len(kept.life.register.licences)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._licences = 0


_shelf = _Shelf()


def forget() -> None:
    """Forget all that is kept."""
    _shelf.clear()


class Company:
    """A company as a reader finds it: its present instances, each read when asked for.

    Two queries, however many services there are.
    """

    def __init__(self, company_id: UUID) -> None:
        self._id = company_id
        self._kept = _shelf.of(company_id)
        marks = [kept.mark for kept in self._kept.values() if kept.mark]
        self._present = {each.instance.service_id: each for each in present(company_id, marks)}
        self._facts: list[Fact] | None = None

    @property
    def instances(self) -> list[Instance]:
        """The instances by the keys of their services."""
        return [each.instance for each in self._present.values()]

    def read(self, service: str, now: int) -> Reading:
        """Give how it stands with one of its services; ``now`` is its own clock's."""
        there = self._present[service]
        old = self._kept.get(service)
        new = _evaluated(old, there, self._unseen(service, now), now)
        if new is not old:
            self._kept[service] = new
            _shelf.put(self._id, service, new)
        return Reading(there.instance, new, now)

    def before(self, service: str, at: int) -> Lifecycle:
        """Give the lifecycle that can take a fact of ``at``, as ``states.before`` does."""
        _, first = _stored(self._kept.get(service), self._present[service])
        life = first.copy()
        for fact in self._unseen(service, at):
            life.apply(fact)
        if life.at < at - 1:
            life.advance(at - 1)
        return life

    def _unseen(self, service: str, until: int) -> list[f.Fact]:
        """Give the facts that the state of a service does not know yet."""
        if self._facts is None:
            first = min((each.as_of_seq for each in self.instances), default=0)
            rows = Fact.objects.filter(company_id=self._id, seq__gt=first)
            self._facts = list(rows.order_by("seq"))
        seq = self._present[service].instance.as_of_seq
        return states.decode((x for x in self._facts if x.seq > seq and x.at <= until), service)


def _stored(old: _Kept | None, there: Present) -> tuple[str, Lifecycle]:
    """Give the text of a stored state and what it says, from what is kept if it is the same."""
    if there.text is None:
        if old is None or old.mark != there.mark:
            raise ValueError("the state is not known")
        return old.text, old.first
    if old is not None and there.text == old.text:
        return old.text, old.first
    life = Lifecycle.from_data(json.loads(there.text))
    life.capacity.gather()  # so that no copy has to
    return there.text, life


def _evaluated(old: _Kept | None, there: Present, facts: list[f.Fact], now: int) -> _Kept:
    """Give what follows from a state and facts, from what is kept as far as it is the same."""
    # The ledger only grows: what is known of it is not read again when the state is another.
    kept = {} if old is None else {k: x for k, x in old.found.items() if k == "ledger"}
    text, first = _stored(old, there)
    if old is not None and first is not old.first:
        old = None
    if old is not None and old.life.at <= now and facts[: len(old.facts)] == old.facts:
        more = facts[len(old.facts) :]
        if not more and old.life.next_change() > now:
            if there.mark == old.mark:
                return old
            return _Kept(there.mark, text, first, facts, old.life, old.found)
        if all(fact.at > old.life.at for fact in more):
            return _Kept(there.mark, text, first, facts, _after(old.life, more, now), kept)
    return _Kept(there.mark, text, first, facts, _after(first, facts, now), kept)


def _after(life: Lifecycle, facts: list[f.Fact], now: int) -> Lifecycle:
    life = life.copy()
    for fact in facts:
        life.apply(fact)
    life.advance(now)
    return life
