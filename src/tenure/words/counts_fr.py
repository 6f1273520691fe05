"""Le français des nombres et de qui est protégé. Sert à tous les textes français.

Les espaces insécables sont posées par ``tidy`` : les textes s'écrivent avec des espaces simples.
"""

from __future__ import annotations

import re

from tenure.words.dates import NARROW, NO_BREAK

_BEFORE_COLON = re.compile(r" (?=:(?:\s|$))")
_BEFORE_HIGH = re.compile(r" (?=[;?!»])")
_AFTER_OPENING = re.compile(r"(?<=«) ")


def tidy(text: str) -> str:
    """Pose les espaces insécables que demande la typographie française."""
    text = _BEFORE_COLON.sub(NO_BREAK, text)
    return _AFTER_OPENING.sub(NARROW, _BEFORE_HIGH.sub(NARROW, text))


def sentence(text: str) -> str:
    """Commence par une majuscule."""
    return text[:1].upper() + text[1:]


def number(count: int) -> str:
    """Écrit un nombre : 12 000."""
    return f"{count:,}".replace(",", NARROW)


def users(count: int) -> str:
    """Dit tant d'utilisateurs."""
    return f"{number(count)} {'utilisateur' if count < 2 else 'utilisateurs'}"


def days(count: int) -> str:
    """Dit tant de jours."""
    return f"{number(count)} {'jour' if count < 2 else 'jours'}"


def verb(count: int, one: str, many: str) -> str:
    """Choisit la forme qui s'accorde ; zéro s'accorde au singulier."""
    return one if count < 2 else many


def protected_now(seats: int, protected: int) -> str:
    """Dit qui est protégé, sans majuscule ni point."""
    if seats == 0:
        return "aucun utilisateur n’est encore protégé"
    if protected == 0:
        return (
            "le seul utilisateur n’est pas protégé"
            if seats == 1
            else (f"aucun des {users(seats)} n’est protégé")
        )
    if protected >= seats:
        return (
            "le seul utilisateur est protégé"
            if seats == 1
            else (f"les {users(seats)} sont tous protégés")
        )
    waiting = seats - protected
    return (
        f"{number(protected)} des {users(seats)} "
        f"{verb(protected, 'est protégé', 'sont protégés')}, "
        f"{number(waiting)} ne {verb(waiting, 'l’est', 'le sont')} pas"
    )


def stay_protected(seats: int, protected: int) -> str:
    """Dit qui reste protégé, sans majuscule ni point."""
    if seats == 0 or protected == 0:
        return protected_now(seats, protected)
    if protected >= seats:
        return (
            "le seul utilisateur reste protégé"
            if seats == 1
            else (f"les {users(seats)} restent tous protégés")
        )
    waiting = seats - protected
    return (
        f"{number(protected)} des {users(seats)} "
        f"{verb(protected, 'reste protégé', 'restent protégés')} ; "
        f"{number(waiting)} ne {verb(waiting, 'l’est', 'le sont')} déjà plus"
    )
