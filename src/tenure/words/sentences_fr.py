"""Où en est une entreprise, en français."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import Phase
from tenure.words.company_facts import CompanyWords, Standing
from tenure.words.counts_fr import days, protected_now, stay_protected, tidy, users, verb

__all__ = ["PHASES", "tidy"]


def pending(it: Standing) -> CompanyWords:
    """Rien n'a commencé."""
    returns = it.facts.returns_at
    if it.facts.closed:
        return CompanyWords(
            f"Le compte de l’entreprise {it.company} a été fermé par son propriétaire ; "
            f"{it.service} n’y a pas encore servi.",
            "Rien ne se produira de soi-même.",
            "Personne n’est protégé.",
            f"Pour utiliser {it.service}, rouvrez le compte.",
        )
    return CompanyWords(
        f"{it.company} n’a pas encore de licence {it.service} valable.",
        "Rien ne se produira de soi-même."
        if returns is None
        else f"Une licence commence le {it.dates.moment(returns)}, soit {it.dates.away(returns)}.",
        "Personne n’est protégé.",
        "Ajoutez une licence ou commencez un essai."
        if returns is None
        else "Vous n’avez rien à faire.",
    )


def active(it: Standing) -> CompanyWords:
    """Il y a des licences."""
    facts, dates, horizon = it.facts, it.dates, it.facts.horizon_at
    anew = (
        " C’est un nouveau départ après une suppression : rien de l’ancien contenu n’y est."
        if facts.instance > 1 and it.seats == 0
        else ""
    )
    headline = (
        f"{it.service} est en service pour {it.company} : {protected_now(it.seats, it.protected)}."
    )
    following = [_held(it, *held) for held in it.held]
    if horizon is None:
        lasts = "À ce jour, aucune échéance ne menace ses licences."
    else:
        lasts = (
            f"Sa dernière licence prend fin le {dates.full(horizon)}, soit "
            f"{dates.away(horizon)}. Sans nouvelle licence, la protection se poursuit "
            f"{days(it.policy.grace_days)} à compter de l’avis que nous enverrons ; puis le "
            f"service est suspendu."
        )
    if it.waiting:
        people = (
            f"{users(it.waiting)} {verb(it.waiting, 'attend', 'attendent')} une licence et "
            f"{verb(it.waiting, 'sera protégé', 'seront protégés')} dès qu’il y en aura. Rien "
            f"n’est supprimé."
        )
    elif it.held:
        people = f"D’ici là, {stay_protected(it.seats, it.protected)}."
    else:
        people = f"Rien ne change pour l’instant : {stay_protected(it.seats, it.protected)}."
    missing = max(it.waiting, it.seats - facts.units)
    if missing > 0:
        todo = f"Ajoutez des licences pour {users(missing)}."
    elif horizon is not None and it.is_ending_soon:
        todo = "Ajoutez ou renouvelez une licence avant cette échéance."
    else:
        todo = "Vous n’avez rien à faire."
    return CompanyWords(headline, " ".join([*following, lasts]), people + anew, todo)


def _held(it: Standing, pool: str, seats: int, deadline: int | None) -> str:
    whom = f"{users(seats)} du site {pool}" if pool else users(seats)
    if deadline is None:
        return (
            f"À moins de licences supplémentaires, la protection de {whom} s’arrête "
            f"{days(it.policy.grace_days)} après la remise de l’avis."
        )
    return (
        f"Sans licences supplémentaires, la protection de {whom} s’arrête le "
        f"{it.dates.full(deadline)}, soit {it.dates.away(deadline)}."
    )


