"""Groups and sources: who is in them, from which site they draw, and who is not clear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenure.portal.console.frames import Desk, console, uuid_of
from tenure.portal.console.lists import chosen, lines
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import CLOCK, page_number
from tenure.portal.shared.tables import Cell, as_table, instant
from tenure.services import audit, groups, identities, rosters, settling
from tenure.services.companies import see_open
from tenure.services.errors import NotFound, Refused
from tenure.services.histories import Page
from tenure.services.ledger import Ledger, writing
from tenure.store.models import Group, GroupMember, Identity, Member, Source
from tenure.words.names import clean

PAGE = 100
"""Groups on a page."""

SUGGESTED = 20
"""So many members a search offers."""


@require_safe
@of_company("console")
@console
def all_groups(desk: Desk) -> HttpResponse:
    """List groups and sources with how many they have."""
    company = desk.standing.company
    search, rows = _searched(desk)
    where = Page.of(page_number(desk.request), rows.count(), PAGE)
    first = where.first(PAGE)
    shown = list(rows.order_by("name", "id")[first : first + PAGE])
    counts = _counted(
        GroupMember.objects.filter(company=company, group_id__in=[row.id for row in shown]),
        "group_id",
    )
    sources = list(Source.objects.filter(company=company).order_by("name"))
    of_source = _counted(
        Member.objects.filter(company=company, source_id__in=[row.id for row in sources]),
        "source_id",
    )
    by_rule = {rule.target_id: rule for rule in rosters.rule_names(desk.standing).values()}
    named = {row.id: row.name for row in sources}
    pools = {pool.id: pool.name for pool in desk.standing.pools}
    return desk.page(
        "groups",
        "groups",
        search=search,
        asked=desk.request.GET.urlencode(),
        page=where,
        groups=[
            (
                row,
                counts.get(row.id, 0),
                named.get(row.source_id, "") if row.source_id else "",
                pools.get(row.pool_id, "") if row.pool_id else "",
                row.id in by_rule,
            )
            for row in shown
        ],
        sources=[
            (
                row,
                of_source.get(row.id, 0),
                pools.get(row.pool_id, "") if row.pool_id else "",
                row.id in by_rule,
            )
            for row in sources
        ],
        clashes=Identity.objects.filter(company=company).exclude(clash="").count(),
    )


def _searched(desk: Desk) -> tuple[str, QuerySet[Group]]:
    """Give what is searched for, and the groups of which it is a part of the name."""
    search = desk.request.GET.get("q", "")[:200].strip()
    rows = Group.objects.filter(company=desk.standing.company)
    return search, rows.filter(name__icontains=search) if search else rows


@require_safe
@of_company("console")
@console
def as_csv(desk: Desk) -> HttpResponseBase:
    """Give the groups that the search finds, and the sources, as CSV."""
    company = desk.standing.company
    sources = list(Source.objects.filter(company=company).order_by("name"))
    named = {row.id: row.name for row in sources}
    pools = {pool.id: pool.name for pool in desk.standing.pools}
    ruled = {rule.target_id for rule in rosters.rule_names(desk.standing).values()}
    counts = _counted(GroupMember.objects.filter(company=company), "group_id")
    of_source = _counted(Member.objects.filter(company=company), "source_id")

    def rows() -> Iterator[list[Cell]]:
        _search, found = _searched(desk)
        for row in found.order_by("name", "id").iterator(chunk_size=2000):
            source = "" if row.source_id is None else named.get(row.source_id, "")
            yield [*("group", row.name, source, counts.get(row.id, 0)), *more(row)]
        for each in sources:
            yield [*("source", each.name, each.kind, of_source.get(each.id, 0)), *more(each)]

    def more(row: Group | Source) -> list[Cell]:
        home = "" if row.pool_id is None else pools.get(row.pool_id, "")
        return [home, "yes" if row.id in ruled else "no", instant(row.added_at)]

    return as_table("groups", ("what", "name", "from", "members", "site", "rule", "added"), rows())


def _counted(rows: QuerySet[Any], by: str) -> dict[UUID, int]:
    return dict(rows.values_list(by).annotate(n=Count("*")).values_list(by, "n"))


@require_POST
@of_company("console", level="write")
@console
def add_group(desk: Desk) -> HttpResponse:
    """Make a group by hand."""
    made: list[Group] = []
    name = desk.request.POST.get("name", "")[:200]
    if desk.tried(lambda: made.append(groups.add(desk.company_id, name, **desk.with_it))):
        messages.success(
            desk.request, _("There is a group %(name)s now.") % {"name": clean(made[0].name)}
        )
        return desk.to("console-group", made[0].id)
    return desk.to("console-groups")


@require_safe
@of_company("console")
@console
def group(desk: Desk, group_id: UUID) -> HttpResponse:
    """Show a group and who is in it."""
    company = desk.standing.company
    found = groups.find(company, group_id)
    in_it = GroupMember.objects.filter(company=company, group_id=group_id)
    where = Page.of(page_number(desk.request), in_it.count(), rosters.PAGE)
    first = where.first(rosters.PAGE)
    people = Member.objects.filter(company=company, id__in=in_it.values("member_id"))
    shown = list(people.order_by("user")[first : first + rosters.PAGE])
    search = desk.request.GET.get("q", "")[:200].strip()
    offered: list[Member] = []
    if search and found.source_id is None:
        others = Member.objects.filter(company=company, left_at__isnull=True)
        others = others.exclude(id__in=in_it.values("member_id"))
        offered = list(
            (
                others.filter(user__icontains=search) | others.filter(name__icontains=search)
            ).order_by("user")[:SUGGESTED]
        )
    return desk.page(
        "group",
        "groups",
        group=found,
        source=None
        if found.source_id is None
        else Source.objects.filter(company=company, id=found.source_id).first(),
        lines=lines(desk, rosters.rows_of(desk.standing, shown)),
        page=where,
        search=search,
        offered=offered,
        rule=next(
            (
                rule
                for rule in rosters.rule_names(desk.standing).values()
                if rule.target_id == found.id
            ),
            None,
        ),
    )


@require_POST
@of_company("console", level="write")
@console
def change_group(desk: Desk, group_id: UUID) -> HttpResponse:
    """Rename a group, say its home, put members in or take them out, or remove it."""
    post = desk.request.POST
    found = groups.find(desk.standing.company, group_id)
    what = post.get("do", "")

    def within(doing: Callable[[Ledger, Group], object]) -> Callable[[], object]:
        def done() -> None:
            with writing(desk.company_id, CLOCK, desk.with_it["who"]) as ledger:
                row = groups.find(ledger.company, group_id)
                if row.source_id is not None and what != "home":
                    raise Refused("this group is its directory's to change", code="of_a_directory")
                doing(ledger, row)

        return done

    if what == "remove":
        if not post.get("sure"):
            return desk.page(
                "remove_group",
                "groups",
                group=found,
                count=len(groups.members_of(desk.standing.company, group_id)),
                rule=next(
                    (
                        rule
                        for rule in rosters.rule_names(desk.standing).values()
                        if rule.target_id == found.id
                    ),
                    None,
                ),
            )
        text = _("The group %(name)s is removed.") % {"name": clean(found.name)}
        desk.tried(within(groups.append_removed), text)
        return desk.to("console-groups")
    if what == "rename":
        name = post.get("name", "")[:200]
        desk.tried(
            within(
                lambda ledger, row: groups.append_renamed(
                    ledger, row, name, external_id=row.external_id
                )
            ),
            _("Saved."),
        )
    elif what == "home":
        pool = uuid_of(post.get("home"))
        _check_pool(desk, pool)
        desk.tried(within(lambda ledger, row: groups.append_home(ledger, row, pool)), _("Saved."))
    elif what in ("in", "out"):
        ids = chosen(desk)
        if not ids:
            messages.error(desk.request, _("Nobody was chosen. Tick members first."))
        elif what == "in":
            desk.tried(
                within(lambda ledger, row: groups.append_members(ledger, row, add=ids)),
                _("They are in the group now."),
            )
        else:
            desk.tried(
                within(lambda ledger, row: groups.append_members(ledger, row, remove=ids)),
                _("They are out of the group."),
            )
    return desk.to("console-group", group_id)


def _check_pool(desk: Desk, pool: UUID | None) -> None:
    if pool is not None and pool not in {each.id for each in desk.standing.pools}:
        raise NotFound("there is no such site in this company")


@require_POST
@of_company("console", level="write")
@console
def change_source(desk: Desk, source_id: UUID) -> HttpResponse:
    """Say from which site the members of a source draw, who have no other home."""
    pool = uuid_of(desk.request.POST.get("home"))
    _check_pool(desk, pool)

    def doing() -> None:
        with writing(desk.company_id, CLOCK, desk.with_it["who"]) as ledger:
            rows = Source.objects.filter(company=ledger.company, id=source_id)
            old = rows.first()
            if old is None:
                raise NotFound("there is no such source in this company")
            see_open(ledger.company, [] if pool is None else [pool])
            rows.update(pool_id=pool)
            audit.record(
                "source.home",
                company=ledger.company,
                object=f"source:{source_id}",
                old={"pool": None if old.pool_id is None else str(old.pool_id)},
                new={"pool": None if pool is None else str(pool)},
            )
            mine = Member.objects.filter(company=ledger.company, source_id=source_id)
            settling.refresh(ledger, list(mine.values_list("id", flat=True)))

    desk.tried(doing, _("Saved."))
    return desk.to("console-groups")


# Who is who


@require_http_methods(["GET", "HEAD", "POST"])
@of_company("console")
@console
def clashes(desk: Desk) -> HttpResponse:
    """Show whom directories name without its being clear who they are, and settle it."""
    company = desk.standing.company
    if desk.request.method == "POST":
        if not desk.may_write:
            messages.error(desk.request, _("You may look at this, and not change it."))
            return desk.to("console-clashes")
        identity, who = uuid_of(desk.request.POST.get("identity")), desk.request.POST.get("is", "")

        def doing() -> None:
            with writing(desk.company_id, CLOCK, desk.with_it["who"]) as ledger:
                identities.append_resolved(
                    ledger,
                    identity or UUID(int=0),
                    None if who == "new" else uuid_of(who) or UUID(int=0),
                )

        desk.tried(doing, _("Settled."))
        return desk.to("console-clashes")
    rows = Identity.objects.filter(company=company).exclude(clash="")
    where = Page.of(page_number(desk.request), rows.count(), PAGE)
    first = where.first(PAGE)
    shown = list(rows.order_by("source_id", "user_key")[first : first + PAGE])
    wanted = {uuid_of(each) for row in shown for each in row.clash_with}
    people = {
        member.id: member
        for member in Member.objects.filter(
            company=company, id__in=[each for each in wanted if each is not None]
        )
    }
    named = dict(Source.objects.filter(company=company).values_list("id", "name"))
    return desk.page(
        "clashes",
        "groups",
        page=where,
        rows=[
            (
                row,
                named.get(row.source_id, ""),
                [
                    people[id_]
                    for each in row.clash_with
                    if (id_ := uuid_of(each)) is not None and id_ in people
                ],
            )
            for row in shown
        ],
    )
