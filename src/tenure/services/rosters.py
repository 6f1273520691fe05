"""The members of a company as its pages list them, each with how it stands. Reads, never writes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from tenure.core.answers import Answer, explain_all
from tenure.core.coverage import ranked
from tenure.core.lifecycle import Lifecycle
from tenure.services.answers import CheckAnswer, NamedLicence
from tenure.services.histories import Page
from tenure.services.member_filters import Counts, MemberFilter, Membership
from tenure.services.standings import PoolStanding, Standing
from tenure.store.models import Claim, Group, GroupMember, Licence, Member, Pool, Rule, Seat, Source
from tenure.words.statuses import MemberStatus, member_status

PAGE = 50
"""Members on a page."""

FEW = 1000
"""So many members are found at once without being counted."""

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
    claim: Claim | None = None
    """Where the member waits for a unit without a seat."""
    rule: RuleName | None = None
    """The rule that wants the member; None where a person does, or nobody."""


@dataclass(frozen=True, slots=True)
class RuleName:
    """A rule as people know it: what it is for, and what that is called."""

    id: UUID
    kind: str
    target_id: UUID | None
    name: str
    place: int


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of what a filter found; ``counts`` are of the whole company."""

    rows: tuple[MemberRow, ...]
    page: Page
    counts: Counts | None


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
    has_seat = Exists(seats.filter(member_id=OuterRef("id")))
    if text := search.strip():
        everyone = everyone.filter(
            # Users are in lower case.
            Q(user__contains=text.lower()) | Q(name__icontains=text) | Q(reference__icontains=text)
        )
        # Every member has to be looked at, and where few are found not a second time.
        few = list(everyone.values_list("id", flat=True)[: FEW + 1])
        if len(few) <= FEW:
            everyone = Member.objects.filter(company=company, id__in=few)
            found, seated = len(few), seats.filter(member_id__in=few).count()
        else:
            counts = everyone.aggregate(n=Count("*"), seated=Count("*", filter=has_seat))
            found, seated = counts["n"], counts["seated"]
    else:
        # Counting seats takes long among many; without a search the core knows how many there are.
        known = standing.seats if pool is None else standing.life.pools[str(pool)].seats
        found, seated = everybody, known
    total = found
    if wanted == "with":
        everyone, total = everyone.filter(has_seat), seated
    elif wanted == "without":
        everyone, total = everyone.filter(~has_seat), found - seated
    where = Page.of(page, total, PAGE)
    first = where.first(PAGE)
    rows = list(everyone.order_by("user")[first : first + PAGE])
    return Roster(
        rows=rows_of(standing, rows),
        page=where,
        with_seat=seated,
        without_seat=found - seated,
        everybody=everybody,
    )


def listed(standing: Standing, wanted: MemberFilter, page: int = 1) -> Listed:
    """Give a page of the members that a filter finds, in a fixed number of queries.

    ``counts`` is None where the filter narrows the company: the statuses of a part are not counted.
    """
    ask = Membership(standing)
    counts = ask.counts() if wanted.is_plain else None
    # Ids alone are sorted.
    ids = ask.ordered(wanted).values_list("id", flat=True)
    if counts is not None:
        where, chosen = _counted(ids, page, counts.of(wanted.shown))
    elif wanted.is_site:
        where, chosen = _counted(ids, page, ask.count(wanted))
    elif wanted.is_walked:
        where, chosen = _counting(ids, page)
    else:
        where, chosen = _few(ids, page)
    found = {row.id: row for row in Member.objects.filter(company=standing.company, id__in=chosen)}
    return Listed(
        rows=rows_of(standing, [found[id_] for id_ in chosen if id_ in found]),
        page=where,
        counts=counts,
    )


def _counted(ids: QuerySet[Any], page: int, total: int) -> tuple[Page, list[UUID]]:
    """Give a page of ids of which it is known how many there are."""
    where = Page.of(page, total, PAGE)
    first = where.first(PAGE)
    return where, list(ids[first : first + PAGE])


