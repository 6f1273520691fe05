"""The form for what somebody may do: in the whole account, and otherwise for companies and sites.

In a small account every company and site has its line. In a large one those have, for which the
rights differ, and those that were searched for; nothing that was chosen is lost by searching.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tenure.core.access import Level, level
from tenure.services.access import Viewer, place_of
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import Account, Company, Pool

SMALL = 30
"""An account with so many companies and sites shows all of them."""
FOUND = 20
"""So many companies a search adds."""

LEVELS = [("none", _("Nothing")), ("read", _("Read")), ("write", _("Read and change"))]
AS_ABOVE = ("", _("As for the rest"))


@dataclass(frozen=True, slots=True)
class Spot:
    """A company, or one of its sites, that can have rights of its own."""

    company: Company
    pool: Pool | None = None

    @property
    def key(self) -> str:
        """How the form names it."""
        site = "" if self.pool is None else f"_{self.pool.id.hex}"
        return f"{self.company.id.hex}{site}"

    @property
    def ids(self) -> tuple[UUID, UUID | None]:
        """The company's id and the site's."""
        return self.company.id, None if self.pool is None else self.pool.id


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the form."""

    spot: Spot
    portal: forms.BoundField
    console: forms.BoundField


class RightsForm(forms.Form):
    """What somebody may do. ``current``: the rights as they are, None for somebody new."""

    owner = forms.BooleanField(
        label=_("Owner: everything in the account, also naming owners"), required=False
    )
    portal = forms.ChoiceField(
        label=_("Portal"),
        help_text=_("Licences, units, sites, notices, and the people of the account."),
        choices=LEVELS,
        initial="read",
    )
    console = forms.ChoiceField(
        label=_("Console"),
        help_text=_("Members, and who of them is protected."),
        choices=LEVELS,
        initial="read",
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        account: Account,
        viewer: Viewer,
        current: Rights | None = None,
        may_name_owners: bool = False,
        site: UUID | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(current))
        self.account, self.viewer, self.current = account, viewer, current
        if not may_name_owners:
            del self.fields["owner"]
        self._visible = _companies(account, viewer)
        self.find = "" if data is None else data.get("find", "").strip()[:200]
        scopes = {} if current is None else {(x.company, x.pool): x for x in current.scopes}
        pool = None if site is None else Pool.objects.filter(id=site, closed_at=None).first()
        if pool is not None and data is None:
            # Somebody for this site: all of it, and nothing else unless that is chosen, too.
            self.initial = {**self.initial, "portal": "none", "console": "none"}
            rights = ScopeRights(pool.company_id, pool.id, "write", "write")
            scopes[rights.company, rights.pool] = rights
        self.is_small, self.spots, self.is_found = self._choose(data, scopes)
        self.hidden = tuple(x for ids, x in scopes.items() if ids not in self._seen(scopes))
        for spot in self.spots:
            known = scopes.get(spot.ids)
            for area in ("portal", "console"):
                self.fields[f"{area}-{spot.key}"] = forms.ChoiceField(
                    choices=[AS_ABOVE, *LEVELS],
                    required=False,
                    initial="" if known is None else getattr(known, area),
                )

    @property
    def general(self) -> list[forms.BoundField]:
        """The fields for the whole account, but the one for owners."""
        return [self["portal"], self["console"]]

    @property
    def lines(self) -> list[Line]:
        """The lines for companies and sites."""
        return [
            Line(spot, self[f"portal-{spot.key}"], self[f"console-{spot.key}"])
            for spot in self.spots
        ]

    def rights(self) -> Rights:
        """Give what was chosen. A line of which one half is left as it is takes it from above."""
        if self.cleaned_data.get("owner"):
            return Rights(is_owner=True)
        whole = Rights(
            cast(Level, self.cleaned_data["portal"]), cast(Level, self.cleaned_data["console"])
        )
        scopes: list[ScopeRights] = []
        # A company stands before its sites, so that a site finds what holds for its company.
        for spot in sorted(self.spots, key=lambda spot: spot.pool is not None):
            portal = self.cleaned_data[f"portal-{spot.key}"]
            console = self.cleaned_data[f"console-{spot.key}"]
            if not portal and not console:
                continue
            grants = Rights(whole.portal, whole.console, tuple(scopes)).grants(self.account.id)
            place = place_of(spot.company, None if spot.pool is None else spot.pool.id)
            scopes.append(
                ScopeRights(
                    *spot.ids,
                    cast(Level, portal) if portal else level(grants, place, "portal"),
                    cast(Level, console) if console else level(grants, place, "console"),
                )
            )
        return Rights(whole.portal, whole.console, (*scopes, *self.hidden))

    def _choose(
        self, data: QueryDict | None, scopes: dict[tuple[UUID, UUID | None], ScopeRights]
    ) -> tuple[bool, list[Spot], bool]:
        """Give whether the account is small, the lines to show, and whether a search found any."""
        first = list(self._visible.order_by("name", "id")[: SMALL + 1])
        if len(first) <= SMALL:
            spots = self._of(first)
            if len(spots) <= SMALL:
                return True, spots, True
        wanted = {company for company, _pool in scopes}
        for key in [] if data is None else data.getlist("place"):
            try:
                wanted.add(UUID(key.partition("_")[0]))
            except ValueError:
                continue
        found: list[UUID] = []
        if self.find:
            text = Q(name__icontains=self.find) | Q(reference__icontains=self.find)
            named = self._visible.filter(text).order_by("name", "id")
            found = list(named.values_list("id", flat=True)[:FOUND])
        rows = self._visible.filter(pk__in=[*wanted, *found]).order_by("name", "id")
        return False, self._of(rows), bool(found) or not self.find

    def _seen(self, scopes: Iterable[tuple[UUID, UUID | None]]) -> set[tuple[UUID, UUID | None]]:
        """Give which of these lie in companies that whoever fills the form in may know of."""
        wanted = list(scopes)
        ids = {company for company, _pool in wanted}
        known = set(self._visible.filter(pk__in=ids).values_list("id", flat=True))
        shown = {spot.ids for spot in self.spots}
        return {each for each in wanted if each[0] in known and each in shown}

    def _of(self, companies: Iterable[Company]) -> list[Spot]:
        """Give the lines for companies: each, and its sites where there are several.

        A business account is its company: what is chosen for the whole account is the company's.
        """
        rows = list(companies)
        pools: dict[UUID, list[Pool]] = {}
        open_ = Pool.objects.filter(company_id__in=[row.id for row in rows], closed_at=None)
        for pool in open_.order_by("position"):
            pools.setdefault(pool.company_id, []).append(pool)
        found: list[Spot] = []
        for row in rows:
            if self.account.kind == Account.Kind.MSP:
                found.append(Spot(row))
            sites: Sequence[Pool] = pools.get(row.id, [])
            if len(sites) > 1:
                found += [Spot(row, pool) for pool in sites]
        return found


class InvitationForm(RightsForm):
    """Whom to invite, and what they may do."""

    address = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The invitation goes there, and only its reader can accept it."),
        max_length=254,
        error_messages={
            "required": _("Say whom you invite."),
            "invalid": _("This is no e-mail address. Write it like name@example.org."),
        },
    )
    language = forms.ChoiceField(
        label=_("Language of the mail"),
        help_text=_("Somebody who uses Tenure already gets it in their own."),
        choices=[("en", "English"), ("fr", "Français")],
    )

    @property
    def person(self) -> list[forms.BoundField]:
        """The fields that say who."""
        return [self["address"], self["language"]]


def _initial(current: Rights | None) -> dict[str, Any]:
    if current is None:
        return {}
    return {
        "owner": current.is_owner,
        "portal": current.portal,
        "console": current.console,
    }


def _companies(account: Account, viewer: Viewer) -> Any:
    within = Company.objects.filter(account__path__below=account.path)
    return within.filter(viewer.companies()).select_related("account")
