"""One member: how they stand and why, their names and groups; adding, changing, removing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tenure.portal.console.frames import Desk, console, said, uuid_of
from tenure.portal.console.lists import lines, tell
from tenure.portal.shared.doors import of_company
from tenure.services import (
    member_files,
    members,
    previews,
    protection,
    rosters,
    seats,
    unseen_rules,
)
from tenure.services.errors import NotFound, ServiceError
from tenure.services.previews import Preview
from tenure.store.models import Alias, Exclusion, Group, GroupMember, Identity, Member, Source
from tenure.words.names import clean

FILE_LIMIT = 2_000_000
"""Bytes of a table that is uploaded."""


class MemberForm(forms.Form):
    """Who a member is. ``user`` is what checks ask for."""

    user = forms.CharField(
        label=gettext_lazy("Address or user name"),
        help_text=gettext_lazy("Checks ask by it. Capitals and small letters are the same."),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)


class NewMemberForm(MemberForm):
    """A member who is added by hand."""

    site = forms.ChoiceField(label=gettext_lazy("Home site"), required=False)
    group = forms.CharField(
        label=gettext_lazy("Groups"),
        help_text=gettext_lazy("By hand, parted by semicolons. Those that are missing are made."),
        max_length=400,
        required=False,
    )

    def __init__(self, *args: Any, desk: Desk, **more: Any) -> None:
        super().__init__(*args, **more)
        if desk.standing.has_sites:
            choices = [("", _("That of the group, the source or the company"))]
            choices += [(str(pool.id), clean(pool.name)) for pool in desk.standing.pools]
            self.fields["site"].choices = choices  # type: ignore[attr-defined]  # it has
        else:
            del self.fields["site"]


@require_http_methods(["GET", "HEAD", "POST"])
@of_company("console", level="write")
@console
def add(desk: Desk) -> HttpResponse:
    """Add a member by hand."""
    form = NewMemberForm(desk.request.POST or None, desk=desk)
    if form.is_valid():
        values = form.cleaned_data
        try:
            member = members.add(
                desk.company_id,
                user=values["user"],
                name=values["name"].strip(),
                pool=uuid_of(values.get("site")),
                group=values["group"],
                **desk.with_it,
            )
        except ServiceError as error:
            form.add_error(None, said(error))
        else:
            messages.success(
                desk.request, _("%(name)s is a member.") % {"name": clean(str(member))}
            )
            return desk.to("console-member", member.id)
    return desk.page("add", "members", form=form, status=422 if form.is_bound else 200)


def _find(desk: Desk, member_id: UUID) -> Member:
    member = Member.objects.filter(company=desk.standing.company, id=member_id).first()
    if member is None:
        raise NotFound("there is no such member in this company")
    return member


@require_http_methods(["GET", "HEAD"])
@of_company("console")
@console
def member(desk: Desk, member_id: UUID) -> HttpResponse:
    """Show a member."""
    return _show(desk, _find(desk, member_id))


def _show(desk: Desk, found: Member, form: MemberForm | None = None) -> HttpResponse:
    company, standing = desk.standing.company, desk.standing
    line = lines(desk, rosters.rows_of(standing, [found]), whole=True)[0]
    in_groups = GroupMember.objects.filter(company=company, member_id=found.id)
    identities = Identity.objects.filter(company=company, member_id=found.id)
    named = dict(Source.objects.filter(company=company).values_list("id", "name"))
    status = 200
    if form is None:
        form = MemberForm(initial={"user": found.user, "name": found.name})
    else:
        status = 422
    return desk.page(
        "member",
        "members",
        status=status,
        member=found,
        line=line,
        form=form,
        source=named.get(found.source_id, "") if found.source_id else "",
        identities=[(each, named.get(each.source_id, "")) for each in identities],
        aliases=list(
            Alias.objects.filter(company=company, member_id=found.id)
            .order_by("value")
            .values_list("value", flat=True)
        ),
        groups=Group.objects.filter(company=company, id__in=in_groups.values("group_id")).order_by(
            "name"
        ),
        exclusion=Exclusion.objects.filter(
            company=company,
            service=standing.service,
            instance=standing.life.instance,
            kind="member",
            target_id=found.id,
        ).first(),
        release=unseen_rules.announced(company, desk.service, standing.life.instance)
        .filter(member_id=found.id)
        .first(),
        home=next((pool for pool in standing.pools if pool.id == members.home_pool(found)), None),
        other_pools=[pool for pool in standing.pools if pool.id != line.row.pool_id],
    )


@require_POST
@of_company("console", level="write")
@console
def change(desk: Desk, member_id: UUID) -> HttpResponse:
    """Do one of the things that a member's page offers."""
    found = _find(desk, member_id)
    what = desk.request.POST.get("do", "")
    if what == "rename":
        form = MemberForm(desk.request.POST)
        if not form.is_valid():
            return _show(desk, found, form)
        try:
            members.rename(
                desk.company_id,
                found.id,
                name=form.cleaned_data["name"].strip(),
                user=form.cleaned_data["user"],
                **desk.with_it,
            )
        except ServiceError as error:
            form.add_error(None, said(error))
            return _show(desk, found, form)
        messages.success(desk.request, _("Saved."))
    elif what in _DOINGS:
        _DOINGS[what](desk, found)
    else:
        messages.error(desk.request, _("Choose what is to be done."))
    return desk.to("console-member", found.id)


def _protect(desk: Desk, found: Member) -> None:
    def doing() -> None:
        tell(desk, protection.want(desk.company_id, desk.service, [found.id], **desk.with_it))

    desk.tried(doing)


