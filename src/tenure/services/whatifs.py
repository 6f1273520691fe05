"""What if: what would come about for a company if it were done. Nothing is done.

Every supposed change is checked as the service that does it checks it, and refused with the same
error; which of several changes it was is in ``ServiceError.change``. Reads, never writes, and
takes no lock: no row of the database is another afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from tenure.clock import Clock
from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.errors import FactRefused
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.core.whatif import Future, Loss, WhatIf, what_if
from tenure.services import readings, states
from tenure.services.answers import NamedLicence
from tenure.services.errors import NotFound, Refused, ServiceError
from tenure.services.ledger import clock_of
from tenure.services.licences import NewLicence
from tenure.services.seats import SeatsNotGranted
from tenure.store.ids import new_id
from tenure.store.models import Company, Instance, Licence, Member, Pool, Product, Seat, Service
from tenure.words.whatif_facts import (
    ChangeFacts,
    GainFacts,
    Kind,
    LossFacts,
    PhaseFacts,
    WhatIfFacts,
)

AHEAD = 730 * DAY
"""How far the future is looked at after the last change, in seconds."""

TRIES = 3
"""So often all is read again while writers change the company under its eyes."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something supposed. ``at`` None: at once.

    ``services`` are those that it concerns, as for the ledger; none means all.
    ``licence``: which one it touches or adds; ``product``, ``label``: of one that it adds.
    """

    kind: Kind
    make: Callable[[int], f.Fact]
    at: int | None = None
    services: tuple[str, ...] = ()
    licence: UUID | None = None
    product: str = ""
    label: str = ""


def add(new: NewLicence, at: int | None = None, *, licence_id: UUID | None = None) -> Change:
    """Suppose that a licence is added; ``licence_id`` lets further changes touch it."""
    id_ = licence_id or new_id()
    placed = _named(new.placements)
    return Change(
        "add",
        lambda t: f.LicenceAdded(t, str(id_), new.units, new.starts, new.ends, new.kind, placed),
        at,
        licence=id_,
        product=new.product,
        label=new.label or new.reference,
    )


def renew(licence_id: UUID, ends: int, at: int | None = None) -> Change:
    """Suppose that a licence is given a later end (exclusive)."""
    return _touch("renew", licence_id, lambda t: f.LicenceRenewed(t, str(licence_id), ends), at)


def resize(
    licence_id: UUID,
    units: int,
    placements: Mapping[UUID, int] | None = None,
    at: int | None = None,
) -> Change:
    """Suppose that a licence has another number of units."""
    placed = None if placements is None else _named(placements)
    make = lambda t: f.LicenceResized(t, str(licence_id), units, placed)  # noqa: E731 - read where it stands
    return _touch("resize", licence_id, make, at)


def place(licence_id: UUID, placements: Mapping[UUID, int], at: int | None = None) -> Change:
    """Suppose that a licence's units stand elsewhere; replaces all that was named."""
    placed = _named(placements)
    return _touch("place", licence_id, lambda t: f.LicencePlaced(t, str(licence_id), placed), at)


def suspend(licence_id: UUID, at: int | None = None) -> Change:
    """Suppose that a licence's units do not count until it is resumed."""
    return _touch("suspend", licence_id, lambda t: f.LicenceSuspended(t, str(licence_id)), at)


def resume(licence_id: UUID, at: int | None = None) -> Change:
    """Suppose that a suspended licence counts again."""
    return _touch("resume", licence_id, lambda t: f.LicenceResumed(t, str(licence_id)), at)


def remove(licence_id: UUID, at: int | None = None) -> Change:
    """Suppose that the company's people take a licence away for good."""
    return _touch("remove", licence_id, lambda t: f.LicenceRemoved(t, str(licence_id)), at)


def cancel(licence_id: UUID, at: int | None = None) -> Change:
    """Suppose that the vendor ends a licence for good."""
    return _touch("cancel", licence_id, lambda t: f.LicenceCancelled(t, str(licence_id)), at)


def protect(service: str, pool: UUID, count: int, at: int | None = None) -> Change:
    """Suppose that so many more seats of a pool are protected."""
    return Change("protect", lambda t: f.SeatsProtected(t, str(pool), count), at, (service,))


def unprotect(service: str, pool: UUID, count: int, at: int | None = None) -> Change:
    """Suppose that the last protected seats of a pool are given back."""
    return Change("unprotect", lambda t: f.SeatsUnprotected(t, str(pool), count), at, (service,))


def close(at: int | None = None) -> Change:
    """Suppose that the owner closes the company."""
    return Change("close", f.CompanyClosed, at)


