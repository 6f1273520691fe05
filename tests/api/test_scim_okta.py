"""What Okta sends, from its public documentation of SCIM 2.0 integrations."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.conftest import GROUP, USER, Directory

pytestmark = pytest.mark.django_db


def okta_user(name: str, **more: Any) -> dict[str, Any]:
    """A user as in Okta's «SCIM 2.0 protocol reference: create users»."""
    return {
        "schemas": [USER],
        "userName": name,
        "name": {"givenName": "Test", "familyName": "User"},
        "emails": [{"primary": True, "value": name, "type": "work"}],
        "displayName": "Test User",
        "locale": "en-US",
        "externalId": f"00u{name}",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
        **more,
    }


def test_okta_looks_makes_reads_replaces_and_switches_off(directory: Directory) -> None:
    name = "test.user@okta.local"
    query = urlencode({"filter": f'userName eq "{name}"', "startIndex": 1, "count": 100})
    none = directory.get(f"Users?{query}")
    assert (none["totalResults"], none["startIndex"], none.get("Resources", [])) == (0, 1, [])
    made = directory.post("Users", okta_user(name))
    assert "password" not in made
    assert directory.get(f"Users/{made['id']}")["locale"] == "en-US"
    whole = {**okta_user("another.user@okta.local"), "id": made["id"], "nickName": "Tess"}
    answer = directory.ask("PUT", f"Users/{made['id']}", whole)
    assert answer.status_code == 200
    read = directory.get(f"Users/{made['id']}")
    assert (read["userName"], read["nickName"]) == ("another.user@okta.local", "Tess")
    assert directory.member(made).user == "another.user@okta.local"
    # Okta switches off by a PATCH whose value names the attribute.
    off = directory.patch(f"Users/{made['id']}", {"op": "replace", "value": {"active": False}})
    assert off["active"] is False
    assert directory.member(made).left_at is not None


def test_a_user_who_is_put_without_active_is_there(directory: Directory) -> None:
    """What is missing in a whole user is as if it had never been said."""
    made = directory.post("Users", okta_user("ana@okta.local", active=False))
    whole = okta_user("ana@okta.local")
    del whole["active"]
    assert directory.ask("PUT", f"Users/{made['id']}", whole).status_code == 200
    assert directory.member(made).left_at is None


def test_a_group_is_pushed_with_its_members_and_replaced_as_a_whole(directory: Directory) -> None:
    ana, ben = (directory.post("Users", okta_user(f"{name}@okta.local")) for name in ("ana", "ben"))
    group = directory.post(
        "Groups",
        {
            "schemas": [GROUP],
            "displayName": "Test SCIMv2",
            "members": [{"value": ana["id"], "display": "ana@okta.local"}],
        },
    )
    address = f"Groups/{group['id']}"
    assert [each["value"] for each in group["members"]] == [ana["id"]]
    # Group push names the group anew by its id, and its members by replacing them.
    directory.patch(
        address,
        {"op": "replace", "value": {"id": group["id"], "displayName": "Renamed"}},
    )
    directory.patch(address, {"op": "replace", "path": "members", "value": [{"value": ben["id"]}]})
    read = directory.get(address)
    assert read["displayName"] == "Renamed"
    assert [each["value"] for each in read["members"]] == [ben["id"]]
    directory.patch(
        address,
        {"op": "remove", "path": f'members[value eq "{ben["id"]}"]'},
        {"op": "add", "path": "members", "value": [{"value": ana["id"], "display": "x"}]},
    )
    assert [each["value"] for each in directory.get(address)["members"]] == [ana["id"]]
    whole = {"schemas": [GROUP], "id": group["id"], "displayName": "Renamed"}
    whole["members"] = [{"value": ben["id"]}, {"value": ana["id"]}]
    assert directory.ask("PUT", address, whole).status_code == 200
    assert len(directory.get(address)["members"]) == 2


def test_two_hundred_users_are_a_page_and_the_next_begins_after_it(directory: Directory) -> None:
    for number in range(203):
        directory.user(f"user{number:03}@okta.local")
    first = directory.get("Users?startIndex=1&count=200")
    assert (first["totalResults"], first["itemsPerPage"]) == (203, 200)
    second = directory.get("Users?startIndex=201&count=200")
    assert (second["totalResults"], second["itemsPerPage"], second["startIndex"]) == (203, 3, 201)
    names = [each["userName"] for page in (first, second) for each in page["Resources"]]
    assert names == [f"user{number:03}@okta.local" for number in range(203)]
    assert directory.get("Users?count=0")["totalResults"] == 203
    # More than a page is a page.
    assert directory.get("Users?count=5000")["itemsPerPage"] == 200
