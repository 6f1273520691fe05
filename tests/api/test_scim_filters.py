"""What filters of SCIM find, and in which order, in the database's own words."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.conftest import ENTERPRISE, Directory

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(directory: Directory) -> Directory:
    """Four users, of whom one has hardly a value."""
    work, home = "work", "home"
    directory.user(
        "Ana@x.test",
        externalId="A1",
        displayName="Ana Été",
        name={"familyName": "Zola"},
        emails=[
            {"value": "ana@x.test", "type": work, "primary": True},
            {"value": "ana@home.test", "type": home},
        ],
    )
    directory.user("ben@x.test", externalId="B2", displayName="Ben", emails=[{"value": "b@y.test"}])
    directory.user("cleo@x.test", active=False, **{ENTERPRISE: {"department": "Sales"}})
    directory.user("dan@y.test", displayName="100% \\ dan_", externalId="A%")
    return directory


ALL = {"Ana", "ben", "cleo", "dan"}
CASES: list[tuple[str, set[str]]] = [
    ('userName eq "ANA@X.TEST"', {"Ana"}),
    ('userName ne "ana@x.test"', {"ben", "cleo", "dan"}),
    ('userName sw "b" or userName sw "c"', {"ben", "cleo"}),
    ('userName ew "Y.test"', {"dan"}),
    ('userName co "@x."', {"Ana", "ben", "cleo"}),
    ('userName gt "ben@x.test"', {"cleo", "dan"}),
    ('userName ge "ben@x.test" and userName lt "dan"', {"ben", "cleo"}),
    ('userName le "ana@x.test"', {"Ana"}),
    ("userName pr", ALL),
    ('externalId eq "A1"', {"Ana"}),
    ('externalId eq "a1"', set()),
    ('externalId ne "A1"', {"ben", "cleo", "dan"}),
    ("externalId pr", {"Ana", "ben", "dan"}),
    ("not (externalId pr)", {"cleo"}),
    ("externalId eq null", {"cleo"}),
    ("externalId ne null", {"Ana", "ben", "dan"}),
    ('displayName eq "ANA éTÉ"', {"Ana"}),
    ('displayName co "été"', {"Ana"}),
    ('displayName ne "Ben"', {"Ana", "cleo", "dan"}),
    ('not (displayName eq "Ben")', {"Ana", "cleo", "dan"}),
    ('not (displayName gt "a")', {"cleo", "dan"}),
    ('displayName co "%"', {"dan"}),
    ('displayName co "_"', {"dan"}),
    ('displayName co "\\\\"', {"dan"}),
    ('displayName co "\'; --"', set()),
    ('emails.value eq "ANA@home.test"', {"Ana"}),
    ('emails eq "b@y.test"', {"ben"}),
    ('emails.value ne "b@y.test"', {"Ana", "cleo", "dan"}),
    ('emails.value co "@"', {"Ana", "ben"}),
    ("emails pr", {"Ana", "ben"}),
    ("not (emails pr)", {"cleo", "dan"}),
    ('emails[type eq "work"]', {"Ana"}),
    ('emails[type eq "home" and value co "x.test"]', set()),
    ('emails[type eq "work" and value ew "x.test"]', {"Ana"}),
    ('emails[not (type eq "work")]', {"Ana", "ben"}),
    ("emails[primary eq true]", {"Ana"}),
    ("active eq true", {"Ana", "ben", "dan"}),
    ('active eq "False"', {"cleo"}),
    ("active ne true", {"cleo"}),
    ('name.familyName eq "zola"', {"Ana"}),
    (f'{ENTERPRISE}:department eq "sales"', {"cleo"}),
    ("id pr", ALL),
    ('id eq "nothing"', set()),
    ('id ne "nothing"', ALL),
    ('meta.resourceType eq "User"', ALL),
    ('meta.resourceType eq "Group"', set()),
    ('meta.version eq "W/\\"1\\""', ALL),
    ('meta.created gt "2025-12-31T23:59:59Z"', ALL),
    ('meta.lastModified gt "2026-01-01T00:00:00Z"', set()),
    ('meta.lastModified ge "2026-01-01T00:00:00Z"', ALL),
    ('meta.lastModified lt "2026-01-01T00:00:00.5Z"', ALL),
    ('meta.lastModified le "2025-12-31T23:59:59.5Z"', set()),
    ('meta.lastModified eq "2026-01-01T01:00:00+01:00"', ALL),
    ('userName sw "a" and active eq true or userName sw "c"', {"Ana", "cleo"}),
    ('userName sw "a" and (active eq false or userName sw "c")', set()),
    ('urn:ietf:params:scim:schemas:core:2.0:User:userName sw "d"', {"dan"}),
]


def test_each_filter_finds_whom_it_names(people: Directory) -> None:
    found = {text: {name.split("@")[0] for name in people.find("Users", text)} for text, _ in CASES}
    assert found == dict(CASES)


@pytest.mark.parametrize(
    "text",
    [
        *('userName eq "x', "userName like 3", 'phoneNumbers.value eq "1"', 'nobody eq "x"'),
        *("active gt true", 'meta.created gt "noon"', 'id co "a"', "userName eq 3", ""),
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_its_type(people: Directory, text: str) -> None:
    answer = people.ask("GET", f"Users?{urlencode({'filter': text})}")
    assert answer.status_code == 400, answer.content
    assert b"invalid" in answer.content


def test_users_stand_in_the_order_that_is_asked_for(people: Directory) -> None:
    def names(**query: Any) -> list[str]:
        page = people.get(f"Users?{urlencode(query)}")
        return [each["userName"].split("@")[0] for each in page["Resources"]]

    assert names(sortBy="userName") == ["Ana", "ben", "cleo", "dan"]
    assert names(sortBy="userName", sortOrder="descending") == ["dan", "cleo", "ben", "Ana"]
    assert names(sortBy="userName", startIndex=2, count=2) == ["ben", "cleo"]
    assert names(sortBy="displayName", filter="displayName pr") == ["dan", "Ana", "ben"]
    assert names(sortBy="emails.value", filter="emails pr") == ["Ana", "ben"]
    assert names(sortBy="meta.created", sortOrder="descending") == ["dan", "cleo", "ben", "Ana"]
    answer = people.ask("GET", "Users?sortBy=phoneNumbers.value")
    assert answer.status_code == 400


def test_groups_are_found_by_name_external_id_and_whom_they_hold(people: Directory) -> None:
    page = people.get("Users?sortBy=userName")
    ana, ben, *_ = page["Resources"]
    people.group("Sales", ana, ben, externalId="g1")
    people.group("Team Été", ana)
    people.group("Empty")
    assert people.find("Groups", 'displayName eq "team éTÉ"') == ["Team Été"]
    assert people.find("Groups", 'externalId eq "g1"') == ["Sales"]
    assert people.find("Groups", f'members.value eq "{ana["id"]}"') == ["Sales", "Team Été"]
    assert people.find("Groups", f'members[value eq "{ben["id"]}"]') == ["Sales"]
    assert people.find("Groups", f'id eq "{ana["id"]}"') == []
    assert people.find("Groups", "not (members pr)") == ["Empty"]
    both = f'displayName eq "Sales" and members eq "{ben["id"]}"'
    assert people.find("Groups", both, excludedAttributes="members") == ["Sales"]
    groups = people.get(f"Users/{ana['id']}")["groups"]
    assert [each["display"] for each in groups] == ["Sales", "Team Été"]
    assert people.find("Users", f'groups.value eq "{groups[0]["value"]}"') == [
        "Ana@x.test",
        "ben@x.test",
    ]


def test_a_search_can_be_sent_as_a_body(people: Directory) -> None:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "active eq false",
        "attributes": ["userName"],
    }
    answer = people.ask("POST", "Users/.search", body)
    assert answer.status_code == 200
    assert b"cleo@x.test" in answer.content
    assert ENTERPRISE.encode() not in answer.content
