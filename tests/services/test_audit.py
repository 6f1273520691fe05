"""Who acts, and what is recorded of it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tenure.clock import SetClock
from tenure.core.audit import Entry, personal_digest
from tenure.services import audit, catalogue, companies, instances, ledger, licences, members, seats
from tenure.services.audit import Actor
from tenure.services.errors import NotFound, Refused
from tenure.store.models import Account, AuditEntry, AuditPerson, Company, Fact, Licence

pytestmark = pytest.mark.django_db

ANNE = Actor("portal", person=uuid4(), address="anne@example.org", ip="192.0.2.1")


@pytest.fixture
def company(clock: SetClock) -> Company:
    catalogue.ensure_default()
    return companies.create(name="Boulangerie Martin", clock=clock, who="test")


def entries(chain: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(chain=chain).order_by("seq"))


def entry_of(row: AuditEntry) -> Entry:
    return Entry(
        row.chain,
        row.seq,
        row.at,
        row.recorded_at,
        row.action,
        str(row.account_id or ""),
        row.object,
        row.result,
        row.data,
        row.personal_digest,
        row.before_hash,
    )


def test_somebody_acts_within_and_nobody_after() -> None:
    with audit.acting(ANNE):
        assert audit.current() is ANNE
        with audit.acting(Actor("cli")):
            assert audit.current().door == "cli"
        assert audit.current() is ANNE
    assert audit.current() is audit.NOBODY


def test_what_is_recorded_says_who_did_it_and_what_was_before(company: Company) -> None:
    with audit.acting(ANNE):
        audit.record(
            "account.changed",
            account=company.account,
            object="idle_minutes",
            old={"idle_minutes": 720},
            new={"idle_minutes": 60},
        )
    (row,) = entries(audit.INSTALLATION)
    assert (row.seq, row.action, row.account_id) == (1, "account.changed", company.account_id)
    assert row.data == {
        "door": "portal",
        "old": {"idle_minutes": 720},
        "new": {"idle_minutes": 60},
    }
    assert row.personal.content["address"] == "anne@example.org"
    assert row.personal_digest == personal_digest(row.personal.salt, row.personal.content)


def test_each_entry_is_tied_to_the_one_before(company: Company) -> None:
    for number in range(3):
        audit.record("sign_in", object=str(number))
    found = entries(audit.INSTALLATION)
    assert [row.seq for row in found] == [1, 2, 3]
    assert [row.before_hash for row in found] == ["", found[0].hash, found[1].hash]
    assert [entry_of(row).hash() for row in found] == [row.hash for row in found]


def test_each_company_has_a_chain_of_its_own(company: Company) -> None:
    before = entries(str(company.id))
    audit.record("membership.changed", company=company, new={"portal": "read"})
    audit.record("sign_in")
    found = entries(str(company.id))
    assert [row.action for row in found] == [*(row.action for row in before), "membership.changed"]
    assert found[-1].account_id == company.account_id
    company.refresh_from_db()
    assert (company.audit_seq, company.audit_hash) == (found[-1].seq, found[-1].hash)


def test_what_names_nobody_has_no_row_of_people() -> None:
    audit.record("engine.resumed")
    (row,) = entries(audit.INSTALLATION)
    assert row.personal_digest == ""
    assert not AuditPerson.objects.exists()


def test_what_people_typed_is_kept_as_every_database_can(company: Company) -> None:
    audit.record("sign_in", result="refused" * 20, personal={"address": "a\0nne\ud800@example.org"})
    (row,) = entries(audit.INSTALLATION)
    assert row.personal.content == {"address": "anne?@example.org"}
    assert entry_of(row).hash() == row.hash


def test_nothing_is_recorded_of_a_company_that_is_none() -> None:
    with pytest.raises(NotFound):
        audit.record("x", company=uuid4())
    assert not Account.objects.exists()


def licensed(company: Company, clock: SetClock, units: int = 5) -> Licence:
    new = licences.NewLicence(catalogue.COS, units, clock.now(), clock.now() + 86_400)
    return licences.add(company.id, new, clock=clock, who="test")


def test_each_fact_is_an_entry_with_what_was_and_what_is(company: Company, clock: SetClock) -> None:
    licence = licensed(company, clock)
    with audit.acting(ANNE):
        licences.resize(company.id, licence.id, 7, clock=clock, who="test")
    row = entries(str(company.id))[-1]
    assert (row.action, row.object) == ("licence.resized", f"licence:{licence.id}")
    assert (row.result, row.at, row.account_id) == ("done", clock.now(), company.account_id)
    assert row.data["old"] == {"units": 5}
    assert row.data["new"] == {"units": 7, "services": [catalogue.COS]}
    assert row.personal.content["address"] == "anne@example.org"


def test_what_somebody_asked_in_vain_is_an_entry_and_no_fact(
    company: Company, clock: SetClock
) -> None:
    licensed(company, clock, units=1)
    pool = company.pools.get().id
    two = [
        members.add(company.id, user=f"u{i}@martin.test", clock=clock, who="test").id
        for i in range(2)
    ]

    def ask() -> None:
        seats.protect(company.id, catalogue.COS, pool, two, clock=clock, who="test")

    before = Fact.objects.count()
    with audit.acting(ANNE), pytest.raises(seats.SeatsNotGranted):
        ask()
    row = entries(str(company.id))[-1]
    assert (row.action, row.result) == ("seats.protected", "no_free_units")
    assert row.data["new"]["count"] == 2
    assert Fact.objects.count() == before
    with audit.acting(Actor("cli")), pytest.raises(seats.SeatsNotGranted):
        ask()
    assert entries(str(company.id))[-1] == row  # nobody asked


def test_a_refusal_before_any_fact_is_recorded_too(company: Company, clock: SetClock) -> None:
    new = companies.NewPool("Lyon", "lyon")
    companies.open_pool(company.id, new, clock=clock, who="test")
    with audit.acting(ANNE), pytest.raises(Refused):
        companies.open_pool(company.id, new, clock=clock, who="test")
    row = entries(str(company.id))[-1]
    assert (row.action, row.result) == ("company.asked", "pool_exists")


def test_why_somebody_did_it_can_be_erased(company: Company, clock: SetClock) -> None:
    because = "Anne asked for it"
    instances.hold_deletion(company.id, clock=clock, who="test", because=because)
    row = entries(str(company.id))[-1]
    assert row.personal.content == {"because": because}
    assert because not in str(row.data)


def test_what_is_recorded_within_a_writer_stands_in_its_chain(
    company: Company, clock: SetClock
) -> None:
    with ledger.writing(company.id, clock, "test") as writer:
        companies.append_pool(writer, companies.NewPool("Lyon"))
        audit.record("site.named", company=company)
        companies.append_pool(writer, companies.NewPool("Paris"))
    found = entries(str(company.id))
    assert [row.action for row in found[-3:]] == ["pool.added", "site.named", "pool.added"]
    assert [row.seq for row in found] == list(range(1, len(found) + 1))
    assert [entry_of(row).hash() for row in found] == [row.hash for row in found]


def test_a_history_is_one_entry(clock: SetClock) -> None:
    catalogue.ensure_default()
    pools = [companies.NewPool(name) for name in ("Lyon", "Paris", "Nice")]
    since = clock.now() - 86_400
    company = companies.create(name="M", clock=clock, who="test", pools=pools, since=since)
    found = entries(str(company.id))
    assert [row.action for row in found] == ["company.created", "company.imported"]
    assert found[-1].data["new"] == {"facts": 3}


def test_a_writer_that_gives_up_leaves_no_entry(company: Company, clock: SetClock) -> None:
    before = entries(str(company.id))
    with pytest.raises(RuntimeError), ledger.writing(company.id, clock, "test") as writer:
        companies.append_pool(writer, companies.NewPool("Lyon"))
        raise RuntimeError
    assert entries(str(company.id)) == before
    audit.record("x", company=company)
    assert entries(str(company.id))[-1].before_hash == before[-1].hash
