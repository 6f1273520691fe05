"""What a process keeps of companies for their readers: never anything but what is so."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from tenure.clock import SetClock
from tenure.core import facts as f
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.core.simulation import forecast
from tenure.core.timeline import Timeline, granted, timeline
from tenure.engine.loop import Engine
from tenure.services import (
    alerts,
    catalogue,
    companies,
    licences,
    members,
    readings,
    seats,
    standings,
    timelines,
)
from tenure.services.alert_watch import KEPT, LATELY, Watch
from tenure.services.catalogue import COS
from tenure.services.errors import Refused
from tenure.store.models import Company, Fact, Instance
from tenure.store.queries.present import present
from tenure.words.statuses import SOON

NOW = 1_767_225_600  # 2026-01-01
AHEAD = standings.AHEAD

pytestmark = pytest.mark.django_db(transaction=True)


class Scene:
    """A company with a pool, units and members, and a clock."""

    def __init__(self) -> None:
        catalogue.ensure_default()
        self.clock = SetClock(NOW)
        self.by: dict[str, Any] = {"clock": self.clock, "who": "test"}
        self.company: Company = companies.create(name="Boulangerie Martin", **self.by)
        self.pool: UUID = self.company.pools.get().id
        self.engine = Engine(self.clock, None)
        self.licences = [self.add(5, 100)]
        self.members = [
            members.add(self.company.id, user=f"{i}@martin.test", **self.by).id for i in range(9)
        ]

    def add(self, units: int, days: int) -> UUID:
        new = licences.NewLicence(COS, units, self.clock.now(), self.clock.now() + days * DAY)
        return licences.add(self.company.id, new, **self.by).id

    def protect(self, *numbers: int) -> None:
        chosen = [self.members[i] for i in numbers]
        seats.protect(self.company.id, COS, self.pool, chosen, **self.by)

    def later(self, seconds: int) -> None:
        self.clock.move_to(self.clock.now() + seconds)

    def read(self) -> standings.Standing:
        return standings.of_company(self.company.id, self.clock)

    def see(self) -> None:
        """See that a reader has what follows from the rows read anew, whatever was kept."""
        standing = self.read()
        life = self.anew(standing.now)
        assert standing.life.to_data() == life.to_data()
        ahead = [(at, total, dict(units)) for at, total, units in life.capacity.future(life.at)]
        future = standing.life.capacity.future(standing.now)
        assert [(at, total, dict(units)) for at, total, units in future] == ahead
        assert standing.forecast == forecast(life, standing.now + AHEAD)
        assert standing.next_event_at() == next(
            (x.at for x in standing.coming if x.at > standing.now + 1), None
        )

        told = timelines.recorded(standing)
        facts = [f.decode(x.kind, x.at, x.data) for x in self.company.facts.order_by("seq")]
        whole = timeline(life, facts, [*granted(facts), *told], begins=self.company.created_at)
        found = timelines.of_standing(standing)
        assert unnamed(found) == unnamed(whole)
        watch = Watch(standing)
        assert watch.ends == watch._ends()[0]
        lists = alerts.of_standing(standing)
        assert lists.count == len(lists.unresolved)
        assert lists.first(2) == lists.named(lists.unresolved[:2])
        assert standing.returns_at == self.returns_at(life)

    def returns_at(self, life: Lifecycle) -> int | None:
        after = life.at
        if life.units:
            if life.horizon is None:
                return None
            after = life.horizon.at
        later = [(at, total) for at, total, _ in life.capacity.future(life.at)]
        return next((at for at, total in later if total and at > after), None)

    def anew(self, now: int) -> Lifecycle:
        instance = Instance.objects.get(company=self.company, state__isnull=False)
        facts = Fact.objects.filter(
            company=self.company, seq__gt=instance.as_of_seq, at__lte=now
        ).order_by("seq")
        assert instance.state is not None
        life = Lifecycle.from_data(json.loads(json.dumps(instance.state)))
        for fact in facts:
            life.apply(f.decode(fact.kind, fact.at, fact.data))
        life.advance(now)
        return life


def unnamed(found: Timeline) -> Timeline:
    """Give a timeline with the ids of its pools and licences for their names."""
    pools = [
        replace(pool, name=pool.id, strips=tuple(replace(x, name=x.licence) for x in pool.strips))
        for pool in found.pools
    ]
    return replace(found, pools=tuple(pools))


@pytest.fixture
def scene() -> Scene:
    readings.forget()
    return Scene()


class Processes:
    """Several processes, each with what it keeps."""

    def __init__(self, patch: pytest.MonkeyPatch, count: int) -> None:
        self._shelves = [readings._Shelf() for _ in range(count)]
        self._patch = patch

    def turn(self, number: int) -> None:
        self._patch.setattr(readings, "_shelf", self._shelves[number % len(self._shelves)])


@pytest.mark.parametrize("seed", range(4))
def test_what_other_processes_did_is_seen_at_once(
    scene: Scene, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers and engines keep nothing for readers, so each of them is another process."""
    processes = Processes(monkeypatch, 2)
    chance = random.Random(seed)

    def suspended() -> None:
        licences.suspend(scene.company.id, chance.choice(scene.licences), **scene.by)

    def resumed() -> None:
        licences.resume(scene.company.id, chance.choice(scene.licences), **scene.by)

    doings: list[Callable[[], object]] = [
        lambda: scene.protect(chance.randrange(9)),
        lambda: scene.licences.append(scene.add(chance.randint(1, 4), chance.randint(1, 60))),
        suspended,
        resumed,
        lambda: scene.later(1),
        lambda: scene.later(chance.randint(1, 40) * DAY),
        scene.engine.run_until_idle,
        scene.engine.run_until_idle,
        lambda: None,
    ]
    for step in range(40):
        processes.turn(chance.randrange(2))
        with suppress(Refused):
            chance.choice(doings)()
        scene.see()
        if step % 3 == 0:
            processes.turn(chance.randrange(2))
            scene.see()


