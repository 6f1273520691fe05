"""A company's timeline as data: exact numbers from the documented examples."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tenure.cli import scenarios
from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.core.simulation import Outages, happen
from tenure.core.timeline import Timeline, timeline
from tests.oracle.generator import scenario as generate
from tests.seeds import seeds


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def example(name: str, now: str, **more) -> Timeline:
    """Give the timeline of an example's company at an instant."""
    path = next(Path("tests/scenarios").glob(f"{name}-*.yaml"))
    scenario = scenarios.read(path.name, path.read_text())
    then = at(now)
    facts = [x for x in sorted(scenario.facts, key=lambda fact: fact.at) if x.at <= then]
    life = Lifecycle(scenario.pools, scenario.policy)
    outages = {
        "engine": Outages(scenario.engine_outages),
        "mail": Outages(scenario.mail_outages),
    }
    records = list(happen(life, facts, then, **outages))
    begins = min(fact.at for fact in facts)
    return timeline(life, facts, records, begins=begins, pools=scenario.pools, **more)


def phases(found: Timeline) -> list[tuple[str, str, bool, bool]]:
    return [
        (
            b.phase,
            datetime.fromtimestamp(b.start, UTC).isoformat()[:10],
            b.is_certain,
            b.is_start_open,
        )
        for b in found.bands
    ]


def test_the_seed_path_in_its_good_days() -> None:
    """Active until the end is certain; what follows if nothing is done is conditional."""
    found = example("01", "2026-06-01T00:00:00")
    assert phases(found) == [
        ("active", "2025-12-31", True, False),
        ("grace", "2026-06-30", False, False),
        ("suspended", "2026-07-14", False, True),
        ("deleted", "2026-08-13", False, True),
    ]
    pool = found.pools[0]
    assert pool.units.steps == ((found.start, 25), (at("2026-06-30T22:00:00"), 0))
    assert pool.seats.steps == (
        (found.start, 20),
        (at("2026-08-13T22:00:00"), 0),
    )
    assert pool.protected.steps == ((found.start, 20), (at("2026-07-14T22:00:00"), 0))
    assert [(g.missing, g.unprotected) for g in pool.gaps] == [(20, 0), (20, 20)]
    assert found.start == at("2026-06-01T00:00:00") - 60 * DAY
    assert found.end == at("2026-08-13T22:00:00") + 30 * DAY


def test_a_served_grace_has_a_certain_end_to_come() -> None:
    """Once its notice was served, no delay moves the suspension; the deletion still can wait."""
    found = example("01", "2026-07-02T00:00:00")
    assert phases(found)[1:] == [
        ("grace", "2026-06-30", True, False),
        ("suspended", "2026-07-14", False, False),
        ("deleted", "2026-08-13", False, True),
    ]
    kinds = {mark.kind: mark for mark in found.marks}
    assert kinds["grace"].state == "served"
    assert kinds["grace"].deadline == at("2026-07-14T22:00:00")
    assert kinds["grace_reminder"].state == "to_come"
    assert [m.days for m in found.marks if m.kind == "expiring"] == [30, 7]


def test_a_notice_that_waits_for_the_relay_leaves_the_end_open() -> None:
    """While the relay is down, the grace notice is issued, and the suspension comes later."""
    found = example("04", "2026-07-01T12:00:00")
    assert phases(found)[2:] == [
        ("suspended", "2026-07-15", False, True),
        ("deleted", "2026-08-14", False, True),
    ]
    grace = next(mark for mark in found.marks if mark.kind == "grace")
    assert grace.is_awaited and grace.served_at is None
    assert grace.deadline == at("2026-07-15T12:00:01")


def test_a_site_that_runs_short_has_a_gap_that_is_held_and_then_not() -> None:
    """Thirty of fifty seats are held for fourteen days, then without protection."""
    found = example("07", "2026-05-03T00:00:00")
    lyon, paris = found.pools
    assert [(g.missing, g.unprotected) for g in lyon.gaps if g.start <= found.now + 30 * DAY] == [
        (30, 0),
        (30, 30),
    ]
    assert lyon.gaps[0].start == at("2026-04-30T22:00:00")
    assert lyon.gaps[1].start == at("2026-05-14T22:00:00")
    assert paris.gaps[0].start == at("2026-12-31T23:00:00")
    assert [(s.licence, s.units) for s in lyon.strips] == [("A", 20), ("B", 40)]
    assert lyon.strips[1].spans[0].end == at("2026-04-30T22:00:00")


def test_what_happened_next_was_the_forecast() -> None:
    """By a day later, with everything working and nobody acting, the timeline says the same."""
    for name in ("01", "08", "15"):
        path = next(Path("tests/scenarios").glob(f"{name}-*.yaml"))
        scenario = scenarios.read(path.name, path.read_text())
        last = max(fact.at for fact in scenario.facts)
        window = (last, last + 300 * DAY)
        before, after = (
            example(name, iso(t), window=window) for t in (last + DAY, last + 100 * DAY)
        )
        assert before.pools == after.pools
        assert [(b.phase, b.start, b.end) for b in before.bands] == [
            (b.phase, b.start, b.end) for b in after.bands
        ]


