"""`tenure simulate`: exactly the lines of each scenario, a diary that people read, quiet errors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenure.cli.main import COMMANDS, cli

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml"))
ORDER = ["seats", "phase", "pool", "notice.skipped", "notice.issued", "notice.served"]


def tenure(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=stdin, prog_name="tenure")


def rank(line: dict[str, str]) -> tuple[str, int, str]:
    kind = "seats" if line["type"].startswith("seats.") else line["type"]
    return line["at"], ORDER.index(kind), line.get("effective_at", "")


def test_there_are_scenarios() -> None:
    """Each has its lines beside it."""
    assert len(SCENARIOS) >= 46
    assert all(path.with_suffix(".jsonl").is_file() for path in SCENARIOS)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_gives_exactly_its_lines(path: Path) -> None:
    """The same lines, byte for byte, in the order that is laid down."""
    result = tenure("simulate", str(path), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    expected = path.with_suffix(".jsonl").read_text(encoding="utf-8")
    assert sorted(result.stdout.splitlines()) == sorted(expected.splitlines())
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [rank(line) for line in lines] == sorted(rank(line) for line in lines)
    assert [line for line in lines if "seats" in line["type"]] == [
        json.loads(line) for line in expected.splitlines() if '"seats.' in line
    ]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_gives_a_diary(path: Path) -> None:
    """It fits 80 columns, has no colour where nobody sees it, and tells of the end."""
    result = tenure("simulate", str(path))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 80
    assert "The end of the scenario: " in result.stdout
    assert "What comes next" in result.stdout


def test_a_diary_says_what_happens_when_and_what_comes() -> None:
    """The first scenario, as a person reads it."""
    told = tenure("simulate", str(SCENARIOS[0])).stdout
    assert "Times are those of Europe/Paris." in told
    assert "Wednesday 1 July 2026\n  00:00  The last unit is gone: grace begins" in told
    assert "protection goes on until Tuesday\n         14 July 2026, 23:59." in told
    assert "The company is deleted since Friday 14 August 2026, 00:00." in told


def test_a_diary_foretells() -> None:
    """A scenario that ends early goes on by itself for two years."""
    told = tenure("simulate", "-", stdin=SCENARIO).stdout
    _, coming = told.split("What comes next if nothing is done and everything works")
    assert "Sunday 1 March 2026" in coming
    assert "The company is deleted for good." in coming
    assert "1 entry is dated after the end, and left out." in told


SCENARIO = """\
licences: [{id: A, units: 2, starts: 2026-01-01, ends: 2026-02-28}]
actions:
  - {at: 2026-01-01T08:30:15Z, protect: {count: 2}}
  - {at: 2027-01-01, close: true}
until: 2026-02-01
"""


def test_standard_input_is_read() -> None:
    """A hyphen stands for it."""
    result = tenure("simulate", "-", "--json", stdin=SCENARIO)
    assert [json.loads(line)["type"] for line in result.stdout.splitlines()] == [
        "phase",
        "seats.granted",
        "notice.issued",
    ]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_is_refused_prints_nothing_but_its_place(options: list[str]) -> None:
    """Status 2, nothing on standard output, file and line on standard error."""
    good = tenure("simulate", "-", *options, stdin=SCENARIO)
    assert good.exit_code == 0
    bad = tenure("simulate", "-", *options, stdin=SCENARIO.replace("count: 2", "count: 0"))
    assert (bad.exit_code, bad.stdout) == (2, "")
    assert bad.stderr == "standard input:3: count must be at least 1, and not 0\n"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Missing, a folder, or not text: a sentence each time."""
    scrap = tmp_path / "scrap.yaml"
    scrap.write_bytes(b"\xff\xfe\x00")
    for path, said in (
        (tmp_path / "none.yaml", "No such file"),
        (tmp_path, "has none of the files companies.csv"),
        (scrap, f"{scrap}:1: this is not UTF-8"),
    ):
        result = tenure("simulate", str(path), "--json")
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr


def test_the_end_of_the_calendar_can_be_shown() -> None:
    """Dates near the year 9999 break neither the lines nor the diary."""
    late = (
        "time_zone: Pacific/Kiritimati\n"
        "licences: [{id: A, units: 2, starts: 9999-01-01, ends: 9999-12-31}]\n"
        "until: 9999-11-20\n"
    )
    for options in ([], ["--json"]):
        assert tenure("simulate", "-", *options, stdin=late).exit_code == 0


def test_simulating_loads_no_django() -> None:
    """It starts at once: the rules need no database and no settings."""
    code = (
        "import sys; from tenure.cli.main import cli\n"
        "cli(['simulate', sys.argv[1]], standalone_mode=False)\n"
        "sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    )
    command = [sys.executable, "-c", code, str(SCENARIOS[0])]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_closed_pipe_ends_in_silence() -> None:
    """`tenure simulate … | head` leaves no traceback."""
    code = "from tenure.cli.main import main; main()"
    command = [sys.executable, "-c", code, "simulate", str(SCENARIOS[0]), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr as errors:
        assert errors.read() == b""
    assert process.wait() != 0


def test_the_help_lists_every_command() -> None:
    """From the table, and each command of the table can be loaded."""
    listed = tenure("--help").stdout
    for name in COMMANDS:
        assert f"\n  {name} " in listed
        assert tenure(name, "--help").exit_code == 0
    assert tenure("--version").stdout.startswith("tenure, version ")
    assert tenure("no-such-command").exit_code == 2
