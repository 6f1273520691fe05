"""Django and the database for the commands that need them; the only place of `cli` that sets up.

What is imported from `services` and `store.models` can only be imported after `open_database`,
so commands import it in their bodies.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tenure.cli.errors import UserError
from tenure.store import keys, providers

HOW_TO_MAKE = "start Tenure with `tenure run`, or bring companies in with `tenure import`"


def home() -> Path:
    """Give the folder of the embedded database and the keys, without importing the settings.

    The settings read the keys when they are imported, and keys must be there before that.
    """
    return Path(os.environ.get("TENURE_HOME", "var")).absolute()


def open_database(*, create: bool) -> None:
    """Set Django up and see that there is a database that this version can work with.

    With ``create``, what is missing is made: the folder, the keys, the tables and, where there
    is none, the catalogue. Without it nothing is written anywhere, and ``UserError`` says what
    is missing and how to make it, or what is wrong in the file of the identity providers. May be
    called again in the same process.
    """
    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
    if create and not settings.configured:
        try:
            keys.ensure(home())
        except OSError as error:
            raise UserError(f"{home()} cannot be made or written to: {error.strerror}") from None
    try:
        django.setup()
    except providers.Misconfigured as error:
        raise UserError(str(error)) from None
    if create:
        _make()
    else:
        _check()
    _act()


def _act() -> None:
    """Say to the audit that what this command does is done by a command."""
    from tenure.services.audit import Actor, acting

    context = click.get_current_context(silent=True)
    if context is not None:
        context.find_root().with_resource(acting(Actor("cli")))


def _make() -> None:
    from django.conf import settings
    from django.core.management import call_command

    from tenure.services import catalogue

    with _alone(settings.HOME):
        if _missing():
            call_command("migrate", interactive=False, verbosity=0)
        catalogue.ensure_default()


def _check() -> None:
    from django.db import connections
    from django.db.backends.sqlite3.base import DatabaseWrapper

    database = connections["default"]
    if isinstance(database, DatabaseWrapper) and not database.is_in_memory_db():
        path = Path(database.settings_dict["NAME"])
        if not path.exists():  # connecting would make an empty one
            raise UserError(f"there is no database at {path}; to make one, {HOW_TO_MAKE}")
    missing = _missing()
    if missing:
        raise UserError(
            f"the database lacks what this version needs ({missing[0]} and later); "
            f"to bring it up to date, {HOW_TO_MAKE}"
        )


def _missing() -> list[str]:
    """Give the migrations that have not been applied. Raises ``UserError`` for a newer database."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import DatabaseError

    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise UserError(f"the database cannot be read: {error}") from None
    known = executor.loader.disk_migrations
    for app, name in executor.loader.applied_migrations:
        if app == "store" and (app, name) not in known:
            raise UserError(
                f"the database was made by a newer version of Tenure (it has {name}); "
                "install that version"
            )
    return [str(migration) for migration, _ in plan]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process of this machine make the tables at a time; the rival is a second command."""
    if not folder.is_dir():  # tests have their database elsewhere
        yield
        return
    with (folder / "making.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
