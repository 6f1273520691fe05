"""Reading the audit: who may see which of its entries, and finding those that somebody wants.

An account's entries are for whoever may change it, with those of the accounts below it; a
company's for whoever may change the company. A nearer grant that allows less shuts them. What
concerns no account, such as sign-ins, is for operators alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Exists, OuterRef, Q

from tenure.core.access import Place, may
from tenure.core.actions import DONE, Topic, of_topic
from tenure.core.permissions import NEEDS
from tenure.services.access import Viewer, path_of, place_of
from tenure.store.models import Account, AuditEntry, Company, Person
from tenure.store.queries import audit as queries

PAGE = 50
"""Entries on a page."""
COUNTED = 1000
"""So many entries are counted; more are only said to be more."""
FEW_PEOPLE = 60
"""So many people who fit a name are looked for one by one, each in the index of persons."""
MOST_COMPANIES = 200
"""So many companies fit a name at most; of others nothing is found, which ``is_cut`` says."""
MOST_BRANCHES = 200
"""So many indexes are asked for their newest at most; beyond that one is, and sorts."""

Outcome = Literal["", "done", "refused"]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose entries somebody may see. ``everything``: an operator in their own portal.

    ``accounts`` are open as a whole but for the companies in ``but``; ``companies`` alone.
    """

    everything: bool = False
    accounts: Mapping[UUID, Account] = field(default_factory=dict)
    companies: Mapping[UUID, Company] = field(default_factory=dict)
    but: frozenset[UUID] = frozenset()

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing that they may see."""
        return not (self.everything or self.accounts or self.companies)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. ``since`` and ``until`` are instants; ``until`` is exclusive.

    ``person``: a part of a name or address, or an id. ``about``: that of a company or account.
    """

    person: str = ""
    about: str = ""
    topic: Topic | None = None
    since: int | None = None
    until: int | None = None
    outcome: Outcome = ""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """The place of an entry among all: what is older comes after it on the page."""

    recorded_at: int
    id: UUID

    def __str__(self) -> str:
        return f"{self.recorded_at}-{self.id.hex}"

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """Read a mark from an address; None for what is none."""
        at, _, id_ = text.partition("-")
        if not (at.isascii() and at.isdigit() and len(at) < 12):
            return None
        try:
            return cls(int(at), UUID(hex=id_))
        except ValueError:
            return None

    @classmethod
    def of(cls, entry: AuditEntry) -> Mark:
        """Give that of an entry."""
        return cls(entry.recorded_at, entry.id)


@dataclass(frozen=True, slots=True)
class Found:
    """Entries, the newest first. ``newer`` and ``older``: where to go on; None at the ends."""

    entries: list[AuditEntry]
    newer: Mark | None
    older: Mark | None


def people_of(entry: AuditEntry) -> Mapping[str, str] | None:
    """Give what an entry says of people; None where that was erased."""
    try:
        content: Mapping[str, str] = entry.personal.content
    except ObjectDoesNotExist:
        return None if entry.personal_digest else {}
    return content


# Who may see what


def reach(viewer: Viewer, account: Account) -> Reach:
    """Give whose entries somebody may see within an account."""
    below = Account.objects.filter(path__below=account.path).order_by("path")
    accounts = {each.id: each for each in below if _is_open(viewer, Place(path_of(each)))}
    if viewer.is_operator:
        return Reach(accounts=accounts)
    named = {UUID(grant.company) for grant in viewer.grants if grant.company and not grant.pool}
    companies: dict[UUID, Company] = {}
    but: set[UUID] = set()
    found = Company.objects.filter(pk__in=named, account__path__below=account.path)
    for company in found.select_related("account") if named else ():
        is_open = _is_open(viewer, place_of(company))
        if is_open and company.account_id not in accounts:
            companies[company.id] = company
        elif not is_open and company.account_id in accounts:
            but.add(company.id)
    return Reach(accounts=accounts, companies=companies, but=frozenset(but))


