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

__all__ = ["PHASES", "no_address", "tidy"]


def pending(it: Standing) -> CompanyWords:
    """Nothing has begun."""
    returns = it.facts.returns_at
    if it.facts.closed:
        return CompanyWords(
            f"The account of {it.company} was closed by its owner; {it.service} was never used.",
            "No date lies ahead.",
            "Nobody is protected.",
            f"To use {it.service}, reopen the account.",
        )
    return CompanyWords(
        f"{it.company} has no valid licence for {it.service} yet.",
        "No date lies ahead."
        if returns is None
        else f"A licence begins on {it.dates.moment(returns)}, {it.dates.away_start(returns)}.",
        "Nobody is protected.",
        "Add a licence or start a trial." if returns is None else "There is nothing to do.",
    )


def active(it: Standing) -> CompanyWords:
    """There are units."""
    dates, horizon = it.dates, it.facts.horizon_at
    now = protected_now(it.seats, it.protected)
    last = "last" if it.facts.returns_at is None else "present"
    following = [_held(it, *held) for held in it.held]
    if horizon is None:
        following.append("By what is known now, its licences do not run out.")
    elif it.is_ending_soon:
        end = horizon + it.policy.grace
        returns = it.facts.returns_at
        if returns is not None:
            following.append(
                f"The next licence begins on {dates.moment(returns)}, {dates.away_start(returns)}."
            )
        following.append(
            "Protection continues in between, and the service is not suspended."
            if returns is not None and returns <= end
            else f"Without a new licence, protection continues for {days(it.policy.grace_days)} "
            f"from the notice that we send when it ends, so until {dates.full(end)} at the "
            f"earliest. Then the service is suspended"
            f"{'' if returns is None else ' until it begins'}."
        )
    else:
        following.append(f"Its licences last until {dates.full(horizon)}, {dates.away(horizon)}.")
    return CompanyWords(
        f"{it.service} is active for {it.company}; its {last} licence ends on "
        f"{dates.full(horizon)}, {dates.away(horizon)}."
        if horizon is not None and it.is_ending_soon
        else f"{it.service} is active for {it.company}: {now}.",
        " ".join(following),
        _people(it),
        _todo(it),
    )


def _held(it: Standing, pool: str, seats: int, deadline: int | None) -> str:
    dates = it.dates
    whom = f"{users(seats)} of the {pool} site" if pool else users(seats)
    if deadline is not None:
        return (
            f"Without further licences, protection of {whom} ends on {dates.full(deadline)}, "
            f"{dates.away(deadline)}."
        )
    earliest = it.facts.now + it.policy.grace
    return (
        f"Without further licences, protection of {whom} ends {days(it.policy.grace_days)} after "
        f"the notice of it is delivered, so at the earliest on {dates.full(earliest)}, "
        f"{dates.away(earliest)}."
    )


def _people(it: Standing) -> str:
    said = []
    if it.is_ending_soon:
        said.append(f"Until then nothing changes: {stay_protected(it.seats, it.protected)}.")
    elif it.seats == 0:
        said.append("No user is protected yet.")
    elif it.held:
        said.append(f"For now {protected_now(it.seats, it.protected)}.")
    if it.waiting:
        said.append(
            f"{users(it.waiting)} {verb(it.waiting, 'waits', 'wait')} for a licence and "
            f"{verb(it.waiting, 'gets', 'get')} protection as soon as there are enough."
        )
    if it.held:
        held = sum(seats for _, seats, _ in it.held)
        said.append(
            f"After the date given, {users(held)} {verb(held, 'waits', 'wait')} for a licence."
        )
    if it.is_ending_soon and it.facts.returns_at is not None:
        if not it.is_bridged:
            said.append("Everything is kept, and the next licence brings it back as it was.")
    elif it.is_ending_soon:
        said.append(
            f"Once the service is suspended, nobody is protected; everything is kept for at least "
            f"{days(it.policy.retention_days)} more, then deleted for good."
        )
    elif it.waiting or it.held:
        said.append("Their place is kept, and nothing is deleted.")
    if it.facts.instance > 1 and it.seats == 0:
        said.append("This is a new start after a deletion: nothing of before is in it.")
    return " ".join(said) or "Nothing changes for anybody."


def _todo(it: Standing) -> str:
    if it.missing > 0:
        add = f"add licences for {users(it.missing)}."
        if it.has_free_units:
            return f"Move free units to where they are missing, or {add}"
        return add[0].upper() + add[1:]
    if it.is_ending_soon and not it.is_bridged:
        return "Add or renew a licence before it ends."
    return "Choose the users to protect." if it.seats == 0 else "There is nothing to do."