def iso(t: int) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat()[:19]


@pytest.mark.parametrize("seed", seeds(60, 120))
def test_what_is_said_to_be_exact_needs_no_engine(seed: int) -> None:
    """A phase to come is open where an engine that never runs again would not reach it then."""
    plain = generate(random.Random(seed), dense=seed % 4 != 0)
    scenario = scenarios.read(f"seed {seed}", yaml.safe_dump(plain, sort_keys=False))
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    for fact in facts[:: max(1, len(facts) // 4)]:
        now = fact.at + 5 * DAY
        life = Lifecycle(scenario.pools, scenario.policy)
        done = [x for x in facts if x.at <= now]
        mail = Outages(scenario.mail_outages)
        records = list(happen(life, done, now, engine=Outages(), mail=mail))
        found = timeline(life, done, records, pools=scenario.pools)
        silent = life.copy()
        silent.advance(now + 1000 * DAY)
        news = [x for x in silent.news if isinstance(x, r.PhaseChanged)]
        for band in found.bands:
            if band.start > now:
                # What follows an open beginning may follow another one without the engine.
                phase = next(
                    (x.to_phase for x in reversed(news) if x.effective_at <= band.start), ""
                )
                if band.is_start_open:
                    assert (band.phase, band.start) not in {
                        (x.to_phase, x.effective_at) for x in news
                    }
                else:
                    assert phase in (band.phase, "")


def test_each_instance_begins_with_no_seats() -> None:
    found = example(
        "10", "2026-12-01T00:00:00", window=(at("2026-01-01T00:00:00"), at("2027-12-01T00:00:00"))
    )
    assert {band.instance for band in found.bands} >= {1, 2}
    deleted = next(band for band in found.bands if band.phase == "deleted")
    assert found.pools[0].seats.at(deleted.start) == 0


def test_a_supposed_renewal_is_drawn_from_the_old_end_on() -> None:
    """Under "what if?" the units that only the supposition gives are not certain."""
    now = "2026-07-02T00:00:00"
    supposed = [f.LicenceRenewed(at(now) + 1, "A", at("2027-06-30T22:00:00"))]
    found = example("01", now, supposed=supposed)
    assert next(band.phase for band in found.bands if band.start > found.now) == "active"
    spans = found.pools[0].strips[0].spans
    assert [(span.units, span.is_certain) for span in spans] == [(25, True), (25, False)]
    assert found.pools[0].gaps[0].end == at(now) + 1


def test_a_company_without_any_licence_is_pending_for_good() -> None:
    life = Lifecycle(("main",))
    life.advance(100 * DAY)
    found = timeline(life, [], [], begins=90 * DAY, pools=("main",))
    assert [(b.phase, b.start, b.end, b.is_certain) for b in found.bands] == [
        ("pending", 90 * DAY, None, True)
    ]
    assert found.pools[0].units.most(found.start, found.end) == 0
    assert found.start < found.now < found.end


def test_a_licence_without_end_has_no_end() -> None:
    life = Lifecycle(("main",))
    facts: list[f.Fact] = [f.LicenceAdded(10 * DAY, "a", 5, 10 * DAY, None, "subscription")]
    records = list(happen(life, facts, 20 * DAY, engine=Outages(), mail=Outages()))
    found = timeline(life, facts, records, begins=10 * DAY, pools=("main",))
    assert [(b.phase, b.end) for b in found.bands] == [("active", None)]
    assert found.pools[0].strips[0].spans[0].end is None


def test_the_data_is_plain() -> None:
    """What ``to_data`` gives goes through JSON unchanged; instants are written out."""
    for name in ("01", "07", "10"):
        data = example(name, "2026-08-01T00:00:00").to_data()
        assert json.loads(json.dumps(data)) == data
        assert data["now"] == "2026-08-01T00:00:00Z"


def test_a_thousand_licences_keep_their_strips_and_exact_steps() -> None:
    """Each licence has its strip, and their sum is the units at every step."""
    life = Lifecycle(("main",))
    facts: list[f.Fact] = [
        f.LicenceAdded(DAY, f"{i:04}", 1 + i % 7, DAY, (200 + i // 3) * DAY + i)
        for i in range(1000)
    ]
    records = list(happen(life, facts, 150 * DAY, engine=Outages(), mail=Outages()))
    found = timeline(life, facts, records, begins=DAY, pools=("main",))
    pool = found.pools[0]
    assert len(pool.strips) == 1000
    for t, units in pool.units.steps:
        assert sum(strip.at(t) for strip in pool.strips) == units
