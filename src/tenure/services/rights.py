"""Rights in an account as they are given: what they are, and the lock and the rules of giving.

Whoever changes who may do what first locks the account and those above it, the topmost first,
and only then reads what they may do themselves. The rivals are two administrators who take each
other's rights away, two owners who leave, and an invitation that is accepted meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import cast
from uuid import UUID

from django.db import transaction

from tenure.core.access import Grant, Level, Place, may
from tenure.core.actions import ACCOUNT_ASKED
from tenure.core.grants import Paths, excess, places
from tenure.core.permissions import NEEDS
from tenure.services import refusals
from tenure.services.access import Viewer, grants_of, path_of, viewer
from tenure.services.errors import Forbidden, NotFound, Refused
from tenure.store.models import Account, Company, Membership, Person, Pool, Scope

MOST_SCOPES = 200
"""So many companies and sites are named in one person's rights at most."""


@dataclass(frozen=True, slots=True)
class ScopeRights:
    """The levels for one company, or one of its sites."""

    company: UUID
    pool: UUID | None
    portal: Level
    console: Level


@dataclass(frozen=True, slots=True)
class Rights:
    """The levels for an account as a whole, and for what is named in place of them."""

    portal: Level = "none"
    console: Level = "none"
    scopes: tuple[ScopeRights, ...] = ()
    is_owner: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether they allow nothing anywhere."""
        levels = {self.portal, self.console}
        for scope in self.scopes:
            levels |= {scope.portal, scope.console}
        return not self.is_owner and levels == {"none"}

    @property
    def mark(self) -> str:
        """Something that is another for other rights: a form repeats what it was made for."""
        scopes = sorted(
            f"{each.company} {each.pool} {each.portal} {each.console}" for each in self.scopes
        )
        text = "\n".join([str(self.is_owner), self.portal, self.console, *scopes])
        return sha256(text.encode()).hexdigest()[:16]

    def grants(self, account: UUID) -> list[Grant]:
        """Give them as grants of an account."""
        if self.is_owner:
            return [Grant(str(account), "write", "write")]
        return [
            Grant(str(account), self.portal, self.console),
            *(
                Grant(
                    str(account),
                    scope.portal,
                    scope.console,
                    str(scope.company),
                    "" if scope.pool is None else str(scope.pool),
                )
                for scope in self.scopes
            ),
        ]

    def told(self) -> dict[str, object]:
        """Give them for the audit."""
        return {
            "owner": self.is_owner,
            "portal": self.portal,
            "console": self.console,
            "scopes": [
                {
                    "company": str(each.company),
                    "site": None if each.pool is None else str(each.pool),
                    "portal": each.portal,
                    "console": each.console,
                }
                for each in self.scopes
            ],
        }


OWNER = Rights("write", "write", is_owner=True)
"""What an owner has: everything in the account."""


def rights_of(membership: Membership) -> Rights:
    """Give the rights of a membership."""
    return Rights(
        # The tables hold these words only.
        cast(Level, membership.portal),
        cast(Level, membership.console),
        tuple(
            ScopeRights(
                each.company_id,
                each.pool_id,
                cast(Level, each.portal),
                cast(Level, each.console),
            )
            for each in membership.scopes.all()
        ),
        membership.is_owner,
    )


def of_grants(grants: Sequence[Grant]) -> Rights:
    """Give the rights that an account's grants are, the first of which is for all of it."""
    whole, *rest = grants
    scopes = [
        ScopeRights(UUID(each.company), UUID(each.pool) if each.pool else None, *_levels(each))
        for each in rest
    ]
    return Rights(whole.portal, whole.console, tuple(scopes))


def _levels(grant: Grant) -> tuple[Level, Level]:
    return grant.portal, grant.console


class Administration:
    """A locked account, and what somebody may change in it."""

    def __init__(self, account: Account, viewer: Viewer) -> None:
        self.account = account
        self.viewer = viewer
        self.path = path_of(account)

    @property
    def grants(self) -> list[Grant]:
        """What whoever acts may do; an operator everything."""
        if self.viewer.is_operator:
            return [Grant(self.path[0], "write", "write")]
        return list(self.viewer.grants)

    def require(self, action: str) -> None:
        """See that the account's people may do so. Raises ``NotFound`` or ``Forbidden``."""
        if not allows(self.viewer, self.account, action):
            raise Forbidden("you may not do this in this account")

    def member(self, person_id: UUID) -> Membership:
        """Give somebody's membership. Raises ``NotFound``."""
        found = (
            Membership.objects.select_related("person")
            .prefetch_related("scopes")
            .filter(account=self.account, person_id=person_id)
            .first()
        )
        if found is None:
            raise NotFound("there is no such person in this account")
        return found

    def see_within(
        self, person: Person, wanted: Rights | None, *, giver: Sequence[Grant] | None = None
    ) -> None:
        """See that nobody is given more than the giver has; ``wanted`` None: no membership more.

        What somebody has by another account counts: without a nearer membership it holds again.
        Raises ``Refused``.
        """
        given = self.grants if giver is None else list(giver)
        before = [(each.account_id, grants_of(each)) for each in _memberships(person)]
        kept = [grant for id_, grants in before if id_ != self.account.id for grant in grants]
        had = [grant for _, grants in before for grant in grants]
        after = [*kept, *([] if wanted is None else wanted.grants(self.account.id))]
        where = places(self.path, [*after, *had, *given], paths([*after, *had, *given]))
        place = excess(after, had, given, where)
        if place is not None:
            raise TooMuch(place)

    def see_places(self, rights: Rights) -> None:
        """See that the companies and sites that are named are there. Raises ``NotFound``."""
        scopes = rights.scopes
        if len(scopes) > MOST_SCOPES:
            raise Refused(
                f"at most {MOST_SCOPES} companies and sites can be named for one person",
                code="too_many_scopes",
            )
        if len({(each.company, each.pool) for each in scopes}) < len(scopes):
            raise Refused("a company or site is named twice", code="scope_twice")
        known = existing(self.account, scopes)
        if len(known) < len(scopes):
            raise NotFound("there is no such company or site in this account")

    def see_an_owner_stays(self, leaving: Membership) -> None:
        """See that somebody else owns the account. Raises ``Refused``."""
        others = Membership.objects.filter(account=self.account, is_owner=True)
        if leaving.is_owner and not others.exclude(pk=leaving.pk).exists():
            raise Refused("the last owner of an account stays", code="last_owner")


