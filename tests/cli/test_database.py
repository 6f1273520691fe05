"""Opening and making the database, by processes of their own where files are made."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tenure.cli import database
from tenure.cli.errors import UserError
from tenure.services import catalogue
from tenure.store.models import Product, Service

MAKE = (
    "from tenure.cli.database import open_database; open_database(create=True); "
    "from tenure.store.models import Product; print(Product.objects.count())"
)


def start(home: Path, *command: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "TENURE_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.Popen(
        [sys.executable, *command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(home: Path, *command: str) -> tuple[int, str, str]:
    process = start(home, *command)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


CHECK = ("-c", "from tenure.cli.main import main; main()", "check", "C-1", "a@m.test")


def test_without_a_database_a_reader_says_how_to_make_one_and_makes_none(tmp_path: Path) -> None:
    code, out, err = run(tmp_path / "home", *CHECK)
    assert (code, out) == (2, "")
    assert f"there is no database at {tmp_path}/home/tenure.sqlite3" in err
    assert "`tenure run`" in err
    assert list(tmp_path.iterdir()) == []


def test_two_commands_that_start_together_make_one_database(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for process in [start(home, "-c", MAKE) for _ in range(2)]:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "1\n", "")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "keys.json").stat().st_mode) == 0o600
    code, _, err = run(home, *CHECK)
    assert code == 2
    assert "there is no company C-1" in err


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = run(
        tmp_path / "file" / "home",
        "-c",
        "import sys; from tenure.cli.database import open_database\n"
        "try: open_database(create=True)\n"
        "except Exception as error: sys.exit(str(error))",
    )
    assert code == 1
    assert "file/home cannot be made or written to" in err


def test_the_folder_is_the_one_of_the_settings() -> None:
    assert database.home() == settings.HOME


@pytest.mark.django_db
def test_a_database_that_lacks_a_migration_is_refused_to_readers() -> None:
    database.open_database(create=False)
    recorder = MigrationRecorder(connection)
    last = max(name for app, name in recorder.applied_migrations() if app == "store")
    recorder.record_unapplied("store", last)
    with pytest.raises(UserError, match=f"lacks .*{last}"):
        database.open_database(create=False)


@pytest.mark.django_db
@pytest.mark.parametrize("create", [False, True])
def test_a_database_of_a_newer_version_is_refused(create: bool) -> None:
    database.open_database(create=create)
    MigrationRecorder(connection).record_applied("store", "9999_of_the_future")
    with pytest.raises(UserError, match="newer version of Tenure"):
        database.open_database(create=create)


@pytest.mark.django_db
def test_a_catalogue_is_filled_once_and_left_alone_after_that() -> None:
    catalogue.ensure_default()
    product = Product.objects.get()
    assert (product.key, product.name) == ("cos", "Cloud Office Security")
    assert [service.key for service in product.services.all()] == ["cos"]
    product.delete()
    Service.objects.create(key="mail", name="Mail")
    catalogue.ensure_default()
    assert not Product.objects.exists()
