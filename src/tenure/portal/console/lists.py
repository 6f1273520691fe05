"""The list of members: filters, columns, what is done to many at once, and the same as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tenure.portal.console import acts as large
from tenure.portal.console.frames import Desk, console, uuid_of
from tenure.portal.shared.addresses import reader_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import language, page_number
from tenure.portal.shared.tables import Cell, as_table, instant
from tenure.services import acts, answers, groups, members, previews, protection, rosters
from tenure.services.ledger import writing
from tenure.services.member_filters import ORDERS, SHOWN, MemberFilter, Membership
from tenure.services.protection import Outcome
from tenure.services.rosters import MemberRow
from tenure.store.models import Exclusion, Group, Member, Source
from tenure.words import dates
from tenure.words.names import clean
from tenure.words.statuses import word

COLUMNS = ("why", "site", "groups", "source", "seen", "added")
"""The columns that a person may have or not; who it is and the status are always there."""

USUAL = ("why", "site", "groups")

UNSEEN = (30, 60, 90, 180, 365)
"""Days that are offered."""

LONGEST_UNSEEN = 3650
AT_ONCE = 1000
"""So many lines of a CSV file are made at a time."""


def filter_of(values: QueryDict, desk: Desk) -> MemberFilter:
    """Read a filter from an address; what makes no sense is left out. A site sees itself alone."""
    shown, order = values.get("show", ""), values.get("sort", "user")
    unseen = values.get("unseen", "")
    days = int(unseen) if unseen.isascii() and unseen.isdigit() and len(unseen) < 5 else 0
    return MemberFilter(
        shown=shown if shown in SHOWN else "",
        search=values.get("q", "")[:200],
        source=None if desk.pool else uuid_of(values.get("source")),
        group=None if desk.pool else uuid_of(values.get("group")),
        pool=desk.pool.id if desk.pool else uuid_of(values.get("site")),
        unseen=min(days, LONGEST_UNSEEN),
        order=order if order in ORDERS else "user",
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list, with what is said beside its status."""

    row: MemberRow
    why: str
    fully: str
    is_excluded: bool


@require_safe
@of_company("console")
@console
def roster(desk: Desk) -> HttpResponse:
    """List the members with how each stands, by any filter."""
    wanted = filter_of(desk.request.GET, desk)
    found = rosters.listed(desk.standing, wanted, page_number(desk.request))
    rows = list(_groups(desk))
    return desk.page(
        "members",
        "members",
        wanted=wanted,
        found=found,
        lines=lines(desk, found.rows),
        tabs=_tabs(found, wanted),
        columns=columns_of(desk.request),
        all_columns=_named_columns(),
        sources=_options(_sources(desk), wanted.source),
        groups=_options([row[:2] for row in rows], wanted.group),
        own_groups=_options([row[:2] for row in rows if row[2] is None][:200]),
        unseen_days=UNSEEN,
        is_narrowed=not wanted.is_plain
        if desk.pool is None
        else bool(wanted.search or wanted.unseen or wanted.shown),
        form_address=desk.address("console-act"),
        list_address=desk.address("console-list"),
        here=desk.address("console"),
        asked=desk.request.GET.urlencode(),
        acts=large.shown_beside(desk),
    )


def _options(rows: Iterable[tuple[UUID, str]], chosen: UUID | None = None) -> SafeString:
    """Write the choices of a field; there can be hundreds, and a template takes long over them."""
    return mark_safe(  # noqa: S308 - an id is an id, and the name is escaped
        "".join(
            f'<option value="{id_}"{" selected" if id_ == chosen else ""}>{escape(clean(name))}'
            "</option>"
            for id_, name in rows
        )
    )


def _groups(desk: Desk) -> Any:
    if desk.pool is not None:
        return []
    rows = Group.objects.filter(company=desk.standing.company).order_by("name")
    return rows.values_list("id", "name", "source_id")


def _sources(desk: Desk) -> Any:
    if desk.pool is not None:
        return []
    rows = Source.objects.filter(company=desk.standing.company).order_by("name")
    return rows.values_list("id", "name")


