"""Who sees which entries of the audit, and finding those that somebody wants."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from tenure.clock import SetClock
from tenure.core.actions import ACTIONS
from tenure.services import accounts, audit, audit_entries
from tenure.services.access import viewer
from tenure.services.audit import Actor
from tenure.services.audit_entries import Mark, Reach, Search, Wanted
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import Account, AuditEntry, Person
from tests.people import READ, START, WRITE, Cast, person

pytestmark = pytest.mark.django_db

ALL = Reach(everything=True)


@pytest.fixture
def town() -> Cast:
    return Cast()


def below(town: Cast, name: str = "Sud Informatique") -> Account:
    """Open an account below that of the cast, with an owner of its own."""
    return accounts.open_msp(
        name, person(name.split(maxsplit=1)[0].lower()), clock=town.clock, parent_id=town.account.id
    )


def done(
    action: str = "account.changed",
    *,
    by: Person | None = None,
    at: int = START,
    result: str = "done",
    **about: object,
) -> str:
    """Record something; give the name by which its entry is known here."""
    done.number = getattr(done, "number", 0) + 1  # type: ignore[attr-defined]
    name = f"n{done.number}"  # type: ignore[attr-defined]
    who = {} if by is None else {"person": by.id, "address": by.email}
    with audit.acting(Actor("portal", clock=SetClock(at), **who)):  # type: ignore[arg-type]
        audit.record(action, object=name, result=result, **about)  # type: ignore[arg-type]
    return name


def found(reach: Reach, **wanted: object) -> list[str]:
    """Give the names of the entries on the first page, the newest first."""
    page = Search(reach, Wanted(**wanted)).page()  # type: ignore[arg-type]
    return [each.object for each in page.entries if each.object.startswith("n")]


def seen(town: Cast, who: Person, account: Account | None = None) -> list[str]:
    return found(audit_entries.reach(viewer(who), account or town.account))


# Who sees what


def test_whoever_may_change_the_account_sees_its_entries_and_those_below_it(town: Cast) -> None:
    deeper = below(town)
    other = accounts.open_business("Stranger", town.stranger, clock=town.clock, who="test")
    town.join(town.bruno, WRITE)
    own = done(account=town.account)
    theirs = done("company.closed", company=town.martin)
    under = done(account=deeper)
    done(account=other)
    done("person.signed_in")
    assert seen(town, town.anne) == seen(town, town.bruno) == [under, theirs, own]


def test_whoever_sees_the_account_below_sees_nothing_of_the_one_above(town: Cast) -> None:
    deeper = below(town)
    done(account=town.account)
    under = done(account=deeper)
    owner = Person.objects.get(email="sud@example.org")
    assert seen(town, owner, deeper) == [under]
    assert audit_entries.reach(viewer(owner), town.account).accounts.keys() == {deeper.id}


@pytest.mark.parametrize("rights", [READ, Rights("none", "write"), Rights("read", "write")])
def test_whoever_may_not_change_the_account_sees_nothing(town: Cast, rights: Rights) -> None:
    town.join(town.bruno, rights)
    reach = audit_entries.reach(viewer(town.bruno), town.account)
    assert reach.is_nothing
    assert not audit_entries.may_read(viewer(town.bruno), town.account)
    done(account=town.account)
    assert found(reach) == []


def test_whoever_may_change_one_company_sees_that_company_only(town: Cast) -> None:
    town.join(town.bruno, Rights("read", "none", (town.only(town.garage, "write"),)))
    done(account=town.account)
    done("company.closed", company=town.martin)
    theirs = done("company.closed", company=town.garage)
    assert seen(town, town.bruno) == [theirs]
    assert audit_entries.may_read(viewer(town.bruno), town.account)


def test_a_nearer_grant_shuts_a_company(town: Cast) -> None:
    town.join(town.bruno, Rights("write", "none", (town.only(town.martin, "read"),)))
    own = done(account=town.account)
    done("company.closed", company=town.martin)
    theirs = done("company.closed", company=town.garage)
    assert seen(town, town.bruno) == [theirs, own]
    found_ = found(audit_entries.reach(viewer(town.bruno), town.account), about="Martin")
    assert found_ == []


def test_write_for_one_site_shows_nothing_of_the_company(town: Cast) -> None:
    site = ScopeRights(town.martin.id, town.lyon, "write", "write")
    town.join(town.bruno, Rights("none", "none", (site,)))
    done("company.closed", company=town.martin)
    assert seen(town, town.bruno) == []
    assert not audit_entries.may_read(viewer(town.bruno), town.account)


def test_a_grant_in_the_account_below_that_allows_less_shuts_it(town: Cast) -> None:
    deeper = below(town)
    town.join(town.bruno, WRITE)
    from tenure.services import memberships

    memberships.add(deeper, town.bruno, READ, clock=town.clock)
    own = done(account=town.account)
    done(account=deeper)
    assert seen(town, town.bruno) == [own]


def test_operators_see_everything_in_their_portal_and_one_account_in_it(town: Cast) -> None:
    olga = person("olga", is_operator=True)
    signed = done("person.signed_in")
    own = done(account=town.account)
    assert found(ALL) == [own, signed]
    assert seen(town, olga) == [own]


def test_without_an_account_all_that_lies_below_it_is_gone(town: Cast) -> None:
    deeper = below(town)
    own = done(account=town.account)
    done(account=deeper)
    reach = audit_entries.reach(viewer(town.anne), town.account)
    assert found(audit_entries.without(reach, [deeper.id])) == [own]
    assert audit_entries.without(reach, [town.account.id]).is_nothing
    assert audit_entries.without(reach, []) is reach


# Finding


def test_each_filter_keeps_what_it_says(town: Cast) -> None:
    deeper = below(town)
    first = done(account=town.account, by=town.anne, at=START)
    second = done("licence.added", company=town.martin, by=town.bruno, at=START + 10)
    third = done("licence.added", company=town.garage, by=town.bruno, at=START + 20, result="no")
    fourth = done("membership.left", account=deeper, at=START + 30)
    for reach in (ALL, audit_entries.reach(viewer(town.anne), town.account)):
        assert found(reach) == [fourth, third, second, first]
        assert found(reach, person="bruno") == [third, second]
        assert found(reach, person=str(town.anne.id)) == [first]
        assert found(reach, person="nobody of this name") == []
        assert found(reach, person="") == [fourth, third, second, first]
        assert found(reach, about="garage") == [third]
        assert found(reach, about=str(town.martin.id)) == [second]
        assert found(reach, about="sud inf") == [fourth]
        assert found(reach, about=str(town.account.id)) == [third, second, first]
        assert found(reach, about="nothing of this name") == []
        assert found(reach, topic="licences") == [third, second]
        assert found(reach, outcome="refused") == [third]
        assert found(reach, outcome="done") == [fourth, second, first]
        assert found(reach, since=START + 10, until=START + 30) == [third, second]
        assert found(reach, person="bruno", topic="licences", outcome="done") == [second]
        assert found(reach, person="bruno", since=START + 11, until=START + 21) == [third]
        assert found(reach, person="bruno", about="garage") == [third]


def test_a_name_shows_nothing_that_somebody_does_not_reach(town: Cast) -> None:
    other = accounts.open_business("Fremd", town.stranger, clock=town.clock, who="test")
    done(account=other, by=town.anne)
    reach = audit_entries.reach(viewer(town.anne), town.account)
    for wanted in ({"about": "Fremd"}, {"about": str(other.id)}, {"person": "anne"}):
        assert found(reach, **wanted) == []


def test_many_people_of_a_name_are_found_as_few_are(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = done(account=town.account, by=town.anne)
    two = done(account=town.account, by=town.bruno)
    done(account=town.account)
    for few in (20, 1):
        monkeypatch.setattr(audit_entries, "FEW_PEOPLE", few)
        assert found(ALL, person="example.org") == [two, one]
        assert found(ALL, person="example.org", topic="account") == [two, one]
        reach = audit_entries.reach(viewer(town.anne), town.account)
        assert found(reach, person="example.org") == [two, one]


def test_many_accounts_are_found_as_few_are(town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    town.join(town.bruno, Rights("write", "none", (town.only(town.garage, "none"),)))
    names = [done(account=each) for each in (town.account, below(town), below(town, "Est"))]
    done("company.closed", company=town.garage)
    reach = audit_entries.reach(viewer(town.bruno), town.account)
    for most in (60, 1):
        monkeypatch.setattr(audit_entries, "MOST_BRANCHES", most)
        assert found(reach) == names[::-1]


def test_of_more_companies_than_are_looked_at_it_is_said(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Café 1", "Café 2"):
        town.company(name)
    reach = audit_entries.reach(viewer(town.anne), town.account)
    assert not Search(reach, Wanted(about="Café")).is_cut
    monkeypatch.setattr(audit_entries, "MOST_COMPANIES", 1)
    assert Search(reach, Wanted(about="Café")).is_cut


def test_what_concerns_nobody_in_particular_is_found_in_every_way(town: Cast) -> None:
    """Each action is found by its topic, in both ways of looking."""
    for action in ACTIONS:
        done(action, account=town.account)
    reach = audit_entries.reach(viewer(town.anne), town.account)
    topics = ("licences", "protection", "company", "people", "access", "account", "operation")
    assert sum(len(found(ALL, topic=topic)) for topic in topics) == len(ACTIONS)
    assert sum(len(found(reach, topic=topic)) for topic in topics) == len(ACTIONS)


# Paging


def pages(search: Search) -> list[list[str]]:
    """Walk to the end by what each page says comes next."""
    page = search.page()
    seen_ = [page]
    while page.older is not None:
        page = search.page(older=page.older)
        seen_.append(page)
    return [[each.object for each in page.entries] for page in seen_]


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(person="anne"), Wanted(topic="account")])
def test_pages_have_every_entry_once_and_lead_back(
    town: Cast, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several entries were recorded in each second, over the ends of pages."""
    monkeypatch.setattr(audit_entries, "PAGE", 3)
    AuditEntry.objects.all().delete()
    names = [done(account=town.account, by=town.anne, at=START + i // 5) for i in range(10)]
    search = Search(ALL, wanted)
    found_ = pages(search)
    assert [len(page) for page in found_] == [3, 3, 3, 1]
    assert [name for page in found_ for name in page] == names[::-1]
    assert [[each.object for each in some] for some in search.all(4)] == [
        names[:-5:-1],
        names[-5:-9:-1],
        names[-9::-1],
    ]
    last = search.page(older=search.page(older=search.page(older=search.page().older).older).older)
    assert last.older is None
    assert last.newer is not None
    back = search.page(newer=last.newer)
    assert [each.object for each in back.entries] == found_[2]
    back = search.page(newer=search.page(newer=back.newer).newer)
    assert [each.object for each in back.entries] == found_[0]
    assert back.newer is None
    assert back.older is not None


def test_what_comes_meanwhile_moves_no_page(town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_entries, "PAGE", 2)
    AuditEntry.objects.all().delete()
    names = [done(account=town.account, at=START + 1) for _ in range(4)]
    search = Search(ALL, Wanted())
    first = search.page()
    done(account=town.account, at=START + 2)
    second = search.page(older=first.older)
    assert [each.object for each in second.entries] == [names[1], names[0]]


def test_a_mark_is_read_as_it_was_written_and_nonsense_is_none() -> None:
    mark = Mark(START, uuid4())
    assert Mark.read(str(mark)) == mark
    for text in ("", "-", "x-y", f"{START}", f"{START}-zz", f"-1-{uuid4().hex}", "9" * 40):
        assert Mark.read(text) is None


def test_they_are_counted_up_to_a_number(town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        done("licence.added", company=town.martin)
    search = Search(ALL, Wanted(topic="licences"))
    assert search.count() == 5
    monkeypatch.setattr(audit_entries, "COUNTED", 3)
    assert search.count() == 4
    assert Search(ALL, Wanted(person="nobody")).count() == 0


def test_the_number_of_queries_does_not_grow(
    town: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for i in range(60):
        done(account=town.account, by=town.anne, at=START + i)
    search = Search(audit_entries.reach(viewer(town.anne), town.account), Wanted(person="anne"))
    with django_assert_num_queries(2):
        assert len(search.page().entries) == audit_entries.PAGE
    with django_assert_num_queries(1):
        search.count()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the other decides by its statistics")
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"topic": "licences"},
        {"outcome": "refused"},
        {"person": "anne"},
        {"about": "Martin"},
        {"since": START, "until": START + 10},
        {"topic": "people", "outcome": "refused", "since": START},
    ],
)
def test_the_newest_are_found_in_an_index_and_never_by_sorting(
    town: Cast, wanted: dict[str, object]
) -> None:
    """With a million entries each page would else read and sort all of them."""
    below(town)
    for reach in (ALL, audit_entries.reach(viewer(town.anne), town.account)):
        branches = Search(reach, Wanted(**wanted))._branches(older=Mark(START, uuid4()))  # type: ignore[arg-type]
        assert branches
        for branch in branches:
            plan = branch[:51].explain()
            assert "INDEX audit_" in plan
            assert "TEMP B-TREE" not in plan, plan
