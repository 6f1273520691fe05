"""A scenario as a diary: what was done, what came of it, and what comes next.

The sentences about single facts and records are in ``diary_sentences``; here they are put in
order, grouped by day in the company's time zone, and laid out for a terminal of 80 columns.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

import click

from tenure.cli import instants
from tenure.cli.diary_sentences import Teller, counted
from tenure.cli.scenarios import longest
from tenure.cli.yaml_places import shown
from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.core.simulation import Outages, Scenario, forecast, happen

WIDTH = 80
AHEAD = 730 * DAY
"""How far the diary looks beyond the end of the scenario."""

_COLOURS = {
    "active": "green",
    "grace": "yellow",
    "suspended": "red",
    "deleted": "magenta",
    "covered": "green",
    "short": "yellow",
    "reduced": "red",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A sentence of the diary; ``status`` is the phase or pool state that it tells of."""

    at: int
    sentence: str
    status: str | None = None


def diary(scenario: Scenario) -> Iterator[str]:
    """Give the lines of a scenario's diary, with colours that a terminal can leave out."""
    life = Lifecycle(scenario.pools, scenario.policy)
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    past = [fact for fact in facts if fact.at <= scenario.until]
    engine = Outages(scenario.engine_outages)
    mail = Outages(scenario.mail_outages)
    records = list(happen(life, facts, scenario.until, engine=engine, mail=mail))
    tell = Teller(scenario.pools, scenario.policy, ZoneInfo(scenario.time_zone))

    if scenario.name:
        yield from _bold(_wrapped(shown(scenario.name, most=WIDTH * 4)))
    yield f"Times are those of {scenario.time_zone}."
    yield from _days(_entries(past, records, tell), tell)
    yield ""
    if len(past) < len(facts):
        later = counted(len(facts) - len(past), "entry is", "entries are")
        yield from _wrapped(f"{later} dated after the end, and left out.")
    yield from _bold([f"The end of the scenario: {tell.moment(scenario.until)}"])
    yield from _wrapped(tell.state(life))
    yield ""
    yield from _pools(life)
    yield from _ahead(life, scenario, tell)


def _ahead(life: Lifecycle, scenario: Scenario, tell: Teller) -> Iterator[str]:
    last = min(scenario.until + AHEAD, instants.LAST - longest(scenario.policy))
    coming = forecast(life, last)
    yield ""
    yield from _bold(["What comes next if nothing is done and everything works"])
    if not coming:
        yield from _wrapped(f"Nothing until {tell.moment(last)}, by what is known.")
        return
    yield from _days([_entry(record, tell) for record in coming], tell)


def _entries(facts: Sequence[f.Fact], records: Iterable[r.Record], tell: Teller) -> Iterator[Entry]:
    """Put facts and records in one order: at an instant first what people did, with its answer."""
    waiting: dict[int, list[f.Fact]] = {}
    for fact in facts:
        waiting.setdefault(fact.at, []).append(fact)
    recorded: dict[int, list[r.Record]] = {}
    for record in records:
        recorded.setdefault(record.at, []).append(record)
    for at in sorted(waiting.keys() | recorded.keys()):
        rest = recorded.get(at, [])
        for fact in waiting.get(at, []):
            answer = next((record for record in rest if _answers(record, fact)), None)
            if answer is not None:
                rest.remove(answer)
            yield Entry(at, tell.fact(fact, answer))
        for record in rest:
            yield _entry(record, tell)


def _answers(record: r.Record, fact: f.Fact) -> bool:
    if isinstance(fact, f.SeatsProtected | f.SeatsUnprotected):
        return isinstance(record, r.SeatsGranted | r.SeatsReleased | r.SeatsRefused)
    if isinstance(fact, f.DeletionConfirmed):
        return isinstance(record, r.NoticeServed) and record.by == "operator"
    return False


def _entry(record: r.Record, tell: Teller) -> Entry:
    status: str | None = None
    if isinstance(record, r.PhaseChanged):
        status = record.to_phase
    elif isinstance(record, r.PoolChanged):
        status = record.state
    return Entry(record.at, tell.record(record), status)


def _days(entries: Iterable[Entry], tell: Teller) -> Iterator[str]:
    for day, of_day in groupby(entries, key=lambda entry: tell.day(entry.at)):
        yield ""
        yield from _bold([day])
        last = ""
        for entry in of_day:
            time = tell.time(entry.at)
            yield from _told(entry, "" if time == last else time)
            last = time


def _told(entry: Entry, time: str) -> Iterator[str]:
    margin = f"  {time:<5}  "
    for i, line in enumerate(textwrap.wrap(entry.sentence, WIDTH - len(margin))):
        text = click.style(line, fg=_COLOURS[entry.status]) if entry.status in _COLOURS else line
        yield (margin if i == 0 else " " * len(margin)) + text


def _pools(life: Lifecycle) -> Iterator[str]:
    """Lay out the pools as a table; the state only means something while active."""
    rows = []
    for name, pool in life.pools.items():
        units = life.capacity.units[name]
        state = pool.state(units) if life.phase == "active" else ""
        rows.append((shown(name), units, pool.seats, life.protected(name), state))
    wide = max(len("Pool"), *(len(row[0]) for row in rows))
    yield f"  {'Pool':<{wide}}  {'Units':>10}  {'Seats':>10}  {'Protected':>10}"
    for name, units, seats, protected, state in rows:
        text = click.style(state, fg=_COLOURS.get(state)) if state else ""
        yield f"  {name:<{wide}}  {units:>10}  {seats:>10}  {protected:>10}  {text}".rstrip()


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)


def _bold(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield click.style(text, bold=True)
