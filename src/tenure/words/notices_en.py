"""The notices in English; those of a pool stand in ``pool_notices_en``."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import NoticeKind
from tenure.words.counts_en import (
    days,
    number,
    protected_now,
    stay_protected,
    tidy,
    users,
    verb,
)
from tenure.words.notice_facts import Text, Told
from tenure.words.notice_parts_en import (
    add,
    comes,
    footer,
    nobody,
    overtaken,
    passed,
    reopen,
    runs,
    see,
    subject,
    withdrawn,
)
from tenure.words.pool_notices_en import pool_expiring, pool_reduced, pool_short

__all__ = ["KINDS", "footer", "overtaken", "subject", "tidy", "withdrawn"]


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
    fact = f"licences for {told.service} end on {dates.short(end)}"
    happened = (
        f"The last licence of {told.company} for {told.service} ends on {dates.full(end)}, "
        f"{dates.away(end)}. No other licence follows directly."
    )
    if told.comes_in_time:
        return Text(
            fact,
            happened,
            f"{comes(told)}. Until then {going_on}, and the service is not suspended.",
            f"Nothing changes until then: {stay_protected(told.seats, told.protected)}. Only new "
            f"users cannot be protected between the two licences.",
            see(told),
        )
    returns = told.facts.returns_at is not None
    until = " until the next licence begins" if returns else ""
    kept = (
        f"Everything is kept. {comes(told)}; it brings everything back as it was."
        if returns
        else (
            f"Everything is kept for at least {days(policy.retention_days)} more, then deleted "
            f"for good."
        )
    )
    return Text(
        fact,
        happened,
        f"Without a new licence, {going_on} for {days(policy.grace_days)} more. These run from "
        f"the notice that we send when the licence ends, so until "
        f"{dates.full(end + policy.grace)} at the earliest. Then the service is suspended{until}.",
        f"Nothing changes before that: {stay_protected(told.seats, told.protected)}. Once the "
        f"service is suspended, nobody is protected and nobody can open the Console. {kept}",
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
    stay = (
        f"Until then nothing changes: {stay_protected(told.seats, told.protected)}. No new user "
        f"can be protected meanwhile."
    )
    if told.comes_in_time:
        returns = dates.short_moment(told.facts.returns_at or end)
        return Text(
            f"{state} until the next begins on {returns}",
            happened,
            f"{comes(told)}, before protection would end. The service is not suspended.",
            stay,
            see(told),
        )
    on = "at the earliest on" if told.at_earliest else "on"
    if told.facts.returns_at is None:
        kept = (
            f"Everything is kept for at least {days(policy.retention_days)} more, and a new "
            f"licence brings it back as it was. Without one it is then deleted for good; we write "
            f"again at least {days(policy.deletion_warning_days)} before."
        )
    else:
        kept = f"Everything is kept. {comes(told)}; it brings everything back as it was."
    return Text(
        fact,
        happened,
        f"Without a new licence, {event} {on} {dates.full(end)}, {dates.away(end)}."
        f"{runs(told, policy.grace_days)}",
        f"{stay} After that nobody is protected and nobody can open the Console. {kept}",
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
    fact = f"{state}; everything is kept at least until {dates.short(kept)}"
    following = (
        f"Everything is kept at least until {dates.full(kept)}, {dates.away(kept)}. "
        f"{_unless(told)} by then, it is deleted for good; we write to you again at least "
        f"{days(facts.policy.deletion_warning_days)} before."
    )
    if _is_kept(told):
        fact, following = f"{state}; everything is kept", _kept(told)
    return Text(
        fact,
        happened,
        following,
        f"{nobody(told)} So far nothing is lost: {_back(told)}.",
        reopen(told) if told.is_closed else add(told),
    )


def _is_kept(told: Told) -> bool:
    """Whether nothing is deleted by what is known: a licence comes, or an operator holds it."""
    facts = told.facts
    return facts.deletion_held or (facts.returns_at is not None and not told.is_closed)


def _kept(told: Told) -> str:
    if told.facts.returns_at is not None and not told.is_closed:
        return f"{comes(told)}; it brings everything back as it was. Nothing is deleted before."
    return (
        f"The operator holds the deletion: nothing is deleted while that stands. Afterwards we "
        f"write to you at least {days(told.facts.policy.deletion_warning_days)} before anything "
        f"is deleted."
    )


def restored(told: Told) -> Text:
    """The company is active again."""
    facts, dates = told.facts, told.dates
    since = "" if facts.effective_at is None else f" since {dates.moment(facts.effective_at)}"
    if facts.from_phase == "grace":
        fact = f"valid licence for {told.service} again"
        start = (
            f"{told.company} has had a valid licence for {told.service} again{since}. The service "
            f"was not suspended."
        )
        over = "No suspension and no deletion follows."
        same = "Nothing has changed for anybody"
        back = "The seats are as they were, but there are too few licences"
    else:
        fact = f"{told.service} is active again"
        start = (
            f"{told.service} {'has been' if since else 'is'} active again for {told.company}"
            f"{since}."
        )
        if facts.from_since is not None:
            on = dates.since if facts.from_closed else dates.full
            start += f" It had been suspended since {on(facts.from_since)}."
        over = "Nothing is deleted, and the deletion that we announced no longer applies."
        same = "Everything is as it was before"
        back = "Everything is back as it was, but there are too few licences"
    lasts = (
        f" By what is known today, its licences last until {dates.full(facts.horizon_at)}."
        if facts.horizon_at is not None and facts.horizon_at > facts.now
        else ""
    )
    if told.waiting == 0 and facts.units < told.seats:
        return Text(
            fact,
            start,
            f"{over} There are licences for {number(facts.units)} of the {users(told.seats)} "
            f"only; a notice of its own says until when the others stay protected.{lasts}",
            f"{same}: {protected_now(told.seats, told.protected)}.",
            add(told),
        )
    if told.waiting == 0:
        return Text(
            fact,
            start,
            f"You need not do anything. {over}{lasts}",
            f"{same}: {protected_now(told.seats, told.protected)}.",
            see(told),
        )
    waits = verb(told.waiting, "waits", "wait")
    return Text(
        f"{fact}; {users(told.waiting)} {waits} for a licence",
        start,
        f"{over}{lasts}",
        f"{back}: {protected_now(told.seats, told.protected)}. As soon as there are enough, "
        f"protection comes back, in the order in which it was given before.",
        add(told),
    )


def deletion_warning(told: Told) -> Text:
    """The time for which everything is kept comes to its end."""
    facts, dates, end, at = told.facts, told.dates, told.ends_at, told.facts.effective_at
    since = "is" if at is None else "has been"
    on = dates.since if told.is_closed else dates.full
    when = "" if at is None else f" since {on(at)}"
    cause = "its owner closed the account" if told.is_closed else "there is no valid licence"
    happened = f"{told.service} {since} suspended for {told.company}{when}, because {cause}."
    if told.is_over:
        return passed(told, f"the time for keeping ended on {dates.short(end)}", happened)
    if _is_kept(told):
        return Text(
            f"nothing in {told.service} is deleted for now",
            happened,
            _kept(told),
            f"{nobody(told)} So far nothing is lost: {_back(told)}.",
            reopen(told) if told.is_closed else add(told),
        )
    until = "at least until" if told.at_earliest else "until"
    return Text(
        f"everything in {told.service} is kept {until} {dates.short(end)}, then deleted",
        happened,
        f"Everything is kept {until} {dates.full(end)}, {dates.away(end)}. {_unless(told)} by "
        f"then, it is deleted for good.{runs(told, facts.policy.deletion_warning_days)}",
        f"{nobody(told)} What will be deleted: the list of users with their groups and sources, "
        f"the rules and the exports. Nobody can bring them back afterwards. Until then nothing "
        f"is lost: {_back(told)}.",
        reopen(told) if told.is_closed else add(told),
    )


def deleted(told: Told) -> Text:
    """Everything was deleted."""
    at = told.facts.effective_at
    when = "has been deleted for good."
    if at is not None:
        when = f"was deleted for good on {told.dates.moment(at)}."
    again = "A new licence can be added at any time"
    if told.is_closed:
        again = "The account can be reopened at any time"
    return Text(
        f"everything in {told.service} has been deleted",
        f"Everything that {told.service} kept for {told.company} {when}",
        f"This cannot be undone, and no further step follows. {again}; it starts anew, with "
        "nothing in it.",
        "Nobody is protected. What was deleted: the list of users with their groups and sources, "
        "the rules and the exports. What is kept: a signed receipt without personal data, which "
        "says what was deleted and which warnings came before.",
        "See what was deleted",
    )


def _unless(told: Told) -> str:
    return "Unless the account is reopened" if told.is_closed else "Without a new licence"


def _back(told: Told) -> str:
    if told.is_closed:
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
