"""The notices in English."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import NoticeKind
from tenure.words.counts_en import (
    days,
    number,
    protected_now,
    sentence,
    stay_protected,
    tidy,
    users,
    verb,
)
from tenure.words.notice_facts import Text, Told

__all__ = ["KINDS", "footer", "subject", "tidy", "withdrawn"]


def expiring(told: Told) -> Text:
    """The company's last licence comes to its end."""
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return _passed(
            told,
            f"licences for {told.service} ended on {dates.short(end)}",
            f"The last licence of {told.company} for {told.service} ended on {dates.full(end)}.",
        )
    return Text(
        f"licences for {told.service} end on {dates.short(end)}",
        f"The last licence of {told.company} for {told.service} ends on {dates.full(end)}, "
        f"{dates.away(end)}. No other licence takes over then.",
        f"Without a new licence, we write to you again when it ends. Protection then continues "
        f"for {days(policy.grace_days)} from that message, so until "
        f"{dates.full(end + policy.grace)} at the earliest, and the service is suspended.",
        f"Nothing changes before that: {stay_protected(told.seats, told.protected)}. Once the "
        f"service is suspended, nobody is protected and nobody can open the Console. Everything "
        f"is kept for at least {days(policy.retention_days)} more, then deleted for good.",
        _add(told),
    )


def pool_expiring(told: Told) -> Text:
    """A pool will have fewer licences than users, while the company goes on."""
    dates, end = told.dates, told.ends_at
    policy = told.facts.policy
    if told.is_over:
        return _passed(
            told,
            f"a licence{_for_site(told)} ended on {dates.short(end)}",
            f"A licence of {told.company} for {told.service}, which covered {_users_of(told)}, "
            f"ended on {dates.full(end)}.",
        )
    missing = told.seats - told.covered_after
    return Text(
        f"too few licences{_for_site(told)} after {dates.short(end)}",
        f"A licence of {told.company} for {told.service} ends on {dates.full(end)}, "
        f"{dates.away(end)}. After that there are licences for {_part(told)}.",
        f"Without further licences, we write to you again when it ends. All of them stay "
        f"protected for {days(policy.grace_days)} from that message, so until "
        f"{dates.full(end + policy.grace)} at the earliest; then {users(missing)} "
        f"{verb(missing, 'loses', 'lose')} protection.",
        f"Nothing changes before that: {stay_protected(told.seats, told.protected)}. "
        f"{_who_keeps(told)}",
        _add_for_site(told),
    )


