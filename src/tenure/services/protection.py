"""Who is to be protected: what people ask for by name, and the rules that ask for the rest.

``seats.protect`` grants as a whole or not at all. Here whoever finds no free unit waits for one
(``settling``), so that nobody needs to ask twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db.models import QuerySet

from tenure.clock import Clock
from tenure.services import audit, presence, settling
from tenure.services.companies import see_open
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import Ledger, writing
from tenure.store.models import (
    Claim,
    Exclusion,
    Group,
    Member,
    Pool,
    Rule,
    Seat,
    Source,
)
from tenure.store.queries.listed import Listed

RuleKind = Literal["group", "source", "site", "company"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking for members to be protected, or not to be.

    ``already`` had what was asked for; ``excluded`` are kept out of the rules from now on,
    because a rule would have protected them again at once.
    """

    done: int
    waiting: int = 0
    already: int = 0
    excluded: int = 0


def want(
    company_id: UUID, service: str, members: Sequence[UUID], *, clock: Clock, who: str
) -> Outcome:
    """Protect members, each from the pool that they draw from; who finds no unit waits.

    Raises ``Refused`` (``suspended``) while the company is suspended or deleted, ``NotFound`` for
    a member that there is not or who has left.
    """
    with writing(company_id, clock, who) as ledger:
        return append_wanted(ledger, service, members)


def append_wanted(
    ledger: Ledger, service: str, members: Sequence[UUID], *, is_part: bool = False
) -> Outcome:
    """Protect members within a transaction, as ``want`` does.

    ``is_part``: these are a part of an act that is recorded as a whole.
    """
    look = open_instance(ledger, service)
    wanted = list(dict.fromkeys(members))
    mine = {"company": ledger.company, "service": service, "instance": look}
    homes: dict[UUID, UUID] = {}
    seats: dict[UUID, tuple[UUID | None, int | None]] = {}
    claims: dict[UUID, UUID | None] = {}
    for part in _parts(wanted):
        ids = Listed(part)
        people = Member.objects.filter(company=ledger.company, id__in=ids, left_at__isnull=True)
        homes |= dict(people.values_list("id", settling.home_pools(ledger.company)))
        open_ = Seat.objects.filter(**mine, closed_seq__isnull=True, member_id__in=ids)
        for member, rule, given_up in open_.values_list("member_id", "rule_id", "given_up_at"):
            seats[member] = (rule, given_up)
        waiting = Claim.objects.filter(**mine, member_id__in=ids)
        claims |= dict(waiting.values_list("member_id", "rule_id"))
    if len(homes) < len(wanted):
        raise NotFound("there is no such member in this company")
    taken = [member for member in wanted if seats.get(member, (None, None)) != (None, None)]
    new = [member for member in wanted if member not in seats and claims.get(member, 0) is not None]
    for part in _parts(taken):
        Seat.objects.filter(**mine, closed_seq__isnull=True, member_id__in=Listed(part)).update(
            rule_id=None, given_up_at=None
        )
    if new:
        settling.drop_claims(ledger, service, [member for member in new if member in claims])
        key = (ledger.company.id, service, look)
        settling.new_claims([(*key, member, homes[member], None, 0, ledger.at) for member in new])
        settling.unsettle(ledger, service)
        settling.settle(ledger)
    still = 0
    for part in _parts(new):
        still += Claim.objects.filter(**mine, member_id__in=Listed(part)).count()
    if (taken or new) and not is_part:
        audit.record(
            "protection.wanted",
            company=ledger.company,
            object=_one(wanted),
            new={"members": len(wanted), "waiting": still},
        )
    return Outcome(
        done=len(taken) + len(new) - still,
        waiting=still,
        already=len(wanted) - len(taken) - len(new),
    )


def unwant(
    company_id: UUID, service: str, members: Sequence[UUID], *, clock: Clock, who: str
) -> Outcome:
    """Protect members no longer; whom a rule would protect again is excluded from the rules.

    Raises as ``want`` does.
    """
    with writing(company_id, clock, who) as ledger:
        return append_unwanted(ledger, service, members)


