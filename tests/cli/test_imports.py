"""`tenure import`: what it reads, what it refuses and where, and what it prints."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenure.cli import tables as reading
from tenure.cli.errors import UserError
from tenure.cli.import_files import COLUMNS, ROLES, ImportRefused, read
from tenure.cli.import_sources import source
from tenure.cli.main import cli
from tenure.cli.tables import plain
from tenure.services import catalogue
from tenure.services.exports import HEADERS
from tenure.services.import_rows import FILES, Files
from tenure.services.imports import ImportNotDone
from tenure.store import models as m
from tenure.words.cells import harmless
from tests.imported import GOOD, bring_in, changed, write

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "import"


def nobody(_: str) -> None:
    """No company is known."""


def parsed(folder: Path) -> Files:
    return read(source(str(folder)), nobody)


def tenure(*args: str) -> Result:
    return CliRunner().invoke(cli, ["import", *args])


# What is read


def rows(files: Files) -> object:
    """Everything that was read, for comparing."""
    return files.companies


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace(",", ";").encode(),
        lambda text: b"\xef\xbb\xbf" + text.replace(",", ";").encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.removesuffix("\n").encode(),
        lambda text: ("sep=;\r\n" + text.replace(",", ";")).encode(),
        lambda text: "\n".join(
            '"' + x.replace(",", '","') + '"' for x in text.split("\n")
        ).encode(),
        lambda text: "\n".join(x.replace(",", " , ") for x in text.split("\n")).encode(),
    ],
    ids=[
        "plain",
        "bom",
        "semicolons",
        "bom-semicolons",
        "crlf",
        "no-end",
        "sep",
        "quoted",
        "blanks",
    ],
)
def test_files_of_every_spreadsheet_say_the_same(tmp_path: Path, edit) -> None:
    """BOM, delimiter, line ends, quotes and blanks around cells make no difference."""
    good = parsed(write(tmp_path / "good", GOOD))
    tables = {name: edit(text) for name, text in GOOD.items()}
    if b"sep=" in tables["sites.csv"] or b'"' in tables["sites.csv"]:
        # Lines are others then; only their number is compared below.
        other = parsed(write(tmp_path / "other", tables))
        assert {name: len(c.members) for name, c in other.companies.items()} == {"M": 3}
        assert other.companies["M"].row is not None
        return
    assert rows(parsed(write(tmp_path / "other", tables))) == rows(good)


def test_empty_lines_are_skipped_and_lines_still_counted(tmp_path: Path) -> None:
    """A wrong cell is found in the line in which it stands, after blank and quoted newlines."""
    tables = changed(
        ("members.csv", "M,1,ana@martin.test,Ana", '\n,,,,,,,,\nM,1,ana@martin.test,"Ana\nMaria"'),
        ("members.csv", "chloe@martin.test,Chloé", "chloe@martin.test,Chloé,,,,perhaps,"),
    )
    tables["members.csv"] = tables["members.csv"].replace(",perhaps,,,,,,", ",perhaps,")
    with pytest.raises(ImportRefused) as error:
        parsed(write(tmp_path / "in", tables))
    assert [(p.file, p.line) for p in error.value.problems] == [("members.csv", 7)]
    right = {**tables, "members.csv": tables["members.csv"].replace("perhaps", "yes")}
    read_ = parsed(write(tmp_path / "in", right))
    assert read_.companies["M"].members["ana@martin.test"].name == "Ana Maria"


def test_bare_dates_are_days_of_the_company(tmp_path: Path) -> None:
    """An end is the last day covered, in the company's zone; instants are taken as they are."""
    tables = changed(
        ("licences.csv", "2026-12-31", "2026-06-30"),
        ("licences.csv", "2026-01-01,2026", "2026-01-01T08:00:00+01:00,2026"),
    )
    licence = parsed(write(tmp_path / "in", tables)).companies["M"].licences["L1"]
    assert (licence.starts, licence.ends) == (1_767_250_800, 1_782_856_800)


# What is refused


