"""The sentences of answers, in English."""

from __future__ import annotations

from collections.abc import Callable

from tenure.words.answer_facts import Answer, AnswerCode
from tenure.words.counts_en import tidy

__all__ = ["CODES", "tidy"]


def protected(it: Answer) -> str:
    """Say that a unit covers the user."""
    start = f"{it.user} is protected by {it.service}"
    until = "" if it.until is None else f" until {it.until}"
    if it.licence is None:
        return f"{start}{until and f', at least{until}'}."
    after = "" if it.next_licence is None else f"; then the licence {it.next_licence} takes over"
    return f"{start}. The licence {it.licence} covers this user{until}{after}."


def protected_by_hold(it: Answer) -> str:
    """Say that the unit is gone and protection goes on for a time."""
    ended = "The licence that covered this user has ended"
    if it.next_licence is not None:
        return (
            f"{it.user} is still protected by {it.service}{_until(it)}. {ended}; the licence "
            f"{it.next_licence} takes over."
        )
    return (
        f"{it.user} is still protected by {it.service}{_until(it)}. {ended}; without another, "
        f"protection then ends."
    )


def protected_in_grace(it: Answer) -> str:
    """Say that the company has no unit and protection goes on for a time."""
    if it.next_licence is not None:
        return (
            f"{it.user} is still protected by {it.service}{_until(it)}. {it.company} has no valid "
            f"licence now; the licence {it.next_licence} takes over."
        )
    return (
        f"{it.user} is still protected by {it.service}{_until(it)}. {it.company} has no valid "
        f"licence; without a new one, protection then ends."
    )


def waiting_for_units(it: Answer) -> str:
    """Say that protection is wanted and there is no unit."""
    return (
        f"{it.user} is not protected: {it.company} has too few licences for {it.service}. "
        f"Protection comes as soon as there is a licence for this user."
    )


def unprotected(it: Answer) -> str:
    """Say that nobody asked for protection."""
    return (
        f"{it.user} is not protected by {it.service}: no person and no rule of {it.company} has "
        f"asked for it."
    )


def suspended(it: Answer) -> str:
    """Say that the service is suspended."""
    return (
        f"{it.user} is not protected: {it.service} is suspended for {it.company}, which has no "
        f"valid licence. A new licence brings protection back."
    )


def closed(it: Answer) -> str:
    """Say that the owner closed the company."""
    return f"{it.user} is not protected by {it.service}: {it.company} was closed by its owner."


def pending(it: Answer) -> str:
    """Say that nothing has begun."""
    return f"{it.user} is not protected: {it.company} has no licence for {it.service} yet."


def deleted(it: Answer) -> str:
    """Say that everything was deleted."""
    return (
        f"{it.user} is not protected: everything that {it.service} kept for {it.company} has "
        f"been deleted."
    )


def no_such_user(it: Answer) -> str:
    """Say that the company does not know the user."""
    return f"{it.company} has no user {it.user} in {it.service}."


def _until(it: Answer) -> str:
    least = " at least" if it.is_until_open else ""
    return "" if it.until is None else f"{least} until {it.until}"


CODES: dict[AnswerCode, Callable[[Answer], str]] = {
    "protected": protected,
    "protected_by_hold": protected_by_hold,
    "protected_in_grace": protected_in_grace,
    "waiting_for_units": waiting_for_units,
    "unprotected": unprotected,
    "suspended": suspended,
    "closed": closed,
    "pending": pending,
    "deleted": deleted,
    "no_such_user": no_such_user,
}