def grace(it: Standing) -> CompanyWords:
    """Plus de licence ; la protection continue un temps."""
    facts, dates, end = it.facts, it.dates, it.grace_ends_at
    returns = facts.returns_at
    event = "la protection s’arrête" if it.protected else "le service est suspendu"
    also = " et le service est suspendu" if it.protected else ""
    if it.is_grace_running:
        until = f"le {dates.full(end)}"
        why = ""
    else:
        until = f"au plus tôt le {dates.full(end)}"
        why = f" Les {days(it.policy.grace_days)} courent à compter de la remise de l’avis."
    comes = ""
    if returns is not None:
        comes = (
            f" Une licence commence le {dates.moment(returns)}, soit {dates.away(returns)} ; "
            f"elle rétablira tout tel quel."
        )
    coming_first = returns is not None and returns <= end
    stay = f"Jusque-là, {stay_protected(it.seats, it.protected)} ; aucun utilisateur ne peut être"
    return CompanyWords(
        f"{it.company} n’a plus de licence {it.service} valable ; à ce jour, "
        f"{protected_now(it.seats, it.protected)}.",
        comes.strip()
        if coming_first
        else f"Sans nouvelle licence, {event} {until}, soit {dates.away(end)}{also}.{why}{comes}",
        f"{stay} ajouté."
        if coming_first
        else f"{stay} ajouté. Ensuite, plus personne n’est protégé et la Console est fermée ; "
        f"tout reste conservé au moins {days(it.policy.retention_days)} de plus, puis est "
        f"supprimé définitivement.",
        "Vous n’avez rien à faire." if coming_first else "Ajoutez ou renouvelez une licence.",
    )


def suspended(it: Standing) -> CompanyWords:
    """Le service est fermé ; tout est conservé un temps."""
    facts, dates, since = it.facts, it.dates, it.facts.suspended_at
    kept = it.earliest_deletion
    if facts.closed:
        when = "" if since is None else f" depuis le {dates.moment(since)}"
        headline = (
            f"Le compte de l’entreprise {it.company} a été fermé par son propriétaire ; "
            f"{it.service} y est suspendu{when}."
        )
        unless = "Si le compte n’est pas rouvert"
        back = "la réouverture rétablit tout tel quel, pourvu qu’une licence soit valable"
        todo = "Pour tout garder, rouvrez le compte."
    else:
        when = "" if since is None else f" depuis le {dates.full(since)}"
        headline = f"{it.service} est suspendu pour {it.company}{when}, faute de licence valable."
        unless = "Sans nouvelle licence"
        back = "une nouvelle licence rétablit tout tel quel"
        todo = "Ajoutez ou renouvelez une licence."
    returns = None if facts.closed else facts.returns_at
    if returns is not None:
        following = (
            f"Une licence commence le {dates.moment(returns)}, soit {dates.away(returns)} ; elle "
            f"rétablira tout tel quel. Rien n’est supprimé avant."
        )
        todo = (
            "Vous n’avez rien à faire, sauf si la protection doit reprendre plus tôt : ajoutez "
            "alors une licence."
        )
    elif facts.deletion_held:
        following = (
            "L’opérateur retient la suppression : rien n’est supprimé tant qu’il en est ainsi. "
            f"Ensuite, nous vous écrirons au moins {days(it.policy.deletion_warning_days)} avant "
            "toute suppression."
        )
    elif facts.warning_deadline is not None:
        following = (
            f"{unless}, tout est supprimé définitivement le {dates.full(kept)}, soit "
            f"{dates.away(kept)}."
        )
    else:
        following = (
            f"{unless}, tout est supprimé définitivement, au plus tôt le {dates.full(kept)}, soit "
            f"{dates.away(kept)}. Nous vous écrirons au moins "
            f"{days(it.policy.deletion_warning_days)} avant."
        )
    if it.seats == 0:
        people = "Personne n’est protégé"
    elif it.seats == 1:
        people = "Le seul utilisateur n’est plus protégé"
    else:
        people = f"Les {users(it.seats)} ne sont plus protégés"
    return CompanyWords(
        headline,
        following,
        f"{people}, et la Console est fermée. À ce jour, rien n’est perdu : {back}.",
        todo,
    )


def deleted(it: Standing) -> CompanyWords:
    """Tout est supprimé."""
    first = "rouvrez le compte" if it.facts.closed else "ajoutez une licence"
    return CompanyWords(
        f"Tout ce que {it.service} conservait pour {it.company} a été supprimé définitivement.",
        "La suppression ne peut pas être annulée, et rien d’autre ne se produira de soi-même.",
        "Personne n’est protégé. Un reçu dit ce qui a été supprimé et quels avertissements l’ont "
        "précédé.",
        f"Pour utiliser de nouveau {it.service}, {first} ; tout repart de zéro, sans rien de "
        f"l’ancien contenu.",
    )


PHASES: dict[Phase, Callable[[Standing], CompanyWords]] = {
    "pending": pending,
    "active": active,
    "grace": grace,
    "suspended": suspended,
    "deleted": deleted,
}
