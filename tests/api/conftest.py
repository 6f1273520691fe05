"""A directory of a company, and what a client of it sends."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tenure.clock import SetClock, WallClock
from tenure.engine.loop import Engine
from tenure.services import licences, protection, tokens
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.store.models import Company, Identity, Member, Seat, Source, TestClock
from tests.people import Cast

DAY = 86_400
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


class Directory:
    """A client of SCIM with the token of one company's directory."""

    def __init__(self, company: Company, clock: SetClock, name: str = "Entra ID") -> None:
        if company.clock is None:
            # The requests come in real time; the company lives by a clock of its own.
            company.clock = TestClock.objects.create(name="test", now_at=clock.now())
            company.save()
        self.company = company
        self.clock = clock
        made = tokens.add_scim(company.id, name, clock=WallClock(), who="test")
        self.token, self.secret = made.token, made.secret
        self.source = Source.objects.get(company=company, name=name)
        self.client = Client(headers={"authorization": f"Bearer {made.secret}"})

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        address = f"/scim/v2/{self.company.id}/{path}"
        content = "" if body is None else json.dumps(body)
        return self.client.generic(
            method, address, content, content_type="application/scim+json", **more
        )

    def get(self, path: str, **more: Any) -> Any:
        answer = self.ask("GET", path, **more)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    def find(self, path: str, text: str, **more: str) -> list[str]:
        """The names of whom a filter finds."""
        from urllib.parse import urlencode

        found = self.get(f"{path}?{urlencode({'filter': text, **more})}")
        name = "userName" if path == "Users" else "displayName"
        return [each[name] for each in found.get("Resources", [])]

    def post(self, path: str, body: Any, status: int = 201) -> Any:
        answer = self.ask("POST", path, body)
        assert answer.status_code == status, answer.content
        return json.loads(answer.content)

    def user(self, name: str, /, **more: Any) -> Any:
        return self.post("Users", {"schemas": [USER], "userName": name, **more})

    def group(self, name: str, /, *members: Any, **more: Any) -> Any:
        values = [{"value": each["id"]} for each in members]
        body = {"schemas": [GROUP], "displayName": name, "members": values, **more}
        return self.post("Groups", body)

    def patch(self, path: str, *operations: Any, status: int = 200, **more: Any) -> Any:
        answer = self.ask("PATCH", path, {"schemas": [PATCH], "Operations": operations}, **more)
        assert answer.status_code == status, answer.content
        return json.loads(answer.content) if answer.content else None

    def member(self, user: Any) -> Member:
        identity = Identity.objects.get(company=self.company, id=user["id"])
        assert identity.member_id is not None
        return Member.objects.get(company=self.company, id=identity.member_id)

    def rule(self) -> None:
        """Let everybody of the directory be protected."""
        protection.add_rule(
            self.company.id, COS, "source", self.source.id, clock=self.clock, who="test"
        )

    def buy(self, units: int, *, days: int = 100) -> UUID:
        now = self.clock.now()
        new = NewLicence(COS, units, now, now + days * DAY)
        return licences.add(self.company.id, new, clock=self.clock, who="test").id

    def seated(self) -> set[str]:
        seats = Seat.objects.filter(company=self.company, closed_seq__isnull=True)
        members = Member.objects.filter(company=self.company, id__in=seats.values("member_id"))
        return set(members.values_list("user", flat=True))

    def live(self, days: float) -> None:
        """Let days pass, with an engine beside."""
        self.clock.move_to(self.clock.now() + int(days * DAY))
        TestClock.objects.filter(company=self.company).update(target_at=self.clock.now())
        Engine(self.clock, None).run_until_idle()


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


@pytest.fixture
def directory(cast: Cast) -> Directory:
    return Directory(cast.martin, cast.clock)
