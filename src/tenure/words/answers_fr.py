"""Les phrases des réponses, en français."""

from __future__ import annotations

from collections.abc import Callable

from tenure.words.answer_facts import Answer, AnswerCode
from tenure.words.counts_fr import tidy

__all__ = ["CODES", "tidy"]


def protected(it: Answer) -> str:
    """Dit qu'une licence couvre l'utilisateur."""
    start = f"{it.user} est protégé par {it.service}"
    until = "" if it.until is None else f" jusqu’au {it.until}"
    if it.licence is None:
        return f"{start}{until and f', au moins{until}'}."
    after = (
        ""
        if it.next_licence is None
        else f" ; la licence {it.next_licence} prendra ensuite le relais"
    )
    return f"{start}. La licence {it.licence} couvre cet utilisateur{until}{after}."


def protected_by_hold(it: Answer) -> str:
    """Dit que la licence a pris fin et que la protection continue un temps."""
    start = f"{it.user} reste protégé par {it.service}{_until(it)}."
    if it.next_licence is not None:
        return (
            f"{start} La licence qui couvrait cet utilisateur a pris fin ; la licence "
            f"{it.next_licence} prendra le relais."
        )
    return (
        f"{start} La licence qui couvrait cet utilisateur a pris fin ; sans autre licence, la "
        f"protection s’arrêtera alors."
    )


def protected_in_grace(it: Answer) -> str:
    """Dit que l'entreprise n'a plus de licence et que la protection continue un temps."""
    if it.next_licence is not None:
        return (
            f"{it.user} reste protégé par {it.service}{_until(it)}. {it.company} n’a plus de "
            f"licence valable pour le moment ; la licence {it.next_licence} prendra le relais."
        )
    return (
        f"{it.user} reste protégé par {it.service}{_until(it)}. {it.company} n’a plus de licence "
        f"valable ; sans nouvelle licence, la protection s’arrêtera alors."
    )


def waiting_for_units(it: Answer) -> str:
    """Dit que la protection est voulue et qu'il n'y a pas de licence."""
    return (
        f"{it.user} n’est pas protégé : {it.company} n’a pas assez de licences pour "
        f"{it.service}. La protection viendra dès qu’il y en aura une pour cet utilisateur."
    )


def unprotected(it: Answer) -> str:
    """Dit que personne n'a demandé la protection."""
    return (
        f"{it.user} n’est pas protégé par {it.service} : ni une personne ni une règle de "
        f"l’entreprise {it.company} n’a demandé sa protection."
    )


def suspended(it: Answer) -> str:
    """Dit que le service est suspendu."""
    return (
        f"{it.user} n’est pas protégé : {it.service} est suspendu pour {it.company}, faute de "
        f"licence valable. Une nouvelle licence rétablira la protection."
    )


def closed(it: Answer) -> str:
    """Dit que le propriétaire a fermé le compte."""
    return (
        f"{it.user} n’est pas protégé par {it.service} : le compte de l’entreprise {it.company} a "
        f"été fermé par son propriétaire."
    )


def pending(it: Answer) -> str:
    """Dit que rien n'a commencé."""
    return (
        f"{it.user} n’est pas protégé : {it.company} n’a pas encore de licence pour {it.service}."
    )


def deleted(it: Answer) -> str:
    """Dit que tout a été supprimé."""
    return (
        f"{it.user} n’est pas protégé : tout ce que {it.service} conservait pour {it.company} a "
        f"été supprimé."
    )


def no_such_user(it: Answer) -> str:
    """Dit que l'entreprise ne connaît pas cet utilisateur."""
    return f"{it.company} n’a pas d’utilisateur {it.user} dans {it.service}."


def _until(it: Answer) -> str:
    least = " au moins" if it.is_until_open else ""
    return "" if it.until is None else f"{least} jusqu’au {it.until}"


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
