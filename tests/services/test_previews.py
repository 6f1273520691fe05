"""What very many would lose is reckoned, and comes to what doing it would."""

from __future__ import annotations

from typing import Any

import pytest

from tenure.services import members, previews, protection, standings
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence, add
from tenure.store.models import Claim, Exclusion, Pool, Seat
from tests.people import START, Cast

pytestmark = pytest.mark.django_db
DAY = 86_400


@pytest.mark.parametrize("days", [1, 25], ids=["active", "grace"])
def test_what_is_reckoned_is_what_doing_it_would_bring(days: int) -> None:
    """Two sites, one short; some by a rule, some by hand, some wait, one is left out already."""
    cast = Cast()
    company, clock = cast.martin, cast.clock
    by: dict[str, Any] = {"clock": clock, "who": "test"}
    lyon, paris = Pool.objects.filter(company=company).order_by("position")
    for pool, units in ((lyon, 4), (paris, 2)):
        new = NewLicence(COS, units, START, START + 20 * DAY, placements={pool.id: units})
        add(company.id, new, **by)
    people = [
        members.add(company.id, user=f"u{i}", pool=pool.id, **by).id
        for i, pool in enumerate([lyon] * 7 + [paris] * 5)
    ]
    protection.want(company.id, COS, [*people[2:5], *people[8:10]], **by)
    protection.exclude(company.id, COS, "member", people[11:12], **by)
    protection.add_rule(company.id, COS, "site", lyon.id, **by)
    protection.want(company.id, COS, people[10:11], **by)
    clock.move_to(START + days * DAY)
    assert Claim.objects.count() == 4
    for chosen in (people[:4], people[3:9], people, people[8:], people[5:7]):
        standing = standings.of_company(company.id, clock, COS)
        before = (Seat.objects.count(), Claim.objects.count(), Exclusion.objects.count())
        reckoned = previews.of_unprotecting(standing, chosen)
        assert (Seat.objects.count(), Claim.objects.count(), Exclusion.objects.count()) == before
        done = previews.preview(
            standing,
            lambda: protection.unwant(company.id, COS, chosen, **by),  # noqa: B023 - at once
        )
        assert reckoned == done
        assert reckoned.lost.count or chosen == people[5:7]
