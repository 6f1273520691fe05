"""Companies that end, or nearly: closed, held, confirmed, deleted, with what is left of them."""

from __future__ import annotations

from tenure.store.models import Delivery, Member, Receipt, Seat
from tests.stories.diary import ANNE, DOWN, Diary


def test_closed_in_spring_and_reopened_before_the_deletion(diary: Diary) -> None:
    """Closing suspends at once; reopening brings back all, under the licence that still runs."""
    diary.found("2026-01-05 09:00", licence=(5, "2026-12-31"))
    before = diary.everything()
    diary.live("2026-03-10 10:30")
    diary.close()
    diary.live("2026-03-25 08:00")

    assert diary.code() == "closed"
    assert "Closed" in diary.companies()
    assert diary.page().headline == (
        "The account of Boulangerie Martin was closed by its owner; Cloud Office Security has "
        "been suspended for it since Tuesday 10 March 2026, 10:30 (Paris)."
    )
    said = diary.letter("suspended")
    assert said.happened == (
        "The account of Boulangerie Martin was closed by its owner on Tuesday 10 March 2026, 10:30 "
        "(Paris), and Cloud Office Security is suspended for it."
    )
    assert said.action == "Reopen the account"
    assert "licence" not in said.next
    assert "mardi 10 mars 2026 à 10 h 30 (heure de Paris)" in diary.letter("suspended", ANNE).text

    diary.do("reopen")
    diary.live("2026-05-01")
    assert diary.everything() == before
    assert diary.letter("restored").happened == (
        "Cloud Office Security has been active again for Boulangerie Martin since Wednesday 25 "
        "March 2026, 08:00 (Paris). It had been suspended since Tuesday 10 March 2026, 10:30 "
        "(Paris)."
    )
    assert [kind for _, kind in diary.told()] == ["suspended", "restored"]


def test_closed_and_never_reopened(diary: Diary) -> None:
    """Thirty days of 24 hours over the change of the clocks, a warning, and a receipt."""
    diary.found("2026-01-05 09:00", licence=(5, "2026-12-31"))
    diary.live("2026-03-10 10:30")
    diary.close()
    last_minute = "Thursday 9 April 2026, 11:29 (Paris)"

    diary.live("2026-03-27")
    assert diary.told()[-1] == ("2026-03-26 10:30", "deletion_warning")
    said = diary.letter("deletion_warning")
    assert said.happened == (
        "Cloud Office Security has been suspended for Boulangerie Martin since Tuesday 10 March "
        "2026, 10:30 (Paris), because its owner closed the account."
    )
    assert said.next == (
        f"Everything is kept until {last_minute}, in 14 days. Unless the account is reopened by "
        f"then, it is deleted for good."
    )
    assert "jeudi 9 avril 2026 à 11 h 29 (heure de Paris)" in (
        diary.letter("deletion_warning", ANNE).next
    )
    assert last_minute in diary.page().next
    assert last_minute in diary.notice("deletion_warning")
    assert diary.answer()["deletion_at"] == "2026-04-09T09:30:00Z"

    diary.live("2026-04-10")
    assert [kind for _, kind in diary.told()] == ["suspended", "deletion_warning", "deleted"]
    assert "on Thursday 9 April 2026, 11:30 (Paris)" in diary.letter("deleted").happened
    assert diary.code() == "deleted"
    assert diary.page().todo.startswith("To use Cloud Office Security again, reopen the account")
    assert not Seat.objects.exists()
    assert not Member.objects.exists()
    assert not Delivery.objects.exclude(address="").exists()
    receipt = Receipt.objects.get().content
    # Of the audit: who closed the company, by name.
    erased = {"seats": 4, "members": 4, "groups": 1, "sources": 1, "audit": 1}
    assert receipt["erased"] == erased
    assert receipt["deleted_at"] == "2026-04-09T09:30:00Z"
    assert [(each["served_by"], each["deadline"]) for each in receipt["warnings"]] == [
        ("email", "2026-04-09T09:30:00Z")
    ]
    assert "martin" not in str(receipt).lower()


def test_an_operator_holds_a_deletion_and_releases_it(diary: Diary) -> None:
    """While it is held no page and no notice names a date; afterwards all is announced anew."""
    diary.found("2026-03-01 09:00")
    diary.live("2026-08-01 10:00")
    assert "until Thursday 13 August 2026, 23:59 (Paris), in 12 days" in diary.page().next
    diary.run("deletion", "hold", "M", "--because", "a court asks")

    diary.live("2026-08-05")
    held = "The operator holds the deletion: nothing is deleted while that stands."
    for read in (diary.page().next, diary.notice("deletion_warning")):
        assert held in read
        assert "13 August" not in read.split("Reference")[-1]
    assert "L’opérateur retient la suppression" in diary.page("fr").next
    assert "L’opérateur retient la suppression" in diary.notice("deletion_warning", "fr")
    assert "The deletion is held" in diary.companies()

    diary.live("2026-09-01 09:00")
    assert diary.code() == "suspended"
    diary.run("deletion", "release", "M", "--because", "it is over")
    diary.live("2026-09-02")
    assert [kind for _, kind in diary.told()].count("deletion_warning") == 2
    again = diary.letter("deletion_warning")
    assert "until Tuesday 15 September 2026, 08:59 (Paris), in 14 days" in again.next
    assert again.next.split("until ")[1][:44] in diary.page().next

    diary.live("2026-09-16")
    assert diary.told()[-1] == ("2026-09-15 09:00", "deleted")
    assert len(Receipt.objects.get().content["warnings"]) == 2


