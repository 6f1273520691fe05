"""Les réponses telles qu'une ligne de liste les dit, en français : qui et quoi sont à côté."""

from __future__ import annotations

from collections.abc import Callable

from tenure.words.answer_facts import Answer, AnswerCode

__all__ = ["CODES"]


def protected(it: Answer) -> str:
    """Dit quelle licence couvre la place, et jusqu'à quand."""
    until = "" if it.day is None else f" jusqu’au {it.day}"
    if it.licence is None:
        return f"Protégé{until and f' au moins{until}'}."
    after = "" if it.next_licence is None else f", puis par {it.next_licence}"
    return f"Couvert par {it.licence}{until}{after}."


def protected_by_hold(it: Answer) -> str:
    """Dit que la licence a pris fin et que la protection continue un temps."""
    return f"La licence a pris fin ; {_still(it)}."


def protected_in_grace(it: Answer) -> str:
    """Dit que l'entreprise n'a plus de licence et que la protection continue un temps."""
    return f"Plus de licence valable ; {_still(it)}."


def _still(it: Answer) -> str:
    if it.day is None:
        return "protégé pour le moment"
    if it.next_licence is not None:
        return f"protégé jusqu’au {it.day}, puis par {it.next_licence}"
    if it.is_until_open:
        return f"protégé au moins jusqu’au {it.day}, {it.away}"
    return f"la protection s’arrête le {it.day}, {it.away}"


def _same(text: str) -> Callable[[Answer], str]:
    return lambda _: text


CODES: dict[AnswerCode, Callable[[Answer], str]] = {
    "protected": protected,
    "protected_by_hold": protected_by_hold,
    "protected_in_grace": protected_in_grace,
    "waiting_for_units": _same("Pas assez de licences ; protégé dès qu’il y en aura une."),
    "unprotected": _same("Ni une personne ni une règle n’a demandé la protection."),
    "suspended": _same("Service suspendu ; une nouvelle licence rétablira la protection."),
    "closed": _same("Le compte a été fermé par son propriétaire."),
    "pending": _same("L’entreprise n’a pas encore de licence."),
    "deleted": _same("Tout a été supprimé."),
    "no_such_user": _same("Inconnu de l’entreprise."),
}
