"""The people of an account: who they are, what they may do; changing it, handing over, leaving."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenure.portal.hub.frames import (
    account_of,
    allows,
    needing,
    of_this_account,
    proven,
    said,
    signed_in,
    tried,
)
from tenure.portal.hub.rights_forms import InvitationForm, RightsForm
from tenure.portal.hub.rights_words import Names, told
from tenure.portal.shared.addresses import hub_address
from tenure.portal.shared.doors import inside_account
from tenure.portal.shared.readers import CLOCK, language, page_number
from tenure.portal.shared.tables import Cell, as_table, instant
from tenure.services import invitations, memberships, people_lists
from tenure.services.access import Viewer
from tenure.services.errors import Forbidden, NotFound, ServiceError
from tenure.services.people_lists import PeopleFilter
from tenure.services.rights import rights_of
from tenure.store.models import Account, Invitation, Membership
from tenure.words.names import clean

COLUMNS = ("address", "name", "may", "owner", "portal", "console", "exceptions", "since")
"""The columns as CSV; instants in UTC. ``exceptions``: of so many companies or sites otherwise."""


def uuid_of(text: str) -> UUID | None:
    """Read an id; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


@require_safe
@inside_account
def people(request: HttpRequest) -> HttpResponse:
    """List who may do what in the account; somebody without that right sees only their own."""
    viewer, account = signed_in(request), account_of(request)
    sees_all = allows(request, "people.list")
    can_change = allows(request, "people.change")
    wanted = _wanted(request)
    found = people_lists.listed(account, wanted, page_number(request))
    shown = found.rows
    own = Membership.objects.filter(account=account, person=viewer.person).first()
    open_ = invitations.waiting(account) if sees_all else []
    rights = {each.id: rights_of(each) for each in shown}
    offered = {each.id: invitations.rights_of(each) for each in open_}
    scopes = [x for each in (*rights.values(), *offered.values()) for x in each.scopes]
    names = Names(account, viewer, scopes)
    may_unseat = allows(request, "owners.remove")
    now = CLOCK.now()
    return render(
        request,
        "tenure/hub/people.html",
        {
            "section": "people",
            "rows": [
                (
                    each,
                    told(rights[each.id], names),
                    each.person_id == viewer.person.id,
                    can_change
                    and each.person_id != viewer.person.id
                    and (may_unseat or not each.is_owner),
                )
                for each in shown
            ],
            "page": found.page,
            "everybody": found.everybody,
            "search": wanted.search,
            "sort": f"{'-' if wanted.backwards else ''}{wanted.order}",
            "sees_all": sees_all,
            "invitations": [
                (each, told(offered[each.id], names), each.expires_at <= now) for each in open_
            ],
            "can_change": can_change,
            "is_owner": own is not None and own.is_owner,
            "is_member": own is not None,
            "now": now,
            "zone": viewer.person.time_zone,
        },
    )


@require_safe
@inside_account
def table(request: HttpRequest) -> HttpResponseBase:
    """Give all that the search finds as CSV, in the order shown, with what each may do."""
    viewer, account = signed_in(request), account_of(request)
    return as_table("people", COLUMNS, _cells(account, viewer, _wanted(request)))


def _cells(account: Account, viewer: Viewer, wanted: PeopleFilter) -> Iterator[list[Cell]]:
    for lot in people_lists.each(account, wanted):
        rights = [(each, rights_of(each)) for each in lot]
        names = Names(account, viewer, [scope for _each, of in rights for scope in of.scopes])
        for each, of in rights:
            lines = [
                f"{line.place}: {line.text}" if line.place else line.text
                for line in told(of, names)
            ]
            levels = ("write", "write") if of.is_owner else (of.portal, of.console)
            yield [
                *(each.person.email, each.person.name, "; ".join(lines)),
                *("yes" if of.is_owner else "no", *levels, len(of.scopes)),
                instant(each.created_at),
            ]