def grace(it: Standing) -> CompanyWords:
    """No licence is left; protection goes on for a time."""
    dates, end, returns = it.dates, it.grace_ends_at, it.facts.returns_at
    headline = (
        f"{it.company} has no valid licence for {it.service}; for now "
        f"{protected_now(it.seats, it.protected)}."
    )
    stay = (
        f"Until then nothing changes: {stay_protected(it.seats, it.protected)}. No new user can "
        f"be protected meanwhile."
    )
    comes = ""
    if returns is not None:
        comes = (
            f"A licence begins on {dates.moment(returns)}, {dates.away_start(returns)}; it brings "
            f"everything back as it was."
        )
        if returns <= end:
            return CompanyWords(headline, comes, stay, "There is nothing to do.")
    event = "protection ends and the service is suspended"
    if not it.protected:
        event = "the service is suspended"
    on = "on" if it.is_grace_running else "at the earliest on"
    following = f"Without a new licence, {event} {on} {dates.full(end)}, {dates.away(end)}."
    if not it.is_grace_running:
        following += (
            f" The {days(it.policy.grace_days)} begin when the notice is delivered, which is "
            f"still to happen."
        )
        portal = it.facts.portal_service_at
        if portal is not None:
            following += (
                f" Where no mail can be delivered, it counts as delivered here on "
                f"{dates.moment(portal)}."
            )
    if returns is not None:
        after = "After that nobody is protected until the licence begins; everything is kept."
    else:
        after = (
            f"After that nobody is protected and nobody can open the Console. Everything is kept "
            f"for at least {days(it.policy.retention_days)} more, and a new licence brings it "
            f"back as it was. Without one it is then deleted for good."
        )
    return CompanyWords(
        headline, f"{following} {comes}".strip(), f"{stay} {after}", "Add or renew a licence."
    )


def suspended(it: Standing) -> CompanyWords:
    """The service is closed; everything is kept for a time."""
    facts, dates = it.facts, it.dates
    since = facts.suspended_at
    kept = it.earliest_deletion
    if facts.closed:
        how = "is suspended" if since is None else "has been suspended"
        when = "" if since is None else f" since {dates.since(since)}"
        headline = (
            f"The account of {it.company} was closed by its owner; {it.service} {how} for it{when}."
        )
        unless, back = (
            "Unless the account is reopened",
            "once the account is reopened with a valid licence, everything is back as it was",
        )
        todo = "To keep it, reopen the account."
    else:
        how = "is suspended" if since is None else "has been suspended"
        when = "" if since is None else f" since {dates.full(since)}"
        headline = f"{it.service} {how} for {it.company}{when}, because there is no valid licence."
        unless, back = "Without a new licence", "a new licence brings everything back as it was"
        todo = "Add or renew a licence."
    returns = None if facts.closed else facts.returns_at
    if returns is not None:
        following = (
            f"A licence begins on {dates.moment(returns)}, {dates.away_start(returns)}; it brings "
            f"everything back as it was. Nothing is deleted before."
        )
        todo = "There is nothing to do, unless protection is needed earlier: then add a licence."
    elif facts.deletion_held:
        following = (
            "The operator holds the deletion: nothing is deleted while that stands. Afterwards "
            f"we write to you at least {days(it.policy.deletion_warning_days)} before anything "
            "is deleted."
        )
    elif facts.is_warning_unserved:
        following = (
            f"Nothing is deleted for now: the warning before the deletion could not be delivered "
            f"yet. Everything is kept for at least {days(it.policy.deletion_warning_days)} after "
            f"its delivery, so at least until {dates.full(kept)}, {dates.away(kept)}. Where no "
            f"mail can be delivered, an operator has to confirm the deletion first."
        )
    elif facts.warning_deadline is not None and kept <= facts.now:
        following = (
            f"The time for keeping everything has passed: it ended on {dates.full(kept)}. "
            f"{unless} before the deletion, which can come at any moment, it is deleted for good."
        )
    elif facts.warning_deadline is not None:
        following = (
            f"Everything is kept until {dates.full(kept)}, {dates.away(kept)}. {unless} by then, "
            f"it is deleted for good."
        )
    else:
        following = (
            f"Everything is kept at least until {dates.full(kept)}, {dates.away(kept)}. {unless} "
            f"by then, it is deleted for good; we write to you at least "
            f"{days(it.policy.deletion_warning_days)} before."
        )
    back = "" if returns is not None else f": {back}"
    people = (
        "Nobody is protected"
        if it.seats == 0
        else (f"{verb(it.seats, 'The one user is', f'The {users(it.seats)} are')} not protected")
    )
    return CompanyWords(
        headline,
        following,
        f"{people}, and nobody can open the Console. So far nothing is lost{back}.",
        todo,
    )


def deleted(it: Standing) -> CompanyWords:
    """Everything is gone."""
    closed = it.facts.closed
    return CompanyWords(
        f"Everything that {it.service} kept for {it.company} has been deleted for good.",
        "This cannot be undone, and no further step follows.",
        "Nobody is protected. A receipt says what was deleted and which warnings came before.",
        f"To use {it.service} again, "
        + ("reopen the account; it" if closed else "add a licence; it")
        + " starts anew, with nothing in it.",
    )


def no_address(it: Standing) -> str:
    """Say that nobody can be written to."""
    return f"Name an address for notices: {it.company} has none, so no mail reaches anybody."


PHASES: dict[Phase, Callable[[Standing], CompanyWords]] = {
    "pending": pending,
    "active": active,
    "grace": grace,
    "suspended": suspended,
    "deleted": deleted,
}
