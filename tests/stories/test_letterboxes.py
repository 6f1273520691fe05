"""Bad days of the mail: a relay that is down, no address at all, an address that is refused."""

from __future__ import annotations

from tenure.cli.replays import relay as real_relay
from tenure.core.simulation import Outages
from tests.stories.diary import ANNE, BOB, DOWN, REFUSED, Diary


def test_a_relay_on_the_wire_takes_the_mails_and_the_days_of_its_silence_count(
    diary: Diary,
) -> None:
    """Over real SMTP: three days without an answer move the suspension by three days."""
    diary.found("2026-06-20 09:00")
    silent = (diary.instant("2026-07-01"), diary.instant("2026-07-04"))
    with real_relay(diary.clock, Outages([silent])) as way:
        diary.post.way = way
        diary.relay_is_up()
        diary.engine.backoff = lambda _: 86_400
        diary.live("2026-07-02")
        assert diary.letters("grace") == []
        assert "which is still to happen" in diary.page().next
        diary.live("2026-07-18")
    assert diary.told() == [
        ("2026-06-24 00:00", "expiring"),
        ("2026-07-04 00:00", "grace"),
        ("2026-07-11 00:00", "grace_reminder"),
        ("2026-07-18 00:00", "suspended"),
    ]
    said = diary.letter("grace")
    assert "since Tuesday 30 June 2026, 23:59 (Paris)" in said.happened
    assert "on Friday 17 July 2026, 23:59 (Paris), in 14 days" in said.next


def test_a_relay_that_is_down_for_weeks(diary: Diary) -> None:
    """The portal serves the notice of grace after a week; no mail is sent that is no longer so."""
    diary.found("2026-03-01 09:00")
    diary.live("2026-06-29")
    diary.relay(DOWN, every=86_400)

    diary.live("2026-07-03 12:00")
    page = diary.page()
    assert "at the earliest on Friday 17 July 2026, 11:59 (Paris), in 14 days" in page.next
    assert "it counts as delivered here on Wednesday 8 July 2026, 00:00 (Paris)" in page.next
    assert "réputé remis ici le mercredi 8 juillet 2026 à 0 h 00" in diary.page("fr").next
    assert diary.answer()["is_until_open"]
    assert "at least until" in diary.check()

    diary.live("2026-07-09")
    assert any("Served by the portal | 0 of 2 accepted" in line for line in diary.notices())
    until = "Tuesday 21 July 2026, 23:59 (Paris)"
    assert f"on {until}, in 13 days" in diary.page().next
    assert f"on {until}, in 13 days" in diary.notice("grace")
    assert f"until {until}, in 13 days" in diary.check()
    assert not diary.answer()["is_until_open"]

    diary.live("2026-07-25 10:00")
    assert diary.code() == "suspended"
    assert [kind for _, kind in diary.told()] == ["expiring", "expiring"]

    diary.relay_is_up()
    diary.live("2026-07-27")
    late = [kind for _, kind in diary.told()[2:]]
    assert late == ["suspended"]
    said = diary.letter("suspended")
    assert f"since {until}" in said.happened
    assert "until Thursday 20 August 2026, 23:59 (Paris), in 26 days" in said.next
    diary.live("2026-08-22")
    assert diary.told()[3:] == [
        ("2026-08-07 00:00", "deletion_warning"),
        ("2026-08-21 00:00", "deleted"),
    ]


def test_a_company_that_nobody_can_write_to(diary: Diary) -> None:
    """Grace is served by the portal, the deletion waits for an operator, and all pages say so."""
    diary.found("2026-03-01 09:00", contacts=())
    diary.live("2026-06-15")
    name_one = (
        "Name an address for notices: Boulangerie Martin has none, so no mail reaches anybody."
    )
    assert diary.page().todo == f"Add or renew a licence before it ends. {name_one}"
    assert "nobody by e-mail" in diary.notices()[0]

    diary.live("2026-07-02")
    assert name_one in diary.page().todo
    assert "it counts as delivered here on Wednesday 8 July 2026, 00:00 (Paris)" in (
        diary.page().next
    )
    assert "has no address to which this notice could be sent" in diary.notice("grace")

    diary.live("2026-07-23")
    assert diary.code() == "suspended"
    diary.live("2026-12-01")
    assert diary.code() == "suspended"
    page = diary.page()
    assert "Nothing is deleted for now" in page.next
    assert "an operator has to confirm the deletion first" in page.next
    assert page.todo == f"Add or renew a licence. {name_one}"
    french = diary.page("fr")
    assert "un opérateur doit d’abord confirmer la suppression" in french.next
    assert "Indiquez une adresse pour les avis" in french.todo
    assert "Its warning is not delivered: nothing is deleted" in diary.companies()
    assert "ago" not in diary.companies()
    status = diary.run("engine", "status").output
    assert "1 warning before a deletion, 1 without an address that takes mail" in status

    diary.run("deletion", "confirm", "M", "--because", "told by telephone")
    assert "until Monday 14 December 2026, 23:59 (Paris), in 14 days" in diary.page().next
    diary.live("2026-12-16")
    assert diary.code() == "deleted"


def test_an_address_that_is_named_while_notices_wait(diary: Diary) -> None:
    """Whoever is named gets what waits for its delivery, at once, and its days run from there."""
    diary.found("2026-03-01 09:00", contacts=())
    contact = "company,address,name,role,language\nM,{},{},owner,{}\n"
    diary.live("2026-09-01 09:00")
    assert diary.code() == "suspended"
    diary.bring_in({"contacts.csv": contact.format(BOB, "Bob", "en")})
    diary.live("2026-09-01 09:01")
    assert diary.told() == [("2026-09-01 09:00", "deletion_warning")]
    until = "until Tuesday 15 September 2026, 08:59 (Paris), in 14 days"
    assert until in diary.letter("deletion_warning").next
    assert "until Tuesday 15 September 2026, 08:59 (Paris)" in diary.page().next
    assert diary.page().todo == "Add or renew a licence."
    assert "undelivered" not in diary.run("engine", "status").output

    diary.bring_in({"contacts.csv": contact.format(ANNE, "Anne", "fr")})
    diary.live("2026-09-16")
    assert diary.told(ANNE) == [("2026-09-15 09:00", "deleted")]
    assert diary.code() == "deleted"


def test_one_address_of_two_is_refused(diary: Diary) -> None:
    """One acceptance serves the notice; the list and the notice name what was refused."""
    diary.found("2026-03-01 09:00")
    diary.post.answers[ANNE] = REFUSED
    diary.live("2026-07-02")
    line = diary.notices()[0]
    assert line.startswith("Notice that protection will end")
    assert "Served by e-mail | 1 of 2 accepted, 1 refused" in line
    assert "1 refusé" in diary.notices("fr")[0]
    notice = diary.notice("grace")
    assert f"{ANNE} owner\nRefused\n550 no such user" in notice
    assert f"{BOB} owner\nAccepted\n250 taken" in notice
    assert diary.letters("", ANNE) == []
    assert "on Tuesday 14 July 2026, 23:59 (Paris)" in diary.page().next


def test_both_addresses_are_refused(diary: Diary) -> None:
    """It is as if there were none: the portal serves, and no deletion follows by itself."""
    diary.found("2026-03-01 09:00")
    diary.post.default = REFUSED
    diary.live("2026-12-01")
    assert diary.code() == "suspended"
    status = diary.run("engine", "status").output
    assert "1 warning before a deletion, 1 without an address that takes mail" in status
    assert "0 of 2 accepted, 2 refused" in diary.notices()[0]
    assert "Nothing is deleted for now" in diary.page().next
