"""Les avis en français ; ceux d'un site sont dans ``pool_notices_fr``."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import NoticeKind
from tenure.words.counts_fr import days, number, protected_now, stay_protected, tidy, users
from tenure.words.notice_facts import Text, Told
from tenure.words.notice_parts_fr import (
    add,
    comes,
    footer,
    nobody,
    overtaken,
    passed,
    reopen,
    runs,
    see,
    soon,
    subject,
    withdrawn,
)
from tenure.words.pool_notices_fr import pool_expiring, pool_reduced, pool_short

__all__ = ["KINDS", "footer", "overtaken", "subject", "tidy", "withdrawn"]


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
    fact = f"les licences de {told.service} prennent fin le {dates.short(end)}"
    happened = (
        f"La dernière licence de {told.service} au nom de {told.company} prend fin le "
        f"{dates.full(end)}, {soon(told, end)}. Aucune autre ne prend directement le relais."
    )
    if told.comes_in_time:
        return Text(
            fact,
            happened,
            f"{comes(told)}. Jusque-là, {going_on}, et le service n’est pas suspendu.",
            f"D’ici là, rien ne change : {stay_protected(told.seats, told.protected)}. Seuls "
            f"de nouveaux utilisateurs ne peuvent pas être protégés entre les deux licences.",
            see(told),
        )
    returns = told.facts.returns_at is not None
    until = ", jusqu’au début de la licence suivante" if returns else ""
    kept = (
        f"Tout est conservé. {comes(told)} ; elle rétablira tout tel quel."
        if returns
        else (
            f"Tout est conservé au moins {days(policy.retention_days)} de plus, puis supprimé "
            f"définitivement."
        )
    )
    return Text(
        fact,
        happened,
        f"Sans nouvelle licence, {going_on} pendant {days(policy.grace_days)} encore, comptés à "
        f"partir de l’avis que nous enverrons à cette échéance, donc au moins jusqu’au "
        f"{dates.full(end + policy.grace)}. Puis le service est suspendu{until}.",
        f"D’ici là, rien ne change : {stay_protected(told.seats, told.protected)}. Une fois le "
        f"service suspendu, plus personne n’est protégé et personne ne peut ouvrir la Console. "
        f"{kept}",
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
    stay = (
        f"Jusque-là, rien ne change : {stay_protected(told.seats, told.protected)}. Entre-temps, "
        f"aucun nouvel utilisateur ne peut être protégé."
    )
    if told.comes_in_time:
        returns = dates.short_moment(told.facts.returns_at or end)
        return Text(
            f"{state} jusqu’au début de la suivante, le {returns}",
            happened,
            f"{comes(told)}, avant la fin de la protection. Le service n’est pas suspendu.",
            stay,
            see(told),
        )
    on = "au plus tôt le" if told.at_earliest else "le"
    if told.facts.returns_at is None:
        kept = (
            f"Tout reste conservé au moins {days(policy.retention_days)} de plus : une nouvelle "
            f"licence rétablit tout tel quel. Faute de licence, tout est alors supprimé "
            f"définitivement ; nous vous écrirons au moins {days(policy.deletion_warning_days)} "
            f"avant."
        )
    else:
        kept = f"Tout reste conservé. {comes(told)} ; elle rétablira tout tel quel."
    return Text(
        fact,
        happened,
        f"Sans nouvelle licence, {event} {on} {dates.full(end)}, {soon(told, end)}."
        f"{runs(told, policy.grace_days)}",
        f"{stay} Ensuite, plus personne n’est protégé et personne ne peut ouvrir la Console. "
        f"{kept}",
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
    fact = f"{state} ; tout est conservé au moins jusqu’au {dates.short(kept)}"
    following = (
        f"Tout est conservé au moins jusqu’au {dates.full(kept)}, {soon(told, kept)}. "
        f"{_unless(told)}, tout est alors supprimé définitivement ; nous vous écrirons au moins "
        f"{days(facts.policy.deletion_warning_days)} avant."
    )
    if _is_kept(told):
        fact, following = f"{state} ; tout est conservé", _kept(told)
    return Text(
        fact,
        happened,
        following,
        f"{nobody(told)} À ce jour, rien n’est perdu : {_back(told)}.",
        reopen(told) if told.is_closed else add(told),
    )


def _is_kept(told: Told) -> bool:
    """Dit si, à ce jour, rien ne sera supprimé : une licence vient, ou l'opérateur retient tout."""
    facts = told.facts
    return facts.deletion_held or (facts.returns_at is not None and not told.is_closed)


