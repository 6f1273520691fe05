"""Fewer licences than users: a smaller licence after a larger, and two sites that share one."""

from __future__ import annotations

from tests.stories.diary import ANNE, BOB, Diary


def test_a_smaller_licence_after_a_larger_one(diary: Diary) -> None:
    """The last two of four lose, 14 days after their notice; a further licence brings them back."""
    diary.found("2026-03-01 09:00")
    diary.live("2026-06-10 11:00")
    diary.add(2, "2027-06-09")
    diary.live("2026-06-25")
    said = diary.letter("pool_expiring")
    assert said.happened == (
        "A licence of Boulangerie Martin for Cloud Office Security ends on Tuesday 30 June 2026, "
        "23:59 (Paris), in 7 days. After that there are licences for 2 of the 4 users."
    )
    assert "so until Tuesday 14 July 2026, 23:59 (Paris) at the earliest" in said.next
    assert diary.letters("expiring")[-1].at == diary.instant("2026-06-01")

    diary.live("2026-07-02")
    assert [diary.code(f"u{i}@martin.test") for i in range(4)] == [
        "protected",
        "protected",
        "protected_by_hold",
        "protected_by_hold",
    ]
    said = diary.letter("pool_short")
    assert said.subject == (
        "Boulangerie Martin: protection of 2 users ends on 14 July, 23:59 (Paris)"
    )
    assert said.happened == (
        "A licence of Boulangerie Martin for Cloud Office Security ended on Tuesday 30 June 2026, "
        "23:59 (Paris). There are now licences for 2 of the 4 users."
    )
    assert "a pris fin le mardi 30 juin 2026 à 23 h 59 (heure de Paris)" in (
        diary.letter("pool_short", ANNE).happened
    )
    until = "Tuesday 14 July 2026, 23:59 (Paris), in 13 days"
    assert until in diary.page().next
    assert until in diary.notice("pool_short")
    assert f"until {until}" in diary.check("u3@martin.test")
    assert diary.page().todo == "Add licences for 2 users."

    diary.live("2026-07-16")
    assert [diary.code(f"u{i}@martin.test") for i in range(4)] == [
        "protected",
        "protected",
        "waiting_for_units",
        "waiting_for_units",
    ]
    said = diary.letter("pool_reduced")
    assert said.subject == (
        "Boulangerie Martin: 2 users are not protected by Cloud Office Security"
    )
    assert said.happened == (
        "2 users of Boulangerie Martin have had no protection by Cloud Office Security since "
        "Tuesday 14 July 2026, 23:59 (Paris): there are licences for 2 of the 4 users."
    )
    assert diary.letter("pool_reduced", ANNE).happened.startswith(
        "Depuis le mardi 14 juillet 2026 à 23 h 59 (heure de Paris), 2 utilisateurs"
    )
    assert "2 users wait for a licence" in diary.page().people

    diary.add(2, "2027-07-15")
    diary.live("2026-07-17")
    assert {diary.code(f"u{i}@martin.test") for i in range(4)} == {"protected"}
    assert diary.page().todo == "There is nothing to do."
    assert "an earlier notice no longer applies" in diary.notice("pool_reduced")
    assert "Now all 4 users are protected." in diary.notice("pool_short")


def test_fewer_units_after_a_time_without_any(diary: Diary) -> None:
    """Ten days without a licence, then one of 2 units: the 14 days began with the first end."""
    diary.found("2026-03-01 09:00")
    diary.bring_in(
        {
            "licences.csv": "company,reference,product,units,starts,ends\n"
            "M,L2,cos,2,2026-07-11,2027-07-10\n"
        }
    )
    diary.live("2026-07-05")
    said = diary.letter("pool_expiring")
    assert said.subject == ("Boulangerie Martin: too few licences from 11 July, 00:00 (Paris) on")
    assert "ends on Tuesday 30 June 2026, 23:59 (Paris)" in said.happened
    assert "the next begins on Saturday 11 July 2026, 00:00 (Paris)" in said.happened
    assert "until Tuesday 14 July 2026, 23:59 (Paris) at the earliest" in said.next
    assert "then 2 users lose protection" in said.next
    french = diary.letter("pool_expiring", ANNE)
    assert "au moins jusqu’au mardi 14 juillet 2026 à 23 h 59 (heure de Paris)" in french.next
    assert "24 July" not in said.text and "24 juillet" not in french.text

    diary.live("2026-07-12")
    assert diary.code("u3@martin.test") == "protected_by_hold"
    restored = diary.letter("restored")
    assert "There are licences for 2 of the 4 users only" in restored.next
    assert restored.action == "Add or renew a licence"
    assert "Tuesday 14 July 2026, 23:59 (Paris), in 3 days" in diary.page().next

    diary.live("2026-07-15")
    assert diary.code("u0@martin.test") == "protected"
    assert diary.code("u3@martin.test") == "waiting_for_units"
    assert "since Tuesday 14 July 2026, 23:59 (Paris)" in diary.letter("pool_reduced").happened


def test_two_sites_share_a_licence_and_one_runs_short(diary: Diary) -> None:
    """Paris loses its units and hears of it, its administrator too; Lyon is as it was."""
    paul = "paul@example.org"
    diary.found(
        "2026-03-01 09:00",
        sites=("Lyon", "Paris"),
        licence=None,
        users=0,
        more={
            "licences.csv": "company,reference,product,units,starts,ends\n"
            "M,L1,cos,5,2026-03-01,2026-06-30\n"
            "M,L2,cos,3,2026-06-01,2026-12-31\n",
            "placements.csv": "company,licence,site,units\n"
            "M,L1,LYON,3\nM,L1,PARIS,2\nM,L2,LYON,3\n",
            "members.csv": "company,reference,user,name,site,protected\n"
            + "".join(f"M,{i},u{i}@martin.test,,LYON,yes\n" for i in range(3))
            + "".join(f"M,{i},u{i}@martin.test,,PARIS,yes\n" for i in range(3, 5)),
            "contacts.csv": "company,address,name,role,language,site\n"
            f"M,{BOB},Bob,owner,en,\nM,{paul},Paul,site_administrator,fr,PARIS\n",
        },
    )
    diary.live("2026-07-02")
    assert [kind for _, kind in diary.told(paul)] == [
        "pool_expiring",
        "pool_expiring",
        "pool_short",
    ]
    assert diary.letters("pool_short")[0].subject == (
        "Boulangerie Martin: protection of 2 users of the Paris site ends on 14 July, 23:59 (Paris)"
    )
    asked = diary.letter("pool_short", paul)
    assert asked.action == "Demander à Bob d’ajouter des licences pour le site Paris"
    assert "vous administrez le site Paris" in asked.footer
    assert "Il ne reste aucune licence pour les 2 utilisateurs du site Paris." in asked.happened
    assert "protection of 2 users of the Paris site ends on Tuesday 14 July 2026" in (
        diary.page().next
    )
    assert [diary.code(f"u{i}@martin.test") for i in (0, 2, 3, 4)] == [
        "protected",
        "protected",
        "protected_by_hold",
        "protected_by_hold",
    ]

    diary.live("2026-07-16")
    assert diary.code("u2@martin.test") == "protected"
    assert diary.code("u3@martin.test") == "waiting_for_units"
    assert "2 utilisateurs du site Paris de l’entreprise Boulangerie Martin ne sont plus" in (
        diary.letter("pool_reduced", paul).happened
    )
    diary.add(2, "2027-07-15", site=diary.pools["Paris"])
    diary.live("2026-07-17")
    assert diary.code("u3@martin.test") == "protected"
    assert [kind for _, kind in diary.told()][-1] == "pool_reduced"