def refused(folder: Path) -> list[str]:
    """Import what must be refused, and give why."""
    try:
        bring_in(folder)
    except (ImportRefused, ImportNotDone) as error:
        return [str(problem) for problem in error.problems]
    pytest.fail("nothing was refused")


BAD: list[tuple[str, str, str, str, str]] = [
    # file, what stands there, what shall stand there, the place, a part of the message
    ("companies.csv", "reference,name", "reference,nam", "1", "unknown column nam; did you mean"),
    ("companies.csv", "reference,name", "Reference,name", "1", "did you mean reference?"),
    ("companies.csv", "name,time_zone", "name,name", "1", "the column name stands twice"),
    ("companies.csv", "Europe/Paris", "Europe/Pariss", "2", "did you mean Europe/Paris?"),
    ("companies.csv", "M,Boul", ",Boul", "2", "reference is empty"),
    ("companies.csv", "Boulangerie Martin", "", "2", "name is empty"),
    ("companies.csv", "Boulangerie", "B" * 200, "2", "at most 200 are kept"),
    ("companies.csv", "Paris\n", "Paris\nM,Other,UTC\n", "3", "stands in line 2 already"),
    ("companies.csv", "Europe/Paris", "Europe/Paris,x", "2", "this row has 4 cells"),
    ("companies.csv", "M,Boulangerie Martin,Europe/Paris", "M,B", "2", "this row has 2 cells"),
    ("companies.csv", "Boulangerie", '"Boulangerie', "2", "opened here and never closed"),
    ("companies.csv", "Boulangerie", '"Boul"angerie', "2", "after a closing quote"),
    ("sites.csv", "company,reference,name", "company,name", "1", "the column reference is missing"),
    ("sites.csv", "M,LYON", "X,LYON", "2", "there is no company X"),
    ("sites.csv", "Lyon\n", "Lyon\nM,LYON,Other\n", "3", "stands in line 2 already"),
    ("licences.csv", ",4,", ",0,", "2", "at least 1"),
    ("licences.csv", ",4,", ",4.0,", "2", "whole number with digits alone"),
    ("licences.csv", ",4,", ",-4,", "2", "whole number"),
    ("licences.csv", ",4,", ",99999999,", "2", "at most 10000000"),
    ("licences.csv", ",4,", ",,", "2", "units is empty"),
    ("licences.csv", "2026-01-01", "01/01/2026", "2", "neither a date nor a time"),
    ("licences.csv", "2026-01-01", "2026-02-30", "2", "no such day"),
    ("licences.csv", "2026-01-01", "2026-01-01T10:00:00", "2", "needs Z or an offset"),
    ("licences.csv", "2026-12-31", "2025-12-30", "2", "must end after it starts"),
    ("licences.csv", ",ends,", ",", "1", "the column ends is missing"),
    ("licences.csv", ",full,", ",ful,", "2", "did you mean full?"),
    ("licences.csv", "cos", "coss", "2", "there is no product coss; did you mean cos?"),
    ("licences.csv", "full,,", "full,2999-01-01,", "2", "added lies in the future"),
    ("licences.csv", "First,,,", "First,2025-01-01,,", "2", "suspended lies before the"),
    ("licences.csv", "First,,,", "First,,2999-01-01,", "2", "removed lies in the future"),
    ("licences.csv", "First,,,", "First,,yes,yes", "2", "either removed or cancelled"),
    ("licences.csv", "First,,,", "First,si,,", "2", "write yes, no, or since when"),
    ("licences.csv", "First,,,", "First,2026-05-01,,2026-04-01", "2", "after it was removed or"),
    ("placements.csv", "LYON,1", "LION,1", "2", "M has no site LION; did you mean LYON?"),
    ("placements.csv", "M,L1", "M,L2", "2", "M has no licence L2"),
    ("placements.csv", "LYON,1", "LYON,5", "2", "the licence has only 4"),
    ("placements.csv", "LYON,1\n", "LYON,1\nM,L1,LYON,1\n", "3", "in line 2 already"),
    ("placements.csv", "LYON,1", "LYON,one", "2", "whole number"),
    ("sizes.csv", "placed\n", "placed\nM,L2,2026-02-01,2,,\n", "2", "M has no licence L2"),
    ("sizes.csv", "placed\n", "placed\nM,L1,2026-02-01,2,NICE,1\n", "2", "M has no site NICE"),
    ("sizes.csv", "placed\n", "placed\nM,L1,2026-02-01,2,LYON,3\n", "2", "it had only 2"),
    ("sizes.csv", "placed\n", "placed\nM,L1,2026-02-01,2,LYON,\n", "2", "placed is empty"),
    ("sizes.csv", "placed\n", "placed\nM,L1,2025-02-01,2,,\n", "2", "until lies before L1 was"),
    ("sizes.csv", "placed\n", "placed\nM,L1,2999-02-01,2,,\n", "2", "in the future"),
    ("members.csv", "Ben,LYON", "Ben,NICE", "3", "M has no site NICE"),
    ("members.csv", "M,3,chloe", "M,3,ana", "4", "the user ana@martin.test of M stands in line 2"),
    ("members.csv", "M,3,chloe", "M,1,chloe", "4", "the reference 1 of M stands in line 2"),
    ("members.csv", "Bakery,yes", "Bakery,x", "2", "write yes, no, or since when"),
    ("members.csv", "2026-02-01", "2999-02-01", "3", "protected lies in the future"),
    ("members.csv", "2026-02-01", "2025-02-01", "3", "had 0 units at that instant"),
    ("members.csv", "2026-02-01,", "2026-02-01,first", "3", "whole number"),
    ("members.csv", "M,3,chloe@martin.test", "M,3,", "4", "user is empty"),
    ("members.csv", "M,3,chloe", f"M,3,{'c' * 250}", "4", "at most 254 are kept"),
    ("contacts.csv", "it@martin.test", "it.martin.test", "2", "this is no address"),
    ("contacts.csv", "M,it@", "M,IT@martin.test,,,,,\nM,it@", "3", "stands in line 2 already"),
    ("contacts.csv", "owner", "boss", "2", "there is no role boss"),
    ("contacts.csv", "owner", "Owner", "2", "there is no role Owner; did you mean owner?"),
    ("contacts.csv", ",fr,", ",de,", "2", "there is no language de"),
    ("contacts.csv", ",fr,,", ",fr,Paris,", "2", "there is no time zone of that name"),
    ("contacts.csv", ",fr,,", ",fr,,NICE", "2", "M has no site NICE"),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("file", "old", "new", "line", "part"), BAD)
