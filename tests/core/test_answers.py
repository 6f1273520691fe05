"""Every answer is explained: the reasons, how long they hold, and what comes next."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.core import facts as f
from tenure.core.answers import CODES, Answer, decide, explain, explain_all
from tenure.core.errors import FactRefused
from tenure.core.lifecycle import Lifecycle
from tenure.core.notices import everything, run
from tenure.core.policy import DAY
from tenure.core.simulation import Outages, happen
from tenure.words.answers import CODES as SPOKEN

ALWAYS = [(0, 10_000 * DAY)]


def day(n: float) -> int:
    return int(n * DAY)


def let(life: Lifecycle, *facts: f.Fact, until: int, engine=(), mail=()) -> Lifecycle:
    """Let a company live until an instant; facts that cannot be are left out."""
    outages = {"engine": Outages(engine), "mail": Outages(mail)}
    for fact in facts:
        try:
            list(happen(life, [fact], fact.at, **outages))
        except FactRefused:
            continue
    list(happen(life, (), until, **outages))
    return life


def company(*facts: f.Fact, until: int, pools: tuple[str, ...] = ("main",), **outages) -> Lifecycle:
    return let(Lifecycle(pools), *facts, until=until, **outages)


def added(id_: str, units: int, starts: float, ends: float | None, at: float = 1) -> f.LicenceAdded:
    last = None if ends is None else day(ends)
    return f.LicenceAdded(day(at), id_, units, day(starts), last)


def protect(at: float, count: int) -> f.SeatsProtected:
    return f.SeatsProtected(day(at), "main", count)


def test_the_words_have_a_sentence_for_every_code() -> None:
    assert CODES == SPOKEN


# Each code


def test_a_seat_with_a_unit_is_protected_until_two_weeks_after_its_licence_ends() -> None:
    life = company(added("a", 2, 1, 100), protect(2, 2), until=day(10))
    assert explain(life, "main", 1) == Answer(
        True,
        "protected",
        "active",
        licence="a",
        until=day(114),
        is_until_open=True,
        changes_at=day(100),
        becomes="protected_in_grace",
        deletion_at=day(144),
    )


def test_a_licence_without_end_protects_without_end() -> None:
    life = company(added("a", 2, 1, None), protect(2, 2), until=day(10))
    assert explain(life, "main", 0) == Answer(True, "protected", "active", licence="a")


def test_the_next_licence_is_named_with_its_day() -> None:
    life = company(added("a", 1, 1, 100), added("b", 1, 50, 200, at=1.5), protect(2, 1), until=5)
    life.advance(day(10))
    answer = explain(life, "main", 0)
    assert (answer.licence, answer.next_licence, answer.next_at) == ("a", "b", day(50))
    assert (answer.changes_at, answer.becomes) == (day(200), "protected_in_grace")
    assert answer.until == day(214)


def test_a_licence_that_covers_again_after_a_gap_is_the_next_one() -> None:
    life = company(
        added("a", 1, 1, 100), added("b", 1, 130, 200, at=1.5), protect(2, 1), until=day(10)
    )
    answer = explain(life, "main", 0)
    assert (answer.until, answer.next_licence, answer.next_at) == (day(114), "b", day(130))
    later = let(life, until=day(120))
    answer = explain(later, "main", 0)
    assert (answer.code, answer.until, answer.is_until_open) == ("suspended", day(130), False)
    assert (answer.becomes, answer.next_licence, answer.next_at) == ("protected", "b", day(130))
    assert answer.deletion_at == day(244)


HELD = (added("a", 1, 1, 100), added("b", 1, 1, None, at=1.5), protect(2, 2))


def test_a_seat_that_lost_its_unit_is_held_until_the_deadline_that_was_served() -> None:
    life = company(*HELD, until=day(105))
    assert explain(life, "main", 1) == Answer(
        True,
        "protected_by_hold",
        "active",
        until=day(114),
        changes_at=day(114),
        becomes="waiting_for_units",
    )
    assert decide(life, "main", 0) == (True, "protected")


def test_a_hold_whose_notice_is_not_served_lasts_at_least_its_whole_time_from_now() -> None:
    life = company(*HELD, until=day(105), mail=ALWAYS)
    answer = explain(life, "main", 1)
    assert (answer.code, answer.until, answer.is_until_open) == (
        "protected_by_hold",
        day(119),
        True,
    )


def test_a_seat_whose_hold_is_over_waits_for_units() -> None:
    life = company(*HELD, added("c", 1, 150, None, at=3), until=day(120))
    assert explain(life, "main", 1) == Answer(
        False,
        "waiting_for_units",
        "active",
        until=day(150),
        next_licence="c",
        next_at=day(150),
        changes_at=day(150),
        becomes="protected",
    )


GRACE = (added("a", 2, 1, 100), protect(2, 2))


def test_a_grace_whose_notice_was_served_ends_at_its_deadline() -> None:
    life = company(*GRACE, until=day(103))
    assert explain(life, "main", 0) == Answer(
        True,
        "protected_in_grace",
        "grace",
        until=day(114),
        changes_at=day(114),
        becomes="suspended",
        deletion_at=day(144),
    )


@pytest.mark.parametrize("outage", ["engine", "mail"])
def test_a_grace_whose_notice_is_not_served_lasts_at_least_its_whole_time_from_now(outage) -> None:
    down = {"engine": ALWAYS} if outage == "engine" else {"mail": ALWAYS}
    life = let(Lifecycle(("main",)), *GRACE, until=day(103), **down)
    answer = explain(life, "main", 0)
    assert (answer.code, answer.until, answer.is_until_open) == (
        "protected_in_grace",
        day(117),
        True,
    )


def test_a_deadline_is_met_while_the_engine_is_down() -> None:
    life = company(*GRACE, until=day(113.5), engine=[(day(101), day(200))])
    assert decide(life, "main", 0) == (True, "protected_in_grace")
    life.advance(day(114))
    assert decide(life, "main", 0) == (False, "suspended")


def test_a_member_without_a_seat_is_unprotected() -> None:
    life = company(*GRACE, until=day(10))
    assert explain(life, None, None) == Answer(
        False,
        "unprotected",
        "active",
        changes_at=day(114),
        becomes="suspended",
        deletion_at=day(144),
    )


def test_a_suspended_company_protects_nobody_and_names_the_earliest_deletion() -> None:
    life = company(*GRACE, until=day(120))
    assert explain(life, "main", 0) == Answer(
        False,
        "suspended",
        "suspended",
        changes_at=day(144),
        becomes="deleted",
        deletion_at=day(144),
    )


def test_a_deletion_that_is_held_has_no_date() -> None:
    life = company(*GRACE, f.DeletionHeld(day(3)), until=day(120))
    assert explain(life, "main", 0) == Answer(False, "suspended", "suspended")


def test_a_deletion_for_which_a_late_engine_is_due_comes_now() -> None:
    life = company(*GRACE, until=day(150), engine=[(day(131), day(200))])
    answer = explain(life, "main", 0)
    assert (answer.code, answer.becomes) == ("suspended", "deleted")
    assert answer.changes_at == answer.deletion_at == day(150)


def test_a_closed_company_says_so_whatever_units_it_has() -> None:
    life = company(*GRACE, f.CompanyClosed(day(50)), until=day(51))
    answer = explain(life, "main", 0)
    assert (answer.allowed, answer.code, answer.phase) == (False, "closed", "suspended")
    assert (answer.licence, answer.next_licence) == (None, None)
    assert (answer.becomes, answer.changes_at, answer.deletion_at) == ("deleted", day(80), day(80))


def test_a_company_whose_units_are_to_come_is_pending_until_they_do() -> None:
    life = company(added("a", 1, 20, None), until=day(3))
    answer = explain(life, None, None)
    assert (answer.code, answer.changes_at, answer.becomes) == ("pending", day(20), "unprotected")
    assert answer.until is None


def test_a_company_that_was_closed_before_its_first_unit_is_closed() -> None:
    life = company(added("a", 1, 20, None), f.CompanyClosed(day(2)), until=day(30))
    assert decide(life, None, None) == (False, "closed")


def test_a_deleted_company_says_so_also_of_users_that_were_erased_with_it() -> None:
    life = company(*GRACE, until=day(150))
    assert explain(life, None, None) == Answer(False, "deleted", "deleted")
    assert explain(life, "main", 0) == Answer(False, "deleted", "deleted")
    assert explain(life, None, None, is_known=False) == Answer(False, "deleted", "deleted")


def test_a_user_whom_the_company_does_not_have_is_told_so_first() -> None:
    life = company(*GRACE, until=day(120))
    assert decide(life, None, None) == (False, "suspended")
    assert explain(life, None, None, is_known=False) == Answer(False, "no_such_user", "suspended")


def test_a_pool_that_there_is_not_is_an_error() -> None:
    life = company(*GRACE, until=day(10))
    with pytest.raises(KeyError):
        decide(life, "other", 0)


# Every company

UNIQUE = st.lists(st.integers(1, 150), min_size=1, max_size=12, unique=True).map(sorted)


@st.composite
def companies(draw) -> Lifecycle:
    """A company of two pools at some instant, after all kinds of facts and outages."""
    facts: list[f.Fact] = []
    for i, n in enumerate(draw(UNIQUE)):
        # Odd instants of the day, so that nothing falls together by accident alone.
        at = day(n) + draw(st.sampled_from([0, 0, 3601]))
        licence = f"L{draw(st.integers(0, max(i - 1, 0)))}"
        pool = draw(st.sampled_from(["main", "site"]))
        choice = draw(st.integers(0, 11))
        if i == 0 or choice <= 3:
            units = draw(st.integers(1, 4))
            starts = day(max(1, n + draw(st.sampled_from([-5, 0, 0, 0, 10, 40]))))
            length = draw(st.sampled_from([None, 5, 20, 60]))
            ends = None if length is None else starts + day(length)
            kind = draw(st.sampled_from(f.KINDS))
            placed = {"site": draw(st.integers(0, units))}
            facts.append(f.LicenceAdded(at, f"L{i}", units, starts, ends, kind, placed))
        elif choice <= 6:
            facts.append(f.SeatsProtected(at, pool, draw(st.integers(1, 3))))
        else:
            facts.append(
                {
                    7: f.SeatsUnprotected(at, pool, 1),
                    8: f.LicenceCancelled(at, licence),
                    9: f.LicenceRemoved(at, licence),
                    10: f.LicenceSuspended(at, licence),
                    11: draw(st.sampled_from([f.CompanyClosed(at), f.CompanyReopened(at)])),
                }[choice]
            )
    until = day(draw(st.integers(5, 200)))
    known = [fact for fact in facts if fact.at <= until]
    engine, mail = draw(WINDOWS), draw(WINDOWS)
    return company(*known, until=until, pools=("main", "site"), engine=engine, mail=mail)


WINDOWS = st.lists(
    st.tuples(st.integers(1, 260), st.integers(1, 60)).map(lambda w: (day(w[0]), day(sum(w)))),
    max_size=2,
)


@given(companies())
def test_as_many_seats_are_allowed_as_are_protected(life) -> None:
    for pool in life.pools.values():
        answers = [decide(life, pool.id, place)[0] for place in range(pool.seats)]
        protected = life.protected(pool.id)
        assert answers == [True] * protected + [False] * (pool.seats - protected)


@given(companies())
def test_a_licence_is_named_exactly_where_a_unit_protects(life) -> None:
    for pool in life.pools.values():
        for place in range(pool.seats):
            answer = explain(life, pool.id, place)
            assert (answer.licence is not None) == (answer.code == "protected")
            assert (answer.allowed, answer.code) == decide(life, pool.id, place)


@settings(max_examples=60)
@given(companies(), st.lists(st.integers(0, 250 * DAY), max_size=6))
def test_when_all_works_the_future_is_as_it_was_told(life, times) -> None:
    for pool, place in seats_of(life):
        answer = explain(life, pool, place)
        told = [
            t for t in (answer.until, answer.changes_at, answer.next_at, answer.deletion_at) if t
        ]
        moments = {life.at + t for t in times} | {t + by for t in told for by in (-1, 0)}
        for t in sorted(t for t in moments if t > life.at):
            later = life.copy()
            run(later, later.at, accepts=everything)  # it works from this very instant on
            let(later, until=t)
            allowed, code = decide(later, pool, place)
            if answer.until is None or t < answer.until:
                assert allowed == answer.allowed
            if answer.changes_at is None or t < answer.changes_at:
                assert code == answer.code
            assert (later.phase == "deleted") >= (t == answer.deletion_at)
            if t == answer.until:
                assert allowed != answer.allowed
            if t == answer.changes_at:
                assert code == answer.becomes
            if t == answer.next_at:
                assert explain(later, pool, place).licence == answer.next_licence
            elif code == answer.code == "protected" and t < (answer.next_at or t + 1):
                assert explain(later, pool, place).licence == answer.licence


@given(companies())
def test_seats_that_are_explained_together_are_explained_as_each_alone(life) -> None:
    seats = seats_of(life)
    assert explain_all(life, seats) == [explain(life, pool, place) for pool, place in seats]


@settings(max_examples=60)
@given(companies(), st.lists(st.integers(0, 250 * DAY), max_size=6), WINDOWS, WINDOWS)
def test_no_outage_makes_an_answer_change_before_it_was_told(life, times, engine, mail) -> None:
    for pool, place in seats_of(life):
        answer = explain(life, pool, place)
        told = [t for t in (answer.until, answer.changes_at) if t]
        moments = {life.at + t for t in times} | {t + by for t in told for by in (-1, 0)}
        for t in sorted(t for t in moments if t > life.at):
            later = let(life.copy(), until=t, engine=engine, mail=mail)
            allowed, code = decide(later, pool, place)
            if answer.until is None or t < answer.until:
                assert allowed == answer.allowed
            if answer.changes_at is None or t < answer.changes_at:
                assert code == answer.code
            if t == answer.until and not answer.is_until_open:
                assert allowed != answer.allowed
        if answer.until is not None and answer.is_until_open:
            down = let(life.copy(), until=answer.until, engine=ALWAYS)
            assert decide(down, pool, place)[0] == answer.allowed


def seats_of(life: Lifecycle) -> list[tuple[str | None, int | None]]:
    """The first and the last seat of each pool, and a member without one."""
    found: list[tuple[str | None, int | None]] = [(None, None)]
    for pool in life.pools.values():
        if pool.seats:
            found += [(pool.id, place) for place in sorted({0, pool.seats - 1})]
    return found
