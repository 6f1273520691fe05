"""`tenure oidc`, and what every command says of a file of providers that makes no sense."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pytest_django.fixtures import Settings

from tenure.cli.oidc import oidc
from tenure.store.providers import WELL_KNOWN, IdentityProvider
from tests.portal.identity import oidc_server
from tests.portal.identity.oidc_server import Provider


@pytest.fixture
def acme(settings: Settings, db: None) -> Iterator[Provider]:
    with oidc_server.serving() as server:
        settings.IDENTITY_PROVIDERS = (
            IdentityProvider(
                id="acme",
                name="Acme",
                issuer=server.address,
                client_id="tenure",
                secret="never shown",
                domains=frozenset({"b.example", "a.example"}),
                discovery=server.address + WELL_KNOWN,
            ),
        )
        yield server


def test_the_list_says_what_to_register_and_shows_no_secret(acme: Provider) -> None:
    redirect = "http://localhost:8000/me/oidc/acme/login/callback/"
    told = CliRunner().invoke(oidc, ["list"]).output
    assert "believed of a.example, b.example" in told
    assert redirect in told
    row = json.loads(CliRunner().invoke(oidc, ["list", "--json"]).output)
    assert row == {
        "id": "acme",
        "name": "Acme",
        "issuer": acme.address,
        "redirect": redirect,
        "domains": ["a.example", "b.example"],
    }


def test_a_provider_is_tried_before_anybody_needs_it(acme: Provider) -> None:
    """One that is another than was named, or not there, ends with 1 and a sentence."""
    done = CliRunner().invoke(oidc, ["test"])
    assert (done.exit_code, done.output.split(";")[0]) == (0, "acme: is there, with 1 keys")
    acme.issuer = "https://other.example"
    done = CliRunner().invoke(oidc, ["test", "acme"])
    assert done.exit_code == 1
    assert "is of the issuer https://other.example" in done.output
    assert CliRunner().invoke(oidc, ["test", "beta"]).exit_code == 2


def test_a_command_says_what_is_wrong_in_the_file_and_where(tmp_path: Path) -> None:
    """Without a traceback, and before anything is done."""
    file = tmp_path / "providers.toml"
    file.write_text('[[provider]]\nid = "acme"\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tenure.cli.main", "oidc", "list"],
        env={**os.environ, "TENURE_OIDC": str(file), "TENURE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == f'Error: {file}: provider acme: name is missing; write name = "…"\n'
