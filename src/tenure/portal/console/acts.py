"""What is done to very many members: asked from the list, watched on a page, stopped there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tenure.portal.console.frames import Desk, console
from tenure.portal.shared.addresses import reader_of
from tenure.portal.shared.doors import of_company
from tenure.portal.templatetags.tenure import number
from tenure.services import acts
from tenure.services.errors import NotFound
from tenure.store.models import Act, Group, Pool
from tenure.words.names import clean


@dataclass(frozen=True, slots=True)
class Shown:
    """An act with what is said of it: what is done, how far it is, what came of it."""

    act: Act
    address: str
    title: str
    progress: str
    percent: int
    is_open: bool


def send(desk: Desk, what: str, ids: list[UUID], target: UUID | None = None) -> HttpResponse:
    """Have the engine do it, and lead to the page that shows how far it is."""
    viewer = reader_of(desk.request)
    asked: list[Act] = []

    def doing() -> None:
        asked.append(
            acts.ask(
                desk.company_id,
                desk.service,
                what,
                ids,
                by=None if viewer is None else viewer.person,
                target=target,
                pool=None if desk.pool is None else desk.pool.id,
                filter=QueryDict(desk.request.POST.get("filter", "")[:2000]).urlencode()[:2000],
                **desk.with_it,
            )
        )

    if desk.tried(doing):
        return desk.to("console-progress", asked[0].id)
    return HttpResponseRedirect(f"{desk.address('console')}{desk.query}")


def shown_beside(desk: Desk) -> list[Shown]:
    """Give what is under way, and what was a short while ago, for the list."""
    standing = desk.standing
    pool = None if desk.pool is None else desk.pool.id
    found = acts.shown(
        standing.company, standing.service, standing.life.instance, pool, now=standing.now
    )
    return [_shown(desk, act) for act in found]


@require_safe
@of_company("console")
@console
def progress(desk: Desk, act_id: UUID) -> HttpResponse:
    """Show how far something is that is done to very many members, and what came of it."""
    act = _found(desk, act_id)
    is_open = act.state in acts.OPEN
    return desk.page(
        "act",
        "members",
        shown=_shown(desk, act),
        act=act,
        is_next=not is_open or acts.is_next(act),
        is_open=is_open,
        came=came_of(act),
        why=_why(act),
        by="" if act.asked_by is None else act.asked_by.name or act.asked_by.email,
        target=_target(desk, act),
        here=desk.request.get_full_path(),
        stop_address=desk.address("console-stop", act.id),
        list_address=_list(desk, act),
        waiting_address=_list(desk, act, "pending") if act.outcome.get(acts.WAITS) else "",
    )


@require_POST
@of_company("console", level="write")
@console
def stop(desk: Desk, act_id: UUID) -> HttpResponse:
    """Do no more of something that is done to very many members; what is done stays done."""
    act = _found(desk, act_id)

    def doing() -> None:
        stopped = acts.stop(desk.company_id, act.id, **desk.with_it)
        if stopped.reason == acts.BY_PERSON:
            messages.success(desk.request, _("Stopped. What is done stays done."))
        else:
            messages.warning(desk.request, _("It was over already."))

    desk.tried(doing)
    return desk.to("console-progress", act.id)


def _found(desk: Desk, act_id: UUID) -> Act:
    """Give an act of this instance; whoever sees one site sees what was asked for it alone."""
    act = acts.find(desk.standing.company, act_id)
    is_elsewhere = (act.service, act.instance) != (desk.service, desk.standing.life.instance)
    if is_elsewhere or (desk.pool is not None and act.pool_id != desk.pool.id):
        raise NotFound("there is no such act")
    return act


def _list(desk: Desk, act: Act, shown: str | None = None) -> str:
    """Give the address of the list as it was filtered, or of some of those in it."""
    query = QueryDict(act.filter, mutable=True)
    query.pop("page", None)
    if shown is not None:
        query["show"] = shown
    if len(desk.standing.services) > 1:
        query["service"] = desk.service
    return f"{desk.address('console')}?{query.urlencode()}" if query else desk.address("console")


def _target(desk: Desk, act: Act) -> str:
    """Name the site or the group."""
    company, what = desk.standing.company, Act.What
    if act.target_id is None:
        return _("That of the group, the source or the company") if act.what == what.HOME else ""
    if act.what == what.HOME:
        rows = Pool.objects.filter(company=company, id=act.target_id)
        return clean(rows.values_list("name", flat=True).first() or "…")
    groups = Group.objects.filter(company=company, id=act.target_id)
    return clean(groups.values_list("name", flat=True).first() or "…")


# What is said


def _shown(desk: Desk, act: Act) -> Shown:
    return Shown(
        act,
        f"{desk.address('console-progress', act.id)}{desk.query}",
        _title(act),
        _progress(act),
        100 * act.done // max(act.total, 1),
        act.state in acts.OPEN,
    )


def _title(act: Act) -> str:
    texts = {
        "protect": ngettext("Protect %(n)s member", "Protect %(n)s members", act.total),
        "unprotect": ngettext("Unprotect %(n)s member", "Unprotect %(n)s members", act.total),
        "leave": ngettext(
            "Note that %(n)s member has left", "Note that %(n)s members have left", act.total
        ),
        "back": ngettext(
            "Note that %(n)s member is back", "Note that %(n)s members are back", act.total
        ),
        "home": ngettext(
            "Set the home site of %(n)s member", "Set the home site of %(n)s members", act.total
        ),
        "group": ngettext(
            "Put %(n)s member into a group", "Put %(n)s members into a group", act.total
        ),
    }
    return texts[act.what] % {"n": number(act.total)}


def _progress(act: Act) -> str:
    """Say how far an act is, or how it ended."""
    counts = {"done": number(act.done), "total": number(act.total)}
    if act.state == Act.State.WAITING:
        return _("waits for its turn")
    if act.state == Act.State.DONE:
        return _("finished")
    if act.state == Act.State.STOPPED:
        return _("stopped after %(done)s of %(total)s") % counts
    if act.state == Act.State.FAILED:
        return _("failed after %(done)s of %(total)s") % counts
    texts = {
        "protect": _("%(done)s of %(total)s are being protected"),
        "unprotect": _("%(done)s of %(total)s are being unprotected"),
    }
    return texts.get(act.what, _("%(done)s of %(total)s are seen to")) % counts


def _why(act: Act) -> str:
    """Say why an act ended before its end; empty where it did not."""
    if act.state == Act.State.FAILED:
        return _("An error stopped it. What is done stays done; ask again for the rest.")
    if act.state != Act.State.STOPPED:
        return ""
    known = {
        acts.BY_PERSON: _("Somebody stopped it. What is done stays done."),
        acts.NO_TARGET: _("The site or the group is no longer there. What is done stays done."),
        acts.NO_RIGHT: _(
            "Whoever asked for it may no longer do so here. What is done stays done; somebody who "
            "may can ask for the rest."
        ),
        "suspended": _("The service was suspended meanwhile. What is done stays done."),
        "deleted": _("The service was deleted meanwhile."),
    }
    return known.get(act.reason, "")


def came_of(act: Act) -> list[tuple[str, str, bool]]:
    """Say how many came to what: the code, the sentence, and whether they lack something."""
    sentences = {
        acts.DONE: _done,
        acts.WAITS: _waits,
        acts.ALREADY: _already,
        acts.EXCLUDED: _excluded,
        acts.GONE: _gone,
    }
    found = []
    for code, say in sentences.items():
        if count := act.outcome.get(code, 0):
            text = say(act.what, count) % {"n": number(count)}
            found.append((code, text, code == acts.WAITS))
    return found


def _done(what: str, n: int) -> str:
    texts: dict[str, Any] = {
        "protect": ngettext("%(n)s member is protected.", "%(n)s members are protected.", n),
        "unprotect": ngettext(
            "%(n)s member is no longer protected.", "%(n)s members are no longer protected.", n
        ),
        "leave": ngettext("%(n)s member has left.", "%(n)s members have left.", n),
        "back": ngettext("%(n)s member is there again.", "%(n)s members are there again.", n),
        "home": ngettext(
            "%(n)s member has the home site. Seats stay where they are.",
            "%(n)s members have the home site. Seats stay where they are.",
            n,
        ),
        "group": ngettext(
            "%(n)s member came into the group.", "%(n)s members came into the group.", n
        ),
    }
    return str(texts[what])


def _waits(what: str, n: int) -> str:
    return ngettext(
        "%(n)s member waits: no unit is free. They are protected as soon as one is.",
        "%(n)s members wait: no unit is free. They are protected as soon as there are enough.",
        n,
    )


def _already(what: str, n: int) -> str:
    if what == "protect":
        return ngettext(
            "%(n)s member was protected or waited already.",
            "%(n)s members were protected or waited already.",
            n,
        )
    if what == "unprotect":
        return ngettext("%(n)s member was not protected.", "%(n)s members were not protected.", n)
    return ngettext("%(n)s member was so already.", "%(n)s members were so already.", n)


def _excluded(what: str, n: int) -> str:
    return ngettext(
        "%(n)s is excluded from the rules from now on.",
        "%(n)s are excluded from the rules from now on.",
        n,
    )


def _gone(what: str, n: int) -> str:
    return ngettext(
        "%(n)s member left or was removed meanwhile.",
        "%(n)s members left or were removed meanwhile.",
        n,
    )
