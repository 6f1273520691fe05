"""The English of alerts."""

from __future__ import annotations

from collections.abc import Callable

from tenure.core.records import NoticeKind
from tenure.words.alert_facts import Alerted, AlertKind, AlertLevel, AlertState, AlertWords
from tenure.words.counts_en import number, tidy, users, verb

__all__ = ["KINDS", "LEVELS", "SENTENCES", "STATES", "over", "tidy"]

LEVELS: dict[AlertLevel, str] = {
    "critical": "Critical",
    "warning": "Warning",
    "information": "Information",
}

STATES: dict[AlertState, str] = {
    "unresolved": "Unresolved",
    "resolved": "Resolved",
    "over": "Over",
}

KINDS: dict[AlertKind, str] = {
    "deletion_warned": "Deletion announced",
    "suspended": "Service suspended",
    "grace": "Protection without a licence",
    "pool_reduced": "Users without protection",
    "nobody_to_write_to": "Nobody to write to",
    "notice_stuck": "Notice not delivered",
    "company_ends": "Last licence ends",
    "pool_short": "Too few units",
    "members_wait": "Members wait",
    "licence_ends": "Licence ends",
    "licence_ended": "Licence ended",
    "licence_suspended": "Licence suspended",
    "key_expired": "Key not verified",
    "closed": "Closed by the owner",
    "pool_full": "Nearly all units in use",
    "key_waits": "Key awaits verification",
}

_NOTICES: dict[NoticeKind, str] = {
    "expiring": "that the licences end",
    "pool_expiring": "that a site will have too few units",
    "grace": "that protection will end",
    "grace_reminder": "that protection will end soon",
    "suspended": "that the service is suspended",
    "restored": "that everything is active again",
    "pool_short": "that a site has too few units",
    "pool_reduced": "that users lost their protection",
    "deletion_warning": "that everything will be deleted",
    "deleted": "that everything was deleted",
}


def _units(count: int) -> str:
    return f"{number(count)} {'unit' if count == 1 else 'units'}"


def _by(it: Alerted, at: int) -> str:
    return f"{it.dates.full(at)}, {it.dates.away(at)}"


def _site(it: Alerted) -> str:
    return it.name if it.has_site else it.company


def _deletion_warned(it: Alerted) -> AlertWords:
    until = it.facts.until_at
    todo = "Reopen the account" if it.facts.is_closed else "Add or renew a licence"
    if it.facts.is_held:
        text = (
            f"The deletion of everything stored in {it.service} is announced; an operator holds "
            "it for now, and a new warning will come before it."
        )
    elif until is None:
        text = (
            f"The deletion of everything stored in {it.service} is announced, but the warning is "
            "not delivered yet: nothing is deleted before that."
        )
    else:
        text = f"Everything stored in {it.service} is deleted for good after {_by(it, until)}."
    return AlertWords(text, todo)


def _suspended(it: Alerted) -> AlertWords:
    text = (
        f"{it.service} has been suspended since {it.dates.full(it.facts.at)}: nobody is protected."
    )
    if it.facts.until_at is not None:
        text += (
            f" A licence that is known already brings everything back on "
            f"{it.dates.moment(it.facts.until_at)}, {it.dates.away_start(it.facts.until_at)}."
        )
    elif it.facts.then_at is not None:
        text += f" Everything is kept until {_by(it, it.facts.then_at)} at least, then deleted."
    else:
        text += " Everything is kept: an operator holds the deletion."
    return AlertWords(text, "Add or renew a licence")


def _grace(it: Alerted) -> AlertWords:
    until, then = it.facts.until_at, it.facts.then_at
    text = f"The last licence of {it.service} ended on {it.dates.full(it.facts.at)}."
    if until is None:
        text += " Protection goes on; its last day is fixed once the notice of it is delivered."
    else:
        text += f" Protection continues until {_by(it, until)}."
        if then is not None:
            text += (
                " Then the service is suspended, and everything is deleted after "
                f"{it.dates.full(then)} at the earliest."
            )
    return AlertWords(text, "Add or renew a licence")


def _pool_reduced(it: Alerted) -> AlertWords:
    waiting = it.facts.count
    return AlertWords(
        f"{users(waiting)} of {_site(it)} {verb(waiting, 'is', 'are')} without protection since "
        f"{it.dates.since(it.facts.at)}: there {verb(it.facts.units, 'is', 'are')} "
        f"{_units(it.facts.units)} for "
        f"{number(it.facts.seats)} seats.",
        f"Find {_units(waiting)}",
    )


def _nobody(it: Alerted) -> AlertWords:
    return AlertWords(
        f"There is no address to which the notices for {it.company} are sent: nobody is told "
        "when licences end, and nothing is told by e-mail before a suspension.",
        "Name somebody to write to",
    )


def _notice_stuck(it: Alerted) -> AlertWords:
    notice = _NOTICES[it.facts.notice or "grace"]
    until = it.facts.until_at
    text = (
        f"The notice {notice} was issued on {it.dates.moment(it.facts.at)}, and no recipient’s "
        "mail server has accepted it yet."
    )
    if until is not None:
        text += f" Here in the portal it counts as delivered from {it.dates.moment(until)} on."
    return AlertWords(text, "See who it was sent to")


def _company_ends(it: Alerted) -> AlertWords:
    returns = it.facts.then_at
    text = f"The last licence of {it.service} ends on {_by(it, it.facts.at)}."
    if returns is not None:
        text += f" The next one begins on {it.dates.moment(returns)}."
        return AlertWords(text, "See what happens in between")
    if it.facts.until_at is not None:
        text += f" Protection then continues until {it.dates.full(it.facts.until_at)} at least."
    return AlertWords(text, "Add or renew a licence")


