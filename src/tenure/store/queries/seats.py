"""Questions about many seats at once, asked in one statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from tenure.store.queries.trips import Statement

_ASKED = """
SELECT
  (
    SELECT count(*) FROM store_member
    WHERE company_id = %s AND id {among} AND left_at IS NULL
  ),
  EXISTS (
    SELECT 1 FROM store_seat
    WHERE company_id = %s AND service = %s AND instance = %s
      AND member_id {among} AND closed_seq IS NULL
  )
"""


def known_and_seated(
    company: UUID, service: str, instance: int, members: Sequence[UUID]
) -> Statement:
    """Ask how many of these are members who have not left, and whether one has a seat already."""
    company_: UUID | str = company
    ids: list[UUID] | str = list(members)
    among = "= ANY(%s)"
    if connection.vendor == "sqlite":
        among = "IN (SELECT value FROM json_each(%s))"
        company_, ids = company.hex, json.dumps([member.hex for member in members])
    return Statement(_ASKED.format(among=among), [company_, ids, company_, service, instance, ids])
