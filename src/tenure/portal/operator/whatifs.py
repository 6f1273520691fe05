"""The what-if page: choose changes, see the future before and after. Only reads.

All that was chosen stands in the address, so a what-if can be sent as a link. What is wrong keeps
what was typed, beside what would be right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tenure.core.timeline import granted, timeline
from tenure.portal.operator import whatif_forms
from tenure.portal.operator.actions import said
from tenure.portal.operator.events import notice_words
from tenure.portal.operator.impacts import impact, outcome_of
from tenure.portal.operator.pages import frame
from tenure.portal.operator.whatif_forms import FORMS, GROUPS, ChangeForm
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import language, missing_is_404, standing_of
from tenure.portal.shared.timeline_tables import ROWS, tables
from tenure.portal.shared.timelines import picture
from tenure.services import timelines
from tenure.services.errors import ServiceError
from tenure.services.standings import Standing
from tenure.services.whatifs import Change, Outcome
from tenure.words.names import clean
from tenure.words.whatifs import change_sentence

MOST = 20
"""So many changes can be combined on the page."""


@dataclass
class Entry:
    """One of the changes that are supposed. ``error`` says why it cannot be."""

    number: int
    token: str
    form: ChangeForm | None
    without: str
    """The address without it."""
    again: str = ""
    """The address that opens its form again."""
    sentence: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind of change that can be chosen."""

    name: str
    address: str
    is_chosen: bool


