"""Records as the lines that ``simulate`` and ``replay`` print, and their order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from tenure.core import records as r

Line = dict[str, str | int]

_ORDER = {"phase": 1, "pool": 2, "notice.skipped": 3, "notice.issued": 4, "notice.served": 5}

_DUE = {
    "suspended": "earliest_deletion",
    "deletion_warning": "earliest_deletion",
    "pool_short": "deadline",
    "grace_reminder": "suspends_at",
}
_HORIZON = {"expiring": "expires_at", "pool_expiring": "short_at"}


def instant(t: int) -> str:
    """Write an instant as ``YYYY-MM-DDTHH:MM:SSZ``."""
    return datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def line(record: r.Record) -> Line | None:
    """Give a record's line, its fields in the documented order; None if it has none."""
    out: Line = {"at": instant(record.at), "type": ""}
    match record:
        case r.PhaseChanged():
            out |= {
                "type": "phase",
                "instance": record.instance,
                "from": record.from_phase,
                "to": record.to_phase,
                "effective_at": instant(record.effective_at),
            }
        case r.PoolChanged():
            out |= {
                "type": "pool",
                "instance": record.instance,
                "pool": record.pool,
                "state": record.state,
                "effective_at": instant(record.effective_at),
                "units": record.units,
                "seats": record.seats,
                "protected": record.protected,
            }
        case r.SeatsGranted():
            out |= {"type": "seats.granted", "pool": record.pool, "count": record.count}
        case r.SeatsReleased():
            out |= {"type": "seats.released", "pool": record.pool, "count": record.count}
        case r.SeatsRefused():
            out |= {
                "type": "seats.refused",
                "pool": record.pool,
                "count": record.count,
                "reason": record.reason,
            }
        case r.NoticeIssued() | r.NoticeSkipped():
            skipped = isinstance(record, r.NoticeSkipped)
            out["type"] = "notice.skipped" if skipped else "notice.issued"
            out["notice"] = record.notice
            _tell(record, out)
        case r.NoticeServed():
            out |= {"type": "notice.served", "notice": record.notice}
            if record.pool is not None:
                out["pool"] = record.pool
            out |= {"by": record.by, "deadline": instant(record.deadline)}
        case _:
            return None
    return out


def _tell(record: r.NoticeIssued | r.NoticeSkipped, out: Line) -> None:
    if record.pool is not None:
        out["pool"] = record.pool
    if record.days is not None:
        out["days"] = record.days
    if record.horizon_at is not None:
        out[_HORIZON[record.notice]] = instant(record.horizon_at)
    if record.effective_at is not None:
        out["effective_at"] = instant(record.effective_at)
    if isinstance(record, r.NoticeIssued) and record.due_at is not None:
        out[_DUE[record.notice]] = instant(record.due_at)


def lines(records: Iterable[r.Record]) -> list[Line]:
    """Give the lines of records, in order."""
    found = [made for record in records if (made := line(record)) is not None]
    return sorted(
        found, key=lambda x: (x["at"], _ORDER.get(str(x["type"]), 0), x.get("effective_at", ""))
    )
