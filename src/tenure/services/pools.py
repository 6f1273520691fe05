"""Pools, the sites of a company: opening, renaming and closing one; where units stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from tenure.clock import Clock
from tenure.services import audit, contacts, invitations, memberships
from tenure.services.companies import NewPool, append_pool
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import Ledger, writing
from tenure.services.licences import ChangedMeanwhile, append_placed
from tenure.services.rights import lock
from tenure.store.models import (
    Claim,
    Company,
    Fact,
    Group,
    Licence,
    Member,
    Placement,
    Pool,
    Rule,
    Seat,
    Source,
)
from tenure.words.names import clean

NOTHING = clean("")
"""What stands in the place of a name that holds nothing to read."""

OF_LICENCES = "licence."
"""How the kinds of facts begin that touch where units stand."""


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands in the way of closing a site: how many of each."""

    is_own: bool = False
    units: int = 0
    licences: int = 0
    seats: int = 0
    waiting: int = 0
    members: int = 0
    groups: int = 0
    sources: int = 0
    rules: int = 0

    @property
    def are_there(self) -> bool:
        """Whether there is any."""
        return self != Obstacles()


class NotEmpty(Refused):
    """A site is not closed while something stands in the way."""

    def __init__(self, obstacles: Obstacles) -> None:
        super().__init__("this site is not empty", code="pool_not_empty")
        self.obstacles = obstacles


def create(company_id: UUID, name: str, reference: str = "", *, clock: Clock, who: str) -> Pool:
    """Open another site.

    Raises ``Refused`` (``pool_unnamed``, ``pool_name_taken``, ``pool_exists``).
    """
    with writing(company_id, clock, who) as ledger:
        _see_name(ledger.company, name)
        return append_pool(ledger, NewPool(name, reference))


def rename(
    company_id: UUID, pool_id: UUID, name: str, reference: str, *, clock: Clock, who: str
) -> None:
    """Give a site, or the company's own pool, another name and reference.

    Raises ``NotFound`` and ``Refused`` (``pool_unnamed``, ``pool_name_taken``, ``pool_exists``).
    """
    with writing(company_id, clock, who) as ledger:
        pool = _open(ledger, pool_id)
        old = {"name": pool.name, "reference": pool.reference}
        new = {"name": name, "reference": reference}
        if old == new:
            return
        _see_name(ledger.company, name, but=pool.id)
        others = Pool.objects.filter(company=ledger.company).exclude(id=pool.id)
        if reference and others.filter(reference=reference).exists():
            raise Refused(f"there is a site {reference} already", code="pool_exists")
        Pool.objects.filter(company=ledger.company, id=pool.id).update(**new)
        audit.record(
            "pool.renamed", company=ledger.company, object=f"pool:{pool.id}", old=old, new=new
        )


def close(company_id: UUID, pool_id: UUID, *, clock: Clock, who: str) -> None:
    """Close a site that is empty; its name stays in the history, its reference is free again.

    Raises ``NotFound``, ``NotEmpty``.
    """
    with _of_account(company_id), writing(company_id, clock, who) as ledger:
        pool = _open(ledger, pool_id)
        found = obstacles(ledger.company, [pool])[pool.id]
        if found.are_there:
            raise NotEmpty(found)
        mine = Pool.objects.filter(company=ledger.company, id=pool.id)
        mine.update(closed_at=ledger.at, reference="")
        # Who left may come back, and nobody is written to about what is no more.
        Member.objects.filter(company=ledger.company, pool_id=pool.id).update(pool_id=None)
        contacts.append_closed(ledger.company, pool.id)
        # A right for what is no more would be shown, and could not be given again as it is.
        memberships.append_closed(ledger.company, pool.id)
        invitations.append_closed(ledger.company, pool.id, clock=clock)
        audit.record(
            "pool.closed",
            company=ledger.company,
            object=f"pool:{pool.id}",
            old={"name": pool.name, "reference": pool.reference},
        )