def may_read(viewer: Viewer, account: Account) -> bool:
    """Whether somebody may see any entry within an account."""
    if _is_open(viewer, Place(path_of(account))):
        return True
    # Only who was granted something nearer has anything to be looked at.
    nearer = any(
        grant.portal == "write" and (grant.company or grant.account not in path_of(account))
        for grant in viewer.grants
    )
    return nearer and not reach(viewer, account).is_nothing


def without(reach: Reach, accounts: Iterable[UUID]) -> Reach:
    """Give a reach without some accounts and all that belongs to them."""
    shut = {str(id_) for id_ in accounts}
    if not shut:
        return reach
    return replace(
        reach,
        accounts={id_: each for id_, each in reach.accounts.items() if not shut & {*path_of(each)}},
        companies={
            id_: each
            for id_, each in reach.companies.items()
            if not shut & {*path_of(each.account)}
        },
    )


def of_company(reach: Reach, company_id: UUID) -> Reach:
    """Give the part of a reach that is one company's."""
    found = Company.objects.filter(pk=company_id).select_related("account").first()
    is_open = found is not None and (
        reach.everything
        or found.id in reach.companies
        or (found.account_id in reach.accounts and found.id not in reach.but)
    )
    return Reach(companies={found.id: found}) if found is not None and is_open else Reach()


def _is_open(viewer: Viewer, place: Place) -> bool:
    need = NEEDS["audit.read"]
    return viewer.is_operator or may(viewer.grants, place, need.area, need.level)


# What somebody looks for


