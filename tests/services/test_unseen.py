"""Members not seen for long: who is proposed, and the rule that tells before and releases after."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tenure.engine.loop import Engine, next_wakeup
from tenure.services import (
    activity,
    clocks,
    instances,
    members,
    presence,
    protection,
    settling,
    unseen,
    unseen_rules,
)
from tenure.services.catalogue import COS
from tenure.services.errors import Refused
from tenure.services.ledger import writing
from tenure.services.rights import Rights
from tenure.store.models import (
    AuditEntry,
    Company,
    Exclusion,
    Instance,
    Letter,
    Member,
    OutboxMail,
    Transition,
    UnseenRelease,
    UnseenRule,
)
from tests.services.test_protection import DAY, Town

pytestmark = pytest.mark.django_db


class Watch(Town):
    """A company whose members are seen, or not."""

    def __init__(self, *users: str, units: int = 9) -> None:
        super().__init__(units, days=900)
        self.ids = dict(zip(users, self.people(*users), strict=True))
        self.want(*self.ids.values())

    def seen(self, *users: str) -> None:
        activity.report(self.company.id, dict.fromkeys(users), clock=self.clock)

    def days(self, count: float, *seen: str) -> None:
        """Let days pass, day by day; those who are seen are so each day, before the engine runs."""
        end = self.clock.now() + int(count * DAY)
        while self.clock.now() < end:
            self.clock.move_to(min(end, self.clock.now() + DAY))
            if seen:
                self.seen(*seen)
            Engine(self.clock, None).run_until_idle()

    def found(self, days: int) -> set[str]:
        with writing(self.company.id, self.clock, "test") as ledger:
            life = settling.at_present(ledger, COS)
            people = unseen.found(self.company, COS, life, days)
            return set(people.values_list("user", flat=True))

    def release(self, days: int, *users: str) -> None:
        mark = unseen.mark(self.ids[user] for user in users)
        unseen.release(self.company.id, COS, days, mark, **self.with_it)

    def set_rule(self, days: int = 30, warning: int = 7) -> None:
        unseen_rules.set_rule(self.company.id, COS, days, warning, **self.with_it)
        Engine(self.clock, None).run_until_idle()

    @property
    def unseen_rule(self) -> UnseenRule:
        return UnseenRule.objects.get(company=self.company)

    def announced(self) -> dict[str, int]:
        users = {id_: user for user, id_ in self.ids.items()}
        rows = unseen_rules.announced(self.company, COS, 1)
        return {users[row.member_id]: row.release_at for row in rows}

    def ends(self, user: str) -> list[str]:
        rows = UnseenRelease.objects.filter(company=self.company, member_id=self.ids[user])
        return list(rows.order_by("announced_at").values_list("end", flat=True))


def audited(action: str) -> int:
    return AuditEntry.objects.filter(action=action).count()


def test_only_those_with_a_seat_who_were_seen_once_and_not_since_are_proposed() -> None:
    town = Watch("ana", "ben", "cleo")
    (dan,) = town.people("dan")
    town.seen("ana", "ben", "dan")
    town.days(40)
    town.seen("ben")
    assert town.found(30) == {"ana"}  # cleo was never reported, dan has no seat
    town.want(dan)
    assert town.found(30) == {"ana"}  # his seat is of today
    assert town.found(41) == set()


def test_a_release_by_hand_is_of_those_who_were_shown_and_rules_leave_them_out() -> None:
    town = Watch("ana", "ben")
    sales = town.group("Sales", [*town.ids.values(), *town.people("eve")])
    protection.add_rule(town.company.id, COS, "group", sales.id, **town.with_it)
    town.seen("ana", "ben")
    town.days(40)
    town.seen("ben")
    with pytest.raises(Refused, match="others than were shown"):
        town.release(30, "ana", "ben")
    assert town.seated() == {"ana", "ben", "eve"}
    town.release(30, "ana")
    assert town.seated() == {"ben", "eve"}
    assert Exclusion.objects.get().target_id == town.ids["ana"]
    assert AuditEntry.objects.get(action="unseen.released").object == f"member:{town.ids['ana']}"


def test_the_rule_announces_a_week_before_and_releases_at_that_instant_once() -> None:
    town = Watch("ana", "ben")
    town.seen("ana", "ben")
    seen_at = town.clock.now()
    town.set_rule(30, 7)
    assert town.announced() == {}
    town.days(24, "ben")
    (at,) = town.announced().values()
    local = datetime.fromtimestamp(at, ZoneInfo(town.company.time_zone))
    assert (local.hour, local.minute) == (8, 0)
    assert seen_at + 30 * DAY <= at < seen_at + 32 * DAY
    assert town.seated() == {"ana", "ben"}
    assert next_wakeup(town.clock) == at
    while town.clock.now() < at - 1:
        town.clock.move_to(min(at - 1, town.clock.now() + DAY))
        town.seen("ben")
        Engine(town.clock, None).run_until_idle()
    assert town.seated() == {"ana", "ben"}
    town.clock.move_to(at)
    Engine(town.clock, None).run_until_idle()
    assert town.seated() == {"ben"}
    town.days(40, "ben")
    assert town.ends("ana") == ["released"]
    assert (audited("unseen.announced"), audited("unseen.released")) == (1, 1)
    told = [letter.subject.partition(" on ")[0] for letter in Letter.objects.order_by("id")]
    assert told == [
        "Boulangerie Martin: 1 seat will be released",
        "Boulangerie Martin: 1 seat was released",
    ]


def test_the_letters_go_to_those_who_may_manage_protection_and_name_no_member() -> None:
    town = Watch("ana.secret", "ben")
    cast = town.cast
    cast.join(cast.bruno, Rights("write", "read"))
    cast.join(cast.chloe, Rights("none", "write"))
    town.seen("ana.secret", "ben")
    town.set_rule()
    town.days(24, "ben")
    letters = Letter.objects.all()
    assert {letter.address for letter in letters} == {"anne@example.org", "chloe@example.org"}
    for letter in letters:
        assert "ana.secret" not in letter.text
        page = f"/a/{cast.account.id}/companies/{town.company.id}/console/unseen/"
        assert page in letter.text


def test_whoever_is_seen_meanwhile_keeps_the_seat_also_at_the_last_moment() -> None:
    town = Watch("ana", "ben")
    town.seen("ana", "ben")
    town.set_rule()
    town.days(24, "ben")
    (at,) = town.announced().values()
    town.days((at - town.clock.now() - 60) / DAY, "ben")
    town.seen("ana")
    assert town.announced() == {}
    town.days(5, "ben")
    assert town.seated() == {"ana", "ben"}
    assert town.ends("ana") == ["seen"]


def test_a_report_that_is_older_than_what_is_known_stops_nothing() -> None:
    town = Watch("ana", "ben")
    town.seen("ana", "ben")
    town.set_rule()
    town.days(24, "ben")
    old = {"ana": town.clock.now() - 50 * DAY}
    activity.report(town.company.id, old, clock=town.clock)
    assert set(town.announced()) == {"ana"}


def test_while_nothing_is_reported_of_anybody_nobody_is_released() -> None:
    town = Watch("ana", "ben")
    town.seen("ana", "ben")
    town.set_rule()
    town.days(24, "ben")
    assert set(town.announced()) == {"ana"}
    town.days(30)  # the program that reports is down
    assert town.seated() == {"ana", "ben"}
    assert town.unseen_rule.waits == "reports"
    assert town.ends("ana") == ["stopped"]
    town.seen("ben")
    assert town.announced() == {}
    town.days(1, "ben")
    (at,) = town.announced().values()
    assert at >= town.clock.now() + 6 * DAY
    town.days(9, "ben")
    assert town.seated() == {"ben"}


def test_days_of_a_suspension_do_not_count_and_what_was_announced_before_is_void() -> None:
    town = Watch("ana", "ben")
    town.seen("ana", "ben")
    town.set_rule()
    town.days(24, "ben")
    assert set(town.announced()) == {"ana"}
    instances.close(town.company.id, clock=town.clock, who="test")
    town.days(20)
    instances.reopen(town.company.id, clock=town.clock, who="test")
    back = town.clock.now()
    town.seen("ben")
    assert town.found(30) == set()
    town.days(22, "ben")
    assert town.announced() == {}
    town.days(2, "ben")
    (at,) = town.announced().values()
    assert at >= back + 30 * DAY
    assert town.seated() == {"ana", "ben"}


def test_the_restoration_of_another_service_voids_nothing() -> None:
    town = Watch("ana", "ben")
    town.seen("ana", "ben")
    town.set_rule()
    town.days(24, "ben")
    now = town.clock.now()
    restored = Transition(
        company=town.company,
        service="other",
        instance=1,
        stay=1,
        from_phase="suspended",
        to_phase="active",
        effective_at=now,
        at=now,
    )
    restored.save()
    assert town.found(24) == {"ana"}
    town.days(10, "ben")
    assert town.seated() == {"ben"}


def test_a_rule_that_is_changed_or_stopped_releases_nobody_it_announced() -> None:
    town = Watch("ana", "ben")
    town.seen("ana", "ben")
    town.set_rule()
    town.days(24, "ben")
    town.set_rule(60, 7)
    assert town.announced() == {}
    town.days(30, "ben")
    assert set(town.announced()) == {"ana"}
    unseen_rules.stop(town.company.id, COS, **town.with_it)
    town.days(30, "ben")
    assert town.seated() == {"ana", "ben"}
    assert town.ends("ana") == ["stopped", "stopped"]
    assert audited("unseen.rule_set") == 2
    assert audited("unseen.rule_removed") == 1


@pytest.mark.parametrize(("days", "warning"), [(13, 3), (4000, 7), (30, 2), (14, 14), (90, 61)])
def test_a_rule_that_leaves_no_time_is_refused(days: int, warning: int) -> None:
    town = Watch("ana")
    with pytest.raises(Refused):
        unseen_rules.set_rule(town.company.id, COS, days, warning, **town.with_it)


def test_whoever_is_protected_again_has_all_days_anew() -> None:
    town = Watch("ana", "ben")
    town.seen("ana", "ben")
    town.set_rule()
    town.days(33, "ben")
    assert town.seated() == {"ben"}
    town.want(town.ids["ana"])
    town.days(22, "ben")
    assert town.announced() == {}
    town.days(12, "ben")
    assert town.ends("ana") == ["released", "released"]


def test_an_engine_that_was_down_at_the_instant_releases_later_and_never_the_wrong_ones() -> None:
    town = Watch("ana", "ben", "cleo")
    town.seen("ana", "ben", "cleo")
    town.set_rule()
    town.days(24, "ben")
    assert set(town.announced()) == {"ana", "cleo"}
    town.clock.move_to(town.clock.now() + 20 * DAY)
    town.seen("ben", "cleo")
    Engine(town.clock, None).run_until_idle()
    assert town.seated() == {"ben", "cleo"}


def test_a_member_who_left_or_is_removed_is_not_released() -> None:
    town = Watch("ana", "ben", "cleo")
    town.seen("ana", "ben", "cleo")
    town.set_rule()
    town.days(24, "ben")
    members.leave(town.company.id, [town.ids["ana"]], **town.with_it)
    with writing(town.company.id, town.clock, "test") as ledger:
        presence.append_removed(ledger, [town.ids["cleo"]])
    town.days(9, "ben")
    assert town.ends("ana") == ["gone"]
    assert town.ends("cleo") == []
    assert audited("unseen.released") == 0


def test_a_company_that_fails_does_not_keep_others_from_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Watch("ana", "ben")
    town.seen("ana", "ben")
    town.set_rule()

    def breaks(*_: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(unseen_rules, "look", breaks)
    town.clock.move_to(town.clock.now() + 30 * DAY)
    Engine(town.clock, None).run_until_idle()
    assert town.announced() == {}
    monkeypatch.undo()
    town.seen("ben")
    town.days(0.5, "ben")
    assert set(town.announced()) == {"ana"}


def test_a_test_company_is_told_in_the_outbox_at_the_instants_of_its_own_clock() -> None:
    town = Watch("ana", "ben")
    test_clock = clocks.create("clock", town.clock.now())
    Company.objects.filter(id=town.company.id).update(clock=test_clock)
    town.company.refresh_from_db()
    Instance.objects.update(clock=test_clock)
    start = town.clock.now()
    town.seen("ana")
    town.set_rule(40, 7)

    def go(days: int) -> None:
        test_clock.refresh_from_db()
        clocks.move(test_clock.id, test_clock.now_at + days * DAY)
        Engine(town.clock, None).run_until_idle()

    for _ in range(6):
        go(6)
        town.seen("ben")
    (at,) = town.announced().values()
    go(12)
    assert town.seated() == {"ben"}
    assert not Letter.objects.exists()
    first, second = OutboxMail.objects.order_by("handed_over_at")
    assert first.handed_over_at >= start + 33 * DAY
    assert at <= second.handed_over_at <= at + 1
    assert first.company_id == town.company.id
    assert Member.objects.get(user="ana").seen_at == start


def test_a_leap_of_a_clock_is_not_taken_for_silence_before_it_is() -> None:
    """The week of silence is counted at the instant of each look."""
    assert unseen.Reports(100, None).is_silent(100 + unseen.SILENT) is False
    assert unseen.Reports(100, None).is_silent(101 + unseen.SILENT) is True
    assert unseen.Reports(None, None).is_silent(0) is True


def test_the_morning_is_the_next_one_by_the_zone_also_where_clocks_change() -> None:
    paris = ZoneInfo("Europe/Paris")
    before = int(datetime(2026, 3, 28, 9, tzinfo=paris).timestamp())
    at = unseen_rules.morning(before, "Europe/Paris")
    assert datetime.fromtimestamp(at, paris) == datetime(2026, 3, 29, 8, tzinfo=paris)
    assert unseen_rules.morning(at, "Europe/Paris") == at
    assert unseen_rules.morning(0, "no zone") == 8 * 3600