def test_bad_input_is_refused_with_its_place(
    tmp_path: Path, file: str, old: str, new: str, line: str, part: str
) -> None:
    """One edit of a set that is right makes one problem, in the line of the edit."""
    catalogue.ensure_default()
    bring_in(write(tmp_path / "in", GOOD), apply=False)
    found = refused(write(tmp_path / "in", changed((file, old, new))))
    assert found[0].startswith(f"{file}:{line}: ")
    assert part in found[0]
    assert not m.Company.objects.exists()


BAD_LATER = [
    ("licences.csv", "2026-12-31", "2026-11-30", "2", "cannot end earlier"),
    ("licences.csv", "2026-12-31", "", "2", "cannot lose its end"),
    ("licences.csv", "2026-01-01,", "2026-01-02,", "2", "it starts 2026-01-01"),
    ("licences.csv", ",full,", ",trial,", "2", "its kind is full"),
    ("licences.csv", "full,,", "full,2026-01-15,", "2", "it was added 2026-01-01"),
    ("licences.csv", "M,L1", "M,L9,cos,1,2026-01-01,,,2026-02-01,,,,\nM,L1", "2", "added lies"),
    ("licences.csv", "M,L1", "M,L9,cos,1,2026-01-01,,,,,yes,,\nM,L1", "2", "cannot be"),
    ("licences.csv", "First,,,", "First,2026-03-01,,", "2", "done now or not at all"),
    ("licences.csv", ",4,", ",1,", "", ""),
    ("members.csv", "Chloé,,,,,", "Chloé,,,,2026-03-01,", "4", "can only be granted now"),
    ("members.csv", "M,3,chloe@", "M,3,ben@", "4", "stands in line 3 already"),
    ("members.csv", "M,1,ana@", "M,7,ana@", "2", "has the reference 1"),
    ("sites.csv", "name\nM,LYON,Lyon", "name,main\nM,LYON,Lyon,yes", "2", "cannot become main"),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("file", "old", "new", "line", "part"), BAD_LATER)
