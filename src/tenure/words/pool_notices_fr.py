"""Les avis d'un site en français ; l'entreprise elle-même, quand elle n'en a qu'un."""

from __future__ import annotations

from tenure.words.counts_fr import days, sentence, stay_protected, users, verb
from tenure.words.notice_facts import Text, Told
from tenure.words.notice_parts_fr import (
    add_for_site,
    for_site,
    of_site,
    of_users,
    passed,
    remains,
    runs,
    soon,
    who_keeps,
)


def pool_expiring(told: Told) -> Text:
    """Un site aura moins de licences que d'utilisateurs, l'entreprise restant active."""
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return passed(
            told,
            f"une licence{for_site(told)} a pris fin le {dates.short(end)}",
            f"Une licence de {told.service}, au nom de {told.company}{for_site(told)}, a pris fin "
            f"le {dates.full(end)}.",
        )
    if told.facts.gap_at is not None:
        return _after_a_gap(told, told.facts.gap_at)
    return Text(
        f"trop peu de licences{for_site(told)} après le {dates.short(end)}",
        f"Une licence de {told.service} au nom de {told.company} prend fin le {dates.full(end)}, "
        f"{soon(told, end)}. {sentence(remains(told, 'restera alors'))}.",
        f"Sans licences supplémentaires, {stay_protected(told.protected, told.protected)} pendant "
        f"{days(policy.grace_days)} encore, comptés à partir de l’avis que nous enverrons à cette "
        f"échéance, donc au moins jusqu’au {dates.full(end + policy.grace)}. Puis "
        f"{_losers(told)} la protection.",
        f"Rien ne change d’ici cette échéance. {who_keeps(told)}",
        add_for_site(told),
    )


def _losers(told: Told) -> str:
    missing = told.missing
    if missing is None:
        return "certains perdront"
    return f"{users(missing)} {verb(missing, 'perdra', 'perdront')}"


def _after_a_gap(told: Told, gap: int) -> Text:
    """Dit que toutes les licences prennent fin d'abord, et que les suivantes sont trop peu."""
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    until = gap + policy.grace
    following = (
        f"Les {days(policy.grace_days)} de protection sans licence sont comptés à partir de "
        f"l’avis que nous enverrons à la fin de la dernière, donc au moins jusqu’au "
        f"{dates.full(until)}. "
    )
    if end <= until:
        following += (
            f"La licence suivante ne les prolonge pas : {_losers(told)} alors la protection."
        )
    else:
        following += "Puis plus personne n’est protégé jusqu’au début de la licence suivante."
    return Text(
        f"trop peu de licences{for_site(told)} à partir du {dates.short_moment(end)}",
        f"La dernière licence de {told.service} au nom de {told.company} prend fin le "
        f"{dates.full(gap)}, {soon(told, gap)} ; la suivante commence le {dates.moment(end)}, "
        f"soit {dates.away_start(end)}. {sentence(remains(told, 'restera alors'))}.",
        following,
        f"Rien ne change d’ici la fin de la dernière licence. {who_keeps(told)}",
        add_for_site(told),
    )


def pool_short(told: Told) -> Text:
    """Une licence d'un site a pris fin ; ceux qui l'ont perdue restent protégés un temps."""
    dates, end = told.dates, told.ends_at
    since = told.facts.effective_at
    ended = "" if since is None else f" le {dates.since(since)}"
    happened = (
        f"Une licence de {told.service} au nom de {told.company} a pris fin{ended}. "
        f"{sentence(remains(told, 'reste'))}."
    )
    if told.is_over:
        return passed(told, f"trop peu de licences{for_site(told)}", happened)
    on = "au plus tôt le" if told.at_earliest else "le"
    whom = of_users(told.losing)
    return Text(
        f"la protection {whom}{of_site(told)} s’arrête {on} {dates.short(end)}",
        happened,
        f"Sans licences supplémentaires, la protection {whom} s’arrête {on} {dates.full(end)}, "
        f"{soon(told, end)}.{runs(told, told.facts.policy.grace_days)}",
        f"Jusque-là, {stay_protected(told.seats, told.protected)}. {who_keeps(told)}",
        add_for_site(told),
    )


def pool_reduced(told: Told) -> Text:
    """Un site a moins de licences que d'utilisateurs, et personne n'est maintenu."""
    since = told.facts.effective_at
    waiting = told.waiting
    happened = (
        f"Les licences de {told.service} au nom de {told.company} ne suffisent plus : "
        f"{remains(told, 'reste')}."
    )
    if since is not None and waiting:
        happened = (
            f"Depuis le {told.dates.since(since)}, {users(waiting)}{of_site(told)} de l’entreprise "
            f"{told.company} {verb(waiting, 'n’est plus protégé', 'ne sont plus protégés')} par "
            f"{told.service} : {remains(told, 'reste')}."
        )
    return Text(
        f"{users(waiting)}{of_site(told)} sans la protection de {told.service}",
        happened,
        f"Aucune autre étape ne suit, et aucun délai ne court. Dès que les licences suffiront, "
        f"{verb(waiting, 'l’utilisateur', f'les {users(waiting)}')} sans protection "
        f"{verb(waiting, 'la retrouvera', 'la retrouveront')}.",
        who_keeps(told, now=True),
        add_for_site(told),
    )
