"""The design on one page, in demo mode: each part as the pages use it, from the same templates.

What it shows is made up, and nothing is read. A part that the product does not use has no place
here; the tokens are read from the style sheets themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tenure.core import facts as f
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.core.simulation import Outages, happen
from tenure.core.timeline import timeline
from tenure.portal.hub.accounts import SettingsForm
from tenure.portal.hub.companies import Line
from tenure.portal.hub.rights_words import Told
from tenure.portal.shared.doors import open_to_all
from tenure.portal.shared.readers import language
from tenure.portal.shared.timelines import picture
from tenure.portal.shared.whereabouts import COLOURS, Destination, kind_name
from tenure.services.histories import Page
from tenure.services.overviews import CompanyRow
from tenure.services.standings import PoolStanding
from tenure.words.examples import companies as standings
from tenure.words.sentences import company_sentences
from tenure.words.statuses import Family, company_status, statuses

SHEETS = ("tenure.css", "timeline.css", "shell.css")
DARK = "dark.css"
NOWHERE = UUID(int=0)
ZONE = "Europe/Paris"
NOW = 1_781_992_800
"""A midnight in June 2026 there."""

THEMES = ("light", "dark")
FAMILIES: dict[Family, Any] = {
    "company": gettext_lazy("Of a company"),
    "pool": gettext_lazy("Of a site"),
    "licence": gettext_lazy("Of a licence"),
    "member": gettext_lazy("Of a member"),
}
NAMES = ("Atelier", "Boulangerie", "Cordier", "Dubois", "Étoile", "Fournil", "Garage", "Horizon")
STATES = ("active, ends soon", "active, some wait", "grace", "suspended")
"""Of the standings that the words have as examples."""


@dataclass(frozen=True, slots=True)
class Token:
    """A colour or a length of the style sheets; ``dark`` is empty for what is the same there."""

    name: str
    value: str
    dark: str = ""

    @property
    def width(self) -> int:
        """A length in pixels, where the letters have their usual size."""
        return round(float(self.value.removesuffix("rem")) * 16)


@require_safe
@open_to_all
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show it; outside of demo mode there is nothing."""
    if not settings.DEMO:
        raise Http404("there is nothing at this address")
    asked = request.GET.get("theme", "")
    form = SettingsForm({"palette": "2", "idle_minutes": "1"}, may_secure=True)
    form.is_valid()
    return render(
        request,
        "tenure/hub/styleguide.html",
        {
            "section": "styleguide",
            "theme": asked if asked in THEMES else "",
            "themes": THEMES,
            "sizes": _lengths("size"),
            "spaces": _lengths("space"),
            "colours": _colours(),
            "accounts": _accounts(),
            "families": [
                (title, family, [each.code for each in statuses(family)])
                for family, title in FAMILIES.items()
            ],
            "form": form,
            "swatches": True,
            "lines": _lines(),
            "found": SimpleNamespace(services_differ=False),
            "several": True,
            "sort": "worst",
            "company": SimpleNamespace(id=NOWHERE),
            "sites": SimpleNamespace(life=SimpleNamespace(phase="active", deadline=None)),
            "pools": _pools(),
            "zone": ZONE,
            "now": NOW,
            "page": Page(2, 7, 312),
            "told_results": [_message("success"), _message("error")],
            "engines": [SimpleNamespace(code=code, because="…") for code in ("silent", "waiting")],
            "states": _states(),
            "told": [Told("", _("everything, as an owner"))],
            "acting": _acting(),
            "picture": _picture(),
        },
    )


@cache
def _sheet(name: str) -> str:
    """Read the first block of a style sheet, which has its tokens."""
    found = finders.find(f"tenure/{name}")
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    block = re.search(r"^:root \{(.*?)^\}", Path(found).read_text(encoding="utf-8"), re.S | re.M)
    return "" if block is None else block[1]


def _colours() -> list[Token]:
    dark = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", _sheet(DARK)))
    return [
        Token(name, value, dark.get(name, value))
        for sheet in SHEETS
        for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", _sheet(sheet))
    ]