def test_a_known_company_is_not_changed_against_the_rules(
    tmp_path: Path, file: str, old: str, new: str, line: str, part: str
) -> None:
    """What cannot be done to a company that is there is refused with its place."""
    catalogue.ensure_default()
    bring_in(write(tmp_path / "in", GOOD))
    folder = write(tmp_path / "in", changed((file, old, new)))
    if not line:  # people may take units away: nothing is wrong with this one
        bring_in(folder)
        return
    last = m.Company.objects.get().last_seq
    found = refused(folder)
    assert found[0].startswith(f"{file}:{line}: ")
    assert part in found[0]
    assert m.Company.objects.get().last_seq == last


def test_all_problems_are_told_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    """Three files, four problems, one message a line."""
    tables = changed(
        ("companies.csv", "Europe/Paris", "Paris"),
        ("licences.csv", ",4,", ",x,"),
        ("contacts.csv", "it@", "it"),
        ("contacts.csv", "name,role", "name,rôle"),
    )
    with pytest.raises(ImportRefused) as error:
        parsed(write(tmp_path / "in", tables))
    places = [(p.file, p.line) for p in error.value.problems]
    assert places == [("companies.csv", 2), ("licences.csv", 2), ("contacts.csv", 1)]
    assert error.value.exit_code == 2


def test_no_more_than_a_hundred_problems_are_told(tmp_path: Path) -> None:
    """A file that is wrong throughout does not flood the terminal."""
    lines = "".join(f"M,{n},u{n}@martin.test,,,,,perhaps,\n" for n in range(300))
    tables = dict(GOOD) | {"members.csv": GOOD["members.csv"] + lines}
    with pytest.raises(ImportRefused) as error:
        parsed(write(tmp_path / "in", tables))
    assert len(error.value.problems) == 100
    assert "there may be more" in error.value.format_message()


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (GOOD["members.csv"].encode("latin-1"), "members.csv:4: the file is not UTF-8 (byte 0xE9)"),
        (GOOD["members.csv"].encode("utf-16"), "members.csv:1: the file is UTF-16"),
        (b"", "members.csv:1: the file is empty; its first line names the columns: company,user"),
        (b"\n\n", "the file is empty"),
        (b"company,user\rM,a@b.test\r", "must end with LF or CRLF"),
        (b"company,user\nM,\"" + b"a" * 200_000 + b"\"\n", "longer than 131072"),
        (b"company\tuser\nM\ta@b.test\n", "unknown column"),
        (b"%PDF-1.7 \n\xff", "members.csv:1: unknown column"),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_refused(tmp_path: Path, content: bytes, part: str) -> None:
    """Other encodings and other formats are named as such."""
    tables: dict[str, str | bytes] = {**GOOD, "members.csv": content}
    with pytest.raises(ImportRefused) as error:
        parsed(write(tmp_path / "in", tables))
    assert part in error.value.format_message()


