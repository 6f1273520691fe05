"""A database with the tables and nothing in them, of which copies are made."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from tests.faults.databases import Snapshot, blank_postgres, blank_sqlite


@pytest.fixture(scope="session")
def blank(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Snapshot:
    """The tables of this version, empty."""
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            return blank_postgres()
        return blank_sqlite(tmp_path_factory.mktemp("databases"))