def _lengths(kind: str) -> list[Token]:
    found = re.findall(rf"--({kind}-\w+): ([\d.]+rem);", _sheet(SHEETS[0]))
    return [Token(name, value) for name, value in found]


def _accounts() -> list[Destination]:
    return [
        Destination(
            f"{NAMES[i]} {i}",
            "msp" if i % 2 else "business",
            str(i),
            f"#palette-{i}",
            is_here=False,
        )
        for i in range(COLOURS)
    ]


def _lines() -> list[Line]:
    """Give rows of the list of companies, one of each status."""
    until = NOW + 9 * DAY
    found = []
    for i, each in enumerate(statuses("company")):
        row = CompanyRow(
            id=NOWHERE,
            name=f"{NAMES[i % COLOURS]} & Co",
            reference=f"C-{1000 + i}",
            time_zone=ZONE,
            is_test=True,
            account_id=NOWHERE,
            account_name="",
            path="",
            now=NOW,
            service=None,
            service_name=None,
            status=each.code,  # type: ignore[arg-type]  # one of a company
            phase="active",
            until_at=until,
            then={"grace": "suspended", "suspended": "deleted"}.get(each.code, "grace"),
            short_at=None,
            units=20 + i,
            seats=20,
            protected=20 - i % 3,
        )
        found.append(Line(row, "#tables", None, 0))
    return found


def _pools() -> list[PoolStanding]:
    return [
        PoolStanding(NOWHERE, "Lyon", "lyon", 20, 18, 18, 0, None, None, "covered"),
        PoolStanding(NOWHERE, "Paris", "", 10, 10, 10, 0, None, NOW + 20 * DAY, "close_to_overuse"),
        PoolStanding(NOWHERE, "Lille", "", 4, 6, 6, 2, NOW + 9 * DAY, None, "short"),
        PoolStanding(NOWHERE, "Brest", "", 4, 6, 4, 0, None, None, "reduced"),
    ]


@dataclass(frozen=True, slots=True)
class _Result:
    """What a page says of what was done, as Django's messages are."""

    level_tag: str
    text: str

    @property
    def tags(self) -> str:
        return self.level_tag

    def __str__(self) -> str:
        return self.text


def _message(level: str) -> _Result:
    texts = {
        "success": _("The settings were saved."),
        "error": _("Not done: this is the last owner. Name another owner first."),
    }
    return _Result(level, texts[level])


def _states() -> list[Any]:
    """Give how companies stand, as their pages open."""
    known = dict(standings())
    found = []
    for i, name in enumerate(STATES):
        facts = known[name]
        status = company_status(
            phase=facts.phase,
            closed=facts.closed,
            horizon_at=facts.horizon_at,
            now=facts.now,
        )
        words = company_sentences(facts, language())
        found.append(SimpleNamespace(key=f"state-{i}", status=status, words=words))
    return found


def _acting() -> Any:
    """Give somebody who acts for another's company, in the place of ``where``."""
    account = SimpleNamespace(id=NOWHERE, name="Lighthouse Partners")
    return SimpleNamespace(
        account=account,
        name=account.name,
        kind_name=kind_name("msp"),
        palette="3",
        company=SimpleNamespace(name="Boulangerie Martin"),
    )


def _picture() -> Any:
    """Draw a company with a licence that ends, one that follows, and a site that runs short."""
    begins = NOW - 40 * DAY
    facts: list[f.Fact] = [
        f.LicenceAdded(begins, "COS-1", 12, begins, NOW + 25 * DAY, placements={"Lyon": 12}),
        f.LicenceAdded(begins, "COS-2", 8, begins, NOW + 70 * DAY, placements={"Lyon": 8}),
        f.SeatsProtected(begins + 2 * DAY, "Lyon", 18),
    ]
    life = Lifecycle(("Lyon",))
    records = list(happen(life, facts, NOW, engine=Outages(), mail=Outages()))
    found = timeline(life, facts, records, begins=begins, pools=("Lyon",))
    return picture(found, company="Boulangerie Martin", zone=ZONE, language=language())
