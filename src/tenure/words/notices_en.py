"""The notices in English; those of a pool stand in ``pool_notices_en``."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import NoticeKind
from tenure.words.counts_en import (
    days,
    protected_now,
    stay_protected,
    tidy,
    users,
    verb,
)
from tenure.words.notice_facts import Text, Told
from tenure.words.notice_parts_en import (
    add,
    footer,
    nobody,
    passed,
    reopen,
    runs,
    subject,
    withdrawn,
)
from tenure.words.pool_notices_en import pool_expiring, pool_reduced, pool_short

__all__ = ["KINDS", "footer", "subject", "tidy", "withdrawn"]


def expiring(told: Told) -> Text:
    """The company's last licence comes to its end."""
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return passed(
            told,
            f"licences for {told.service} ended on {dates.short(end)}",
            f"The last licence of {told.company} for {told.service} ended on {dates.full(end)}.",
        )
    going_on = "the service stays open" if told.protected == 0 else "protection continues"
    return Text(
        f"licences for {told.service} end on {dates.short(end)}",
        f"The last licence of {told.company} for {told.service} ends on {dates.full(end)}, "
        f"{dates.away(end)}. No other licence follows directly.",
        f"Without a new licence, {going_on} for {days(policy.grace_days)} more. These run from "
        f"the notice that we send when the licence ends, so until "
        f"{dates.full(end + policy.grace)} at the earliest. Then the service is suspended.",
        f"Nothing changes before that: {stay_protected(told.seats, told.protected)}. Once the "
        f"service is suspended, nobody is protected and nobody can open the Console. Everything "
        f"is kept for at least {days(policy.retention_days)} more, then deleted for good.",
        add(told),
    )


def grace(told: Told) -> Text:
    """The last licence has ended; protection goes on for the days of grace."""
    since = told.facts.effective_at
    happened = f"{told.company} has no valid licence for {told.service}."
    if since is not None:
        happened = (
            f"{told.company} has had no valid licence for {told.service} since "
            f"{told.dates.full(since)}."
        )
    return _in_grace(told, "no valid licence", happened)


def grace_reminder(told: Told) -> Text:
    """Half of the days of grace are over."""
    since = told.facts.effective_at
    happened = f"{told.company} still has no valid licence for {told.service}." + (
        f" The last one ended on {told.dates.full(since)}." if since is not None else ""
    )
    return _in_grace(told, "still no valid licence", happened)


def _in_grace(told: Told, state: str, happened: str) -> Text:
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return passed(told, f"{state} by {dates.short(end)}", happened)
    if told.protected:
        least = " at least" if told.at_earliest else ""
        fact = f"{state}, protection continues{least} until {dates.short(end)}"
    else:
        least = "at the earliest " if told.at_earliest else ""
        fact = f"{state}, suspension {least}on {dates.short(end)}"
    event = "protection ends and the service is suspended"
    if told.protected == 0:
        event = "the service is suspended"
    on = "at the earliest on" if told.at_earliest else "on"
    return Text(
        fact,
        happened,
        f"Without a new licence, {event} {on} {dates.full(end)}, {dates.away(end)}."
        f"{runs(told, policy.grace_days)}",
        f"Until then nothing changes: {stay_protected(told.seats, told.protected)}. No new user "
        f"can be protected meanwhile. After that nobody is protected and nobody can open the "
        f"Console. Everything is kept for at least {days(policy.retention_days)} more, and a new "
        f"licence brings it back as it was. Without one it is then deleted for good; we write "
        f"again at least {days(policy.deletion_warning_days)} before.",
        add(told),
    )


def suspended(told: Told) -> Text:
    """The service is closed for the company; everything is kept for a time."""
    facts, dates, at = told.facts, told.dates, told.facts.effective_at
    kept = told.kept_until
    if facts.closed:
        when = "" if at is None else f" on {dates.since(at)}"
        state = "closed by its owner"
        happened = (
            f"The account of {told.company} was closed by its owner{when}, and {told.service} "
            f"is suspended for it."
        )
    else:
        since = "is" if at is None else "has been"
        when = "" if at is None else f" since {dates.full(at)}"
        state = f"{told.service} is suspended"
        happened = (
            f"{told.service} {since} suspended for {told.company}{when}, because there is no "
            f"valid licence."
        )
    return Text(
        f"{state}; everything is kept at least until {dates.short(kept)}",
        happened,
        f"Everything is kept at least until {dates.full(kept)}, {dates.away(kept)}. "
        f"{_unless(told)} by then, it is deleted for good; we write to you again at least "
        f"{days(facts.policy.deletion_warning_days)} before.",
        f"{nobody(told)} So far nothing is lost: {_back(told)}.",
        reopen(told) if facts.closed else add(told),
    )


