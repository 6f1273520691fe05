"""`tenure audit`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.conf import settings

from tenure.cli.main import cli
from tenure.services import audit
from tenure.store import keys
from tenure.store.models import AuditEntry, AuditHead

pytestmark = pytest.mark.django_db


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["audit", *args])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with keys, in whose chain three entries stand."""
    monkeypatch.setenv("TENURE_HOME", str(tmp_path))
    monkeypatch.setattr(settings, "KEYS", keys.ensure(tmp_path))
    for number in range(3):
        audit.record("sign_in", object=str(number))
    return tmp_path


def test_a_whole_audit_ends_with_nothing() -> None:
    result = run("verify")
    assert result.exit_code == 0
    assert result.output == "3 entries in 1 chain: nothing was changed, removed or cut off\n"


def test_a_change_is_told_with_its_place_and_ends_with_1() -> None:
    AuditEntry.objects.filter(seq=2).update(result="refused")
    result = run("verify")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "installation, entry 2: its content is not what was written",
        "3 entries in 1 chain: 1 finding",
    ]
    told = run("verify", "--json")
    assert told.exit_code == 1
    assert json.loads(told.output) == {
        "entries": 3,
        "chains": 1,
        "erased": 0,
        "findings": [
            {
                "chain": "installation",
                "seq": 2,
                "code": "changed",
                "says": "its content is not what was written",
            }
        ],
    }


def test_against_a_checkpoint_a_cut_with_its_traces_is_found(home: Path) -> None:
    file = home / "checkpoint"
    file.write_bytes(run("checkpoint").stdout_bytes)
    assert run("verify", "--checkpoint", str(file)).exit_code == 0
    AuditEntry.objects.filter(seq=3).delete()
    AuditHead.objects.update(seq=2, hash=AuditEntry.objects.get(seq=2).hash)
    assert run("verify").exit_code == 0
    result = run("verify", "--checkpoint", str(file))
    assert result.exit_code == 1
    assert result.output.startswith("installation, entry 3: the checkpoint knows 3 entries")


def test_a_file_that_is_no_checkpoint_is_an_error_of_its_own(home: Path) -> None:
    file = home / "checkpoint"
    file.write_text("hello\n")
    result = run("verify", "--checkpoint", str(file))
    assert result.exit_code == 2
    assert "this is no checkpoint" in result.output


def test_keys_of_an_earlier_version_get_one_to_sign_with(home: Path) -> None:
    old = {"session": "s", "address": "a"}
    (home / keys.FILE).write_text(json.dumps(old))
    assert run("checkpoint").exit_code == 0
    found = keys.ensure(home)
    assert (found.session, found.address, len(found.signing)) == ("s", "a", 1)
    assert keys.ensure(home) == found


def test_without_keys_there_is_no_checkpoint(home: Path) -> None:
    (home / keys.FILE).unlink()
    result = run("checkpoint")
    assert result.exit_code == 2
    assert "there are no keys" in result.output
