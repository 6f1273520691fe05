"""The list of mails in the outbox: its filter, its page, and the same as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tenure.portal.operator.periods import PeriodForm
from tenure.portal.shared.doors import of_the_outbox
from tenure.portal.shared.readers import page_number, zone_of_reader
from tenure.portal.shared.tables import Cell, as_table, instant, refused
from tenure.services import outbox_lists
from tenure.services.outbox_lists import MailFilter

COLUMNS = ("handed_over_at", "recipient", "subject", "language", "company", "company_id", "times")
"""The columns as CSV; instants in UTC. What a mail says is not among them."""


class MailForm(PeriodForm):
    """What somebody looks for among the mails."""

    address = forms.CharField(
        label=gettext_lazy("Address of a recipient"), max_length=254, required=False
    )
    company = forms.CharField(label=gettext_lazy("Company"), max_length=200, required=False)
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200, required=False)
    sort = forms.ChoiceField(label=gettext_lazy("Order"), required=False)

    field_order = ("address", "company", "subject", "since", "until", "sort")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        cast(forms.ChoiceField, self.fields["sort"]).choices = [
            ("-at", _("The newest first")),
            ("at", _("The oldest first")),
        ]

    @property
    def wanted(self) -> MailFilter:
        """What is looked for, of a form that is valid."""
        said = self.cleaned_data
        return MailFilter(
            address=said["address"],
            company=said["company"],
            subject=said["subject"],
            since_at=self.since_at,
            until_at=self.until_at,
            backwards=said["sort"] != "at",
        )


@require_safe
@of_the_outbox
def mails(request: HttpRequest) -> HttpResponse:
    """List the mails, by any filter."""
    zone = zone_of_reader(request)
    form = MailForm(request.GET, zone=zone)
    found = outbox_lists.listed(form.wanted, page_number(request)) if form.is_valid() else None
    return render(
        request,
        "tenure/shared/outbox.html",
        {
            "section": "outbox",
            "form": form,
            "found": found,
            "rows": found.rows if found else [],
            "page": found.page if found else None,
            "sort": request.GET.get("sort") or "-at",
            "zone": zone,
        },
        status=422 if form.errors else 200,
    )


@require_safe
@of_the_outbox
def table(request: HttpRequest) -> HttpResponseBase:
    """Give all that the filter finds as CSV, in the order shown."""
    form = MailForm(request.GET, zone=zone_of_reader(request))
    if not form.is_valid():
        return refused(form)
    return as_table("outbox", COLUMNS, _cells(form.wanted))


def _cells(wanted: MailFilter) -> Iterator[list[Cell]]:
    for mail in outbox_lists.each(wanted):
        company = mail.company
        yield [
            *(instant(mail.handed_over_at), mail.recipient, mail.subject, mail.language),
            *((company.name, str(company.id)) if company else (None, None)),
            mail.times,
        ]
