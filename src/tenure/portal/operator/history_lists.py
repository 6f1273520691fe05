"""The history of a company: its phases, and what was done; filtered, sorted, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tenure.portal.operator import events
from tenure.portal.operator.pages import frame
from tenure.portal.operator.periods import PeriodForm
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import page_number, standing_of, zone_of_reader
from tenure.portal.shared.tables import Cell, as_table, instant, refused
from tenure.services import fact_lists, histories
from tenure.services.fact_lists import KEYS, FactFilter
from tenure.services.standings import Standing, Stay
from tenure.store.models import Company, Fact
from tenure.words.names import clean

COLUMNS = (
    *("at", "what", "because", "who", "kind", "who_id", "service"),
    *("licence_id", "site_id", "entry"),
)
"""The columns as CSV; instants in UTC."""


class HistoryForm(PeriodForm):
    """What somebody looks for among what was done."""

    subject = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    about = forms.CharField(label=gettext_lazy("Licence or site"), max_length=200, required=False)
    sort = forms.ChoiceField(label=gettext_lazy("Order"), required=False)

    field_order = ("subject", "who", "about", "since", "until", "sort")

    def __init__(self, *args: Any, company: Company, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = {
            "subject": {"": _("Everything"), **_subjects()},
            "who": {"": _("Everybody"), **_doers(company)},
            "sort": {"-at": _("The newest first"), "at": _("The oldest first")},
        }
        for name, named in choices.items():
            cast(forms.ChoiceField, self.fields[name]).choices = list(named.items())

    @property
    def wanted(self) -> FactFilter:
        """What is looked for, of a form that is valid."""
        said = self.cleaned_data
        return FactFilter(
            subject=said["subject"],
            who=said["who"],
            about=said["about"],
            since_at=self.since_at,
            until_at=self.until_at,
            backwards=said["sort"] != "at",
        )


def _subjects() -> dict[str, str]:
    return {
        "licences": _("Licences"),
        "protection": _("Protection"),
        "sites": _("Sites"),
        "company": _("The company and its periods"),
        "deletion": _("The deletion"),
    }


def _doers(company: Company) -> dict[str, str]:
    """Name who did anything; in the order of the names."""
    sold = _("Whoever a key was sold to")
    return {who: sold if who == KEYS else clean(name) for who, name in fact_lists.doers(company)}


@require_safe
@of_company()
def history(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show the phases there were, and what people did, by any filter."""
    standing = standing_of(request, company_id)
    form = HistoryForm(request.GET, zone=zone_of_reader(request), company=standing.company)
    found = None
    if form.is_valid():
        found = fact_lists.listed(standing, form.wanted, page_number(request))
    facts = found.facts if found else []
    return render(
        request,
        "tenure/operator/history.html",
        frame(
            request,
            standing,
            "history",
            stays=_stays(standing),
            form=form,
            found=found,
            sort=request.GET.get("sort") or "-at",
            facts=_said(standing, facts),
            page=found.page if found else None,
            receipts=histories.receipts(standing),
        ),
        status=422 if form.errors else 200,
    )


@require_safe
@of_company()
def table(request: HttpRequest, company_id: UUID) -> HttpResponseBase:
    """Give all that was done and that the filter finds as CSV, in the order shown."""
    standing = standing_of(request, company_id)
    form = HistoryForm(request.GET, zone=zone_of_reader(request), company=standing.company)
    if not form.is_valid():
        return refused(form)
    return as_table("history", COLUMNS, _cells(standing, form.wanted))


def _cells(standing: Standing, wanted: FactFilter) -> Iterator[list[Cell]]:
    for part in fact_lists.each(standing, wanted):
        for fact, words, who in _said(standing, part):
            yield [
                instant(fact.at),
                words,
                str(fact.data.get("because") or ""),
                who,
                *(fact.kind, fact.who, fact.service),
                str(fact.data.get("licence") or ""),
                str(fact.data.get("pool") or ""),
                fact.seq,
            ]


def _said(standing: Standing, facts: list[Fact]) -> list[tuple[Fact, str, str]]:
    """Say what was done and by whom; two or three queries."""
    people = histories.people(facts)
    names = histories.licence_names(standing, events.licences_named(facts))
    return [
        (fact, events.done(fact, standing, names), events.doer(fact.who, people)) for fact in facts
    ]


def _stays(standing: Standing) -> list[tuple[Stay, str, str]]:
    """Give the phases there were, the newest first, each with how its two dates are written.

    What a period ran out into begins as that ended: its last minute. What an act began, a closing
    or a return, has its own.
    """
    closings = histories.closings(standing)
    found: list[tuple[Stay, str, str]] = []
    until = ""
    for stay in reversed(standing.past):
        is_end = stay.phase in ("grace", "suspended") and stay.starts_at not in closings
        since = "ends" if is_end else "moment"
        # Where one phase ends the next begins: one date, and not two.
        found.append((stay, since, until or "ends"))
        until = since
    return found