def _pool_short(it: Alerted) -> AlertWords:
    held, until = it.facts.count, it.facts.until_at
    text = (
        f"{_site(it)} has {_units(it.facts.units)} for {number(it.facts.seats)} seats. "
        f"{users(held)} {verb(held, 'stays', 'stay')} protected without a unit"
    )
    text += f" until {_by(it, until)}." if until is not None else " for now."
    return AlertWords(text, f"Find {_units(held)}")


def _members_wait(it: Alerted) -> AlertWords:
    waiting = it.facts.count
    return AlertWords(
        f"{number(waiting)} {verb(waiting, 'member waits', 'members wait')} for a free unit of "
        f"{it.service}, and {verb(waiting, 'is', 'are')} not protected until there is one.",
        f"Find {_units(waiting)}",
    )


def _licence_ends(it: Alerted) -> AlertWords:
    lacking = it.facts.count
    text = f"The licence “{it.name}” ({_units(it.facts.units)}) ends on {_by(it, it.facts.at)}."
    if not lacking:
        return AlertWords(
            f"{text} This changes nothing for anybody: the units that remain are enough.",
            "Look at the licence",
        )
    text += f" From then on {users(lacking)} {verb(lacking, 'lacks', 'lack')} a unit."
    return AlertWords(text, "Renew it, or replace its units")


def _licence_ended(it: Alerted) -> AlertWords:
    lacking = it.facts.count
    text = f"The licence “{it.name}” ({_units(it.facts.units)}) ended on "
    text += f"{it.dates.full(it.facts.at)}."
    if not lacking:
        return AlertWords(
            f"{text} This changed nothing for anybody: the units that remain are enough.",
            "Look at the licence",
        )
    text += f" Where its units stood, {users(lacking)} {verb(lacking, 'lacks', 'lack')} one now."
    return AlertWords(text, "Renew it, or replace its units")


def _licence_suspended(it: Alerted) -> AlertWords:
    lacking = it.facts.count
    text = (
        f"The licence “{it.name}” was suspended by hand on {it.dates.moment(it.facts.at)}: its "
        f"{_units(it.facts.units)} {verb(it.facts.units, 'does', 'do')} not count, and its time "
        "goes on."
    )
    if lacking:
        text += f" {users(lacking)} {verb(lacking, 'lacks', 'lack')} a unit."
    return AlertWords(text, "Resume it")


def _key_expired(it: Alerted) -> AlertWords:
    return AlertWords(
        f"The key {it.name} was not verified: whoever it was sold to did not answer by "
        f"{it.dates.full(it.facts.at)}. Its units do not count.",
        "Ask again, or take it back",
    )


def _closed(it: Alerted) -> AlertWords:
    text = f"The account was closed by its owner on {it.dates.since(it.facts.at)}"
    until = it.facts.until_at
    if until is None:
        return AlertWords(f"{text}.", "Reopen the account")
    return AlertWords(
        f"{text}: everything is kept until {_by(it, until)} at least, and can come back until "
        "then.",
        "Reopen the account",
    )


def _pool_full(it: Alerted) -> AlertWords:
    free = max(0, it.facts.units - it.facts.seats)
    left = f"{_units(free)} {verb(free, 'is', 'are')} free" if free else "none is free"
    return AlertWords(
        f"{_site(it)} uses {number(it.facts.seats)} of its {_units(it.facts.units)}: {left}. "
        "Whoever comes next may have to wait.",
        "Add units before they are needed",
    )


def _key_waits(it: Alerted) -> AlertWords:
    return AlertWords(
        f"The key {it.name} awaits verification: whoever it was sold to has a link by mail, good "
        f"until {_by(it, it.facts.at)}. Its units do not count before.",
        "See what was asked",
    )


SENTENCES: dict[AlertKind, Callable[[Alerted], AlertWords]] = {
    "deletion_warned": _deletion_warned,
    "suspended": _suspended,
    "grace": _grace,
    "pool_reduced": _pool_reduced,
    "nobody_to_write_to": _nobody,
    "notice_stuck": _notice_stuck,
    "company_ends": _company_ends,
    "pool_short": _pool_short,
    "members_wait": _members_wait,
    "licence_ends": _licence_ends,
    "licence_ended": _licence_ended,
    "licence_suspended": _licence_suspended,
    "key_expired": _key_expired,
    "closed": _closed,
    "pool_full": _pool_full,
    "key_waits": _key_waits,
}


def over(it: Alerted) -> AlertWords:
    """Say what was so, and is no more."""
    facts, dates = it.facts, it.dates
    times = f"from {dates.since(facts.at)} to {dates.since(facts.over_at or facts.now)}"
    match facts.kind:
        case "grace":
            text = f"{it.service} had no valid licence {times}; protection went on meanwhile."
        case "suspended" | "closed":
            text = f"{it.service} was suspended {times}."
        case "pool_short":
            text = f"{_site(it)} had too few units {times}; protection went on meanwhile."
        case "pool_reduced":
            text = f"{_site(it)} had too few units {times}, and users were without protection."
        case "key_expired":
            text = f"The key {it.name} was not verified by {dates.full(facts.at)}."
        case _:
            text = (
                f"The licence “{it.name}” ({_units(facts.units)}) ended on {dates.full(facts.at)}."
            )
    return AlertWords(text, "Look it up")