def reopen(at: int | None = None) -> Change:
    """Suppose that the closing is taken back."""
    return Change("reopen", f.CompanyReopened, at)


def hold_deletion(at: int | None = None) -> Change:
    """Suppose that an operator forbids the deletion."""
    return Change("hold_deletion", f.DeletionHeld, at)


def release_deletion(at: int | None = None) -> Change:
    """Suppose that the deletion goes its way again."""
    return Change("release_deletion", f.DeletionReleased, at)


def confirm_deletion(at: int | None = None) -> Change:
    """Suppose that an operator serves the deletion warning."""
    return Change("confirm_deletion", f.DeletionConfirmed, at)


def _touch(kind: Kind, licence_id: UUID, make: Callable[[int], f.Fact], at: int | None) -> Change:
    return Change(kind, make, at, licence=licence_id)


def _named(placements: Mapping[UUID, int]) -> dict[str, int]:
    return {str(pool): units for pool, units in placements.items()}


@dataclass(frozen=True, slots=True)
class Losers:
    """Those of a pool who lose their protection first from ``start``, the last protected first.

    ``end`` is when they have it again, None: not as far as is looked. ``members`` are at most as
    many as were asked for; ``count`` is of all.
    """

    pool_id: UUID
    pool: str
    start: int
    end: int | None
    count: int
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Outcome:
    """What would come about for a company's use of one service. ``life``: as of the present."""

    company: Company
    instance: Instance
    life: Lifecycle
    found: WhatIf
    changes: tuple[Change, ...]
    names: Mapping[str, str]
    """What pools and licences are called, by id."""

    @property
    def service(self) -> str:
        """The key of the service."""
        return self.instance.service_id

    @property
    def service_name(self) -> str:
        """The name of the service."""
        return self.instance.service.name

    @property
    def concerned(self) -> bool:
        """Whether a change concerns this service."""
        return bool(self.found.facts)

    def pool(self, id_: str) -> str:
        """Name a pool where the company has several; empty where it has one."""
        return self.names.get(id_, id_) if len(self.life.pools) > 1 else ""

    def losers(self, most: int = 50, groups: int | None = None) -> list[Losers]:
        """Name who loses protection, by date and pool; two queries for each.

        ``groups``: at most so many dates and pools, None for all of them.
        """
        found = []
        for loss in self.found.first_losses()[:groups]:
            found.append(
                Losers(
                    UUID(loss.pool),
                    self.names.get(loss.pool, loss.pool),
                    loss.start,
                    self.back_at(loss),
                    loss.count,
                    self._members(loss, most),
                )
            )
        return found

    def back_at(self, loss: Loss) -> int | None:
        """Give when those who lose protection have it again; None where that is not in sight.

        Where a loss ends otherwise, they would have lost it then in any case.
        """
        if loss.end is None:
            return None
        again = self.found.after.protected(loss.pool, loss.end).own
        return loss.end if again >= loss.to_seat else None

    def _members(self, loss: Loss, most: int) -> tuple[Member, ...]:
        seats = Seat.objects.filter(
            company=self.company,
            service=self.service,
            instance=self.life.instance,
            pool_id=loss.pool,
            closed_seq__isnull=True,
        ).order_by("opened_seq", "place")
        first = max(loss.from_seat, loss.to_seat - most)
        ids = list(seats.values_list("member_id", flat=True)[first : loss.to_seat])
        members = {
            member.id: member for member in Member.objects.filter(company=self.company, id__in=ids)
        }
        return tuple(members[id_] for id_ in reversed(ids) if id_ in members)

    @cached_property
    def facts(self) -> WhatIfFacts:
        """Give what its sentences are made of."""
        found = self.found
        before, after = found.before, found.after
        losses = found.first_losses()
        return WhatIfFacts(
            at=found.at,
            until=found.until,
            zone=self.company.time_zone,
            changes=tuple(self.change_facts(change) for change in self.changes),
            losses=tuple(
                LossFacts(
                    self.pool(loss.pool),
                    loss.count,
                    self.life.pools[loss.pool].seats,
                    loss.start,
                    self.back_at(loss),
                    None if self.back_at(loss) is not None else loss.end,
                )
                for loss in losses
            ),
            gains=tuple(_gains(self)),
            phases=tuple(sorted(_phases(before, after), key=_begins)),
            notices_new=len(found.notices_new),
            notices_gone=len(found.notices_gone) + len(found.withdrawn),
            keeps_seats=all(
                found.after.stay_at(loss.start).phase == "active" and not self._gives_back(loss)
                for loss in losses
            ),
        )

    def _gives_back(self, loss: Loss) -> bool:
        return any(
            isinstance(fact, f.SeatsUnprotected) and fact.pool == loss.pool
            for fact in self.found.facts
        )

    def change_facts(self, change: Change) -> ChangeFacts:
        """Give what a change's name is made of."""
        fact: Any = change.make(self.found.at if change.at is None else change.at)
        placements = getattr(fact, "placements", None) or {}
        if len(self.life.pools) < 2:
            placements = {}
        pool = getattr(fact, "pool", "")
        return ChangeFacts(
            change.kind,
            change.at,
            licence=self.names.get(getattr(fact, "licence", ""), "…"),
            units=getattr(fact, "units", 0) or getattr(fact, "count", 0),
            ends=getattr(fact, "ends", None),
            pool=self.pool(pool) if pool else "",
            placements=tuple(
                (self.names.get(id_, id_), units) for id_, units in placements.items() if units
            ),
        )


