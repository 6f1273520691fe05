"""Scenario files: what makes no sense is refused with its line; what only looks odd is not.

Every bad file is the good one with one thing changed, so that it is refused for that thing.
"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.cli.errors import ScenarioError
from tenure.cli.scenarios import read
from tenure.core import facts as f
from tenure.core.policy import Policy
from tenure.core.simulation import simulate

GOOD = """\
name: a good scenario
time_zone: Europe/Paris
policy:
  grace_days: 14
  retention_days: 30
  deletion_warning_days: 13
  expiring_notice_days: [28, 6]
  portal_service_days: 7
pools: [Lyon, Paris]
licences:
  - {id: A, kind: full, units: 100, starts: 2026-01-01, ends: 2026-06-30, placements: {Lyon: 60}}
  - id: B
    kind: trial
    units: 11
    starts: 2026-01-02T00:00:00Z
    added: 2025-12-01
actions:
  - {at: 2026-02-01T09:00:00Z, protect: {pool: Lyon, count: 50}}
  - {at: 2026-02-02T09:00:00+01:00, unprotect: {count: 2}}
  - {at: 2026-03-01, add_licence: {id: C, units: 10, starts: 2026-03-01, ends: 2027-03-01}}
  - {at: 2026-03-02, place: {licence: A, placements: {Lyon: 29, Paris: 71}}}
  - {at: 2026-03-03, renew: {licence: A, ends: 2026-12-30}}
  - {at: 2026-03-04, set_units: {licence: A, units: 80, placements: {Lyon: 79}}}
  - {at: 2026-03-05, suspend_licence: A}
  - {at: 2026-03-06, resume_licence: A}
  - {at: 2026-03-07, remove_licence: A}
  - {at: 2026-03-08, cancel_licence: C}
  - {at: 2026-03-09, close: true}
  - {at: 2026-03-10, reopen: true}
  - {at: 2026-03-11, hold_deletion: true}
  - {at: 2026-03-12, release_deletion: true}
  - {at: 2026-03-13, confirm_deletion: true}
outages:
  engine: [[2026-06-29T00:00:00Z, 2026-07-03T00:00:00Z]]
  mail:
    - [2026-07-01, 2026-07-09]
