"""The sentences of a "what if?", in English."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tenure.core.records import Phase
from tenure.words.counts_en import number, sentence, tidy, users, verb
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

Doing = Callable[[Supposed, ChangeFacts], tuple[str, str]]
"""Gives what is done, and what stands after the words that say when."""


def units(count: int) -> str:
    """Say so many units."""
    return f"{number(count)} {'unit' if count == 1 else 'units'}"


def _until(it: Supposed, change: ChangeFacts) -> str:
    if change.ends is None:
        return "without end"
    return f"until {day(change.ends, it.facts.zone, 'en', ends=True)}"


def _places(it: Supposed, change: ChangeFacts) -> str:
    return _listed([f"{number(count)} in {it.name(pool)}" for pool, count in change.placements])


def _add(it: Supposed, change: ChangeFacts) -> tuple[str, str]:
    lasting = "" if change.ends is None else "lasting "
    placed = f" ({_places(it, change)})" if change.placements else ""
    return f"add a licence of {units(change.units)}", f", {lasting}{_until(it, change)}{placed}"


def _renew(it: Supposed, change: ChangeFacts) -> tuple[str, str]:
    return f"renew the licence {it.name(change.licence)}", f" {_until(it, change)}"


def _resize(it: Supposed, change: ChangeFacts) -> tuple[str, str]:
    placed = f" ({_places(it, change)})" if change.placements else ""
    return f"give the licence {it.name(change.licence)} {units(change.units)}", placed


def _place(it: Supposed, change: ChangeFacts) -> tuple[str, str]:
    licence = it.name(change.licence)
    if not change.placements:
        return f"place all units of the licence {licence} in the company’s own site", ""
    return f"place the units of the licence {licence} anew", f" ({_places(it, change)})"


def _licence(verb: str) -> Doing:
    return lambda it, change: (f"{verb} the licence {it.name(change.licence)}", "")


def _protect(it: Supposed, change: ChangeFacts) -> tuple[str, str]:
    more = verb(change.units, "more user", "more users")
    return f"protect {number(change.units)} {more}{_of(it.name(change.pool))}", ""


def _unprotect(it: Supposed, change: ChangeFacts) -> tuple[str, str]:
    last = "last user" if change.units == 1 else f"last {users(change.units)}"
    return f"take back the protection of the {last}{_of(it.name(change.pool))}", ""


def _plainly(text: str) -> Doing:
    return lambda it, change: (text, "")


CHANGES: dict[Kind, Doing] = {
    "add": _add,
    "renew": _renew,
    "resize": _resize,
    "place": _place,
    "suspend": _licence("suspend"),
    "resume": _licence("resume"),
    "remove": _licence("remove"),
    "cancel": _licence("cancel"),
    "protect": _protect,
    "unprotect": _unprotect,
    "close": _plainly("close the account"),
    "reopen": _plainly("reopen the account"),
    "hold_deletion": _plainly("hold the deletion"),
    "release_deletion": _plainly("release the deletion"),
    "confirm_deletion": _plainly("confirm the deletion"),
}
"""What is supposed, after "if you"."""


def named(it: Supposed, change: ChangeFacts) -> str:
    """Name a change in a list."""
    what, rest = CHANGES[change.kind](it, change)
    return f"{sentence(what)} {_when(it, change.at)}{rest}"


def _when(it: Supposed, at: int | None) -> str:
    if at is None:
        return "today"
    if _is_day(it.dates, at):
        return f"on {day(at, it.facts.zone, 'en')}"
    return f"on {it.dates.moment(at)}"


def _is_day(dates: Calendar, at: int) -> bool:
    """Whether an instant is the beginning of a day: its date is enough then."""
    return day(at, dates.zone, "en") != day(at, dates.zone, "en", ends=True)


def headline(it: Supposed) -> str:
    """What is supposed, and for whom something changes first."""
    return f"{_if(it)}, {_first(it)}."


def _if(it: Supposed) -> str:
    changes = it.facts.changes
    if len(changes) != 1:
        return "If nothing is changed" if not changes else f"With these {len(changes)} changes"
    change = changes[0]
    what, rest = CHANGES[change.kind](it, change)
    return f"If you {what} {_when(it, change.at)}{rest}"


def _first(it: Supposed) -> str:
    facts = it.facts
    if facts.losses:
        losses = it.first_losses
        lose = verb(sum(loss.count for loss in losses), "loses", "lose")
        return f"{_listed([_whom(it, x) for x in losses])} {lose} protection {_from(it, losses[0])}"
    if facts.gains:
        return _gained(it, it.first_gains)
    if facts.phases or facts.notices_new or facts.notices_gone:
        return "nobody gains or loses protection"
    return "nothing changes, neither for users nor for notices"


def _whom(it: Supposed, loss: LossFacts) -> str:
    of = _of(it.name(loss.pool))
    if loss.count >= loss.seats:
        return f"the one user{of}" if loss.seats == 1 else f"all {users(loss.seats)}{of}"
    return f"{number(loss.count)} of {users(loss.seats)}{of}"


def _of(pool: str) -> str:
    return f" of the {pool} site" if pool else ""


def _from(it: Supposed, loss: LossFacts) -> str:
    return "at once" if loss.start == it.acts_at else f"on {it.dates.full(loss.start)}"


def _gained(it: Supposed, gains: Sequence[GainFacts]) -> str:
    first = gains[0]
    count = sum(gain.count for gain in gains)
    more = " more" if first.is_new else ""
    whom = _listed(
        [f"{number(x.count)}{more} {_user(x.count)}{_of(it.name(x.pool))}" for x in gains]
    )
    if first.is_kept:
        return (
            f"{whom} {verb(count, 'keeps', 'keep')} the protection that otherwise ends on "
            f"{it.dates.full(first.start)}"
        )
    when = "at once" if first.start == it.acts_at else f"from {it.dates.moment(first.start)} on"
    return f"{whom} {verb(count, 'is', 'are')} protected {when}"


def _user(count: int) -> str:
    return "user" if count == 1 else "users"


def phases(it: Supposed) -> str:
    """Which phases begin at another time, or no longer."""
    if not it.facts.phases:
        return "No phase begins or ends at another time."
    return " ".join(_phase(it, each) for each in it.facts.phases)


_BEGINS: dict[Phase, str] = {
    "pending": "The service begins",
    "active": "The service is active",
    "grace": "There are units again, and the service goes on as before,",
    "suspended": "Everything is active again, as it was,",
    "deleted": "The service begins anew, with nothing in it,",
}


def _phase(it: Supposed, each: PhaseFacts) -> str:
    dates, before, after = it.dates, each.before, each.after
    is_end = each.phase != "active"
    full = dates.full if is_end else dates.moment
    if after is None:
        gone = "" if before is None else f" on {full(before)}"
        return {
            "active": f"The service does not become active{gone}.",
            "grace": f"The licences do not run out{gone}.",
            "suspended": f"The service is not suspended{gone}.",
            "deleted": f"Nothing is deleted{gone}.",
            "pending": "",
        }[each.phase]
    instead = "" if before is None else f" instead of {full(before)}"
    on = "at once" if after == it.acts_at else f"on {full(after)}"
    earliest = "at once" if after == it.acts_at else f"at the earliest on {full(after)}"
    return {
        "active": f"{_BEGINS[each.previous]} {on}{instead}.",
        "grace": f"The last licence ends {on}{instead}.",
        "suspended": f"The service is suspended {earliest}{instead}.",
        "deleted": f"Everything is deleted {earliest}{instead}.",
        "pending": "",
    }[each.phase]


def people(it: Supposed) -> str:
    """What it means for those of whom the first sentence does not tell."""
    facts, said = it.facts, []
    later = facts.losses[len(it.first_losses) :] if facts.losses else ()
    said += [_later(it, loss) for loss in later[:3]]
    if len(later) > 3:
        rest = sum(loss.count for loss in later[3:])
        said.append(f"After that {users(rest)} more {verb(rest, 'loses', 'lose')} it.")
    if it.back_at is not None:
        said.append(f"They are protected again from {it.dates.moment(it.back_at)} on.")
    elif facts.losses and facts.keeps_seats:
        said.append("They keep their place, and are protected again once there are units for them.")
    if it.anyway_at is not None:
        said.append(f"Otherwise they lose it on {it.dates.full(it.anyway_at)}.")
    if facts.losses and facts.gains:
        said.append(f"{sentence(_gained(it, it.first_gains))}.")
    return " ".join(said)


def _later(it: Supposed, loss: LossFacts) -> str:
    lose = verb(loss.count, "loses", "lose")
    of = _of(it.name(loss.pool))
    return f"On {it.dates.full(loss.start)} {users(loss.count)}{of} {lose} it too."


def notices(it: Supposed) -> str:
    """How many notices go out that would not, and the other way round."""
    new, gone = it.facts.notices_new, it.facts.notices_gone
    if not new and not gone:
        return "The notices stay as they are."
    said = []
    if new:
        goes = verb(new, "notice goes", "notices go")
        said.append(f"{number(new)} {goes} out that otherwise {verb(new, 'does', 'do')} not")
    if gone:
        said.append(f"{number(gone)} {verb(gone, 'notice', 'notices')} no longer {_go(gone)} out")
    return f"{_listed(said)}."


def _go(count: int) -> str:
    return "goes" if count == 1 else "go"


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
