"""Members not seen for long: who they are, releasing them, and the rule that does so by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from tenure.core.policy import DAY
from tenure.portal.console.frames import Desk, console
from tenure.portal.console.lists import UNSEEN, lines
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import page_number
from tenure.portal.shared.tables import Cell, as_table, instant
from tenure.services import previews, rosters, unseen, unseen_rules
from tenure.services.histories import Page
from tenure.store.models import Member, Seat, UnseenRelease, UnseenRule

USUAL = 90
"""Days that are asked for at first."""

USUAL_WARNING = 7
COLUMNS = ("why", "site", "seen")
SHOWN = ("", "announced", "released")
READERS = 10
"""So many of those who are told are named."""


class RuleForm(forms.Form):
    """After how many days members are released, and how many days before that is told."""

    days = forms.IntegerField(
        label=gettext_lazy("Release after so many days without use"),
        min_value=unseen.LEAST_DAYS,
        max_value=unseen.MOST_DAYS,
    )
    warning = forms.IntegerField(
        label=gettext_lazy("Tell so many days before"),
        help_text=gettext_lazy("Whoever is seen in these days keeps the seat."),
        min_value=unseen_rules.LEAST_WARNING,
        max_value=unseen_rules.MOST_WARNING,
    )

    def clean(self) -> dict[str, Any]:
        """See that the warning fits into the days."""
        values = super().clean() or {}
        days, warning = values.get("days"), values.get("warning")
        if days is not None and warning is not None and warning >= days:
            self.add_error("warning", _("These must be fewer days than those without use."))
        return values


@require_safe
@of_company("console")
@console
def shown(desk: Desk) -> HttpResponse:
    """Show who was not seen for so many days, whom the rule announced, and whom it released."""
    return _show(desk)


@require_safe
@of_company("console")
@console
def as_csv(desk: Desk) -> HttpResponseBase:
    """Give the list that is shown as CSV: who was not seen, whom the rule announced or released."""
    company, life = desk.standing.company, desk.standing.life
    view = desk.request.GET.get("show", "")
    rule = unseen_rules.of(company, desk.service, life.instance)
    days = _days(desk, desk.request.GET.get("days", ""), rule)
    if view in ("announced", "released"):
        listed = {"announced": unseen_rules.announced, "released": unseen_rules.released}[view]
        found = listed(company, desk.service, life.instance)
        if view == "announced":
            found = found.order_by("release_at", "id")
        return as_table(view, ("user", "name", "seen", "announced", view), _told(desk, found))
    people = unseen.found(company, desk.service, life, days).order_by("seen_at", "id")
    rows = people.values_list("user", "name", "seen_at")
    return as_table(
        "not-seen",
        ("user", "name", "seen"),
        ((user, name, instant(at)) for user, name, at in rows.iterator(chunk_size=2000)),
    )


def _told(desk: Desk, found: QuerySet[UnseenRelease]) -> Iterator[list[Cell]]:
    for start in range(0, found.count(), rosters.PAGE):
        for row, member in _named(desk, found, start):
            instants = (row.seen_at, row.announced_at, row.ended_at or row.release_at)
            yield [member.user, member.name, *map(instant, instants)]


def _days(desk: Desk, text: str, rule: UnseenRule | None) -> int:
    """Read how many days are asked for."""
    if text.isascii() and text.isdigit() and len(text) < 5 and int(text) > 0:
        return min(int(text), unseen.MOST_DAYS)
    return USUAL if rule is None else rule.days


def _show(desk: Desk, form: RuleForm | None = None) -> HttpResponse:
    standing = desk.standing
    company, life, get = standing.company, standing.life, desk.request.GET
    rule = unseen_rules.of(company, desk.service, life.instance)
    days = _days(desk, get.get("days", ""), rule)
    known = unseen.reports(company, desk.service, life)
    people = unseen.found(company, desk.service, life, days, known=known)
    announced = unseen_rules.announced(company, desk.service, life.instance)
    released = unseen_rules.released(company, desk.service, life.instance)
    view = get.get("show", "") if get.get("show") in SHOWN else ""
    counts = {"": people.count(), "announced": announced.count(), "released": released.count()}
    where = Page.of(page_number(desk.request), counts[view], rosters.PAGE)
    first = where.first(rosters.PAGE)
    found: list[Member] = []
    rows: list[tuple[UnseenRelease, Member]] = []
    if view == "":
        found = list(people.order_by("seen_at", "id")[first : first + rosters.PAGE])
    elif view == "announced":
        rows = _named(desk, announced.order_by("release_at", "id"), first)
    else:
        rows = _named(desk, released, first)
    readers = unseen_rules.readers(company)
    return desk.page(
        "unseen",
        "unseen",
        status=422 if form is not None else 200,
        rule=rule,
        form=form or RuleForm(initial=_initial(rule)),
        days=days,
        offered=sorted({*UNSEEN, days}),
        reported_at=known.last_at,
        is_silent=known.is_silent(life.at),
        counts_from=known.counts_from
        if known.counts_from and known.counts_from > life.at - days * DAY
        else None,
        view=view,
        asked=get.urlencode(),
        tabs=_tabs(counts, has_rule=rule is not None),
        count=counts[""],
        announced=counts["announced"],
        lines=lines(desk, rosters.rows_of(standing, found)),
        columns=COLUMNS,
        rows=rows,
        page=where,
        readers=[each.person for each in readers[:READERS]],
        more_readers=max(0, len(readers) - READERS),
    )


def _initial(rule: UnseenRule | None) -> dict[str, int]:
    if rule is None:
        return {"days": USUAL, "warning": USUAL_WARNING}
    return {"days": rule.days, "warning": rule.warning}


def _tabs(counts: dict[str, int], *, has_rule: bool) -> list[tuple[str, str, int]]:
    """Name what can be shown; without a rule, and without what one did, that is one list."""
    names = {
        "": _("Not seen"),
        "announced": _("Announced by the rule"),
        "released": _("Released by the rule"),
    }
    if not has_rule and not counts["announced"] and not counts["released"]:
        return []
    return [(view, names[view], counts[view]) for view in SHOWN]


def _named(
    desk: Desk, rows: QuerySet[UnseenRelease], first: int
) -> list[tuple[UnseenRelease, Member]]:
    chosen = list(rows[first : first + rosters.PAGE])
    people = Member.objects.filter(
        company=desk.standing.company, id__in=[row.member_id for row in chosen]
    )
    named = {member.id: member for member in people}
    return [(row, named[row.member_id]) for row in chosen if row.member_id in named]


# Changing


@require_POST
@of_company("console", level="write")
@console
def change(desk: Desk) -> HttpResponse:
    """Release those who were not seen, set the rule, or stop it; each is shown before."""
    doings = {"release": _release, "rule": _set_rule, "stop": _stop}
    doing = doings.get(desk.request.POST.get("do", ""))
    if doing is None:
        messages.error(desk.request, _("Choose what is to be done."))
        return desk.to("console-unseen")
    return doing(desk)


def _release(desk: Desk) -> HttpResponse:
    post, standing = desk.request.POST, desk.standing
    company, life = standing.company, standing.life
    rule = unseen_rules.of(company, desk.service, life.instance)
    days = _days(desk, post.get("days", ""), rule)
    back = f"{desk.address('console-unseen')}?service={desk.service}&days={days}"
    if sure := post.get("sure", ""):

        def doing() -> None:
            outcome = unseen.release(desk.company_id, desk.service, days, sure, **desk.with_it)
            _tell(desk, outcome.done, outcome.excluded)

        desk.tried(doing)
        return HttpResponseRedirect(back)
    people = unseen.found(company, desk.service, life, days)
    ids = list(people.values_list("id", flat=True))
    if not ids:
        messages.warning(desk.request, _("Nothing was changed: everybody was seen meanwhile."))
        return HttpResponseRedirect(back)
    mark = unseen.mark(ids)
    would: list[previews.Preview] = []

    def trying() -> object:
        return unseen.release(desk.company_id, desk.service, days, mark, **desk.with_it)

    if not desk.tried(lambda: would.append(previews.preview(standing, trying))):
        return HttpResponseRedirect(back)
    return desk.page(
        "unseen_release",
        "unseen",
        preview=would[0],
        count=len(ids),
        days=days,
        mark=mark,
        back_address=back,
    )


def _tell(desk: Desk, released: int, excluded: int) -> None:
    text = ngettext("%(n)s seat is released.", "%(n)s seats are released.", released)
    said = text % {"n": released}
    if excluded:
        more = ngettext(
            "%(n)s member is excluded from the rules from now on.",
            "%(n)s members are excluded from the rules from now on.",
            excluded,
        )
        said = f"{said} {more % {'n': excluded}}"
    messages.success(desk.request, said)


def _set_rule(desk: Desk) -> HttpResponse:
    post, standing = desk.request.POST, desk.standing
    form = RuleForm(post)
    if not form.is_valid():
        return _show(desk, form)
    days, warning = form.cleaned_data["days"], form.cleaned_data["warning"]
    if post.get("sure"):

        def doing() -> object:
            return unseen_rules.set_rule(
                desk.company_id, desk.service, days, warning, **desk.with_it
            )

        desk.tried(doing, _("The rule holds. Whom it will release is announced here."))
        return desk.to("console-unseen")
    company, life = standing.company, standing.life
    people = unseen_rules.to_announce(company, desk.service, life, days, warning)
    ids = list(people.values_list("id", flat=True))
    readers = unseen_rules.readers(company)
    return desk.page(
        "unseen_rule",
        "unseen",
        days=days,
        warning=warning,
        would=_part(desk, people, len(ids)),
        automatic=_automatic(desk, ids),
        first_at=unseen_rules.morning(life.at + warning * DAY, company.time_zone),
        void=unseen_rules.announced(company, desk.service, life.instance).count(),
        readers=[each.person for each in readers[:READERS]],
        more_readers=max(0, len(readers) - READERS),
    )


def _part(desk: Desk, people: QuerySet[Member], count: int) -> previews.Part:
    named = people.order_by("user")[: previews.NAMED]
    return previews.Part(count, tuple(row.name or row.user for row in named))


def _automatic(desk: Desk, ids: list[UUID]) -> int:
    """Count whom a rule of automatic protection protects now, among those members."""
    seats = Seat.objects.filter(
        company=desk.standing.company,
        service=desk.service,
        instance=desk.standing.life.instance,
        closed_seq__isnull=True,
        rule_id__isnull=False,
    )
    chosen = set(ids)
    return sum(1 for member in seats.values_list("member_id", flat=True) if member in chosen)


def _stop(desk: Desk) -> HttpResponse:
    desk.tried(
        lambda: unseen_rules.stop(desk.company_id, desk.service, **desk.with_it),
        _("The rule is stopped. What it had announced will not be done."),
    )
    return desk.to("console-unseen")
