"""The catalogue: which services there are, and which products include them."""

from __future__ import annotations

from django.db import transaction

from tenure.store.models import Product, Service

COS = "cos"
"""The key of the service, and of the product, that an empty catalogue gets."""
COS_NAME = "Cloud Office Security"
TRIAL_UNITS = 25
"""So many users can be protected in a trial of it."""


def ensure_default() -> None:
    """Give an empty catalogue its first service and the product that includes it.

    A catalogue that has anything in it is the operator's, and is left alone.
    """
    with transaction.atomic():
        if Service.objects.exists() or Product.objects.exists():
            return
        service = Service.objects.create(key=COS, name=COS_NAME)
        product = Product.objects.create(key=COS, name=COS_NAME, trial_units=TRIAL_UNITS)
        product.services.add(service)
