"""The notices of a pool, in English. A pool is a site, or the company where it has only one."""

from __future__ import annotations

from tenure.words.counts_en import days, stay_protected, users, verb
from tenure.words.notice_facts import Text, Told
from tenure.words.notice_parts_en import (
    add_for_site,
    for_site,
    of_site,
    part,
    passed,
    runs,
    who_keeps,
)


def pool_expiring(told: Told) -> Text:
    """A pool will have fewer licences than users, while the company goes on."""
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return passed(
            told,
            f"a licence{for_site(told)} ended on {dates.short(end)}",
            f"A licence of {told.company} for {told.service}, which covered users"
            f"{of_site(told)}, ended on {dates.full(end)}.",
        )
    missing = told.missing
    losers = (
        "some of them lose"
        if missing is None
        else (f"{users(missing)} {verb(missing, 'loses', 'lose')}")
    )
    return Text(
        f"too few licences{for_site(told)} after {dates.short(end)}",
        f"A licence of {told.company} for {told.service} ends on {dates.full(end)}, "
        f"{dates.away(end)}. After that there are {part(told)}.",
        f"Without further licences, {stay_protected(told.protected, told.protected)} for "
        f"{days(policy.grace_days)} more. These run from the notice that we send when the "
        f"licence ends, so until {dates.full(end + policy.grace)} at the earliest. Then {losers} "
        f"protection.",
        f"Nothing changes until the licence ends. {who_keeps(told)}",
        add_for_site(told),
    )


def pool_short(told: Told) -> Text:
    """A licence of a pool has ended; those who lost it stay protected for a time."""
    dates, end = told.dates, told.ends_at
    happened = (
        f"A licence of {told.company} for {told.service} has ended. There are now {part(told)}."
    )
    if told.is_over:
        return passed(told, f"too few licences{for_site(told)}", happened)
    on = "at the earliest on" if told.at_earliest else "on"
    whom = users(told.losing)
    return Text(
        f"protection of {whom}{of_site(told)} ends {on} {dates.short(end)}",
        happened,
        f"Without further licences, protection of {whom} ends {on} {dates.full(end)}, "
        f"{dates.away(end)}.{runs(told, told.facts.policy.grace_days)}",
        f"Until then {stay_protected(told.seats, told.protected)}. {who_keeps(told)}",
        add_for_site(told),
    )


def pool_reduced(told: Told) -> Text:
    """A pool has fewer licences than users, and nobody's protection is held."""
    since = told.facts.effective_at
    has = "has" if since is None else "has had"
    when = "" if since is None else f" since {told.dates.moment(since)}"
    waiting = told.waiting
    return Text(
        f"{users(waiting)}{of_site(told)} {verb(waiting, 'is', 'are')} not protected by "
        f"{told.service}",
        f"{told.company} {has} too few licences for {told.service}{when}: {part(told)}.",
        f"No further step follows, and no deadline runs. "
        f"{verb(waiting, 'The user', f'The {users(waiting)}')} without protection "
        f"{verb(waiting, 'gets', 'get')} it back as soon as there are enough licences.",
        who_keeps(told, now=True),
        add_for_site(told),
    )