def append_unwanted(
    ledger: Ledger, service: str, members: Sequence[UUID], *, is_part: bool = False
) -> Outcome:
    """Protect members no longer, within a transaction, as ``unwant`` does.

    ``is_part``: these are a part of an act that is recorded as a whole.
    """
    number = open_instance(ledger, service)
    wanted = list(dict.fromkeys(members))
    mine = {"company": ledger.company, "service": service, "instance": number}
    if sum(presence.of(ledger.company, part).count() for part in _parts(wanted)) < len(wanted):
        raise NotFound("there is no such member in this company")
    held: set[UUID] = set()
    ruled: list[UUID] = []
    for part in _parts(wanted):
        ids = Listed(part)
        seats = Seat.objects.filter(**mine, closed_seq__isnull=True, member_id__in=ids)
        claims = Claim.objects.filter(**mine, member_id__in=ids)
        held.update(seats.values_list("member_id", flat=True))
        held.update(claims.values_list("member_id", flat=True))
        ruled += settling.wanted_by_rules(ledger.company, service, number, part)
        seats.update(given_up_at=ledger.at)
        claims.delete()
    Exclusion.objects.bulk_create(
        Exclusion(**mine, kind="member", target_id=member, added_at=ledger.at) for member in ruled
    )
    settling.unsettle(ledger, service)
    settling.settle(ledger)
    if (held or ruled) and not is_part:
        audit.record(
            "protection.unwanted",
            company=ledger.company,
            object=_one(wanted),
            new={"members": len(held), "excluded": len(ruled)},
        )
    return Outcome(done=len(held), already=len(wanted) - len(held), excluded=len(ruled))


# Rules


def add_rule(
    company_id: UUID,
    service: str,
    kind: RuleKind,
    target: UUID | None,
    *,
    clock: Clock,
    who: str,
) -> Rule:
    """Protect everybody of a group, source, site or the company, now and in future.

    It comes after the rules that there are. Raises ``NotFound`` for a target that there is not,
    ``Refused`` (``rule_exists``, and as ``want`` does).
    """
    with writing(company_id, clock, who) as ledger:
        number = open_instance(ledger, service)
        _check_target(ledger, kind, target)
        rules = _rules(ledger, service, number)
        if rules.filter(kind=kind, target_id=target).exists():
            raise Refused("there is such a rule already", code="rule_exists")
        last = rules.order_by("-place").values_list("place", flat=True).first() or 0
        rule = Rule.objects.create(
            company=ledger.company,
            service=service,
            instance=number,
            place=last + 1,
            kind=kind,
            target_id=target,
            added_at=ledger.at,
        )
        audit.record(
            "rule.added", company=ledger.company, object=f"rule:{rule.id}", new=_said(rule)
        )
        settling.refresh(ledger)
        return rule


def remove_rule(
    company_id: UUID, service: str, rule_id: UUID, *, clock: Clock, who: str, keep: bool = False
) -> Outcome:
    """Take a rule away; whom no other rule wants loses the seat, unless it is to be kept.

    ``keep``: its members stay protected, as if a person had named them.
    """
    with writing(company_id, clock, who) as ledger:
        number = open_instance(ledger, service)
        rule = _rule(ledger, service, number, rule_id)
        seats = Seat.objects.filter(
            company=ledger.company,
            service=service,
            instance=number,
            rule_id=rule.id,
            closed_seq__isnull=True,
        )
        count = seats.count()
        if keep:
            seats.update(rule_id=None)
        _rules(ledger, service, number).filter(id=rule.id).delete()
        audit.record(
            "rule.removed",
            company=ledger.company,
            object=f"rule:{rule.id}",
            old=_said(rule),
            new={"kept": count} if keep else None,
        )
        settling.refresh(ledger)
        return Outcome(done=count)


