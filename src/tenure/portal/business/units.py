"""Units per licence and site: one table to change, spread, take back; who would lose is shown.

The form carries what it was made from. Where somebody changed one of its licences since, nothing
is saved, what was typed stays, and the page says who did what. Of very many sites some are shown at
a time; at the others the units stay as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tenure.core.placements import evenly
from tenure.portal.business.sites import said
from tenure.portal.operator import events
from tenure.portal.operator.impacts import impacts, preview_of
from tenure.portal.operator.pages import frame
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import CLOCK, missing_is_404, page_number, standing_of, who
from tenure.services import histories, pools, whatifs
from tenure.services.errors import ServiceError
from tenure.services.histories import Page
from tenure.services.licences import ChangedMeanwhile
from tenure.services.standings import PoolStanding, Standing
from tenure.store.models import Licence, Placement

MOST_ROWS = 20
MOST_SITES = 100
"""So many sites are shown at a time."""
MOST_CELLS = 800
"""So many fields a form has at most: more are refused as a flood."""

_CELL = re.compile(r"u-([0-9a-f]{32})-([0-9a-f]{32})")


@dataclass
class Cell:
    """The units of a licence at a site, as they are and as they were typed."""

    pool: PoolStanding
    name: str
    units: int
    typed: str
    is_wrong: bool = False


@dataclass
class Row:
    """A licence: what stands outside of the company's own pool, and the rest there.

    ``placed`` is also of the sites that are not shown.
    """

    licence: Licence
    name: str
    cells: list[Cell]
    is_ended: bool
    problem: str = ""
    placed: dict[UUID, int] = field(default_factory=dict)

    @property
    def rest(self) -> int:
        """What stands in the company's own pool."""
        return self.licence.units - sum(self.placed.values())

    @property
    def is_changed(self) -> bool:
        """Whether other numbers were typed than there are."""
        return any(self.placed.get(cell.pool.id) != cell.units for cell in self.cells)


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@missing_is_404
def units(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show where units stand; say what other numbers would bring; place them so."""
    standing = standing_of(request, company_id)
    seq = standing.company.last_seq  # read before the numbers, so that nothing is overlooked
    form = _Form.of(request.POST)
    sites, places = _sites(standing, request, form)
    rows, page = _rows(standing, page_number(request), sites, form)
    more: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        asked = request.POST.get("do", "")
        seq = _whole(request.POST.get("made_from", "")) or 0
        _read(rows, request, asked, [standing.pools[0], *sites])
        known = form.licences or {row.licence.id for row in rows}
        found = pools.changed_since(standing.company, seq, known)
        changed = [row for row in rows if row.is_changed]
        if form.typed_in - {pool.id for pool in sites}:
            more["refused"], status = _("Not done: a site was closed meanwhile."), 422
        elif any(row.problem for row in rows):
            status = 422
        elif found:
            more["conflict"] = _told(standing, found)
            seq, status = standing.company.last_seq, 409
        elif not changed:
            more["is_same"] = not _is_filling(asked)
        elif not _is_filling(asked):
            try:
                try:
                    done, more = _preview_or_place(request, standing, changed, seq, asked)
                except ChangedMeanwhile as refused:
                    status = 409
                    if not refused.facts:  # the licences are the same, who would lose is not
                        done, more = _preview_or_place(request, standing, changed, seq, "again")
                    else:
                        done, more = False, {"conflict": _told(standing, refused.facts)}
                        seq = standing.company.last_seq
            except ServiceError as error:
                more["refused"], status = said(error), 422
            else:
                if done:
                    return _back(request, standing)
    return render(
        request,
        "tenure/business/units.html",
        frame(
            request,
            standing,
            "licences",
            rows=rows,
            page=page,
            sites=sites,
            places=places,
            seq=seq,
            **more,
        ),
        status=status,
    )


@dataclass(frozen=True, slots=True)
class _Form:
    """Of which licences and sites a form is: another page may hold them by now.

    ``typed_in``: the sites where a number of units was written.
    """

    licences: frozenset[UUID]
    sites: frozenset[UUID]
    typed_in: frozenset[UUID]

    @classmethod
    def of(cls, post: QueryDict) -> _Form:
        """Read it from the names of its fields."""
        cells = [(found, str(post[name])) for name in post if (found := _CELL.fullmatch(name))]
        return cls(
            frozenset(UUID(found[1]) for found, _typed in cells),
            frozenset(UUID(found[2]) for found, _typed in cells),
            frozenset(UUID(found[2]) for found, typed in cells if typed.strip(" 0")),
        )


def _sites(
    standing: Standing, request: HttpRequest, form: _Form
) -> tuple[list[PoolStanding], Page]:
    """Give the sites that are shown: those of the form, else of the page asked for."""
    every = list(standing.pools[1:])
    asked = request.GET.get("sites", "")
    page = Page.of(_whole(asked) or 1, len(every), MOST_SITES)
    if form.sites:
        return [pool for pool in every if pool.id in form.sites][:MOST_CELLS], page
    return every[page.first(MOST_SITES) :][:MOST_SITES], page


def _rows(
    standing: Standing, number: int, sites: list[PoolStanding], form: _Form
) -> tuple[list[Row], Page]:
    """Read a page of licences that can have units, those that have ended last.

    Those of a form are read again as they are, whatever page they stand on meanwhile.
    """
    company = standing.company
    open_ = Licence.objects.select_related("product").filter(
        company=company,
        product__services=standing.service,
        removed_at=None,
        cancelled_at=None,
    )
    ended = open_.filter(ends_at__lte=standing.now)
    running = open_.exclude(id__in=ended.values("id"))
    size = max(1, min(MOST_ROWS, MOST_CELLS // max(1, len(sites))))
    count, past = running.count(), ended.count()
    page = Page.of(number, count + past, size)
    first = page.first(size)
    soonest = (F("ends_at").asc(nulls_last=True), "id")
    if form.licences:
        ids = sorted(form.licences)[:MOST_CELLS]
        shown = [
            *running.filter(id__in=ids).order_by(*soonest),
            *ended.filter(id__in=ids).order_by("-ends_at", "id"),
        ]
    else:
        shown = list(running.order_by(*soonest)[first : first + size])
        if len(shown) < size:
            start = max(0, first - count)
            shown += ended.order_by("-ends_at", "id")[start : start + size - len(shown)]
    ids = [row.id for row in shown]
    placements = Placement.objects.filter(company=company, licence_id__in=ids, closed_seq=None)
    open_sites = {pool.id for pool in standing.pools[1:]}
    placed: dict[UUID, dict[UUID, int]] = {}
    for x in placements:
        if x.pool_id in open_sites and x.units:
            placed.setdefault(x.licence_id, {})[x.pool_id] = x.units
    found = []
    for licence in shown:
        cells = []
        for pool in sites:
            there = placed.get(licence.id, {}).get(pool.id, 0)
            cells.append(Cell(pool, f"u-{licence.id.hex}-{pool.id.hex}", there, str(there)))
        found.append(
            Row(
                licence,
                licence.label or licence.product.name,
                cells,
                licence.ends_at is not None and licence.ends_at <= standing.now,
                placed={
                    **placed.get(licence.id, {}),
                    **{cell.pool.id: cell.units for cell in cells},
                },
            )
        )
    return found, page


def _is_filling(asked: str) -> bool:
    """Whether numbers are only to be filled in, and nothing is asked of them yet."""
    return asked.startswith(("spread", "back"))


def _read(rows: list[Row], request: HttpRequest, asked: str, shown: Sequence[PoolStanding]) -> None:
    """Take what was typed, or what a button fills in at the sites that are shown."""
    what, _colon, which = asked.partition(":")
    ids = [pool.id for pool in shown]
    for row in rows:
        units = None
        if what in ("spread", "back") and which in ("", row.licence.id.hex):
            elsewhere = sum(count for pool, count in row.placed.items() if pool not in ids)
            units = evenly(row.licence.units - elsewhere, ids) if what == "spread" else {}
        for cell in row.cells:
            typed = request.POST.get(cell.name, str(cell.units)).strip()[:20]
            if units is not None:
                typed = str(units.get(cell.pool.id, 0))
            cell.typed = typed
            count = _whole(typed or "0")
            cell.is_wrong = count is None
            row.placed[cell.pool.id] = cell.units if count is None else count
        if any(cell.is_wrong for cell in row.cells):
            row.problem = _("Write whole numbers, such as 20.")
        elif row.rest < 0:
            row.problem = ngettext(
                "%(over)s unit more is placed than the licence has.",
                "%(over)s units more are placed than the licence has.",
                -row.rest,
            ) % {"over": -row.rest}


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _preview_or_place(
    request: HttpRequest, standing: Standing, changed: list[Row], seq: int, asked: str
) -> tuple[bool, dict[str, Any]]:
    """Place the units where that was agreed to, or where nobody loses by it; else say who does."""
    placed = {
        row.licence.id: {pool: units for pool, units in row.placed.items() if units}
        for row in changed
    }
    would = preview_of(standing, *(whatifs.place(id_, named) for id_, named in placed.items()))
    agreed = request.POST.get("sure", "")
    if asked == "save" and (not would.lost or agreed == would.sure):
        pools.place(
            standing.company.id,
            placed,
            made_from=seq,
            seen=would.seq,
            clock=CLOCK,
            who=who(request),
        )
        text = ngettext(
            "The units of %(n)s licence are placed as you said.",
            "The units of %(n)s licences are placed as you said.",
            len(changed),
        )
        messages.success(request, text % {"n": len(changed)})
        return True, {}
    is_moved = asked == "again" or (asked == "save" and bool(agreed))
    return False, {**impacts(would), "is_asked": True, "is_moved": is_moved}


def _told(standing: Standing, facts: Any) -> list[tuple[str, str, int]]:
    """Say who did what, and when."""
    people = histories.people(facts)
    names = histories.licence_names(standing, events.licences_named(facts))
    return [
        (events.doer(fact.who, people), events.done(fact, standing, names), fact.at)
        for fact in facts
    ]


def _back(request: HttpRequest, standing: Standing) -> HttpResponse:
    """Lead to the page of the table from which the form came."""
    address = reverse("units", args=[standing.company.id])
    query = request.GET.urlencode()
    return HttpResponseRedirect(f"{address}?{query}" if query else address)
