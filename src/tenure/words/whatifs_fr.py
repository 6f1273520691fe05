"""Les phrases d'une simulation « et si ? », en français."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tenure.core.records import Phase
from tenure.words.counts_fr import number, sentence, tidy, users, verb
from tenure.words.dates import Calendar, day
from tenure.words.whatif_facts import (
    ChangeFacts,
    GainFacts,
    Kind,
    LossFacts,
    PhaseFacts,
    Supposed,
)

__all__ = ["CHANGES", "headline", "named", "notices", "people", "phases", "tidy"]

Doing = Callable[[Supposed, ChangeFacts], tuple[str, str, str]]
"""Donne le verbe à l'infinitif pour une liste, celui qui suit « vous », et le complément."""


def units(count: int) -> str:
    """Dit tant d'unités."""
    return f"{number(count)} {'unité' if count < 2 else 'unités'}"


def _until(it: Supposed, change: ChangeFacts) -> str:
    if change.ends is None:
        return "sans terme"
    return f"jusqu’au {day(change.ends, it.facts.zone, 'fr', ends=True)}"


def _places(it: Supposed, change: ChangeFacts) -> str:
    return _listed(
        [f"{number(count)} pour le site {it.name(pool)}" for pool, count in change.placements]
    )


def _both(infinitive: str, present: str, rest: str) -> tuple[str, str, str]:
    return infinitive, present, rest


def _add(it: Supposed, change: ChangeFacts) -> tuple[str, str, str]:
    rest = f"une licence de {units(change.units)}, "
    rest += _until(it, change) if change.ends is None else f"valable {_until(it, change)}"
    if change.placements:
        rest += f" ({_places(it, change)})"
    return _both("ajouter", "ajoutez", rest)


def _renew(it: Supposed, change: ChangeFacts) -> tuple[str, str, str]:
    rest = f"la licence {it.name(change.licence)} {_until(it, change)}"
    return _both("renouveler", "renouvelez", rest)


def _resize(it: Supposed, change: ChangeFacts) -> tuple[str, str, str]:
    rest = f"la licence {it.name(change.licence)} à {units(change.units)}"
    if change.placements:
        rest += f" ({_places(it, change)})"
    return _both("porter", "portez", rest)


def _place(it: Supposed, change: ChangeFacts) -> tuple[str, str, str]:
    licence = it.name(change.licence)
    if not change.placements:
        rest = f"toutes les unités de la licence {licence} sur le site de l’entreprise elle-même"
        return _both("placer", "placez", rest)
    rest = f"les unités de la licence {licence} autrement ({_places(it, change)})"
    return _both("répartir", "répartissez", rest)


def _licence(infinitive: str, present: str) -> Doing:
    return lambda it, change: _both(infinitive, present, f"la licence {it.name(change.licence)}")


def _protect(it: Supposed, change: ChangeFacts) -> tuple[str, str, str]:
    rest = f"{users(change.units)} de plus{_on(it.name(change.pool))}"
    return _both("protéger", "protégez", rest)


def _unprotect(it: Supposed, change: ChangeFacts) -> tuple[str, str, str]:
    last = "au dernier utilisateur" if change.units < 2 else f"aux {number(change.units)} derniers"
    rest = f"la protection {last} utilisateurs" if change.units > 1 else f"la protection {last}"
    return _both("retirer", "retirez", f"{rest}{_of(it.name(change.pool))}")


def _plainly(infinitive: str, present: str, rest: str) -> Doing:
    return lambda it, change: _both(infinitive, present, rest)


CHANGES: dict[Kind, Doing] = {
    "add": _add,
    "renew": _renew,
    "resize": _resize,
    "place": _place,
    "suspend": _licence("suspendre", "suspendez"),
    "resume": _licence("rétablir", "rétablissez"),
    "remove": _licence("retirer", "retirez"),
    "cancel": _licence("résilier", "résiliez"),
    "protect": _protect,
    "unprotect": _unprotect,
    "close": _plainly("fermer", "fermez", "le compte"),
    "reopen": _plainly("rouvrir", "rouvrez", "le compte"),
    "hold_deletion": _plainly("retenir", "retenez", "la suppression"),
    "release_deletion": _plainly("ne plus retenir", "ne retenez plus", "la suppression"),
    "confirm_deletion": _plainly("confirmer", "confirmez", "la suppression"),
}
"""Ce que l'on suppose."""


def named(it: Supposed, change: ChangeFacts) -> str:
    """Nomme un changement dans une liste."""
    infinitive, _, rest = CHANGES[change.kind](it, change)
    if change.at is None:
        return f"{sentence(infinitive)} aujourd’hui {rest}"
    return f"{sentence(_when(it, change.at))} : {infinitive} {rest}"


def _when(it: Supposed, at: int) -> str:
    if _is_day(it.dates, at):
        return f"le {day(at, it.facts.zone, 'fr')}"
    return f"le {it.dates.moment(at)}"


def _is_day(dates: Calendar, at: int) -> bool:
    """Dit si un instant est le début d'un jour : sa date suffit alors."""
    return day(at, dates.zone, "fr") != day(at, dates.zone, "fr", ends=True)


def headline(it: Supposed) -> str:
    """Dit ce que l'on suppose, et pour qui quelque chose change d'abord."""
    return f"{_if(it)}, {_first(it)}."


def _if(it: Supposed) -> str:
    changes = it.facts.changes
    if len(changes) != 1:
        if not changes:
            return "Si rien n’est changé"
        return f"Avec ces {len(changes)} changements"
    change = changes[0]
    _, present, rest = CHANGES[change.kind](it, change)
    if change.at is None:
        return f"Si vous {present} aujourd’hui {rest}"
    return f"Si, {_when(it, change.at)}, vous {present} {rest}"