def order_rules(
    company_id: UUID, service: str, rules: Sequence[UUID], *, clock: Clock, who: str
) -> None:
    """Put the rules into another order; whoever waits does so in the new one.

    Raises ``Refused`` (``other_rules``) where these are not the rules that there are.
    """
    with writing(company_id, clock, who) as ledger:
        number = open_instance(ledger, service)
        present = list(_rules(ledger, service, number).order_by("place"))
        if {rule.id for rule in present} != set(rules) or len(present) != len(rules):
            raise Refused("the rules have changed meanwhile; look again", code="other_rules")
        for place, rule in enumerate(rules, 1):
            _rules(ledger, service, number).filter(id=rule).update(place=place)
        audit.record(
            "rule.ordered",
            company=ledger.company,
            old={"order": [str(rule.id) for rule in present]},
            new={"order": [str(rule) for rule in rules]},
        )
        settling.refresh(ledger)


def exclude(
    company_id: UUID,
    service: str,
    kind: Literal["member", "group"],
    targets: Sequence[UUID],
    *,
    clock: Clock,
    who: str,
) -> None:
    """Keep members, or everybody of groups, out of all rules; a person can still protect them."""
    with writing(company_id, clock, who) as ledger:
        number = open_instance(ledger, service)
        model = Member if kind == "member" else Group
        known = model._default_manager.filter(company=ledger.company, id__in=targets)
        if known.count() < len(set(targets)):
            raise NotFound(f"there is no such {kind} in this company")
        mine = {"company": ledger.company, "service": service, "instance": number, "kind": kind}
        present = set(
            Exclusion.objects.filter(**mine, target_id__in=targets).values_list(
                "target_id", flat=True
            )
        )
        new = [target for target in dict.fromkeys(targets) if target not in present]
        Exclusion.objects.bulk_create(
            Exclusion(**mine, target_id=target, added_at=ledger.at) for target in new
        )
        for target in new:
            audit.record("exclusion.added", company=ledger.company, object=f"{kind}:{target}")
        settling.refresh(ledger)


def include(
    company_id: UUID, service: str, exclusions: Sequence[UUID], *, clock: Clock, who: str
) -> None:
    """Take exclusions away: the rules hold for these again."""
    with writing(company_id, clock, who) as ledger:
        number = open_instance(ledger, service)
        rows = Exclusion.objects.filter(
            company=ledger.company, service=service, instance=number, id__in=exclusions
        )
        for kind, target in rows.values_list("kind", "target_id"):
            audit.record("exclusion.removed", company=ledger.company, object=f"{kind}:{target}")
        rows.delete()
        settling.refresh(ledger)


def open_instance(ledger: Ledger, service: str) -> int:
    """Give the number of the instance. Raises ``Refused`` while it is shut."""
    look = settling.at_present(ledger, service)
    if look.phase in ("suspended", "deleted"):
        raise Refused(
            "the company is suspended: nothing is changed until a licence restores it",
            code=look.phase,
        )
    return look.instance


def _check_target(ledger: Ledger, kind: RuleKind, target: UUID | None) -> None:
    if kind == "company":
        if target is not None:
            raise Refused("a rule for the company names nothing else", code="target")
        return
    models = {"group": Group, "source": Source, "site": Pool}
    found = models[kind]._default_manager.filter(company=ledger.company, id=target)
    if target is None or not found.exists():
        raise NotFound(f"there is no such {kind} in this company")
    see_open(ledger.company, [target] if kind == "site" else [])


def _rules(ledger: Ledger, service: str, instance: int) -> QuerySet[Rule]:
    return Rule.objects.filter(company=ledger.company, service=service, instance=instance)


def _rule(ledger: Ledger, service: str, instance: int, rule_id: UUID) -> Rule:
    rule = _rules(ledger, service, instance).filter(id=rule_id).first()
    if rule is None:
        raise NotFound("there is no such rule")
    return rule


def _said(rule: Rule) -> dict[str, object]:
    return {"kind": rule.kind, "target": None if rule.target_id is None else str(rule.target_id)}


def _one(members: Sequence[UUID]) -> str:
    return f"member:{members[0]}" if len(members) == 1 else ""


def _parts(members: Sequence[UUID]) -> list[Sequence[UUID]]:
    step = settling.AT_ONCE
    return [members[i : i + step] for i in range(0, len(members), step)]
