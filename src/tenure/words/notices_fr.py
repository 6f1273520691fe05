"""Les avis en français."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import NoticeKind
from tenure.words.counts_fr import (
    days,
    number,
    protected_now,
    sentence,
    stay_protected,
    tidy,
    users,
    verb,
)
from tenure.words.notice_facts import Text, Told

__all__ = ["KINDS", "footer", "subject", "tidy", "withdrawn"]


def expiring(told: Told) -> Text:
    """La dernière licence de l'entreprise arrive à son terme."""
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return _passed(
            told,
            f"les licences {told.service} ont pris fin le {dates.short(end)}",
            f"La dernière licence {told.service} au nom de {told.company} a pris fin le "
            f"{dates.full(end)}.",
        )
    return Text(
        f"les licences {told.service} prennent fin le {dates.short(end)}",
        f"La dernière licence {told.service} au nom de {told.company} prend fin le "
        f"{dates.full(end)}, {_soon(told, end)}. Aucune autre ne prend le relais.",
        f"Sans nouvelle licence, nous vous écrirons à cette échéance. La protection se poursuivra "
        f"encore {days(policy.grace_days)} à compter de ce message, donc au moins jusqu’au "
        f"{dates.full(end + policy.grace)} ; puis le service sera suspendu.",
        f"D’ici là, rien ne change : {stay_protected(told.seats, told.protected)}. Une fois le "
        f"service suspendu, plus personne n’est protégé et la Console est fermée. Tout est "
        f"conservé au moins {days(policy.retention_days)} de plus, puis supprimé définitivement.",
        _add(told),
    )


def pool_expiring(told: Told) -> Text:
    """Un site aura moins de licences que d'utilisateurs, l'entreprise restant active."""
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return _passed(
            told,
            f"une licence{_for_site(told)} a pris fin le {dates.short(end)}",
            f"Une licence {told.service} de l’entreprise {told.company}{_for_site(told)} a pris "
            f"fin le {dates.full(end)}.",
        )
    missing = told.seats - told.covered_after
    return Text(
        f"trop peu de licences{_for_site(told)} après le {dates.short(end)}",
        f"Une licence {told.service} au nom de {told.company} prend fin le {dates.full(end)}, "
        f"{_soon(told, end)}. Les licences ne suffiront alors plus : {_part(told)}.",
        f"Sans licences supplémentaires, nous vous écrirons à cette échéance. Tous resteront "
        f"protégés {days(policy.grace_days)} à compter de ce message, donc au moins jusqu’au "
        f"{dates.full(end + policy.grace)} ; puis {users(missing)} "
        f"{verb(missing, 'perdra', 'perdront')} la protection.",
        f"D’ici là, rien ne change : {stay_protected(told.seats, told.protected)}. "
        f"{_who_keeps(told)}",
        _add_for_site(told),
    )


def grace(told: Told) -> Text:
    """La dernière licence a pris fin ; la protection continue quelques jours."""
    since = told.facts.effective_at
    when = "depuis peu" if since is None else f"depuis le {told.dates.full(since)}"
    return _in_grace(
        told,
        "plus de licence valable",
        f"{told.company} n’a plus de licence {told.service} valable {when}.",
    )


def grace_reminder(told: Told) -> Text:
    """La moitié de ces jours est passée."""
    since = told.facts.effective_at
    last = "" if since is None else f" La dernière a pris fin le {told.dates.full(since)}."
    return _in_grace(
        told,
        "toujours pas de licence valable",
        f"{told.company} n’a toujours pas de licence {told.service} valable.{last}",
    )


def _in_grace(told: Told, state: str, happened: str) -> Text:
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return _passed(told, f"{state} ; le délai a pris fin le {dates.short(end)}", happened)
    on = "au plus tôt le" if told.at_earliest else "le"
    event = "le service est suspendu" if told.protected == 0 else "la protection s’arrête"
    also = "" if told.protected == 0 else ", et le service est suspendu"
    return Text(
        f"{state} ; {event} {on} {dates.short(end)}",
        happened,
        f"Sans nouvelle licence, {event} {on} {dates.full(end)}, {_soon(told, end)}{also}."
        f"{_runs(told, policy.grace_days)}",
        f"Jusque-là, {stay_protected(told.seats, told.protected)} ; aucun utilisateur ne peut "
        f"être ajouté. Ensuite, plus personne n’est protégé et la Console est fermée. Tout reste "
        f"conservé au moins {days(policy.retention_days)} de plus : une nouvelle licence rétablit "
        f"tout tel quel. Faute de licence, tout est alors supprimé définitivement ; nous vous "
        f"écrirons {days(policy.deletion_warning_days)} avant.",
        _add(told),
    )


