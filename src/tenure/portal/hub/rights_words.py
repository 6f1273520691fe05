"""What somebody may do, in words: one line for the whole account, one for each exception."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.core.access import Level
from tenure.services.access import Viewer
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import Account, Company, Pool
from tenure.words.names import clean

_LEVELS = {
    ("portal", "none"): gettext_lazy("nothing in the portal"),
    ("portal", "read"): gettext_lazy("read in the portal"),
    ("portal", "write"): gettext_lazy("read and change in the portal"),
    ("console", "none"): gettext_lazy("nothing in the Console"),
    ("console", "read"): gettext_lazy("read in the Console"),
    ("console", "write"): gettext_lazy("read and change in the Console"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """Rights in words: ``place`` is empty for the whole account."""

    place: str
    text: str


class Names:
    """What companies and sites are called, as far as somebody may know of them."""

    def __init__(self, account: Account, viewer: Viewer, scopes: Iterable[ScopeRights]) -> None:
        named = list(scopes)
        rows = Company.objects.filter(
            viewer.companies(),
            account__path__below=account.path,
            pk__in={each.company for each in named},
        )
        self._companies = dict(rows.values_list("id", "name"))
        pools = Pool.objects.filter(
            company_id__in=self._companies, id__in={each.pool for each in named if each.pool}
        )
        self._pools = dict(pools.values_list("id", "name"))

    def of(self, scope: ScopeRights) -> str:
        """Name where a scope holds."""
        company = self._companies.get(scope.company)
        if company is None:
            return _("a company that you do not see")
        pool: UUID | None = scope.pool
        if pool is None:
            return clean(company)
        return f"{clean(company)}, {clean(self._pools.get(pool, '…'))}"


def told(rights: Rights, names: Names) -> list[Told]:
    """Say what rights allow."""
    if rights.is_owner:
        return [Told("", _("everything, as an owner"))]
    lines = [Told(names.of(each), _pair(each.portal, each.console)) for each in rights.scopes]
    return [*lines, Told("", _pair(rights.portal, rights.console))]


def _pair(portal: Level, console: Level) -> str:
    if portal == console == "none":
        return _("nothing")
    return f"{_LEVELS['portal', portal]}, {_LEVELS['console', console]}"
