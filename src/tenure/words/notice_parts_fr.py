"""Ce que les avis en français ont en commun : objet, pied, actions, et ce qu'on dit des gens."""

from __future__ import annotations

from tenure.core.records import NoticeKind
from tenure.words.counts_fr import days, number, protected_now, sentence, tidy, users, verb
from tenure.words.notice_facts import Text, Told


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
    test = ""
    if told.facts.test:
        test = " Ceci est un compte de test : aucun utilisateur réel n’est concerné."
    return f"Vous recevez ce message parce que {why}. Référence {told.reference}.{test}"


def _site(told: Told) -> str:
    site = "un site" if told.site is None else f"le site {told.site}"
    return f"{site} de l’entreprise {told.company}"


def passed(told: Told, fact: str, happened: str) -> Text:
    """Dit un avis dont la date est passée : ce qu'il annonçait a pu se produire ou non."""
    return Text(
        fact,
        happened,
        f"La date que nommait cet avis, le {told.dates.full(told.ends_at)}, est passée.",
        f"À ce jour, {protected_now(told.seats, told.protected)}.",
        f"Voir où en est {told.company}",
    )


def withdrawn(told: Told) -> Text:
    """Dit un avis que les événements ont dépassé avant sa remise."""
    return Text(
        "un avis antérieur ne s’applique plus",
        f"L’avis {told.reference} concernant {told.company} et {told.service} ne s’applique "
        f"plus : la situation a changé avant sa remise.",
        "Il ne fait courir aucun délai, et les dates qu’il nommait sont sans effet.",
        f"{sentence(protected_now(told.seats, told.protected))}.",
        f"Voir où en est {told.company}",
    )


_ANNOUNCED: dict[NoticeKind, str] = {
    "expiring": "la fin de la dernière licence",
    "pool_expiring": "la fin d’une licence",
    "grace": "la fin de la protection",
    "grace_reminder": "la fin de la protection",
    "suspended": "la suspension",
    "restored": "la remise en service",
    "pool_short": "la fin de la protection pour certains utilisateurs",
    "pool_reduced": "que des utilisateurs étaient sans protection",
    "deletion_warning": "la suppression",
    "deleted": "la suppression",
}
_WITH_A_DATE = frozenset({"expiring", "pool_expiring", "grace", "grace_reminder"})


def overtaken(told: Told) -> Text:
    """Dit un avis qui était juste à son arrivée, et que la situation a dépassé depuis."""
    kind = told.facts.kind
    named = kind in _WITH_A_DATE or told.facts.deadline is not None
    past = named and told.is_over
    following = "La situation a changé depuis, et il n’a plus aucune suite."
    if past:
        following = f"La date qu’il nommait, le {told.dates.full(told.ends_at)}, est passée."
    return Text(
        "un avis antérieur est échu" if past else "un avis antérieur ne s’applique plus",
        f"L’avis {told.reference} concernant {told.company} et {told.service} annonçait "
        f"{_ANNOUNCED[kind]}.",
        following,
        f"À ce jour, {protected_now(told.seats, told.protected)}.",
        f"Voir où en est {told.company}",
    )


def soon(told: Told, t: int) -> str:
    """Dit dans combien de temps, après une date."""
    return f"soit {told.dates.away(t)}"


def runs(told: Told, count: int) -> str:
    """Dit à partir de quand court un délai qui ne court pas encore."""
    if not told.at_earliest:
        return ""
    return (
        f" Le délai de {days(count)} court à compter de la remise de cet avis, qui n’a pas "
        f"encore eu lieu."
    )


def for_site(told: Told) -> str:
    """Nomme le site, après des licences."""
    return "" if told.site is None else f" pour le site {told.site}"


def of_site(told: Told) -> str:
    """Nomme le site, après des personnes."""
    return "" if told.site is None else f" du site {told.site}"


def remains(told: Told, verb_of_it: str) -> str:
    """Dit combien de personnes les licences permettent de protéger : « il reste… »."""
    covered = told.covered_after
    whom = f"{verb(told.seats, 'l’utilisateur', f'les {users(told.seats)}')}{of_site(told)}"
    if covered is None:
        return f"il {verb_of_it} trop peu de licences pour {whom}"
    if covered == 0:
        return f"il ne {verb_of_it} aucune licence pour {whom}"
    return f"il {verb_of_it} des licences pour {number(covered)} des {users(told.seats)}" + (
        of_site(told)
    )


def of_users(count: int) -> str:
    """Dit « de 8 utilisateurs », « d’un utilisateur »."""
    return "d’un utilisateur" if count == 1 else f"de {users(count)}"


def who_keeps(told: Told, *, now: bool = False) -> str:
    """Dit qui reste protégé et qui attend, au terme d'un délai ou dès maintenant."""
    covered = told.covered_after
    if covered is None:
        return (
            "Ensuite, ceux qui ont été protégés en premier le restent, et les autres "
            "attendent une licence. Leur place est gardée, et rien n’est supprimé."
        )
    start = "" if now else "ensuite, "
    missing = told.seats - covered
    waits = f"{number(missing)} {verb(missing, 'attend', 'attendent')} une licence"
    if covered == 0:
        there = "n’" if told.site is None else "n’y "
        waits = f"{users(missing)} {verb(missing, 'attend', 'attendent')} une licence"
        first = f"{start}personne {there}est protégé : {waits}"
    elif covered == 1:
        first = f"{start}le premier utilisateur protégé le reste ; {waits}"
    else:
        first = f"{start}les {users(covered)} protégés en premier le restent ; {waits}"
    place = verb(missing, "Sa place est gardée", "Leur place est gardée")
    return f"{sentence(first)}. {place}, et rien n’est supprimé."


def nobody(told: Told) -> str:
    """Dit que le service est fermé pour les gens."""
    if told.seats == 0:
        who = "Personne n’est protégé"
    elif told.seats == 1:
        who = "Le seul utilisateur n’est plus protégé"
    else:
        who = f"Les {users(told.seats)} ne sont plus protégés"
    return f"{who}, et personne ne peut ouvrir la Console."


def ask(told: Told, what: str, of_what: str) -> str:
    """Dit que faire, ou à qui le demander."""
    if told.facts.can_renew:
        return sentence(what)
    return f"Demander à {told.renewer or 'la personne propriétaire du compte'} {of_what}"


def see(told: Told) -> str:
    """Dit où regarder quand il n'y a rien à faire."""
    return f"Voir {told.company} et ses licences"


def comes(told: Told) -> str:
    """Dit quand commence la licence à venir ; rien si l'on n'en connaît pas."""
    at = told.facts.returns_at
    if at is None:
        return ""
    dates = told.dates
    return f"Une licence commence le {dates.moment(at)}, soit {dates.away_start(at)}"


def add(told: Told) -> str:
    """Dit qu'il faut une licence."""
    return ask(
        told,
        "ajouter ou renouveler une licence",
        "d’ajouter ou de renouveler une licence",
    )


def add_for_site(told: Told) -> str:
    """Dit qu'il faut des licences pour un site."""
    what = f"ajouter des licences{for_site(told)}"
    return ask(told, what, f"d’{what}")


def reopen(told: Told) -> str:
    """Dit que le compte peut être rouvert."""
    return ask(told, "rouvrir le compte", "de rouvrir le compte")