def test_limits_on_size_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many rows or bytes stop the reading of a file where the limit is."""
    folder = write(tmp_path / "in", GOOD)
    parsed(folder)
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    with pytest.raises(ImportRefused, match="more than 2 rows"):
        parsed(folder)
    monkeypatch.setattr(reading, "MOST_BYTES", 60)
    with pytest.raises(ImportRefused, match="larger than 0 MB"):
        parsed(folder)


# Folders and ZIPs


def test_unknown_tables_and_empty_folders_are_refused(tmp_path: Path) -> None:
    """A table of another name is not passed over in silence."""
    folder = write(tmp_path / "in", {**GOOD, "notes.txt": "anything"})
    parsed(folder)
    (folder / "licenses.csv").write_text("x")
    with pytest.raises(UserError, match=r"unknown file licenses.csv; did you mean licences.csv"):
        parsed(folder)
    with pytest.raises(UserError, match="has none of the files"):
        source(str(write(tmp_path / "empty", {})))
    with pytest.raises(UserError, match="there is no folder or ZIP"):
        source(str(tmp_path / "nowhere"))


def zipped(path: Path, entries: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("folder", ["", "tables/"])
def test_zip_says_the_same_as_its_folder(tmp_path: Path, folder: str) -> None:
    """At its top or in one folder; what else lies in it is not read."""
    good = parsed(write(tmp_path / "in", GOOD))
    entries = {f"{folder}{name}": content for name, content in GOOD.items()}
    more: dict[str, str | bytes] = {
        "__MACOSX/._sites.csv": b"\x00\x05",
        f"{folder}read me.txt": "hello",
    }
    assert rows(parsed(zipped(tmp_path / "in.zip", {**entries, **more}))) == rows(good)


@pytest.mark.parametrize(
    ("entries", "part"),
    [
        ({"../companies.csv": "x"}, "lies elsewhere"),
        ({"/companies.csv": "x"}, "lies elsewhere"),
        ({"a/b/companies.csv": "x"}, "lies elsewhere"),
        ({"a/../companies.csv": "x"}, "lies elsewhere"),
        ({"a/companies.csv": "x", "b/sites.csv": "x"}, "several folders"),
        ({"a/companies.csv": "x", "companies.csv": "x"}, "companies.csv twice"),
        ({"readme.txt": "x"}, "none of the files"),
        ({f"{n}.txt": "x" for n in range(1001)}, "more than 1000 entries"),
    ],
)
def test_zip_with_files_elsewhere_is_refused(
    tmp_path: Path, entries: dict[str, str], part: str
) -> None:
    """Nothing outside, nothing nested, nothing twice."""
    with pytest.raises(UserError, match=part):
        parsed(zipped(tmp_path / "in.zip", entries))
    assert [path.name for path in tmp_path.iterdir()] == ["in.zip"]


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    """A file that only bears the name, or is cut off."""
    good = zipped(tmp_path / "good.zip", GOOD)
    parsed(good)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(good.read_bytes()[:-40])
    with pytest.raises(UserError, match="cannot be read as a ZIP"):
        parsed(cut)


def test_bomb_is_refused_before_it_is_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a ZIP unfolds to is counted while it is read, whatever it states."""
    monkeypatch.setattr(reading, "MOST_BYTES", 1 << 20)
    bomb = zipped(tmp_path / "in.zip", {"companies.csv": "reference,name\n" + ",,\n" * 900_000})
    assert bomb.stat().st_size < 1 << 16
    with pytest.raises(ImportRefused, match="larger than 1 MB"):
        parsed(bomb)


# Cells that a spreadsheet would run


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+33 1 23", "'+33 1 23"),
        ("-5", "'-5"),
        ("@here", "'@here"),
        ("'=1+1", "''=1+1"),
        ("''-", "'''-"),
        ("'t Hart", "'t Hart"),
        ("O'Neill", "O'Neill"),
        ("1-1", "1-1"),
        ("", ""),
    ],
)
def test_cells_are_made_harmless_and_read_back(text: str, written: str) -> None:
    """An apostrophe is put before what would run, and only that one is taken off again."""
    assert harmless(text) == written
    assert plain(written) == text


# What is documented


def test_reference_names_every_column_and_the_export_writes_them_all() -> None:
    """Files, columns, roles and limits of the reference are those of the reader."""
    text = (EXAMPLE.parents[1] / "reference" / "import-files.md").read_text(encoding="utf-8")
    sections = dict(
        part.split("\n", 1) for part in text.split("\n## ") if part.split("\n")[0].endswith(".csv")
    )
    assert set(sections) == set(COLUMNS) == set(FILES) == set(HEADERS)
    for name, columns in COLUMNS.items():
        assert set(columns.known) == set(HEADERS[name])
        for column in columns.known:
            assert f"`{column}`" in sections[name], (name, column)
    for role in ROLES:
        assert f"`{role}`" in sections["contacts.csv"]
    assert f"{reading.MOST_BYTES >> 20} MB and {reading.MOST_ROWS:,} rows" in text


