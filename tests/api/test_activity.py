"""`POST /v1/activity`: when members were seen, as whoever runs the service reports."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tenure.clock import WallClock
from tenure.services import instances, members, memberships, tokens
from tenure.services.rights import Rights
from tenure.store.instants import to_datetime
from tenure.store.models import Heartbeat, Member
from tests.api.conftest import Directory
from tests.people import START, Cast, person

pytestmark = pytest.mark.django_db
MINUTE = 60


class Reporter:
    """A program with the token of somebody who may write in the Console."""

    def __init__(self, directory: Directory, cast: Cast) -> None:
        self.directory, self.company = directory, directory.company
        self.who = person("reporter")
        self.cast = cast
        cast.join(self.who, Rights("none", "write"))
        made = tokens.add_api(
            self.company.id, "Monitor", clock=WallClock(), who="test", by=self.who
        )
        self.token = made.token
        self.client = Client(headers={"authorization": f"Bearer {made.secret}"})
        for user in ("ana@x.test", "ben@x.test"):
            members.add(self.company.id, user=user, clock=directory.clock, who="test")

    def report(self, *entries: Any, status: int = 200) -> Any:
        return self.send(json.dumps({"activity": entries}), status)

    def send(self, body: str, status: int) -> Any:
        answer = self.client.post("/v1/activity", body, content_type="application/json")
        assert answer.status_code == status, answer.content
        if status != 200:
            assert answer["Content-Type"] == "application/problem+json"
            assert json.loads(answer.content)["status"] == status
        return json.loads(answer.content)

    def seen(self, user: str) -> int | None:
        return Member.objects.get(company=self.company, user=user).seen_at


@pytest.fixture
def reporter(directory: Directory, cast: Cast) -> Reporter:
    return Reporter(directory, cast)


def said(at: int) -> str:
    return to_datetime(at).isoformat()


def test_a_report_sets_when_members_were_seen_and_names_whom_nobody_knows(
    reporter: Reporter,
) -> None:
    found = reporter.report(
        {"user": "ANA@x.test", "at": said(START - MINUTE)},
        {"user": "ben@x.test"},
        {"user": "nobody@x.test"},
    )
    assert found == {"seen": 2, "known": 2, "unknown": ["nobody@x.test"]}
    assert reporter.seen("ana@x.test") == START - MINUTE
    assert reporter.seen("ben@x.test") == START


def test_a_member_is_found_by_any_name_and_the_latest_of_a_report_counts(
    reporter: Reporter,
) -> None:
    reporter.directory.user("ana@x.test", emails=[{"value": "a.m@x.test"}])
    found = reporter.report(
        {"user": "a.m@x.test", "at": said(START - 5 * MINUTE)},
        {"user": "ana@x.test", "at": said(START - 9 * MINUTE)},
        {"user": "ana@x.test", "at": said(START - 7 * MINUTE)},
    )
    assert found == {"seen": 1, "known": 1, "unknown": []}
    assert reporter.seen("ana@x.test") == START - 5 * MINUTE


def test_it_never_goes_back_nor_beyond_now(reporter: Reporter) -> None:
    reporter.report({"user": "ana@x.test", "at": said(START - MINUTE)})
    again = reporter.report({"user": "ana@x.test", "at": said(START - 2 * MINUTE)})
    assert again == {"seen": 0, "known": 1, "unknown": []}
    assert reporter.seen("ana@x.test") == START - MINUTE
    reporter.report({"user": "ana@x.test", "at": said(START + 90 * MINUTE)})
    assert reporter.seen("ana@x.test") == START


@pytest.mark.parametrize(
    "body",
    [
        *("", "{", "[]", "{}", '{"activity": 1}', '{"activity": [1]}', '{"activity": [{}]}'),
        *('{"activity": [{"user": " "}]}', '{"activity": [{"user": "a\\u0000b"}]}'),
        '{"activity": [{"user": "a\\ud800b"}]}',
        '{"activity": [{"user": "a", "at": NaN}]}',
        *('{"activity": [{"user": "a", "at": "noon"}]}', '{"activity": [{"user": "a", "at": 1}]}'),
        '{"activity": [{"user": "a", "at": "2026-01-01T00:00:00"}]}',
        json.dumps({"activity": [{"user": "a"}] * 1001}),
        '{"activity": []}' + " " * 1_100_000,
    ],
)
def test_what_is_no_report_is_told_with_its_place(reporter: Reporter, body: str) -> None:
    found = reporter.send(body, 422)
    assert found["code"] == "invalid"
    assert found["pointer"] == "" or found["pointer"].startswith("/activity")


def test_while_suspended_nothing_is_taken_in(reporter: Reporter) -> None:
    reporter.directory.buy(5)
    instances.close(reporter.company.id, clock=reporter.directory.clock, who="test")
    assert reporter.report({"user": "ana@x.test"}, status=423)["code"] == "suspended"
    assert reporter.seen("ana@x.test") is None


def test_a_token_may_what_its_maker_may_on_that_day(reporter: Reporter) -> None:
    anne, company = reporter.cast.anne, reporter.company
    memberships.change(reporter.cast.account.id, reporter.who.id, Rights("read", "read"), by=anne)
    assert reporter.report({"user": "ana@x.test"}, status=403)["code"] == "forbidden"
    reporter.who.is_active = False
    reporter.who.save()
    assert reporter.report({"user": "ana@x.test"}, status=401)["code"] == "wrong_token"
    assert Member.objects.get(company=company, user="ana@x.test").seen_at is None


def test_without_a_token_of_the_api_nothing_is_told(reporter: Reporter) -> None:
    for secret in ("", "tnr_api_nothing", reporter.directory.secret):
        client = Client(headers={"authorization": f"Bearer {secret}"})
        answer = client.post("/v1/activity", "{}", content_type="application/json")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert Client().get("/v1/activity").status_code == 405
    assert Client().get("/v1/nothing").status_code == 404


def test_while_the_engine_waits_programs_are_told_to_come_again(reporter: Reporter) -> None:
    Heartbeat.objects.update_or_create(id=1, defaults={"waits_because": "the clock jumped"})
    reporter.report({"user": "ana@x.test"}, status=503)
    answer = reporter.directory.ask("POST", "Users", {"schemas": [], "userName": "cleo@x.test"})
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_the_use_of_a_token_is_noted_once_a_minute(reporter: Reporter) -> None:
    from tenure.clock import SetClock
    from tenure.store.models import Token

    made = tokens.add_scim(reporter.company.id, "Okta", clock=SetClock(START), who="test")

    def used(at: int) -> int | None:
        assert tokens.find(made.secret, Token.Kind.SCIM, clock=SetClock(at)) is not None
        return Token.objects.get(id=made.token.id).used_at

    assert [used(START + each) for each in (0, 59, 60, 90)] == [
        START,
        START,
        START + 60,
        START + 60,
    ]
    Token.objects.filter(id=made.token.id).update(expires_at=START + 100)
    assert tokens.find(made.secret, Token.Kind.SCIM, clock=SetClock(START + 100)) is None
