"""`tenure deletion`: what an operator can say about the deletion of a company."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from tenure.cli.main import cli
from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.engine.steps import step
from tenure.services import catalogue, clocks, companies, licences
from tenure.services.catalogue import COS
from tenure.services.states import evaluate
from tenure.store import models
from tenure.store.models import Company, Fact, Instance, Notice

pytestmark = pytest.mark.django_db

LIFE, GRACE = 10 * DAY, 14 * DAY


def deletion(*args: str) -> Result:
    return CliRunner().invoke(cli, ["deletion", *args])


@pytest.fixture
def company(clock: SetClock) -> Company:
    """A test company that was suspended for want of licences; its warning is not served."""
    catalogue.ensure_default()
    now = clock.now()
    company = companies.create(
        name="Boulangerie Martin",
        reference="C-1",
        time_zone="Europe/Paris",
        test_clock=clocks.create("here", now),
        clock=clock,
        who="test",
    )
    licences.add(company.id, licences.NewLicence(COS, 1, now, now + LIFE), clock=clock, who="test")
    for at, taken in ((LIFE, 1000), (LIFE + GRACE, 1000), (LIFE + GRACE + 16 * DAY, 0)):
        models.TestClock.objects.update(now_at=now + at)
        step([company.id], clock, accepted={(company.id, COS): frozenset(range(taken))})
    assert Notice.objects.get(company=company, kind="deletion_warning").served_at is None
    return company


def test_a_confirmed_warning_is_served_by_the_operator(company: Company) -> None:
    """Its days run from the confirmation, its reason is kept, and a second one finds nothing."""
    said = deletion("confirm", "C-1", "--because", "told by telephone")
    assert said.exit_code == 0
    assert said.output == (
        "The warning is served: Boulangerie Martin is not deleted before "
        "Tuesday 24 February 2026, 01:00 (Paris).\n"
    )
    warning = Notice.objects.get(company=company, kind="deletion_warning")
    assert warning.served_by == "operator"
    fact = Fact.objects.filter(company=company).latest("seq")
    assert fact.data["because"] == "told by telephone"
    again = deletion("confirm", "C-1", "--because", "once more")
    assert again.exit_code == 2
    assert "nothing to confirm" in again.output


def test_a_held_deletion_is_held_until_it_is_released(company: Company) -> None:
    """Both are facts of the company, with their reasons."""
    assert deletion("hold", "Boulangerie Martin", "--because", "a law suit").exit_code == 0
    assert _is_held(company)
    assert deletion("release", "C-1", "--because", "settled").exit_code == 0
    assert not _is_held(company)


@pytest.mark.parametrize("what", ["hold", "release", "confirm"])
def test_a_reason_and_a_company_are_needed(company: Company, what: str) -> None:
    """Without them nothing is written, and the command says what is missing."""
    before = Fact.objects.count()
    assert deletion(what, "C-1").exit_code == 2
    assert deletion(what, "C-1", "--because", " ").exit_code == 2
    assert deletion(what, "C-2", "--because", "so").exit_code == 2
    assert Fact.objects.count() == before


def _is_held(company: Company) -> bool:
    now = models.TestClock.objects.get().now_at + DAY
    life = evaluate(Instance.objects.get(company=company), now)
    return life.deletion_held
