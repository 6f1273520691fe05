"""Checks: is this user of this company protected, and why. Reading only; nothing is changed.

The answer is that of the facts, whether the engine runs or not, and also for a company whose
import is not released yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from tenure.clock import Clock
from tenure.core.answers import Answer, explain
from tenure.services import readings
from tenure.services.errors import NotFound, Refused
from tenure.services.identities import key
from tenure.services.ledger import clock_of
from tenure.services.members import find, open_seat
from tenure.store.models import Company, Instance, Licence, Seat
from tenure.words.answers import AnswerFacts, answer_sentence, short_answer

TRIES = 3
"""So often a check reads again while writers change the company under its eyes."""


@dataclass(frozen=True, slots=True)
class NamedLicence:
    """A licence as people know it."""

    id: UUID
    reference: str
    label: str
    ends_at: int | None
    product: str

    @classmethod
    def of(cls, row: Licence) -> NamedLicence:
        """Name a licence whose product was read with it."""
        return cls(row.id, row.reference, row.label, row.ends_at, row.product.name)

    @property
    def name(self) -> str:
        """What to call it in a sentence: never its id, which says nothing to people."""
        return self.label or self.reference or self.product


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """An answer, with the names of what it is about.

    ``at`` is the instant of which the answer tells, by the company's own clock; ``answer`` names
    licences by id, ``licence`` and ``next_licence`` as people know them. ``member_id`` is None
    for a user whom the company does not have.
    """

    at: int
    company_id: UUID
    reference: str | None
    company: str
    zone: str
    service: str
    service_name: str
    instance: int
    user: str
    member_id: UUID | None
    pool_id: UUID | None
    place: int | None
    answer: Answer
    licence: NamedLicence | None
    next_licence: NamedLicence | None


def check(
    company: str | UUID, user: str, service: str | None = None, *, clock: Clock
) -> CheckAnswer:
    """Answer whether a user of a company is protected by a service.

    ``company`` as for ``find_company``; ``user`` is the name by which checks ask, in any case;
    ``service`` may be left out where the company uses one only. Raises ``NotFound`` for a company
    or a service that there is not, and ``Refused`` where a name means several. A user whom the
    company does not have is an answer, not an error.
    """
    found = find_company(company)
    for _ in range(TRIES - 1):
        answer = _check(found, user, service, clock)
        fresh = find_company(found.id)
        # A writer that came between the reading of facts and of seats makes them disagree.
        if fresh.last_seq == found.last_seq:
            return answer
        found = fresh
    return _check(found, user, service, clock)


def find_company(name: str | UUID) -> Company:
    """Find a company by its reference, else its id, else its exact name.

    Raises ``NotFound``, and ``Refused`` (``ambiguous``) where several have the name.
    """
    companies = Company.objects.select_related("clock")
    if isinstance(name, UUID):
        by_id = companies.filter(id=name).first()
        if by_id is None:
            raise NotFound("there is no such company")
        return by_id
    by_reference = companies.filter(reference=name).first()
    if by_reference is not None:
        return by_reference
    try:
        wanted = Q(id=UUID(name))
    except ValueError:
        wanted = Q(name=name)
    found = list(companies.filter(wanted).order_by("reference", "id")[:10])
    if not found:
        raise NotFound(
            f"there is no company {name}; name one by its reference, its id or its exact name"
        )
    if len(found) > 1:
        several = ", ".join(company.reference or str(company.id) for company in found)
        raise Refused(
            f"several companies are called {name}; name one by its reference or id: {several}",
            code="ambiguous",
        )
    return found[0]


def sentence(check: CheckAnswer, language: str) -> str:
    """Say an answer in one or two sentences, with the dates that matter to it."""
    return answer_sentence(_facts(check), language)


def short(check: CheckAnswer, language: str) -> str:
    """Say an answer in a row of a list that names the user, the company and the service."""
    return short_answer(_facts(check), language)


def _facts(check: CheckAnswer) -> AnswerFacts:
    answer = check.answer
    # While a unit covers the seat the sentence names its licence, so the date must be the one
    # until which that licence covers it; without a unit it is that of the protection's end.
    until = answer.changes_at if answer.code == "protected" else answer.until
    is_open = answer.is_until_open and answer.code != "protected"
    takes_over = answer.next_at is not None and (until is None or answer.next_at <= until)
    if takes_over:
        until, is_open = answer.next_at, False
    return AnswerFacts(
        user=check.user,
        company=check.company,
        service=check.service_name,
        zone=check.zone,
        now=check.at,
        code=answer.code,
        phase=answer.phase,
        licence=check.licence.name if check.licence else None,
        until=until,
        next_licence=check.next_licence.name if check.next_licence and takes_over else None,
        is_until_open=is_open,
    )


def _check(company: Company, user: str, service: str | None, clock: Clock) -> CheckAnswer:
    there = readings.Company(company.id)
    instance = _instance(company, there.instances, service)
    # Writers stamp facts after all that is written, which can be a moment ahead of the clock.
    at = max(clock_of(company, clock).now(), company.last_at or 0)
    life = there.read(instance.service_id, at).life
    member = find(company, user)
    name = key(user) if member is None else member.user
    seat = None if member is None else open_seat(member, instance.service_id, life.instance)
    place = None if seat is None else _place(seat)
    pool = None if seat is None else str(seat.pool_id)
    answer = explain(life, pool, place, is_known=member is not None)
    licences = _licences(company, answer)
    return CheckAnswer(
        at=life.at,
        company_id=company.id,
        reference=company.reference,
        company=company.name,
        zone=company.time_zone,
        service=instance.service_id,
        service_name=instance.service.name,
        instance=life.instance,
        user=name,
        member_id=None if member is None else member.id,
        pool_id=None if seat is None else seat.pool_id,
        place=place,
        answer=answer,
        licence=licences.get(answer.licence or ""),
        next_licence=licences.get(answer.next_licence or ""),
    )


def _instance(company: Company, found: Sequence[Instance], service: str | None) -> Instance:
    """Give the company's present instance of the service, or of the only one that it uses."""
    used = ", ".join(instance.service_id for instance in found)
    if not found:
        raise NotFound(f"{company.name} uses no service")
    if service is None:
        if len(found) > 1:
            raise Refused(
                f"{company.name} uses several services; name one of: {used}",
                code="several_services",
            )
        return found[0]
    for instance in found:
        if instance.service_id == service:
            return instance
    raise NotFound(f"{company.name} does not use {service}; it uses: {used}")


def _place(seat: Seat) -> int:
    """Count the seats that stand before this one in its pool."""
    before = Q(opened_seq__lt=seat.opened_seq) | Q(opened_seq=seat.opened_seq, place__lt=seat.place)
    return Seat.objects.filter(
        before,
        company_id=seat.company_id,
        service=seat.service,
        instance=seat.instance,
        pool_id=seat.pool_id,
        closed_seq__isnull=True,
    ).count()


def _licences(company: Company, answer: Answer) -> dict[str, NamedLicence]:
    wanted = {UUID(id_) for id_ in (answer.licence, answer.next_licence) if id_ is not None}
    if not wanted:
        return {}
    rows = Licence.objects.select_related("product").filter(company=company, id__in=wanted)
    return {str(row.id): NamedLicence.of(row) for row in rows}