def restored(told: Told) -> Text:
    """The company is active again."""
    facts, dates = told.facts, told.dates
    start = f"{told.service} is active again for {told.company}."
    if facts.effective_at is not None:
        start = (
            f"{told.service} has been active again for {told.company} since "
            f"{dates.moment(facts.effective_at)}."
        )
    lasts = (
        f" By what is known today, its licences last until {dates.full(facts.horizon_at)}."
        if facts.horizon_at is not None and facts.horizon_at > facts.now
        else ""
    )
    over = "The suspension or deletion that we announced no longer applies."
    if told.waiting == 0:
        return Text(
            f"{told.service} is active again",
            start,
            f"You need not do anything. {over}{lasts}",
            f"Everything is as it was before: {protected_now(told.seats, told.protected)}.",
            f"See {told.company} and its licences",
        )
    waits = verb(told.waiting, "waits", "wait")
    return Text(
        f"{told.service} is active again; {users(told.waiting)} {waits} for a licence",
        start,
        f"{over}{lasts}",
        f"Everything is back as it was, but there are too few licences: "
        f"{protected_now(told.seats, told.protected)}. As soon as there are enough, "
        f"protection comes back, in the order in which it was given before.",
        add(told),
    )


def deletion_warning(told: Told) -> Text:
    """The time for which everything is kept comes to its end."""
    facts, dates, end, at = told.facts, told.dates, told.ends_at, told.facts.effective_at
    since = "is" if at is None else "has been"
    when = "" if at is None else f" since {dates.full(at)}"
    cause = "its owner closed the account" if facts.closed else "there is no valid licence"
    happened = f"{told.service} {since} suspended for {told.company}{when}, because {cause}."
    if told.is_over:
        return passed(told, f"the time for keeping ended on {dates.short(end)}", happened)
    until = "at least until" if told.at_earliest else "until"
    return Text(
        f"everything in {told.service} is kept {until} {dates.short(end)}, then deleted",
        happened,
        f"Everything is kept {until} {dates.full(end)}, {dates.away(end)}. {_unless(told)} by "
        f"then, it is deleted for good.{runs(told, facts.policy.deletion_warning_days)}",
        f"{nobody(told)} What will be deleted: the list of users with their groups and sources, "
        f"the rules and the exports. Nobody can bring them back afterwards. Until then nothing "
        f"is lost: {_back(told)}.",
        reopen(told) if facts.closed else add(told),
    )


def deleted(told: Told) -> Text:
    """Everything was deleted."""
    at = told.facts.effective_at
    when = "has been deleted for good."
    if at is not None:
        when = f"was deleted for good on {told.dates.moment(at)}."
    return Text(
        f"everything in {told.service} has been deleted",
        f"Everything that {told.service} kept for {told.company} {when}",
        "This cannot be undone, and no further step follows. A new licence can be added at any "
        "time; it starts anew, with nothing in it.",
        "Nobody is protected. What was deleted: the list of users with their groups and sources, "
        "the rules and the exports. What is kept: a signed receipt without personal data, which "
        "says what was deleted and which warnings came before.",
        "See what was deleted",
    )


def _unless(told: Told) -> str:
    return "Unless the account is reopened" if told.facts.closed else "Without a new licence"


def _back(told: Told) -> str:
    if told.facts.closed:
        return "once the account is reopened with a valid licence, everything is back as it was"
    return "a new licence brings everything back at once, as it was"


KINDS: dict[NoticeKind, Callable[[Told], Text]] = {
    "expiring": expiring,
    "pool_expiring": pool_expiring,
    "grace": grace,
    "grace_reminder": grace_reminder,
    "suspended": suspended,
    "restored": restored,
    "pool_short": pool_short,
    "pool_reduced": pool_reduced,
    "deletion_warning": deletion_warning,
    "deleted": deleted,
}
