"""What a process keeps of companies between its transactions: never anything but what is so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.engine.loop import Engine
from tenure.services import catalogue, companies, evaluations, licences, members, seats, states
from tenure.services.catalogue import COS
from tenure.services.errors import Refused
from tenure.services.ledger import writing
from tenure.store.models import Company, Fact, Instance, Seat

NOW = 1_767_225_600  # 2026-01-01

pytestmark = pytest.mark.django_db(transaction=True)


class Scene:
    """A company with a pool, units and members, and a clock."""

    def __init__(self) -> None:
        catalogue.ensure_default()
        self.clock = SetClock(NOW)
        self.by: dict[str, Any] = {"clock": self.clock, "who": "test"}
        self.company: Company = companies.create(name="Boulangerie Martin", **self.by)
        self.pool: UUID = self.company.pools.get().id
        self.licence = licences.add(
            self.company.id, licences.NewLicence(COS, 5, NOW, NOW + 100 * DAY), **self.by
        )
        self.members = [
            members.add(self.company.id, user=f"{i}@martin.test", **self.by).id for i in range(9)
        ]

    def protect(self, *numbers: int) -> None:
        chosen = [self.members[i] for i in numbers]
        seats.protect(self.company.id, COS, self.pool, chosen, **self.by)

    def unprotect(self, *numbers: int) -> None:
        chosen = [self.members[i] for i in numbers]
        seats.unprotect(self.company.id, COS, self.pool, chosen, **self.by)

    def is_as_told(self) -> bool:
        """Whether a writer works with what follows from the ledger read anew."""
        with writing(self.company.id, self.clock, "test") as ledger:
            worked = ledger.life(COS).to_data()
            instance = Instance.objects.get(company=self.company, state__isnull=False)
            return bool(worked == states.before(instance, ledger.at).to_data())


@pytest.fixture
def scene() -> Scene:
    return Scene()


class Processes:
    """Two processes, each with what it keeps; they take turns."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._shelves = [evaluations._Shelf(), evaluations._Shelf()]
        self._patch = patch

    def turn(self, number: int) -> None:
        self._patch.setattr(evaluations, "_shelf", self._shelves[number % 2])


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    yield Processes(monkeypatch)


def test_what_others_wrote_is_known(scene: Scene, processes: Processes) -> None:
    """Two processes and an engine write in turns; each knows all that the others did."""
    engine = Engine(scene.clock, None)

    def refused() -> None:
        with pytest.raises(seats.SeatsNotGranted):
            scene.protect(5, 6, 7, 8)

    def renewed() -> None:
        licences.renew(scene.company.id, scene.licence.id, NOW + 200 * DAY, **scene.by)

    doings = [
        lambda: scene.protect(0),
        lambda: scene.protect(1, 2),
        refused,
        lambda: scene.clock.move_to(NOW + 60),
        lambda: scene.unprotect(0),
        engine.run_until_idle,
        lambda: scene.protect(3),
        lambda: scene.clock.move_to(NOW + 71 * DAY),
        engine.run_until_idle,
        lambda: scene.clock.move_to(NOW + 94 * DAY),
        engine.run_until_idle,  # a second notice: the state changes, and no fact is new to it
        lambda: scene.protect(4),
        engine.run_until_idle,
        renewed,
        lambda: scene.clock.move_to(NOW + 299 * DAY),
        lambda: licences.add(
            scene.company.id,
            licences.NewLicence(COS, 9, NOW + 299 * DAY, NOW + 400 * DAY),
            **scene.by,
        ),
        engine.run_until_idle,
        lambda: scene.protect(7),
    ]
    for number, do in enumerate(doings):
        processes.turn(number)
        do()
        for other in range(2):
            processes.turn(number + other)
            assert scene.is_as_told(), number


def test_what_was_undone_is_not_remembered(scene: Scene, processes: Processes) -> None:
    """A transaction around a writer gives up; other facts take the place of what it wrote."""
    processes.turn(0)
    scene.protect(0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        scene.protect(1, 2, 3, 4)
        assert scene.is_as_told()
        raise ZeroDivisionError
    processes.turn(1)
    scene.protect(5)
    scene.protect(6)
    processes.turn(0)
    assert scene.is_as_told()
    scene.protect(7, 8)
    assert Instance.objects.get(company=scene.company).seats == 5
    with pytest.raises(Refused):
        scene.protect(1)


def test_a_database_that_was_put_back_is_read_anew(scene: Scene) -> None:
    """The last facts of a ledger are gone after a restore; nobody goes on with them."""
    scene.protect(0)
    before = Company.objects.get()
    shown = Instance.objects.get()
    scene.protect(1)
    assert scene.is_as_told()
    Fact.objects.filter(seq__gt=before.last_seq).delete()
    Seat.objects.filter(opened_seq__gt=before.last_seq).delete()
    before.save()
    shown.save()
    assert scene.is_as_told()


def test_only_so_many_are_kept(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that writes to many companies keeps the last ones only."""
    monkeypatch.setattr(evaluations, "KEPT", 2)
    monkeypatch.setattr(evaluations, "_shelf", evaluations._Shelf())
    scenes = [scene, Scene(), Scene()]
    for each in scenes:
        each.protect(0)
        each.protect(1)
    kept = evaluations._of_connection()
    assert list(kept) == [scenes[1].company.id, scenes[2].company.id]


@pytest.mark.postgres
def test_a_seat_costs_two_trips(scene: Scene) -> None:
    """A process that knows the company asks once and writes once; the commit goes along."""
    scene.protect(0)
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        scene.protect(1)
    assert len(sent) == 2
    assert "FOR UPDATE" in sent[0]
    assert sent[1].endswith("COMMIT")
    assert Instance.objects.get().seats == 2
