"""An engine that sleeps over a boundary: answers stay right, nothing is told as if on time."""

from __future__ import annotations

import pytest

from tenure.core.policy import DAY
from tests.stories.diary import Diary

HOUR = 3600
sleeps = pytest.mark.parametrize("sleep", [13 * HOUR, 3 * DAY, 40 * DAY])


def asleep(diary: Diary, boundary: str, sleep: int) -> int:
    """Let the engine sleep from an hour before a boundary on; give when it wakes."""
    t = diary.instant(boundary)
    diary.live(t - HOUR)
    diary.post.taken.clear()
    diary.sleep(t)
    return t - HOUR + sleep


@sleeps
def test_over_the_end_of_the_last_licence(diary: Diary, sleep: int) -> None:
    """Grace begins at the end; its days begin when the engine wakes and the notice is served."""
    diary.found("2026-03-01 09:00")
    wakes = asleep(diary, "2026-07-01", sleep)
    for t in (diary.now, wakes - 1):
        diary.sleep(t)
        assert diary.code() == "protected_in_grace"
        assert "has no valid licence" in diary.page().headline
        assert "at the earliest" in diary.page().next and "in 14 days" in diary.page().next
        assert "Grace" in diary.companies()
        assert diary.letters() == []
    diary.sleep(wakes)
    diary.wake()
    assert [x.kind for x in diary.letters()] == ["grace"]
    said = diary.letter("grace")
    assert "since Tuesday 30 June 2026, 23:59 (Paris)" in said.happened
    assert said.next.endswith("in 14 days.")
    assert diary.answer()["until"] == diary.answer()["changes_at"]
    diary.live(wakes + 14 * DAY - 1)
    assert diary.code() == "protected_in_grace"
    diary.live(wakes + 14 * DAY)
    assert diary.code() == "suspended"


@sleeps
def test_over_the_deadline_of_a_grace(diary: Diary, sleep: int) -> None:
    """The suspension comes at its announced minute; what is told later tells the true days."""
    diary.found("2026-03-01 09:00")
    wakes = asleep(diary, "2026-07-15", sleep)
    since = "since Tuesday 14 July 2026, 23:59 (Paris)"
    for t in (diary.now, wakes - 1):
        diary.sleep(t)
        assert diary.code() == "suspended"
        assert since in diary.page().headline
        assert "Suspended" in diary.companies()
    diary.sleep(wakes)
    diary.wake()
    told = [x.kind for x in diary.letters()]
    said = diary.letter("suspended")
    assert since in said.happened
    if sleep < 16 * DAY:
        assert told == ["suspended"]
        days = {13 * HOUR: 29, 3 * DAY: 27}[sleep]
        assert f"until Thursday 13 August 2026, 23:59 (Paris), in {days} days" in said.next
    else:
        assert sorted(told) == ["deletion_warning", "suspended"]
        for each in diary.letters():
            assert "until Sunday 6 September 2026, 22:59 (Paris), in 14 days" in each.next
    diary.live(wakes + 60 * DAY)
    due = max(diary.instant("2026-08-14"), wakes + 14 * DAY)
    assert diary.letter("deleted").at == due


@sleeps
def test_over_the_deletion_warning(diary: Diary, sleep: int) -> None:
    """A warning that comes late moves the deletion: 14 days lie between, always."""
    diary.found("2026-03-01 09:00")
    wakes = asleep(diary, "2026-07-31", sleep)
    diary.sleep(wakes - 1)
    assert diary.code() == "suspended"
    assert "in 14 days" in diary.page().next or sleep < 14 * DAY
    assert "ago" not in diary.page().text
    diary.sleep(wakes)
    diary.wake()
    assert [x.kind for x in diary.letters()] == ["deletion_warning"]
    said = diary.letter("deletion_warning")
    assert "since Tuesday 14 July 2026, 23:59 (Paris)" in said.happened
    assert "in 14 days" in said.next
    diary.live(wakes + 20 * DAY)
    assert [x.kind for x in diary.letters()] == ["deletion_warning", "deleted"]
    assert diary.letter("deleted").at == wakes + 14 * DAY


@sleeps
def test_over_the_deletion(diary: Diary, sleep: int) -> None:
    """Nothing is deleted while the engine sleeps, and until it wakes a licence still saves all."""
    diary.found("2026-03-01 09:00")
    before = diary.everything()
    wakes = asleep(diary, "2026-08-14", sleep)
    diary.sleep(wakes - 1)
    assert diary.code() == "suspended"
    page = diary.page()
    assert "So far nothing is lost" in page.people
    assert "has passed" in page.next
    assert "est passée" in diary.page("fr").next
    assert "Without a new licence by then" not in page.next
    if sleep == 3 * DAY:
        diary.add(5, "2027-08-31")
        diary.sleep(wakes)
        diary.wake()
        assert diary.everything() == before
        assert [x.kind for x in diary.letters()] == ["restored"]
        return
    diary.sleep(wakes)
    diary.wake()
    assert diary.code() == "deleted"
    assert [x.kind for x in diary.letters()] == ["deleted"]
    assert diary.letter("deleted").at == wakes


@sleeps
def test_over_the_notice_of_an_end(diary: Diary, sleep: int) -> None:
    """The late notice says how many days are left in truth; one that is too late never comes."""
    diary.found("2026-03-01 09:00", licence=(5, "2026-09-30"))
    asleep(diary, "2026-09-01", sleep)
    wakes = diary.instant("2026-09-01") - HOUR + sleep
    diary.sleep(wakes)
    assert diary.letters() == []
    diary.wake()
    if sleep < 30 * DAY:
        said = diary.letter("expiring")
        days = {13 * HOUR: 29, 3 * DAY: 27}[sleep]
        assert (
            f"ends on Wednesday 30 September 2026, 23:59 (Paris), in {days} days" in said.happened
        )
        diary.live("2026-09-25")
        assert [x.kind for x in diary.letters()] == ["expiring", "expiring"]
        assert "in 7 days" in diary.letter("expiring").happened
    else:
        assert [x.kind for x in diary.letters()] == ["grace"]
        assert "since Wednesday 30 September 2026, 23:59 (Paris)" in diary.letter("grace").happened
