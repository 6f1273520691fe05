"""Où en est une entreprise, en français."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import Phase
from tenure.words.company_facts import CompanyWords, Standing
from tenure.words.counts_fr import days, protected_now, stay_protected, tidy, users, verb

__all__ = ["PHASES", "no_address", "tidy"]


def pending(it: Standing) -> CompanyWords:
    """Rien n'a commencé."""
    returns = it.facts.returns_at
    if it.facts.closed:
        return CompanyWords(
            f"Le compte de l’entreprise {it.company} a été fermé par son propriétaire ; "
            f"{it.service} n’y a pas encore servi.",
            "Aucune étape n’est prévue.",
            "Personne n’est protégé.",
            f"Pour utiliser {it.service}, rouvrez le compte.",
        )
    return CompanyWords(
        f"{it.company} n’a pas encore de licence valable pour {it.service}.",
        "Aucune étape n’est prévue."
        if returns is None
        else f"Une licence commence le {it.dates.moment(returns)}, soit "
        f"{it.dates.away_start(returns)}.",
        "Personne n’est protégé.",
        "Ajoutez une licence ou commencez un essai."
        if returns is None
        else "Vous n’avez rien à faire.",
    )


def active(it: Standing) -> CompanyWords:
    """Il y a des licences."""
    dates, horizon = it.dates, it.facts.horizon_at
    now = protected_now(it.seats, it.protected)
    last = "sa dernière licence" if it.facts.returns_at is None else "sa licence actuelle"
    following = [_held(it, *held) for held in it.held]
    if horizon is None:
        following.append("À ce jour, aucun terme n’est prévu pour ses licences.")
    elif it.is_ending_soon:
        end = horizon + it.policy.grace
        returns = it.facts.returns_at
        if returns is not None:
            following.append(
                f"La licence suivante commence le {dates.moment(returns)}, soit "
                f"{dates.away_start(returns)}."
            )
        following.append(
            "La protection se poursuit entre les deux, et le service n’est pas suspendu."
            if returns is not None and returns <= end
            else f"Sans nouvelle licence, la protection se poursuit pendant "
            f"{days(it.policy.grace_days)}, comptés à partir de l’avis que nous enverrons à cette "
            f"échéance, donc au moins jusqu’au {dates.full(end)}. Puis le service est suspendu"
            f"{'' if returns is None else ' jusqu’à son début'}."
        )
    else:
        following.append(
            f"Ses licences courent jusqu’au {dates.full(horizon)}, soit {dates.away(horizon)}."
        )
    return CompanyWords(
        f"{it.service} est en service pour {it.company} ; {last} prend fin le "
        f"{dates.full(horizon)}, soit {dates.away(horizon)}."
        if horizon is not None and it.is_ending_soon
        else f"{it.service} est en service pour {it.company} : {now}.",
        " ".join(following),
        _people(it),
        _todo(it),
    )


def _held(it: Standing, pool: str, seats: int, deadline: int | None) -> str:
    dates = it.dates
    whom = f"{users(seats)} du site {pool}" if pool else users(seats)
    if deadline is not None:
        return (
            f"Sans licences supplémentaires, la protection de {whom} s’arrête le "
            f"{dates.full(deadline)}, soit {dates.away(deadline)}."
        )
    earliest = it.facts.now + it.policy.grace
    return (
        f"Sans licences supplémentaires, la protection de {whom} s’arrête "
        f"{days(it.policy.grace_days)} après la remise de l’avis qui l’annonce, donc au plus tôt "
        f"le {dates.full(earliest)}, soit {dates.away(earliest)}."
    )


def _people(it: Standing) -> str:
    said = []
    if it.is_ending_soon:
        said.append(f"D’ici là, rien ne change : {stay_protected(it.seats, it.protected)}.")
    elif it.seats == 0:
        said.append("Aucun utilisateur n’est encore protégé.")
    elif it.held:
        said.append(f"Pour l’instant, {protected_now(it.seats, it.protected)}.")
    if it.waiting:
        said.append(
            f"{users(it.waiting)} {verb(it.waiting, 'attend', 'attendent')} une licence et "
            f"{verb(it.waiting, 'sera protégé', 'seront protégés')} dès qu’elles suffiront."
        )
    if it.held:
        held = sum(seats for _, seats, _ in it.held)
        said.append(
            f"Après la date indiquée, {users(held)} {verb(held, 'attendra', 'attendront')} une "
            f"licence."
        )
    if it.is_ending_soon and it.facts.returns_at is not None:
        if not it.is_bridged:
            said.append("Tout est conservé, et la licence suivante rétablira tout tel quel.")
    elif it.is_ending_soon:
        said.append(
            f"Une fois le service suspendu, plus personne n’est protégé ; tout est conservé au "
            f"moins {days(it.policy.retention_days)} de plus, puis supprimé définitivement."
        )
    elif it.waiting or it.held:
        said.append("La place de chacun est gardée, et rien n’est supprimé.")
    if it.facts.instance > 1 and it.seats == 0:
        said.append(
            "C’est un nouveau départ après une suppression : rien de l’ancien contenu n’y est."
        )
    return " ".join(said) or "Rien ne change pour personne."


def _todo(it: Standing) -> str:
    if it.missing > 0:
        add = f"ajoutez des licences pour {users(it.missing)}."
        if it.has_free_units:
            return f"Déplacez des unités libres là où elles manquent, ou {add}"
        return add[0].upper() + add[1:]
    if it.is_ending_soon and not it.is_bridged:
        return "Ajoutez ou renouvelez une licence avant cette échéance."
    if it.seats == 0:
        return "Choisissez les utilisateurs à protéger."
    return "Vous n’avez rien à faire."


