"""What must hold of a recorded history, read from the tables and from what a relay took.

Written from the rules, not from the engine: nothing of `core`, `services` or `engine` is asked.
`Broken` names what does not hold. `history` gives all of it as plain data, to be compared.
"""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

from django.db.models import Max, Min

from tenure.store.models import (
    Act,
    ActPart,
    Archive,
    ArchivePart,
    Company,
    Contact,
    Delivery,
    Fact,
    ImportBatch,
    Instance,
    Letter,
    Licence,
    Member,
    Notice,
    OutboxMail,
    Placement,
    Pool,
    PoolLine,
    Receipt,
    Seat,
    Term,
    TestClock,
    Transition,
)

DAY = 86_400
GRACE = 14 * DAY
RETENTION = 30 * DAY
WARNING = 14 * DAY
WITH_DEADLINE = {"grace": GRACE, "pool_short": GRACE, "deletion_warning": WARNING}
ANNOUNCED = {"grace": "grace", "suspended": "suspended", "deleted": "deleted"}
"""The phases whose beginning asks for a notice, and which."""


class Broken(AssertionError):
    """Something that must hold does not."""


def must(holds: bool, what: str, *about: Any) -> None:
    """Raise ``Broken`` with what is not so."""
    if not holds:
        raise Broken(f"{what}: {', '.join(map(str, about))}")