def _counting(ids: QuerySet[Any], page: int) -> tuple[Page, list[UUID]]:
    """Give a page of ids, and count all of them on the way: both take going over all members."""
    first = max(0, page - 1) * PAGE
    counted = ids.annotate(total=Window(Count("*"))).values_list("id", "total")
    rows = list(counted[first : first + PAGE])
    if not rows:  # nobody, or a page that is not there
        return _counted(ids, page, ids.count())
    return Page.of(page, rows[0][1], PAGE), [id_ for id_, _ in rows]


def _few(ids: QuerySet[Any], page: int) -> tuple[Page, list[UUID]]:
    """Give a page of ids; where few are found these are read whole, which spares counting them."""
    few = list(ids[: FEW + 1])
    where = Page.of(page, len(few) if len(few) <= FEW else ids.count(), PAGE)
    first = where.first(PAGE)
    is_read = where.total <= FEW or first + PAGE <= len(few)
    return where, list((few if is_read else ids)[first : first + PAGE])


def rows_of(standing: Standing, members: Sequence[Member]) -> tuple[MemberRow, ...]:
    """Say how each of these members stands, and why."""
    ids = [row.id for row in members]
    own = {seat.member_id: seat for seat in _open_seats(standing).filter(member_id__in=ids)}
    claims = {
        claim.member_id: claim
        for claim in Claim.objects.filter(
            company=standing.company,
            service=standing.service,
            instance=standing.life.instance,
            member_id__in=ids,
        )
    }
    bounds = _bounds(standing, {seat.pool_id for seat in own.values()})
    found = _places(standing, own, bounds)
    places = {id_: found.get(id_, 0) for id_ in own}
    drawn = [_pool(standing, row, claims.get(row.id) or own.get(row.id)) for row in members]
    told = _explained(
        standing,
        bounds,
        [(pool.id, places.get(row.id)) for row, pool in zip(members, drawn, strict=True)],
    )
    names = _Names.of(standing, members, told)
    rules = rule_names(standing)
    return tuple(
        _row(
            standing,
            member,
            own.get(member.id),
            claims.get(member.id),
            pool,
            places.get(member.id),
            answer,
            names,
            rules,
        )
        for member, pool, answer in zip(members, drawn, told, strict=True)
    )


def rule_names(standing: Standing) -> dict[UUID, RuleName]:
    """Name the rules of an instance, in their order."""
    company = standing.company
    rules = list(
        Rule.objects.filter(
            company=company, service=standing.service, instance=standing.life.instance
        ).order_by("place")
    )
    called: dict[UUID | None, str] = {None: company.name}
    for kind, model in (("group", Group), ("source", Source), ("site", Pool)):
        targets = {id_ for rule in rules if rule.kind == kind and (id_ := rule.target_id)}
        if targets:
            named = model._default_manager.filter(company=company, id__in=targets)
            called.update(named.values_list("id", "name"))
    return {
        rule.id: RuleName(
            rule.id, rule.kind, rule.target_id, called.get(rule.target_id, ""), rule.place
        )
        for rule in rules
    }


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
        pool.id
        for pool in standing.pools
        if (ends := bounds.get(pool.id, ())) is None or any(0 < x < pool.seats for x in ends)
    ]
    if not any(seat.pool_id in mixed for seat in own.values()):
        return {}
    numbered = _open_seats(standing).filter(pool_id__in=mixed)
    numbered = numbered.annotate(
        rank=Window(
            RowNumber(), partition_by=[F("pool_id")], order_by=[F("opened_seq"), F("place")]
        )
    )
    # No rank is below 1: that it is asked for here has these members chosen after all are numbered.
    chosen = numbered.filter(Q(member_id__in=list(own)) | Q(rank__lt=1))
    found = chosen.values_list("member_id", "rank")
    return {member: rank - 1 for member, rank in found}


Bounds = Mapping[UUID, list[int] | None]
"""Of the pools whose seats are listed, the places at which another lot begins, now or later.

A lot is of units or of holds. None: there are so many licences that each place may be one.
"""