def _tabs(found: rosters.Listed, wanted: MemberFilter) -> list[tuple[str, str, int | None]]:
    """Name what can be shown; with numbers where these are of the whole company."""
    names = {"": _("All"), "left": _("Left")}
    shown = [
        *("", "pending", "warning", "unprotected", "auto_protected", "protected"),
        "left",
    ]
    counts = found.counts if wanted.is_plain else None
    return [
        (
            each,
            names.get(each) or word("member", each, language()),
            None if counts is None else counts.of(cast(Any, each)),
        )
        for each in shown
    ]


def lines(desk: Desk, rows: Sequence[MemberRow], *, whole: bool = False) -> list[Line]:
    """Say beside each status why it is so; ``whole``: also in full sentences."""
    standing = desk.standing
    excluded = set(
        Exclusion.objects.filter(
            company=standing.company,
            service=standing.service,
            instance=standing.life.instance,
            kind="member",
            target_id__in=[row.member.id for row in rows],
        ).values_list("target_id", flat=True)
    )
    shorts: dict[int, str] = {}
    return [_line(desk, row, row.member.id in excluded, shorts, whole=whole) for row in rows]


def _line(
    desk: Desk, row: MemberRow, is_excluded: bool, shorts: dict[int, str], *, whole: bool
) -> Line:
    spoken, zone, now = language(), desk.standing.company.time_zone, desk.standing.now
    if row.member.left_at is not None:
        day = dates.day(row.member.left_at, zone, spoken, "short", now=now)
        why = fully = _("Left on %(day)s.") % {"day": day}
    elif row.claim is not None:
        day = dates.day(row.claim.since_at, zone, spoken, "short", now=now)
        if desk.standing.has_sites:
            text = _("Waits for a free unit of %(site)s since %(day)s.")
        else:
            text = _("Waits for a free unit since %(day)s.")
        why = fully = text % {"site": clean(row.pool), "day": day}
    else:
        # Members of one lot share their answer, and what it says: dates are slow to write.
        lot = id(row.check.answer)
        if lot not in shorts:
            shorts[lot] = answers.short(row.check, spoken)
        why = shorts[lot]
        fully = answers.sentence(row.check, spoken) if whole else why
    if row.rule is not None:
        by = rule_sentence(row.rule)
        why, fully = f"{why} {by}", f"{fully} {by}"
    elif is_excluded:
        why = f"{why} {_('Excluded from the rules.')}"
    return Line(row, why, fully, is_excluded)


def rule_sentence(rule: rosters.RuleName) -> str:
    """Say which rule wants a member."""
    texts = {
        "group": _("By the rule for the group %(name)s."),
        "source": _("By the rule for the source %(name)s."),
        "site": _("By the rule for the site %(name)s."),
        "company": _("By the rule for everybody."),
    }
    return texts[rule.kind] % {"name": clean(rule.name)}


# Columns


def columns_of(request: HttpRequest) -> tuple[str, ...]:
    """Give the columns that whoever looks has chosen."""
    viewer = reader_of(request)
    kept = None if viewer is None else viewer.person.columns.get("members")
    if not isinstance(kept, list):
        return USUAL
    return tuple(name for name in COLUMNS if name in kept)


def _named_columns() -> list[tuple[str, str]]:
    names = {
        "why": _("Why"),
        "site": _("Site"),
        "groups": _("Groups"),
        "source": _("Source"),
        "seen": _("Last seen"),
        "added": _("Member since"),
    }
    return [(name, names[name]) for name in COLUMNS]


@require_POST
@of_company("console")
@console
def columns(desk: Desk) -> HttpResponse:
    """Keep which columns whoever looks wants in this list, in every company."""
    viewer = reader_of(desk.request)
    if viewer is not None:
        asked = desk.request.POST.getlist("column")
        person = viewer.person
        person.columns = {**person.columns, "members": [c for c in COLUMNS if c in asked]}
        person.save(update_fields=["columns"])
    return _back(desk)


def _back(desk: Desk) -> HttpResponse:
    """Lead to the list with the filter from which the form came."""
    query = QueryDict(desk.request.POST.get("filter", "")[:2000]).urlencode()
    address = desk.address("console")
    return HttpResponseRedirect(f"{address}?{query}" if query else f"{address}{desk.query}")