def test_guide_shows_lines_of_the_example(tmp_path: Path) -> None:
    """Every line of CSV in the guide stands in the example's file of that name."""
    text = (EXAMPLE.parents[1] / "how-to" / "import.md").read_text(encoding="utf-8")
    shown = [line.strip() for line in text.splitlines() if line.startswith("    ") and "," in line]
    lines = {x for path in EXAMPLE.iterdir() for x in path.read_text(encoding="utf-8").split("\n")}
    csv_lines = [line for line in shown if not line.startswith(("licences.csv", "members.csv"))]
    assert len(csv_lines) == 9
    assert set(csv_lines) <= lines


# The command


@pytest.mark.django_db
def test_example_of_the_guide_comes_in(tmp_path: Path) -> None:
    """The folder that the guide shows, as it is: dry run, import, again, release."""
    dry = tenure(str(EXAMPLE), "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "This was a dry run: nothing was changed." in dry.stdout
    assert not m.Company.objects.exists()
    wet = tenure(str(EXAMPLE))
    assert wet.exit_code == 0, wet.output
    assert wet.stdout.splitlines()[:5] == dry.stdout.splitlines()[:5]
    batch = m.ImportBatch.objects.get()
    assert wet.stdout.splitlines()[-1] == f"    tenure import --release {batch.id}"
    assert m.Seat.objects.count() == 4
    assert "waits to be released" in tenure("--list").stdout
    assert tenure(str(EXAMPLE)).stdout.splitlines()[-1] == "Nothing was changed."
    assert tenure("--release", str(batch.id)).stdout.startswith("Released: 2 companies.")
    assert tenure("--release", "all").stdout == "Every import is released.\n"
    assert not m.Instance.objects.filter(due_at__isnull=True).exists()


@pytest.mark.django_db
def test_example_can_be_simulated(tmp_path: Path) -> None:
    """What will happen to one company, without a database; several need a choice."""
    told = CliRunner().invoke(cli, ["simulate", str(EXAMPLE), "--company", "C-1001", "--json"])
    assert told.exit_code == 0, told.output
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert lines[0]["type"] == "seats.granted" and lines[0]["count"] == 2
    assert [x["to"] for x in lines if x["type"] == "phase"] == [
        "active", "grace", "suspended", "deleted",
    ]  # fmt: skip
    asked = CliRunner().invoke(cli, ["simulate", str(EXAMPLE)])
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert "choose with --company: C-1001, C-1002" in asked.stderr


@pytest.mark.django_db
def test_refusal_prints_places_on_standard_error_and_ends_with_2(tmp_path: Path) -> None:
    """Nothing on standard output, one problem a line."""
    folder = write(tmp_path / "in", changed(("licences.csv", "cos", "cas")))
    for options in ([], ["--dry-run"], ["--json"]):
        result = tenure(str(folder), *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "licences.csv:2: there is no product cas" in result.stderr


@pytest.mark.django_db
def test_json_names_every_company(tmp_path: Path) -> None:
    """One object, with the import that waits."""
    told = json.loads(tenure(str(write(tmp_path / "in", GOOD)), "--json").stdout)
    assert told["batch"] == str(m.ImportBatch.objects.get().id)
    assert told["companies"][0]["new"] == {
        "sites": 1, "licences": 1, "members": 3, "seats": 2, "contacts": 1,
    }  # fmt: skip


@pytest.mark.parametrize("args", [[], ["x", "--list"], ["--list", "--release", "all"]])
def test_one_thing_is_done_at_a_time(args: list[str]) -> None:
    """A path, the list or a release."""
    result = tenure(*args)
    assert result.exit_code == 2
    assert "name a folder or a ZIP to import" in result.stderr
