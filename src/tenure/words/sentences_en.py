"""How a company stands, in English."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import Phase
from tenure.words.company_facts import CompanyWords, Standing
from tenure.words.counts_en import (
    days,
    protected_now,
    stay_protected,
    tidy,
    users,
    verb,
)

__all__ = ["PHASES", "tidy"]


def pending(it: Standing) -> CompanyWords:
    """Nothing has begun."""
    returns = it.facts.returns_at
    if it.facts.closed:
        return CompanyWords(
            f"{it.company} was closed by its owner; it has not used {it.service} so far.",
            "Nothing happens by itself.",
            "Nobody is protected.",
            f"To use {it.service}, reopen the account.",
        )
    return CompanyWords(
        f"{it.company} has no valid licence for {it.service} yet.",
        "Nothing happens by itself."
        if returns is None
        else f"A licence begins on {it.dates.moment(returns)}, {it.dates.away(returns)}.",
        "Nobody is protected.",
        "Add a licence or start a trial." if returns is None else "There is nothing to do.",
    )


def active(it: Standing) -> CompanyWords:
    """There are units."""
    facts, dates, horizon = it.facts, it.dates, it.facts.horizon_at
    anew = (
        " This is a new start after a deletion: nothing of before is in it."
        if facts.instance > 1 and it.seats == 0
        else ""
    )
    headline = f"{it.service} is active for {it.company}: {protected_now(it.seats, it.protected)}."
    following = [_held(it, *held) for held in it.held]
    if horizon is None:
        lasts = "By what is known now, its licences do not run out."
    else:
        lasts = (
            f"Its last licence ends on {dates.full(horizon)}, {dates.away(horizon)}. Without a "
            f"new one, protection continues for {days(it.policy.grace_days)} from our notice of "
            f"it; then the service is suspended."
        )
    if it.waiting:
        people = (
            f"{users(it.waiting)} {verb(it.waiting, 'waits', 'wait')} for a licence and "
            f"{verb(it.waiting, 'gets', 'get')} protection as soon as there is one. Nothing of "
            f"theirs is deleted."
        )
    elif it.held:
        people = f"Until then {stay_protected(it.seats, it.protected)}."
    else:
        people = f"Nothing changes for now: {stay_protected(it.seats, it.protected)}."
    missing = max(it.waiting, it.seats - facts.units)
    if missing > 0:
        todo = f"Add licences for {users(missing)}."
    elif horizon is not None and it.is_ending_soon:
        todo = "Add or renew a licence before it ends."
    else:
        todo = "There is nothing to do."
    return CompanyWords(headline, " ".join([*following, lasts]), people + anew, todo)


def _held(it: Standing, pool: str, seats: int, deadline: int | None) -> str:
    whom = f"{users(seats)} of the {pool} site" if pool else users(seats)
    if deadline is None:
        return (
            f"Protection of {whom} ends {days(it.policy.grace_days)} after its notice is "
            f"delivered, unless licences are added."
        )
    return (
        f"Without further licences, protection of {whom} ends on {it.dates.full(deadline)}, "
        f"{it.dates.away(deadline)}."
    )


def grace(it: Standing) -> CompanyWords:
    """No licence is left; protection goes on for a time."""
    facts, dates, end = it.facts, it.dates, it.grace_ends_at
    returns = facts.returns_at
    event = "protection ends" if it.protected else "the service is suspended"
    also = " and the service is suspended" if it.protected else ""
    if it.is_grace_running:
        until = f"on {dates.full(end)}"
        why = ""
    else:
        until = f"on {dates.full(end)} at the earliest"
        why = f" The {days(it.policy.grace_days)} run from the delivery of the notice."
    comes = ""
    if returns is not None:
        comes = (
            f" A licence begins on {dates.moment(returns)}, {dates.away(returns)}; it brings "
            f"everything back as it was."
        )
    coming_first = returns is not None and returns <= end
    return CompanyWords(
        f"{it.company} has no valid licence for {it.service}; now "
        f"{protected_now(it.seats, it.protected)}.",
        comes.strip()
        if coming_first
        else f"Without a new licence, {event} {until}, {dates.away(end)}{also}.{why}{comes}",
        f"Until then {stay_protected(it.seats, it.protected)}; no further user can be added."
        if coming_first
        else f"Until then {stay_protected(it.seats, it.protected)}; no further user can be "
        f"added. After that nobody is protected and nobody can open the Console; everything is "
        f"kept for at least {days(it.policy.retention_days)} more, then deleted for good.",
        "There is nothing to do." if coming_first else "Add or renew a licence.",
    )


def suspended(it: Standing) -> CompanyWords:
    """The service is closed; everything is kept for a time."""
    facts, dates = it.facts, it.dates
    since = facts.suspended_at
    kept = it.earliest_deletion
    if facts.closed:
        headline = f"{it.company} was closed by its owner, and {it.service} is suspended for it."
        unless, back = (
            "Unless the account is reopened",
            "reopening brings everything back as it was, given a valid licence",
        )
        todo = "To keep it, reopen the account."
    else:
        headline = f"{it.service} is suspended for {it.company}, because it has no valid licence."
        unless, back = "Without a new licence", "a new licence brings everything back as it was"
        todo = "Add or renew a licence."
    if since is not None:
        began = dates.moment(since) if facts.closed else dates.full(since)
        headline = f"{headline[:-1]}, since {began}."
        if not facts.closed:
            headline = (
                f"{it.service} has been suspended for {it.company} since {began}, because it has "
                f"no valid licence."
            )
    returns = None if facts.closed else facts.returns_at
    if returns is not None:
        following = (
            f"A licence begins on {dates.moment(returns)}, {dates.away(returns)}; it brings "
            f"everything back as it was. Nothing is deleted before."
        )
        todo = "There is nothing to do, unless protection is needed earlier: then add a licence."
    elif facts.deletion_held:
        following = (
            "The operator holds the deletion: nothing is deleted while that stands. Afterwards "
            f"we write to you at least {days(it.policy.deletion_warning_days)} before anything "
            "is deleted."
        )
    elif facts.warning_deadline is not None:
        following = (
            f"{unless}, everything is deleted for good on {dates.full(kept)}, {dates.away(kept)}."
        )
    else:
        following = (
            f"{unless}, everything is deleted for good, on {dates.full(kept)} at the earliest, "
            f"{dates.away(kept)}. We write to you at least "
            f"{days(it.policy.deletion_warning_days)} before."
        )
    people = (
        "Nobody is protected"
        if it.seats == 0
        else (f"{verb(it.seats, 'The one user is', f'The {users(it.seats)} are')} not protected")
    )
    return CompanyWords(
        headline,
        following,
        f"{people}, and nobody can open the Console. So far nothing is lost: {back}.",
        todo,
    )


def deleted(it: Standing) -> CompanyWords:
    """Everything is gone."""
    closed = it.facts.closed
    return CompanyWords(
        f"Everything that {it.service} kept for {it.company} has been deleted for good.",
        "This cannot be undone, and nothing further happens by itself.",
        "Nobody is protected. A receipt says what was deleted and which warnings came before.",
        f"To use {it.service} again, "
        + ("reopen the account; it" if closed else "add a licence; it")
        + " starts anew, with nothing in it.",
    )


PHASES: dict[Phase, Callable[[Standing], CompanyWords]] = {
    "pending": pending,
    "active": active,
    "grace": grace,
    "suspended": suspended,
    "deleted": deleted,
}
