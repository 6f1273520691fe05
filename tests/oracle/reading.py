"""A whole scenario: from its plain data to the lines that it prints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.company import Company, Line
from tests.oracle.engine import Engine
from tests.oracle.instants import Instant, Outages, instant_of
from tests.oracle.licences import read_licence
from tests.oracle.notices import read_policy

TYPES = ["seats", "phase", "pool", "notice.skipped", "notice.issued", "notice.served"]


def _rank(line: Line) -> tuple[str, int, str]:
    type_ = "seats" if line["type"].startswith("seats.") else line["type"]
    return (line["at"], TYPES.index(type_), line.get("effective_at", ""))


def lines(scenario: dict[str, Any], extra: Iterable[Instant] = ()) -> list[Line]:
    """The lines of a scenario, in their order.

    The reading visits the instants at which something may happen. It visits those in `extra`,
    too, which must change nothing.
    """
    zone = ZoneInfo(scenario.get("time_zone") or "UTC")
    until = instant_of(scenario["until"], zone)
    outages = scenario.get("outages") or {}
    engine_outages = Outages(outages.get("engine") or [], zone)
    mail_outages = Outages(outages.get("mail") or [], zone)
    licences = [read_licence(data, zone) for data in scenario.get("licences") or []]
    actions = [(instant_of(data["at"], zone), data) for data in scenario.get("actions") or []]

    pools = list(scenario.get("pools") or ["main"])
    company = Company(pools, read_policy(scenario.get("policy") or {}), zone)
    engine = Engine(company)

    known = {licence.added for licence in licences} | {at for at, _ in actions} | set(extra)
    known |= engine_outages.edges() | mail_outages.edges() | {until}
    t = min(known)
    while t <= until:
        company.pass_instant(
            t,
            [licence for licence in licences if licence.added == t],
            [data for at, data in actions if at == t],
        )
        if not engine_outages.cover(t):
            engine.run(t, mail_works=not mail_outages.cover(t))
        known |= company.moments()
        later = [moment for moment in known if moment > t]
        if not later:
            break
        t = min(later)
    return sorted(company.lines, key=_rank)
