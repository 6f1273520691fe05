"""SCIM: who may come, what comes of what a directory says, and what holds whatever it says."""

from __future__ import annotations

import json
import logging
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from tenure.api.scim import storage
from tenure.clock import WallClock
from tenure.services import identities, instances, members, tokens
from tenure.services.ledger import writing
from tenure.store.models import Alias, Claim, Group, GroupIdentity, Identity, Member, Token
from tests.api.conftest import BULK, ENTERPRISE, GROUP, PATCH, USER, Directory
from tests.people import Cast

pytestmark = pytest.mark.django_db
NOBODY = str(UUID(int=1))


# Who may come


def test_without_the_right_token_nothing_is_told(directory: Directory, cast: Cast) -> None:
    """None, a wrong one, one of the API, one of another company, and one that was revoked."""
    other = Directory(cast.garage, cast.clock)
    api = tokens.add_api(directory.company.id, "API", clock=WallClock(), who="test", by=cast.anne)
    for secret in ("", "tnr_scim_nothing", other.secret, api.secret):
        client = Client(headers={"authorization": f"Bearer {secret}"})
        for path in ("Users", "ServiceProviderConfig", "Nothing"):
            answer = client.get(f"/scim/v2/{directory.company.id}/{path}")
            assert answer.status_code == 401, (secret, path)
            assert answer["WWW-Authenticate"].startswith("Bearer")
            assert b"Martin" not in answer.content
    assert directory.client.get(f"/scim/v2/{uuid4()}/Users").status_code == 401
    tokens.revoke(directory.company.id, directory.token.id, clock=WallClock(), who="test")
    assert directory.ask("GET", "Users").status_code == 401


