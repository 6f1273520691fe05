"""The list of what was done to a company: filtered, sorted and counted. Only reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from tenure.services.histories import PAGE, Page, people
from tenure.services.standings import Standing
from tenure.store.models import Company, Fact, Licence
from tenure.words.names import clean

AT_ONCE = 500
"""So many are read at a time for a table."""

MOST_NAMED = 500
"""So many licences, and so many sites, that bear a name are looked for at most."""

SUBJECTS: dict[str, tuple[str, ...]] = {
    "licences": ("licence.",),
    "protection": ("seats.",),
    "sites": ("pool.",),
    "company": ("company.", "policy."),
    "deletion": ("deletion.",),
}
"""What people look for, by how the kinds of the facts begin; each kind stands under one."""

KEYS = "key:"
"""How whoever a key was sold to is named; they are one choice, however many keys there are."""


@dataclass(frozen=True, slots=True)
class FactFilter:
    """What is wanted of a list; empty: everything. Of the instants the last one is left out.

    ``about``: a part of the name of a licence or a site.
    """

    subject: str = ""
    who: str = ""
    about: str = ""
    since_at: int | None = None
    until_at: int | None = None
    backwards: bool = True

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anything out."""
        said = (self.subject, self.who, self.about.strip())
        return any(said) or self.since_at is not None or self.until_at is not None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. ``everything``: how many there are without any filter.

    ``is_cut``: whether more licences or sites bear the name than are looked for.
    """

    facts: list[Fact]
    page: Page
    everything: int
    is_cut: bool = False


def listed(standing: Standing, wanted: FactFilter, page: int = 1) -> Listed:
    """Give a page of what was done; the newest first, if nothing else is wanted."""
    everything = standing.company.last_seq  # each fact has a number of its own
    found, is_cut = _narrowed(standing, wanted)
    where = Page.of(page, found.count() if wanted.is_narrow else everything)
    first = where.first()
    rows = found.order_by("-seq" if wanted.backwards else "seq")
    return Listed(list(rows[first : first + PAGE]), where, everything, is_cut)


def each(standing: Standing, wanted: FactFilter) -> Iterator[list[Fact]]:
    """Give all that a filter finds, in its order, a lot at a time."""
    found, _is_cut = _narrowed(standing, wanted)
    found = found.order_by("-seq" if wanted.backwards else "seq")
    part = list(found[:AT_ONCE])
    while part:
        yield part
        last = part[-1].seq
        beyond = Q(seq__lt=last) if wanted.backwards else Q(seq__gt=last)
        part = list(found.filter(beyond)[:AT_ONCE])


def doers(company: Company) -> list[tuple[str, str]]:
    """Give who did anything to a company, with what they are called today; two or three queries."""
    found = Fact.objects.filter(company=company).order_by().values_list("who", flat=True)
    names = {KEYS if who.startswith(KEYS) else who for who in found.distinct()}
    called = people([Fact(company_id=company.id, who=who) for who in names])
    return sorted(
        ((who, called.get(who, who)) for who in names), key=lambda doer: doer[1].casefold()
    )


def _narrowed(standing: Standing, wanted: FactFilter) -> tuple[QuerySet[Any], bool]:
    found: QuerySet[Any] = Fact.objects.filter(company=standing.company)
    if wanted.subject:
        kinds = Q()
        for beginning in SUBJECTS[wanted.subject]:
            kinds |= Q(kind__startswith=beginning)
        found = found.filter(kinds)
    if wanted.who == KEYS:
        found = found.filter(who__startswith=KEYS)
    elif wanted.who:
        found = found.filter(who=wanted.who)
    if wanted.since_at is not None:
        found = found.filter(at__gte=wanted.since_at)
    if wanted.until_at is not None:
        found = found.filter(at__lt=wanted.until_at)
    is_cut = False
    if text := wanted.about.strip():
        licences, sites = _named(standing, text)
        is_cut = max(len(licences), len(sites)) > MOST_NAMED
        # As plain text: what is compared with a key of JSON would be read as JSON itself.
        licence, pool = (Cast(KT(f"data__{key}"), TextField()) for key in ("licence", "pool"))
        found = found.annotate(licence=licence, pool=pool).filter(
            Q(licence__in=licences[:MOST_NAMED]) | Q(pool__in=sites[:MOST_NAMED])
        )
    return found, is_cut


def _named(standing: Standing, text: str) -> tuple[list[str], list[str]]:
    """Give the ids of the licences and sites whose name, as it is shown, contains a text.

    Names are compared here: databases differ in which letters are the same, small and capital.
    """
    part = clean(text).casefold()
    licences = Licence.objects.filter(company=standing.company).order_by("id")
    named = licences.values_list("id", "label", "reference", "product__name")
    found = (
        str(id_)
        for id_, label, reference, product in named
        if part in clean(label or reference or product).casefold()
    )
    sites = [id_ for id_, name in standing.pool_names.items() if part in clean(name).casefold()]
    return list(islice(found, MOST_NAMED + 1)), sites
