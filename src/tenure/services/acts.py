"""Acts: what somebody does to very many members at once, done part by part while they look on.

Whom it is done to is fixed when it is asked (``ask``). The engine does a part at a time (``work``):
what is done to its members, how far the act came, and the removal of the part from what is left
are one transaction, so that an engine that is killed doubles nothing and another one goes on. Of
one company one act is under way, the others wait for it.

While the service is shut nothing is done: the act stops, as it does when somebody stops it
(``stop``), or when whoever asked may no longer do so; what was done stays done. The audit has
one entry for the whole of it, at its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from tenure.clock import Clock
from tenure.services import access, audit, groups, members, presence, protection, settling
from tenure.services.audit import Actor
from tenure.services.errors import EngineWaits, Forbidden, NotFound
from tenure.services.ledger import Ledger, clock_of, writing
from tenure.store.models import (
    Act,
    ActPart,
    Claim,
    Company,
    Group,
    GroupMember,
    Member,
    Person,
    Pool,
)
from tenure.store.queries.listed import Listed

PART = 2000
"""Members in one part, which is one transaction; up to so many need no act."""

SHOWN = 86_400
"""Seconds for which an act that is over is shown beside those under way."""

State, What = Act.State, Act.What
OPEN = (State.WAITING, State.RUNNING)

# What members came to.
DONE, WAITS, ALREADY, EXCLUDED, GONE = "done", "waits", "already", "excluded", "gone"

# Why an act ended before its end.
BY_PERSON, NO_TARGET, NO_RIGHT = "by_person", "no_target", "no_right"


# Asking and stopping


def ask(
    company_id: UUID,
    service: str,
    what: str,
    chosen: Sequence[UUID],
    *,
    by: Person | None,
    clock: Clock,
    who: str,
    target: UUID | None = None,
    pool: UUID | None = None,
    filter: str = "",
) -> Act:
    """Have something done to members; where that was asked already, the act that is under way.

    Raises ``Refused`` and ``NotFound`` as ``protection.want``, and ``NotFound`` for a site or group
    that there is not.
    """
    with writing(company_id, clock, who) as ledger:
        number = protection.open_instance(ledger, service)
        wanted: dict[str, Any] = {
            **{"company": ledger.company, "service": service, "instance": number},
            **{"what": what, "target_id": target, "pool_id": pool, "filter": filter},
            **{"asked_by": by, "total": len(chosen)},
        }
        if not _has_target(ledger.company, what, target):
            raise NotFound("there is no such site or group in this company")
        asked = set(chosen)
        for same in Act.objects.filter(**wanted, state__in=OPEN):
            if _left(same) <= asked:
                return same
        act = Act.objects.create(
            **wanted, who=who, actor=_said(audit.current()), asked_at=ledger.at
        )
        ids = _in_order(act, list(chosen))
        ActPart.objects.bulk_create(
            ActPart(
                company=ledger.company,
                act_id=act.id,
                number=start // PART,
                members=[str(each) for each in ids[start : start + PART]],
            )
            for start in range(0, len(ids), PART)
        )
        return act


def _in_order(act: Act, ids: list[UUID]) -> list[UUID]:
    """Put those who wait first where protection is taken back or they leave.

    Else the units that the first part frees would be theirs until their own part comes.
    """
    if act.what not in (What.UNPROTECT, What.LEAVE):
        return ids
    claims = Claim.objects.filter(
        company_id=act.company_id, service=act.service, instance=act.instance
    )
    waiting = set(claims.values_list("member_id", flat=True))
    return sorted(ids, key=lambda each: each not in waiting)


def stop(company_id: UUID, act_id: UUID, *, clock: Clock, who: str) -> Act:
    """Do no more of an act; what is done stays done. One that is over stays as it is.

    Raises ``NotFound`` for an act that there is not.
    """
    with writing(company_id, clock, who) as ledger:
        act = find(ledger.company, act_id)
        if act.state in OPEN:
            _end(act, State.STOPPED, ledger.at, BY_PERSON)
            audit.record(
                "act.stopped",
                company=ledger.company,
                object=f"act:{act.id}",
                new={"members": act.done, "of": act.total},
            )
        return act


# Looking


def find(company: Company, act_id: UUID) -> Act:
    """Give an act. Raises ``NotFound``."""
    act = Act.objects.filter(company=company, id=act_id).select_related("asked_by").first()
    if act is None:
        raise NotFound("there is no such act")
    return act


def shown(
    company: Company, service: str, instance: int, pool: UUID | None, *, now: int
) -> list[Act]:
    """Give the acts to show beside the list, those under way first, in the order of their turns.

    ``pool``: the site that is looked at by itself. What is over is shown for a day.
    """
    mine = Act.objects.filter(company=company, service=service, instance=instance)
    if pool is not None:
        mine = mine.filter(pool_id=pool)
    recent = mine.filter(asked_at__gt=now - 30 * SHOWN).defer("actor").order_by("asked_at", "id")
    rows = list(recent)
    under_way = [act for act in rows if act.state in OPEN]
    over = [act for act in rows if act.ended_at is not None and act.ended_at > now - SHOWN]
    return [*under_way, *reversed(over[-3:])]


def is_next(act: Act) -> bool:
    """Whether no other act of the company comes before this one."""
    first = under_way().filter(company_id=act.company_id).order_by("asked_at", "id").first()
    return first is None or first.id == act.id


# Working


def under_way() -> QuerySet[Act]:
    """Give the acts that are not over."""
    return Act.objects.filter(state__in=OPEN)


def next_of_each() -> list[tuple[UUID, UUID]]:
    """Give the company and id of the act whose turn it is, of each company that has one.

    The one of which least is done comes first: where a part takes long, each has its turn still.
    """
    found: dict[UUID, tuple[int, UUID]] = {}
    rows = under_way().order_by("asked_at", "id").values_list("company_id", "id", "done")
    for company, act, done in rows:
        found.setdefault(company, (done, act))
    order = sorted(found.items(), key=lambda each: each[1][0])
    return [(company, act) for company, (_, act) in order]


def work(company_id: UUID, act_id: UUID, *, clock: Clock) -> bool:
    """Do the next part of an act; give whether there is more of it to do."""
    act = under_way().filter(company_id=company_id, id=act_id).first()
    if act is None:
        return False
    try:
        with audit.acting(_actor(act)), writing(company_id, clock, act.who) as ledger:
            return _work(ledger, act_id)
    except (EngineWaits, InterfaceError, OperationalError):
        raise  # nobody is to blame for a lost connection or a full disk: it is tried again
    except Exception as error:
        with transaction.atomic(), audit.acting(_actor(act)):
            company = Company.objects.select_for_update().filter(pk=company_id).first()
            left = under_way().filter(company_id=company_id, id=act_id).first()
            if company is not None and left is not None:
                at = max(clock_of(company, clock).now(), company.last_at or 0)
                _end(left, State.FAILED, at, type(error).__name__)
        return False


def _work(ledger: Ledger, act_id: UUID) -> bool:
    act = under_way().filter(company=ledger.company, id=act_id).first()
    if act is None:
        return False  # it was stopped meanwhile
    if reason := _stands_against(ledger, act):
        _end(act, State.STOPPED, ledger.at, reason)
        return False
    parts = _parts(act).order_by("number")
    part = parts.first()
    ids = [] if part is None else [UUID(each) for each in part.members]
    outcome = Counter(act.outcome)
    if part is not None:
        outcome.update(_DOING[act.what](ledger, act, ids))
        parts.filter(number=part.number).delete()
    _change(
        act,
        state=State.RUNNING,
        began_at=ledger.at if act.began_at is None else act.began_at,
        done=act.done + len(ids),
        outcome={name: count for name, count in outcome.items() if count},
    )
    if part is not None and act.done < act.total:
        return True
    _end(act, State.DONE, ledger.at)
    return False


def _stands_against(ledger: Ledger, act: Act) -> str:
    """Give the code of why an act cannot go on; empty where it can."""
    if act.service not in ledger.services:
        return "deleted"
    look = settling.at_present(ledger, act.service)
    if look.phase in ("suspended", "deleted"):
        return look.phase
    if look.instance != act.instance:
        return "deleted"
    if not _has_target(ledger.company, act.what, act.target_id):
        return NO_TARGET
    return "" if _may(ledger.company, act) else NO_RIGHT


def _may(company: Company, act: Act) -> bool:
    """Whether who asked may still do so. Of somebody who is no more nothing is known."""
    if act.asked_by is None:
        return True
    try:
        access.viewer(act.asked_by).require(company, "console", "write", act.pool_id)
    except (Forbidden, NotFound):
        return False
    return act.asked_by.is_active


def _has_target(company: Company, what: str, target: UUID | None) -> bool:
    if what == What.HOME and target is not None:
        return Pool.objects.filter(company=company, id=target, closed_at=None).exists()
    if what == What.GROUP:
        return Group.objects.filter(company=company, id=target or UUID(int=0)).exists()
    return True


def _parts(act: Act) -> QuerySet[ActPart]:
    return ActPart.objects.filter(company_id=act.company_id, act_id=act.id)


def _left(act: Act) -> set[UUID]:
    """Give those to whom it is still to be done."""
    parts = _parts(act).values_list("members", flat=True)
    return {UUID(each) for members in parts for each in members}


def _change(act: Act, **values: Any) -> None:
    # With a composite key, saving would write every column.
    for name, value in values.items():
        setattr(act, name, value)
    Act.objects.filter(company_id=act.company_id, id=act.id).update(**values)


def _end(act: Act, state: str, at: int, reason: str = "") -> None:
    """End an act, with the entry of the audit that tells what came of it."""
    actor = _actor(act)
    _parts(act).delete()
    _change(act, state=state, reason=reason[:100], ended_at=at, actor={})
    if act.what not in _ACTIONS or not act.done:
        return
    action, object_ = _ACTIONS[act.what]
    new: dict[str, Any] = {"members": act.done, **_told(act)}
    if act.done < act.total:
        new["of"] = act.total
    with audit.acting(actor):
        audit.record(
            action,
            company=act.company_id,
            object="" if object_ is None else f"{object_}:{act.target_id}",
            new=new,
        )


_ACTIONS: Mapping[str, tuple[str, str | None]] = {
    What.PROTECT: ("protection.wanted", None),
    What.UNPROTECT: ("protection.unwanted", None),
    What.HOME: ("member.home", None),
    What.GROUP: ("group.members", "group"),
}
"""What the audit calls each; that somebody left or came back it tells of each member."""


def _told(act: Act) -> dict[str, Any]:
    """Give what an entry says that is of this kind of act alone."""
    came: Mapping[str, int] = act.outcome
    if act.what == What.PROTECT:
        return {"waiting": came.get(WAITS, 0)}
    if act.what == What.UNPROTECT:
        return {"members": came.get(DONE, 0), "excluded": came.get(EXCLUDED, 0)}
    if act.what == What.HOME:
        return {"pool": None if act.target_id is None else str(act.target_id)}
    return {"added": came.get(DONE, 0), "removed": 0}


# What is done


def _protect(ledger: Ledger, act: Act, ids: list[UUID]) -> dict[str, int]:
    there = _known(ledger.company, ids, left_at__isnull=True)
    outcome = protection.append_wanted(ledger, act.service, there, is_part=True)
    return {
        DONE: outcome.done,
        WAITS: outcome.waiting,
        ALREADY: outcome.already,
        GONE: len(ids) - len(there),
    }


def _unprotect(ledger: Ledger, act: Act, ids: list[UUID]) -> dict[str, int]:
    there = _known(ledger.company, ids)
    outcome = protection.append_unwanted(ledger, act.service, there, is_part=True)
    return {
        DONE: outcome.done,
        ALREADY: outcome.already,
        EXCLUDED: outcome.excluded,
        GONE: len(ids) - len(there),
    }


def _leave(ledger: Ledger, act: Act, ids: list[UUID]) -> dict[str, int]:
    there = _known(ledger.company, ids)
    new = _known(ledger.company, there, left_at__isnull=True)
    presence.append_left(ledger, new)
    return {DONE: len(new), ALREADY: len(there) - len(new), GONE: len(ids) - len(there)}


def _come_back(ledger: Ledger, act: Act, ids: list[UUID]) -> dict[str, int]:
    there = _known(ledger.company, ids)
    new = _known(ledger.company, there, left_at__isnull=False)
    presence.append_back(ledger, new)
    return {DONE: len(new), ALREADY: len(there) - len(new), GONE: len(ids) - len(there)}


def _home(ledger: Ledger, act: Act, ids: list[UUID]) -> dict[str, int]:
    there = _known(ledger.company, ids)
    members.append_home(ledger, there, act.target_id, is_part=True)
    return {DONE: len(there), GONE: len(ids) - len(there)}


def _into_group(ledger: Ledger, act: Act, ids: list[UUID]) -> dict[str, int]:
    there = _known(ledger.company, ids)
    group = groups.find(ledger.company, act.target_id or UUID(int=0))
    in_it = GroupMember.objects.filter(company=ledger.company, group_id=group.id)
    already = in_it.filter(member_id__in=there).count()
    groups.append_members(ledger, group, add=there, is_part=True)
    return {DONE: len(there) - already, ALREADY: already, GONE: len(ids) - len(there)}


_DOING: Mapping[str, Callable[[Ledger, Act, list[UUID]], dict[str, int]]] = {
    What.PROTECT: _protect,
    What.UNPROTECT: _unprotect,
    What.LEAVE: _leave,
    What.BACK: _come_back,
    What.HOME: _home,
    What.GROUP: _into_group,
}


def _known(company: Company, ids: list[UUID], **more: Any) -> list[UUID]:
    """Give those of these members that there are, in their order."""
    rows = Member.objects.filter(company=company, id__in=Listed(ids), **more)
    found = set(rows.values_list("id", flat=True))
    return [each for each in ids if each in found]


# Who asked


def _said(actor: Actor) -> dict[str, str]:
    return {"door": actor.door, **actor.personal()}


def _actor(act: Act) -> Actor:
    said: dict[str, str] = dict(act.actor)
    return Actor(
        said.get("door", "engine"),
        person=UUID(said["person"]) if "person" in said else None,
        address=said.get("address", ""),
        ip=said.get("ip", ""),
        account=UUID(said["account"]) if "account" in said else None,
        behalf=said.get("behalf", ""),
    )
