"""Automatic protection: the rules in their order, whom they leave out, and what a change brings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tenure.portal.console.frames import Desk, console, uuid_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.tables import Cell, as_table, instant
from tenure.services import identities, members, previews, protection, rosters
from tenure.services.errors import NotFound
from tenure.services.protection import RuleKind
from tenure.store.models import Claim, Exclusion, Group, Member, Seat, Source

KINDS = ("group", "source", "site", "company")
MOST = 200
"""So many exclusions are listed."""

AT_ONCE = 500
"""So many exclusions of a CSV file are named at a time."""


@require_safe
@of_company("console")
@console
def rules(desk: Desk) -> HttpResponse:
    """List the rules with what each brings, and the exclusions."""
    standing = desk.standing
    company = standing.company
    mine = _mine(desk)
    brings, waits = _brought(desk)
    named = rosters.rule_names(standing)
    taken = {(rule.kind, rule.target_id) for rule in named.values()}
    rows = Exclusion.objects.filter(**mine)
    shown = list(rows.order_by("kind", "-added_at")[:MOST])
    called = _called(desk, shown)
    all_groups = list(
        Group.objects.filter(company=company).order_by("name").values_list("id", "name")
    )
    sources = list(
        Source.objects.filter(company=company).order_by("name").values_list("id", "name")
    )
    return desk.page(
        "rules",
        "rules",
        rules=[(rule, brings.get(rule.id, 0), waits.get(rule.id, 0)) for rule in named.values()],
        by_hand=standing.seats - sum(brings.values()),
        waiting_by_hand=Claim.objects.filter(**mine, rule_id__isnull=True).count(),
        exclusions=[(each, called.get(each.target_id, "…")) for each in shown],
        more_exclusions=max(0, rows.count() - len(shown)),
        free_groups=[row for row in all_groups if ("group", row[0]) not in taken],
        all_groups=all_groups,
        free_sources=[row for row in sources if ("source", row[0]) not in taken],
        free_sites=[pool for pool in standing.pools if ("site", pool.id) not in taken]
        if standing.has_sites
        else [],
        is_company_free=("company", None) not in taken,
    )


def _mine(desk: Desk) -> dict[str, Any]:
    standing = desk.standing
    return {
        "company": standing.company,
        "service": standing.service,
        "instance": standing.life.instance,
    }


def _brought(desk: Desk) -> tuple[dict[UUID | None, int], dict[UUID | None, int]]:
    """Give how many members each rule protects, and how many wait by it."""
    seats = Seat.objects.filter(**_mine(desk), closed_seq__isnull=True, rule_id__isnull=False)
    claims = Claim.objects.filter(**_mine(desk), rule_id__isnull=False)
    return (
        dict(seats.values_list("rule_id").annotate(n=Count("*")).values_list("rule_id", "n")),
        dict(claims.values_list("rule_id").annotate(n=Count("*")).values_list("rule_id", "n")),
    )


def _called(desk: Desk, exclusions: Iterable[Exclusion]) -> dict[UUID, str]:
    """Name those who are left out."""
    company = desk.standing.company
    targets = [each.target_id for each in exclusions]
    called: dict[UUID, str] = {}
    for member in Member.objects.filter(company=company, id__in=targets):
        called[member.id] = f"{member.name} ({member.user})" if member.name else member.user
    called |= dict(Group.objects.filter(company=company, id__in=targets).values_list("id", "name"))
    return called


@require_safe
@of_company("console")
@console
def as_csv(desk: Desk) -> HttpResponseBase:
    """Give the rules in their order, and whom they leave out, as CSV."""
    brings, waits = _brought(desk)

    def rows() -> Iterator[list[Cell]]:
        for place, rule in enumerate(rosters.rule_names(desk.standing).values(), 1):
            counts = (brings.get(rule.id, 0), waits.get(rule.id, 0))
            yield ["rule", place, rule.kind, rule.name, *counts, None]
        out = Exclusion.objects.filter(**_mine(desk)).order_by("kind", "-added_at", "id")
        for start in range(0, out.count(), AT_ONCE):
            part = list(out[start : start + AT_ONCE])
            called = _called(desk, part)
            for each in part:
                name = called.get(each.target_id, "")
                yield ["left out", None, each.kind, name, None, None, instant(each.added_at)]

    heads = ("what", "place", "kind", "name", "protected", "waiting", "since")
    return as_table("rules", heads, rows())


@require_POST
@of_company("console", level="write")
@console
def change(desk: Desk) -> HttpResponse:
    """Show what a change of the rules would bring; with ``sure`` make it."""
    post = desk.request.POST
    what = post.get("do", "")
    if what in ("up", "down"):
        _move(desk, uuid_of(post.get("rule")), up=what == "up")
        return desk.to("console-rules")
    found = _change(desk, what)
    if found is None:
        return desk.to("console-rules")
    heading, doing, carried, done = found
    if post.get("sure"):
        desk.tried(doing, done)
        return desk.to("console-rules")
    would: list[previews.Preview] = []
    if not desk.tried(lambda: would.append(previews.preview(desk.standing, doing))):
        return desk.to("console-rules")
    return desk.page(
        "rule_preview",
        "rules",
        heading=heading,
        preview=would[0],
        carried=[("do", what), *carried],
        free=[(pool.name, pool.free) for pool in desk.standing.pools if pool.units or pool.seats],
    )


Change = tuple[str, Callable[[], object], list[tuple[str, str]], str]


def _change(desk: Desk, what: str) -> Change | None:
    post = desk.request.POST
    if what == "add":
        return _adding(desk, post.get("for", ""))
    if what in ("remove", "keep"):
        rule_id = uuid_of(post.get("rule"))
        rule = rosters.rule_names(desk.standing).get(rule_id or UUID(int=0))
        if rule is None:
            raise NotFound("there is no such rule")
        keep = what == "keep"
        name = rule_label(rule)
        return (
            _("Remove the rule “%(rule)s”?") % {"rule": name},
            lambda: protection.remove_rule(
                desk.company_id, desk.service, rule.id, keep=keep, **desk.with_it
            ),
            [("rule", str(rule.id))],
            _("The rule is removed."),
        )
    if what == "exclude":
        return _excluding(desk)
    if what == "include":
        exclusion = uuid_of(post.get("exclusion")) or UUID(int=0)
        return (
            _("Take the exclusion away?"),
            lambda: protection.include(desk.company_id, desk.service, [exclusion], **desk.with_it),
            [("exclusion", str(exclusion))],
            _("The rules hold again."),
        )
    messages.error(desk.request, _("Choose what is to be done."))
    return None


def _adding(desk: Desk, text: str) -> Change | None:
    kind, _colon, target = text.partition(":")
    if kind not in KINDS or (kind != "company" and uuid_of(target) is None):
        messages.error(desk.request, _("Choose who is to be protected."))
        return None
    chosen = None if kind == "company" else uuid_of(target)
    label = rule_label(rosters.RuleName(UUID(int=0), kind, chosen, _name_of(desk, kind, chosen), 0))
    return (
        _("Protect automatically: %(rule)s?") % {"rule": label},
        lambda: protection.add_rule(
            desk.company_id, desk.service, cast(RuleKind, kind), chosen, **desk.with_it
        ),
        [("for", text)],
        _("The rule holds."),
    )


def _name_of(desk: Desk, kind: str, target: UUID | None) -> str:
    company = desk.standing.company
    if target is None:
        return company.name
    for each, rows in (("group", Group.objects), ("source", Source.objects)):
        if kind == each:
            named = rows.filter(company=company, id=target).values_list("name", flat=True).first()
            if named is None:
                raise NotFound(f"there is no such {kind} in this company")
            return str(named)
    return desk.standing.pool_names.get(str(target), "")


def _excluding(desk: Desk) -> Change | None:
    post = desk.request.POST
    group = uuid_of(post.get("group"))
    if group is not None:
        return (
            _("Leave the group %(name)s out of all rules?")
            % {"name": _name_of(desk, "group", group)},
            lambda: protection.exclude(
                desk.company_id, desk.service, "group", [group], **desk.with_it
            ),
            [("group", str(group))],
            _("The group is left out of the rules."),
        )
    user = post.get("user", "")
    member = members.find(desk.standing.company, user) if identities.key(user) else None
    if member is None:
        messages.error(
            desk.request,
            _("Nobody is called %(user)s. Write an address or user name.") % {"user": user[:100]}
            if user.strip()
            else _("Write an address or user name, or choose a group."),
        )
        return None
    return (
        _("Leave %(name)s out of all rules?") % {"name": str(member)},
        lambda: protection.exclude(
            desk.company_id, desk.service, "member", [member.id], **desk.with_it
        ),
        [("user", member.user)],
        _("%(name)s is left out of the rules.") % {"name": str(member)},
    )


def rule_label(rule: rosters.RuleName) -> str:
    """Name a rule."""
    if rule.kind == "company":
        return _("everybody of the company")
    texts = {
        "group": _("the group %(name)s"),
        "source": _("the source %(name)s"),
        "site": _("the site %(name)s"),
    }
    return texts[rule.kind] % {"name": rule.name}


def _move(desk: Desk, rule: UUID | None, *, up: bool) -> None:
    order = [each.id for each in rosters.rule_names(desk.standing).values()]
    if rule not in order:
        raise NotFound("there is no such rule")
    here = order.index(rule)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(order):
        return
    order[here], order[there] = order[there], order[here]
    desk.tried(
        lambda: protection.order_rules(desk.company_id, desk.service, order, **desk.with_it),
        _("The order is changed: whoever waits does so in the new one."),
    )
