"""The kinds of work that are killed, each with the database as it stands just before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from django.db.models import Min

from tenure.cli.import_files import read
from tenure.cli.import_sources import source
from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.delivery import queue
from tenure.engine import erasure
from tenure.engine.loop import next_wakeup
from tenure.services import (
    acts,
    archives,
    catalogue,
    clocks,
    companies,
    import_batches,
    imports,
    licences,
    members,
    seats,
)
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.store.models import (
    Company,
    Contact,
    Delivery,
    Licence,
    Member,
    Membership,
    Person,
    Pool,
    Seat,
    TestClock,
)
from tests.faults.processes import World
from tests.imported import GOOD, write

BEGAN = 1_767_225_600
"""2026-01-01T00:00:00Z."""
ENDS = BEGAN + 60 * DAY
SUSPENDED = ENDS + 14 * DAY
WARNED = SUSPENDED + 16 * DAY
DELETED = SUSPENDED + 30 * DAY
WHO = "test"


def live(world: World, until: int) -> None:
    """Let the engine run whenever something is due, and when a dead process's leases run out."""
    engine, clock = world.engine, world.clock
    while True:
        engine.run_until_idle()
        due = next_wakeup(clock)
        if due is not None and due <= clock.now():
            held = Delivery.objects.filter(leased_until_at__gt=clock.now())
            due = held.aggregate(m=Min("leased_until_at"))["m"]
        if due is None or due > until:
            break
        clock.move_to(due)
    if until > clock.now():
        clock.move_to(until)
    engine.run_until_idle()


def found(world: World) -> None:
    """A company with three units, two protected people and two readers."""
    catalogue.ensure_default()
    company = companies.create(name="Boulangerie Martin", clock=world.clock, who=WHO)
    _people(world, company)


def _people(world: World, company: Company) -> None:
    for address in ("anne@example.org", "bob@example.org"):
        companies.add_contact(company, address=address, role=Contact.Role.OWNER, name="A")
    now = world.clock.now()
    new = NewLicence(COS, 3, now, now + ENDS - BEGAN)
    licences.add(company.id, new, clock=world.clock, who=WHO)
    people = [
        members.add(
            company.id,
            user=f"u{i}@martin.test",
            source="Directory",
            group="Bakery",
            clock=world.clock,
            who=WHO,
        ).id
        for i in range(3)
    ]
    pool = Pool.objects.get(company=company).id
    seats.protect(company.id, COS, pool, people[:2], clock=world.clock, who=WHO)
    world.engine.run_until_idle()


def found_test_company(world: World) -> None:
    """The same company on a clock of its own."""
    catalogue.ensure_default()
    company = companies.create(
        name="Boulangerie Martin",
        clock=world.clock,
        who=WHO,
        test_clock=clocks.create("Martin", BEGAN),
    )
    _people(world, company)
    clocks.move(TestClock.objects.get().id, ENDS - DAY)
    world.engine.run_until_idle()


def until(instant: int) -> Callable[[World], None]:
    """Give what lets the engine run up to an instant, and not yet at it."""

    def doing(world: World) -> None:
        live(world, instant - 1)

    return doing


def step_and_mails(world: World) -> None:
    """Delete, and send the mail that tells of it; the erasure is still to come."""
    world.engine.step()
    world.engine.deliver()


# The kinds of work


def run(world: World) -> None:
    """What the engine does at an instant, until nothing is due."""
    world.engine.run_until_idle()


def step(world: World) -> None:
    """Only the step: record and issue."""
    world.engine.step()


def deliver(world: World) -> None:
    """Only the mails, and the service that follows."""
    world.engine.deliver()


def erase(world: World) -> None:
    """Erase row by row, and write the receipt."""
    with mock.patch.object(erasure, "BATCH", 1):
        while world.engine.erase():
            pass


def protect(world: World) -> None:
    """Protect the third member, unless that was done."""
    company = Company.objects.get()
    member = Member.objects.get(user="u2@martin.test")
    if not Seat.objects.filter(member_id=member.id).exists():
        pool = Pool.objects.get().id
        seats.protect(company.id, COS, pool, [member.id], clock=world.clock, who=WHO)


def renew(world: World) -> None:
    """Renew the licence by a year, unless that was done."""
    licence = Licence.objects.get()
    later = ENDS + 365 * DAY
    if licence.ends_at != later:
        licences.renew(licence.company_id, licence.id, later, clock=world.clock, who=WHO)


def add_licence(world: World) -> None:
    """Add a licence, which restores the company, unless that was done; then the engine runs."""
    if Licence.objects.count() == 1:
        new = NewLicence(COS, 3, world.clock.now(), ENDS + 365 * DAY)
        licences.add(Company.objects.get().id, new, clock=world.clock, who=WHO)
    world.engine.run_until_idle()


