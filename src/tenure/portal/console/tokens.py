"""The tokens by which programs act for a company: listed, made and shown once, revoked.

They live by real time, also those of test companies.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenure.portal.console.frames import Desk, console, said, uuid_of
from tenure.portal.hub.frames import proven
from tenure.portal.shared.addresses import reader_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import page_number
from tenure.services import tokens
from tenure.services.errors import ServiceError
from tenure.services.histories import Page
from tenure.services.tokens import Made
from tenure.store.models import Source, Token

PAGE = 50
"""Tokens on a page."""


class TokenForm(forms.Form):
    """What a new token is for, and what it is called."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it is for"),
        choices=[
            (Token.Kind.SCIM.value, gettext_lazy("A directory brings members by SCIM")),
            (Token.Kind.API.value, gettext_lazy("A program uses the API with your rights")),
        ],
        initial=Token.Kind.SCIM.value,
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy(
            "Of a directory it is the source under which its members are listed. A second token "
            "of the same name goes on with the same members."
        ),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@require_safe
@of_company("console", level="write")
@console
def listed(desk: Desk) -> HttpResponse:
    """List the tokens that can be used; of what they are, their beginning alone is known."""
    company = desk.standing.company
    rows = tokens.of(company)
    where = Page.of(page_number(desk.request), rows.count(), PAGE)
    first = where.first(PAGE)
    shown = list(rows.select_related("made_by")[first : first + PAGE])
    return desk.page("tokens", "tokens", tokens=shown, page=where, address=_address(desk))


@require_http_methods(["GET", "HEAD", "POST"])
@of_company("console", level="write")
@proven  # type: ignore[arg-type]  # all our views answer so
@console
def add(desk: Desk) -> HttpResponse:
    """Make a token and show it: this once. Who asks is asked once more who they are."""
    bound = desk.request.method == "POST"
    # Whoever looks for the first time sees the fields as they begin, and no complaint.
    form = TokenForm(desk.request.POST if bound else None)
    if bound and form.is_valid():
        try:
            made = _make(desk, form.cleaned_data)
        except ServiceError as error:
            form.add_error("name" if error.code in _SAID else None, _said(error))
        else:
            answer = desk.page(
                "token_made",
                "tokens",
                made=made,
                is_directory=made.token.kind == Token.Kind.SCIM,
                address=_address(desk),
            )
            answer["Cache-Control"] = "private, no-store"
            return answer
    return desk.page("add_token", "tokens", form=form, status=422 if bound else 200)


def _make(desk: Desk, values: dict[str, Any]) -> Made:
    viewer = reader_of(desk.request)
    person = None if viewer is None else viewer.person
    name = values["name"]
    if values["kind"] == Token.Kind.API and person is not None:
        return tokens.add_api(desk.company_id, name, by=person, **desk.with_it)
    return tokens.add_scim(desk.company_id, name, by=person, **desk.with_it)


_SAID = frozenset({"name_missing", "name_too_long", "name_taken"})


def _said(error: ServiceError) -> str:
    known = {
        "name_missing": _("A token needs a name."),
        "name_taken": _("There is a source of this name already, and it is no directory."),
    }
    return known.get(error.code) or said(error)


@require_POST
@of_company("console", level="write")
@console
def revoke(desk: Desk) -> HttpResponse:
    """Say what ends with a token; with ``sure`` let it be of no use any more."""
    post = desk.request.POST
    token_id = uuid_of(post.get("token"))
    if token_id is None:
        messages.error(desk.request, _("Choose what is to be done."))
        return desk.to("console-tokens")
    found = tokens.of(desk.standing.company).filter(id=token_id).first()
    if found is None:
        messages.warning(desk.request, _("Nothing was changed: there is no such token any more."))
        return desk.to("console-tokens")
    if post.get("sure"):
        desk.tried(
            lambda: tokens.revoke(desk.company_id, token_id, **desk.with_it),
            _("The token %(name)s opens nothing any more.") % {"name": found.name},
        )
        return desk.to("console-tokens")
    company, source, others = desk.standing.company, None, 0
    if found.source_id is not None:
        source = Source.objects.filter(company=company, id=found.source_id).first()
        of_source = tokens.of(company).filter(source_id=found.source_id)
        others = of_source.exclude(id=found.id).count()
    return desk.page(
        "revoke_token",
        "tokens",
        token=found,
        source=source,
        others=others,
    )


def _address(desk: Desk) -> str:
    return f"{settings.PUBLIC_URL}/scim/v2/{desk.company_id}"
