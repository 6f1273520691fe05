"""A company's lifecycle from a scenario: facts, outages and an end; and its future.

Outside its outages the engine runs at every second. Only the seconds at which something can
happen are worked off, so the cost grows with the number of facts and not with the time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.capacity import NEVER
from tenure.core.lifecycle import Lifecycle
from tenure.core.notices import due_at, everything, nothing, run
from tenure.core.policy import Policy

Window = tuple[int, int]
"""A half-open stretch of time."""


class Outages:
    """Windows in which something does not work; they may overlap."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, windows: Iterable[Window] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(windows):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def up_from(self, t: int) -> int:
        """Give the first instant from ``t`` on at which it works."""
        i = bisect_right(self._starts, t) - 1
        return max(t, self._ends[i]) if i >= 0 else t

    def is_up(self, t: int) -> bool:
        """Whether it works at ``t``."""
        return self.up_from(t) == t


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens to one company; ``facts`` in the order in which they are taken."""

    until: int
    pools: tuple[str, ...] = ("main",)
    policy: Policy = field(default_factory=Policy)
    facts: Sequence[f.Fact] = ()
    engine_outages: Sequence[Window] = ()
    mail_outages: Sequence[Window] = ()
    name: str = ""
    time_zone: str = "UTC"


def simulate(scenario: Scenario) -> list[r.Record]:
    """Give what is recorded of a scenario until its end, in the order of recording.

    Raises ``FactRefused`` where a fact cannot be.
    """
    life = Lifecycle(scenario.pools, scenario.policy)
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    engine = Outages(scenario.engine_outages)
    mail = Outages(scenario.mail_outages)
    return list(happen(life, facts, scenario.until, engine=engine, mail=mail))


def forecast(life: Lifecycle, until: int, facts: Sequence[f.Fact] = ()) -> list[r.Record]:
    """Give what will be recorded until an instant if nothing else is done and all works.

    ``facts`` are done on the way ("what if?"), in the order of time. ``life`` is left alone.
    """
    life = life.copy()
    life.capacity.gather()
    return list(happen(life, facts, until, engine=Outages(), mail=Outages()))


def holds_until(life: Lifecycle) -> int:
    """Give the instant before which a forecast from any later one is the forecast from now.

    Without facts: nothing is due before it, and no mail waits, which would be taken at once.
    """
    return life.at if life.unserved else due_at(life)


def happen(
    life: Lifecycle, facts: Sequence[f.Fact], until: int, *, engine: Outages, mail: Outages
) -> Iterator[r.Record]:
    """Let a lifecycle go on until an instant, which is still worked off; yield what is recorded.

    ``facts`` are in the order of time. ``life`` is changed.
    """
    i = 0
    while True:
        here = life.at if life.instant is not None else life.at + 1
        t = facts[i].at if i < len(facts) else NEVER
        t = min(t, max(life.next_event(), here), _next_run(life, here, engine, mail))
        if t > until:
            life.advance(until)
            return
        while i < len(facts) and facts[i].at == t:
            yield from life.apply(facts[i])
            i += 1
        life.advance(t)
        if engine.is_up(t):
            yield from run(life, t, accepts=everything if mail.is_up(t) else nothing)


def _next_run(life: Lifecycle, here: int, engine: Outages, mail: Outages) -> int:
    """Give the next instant, not before ``here``, at which an engine that is up has work."""
    due = max(due_at(life, life.next_event()), here)
    if life.unserved:
        due = min(due, _both_up_from(here, engine, mail))
    return engine.up_from(due)


def _both_up_from(t: int, engine: Outages, mail: Outages) -> int:
    while True:
        up = engine.up_from(t)
        t = mail.up_from(up)
        if t == up:
            return t
