"""What the English notices share: subject, footer, actions, and what is said of people."""

from __future__ import annotations

from tenure.core.records import NoticeKind
from tenure.words.counts_en import days, number, protected_now, sentence, users, verb
from tenure.words.notice_facts import Text, Told


def subject(told: Told, fact: str) -> str:
    """Begin with whom it concerns: it is read in a list of two hundred."""
    return f"{told.company}{' (test account)' if told.facts.test else ''}: {fact}"


def footer(told: Told) -> str:
    """Say why this reader gets it, and the reference."""
    why = {
        "owner": f"you own the account of {told.company}",
        "administrator": f"you administer {told.company}",
        "notification_address": f"this address is registered for notices about {told.company}",
        "site_administrator": f"you administer {_site(told)}",
    }[told.facts.reason]
    test = " This is a test account: no real user is concerned." if told.facts.test else ""
    return f"You receive this because {why}. Reference {told.reference}.{test}"


def _site(told: Told) -> str:
    site = "a site" if told.site is None else f"the {told.site} site"
    return f"{site} of {told.company}"


def passed(told: Told, fact: str, happened: str) -> Text:
    """Say a notice whose date has passed: what it foretold may have come or not."""
    return Text(
        fact,
        happened,
        f"The date that this notice named, {told.dates.full(told.ends_at)}, has passed.",
        f"Now {protected_now(told.seats, told.protected)}.",
        f"See how things stand for {told.company}",
    )


def withdrawn(told: Told) -> Text:
    """Say a notice that was overtaken before it was delivered."""
    return Text(
        "an earlier notice no longer applies",
        f"The notice {told.reference} about {told.company} and {told.service} no longer "
        f"applies: things changed before it was delivered.",
        "No period runs from it, and the dates it named have no effect.",
        f"{sentence(protected_now(told.seats, told.protected))}.",
        f"See how things stand for {told.company}",
    )


_ANNOUNCED: dict[NoticeKind, str] = {
    "expiring": "the end of the last licence",
    "pool_expiring": "the end of a licence",
    "grace": "the end of protection",
    "grace_reminder": "the end of protection",
    "suspended": "the suspension",
    "restored": "that the service was active again",
    "pool_short": "the end of protection for some users",
    "pool_reduced": "that users were without protection",
    "deletion_warning": "the deletion",
    "deleted": "the deletion",
}
_WITH_A_DATE = frozenset({"expiring", "pool_expiring", "grace", "grace_reminder"})


def overtaken(told: Told) -> Text:
    """Say a notice that was right when it came, and that things have moved on since."""
    kind = told.facts.kind
    named = kind in _WITH_A_DATE or told.facts.deadline is not None
    past = named and told.is_over
    following = "Things have changed since, and no step follows from it any more."
    if past:
        following = f"The date that it named, {told.dates.full(told.ends_at)}, has passed."
    return Text(
        "an earlier notice is over" if past else "an earlier notice no longer applies",
        f"The notice {told.reference} about {told.company} and {told.service} announced "
        f"{_ANNOUNCED[kind]}.",
        following,
        f"Now {protected_now(told.seats, told.protected)}.",
        f"See how things stand for {told.company}",
    )


def runs(told: Told, count: int) -> str:
    """Say from when a period runs, where it does not run yet."""
    if not told.at_earliest:
        return ""
    return f" The {days(count)} begin when this notice is delivered, which is still to happen."


def for_site(told: Told) -> str:
    """Name the site, after licences."""
    return "" if told.site is None else f" for the {told.site} site"


def of_site(told: Told) -> str:
    """Name the site, after people."""
    return "" if told.site is None else f" of the {told.site} site"


def part(told: Told) -> str:
    """Say for how many people there are licences: "licences for 12 of the 20 users"."""
    covered = told.covered_after
    site = of_site(told)
    if covered is None:
        return f"too few licences for the {users(told.seats)}{site}"
    if covered == 0:
        whom = verb(told.seats, "the user", f"the {users(told.seats)}")
        return f"no licences for {whom}{site}"
    return f"licences for {number(covered)} of the {users(told.seats)}{site}"


def who_keeps(told: Told, *, now: bool = False) -> str:
    """Say who stays protected and who waits, at the end of a period or from now on."""
    covered = told.covered_after
    start = "" if now else "afterwards "
    if covered is None:
        return (
            "Afterwards those who were protected first stay protected, and the others "
            "wait for a licence. Their place is kept, and nothing is deleted."
        )
    missing = told.seats - covered
    waits = f"{number(missing)} {verb(missing, 'waits', 'wait')} for a licence"
    if covered == 0:
        there = "" if told.site is None else " there"
        waits = f"{users(missing)} {verb(missing, 'waits', 'wait')} for a licence"
        first = f"{start}nobody{there} is protected: {waits}"
    elif covered == 1:
        first = f"{start}the user who was protected first stays protected, and {waits}"
    else:
        first = f"{start}the {users(covered)} who were protected first stay protected, and {waits}"
    return f"{sentence(first)}. Their place is kept, and nothing is deleted."


def nobody(told: Told) -> str:
    """Say that the service is closed for people."""
    if told.seats == 0:
        who = "Nobody is"
    elif told.seats == 1:
        who = "The one user is"
    else:
        who = f"The {users(told.seats)} are"
    return f"{who} not protected now, and nobody can open the Console.".replace(
        "Nobody is not", "Nobody is"
    )


def ask(told: Told, what: str) -> str:
    """Say what to do, or whom to ask for it."""
    if told.facts.can_renew:
        return sentence(what)
    return f"Ask {told.renewer or 'the owner of the account'} to {what}"


def see(told: Told) -> str:
    """Say where to look when there is nothing to do."""
    return f"See {told.company} and its licences"


def comes(told: Told) -> str:
    """Say when the licence begins that is to come; nothing where none is known."""
    at = told.facts.returns_at
    if at is None:
        return ""
    dates = told.dates
    return f"A licence begins on {dates.moment(at)}, {dates.away_start(at)}"


def add(told: Told) -> str:
    """Say that a licence is needed."""
    return ask(told, "add or renew a licence")


def add_for_site(told: Told) -> str:
    """Say that a pool needs licences."""
    return ask(told, f"add licences{for_site(told)}")


def reopen(told: Told) -> str:
    """Say that the account can be opened again."""
    return ask(told, "reopen the account")
