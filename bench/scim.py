"""Row `scim`: the first synchronisation of a directory with very many users.

As Entra ID does it: each user is looked for, then made, one request after the other, through
Django's test client, with an engine in a process beside. All are protected by a rule. The goal is
that the last users take hardly longer than the first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from bench import databases
from bench.cast import WHO
from bench.measures import Figure, alone, compared, seconds
from bench.sizes import Size
from tenure.clock import WallClock
from tenure.core.policy import DAY
from tenure.services import companies, licences, protection, tokens
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence

LIMIT = 1.25
"""So many times as long may the last users take as the first."""

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"


def measure(size: Size) -> list[Figure]:
    """Synchronise once; compare the last tenth with the first, in parts of a hundredth."""
    users, part = (60, 3) if size.small else (10_000, 100)
    with databases.fresh("scim") as address:
        directory = _Directory(users)
        databases.settle(address)
        parts = []
        with _engine_beside(databases.url(address)), databases.connect(address) as plain:
            plain.autocommit = True
            for first in range(0, users, part):
                numbers = range(first, first + part)
                parts.append(seconds(lambda: directory.bring(numbers)) / part)  # noqa: B023 - at once
                # As any server does by itself; here the tables grow from nothing within minutes.
                plain.execute("ANALYZE")
        directory.check(users)
    tenth = max(len(parts) // 10, 2)
    first, last = parts[:tenth], parts[-tenth:]
    return [
        compared(
            "scim",
            f"the last of {users:,} users of a first synchronisation, against the first",
            last,
            first,
            unit="ms",
            scale=1e3,
            limit=LIMIT,
        ),
        alone(
            "scim",
            f"users/s over all {users:,}, each looked for and made in a request of its own",
            [1 / each for each in parts],
            unit="users/s",
        ),
    ]


class _Directory:
    """A client of a new company's directory."""

    def __init__(self, users: int) -> None:
        from django.test import Client

        clock = WallClock()
        now = clock.now()
        company = companies.create(name="Directory", clock=clock, who=WHO)
        new = NewLicence(COS, users, now, now + 300 * DAY)
        licences.add(company.id, new, clock=clock, who=WHO)
        made = tokens.add_scim(company.id, "Entra ID", clock=clock, who=WHO)
        source = made.token.source_id
        protection.add_rule(company.id, COS, "source", source, clock=clock, who=WHO)
        self._company = company
        self._address = f"/scim/v2/{company.id}/Users"
        self._client = Client(
            headers={"host": "localhost", "authorization": f"Bearer {made.secret}"}
        )

    def bring(self, numbers: range) -> None:
        """Look for each user, and make them."""
        for number in numbers:
            name = f"user{number}@example.test"
            query = urlencode({"filter": f'userName eq "{name}"'})
            looked = self._client.get(f"{self._address}?{query}")
            body = {
                "schemas": [SCHEMA],
                "userName": name,
                "externalId": f"external-{number}",
                "displayName": f"User {number}",
                "name": {"givenName": "User", "familyName": str(number)},
                "emails": [{"value": name, "type": "work", "primary": True}],
                "active": True,
            }
            made = self._client.post(
                self._address, json.dumps(body), content_type="application/scim+json"
            )
            if looked.status_code != 200 or made.status_code != 201:
                raise AssertionError(f"{looked.status_code} {made.status_code} {made.content!r}")

    def check(self, users: int) -> None:
        """See that everybody has a seat."""
        from tenure.store.models import Seat

        seats = Seat.objects.filter(company=self._company, closed_seq__isnull=True).count()
        if seats != users:
            raise AssertionError(f"there are {seats} seats for {users} users")


@contextmanager
def _engine_beside(url: str) -> Iterator[None]:
    """Let an engine work on the same database, as one does wherever Tenure runs."""
    engine = subprocess.Popen(
        [sys.executable, "-m", "tenure.cli.main", "engine"],
        env={**os.environ, "TENURE_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
    )
    try:
        time.sleep(1.0)
        if engine.poll() is not None:
            raise AssertionError("the engine did not start")
        yield
    finally:
        engine.terminate()
        engine.wait(30)
