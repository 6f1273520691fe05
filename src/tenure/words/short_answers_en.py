"""Answers as a row of a list says them, in English: who it is and which service stand beside it."""

from __future__ import annotations

from collections.abc import Callable

from tenure.words.answer_facts import Answer, AnswerCode

__all__ = ["CODES"]


def protected(it: Answer) -> str:
    """Say which unit covers the seat, and until when."""
    until = "" if it.day is None else f" until {it.day}"
    if it.licence is None:
        return f"Protected{until and f' at least{until}'}."
    after = "" if it.next_licence is None else f", then by {it.next_licence}"
    return f"Covered by {it.licence}{until}{after}."


def protected_by_hold(it: Answer) -> str:
    """Say that the unit is gone and protection goes on for a time."""
    return f"The licence has ended; {_still(it)}."


def protected_in_grace(it: Answer) -> str:
    """Say that the company has no unit and protection goes on for a time."""
    return f"No valid licence; {_still(it)}."


def _still(it: Answer) -> str:
    if it.day is None:
        return "protected for now"
    if it.next_licence is not None:
        return f"protected until {it.day}, then by {it.next_licence}"
    if it.is_until_open:
        return f"protected at least until {it.day}, {it.away}"
    return f"protection ends on {it.day}, {it.away}"


def _same(text: str) -> Callable[[Answer], str]:
    return lambda _: text


CODES: dict[AnswerCode, Callable[[Answer], str]] = {
    "protected": protected,
    "protected_by_hold": protected_by_hold,
    "protected_in_grace": protected_in_grace,
    "waiting_for_units": _same("Too few licences; protected as soon as there is one."),
    "unprotected": _same("No person and no rule has asked for protection."),
    "suspended": _same("The service is suspended; a new licence brings protection back."),
    "closed": _same("The company was closed by its owner."),
    "pending": _same("The company has no licence yet."),
    "deleted": _same("Everything has been deleted."),
    "no_such_user": _same("Not known to the company."),
}