def suspended(told: Told) -> Text:
    """Le service est fermé pour l'entreprise ; tout est conservé un temps."""
    facts, dates = told.facts, told.dates
    kept = told.kept_until
    if facts.closed:
        when = f" le {dates.moment(facts.effective_at)}" if facts.effective_at is not None else ""
        state = "compte fermé par son propriétaire"
        happened = (
            f"Le compte de l’entreprise {told.company} a été fermé par son propriétaire{when} ; "
            f"{told.service} y est suspendu."
        )
        unless = "Si le compte n’est pas rouvert"
        back = "la réouverture rétablit tout tel quel, pourvu qu’une licence soit valable"
    else:
        when = (
            f" depuis le {dates.full(facts.effective_at)}" if facts.effective_at is not None else ""
        )
        state = f"{told.service} est suspendu"
        happened = (
            f"{told.service} est suspendu pour {told.company}{when}, faute de licence valable."
        )
        unless = "Sans nouvelle licence"
        back = "une nouvelle licence rétablit aussitôt tout tel quel"
    return Text(
        f"{state} ; tout est conservé au moins jusqu’au {dates.short(kept)}",
        happened,
        f"{unless}, tout est supprimé définitivement, au plus tôt le {dates.full(kept)}, "
        f"{_soon(told, kept)}. Nous vous écrirons au moins "
        f"{days(facts.policy.deletion_warning_days)} avant.",
        f"{_nobody(told)} La Console est fermée. À ce jour, rien n’est perdu : {back}.",
        _reopen(told) if facts.closed else _add(told),
    )


def restored(told: Told) -> Text:
    """L'entreprise est de nouveau active."""
    facts, dates = told.facts, told.dates
    since = "" if facts.effective_at is None else f" depuis le {dates.moment(facts.effective_at)}"
    lasts = (
        f" À ce jour, ses licences courent jusqu’au {dates.full(facts.horizon_at)}."
        if facts.horizon_at is not None and facts.horizon_at > facts.now
        else ""
    )
    if told.waiting:
        state = f" ; {users(told.waiting)} en attente de licence"
        people = (
            f"Tout est rétabli tel quel, mais les licences ne suffisent pas pour tous : "
            f"{protected_now(told.seats, told.protected)}. Dès que des licences seront "
            f"disponibles, la protection reviendra dans l’ordre où elle avait été donnée."
        )
    else:
        state = ""
        people = f"Tout est comme avant : {protected_now(told.seats, told.protected)}."
    return Text(
        f"{told.service} est de nouveau actif{state}",
        f"{told.service} est de nouveau actif pour {told.company}{since}.",
        f"Ce que d’anciens avis annonçaient, suspension ou suppression, ne s’applique plus.{lasts}",
        people,
        _add(told) if told.waiting else f"Voir {told.company} et ses licences",
    )


def pool_short(told: Told) -> Text:
    """Une licence d'un site a pris fin ; ceux qui l'ont perdue restent protégés un temps."""
    dates, end = told.dates, told.ends_at
    happened = (
        f"Une licence {told.service} au nom de {told.company} a pris fin. Les licences ne "
        f"suffisent plus : {_part(told)}."
    )
    if told.is_over:
        return _passed(told, f"trop peu de licences{_for_site(told)}", happened)
    on = "au plus tôt le" if told.at_earliest else "le"
    losing = told.losing
    who = f"{users(losing)}{_of_site(told)}"
    return Text(
        f"la protection de {who} s’arrête {on} {dates.short(end)}",
        happened,
        f"Sans licences supplémentaires, la protection de {users(losing)} s’arrête {on} "
        f"{dates.full(end)}, {_soon(told, end)}.{_runs(told, told.facts.policy.grace_days)}",
        f"Jusque-là, {stay_protected(told.seats, told.protected)}. {_who_keeps(told)}",
        _add_for_site(told),
    )


