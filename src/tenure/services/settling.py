"""Seeing that everybody whom people and rules want protected has a seat, as far as units go.

``refresh`` finds who is wanted after members, groups or rules changed; ``settle`` gives seats up
and grants them. Every writer settles before it is done, and the engine at the instants at which
time alone brings units, so that an instance heals by itself.

Where units are short, those whom people named come first, then rules in their order, then
whoever was there first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.lifecycle import Lifecycle
from tenure.store.ids import new_id
from tenure.store.models import (
    Claim,
    Company,
    Exclusion,
    Group,
    GroupMember,
    Identity,
    Instance,
    Member,
    Pool,
    Rule,
    Seat,
    Source,
)
from tenure.store.queries.compiled import Compiled, Values, uuid_from
from tenure.store.queries.listed import Listed
from tenure.store.queries.rows import Insert, Update

if TYPE_CHECKING:
    from tenure.services.ledger import Ledger

AT_ONCE = 5000
"""So many rows are named in one statement."""

new_seats = Insert(
    Seat,
    *("company", "service", "instance", "pool_id"),
    *("protected_at", "opened_seq", "id", "member_id", "place", "rule_id"),
)
new_claims = Insert(
    Claim,
    *("company", "service", "instance", "member_id"),
    *("pool_id", "rule_id", "rule_place", "since_at"),
)
_claims = Update(
    Claim,
    *("pool_id", "rule_id", "rule_place"),
    key=("company", "service", "instance", "member_id"),
)
_seat_rules = Update(Seat, "rule_id", "given_up_at")


class _Row(NamedTuple):
    """A member as ``refresh`` sees it."""

    member: UUID
    has_left: bool
    rule: UUID | None
    pool: UUID
    seat: UUID | None
    seat_rule: UUID | None
    given_up: bool
    has_claim: bool
    claim_rule: UUID | None
    claim_place: int
    claim_pool: UUID | None


# Who is wanted


def home_pools(company: Company) -> Coalesce:
    """Give the expression for the pool from which a member draws.

    Its own, else that of the first of its groups that has one, else its source's, else the
    company's.
    """
    of_group = (
        GroupMember.objects.filter(company=company, member_id=OuterRef("id"))
        .annotate(
            home=Subquery(
                Group.objects.filter(company=company, id=OuterRef("group_id")).values("pool_id")[:1]
            )
        )
        .filter(home__isnull=False)
        .order_by("added_at", "group_id")
        .values("home")[:1]
    )
    of_source = Source.objects.filter(company=company, id=OuterRef("source_id")).values("pool_id")
    main = Pool.objects.filter(company=company, position=0).values("id")
    return Coalesce("pool_id", Subquery(of_group), Subquery(of_source[:1]), Subquery(main[:1]))


def ruled(company: Company, service: str, instance: int) -> Subquery:
    """Give the expression for the first rule that wants a member; None where none does."""
    member = OuterRef(OuterRef("id"))
    in_group = GroupMember.objects.filter(
        company=company, group_id=OuterRef("target_id"), member_id=member
    )
    known = Identity.objects.filter(
        company=company, source_id=OuterRef("target_id"), member_id=member
    )
    came_from = Member.objects.filter(company=company, id=member, source_id=OuterRef("target_id"))
    at_site = Member.objects.filter(company=company, id=member).annotate(home=home_pools(company))
    rules = Rule.objects.filter(company=company, service=service, instance=instance).filter(
        Q(kind=Rule.Kind.COMPANY)
        | Q(kind=Rule.Kind.GROUP) & Exists(in_group)
        | Q(kind=Rule.Kind.SOURCE) & Exists(known.filter(is_active=True))
        | Q(kind=Rule.Kind.SOURCE) & Exists(came_from) & ~Exists(known)
        | Q(kind=Rule.Kind.SITE) & Exists(at_site.filter(home=OuterRef("target_id")))
    )
    return Subquery(rules.order_by("place").values("id")[:1])


def excluded(company: Company, service: str, instance: int) -> Q:
    """Give the condition on members that no rule protects them."""
    shut = Exclusion.objects.filter(company=company, service=service, instance=instance)
    groups = shut.filter(kind="group").values("target_id")
    in_one = GroupMember.objects.filter(
        company=company, member_id=OuterRef("id"), group_id__in=groups
    )
    return Q(Exists(shut.filter(kind="member", target_id=OuterRef("id")))) | Q(Exists(in_one))


def wanted_by_rules(
    company: Company, service: str, instance: int, members: Sequence[UUID]
) -> list[UUID]:
    """Give those of these members whom a rule wants and none leaves out."""
    if not Rule.objects.filter(company=company, service=service, instance=instance).exists():
        return []
    found: list[UUID] = []
    for start in range(0, len(members), AT_ONCE):
        part = Listed(members[start : start + AT_ONCE])
        people: QuerySet[Any, Any] = _people(company, service, instance).filter(id__in=part)
        # Not as a condition of the query: PostgreSQL may then plan minutes for it.
        rows = people.order_by().values_list("id", "rule")
        found += [id_ for id_, rule in rows if rule is not None]
    return found


def refresh(ledger: Ledger, members: Collection[UUID] | None = None) -> None:
    """See whom the rules want now, among these members or all, and settle.

    To be called within the transaction that changed members, their groups, or rules.
    """
    for service in ledger.services:
        _refresh(ledger, service, members)
    settle(ledger)


def _refresh(ledger: Ledger, service: str, members: Collection[UUID] | None) -> None:
    life = ledger.life(service)
    key = (ledger.company.id, service, life.instance)
    ids = None if members is None else list(members)
    if ids is not None and len(ids) == 1:
        places, rows = _one(ledger, service, life.instance, ids[0])
    else:
        places, rows = _many(ledger, service, life.instance, ids)
    made: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    gone: list[UUID] = []
    seats: list[tuple[Any, ...]] = []
    for row in rows:
        wanted = None if row.has_left else row.rule
        if row.seat is not None:
            # A seat that a person gave stays until its member leaves.
            stays = not row.has_left and (row.seat_rule is None or wanted is not None)
            rule = row.seat_rule if row.seat_rule is None or not stays else wanted
            if rule != row.seat_rule or row.given_up is stays:
                seats.append((key[0], row.seat, rule, None if stays else ledger.at))
            if row.has_claim:
                gone.append(row.member)
        elif row.has_claim:
            by_person = row.claim_rule is None
            if row.has_left or (wanted is None and not by_person):
                gone.append(row.member)
                continue
            rule = None if by_person else wanted
            place = 0 if rule is None else places[rule]
            if (rule, place, row.pool) != (row.claim_rule, row.claim_place, row.claim_pool):
                changed.append((*key, row.member, row.pool, rule, place))
        elif wanted is not None:
            made.append((*key, row.member, row.pool, wanted, places[wanted], ledger.at))
    new_claims(made)
    _claims(changed)
    _seat_rules(seats)
    drop_claims(ledger, service, gone)
    if made or changed or gone or seats:
        unsettle(ledger, service)


Places = dict[UUID, int]
"""The place of each rule."""


def _many(
    ledger: Ledger, service: str, instance: int, ids: list[UUID] | None
) -> tuple[Places, list[_Row]]:
    """Read how members stand, or all, in a fixed number of statements for so many members."""
    ledger.ask()  # what was to be written later must be there to be read
    company = ledger.company
    mine: dict[str, Any] = {"company": company, "service": service, "instance": instance}
    places = dict(Rule.objects.filter(**mine).values_list("id", "place"))
    open_seats = _open_seats(company, service, instance)
    claims = _claims_of(company.id, service, instance)
    found: list[_Row] = []
    parts = [None] if ids is None else [ids[i : i + AT_ONCE] for i in range(0, len(ids), AT_ONCE)]
    for part in parts:
        people = _people(company, service, instance, has_rules=bool(places))
        seats_, claims_ = open_seats, claims
        if part is not None:
            named = Listed(part)
            people = people.filter(id__in=named)
            seats_ = seats_.filter(member_id__in=named)
            claims_ = claims_.filter(member_id__in=named)
        found += _rows(
            people.values_list(*_PERSON), seats_.values_list(*_SEAT), claims_.values_list(*_CLAIM)
        )
    return places, found


def _one(ledger: Ledger, service: str, instance: int, member: UUID) -> tuple[Places, list[_Row]]:
    """Read how one member stands, in one trip."""
    by: Values = {"company": ledger.company.id, "service": service, "instance": instance}
    rules, people, seats, claims = ledger.ask(
        _rules_asked(**by),
        *(asked(**by, member=member) for asked in (_person_asked, _seat_asked, _claim_asked)),
    )
    read = uuid_from
    return (
        {UUID(str(id_)): place for id_, place in rules},
        _rows(
            [(read(id_), left, read(rule), read(home)) for id_, left, rule, home in people],
            [(read(who), read(seat), read(rule), gone) for who, seat, rule, gone in seats],
            [(read(who), read(rule), place, read(pool)) for who, rule, place, pool in claims],
        ),
    )


_PERSON = ("id", "left_at", "rule", "home")
_SEAT = ("member_id", "id", "rule_id", "given_up_at")
_CLAIM = ("member_id", "rule_id", "rule_place", "pool_id")


def _people(
    company: Company, service: str, instance: int, *, has_rules: bool = True
) -> QuerySet[Member, Any]:
    rule: Any = Value(None, output_field=Rule._meta.get_field("id"))
    if has_rules:
        rule = Case(
            When(excluded(company, service, instance), then=None),
            default=ruled(company, service, instance),
        )
    people = Member.objects.filter(company=company)
    return people.annotate(rule=rule, home=home_pools(company)).order_by("id")


def _rows(people: Iterable[Any], seats: Iterable[Any], claims: Iterable[Any]) -> list[_Row]:
    """Put together how members stand: rows of ``_PERSON``, ``_SEAT`` and ``_CLAIM``."""
    held = {member: rest for member, *rest in seats}
    waiting = {member: rest for member, *rest in claims}
    found: list[_Row] = []
    for id_, left_at, rule, pool in people:
        seat, seat_rule, given_up_at = held.get(id_, (None, None, None))
        claim_rule, claim_place, claim_pool = waiting.get(id_, (None, 0, None))
        found.append(
            _Row(
                member=id_,
                has_left=left_at is not None,
                rule=rule,
                pool=pool,
                seat=seat,
                seat_rule=seat_rule,
                given_up=given_up_at is not None,
                has_claim=id_ in waiting,
                claim_rule=claim_rule,
                claim_place=claim_place,
                claim_pool=claim_pool,
            )
        )
    return found


# A directory brings its people one by one: for each of them, the SQL is not made anew.

_INSTANCE: Values = {
    "company": UUID("5e771176-0000-4000-8000-000000000001"),
    "service": "a service",
    "instance": 1_999_999_999,
}
_MEMBER: Values = {**_INSTANCE, "member": UUID("5e771176-0000-4000-8000-000000000002")}

_rules_asked = Compiled(
    lambda company, service, instance: Rule.objects.filter(
        company_id=company, service=service, instance=instance
    ).values_list("id", "place"),
    _INSTANCE,
)
_person_asked = Compiled(
    lambda company, service, instance, member: (
        _people(Company(id=company), service, instance).filter(id=member).values_list(*_PERSON)
    ),
    _MEMBER,
)
_seat_asked = Compiled(
    lambda company, service, instance, member: (
        _open_seats(Company(id=company), service, instance)
        .filter(member_id=member)
        .values_list(*_SEAT)
    ),
    _MEMBER,
)
_claim_asked = Compiled(
    lambda company, service, instance, member: (
        _claims_of(company, service, instance).filter(member_id=member).values_list(*_CLAIM)
    ),
    _MEMBER,
)


# Giving up and granting


def unsettle(ledger: Ledger, service: str) -> None:
    """Say that there is something to settle."""
    ledger.instance(service).is_settled = False


def settle(ledger: Ledger) -> None:
    """Give up what is given up, and grant what is wanted, as far as the phase and units let."""
    for service in ledger.services:
        if not ledger.instance(service).is_settled:
            _settle(ledger, service)


def _settle(ledger: Ledger, service: str) -> None:
    ledger.ask()  # what was to be written later must be there to be read
    look = at_present(ledger, service)
    if look.phase in ("active", "grace"):
        _give_up(ledger, service, look.instance)
        look = at_present(ledger, service)
    if look.phase == "active":
        _grant(ledger, service, look)
    _note(ledger, service)


def at_present(ledger: Ledger, service: str) -> Lifecycle:
    """Give a copy of the lifecycle, as it is once the ledger's instant is over."""
    look = ledger.life(service).copy()
    if look.at < ledger.at or look.instant is not None:
        look.advance(ledger.at)
    return look


