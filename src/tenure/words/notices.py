"""Notices in words: the subject, what happened, what next, what it means, what to do, and why you.

A message is made anew each time it is shown or handed to the mail, from what is so at ``now``.
The texts stand in ``notices_en`` and ``notices_fr``.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from types import ModuleType

from tenure.core.records import NoticeKind
from tenure.words import notices_en, notices_fr
from tenure.words.language import Language, chosen
from tenure.words.names import clean, clean_url
from tenure.words.notice_facts import Action, Message, NoticeFacts, Reason, Told
from tenure.words.notice_signs import GLYPHS, key_date, mark

__all__ = [
    "Action",
    "Message",
    "NoticeFacts",
    "Reason",
    "clean",
    "message",
    "plain_text",
    "reference",
]

LONGEST_LINE = 998
"""Bytes of a line of mail, without its end (RFC 5322)."""

SEPARATOR = " · "
"""What stands between the names of whom a notice concerns."""

_TEXTS: dict[Language, ModuleType] = {"en": notices_en, "fr": notices_fr}

_PREFIXES: dict[NoticeKind, str] = {
    "expiring": "EX",
    "pool_expiring": "PX",
    "grace": "GR",
    "grace_reminder": "GM",
    "suspended": "SU",
    "restored": "RE",
    "pool_short": "PS",
    "pool_reduced": "PR",
    "deletion_warning": "DW",
    "deleted": "DE",
}


def message(facts: NoticeFacts, language: str, *, before_service: bool = False) -> Message:
    """Say a notice in a language, or in English where the language is not written.

    The mail that is being handed over tells the date that its service will set. The portal, which
    shows the notice before that, passes ``before_service``: the date is then "at the earliest",
    as long as there is no recorded deadline.
    """
    spoken = chosen(language)
    texts = _TEXTS[spoken]
    told = Told(facts, spoken, before_service=before_service)
    is_settled = facts.kind == "pool_short" and told.losing == 0 and not told.is_over
    is_void = facts.withdrawn or is_settled or facts.overtaken
    if facts.withdrawn or is_settled:
        text = texts.withdrawn(told)
    elif facts.overtaken:
        text = texts.overtaken(told)
    else:
        text = texts.KINDS[facts.kind](told)
    return Message(
        language=spoken,
        subject=texts.subject(told, text.subject),
        about=tuple(name for name in (told.company, told.service, told.site) if name),
        mark=mark(told, is_void=is_void),
        date=key_date(told, is_void=is_void),
        paragraphs=(texts.tidy(text.happened), texts.tidy(text.next), texts.tidy(text.people)),
        action=Action(texts.tidy(text.label), clean_url(facts.url)),
        footer=texts.tidy(texts.footer(told)),
        reference=told.reference,
    )


def plain_text(message: Message) -> str:
    """Give the text/plain body, the address alone on its line; other layouts say the same words."""
    happened, *paragraphs = message.paragraphs
    date = message.date
    blocks = [
        f"{SEPARATOR.join(message.about)}\n{GLYPHS[message.mark.shape]} {message.mark.word}",
        happened,
        *([] if date is None else [f"    {date.label}\n    {date.date}\n    {date.distance}"]),
        *paragraphs,
        f"{message.action.label}\n{message.action.url}",
        message.footer,
    ]
    lines = "\n\n".join(blocks).split("\n")
    return "\n".join(part for line in lines for part in _parts(line)) + "\n"


_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""Base 32: no letter that is taken for a digit."""


def reference(kind: NoticeKind, at: int, token_material: str) -> str:
    """Give the reference of a notice, like GR-2026-06-30-7F3K; the same facts give the same."""
    digest = hashlib.sha256(f"{kind}\n{at}\n{token_material}".encode()).digest()
    number = int.from_bytes(digest[:3]) >> 4
    tail = "".join([_ALPHABET[number >> shift & 31] for shift in (15, 10, 5, 0)])
    return f"{_PREFIXES[kind]}-{datetime.fromtimestamp(at, UTC):%Y-%m-%d}-{tail}"


def _parts(line: str) -> list[str]:
    """Part a line that is too long for mail at its spaces; an address is never parted."""
    parts: list[str] = []
    while len(line.encode()) > LONGEST_LINE:
        head = line.encode()[:LONGEST_LINE].decode(errors="ignore")
        cut = head.rfind(" ")
        if cut <= 0:
            break
        parts.append(line[:cut])
        line = line[cut + 1 :]
    return [*parts, line]