def grace(it: Standing) -> CompanyWords:
    """Plus de licence ; la protection continue un temps."""
    dates, end, returns = it.dates, it.grace_ends_at, it.facts.returns_at
    headline = (
        f"{it.company} n’a plus de licence valable pour {it.service} ; pour l’instant, "
        f"{protected_now(it.seats, it.protected)}."
    )
    stay = (
        f"Jusque-là, rien ne change : {stay_protected(it.seats, it.protected)}. Entre-temps, "
        f"aucun nouvel utilisateur ne peut être protégé."
    )
    comes = ""
    if returns is not None:
        comes = (
            f"Une licence commence le {dates.moment(returns)}, soit "
            f"{dates.away_start(returns)} ; elle rétablira tout tel quel."
        )
        if returns <= end:
            return CompanyWords(headline, comes, stay, "Vous n’avez rien à faire.")
    event = "la protection s’arrête et le service est suspendu"
    if not it.protected:
        event = "le service est suspendu"
    on = "le" if it.is_grace_running else "au plus tôt le"
    following = f"Sans nouvelle licence, {event} {on} {dates.full(end)}, soit {dates.away(end)}."
    if not it.is_grace_running:
        following += (
            f" Le délai de {days(it.policy.grace_days)} court à compter de la remise de l’avis, "
            f"qui n’a pas encore eu lieu."
        )
        portal = it.facts.portal_service_at
        if portal is not None:
            following += (
                f" Si aucun message ne peut être remis, il sera réputé remis ici le "
                f"{dates.moment(portal)}."
            )
    if returns is not None:
        after = (
            "Ensuite, plus personne n’est protégé jusqu’au début de cette licence ; tout est "
            "conservé."
        )
    else:
        after = (
            f"Ensuite, plus personne n’est protégé et personne ne peut ouvrir la Console. Tout "
            f"reste conservé au moins {days(it.policy.retention_days)} de plus : une nouvelle "
            f"licence rétablit tout tel quel. Faute de licence, tout est alors supprimé "
            f"définitivement."
        )
    return CompanyWords(
        headline,
        f"{following} {comes}".strip(),
        f"{stay} {after}",
        "Ajoutez ou renouvelez une licence.",
    )


def suspended(it: Standing) -> CompanyWords:
    """Le service est fermé ; tout est conservé un temps."""
    facts, dates, since = it.facts, it.dates, it.facts.suspended_at
    kept = it.earliest_deletion
    if facts.closed:
        when = "" if since is None else f" depuis le {dates.since(since)}"
        headline = (
            f"Le compte de l’entreprise {it.company} a été fermé par son propriétaire ; "
            f"{it.service} y est suspendu{when}."
        )
        unless = "Si le compte n’est pas rouvert"
        back = "une fois le compte rouvert avec une licence valable, tout revient tel quel"
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
            f"Une licence commence le {dates.moment(returns)}, soit "
            f"{dates.away_start(returns)} ; elle rétablira tout tel quel. Rien n’est supprimé "
            f"avant."
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
    elif facts.is_warning_unserved:
        following = (
            f"Rien n’est supprimé pour l’instant : l’avertissement avant la suppression n’a pas "
            f"encore pu être remis. Tout est conservé au moins "
            f"{days(it.policy.deletion_warning_days)} après sa remise, donc au moins jusqu’au "
            f"{dates.full(kept)}, soit {dates.away(kept)}. Si aucun message ne peut être remis, un "
            f"opérateur doit d’abord confirmer la suppression."
        )
    elif facts.warning_deadline is not None and kept <= facts.now:
        following = (
            f"La date de la fin de la conservation, le {dates.full(kept)}, est passée. {unless} "
            f"avant la suppression, qui peut venir à tout moment, tout est supprimé "
            f"définitivement."
        )
    elif facts.warning_deadline is not None:
        following = (
            f"Tout est conservé jusqu’au {dates.full(kept)}, soit {dates.away(kept)}. {unless} "
            f"d’ici là, tout est supprimé définitivement."
        )
    else:
        following = (
            f"Tout est conservé au moins jusqu’au {dates.full(kept)}, soit {dates.away(kept)}. "
            f"{unless}, tout est alors supprimé définitivement ; nous vous écrirons au moins "
            f"{days(it.policy.deletion_warning_days)} avant."
        )
    back = "" if returns is not None else f" : {back}"
    if it.seats == 0:
        people = "Personne n’est protégé"
    elif it.seats == 1:
        people = "Le seul utilisateur n’est plus protégé"
    else:
        people = f"Les {users(it.seats)} ne sont plus protégés"
    return CompanyWords(
        headline,
        following,
        f"{people}, et personne ne peut ouvrir la Console. À ce jour, rien n’est perdu{back}.",
        todo,
    )


def deleted(it: Standing) -> CompanyWords:
    """Tout est supprimé."""
    first = "rouvrez le compte" if it.facts.closed else "ajoutez une licence"
    return CompanyWords(
        f"Tout ce que {it.service} conservait pour {it.company} a été supprimé définitivement.",
        "La suppression ne peut pas être annulée, et aucune autre étape ne suit.",
        "Personne n’est protégé. Un reçu dit ce qui a été supprimé et quels avertissements l’ont "
        "précédé.",
        f"Pour utiliser de nouveau {it.service}, {first} ; tout repart de zéro, sans rien de "
        f"l’ancien contenu.",
    )


def no_address(it: Standing) -> str:
    """Dit qu'on ne peut écrire à personne."""
    return (
        f"Indiquez une adresse pour les avis : {it.company} n’en a pas, et aucun message ne "
        f"parvient donc à personne."
    )


PHASES: dict[Phase, Callable[[Standing], CompanyWords]] = {
    "pending": pending,
    "active": active,
    "grace": grace,
    "suspended": suspended,
    "deleted": deleted,
}
