"""A key: issued, typed, asked about, used once, shown to its owner, replaced."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress

from tenure.clock import SetClock
from tenure.services import audit, claims, key_texts, keys, licences, replacements, trials
from tenure.services.catalogue import COS
from tenure.services.errors import NotFound, Refused
from tenure.services.key_offers import Wishes
from tenure.services.keys import NewKey
from tenure.services.licences import ChangedMeanwhile
from tenure.store.models import (
    AuditEntry,
    Company,
    KeyClaim,
    Letter,
    Licence,
    LicenceKey,
    Person,
    Placement,
    Pool,
)
from tests.people import Cast

pytestmark = pytest.mark.django_db
DAY = 86_400
REAL = claims.REAL


class Town:
    def __init__(self) -> None:
        self.cast = cast = Cast()
        self.clock: SetClock = cast.clock
        self.company: Company = cast.martin
        self.anne: Person = cast.anne
        self.as_anne: dict[str, Any] = {"by": cast.anne, "clock": cast.clock, "who": "test"}

    def key(self, units: int = 10, **more: Any) -> str:
        more.setdefault("days", 365)
        return keys.issue(NewKey(COS, units, **more), clock=self.clock, who="vendor")[1]

    def add(self, typed: str, **wishes: Any) -> Licence:
        added = keys.add(self.company.id, typed, Wishes(**wishes), **self.as_anne)
        assert added.licence is not None
        return Licence.objects.get(company=self.company, id=added.licence.id)

    def refusal(self, typed: str, company: Company | None = None) -> str:
        """The code with which a key is refused: looking at it and adding it agree."""
        of = company or self.company
        with pytest.raises(Refused) as looked:
            keys.look(of, typed, by=self.anne, clock=self.clock)
        with pytest.raises(Refused) as added:
            keys.add(of.id, typed, Wishes(), **self.as_anne)
        assert looked.value.code == added.value.code
        return added.value.code

    def link(self) -> str:
        letter = Letter.objects.latest("created_at", "id")
        return letter.text.partition("/keys/")[2].partition("/")[0]

    def standing(self, licence: Licence) -> dict[str, int]:
        names = dict(Pool.objects.filter(company=self.company).values_list("id", "name"))
        rows = Placement.objects.filter(
            company=self.company, licence_id=licence.id, closed_seq__isnull=True
        )
        return {names[row.pool_id]: row.units for row in rows}


@pytest.fixture
def town() -> Town:
    return Town()


def test_a_key_becomes_a_licence_once_and_is_kept_nowhere_in_the_open(town: Town) -> None:
    typed = town.key(20, kind="full")
    offer = keys.look(town.company, typed.lower(), by=town.anne, clock=town.clock)
    assert (offer.key.units, offer.asks) == (20, "")
    licence = town.add(typed, label="For the year")
    assert (licence.units, licence.kind, licence.label) == (20, "full", "For the year")
    assert licence.ends_at == offer.ends
    assert licence.ends_at is not None
    assert 365 * DAY <= licence.ends_at - town.clock.now() < 366 * DAY
    assert town.refusal(typed) == "key_added"
    other = town.cast.company("Elsewhere")
    assert town.refusal(typed, other) == "key_used"
    row = LicenceKey.objects.get()
    plain = typed.replace("-", "")
    assert plain not in row.sealed + row.hash + str(list(AuditEntry.objects.values_list("data")))


def test_a_key_that_opens_nothing_is_refused_and_recorded(town: Town) -> None:
    with audit.acting(audit.Actor("portal", town.anne.id)):
        assert town.refusal(key_texts.new(is_test=False)) == "key_unknown"
    tried = AuditEntry.objects.filter(action="key.tried")
    assert set(tried.values_list("result", flat=True)) == {"key_unknown"}


def test_keys_of_tests_and_of_real_companies_are_kept_apart(town: Town) -> None:
    wrong = not town.company.is_test
    assert town.refusal(town.key(is_test=wrong)) == ("test_key" if wrong else "real_key")


def test_what_has_ended_or_was_revoked_adds_nothing(town: Town) -> None:
    ends = town.clock.now() + DAY
    typed = town.key(days=None, ends=ends)
    town.clock.move_to(ends)
    assert town.refusal(typed) == "key_ended"
    typed = town.key()
    public = LicenceKey.objects.latest("issued_at", "id").public_id
    keys.revoke(public.lower(), who="vendor")
    assert town.refusal(typed) == "key_revoked"
    with pytest.raises(Refused, match="already"):
        keys.revoke(public, who="vendor")
    assert not Licence.objects.exists()


def test_a_key_with_neither_end_nor_days_has_none(town: Town) -> None:
    licence = town.add(town.key(kind="subscription", days=None))
    assert (licence.kind, licence.ends_at) == ("subscription", None)


def test_a_key_of_another_address_is_asked_for_there(town: Town) -> None:
    typed = town.key(5, address="Buyer@example.org")
    offer = keys.look(town.company, typed, by=town.anne, clock=town.clock)
    assert offer.asks == "b…@example.org"
    wishes = Wishes(label="From the shop")
    claim = keys.add(town.company.id, typed, wishes, **town.as_anne).claim
    assert claim is not None
    assert not Licence.objects.exists()
    assert claims.of_company(town.company) == [claim]
    secret = town.link()
    assert secret not in claim.hash
    assert claims.claim_of(secret) == claim
    licence = claims.allow(secret, clock=town.clock)
    assert (licence.units, licence.label) == (5, "From the shop")
    assert claims.of_company(town.company) == []
    with pytest.raises(Refused) as again:
        claims.allow(secret, clock=town.clock)
    assert again.value.code == "answered"


def test_whoever_proved_the_address_is_asked_nothing(town: Town) -> None:
    typed = town.key(address="buyer@example.org")
    own = EmailAddress.objects.create(user=town.anne, email="buyer@example.org", verified=False)
    assert keys.add(town.company.id, typed, Wishes(), **town.as_anne).claim is not None
    own.verified = True
    own.save()
    assert town.add(typed).units == 10
    assert claims.of_company(town.company) == [], "nothing waits for an answer any more"


def test_a_claim_expires_is_asked_again_refused_and_taken_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = town.key(address="buyer@example.org")
    claim = keys.add(town.company.id, typed, Wishes(), **town.as_anne).claim
    assert claim is not None
    first = town.link()
    for asking in (
        lambda: claims.ask_again(town.company.id, claim.id, **town.as_anne),
        lambda: keys.add(town.company.id, typed, Wishes(), **town.as_anne),
    ):
        with pytest.raises(Refused) as soon:
            asking()
        assert soon.value.code == "just_sent", "each would be a mail to somebody"
    monkeypatch.setattr(claims, "REAL", SetClock(REAL.now() + claims.LIFE + 2))
    assert claims.is_expired(claim)
    with pytest.raises(Refused) as expired:
        claims.allow(first, clock=town.clock)
    assert expired.value.code == "expired"
    again = claims.ask_again(town.company.id, claim.id, **town.as_anne)
    assert again.id == claim.id
    with pytest.raises(NotFound):
        claims.claim_of(first)
    claims.refuse(town.link(), clock=town.clock)
    assert claims.of_company(town.company) == []
    assert KeyClaim.objects.get().wishes == {}
    monkeypatch.setattr(claims, "REAL", SetClock(claims.REAL.now() + claims.PAUSE))
    claim = keys.add(town.company.id, typed, Wishes(), **town.as_anne).claim
    assert claim is not None, "a refusal does not spend the key"
    claims.take_back(town.company.id, claim.id, clock=town.clock, who="test")
    assert claims.of_company(town.company) == []
    assert not Licence.objects.exists()


def test_a_letter_that_another_replaces_or_that_is_answered_is_withdrawn(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While no relay takes mails: nobody gets a link that is good no more."""
    typed = town.key(address="buyer@example.org")
    queued = Letter.objects.filter(state="queued").order_by("created_at")
    now = REAL.now()

    def ask(after: int) -> KeyClaim:
        monkeypatch.setattr(claims, "REAL", SetClock(now + after))
        claim = keys.add(town.company.id, typed, Wishes(), **town.as_anne).claim
        assert claim is not None
        return claim

    claim = ask(0)
    taken = queued.get()
    Letter.objects.filter(pk=taken.pk).update(state="sent")
    ask(100)
    old = town.link()
    monkeypatch.setattr(claims, "REAL", SetClock(now + 200))
    claims.ask_again(town.company.id, claim.id, **town.as_anne)
    assert queued.count() == 1
    assert old not in queued.get().text
    assert claims.claim_of(town.link()) == claim
    claims.refuse(town.link(), clock=town.clock)
    assert not queued.exists(), "refused"
    claims.take_back(town.company.id, ask(300).id, clock=town.clock, who="test")
    assert not queued.exists(), "taken back"
    ask(400)
    claims.allow(town.link(), clock=town.clock)
    assert not queued.exists(), "allowed"
    assert Letter.objects.filter(pk=taken.pk).exists(), "what was sent stays on record"