def test_a_session_of_a_browser_opens_nothing(directory: Directory, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.anne, "allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(f"/scim/v2/{directory.company.id}/Users").status_code == 401


def test_two_directories_of_a_company_see_their_own_alone(directory: Directory) -> None:
    mine = directory.user("ana@x.test")
    other = Directory(directory.company, directory.clock, "Okta")
    assert other.get("Users")["totalResults"] == 0
    assert other.ask("GET", f"Users/{mine['id']}").status_code == 404
    assert other.ask("DELETE", f"Users/{mine['id']}").status_code == 404
    theirs = other.user("ana@x.test")
    assert directory.member(mine).id == other.member(theirs).id
    answer = other.ask(
        "POST",
        "Groups",
        {"schemas": [GROUP], "displayName": "G", "members": [{"value": mine["id"]}]},
    )
    assert answer.status_code == 400


def test_a_token_is_kept_as_a_hash_and_struck_from_the_log(
    directory: Directory, caplog: pytest.LogCaptureFixture
) -> None:
    row = Token.objects.filter(id=directory.token.id).values().get()
    assert directory.secret not in json.dumps(row, default=str)
    assert directory.secret.startswith(row["prefix"])
    from tenure.portal.identity.logs import WithoutSecrets

    record = logging.makeLogRecord({"msg": "Bearer %s", "args": (directory.secret,)})
    WithoutSecrets().filter(record)
    assert record.getMessage() == "Bearer tnr_scim_…"
    with caplog.at_level(logging.DEBUG):
        directory.ask("POST", "Users", {"schemas": [USER]})
        directory.ask("GET", "Users")
    assert directory.secret not in caplog.text


# What comes of it


def test_a_user_is_a_member_with_names_by_which_checks_ask(directory: Directory) -> None:
    user = directory.user(
        "Ana@X.test",
        name={"givenName": "Ana", "familyName": "Martin"},
        emails=[{"value": "A.Martin@x.test", "type": "work"}],
    )
    member = directory.member(user)
    assert (member.user, member.name) == ("ana@x.test", "Ana Martin")
    assert members.find(directory.company, "a.martin@X.TEST") == member


def test_everything_that_is_said_is_given_back(directory: Directory) -> None:
    """Also what no schema knows, at each depth, and after changes of something else."""
    said = {
        "userName": "ana@x.test",
        "name": {"givenName": "Ana", "honour": "none"},
        "emails": [{"value": "ana@x.test", "type": "odd", "since": 2020}],
        "favourites": [1, {"b": [True, None]}],
        ENTERPRISE: {"department": "Sales", "floor": 3},
        "urn:example:params:Custom": {"badge": "x"},
    }
    made = directory.post("Users", {"schemas": [USER, ENTERPRISE], **said})
    for name, value in said.items():
        assert made[name] == value
    address = f"Users/{made['id']}"
    directory.patch(address, {"op": "replace", "path": "title", "value": "Boss"})
    read = directory.get(address)
    assert {name: read[name] for name in said} == said
    changed = directory.patch(
        address,
        {"op": "add", "path": "favourites", "value": "none"},
        {"op": "replace", "path": "urn:example:params:Custom:badge", "value": "y"},
        {"op": "add", "value": {f"{ENTERPRISE}:floor": 4, "pets.cat": "Tom"}},
    )
    assert changed["favourites"] == "none"
    assert changed["urn:example:params:Custom"] == {"badge": "y"}
    assert changed[ENTERPRISE] == {"department": "Sales", "floor": 4}
    assert changed["pets"] == {"cat": "Tom"}
    gone = directory.patch(address, {"op": "remove", "path": "favourites"})
    assert "favourites" not in gone
    group = directory.group("Sales", colour="blue")
    assert group["colour"] == "blue"
    named = directory.patch(
        f"Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "Team"}
    )
    assert (named["displayName"], named["colour"]) == ("Team", "blue")


def test_a_password_is_not_kept(directory: Directory) -> None:
    user = directory.user("ana@x.test", password="very secret")
    directory.patch(
        f"Users/{user['id']}", {"op": "add", "path": "password", "value": "very secret"}
    )
    assert "very secret" not in json.dumps(Identity.objects.get(id=user["id"]).data)


def test_names_that_are_taken_are_conflicts(directory: Directory) -> None:
    ana = directory.user("ana@x.test", externalId="1")
    directory.group("Sales")
    for path, body in (
        ("Users", {"schemas": [USER], "userName": "ANA@x.test"}),
        ("Users", {"schemas": [USER], "userName": "ben@x.test", "externalId": "1"}),
        ("Groups", {"schemas": [GROUP], "displayName": "Sales"}),
    ):
        assert directory.post(path, body, 409)["scimType"] == "uniqueness"
    ben = directory.user("ben@x.test")
    directory.patch(
        f"Users/{ben['id']}",
        {"op": "replace", "path": "userName", "value": "ana@x.test"},
        status=409,
    )
    assert directory.get(f"Users/{ben['id']}")["meta"]["version"] == 'W/"1"'
    assert directory.member(ana).user == "ana@x.test"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("Users", {"schemas": [USER]}),
        ("Users", {"schemas": [USER], "userName": "  "}),
        ("Users", {"schemas": [USER], "userName": "x" * 300}),
        ("Users", {"schemas": [USER], "userName": "x", "externalId": "y" * 256}),
        ("Users", {"schemas": [USER], "userName": "a\0b"}),
        ("Users", {"schemas": [USER], "userName": "x", "active": "perhaps"}),
        ("Users", [1]),
        ("Groups", {"schemas": [GROUP]}),
        ("Groups", {"schemas": [GROUP], "displayName": "x" * 201}),
        ("Groups", {"schemas": [GROUP], "displayName": "g", "members": [{"value": "nobody"}]}),
        (
            "Groups",
            {"schemas": [GROUP], "displayName": "g", "members": [{"value": str(UUID(int=1))}]},
        ),
    ],
)
def test_what_cannot_be_is_refused_whole(directory: Directory, path: str, body: Any) -> None:
    answer = directory.ask("POST", path, body)
    assert answer.status_code == 400, answer.content
    assert not Identity.objects.exists()
    assert not Group.objects.exists()


DEEP = "[" * 300 + "]" * 300


