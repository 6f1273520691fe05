"""On PostgreSQL what grows with companies is kept in parts by company."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import connection, models

from tenure.store.partitions import PARTS

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

LARGE = [
    model
    for model in apps.get_app_config("store").get_models()
    if isinstance(model._meta.pk, models.CompositePrimaryKey)
]


@pytest.mark.parametrize("model", LARGE, ids=lambda model: model.__name__)
def test_a_table_whose_key_begins_with_the_company_is_in_parts(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_partkeydef(%s::regclass), "
            "(SELECT count(*) FROM pg_inherits WHERE inhparent = %s::regclass)",
            [model._meta.db_table] * 2,
        )
        assert cursor.fetchone() == ("HASH (company_id)", PARTS)


def test_a_question_about_one_company_reads_one_part() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN SELECT * FROM store_fact "
            "WHERE company_id = '01990000-0000-7000-8000-000000000000'"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert len(set(re.findall(r"store_fact_\d", plan))) == 1, plan
