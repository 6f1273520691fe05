"""Les avis en français ; ceux d'un site sont dans ``pool_notices_fr``."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import NoticeKind
from tenure.words.counts_fr import days, protected_now, stay_protected, tidy, users
from tenure.words.notice_facts import Text, Told
from tenure.words.notice_parts_fr import (
    add,
    footer,
    nobody,
    passed,
    reopen,
    runs,
    soon,
    subject,
    withdrawn,
)
from tenure.words.pool_notices_fr import pool_expiring, pool_reduced, pool_short

__all__ = ["KINDS", "footer", "subject", "tidy", "withdrawn"]


def expiring(told: Told) -> Text:
    """La dernière licence de l'entreprise arrive à son terme."""
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return passed(
            told,
            f"les licences de {told.service} ont pris fin le {dates.short(end)}",
            f"La dernière licence de {told.service} au nom de {told.company} a pris fin le "
            f"{dates.full(end)}.",
        )
    going_on = "le service reste ouvert" if told.protected == 0 else "la protection se poursuit"
    return Text(
        f"les licences de {told.service} prennent fin le {dates.short(end)}",
        f"La dernière licence de {told.service} au nom de {told.company} prend fin le "
        f"{dates.full(end)}, {soon(told, end)}. Aucune autre ne prend directement le relais.",
        f"Sans nouvelle licence, {going_on} pendant {days(policy.grace_days)} encore, comptés à "
        f"partir de l’avis que nous enverrons à cette échéance, donc au moins jusqu’au "
        f"{dates.full(end + policy.grace)}. Puis le service est suspendu.",
        f"D’ici là, rien ne change : {stay_protected(told.seats, told.protected)}. Une fois le "
        f"service suspendu, plus personne n’est protégé et personne ne peut ouvrir la Console. "
        f"Tout est conservé au moins {days(policy.retention_days)} de plus, puis supprimé "
        f"définitivement.",
        add(told),
    )


def grace(told: Told) -> Text:
    """La dernière licence a pris fin ; la protection continue quelques jours."""
    since = told.facts.effective_at
    when = "" if since is None else f" depuis le {told.dates.full(since)}"
    return _in_grace(
        told,
        "plus de licence valable",
        f"{told.company} n’a plus de licence valable pour {told.service}{when}.",
    )


def grace_reminder(told: Told) -> Text:
    """La moitié de ces jours est passée."""
    since = told.facts.effective_at
    last = "" if since is None else f" La dernière a pris fin le {told.dates.full(since)}."
    return _in_grace(
        told,
        "toujours pas de licence valable",
        f"{told.company} n’a toujours pas de licence valable pour {told.service}.{last}",
    )


def _in_grace(told: Told, state: str, happened: str) -> Text:
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return passed(told, f"{state} au {dates.short(end)}", happened)
    if told.protected:
        least = "au moins " if told.at_earliest else ""
        fact = f"{state}, la protection continue {least}jusqu’au {dates.short(end)}"
    else:
        least = "au plus tôt " if told.at_earliest else ""
        fact = f"{state}, suspension {least}le {dates.short(end)}"
    event = "la protection s’arrête et le service est suspendu"
    if told.protected == 0:
        event = "le service est suspendu"
    on = "au plus tôt le" if told.at_earliest else "le"
    return Text(
        fact,
        happened,
        f"Sans nouvelle licence, {event} {on} {dates.full(end)}, {soon(told, end)}."
        f"{runs(told, policy.grace_days)}",
        f"Jusque-là, rien ne change : {stay_protected(told.seats, told.protected)}. Entre-temps, "
        f"aucun nouvel utilisateur ne peut être protégé. Ensuite, plus personne n’est protégé et "
        f"personne ne peut ouvrir la Console. Tout reste conservé au moins "
        f"{days(policy.retention_days)} de plus : une nouvelle licence rétablit tout tel quel. "
        f"Faute de licence, tout est alors supprimé définitivement ; nous vous écrirons au moins "
        f"{days(policy.deletion_warning_days)} avant.",
        add(told),
    )