def _give_up(ledger: Ledger, service: str, instance: int) -> None:
    seats = _open_seats(ledger.company, service, instance).filter(given_up_at__isnull=False)
    by_pool: dict[UUID, list[UUID]] = defaultdict(list)
    for seat, pool in seats.order_by("pool_id").values_list("id", "pool_id"):
        by_pool[pool].append(seat)
    for pool, given_up in by_pool.items():
        count = len(given_up)
        _append(ledger, service, lambda t: f.SeatsUnprotected(t, str(pool), count))  # noqa: B023 - at once
        for start in range(0, count, AT_ONCE):
            Seat.objects.filter(
                company=ledger.company, id__in=given_up[start : start + AT_ONCE]
            ).update(closed_seq=ledger.seq)


def _grant(ledger: Ledger, service: str, look: Lifecycle) -> None:
    claims = _claims_of(ledger.company.id, service, look.instance)
    for pool in sorted(look.pools):
        free = look.capacity.units.get(pool, 0) - look.pools[pool].seats
        if free <= 0:
            continue
        chosen = list(
            claims.filter(pool_id=UUID(pool))
            .order_by("rule_place", "since_at", "member_id")
            .values_list("member_id", "rule_id")[:free]
        )
        if not chosen:
            continue
        count = len(chosen)
        _append(ledger, service, lambda t: f.SeatsProtected(t, pool, count))  # noqa: B023 - at once
        same = (ledger.company.id, service, look.instance, UUID(pool), ledger.at, ledger.seq)
        new_seats([(*same, new_id(), member, i, rule) for i, (member, rule) in enumerate(chosen)])
        drop_claims(ledger, service, [member for member, _ in chosen])


