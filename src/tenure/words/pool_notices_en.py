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
    if told.facts.gap_at is not None:
        return _after_a_gap(told, told.facts.gap_at)
    return Text(
        f"too few licences{for_site(told)} after {dates.short(end)}",
        f"A licence of {told.company} for {told.service} ends on {dates.full(end)}, "
        f"{dates.away(end)}. After that there are {part(told)}.",
        f"Without further licences, {stay_protected(told.protected, told.protected)} for "
        f"{days(policy.grace_days)} more. These run from the notice that we send when the "
        f"licence ends, so until {dates.full(end + policy.grace)} at the earliest. Then "
        f"{_losers(told)} protection.",
        f"Nothing changes until the licence ends. {who_keeps(told)}",
        add_for_site(told),
    )


def _losers(told: Told) -> str:
    missing = told.missing
    if missing is None:
        return "some of them lose"
    return f"{users(missing)} {verb(missing, 'loses', 'lose')}"


def _after_a_gap(told: Told, gap: int) -> Text:
    """Say that all licences end first, and that those that come later are too few."""
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    until = gap + policy.grace
    comes = f"the next begins on {dates.moment(end)}, {dates.away_start(end)}"
    following = (
        f"The {days(policy.grace_days)} of protection without a licence run from the notice that "
        f"we send when the last licence ends, so until {dates.full(until)} at the earliest. "
    )
    if end <= until:
        following += f"The next licence does not make them longer: then {_losers(told)} protection."
    else:
        following += "Then nobody is protected until the next licence begins."
    return Text(
        f"too few licences{for_site(told)} from {dates.short_moment(end)} on",
        f"The last licence of {told.company} for {told.service} ends on {dates.full(gap)}, "
        f"{dates.away(gap)}; {comes}. From then on there are {part(told)}.",
        following,
        f"Nothing changes until the last licence ends. {who_keeps(told)}",
        add_for_site(told),
    )


def pool_short(told: Told) -> Text:
    """A licence of a pool has ended; those who lost it stay protected for a time."""
    dates, end = told.dates, told.ends_at
    since = told.facts.effective_at
    ended = "has ended" if since is None else f"ended on {dates.since(since)}"
    happened = (
        f"A licence of {told.company} for {told.service} {ended}. There are now {part(told)}."
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
    waiting = told.waiting
    happened = f"{told.company} has too few licences for {told.service}: {part(told)}."
    if since is not None and waiting:
        happened = (
            f"{users(waiting)}{of_site(told)} of {told.company} {verb(waiting, 'has', 'have')} had "
            f"no protection by {told.service} since {told.dates.since(since)}: there are "
            f"{part(told)}."
        )
    return Text(
        f"{users(waiting)}{of_site(told)} {verb(waiting, 'is', 'are')} not protected by "
        f"{told.service}",
        happened,
        f"No further step follows, and no deadline runs. "
        f"{verb(waiting, 'The user', f'The {users(waiting)}')} without protection "
        f"{verb(waiting, 'gets', 'get')} it back as soon as there are enough licences.",
        who_keeps(told, now=True),
        add_for_site(told),
    )