def test_a_new_licence_stands_where_the_replaced_one_stood(town: Town) -> None:
    lyon, paris = Pool.objects.filter(company=town.company).order_by("position")
    old = town.add(town.key(100), placements={lyon.id: 60, paris.id: 40})
    now = town.clock.now()
    product = LicenceKey.objects.latest("issued_at").product
    assert replacements.of(town.company, product, now) == [old]
    new = town.add(town.key(50), replaces=old.id)
    assert new.replaces_id == old.id
    assert town.standing(new) == {lyon.name: 30, paris.name: 20}
    assert replacements.of(town.company, product, now) == [new], "each is replaced once"
    licences.cancel(town.company.id, new.id, clock=town.clock, who="vendor")
    assert replacements.of(town.company, product, now) == [old], "nobody holds its place any more"
    chosen = town.add(town.key(8), placements={paris.id: 8})
    assert town.standing(chosen) == {paris.name: 8}


def test_what_cannot_be_replaced_is_refused_with_nothing_added(town: Town) -> None:
    old = town.add(town.key())
    licences.remove(town.company.id, old.id, clock=town.clock, who="test")
    typed = town.key()
    for replaced, error in ((old.id, Refused), (UUID(int=7), NotFound)):
        with pytest.raises(error):
            town.add(typed, replaces=replaced)
    assert town.add(typed).units == 10