def _first(it: Supposed) -> str:
    facts = it.facts
    if facts.losses:
        losses = it.first_losses
        count = sum(loss.count for loss in losses)
        lose = "perd sa protection" if count == 1 else "perdent leur protection"
        return f"{_listed([_whom(it, x) for x in losses])} {lose} {_from(it, losses[0])}"
    if facts.gains:
        return _gained(it, it.first_gains)
    if facts.phases or facts.notices_new or facts.notices_gone:
        return "personne ne gagne ni ne perd de protection"
    return "rien ne change, ni pour les utilisateurs ni pour les avis"


def _whom(it: Supposed, loss: LossFacts) -> str:
    of = _of(it.name(loss.pool))
    if loss.count >= loss.seats:
        return f"le seul utilisateur{of}" if loss.seats == 1 else f"les {users(loss.seats)}{of}"
    return f"{number(loss.count)} des {users(loss.seats)}{of}"


def _of(pool: str) -> str:
    return f" du site {pool}" if pool else ""


def _on(pool: str) -> str:
    return f" sur le site {pool}" if pool else ""


def _from(it: Supposed, loss: LossFacts) -> str:
    return "immédiatement" if loss.start == it.acts_at else f"le {it.dates.full(loss.start)}"


def _gained(it: Supposed, gains: Sequence[GainFacts]) -> str:
    first = gains[0]
    count = sum(gain.count for gain in gains)
    more = " de plus" if first.is_new else ""
    whom = _listed([f"{users(x.count)}{more}{_of(it.name(x.pool))}" for x in gains])
    if first.is_kept:
        keep = verb(count, "garde", "gardent")
        return f"{whom} {keep} la protection qui, sinon, s’arrête le {it.dates.full(first.start)}"
    be = verb(count, "est protégé", "sont protégés")
    if first.start == it.acts_at:
        return f"{whom} {be} immédiatement"
    return f"{whom} {be} à partir du {it.dates.moment(first.start)}"


def phases(it: Supposed) -> str:
    """Dit quelles étapes viennent à une autre date, ou ne viennent plus."""
    if not it.facts.phases:
        return "Aucune étape ne change de date."
    return " ".join(_phase(it, each) for each in it.facts.phases)


_BEGINS: dict[Phase, str] = {
    "pending": "Le service commence",
    "active": "Le service est actif",
    "grace": "De nouvelles unités arrivent et le service se poursuit",
    "suspended": "Tout est rétabli tel quel",
    "deleted": "Le service recommence de zéro",
}


def _phase(it: Supposed, each: PhaseFacts) -> str:
    dates, before, after = it.dates, each.before, each.after
    full = dates.moment if each.phase == "active" else dates.full
    if after is None:
        gone = "" if before is None else f" le {full(before)}"
        return {
            "active": f"Le service n’est pas mis en service{gone}.",
            "grace": f"Les licences ne s’épuisent pas{gone}.",
            "suspended": f"Le service n’est pas suspendu{gone}.",
            "deleted": f"Rien n’est supprimé{gone}.",
            "pending": "",
        }[each.phase]
    instead = "" if before is None else f", au lieu du {full(before)}"
    on = "immédiatement" if after == it.acts_at else f"le {full(after)}"
    earliest = "immédiatement" if after == it.acts_at else f"au plus tôt le {full(after)}"
    return {
        "active": f"{_BEGINS[each.previous]} {on}{instead}.",
        "grace": f"La dernière licence prend fin {on}{instead}.",
        "suspended": f"Le service est suspendu {earliest}{instead}.",
        "deleted": f"Tout est supprimé {earliest}{instead}.",
        "pending": "",
    }[each.phase]


def people(it: Supposed) -> str:
    """Dit ce qu'il en est de ceux dont la première phrase ne parle pas."""
    facts, said = it.facts, []
    later = facts.losses[len(it.first_losses) :] if facts.losses else ()
    said += [_later(it, loss) for loss in later[:3]]
    if len(later) > 3:
        rest = sum(loss.count for loss in later[3:])
        said.append(f"Ensuite, {users(rest)} de plus la {verb(rest, 'perd', 'perdent')}.")
    if it.back_at is not None:
        said.append(f"Leur protection reprend le {it.dates.moment(it.back_at)}.")
    elif facts.losses and facts.keeps_seats:
        said.append(
            "Leur place est gardée, et leur protection reprend dès que des unités suffisent."
        )
    if it.anyway_at is not None:
        said.append(f"Sans cela, elle s’arrête le {it.dates.full(it.anyway_at)}.")
    if facts.losses and facts.gains:
        said.append(f"{sentence(_gained(it, it.first_gains))}.")
    return " ".join(said)


def _later(it: Supposed, loss: LossFacts) -> str:
    lose = verb(loss.count, "la perd", "la perdent")
    of = _of(it.name(loss.pool))
    return f"Le {it.dates.full(loss.start)}, {users(loss.count)}{of} {lose} aussi."


def notices(it: Supposed) -> str:
    """Dit combien d'avis partent en plus, et combien ne partent plus."""
    new, gone = it.facts.notices_new, it.facts.notices_gone
    if not new and not gone:
        return "Les avis restent les mêmes."
    said = []
    if new:
        said.append(f"{number(new)} avis {verb(new, 'part', 'partent')} en plus")
    if gone:
        said.append(f"{number(gone)} avis ne {verb(gone, 'part', 'partent')} plus")
    return f"{_listed(said)}."


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} et {parts[-1]}"