# The list as CSV


@require_safe
@of_company("console")
@console
def as_csv(desk: Desk) -> HttpResponseBase:
    """Give all that the filter finds as CSV, a piece at a time."""
    wanted = filter_of(desk.request.GET, desk)
    heads = ("user", "name", "status", "why", "site", "group", "source", "added", "seen", "left")
    return as_table("members", heads, _rows(desk, wanted))


def _rows(desk: Desk, wanted: MemberFilter) -> Iterator[list[Cell]]:
    spoken = language()
    ask = Membership(desk.standing)
    # By id, so that each piece begins where the last one ended.
    people = ask.found(wanted).order_by("id")
    last: UUID | None = None
    while True:
        rows = people if last is None else people.filter(id__gt=last)
        part = list(rows[:AT_ONCE])
        if not part:
            return
        last = part[-1].id
        for line in lines(desk, rosters.rows_of(desk.standing, part), whole=True):
            row, member = line.row, line.row.member
            yield [
                *(member.user, member.name, word("member", row.status, spoken), line.fully),
                *(row.pool, groups.joined(row.groups), row.source),
                *map(instant, (member.added_at, member.seen_at, member.left_at)),
            ]


# Many at once


@require_POST
@of_company("console", level="write")
@console
def act(desk: Desk) -> HttpResponse:
    """Do something to those who were ticked, to the page, or to all that the filter finds.

    To very many the engine does it, and its page shows how far it is.
    """
    what = desk.request.POST.get("do", "")
    ids = chosen(desk)
    if not ids:
        messages.error(desk.request, _("Nobody was chosen. Tick members, or choose all of them."))
        return _back(desk)
    doing = {"protect": _protect, "unprotect": _unprotect, "leave": _leave, "back": _come_back}
    if desk.pool is None:
        doing |= {"home": _home, "group": _into_group}
    if what not in doing:
        messages.error(desk.request, _("Choose what is to be done."))
        return _back(desk)
    return doing[what](desk, ids) or _back(desk)


def chosen(desk: Desk) -> list[UUID]:
    """Give the members that a form names, all of whom are within reach of whoever sent it."""
    post = desk.request.POST
    ask = Membership(desk.standing)
    wanted = filter_of(QueryDict(post.get("filter", "")[:2000]), desk)
    if post.get("whom") == "all":
        return list(ask.found(wanted).values_list("id", flat=True))
    names = post.getlist("shown" if post.get("whom") == "page" else "member")
    ids = [id_ for name in names[:2000] if (id_ := uuid_of(name)) is not None]
    scope = replace(MemberFilter(), pool=desk.pool.id if desk.pool else None)
    within = [
        *ask.found(scope).filter(id__in=ids).values_list("id", flat=True),
        *ask.found(replace(scope, shown="left")).filter(id__in=ids).values_list("id", flat=True),
    ]
    return within


def _present(desk: Desk, ids: list[UUID]) -> list[UUID]:
    """Leave out those who have left: nobody protects them."""
    if len(ids) > AT_ONCE:
        gone = set(
            Member.objects.filter(company=desk.standing.company, left_at__isnull=False).values_list(
                "id", flat=True
            )
        )
        return [each for each in ids if each not in gone]
    rows = Member.objects.filter(company=desk.standing.company, id__in=ids, left_at__isnull=True)
    return list(rows.values_list("id", flat=True))


def _are_many(ids: list[UUID]) -> bool:
    return len(ids) > acts.PART


def _protect(desk: Desk, ids: list[UUID]) -> HttpResponse | None:
    there = _present(desk, ids)
    if _are_many(there):
        return large.send(desk, "protect", there)

    def doing() -> None:
        outcome = protection.want(desk.company_id, desk.service, there, **desk.with_it)
        tell(desk, outcome)

    desk.tried(doing)
    return None


