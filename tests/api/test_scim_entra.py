"""What Entra ID sends, from its public documentation of provisioning with SCIM."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import ENTERPRISE, Directory

pytestmark = pytest.mark.django_db

# As in Microsoft's «Tutorial: Develop and plan provisioning for a SCIM endpoint».
NEW_USER: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1",
    "active": True,
    "emails": [{"primary": True, "type": "work", "value": "Test_User_fd0ea19b@testuser.com"}],
    "meta": {"resourceType": "User"},
    "name": {
        "formatted": "givenName familyName",
        "familyName": "familyName",
        "givenName": "givenName",
    },
    "roles": [],
}


def test_a_user_is_made_found_changed_and_removed_as_entra_id_does_it(
    directory: Directory,
) -> None:
    assert directory.find("Users", 'userName eq "non-existent user"') == []
    made = directory.post("Users", NEW_USER)
    assert made["userName"] == NEW_USER["userName"]
    assert made["externalId"] == NEW_USER["externalId"]
    assert directory.find("Users", f'userName eq "{NEW_USER["userName"].upper()}"') == [
        NEW_USER["userName"]
    ]
    assert directory.find("Users", f'externalId eq "{NEW_USER["externalId"]}"')
    changed = directory.patch(
        f"Users/{made['id']}",
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "updated@testuser.com"},
        {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
    )
    assert changed["emails"][0]["value"] == "updated@testuser.com"
    assert changed["name"]["familyName"] == "updatedFamilyName"
    renamed = directory.patch(
        f"Users/{made['id']}", {"op": "Replace", "path": "userName", "value": "new@testuser.com"}
    )
    assert renamed["userName"] == "new@testuser.com"
    assert directory.member(made).user == "new@testuser.com"
    assert directory.ask("DELETE", f"Users/{made['id']}").status_code == 204
    assert directory.ask("GET", f"Users/{made['id']}").status_code == 404


@pytest.mark.parametrize("value", ["False", False, "false"])
def test_a_user_that_is_disabled_with_a_text_has_left_and_comes_back(
    directory: Directory, value: Any
) -> None:
    """Without Entra ID's newer flag, ``active`` is a text with a capital letter."""
    user = directory.user("ana@contoso.test")
    off = directory.patch(
        f"Users/{user['id']}", {"op": "Replace", "path": "active", "value": value}
    )
    assert off["active"] is False
    assert directory.member(user).left_at is not None
    on = directory.patch(f"Users/{user['id']}", {"op": "Add", "path": "active", "value": "True"})
    assert on["active"] is True
    assert directory.member(user).left_at is None


def test_a_change_without_a_path_names_paths_in_its_value(directory: Directory) -> None:
    user = directory.user("ana@contoso.test")
    changed = directory.patch(
        f"Users/{user['id']}",
        {
            "op": "Replace",
            "value": {
                "displayName": "Ana",
                "active": "False",
                "name.givenName": "Ana",
                'emails[type eq "work"].value': "ana@fabrikam.test",
                f"{ENTERPRISE}:department": "Sales",
            },
        },
    )
    assert changed["displayName"] == "Ana"
    assert changed["active"] is False
    assert changed["name"] == {"givenName": "Ana"}
    assert changed["emails"] == [{"type": "work", "value": "ana@fabrikam.test"}]
    assert changed[ENTERPRISE] == {"department": "Sales"}


def test_a_manager_is_given_as_an_id_alone(directory: Directory) -> None:
    boss, user = directory.user("boss@contoso.test"), directory.user("ana@contoso.test")
    address = f"Users/{user['id']}"
    path = f"{ENTERPRISE}:manager"
    changed = directory.patch(address, {"op": "Add", "path": path, "value": boss["id"]})
    assert changed[ENTERPRISE]["manager"] == {"value": boss["id"]}
    changed = directory.patch(address, {"op": "Remove", "path": path})
    assert ENTERPRISE not in changed
    made = directory.user("ben@contoso.test", **{ENTERPRISE: {"manager": boss["id"]}})
    assert made[ENTERPRISE]["manager"] == {"value": boss["id"]}


def test_a_role_is_set_by_a_filter_whose_truth_is_a_text(directory: Directory) -> None:
    user = directory.user("ana@contoso.test")
    changed = directory.patch(
        f"Users/{user['id']}",
        {"op": "Add", "path": 'roles[primary eq "True"].value', "value": "Viewer"},
    )
    assert changed["roles"] == [{"primary": True, "value": "Viewer"}]


def test_a_group_is_made_empty_then_filled_renamed_and_emptied(directory: Directory) -> None:
    ana, ben = directory.user("ana@contoso.test"), directory.user("ben@contoso.test")
    group = directory.group("Sales", externalId="8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159")
    address = f"Groups/{group['id']}"
    assert directory.find("Groups", 'displayName eq "sales"', excludedAttributes="members")
    directory.patch(
        address,
        {"op": "Add", "path": "members", "value": [{"$ref": None, "value": ana["id"]}]},
        {"op": "Add", "path": "members", "value": [{"$ref": None, "value": ben["id"]}]},
    )
    bare = directory.get(f"{address}?excludedAttributes=members")
    assert "members" not in bare
    whole = directory.get(address)
    assert [each["value"] for each in whole["members"]] == [ana["id"], ben["id"]]
    renamed = directory.patch(
        address, {"op": "Replace", "path": "displayName", "value": "Sales Europe"}
    )
    assert renamed["displayName"] == "Sales Europe"
    assert len(renamed["members"]) == 2
    left = directory.patch(
        address, {"op": "Remove", "path": "members", "value": [{"value": ana["id"]}]}
    )
    assert [each["value"] for each in left["members"]] == [ben["id"]]
    left = directory.patch(address, {"op": "Remove", "path": f'members[value eq "{ben["id"]}"]'})
    assert "members" not in left
    assert directory.ask("DELETE", address).status_code == 204


def test_a_change_of_a_group_that_names_the_name_and_members_without_a_path(
    directory: Directory,
) -> None:
    ana = directory.user("ana@contoso.test")
    group = directory.group("Sales")
    changed = directory.patch(
        f"Groups/{group['id']}",
        {"op": "Replace", "value": {"displayName": "Team", "members": [{"value": ana["id"]}]}},
    )
    assert changed["displayName"] == "Team"
    assert [each["value"] for each in changed["members"]] == [ana["id"]]
