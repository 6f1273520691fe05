"""django-plans letting plans expire, in a process of its own, with none of Tenure's code.

``python bench/django_plans.py DATABASE HOST USER`` reads a number of plans per line, makes as
many that are over, lets them expire, and prints the seconds: once as its command does, once with
all of it in one transaction. Its mail is switched off.
"""

from __future__ import annotations

import datetime
import json
import logging
import sys
from time import perf_counter

import django
from django.conf import settings


def main() -> None:
    """Answer each line with two times."""
    name, host, user = sys.argv[1:]
    settings.configure(
        SECRET_KEY="none",
        USE_TZ=True,
        SEND_PLANS_EMAILS=False,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        PLANS_INVOICE_ISSUER={},
        PLANS_TAX=None,
        PLANS_TAX_COUNTRY="FR",
        PLANS_CURRENCY="EUR",
        ROOT_URLCONF="plans.urls",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sites",
            "ordered_model",
            "sequences",
            "plans",
        ],
        SITE_ID=1,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": name,
                "HOST": host,
                "USER": user,
                "OPTIONS": {"options": "-c jit=off"},
            }
        },
    )
    django.setup()
    logging.disable(logging.CRITICAL)
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import transaction
    from plans import tasks
    from plans.models import Plan, UserPlan

    call_command("migrate", interactive=False, verbosity=0)
    plan = Plan.objects.create(name="bench", description="", available=True, visible=True)
    people = get_user_model()
    made = 0
    long_ago = datetime.date(2020, 1, 1)

    def over(count: int) -> None:
        nonlocal made
        users = people.objects.bulk_create(
            people(username=f"user{i}", email=f"user{i}@example.org")
            for i in range(made, made + count)
        )
        made += count
        UserPlan.objects.bulk_create(
            UserPlan(user=user, plan=plan, expire=long_ago, active=True) for user in users
        )

    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        found = []
        for whole in (False, True):
            over(int(line))
            began = perf_counter()
            if whole:
                with transaction.atomic():
                    tasks.expire_account()
            else:
                tasks.expire_account()
            found.append(perf_counter() - began)
            if UserPlan.objects.filter(active=True).exists():
                raise AssertionError("a plan has not expired")
        print(json.dumps(found), flush=True)


main()