def drop_claims(ledger: Ledger, service: str, members: Sequence[UUID]) -> None:
    """Let members wait no longer; to be called where some may."""
    if ledger.instance(service).is_settled:
        return
    claims = _claims_of(ledger.company.id, service, ledger.life(service).instance)
    for start in range(0, len(members), AT_ONCE):
        claims.filter(member_id__in=Listed(members[start : start + AT_ONCE])).delete()


def _append(ledger: Ledger, service: str, make: Any) -> None:
    for record in ledger.append(make, services=(service,)):
        if isinstance(record, r.SeatsRefused):
            raise RuntimeError(f"{record.count} seats were refused: {record.reason}")


def _note(ledger: Ledger, service: str) -> None:
    """Note whether somebody waits, and when time next may help."""
    instance = ledger.instance(service)
    look = at_present(ledger, service)
    key = (ledger.company.id, service, look.instance)
    waits = _claims_of(*key).exists()
    if not waits and look.phase not in ("active", "grace"):  # in these, none stays to be given up
        gives_up = _open_seats(ledger.company, service, look.instance)
        waits = gives_up.filter(given_up_at__isnull=False).exists()
    instance.is_settled = not waits
    instance.settle_at = None if instance.is_settled else next_units(look)
    Instance.objects.filter(company=ledger.company, id=instance.id).update(
        is_settled=instance.is_settled, settle_at=instance.settle_at
    )


def next_units(life: Lifecycle) -> int | None:
    """Give the next instant at which a pool has more units, by what is known now."""
    before = dict(life.capacity.units)
    for at, _, units in life.capacity.future(life.at):
        if any(units.get(pool, 0) > before.get(pool, 0) for pool in units):
            return at
        before = dict(units)
    return None


def _claims_of(company: UUID, service: str, instance: int) -> QuerySet[Claim]:
    return Claim.objects.filter(company_id=company, service=service, instance=instance)


def _open_seats(company: Company, service: str, instance: int) -> QuerySet[Seat]:
    return Seat.objects.filter(
        company=company, service=service, instance=instance, closed_seq__isnull=True
    )
