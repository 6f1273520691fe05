"""Le français d'une chronologie en une phrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenure.words.counts_fr import number, tidy, users, verb
from tenure.words.dates import Calendar

if TYPE_CHECKING:
    from tenure.words.timelines import TimelineFacts


def sentence(it: TimelineFacts, company: str, pool: str | None, dates: Calendar) -> str:
    """Dit quand cela fait mal, à qui, et ce qui aide."""
    return tidy(_sentence(it, company, pool, dates))


def _sentence(it: TimelineFacts, company: str, pool: str | None, dates: Calendar) -> str:
    place = f", site « {pool} »" if pool else ""
    if it.phase == "pending":
        return (
            f"{company} n’a pas encore de licence, personne n’y est donc protégé ; "
            "la première fait commencer le service."
        )
    if it.phase == "deleted":
        first = "le compte rouvert" if it.is_closed else "une nouvelle licence"
        return f"Tout ce qui concernait {company} a été supprimé ; {first} recommence à zéro."
    if it.phase == "suspended":
        return _suspended(it, company, dates)
    if it.unprotected:
        are = verb(it.unprotected, "est", "sont")
        them = verb(it.unprotected, "le protègent", "les protègent")
        more = ""
        if it.hurts_at is not None and it.hurt:
            follow = verb(it.hurt, "autre la perd", "autres la perdent")
            open_ = " au plus tôt" if it.is_open else ""
            more = f", et {number(it.hurt)} {follow}{open_} le {dates.full(it.hurts_at)}"
        return (
            f"{company}{place} : {users(it.unprotected)} {are} sans protection{more} ; davantage "
            f"d’unités {them} aussitôt."
        )
    if it.hurts_at is None:
        return (
            f"D’après ce qui est connu, personne chez {company} ne perd sa protection dans la "
            "période affichée."
        )
    lose = verb(it.hurt, "perd sa", "perdent leur")
    open_ = " au plus tôt" if it.is_open else ""
    helps = (
        "davantage d’unités sur ce site d’ici là l’évitent"
        if pool
        else "une licence ajoutée ou renouvelée d’ici là l’évite"
    )
    return (
        f"{company}{place} : {users(it.hurt)} {lose} protection{open_} le "
        f"{dates.full(it.hurts_at)}, {dates.away(it.hurts_at)} ; {helps}."
    )


def _suspended(it: TimelineFacts, company: str, dates: Calendar) -> str:
    begins = f"Plus personne chez {company} n’est protégé"
    if it.returns_at is not None:
        return (
            f"{begins} ; la licence qui commence le {dates.moment(it.returns_at)} rétablira tout "
            "tel quel."
        )
    helps = "la réouverture du compte" if it.is_closed else "une nouvelle licence"
    if it.deleted_at is None:
        return f"{begins} ; {helps} rétablit tout tel quel."
    return (
        f"{begins} ; {helps} rétablit tout tel quel, tant que rien n’est supprimé "
        f"définitivement : au plus tôt le {dates.full(it.deleted_at)}, "
        f"{dates.away(it.deleted_at)}."
    )
