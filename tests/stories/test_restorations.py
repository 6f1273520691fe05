"""What a restoration brings back: everything, to the last rule, on the last day but one."""

from __future__ import annotations

from typing import Any

from tenure.services import groups, identities, licences, members, protection
from tenure.services.catalogue import COS
from tenure.services.identities import Said
from tenure.services.ledger import writing
from tenure.services.licences import NewLicence
from tenure.services.tokens import add_scim
from tenure.store.models import (
    Alias,
    Claim,
    Exclusion,
    Group,
    GroupIdentity,
    GroupMember,
    Identity,
    Instance,
    Member,
    Person,
    Pool,
    Rule,
    Seat,
    Source,
    Token,
)
from tests.stories.diary import Diary

KEPT = (
    *(Alias, Claim, Exclusion, Group, GroupIdentity, GroupMember, Identity, Member, Pool),
    *(Rule, Seat, Source, Token),
)
"""Whose rows are the same afterwards, each column of them."""

DAY = 86_400


class Kept:
    """A company with sites, a directory, rules, exclusions, and people who wait."""

    def __init__(self, diary: Diary) -> None:
        diary.found("2026-03-02 09:00", licence=None, users=0, sites=("Lyon", "Paris"))
        self.diary = diary
        self.company = diary.company
        self.with_it: dict[str, Any] = {"clock": diary.clock, "who": "test"}
        pools = {pool.name: pool.id for pool in Pool.objects.filter(company=self.company)}
        self.lyon, self.paris = pools["Lyon"], pools["Paris"]
        self.licence(diary.instant("2026-07-01"))
        hand = [self.member(f"u{i}@martin.test") for i in range(4)]
        self.source = Source.objects.create(company=self.company, name="Entra", kind="scim")
        with writing(self.company.id, diary.clock, "test") as ledger:
            self.known = [
                identities.append_added(
                    ledger,
                    self.source,
                    Said(f"d{i}@martin.test", f"x-{i}", f"D {i}", addresses=[f"d{i}@alt.test"]),
                )
                for i in range(6)
            ]
            self.sales = groups.append_added(ledger, "Sales", source=self.source.id)
            ids = [each.member_id for each in self.known if each.member_id]
            of_sales = [each.id for each in self.known[:4]]
            groups.append_identities(ledger, self.sales, add=of_sales)
            # Its names belong to two members: nobody guessed who it is.
            unclear = Said("u0@martin.test", addresses=["u1@martin.test"])
            identities.append_added(ledger, self.source, unclear)
        bakers = groups.add(self.company.id, "Bakers", **self.with_it)
        with writing(self.company.id, diary.clock, "test") as ledger:
            groups.append_members(ledger, bakers, add=hand[:2])
            groups.append_home(ledger, bakers, self.lyon)
        members.set_home(self.company.id, hand[3:], self.paris, **self.with_it)
        protection.want(self.company.id, COS, [hand[0], hand[3]], **self.with_it)
        protection.add_rule(self.company.id, COS, "group", self.sales.id, **self.with_it)
        protection.add_rule(self.company.id, COS, "source", self.source.id, **self.with_it)
        protection.add_rule(self.company.id, COS, "group", bakers.id, **self.with_it)
        protection.exclude(self.company.id, COS, "member", ids[:1], **self.with_it)
        protection.exclude(self.company.id, COS, "group", [bakers.id], **self.with_it)
        person = Person.objects.create(email="it@martin.test", created_at=diary.now)
        add_scim(self.company.id, "Entra", **self.with_it, by=person)
        members.leave(self.company.id, hand[1:2], **self.with_it)

    def member(self, user: str) -> Any:
        return members.add(self.company.id, user=user, **self.with_it).id

    def licence(self, ends: int) -> None:
        placed = {self.lyon: 2, self.paris: 1}
        new = NewLicence(COS, 6, self.diary.now, ends, placements=placed)
        licences.add(self.company.id, new, **self.with_it)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Give all that is kept, column by column."""
        found: dict[str, list[dict[str, Any]]] = {}
        for model in KEPT:
            rows: list[dict[str, Any]] = [
                dict(row) for row in model._default_manager.filter(company=self.company).values()
            ]
            found[model.__name__] = sorted(rows, key=str)
        return found

    def checks(self) -> dict[str, tuple[bool, str]]:
        """Give what each may hear who asks."""
        names = [f"u{i}@martin.test" for i in range(4)]
        names += [f"d{i}@{at}" for i in range(6) for at in ("martin.test", "alt.test")]
        answers = {name: self.diary.answer(name) for name in names}
        return {name: (said["allowed"], said["code"]) for name, said in answers.items()}

    def numbers(self) -> tuple[Any, ...]:
        found = Instance.objects.get(company=self.company)
        return (found.phase, found.seats, found.units, found.protected, found.is_settled)


def test_on_the_29th_day_a_licence_brings_back_everything_as_it_was(diary: Diary) -> None:
    kept = Kept(diary)
    diary.live("2026-06-20")
    before, checks, numbers = kept.rows(), kept.checks(), kept.numbers()
    assert {model.__name__ for model in KEPT if not before[model.__name__]} == set()
    assert numbers[0] == "active"
    assert Claim.objects.exists(), "somebody waits"
    assert {code for allowed, code in checks.values() if allowed}

    diary.live("2026-07-16")
    assert diary.code("d1@martin.test") == "suspended"
    assert not any(allowed for allowed, _ in kept.checks().values())
    suspended_at = diary.instant("2026-07-15 00:00")
    diary.live(suspended_at + 29 * DAY)
    assert kept.numbers()[0] == "suspended"
    kept.licence(diary.instant("2027-07-01"))
    diary.live(diary.now + DAY)

    assert kept.rows() == before
    assert kept.checks() == checks
    assert kept.numbers() == numbers
    assert diary.told()[-1][1] == "restored"


def test_what_a_directory_said_meanwhile_holds_from_the_restoration_on(diary: Diary) -> None:
    """Who left gives the seat back then and not before; who came takes it, if a rule says so."""
    kept = Kept(diary)
    diary.live("2026-07-20")
    seated = set(Seat.objects.filter(closed_seq__isnull=True).values_list("member_id", flat=True))
    leaver = next(each for each in kept.known if each.member_id in seated)
    back = next(each for each in kept.known if each.member_id in seated - {leaver.member_id})

    def changed(identity: Identity, *, is_active: bool) -> None:
        with writing(kept.company.id, diary.clock, "test") as ledger:
            fresh = Identity.objects.get(company=kept.company, id=identity.id)
            said = Said(
                fresh.user_name,
                fresh.external_id,
                fresh.data["name"],
                is_active,
                fresh.addresses,
            )
            identities.append_changed(ledger, fresh, said)

    changed(leaver, is_active=False)
    changed(back, is_active=False)
    changed(back, is_active=True)
    with writing(kept.company.id, diary.clock, "test") as ledger:
        new = identities.append_added(ledger, kept.source, Said("new@martin.test", "x-9"))
    open_ = Seat.objects.filter(closed_seq__isnull=True)
    assert set(open_.values_list("member_id", flat=True)) == seated
    waited = list(
        Claim.objects.order_by("rule_place", "since_at", "member_id").values_list(
            "member_id", flat=True
        )
    )
    assert new.member_id in waited

    kept.licence(diary.instant("2027-07-01"))
    diary.live(diary.now + DAY)
    now = set(open_.values_list("member_id", flat=True))
    assert leaver.member_id not in now
    assert back.member_id in now
    (taken,) = now - seated
    assert taken == waited[0], "whoever waited longest, by the first rule"