def suppose(
    company_id: UUID, changes: Sequence[Change], *, clock: Clock, until: int | None = None
) -> list[Outcome]:
    """Give what would come about for each service of a company, by its key.

    ``changes`` at one instant are taken in the order given. ``until``: how far is looked, by
    default two years after the last of them. Raises ``NotFound`` and ``Refused`` as the services
    that do such changes would.
    """
    for _ in range(TRIES - 1):
        company = _company(company_id)
        found = _suppose(company, changes, clock, until)
        # A writer that came between the reading of facts and of names makes them disagree.
        if _company(company_id).last_seq == company.last_seq:
            return found
    return _suppose(_company(company_id), changes, clock, until)


def of_service(outcomes: Iterable[Outcome], service: str) -> Outcome:
    """Choose the outcome for a service. Raises ``NotFound``."""
    for outcome in outcomes:
        if outcome.service == service:
            return outcome
    raise NotFound(f"the company uses no service {service}")


def _company(company_id: UUID) -> Company:
    company = Company.objects.select_related("clock").filter(pk=company_id).first()
    if company is None:
        raise NotFound("there is no such company")
    return company


def _suppose(
    company: Company, changes: Sequence[Change], clock: Clock, until: int | None
) -> list[Outcome]:
    there = readings.Company(company.id)
    instances = there.instances
    at = _present(company, instances, clock)
    lives = {instance.service_id: there.before(instance.service_id, at) for instance in instances}
    added = {change.licence: change.product for change in changes if change.kind == "add"}
    whole = [_with_services(company, change, added, i) for i, change in enumerate(changes)]
    used = [instance.service_id for instance in instances]
    for change in whole:
        for service in change.services:
            if service not in used:
                instances.append(opened := _opened(company, service, at))
                lives[service] = states.before(opened, at)
                used.append(service)
    last = max([at, *(change.at for change in whole if change.at is not None)])
    end = last + AHEAD if until is None else max(until, last)
    named = {change.licence for change in whole if change.licence is not None}
    names = {str(change.licence): change.label for change in reversed(whole)}
    names |= pool_names(company) | _licence_names(company, named)
    return [
        _outcome(company, instance, lives[instance.service_id], whole, at, end, names)
        for instance in instances
    ]


def _present(company: Company, instances: Sequence[Instance], clock: Clock) -> int:
    """Give the instant that a writer's facts would have now; as ``ledger.writing`` does."""
    ran = max((i.ran_at + 1 for i in instances if i.ran_at is not None), default=0)
    return max(clock_of(company, clock).now(), company.last_at or 0, ran)


def _with_services(
    company: Company, change: Change, added: Mapping[UUID | None, str], index: int
) -> Change:
    """Find out which services a change concerns; refuse what there is not."""
    if change.licence is None:
        return change
    key = change.product or added.get(change.licence)
    if key:
        product = Product.objects.filter(key=key).first()
        missing = f"there is no product {key}"
    else:
        rows = Licence.objects.filter(company=company, id=change.licence)
        product = Product.objects.filter(key__in=rows.values("product")).first()
        missing = "there is no such licence in this company"
    if product is None:
        raise _of_change(NotFound(missing), index)
    services = tuple(product.services.order_by("key").values_list("key", flat=True))
    if not services:
        refused = Refused(f"the product {product.name} includes no service", code="no_service")
        raise _of_change(refused, index)
    return replace(change, services=services, label=change.label or product.name)


def _opened(company: Company, service: str, at: int) -> Instance:
    """Make, without saving it, the instance that the first licence of a service opens."""
    policy = states.policy(service, company.id, at)
    return Instance(
        company=company,
        service=Service.objects.get(key=service),
        number=1,
        as_of_seq=0,
        state=Lifecycle((), policy).to_data(),
    )