def move_clock(world: World) -> None:
    """Send the clock past the end of the licence, unless that was done; the engine takes it."""
    clock = TestClock.objects.get()
    target = ENDS + 60
    if clock.target_at is None and clock.now_at < target:
        clocks.move(clock.id, target)
    world.engine.run_until_idle()


def bring_in(world: World) -> None:
    """Import a small company, again if need be, and release it."""
    files = read(source(str(world.mailbox.parent / "in")), imports.zones().get)
    imports.bring_in(files, clock=world.clock, who=WHO)
    for batch in import_batches.open_batches():
        list(import_batches.release(batch, clock=world.clock))
    world.engine.run_until_idle()


def pack(world: World) -> None:
    """Build the archive that somebody asked for, in small pieces, as any engine takes it up."""
    with mock.patch.object(archives, "PIECE", 40):
        while (waiting := archives.next_to_build()) is not None:
            archives.build(*waiting, clock=world.clock)


def do_acts(world: World) -> None:
    """Do what somebody asked for many, one member at a time, as any engine takes it up."""
    while waiting := acts.next_of_each():
        for company, act in waiting:
            acts.work(company, act, clock=world.clock)


def ask_for_act(world: World) -> None:
    """Somebody asks to protect the three of whom two have a seat, and then to move them home."""
    company, pool = Company.objects.get(), Pool.objects.get().id
    people = list(Member.objects.order_by("user").values_list("id", flat=True))
    with mock.patch.object(acts, "PART", 1):
        for what, target in (("unprotect", None), ("protect", None), ("home", pool)):
            acts.ask(
                company.id,
                COS,
                what,
                people,
                by=None,
                clock=world.clock,
                who=WHO,
                target=target,
            )


def ask_for_archive(world: World) -> None:
    """Somebody who may change the company asks for its data."""
    company = Company.objects.get()
    person = Person.objects.create(email="chloe@example.org", created_at=BEGAN)
    Membership.objects.create(
        account=company.account, person=person, is_owner=True, created_at=BEGAN
    )
    archives.ask(
        company.id, COS, by=person, link="https://tenure.test/archives/", clock=world.clock
    )


def write_files(world: World) -> None:
    """Leave the files of the import."""
    catalogue.ensure_default()
    write(world.mailbox.parent / "in", GOOD)


@dataclass(frozen=True)
class Work:
    """A kind of work: what comes before it, when it happens, and how far it is looked on after."""

    doing: Callable[[World], None]
    before: tuple[tuple[int, Callable[[World], None]], ...]
    at: int
    then_until: int


PAST = DELETED + DAY
FALLING = ((BEGAN, found), (BEGAN, until(ENDS)))

WORKS: dict[str, Work] = {
    "fall to grace": Work(step, FALLING, ENDS, SUSPENDED + DAY),
    "service of the grace notice": Work(deliver, (*FALLING, (ENDS, step)), ENDS, SUSPENDED + DAY),
    "suspension": Work(run, (*FALLING, (ENDS, until(SUSPENDED))), SUSPENDED, WARNED + DAY),
    "deletion warning": Work(run, (*FALLING, (ENDS, until(WARNED))), WARNED, PAST),
    "deletion": Work(step_and_mails, (*FALLING, (ENDS, until(DELETED))), DELETED, PAST),
    "erasure": Work(
        erase,
        (*FALLING, (ENDS, until(DELETED)), (DELETED, step_and_mails)),
        DELETED,
        PAST,
    ),
    "packing the data": Work(
        pack,
        (*FALLING, (ENDS, until(SUSPENDED + DAY)), (SUSPENDED + DAY, ask_for_archive)),
        SUSPENDED + DAY,
        SUSPENDED + 2 * DAY,
    ),
    "restoration": Work(
        add_licence,
        (*FALLING, (ENDS, until(SUSPENDED + DAY))),
        SUSPENDED + DAY,
        SUSPENDED + 2 * DAY,
    ),
    "protecting a seat": Work(protect, ((BEGAN, found),), BEGAN + DAY, BEGAN + 2 * DAY),
    "a change of many": Work(
        do_acts, ((BEGAN, found), (BEGAN + DAY, ask_for_act)), BEGAN + DAY, BEGAN + 2 * DAY
    ),
    "renewing": Work(renew, ((BEGAN, found), (BEGAN, until(ENDS - 5 * DAY))), ENDS - 5 * DAY, ENDS),
    "moving a test clock": Work(move_clock, ((BEGAN, found_test_company),), BEGAN, BEGAN + DAY),
    "import": Work(bring_in, ((1_782_864_000, write_files),), 1_782_864_000, 1_782_864_000 + DAY),
}


def world_at(instant: int, mailbox: Path) -> World:
    """Give a world whose clock stands at an instant."""
    return World(SetClock(instant), mailbox)


LEASE = queue.LEASE
