"""Une entreprise en difficulté, en une phrase, en français."""

from __future__ import annotations

from tenure.words.company_facts import Standing
from tenure.words.counts_fr import tidy

__all__ = ["closed", "ends_soon", "grace", "suspended", "tidy"]


def ends_soon(it: Standing) -> str:
    """Sa dernière licence prend fin d'ici un mois."""
    dates, horizon = it.dates, it.facts.horizon_at
    if horizon is None:
        return ""
    end = horizon + it.policy.grace
    said = (
        f"{it.service} pour {it.company} : la dernière licence prend fin le "
        f"{dates.full(horizon)}, soit {dates.away(horizon)} ; "
    )
    if it.facts.returns_at is not None:
        return said + (
            f"la protection cesse ensuite au plus tôt le {dates.full(end)}, jusqu’au début de la "
            f"licence suivante, le {dates.moment(it.facts.returns_at)}, et aucune donnée n’est "
            f"supprimée."
        )
    return said + (
        f"sans nouvelle licence, la protection cesse au plus tôt le {dates.full(end)} et les "
        f"données sont supprimées au plus tôt le {dates.full(end + it.policy.retention)}."
    )


def grace(it: Standing) -> str:
    """Plus aucune licence ; la protection continue un temps."""
    dates, end, returns = it.dates, it.grace_ends_at, it.facts.returns_at
    none = f"{it.company} n’a plus de licence valable pour {it.service} : "
    if returns is not None and returns <= end:
        return none + (
            f"la protection continue jusqu’au début de la suivante, le {dates.moment(returns)}, "
            f"et aucune donnée n’est supprimée."
        )
    earliest = "" if it.is_grace_running else " au plus tôt"
    event = "la protection cesse" if it.protected else "le service est suspendu"
    on = f"{event}{earliest} le {dates.full(end)}, soit {dates.away(end)}"
    if returns is not None:
        return none + (
            f"{on}, jusqu’au début de la suivante, le {dates.moment(returns)}, et aucune donnée "
            f"n’est supprimée."
        )
    return none + (
        f"sans nouvelle licence, {on}, et les données sont supprimées au plus tôt le "
        f"{dates.full(end + it.policy.retention)}."
    )


def suspended(it: Standing) -> str:
    """Personne n'est protégé, et tout est conservé un temps."""
    dates, since, returns = it.dates, it.facts.suspended_at, it.facts.returns_at
    ended = (
        f"La protection par {it.service} a cessé pour {it.company}"
        if since is None
        else f"La protection par {it.service} a cessé pour {it.company} le {dates.full(since)}"
    )
    if returns is not None:
        return (
            f"{ended} ; une licence la rétablit le {dates.moment(returns)}, soit "
            f"{dates.away_start(returns)}, et aucune donnée n’est supprimée d’ici là."
        )
    return f"{ended} ; {_deletion(it, 'sans nouvelle licence,')}."


def closed(it: Standing) -> str:
    """Son propriétaire l'a fermée."""
    dates, since = it.dates, it.facts.suspended_at
    shut = f"Le compte de l’entreprise {it.company} a été fermé par son propriétaire"
    if it.facts.phase != "suspended":
        return f"{shut} : {it.service} n’y protège personne, et il peut être rouvert."
    ended = "" if since is None else f", et la protection a cessé le {dates.since(since)}"
    return f"{shut}{ended} ; {_deletion(it, 'sauf réouverture,')}."


def _deletion(it: Standing, unless: str) -> str:
    facts, dates, kept = it.facts, it.dates, it.earliest_deletion
    if facts.deletion_held:
        return "un opérateur retient la suppression : aucune donnée n’est supprimée d’ici là"
    if facts.warning_deadline is not None and kept <= facts.now:
        return (
            f"les données étaient conservées jusqu’au {dates.full(kept)} ; {unless} elles peuvent "
            f"être supprimées à tout moment"
        )
    earliest = "" if facts.warning_deadline is not None else " au plus tôt"
    return (
        f"{unless} les données sont supprimées{earliest} le {dates.full(kept)}, soit "
        f"{dates.away(kept)}"
    )
