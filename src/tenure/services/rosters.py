"""The members of a company as its pages list them, each with how it stands. Reads, never writes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from tenure.core.answers import Answer, explain
from tenure.core.coverage import ranked
from tenure.services.answers import CheckAnswer, NamedLicence
from tenure.services.histories import Page
from tenure.services.standings import Standing
from tenure.store.models import Group, GroupMember, Licence, Member, Seat, Source
from tenure.words.statuses import MemberStatus, member_status

PAGE = 50
"""Members on a page."""

Wanted = Literal["", "with", "without"]
WANTED: tuple[Wanted, ...] = get_args(Wanted)
"""Which members to list: all, those with a seat, those without."""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member; ``pool`` is where the seat is, else where it would be drawn from."""

    member: Member
    seat: Seat | None
    pool: str
    pool_id: UUID
    source: str
    groups: tuple[str, ...]
    status: MemberStatus
    check: CheckAnswer
    """Why it stands so; ``answers.sentence`` says it."""


@dataclass(frozen=True, slots=True)
class Roster:
    """One page of members. ``with_seat`` and ``without_seat`` count what the search found."""

    rows: tuple[MemberRow, ...]
    page: Page
    with_seat: int
    without_seat: int
    everybody: int

    @property
    def found(self) -> int:
        """How many the search found, with a seat or without."""
        return self.with_seat + self.without_seat


def members(
    standing: Standing,
    *,
    search: str = "",
    wanted: Wanted = "",
    page: int = 1,
    pool: UUID | None = None,
) -> Roster:
    """Give a page of the members by name; a fixed number of queries, however many there are.

    ``pool``: only those whose seat is there, or who have none and would draw it from there.
    """
    company = standing.company
    seats = _open_seats(standing)
    everyone = Member.objects.filter(company=company)
    if pool is not None:
        everyone = everyone.filter(_is_at(standing, pool, seats))
    everybody = everyone.count()
    if search.strip():
        text = search.strip()
        everyone = everyone.filter(
            Q(user__icontains=text) | Q(name__icontains=text) | Q(reference__icontains=text)
        )
        found = everyone.count()
    else:
        found = everybody
    has_seat = Exists(seats.filter(member_id=OuterRef("id")))
    # Counting seats takes long among many; without a search the core knows how many there are.
    known = standing.seats if pool is None else standing.life.pools[str(pool)].seats
    seated = everyone.filter(has_seat).count() if search.strip() else known
    total = found
    if wanted == "with":
        everyone, total = everyone.filter(has_seat), seated
    elif wanted == "without":
        everyone, total = everyone.filter(~has_seat), found - seated
    where = Page.of(page, total, PAGE)
    first = where.first(PAGE)
    rows = list(everyone.order_by("user")[first : first + PAGE])
    own = {seat.member_id: seat for seat in seats.filter(member_id__in=[row.id for row in rows])}
    bounds = _bounds(standing)
    places = _places(standing, own, bounds)
    explainer = _Explainer(standing, bounds)
    names = _Names.of(standing, rows)
    return Roster(
        rows=tuple(
            _row(
                standing,
                row,
                own.get(row.id),
                places.get(row.id, 0) if row.id in own else None,
                explainer,
                names,
            )
            for row in rows
        ),
        page=where,
        with_seat=seated,
        without_seat=found - seated,
        everybody=everybody,
    )


def _open_seats(standing: Standing) -> QuerySet[Seat]:
    return Seat.objects.filter(
        company=standing.company,
        service=standing.service,
        instance=standing.life.instance,
        closed_seq__isnull=True,
    )


def _is_at(standing: Standing, pool: UUID, seats: QuerySet[Seat]) -> Q:
    """Give the condition on members that they belong to a pool."""
    home = Q(pool_id=pool)
    if standing.pools[0].id == pool:  # the company's own, for those who have no home
        home |= Q(pool_id__isnull=True)
    own = seats.filter(member_id=OuterRef("id"))
    return Q(Exists(own.filter(pool_id=pool))) | (home & ~Q(Exists(own)))