def pool_reduced(told: Told) -> Text:
    """Un site a moins de licences que d'utilisateurs, et personne n'est maintenu."""
    since = told.facts.effective_at
    start = "Les" if since is None else f"Depuis le {told.dates.full(since)}, les"
    waiting = told.waiting
    return Text(
        f"{users(waiting)}{_of_site(told)} sans protection",
        f"{start} licences {told.service} au nom de {told.company} ne suffisent plus : "
        f"{_part(told)}.",
        f"Rien d’autre ne se produira de soi-même, et aucun délai ne court. Dès que des licences "
        f"seront disponibles, "
        f"{verb(waiting, 'l’utilisateur', f'les {users(waiting)}')} sans protection "
        f"{verb(waiting, 'la retrouvera', 'la retrouveront')} aussitôt.",
        _who_keeps(told, now=True),
        _add_for_site(told),
    )


def deletion_warning(told: Told) -> Text:
    """Le temps de conservation arrive à son terme."""
    facts, dates, end = told.facts, told.dates, told.ends_at
    since = "" if facts.effective_at is None else f" depuis le {dates.full(facts.effective_at)}"
    cause = "son propriétaire ayant fermé le compte" if facts.closed else "faute de licence valable"
    happened = f"{told.service} est suspendu pour {told.company}{since}, {cause}."
    if told.is_over:
        return _passed(told, f"la conservation a pris fin le {dates.short(end)}", happened)
    on = "au plus tôt le" if told.at_earliest else "le"
    unless = "Si le compte n’est pas rouvert" if facts.closed else "Sans nouvelle licence"
    back = (
        "la réouverture rétablit tout tel quel, pourvu qu’une licence soit valable"
        if facts.closed
        else "une nouvelle licence rétablit tout tel quel"
    )
    return Text(
        f"les données {told.service} sont supprimées {on} {dates.short(end)}",
        happened,
        f"{unless}, tout ce qui est conservé est supprimé définitivement {on} {dates.full(end)}, "
        f"{_soon(told, end)}.{_runs(told, facts.policy.deletion_warning_days)}",
        f"{_nobody(told)} La suppression porte sur la liste des utilisateurs, leurs groupes et "
        f"leurs sources, les règles et les exports ; personne ne pourra les rétablir ensuite. "
        f"Jusque-là, rien n’est perdu : {back}.",
        _reopen(told) if facts.closed else _add(told),
    )


def deleted(told: Told) -> Text:
    """Tout a été supprimé."""
    at = told.facts.effective_at
    when = "" if at is None else f" le {told.dates.moment(at)}"
    return Text(
        f"les données {told.service} ont été supprimées",
        f"Tout ce que {told.service} conservait pour {told.company} a été supprimé "
        f"définitivement{when}.",
        "La suppression ne peut pas être annulée, et rien d’autre ne suivra. Une nouvelle licence "
        "peut être ajoutée à tout moment ; elle repart de zéro, sans rien de l’ancien contenu.",
        "Plus personne n’est protégé. Ont été supprimés la liste des utilisateurs, leurs groupes "
        "et leurs sources, les règles et les exports. Il reste un reçu signé, sans données "
        "personnelles : il dit ce qui a été supprimé et quels avertissements l’ont précédé.",
        "Voir ce qui a été supprimé",
    )


def withdrawn(told: Told) -> Text:
    """L'avis a été dépassé par les événements avant sa remise."""
    return Text(
        "un avis antérieur ne s’applique plus",
        f"L’avis {told.facts.reference} concernant {told.company} et {told.service} ne s’applique "
        f"plus : la situation a changé avant sa remise.",
        "Il ne fait courir aucun délai, et les dates qu’il nommait sont sans effet.",
        f"{sentence(protected_now(told.seats, told.protected))}.",
        f"Voir où en est {told.company}",
    )