class Search:
    """The entries that somebody looks for, of those that they may see.

    ``is_cut``: more companies or accounts fit the name than are looked at.
    """

    def __init__(self, reach: Reach, wanted: Wanted) -> None:
        self.is_cut = False
        self._reach: Reach | None = reach
        self._wanted = wanted
        if wanted.about:
            self._reach = self._named(reach, wanted.about)
        self._people: list[UUID] | None = None
        self._crowd = Q()
        if wanted.person:
            self._look_for(wanted.person)

    def page(self, *, older: Mark | None = None, newer: Mark | None = None) -> Found:
        """Give a page: what is older than a mark, or next newer, or the newest of all."""
        if newer is not None:
            ids = queries.ids(self._branches(newer=newer), PAGE + 1, oldest=True)
            has_newer, ids = len(ids) > PAGE, ids[-PAGE:]
            entries = _read(ids)
            return _found(entries, has_newer=has_newer, has_older=True)
        ids = queries.ids(self._branches(older=older), PAGE + 1)
        entries = _read(ids[:PAGE])
        return _found(entries, has_newer=older is not None, has_older=len(ids) > PAGE)

    def count(self) -> int:
        """Count them, up to one more than ``COUNTED``."""
        return queries.count(self._branches(), COUNTED + 1)

    def all(self, size: int) -> Iterator[list[AuditEntry]]:
        """Give all that were recorded until now, the newest first, some at a time."""
        mark: Mark | None = None
        while True:
            entries = _read(queries.ids(self._branches(older=mark), size))
            if entries:
                yield entries
            if len(entries) < size:
                return
            mark = Mark.of(entries[-1])

    def _named(self, reach: Reach, text: str) -> Reach | None:
        """Give the accounts and companies of a reach that bear a name; None for none."""
        id_ = _id(text)
        named = Q(name__icontains=text)
        if reach.everything:
            accounts = {
                each.id: each
                for each in Account.objects.filter(Q(pk=id_) if id_ else named).order_by("name")[
                    : MOST_COMPANIES + 1
                ]
            }
            within = Q()
        else:
            accounts = {
                each.id: each
                for each in reach.accounts.values()
                if each.id == id_ or (id_ is None and text.casefold() in each.name.casefold())
            }
            within = Q(account_id__in=list(reach.accounts)) & ~Q(pk__in=reach.but)
            within |= Q(pk__in=list(reach.companies))
        found = Company.objects.filter(
            within, Q(pk=id_) if id_ else named | Q(reference__icontains=text)
        )
        # Those of an account that is looked at as a whole are in it.
        rest = found.exclude(account_id__in=list(accounts)).select_related("account")
        companies = {each.id: each for each in rest.order_by("name")[: MOST_COMPANIES + 1]}
        if len(companies) > MOST_COMPANIES or len(accounts) > MOST_COMPANIES:
            self.is_cut = True
        kept = Reach(
            accounts=dict(list(accounts.items())[:MOST_COMPANIES]),
            companies=dict(list(companies.items())[:MOST_COMPANIES]),
            but=reach.but,
        )
        return None if kept.is_nothing else kept

    def _look_for(self, text: str) -> None:
        id_ = _id(text)
        if id_ is not None:
            self._people = [id_]
            return
        named = Person.objects.filter(Q(email__icontains=text) | Q(name__icontains=text))
        ids = list(named.values_list("id", flat=True)[: FEW_PEOPLE + 1])
        if len(ids) <= FEW_PEOPLE:
            self._people = ids
        else:
            # Asked of each entry on the way: those of so many are near, and not to be gathered.
            self._crowd = Q(Exists(named.filter(pk=OuterRef("personal__person_id"))))

    def _branches(
        self, *, older: Mark | None = None, newer: Mark | None = None
    ) -> list[queries.Branch]:
        if self._reach is None:
            return []
        wanted = self._wanted
        rows = AuditEntry.objects.all()
        if wanted.outcome == "refused":
            rows = rows.filter(~Q(result=DONE))
        elif wanted.outcome:
            rows = rows.filter(result=DONE)
        prefix = ""
        if self._people is not None:
            prefix = "personal__"
            split = [Q(personal__person_id=each) for each in self._people]
            rest = _whole(self._reach)
            if wanted.topic is not None:
                rest &= Q(action__in=of_topic(wanted.topic))
        elif wanted.topic is not None:
            actions = [Q(action=each) for each in of_topic(wanted.topic)]
            parts = _parts(self._reach)
            if len(parts) * len(actions) > MOST_BRANCHES:
                parts = [_whole(self._reach)]
            split = [part & action for part in parts for action in actions]
            rest = self._crowd
        else:
            split = _parts(self._reach)
            rest = self._crowd
        at, id_name = f"{prefix}recorded_at", "personal__entry_id" if prefix else "id"
        if wanted.since is not None:
            rest &= Q(**{f"{at}__gte": wanted.since})
        if wanted.until is not None:
            rest &= Q(**{f"{at}__lt": wanted.until})
        way = "" if newer is not None else "-"
        for mark, beyond in ((older, "lt"), (newer, "gt")):
            if mark is not None:
                # The first condition lets the index find the place.
                rest &= Q(**{f"{at}__{beyond}e": mark.recorded_at}) & (
                    Q(**{f"{at}__{beyond}": mark.recorded_at})
                    | Q(**{f"{id_name}__{beyond}": mark.id})
                )
        return [
            rows.filter(each & rest)
            .order_by(f"{way}{at}", f"{way}{id_name}")
            .values_list(at, id_name)
            for each in split
        ]


def _parts(reach: Reach) -> list[Q]:
    """Give the parts of a reach, of which each has its newest in an index."""
    if reach.everything or len(reach.accounts) + len(reach.companies) > MOST_BRANCHES:
        return [_whole(reach)]
    but = _but(reach)
    return [
        *(Q(account_id=id_) & but for id_ in reach.accounts),
        *(Q(chain=str(id_)) for id_ in reach.companies),
    ]


def _whole(reach: Reach) -> Q:
    """Give the condition on all that lies in a reach."""
    if reach.everything:
        return Q()
    alone = Q(chain__in=[str(id_) for id_ in reach.companies])
    return Q(account_id__in=list(reach.accounts)) & _but(reach) | alone


def _but(reach: Reach) -> Q:
    return ~Q(chain__in=[str(id_) for id_ in reach.but]) if reach.but else Q()


def _read(ids: list[UUID]) -> list[AuditEntry]:
    rows = AuditEntry.objects.select_related("personal").in_bulk(ids)
    return [rows[id_] for id_ in ids if id_ in rows]


def _found(entries: list[AuditEntry], *, has_newer: bool, has_older: bool) -> Found:
    return Found(
        entries,
        Mark.of(entries[0]) if entries and has_newer else None,
        Mark.of(entries[-1]) if entries and has_older else None,
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
