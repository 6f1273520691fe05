"""Bad days of time zones: what import, mail, page, notice and terminal say, in two languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tenure.core.policy import DAY
from tests.imported import write
from tests.stories.diary import ANNE, Diary

ENGLISH = re.compile(r"\w+day \d+ \w+ \d{4}, \d\d:\d\d \([^)]*\)")
FRENCH = re.compile(r"(?:\w+di|dimanche) \d+(?:er)? \w+ \d{4} à \d+ h \d\d \([^)]*\)")


class Case(NamedTuple):
    """A licence's last day, the instant of its end, and the dates that people must read."""

    zone: str
    last_day: str
    ends: str
    since: str
    until: str
    french: str


CASES = {
    "11 hours behind": Case(
        "Pacific/Pago_Pago", "2026-06-30", "2026-07-01T11:00:00Z",
        "Tuesday 30 June 2026, 23:59 (Pago Pago)", "Tuesday 14 July 2026, 23:59 (Pago Pago)",
        "mardi 14 juillet 2026 à 23 h 59 (heure de Pago Pago)",
    ),
    "14 hours ahead": Case(
        "Pacific/Kiritimati", "2026-06-30", "2026-06-30T10:00:00Z",
        "Tuesday 30 June 2026, 23:59 (Kiritimati)", "Tuesday 14 July 2026, 23:59 (Kiritimati)",
        "mardi 14 juillet 2026 à 23 h 59 (heure de Kiritimati)",
    ),
    "before a day without a midnight": Case(
        "Africa/Cairo", "2026-04-23", "2026-04-23T22:00:00Z",
        "Thursday 23 April 2026, 23:59 (Cairo)", "Friday 8 May 2026, 00:59 (Cairo)",
        "vendredi 8 mai 2026 à 0 h 59 (heure du Caire)",
    ),
    "a deadline before a day without a midnight": Case(
        "Africa/Cairo", "2026-04-09", "2026-04-09T22:00:00Z",
        "Thursday 9 April 2026, 23:59 (Cairo)", "Thursday 23 April 2026, 23:59 (Cairo)",
        "jeudi 23 avril 2026 à 23 h 59 (heure du Caire)",
    ),
    "a last hour that comes twice": Case(
        "Africa/Cairo", "2026-10-29", "2026-10-29T22:00:00Z",
        "Thursday 29 October 2026, 23:59 (Cairo, UTC+2)",
        "Thursday 12 November 2026, 23:59 (Cairo)",
        "jeudi 12 novembre 2026 à 23 h 59 (heure du Caire)",
    ),
    "before a day with two midnights": Case(
        "America/Havana", "2026-10-31", "2026-11-01T04:00:00Z",
        "Saturday 31 October 2026, 23:59 (Havana)", "Saturday 14 November 2026, 22:59 (Havana)",
        "samedi 14 novembre 2026 à 22 h 59 (heure de La Havane)",
    ),
    "a day with two midnights": Case(
        "America/Havana", "2026-11-01", "2026-11-02T05:00:00Z",
        "Sunday 1 November 2026, 23:59 (Havana)", "Sunday 15 November 2026, 23:59 (Havana)",
        "dimanche 15 novembre 2026 à 23 h 59 (heure de La Havane)",
    ),
    "a deadline before two midnights": Case(
        "America/Havana", "2026-10-17", "2026-10-18T04:00:00Z",
        "Saturday 17 October 2026, 23:59 (Havana)", "Saturday 31 October 2026, 23:59 (Havana)",
        "samedi 31 octobre 2026 à 23 h 59 (heure de La Havane)",
    ),
    "no midnight in Havana": Case(
        "America/Havana", "2026-03-07", "2026-03-08T05:00:00Z",
        "Saturday 7 March 2026, 23:59 (Havana)", "Sunday 22 March 2026, 00:59 (Havana)",
        "dimanche 22 mars 2026 à 0 h 59 (heure de La Havane)",
    ),
    "into summer time": Case(
        "Europe/Paris", "2026-03-20", "2026-03-20T23:00:00Z",
        "Friday 20 March 2026, 23:59 (Paris)", "Saturday 4 April 2026, 00:59 (Paris)",
        "samedi 4 avril 2026 à 0 h 59 (heure de Paris)",
    ),
    "out of summer time": Case(
        "Europe/Paris", "2026-10-20", "2026-10-20T22:00:00Z",
        "Tuesday 20 October 2026, 23:59 (Paris)", "Tuesday 3 November 2026, 22:59 (Paris)",
        "mardi 3 novembre 2026 à 22 h 59 (heure de Paris)",
    ),
    "quarters of an hour": Case(
        "Asia/Kathmandu", "2026-06-30", "2026-06-30T18:15:00Z",
        "Tuesday 30 June 2026, 23:59 (Kathmandu)", "Tuesday 14 July 2026, 23:59 (Kathmandu)",
        "mardi 14 juillet 2026 à 23 h 59 (heure de Katmandou)",
    ),
    "half an hour back": Case(
        "Australia/Lord_Howe", "2026-03-31", "2026-03-31T13:00:00Z",
        "Tuesday 31 March 2026, 23:59 (Lord Howe Island)",
        "Tuesday 14 April 2026, 23:29 (Lord Howe Island)",
        "mardi 14 avril 2026 à 23 h 29 (heure de Lord Howe)",
    ),
    "half an hour ahead": Case(
        "Australia/Lord_Howe", "2026-09-30", "2026-09-30T13:30:00Z",
        "Wednesday 30 September 2026, 23:59 (Lord Howe Island)",
        "Thursday 15 October 2026, 00:29 (Lord Howe Island)",
        "jeudi 15 octobre 2026 à 0 h 29 (heure de Lord Howe)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_end_a_grace_and_a_suspension(diary: Diary, case: Case) -> None:
    """Every door names the same minute for the end, the deadline and the suspension."""
    end = int(datetime.fromisoformat(case.ends).timestamp())
    here = ZoneInfo(case.zone)
    start = datetime.fromtimestamp(end, here) - timedelta(days=10)
    diary.found(f"{start:%Y-%m-%d %H:%M}", licence=(5, case.last_day), zone=case.zone)
    diary.clock.move_to(diary.now + 60)
    assert diary.answer()["changes_at"] == case.ends
    assert f"until {case.since}" in diary.check()
    assert case.since in diary.page().headline
    exported = diary.folder / "out"
    diary.run("export", str(exported))
    assert f",{case.ends}," in (exported / "licences.csv").read_text()

    diary.live(end + 60)
    for to, page, date, pattern in (
        (diary.letter("grace"), "en", case.until, ENGLISH),
        (diary.letter("grace", ANNE), "fr", case.french, FRENCH),
    ):
        assert pattern.findall(to.next) == [date]
        assert pattern.findall(to.date) == [date]
        assert pattern.findall(diary.page(page).next) == [date]
        assert date in diary.notice("grace", page)
        assert date in diary.check(language=page)
    assert case.since in diary.letter("grace").happened
    assert diary.letter("grace").next.endswith("in 14 days.")
    assert diary.letter("grace").at == end
    # In the list and in the subject the date is shorter, but its hour is the same.
    hour = case.until.split(", ")[1][:5]
    assert f"{hour} (" in diary.letter("grace").subject
    assert any(f", {hour} (" in line for line in diary.notices())

    diary.live(end + 14 * DAY - 1)
    assert diary.code() == "protected_in_grace"
    assert diary.page().next.endswith("today.")
    diary.live(end + 14 * DAY)
    assert diary.code() == "suspended"
    assert f"since {case.until}" in diary.letter("suspended").happened
    assert f"since {case.until}" in diary.page().headline
    assert f"depuis le {case.french}" in diary.letter("suspended", ANNE).happened
    assert f"depuis le {case.french}" in diary.page("fr").headline

    diary.live(end + 31 * DAY)
    warned = diary.letter("deletion_warning")
    assert f"since {case.until}" in warned.happened
    kept = ENGLISH.findall(warned.next)
    assert kept == ENGLISH.findall(warned.date)
    assert kept == ENGLISH.findall(diary.page().next)
    assert kept[0] in diary.notice("deletion_warning")
    diary.live(end + 44 * DAY)
    assert diary.code() == "deleted"
    assert diary.letter("deleted").at == end + 44 * DAY


def test_each_reader_reads_their_own_clock(diary: Diary) -> None:
    """Three readers of one company in Paris: the same instant, in three zones, each named."""
    diary.found(
        "2026-06-20 09:00",
        more={
            "contacts.csv": "company,address,name,role,language,time_zone\n"
            "M,anne@example.org,Anne,owner,fr,\n"
            "M,bob@example.org,Bob,owner,en,America/New_York\n"
            "M,kim@example.org,Kim,owner,en,Pacific/Kiritimati\n"
        },
    )
    diary.live("2026-07-02")
    assert "mardi 14 juillet 2026 à 23 h 59 (heure de Paris)" in diary.letter("grace", ANNE).next
    assert "Tuesday 14 July 2026, 17:59 (New York)" in diary.letter("grace").next
    said = diary.letter("grace", "kim@example.org")
    assert "Wednesday 15 July 2026, 11:59 (Kiritimati)" in said.next
    assert "since Wednesday 1 July 2026, 11:59 (Kiritimati)" in said.happened


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        ("2011-12-30", "2011-12-30", "there is no 2011-12-30 in Pacific/Apia"),
        ("2011-12-29", "2011-12-30", None),
        ("2011-12-30", "2011-12-31", None),
    ],
)
def test_a_day_that_the_calendar_left_out(
    diary: Diary, starts: str, ends: str, said: str | None
) -> None:
    """In Apia 29 December 2011 was followed by the 31st; a licence of the 30th alone is refused."""
    files = {
        "companies.csv": "reference,name,time_zone\nM,Apia,Pacific/Apia\n",
        "licences.csv": "company,reference,product,units,starts,ends\n"
        f"M,L1,cos,4,{starts},{ends}\n",
    }
    scenario = diary.folder / "apia.yaml"
    scenario.write_text(
        "time_zone: Pacific/Apia\nuntil: 2012-01-01\n"
        f"licences: [{{id: A, units: 3, starts: {starts}, ends: {ends}}}]\n"
    )
    diary.zone = "Pacific/Apia"
    diary.clock.move_to(int(datetime(2011, 12, 1, tzinfo=UTC).timestamp()))
    refused = 0 if said is None else 2
    imported = diary.run("import", str(write(diary.folder / "in", files)), code=refused)
    simulated = diary.run("simulate", str(scenario), code=refused)
    if said is not None:
        assert "licences.csv:2: ends: 2011-12-30" in imported.output
        assert said in imported.output
        assert "apia.yaml:3" in simulated.output
        assert said in simulated.output
        return
    diary.run("import", "--release", "all")
    last = (
        "Thursday 29 December 2011, 23:59"
        if ends.endswith("30")
        else ("Saturday 31 December 2011, 23:59")
    )
    assert last in " ".join(simulated.output.split())
    day = "2011-12-29 12:00" if starts.endswith("29") else "2011-12-31 12:00"
    diary.live(day)
    assert f"{last} (Apia), today" in diary.page().headline
    exported = diary.folder / "out"
    diary.run("export", str(exported))
    assert last.split()[1] in (exported / "licences.csv").read_text()