def _wanted(request: HttpRequest) -> PeopleFilter:
    """Read an address; whoever may not list people finds only themselves."""
    sees_all = allows(request, "people.list")
    sort = request.GET.get("sort", "")
    order = next((each for each in people_lists.ORDERS if each == sort.removeprefix("-")), None)
    return PeopleFilter(
        search=request.GET.get("q", "").strip()[:200] if sees_all else "",
        order=order or "rights",
        backwards=order is not None and sort.startswith("-"),
        only=None if sees_all else signed_in(request).person.id,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@inside_account
@needing("people.invite")
@of_this_account
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody by their address."""
    viewer, account = signed_in(request), account_of(request)
    site = uuid_of(request.GET.get("site", ""))
    form = InvitationForm(request.POST or None, account=account, viewer=viewer, site=site)
    if not form.is_bound:
        form.initial["language"] = language()
    is_search = "search" in request.POST
    if not is_search and form.is_valid():
        try:
            invitation = invitations.invite(
                account.id,
                form.cleaned_data["address"],
                form.rights(),
                by=viewer.person,
                clock=CLOCK,
                language=form.cleaned_data["language"],
            )
        except NotFound:
            raise
        except ServiceError as error:
            form.add_error("address" if error.code == "no_address" else None, said(error))
        else:
            text = _("%(address)s is invited. The link in the mail is good for seven days.")
            messages.success(request, text % {"address": invitation.address})
            return HttpResponseRedirect(reverse("people"))
    return _rights_page(request, "tenure/hub/invite.html", form, is_search=is_search)


@require_http_methods(["GET", "HEAD", "POST"])
@inside_account
@needing("people.change")
@of_this_account
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Change what somebody may do."""
    viewer, account = signed_in(request), account_of(request)
    membership = memberships.of(account, person_id)
    rights = rights_of(membership)
    form = RightsForm(
        request.POST or None,
        account=account,
        viewer=viewer,
        current=rights,
        may_name_owners=allows(request, "owners.name"),
    )
    is_search = "search" in request.POST
    if not is_search and form.is_valid():
        try:
            memberships.change(
                account.id,
                person_id,
                form.rights(),
                by=viewer.person,
                seen=request.POST.get("seen", ""),
            )
        except NotFound:
            raise
        except ServiceError as error:
            form.add_error(None, said(error))
        else:
            text = _("The rights of %(person)s were changed.")
            messages.success(request, text % {"person": _called(membership)})
            return HttpResponseRedirect(reverse("people"))
    return _rights_page(
        request,
        "tenure/hub/person.html",
        form,
        is_search=is_search,
        member=membership,
        mark=request.POST.get("seen", rights.mark) if is_search else rights.mark,
        told=told(rights, Names(account, viewer, rights.scopes)),
        is_self=person_id == viewer.person.id,
    )


def _rights_page(
    request: HttpRequest, template: str, form: RightsForm, *, is_search: bool, **more: Any
) -> HttpResponse:
    status = 422 if form.is_bound and not is_search else 200
    found = {"form": form, "is_search": is_search, "section": "people", **more}
    return render(request, template, found, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@inside_account
@needing("people.remove")
@of_this_account
@proven
def remove(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Say what somebody loses; then take them out of the account."""
    viewer, account = signed_in(request), account_of(request)
    membership = memberships.of(account, person_id)
    if request.method == "POST":
        if tried(request, lambda: memberships.remove(account.id, person_id, by=viewer.person)):
            text = _("%(person)s is no longer in %(account)s.")
            messages.success(
                request, text % {"person": _called(membership), "account": clean(account.name)}
            )
        return HttpResponseRedirect(reverse("people"))
    return _sure(request, "tenure/hub/remove.html", membership)


@require_http_methods(["GET", "HEAD", "POST"])
@inside_account
@needing("owners.transfer")
@of_this_account
@proven
def transfer(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Say what handing an account over means; then do it."""
    viewer, account = signed_in(request), account_of(request)
    own = memberships.of(account, viewer.person.id)
    if not own.is_owner:
        raise Forbidden("only an owner hands an account over")
    membership = memberships.of(account, person_id)
    if request.method == "POST":
        if tried(request, lambda: memberships.transfer(account.id, person_id, by=viewer.person)):
            text = _("%(person)s owns %(account)s now. You can still change everything else in it.")
            messages.success(
                request, text % {"person": _called(membership), "account": clean(account.name)}
            )
        return HttpResponseRedirect(reverse("people"))
    return _sure(request, "tenure/hub/transfer.html", membership)


@require_http_methods(["GET", "HEAD", "POST"])
@inside_account
@of_this_account
@proven
def leave(request: HttpRequest) -> HttpResponse:
    """Say what leaving means; then leave."""
    viewer, account = signed_in(request), account_of(request)
    membership = memberships.of(account, viewer.person.id)
    if request.method == "POST":
        if tried(request, lambda: memberships.leave(account.id, by=viewer.person)):
            text = _("You have left %(account)s.")
            messages.success(request, text % {"account": clean(account.name)})
            return HttpResponseRedirect(hub_address("companies"))
        return HttpResponseRedirect(reverse("people"))
    return _sure(request, "tenure/hub/leave.html", membership)


def _sure(request: HttpRequest, template: str, membership: Membership) -> HttpResponse:
    viewer, account = signed_in(request), account_of(request)
    rights = rights_of(membership)
    owners = [each for each in memberships.people(account) if each.is_owner]
    return render(
        request,
        template,
        {
            "section": "people",
            "member": membership,
            "told": told(rights, Names(account, viewer, rights.scopes)),
            "is_last_owner": membership.is_owner and len(owners) == 1,
            "others": [each for each in memberships.people(account) if each.id != membership.id],
        },
    )


@require_POST
@inside_account
@needing("people.invite")
@of_this_account
def resend(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again."""
    viewer, account = signed_in(request), account_of(request)
    if tried(
        request,
        lambda: invitations.resend(account.id, invitation_id, by=viewer.person, clock=CLOCK),
    ):
        text = _("We write to %(address)s again; the link of the mail before is worthless now.")
        messages.success(request, text % {"address": _address(account, invitation_id)})
    return HttpResponseRedirect(reverse("people"))


@require_POST
@inside_account
@needing("people.invite")
@of_this_account
def revoke(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    viewer, account = signed_in(request), account_of(request)
    if tried(
        request,
        lambda: invitations.revoke(account.id, invitation_id, by=viewer.person, clock=CLOCK),
    ):
        text = _("The invitation of %(address)s was taken back; its link is worthless now.")
        messages.success(request, text % {"address": _address(account, invitation_id)})
    return HttpResponseRedirect(reverse("people"))


def _address(account: Account, invitation_id: UUID) -> str:
    return Invitation.objects.get(account=account, pk=invitation_id).address


def _called(membership: Membership) -> str:
    return clean(membership.person.name or membership.person.email)