def grace(told: Told) -> Text:
    """The last licence has ended; protection goes on for the days of grace."""
    since = told.facts.effective_at
    dates = told.dates
    happened = f"{told.company} has had no valid licence for {told.service} since " + (
        f"{dates.full(since)}." if since is not None else "a short time ago."
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
        return _passed(told, f"{state}; the time given ended on {dates.short(end)}", happened)
    on = "not before" if told.at_earliest else "on"
    event = "the service is suspended" if told.protected == 0 else "protection ends"
    also = "" if told.protected == 0 else ", and the service is suspended"
    why = (
        f" The {days(policy.grace_days)} run from the moment this notice is delivered."
        if told.at_earliest
        else ""
    )
    return Text(
        f"{state}; {event} {on} {dates.short(end)}",
        happened,
        f"Without a new licence, {event} {on} {dates.full(end)}, {dates.away(end)}{also}.{why}",
        f"Until then {stay_protected(told.seats, told.protected)}; no further user can be added. "
        f"After that nobody is protected and nobody can open the Console. Everything is kept for "
        f"at least {days(policy.retention_days)} more, and a new licence brings it back as it "
        f"was. Without one it is then deleted for good; we write again "
        f"{days(policy.deletion_warning_days)} before.",
        _add(told),
    )


def suspended(told: Told) -> Text:
    """The service is closed for the company; everything is kept for a time."""
    facts, dates = told.facts, told.dates
    kept = told.kept_until
    if facts.closed:
        when = f" on {dates.moment(facts.effective_at)}" if facts.effective_at is not None else ""
        state = "closed by its owner"
        happened = (
            f"{told.company} was closed by its owner{when}, and {told.service} is suspended for it."
        )
        unless = f"Unless {told.company} is reopened"
        back = "reopening brings everything back as it was, given a valid licence"
    else:
        when = f" since {dates.full(facts.effective_at)}" if facts.effective_at is not None else ""
        state = f"{told.service} is suspended"
        happened = (
            f"{told.service} has been suspended for {told.company}{when}, because it has no "
            f"valid licence."
        )
        unless = "Without a new licence"
        back = "a new licence brings everything back at once, as it was"
    return Text(
        f"{state}; everything is kept until {dates.short(kept)} at least",
        happened,
        f"{unless}, everything is deleted for good, on {dates.full(kept)} at the earliest, "
        f"{dates.away(kept)}. We write to you again at least "
        f"{days(facts.policy.deletion_warning_days)} before.",
        f"{_nobody(told)} Nobody can open the Console. So far nothing is lost: {back}.",
        _reopen(told) if facts.closed else _add(told),
    )


def restored(told: Told) -> Text:
    """The company is active again."""
    facts, dates = told.facts, told.dates
    since = "" if facts.effective_at is None else f" since {dates.moment(facts.effective_at)}"
    lasts = (
        f" By what is known now, its licences last until {dates.full(facts.horizon_at)}."
        if facts.horizon_at is not None and facts.horizon_at > facts.now
        else ""
    )
    if told.waiting:
        them = verb(told.waiting, "It gets", "They get")
        state = f"; {users(told.waiting)} {verb(told.waiting, 'waits', 'wait')} for a licence"
        people = (
            f"Everything is back as it was, but there are not enough licences for everybody: "
            f"{protected_now(told.seats, told.protected)}. {them} protection as soon as there "
            f"are licences, in the order in which users were protected before."
        )
    else:
        state = ""
        people = f"Everything is as it was before: {protected_now(told.seats, told.protected)}."
    return Text(
        f"{told.service} is active again{state}",
        f"{told.service} has been active again for {told.company}{since}.",
        f"What earlier notices said about a suspension or a deletion no longer applies.{lasts}",
        people,
        _add(told) if told.waiting else f"See {told.company} and its licences",
    )


def pool_short(told: Told) -> Text:
    """A licence of a pool has ended; those who lost it stay protected for a time."""
    dates, end = told.dates, told.ends_at
    happened = (
        f"A licence of {told.company} for {told.service} has ended. There are now licences for "
        f"{_part(told)}."
    )
    if told.is_over:
        return _passed(told, f"too few licences{_for_site(told)}", happened)
    on = "not before" if told.at_earliest else "on"
    losing = told.losing
    why = (
        f" The {days(told.facts.policy.grace_days)} run from the moment this notice is delivered."
        if told.at_earliest
        else ""
    )
    return Text(
        f"protection of {users(losing)}{_of_site(told)} ends {on} {dates.short(end)}",
        happened,
        f"Without further licences, protection of {users(losing)} ends {on} {dates.full(end)}, "
        f"{dates.away(end)}.{why}",
        f"Until then {stay_protected(told.seats, told.protected)}. {_who_keeps(told)}",
        _add_for_site(told),
    )


def pool_reduced(told: Told) -> Text:
    """A pool has fewer licences than users, and nobody's protection is held."""
    since = told.facts.effective_at
    start = "There are" if since is None else f"Since {told.dates.full(since)} there are"
    waiting = told.waiting
    return Text(
        f"{users(waiting)}{_of_site(told)} {verb(waiting, 'is', 'are')} not protected",
        f"{start} too few licences of {told.company} for {told.service}: enough for {_part(told)}.",
        f"Nothing further happens by itself, and no date runs. As soon as there are licences, "
        f"the {users(waiting)} without protection {verb(waiting, 'gets', 'get')} it at once.",
        _who_keeps(told, now=True),
        _add_for_site(told),
    )


def deletion_warning(told: Told) -> Text:
    """The time for which everything is kept comes to its end."""
    facts, dates, end = told.facts, told.dates, told.ends_at
    since = "" if facts.effective_at is None else f" since {dates.full(facts.effective_at)}"
    cause = "its owner closed it" if facts.closed else "it has no valid licence"
    happened = f"{told.service} has been suspended for {told.company}{since}, because {cause}."
    if since == "":
        happened = f"{told.service} is suspended for {told.company}, because {cause}."
    if told.is_over:
        return _passed(told, f"the time for keeping ended on {dates.short(end)}", happened)
    on = "not before" if told.at_earliest else "on"
    unless = f"Unless {told.company} is reopened" if facts.closed else "Without a new licence"
    back = (
        "reopening brings everything back as it was, given a valid licence"
        if facts.closed
        else "a new licence brings everything back as it was"
    )
    why = (
        f" The {days(facts.policy.deletion_warning_days)} run from the moment this notice is "
        f"delivered."
        if told.at_earliest
        else ""
    )
    return Text(
        f"everything in {told.service} is deleted {on} {dates.short(end)}",
        happened,
        f"{unless}, everything that is kept is deleted for good {on} {dates.full(end)}, "
        f"{dates.away(end)}.{why}",
        f"{_nobody(told)} Deleted are the list of users with their groups and sources, the rules "
        f"and the exports; nobody can bring them back afterwards. Until then nothing is lost: "
        f"{back}.",
        _reopen(told) if facts.closed else _add(told),
    )


def deleted(told: Told) -> Text:
    """Everything was deleted."""
    at = told.facts.effective_at
    when = (
        "has been deleted for good."
        if at is None
        else (f"was deleted for good on {told.dates.moment(at)}.")
    )
    return Text(
        f"everything in {told.service} has been deleted",
        f"Everything that {told.service} kept for {told.company} {when}",
        "This cannot be undone, and nothing further happens. A new licence can be added at any "
        "time; it starts anew, with nothing in it.",
        "Nobody is protected. Deleted are the list of users with their groups and sources, the "
        "rules and the exports. What is kept is a signed receipt without personal data: it says "
        "what was deleted, and which warnings came before.",
        "See what was deleted",
    )


def withdrawn(told: Told) -> Text:
    """The notice was overtaken before it was delivered."""
    return Text(
        "an earlier notice no longer applies",
        f"The notice {told.facts.reference} about {told.company} and {told.service} no longer "
        f"applies: things changed before it was delivered.",
        "No period runs from it, and the dates it named have no effect.",
        f"{sentence(protected_now(told.seats, told.protected))}.",
        f"See how things stand for {told.company}",
    )


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


def subject(told: Told, fact: str) -> str:
    """Begin with whom it concerns: it is read in a list of two hundred."""
    return f"{told.company}{' (test account)' if told.facts.test else ''}: {fact}"


def footer(told: Told) -> str:
    """Say why this reader gets it, and the reference."""
    why = {
        "owner": f"you own the account of {told.company}",
        "administrator": f"you administer {told.company}",
        "notification_address": f"this address is set for notices about {told.company}",
        "site_administrator": f"you administer {_site(told)}",
    }[told.facts.reason]
    test = " This is a test account: no real user is concerned." if told.facts.test else ""
    return f"You receive this because {why}. Reference {told.facts.reference}.{test}"


def _site(told: Told) -> str:
    site = "a site" if told.site is None else f"the {told.site} site"
    return f"{site} of {told.company}"


def _passed(told: Told, fact: str, happened: str) -> Text:
    """Say a notice whose date has passed: what it foretold may have come or not."""
    return Text(
        fact,
        happened,
        f"The date that this notice named, {told.dates.full(told.ends_at)}, has passed.",
        f"Now {protected_now(told.seats, told.protected)}.",
        f"See how things stand for {told.company}",
    )


def _for_site(told: Told) -> str:
    return "" if told.site is None else f" for the {told.site} site"


def _of_site(told: Told) -> str:
    return "" if told.site is None else f" of the {told.site} site"


def _users_of(told: Told) -> str:
    return f"users{_of_site(told)}"


def _part(told: Told) -> str:
    """Say for how many there are licences."""
    covered = told.covered_after
    if covered == 0:
        of = "none" if told.seats != 1 else "not even"
        return (
            f"{of} of the {users(told.seats)}{_of_site(told)}"
            if told.seats != 1
            else (f"no user{_of_site(told)}, and 1 needs one")
        )
    return f"{number(covered)} of the {users(told.seats)}{_of_site(told)}"


def _who_keeps(told: Told, *, now: bool = False) -> str:
    covered, missing = told.covered_after, told.seats - told.covered_after
    start = "" if now else "After that "
    if covered == 0:
        first = f"{start}nobody{_of_site(told)} is protected"
    else:
        first = (
            f"{start}the {users(covered)} who came first {verb(covered, 'stays', 'stay')} protected"
        )
    second = (
        f"{number(missing)} {verb(missing, 'waits', 'wait')} for a licence. "
        f"Whoever waits keeps the place, and nothing is deleted."
    )
    return f"{sentence(first)}, and {second}"


def _nobody(told: Told) -> str:
    if told.seats == 0:
        return "Nobody is protected."
    if told.seats == 1:
        return "The one user is not protected now."
    return f"The {users(told.seats)} are not protected now."


def _ask(told: Told, what: str) -> str:
    return f"Ask {told.renewer or 'the owner of the account'} to {what}"


def _add(told: Told) -> str:
    return (
        "Add or renew a licence" if told.facts.can_renew else _ask(told, "add or renew a licence")
    )


def _add_for_site(told: Told) -> str:
    what = f"add licences{_for_site(told)}"
    return sentence(what) if told.facts.can_renew else _ask(told, what)


def _reopen(told: Told) -> str:
    what = f"reopen {told.company}"
    return sentence(what) if told.facts.can_renew else _ask(told, what)