def _outcome(
    company: Company,
    instance: Instance,
    life: Lifecycle,
    changes: Sequence[Change],
    at: int,
    until: int,
    names: Mapping[str, str],
) -> Outcome:
    mine = [
        (i, change)
        for i, change in enumerate(changes)
        if not change.services or instance.service_id in change.services
    ]
    facts = [(i, change.make(at if change.at is None else change.at)) for i, change in mine]
    facts.sort(key=lambda each: each[1].at)
    if facts and facts[0][1].at < at:
        early = Refused("this instant is over; suppose something now or later", code="too_early")
        raise _of_change(early, facts[0][0])
    _check(company, life, facts, names)
    found = what_if(life, at, [fact for _, fact in facts], until)
    seats = [i for i, fact in facts if isinstance(fact, f.SeatsProtected | f.SeatsUnprotected)]
    for i, answer in zip(seats, found.answers, strict=True):
        if isinstance(answer, r.SeatsRefused):
            raise _of_change(SeatsNotGranted(answer), i)
    return Outcome(company, instance, life, found, tuple(changes), names)


def _check(
    company: Company,
    life: Lifecycle,
    facts: Sequence[tuple[int, f.Fact]],
    names: Mapping[str, str],
) -> None:
    """Take the facts on a copy, which tells which of them cannot be."""
    copy = life.copy()
    for i, fact in facts:
        try:
            copy.apply(fact)
        except FactRefused as error:
            said = str(error)
            meant = {UUID(id_) for id_ in _ID.findall(said)}
            for id_, name in {**_licence_names(company, meant), **names}.items():
                said = said.replace(id_, name)
            raise _of_change(Refused(said, code=error.code), i) from error


def _of_change(error: ServiceError, index: int) -> ServiceError:
    error.change = index
    return error


_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def pool_names(company: Company) -> dict[str, str]:
    """Give what a company's pools are called, by id."""
    pools = Pool.objects.filter(company=company).values_list("id", "name")
    return {str(id_): name for id_, name in pools}


def _licence_names(company: Company, ids: Collection[UUID]) -> dict[str, str]:
    """Give what licences are called: those that are spoken of, for there can be very many."""
    rows = Licence.objects.filter(company=company).select_related("product")
    if len(ids) < MANY:
        rows = rows.filter(id__in=ids)
    return {str(row.id): NamedLicence.of(row).name for row in rows}


MANY = 500
"""Of so many ids the database is not asked for each."""


def _gains(outcome: Outcome) -> Iterable[GainFacts]:
    """Tell of the first gain of each pool, of people there are and of new ones apart."""
    found = outcome.found
    told: set[tuple[str, bool]] = set()
    for gain in found.gains:
        was = found.before.protected(gain.pool, gain.start - 1).count
        is_kept = found.before.protected(gain.pool, gain.start).count < was
        for count, is_new in ((gain.count - gain.new, False), (gain.new, True)):
            if count and (gain.pool, is_new) not in told:
                told.add((gain.pool, is_new))
                yield GainFacts(
                    outcome.pool(gain.pool), count, gain.start, is_kept and not is_new, is_new
                )


def _phases(before: Future, after: Future) -> Iterable[PhaseFacts]:
    phases: tuple[r.Phase, ...] = ("active", "grace", "suspended", "deleted")
    for phase in phases:
        was, would = before.first(phase), after.first(phase)
        if (was and was.start) == (would and would.start):
            continue
        # Where the company is suspended already, its licences run out all the same.
        hidden = would is None and was is not None and after.stay_at(was.start).phase != "active"
        if phase == "grace" and hidden:
            continue
        where = before if would is None else after
        yield PhaseFacts(
            phase,
            was.start if was else None,
            would.start if would else None,
            _previous(where, phase),
        )


def _begins(each: PhaseFacts) -> int:
    return (each.before or 0) if each.after is None else each.after


def _previous(future: Future, phase: r.Phase) -> r.Phase:
    phases = [stay.phase for stay in future.stays]
    return phases[phases.index(phase, 1) - 1]


def usual_product(company: Company, service: str) -> str:
    """Give the product of the licence added last, or the first there is with the service.

    Raises ``NotFound`` where no product includes it.
    """
    rows = Licence.objects.filter(company=company, product__services=service)
    last = rows.order_by("-opened_seq").values_list("product_id", flat=True).first()
    first = Product.objects.filter(services=service).order_by("key").first()
    if last is None and first is None:
        raise NotFound(f"no product includes the service {service}")
    return last or (first.key if first is not None else "")