MOST = 5000
"""So many answers are kept for those who look next."""

GONE_OVER = 20_000
"""At most so many licences, at all their instants together, are gone over to find the lots."""


def _bounds(standing: Standing, pools: Collection[UUID]) -> Bounds:
    return {
        pool: standing.reading.once(f"bounds of {pool}", partial(_bounds_of, str(pool)))
        for pool in pools
        if str(pool) in standing.life.pools
    }


def _bounds_of(pool: str, life: Lifecycle) -> list[int] | None:
    shares = ranked(life, pool)
    seats = life.pools[pool].seats
    ends = {hold.level for hold in life.pools[pool].holds}
    instants = [life.at, *(at for at, _, _ in life.capacity.future(life.at))]
    if len(instants) * len(shares) > GONE_OVER:
        return None
    for at in instants:
        end = 0
        for share in shares:
            if share.licence.eligible(at):
                end += share.units
                ends.add(end)
                if end >= seats:
                    break  # no seat stands beyond
    return sorted(ends)


def _explained(
    standing: Standing, bounds: Bounds, seats: Sequence[tuple[UUID, int | None]]
) -> list[Answer]:
    """Explain seats; those of one lot once only, as an explanation runs through the future."""

    def lot(pool: UUID, place: int | None) -> tuple[UUID, int]:
        ends = bounds.get(pool, [])
        if place is None or ends is None:
            return pool, -1 if place is None else place
        return pool, bisect_right(ends, place)

    lots = [lot(pool, place) for pool, place in seats]
    # Other threads fill and empty the table, too: what is given is looked up in it once.
    kept = standing.reading.table("answers by lot")
    known = {lot: answer for lot in set(lots) if (answer := kept.get(lot)) is not None}
    new = {lot: seat for lot, seat in zip(lots, seats, strict=True) if lot not in known}
    answers = explain_all(standing.life, [(str(pool), place) for pool, place in new.values()])
    known.update(zip(new, answers, strict=True))
    if len(kept) > MOST:
        kept.clear()
    kept.update(known)
    return [known[lot] for lot in lots]


def _pool(standing: Standing, member: Member, drawn: Seat | Claim | None) -> PoolStanding:
    """Give the pool in which a seat is, is waited for, or from which one would be drawn."""
    home = member.pool_id if drawn is None else drawn.pool_id
    return next((pool for pool in standing.pools if pool.id == home), standing.pools[0])


def _row(
    standing: Standing,
    member: Member,
    seat: Seat | None,
    claim: Claim | None,
    pool: PoolStanding,
    place: int | None,
    answer: Answer,
    names: _Names,
    rules: Mapping[UUID, RuleName],
) -> MemberRow:
    drawn = claim or seat
    rule = None if drawn is None or drawn.rule_id is None else rules.get(drawn.rule_id)
    return MemberRow(
        member=member,
        seat=seat,
        pool=pool.name,
        pool_id=pool.id,
        source=names.sources.get(member.source_id, "") if member.source_id else "",
        groups=names.groups.get(member.id, ()),
        status=member_status(
            has_seat=drawn is not None,
            protected=answer.allowed,
            has_unit=answer.code == "protected",
            automatic=drawn is not None and drawn.rule_id is not None,
        ),
        claim=claim,
        rule=rule,
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
    def of(cls, standing: Standing, rows: Sequence[Member], told: Sequence[Answer]) -> _Names:
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
            if group in called:  # it may be deleted between the two
                groups.setdefault(member, []).append(called[group])
        licences = Licence.objects.select_related("product").filter(
            company=company,
            id__in={UUID(id_) for each in told for id_ in (each.licence, each.next_licence) if id_},
        )
        return cls(
            dict(sources.values_list("id", "name")),
            {member: tuple(sorted(of_member)) for member, of_member in groups.items()},
            {str(each.id): NamedLicence.of(each) for each in licences},
        )
