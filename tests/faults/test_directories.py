"""Directories that bring many people at the same moment, on both databases."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import partial
from uuid import UUID

import pytest
from django.test import Client

from tenure.clock import SetClock, WallClock
from tenure.core.policy import DAY
from tenure.services import catalogue, companies, licences, protection, tokens
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.store.models import Claim, Identity, Seat
from tenure.store.models import TestClock as OwnClock
from tests.faults.databases import Settings, Snapshot
from tests.faults.processes import in_child
from tests.faults.rivals import at_once
from tests.faults.works import BEGAN, WHO

pytestmark = pytest.mark.django_db

RIVALS = 50


def _found() -> tuple[UUID, str]:
    """Make a company with one unit, all of whose directory's users are to be protected."""
    catalogue.ensure_default()
    clock = SetClock(BEGAN)
    test = OwnClock.objects.create(name="test", now_at=BEGAN)
    company = companies.create(name="Martin", clock=clock, who=WHO, test_clock=test)
    licences.add(company.id, NewLicence(COS, 1, BEGAN, BEGAN + 60 * DAY), clock=clock, who=WHO)
    made = tokens.add_scim(company.id, "Entra ID", clock=WallClock(), who=WHO)
    protection.add_rule(company.id, COS, "source", made.token.source_id, clock=clock, who=WHO)
    return company.id, made.secret


def _bring(company: UUID, secret: str, number: int) -> int:
    client = Client(headers={"authorization": f"Bearer {secret}"})
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": f"u{number}@martin.test",
    }
    answer = client.post(
        f"/scim/v2/{company}/Users", json.dumps(body), content_type="application/scim+json"
    )
    return answer.status_code


def _counted(company: UUID) -> tuple[int, int, int]:
    """How many users, seats, and people who wait."""
    return (
        Identity.objects.filter(company_id=company).count(),
        Seat.objects.filter(company_id=company, closed_seq__isnull=True).count(),
        Claim.objects.filter(company_id=company).count(),
    )


@pytest.fixture
def settings_of_a_company(blank: Snapshot) -> Iterator[tuple[Settings, UUID, str]]:
    settings = blank.fresh()
    company, secret = in_child(settings, _found, generation=1).result
    yield settings, company, secret
    blank.drop(settings)


def test_of_fifty_who_come_at_once_one_gets_the_last_seat_and_all_others_wait(
    settings_of_a_company: tuple[Settings, UUID, str],
) -> None:
    settings, company, secret = settings_of_a_company
    doings = [partial(_bring, company, secret, number) for number in range(RIVALS)]
    assert Counter(at_once(settings, doings)) == {201: RIVALS}
    counted = in_child(settings, partial(_counted, company), generation=2).result
    assert counted == (RIVALS, 1, RIVALS - 1)


def test_of_many_who_bring_the_same_user_one_does(
    settings_of_a_company: tuple[Settings, UUID, str],
) -> None:
    settings, company, secret = settings_of_a_company
    doings = [partial(_bring, company, secret, 1) for _ in range(8)]
    assert Counter(at_once(settings, doings)) == {201: 1, 409: 7}
    counted = in_child(settings, partial(_counted, company), generation=2).result
    assert counted == (1, 1, 0)