def check(mailbox: Path, *, twice: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """Read everything. ``twice``: the mails of which a process that was killed lost the answer."""
    for company in Company.objects.order_by("id"):
        _check_facts(company)
        _check_licences(company)
        _check_seats(company)
        for instance in Instance.objects.filter(company=company, state__isnull=False):
            _check_phases(company, instance.service_id)
            _check_notices(company, instance.service_id)
        _check_deliveries(company)
        _check_what_is_left(company)
    _check_mails(mailbox, twice)
    must(not TestClock.objects.filter(target_at__isnull=False).exists(), "a clock is on its way")


def _check_facts(company: Company) -> None:
    facts = list(Fact.objects.filter(company=company).order_by("seq"))
    numbers = [fact.seq for fact in facts]
    must(numbers == list(range(1, len(facts) + 1)), "the facts have gaps", numbers)
    must(company.last_seq == len(facts), "last_seq is another", company.last_seq, len(facts))
    instants = [fact.at for fact in facts]
    must(instants == sorted(instants), "facts stand out of the order of time", instants)
    must(company.last_at == max(instants), "last_at is another", company.last_at)


def _check_licences(company: Company) -> None:
    """The tables say what the ledger says."""
    added = Fact.objects.filter(company=company, kind="licence.added")
    told = {fact.data["licence"]: fact for fact in added}
    rows = {str(row.id): row for row in Licence.objects.filter(company=company)}
    must(set(told) == set(rows), "licences are not those of the ledger", set(told) ^ set(rows))
    renewed = Fact.objects.filter(company=company, kind="licence.renewed").order_by("seq")
    for id_, row in rows.items():
        fact = told[id_]
        must(row.opened_seq == fact.seq, "a licence was opened by another fact", id_)
        must(row.units == fact.data["units"], "a licence has other units", id_, row.units)
        ends = [fact.data["ends"]]
        ends += [each.data["ends"] for each in renewed if each.data["licence"] == id_]
        terms = Term.objects.filter(company=company, licence_id=row.id, closed_seq__isnull=True)
        must(row.ends_at == ends[-1], "a licence ends at another instant", id_, row.ends_at)
        last = terms.aggregate(m=Max("ends_at"))["m"]
        must(last == ends[-1], "the last term ends at another instant", id_, last)
        pools = Placement.objects.filter(
            company=company, licence_id=row.id, closed_seq__isnull=True
        )
        named = {str(placement.pool_id): placement.units for placement in pools}
        must(named == dict(fact.data["placements"]), "placements are others", id_, named)


def _check_seats(company: Company) -> None:
    """Each protection has exactly its seats, as long as nothing was erased; none without a unit."""
    deleted = Transition.objects.filter(company=company, to_phase="deleted").exists()
    seats = list(Seat.objects.filter(company=company))
    for fact in Fact.objects.filter(company=company, kind="seats.protected"):
        opened = sorted(seat.place for seat in seats if seat.opened_seq == fact.seq)
        if not (deleted and not opened):
            must(
                opened == list(range(fact.data["count"])),
                "a protection has other seats than it granted",
                fact.seq,
                opened,
            )
    members = set(Member.objects.filter(company=company).values_list("id", flat=True))
    for seat in seats:
        must(deleted or seat.member_id in members, "a seat has no member", seat.id)
    taken = Counter(seat.member_id for seat in seats if seat.closed_seq is None)
    must(all(n == 1 for n in taken.values()), "a member has two seats", taken)
    for pool in Pool.objects.filter(company=company):
        for seat in (each for each in seats if each.pool_id == pool.id):
            before = [
                each
                for each in seats
                if each.pool_id == pool.id
                and (each.opened_seq, each.place) <= (seat.opened_seq, seat.place)
                and (each.closed_seq is None or each.closed_seq > seat.opened_seq)
            ]
            units = _units(company, pool, seat.protected_at)
            must(len(before) <= units, "a seat was granted beyond units", seat.id, units)


def _units(company: Company, pool: Pool, t: int) -> int:
    total = 0
    for licence in Licence.objects.filter(company=company, added_at__lte=t):
        terms = Term.objects.filter(company=company, licence_id=licence.id, starts_at__lte=t)
        if not any(term.ends_at is None or term.ends_at > t for term in terms):
            continue
        placed = dict(
            Placement.objects.filter(
                company=company, licence_id=licence.id, closed_seq__isnull=True
            ).values_list("pool_id", "units")
        )
        rest = licence.units - sum(placed.values()) if pool.position == 0 else 0
        total += placed.get(pool.id, 0) + rest
    return total


def _check_phases(company: Company, service: str) -> None:
    """The phases follow each other, and none comes before what must have been served before it."""
    mine = {"company": company, "service": service}
    steps = list(Transition.objects.filter(**mine).order_by("stay"))
    must([x.stay for x in steps] == list(range(1, len(steps) + 1)), "stays are not 1, 2, 3, …")
    phase, since = "pending", None
    for step in steps:
        must(step.from_phase == phase, "a phase does not follow the one before", step)
        must(since is None or step.effective_at >= since, "a phase began before the last", step)
        must(step.at >= step.effective_at, "a phase was recorded before it began", step)
        if step.to_phase == "suspended":
            _check_suspension(mine, step, since)
        if step.to_phase == "deleted":
            _check_deletion(mine, step, since)
        asked = ANNOUNCED.get(step.to_phase)
        if step.to_phase == "active" and step.from_phase in ("grace", "suspended"):
            asked = "restored"
        if asked is not None:
            _check_announced(mine, step, asked)
        phase, since = step.to_phase, step.effective_at
    instance = Instance.objects.get(**mine, state__isnull=False)
    must(instance.phase == phase, "lists show another phase", instance.phase, phase)
    numbers = list(Instance.objects.filter(**mine).values_list("number", flat=True))
    must(sorted(numbers) == list(range(1, len(numbers) + 1)), "instances are not 1, 2, …", numbers)


def _check_suspension(mine: dict[str, Any], step: Transition, since: int | None) -> None:
    """Not before the deadline of a grace notice that was served in that stay."""
    closings = Fact.objects.filter(company=mine["company"], kind="company.closed")
    if step.effective_at in closings.values_list("at", flat=True):
        return
    must(step.from_phase == "grace", "suspended out of another phase than grace", step)
    served = Notice.objects.filter(**mine, kind="grace", served_at__isnull=False)
    notices = [notice for notice in served if notice.effective_at == since]
    must(len(notices) == 1, "suspended with not one served grace notice", len(notices))
    notice: Any = notices[0]
    must(since is not None and notice.at >= since, "a grace notice came before its grace")
    must(step.effective_at == notice.served_at + GRACE, "suspended at another instant", step)


def _check_deletion(mine: dict[str, Any], step: Transition, since: int | None) -> None:
    """Not before the deadline of a warning that was issued and served in that stay."""
    must(step.from_phase == "suspended" and since is not None, "deleted out of another phase")
    warnings: list[Any] = [
        notice
        for notice in Notice.objects.filter(**mine, kind="deletion_warning")
        if notice.at >= (since or 0) and notice.served_at is not None
    ]
    must(bool(warnings), "deleted without a warning that was served", step)
    last = max(warnings, key=lambda notice: notice.served_at)
    must(last.at >= (since or 0) + RETENTION - WARNING, "the warning came too early")
    must(step.effective_at >= last.served_at + WARNING, "deleted before the warning's deadline")
    must(step.effective_at == step.at, "a deletion that the engine did not make at once")


def _check_announced(mine: dict[str, Any], step: Transition, kind: str) -> None:
    when = {"at": step.at} if kind == "deleted" else {"effective_at": step.effective_at}
    told = Notice.objects.filter(**mine, kind=kind, **when)
    must(told.count() == 1, "a phase was not announced once", step, kind, told.count())


def _check_notices(company: Company, service: str) -> None:
    """Periods are exact, tokens and periods are unique, and service has its proof."""
    notices: list[Any] = list(Notice.objects.filter(company=company, service=service))
    keys = Counter((x.instance, x.kind, x.subject, x.period) for x in notices)
    must(all(n == 1 for n in keys.values()), "a notice stands twice", keys)
    tokens = Counter(x.token for x in notices)
    must(all(n == 1 for n in tokens.values()), "two notices have one token", tokens)
    for notice in notices:
        served = notice.served_at is not None
        must(served == (notice.deadline_at is not None), "half a service", notice)
        if served:
            must(notice.kind in WITH_DEADLINE, "served without a period", notice)
            period = WITH_DEADLINE[notice.kind]
            must(notice.deadline_at == notice.served_at + period, "another deadline", notice)
            must(notice.served_at >= notice.at, "served before it was issued", notice)
            must(notice.state == Notice.State.ISSUED, "served, but not issued", notice)
        proofs = Delivery.objects.filter(
            company=company, notice_id=notice.id, counts=True, accepted_at__isnull=False
        )
        first = proofs.aggregate(m=Min("accepted_at"))["m"]
        if notice.served_by == "email":
            must(first is not None, "served by e-mail that no relay took", notice)
            must(notice.served_at == first, "served at another instant than taken", notice, first)
        if notice.kind in WITH_DEADLINE and first is not None:
            withdrawn = notice.withdrawn_at is not None and notice.withdrawn_at <= first
            must(served or withdrawn, "taken by a relay, but not served", notice)


def _check_deliveries(company: Company) -> None:
    """Each issued notice goes once to each of the company's people, and to nobody else."""
    people = Contact.objects.filter(company=company, pool_id__isnull=True).count()
    mails: dict[UUID, list[Delivery]] = {}
    for mail in Delivery.objects.filter(company=company):
        mails.setdefault(mail.notice_id, []).append(mail)
    for notice in Notice.objects.filter(company=company):
        mine = mails.pop(notice.id, [])
        expected = 0 if notice.state == Notice.State.SKIPPED else people
        must(len(mine) == expected, "a notice has not one mail a reader", notice, len(mine))
    must(not mails, "a mail without a notice", mails)


def _check_what_is_left(company: Company) -> None:
    """After a deletion nothing of its people is left, and a receipt says what there was."""
    for instance in Instance.objects.filter(company=company):
        gone = Transition.objects.filter(
            company=company,
            service=instance.service_id,
            instance=instance.number,
            to_phase="deleted",
        ).exists()
        receipts = Receipt.objects.filter(
            company_id=company.id, service=instance.service_id, instance=instance.number
        )
        must(receipts.count() == int(gone), "not one receipt a deletion", instance, gone)
        must(instance.erase_at is None, "an erasure was not ended", instance)
        if gone:
            seats = Seat.objects.filter(
                company=company, service=instance.service_id, instance=instance.number
            )
            must(not seats.exists(), "seats outlived their deletion")
            facts = Fact.objects.filter(company=company, kind="seats.protected")
            granted = sum(fact.data["count"] for fact in facts)
            erased = receipts.get().content["erased"].get("seats", 0)
            must(erased == granted, "the receipt counts other seats", erased, granted)


def _check_mails(mailbox: Path, twice: set[str]) -> None:
    """No relay took a mail twice, save with its answer lost; none counts that was not taken."""
    taken = Counter(line.split()[0] for line in _lines(mailbox))
    for message_id, times in taken.items():
        allowed = 2 if message_id in twice else 1
        must(times <= allowed, "a mail was handed over too often", message_id, times)
    rows = {mail.message_id: mail for mail in Delivery.objects.all()}
    must(len(rows) == Delivery.objects.count(), "two mails have one Message-ID")
    outbox = dict(OutboxMail.objects.values_list("message_id", "times"))
    for message_id, mail in rows.items():
        is_test = mail.clock_id is not None
        was_taken = message_id in (outbox if is_test else taken)
        accepted = mail.state == Delivery.State.ACCEPTED
        must(accepted <= was_taken, "recorded as taken, but it was not", message_id)
        must(was_taken <= accepted, "taken, but never recorded", message_id, mail.state)
        is_open = mail.state in (Delivery.State.QUEUED, Delivery.State.LEASED)
        must(not is_open, "a mail was left lying", message_id)
    letters = {f"<letter-{id_}@" for id_ in Letter.objects.values_list("id", flat=True)}
    for message_id in taken:
        is_letter = message_id.partition("@")[0] + "@" in letters
        must(is_letter or message_id in rows, "a mail went out that nothing tells of", message_id)
    for message_id, times in outbox.items():
        must(times <= (2 if message_id in twice else 1), "too often in the outbox", message_id)


def _lines(mailbox: Path) -> list[str]:
    return mailbox.read_text().splitlines() if mailbox.exists() else []


def under_way(mailbox: Path) -> tuple[bool, set[str]]:
    """Give whether a process holds mails, and those that were taken without being recorded."""
    leased = Delivery.objects.filter(state=Delivery.State.LEASED)
    held = set(leased.values_list("message_id", flat=True))
    taken = {line.split()[0] for line in _lines(mailbox)}
    taken |= set(OutboxMail.objects.values_list("message_id", flat=True))
    return bool(held), held & taken


Row = tuple[tuple[Any, ...], tuple[int | None, ...]]
"""What a row says, and its instants."""


def history() -> dict[str, list[Row]]:
    """Give what was recorded, without identifiers, in an order that depends on neither."""
    return {
        "facts": sorted(
            ((x.company.name, x.seq, x.kind, x.who), (x.at,))
            for x in Fact.objects.select_related("company")
        ),
        "transitions": sorted(
            (
                (x.company.name, x.service, x.stay, x.instance, x.from_phase, x.to_phase),
                (x.effective_at, x.at),
            )
            for x in Transition.objects.select_related("company")
        ),
        "pools": sorted(
            (
                (x.company.name, x.service, x.instance, x.state, x.units, x.seats, x.protected),
                (x.effective_at, x.at),
            )
            for x in PoolLine.objects.select_related("company")
        ),
        "notices": sorted(
            (
                (
                    *(x.company.name, x.service, x.token, x.instance, x.kind, x.state),
                    *(x.days or 0, x.served_by),
                ),
                (x.at, x.effective_at, x.horizon_at, x.due_at, x.served_at, x.deadline_at),
            )
            for x in Notice.objects.select_related("company")
        ),
        "mails": sorted(
            (
                (_kind(x), x.role, x.address_hmac, x.state, x.is_deadline, x.counts),
                (x.accepted_at,),
            )
            for x in Delivery.objects.all()
        ),
        "seats": sorted(
            ((x.company.name, x.opened_seq, x.place, x.closed_seq or 0), (x.protected_at,))
            for x in Seat.objects.select_related("company")
        ),
        "members": sorted(
            ((x.company.name, x.user), (x.added_at,))
            for x in Member.objects.select_related("company")
        ),
        "receipts": sorted(
            ((x.service, x.instance, str(sorted(x.content["erased"].items()))), (x.at,))
            for x in Receipt.objects.all()
        ),
        "archives": sorted(
            (
                (x.state, x.done, x.total, _packed(x)),
                (x.asked_at, x.ready_at, x.expires_at),
            )
            for x in Archive.objects.all()
        ),
        "acts": sorted(
            (
                (
                    *(x.what, x.state, x.reason, x.done, x.total),
                    *(str(sorted(x.outcome.items())), ActPart.objects.filter(act_id=x.id).count()),
                ),
                (x.asked_at, x.began_at, x.ended_at),
            )
            for x in Act.objects.all()
        ),
        "letters": sorted(((x.address, x.subject), (x.created_at,)) for x in Letter.objects.all()),
        "clocks": sorted(((x.name,), (x.now_at, x.target_at)) for x in TestClock.objects.all()),
        "imports": sorted(
            ((str(sorted(x.counts.items())),), (x.released_at,)) for x in ImportBatch.objects.all()
        ),
    }


def _packed(archive: Archive) -> tuple[tuple[str, str], ...]:
    """Give what a file says, by name, without identifiers; see that it is whole."""
    rows = ArchivePart.objects.filter(company_id=archive.company_id, archive_id=archive.id)
    parts = list(rows.order_by("number").values_list("number", "content"))
    must([number for number, _ in parts] == list(range(len(parts))), "a part is missing")
    if archive.state != Archive.State.READY:
        return ()
    content = b"".join(bytes(each) for _, each in parts)
    must(sha256(content).hexdigest() == archive.sha256, "the sum is another")
    with ZipFile(BytesIO(content)) as file:
        must(file.testzip() is None, "the file is broken")
        return tuple(
            (name, _ID.sub("", file.read(name).decode())) for name in sorted(file.namelist())
        )


_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]{2}-\d{4}-\d\d-\d\d-\w{4}")


def _kind(mail: Delivery) -> tuple[str, int]:
    notice = Notice.objects.get(company_id=mail.company_id, id=mail.notice_id)
    return notice.kind, notice.token


def must_be_the_same(
    undisturbed: dict[str, list[Row]], found: dict[str, list[Row]], shifts: set[int]
) -> None:
    """Compare two histories; instants may be later by one of ``shifts``, for mails held back."""
    for name, rows in undisturbed.items():
        there = found[name]
        must(
            [row[0] for row in rows] == [row[0] for row in there],
            f"other {name} than undisturbed",
            *({row[0] for row in rows} ^ {row[0] for row in there}),
        )
        for (what, before), (_, after) in zip(rows, there, strict=True):
            for one, other in zip(before, after, strict=True):
                same = one == other
                if one is not None and other is not None:
                    same = other - one in shifts
                must(same, f"{name} at other instants than undisturbed", what, before, after)
