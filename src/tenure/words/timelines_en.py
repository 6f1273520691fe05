"""English for a timeline in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenure.words.counts_en import number, users, verb
from tenure.words.dates import Calendar

if TYPE_CHECKING:
    from tenure.words.timelines import TimelineFacts


def tidy(text: str) -> str:
    """English needs no special spaces."""
    return text


def sentence(it: TimelineFacts, company: str, pool: str | None, dates: Calendar) -> str:
    """Say when it hurts, whom, and what helps."""
    place = f" at {pool}" if pool else ""
    if it.phase == "pending":
        return f"{company} has no licence yet, so nobody is protected; the first one starts it."
    if it.phase == "deleted":
        first = "reopening the account" if it.is_closed else "a new licence"
        return f"Everything of {company} has been deleted; {first} starts anew, with nothing."
    if it.phase == "suspended":
        return _suspended(it, company, dates)
    if it.unprotected:
        are = verb(it.unprotected, "is", "are")
        them = verb(it.unprotected, "that user", "them")
        more = ""
        if it.hurts_at is not None and it.hurt:
            follow = verb(it.hurt, "more loses it", "more lose it")
            open_ = " at the earliest" if it.is_open else ""
            more = f", and {number(it.hurt)} {follow} on {dates.full(it.hurts_at)}{open_}"
        return (
            f"{users(it.unprotected)} of {company}{place} {are} without protection{more}; "
            f"more units protect {them} at once."
        )
    if it.hurts_at is None:
        return f"Nobody of {company} loses protection within the time shown, by what is known now."
    open_ = " at the earliest" if it.is_open else ""
    lose = verb(it.hurt, "loses", "lose")
    helps = (
        "more units there by then prevent that"
        if pool
        else "adding or renewing a licence by then prevents that"
    )
    return (
        f"{users(it.hurt)} of {company}{place} {lose} protection on {dates.full(it.hurts_at)}"
        f"{open_}, {dates.away(it.hurts_at)}; {helps}."
    )


def _suspended(it: TimelineFacts, company: str, dates: Calendar) -> str:
    if it.returns_at is not None:
        return (
            f"Nobody of {company} is protected; the licence that begins on "
            f"{dates.moment(it.returns_at)} brings everything back as it was."
        )
    helps = "reopening the account" if it.is_closed else "a new licence"
    if it.deleted_at is None:
        return f"Nobody of {company} is protected; {helps} brings everything back as it was."
    return (
        f"Nobody of {company} is protected; {helps} brings everything back as it was, until it is "
        f"deleted for good on {dates.full(it.deleted_at)} at the earliest, "
        f"{dates.away(it.deleted_at)}."
    )
