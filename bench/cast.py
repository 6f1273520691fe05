"""Companies as there are many: made by the services, brought to the eve of an instant.

Each has two licences, one or two pools, twenty seats, and two people who are written to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from uuid import UUID

from bench.fill import MARK
from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.delivery.relays import Answer
from tenure.engine.loop import Engine, next_wakeup
from tenure.services import companies, licences, seats
from tenure.services.catalogue import COS
from tenure.services.companies import NewPool
from tenure.services.licences import NewLicence
from tenure.store.models import Company, Contact, Member, Pool

WHO = "bench"
SEATS = 20


class Taker:
    """A relay that takes everything at once, and keeps nothing."""

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        """Take a mail."""
        return Answer("accepted", "250 taken")

    def close(self) -> None:
        """Nothing is kept open."""


@dataclass(slots=True)
class Life:
    """A company whose last licence ends after ``days`` days of its life; ``at`` is its eve."""

    company: Company
    clock: SetClock
    pools: list[UUID]

    def add(self, units: int, starts: int, ends: int, pool: UUID | None = None) -> None:
        """Add a licence; its units stand in ``pool``."""
        placed = {} if pool is None else {pool: units}
        new = NewLicence(COS, units, starts, ends, placements=placed, label="COS-2026-01")
        licences.add(self.company.id, new, clock=self.clock, who=WHO)

    def live(self, until: int) -> None:
        """Let the engine run at each due instant up to one, and its mails be taken."""
        engine = Engine(self.clock, Taker())
        while (due := next_wakeup(self.clock)) is not None and due <= until:
            self.clock.move_to(max(due, self.clock.now()))
            engine.run_until_idle()
            self.clock.move_to(self.clock.now() + 1)
        self.clock.move_to(max(until, self.clock.now()))


def born(at: int, *, sites: int = 0, people: int = SEATS) -> Life:
    """Open a company with its contacts, and members who wait for a seat."""
    clock = SetClock(at)
    names = [f"Company {MARK}", *(f"Site {i + 1} of {MARK}" for i in range(sites))]
    company = companies.create(
        name=names[0],
        clock=clock,
        who=WHO,
        time_zone="Europe/Paris",
        pools=[NewPool(name) for name in names],
    )
    for who, role in (("owner", Contact.Role.OWNER), ("admin", Contact.Role.ADMINISTRATOR)):
        language = "fr" if who == "owner" else "en"
        companies.add_contact(
            company,
            address=f"{who}@c{MARK}.example.org",
            role=role,
            name="Anne Martin",
            language=language,
        )
    pools = list(
        Pool.objects.filter(company=company).order_by("position").values_list("id", flat=True)
    )
    life = Life(company, clock, pools)
    Member.objects.bulk_create(
        Member(company=company, user=f"user{i}@c{MARK}.example.org", name=f"User {i}", added_at=at)
        for i in range(people)
    )
    return life


def protect(life: Life, pool: UUID, first: int, count: int) -> None:
    """Give members of the company seats in a pool."""
    mine = list(life.company.members.order_by("id").values_list("id", flat=True))
    seats.protect(
        life.company.id, COS, pool, mine[first : first + count], clock=life.clock, who=WHO
    )


def ending(ends: int, until: int, *, sites: int = 0, people: int = SEATS) -> Life:
    """Give a company whose last licence ends at ``ends``, alive until ``until``."""
    began = ends - 100 * DAY
    life = born(began, sites=sites, people=people)
    life.add(people or SEATS, began, ends)
    if sites:
        life.add(people or SEATS, began, ends, life.pools[1])
    else:
        life.add(10, began, ends - 20 * DAY)
    if people:
        half = people // 2 if sites else people
        protect(life, life.pools[0], 0, half)
        if sites:
            protect(life, life.pools[1], half, people - half)
    life.live(until)
    return life


def falling_to_grace(at: int, sites: int) -> Life:
    """Give a company whose last licence ends at ``at``."""
    return ending(at, at - 1, sites=sites)


def being_suspended(at: int, sites: int) -> Life:
    """Give one whose grace ends at ``at``."""
    return ending(at - 14 * DAY, at - 1, sites=sites)


def restored_in_grace(at: int, sites: int) -> Life:
    """Give one in grace that a licence restores at ``at``, added two days before."""
    life = ending(at - 5 * DAY, at - 2 * DAY, sites=sites)
    life.add(25, at, at + 365 * DAY)
    life.live(at - 1)
    return life


def restored_from_suspension(at: int, sites: int) -> Life:
    """Give a suspended one that a licence restores at ``at``, added two days before."""
    life = ending(at - 20 * DAY, at - 2 * DAY, sites=sites)
    life.add(25, at, at + 365 * DAY)
    life.live(at - 1)
    return life


def being_deleted(at: int, sites: int) -> Life:
    """Give one whose deletion warning runs out at ``at``."""
    return ending(at - 44 * DAY, at - 1, sites=sites)


def running_short(at: int, sites: int) -> Life:
    """Give one of which a pool loses a licence at ``at``, and keeps too little."""
    began = at - 100 * DAY
    life = born(began, sites=sites)
    life.add(20, began, at)
    life.add(12, began, at + 200 * DAY, life.pools[0])
    protect(life, life.pools[0], 0, SEATS)
    life.live(at - 1)
    return life


DUE: tuple[tuple[Callable[[int, int], Life], int], ...] = (
    (falling_to_grace, 9),
    (being_suspended, 5),
    (restored_in_grace, 2),
    (running_short, 2),
    (restored_from_suspension, 1),
    (being_deleted, 1),
)
"""What falls due, and how many of twenty."""


def background(now: int) -> list[tuple[Callable[[], Life], int]]:
    """Give makers of companies for which nothing is due for five days, and shares of each.

    Most are active, their ends spread over a year; the others stand on every step of the way.
    """
    soon = now + 5 * DAY
    return [
        *((_ending_after(now, 35 + 11 * i, i % 4 == 0), 3) for i in range(30)),
        *((_ending_after(now, 10 + 5 * i, False), 1) for i in range(4)),  # ends soon, told of it
        (lambda: ending(soon - 14 * DAY, now), 2),  # in grace
        (lambda: ending(soon - 30 * DAY, now), 3),  # suspended
        (lambda: ending(soon - 44 * DAY, now), 1),  # suspended, warned
        (lambda: ending(now - 60 * DAY, now), 4),  # deleted
    ]


def _ending_after(now: int, days: int, sites: bool) -> Callable[[], Life]:
    return lambda: ending(now + days * DAY, now, sites=int(sites))
