"""What if: what is shown is what comes about when it is done, and showing it changes nothing."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.clock import SetClock
from tenure.core import records as r
from tenure.core.policy import DAY
from tenure.core.simulation import forecast
from tenure.services import catalogue, instances, licences, seats, states, whatifs
from tenure.services.answers import check
from tenure.services.catalogue import COS
from tenure.services.errors import NotFound, Refused, ServiceError
from tenure.services.licences import NewLicence
from tenure.services.whatifs import Change, Outcome, suppose
from tenure.store.models import (
    Company,
    Instance,
    Licence,
    Member,
    Notice,
    Pool,
    Product,
    Seat,
    Service,
    Transition,
)
from tests.portal.conftest import Town

pytestmark = pytest.mark.django_db
WHO = "test"
UUIDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SITUATIONS = ("active", "short", "grace", "suspended", "closed")


@pytest.fixture
def town(db: None, clock: SetClock) -> Town:
    catalogue.ensure_default()
    return Town(clock)


def ask(town: Town, company: Company, *changes: Change) -> Outcome:
    return suppose(company.id, changes, clock=town.clock)[0]


def licence_of(company: Company) -> UUID:
    return Licence.objects.filter(company=company).order_by("-ends_at")[0].id


def pool_of(company: Company, position: int = 0) -> UUID:
    return Pool.objects.get(company=company, position=position).id


def possible(company: Company, now: int) -> dict[str, tuple[Change, Callable[..., Any]]]:
    """Give changes beside the services that do them: called with ``clock`` and ``who``."""
    id_, licence, pool = company.id, licence_of(company), pool_of(company)
    new = NewLicence(COS, 4, now, now + 200 * DAY, placements={pool: 3})
    return {
        "add": (whatifs.add(new), lambda **by: licences.add(id_, new, **by)),
        "renew": (
            whatifs.renew(licence, now + 500 * DAY),
            lambda **by: licences.renew(id_, licence, now + 500 * DAY, **by),
        ),
        "resize": (
            whatifs.resize(licence, 2, {}),
            lambda **by: licences.resize(id_, licence, 2, {}, **by),
        ),
        "place": (
            whatifs.place(licence, {pool: 1}),
            lambda **by: licences.place(id_, licence, {pool: 1}, **by),
        ),
        "suspend": (
            whatifs.suspend(licence),
            lambda **by: licences.suspend(id_, licence, **by),
        ),
        "remove": (whatifs.remove(licence), lambda **by: licences.remove(id_, licence, **by)),
        "cancel": (whatifs.cancel(licence), lambda **by: licences.cancel(id_, licence, **by)),
        "close": (whatifs.close(), lambda **by: instances.close(id_, **by)),
        "reopen": (whatifs.reopen(), lambda **by: instances.reopen(id_, **by)),
        "hold_deletion": (
            whatifs.hold_deletion(),
            lambda **by: instances.hold_deletion(id_, **by),
        ),
        "unprotect": (
            whatifs.unprotect(COS, pool, 2),
            lambda **by: seats.unprotect_last(id_, COS, pool, 2, **by),
        ),
        "protect": (
            whatifs.protect(COS, pool, 1),
            lambda **by: seats.protect(id_, COS, pool, [unseated(company)], **by),
        ),
    }


def unseated(company: Company) -> UUID:
    seated = Seat.objects.filter(company=company, closed_seq=None).values("member_id")
    return Member.objects.filter(company=company).exclude(id__in=seated)[0].id


KINDS = (
    *("add", "renew", "resize", "place", "suspend", "remove", "cancel"),
    *("close", "reopen", "hold_deletion", "unprotect", "protect"),
)


def everything() -> list[Any]:
    """Give every row of every table."""
    return [
        (model.__name__, sorted(map(repr, model._default_manager.values())))
        for model in apps.get_models()
    ]


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_shown_is_the_future_once_it_is_done(
    town: Town, kind: str, situation: str
) -> None:
    """The same records to the second, or the same refusal; and asking changed no row."""
    company = town.put(situation)
    change, do = possible(company, town.now(company))[kind]
    rows = everything()
    outcome: Outcome | None = None
    try:
        outcome = ask(town, company, change)
    except ServiceError as refused:
        assert everything() == rows
        assert refused.change == 0
        with pytest.raises(type(refused)) as caught:
            do(clock=town.clock, who=WHO)
        assert caught.value.code == refused.code
        return
    assert everything() == rows
    do(clock=town.clock, who=WHO)
    instance = Instance.objects.get(company=company, state__isnull=False)
    company.refresh_from_db()
    assert company.last_at == outcome.found.at
    done = states.before(instance, outcome.found.at)
    records = forecast(done, outcome.found.until)
    # What is recorded at once stands in the ledger already.
    at_once = (r.SeatsGranted, r.SeatsReleased)
    assert records == [x for x in outcome.found.after.records if not isinstance(x, at_once)]


@pytest.mark.parametrize("seed", range(12))
def test_the_engine_records_what_was_shown_for_several_changes_on_the_way(
    town: Town, seed: int
) -> None:
    """Phases and notices of 150 days, as the real engine and outbox make them."""
    chance = random.Random(seed)
    company = town.put(SITUATIONS[seed % len(SITUATIONS)])
    begin = town.now(company) + 1
    days = sorted(chance.sample(range(1, 60), 3))
    kinds: list[str] = []
    for kind in chance.sample(KINDS, len(KINDS)):  # as many as go together
        if len(kinds) == len(days):
            break
        try:
            ask(town, company, *_at(company, [*kinds, kind], begin, days))
        except ServiceError:
            continue
        kinds.append(kind)
    assert kinds
    found = suppose(
        company.id,
        _at(company, kinds, begin, days),
        clock=town.clock,
        until=begin + 150 * DAY,
    )[0].found
    changes = possible(company, begin)
    for kind, day in zip(kinds, days, strict=False):
        instant = begin + day * DAY
        town.pass_days(company, (instant - 1 - town.now(company)) / DAY)
        town.leap(company, 1 / DAY)
        changes[kind][1](clock=town.clock, who=WHO)
        town.work()
    town.pass_days(company, (begin + 150 * DAY - town.now(company)) / DAY)
    mine = {"company": company, "at__gte": begin}
    assert [
        (x.at, x.effective_at, x.to_phase)
        for x in Transition.objects.filter(**mine).order_by("stay")
    ] == [
        (x.at, x.effective_at, x.to_phase)
        for x in found.after.records
        if isinstance(x, r.PhaseChanged)
    ]
    issued = Notice.objects.filter(**mine).exclude(state=Notice.State.SKIPPED)
    assert sorted((x.at, x.kind, x.subject, x.days) for x in issued) == sorted(
        (x.at, x.notice, x.pool or "", x.days)
        for x in found.after.records
        if isinstance(x, r.NoticeIssued)
    )


def _at(company: Company, kinds: list[str], begin: int, days: list[int]) -> list[Change]:
    changes = possible(company, begin)
    return [
        replace(changes[kind][0], at=begin + day * DAY)
        for kind, day in zip(kinds, days, strict=False)
    ]


def test_who_loses_is_named_the_last_protected_first(town: Town) -> None:
    company = town.put("active")
    outcome = ask(town, company, whatifs.resize(licence_of(company), 2, {}))
    (losers,) = outcome.losers()
    assert (losers.pool, losers.start, losers.count) == (
        "Boulangerie Martin",
        outcome.found.at,
        2,
    )
    assert [member.user for member in losers.members] == [
        "u00003@martin.test",
        "u00002@martin.test",
    ]
    (some,) = outcome.losers(most=1)
    assert (some.count, [member.user for member in some.members]) == (2, ["u00003@martin.test"])


def test_those_named_are_those_whom_a_check_no_longer_protects_once_it_is_done(
    town: Town,
) -> None:
    company = town.put("active")
    outcome = ask(town, company, whatifs.resize(licence_of(company), 2, {}))
    named = {member.user for each in outcome.losers() for member in each.members}
    users = [member.user for member in Member.objects.filter(company=company)]

    def protected() -> set[str]:
        answers = {user: check(company.id, user, clock=town.clock) for user in users}
        return {user for user, answer in answers.items() if answer.answer.allowed}

    before = protected()
    licences.resize(company.id, licence_of(company), 2, {}, clock=town.clock, who=WHO)
    assert before - protected() == named


def test_nonsense_is_refused_as_the_real_services_refuse_it(town: Town) -> None:
    """The same class, code and, with names in the place of ids, sentence."""
    company = town.put("active")
    stranger = town.company("Stranger", reference="S-1")
    other_pool = pool_of(stranger)
    id_, licence, pool = company.id, licence_of(company), pool_of(company)
    now = town.now(company)
    by: dict[str, Any] = {"clock": town.clock, "who": WHO}
    Product.objects.create(key="empty", name="Empty box")
    nothing, none_such = uuid4(), NewLicence("none-such", 1, now)
    empty, over = NewLicence("empty", 1, now), NewLicence(COS, 1, now, now)
    cases: list[tuple[Change, Callable[[], Any]]] = [
        (whatifs.remove(nothing), lambda: licences.remove(id_, nothing, **by)),
        (whatifs.add(none_such), lambda: licences.add(id_, none_such, **by)),
        (whatifs.add(empty), lambda: licences.add(id_, empty, **by)),
        (whatifs.add(over), lambda: licences.add(id_, over, **by)),
        (whatifs.renew(licence, now), lambda: licences.renew(id_, licence, now, **by)),
        (whatifs.resize(licence, 0), lambda: licences.resize(id_, licence, 0, **by)),
        (
            whatifs.place(licence, {pool: 99}),
            lambda: licences.place(id_, licence, {pool: 99}, **by),
        ),
        (
            whatifs.place(licence, {other_pool: 1}),
            lambda: licences.place(id_, licence, {other_pool: 1}, **by),
        ),
        (whatifs.resume(licence), lambda: licences.resume(id_, licence, **by)),
        (
            whatifs.unprotect(COS, pool, 99),
            lambda: seats.unprotect_last(id_, COS, pool, 99, **by),
        ),
        (
            whatifs.unprotect(COS, pool, 0),
            lambda: seats.unprotect_last(id_, COS, pool, 0, **by),
        ),
    ]
    for change, do in cases:
        with pytest.raises(ServiceError) as real:
            do()
        with pytest.raises(ServiceError) as second:
            ask(town, company, whatifs.hold_deletion(), change)
        assert second.value.change == 1
        with pytest.raises(type(real.value)) as alone:
            ask(town, company, change)
        assert alone.value.code == real.value.code
        assert alone.value.change == 0
        said = str(real.value).replace(str(pool), "Boulangerie Martin")
        said = said.replace(str(other_pool), "")
        assert str(alone.value).replace(str(other_pool), "") == UUIDS.sub(
            "Cloud Office Security", said
        )


def test_seats_that_would_be_refused_are_refused_with_the_services_reason(town: Town) -> None:
    company = town.put("active")
    with pytest.raises(seats.SeatsNotGranted) as caught:
        ask(town, company, whatifs.protect(COS, pool_of(company), 99))
    assert (caught.value.reason, caught.value.change) == ("no_free_units", 0)


def test_what_is_over_cannot_be_supposed(town: Town) -> None:
    company = town.put("active")
    with pytest.raises(Refused) as caught:
        ask(town, company, whatifs.close(town.now(company) - DAY))
    assert (caught.value.code, caught.value.change) == ("too_early", 0)


def test_a_company_that_there_is_not_is_missing(town: Town) -> None:
    with pytest.raises(NotFound):
        suppose(uuid4(), [], clock=town.clock)


def test_a_licence_that_is_only_supposed_can_be_supposed_to_be_touched(town: Town) -> None:
    company = town.put("active")
    now, supposed = town.now(company), uuid4()
    new = NewLicence(COS, 3, now, now + 90 * DAY, label="Second")
    outcome = ask(
        town,
        company,
        whatifs.add(new, licence_id=supposed),
        whatifs.renew(supposed, now + 400 * DAY, now + 10 * DAY),
    )
    assert not outcome.found.losses
    assert outcome.facts.changes[1].licence == "Second"
    assert outcome.found.after.first("grace").start == now + 400 * DAY  # type: ignore[union-attr]


def test_a_product_of_another_service_is_shown_for_that_service(town: Town) -> None:
    """The company does not use it yet: its first instance is supposed, and not made."""
    company = town.put("active")
    other = Service.objects.create(key="other", name="Other")
    Product.objects.create(key="other", name="Other").services.add(other)
    now = town.now(company)
    outcomes = suppose(company.id, [whatifs.add(NewLicence("other", 3, now))], clock=town.clock)
    assert [(x.service, x.concerned) for x in outcomes] == [(COS, False), ("other", True)]
    assert outcomes[0].found.is_equal
    assert whatifs.of_service(outcomes, "other").found.after.stay_at(now + 1).phase == "active"
    assert not Instance.objects.filter(service=other).exists()
    with pytest.raises(NotFound):
        whatifs.of_service(outcomes, "third")


def test_asking_takes_few_queries_and_no_lock(town: Town) -> None:
    company = town.put("short")
    with CaptureQueriesContext(connection) as queries:
        ask(town, company, whatifs.resize(licence_of(company), 1, {}), whatifs.close())
    said = [query["sql"].upper() for query in queries]
    assert len(said) <= 12, said
    assert not [x for x in said if not x.startswith("SELECT") or "FOR UPDATE" in x]