def _places(standing: Standing, own: dict[UUID, Seat], bounds: Bounds) -> dict[UUID, int]:
    """Give the places, from 0, of seats in pools where not every seat has the same lot."""
    mixed = [
        pool.id for pool in standing.pools if any(0 < each < pool.seats for each in bounds[pool.id])
    ]
    if not any(seat.pool_id in mixed for seat in own.values()):
        return {}
    numbered = _open_seats(standing).filter(pool_id__in=mixed)
    numbered = numbered.annotate(
        rank=Window(
            RowNumber(), partition_by=[F("pool_id")], order_by=[F("opened_seq"), F("place")]
        )
    )
    found = numbered.filter(member_id__in=list(own)).values_list("member_id", "rank")
    return {member: rank - 1 for member, rank in found}


Bounds = Mapping[UUID, list[int]]
"""Of each pool, the places at which another lot begins, now or later: of units and of holds."""


def _bounds(standing: Standing) -> Bounds:
    life = standing.life
    instants = [life.at, *(at for at, _, _ in life.capacity.future(life.at))]
    found: dict[UUID, list[int]] = {}
    for pool in standing.pools:
        shares = ranked(life, str(pool.id))
        ends = {hold.level for hold in life.pools[str(pool.id)].holds}
        for at in instants:
            end = 0
            for share in shares:
                if share.licence.eligible(at):
                    end += share.units
                    ends.add(end)
        found[pool.id] = sorted(ends)
    return found


class _Explainer:
    """Explains seats; those of one lot once only, as an explanation runs through the future."""

    def __init__(self, standing: Standing, bounds: Bounds) -> None:
        self._life = standing.life
        self._bounds = bounds
        self._known: dict[tuple[UUID, int], Answer] = {}

    def explain(self, pool: UUID, place: int | None) -> Answer:
        lot = -1 if place is None else bisect_right(self._bounds[pool], place)
        answer = self._known.get((pool, lot))
        if answer is None:
            answer = explain(self._life, str(pool), place)
            self._known[pool, lot] = answer
        return answer


def _row(
    standing: Standing,
    member: Member,
    seat: Seat | None,
    place: int | None,
    explainer: _Explainer,
    names: _Names,
) -> MemberRow:
    home = seat.pool_id if seat is not None else member.pool_id
    by_id = {pool.id: pool for pool in standing.pools}
    pool = (by_id.get(home) if home is not None else None) or standing.pools[0]
    answer = explainer.explain(pool.id, place)
    return MemberRow(
        member=member,
        seat=seat,
        pool=pool.name,
        pool_id=pool.id,
        source=names.sources.get(member.source_id, "") if member.source_id else "",
        groups=names.groups.get(member.id, ()),
        status=member_status(
            has_seat=seat is not None,
            protected=answer.allowed,
            has_unit=answer.code == "protected",
            automatic=False,
        ),
        check=CheckAnswer(
            at=standing.now,
            company_id=standing.company.id,
            reference=standing.company.reference,
            company=standing.company.name,
            zone=standing.company.time_zone,
            service=standing.service,
            service_name=standing.service_name,
            instance=standing.life.instance,
            user=member.user,
            member_id=member.id,
            pool_id=pool.id if seat is not None else None,
            place=place,
            answer=answer,
            licence=names.licences.get(answer.licence or ""),
            next_licence=names.licences.get(answer.next_licence or ""),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """What sources, groups and licences are called."""

    sources: Mapping[UUID, str]
    groups: Mapping[UUID, tuple[str, ...]]
    """By member."""
    licences: Mapping[str, NamedLicence]

    @classmethod
    def of(cls, standing: Standing, rows: Sequence[Member]) -> _Names:
        company = standing.company
        sources = Source.objects.filter(company=company, id__in={row.source_id for row in rows})
        is_in = GroupMember.objects.filter(company=company, member_id__in=[row.id for row in rows])
        pairs = list(is_in.values_list("member_id", "group_id"))
        called = dict(
            Group.objects.filter(company=company, id__in={group for _, group in pairs}).values_list(
                "id", "name"
            )
        )
        groups: dict[UUID, list[str]] = {}
        for member, group in pairs:
            groups.setdefault(member, []).append(called[group])
        licences = Licence.objects.select_related("product").filter(
            company=company, id__in=[UUID(each.id) for each in standing.life.register]
        )
        return cls(
            dict(sources.values_list("id", "name")),
            {member: tuple(sorted(of_member)) for member, of_member in groups.items()},
            {str(each.id): NamedLicence.of(each) for each in licences},
        )
