"""The core's state of an instance: reading it, bringing it up to a date, showing it in lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID

from django.db.models import F

from tenure.core import facts as f
from tenure.core.capacity import NEVER
from tenure.core.lifecycle import Lifecycle
from tenure.core.notices import due_at
from tenure.core.policy import Policy
from tenure.store.models import Company, Fact, Instance, PolicyVersion
from tenure.store.queries.ledgers import Entry


def policy(service: str, company_id: UUID, at: int) -> Policy:
    """Give the periods in force for a company: its own, else the service's, else the defaults."""
    versions = PolicyVersion.objects.filter(service_id=service, valid_at__lte=at)
    for own in (versions.filter(company_id=company_id), versions.filter(company__isnull=True)):
        data = own.order_by("-valid_at").values_list("data", flat=True).first()
        if data is not None:
            return Policy.from_data(data)
    return Policy()


def open_instance(company: Company, service: str, number: int, policy: Policy) -> Instance:
    """Make a company's first instance of a service; it is pending."""
    return Instance.objects.create(
        company=company,
        clock_id=company.clock_id,
        service_id=service,
        number=number,
        state=Lifecycle((), policy).to_data(),
    )


def concerns(fact: Fact | Entry, service: str) -> bool:
    """Whether a fact is of a service, or of the whole company."""
    return not fact.service or service in fact.service.split("+")


def decode(facts: Iterable[Fact], service: str) -> list[f.Fact]:
    """Give the core's facts of a service."""
    return [f.decode(fact.kind, fact.at, fact.data) for fact in facts if concerns(fact, service)]


def since(instance: Instance, until: int) -> list[f.Fact]:
    """Read the facts that the instance's state does not know yet."""
    facts = Fact.objects.filter(
        company_id=instance.company_id, seq__gt=instance.as_of_seq, at__lte=until
    ).order_by("seq")
    return decode(facts, instance.service_id)


def evaluate(instance: Instance, t: int, *, unseen: Iterable[Fact] | None = None) -> Lifecycle:
    """Give the lifecycle at ``t``, worked off to its end, with facts the engine has not seen.

    Right also while the engine is down: phases and holds are facts that any reader computes.
    Changes nothing. ``unseen``: the company's in their order, where they have been read.
    """
    if instance.state is None:
        raise ValueError("a later instance has taken over")
    life = Lifecycle.from_data(instance.state)
    if unseen is None:
        facts = since(instance, t)
    else:
        news = [x for x in unseen if x.seq > instance.as_of_seq and x.at <= t]
        facts = decode(news, instance.service_id)
    for fact in facts:
        life.apply(fact)
    life.advance(t)
    return life


def before(instance: Instance, t: int) -> Lifecycle:
    """Give the lifecycle that can take a fact of ``t``.

    What was appended at that very instant by another transaction is in it: the instant is open.
    """
    if instance.state is None:
        raise ValueError("a later instance has taken over")
    life = Lifecycle.from_data(instance.state)
    for fact in since(instance, t):
        life.apply(fact)
    if life.at < t - 1:
        life.advance(t - 1)
    return life


def unseen(company_ids: Collection[UUID]) -> dict[UUID, list[Fact]]:
    """Read the facts that the states of some companies do not know yet, in one query."""
    found: dict[UUID, list[Fact]] = {}
    if company_ids:
        facts = Fact.objects.filter(
            company_id__in=company_ids,
            company__instances__state__isnull=False,
            seq__gt=F("company__instances__as_of_seq"),
        )
        # Once for each instance that does not know it.
        for fact in facts.order_by("company_id", "seq").distinct():
            found.setdefault(fact.company_id, []).append(fact)
    return found


FOLD_AFTER = 25
"""So many facts make the engine fold them, so that evaluating stays quick."""


def show(instance: Instance, life: Lifecycle, company: Company) -> None:
    """Save what lists show of an instance, and when the engine next has something to do.

    Its state stays as it is: only the engine folds facts into it.
    """
    changed = news(instance, life, company)
    if changed:
        instance.save(update_fields=list(changed))


def news(
    instance: Instance, life: Lifecycle, company: Company
) -> dict[str, int | str | bool | None]:
    """Give what ``show`` saves, by its columns, and put it into the instance.

    What stays as it is is not written: an index of it need not be touched then.
    """
    due: int | None = next_due(life)
    if company.last_seq - instance.as_of_seq > FOLD_AFTER:
        due = life.at
    if not is_released(company):
        due = None
    new = {**shown(life)._asdict(), "due_at": due}
    changed = {name: value for name, value in new.items() if getattr(instance, name) != value}
    for name, value in changed.items():
        setattr(instance, name, value)
    return changed


def next_due(life: Lifecycle) -> int | None:
    """Give when the engine next has something to do; None where never."""
    due = due_at(life)
    return due if due < NEVER else None


class Shown(NamedTuple):
    """What lists show of an instance, as its columns are called."""

    phase: str
    phase_since_at: int | None
    phase_until_at: int | None
    next_phase: str
    closed: bool
    trial: bool
    short_at: int | None
    seats: int
    units: int
    protected: int


def shown(life: Lifecycle) -> Shown:
    """Give what lists show."""
    until, then = next_phase(life)
    return Shown(
        phase=life.phase,
        phase_since_at=life.began if life.stay else None,
        phase_until_at=until,
        next_phase=then,
        closed=life.closed,
        trial={x.kind for x in life.register if x.eligible(life.at)} == {"trial"},
        short_at=_short_at(life),
        seats=sum(pool.seats for pool in life.pools.values()),
        units=life.units,
        protected=sum(life.protected(pool) for pool in life.pools),
    )


def _short_at(life: Lifecycle) -> int | None:
    """Give when a site next runs short or loses what it holds; a hold without a date is now."""
    if life.phase != "active":
        return None
    found = [pool.horizon.at for pool in life.pools.values() if pool.horizon is not None]
    for pool in life.pools.values():
        found += [life.at if h.deadline is None else h.deadline for h in pool.holds]
    return min(found, default=None)


def next_phase(life: Lifecycle) -> tuple[int | None, str]:
    """Give when the present phase ends if nothing is done, and what follows, where known."""
    if life.phase == "active":
        return (life.horizon.at, "grace") if life.horizon is not None else (None, "")
    back = next((at for at, total, _ in life.capacity.future(life.at) if total > 0), None)
    if life.phase == "grace":
        if back is not None and (life.deadline is None or back <= life.deadline):
            return back, "active"
        return life.deadline, "suspended"
    if back is not None and not life.closed:
        return back, "active"
    if life.phase == "suspended" and not life.deletion_held:
        if life.warning is not None:  # without a deadline: it waits for its delivery
            return life.warning.deadline, "deleted"
        earliest = max(life.began + life.rules.retention, life.at + life.rules.warning)
        return earliest, "deleted"
    return None, ""


def is_released(company: Company) -> bool:
    """Whether the engine runs for a company: not while its import waits to be released."""
    return company.batch is None or company.batch.released_at is not None
