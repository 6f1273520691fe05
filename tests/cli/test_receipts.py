"""`tenure receipt`: list, show and check, without a database where that is enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.test import Client
from pytest_django.fixtures import Settings

from tenure.cli.main import cli
from tenure.clock import SetClock
from tenure.services import catalogue, companies, receipts
from tenure.store import keys
from tenure.store.models import Company, Receipt

COUNTS = {"seats": 4, "members": 3}


def run(*args: str, said: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["receipt", *args], input=said)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Path:
    """An installation with keys of its own."""
    monkeypatch.setenv("TENURE_HOME", str(tmp_path / "home"))
    settings.KEYS = keys.ensure(tmp_path / "home")
    return tmp_path


@pytest.fixture
def content() -> dict[str, Any]:
    return {
        "form": receipts.FORM,
        "company": "01a20c1b-0000-7000-8000-000000000001",
        "service": "cos",
        "instance": 1,
        "deleted_at": "2026-08-13T22:00:00Z",
        "erased_at": "2026-08-13T22:00:05Z",
        "erased": COUNTS,
        "warnings": [],
        "speaks_of": list(receipts.SPEAKS_OF),
        "speaks_not_of": list(receipts.SPEAKS_NOT_OF),
    }


@pytest.fixture
def file(home: Path, content: dict[str, Any]) -> Path:
    path = home / "receipt.jws"
    path.write_text(receipts.signed(content) + "\n")
    return path


def test_a_true_one_is_told_with_what_it_speaks_of_and_what_not(file: Path) -> None:
    said = run("verify", str(file))
    assert said.exit_code == 0, said.output
    assert "The signature holds" in said.output
    assert "members 3, seats 4" in said.output
    assert "It does not:\n- backups:" in said.output


def test_a_changed_one_ends_with_1_and_a_sentence(file: Path) -> None:
    text = file.read_text()
    middle = len(text) // 2
    file.write_text(text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :])
    said = run("verify", str(file))
    assert said.exit_code == 1
    assert "changed after it was signed" in said.output or "no signed receipt" in said.output
    assert "Traceback" not in said.output
    assert json.loads(run("verify", str(file), "--json").output)["holds"] is False


@pytest.mark.django_db
def test_it_is_checked_elsewhere_by_the_published_key_set(
    file: Path, home: Path, client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = client.get("/.well-known/jwks.json", headers={"host": "localhost"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/jwk-set+json"
    assert "public" in answer["Cache-Control"]
    assert "max-age" in answer["Cache-Control"]
    again = client.get(
        "/.well-known/jwks.json",
        headers={"host": "localhost", "if-none-match": answer["ETag"]},
    )
    assert again.status_code == 304
    published = home / "jwks.json"
    published.write_bytes(answer.content)
    monkeypatch.setenv("TENURE_HOME", str(home / "elsewhere"))
    settings.KEYS = keys.new()
    without = run("verify", str(file))
    assert without.exit_code == 2
    assert "--key" in without.output
    said = run("verify", str(file), "--key", str(published))
    assert said.exit_code == 0, said.output
    assert run("verify", "-", "--key", str(published), said=file.read_text()).exit_code == 0


def test_what_is_no_key_set_is_named(file: Path, home: Path) -> None:
    wrong = home / "wrong.json"
    for text in ("hello", "[]", '{"keys": []}'):
        wrong.write_text(text)
        said = run("verify", str(file), "--key", str(wrong))
        assert said.exit_code == 2
        assert "wrong.json" in said.output


@pytest.fixture
def kept(home: Path, content: dict[str, Any], db: None, clock: SetClock) -> Receipt:
    catalogue.ensure_default()
    company: Company = companies.create(name="Boulangerie Martin", clock=clock, who="test")
    return Receipt.objects.create(
        company_id=company.id,
        service="cos",
        instance=1,
        at=clock.now(),
        content=content,
        jws=receipts.signed(content),
    )


@pytest.mark.django_db
def test_they_are_listed_and_shown_and_what_is_shown_signed_holds(
    kept: Receipt, home: Path
) -> None:
    listed = run("list")
    assert listed.exit_code == 0, listed.output
    assert str(kept.id) in listed.output
    assert "Boulangerie Martin" in listed.output
    assert json.loads(run("list", "Boulangerie Martin", "--json").output)["is_signed"] is True
    assert json.loads(run("show", str(kept.id), "--json").output) == kept.content
    path = home / "shown.jws"
    path.write_text(run("show", str(kept.id), "--jws").output)
    assert run("verify", str(path)).exit_code == 0
    assert run("show", "01a20c1b-0000-7000-8000-000000000009").exit_code == 2
    assert run("list", "Nobody").exit_code == 2


def test_a_new_key_signs_from_the_next_start_on_and_the_old_one_still_holds(
    file: Path, home: Path, settings: Settings
) -> None:
    before = receipts.key_set()["keys"]
    assert run("new-key").exit_code == 0
    loaded = keys.load(home / "home")
    assert loaded is not None
    settings.KEYS = loaded
    assert receipts.key_set()["keys"][1:] == before
    assert run("verify", str(file)).exit_code == 0
    assert ((home / "home" / keys.FILE).stat().st_mode & 0o777) == 0o600