KINDS: dict[NoticeKind, Callable[[Told], Text]] = {
    "expiring": expiring,
    "pool_expiring": pool_expiring,
    "grace": grace,
    "grace_reminder": grace_reminder,
    "suspended": suspended,
    "restored": restored,
    "pool_short": pool_short,
    "pool_reduced": pool_reduced,
    "deletion_warning": deletion_warning,
    "deleted": deleted,
}


def subject(told: Told, fact: str) -> str:
    """Commence par celui que cela concerne : on le lit dans une liste de deux cents."""
    return tidy(f"{told.company}{' (compte de test)' if told.facts.test else ''} : {fact}")


def footer(told: Told) -> str:
    """Dit pourquoi ce lecteur reçoit l'avis, et sa référence."""
    why = {
        "owner": f"vous êtes propriétaire du compte de l’entreprise {told.company}",
        "administrator": f"vous administrez {told.company}",
        "notification_address": (
            f"cette adresse est inscrite pour les avis concernant {told.company}"
        ),
        "site_administrator": f"vous administrez {_site(told)}",
    }[told.facts.reason]
    test = (
        " Ceci est un compte de test : aucun utilisateur réel n’est concerné."
        if told.facts.test
        else ""
    )
    return f"Vous recevez ce message parce que {why}. Référence {told.facts.reference}.{test}"


def _site(told: Told) -> str:
    site = "un site" if told.site is None else f"le site {told.site}"
    return f"{site} de l’entreprise {told.company}"


def _soon(told: Told, t: int) -> str:
    return f"soit {told.dates.away(t)}"


def _runs(told: Told, count: int) -> str:
    if not told.at_earliest:
        return ""
    return f" Les {days(count)} courent à compter de la remise de cet avis."


def _passed(told: Told, fact: str, happened: str) -> Text:
    """Dit un avis dont la date est passée : ce qu'il annonçait a pu se produire ou non."""
    return Text(
        fact,
        happened,
        f"La date que nommait cet avis, le {told.dates.full(told.ends_at)}, est passée.",
        f"À ce jour, {protected_now(told.seats, told.protected)}.",
        f"Voir où en est {told.company}",
    )


def _for_site(told: Told) -> str:
    return "" if told.site is None else f" pour le site {told.site}"


def _of_site(told: Told) -> str:
    return "" if told.site is None else f" du site {told.site}"


def _part(told: Told) -> str:
    """Dit pour combien de personnes il y a des licences."""
    covered = told.covered_after
    whom = f"{users(told.seats)}{_of_site(told)}"
    if covered == 0:
        return f"il n’y en a aucune pour {whom}"
    return f"il y en a {number(covered)} pour {whom}"


def _who_keeps(told: Told, *, now: bool = False) -> str:
    covered, missing = told.covered_after, told.seats - told.covered_after
    start = "" if now else "ensuite, "
    if covered == 0:
        first = f"{start}personne{_of_site(told)} n’est protégé"
    elif covered == 1:
        first = f"{start}seul le premier utilisateur protégé le reste"
    else:
        first = f"{start}les {users(covered)} protégés en premier le restent"
    return (
        f"{sentence(first)} ; {number(missing)} {verb(missing, 'attend', 'attendent')} une "
        f"licence. Qui attend garde sa place, et rien n’est supprimé."
    )


def _nobody(told: Told) -> str:
    if told.seats == 0:
        return "Personne n’est protégé."
    if told.seats == 1:
        return "Le seul utilisateur n’est plus protégé."
    return f"Les {users(told.seats)} ne sont plus protégés."


def _ask(told: Told, what: str) -> str:
    return f"Demander à {told.renewer or 'la personne propriétaire du compte'} {what}"


def _add(told: Told) -> str:
    if told.facts.can_renew:
        return "Ajouter ou renouveler une licence"
    return _ask(told, "d’ajouter ou de renouveler une licence")


def _add_for_site(told: Told) -> str:
    if told.facts.can_renew:
        return f"Ajouter des licences{_for_site(told)}"
    return _ask(told, f"d’ajouter des licences{_for_site(told)}")


def _reopen(told: Told) -> str:
    if told.facts.can_renew:
        return "Rouvrir le compte"
    return _ask(told, "de rouvrir le compte")