until: 2026-12-31
"""

# What is changed, into what, the line that is then wrong, and a part of what is said of it.
BAD = [
    # The form of the file
    ("name: a", "name: [a", 2, "this is not YAML"),
    ("name: a good scenario", "name: &x good", 1, "anchors"),
    ("name: a good scenario", "name: *x", 1, "aliases"),
    ("name: a good scenario", "name: !!str x", 1, "tags"),
    ("name: a good scenario", "<<: {until: 2026-01-01}", 1, "unknown key <<"),
    ("name: a good scenario", "[a, b]: c", 1, "a key must be a single word"),
    ("name: a good scenario", "name: a\tgood\0scenario", 1, "U+0000"),
    ("name: a good scenario", "name: a\u2028b", 1, "U+2028 cannot stand here"),
    ("name: a good scenario", "name: 'a", 1, "unexpected end of stream"),
    ("name: a good scenario", "name: a\nname: b", 2, "stands twice, first in line 1"),
    ("  grace_days", "\tgrace_days", 4, "a tab cannot stand here"),
    ("until: 2026-12-31", "until: 2026-12-31\n---\na: b", 38, "a second document"),
    ("name: a good scenario", "name: " + "[" * 5000, 1, "nested too deeply"),
    ("name: a good scenario", "name: [a]", 1, "name must be a text"),
    # Keys
    ("name: a", "title: a", 1, "unknown key title in a scenario"),
    ("licences:\n", "licenses:\n", 10, "did you mean licences?"),
    ("  grace_days", "  grase_days", 4, "did you mean grace_days?"),
    ("{id: A, kind", "{id: A, colour: red, kind", 11, "unknown key colour in a licence"),
    ("    added:", "    since:", 16, "unknown key since"),
    ("{pool: Lyon, count", "{pool: Lyon, units", 18, "unknown key units in protect"),
    ("{at: 2026-03-05, suspend", "{at: 2026-03-05, by: Eve, suspend", 24, "unknown key by"),
    ("unprotect: {count", "unprotect: {licence: A, count", 19, "unknown key licence"),
    ("renew: {licence: A,", "renew: {licence: A, units: 4,", 22, "unknown key units in renew"),
    ("add_licence: {id", "add_licence: {added: 2026-03-01, id", 20, "added cannot stand"),
    ("  engine: [[", "  motor: [[", 34, "unknown key motor in outages"),
    ("until: 2026-12-31", "", 1, "until is missing"),
    ("until: 2026-12-31", "until:", 37, "until is missing"),
    ("{id: A, kind", "{kind", 11, "id is missing"),
    ("units: 100, ", "", 11, "units is missing"),
    ("    starts: 2026-01-02T00:00:00Z\n", "", 12, "starts is missing"),
    ("{count: 2}", "{}", 19, "count is missing"),
    ("place: {licence: A, ", "place: {", 21, "licence is missing"),
    (", placements: {Lyon: 29, Paris: 71}", "", 21, "placements is missing"),
    ("renew: {licence: A, ends: 2026-12-30}", "renew: {licence: A}", 22, "ends is missing"),
    ("{at: 2026-03-05, suspend", "{suspend", 24, "at is missing"),
    # One action an entry
    ("{at: 2026-03-09, close: true}", "{at: 2026-03-09}", 28, "nothing is done"),
    ("close: true", "close: true, hold_deletion: true", 28, "close and hold_deletion stand in one"),
    ("  - {at: 2026-03-09, close: true}", "  - close", 28, "an action must be a mapping"),
    # Names
    ("Europe/Paris", "Europe/Pariss", 2, "did you mean Europe/Paris?"),
    ("Europe/Paris", "../Paris", 2, "there is no time zone"),
    ("Europe/Paris", "Europe", 2, "there is no time zone"),
    ("Europe/Paris", "right/UTC", 2, "there is no time zone"),
    ("pools: [Lyon, Paris]", "pools: [Lyon, Paris, Lyon]", 9, "the pool Lyon stands twice"),
    ("pools: [Lyon, Paris]", "pools: []", 9, "pools is empty"),
    ("pools: [Lyon, Paris]", "pools: Lyon", 9, "pools must be a list"),
    ("pools: [Lyon, Paris]", "pools: [Lyon, Paris, null]", 9, "a pool must be a text"),
    ("pool: Lyon", "pool: Lille", 18, "there is no pool Lille"),
    ("{Lyon: 60}", "{Lion: 60}", 11, "did you mean Lyon?"),
    ("{Lyon: 29, Paris", "{Nice: 29, Paris", 21, "there is no pool Nice"),
    ("{Lyon: 79}", "{Nice: 79}", 23, "there is no pool Nice"),
    ("kind: full", "kind: perpetual", 11, "there is no kind perpetual"),
    ("    kind: trial", "    kind: [trial]", 13, "kind must be a text"),
    ("suspend_licence: A", "suspend_licence: Z", 24, "there is no licence Z"),
    ("suspend_licence: A", "suspend_licence: {id: A}", 24, "must be a text"),
    ("suspend_licence: A", "suspend_licence: ", 24, "must be a text"),
    # Numbers
    ("grace_days: 14", "grace_days: 0", 4, "at least 1"),
    ("grace_days: 14", "grace_days: 14.0", 4, "not 14.0"),
    ("grace_days: 14", "grace_days: 36501", 4, "at most 36500"),
    ("deletion_warning_days: 13", "deletion_warning_days: 31", 5, "deletion_warning_days cannot"),
    ("[28, 6]", "[28, 28]", 7, "28 stands twice"),
    ("[28, 6]", "28", 7, "expiring_notice_days must be a list"),
    ("units: 100", "units: 0", 11, "at least 1"),
    ("units: 100", "units: -5", 11, "at least 1"),
    ("units: 100", "units: 1_000", 11, "digits alone"),
    ("units: 100", "units: 0x64", 11, "digits alone"),
    ("units: 100", "units: 0144", 11, "digits alone"),
    ("units: 100", "units: 1e2", 11, "digits alone"),
    ("units: 100", "units: 100.5", 11, "digits alone"),
    ("units: 100", "units: 1:40", 11, "digits alone"),
    ("units: 100", "units: '100'", 11, "leave the quotes out"),
    ("units: 100", "units: many", 11, "digits alone"),
    ("units: 100", "units: true", 11, "digits alone"),
    ("units: 100", "units: .inf", 11, "digits alone"),
    ("units: 100", "units: \u0661\u0660", 11, "digits alone"),
    ("units: 100", "units: 1000000001", 11, "at most 1000000000"),
    ("units: 100", "units: " + "9" * 5000, 11, "at most 1000000000"),
    ("    units: 11", "    units: [11]", 14, "units must be a whole number"),
    ("count: 50", "count: 0", 18, "at least 1"),
    ("{count: 2}", "2", 19, "unprotect must be a mapping"),
    ("{Lyon: 60}", "{Lyon: -1}", 11, "at least 0"),
    ("{Lyon: 60}", "{Lyon: 101}", 11, "101 units are placed, but the licence has only 100"),
    ("{Lyon: 29, Paris: 71}", "{Lyon: 30, Paris: 71}", 21, "101 units are placed"),
    ("{Lyon: 79}", "{Lyon: 81}", 23, "81 units are placed"),
    ("units: 80, placements: {Lyon: 79}", "units: 80", 23, "100 units are placed"),
    # Switches
    ("close: true", "close: false", 28, "close is a switch"),
    ("close: true", "close: yes", 28, "close is a switch"),
    ("close: true", "close: True", 28, "close is a switch"),
    ("close: true", "close: 'true'", 28, "close is a switch"),
    ("close: true", "close: ", 28, "close is a switch"),
    ("confirm_deletion: true", "confirm_deletion: 1", 32, "confirm_deletion is a switch"),
    # Times
    ("2026-02-01T09:00:00Z", "2026-02-01T09:00:00", 18, "needs Z or an offset"),
    ("2026-02-01T09:00:00Z", "2026-02-01T09:00:00.5Z", 18, "whole seconds"),
    ("2026-02-01T09:00:00Z", "2026-02-01T09:00:00.000Z", 18, "whole seconds"),
    ("2026-02-01T09:00:00Z", "2026-02-01T24:00:00Z", 18, "no such time of day"),
    ("2026-02-01T09:00:00Z", "2026-02-01T09:00:60Z", 18, "no such time of day"),
    ("2026-02-01T09:00:00Z", "2026-02-30T09:00:00Z", 18, "no such day"),
    ("2026-02-01T09:00:00Z", "2026-02-01T09:00:00+24:00", 18, "no such offset"),
    ("2026-02-01T09:00:00Z", "2026-02-01 09Z", 18, "neither a date nor a time"),
    ("2026-02-01T09:00:00Z", "1769936400", 18, "neither a date nor a time"),
    ("2026-02-01T09:00:00Z", "tomorrow", 18, "neither a date nor a time"),
    ("2026-02-01T09:00:00Z", "[2026-02-01]", 18, "must be a date or a time"),
    ("2026-02-01T09:00:00Z", "\u0662\u0660\u0662\u0666-02-01", 18, "neither a date nor a time"),
    ("until: 2026-12-31", "until: 2026-2-3", 37, "neither a date nor a time"),
    ("until: 2026-12-31", "until: 0000-12-31", 37, "1970 or later"),
    ("until: 2026-12-31", "until: 1969-12-31", 37, "1970 or later"),
    ("until: 2026-12-31", "until: 9999-12-31", 37, "a year after 9999"),
    ("ends: 2026-06-30", "ends: 2026-06-31", 11, "no such day"),
    ("ends: 2026-06-30", "ends: 2025-12-31", 11, "must end after it starts"),
    ("ends: 2027-03-01", "ends: 2026-02-28", 20, "must end after it starts"),
    ("ends: 2026-06-30", "ends: 2025-12-31T23:00:00Z", 11, "must end after it starts"),
    # Outages
    ("2026-07-03T00:00:00Z]]", "2026-06-29T00:00:00Z]]", 34, "must end after its start"),
    ("    - [2026-07-01, 2026-07-09]", "    - [2026-07-01]", 36, "a start and an end"),
    ("    - [2026-07-01, 2026-07-09]", "    - 2026-07-01", 36, "an outage must be a list"),
    ("  engine: [[2026", "  engine: [2026-06-01, [2026", 34, "an outage"),
    # What was done before
    ("id: C,", "id: A,", 20, "a licence A is added in line 11 already"),
    ("  - id: B", "  - id: A", 12, "a licence A is added in line 11 already"),
    ("renew: {licence: A", "renew: {licence: B", 22, "has no end"),
    ("ends: 2026-12-30", "ends: 2026-06-30", 22, "must end later than it does now"),
    ("{at: 2026-03-03", "{at: 2027-03-03", 22, "was removed before that"),
    ("suspend_licence: A", "resume_licence: A", 24, "not suspended"),
    ("resume_licence: A", "suspend_licence: A", 25, "suspended already"),
    ("remove_licence: A", "remove_licence: C", 27, "was removed before that"),
    ("{at: 2026-03-08, cancel", "{at: 2026-02-08, cancel", 27, "before it is added: line 20"),
    ("hold_deletion: true", "cancel_licence: C", 30, "was cancelled before that"),
    ("{at: 2026-03-13, confirm_deletion: true}", "{at: 2030-01-01, place: "
     "{licence: B, placements: {Lyon: 12}}}", 32, "12 units are placed"),
]  # fmt: skip


def refusal(text: str | bytes) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        read("scenario.yaml", text)
    return caught.value


def test_the_good_scenario_is_read() -> None:
    """What every bad case is made from makes sense itself."""
    scenario = read("scenario.yaml", GOOD)
    assert len(scenario.facts) == 17
    assert scenario.policy == Policy(14, 30, 13, (28, 6), 7)
    assert [fact.at for fact in scenario.facts] == sorted(fact.at for fact in scenario.facts)
    assert read("scenario.yaml", GOOD.encode()) == scenario


@pytest.mark.parametrize(("old", "new", "line", "said"), BAD, ids=range(len(BAD)))
def test_what_makes_no_sense_is_refused_with_its_line(
    old: str, new: str, line: int, said: str
) -> None:
    """One thing is wrong; the line of that thing is named, and what is wrong with it."""
    assert GOOD.count(old) == 1, f"{old!r} is not unique in the good scenario"
    error = refusal(GOOD.replace(old, new))
    assert (error.line, said in error.problem) == (line, True), error.format_message()
    assert error.format_message().startswith(f"scenario.yaml:{line}: ")


def test_a_removed_licence_can_be_touched_no_more() -> None:
    """The same second is late enough: at one instant the order of the file counts."""
    both = "remove_licence: A}\n  - {at: 2026-03-07, resume_licence: A}"
    error = refusal(GOOD.replace("remove_licence: A}", both))
    assert (error.line, "was removed" in error.problem) == (27, True)


def test_a_renewal_reaches_beyond_its_own_instant() -> None:
    """A later end is not enough when the renewal itself comes later still."""
    late = (
        "until: 2027-12-31\nlicences: [{id: A, units: 1, starts: 2026-01-01, ends: 2026-03-31}]\n"
    )
    action = "actions: [{at: 2026-06-01, renew: {licence: A, ends: 2026-06-01}}]"
    assert len(read("x", late + action).facts) == 2
    error = refusal(late + action.replace("ends: 2026-06-01", "ends: 2026-05-31"))
    assert (error.line, "later than the instant of renewing" in error.problem) == (3, True)


def test_every_problem_is_told_in_the_order_of_the_file() -> None:
    """Several things that are wrong apart from each other are told at once."""
    text = GOOD.replace("count: 50", "count: no").replace("2026-07-09", "2026-06-09")
    error = refusal(text.replace("close: true", "close: maybe"))
    assert [problem.line for problem in error.problems] == [18, 28, 36]


def test_what_follows_from_a_problem_is_not_told() -> None:
    """Seven entries touch a licence that does not exist; the first one is told."""
    error = refusal(GOOD.replace("{id: A, kind", "{id: Aa, kind"))
    assert [problem.line for problem in error.problems] == [21]
    assert "did you mean Aa?" in error.problem


def test_a_thousand_problems_are_cut_short() -> None:
    """A file that is wrong everywhere fills no screen."""
    many = "actions:\n" + "  - {at: never}\n" * 1000 + "until: 2026-12-31\n"
    assert len(refusal(many).problems) == 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("---\n", "the file is empty"),
        ("- a\n", "not a mapping"),
        ("until", "not a mapping"),
        (b"until: 2026-12-31\n\xff", "not UTF-8"),
        ("until: 2026-12-31".encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_no_scenario_at_all_is_refused(text: str | bytes, said: str) -> None:
    """Whatever is handed in, the answer is a sentence."""
    assert said in refusal(text).problem


@pytest.mark.parametrize(
    "piece",
    ["a", "- ", "[", "{a: ", "a: b\n", "a: [", "? ", '"', "\n", "&a ", "*a ", "a b\n "],
)
def test_ten_megabytes_of_rubbish_are_refused(piece: str) -> None:
    """Size and depth are bounded while reading, not after it."""
    assert refusal(piece * (10_000_000 // len(piece))).line <= 2


def test_a_file_beyond_all_measure_is_refused() -> None:
    """Many names, deep within a file, are refused before they are all read."""
    names = "until: 2026-12-31\npools: [" + "a," * 3_000_000
    assert "too long" in refusal(names).problem
    assert "too large" in refusal("#" * (17 << 20)).problem


@given(st.text() | st.binary())
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    """Nothing but a scenario or a ScenarioError comes out."""
    refusal(text)


@given(
    st.integers(0, len(GOOD)),
    st.integers(0, 12),
    st.text(max_size=6) | st.text(":,[]{}-#&*!|>'\"%@`?\n 0129TZ.+", max_size=6),
)
def test_a_damaged_scenario_is_read_or_refused(start: int, length: int, put: str) -> None:
    """The same for a file that was right but for a few characters; what is read can be run."""
    try:
        scenario = read("scenario.yaml", GOOD[:start] + put + GOOD[start + length :])
    except ScenarioError:
        return
    simulate(scenario)


def test_names_are_taken_as_they_are_written() -> None:
    """YAML's guesses do not reach names: NO is no boolean, 012 no number."""
    text = "pools: [NO, 012, 1.0, '~', 2026-01-01]\nuntil: 2026-12-31\n"
    licences = "licences: [{id: 0x1F, units: 3, starts: 2026-01-01, placements: {NO: 1, 012: 2}}]"
    scenario = read("x", text + licences)
    assert scenario.pools == ("NO", "012", "1.0", "~", "2026-01-01")
    (added,) = scenario.facts
    assert isinstance(added, f.LicenceAdded)
    assert (added.licence, added.placements) == ("0x1F", {"NO": 1, "012": 2})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("added: 2025-12-01", "added: 2027-01-01"),
        ("ends: 2026-06-30, placements", "ends: 2026-06-30, added: 2026-02-15, placements"),
        ("starts: 2026-01-01, ends: 2026-06-30", "starts: 2026-01-01, ends: 2026-01-31"),
        ("{Lyon: 60}", "{Lyon: 0, Paris: 0}"),
        ("{Lyon: 29, Paris: 71}", "{}"),
        ("    - [2026-07-01, 2026", "    - [2026-07-02, 2026-07-04]\n    - [2026-07-01, 2026"),
        ("until: 2026-12-31", "until: 2026-01-01"),
        ("until: 2026-12-31", "until: 2026-12-31T00:00:00+02:00"),
        ("until: 2026-12-31", "until: '2026-12-31'"),
        ("until: 2026-12-31", "until: 2026-12-31 08:00:00z"),
        ("ends: 2027-03-01", "ends: 9999-12-31"),
        ("name: a good scenario", "name: 2026-01-01"),
        ("name: a good scenario", "name:"),
        ("kind: full, ", ""),
        ("units: 80, placements: {Lyon: 79}", "units: 100"),
        ("{at: 2026-03-13, confirm_deletion: true}", "{at: 2031-01-01, close: true}"),
        ("ends: 2026-06-30, placements: {Lyon: 60}", "ends: 2026-06-30, placements: ~"),
    ],
)  # fmt: skip
def test_what_only_looks_odd_is_read(old: str, new: str) -> None:
    """A licence added after its end, zero units placed, windows that overlap, and the like."""
    assert GOOD.count(old) == 1
    simulate(read("scenario.yaml", GOOD.replace(old, new)))