def _kept(told: Told) -> str:
    if told.facts.returns_at is not None and not told.is_closed:
        return f"{comes(told)} ; elle rétablira tout tel quel. Rien n’est supprimé avant."
    return (
        f"L’opérateur retient la suppression : rien n’est supprimé tant qu’il en est ainsi. "
        f"Ensuite, nous vous écrirons au moins {days(told.facts.policy.deletion_warning_days)} "
        f"avant toute suppression."
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
    if facts.from_phase == "grace":
        fact = f"de nouveau une licence valable pour {told.service}"
        start = (
            f"{told.company} a de nouveau une licence valable pour {told.service}{since}. Le "
            f"service n’a pas été suspendu."
        )
        over = "Aucune suspension ni suppression ne suivra."
        same = "Rien n’a changé pour personne"
        back = "Rien n’a été retiré, mais les licences ne suffisent pas"
    else:
        fact = f"{told.service} est de nouveau actif"
        start = f"{told.service} est de nouveau actif pour {told.company}{since}."
        if facts.from_since is not None:
            on = dates.since if facts.from_closed else dates.full
            start += f" Il était suspendu depuis le {on(facts.from_since)}."
        over = "Rien n’est supprimé, et la suppression que nous avions annoncée n’a plus cours."
        same = "Tout est comme avant"
        back = "Tout est rétabli tel quel, mais les licences ne suffisent pas"
    if told.waiting == 0 and facts.units < told.seats:
        return Text(
            fact,
            start,
            f"{over} Il n’y a de licences que pour {number(facts.units)} des "
            f"{users(told.seats)} ; un avis à part dit jusqu’à quand les autres restent "
            f"protégés.{lasts}",
            f"{same} : {protected_now(told.seats, told.protected)}.",
            add(told),
        )
    if told.waiting == 0:
        return Text(
            fact,
            start,
            f"Vous n’avez rien à faire. {over}{lasts}",
            f"{same} : {protected_now(told.seats, told.protected)}.",
            see(told),
        )
    return Text(
        f"{fact} ; {users(told.waiting)} en attente de licence",
        start,
        f"{over}{lasts}",
        f"{back} : "
        f"{protected_now(told.seats, told.protected)}. Dès qu’elles suffiront, la protection "
        f"reviendra, dans l’ordre où elle avait été donnée.",
        add(told),
    )


def deletion_warning(told: Told) -> Text:
    """Le temps de conservation arrive à son terme."""
    facts, dates, end, at = told.facts, told.dates, told.ends_at, told.facts.effective_at
    on = dates.since if told.is_closed else dates.full
    since = "" if at is None else f" depuis le {on(at)}"
    cause = "son propriétaire ayant fermé le compte"
    if not told.is_closed:
        cause = "faute de licence valable"
    happened = f"{told.service} est suspendu pour {told.company}{since}, {cause}."
    if told.is_over:
        return passed(told, f"la conservation a pris fin le {dates.short(end)}", happened)
    if _is_kept(told):
        return Text(
            f"rien n’est supprimé pour l’instant dans {told.service}",
            happened,
            _kept(told),
            f"{nobody(told)} À ce jour, rien n’est perdu : {_back(told)}.",
            reopen(told) if told.is_closed else add(told),
        )
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
        reopen(told) if told.is_closed else add(told),
    )


def deleted(told: Told) -> Text:
    """Tout a été supprimé."""
    at = told.facts.effective_at
    when = "" if at is None else f" le {told.dates.moment(at)}"
    again = "Une nouvelle licence peut être ajoutée à tout moment"
    if told.is_closed:
        again = "Le compte peut être rouvert à tout moment"
    return Text(
        f"les données de {told.service} ont été supprimées",
        f"Tout ce que {told.service} conservait pour {told.company} a été supprimé "
        f"définitivement{when}.",
        f"La suppression ne peut pas être annulée, et aucune autre étape ne suit. {again} ; tout "
        "repart alors de zéro, sans rien de l’ancien contenu.",
        "Plus personne n’est protégé. Ont été supprimés : la liste des utilisateurs, leurs "
        "groupes et leurs sources, les règles et les exports. Il reste un reçu signé, sans "
        "données personnelles, qui dit ce qui a été supprimé et quels avertissements l’ont "
        "précédé.",
        "Voir ce qui a été supprimé",
    )


def _unless(told: Told) -> str:
    return "Si le compte n’est pas rouvert" if told.is_closed else "Sans nouvelle licence"


def _back(told: Told) -> str:
    if told.is_closed:
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