def test_a_reference_that_is_taken_is_refused_and_does_not_spoil_a_claim(town: Town) -> None:
    sold = town.key(5, address="buyer@example.org")
    keys.add(town.company.id, sold, Wishes(reference="R1"), **town.as_anne)
    town.add(town.key(), reference="R1")
    with pytest.raises(Refused) as refused:
        town.add(town.key(), reference="R1")
    assert refused.value.code == "reference_taken"
    licence = claims.allow(town.link(), clock=town.clock)
    assert (licence.units, licence.reference) == (5, "")
    allowed = AuditEntry.objects.get(action="key.allowed")
    assert allowed.chain == str(town.company.id)


def test_nobody_adds_a_licence_by_somebody_who_may_no_longer(town: Town) -> None:
    keys.add(town.company.id, town.key(address="b@example.org"), Wishes(), **town.as_anne)
    town.anne.is_active = False
    town.anne.save()
    with pytest.raises(Refused) as refused:
        claims.allow(town.link(), clock=town.clock)
    assert refused.value.code == "asker_gone"
    assert not Licence.objects.exists()


@pytest.mark.parametrize(("units", "days"), [(0, 1), (10**9, 1), (1, 0), (1, 4_000_000)])
def test_no_key_is_issued_that_nobody_could_add(town: Town, units: int, days: int) -> None:
    with pytest.raises(Refused):
        town.key(units, days=days)


def test_the_owner_sees_the_key_and_the_audit_says_so(town: Town) -> None:
    typed = town.key()
    licence = town.add(typed)
    assert keys.show(town.company, licence.id) == typed
    assert AuditEntry.objects.filter(action="key.shown").exists()
    with pytest.raises(NotFound):
        keys.show(town.cast.company("Elsewhere"), licence.id)


def test_a_leaked_key_is_replaced_and_the_licence_stays(town: Town) -> None:
    typed = town.key()
    licence = town.add(typed)
    old = keys.of_licences(town.company, [licence.id])[licence.id]
    new = keys.replace(town.company.id, licence.id, clock=town.clock, who="test")
    assert new.public_id != old.public_id
    assert keys.show(town.company, licence.id) != typed
    assert keys.of_licences(town.company, [licence.id]) == {licence.id: new}
    assert town.refusal(typed) == "key_revoked"
    licence.refresh_from_db()
    assert licence.units == 10


def test_a_trial_comes_once_and_a_full_licence_follows_it(town: Town) -> None:
    (offer,) = trials.offers(town.company, clock=town.clock)
    trial = trials.start(town.company.id, COS, clock=town.clock, who="test")
    assert (trial.kind, trial.units) == ("trial", offer.units)
    assert trial.ends_at == offer.ends
    assert 30 * DAY <= offer.ends - town.clock.now() < 31 * DAY
    assert trials.offers(town.company, clock=town.clock) == []
    with pytest.raises(Refused) as again:
        trials.start(town.company.id, COS, clock=town.clock, who="test")
    assert again.value.code == "trial_used"
    typed = town.key(30)
    full = keys.look(town.company, typed, by=town.anne, clock=town.clock)
    assert [each.id for each in full.replaceable] == [trial.id]
    assert town.add(typed, replaces=trial.id).replaces_id == trial.id


def test_who_had_a_licence_needs_no_trial(town: Town) -> None:
    town.add(town.key())
    assert trials.offers(town.company, clock=town.clock) == []
    with pytest.raises(Refused) as refused:
        trials.start(town.company.id, COS, clock=town.clock, who="test")
    assert refused.value.code == "had_licence"


def test_a_key_is_not_added_where_anything_was_done_since_it_was_said_what_it_brings(
    town: Town,
) -> None:
    typed = town.key(5)
    seen = Company.objects.get(id=town.company.id).last_seq
    town.add(town.key(3))
    with pytest.raises(ChangedMeanwhile):
        keys.add(town.company.id, typed, Wishes(), seen=seen, **town.as_anne)
    seen = Company.objects.get(id=town.company.id).last_seq
    assert keys.add(town.company.id, typed, Wishes(), seen=seen, **town.as_anne).licence
