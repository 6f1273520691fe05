"""After a deletion nobody's name or address is found anywhere, and what is left still holds.

The database is searched as a whole: every column of every table, whatever it is called.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from tenure.clock import SetClock
from tenure.delivery.relays import Answer
from tenure.engine.loop import Engine
from tenure.services import (
    acts,
    archives,
    clocks,
    companies,
    groups,
    identities,
    instances,
    keys,
    licences,
    members,
    protection,
    renewals,
)
from tenure.services.audit import Actor, acting
from tenure.services.audit_checks import Check
from tenure.services.catalogue import COS
from tenure.services.identities import Said
from tenure.services.key_offers import Wishes
from tenure.services.ledger import writing
from tenure.services.licences import NewLicence
from tenure.services.tokens import add_api, add_scim
from tenure.store.models import (
    Act,
    ActPart,
    Archive,
    ArchivePart,
    AuditEntry,
    Company,
    Contact,
    Exclusion,
    Feed,
    Group,
    GroupMember,
    Identity,
    IdentityMail,
    Instance,
    KeyClaim,
    Letter,
    LicenceKey,
    Member,
    OutboxMail,
    Person,
    Receipt,
    RenewalRequest,
    Rule,
    Seat,
    Source,
    Token,
)
from tests.people import START, WRITE, Cast

pytestmark = pytest.mark.django_db
DAY = 86_400

SECRETS = (
    *("zebulon", "zébulon", "quasimodo", "esmeralda", "phoebus", "x-4711", "frollo"),
    *("notre-dame", "clopin", "parvis"),
)
"""Every member's name, address, directory data, group and source has one of these in it."""


class Relay:
    """Takes every mail and says to whom."""

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        return Answer("accepted", f"250 taken for {recipient}")

    def close(self) -> None:
        """Nothing is kept open."""


class Town:
    """A company whose members, groups and directories have unmistakable names."""

    def __init__(self, *, is_test: bool = False) -> None:
        self.cast = Cast()
        self.clock: SetClock = self.cast.clock
        self.with_it: dict[str, Any] = {"clock": self.clock, "who": "test"}
        test_clock = clocks.create("here", START) if is_test else None
        self.company: Company = companies.create(
            name="Boulangerie Durand",
            account=self.cast.account,
            test_clock=test_clock,
            **self.with_it,
        )
        companies.add_contact(
            self.company, address="office@durand.test", role=Contact.Role.OWNER, name="Office"
        )
        self.cast.join(self.cast.chloe, WRITE)
        self.licence(10)
        person = self.cast.chloe.id
        with acting(Actor("portal", person, "clopin@example.org", clock=self.clock)):
            self.fill()

    def licence(self, days: int) -> None:
        at = self.now()
        new = NewLicence(COS, 3, at, at + days * DAY)
        licences.add(self.company.id, new, **self.with_it)

    def now(self) -> int:
        company = Company.objects.select_related("clock").get(pk=self.company.id)
        return self.clock.now() if company.clock is None else company.clock.now_at

    def fill(self) -> None:
        made = [
            members.add(
                self.company.id, user=user, name=name, source="Quasimodo AD", **self.with_it
            ).id
            for user, name in (
                ("zebulon@durand.test", "Zébulon Z"),
                ("esmeralda@durand.test", "Esmeralda E"),
                ("phoebus@durand.test", "Phoebus P"),
            )
        ]
        group = groups.add(self.company.id, "Frollo's", **self.with_it)
        source = Source.objects.create(company=self.company, name="Notre-Dame", kind="scim")
        with writing(self.company.id, self.clock, "test") as ledger:
            groups.append_members(ledger, group, add=made[:2])
            said = Said(
                "quasimodo@durand.test",
                "x-4711",
                "Quasimodo Q",
                addresses=("quasimodo2@durand.test", "esmeralda@durand.test"),
                data={"title": "Phoebus", "nickName": "Esmeralda"},
            )
            clash = identities.append_added(ledger, source, said)
            identities.append_added(ledger, source, Said("frollo@durand.test", "x-4712", "Frollo"))
            assert clash.member_id is not None
            names = Said("zebulon@durand.test", addresses=("phoebus@durand.test",))
            unclear = identities.append_added(ledger, source, names)
            assert unclear.member_id is None
            inside = groups.append_added(ledger, "Parvis", source=source.id, external_id="x-4713")
            groups.append_identities(ledger, inside, add=[clash.id, unclear.id])
            for each in (clash, unclear):
                IdentityMail.objects.update_or_create(
                    company=self.company,
                    identity_id=each.id,
                    place=0,
                    defaults={"value": f"esmeralda-{each.id}@x.test"},
                )
        protection.add_rule(self.company.id, COS, "group", group.id, **self.with_it)
        protection.exclude(self.company.id, COS, "member", made[1:2], **self.with_it)
        protection.want(self.company.id, COS, made, **self.with_it)
        members.rename(
            self.company.id, made[2], name="Clopin C", user="clopin@durand.test", **self.with_it
        )
        members.remove(self.company.id, made[2:], **self.with_it)
        add_scim(self.company.id, "Notre-Dame", **self.with_it)
        add_api(self.company.id, "Zebulon's script", **self.with_it, by=self.cast.chloe)
        self.ask()
        instances.hold_deletion(self.company.id, because="Quasimodo asked for it", **self.with_it)
        instances.release_deletion(self.company.id, because="Esmeralda too", **self.with_it)
        self.pack()
        self.act()

    def act(self) -> None:
        """Ask twice for something that is done to many; the second one is not begun."""
        made = list(Member.objects.filter(company=self.company).values_list("id", flat=True))
        for what in ("protect", "unprotect"):
            acts.ask(
                *(self.company.id, COS, what, made),
                by=self.cast.chloe,
                filter="q=Esmeralda",
                **self.with_it,
            )
            if what == "protect":
                assert not acts.work(*acts.next_of_each()[0], clock=self.clock)

    def ask(self) -> None:
        """Ask for licences, claim a key, and have a calendar's address."""
        wanted = renewals.Wanted(COS, 5, "Quasimodo and Esmeralda need one, says Clopin")
        renewals.ask(self.company.id, wanted, by=self.cast.chloe, **self.with_it)
        at = self.now()
        is_test = self.company.is_test
        with acting(Actor("cli")):
            _, typed = keys.issue(
                keys.NewKey(COS, 1, days=30, address="buyer@example.test", is_test=is_test),
                clock=self.clock,
                who="test",
            )
            used, _ = keys.issue(
                keys.NewKey(COS, 1, days=30, address="clopin@buyer.test", is_test=is_test),
                clock=self.clock,
                who="test",
            )
        LicenceKey.objects.filter(pk=used.pk).update(company=self.company, used_at=at)
        wishes = Wishes(label="For Esmeralda")
        added = keys.add(self.company.id, typed, wishes, by=self.cast.chloe, **self.with_it)
        assert added.claim is not None
        KeyClaim.objects.update(asked_at=at)
        Feed.objects.create(company=self.company, person=self.cast.chloe, hash="c" * 64, made_at=at)

    def pack(self) -> None:
        archives.ask(
            self.company.id, COS, by=self.cast.chloe, link="https://x.test/", clock=self.clock
        )
        while (waiting := archives.next_to_build()) is not None:
            archives.build(*waiting, clock=self.clock)

    def days(self, days: int) -> None:
        """Let time pass, a day at a time."""
        for _ in range(days):
            self.clock.move_to(self.clock.now() + DAY)
            company = Company.objects.select_related("clock").get(pk=self.company.id)
            if company.clock is not None:
                clocks.move(company.clock.id, company.clock.now_at + DAY)
            Engine(self.clock, Relay()).run_until_idle()


