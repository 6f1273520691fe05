"""`tenure whatif`: what it reads, what it says, and that nothing is done."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tenure.cli.main import cli
from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.services import catalogue, clocks, companies, licences, members, seats
from tenure.services.catalogue import COS
from tenure.services.companies import NewPool
from tenure.services.licences import NewLicence
from tenure.store.models import Company, Fact, Pool

pytestmark = pytest.mark.django_db
NOW = 1_767_225_600  # 2026-01-01
WHO = "test"


@pytest.fixture
def company() -> Company:
    """Eight people of Lyon and two of Paris, on 8 + 4 units."""
    catalogue.ensure_default()
    clock = SetClock(NOW)
    company = companies.create(
        name="Boulangerie Martin",
        reference="C-1",
        clock=clock,
        who=WHO,
        time_zone="Europe/Paris",
        pools=[NewPool("Lyon", "LY"), NewPool("Paris")],
        test_clock=clocks.create("Martin", NOW),
    )
    lyon, paris = (pool.id for pool in Pool.objects.filter(company=company).order_by("position"))
    for reference, units, days, placements in (
        ("COS-1", 8, 365, {lyon: 8}),
        ("COS-2", 4, 100, {paris: 4}),
    ):
        new = NewLicence(COS, units, NOW, NOW + days * DAY, "full", placements, reference)
        licences.add(company.id, new, clock=clock, who=WHO)
    people = [
        members.add(company.id, user=f"u{i}@martin.test", name=f"P {i}", clock=clock, who=WHO).id
        for i in range(10)
    ]
    seats.protect(company.id, COS, lyon, people[:8], clock=clock, who=WHO)
    seats.protect(company.id, COS, paris, people[8:], clock=clock, who=WHO)
    return company


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["whatif", "C-1", *args])


def outcome(*args: str) -> dict[str, Any]:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.output
    (found,) = json.loads(result.stdout)["outcomes"]
    return found


@pytest.mark.usefixtures("company")
def test_it_says_who_loses_protection_and_when_and_changes_nothing() -> None:
    facts = Fact.objects.count()
    result = run("--resize", "COS-1=5,Lyon:5")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(
        "Boulangerie Martin, Cloud Office Security\n"
        "If you give the licence COS-1 5 units today (5 in Lyon), 3 of 8 users of the\n"
        "Lyon site lose protection at once.\n"
    )
    assert "P 7 <u7@martin.test>, P 6 <u6@martin.test>, P 5 <u5@martin.test>\n" in result.stdout
    assert result.stdout.endswith("Nothing was changed.\n")
    assert Fact.objects.count() == facts


@pytest.mark.usefixtures("company")
def test_it_speaks_french() -> None:
    result = run("--remove", "COS-2@2026-02-01", "--lang", "fr")
    assert "Si, le dimanche 1er février 2026, vous retirez la licence COS-2, les 2" in (
        result.stdout.replace("\n", " ")
    )
    assert result.stdout.endswith("Rien n’a été changé.\n")


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("args", "change", "losses"),
    [
        (["--remove", "COS-1"], "remove", [("Lyon", 8)]),
        (["--cancel", "COS-2"], "cancel", [("Paris", 2)]),
        (["--suspend", "COS-2"], "suspend", [("Paris", 2)]),
        (["--place", "COS-1=Paris:3"], "place", [("Lyon", 3)]),
        (["--close"], "close", [("Lyon", 8), ("Paris", 2)]),
        (["--unprotect", "3"], "unprotect", [("Lyon", 3)]),
        (["--unprotect", "Paris=2"], "unprotect", [("Paris", 2)]),
        (["--renew", "COS-2=2027-12-31"], "renew", []),
        (["--add", "units=3,ends=2027-12-31,pool=Paris,kind=trial"], "add", []),
        (["--add", "units=3,pool=LY:1+Paris:2"], "add", []),
        (["--protect", "Paris=2"], "protect", []),
        (["--reopen"], "reopen", []),
        (["--hold-deletion"], "hold_deletion", []),
        (["--release-deletion"], "release_deletion", []),
    ],
)
def test_every_option_supposes_its_change(
    args: list[str], change: str, losses: list[tuple[str, int]]
) -> None:
    found = outcome(*args)
    assert [x["change"] for x in found["changes"]] == [change]
    assert [(x["pool"], x["count"]) for x in found["losers"]] == losses


@pytest.mark.usefixtures("company")
def test_options_are_taken_in_their_order_and_at_their_instants() -> None:
    """Five seats of Paris need the units that the licence is given first."""
    in_order = ("--resize", "COS-2=9,Paris:9", "--protect", "Paris=5")
    assert run(*in_order).exit_code == 0
    refused = run(*in_order[2:], *in_order[:2])
    assert refused.exit_code == 2
    assert refused.stderr == ("Error: --protect Paris=5: there are not 5 free units in this pool\n")
    found = outcome("--suspend", "COS-1@2026-02-01", "--resume", "COS-1@2026-02-03", "--close")
    assert [x["at"] for x in found["changes"]] == [
        "2026-01-31T23:00:00Z",
        "2026-02-02T23:00:00Z",
        None,
    ]
    later = outcome("--close", "--at", "2026-03-01T12:00:00Z", "--until", "2026-03-02")
    assert later["first_loss_at"] == "2026-03-01T12:00:00Z"
    assert later["until"] == "2026-03-01T23:00:00Z"


@pytest.mark.usefixtures("company")
def test_changes_are_read_from_a_file_in_the_notation_of_scenarios(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        "actions:\n"
        "  - {add_licence: {id: NEW, units: 5, starts: 2026-01-01, placements: {LY: 5}}}\n"
        "  - {at: 2026-02-01, remove_licence: COS-1}\n"
        "  - {at: 2026-03-01, set_units: {licence: NEW, units: 6}}\n"
        "  - {at: 2026-03-01, protect: {pool: Paris, count: 1}}\n"
    )
    found = outcome("--changes", str(file))
    assert [x["change"] for x in found["changes"]] == ["add", "remove", "resize", "protect"]
    assert [(x["pool"], x["start"], x["count"]) for x in found["losers"]] == [
        ("Lyon", "2026-01-31T23:00:00Z", 3)
    ]


@pytest.mark.usefixtures("company")
def test_an_entry_without_an_instant_is_done_when_the_command_says(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text("actions: [{close: true}]")
    assert outcome("--changes", str(file))["first_loss_at"] == "2026-01-01T00:00:00Z"
    later = outcome("--changes", str(file), "--at", "2026-03-01")
    assert later["first_loss_at"] == "2026-02-28T23:00:00Z"


@pytest.mark.usefixtures("company")
def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text("actions:\n  - {close: true}\n  - {protect: {pool: Lion, count: 2}}\n")
    result = run("--changes", str(file))
    assert (result.exit_code, result.stderr) == (
        2,
        f"{file}:3: there is no pool Lion; did you mean Lyon? there are: Lyon, Paris, LY\n",
    )
    file.write_text("actions:\n  - {close: true}\n  - {resume_licence: COS-1}\n")
    result = run("--changes", str(file))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {file}:3: licence COS-1 is not suspended")


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "say what to suppose"),
        (["--remove", "COS-9"], "--remove COS-9: there is no licence COS-9; did you mean COS-"),
        (["--renew", "COS-1"], "--renew COS-1: write a licence, = and a value"),
        (["--renew", "COS-1=soon"], "--renew COS-1=soon: this is neither a date nor a time"),
        (["--renew", "COS-1=2025-01-01"], "--renew COS-1=2025-01-01: a renewal of licence COS-1"),
        (["--resize", "COS-1=many"], "--resize COS-1=many: units must be a whole number"),
        (["--resize", "COS-1=0"], "--resize COS-1=0: a licence has at least 1 unit"),
        (["--place", "COS-1=Lyon:99"], "--place COS-1=Lyon:99: 99 units are placed"),
        (["--place", "COS-1=Lyon"], "--place COS-1=Lyon: write pools with their units"),
        (["--place", "COS-1=Lyo:1"], "--place COS-1=Lyo:1: there is no pool Lyo; did you mean"),
        (["--add", "ends=2027-01-01"], "units is missing"),
        (["--add", "units=1,color=red"], "known are: units, ends"),
        (["--add", "units=1,product=none"], "there is no product none"),
        (["--protect", "99"], "--protect 99: there are not 99 free units in this pool"),
        (["--close", "--at", "2020-01-01"], "--close: this instant is over"),
        (["--close", "--at", "soon"], "--at soon: this is neither a date nor a time"),
        (["--changes", "nowhere.yaml"], "nowhere.yaml cannot be read"),
        (["--close", "--service", "none"], "uses no service none"),
    ],
)
def test_nonsense_is_refused_with_its_place_and_what_would_be_right(
    args: list[str], said: str
) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr


@pytest.mark.django_db
def test_an_unknown_company_is_refused() -> None:
    result = run("--close")
    assert result.exit_code == 2
    assert "there is no company C-1" in result.stderr


@pytest.mark.usefixtures("company")
def test_the_reference_has_every_option_and_every_field() -> None:
    from tenure.cli.whatif import whatif

    text = (Path(__file__).parents[2] / "docs" / "reference" / "whatif.md").read_text()
    options = {
        option
        for each in whatif.params
        for option in each.opts
        if option.startswith("--") and option != "--help"
    }
    assert {option for option in options if f"`{option}" not in text} == set()
    written = set(re.findall(r"`([a-z_]+)`", text.split("## Fields of")[1]))
    found = outcome("--remove", "COS-1")
    assert set(found) - written == set()
    for name in ("losses", "losers", "phases", "changes"):
        assert set(found[name][0]) - written == set()
