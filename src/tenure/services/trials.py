"""Trials: a company tries a product, once, and without asking anybody.

It is a licence like any other, of kind trial. A full licence that comes after it takes its place
(``replacements``); who is protected stays so.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tenure.clock import Clock
from tenure.services import audit
from tenure.services.days import day_of, end_of
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import clock_of, writing
from tenure.services.licences import NewLicence, append_new
from tenure.store.models import Company, Licence, Product, Trial

DAY = 86_400


@dataclass(frozen=True, slots=True)
class TrialOffer:
    """What a company may try: so many units until ``ends`` (exclusive)."""

    product: Product
    ends: int

    @property
    def units(self) -> int:
        """How many users can be protected in the trial."""
        return self.product.trial_units


def offers(company: Company, *, clock: Clock) -> list[TrialOffer]:
    """Give what a company may try: what it has never tried, and never had a licence of."""
    now = clock_of(company, clock).now()
    tried = Trial.objects.filter(company=company).values("product_id")
    had = Licence.objects.filter(company=company).values("product_id")
    found = Product.objects.filter(trial_units__gt=0, services__isnull=False).distinct()
    found = found.exclude(key__in=tried).exclude(key__in=had).order_by("name", "key")
    return [TrialOffer(product, _ends(product, company, now)) for product in found]


def of_company(company: Company) -> list[Trial]:
    """Give the trials that there were, the newest first."""
    found = Trial.objects.filter(company=company).select_related("product")
    return list(found.order_by("-started_at", "product_id"))


def start(company_id: UUID, product_key: str, *, clock: Clock, who: str) -> Licence:
    """Start a trial. Its first day is not counted, so that it lasts its days in full.

    Raises ``NotFound``, and ``Refused``: ``no_trial``, ``trial_used``, ``had_licence``.
    """
    with writing(company_id, clock, who) as ledger:
        company = ledger.company
        product = Product.objects.filter(key=product_key).first()
        if product is None:
            raise NotFound(f"there is no product {product_key}")
        if not product.trial_units:
            raise Refused(f"there is no trial of {product.name}", code="no_trial")
        if Trial.objects.filter(company=company, product=product).exists():
            raise Refused(f"{product.name} was tried here already", code="trial_used")
        if Licence.objects.filter(company=company, product=product).exists():
            raise Refused(f"there was a licence of {product.name} already", code="had_licence")
        ends = _ends(product, company, ledger.at)
        new = NewLicence(product.key, product.trial_units, ledger.at, ends, "trial")
        licence = append_new(ledger, new)
        Trial.objects.create(
            company=company, product=product, licence_id=licence.id, started_at=ledger.at
        )
        audit.record(
            "trial.started",
            company=company,
            object=f"licence:{licence.id}",
            new={"product": product.key, "units": product.trial_units},
        )
        return licence


def _ends(product: Product, company: Company, now: int) -> int:
    last = day_of(now + product.trial_days * DAY - 1, company.time_zone)
    return end_of(last, company.time_zone)
