"""Companies that stay: trials, renewals, restorations, and the year after."""

from __future__ import annotations

import pytest

from tests.stories.diary import ANNE, BOB, Diary


def test_a_trial_becomes_a_full_licence_and_nobody_notices(diary: Diary) -> None:
    """The warning of the trial's end comes once, and no more after the full licence is there."""
    diary.found("2026-05-01 09:00", licence=(5, "2026-05-31"), kind="trial")
    assert "Trial" in diary.companies()
    assert diary.code() == "protected"

    diary.live("2026-05-20 14:00")
    assert diary.told() == [("2026-05-02 00:00", "expiring")]
    assert diary.page().todo == "Add or renew a licence before it ends."
    diary.add(5, "2027-05-31")
    assert "an earlier notice no longer applies" in diary.notice("expiring")
    assert "un avis antérieur ne s’applique plus" in diary.notice("expiring", "fr")

    diary.live("2026-06-01")
    assert diary.told() == [("2026-05-02 00:00", "expiring")]
    assert diary.code() == "protected"
    page = diary.page()
    assert page.headline == (
        "Cloud Office Security is active for Boulangerie Martin: all 4 users are protected."
    )
    assert page.next.startswith("Its licences last until Monday 31 May 2027, 23:59 (Paris)")
    assert "Trial" not in diary.companies()


def test_a_renewal_on_the_last_day_of_grace_and_the_notices_of_the_year_after(
    diary: Diary,
) -> None:
    """Protection is never interrupted, and the second year is announced like the first."""
    diary.found("2026-03-01 09:00")
    before = diary.everything()
    diary.live("2026-07-14 23:58")
    assert diary.code() == "protected_in_grace"
    assert "Tuesday 14 July 2026, 23:59 (Paris), today" in diary.page().next
    assert "mardi 14 juillet 2026 à 23 h 59 (heure de Paris), soit aujourd’hui" in (
        diary.page("fr").next
    )

    diary.renew("2027-06-30")
    diary.live("2026-07-16")
    assert diary.everything() == before
    said = diary.letter("restored")
    assert said.subject == "Boulangerie Martin: valid licence for Cloud Office Security again"
    assert said.happened.endswith(
        "again since Tuesday 14 July 2026, 23:58 (Paris). The service was not suspended."
    )
    assert said.next == (
        "You need not do anything. No suspension and no deletion follows. By what is known today, "
        "its licences last until Wednesday 30 June 2027, 23:59 (Paris)."
    )
    assert said.people == "Nothing has changed for anybody: all 4 users are protected."
    assert "suspendu" in diary.letter("restored", ANNE).happened
    assert "an earlier notice is over" in diary.notice("grace")

    first_year = len(diary.told())
    diary.live("2027-07-01")
    assert diary.told()[first_year:] == [
        ("2027-06-01 00:00", "expiring"),
        ("2027-06-24 00:00", "expiring"),
        ("2027-07-01 00:00", "grace"),
    ]
    assert "in 30 days" in diary.letters("expiring")[-2].happened
    assert "in 7 days" in diary.letters("expiring")[-1].happened


def test_a_licence_on_the_29th_day_of_a_suspension_brings_everything_back(diary: Diary) -> None:
    """Seats, members, groups and sites are the very same rows, and every answer is as before."""
    diary.found("2026-03-01 09:00")
    before = diary.everything()
    diary.live("2026-08-12 12:00")
    suspended = diary.page()
    assert suspended.headline == (
        "Cloud Office Security has been suspended for Boulangerie Martin since Tuesday 14 July "
        "2026, 23:59 (Paris), because there is no valid licence."
    )
    assert suspended.next == (
        "Everything is kept until Thursday 13 August 2026, 23:59 (Paris), in 1 day. Without a new "
        "licence by then, it is deleted for good."
    )
    assert {diary.code(f"u{i}@martin.test") for i in range(4)} == {"suspended"}

    diary.add(5, "2027-08-31")
    diary.live("2026-08-13 12:00")
    assert diary.everything() == before
    said = diary.letter("restored")
    assert said.subject == "Boulangerie Martin: Cloud Office Security is active again"
    assert said.happened == (
        "Cloud Office Security has been active again for Boulangerie Martin since Wednesday "
        "12 August 2026, 12:00 (Paris). It had been suspended since Tuesday 14 July 2026, 23:59 "
        "(Paris)."
    )
    assert "Everything is as it was before: all 4 users are protected." in said.people
    french = diary.letter("restored", ANNE)
    assert "Il était suspendu depuis le mardi 14 juillet 2026 à 23 h 59" in french.happened
    assert "l’avertissement" not in french.text

    diary.live("2026-10-01")
    assert diary.letters("deleted") == []
    told = diary.notice("deletion_warning")
    assert "announced the deletion" in told
    assert "has passed" in told
    assert "Now all 4 users are protected." in told
    assert "is suspended" not in told


@pytest.mark.parametrize(("language", "to"), [("en", BOB), ("fr", ANNE)])
def test_a_licence_that_is_known_to_come_in_time_asks_nobody_for_anything(
    diary: Diary, language: str, to: str
) -> None:
    """Five days without a licence: mails and pages say that the next one comes in time."""
    diary.found("2026-03-01 09:00")
    diary.bring_in(
        {
            "licences.csv": "company,reference,product,units,starts,ends\n"
            "M,L2,cos,5,2026-07-06,2027-07-05\n"
        }
    )
    diary.live("2026-06-25")
    nothing = {"en": "There is nothing to do.", "fr": "Vous n’avez rien à faire."}[language]
    begins = {"en": "Monday 6 July 2026, 00:00", "fr": "lundi 6 juillet 2026 à 0 h 00"}[language]
    asks = {"en": "Add or renew", "fr": "Ajout"}[language]
    page = diary.page(language)
    assert begins in page.next
    assert page.todo == nothing
    diary.live("2026-07-02")
    for kind in ("expiring", "grace"):
        said = diary.letter(kind, to)
        assert begins in said.next
        assert asks not in said.text
        assert "14 July" not in said.text and "14 juillet" not in said.text
    assert diary.page(language).todo == nothing
    assert diary.code() == "protected_in_grace"

    diary.live("2026-07-07")
    assert diary.code() == "protected"
    assert [kind for _, kind in diary.told(to)] == ["expiring", "expiring", "grace", "restored"]


def test_a_licence_that_comes_after_the_suspension_holds_the_deletion(diary: Diary) -> None:
    """What is written says that nothing is deleted before it begins."""
    diary.found("2026-03-01 09:00")
    diary.bring_in(
        {
            "licences.csv": "company,reference,product,units,starts,ends\n"
            "M,L2,cos,5,2026-10-01,2027-09-30\n"
        }
    )
    before = diary.everything()
    diary.live("2026-07-16")
    begins = "A licence begins on Thursday 1 October 2026, 00:00 (Paris)"
    for said in (diary.letter("expiring"), diary.letter("grace")):
        assert begins in said.people
        assert "deleted" not in said.text
    said = diary.letter("suspended")
    assert said.subject == (
        "Boulangerie Martin: Cloud Office Security is suspended; everything is kept"
    )
    assert said.next == (
        f"{begins}, in 78 days; it brings everything back as it was. Nothing is deleted before."
    )
    assert "Nothing is deleted before" in diary.page().next

    diary.live("2026-10-01")
    assert diary.letters("deletion_warning") == []
    assert diary.everything() == before