@pytest.mark.parametrize("odd", ["NaN", '"\\ud800"', '"\\u0000"', '{"\\u0000": 1}', DEEP, '"\xff"'])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_no_database_can_keep_is_refused(directory: Directory, odd: str, method: str) -> None:
    """JSON that some write, and some databases take."""
    user = directory.user("ana@x.test")
    if method == "POST":
        path, body = "Users", f'{{"schemas": ["{USER}"], "userName": "ben", "odd": {odd}}}'
    else:
        path = f"Users/{user['id']}"
        operation = f'{{"op": "add", "path": "odd", "value": {odd}}}'
        schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        body = f'{{"schemas": ["{schema}"], "Operations": [{operation}]}}'
    address = f"/scim/v2/{directory.company.id}/{path}"
    answer = directory.client.generic(
        method, address, body.encode("latin-1"), content_type="application/scim+json"
    )
    assert answer.status_code == 400, answer.content
    assert Identity.objects.count() == 1
    assert "odd" not in directory.get(f"Users/{user['id']}")


def test_a_user_whose_names_clash_is_in_the_group_as_soon_as_it_is_said_who_they_are(
    directory: Directory,
) -> None:
    clock, who = directory.clock, "test"
    ana = members.add(directory.company.id, user="ana@x.test", clock=clock, who=who)
    members.add(directory.company.id, user="ana@y.test", clock=clock, who=who)
    user = directory.user("ana@x.test", emails=[{"value": "ana@y.test"}])
    assert Identity.objects.get(id=user["id"]).member_id is None
    group = directory.group("Sales", user)
    assert [each["value"] for each in directory.get(f"Groups/{group['id']}")["members"]] == [
        user["id"]
    ]
    row = Group.objects.get(id=group["id"])
    from tenure.services import groups

    assert groups.members_of(directory.company, row.id) == []
    with writing(directory.company.id, clock, who) as ledger:
        identities.append_resolved(ledger, UUID(user["id"]), ana.id)
    assert groups.members_of(directory.company, row.id) == [ana.id]
    # And also where the directory itself takes back what was not clear.
    ben = directory.user("ben@x.test", emails=[{"value": "ana@x.test"}, {"value": "ana@y.test"}])
    directory.patch(
        f"Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": ben["id"]}]}
    )
    assert groups.members_of(directory.company, row.id) == [ana.id]
    directory.patch(f"Users/{ben['id']}", {"op": "remove", "path": "emails"})
    assert set(groups.members_of(directory.company, row.id)) == {
        ana.id,
        directory.member(ben).id,
    }


def test_a_user_who_goes_leaves_the_groups_and_all_that_was_said(directory: Directory) -> None:
    user = directory.user("ana@x.test", emails=[{"value": "a@x.test"}])
    other = Directory(directory.company, directory.clock, "Okta")
    other.user("ana@x.test")
    group = directory.group("Sales", user)
    member = directory.member(user)
    assert directory.ask("DELETE", f"Users/{user['id']}").status_code == 204
    from tenure.services import groups

    assert groups.members_of(directory.company, UUID(group["id"])) == []
    read = directory.get(f"Groups/{group['id']}")
    assert "members" not in read
    assert read["meta"]["version"] != group["meta"]["version"]
    assert not GroupIdentity.objects.exists()
    assert not Alias.objects.exists()
    # The other directory still names them.
    assert Member.objects.filter(id=member.id).exists()


# Versions, pages, attributes, bulk


def test_a_version_guards_what_was_read(directory: Directory) -> None:
    user = directory.user("ana@x.test")
    address, version = f"Users/{user['id']}", user["meta"]["version"]
    assert directory.ask("GET", address)["ETag"] == version
    assert directory.ask("GET", address, headers={"if-none-match": version}).status_code == 304
    change = {"op": "replace", "path": "title", "value": "Boss"}
    newer = directory.patch(address, change, headers={"if-match": version})["meta"]["version"]
    assert newer != version
    directory.patch(address, change, status=412, headers={"if-match": version})
    assert directory.ask("DELETE", address, headers={"if-match": version}).status_code == 412
    whole = {"schemas": [USER], "userName": "other@x.test"}
    assert directory.ask("PUT", address, whole, headers={"if-match": version}).status_code == 412
    # What changes nothing is no new version.
    assert directory.patch(address, change)["meta"]["version"] == newer
    assert directory.ask("GET", address, headers={"if-none-match": version}).status_code == 200
    group = directory.group("Sales")
    first = group["meta"]["version"]
    add = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
    second = directory.patch(f"Groups/{group['id']}", add)["meta"]["version"]
    assert second != first
    directory.patch(f"Groups/{group['id']}", add, status=412, headers={"if-match": first})
    assert directory.ask("DELETE", address, headers={"if-match": newer}).status_code == 204


