"""Letters to persons about their signing in, and invitations: subject and plain text.

They say, in this order: what happened, what to do and until when, what else to know, why this
reader gets it. What happens to a company is said by notices. A letter holds at most one
link that is a secret, on a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tenure.words import counts_fr, letters_en, letters_fr
from tenure.words.dates import deadline, moment
from tenure.words.language import Language, chosen
from tenure.words.names import clean, clean_url

Method = Literal["totp", "passkey", "recovery_codes", "provider", "password"]
"""A way to sign in, or what stands in for one."""

_WORDS = {"en": letters_en, "fr": letters_fr}


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says, and in which language."""

    language: Language
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """When and from where something was done: ``at`` an instant, told in the reader's ``zone``."""

    at: int
    zone: str
    ip: str

    def told(self, language: Language) -> str:
        """Give it as it stands in a sentence of the letter."""
        when = moment(self.at, self.zone, language)
        return str(_WORDS[language].event(when, clean(self.ip)))


def confirm_address(language: str, *, address: str, link: str, hours: int) -> Letter:
    """Ask whoever signed up with an address to confirm it."""
    spoken = chosen(language)
    said = _WORDS[spoken].confirm_address(clean(address), clean_url(link), hours)
    return _letter(spoken, said)


def confirm_new_address(language: str, *, address: str, link: str, hours: int) -> Letter:
    """Ask the reader of a new address to confirm that it takes the place of the old one."""
    spoken = chosen(language)
    said = _WORDS[spoken].confirm_new_address(clean(address), clean_url(link), hours)
    return _letter(spoken, said)


def address_change_asked(language: str, *, new: str, event: Event, link: str) -> Letter:
    """Tell the old address that another is about to take its place."""
    spoken = chosen(language)
    said = _WORDS[spoken].address_change_asked(clean(new), event.told(spoken), clean_url(link))
    return _letter(spoken, said)


def address_changed(language: str, *, old: str, new: str, event: Event) -> Letter:
    """Tell the old address that it is no longer used."""
    spoken = chosen(language)
    said = _WORDS[spoken].address_changed(clean(old), clean(new), event.told(spoken))
    return _letter(spoken, said)


def reset_password(language: str, *, address: str, link: str, minutes: int) -> Letter:
    """Give the link with which a new password is chosen."""
    spoken = chosen(language)
    said = _WORDS[spoken].reset_password(clean(address), clean_url(link), minutes)
    return _letter(spoken, said)


def no_account(language: str, *, address: str, link: str) -> Letter:
    """Tell an address that nobody signs in with it, though somebody asked for a new password."""
    spoken = chosen(language)
    return _letter(spoken, _WORDS[spoken].no_account(clean(address), clean_url(link)))


def already_signed_up(language: str, *, address: str, link: str) -> Letter:
    """Tell the owner of an address that somebody signed up with it again."""
    spoken = chosen(language)
    return _letter(spoken, _WORDS[spoken].already_signed_up(clean(address), clean_url(link)))


def method_added(language: str, *, method: Method, name: str, event: Event, link: str) -> Letter:
    """Tell a person that a way to sign in is new. ``name``: of the provider, else empty."""
    spoken = chosen(language)
    said = _WORDS[spoken].method_added(
        method, clean(name) if name else "", event.told(spoken), clean_url(link)
    )
    return _letter(spoken, said)


def method_removed(language: str, *, method: Method, name: str, event: Event, link: str) -> Letter:
    """Tell a person that a way to sign in is gone. ``name``: of the provider, else empty."""
    spoken = chosen(language)
    said = _WORDS[spoken].method_removed(
        method, clean(name) if name else "", event.told(spoken), clean_url(link)
    )
    return _letter(spoken, said)


def factors_removed(language: str, *, at: int, zone: str, link: str) -> Letter:
    """Tell a person that whoever runs the installation took their second factors away.

    ``at``: an instant, told in ``zone``; ``link``: where a new password is asked for.
    """
    spoken = chosen(language)
    said = _WORDS[spoken].factors_removed(moment(at, zone, spoken), clean_url(link))
    return _letter(spoken, said)


def invitation(
    language: str, *, account: str, inviter: str, address: str, link: str, until: int, zone: str
) -> Letter:
    """Invite the reader of an address into an account.

    ``inviter``: the name or address of who invites; ``until``: the instant at which the link
    ends, told in ``zone``.
    """
    spoken = chosen(language)
    said = _WORDS[spoken].invitation(
        clean(account),
        clean(inviter),
        clean(address),
        clean_url(link),
        deadline(until, zone, spoken),
    )
    return _letter(spoken, said)


def key_asked(
    language: str,
    *,
    company: str,
    asker: str,
    product: str,
    units: int,
    key: str,
    address: str,
    link: str,
    until: int,
    zone: str,
) -> Letter:
    """Ask whoever a key was sold to, at ``address``, whether a company may have its licence.

    ``key``: its public name; ``until``: the instant at which the link ends, told in ``zone``.
    """
    spoken = chosen(language)
    said = _WORDS[spoken].key_asked(
        clean(company),
        clean(asker),
        clean(product),
        units,
        key,
        clean(address),
        clean_url(link),
        deadline(until, zone, spoken),
    )
    return _letter(spoken, said)


def archive_ready(
    language: str, *, company: str, service: str, link: str, until: int, zone: str
) -> Letter:
    """Tell who asked for a company's data that it is ready, until an instant, in ``zone``."""
    spoken = chosen(language)
    said = _WORDS[spoken].archive_ready(
        clean(company), clean(service), clean_url(link), deadline(until, zone, spoken)
    )
    return _letter(spoken, said)


def unseen_announced(
    language: str,
    *,
    company: str,
    service: str,
    count: int,
    days: int,
    first_at: int,
    last_at: int,
    zone: str,
    link: str,
) -> Letter:
    """Tell that a rule will release so many members; the instants are told in ``zone``."""
    spoken = chosen(language)
    first, last = moment(first_at, zone, spoken), moment(last_at, zone, spoken)
    said = _WORDS[spoken].unseen_announced(
        clean(company),
        clean(service),
        count,
        days,
        first,
        "" if last == first else last,
        clean_url(link),
    )
    return _letter(spoken, said)


def unseen_released(
    language: str,
    *,
    company: str,
    service: str,
    count: int,
    excluded: int,
    days: int,
    at: int,
    zone: str,
    link: str,
) -> Letter:
    """Tell that a rule has released so many members; ``excluded``: of these, from other rules."""
    spoken = chosen(language)
    said = _WORDS[spoken].unseen_released(
        clean(company),
        clean(service),
        count,
        excluded,
        days,
        moment(at, zone, spoken),
        clean_url(link),
    )
    return _letter(spoken, said)


def _letter(language: Language, said: tuple[str, str]) -> Letter:
    subject, text = said
    if language == "fr":
        return Letter(language, counts_fr.tidy(subject), counts_fr.tidy(text))
    return Letter(language, subject, text)