def suspended(told: Told) -> Text:
    """Le service est fermé pour l'entreprise ; tout est conservé un temps."""
    facts, dates, at = told.facts, told.dates, told.facts.effective_at
    kept = told.kept_until
    if facts.closed:
        when = "" if at is None else f" le {dates.since(at)}"
        state = "compte fermé par son propriétaire"
        happened = (
            f"Le compte de l’entreprise {told.company} a été fermé par son propriétaire{when}, et "
            f"{told.service} y est suspendu."
        )
    else:
        when = "" if at is None else f" depuis le {dates.full(at)}"
        state = f"{told.service} est suspendu"
        happened = (
            f"{told.service} est suspendu pour {told.company}{when}, faute de licence valable."
        )
    return Text(
        f"{state} ; tout est conservé au moins jusqu’au {dates.short(kept)}",
        happened,
        f"Tout est conservé au moins jusqu’au {dates.full(kept)}, {soon(told, kept)}. "
        f"{_unless(told)}, tout est alors supprimé définitivement ; nous vous écrirons au moins "
        f"{days(facts.policy.deletion_warning_days)} avant.",
        f"{nobody(told)} À ce jour, rien n’est perdu : {_back(told)}.",
        reopen(told) if facts.closed else add(told),
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
    start = f"{told.service} est de nouveau actif pour {told.company}{since}."
    over = "a suspension ou la suppression que nous avions annoncée ne s’applique plus."
    if told.waiting == 0:
        return Text(
            f"{told.service} est de nouveau actif",
            start,
            f"Vous n’avez rien à faire : l{over}{lasts}",
            f"Tout est comme avant : {protected_now(told.seats, told.protected)}.",
            f"Voir {told.company} et ses licences",
        )
    return Text(
        f"{told.service} est de nouveau actif ; {users(told.waiting)} en attente de licence",
        start,
        f"L{over}{lasts}",
        f"Tout est rétabli tel quel, mais les licences ne suffisent pas : "
        f"{protected_now(told.seats, told.protected)}. Dès qu’elles suffiront, la protection "
        f"reviendra, dans l’ordre où elle avait été donnée.",
        add(told),
    )


def deletion_warning(told: Told) -> Text:
    """Le temps de conservation arrive à son terme."""
    facts, dates, end, at = told.facts, told.dates, told.ends_at, told.facts.effective_at
    since = "" if at is None else f" depuis le {dates.full(at)}"
    cause = "son propriétaire ayant fermé le compte"
    if not facts.closed:
        cause = "faute de licence valable"
    happened = f"{told.service} est suspendu pour {told.company}{since}, {cause}."
    if told.is_over:
        return passed(told, f"la conservation a pris fin le {dates.short(end)}", happened)
    least = "au moins " if told.at_earliest else ""
    return Text(
        f"les données de {told.service} sont conservées {least}jusqu’au {dates.short(end)}, puis "
        f"supprimées",
        happened,
        f"Tout est conservé {least}jusqu’au {dates.full(end)}, {soon(told, end)}. "
        f"{_unless(told)} d’ici là, tout est supprimé définitivement."
        f"{runs(told, facts.policy.deletion_warning_days)}",
        f"{nobody(told)} Seront supprimés : la liste des utilisateurs, leurs groupes et leurs "
        f"sources, les règles et les exports. Personne ne pourra les rétablir ensuite. Jusque-là, "
        f"rien n’est perdu : {_back(told)}.",
        reopen(told) if facts.closed else add(told),
    )


def deleted(told: Told) -> Text:
    """Tout a été supprimé."""
    at = told.facts.effective_at
    when = "" if at is None else f" le {told.dates.moment(at)}"
    return Text(
        f"les données de {told.service} ont été supprimées",
        f"Tout ce que {told.service} conservait pour {told.company} a été supprimé "
        f"définitivement{when}.",
        "La suppression ne peut pas être annulée, et aucune autre étape ne suit. Une nouvelle "
        "licence peut être ajoutée à tout moment ; tout repart alors de zéro, sans rien de "
        "l’ancien contenu.",
        "Plus personne n’est protégé. Ont été supprimés : la liste des utilisateurs, leurs "
        "groupes et leurs sources, les règles et les exports. Il reste un reçu signé, sans "
        "données personnelles, qui dit ce qui a été supprimé et quels avertissements l’ont "
        "précédé.",
        "Voir ce qui a été supprimé",
    )


def _unless(told: Told) -> str:
    return "Si le compte n’est pas rouvert" if told.facts.closed else "Sans nouvelle licence"


def _back(told: Told) -> str:
    if told.facts.closed:
        return "une fois le compte rouvert avec une licence valable, tout revient tel quel"
    return "une nouvelle licence rétablit aussitôt tout tel quel"


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