def test_a_very_large_group_answers_a_change_without_its_members(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever adds one to many does not want them all."""
    from tenure.services import groups

    group = directory.group("Everybody")
    rows = [
        Identity(
            company=directory.company,
            source_id=directory.source.id,
            user_name=f"u{number}",
            user_key=f"u{number}",
            added_at=1,
            changed_at=1,
        )
        for number in range(1001)
    ]
    Identity.objects.bulk_create(rows)
    row = Group.objects.get(id=group["id"])
    with writing(directory.company.id, directory.clock, "test") as ledger:
        groups.append_identities(ledger, row, add=[each.id for each in rows[:1000]])
    address = f"Groups/{group['id']}"
    change = {"op": "replace", "path": "displayName", "value": "All"}
    assert len(directory.patch(address, change)["members"]) == 1000
    add = {"op": "add", "path": "members", "value": [{"value": str(rows[1000].id)}]}
    assert len(directory.patch(address, add)["members"]) == 1001
    monkeypatch.setattr(storage, "SHOWN", 1000)
    body = {"schemas": [PATCH], "Operations": [{**change, "value": "Everybody"}]}
    answer = directory.ask("PATCH", address, body)
    assert (answer.status_code, answer.content) == (204, b"")
    read = directory.get(address)
    assert len(read["members"]) == 1001
    assert read["members"][0] == {
        "value": str(rows[0].id),
        "$ref": f"http://testserver/scim/v2/{directory.company.id}/Users/{rows[0].id}",
        "type": "User",
    }
    assert answer["ETag"] == read["meta"]["version"]
    # Whoever asks for attributes gets them: RFC 7644, section 3.5.2.
    said = directory.patch(f"{address}?attributes=members.value,displayName", change)
    assert said["displayName"] == "All"
    assert said["members"] == [{"value": each["value"]} for each in read["members"]]
    said = directory.patch(f"{address}?excludedAttributes=members", change)
    assert "members" not in said
    given = directory.get(f"{address}?excludedAttributes=members.$ref,members.type")["members"]
    assert given == [{"value": each["value"]} for each in read["members"]]


def test_only_the_attributes_that_are_asked_for_are_given(directory: Directory) -> None:
    user = directory.user("ana@x.test", title="Boss", name={"givenName": "A", "familyName": "B"})
    group = directory.group("Sales", user)
    assert set(directory.get(f"Users/{user['id']}?attributes=userName")) == {
        *("schemas", "id", "userName"),
    }
    page = directory.get("Users?attributes=name.familyName")
    assert page["Resources"][0]["name"] == {"familyName": "B"}
    assert "title" not in directory.get(f"Users/{user['id']}?excludedAttributes=title,groups")
    assert "groups" not in directory.get(f"Users/{user['id']}?excludedAttributes=title,groups")
    assert directory.get(f"Groups/{group['id']}?attributes=members")["members"]
    assert "members" not in directory.get("Groups?excludedAttributes=members")["Resources"][0]


def test_a_bulk_request_makes_users_and_their_group_and_tells_what_failed(
    directory: Directory,
) -> None:
    def post(path: str, bulk: str, data: Any) -> dict[str, Any]:
        return {"method": "POST", "path": path, "bulkId": bulk, "data": data}

    user = {"schemas": [USER], "userName": "ana@x.test"}
    group = {"schemas": [GROUP], "displayName": "Sales", "members": [{"value": "bulkId:a"}]}
    body = {
        "schemas": [BULK],
        "Operations": [
            post("/Groups", "g", group),
            post("/Users", "a", user),
            post("/Users", "b", {**user, "externalId": "again"}),
        ],
    }
    answer = directory.ask("POST", "Bulk", body)
    assert answer.status_code == 200
    found = json.loads(answer.content)["Operations"]
    assert [each["status"] for each in found] == ["201", "201", "409"]
    sales = directory.get("Groups")["Resources"][0]
    assert len(sales["members"]) == 1
    change = {
        "method": "PATCH",
        "path": f"/Groups/{sales['id']}",
        "data": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "Remove", "path": "members", "value": sales["members"]}],
        },
    }
    answer = directory.ask("POST", "Bulk", {"schemas": [BULK], "Operations": [change]})
    assert json.loads(answer.content)["Operations"][0]["status"] == "200"
    assert "members" not in directory.get(f"Groups/{sales['id']}")
    many = {"schemas": [BULK], "Operations": [post("/Users", str(i), user) for i in range(501)]}
    assert directory.ask("POST", "Bulk", many).status_code == 413
    large = {**body, "padding": "x" * 1_100_000}
    assert directory.ask("POST", "Bulk", large).status_code == 413


# Seats


def test_who_is_brought_is_protected_by_a_rule_and_who_goes_gives_the_seat_to_the_next(
    directory: Directory,
) -> None:
    directory.buy(1)
    directory.rule()
    ana, _ben = directory.user("ana@x.test"), directory.user("ben@x.test")
    assert directory.seated() == {"ana@x.test"}
    assert Claim.objects.count() == 1
    directory.patch(f"Users/{ana['id']}", {"op": "Replace", "path": "active", "value": "False"})
    assert directory.seated() == {"ben@x.test"}


def test_the_history_names_the_directory_that_did_it(directory: Directory) -> None:
    from tenure.services import histories
    from tenure.store.models import Fact

    directory.buy(1)
    directory.rule()
    directory.user("ana@x.test")
    fact = Fact.objects.filter(company=directory.company).order_by("-seq")[0]
    assert fact.kind == "seats.protected"
    assert histories.people([fact]) == {fact.who: "Entra ID"}


def test_while_suspended_a_directory_goes_on_recording_and_grants_nothing(
    directory: Directory,
) -> None:
    """So that a restoration finds the company as it is then."""
    directory.buy(5)
    directory.rule()
    ana = directory.user("ana@x.test")
    instances.close(directory.company.id, clock=directory.clock, who="test")
    ben = directory.user("ben@x.test")
    directory.patch(f"Users/{ana['id']}", {"op": "Replace", "path": "active", "value": "False"})
    group = directory.group("Sales", ben)
    assert directory.get(f"Groups/{group['id']}")["members"]
    assert directory.seated() == {"ana@x.test"}
    instances.reopen(directory.company.id, clock=directory.clock, who="test")
    assert directory.seated() == {"ben@x.test"}


def test_a_token_that_ended_with_its_instance_opens_nothing_any_more(directory: Directory) -> None:
    assert tokens.end(directory.company) == 1
    assert directory.ask("GET", "Users").status_code == 401


# Costs


def test_a_request_asks_the_database_a_fixed_number_of_questions(
    directory: Directory, django_assert_max_num_queries: Any
) -> None:
    """Whether there are 5 users and a group of 2, or 60 and a group of 50."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    directory.buy(100)
    directory.rule()

    def counts(number: int) -> dict[str, int]:
        found = {}

        def count(name: str, do: Any) -> Any:
            with CaptureQueriesContext(
                connection,
            ) as caught:
                answer = do()
            found[name] = len(caught)
            return answer

        user = count("add", lambda: directory.user(f"u{number}@x.test", externalId=f"e{number}"))
        address = f"Users/{user['id']}"
        count("read", lambda: directory.get(address))
        count("list", lambda: directory.get("Users?count=200"))
        count("find", lambda: directory.find("Users", f'userName eq "u{number}@x.test"'))
        count("groups", lambda: directory.get("Groups"))
        count(
            "change",
            lambda: directory.patch(address, {"op": "replace", "path": "title", "value": "x"}),
        )
        add = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
        count("join", lambda: directory.patch(f"Groups/{group['id']}", add))
        return found

    few = [directory.user(f"few{number}@x.test") for number in range(4)]
    group = directory.group("Sales", *few[:2])
    directory.live(0.01)
    counts(1)  # what is asked once only
    first = counts(2)
    many = [directory.user(f"many{number}@x.test") for number in range(50)]
    directory.patch(
        f"Groups/{group['id']}",
        {"op": "add", "path": "members", "value": [{"value": each["id"]} for each in many]},
    )
    directory.live(0.01)
    assert counts(3) == first
    assert max(first.values()) <= 60