def test_time_alone_is_seen_at_once(scene: Scene) -> None:
    """The second at which the last licence ends is grace, though nobody wrote anything."""
    scene.protect(0)
    scene.engine.run_until_idle()
    end = NOW + 100 * DAY
    for now, phase in (
        (end - 2, "active"),
        (end - 1, "active"),
        (end, "grace"),
        (end + 1, "grace"),
    ):
        scene.clock.move_to(now)
        assert scene.read().life.phase == phase
        scene.see()
    scene.clock.move_to(end - 1)  # another thread's reader whose second was the one before
    assert scene.read().life.phase == "active"
    scene.see()


def test_what_is_told_of_ends_is_told_from_its_second_on(scene: Scene) -> None:
    """An end is near, past and over at the second it is, read at every one of them."""
    scene.add(3, 45)
    scene.engine.run_until_idle()
    end = NOW + 45 * DAY
    told = {}
    for at in (end - SOON, end, end + LATELY, end + KEPT):
        for now in (at - 1, at, at + 1):
            scene.clock.move_to(now)
            told[now] = [x.kind for x in Watch(scene.read()).ends if x.at == end]
            scene.see()
    assert [told[end - SOON + i] for i in (-1, 0)] == [[], ["licence_ends"]]
    assert [told[end + i] for i in (-1, 0)] == [["licence_ends"], ["licence_ended"]]
    assert [told[end + KEPT + i] for i in (-1, 0)] == [["licence_ended"], []]


def test_what_was_undone_is_not_remembered(scene: Scene) -> None:
    """What a transaction did is seen within it, and no more once it gave up."""
    scene.see()
    for numbers in ((1, 2), (3,), (3,), (4,)):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            scene.protect(*numbers)
            scene.see()
            scene.engine.run_until_idle()
            scene.see()
            raise ZeroDivisionError
        scene.see()
    scene.protect(5)
    scene.see()


def test_each_state_that_one_transaction_writes_is_seen(scene: Scene) -> None:
    """A row's version is told from the one before it also where one transaction wrote both."""
    scene.engine.run_until_idle()
    scene.see()
    mine = Instance.objects.filter(company=scene.company, state__isnull=False)
    state: Any = mine.get().state
    with transaction.atomic():
        for token in (50, 51, 52):
            mine.update(state={**state, "next_token": token})
            assert scene.read().life.next_token == token
            scene.see()
    scene.see()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="there the state itself is read")
def test_a_version_is_of_one_run_of_the_servers_alone(scene: Scene) -> None:
    """A server that was restored gives to what comes the numbers of the transactions it lost."""
    (found,) = present(scene.company.id, [])
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM pg_postmaster_start_time())::text")
        (began,) = cursor.fetchone() or ("",)
    assert began
    assert began in found.mark


def test_a_reader_may_do_with_its_lifecycle_what_it_likes(scene: Scene) -> None:
    """What one reader supposes is not what the next one reads."""
    scene.later(1)
    first, second = scene.read(), scene.read()
    as_it_is = json.dumps(second.life.to_data())
    at = first.now + 1
    first.life.apply(f.LicenceCancelled(at, str(scene.licences[0])))
    first.life.advance(at + 200 * DAY)
    assert first.forecast
    assert json.dumps(second.life.to_data()) == as_it_is
    assert json.dumps(scene.read().life.to_data()) == as_it_is
    scene.see()


def test_what_is_the_same_is_evaluated_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nothing changes nothing is read from its stored form, nor forecast, again."""
    scene.engine.run_until_idle()
    assert scene.read().forecast
    for name in ("from_data", "apply"):
        monkeypatch.setattr(Lifecycle, name, None)
    assert timelines.of_standing(scene.read()).pools
    monkeypatch.setattr(readings, "forecast", None)
    monkeypatch.setattr(timelines, "follow", None)
    for _ in range(3):
        scene.later(60)
        assert scene.read().forecast
        assert timelines.of_standing(scene.read()).pools


def test_of_very_many_licences_those_used_last_are_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process keeps is bounded by the licences in it; what was left out is read anew."""
    monkeypatch.setattr(readings, "KEPT_LICENCES", 3)
    others = [Scene() for _ in range(4)]
    for each in (*others, scene, *others):
        each.see()
        assert len(readings._shelf._kept) <= 3
    scene.see()