def _leave(desk: Desk, found: Member) -> None:
    text = _("%(name)s has left; the seat is given back.") % {"name": clean(str(found))}
    desk.tried(lambda: members.leave(desk.company_id, [found.id], **desk.with_it), text)


def _back(desk: Desk, found: Member) -> None:
    text = _("%(name)s is there again.") % {"name": clean(str(found))}
    desk.tried(lambda: members.come_back(desk.company_id, [found.id], **desk.with_it), text)


def _home(desk: Desk, found: Member) -> None:
    pool = uuid_of(desk.request.POST.get("home"))
    desk.tried(
        lambda: members.set_home(desk.company_id, [found.id], pool, **desk.with_it), _("Saved.")
    )


def _move(desk: Desk, found: Member) -> None:
    pool = uuid_of(desk.request.POST.get("pool"))
    if pool is None:
        messages.error(desk.request, _("Choose a site."))
        return
    text = _("%(name)s has moved: the seat is the last one of the new site.")
    desk.tried(
        lambda: seats.move(desk.company_id, desk.service, found.id, pool, **desk.with_it),
        text % {"name": clean(str(found))},
    )


def _include(desk: Desk, found: Member) -> None:
    mine = Exclusion.objects.filter(
        company=desk.standing.company,
        service=desk.service,
        instance=desk.standing.life.instance,
        kind="member",
        target_id=found.id,
    )
    ids = list(mine.values_list("id", flat=True))
    desk.tried(
        lambda: protection.include(desk.company_id, desk.service, ids, **desk.with_it),
        _("The rules hold for %(name)s again.") % {"name": clean(str(found))},
    )


_DOINGS = {
    "protect": _protect,
    "leave": _leave,
    "back": _back,
    "home": _home,
    "move": _move,
    "include": _include,
}


@require_http_methods(["GET", "HEAD", "POST"])
@of_company("console", level="write")
@console
def remove(desk: Desk, member_id: UUID) -> HttpResponse:
    """Say what is lost with a member; then remove them for good."""
    found = _find(desk, member_id)
    company = desk.standing.company

    def doing() -> None:
        members.remove(desk.company_id, [found.id], **desk.with_it)

    if desk.request.method == "POST":
        text = _("%(name)s is removed for good.") % {"name": clean(str(found))}
        if desk.tried(doing, text):
            return desk.to("console")
        return desk.to("console-member", found.id)
    mine = {"company": company, "member_id": found.id}
    return desk.page(
        "remove",
        "members",
        member=found,
        groups=GroupMember.objects.filter(**mine).count(),
        aliases=Alias.objects.filter(**mine).count(),
        identities=Identity.objects.filter(**mine).count(),
        line=lines(desk, rosters.rows_of(desk.standing, [found]))[0],
    )


# From a table


@require_http_methods(["GET", "HEAD", "POST"])
@of_company("console", level="write")
@console
def from_file(desk: Desk) -> HttpResponse:
    """Say what a table would change; then, with the same table, change it."""
    request = desk.request
    if request.method != "POST":
        return desk.page("file", "members", columns=member_files.COLUMNS)
    text, problem = "", ""
    upload = request.FILES.get("table")
    if upload is not None:
        if (upload.size or 0) > FILE_LIMIT:
            problem = _("The file is too large: at most 2 MB.")
        else:
            try:
                text = member_files.read(upload.read())
            except ServiceError as error:
                problem = said(error)
    else:
        text = request.POST.get("text", "")
    if not text.strip() and not problem:
        problem = _("Choose a file.")
    if problem:
        return desk.page(
            "file", "members", columns=member_files.COLUMNS, problem=problem, status=422
        )
    if request.POST.get("sure"):
        done: list[member_files.Plan] = []
        if desk.tried(
            lambda: done.append(member_files.carry_out(desk.company_id, text, **desk.with_it))
        ):
            told = _("Done: %(added)s members added, %(changed)s changed.")
            messages.success(request, told % {"added": done[0].added, "changed": done[0].changed})
            return desk.to("console")
    return _planned(desk, text)


def _planned(desk: Desk, text: str) -> HttpResponse:
    plan = member_files.plan(desk.standing.company, text)
    would: list[Preview] = []
    if not plan.wrong and plan.changes:
        desk.tried(
            lambda: would.append(
                previews.preview(
                    desk.standing,
                    lambda: member_files.carry_out(desk.company_id, text, **desk.with_it),
                )
            )
        )
    return desk.page(
        "file",
        "members",
        columns=member_files.COLUMNS,
        plan=plan,
        shown=plan.changes[: member_files.SHOWN],
        faults=[(each.line, _fault(each)) for each in plan.wrong[: member_files.SHOWN]],
        text=text,
        preview=would[0] if would else None,
        status=422 if plan.wrong else 200,
    )


def _fault(wrong: member_files.Wrong) -> str:
    texts = {
        "no_user_column": _("The first line names no column “user”."),
        "unknown_column": _("There is no column “%(about)s” here."),
        "too_many_rows": _("There are more than %(about)s lines."),
        "not_utf8": _("The file is not written in UTF-8."),
        "other_cells": _("The line does not have %(about)s cells as the first line does."),
        "no_user": _("The cell under “user” is empty."),
        "too_long": _("A cell is too long (%(about)s)."),
        "twice": _("%(about)s stands in an earlier line, too."),
        "no_such_site": _("The company has no site %(about)s."),
    }
    return texts[wrong.code] % {"about": clean(wrong.about)}
