"""One member has one identity over all sources; what is not clear is shown, not guessed."""

from __future__ import annotations

from uuid import UUID

import pytest

from tenure.services import answers, identities, licences, members
from tenure.services.catalogue import COS
from tenure.services.errors import Refused
from tenure.services.identities import Said
from tenure.services.ledger import writing
from tenure.services.licences import NewLicence
from tenure.store.models import Alias, Identity, Member, Source
from tests.people import Cast

pytestmark = pytest.mark.django_db


class Directories:
    """A company with two directories."""

    def __init__(self) -> None:
        cast = Cast()
        self.company, self.clock = cast.martin, cast.clock
        self.entra, self.okta = (
            Source.objects.create(company=self.company, kind=Source.Kind.SCIM, name=name)
            for name in ("Entra", "Okta")
        )

    def say(self, source: Source, user_name: str, *addresses: str, **more: object) -> Identity:
        said = Said(user_name, addresses=addresses, **more)  # type: ignore[arg-type]
        with writing(self.company.id, self.clock, "test") as ledger:
            return identities.append_added(ledger, source, said)

    def change(self, identity: Identity, user_name: str, *addresses: str, **more: object) -> bool:
        said = Said(user_name, addresses=addresses, **more)  # type: ignore[arg-type]
        with writing(self.company.id, self.clock, "test") as ledger:
            return identities.append_changed(ledger, identity, said)

    def remove(self, identity: Identity) -> None:
        with writing(self.company.id, self.clock, "test") as ledger:
            identities.append_removed(ledger, identity)

    def by_hand(self, user: str) -> UUID:
        return members.add(self.company.id, user=user, clock=self.clock, who="test").id

    def found(self, name: str) -> str | None:
        member = members.find(self.company, name)
        return None if member is None else member.user


def test_whoever_a_directory_names_is_found_by_every_name_in_any_case() -> None:
    town = Directories()
    town.say(town.entra, "Ana.Pons@martin.test", "Ana@Martin.test", external_id="1", name="Ana")
    for name in ("ANA.PONS@martin.test", " ana@martin.test "):
        assert town.found(name) == "ana.pons@martin.test"
    assert town.found("pons@martin.test") is None


def test_the_same_names_in_two_directories_are_one_member() -> None:
    town = Directories()
    one = town.say(town.entra, "ana@martin.test", external_id="1")
    two = town.say(town.okta, "apons", "ANA@martin.test", external_id="x")
    assert one.member_id == two.member_id is not None
    assert town.found("apons") == "ana@martin.test"


def test_a_member_made_by_hand_is_whom_the_directory_means() -> None:
    town = Directories()
    member = town.by_hand("ana@martin.test")
    assert town.say(town.entra, "apons", "ana@martin.test").member_id == member


def test_names_of_two_members_are_not_guessed_and_can_be_resolved() -> None:
    town = Directories()
    ana, ben = town.by_hand("ana@martin.test"), town.by_hand("ben@martin.test")
    unclear = town.say(town.entra, "ana@martin.test", "ben@martin.test")
    assert (unclear.member_id, unclear.clash) == (None, "two_members")
    assert unclear.clash_with == sorted(map(str, (ana, ben)))
    with writing(town.company.id, town.clock, "test") as ledger:
        identities.append_resolved(ledger, unclear.id, ben)
    row = Identity.objects.get()
    assert row.member_id == ben
    # The other's name stays the other's, and the clash says whose it is.
    assert (row.clash, row.clash_with) == ("name_taken", [str(ana)])
    assert town.found("ana@martin.test") == "ana@martin.test"


def test_a_directory_does_not_name_one_member_twice() -> None:
    town = Directories()
    town.say(town.entra, "ana@martin.test", "a.pons@martin.test", external_id="1")
    other = town.say(town.entra, "apons", "a.pons@martin.test", external_id="2")
    assert (other.member_id, other.clash) == (None, "known_already")
    with writing(town.company.id, town.clock, "test") as ledger:
        identities.append_resolved(ledger, other.id, None)
    assert town.found("apons") == "apons"
    assert town.found("a.pons@martin.test") == "ana@martin.test"


def test_a_directory_has_no_user_name_and_no_external_id_twice() -> None:
    town = Directories()
    town.say(town.entra, "ana@martin.test", external_id="1")
    with pytest.raises(Refused, match="has a user"):
        town.say(town.entra, "ANA@martin.test")
    with pytest.raises(Refused, match="externalId"):
        town.say(town.entra, "ben@martin.test", external_id="1")
    assert Identity.objects.count() == Member.objects.count() == 1


def test_a_rename_in_the_directory_renames_the_member_and_forgets_the_old_name() -> None:
    town = Directories()
    identity = town.say(town.entra, "ana.pons@martin.test", name="Ana Pons")
    assert town.change(identity, "ana.roux@martin.test", name="Ana Roux")
    member = Member.objects.get()
    assert (member.id, member.user, member.name) == (
        identity.member_id,
        "ana.roux@martin.test",
        "Ana Roux",
    )
    assert town.found("ana.pons@martin.test") is None
    assert not Alias.objects.exists()
    assert not town.change(identity, "ana.roux@martin.test", name="Ana Roux")


def test_a_rename_to_somebody_elses_name_leaves_both_as_they_were_and_says_so() -> None:
    town = Directories()
    town.by_hand("ana.roux@martin.test")
    identity = town.say(town.entra, "ana.pons@martin.test")
    town.change(identity, "ana.roux@martin.test")
    assert Identity.objects.get().clash == "name_taken"
    assert set(Member.objects.values_list("user", flat=True)) == {
        "ana.pons@martin.test",
        "ana.roux@martin.test",
    }


def test_an_address_that_is_free_again_goes_to_whoever_claims_it() -> None:
    town = Directories()
    ana = town.say(town.entra, "ana@martin.test", "info@martin.test")
    town.change(ana, "ana@martin.test")
    town.say(town.entra, "ben@martin.test", "info@martin.test")
    assert town.found("info@martin.test") == "ben@martin.test"


def test_a_member_is_there_while_any_directory_says_so() -> None:
    town = Directories()
    one = town.say(town.entra, "ana@martin.test")
    two = town.say(town.okta, "ana@martin.test")
    town.change(one, "ana@martin.test", is_active=False)
    assert Member.objects.get().left_at is None
    town.change(two, "ana@martin.test", is_active=False)
    assert Member.objects.get().left_at is not None
    town.change(one, "ana@martin.test", is_active=True)
    assert Member.objects.get().left_at is None


def test_whoever_no_source_names_is_removed_and_one_made_by_hand_stays() -> None:
    town = Directories()
    town.by_hand("ben@martin.test")
    ana = town.say(town.entra, "ana@martin.test", "a@martin.test")
    ben = town.say(town.entra, "ben@martin.test", "b@martin.test")
    town.remove(ana)
    town.remove(ben)
    assert [row.user for row in Member.objects.all()] == ["ben@martin.test"]
    assert not Alias.objects.exists()


def test_a_check_asks_by_any_name() -> None:
    town = Directories()
    town.say(town.entra, "ana@martin.test", "a@martin.test")
    new = NewLicence(COS, 1, town.clock.now(), None, kind="subscription")
    licences.add(town.company.id, new, clock=town.clock, who="test")
    answer = answers.check(town.company.id, "A@martin.test", clock=town.clock)
    assert (answer.user, answer.member_id is None) == ("ana@martin.test", False)
