"""A PostgreSQL of the run's own, with one fresh database per row."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg

from tools.postgres import QUICK, cluster

DURABLE = {
    # As in production: nothing is gained by a commit that is not on the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}

STEADY = {
    # So that no checkpoint or vacuum falls into one side's turn and not into the other's.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
}

TEMPLATE = "tenure"

_numbers = count(1)
_quick = False
"""Whether nothing is made ready for a measurement, nor cleared away before the server is."""


@contextmanager
def server(*, durable: bool = True) -> Iterator[None]:
    """Start the server, make the tables once, and set Django up for it."""
    global _quick  # noqa: PLW0603 - of the run's one server
    _quick = not durable
    settings = {**STEADY, **(DURABLE if durable else QUICK)}
    with cluster(**settings) as url, tempfile.TemporaryDirectory(prefix="tenure-bench-") as home:
        os.environ.update(
            TENURE_DATABASE_URL=url,
            TENURE_HOME=home,
            DJANGO_SETTINGS_MODULE="tenure.settings",
            TENURE_LOG="ERROR",
        )
        import django
        from django.core.management import call_command
        from django.db import connections

        from tenure.store import keys

        keys.ensure(_home())
        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        from tenure.services import catalogue

        catalogue.ensure_default()
        # As a server of pages is set up.
        import_module("tenure.wsgi")
        connections.close_all()
        try:
            yield
        finally:
            connections.close_all()


def _home() -> Any:
    from tenure.cli.database import home

    return home()


@contextmanager
def fresh(purpose: str) -> Iterator[str]:
    """Give Django a database of its own, a copy of the empty one; yield psycopg's address."""
    with copied(TEMPLATE, f"{purpose}_{next(_numbers)}") as address, using(address):
        yield address


@contextmanager
def using(address: str) -> Iterator[None]:
    """Let Django work on another database of the run's server."""
    from django.db import connections

    before = connections["default"]
    connection = connections.create_connection("default")
    connection.settings_dict = {
        **before.settings_dict,
        "NAME": name(address),
    }
    connections["default"] = connection
    try:
        yield
    finally:
        connection.close()
        connections["default"] = before


def empty(new: str) -> AbstractContextManager[str]:
    """Make a database without any tables, for somebody else."""
    return copied("template1", new)


@contextmanager
def copied(first: str, copy: str) -> Iterator[str]:
    """Make a second database that is the same as a first, to which nobody is connected."""
    with _administrator() as admin:
        admin.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{first}"')
    try:
        yield conninfo(copy)
    finally:
        if not _quick:
            with _administrator() as admin:
                admin.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')


def conninfo(database: str) -> str:
    """Give psycopg's address of a database of the run's server."""
    given = parse_qs(urlsplit(os.environ["TENURE_DATABASE_URL"]).query)
    return psycopg.conninfo.make_conninfo(
        dbname=database, host=given["host"][0], user=given["user"][0], options="-c jit=off"
    )


def name(address: str) -> str:
    """Give the name of a database."""
    return str(psycopg.conninfo.conninfo_to_dict(address)["dbname"])


def url(address: str) -> str:
    """Give the product's address of a database of the run's server."""
    given = psycopg.conninfo.conninfo_to_dict(address)
    query = urlencode({"host": given["host"], "user": given["user"]})
    return f"postgresql:///{given['dbname']}?{query}"


def connect(address: str) -> psycopg.Connection[Any]:
    """Open a plain connection, for the other side and for what no side is timed for."""
    return psycopg.connect(address)


def settle(address: str) -> None:
    """Leave the server with nothing to do: statistics fresh, pages clean, all on the disk."""
    if _quick:
        return
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def _administrator() -> psycopg.Connection[Any]:
    return psycopg.connect(conninfo("postgres"), autocommit=True)
