"""How Django reaches the database: the embedded one, or a PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FILE = "tenure.sqlite3"

WAIT = 20
"""Seconds for which a writer waits for another before it gives up."""


def settings(home: Path, url: str) -> dict[str, Any]:
    """Give Django's settings of the database; an empty ``url`` means the embedded one in ``home``.

    Raises ``ValueError`` for an address that is none of PostgreSQL's.
    """
    return _postgresql(url) if url else _embedded(home)


def _embedded(home: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": home / FILE,
        "OPTIONS": {
            # Take the write lock at once: a transaction that reads first and then wants to
            # write cannot wait for it, and fails.
            "transaction_mode": "IMMEDIATE",
            "timeout": WAIT,
            "init_command": (
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
            ),
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    import psycopg  # noqa: PLC0415 - not on the way to the embedded database
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - not for the embedded one

    try:
        given = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        given = {}
    if not url.startswith(("postgresql://", "postgres://")) or not given.get("dbname"):
        # Without the address itself: it may hold a password.
        raise ValueError(
            "TENURE_DATABASE_URL is no address of a PostgreSQL; "
            "it looks like postgresql://user:password@host:5432/name"
        )
    # Compiling a query costs more than any of ours takes. So does starting workers for one, which
    # the server would do for a batch's rows already: only what takes about a second is worth it.
    quick = "-c jit=off -c parallel_setup_cost=100000"
    given.setdefault("options", f"-c lock_timeout={WAIT}s {quick}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": given.pop("dbname"),
        "USER": given.pop("user", ""),
        "PASSWORD": given.pop("password", ""),
        "HOST": given.pop("host", ""),
        "PORT": given.pop("port", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": given,
    }