def test_an_operator_confirms_a_deletion_whose_warning_no_relay_took(diary: Diary) -> None:
    """Nothing is deleted for weeks, everybody who looks is told why; then it takes 14 days more."""
    diary.found("2026-03-01 09:00")
    diary.live("2026-07-20")
    diary.relay(DOWN)
    diary.live("2026-08-20 10:00")

    assert diary.code() == "suspended"
    waits = "the warning before the deletion could not be delivered yet"
    assert waits in diary.page().next
    assert "n’a pas encore pu être remis" in diary.page("fr").next
    # Who reads it today is told the earliest day, counted from today.
    assert "at least until Thursday 3 September 2026, 09:59 (Paris), in 14 days" in (
        diary.page().next
    )
    assert "Its warning is not delivered: nothing is deleted" in diary.companies()
    assert "Avertissement non remis : rien n’est supprimé" in diary.companies("fr")
    assert any("Not served yet: no period runs" in line for line in diary.notices())
    status = diary.run("engine", "status").output
    assert "1 warning before a deletion, 0 without an address" in status

    diary.run("deletion", "confirm", "M", "--because", "told by telephone")
    until = "until Thursday 3 September 2026, 09:59 (Paris), in 14 days"
    assert until in diary.page().next
    assert until in diary.notice("deletion_warning")
    assert "Served by an operator" in "\n".join(diary.notices())
    assert "undelivered" not in diary.run("engine", "status").output

    diary.live("2026-09-04")
    assert diary.code() == "deleted"
    # The mail that tells of the deletion is tried for five days; then its address is erased too.
    diary.live("2026-09-12")
    assert Receipt.objects.get().content["warnings"][0]["served_by"] == "operator"
    assert Receipt.objects.get().content["deleted_at"] == "2026-09-03T08:00:00Z"


def test_a_new_licence_after_the_deletion_begins_with_nothing(diary: Diary) -> None:
    """Old notices stay readable, and the new start says that it is one."""
    diary.found("2026-03-01 09:00")
    diary.live("2026-08-20")
    assert diary.code() == "deleted"
    diary.add(3, "2027-08-31")
    diary.live("2026-08-21")
    page = diary.page()
    assert "This is a new start after a deletion: nothing of before is in it." in page.people
    assert page.todo == "Choose the users to protect."
    assert "u0@martin.test" in diary.check()
    assert diary.code() == "no_such_user"
    assert "was deleted for good on Friday 14 August 2026, 00:00 (Paris)" in diary.notice("deleted")
    assert "the end of protection" in diary.notice("grace")
    assert [kind for _, kind in diary.told()][-1] == "deleted"


def test_reopened_when_the_licence_has_ended_meanwhile(diary: Diary) -> None:
    """From the reopening on a licence is what helps; the notices of the closing say so, too."""
    diary.found("2026-01-05 09:00", licence=(5, "2026-03-15"))
    before = diary.everything()
    diary.live("2026-03-10 10:30")
    diary.close()
    diary.live("2026-03-20")
    assert "reopen the account" in diary.page().todo
    assert "Reopen the account" in diary.notice("suspended")

    diary.do("reopen")
    diary.live("2026-03-27")
    assert diary.code() == "suspended"
    assert diary.page().todo == "Add or renew a licence."
    assert "was closed by its owner on Tuesday 10 March 2026, 10:30" in diary.notice("suspended")
    assert "Rouvrir" not in diary.notice("suspended", "fr")
    for read in (
        diary.letter("deletion_warning").text,
        diary.notice("deletion_warning"),
        diary.notice("suspended"),
    ):
        assert "eopen" not in read
        assert "Add or renew a licence" in read
    diary.renew("2027-03-15")
    diary.live("2026-03-28")
    assert diary.everything() == before


def test_closed_while_it_was_suspended(diary: Diary) -> None:
    """A licence alone brings nothing back any more, and every text asks for the reopening."""
    diary.found("2026-03-01 09:00")
    diary.live("2026-07-20 10:00")
    diary.close()
    diary.live("2026-08-01")
    for read in (diary.notice("suspended"), diary.letter("deletion_warning").text):
        assert "Unless the account is reopened by then" in read
        assert "Reopen the account" in read
        assert "Without a new licence" not in read
    assert "because there is no valid licence" in diary.notice("suspended")
    diary.add(5, "2027-07-31")
    diary.live("2026-08-15")
    assert diary.code() == "deleted"
