"""`tenure check`: what it prints, and how it ends."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from tenure.cli.main import cli
from tenure.core.answers import CODES
from tenure.core.policy import DAY
from tenure.engine.steps import step
from tenure.services import catalogue, clocks, companies, instances, licences, members, seats
from tenure.store import models

pytestmark = pytest.mark.django_db

NOW = 1_767_225_600  # 2026-01-01
COS = catalogue.COS


def check(*args: str) -> Result:
    return CliRunner().invoke(cli, ["check", *args])


@pytest.fixture
def company() -> models.Company:
    """A test company in Paris: one seat with a licence for long, one for 100 days, one without."""
    catalogue.ensure_default()
    company = companies.create(
        name="Boulangerie Martin",
        reference="C-1",
        time_zone="Europe/Paris",
        test_clock=clocks.create("here", NOW),
        clock=Never(),
        who="test",
    )
    for label, days in (("Long", 200), ("Short", 100)):
        new = licences.NewLicence(COS, 1, NOW, NOW + days * DAY, label=label, reference=label[0])
        licences.add(company.id, new, clock=Never(), who="test")
    users = ("a@m.test", "b@m.test", "c@m.test")
    a, b, _ = [members.add(company.id, user=x, clock=Never(), who="test").id for x in users]
    pool = company.pools.get().id
    seats.protect(company.id, COS, pool, [a, b], clock=Never(), who="test")
    return company


class Never:
    """A clock that a test company must not read."""

    def now(self) -> int:
        raise AssertionError("a test company lives by its own clock")


class Real:
    def now(self) -> int:
        return NOW


def live(company: models.Company, *days: float) -> None:
    """Let the engine run on these days, with a relay that takes everything."""
    for day in days:
        models.TestClock.objects.update(now_at=NOW + int(day * DAY))
        step([company.id], Real(), accepted={(company.id, COS): frozenset(range(1000))})


def test_every_code_is_reached_and_ends_with_0_or_1(company: models.Company) -> None:
    """The life of a company, asked for each kind of user on the way."""
    found = []

    def asked(user: str) -> None:
        result = check("C-1", user, "--json")
        answer = json.loads(result.stdout)
        assert result.exit_code == (0 if answer["allowed"] else 1)
        assert answer["allowed"] == answer["code"].startswith("protected")
        found.append(answer["code"])

    fresh = companies.create(
        name="Fresh", reference="C-2", test_clock=company.clock, clock=Never(), who="test"
    )
    members.add(fresh.id, user="a@m.test", clock=Never(), who="test")
    found.append(json.loads(check("C-2", "a@m.test", "--json").stdout)["code"])
    for day, user in (
        (1, "a@m.test"),
        (2, "c@m.test"),
        (3, "nobody@m.test"),
        (100, "b@m.test"),
        (115, "b@m.test"),
        (200, "a@m.test"),
        (214, "a@m.test"),
    ):
        live(company, day)
        asked(user)
    instances.close(company.id, clock=Never(), who="test")
    asked("a@m.test")
    live(company, 230, 245)
    asked("a@m.test")
    assert found == [
        "pending",
        "protected",
        "unprotected",
        "no_such_user",
        "protected_by_hold",
        "waiting_for_units",
        "protected_in_grace",
        "suspended",
        "closed",
        "deleted",
    ]
    assert sorted(found) == sorted(CODES)


def test_json_is_one_object_with_everything(company: models.Company) -> None:
    result = check("C-1", "B@m.test", "--json")
    answer = json.loads(result.stdout)
    licence = answer["licence"]
    assert answer == {
        "allowed": True,
        "code": "protected",
        "sentence": (
            "b@m.test is protected by Cloud Office Security. The licence Short covers this user "
            "until Saturday 11 April 2026, 01:59 (Paris), in 100 days."
        ),
        "at": "2026-01-01T00:00:00Z",
        "company": {
            "id": str(company.id),
            "reference": "C-1",
            "name": "Boulangerie Martin",
            "time_zone": "Europe/Paris",
        },
        "user": "b@m.test",
        "service": {"key": "cos", "name": "Cloud Office Security"},
        "instance": 1,
        "phase": "active",
        "pool": str(company.pools.get().id),
        "place": 1,
        "licence": {
            "id": licence["id"],
            "reference": "S",
            "label": "Short",
            "ends_at": "2026-04-11T00:00:00Z",
        },
        "until": "2026-04-25T00:00:00Z",
        "is_until_open": True,
        "next_licence": None,
        "next_at": None,
        "changes_at": "2026-04-11T00:00:00Z",
        "becomes": "protected_by_hold",
        "deletion_at": "2026-09-02T00:00:00Z",
    }
    assert result.exit_code == 0


def test_the_text_is_a_sentence_and_aligned_lines(company: models.Company) -> None:
    live(company, 100)
    result = check("C-1", "b@m.test")
    assert result.stdout.splitlines() == [
        "b@m.test is still protected by Cloud Office Security until Saturday 25 April 2026, 01:59 "
        "(Paris), in 14 days. The licence that covered this user has ended; without another, "
        "protection then ends.",
        "",
        "  Code             protected_by_hold",
        "  Phase            active",
        "  Covered by       no licence",
        "  Protected until  Saturday 25 April 2026, 01:59 (Paris), in 14 days",
        "  Then             waiting_for_units from Saturday 25 April 2026, 02:00 (Paris)",
        "  Deletion         not before Wednesday 2 September 2026, 02:00 (Paris)",
    ]


def test_the_text_speaks_french(company: models.Company) -> None:
    said = check("C-1", "b@m.test", "--lang", "fr").stdout
    assert said.startswith(
        "b@m.test est protégé par Cloud Office Security. La licence Short couvre"
    )
    assert "  Protégé jusqu’au  samedi 25 avril 2026 à" in said
    assert "ou plus tard" in said


def test_the_next_licence_is_told(company: models.Company) -> None:
    new = licences.NewLicence(COS, 1, NOW + 50 * DAY, None, label="Endless")
    licences.add(company.id, new, clock=Never(), who="test")
    said = check("C-1", "a@m.test").stdout
    assert "  Next licence     Endless from Friday 20 February 2026, 01:00 (Paris)" in said
    assert "  Protected until  no end is known" in said


def test_names_cannot_write_to_the_terminal(company: models.Company) -> None:
    new = licences.NewLicence(COS, 9, NOW, None, label="\x1b[31mred\nline")
    licences.add(company.id, new, clock=Never(), who="test")
    assert "\x1b" not in check("C-1", "a@m.test").stdout


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["C-9", "a@m.test"], "there is no company C-9"),
        (["C-1", "a@m.test", "--service", "vpn"], "does not use vpn; it uses: cos"),
        (["C-1", "a@m.test", "--lang", "de"], "'de' is not one of"),
        (["C-1"], "Missing argument 'USER'"),
    ],
)
def test_bad_input_ends_with_2_and_a_sentence_on_standard_error(
    company: models.Company, args: list[str], says: str
) -> None:
    result = check(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
