"""Le français des alertes."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import NoticeKind
from tenure.words.alert_facts import Alerted, AlertKind, AlertLevel, AlertState, AlertWords
from tenure.words.counts_fr import number, tidy, users, verb

__all__ = ["KINDS", "LEVELS", "SENTENCES", "STATES", "over", "tidy"]

LEVELS: dict[AlertLevel, str] = {
    "critical": "Critique",
    "warning": "Avertissement",
    "information": "Information",
}

STATES: dict[AlertState, str] = {
    "unresolved": "Non traitée",
    "resolved": "Traitée",
    "over": "Passée",
}

KINDS: dict[AlertKind, str] = {
    "deletion_warned": "Suppression annoncée",
    "suspended": "Service suspendu",
    "grace": "Protection sans licence",
    "pool_reduced": "Utilisateurs sans protection",
    "nobody_to_write_to": "Personne à qui écrire",
    "notice_stuck": "Avis non remis",
    "company_ends": "Dernière licence à échéance",
    "pool_short": "Unités manquantes",
    "members_wait": "Membres en attente",
    "licence_ends": "Licence bientôt à échéance",
    "licence_ended": "Licence échue",
    "licence_suspended": "Licence suspendue",
    "key_expired": "Clé non vérifiée",
    "closed": "Compte fermé",
    "pool_full": "Presque toutes les unités servent",
    "key_waits": "Clé à vérifier",
}

_NOTICES: dict[NoticeKind, str] = {
    "expiring": "de l’échéance des licences",
    "pool_expiring": "qu’un site manquera d’unités",
    "grace": "de la fin prochaine de la protection",
    "grace_reminder": "rappelant la fin de la protection",
    "suspended": "de la suspension du service",
    "restored": "du rétablissement",
    "pool_short": "qu’un site manque d’unités",
    "pool_reduced": "que des utilisateurs ont perdu leur protection",
    "deletion_warning": "de la suppression à venir",
    "deleted": "de la suppression",
}


def _units(count: int) -> str:
    return f"{number(count)} {'unité' if count < 2 else 'unités'}"


def _by(it: Alerted, at: int) -> str:
    return f"{it.dates.full(at)}, {it.dates.away(at)}"


def _site(it: Alerted) -> str:
    return f"Le site {it.name}" if it.has_site else it.company


def _of_site(it: Alerted) -> str:
    return f" du site {it.name}" if it.has_site else ""


def _deletion_warned(it: Alerted) -> AlertWords:
    until = it.facts.until_at
    todo = "Rouvrir le compte" if it.facts.is_closed else "Ajouter ou renouveler une licence"
    if it.facts.is_held:
        text = (
            f"La suppression de tout le contenu de {it.service} est annoncée ; un opérateur la "
            "retient pour l’instant, et un nouvel avertissement la précédera."
        )
    elif until is None:
        text = (
            f"La suppression de tout le contenu de {it.service} est annoncée, mais "
            "l’avertissement n’est pas encore remis : rien n’est supprimé avant."
        )
    else:
        text = (
            f"Tout le contenu de {it.service} sera supprimé définitivement après le "
            f"{_by(it, until)}."
        )
    return AlertWords(text, todo)


def _suspended(it: Alerted) -> AlertWords:
    text = (
        f"{it.service} est suspendu depuis le {it.dates.full(it.facts.at)} : personne n’est "
        "protégé."
    )
    if it.facts.until_at is not None:
        text += (
            f" Une licence déjà connue rétablira tout le {it.dates.moment(it.facts.until_at)}, "
            f"{it.dates.away_start(it.facts.until_at)}."
        )
    elif it.facts.then_at is not None:
        text += f" Tout est conservé au moins jusqu’au {_by(it, it.facts.then_at)}, puis supprimé."
    else:
        text += " Tout est conservé : un opérateur retient la suppression."
    return AlertWords(text, "Ajouter ou renouveler une licence")


def _grace(it: Alerted) -> AlertWords:
    until, then = it.facts.until_at, it.facts.then_at
    text = f"La dernière licence de {it.service} a pris fin le {it.dates.full(it.facts.at)}."
    if until is None:
        text += (
            " La protection continue ; son terme sera fixé quand l’avis qui l’annonce aura été "
            "remis."
        )
    else:
        text += f" La protection continue jusqu’au {_by(it, until)}."
        if then is not None:
            text += (
                " Ensuite, le service est suspendu, puis tout est supprimé, au plus tôt après le "
                f"{it.dates.full(then)}."
            )
    return AlertWords(text, "Ajouter ou renouveler une licence")


def _pool_reduced(it: Alerted) -> AlertWords:
    waiting = it.facts.count
    return AlertWords(
        f"{users(waiting)}{_of_site(it)} "
        f"{verb(waiting, 'n’est plus protégé', 'ne sont plus protégés')} depuis le "
        f"{it.dates.since(it.facts.at)} : il y a {_units(it.facts.units)} pour "
        f"{number(it.facts.seats)} {verb(it.facts.seats, 'place', 'places')}.",
        f"Trouver {_units(waiting)}",
    )


def _nobody(it: Alerted) -> AlertWords:
    return AlertWords(
        f"Aucune adresse ne reçoit les avis destinés à {it.company} : personne n’apprend par "
        "e-mail que des licences prennent fin, ni qu’une suspension approche.",
        "Indiquer à qui écrire",
    )


def _notice_stuck(it: Alerted) -> AlertWords:
    notice = _NOTICES[it.facts.notice or "grace"]
    until = it.facts.until_at
    text = (
        f"L’avis {notice} a été émis le {it.dates.moment(it.facts.at)}, et la messagerie d’aucun "
        "destinataire ne l’a encore accepté."
    )
    if until is not None:
        text += f" Le portail vaudra remise à partir du {it.dates.moment(until)}."
    return AlertWords(text, "Voir à qui il a été envoyé")


def _company_ends(it: Alerted) -> AlertWords:
    returns = it.facts.then_at
    text = f"La dernière licence de {it.service} prend fin le {_by(it, it.facts.at)}."
    if returns is not None:
        text += f" La suivante commence le {it.dates.moment(returns)}."
        return AlertWords(text, "Voir ce qui se passe entre les deux")
    if it.facts.until_at is not None:
        text += (
            " La protection se poursuit ensuite au moins jusqu’au "
            f"{it.dates.full(it.facts.until_at)}."
        )
    return AlertWords(text, "Ajouter ou renouveler une licence")


def _pool_short(it: Alerted) -> AlertWords:
    held, until = it.facts.count, it.facts.until_at
    text = (
        f"{_site(it)} a {_units(it.facts.units)} pour {number(it.facts.seats)} "
        f"{verb(it.facts.seats, 'place', 'places')}. {users(held)} sans unité "
        f"{verb(held, 'reste protégé', 'restent protégés')}"
    )
    text += f" jusqu’au {_by(it, until)}." if until is not None else " pour l’instant."
    return AlertWords(text, f"Trouver {_units(held)}")


def _members_wait(it: Alerted) -> AlertWords:
    waiting = it.facts.count
    return AlertWords(
        f"{number(waiting)} {verb(waiting, 'membre attend', 'membres attendent')} une unité libre "
        f"de {it.service} et {verb(waiting, 'n’est pas protégé', 'ne sont pas protégés')} "
        "jusque-là.",
        f"Trouver {_units(waiting)}",
    )


def _licence_ends(it: Alerted) -> AlertWords:
    lacking = it.facts.count
    text = (
        f"La licence « {it.name} » ({_units(it.facts.units)}) prend fin le {_by(it, it.facts.at)}."
    )
    if not lacking:
        return AlertWords(
            f"{text} Cela ne change rien pour personne : les unités restantes suffisent.",
            "Voir la licence",
        )
    text += (
        f" Dès lors, il {verb(lacking, 'manquera une unité', 'manquera des unités')} à "
        f"{users(lacking)}."
    )
    return AlertWords(text, "La renouveler ou remplacer ses unités")


def _licence_ended(it: Alerted) -> AlertWords:
    lacking = it.facts.count
    text = (
        f"La licence « {it.name} » ({_units(it.facts.units)}) a pris fin le "
        f"{it.dates.full(it.facts.at)}."
    )
    if not lacking:
        return AlertWords(
            f"{text} Cela n’a rien changé pour personne : les unités restantes suffisent.",
            "Voir la licence",
        )
    text += f" Là où étaient ses unités, il en manque désormais à {users(lacking)}."
    return AlertWords(text, "La renouveler ou remplacer ses unités")


def _licence_suspended(it: Alerted) -> AlertWords:
    lacking, units = it.facts.count, it.facts.units
    text = (
        f"La licence « {it.name} » a été suspendue par quelqu’un le "
        f"{it.dates.moment(it.facts.at)} : {verb(units, 'son unité', f'ses {_units(units)}')} ne "
        f"{verb(units, 'compte', 'comptent')} pas, et sa durée continue de courir."
    )
    if lacking:
        text += f" Il manque des unités à {users(lacking)}."
    return AlertWords(text, "La reprendre")


def _key_expired(it: Alerted) -> AlertWords:
    return AlertWords(
        f"La clé {it.name} n’a pas été vérifiée : son acheteur n’a pas répondu avant le "
        f"{it.dates.full(it.facts.at)}. Ses unités ne comptent pas.",
        "Redemander ou renoncer",
    )


def _closed(it: Alerted) -> AlertWords:
    text = f"Le compte a été fermé par son propriétaire le {it.dates.since(it.facts.at)}"
    until = it.facts.until_at
    if until is None:
        return AlertWords(f"{text}.", "Rouvrir le compte")
    return AlertWords(
        f"{text} : tout est conservé au moins jusqu’au {_by(it, until)}, et peut revenir d’ici là.",
        "Rouvrir le compte",
    )


def _pool_full(it: Alerted) -> AlertWords:
    free = max(0, it.facts.units - it.facts.seats)
    left = (
        f"{_units(free)} {verb(free, 'reste libre', 'restent libres')}"
        if free
        else "aucune n’est libre"
    )
    return AlertWords(
        f"{_site(it)} utilise {number(it.facts.seats)} de ses {_units(it.facts.units)} : {left}. "
        "Les prochains membres pourraient devoir attendre.",
        "Ajouter des unités avant d’en manquer",
    )


def _key_waits(it: Alerted) -> AlertWords:
    return AlertWords(
        f"La clé {it.name} est à vérifier : son acheteur a reçu par e-mail un lien valable "
        f"jusqu’au {_by(it, it.facts.at)}. Ses unités ne comptent pas avant.",
        "Voir ce qui a été demandé",
    )


SENTENCES: dict[AlertKind, Callable[[Alerted], AlertWords]] = {
    "deletion_warned": _deletion_warned,
    "suspended": _suspended,
    "grace": _grace,
    "pool_reduced": _pool_reduced,
    "nobody_to_write_to": _nobody,
    "notice_stuck": _notice_stuck,
    "company_ends": _company_ends,
    "pool_short": _pool_short,
    "members_wait": _members_wait,
    "licence_ends": _licence_ends,
    "licence_ended": _licence_ended,
    "licence_suspended": _licence_suspended,
    "key_expired": _key_expired,
    "closed": _closed,
    "pool_full": _pool_full,
    "key_waits": _key_waits,
}


def over(it: Alerted) -> AlertWords:
    """Dit ce qui était et n'est plus."""
    facts, dates = it.facts, it.dates
    times = f"du {dates.since(facts.at)} au {dates.since(facts.over_at or facts.now)}"
    match facts.kind:
        case "grace":
            text = f"{it.service} était sans licence valable {times} ; la protection continuait."
        case "suspended" | "closed":
            text = f"{it.service} était suspendu {times}."
        case "pool_short":
            text = f"{_site(it)} manquait d’unités {times} ; la protection continuait."
        case "pool_reduced":
            text = f"{_site(it)} manquait d’unités {times}, et des utilisateurs de protection."
        case "key_expired":
            text = f"La clé {it.name} n’a pas été vérifiée avant le {dates.full(facts.at)}."
        case _:
            text = (
                f"La licence « {it.name} » ({_units(facts.units)}) a pris fin le "
                f"{dates.full(facts.at)}."
            )
    return AlertWords(text, "Retrouver les détails")