@contextmanager
def _of_account(company_id: UUID) -> Iterator[None]:
    """Hold the account of a company: the rival gives somebody a right for the site meanwhile."""
    with transaction.atomic():
        # A company stays in its account. Accounts are locked before companies, as wherever
        # somebody is given rights.
        found = Company.objects.filter(pk=company_id).values_list("account_id", flat=True).first()
        if found is not None:
            lock(found)
        yield


def obstacles(company: Company, pools: Collection[Pool]) -> dict[UUID, Obstacles]:
    """Say for each of some pools what stands in the way of closing it; a fixed number of queries.

    A licence that has ended counts: renewed, it would bring its units back to where they stood.
    """
    ids = [pool.id for pool in pools]
    of: dict[str, Any] = {"company": company, "pool_id__in": ids}
    over = Licence.objects.filter(company=company).exclude(removed_at=None, cancelled_at=None)
    placed = Placement.objects.filter(**of, closed_seq__isnull=True, units__gt=0)
    placed = placed.exclude(licence_id__in=over.values("id"))
    units = dict(placed.values("pool_id").annotate(n=Sum("units")).values_list("pool_id", "n"))
    rules = Rule.objects.filter(company=company, kind=Rule.Kind.SITE, target_id__in=ids)
    where = {
        "licences": _counts(placed),
        "seats": _counts(Seat.objects.filter(**of, closed_seq__isnull=True)),
        "waiting": _counts(Claim.objects.filter(**of)),
        "members": _counts(Member.objects.filter(**of, left_at__isnull=True)),
        "groups": _counts(Group.objects.filter(**of)),
        "sources": _counts(Source.objects.filter(**of)),
        "rules": _counts(rules, "target_id"),
    }
    return {
        pool.id: Obstacles(
            is_own=pool.position == 0,
            units=units.get(pool.id, 0),
            **{name: counts.get(pool.id, 0) for name, counts in where.items()},
        )
        for pool in pools
    }


def _counts(rows: QuerySet[Any], column: str = "pool_id") -> dict[UUID, int]:
    """Count rows by pool."""
    return dict(rows.order_by().values(column).annotate(n=Count("*")).values_list(column, "n"))


def place(
    company_id: UUID,
    placements: Mapping[UUID, Mapping[UUID, int]],
    *,
    made_from: int,
    seen: int | None = None,
    clock: Clock,
    who: str,
) -> None:
    """Say where the units of some licences stand, all in one transaction.

    ``placements`` by licence and pool: all that stands outside of the company's own pool.
    ``made_from``: the company's last fact when the numbers were read. Raises ``ChangedMeanwhile``
    with nothing changed where one of these licences was changed since, ``NotFound``, ``Refused``.
    ``seen``: the company's last fact when it was said who would lose by it; raises
    ``ChangedMeanwhile``, with no facts, where anything at all was done since.
    """
    with writing(company_id, clock, who) as ledger:
        changed = changed_since(ledger.company, made_from, placements)
        if changed or seen not in (None, ledger.seq):
            raise ChangedMeanwhile(changed)
        for licence_id, named in placements.items():
            append_placed(ledger, licence_id, named)


def changed_since(company: Company, seq: int, licences: Collection[UUID]) -> list[Fact]:
    """Give what was done to some licences after a fact, the first first."""
    wanted = {str(id_) for id_ in licences}
    facts = Fact.objects.filter(company=company, seq__gt=seq, kind__startswith=OF_LICENCES)
    return [fact for fact in facts.order_by("seq") if fact.data.get("licence") in wanted]


def _see_name(company: Company, name: str, but: UUID | None = None) -> None:
    """See that a name can be read, and that no other open site looks the same."""
    shown = clean(name).casefold()
    if shown == NOTHING:
        raise Refused("a site needs a name that can be read", code="pool_unnamed")
    others = Pool.objects.filter(company=company, closed_at__isnull=True).values_list("id", "name")
    if any(id_ != but and clean(other).casefold() == shown for id_, other in others):
        raise Refused(f"there is a site {name} already", code="pool_name_taken")


def _open(ledger: Ledger, pool_id: UUID) -> Pool:
    pool = Pool.objects.filter(company=ledger.company, id=pool_id, closed_at__isnull=True).first()
    if pool is None:
        raise NotFound("there is no such site in this company")
    return pool