@require_safe
@of_company()
@missing_is_404
def whatif(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show what would come about, or the form of a change to suppose."""
    standing = standing_of(request, company_id)
    page = _Page(request, standing)
    form = page.form()
    entries = page.entries()
    is_sound = all(not entry.error for entry in entries)
    outcome: Outcome | None = None
    if form is not None and form.is_bound and form.is_valid() and is_sound:
        try:
            page.ask([*entries, page.entry(len(entries), form.token, form)])
        except ServiceError as error:
            if error.change == len(entries):
                form.add_error(None, why(error))
            else:
                page.blame(entries, error)
        else:
            return HttpResponseRedirect(page.address([*page.tokens, form.token]))
    if entries and is_sound:
        try:
            outcome = page.ask(entries)
        except ServiceError as error:
            page.blame(entries, error)
    is_wrong = any(entry.error for entry in entries) or (form is not None and bool(form.errors))
    return render(
        request,
        "tenure/operator/whatif.html",
        frame(
            request,
            standing,
            "whatif",
            form=form,
            entries=entries,
            groups=page.groups(),
            address=page.address(()),
            is_full=len(entries) >= MOST,
            **({} if outcome is None else shown(outcome, standing, entries)),
        ),
        status=422 if is_wrong else 200,
    )


class _Page:
    """What was asked for in the address."""

    def __init__(self, request: HttpRequest, standing: Standing) -> None:
        self.request = request
        self.standing = standing
        self.tokens = request.GET.getlist("change")[:MOST]
        self.chosen = request.GET.get("do", "")

    def address(self, tokens: Any, **more: str) -> str:
        """Give the page's address with these changes."""
        values = [("change", token) for token in tokens]
        if len(self.standing.services) > 1:
            values.append(("service", self.standing.service))
        query = urlencode([*values, *more.items()])
        path = reverse("whatif", args=[self.standing.company.id])
        return f"{path}?{query}" if query else path

    def form(self) -> ChangeForm | None:
        """Give the form that was chosen, filled where it was sent."""
        kind = FORMS.get(self.chosen)
        if kind is None:
            return None
        if "go" in self.request.GET:
            return kind(self.request.GET, standing=self.standing)
        return kind(standing=self.standing, initial=self.request.GET.dict())

    def entry(self, number: int, token: str, form: ChangeForm | None) -> Entry:
        """Give a change with the addresses that take it away or open it again."""
        others = [each for i, each in enumerate(self.tokens) if i != number]
        again = "" if form is None else self.address(others, do=form.code, **form.fields_given)
        return Entry(number + 1, token, form, self.address(others), again)

    def entries(self) -> list[Entry]:
        """Read the changes of the address."""
        found = []
        for i, token in enumerate(self.tokens):
            form = whatif_forms.read(token, self.standing)
            entry = self.entry(i, token, form)
            if form is None:
                entry.error = _("There is nothing of this kind that could be supposed.")
            elif not form.is_valid():
                entry.error = " ".join(
                    f"{form.fields[name].label if name in form.fields else ''}: {text}".strip(": ")
                    for name, texts in form.errors.items()
                    for text in texts
                )
            entry.sentence = clean(token) if form is None else str(form.name)
            found.append(entry)
        return found

    def ask(self, entries: list[Entry]) -> Outcome:
        """Ask what would come about. Raises ``ServiceError``."""
        changes: list[Change] = [entry.form.change for entry in entries if entry.form is not None]
        return outcome_of(self.standing, *changes)

    def blame(self, entries: list[Entry], error: ServiceError) -> None:
        """Say of the change that cannot be why; of the last one where it is not known."""
        entries[-1 if error.change is None else error.change].error = why(error)

    def groups(self) -> list[tuple[str, list[Offer]]]:
        """Give what can be chosen here and now."""
        life = self.standing.life
        has_licence = bool(life.register.licences)
        about = self.request.GET.get("licence", "")
        hidden = {"reopen"} if not life.closed else {"close"}
        hidden |= {"release_deletion"} if not life.deletion_held else {"hold_deletion"}
        if any(token.startswith("close") for token in self.tokens):
            hidden.discard("reopen")
        if len(self.standing.pools) < 2:
            hidden.add("place")
        found = []
        for name, group in GROUPS:
            offers = [
                Offer(
                    str(form.name),
                    self.address(self.tokens, do=form.code, **_about(form, about)),
                    form.code == self.chosen,
                )
                for form in group
                if form.code not in hidden and (has_licence or "licence" not in form.own)
            ]
            found.append((str(name), offers))
        return found


def why(error: ServiceError) -> str:
    """Say in the reader's language why something cannot be supposed."""
    known = {
        "no_free_units": _("So many units are not free there. Suppose more units first."),
        "expired": _("No licence is valid at that time. Suppose a licence first."),
        "suspended": _("The service is suspended at that time. Suppose a licence first."),
        "no_licence": _("There is no licence at that time. Suppose one first."),
        "no_such_seats": _("There are not so many protected users. Write a smaller number."),
        "not_later": _("The licence lasts as long already. Choose a later day."),
        "in_the_past": _("A renewal must end later than the day on which it is done."),
        "without_end": _("This licence has no end, so there is nothing to renew."),
        "already_suspended": _("This licence is suspended already at that time."),
        "not_suspended": _("This licence is not suspended at that time."),
        "licence_over": _("This licence was removed or cancelled before that."),
        "too_many_placed": _("More units are placed than the licence has. Place fewer."),
        "ends_before_start": _("The licence must end after it begins. Choose a later day."),
        "too_early": _("This day is over. Choose today or a later one."),
    }
    return known.get(error.code) or said(error)


def _about(form: type[ChangeForm], licence: str) -> dict[str, str]:
    """Keep the licence from whose row somebody came."""
    return {"licence": licence} if licence and "licence" in form.own else {}


def shown(outcome: Outcome, standing: Standing, entries: list[Entry]) -> dict[str, Any]:
    """Give what the page shows of an outcome."""
    facts, spoken = outcome.facts, language()
    for entry, change in zip(entries, facts.changes, strict=True):
        entry.sentence = change_sentence(facts, change, spoken)
    return {
        **impact(outcome),
        "futures": [
            (_("As it is"), _stays(outcome, is_after=False)),
            (_("What if"), _stays(outcome, is_after=True)),
        ],
        "notices": [(*notice, "") for notice in notices_of(outcome)],
        **drawn(outcome, standing),
    }


def notices_of(outcome: Outcome) -> list[tuple[int, str, str, bool]]:
    """Give the notices that would change: when, which, of which site, and whether it goes out."""
    found = outcome.found
    notices = [(x, False) for x in found.notices_gone] + [(x, True) for x in found.notices_new]
    notices.sort(key=lambda each: each[0].at)
    return [
        (x.at, notice_words(x.notice, x.days), outcome.pool(x.pool or ""), is_new)
        for x, is_new in notices
    ]


def _stays(outcome: Outcome, *, is_after: bool) -> list[tuple[str, int, bool]]:
    """Give the phases to come with their beginnings; the first is the present one."""
    found = outcome.found
    stays = (found.after if is_after else found.before).stays
    first = outcome.life.stay == 0
    return [
        (stay.phase, max(stay.start, found.at), i == 0 and not first)
        for i, stay in enumerate(stays)
        if stay.end is None or stay.end > found.at
    ]


def drawn(outcome: Outcome, standing: Standing, key: str = "whatif") -> dict[str, Any]:
    """Draw the future that would be, the one as it is in grey behind it; and give its tables."""
    facts = timelines.done(standing)
    records = [*granted(facts), *timelines.recorded(standing)]
    # The picture's present is worked off to its end: what is done now is drawn a second later.
    supposed = [_later(fact, standing.now + 1) for fact in outcome.found.facts]
    given: dict[str, Any] = {
        "begins": standing.company.created_at,
        "names": outcome.names,
        "most": ROWS,
    }
    before = timeline(standing.life, facts, records, **given)
    after = timeline(standing.life, facts, records, supposed=supposed, **given)
    window = min(before.start, after.start), max(before.end, after.end)
    before, after = (
        timelines.called(
            standing,
            timeline(standing.life, facts, records, supposed=each, window=window, **given),
        )
        for each in ((), supposed)
    )
    zone, spoken = standing.company.time_zone, language()
    is_closed = standing.life.closed
    found = picture(
        after,
        behind=before,
        company=standing.company.name,
        zone=zone,
        language=spoken,
        is_closed=is_closed,
        key=key,
    )
    sentence = _("The future as it would be; in grey behind it, as it is.")
    return {
        "picture": replace(found, sentence=sentence),
        "tables": tables(after, found.pools, zone=zone, language=spoken, is_closed=is_closed),
    }


def _later(fact: Any, least: int) -> Any:
    return fact if fact.at >= least else replace(fact, at=least)