def test_actions_may_stand_in_any_order() -> None:
    """They are taken in the order of time; at one instant licences come first."""
    head, rest = GOOD.split("actions:\n")
    actions, tail = rest.split("outages:\n")
    shuffled = "".join(sorted(actions.splitlines(keepends=True), key=lambda line: line[::-1]))
    text = f"{head}actions:\n{shuffled}outages:\n{tail}"
    assert read("x", text).facts == read("x", GOOD).facts


def test_an_ended_licence_can_still_be_touched() -> None:
    """Renewing, placing, resizing and suspending one that has ended is allowed."""
    scenario = read(
        "x",
        "licences: [{id: A, units: 9, starts: 2026-01-01, ends: 2026-01-31}]\n"
        "actions:\n"
        "  - {at: 2026-03-01, place: {licence: A, placements: {main: 0}}}\n"
        "  - {at: 2026-03-02, set_units: {licence: A, units: 4}}\n"
        "  - {at: 2026-03-03, suspend_licence: A}\n"
        "  - {at: 2026-03-04, renew: {licence: A, ends: 2026-04-30}}\n"
        "until: 2026-12-31\n",
    )
    assert len(scenario.facts) == 5


def test_a_licence_without_added_is_known_from_its_start() -> None:
    """And a date is the midnight at its start in the company's zone, or the one after it."""
    added = read("x", GOOD).facts[1]
    assert isinstance(added, f.LicenceAdded)
    assert added.at == added.starts == datetime(2025, 12, 31, 23, tzinfo=UTC).timestamp()
    assert added.ends == datetime(2026, 6, 30, 22, tzinfo=UTC).timestamp()
