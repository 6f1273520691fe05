"""A company in trouble in one sentence, in English."""

from __future__ import annotations

from tenure.words.company_facts import Standing
from tenure.words.counts_en import tidy

__all__ = ["closed", "ends_soon", "grace", "suspended", "tidy"]


def ends_soon(it: Standing) -> str:
    """Its last licence ends within a month."""
    dates, horizon = it.dates, it.facts.horizon_at
    if horizon is None:
        return ""
    end = horizon + it.policy.grace
    said = (
        f"{it.service} for {it.company}: the last licence ends on {dates.full(horizon)}, "
        f"{dates.away(horizon)}; "
    )
    if it.facts.returns_at is not None:
        return said + (
            f"protection then ends on {dates.full(end)} at the earliest, until the next licence "
            f"begins on {dates.moment(it.facts.returns_at)}, and no data is deleted."
        )
    return said + (
        f"without a new one, protection ends on {dates.full(end)} at the earliest, and data is "
        f"deleted on {dates.full(end + it.policy.retention)} at the earliest."
    )


def grace(it: Standing) -> str:
    """No licence is left; protection goes on for a time."""
    dates, end, returns = it.dates, it.grace_ends_at, it.facts.returns_at
    none = f"{it.company} has no valid licence for {it.service}: "
    if returns is not None and returns <= end:
        return none + (
            f"protection goes on until the next one begins on {dates.moment(returns)}, and no "
            f"data is deleted."
        )
    earliest = "" if it.is_grace_running else " at the earliest"
    event = "protection ends" if it.protected else "the service is suspended"
    on = f"{event} on {dates.full(end)}{earliest}, {dates.away(end)}"
    if returns is not None:
        return none + (
            f"{on}, until the next one begins on {dates.moment(returns)}, and no data is deleted."
        )
    return none + (
        f"without a new one, {on}, and data is deleted on "
        f"{dates.full(end + it.policy.retention)} at the earliest."
    )


def suspended(it: Standing) -> str:
    """Nobody is protected, and everything is kept for a time."""
    dates, since, returns = it.dates, it.facts.suspended_at, it.facts.returns_at
    ended = (
        f"Protection by {it.service} has ended for {it.company}"
        if since is None
        else f"Protection by {it.service} ended for {it.company} on {dates.full(since)}"
    )
    if returns is not None:
        return (
            f"{ended}; a licence brings it back on {dates.moment(returns)}, "
            f"{dates.away_start(returns)}, and no data is deleted before."
        )
    return f"{ended}; {_deletion(it, 'without a new licence,')}."


def closed(it: Standing) -> str:
    """Its owner closed it."""
    dates, since = it.dates, it.facts.suspended_at
    shut = f"The account of {it.company} was closed by its owner"
    if it.facts.phase != "suspended":
        return f"{shut}: nobody is protected by {it.service}, and it can be reopened."
    ended = "" if since is None else f", and protection ended on {dates.since(since)}"
    return f"{shut}{ended}; {_deletion(it, 'unless it is reopened,')}."


def _deletion(it: Standing, unless: str) -> str:
    facts, dates, kept = it.facts, it.dates, it.earliest_deletion
    if facts.deletion_held:
        return "an operator holds the deletion, and no data is deleted while that stands"
    if facts.warning_deadline is not None and kept <= facts.now:
        return (
            f"data was kept until {dates.full(kept)}, and {unless} it can be deleted at any moment"
        )
    earliest = "" if facts.warning_deadline is not None else " at the earliest"
    return f"{unless} data is deleted on {dates.full(kept)}{earliest}, {dates.away(kept)}"