class TooMuch(Refused):
    """Somebody would be given more than the giver has; ``place`` is where."""

    code = "too_much"

    def __init__(self, place: Place) -> None:
        super().__init__("nobody gives more rights than they have")
        self.place = place


def allows(viewer: Viewer, account: Account, action: str) -> bool:
    """Whether somebody may do an action of ``permissions.NEEDS`` in an account.

    Raises ``NotFound`` where they reach nothing of it.
    """
    if not viewer.reaches(account):
        raise NotFound("there is no such account")
    if viewer.is_operator:
        return True
    need = NEEDS[action]
    path = path_of(account)
    if not may(viewer.grants, Place(path), need.area, need.level):
        return False
    return not need.owner or owns(viewer.person, account)


def owns(person: Person, account: Account) -> bool:
    """Whether somebody owns an account, or one above it."""
    return Membership.objects.filter(
        person=person, is_owner=True, account_id__in=path_of(account)
    ).exists()


@contextmanager
def administering(account_id: UUID, by: Person) -> Iterator[Administration]:
    """Lock an account for a change of who may do what, in a transaction. Raises ``NotFound``."""
    try:
        with transaction.atomic():
            account = lock(account_id)
            # After the lock: what they might have lost meanwhile is not theirs to give.
            own = viewer(by)
            if not own.reaches(account):
                raise NotFound("there is no such account")
            yield Administration(account, own)
    except (Forbidden, Refused) as refusal:
        refusals.note(ACCOUNT_ASKED, refusal, account=account_id)
        raise


def lock(account_id: UUID) -> Account:
    """Lock an account and those above it, within a transaction. Raises ``NotFound``."""
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise NotFound("there is no such account")
    # Paths never change. By path the topmost comes first, so nobody waits in a circle; a company
    # may be opened meanwhile, which does not need the key.
    above = Account.objects.select_for_update(no_key=True).filter(pk__in=path_of(account))
    return {each.id: each for each in above.order_by("path")}[account_id]


def existing(account: Account, scopes: Iterable[ScopeRights]) -> list[ScopeRights]:
    """Give those scopes whose company and site exist within an account."""
    wanted = list(scopes)
    companies = set(
        Company.objects.filter(
            pk__in={each.company for each in wanted}, account__path__below=account.path
        ).values_list("id", flat=True)
    )
    named = {each.pool for each in wanted if each.pool is not None}
    open_ = Pool.objects.filter(company_id__in=companies, id__in=named, closed_at=None)
    pools = set(open_.values_list("company_id", "id"))
    return [
        each
        for each in wanted
        if each.company in companies and (each.pool is None or (each.company, each.pool) in pools)
    ]


def paths(grants: Iterable[Grant]) -> Paths:
    """Give the accounts above each account and company that grants name, by its id."""
    named = list(grants)
    companies = Company.objects.filter(pk__in={grant.company for grant in named if grant.company})
    accounts = Account.objects.filter(pk__in={grant.account for grant in named})
    found = {str(each.id): path_of(each) for each in accounts}
    for each in companies.select_related("account"):
        found[str(each.id)] = path_of(each.account)
    return found


def save(membership: Membership, rights: Rights) -> None:
    """Write a membership's rights, within a transaction that holds the account's lock."""
    membership.is_owner = rights.is_owner
    membership.portal, membership.console = rights.portal, rights.console
    membership.save()
    Scope.objects.filter(membership=membership).delete()
    Scope.objects.bulk_create(
        [
            Scope(
                membership=membership,
                company_id=each.company,
                pool_id=each.pool,
                portal=each.portal,
                console=each.console,
            )
            for each in rights.scopes
        ]
    )


def _memberships(person: Person) -> list[Membership]:
    return list(Membership.objects.filter(person=person).prefetch_related("scopes"))