def every_cell() -> Iterator[tuple[str, str]]:
    """Give every column of every table of the database with what stands in it, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"SELECT * FROM {quoted}")
            assert cursor.description is not None
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(columns, row, strict=True):
                    yield f"{table}.{name}", _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    # What JSON writes as \u00e9 is the same name.
    text = str(value)
    return text.encode().decode("unicode_escape", "replace") + text if "\\u" in text else text


def where(*secrets: str) -> set[str]:
    """Give the columns in which any of these is found."""
    return {
        place for place, text in every_cell() if any(secret in text.lower() for secret in secrets)
    }


@pytest.mark.parametrize("is_test", [False, True], ids=["real", "test company"])
def test_nobody_is_found_after_the_deletion_anywhere(
    is_test: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    town = Town(is_test=is_test)
    entries = AuditEntry.objects.count()
    found = where(*SECRETS)
    # What is looked for is there to be found.
    assert {place.partition(".")[0] for place in found} >= {
        *("store_member", "store_alias", "store_identity", "store_group", "store_source"),
        *("store_auditperson", "store_token", "store_fact"),
    }
    assert ArchivePart.objects.exists()
    assert ActPart.objects.exists()
    assert "store_act.actor" in found
    assert Letter.objects.exists()
    mine = Instance.objects.filter(company=town.company)
    mine.update(set_aside_error="IntegrityError: Key (user)=(zebulon@durand.test)")
    town.days(10 + 14 + 30 + 8)
    assert Receipt.objects.count() == 1
    assert where(*SECRETS) == set()
    assert not any(secret in caplog.text.lower() for secret in SECRETS)
    gone = (Member, Seat, Rule, Exclusion, Group, Source, Token, Archive, ArchivePart, Act, ActPart)
    for model in gone:
        assert not model._default_manager.filter(company=town.company).exists(), model
    for asked in (RenewalRequest, KeyClaim, Feed):
        assert not asked._default_manager.filter(company=town.company).exists(), asked
    assert not Letter.objects.exists()
    kept = set(OutboxMail.objects.values_list("subject", flat=True))
    assert len(kept) == int(is_test), "but the one that tells of the deletion"
    # The chain lost what it said of people and none of its entries, and still holds.
    assert AuditEntry.objects.count() >= entries
    check = Check()
    assert list(check.findings([])) == []
    assert check.erased > 0
    receipt = Receipt.objects.get()
    assert receipt.content["erased"]["archives"] == 1
    assert receipt.content["erased"]["tokens"] == 2
    assert {row["place"] for row in receipt.content["speaks_of"]} >= {
        "database",
        "archives",
        "logs",
    }
    assert {row["place"] for row in receipt.content["speaks_not_of"]} >= {"backups"}
    # The people of the account are not the company's members.
    assert Person.objects.filter(pk=town.cast.chloe.pk).exists()


def test_every_table_of_people_is_looked_at() -> None:
    """A table that somebody adds is searched without anybody thinking of it."""
    with connection.cursor() as cursor:
        names = set(connection.introspection.table_names(cursor))
    ours = {model._meta.db_table for model in apps.get_app_config("store").get_models()}
    assert ours <= names


def test_what_began_anew_meanwhile_is_left_alone() -> None:
    """A new licence between the deletion and its erasure: new people, tokens and rules stay."""
    town = Town()
    engine = Engine(town.clock, Relay())
    for _ in range(10 + 14 + 29):
        town.clock.move_to(town.clock.now() + DAY)
        engine.run_until_idle()
    town.clock.move_to(town.clock.now() + DAY)
    engine.step()
    old = Instance.objects.get(company=town.company)
    assert (old.phase, old.erase_at is not None) == ("deleted", True)
    old_tokens = set(Token.objects.values_list("id", flat=True))
    kept = Member.objects.get(user="zebulon@durand.test")
    waits = Member.objects.get(user="esmeralda@durand.test")
    town.clock.move_to(town.clock.now() + 60)
    town.licence(100)
    engine.step()
    assert Instance.objects.get(company=town.company, number=2).phase == "active"
    protection.want(town.company.id, COS, [kept.id], **town.with_it)
    new = [
        members.add(town.company.id, user=f"new{i}@durand.test", **town.with_it).id
        for i in range(2)
    ]
    protection.want(town.company.id, COS, new, **town.with_it)
    outcome = protection.want(town.company.id, COS, [waits.id], **town.with_it)
    assert outcome.waiting == 1
    group = groups.add(town.company.id, "New group", **town.with_it)
    protection.exclude(town.company.id, COS, "group", [group.id], **town.with_it)
    old_group = Group.objects.get(name="Frollo's")
    protection.add_rule(town.company.id, COS, "group", old_group.id, **town.with_it)
    fresh = add_scim(town.company.id, "Notre-Dame", **town.with_it)
    archive = archives.ask(
        town.company.id, COS, by=town.cast.chloe, link="https://x.test/", clock=town.clock
    )
    engine.run_until_idle()
    assert Receipt.objects.get().instance == 1
    users = set(Member.objects.filter(company=town.company).values_list("user", flat=True))
    assert users == {
        *("zebulon@durand.test", "esmeralda@durand.test"),
        *("new0@durand.test", "new1@durand.test"),
    }
    assert set(Token.objects.values_list("id", flat=True)) == {fresh.token.id}
    assert fresh.token.id not in old_tokens
    assert Source.objects.filter(company=town.company, name="Notre-Dame").exists()
    # Esmeralda, who waits, is in both of the old ones.
    names = set(Group.objects.values_list("name", flat=True))
    assert names == {"New group", "Frollo's", "Parvis"}
    assert GroupMember.objects.filter(member_id=kept.id).exists()
    assert not Identity.objects.filter(company=town.company, member_id__isnull=True).exists()
    assert list(Archive.objects.values_list("id", flat=True)) == [archive.id]
    assert Seat.objects.filter(instance=2, closed_seq__isnull=True).count() == 3
    assert not Seat.objects.filter(instance=1).exists()
    assert Rule.objects.get().instance == 2


def test_tokens_end_with_the_deletion_itself() -> None:
    """Not only once the erasure comes to them."""
    town = Town()
    engine = Engine(town.clock, Relay())
    for _ in range(10 + 14 + 29):
        town.clock.move_to(town.clock.now() + DAY)
        engine.run_until_idle()
    assert not Token.objects.filter(revoked_at__isnull=False).exists()
    town.clock.move_to(town.clock.now() + DAY)
    engine.step()
    assert Token.objects.count() == 2
    assert not Token.objects.filter(revoked_at__isnull=True).exists()


def test_what_was_packed_or_asked_for_of_another_company_stays() -> None:
    town = Town()
    other = town.cast.garage
    new = NewLicence(COS, 3, START, START + 300 * DAY)
    licences.add(other.id, new, **town.with_it)
    member = members.add(other.id, user="other@garage.test", **town.with_it)
    protection.want(other.id, COS, [member.id], **town.with_it)
    add_scim(other.id, "Directory", **town.with_it)
    town.days(10 + 14 + 30 + 2)
    assert Receipt.objects.get().company_id == town.company.id
    assert Member.objects.get() == member
    assert Token.objects.get().company_id == other.id
    assert Seat.objects.get().member_id == member.id
