"""Who did what: in an account and below it, or, for operators, in the whole installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tenure.core.actions import DONE, Topic
from tenure.portal.hub import audit_table, audit_words
from tenure.portal.hub.audit_values import Change, changes
from tenure.portal.hub.audit_words import Who
from tenure.portal.hub.frames import signed_in
from tenure.portal.operator.periods import PeriodForm
from tenure.portal.shared import limits
from tenure.portal.shared.addresses import entered
from tenure.portal.shared.doors import inside
from tenure.portal.shared.limits import SessionRefused
from tenure.portal.shared.readers import CLOCK, zone_of_reader
from tenure.portal.shared.tables import as_table, refused
from tenure.services import audit_entries
from tenure.services.access import path_of
from tenure.services.audit_entries import COUNTED, Mark, Outcome, Reach, Search, Wanted
from tenure.services.audit_names import Names, names
from tenure.services.days import day_of
from tenure.services.errors import Forbidden
from tenure.store.models import Account, AuditEntry, Company
from tenure.words.names import clean

APART = 60
"""Seconds by which a company's own clock must differ from the real one to be shown."""


class FilterForm(PeriodForm):
    """What somebody looks for; days are in the reader's zone, both of them included."""

    person = forms.CharField(
        label=gettext_lazy("Name or address"),
        max_length=200,
        required=False,
    )
    about = forms.CharField(
        label=gettext_lazy("Company or account"),
        max_length=200,
        required=False,
    )
    topic = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    result = forms.ChoiceField(label=gettext_lazy("Result"), required=False)
    of = forms.UUIDField(required=False, widget=forms.HiddenInput)

    field_order = ("person", "about", "topic", "since", "until", "result", "of")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        topic = cast(forms.ChoiceField, self.fields["topic"])
        topic.choices = [("", _("Everything")), *audit_words.topics().items()]
        result = cast(forms.ChoiceField, self.fields["result"])
        result.choices = [("", _("All")), ("done", _("Done")), ("refused", _("Refused"))]

    def wanted(self) -> Wanted:
        """Give what is looked for, of a form that is valid."""
        said = self.cleaned_data
        return Wanted(
            person=said["person"],
            about=said["about"],
            topic=cast("Topic | None", said["topic"] or None),
            since=self.since_at,
            until=self.until_at,
            outcome=cast(Outcome, said["result"]),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the page shows it. ``company_at``: by a clock of the company's own, if any."""

    entry: AuditEntry
    who: Who
    door: str
    what: str
    changes: list[Change]
    company: str
    account: str
    company_at: int | None

    @property
    def is_done(self) -> bool:
        """Whether it was done, and not refused."""
        return self.entry.result == DONE


@require_safe
@inside
def audit(request: HttpRequest) -> HttpResponse:
    """List who did what, the newest first."""
    reach, zone = reach_of(request), zone_of_reader(request)
    form = FilterForm(request.GET, zone=zone)
    search, only = _search(reach, form)
    found = search and search.page(
        older=Mark.read(request.GET.get("older", "")),
        newer=Mark.read(request.GET.get("newer", "")),
    )
    entries = found.entries if found else []
    named = names(entries, hidden=reach.but)
    count = search.count() if search else 0
    return render(
        request,
        "tenure/hub/audit.html",
        {
            "section": "audit",
            "form": form,
            "lines": [line(each, named, zone) for each in entries],
            "found": found,
            "count": count,
            "is_more": count > COUNTED,
            "counted": COUNTED,
            "is_cut": search is not None and search.is_cut,
            "only": only,
            "is_paged": bool(request.GET.get("older") or request.GET.get("newer")),
            "several": reach.everything or len(reach.accounts) > 1 or _has_companies(reach),
            "zone": zone,
            "now": CLOCK.now(),
            "today": day_of(CLOCK.now(), zone),
        },
        status=422 if form.errors else 200,
    )


@require_safe
@inside
def table(request: HttpRequest) -> HttpResponseBase:
    """Hand out all that the filter leaves, as a table for spreadsheets, while it is read."""
    reach, zone = reach_of(request), zone_of_reader(request)
    form = FilterForm(request.GET, zone=zone)
    search, _only = _search(reach, form)
    if search is None:
        return refused(form)
    rows = audit_table.rows(search, hidden=reach.but, zone=zone)
    return as_table(f"audit-{day_of(CLOCK.now(), zone).isoformat()}", audit_table.COLUMNS, rows)


def reach_of(request: HttpRequest) -> Reach:
    """Give whose entries whoever asks may see. Raises ``Forbidden`` where it is nothing.

    Accounts below that ask more of a session than it has are left out.
    """
    viewer, account = signed_in(request), entered(request)
    if account is None:  # the operator's portal; nobody else comes here
        return Reach(everything=True)
    reach = audit_entries.reach(viewer, account)
    if reach.is_nothing:
        raise Forbidden("you may not see who did what in this account")
    if viewer.is_operator:
        return reach
    return audit_entries.without(reach, _shut(request, account, reach))


def _shut(request: HttpRequest, account: Account, reach: Reach) -> list[UUID]:
    """Give the accounts below this one that refuse the session, with those above a company."""
    known = {*path_of(account)}
    ids = {
        id_
        for each in (*reach.accounts.values(), *(x.account for x in reach.companies.values()))
        for id_ in path_of(each)
        if id_ not in known
    }
    found = []
    for each in Account.objects.filter(pk__in=ids) if ids else ():
        try:
            limits.hold(request, [each])
        except SessionRefused:
            found.append(each.id)
    return found


def _search(reach: Reach, form: FilterForm) -> tuple[Search | None, Company | None]:
    """Give what the form looks for, and the one company that it is about, if it is."""
    if not form.is_valid():
        return None, None
    of = form.cleaned_data["of"]
    if of is None:
        return Search(reach, form.wanted()), None
    within = audit_entries.of_company(reach, of)
    company = next(iter(within.companies.values()), None)
    return Search(within, form.wanted()), company


def _has_companies(reach: Reach) -> bool:
    """Whether entries may be of several companies, so that each line must say of which."""
    return bool(reach.companies) or any(
        each.kind == Account.Kind.MSP for each in reach.accounts.values()
    )


def line(entry: AuditEntry, named: Names, zone: str) -> Line:
    """Say an entry in the reader's language."""
    account = named.accounts.get(str(entry.account_id))
    who = audit_words.who(entry, named)
    door = audit_words.door_words(str(entry.data.get("door", "")))
    is_apart = entry.chain and abs(entry.at - entry.recorded_at) > APART
    return Line(
        entry,
        who,
        "" if door == who.name else door,
        audit_words.what(entry, named, zone),
        changes(entry, named, zone),
        clean(named.companies[entry.chain]) if entry.chain in named.companies else "",
        "" if account is None else clean(account.name),
        entry.at if is_apart else None,
    )
