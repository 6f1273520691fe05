"""What the pages about SCIM and the API say is what the program does."""

from __future__ import annotations

import re

from tenure.api.scim import filters, resources, storage
from tenure.services import activity
from tests.docs.pages import DOCS, ROOT

SCIM = (DOCS / "reference" / "scim.md").read_text(encoding="utf-8")
API = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")


def test_every_text_that_can_be_looked_for_is_named() -> None:
    section = SCIM.split("## Filters and order")[1].split("\n## ")[0]
    named = set(re.findall(r"`([^`]+)`", section))
    assert {path.rpartition(":")[2] for path in filters.TEXTS} <= named


def test_the_limits_are_those_of_the_program() -> None:
    assert f"up to {resources.OPERATIONS} operations, {resources.PAYLOAD // 2**20} MiB" in SCIM
    assert f"at most {resources.PAGE} resources" in SCIM
    assert f"more than {storage.SHOWN:,} members" in SCIM
    assert f"most {activity.AT_ONCE:,} entries" in API


def test_every_problem_has_its_row() -> None:
    """Each code that the source of the API names, and those of refusals it hands on."""
    sources = [
        path.read_text(encoding="utf-8") for path in (ROOT / "src" / "tenure" / "api").glob("*.py")
    ]
    codes = {code for text in sources for code in re.findall(r'problem\(\s*\d+, "(\w+)"', text)}
    rows = [line for line in API.splitlines() if re.match(r"\| \d{3} ", line)]
    written = {code for row in rows for code in re.findall(r"`(\w+)`", row.split("|")[2])}
    assert written == (codes - {"wrong_host"}) | {"suspended", "deleted"}
