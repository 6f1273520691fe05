"""Finding what lies below an account: right, and in an index on both databases."""

from __future__ import annotations

import pytest
from django.db import connection

from tenure.store.models import Account


@pytest.fixture
def tree(db: None) -> dict[str, Account]:
    """A root with two accounts, one of them with one more below, and an account beside it."""
    found: dict[str, Account] = {}
    for name, above in (("root", ""), ("a", "root"), ("b", "root"), ("a1", "a"), ("other", "")):
        found[name] = Account.objects.create(
            kind=Account.Kind.MSP, name=name, parent=found.get(above), created_at=0
        )
    return found


@pytest.mark.parametrize(
    ("name", "below"),
    [
        ("root", {"root", "a", "b", "a1"}),
        ("a", {"a", "a1"}),
        ("a1", {"a1"}),
        ("other", {"other"}),
    ],
)
def test_below_an_account_are_it_and_those_under_it(
    tree: dict[str, Account], name: str, below: set[str]
) -> None:
    found = Account.objects.filter(path__below=tree[name].path)
    assert {each.name for each in found} == below


def test_they_are_found_in_an_index(tree: dict[str, Account]) -> None:
    """No row of another account is read: neither database walks through the table."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # few rows: it would not bother
    plan = Account.objects.filter(path__below=tree["a"].path).explain()
    if connection.vendor == "postgresql":
        assert "Index Cond: (((path)::text ~>=~" in plan
    else:
        assert "USING INDEX store_account_path" in plan
        assert "(path>? AND path<?)" in plan


def test_what_is_no_path_is_refused(db: None) -> None:
    """A part of an id, or a sign that stands for others, would open what lies elsewhere."""
    for wrong in ("", "01a20c1b", "%/", "a_b/"):
        with pytest.raises(ValueError, match="a path is ids"):
            list(Account.objects.filter(path__below=wrong))
