"""The ledger: what two writers append within one second."""

from __future__ import annotations

import pytest

from tenure.clock import SetClock
from tenure.services import catalogue, companies, licences, members, seats
from tenure.store.models import Instance

NOW = 1_767_225_600  # 2026-01-01


@pytest.mark.django_db
def test_writer_sees_what_another_wrote_in_the_same_second() -> None:
    """A licence that was added within this second gives units to a seat of this second."""
    catalogue.ensure_default()
    clock = SetClock(NOW)
    company = companies.create(name="Boulangerie Martin", clock=clock, who="test")
    licences.add(
        company.id,
        licences.NewLicence(catalogue.COS, 5, NOW, NOW + 86_400),
        clock=clock,
        who="test",
    )
    member = members.add(company.id, user="ana@martin.test", clock=clock, who="test")
    pool = company.pools.get()
    seats.protect(company.id, catalogue.COS, pool.id, [member.id], clock=clock, who="test")
    instance = Instance.objects.get(company=company)
    assert (instance.phase, instance.units, instance.seats) == ("active", 5, 1)