def tell(desk: Desk, outcome: Outcome) -> None:
    """Say how many are protected now, how many wait, and why."""
    said = []
    if outcome.done:
        text = ngettext("%(n)s member is protected.", "%(n)s members are protected.", outcome.done)
        said.append(text % {"n": outcome.done})
    if outcome.already:
        text = ngettext(
            "%(n)s member was protected or waited already.",
            "%(n)s members were protected or waited already.",
            outcome.already,
        )
        said.append(text % {"n": outcome.already})
    if outcome.waiting:
        text = ngettext(
            "%(n)s member waits: no unit is free. They are protected as soon as one is.",
            "%(n)s members wait: no unit is free. They are protected as soon as there are enough.",
            outcome.waiting,
        )
        said.append(text % {"n": outcome.waiting})
    level = messages.warning if outcome.waiting else messages.success
    level(desk.request, " ".join(said) or _("Nothing was changed."))


def _unprotect(desk: Desk, ids: list[UUID]) -> HttpResponse | None:
    post = desk.request.POST

    def doing() -> Outcome:
        return protection.unwant(desk.company_id, desk.service, ids, **desk.with_it)

    if post.get("sure") != str(len(ids)):
        found: list[previews.Preview] = []
        if _are_many(ids):
            found.append(previews.of_unprotecting(desk.standing, ids))
        elif not desk.tried(lambda: found.append(previews.preview(desk.standing, doing))):
            return None
        return desk.page(
            "unprotect",
            "members",
            preview=found[0],
            count=len(ids),
            carried=_carried(post),
            form_address=desk.address("console-act"),
            back_address=f"{desk.address('console')}?{post.get('filter', '')[:2000]}",
        )

    if _are_many(ids):
        return large.send(desk, "unprotect", ids)

    def really() -> None:
        outcome = doing()
        if not outcome.done and not outcome.excluded:
            messages.warning(desk.request, _("Nothing was changed: none of them was protected."))
            return
        text = ngettext(
            "%(n)s member is no longer protected.",
            "%(n)s members are no longer protected.",
            outcome.done,
        )
        more = ""
        if outcome.excluded:
            more = " " + ngettext(
                "%(n)s is excluded from the rules from now on.",
                "%(n)s are excluded from the rules from now on.",
                outcome.excluded,
            ) % {"n": outcome.excluded}
        messages.success(desk.request, text % {"n": outcome.done} + more)

    desk.tried(really)
    return None


def _carried(post: QueryDict) -> list[tuple[str, str]]:
    names = ("do", "whom", "filter", "member", "shown")
    return [(name, value) for name in names for value in post.getlist(name)[:2000]]


def _leave(desk: Desk, ids: list[UUID]) -> HttpResponse | None:
    if _are_many(ids):
        return large.send(desk, "leave", ids)
    text = ngettext("%(n)s member has left.", "%(n)s members have left.", len(ids))
    desk.tried(lambda: members.leave(desk.company_id, ids, **desk.with_it), text % {"n": len(ids)})
    return None


def _come_back(desk: Desk, ids: list[UUID]) -> HttpResponse | None:
    if _are_many(ids):
        return large.send(desk, "back", ids)
    text = ngettext("%(n)s member is there again.", "%(n)s members are there again.", len(ids))
    desk.tried(
        lambda: members.come_back(desk.company_id, ids, **desk.with_it), text % {"n": len(ids)}
    )
    return None


def _home(desk: Desk, ids: list[UUID]) -> HttpResponse | None:
    pool = uuid_of(desk.request.POST.get("home"))
    if _are_many(ids):
        return large.send(desk, "home", ids, pool)
    text = _("The home site is changed. Seats that they have stay where they are.")
    desk.tried(lambda: members.set_home(desk.company_id, ids, pool, **desk.with_it), text)
    return None


def _into_group(desk: Desk, ids: list[UUID]) -> HttpResponse | None:
    group_id = uuid_of(desk.request.POST.get("into"))
    if _are_many(ids):
        return large.send(desk, "group", ids, group_id)

    def doing() -> None:
        with writing(desk.company_id, desk.with_it["clock"], desk.with_it["who"]) as ledger:
            group = groups.find(ledger.company, group_id or UUID(int=0))
            groups.append_members(ledger, group, add=ids)
            name = clean(group.name)
        messages.success(desk.request, _("They are in the group %(name)s now.") % {"name": name})

    desk.tried(doing)
    return None
