"""The list of what a company was told: its filter, its page, and the same as CSV."""

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

from tenure.core.records import DEADLINE_KINDS
from tenure.portal.operator import events
from tenure.portal.operator.pages import frame
from tenure.portal.operator.periods import PeriodForm
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import page_number, standing_of, zone_of_reader
from tenure.portal.shared.tables import Cell, as_table, instant, refused
from tenure.services import notice_lists
from tenure.services.notice_lists import MAILS, NOBODY, NoticeFilter
from tenure.services.standings import Standing
from tenure.store.models import Notice

COLUMNS = (
    *("reference", "notice", "kind", "site", "state", "issued_at", "deadline_at"),
    *("served_at", "served_by", "withdrawn_at", "recipients", "accepted", "refused"),
    *("waiting", "given_up", "addresses"),
)
"""The columns as CSV; instants in UTC."""


class NoticeForm(PeriodForm):
    """What somebody looks for among the notices."""

    subject = forms.ChoiceField(label=gettext_lazy("About"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    mail = forms.ChoiceField(label=gettext_lazy("Mails"), required=False)
    address = forms.CharField(
        label=gettext_lazy("Address of a recipient"), max_length=254, required=False
    )
    sort = forms.ChoiceField(label=gettext_lazy("Order"), required=False)

    field_order = ("subject", "state", "mail", "address", "since", "until", "sort")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = {
            "subject": {"": _("Everything"), **_subjects()},
            "state": {"": _("All"), **_states()},
            "mail": {"": _("All"), **_mails()},
            "sort": {
                "-at": _("The newest first"),
                "at": _("The oldest first"),
                "deadline": _("The earliest deadline first"),
                "-deadline": _("The latest deadline first"),
            },
        }
        for name, named in choices.items():
            cast(forms.ChoiceField, self.fields[name]).choices = list(named.items())

    @property
    def wanted(self) -> NoticeFilter:
        """What is looked for, of a form that is valid."""
        said = self.cleaned_data
        order, backwards = notice_lists.order_of(said["sort"])
        return NoticeFilter(
            subject=said["subject"],
            state=said["state"],
            mail=said["mail"],
            address=said["address"],
            since_at=self.since_at,
            until_at=self.until_at,
            order=order,
            backwards=backwards,
        )


def _subjects() -> dict[str, str]:
    return {
        "ends": _("The end of licences"),
        "protection": _("The end of protection"),
        "sites": _("Sites with too few units"),
        "active": _("Everything is active again"),
        "deletion": _("The deletion"),
    }


def _states() -> dict[str, str]:
    return {
        "unserved": _("Not served yet: no period runs"),
        "served": _("Served"),
        "issued": _("Issued"),
        "withdrawn": _("Withdrawn"),
    }


def _mails() -> dict[str, str]:
    named = {
        "refused": _("A mail was refused"),
        "given_up": _("A mail was given up"),
        "waiting": _("A mail waits"),
        "accepted": _("A mail was accepted"),
    }
    return {**{name: named[name] for name in MAILS}, NOBODY: _("Nobody by e-mail")}


@require_safe
@of_company()
def notices(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List what the company was told, by any filter."""
    standing = standing_of(request, company_id)
    form = NoticeForm(request.GET, zone=zone_of_reader(request))
    found = None
    if form.is_valid():
        found = notice_lists.listed(standing, form.wanted, page_number(request))
    rows = found.rows if found else []
    return render(
        request,
        "tenure/operator/notices.html",
        frame(
            request,
            standing,
            "notices",
            form=form,
            found=found,
            sort=request.GET.get("sort") or "-at",
            rows=[
                (row, events.notice_words(row.notice.kind, row.notice.days), _site(standing, row))
                for row in rows
            ],
            page=found.page if found else None,
        ),
        status=422 if form.errors else 200,
    )


@require_safe
@of_company()
def table(request: HttpRequest, company_id: UUID) -> HttpResponseBase:
    """Give all that the filter finds as CSV, in the order shown."""
    standing = standing_of(request, company_id)
    form = NoticeForm(request.GET, zone=zone_of_reader(request))
    if not form.is_valid():
        return refused(form)
    return as_table("notices", COLUMNS, _cells(standing, form.wanted))


def _cells(standing: Standing, wanted: NoticeFilter) -> Iterator[list[Cell]]:
    for row in notice_lists.each(standing, wanted):
        notice = row.notice
        yield [
            notice.reference,
            events.notice_words(notice.kind, notice.days),
            notice.kind,
            _site(standing, row),
            _states()[_stands(notice)],
            *map(instant, (notice.at, notice.deadline_at, notice.served_at)),
            notice.served_by,
            instant(notice.withdrawn_at),
            *(row.recipients, row.accepted, row.refused, row.waiting, row.given_up),
            "; ".join(row.addresses),
        ]


def _stands(notice: Notice) -> str:
    if notice.state == Notice.State.WITHDRAWN:
        return "withdrawn"
    if notice.served_by:
        return "served"
    return "unserved" if notice.kind in DEADLINE_KINDS else "issued"


def _site(standing: Standing, row: notice_lists.NoticeRow) -> str:
    """Name the site that a notice is about, where a company has several."""
    return standing.pool_names.get(row.notice.subject, "") if standing.has_sites else ""
