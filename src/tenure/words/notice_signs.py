"""What a notice shows before it is read: how things stand, and the date that matters.

Neither says anything that the sentences do not: the date is one of theirs, the mark is the status
that the pages show too.
"""

from __future__ import annotations

from types import ModuleType

from tenure.words import notice_signs_en, notice_signs_fr
from tenure.words.language import Language
from tenure.words.notice_facts import KeyDate, Mark, Told
from tenure.words.statuses import Family, Shape, status, word

GLYPHS: dict[Shape, str] = {
    "circle": "●",
    "half": "◐",
    "ring": "○",
    "diamond": "◆",
    "triangle": "▲",
    "square": "■",
    "bar": "▬",
    "octagon": "⬣",
    "cross": "✕",
}
"""The shapes as characters, for where nothing can be drawn."""

_SIGNS: dict[Language, ModuleType] = {"en": notice_signs_en, "fr": notice_signs_fr}

_STATUSES: dict[str, tuple[Family, str]] = {
    "expiring": ("company", "ends_soon"),
    "pool_expiring": ("licence", "close_to_end"),
    "grace": ("company", "grace"),
    "grace_reminder": ("company", "grace"),
    "suspended": ("company", "suspended"),
    "restored": ("company", "active"),
    "pool_short": ("pool", "short"),
    "pool_reduced": ("pool", "reduced"),
    "deletion_warning": ("company", "suspended"),
    "deleted": ("company", "deleted"),
}
_TELLS_WHAT_CAME = frozenset({"suspended", "restored", "pool_reduced", "deleted"})


def mark(told: Told, *, is_void: bool) -> Mark:
    """Give how things stand; ``is_void``: what the notice tells is no longer so."""
    labels = _SIGNS[told.dates.language]
    if is_void and not (told.facts.overtaken and _has_passed(told)):
        return Mark(labels.VOID, "ring")
    if _has_passed(told):
        return Mark(labels.PASSED, "ring")
    family, code = _STATUSES[told.facts.kind]
    if code == "suspended" and told.is_closed:
        code = "closed"
    return Mark(word(family, code, told.dates.language), status(family, code).shape)


def key_date(told: Told, *, is_void: bool) -> KeyDate | None:
    """Give the date that matters, where there is one to come, or of the deletion."""
    if is_void or _has_passed(told):
        return None
    facts, end = told.facts, told.ends_at
    if facts.kind == "expiring":
        return _end(told, "last_licence_ends", end)
    if facts.kind == "pool_expiring":
        if facts.gap_at is not None:
            return _end(told, "last_licence_ends", facts.gap_at)
        return _end(told, "licence_ends", end)
    if facts.kind in ("grace", "grace_reminder"):
        if told.comes_in_time and facts.returns_at is not None:
            return _start(told, "licence_begins", facts.returns_at)
        return _end(told, "protection_ends" if told.protected else "suspended", end)
    if facts.kind == "pool_short":
        labels = _SIGNS[told.dates.language]
        label = labels.protection_of(told.losing, at_earliest=told.at_earliest)
        return KeyDate(label, told.dates.full(end), told.dates.away(end))
    if facts.kind in ("suspended", "deletion_warning"):
        if facts.returns_at is not None and not told.is_closed:
            return _start(told, "licence_begins", facts.returns_at)
        if facts.deletion_held:
            return None
        if facts.kind == "suspended":
            return _end(told, "kept", told.kept_until)
        return _end(told, "deleted_after", end)
    if facts.kind == "restored" and facts.horizon_at is not None and facts.horizon_at > facts.now:
        return _end(told, "licences_last", facts.horizon_at)
    if facts.kind == "deleted" and facts.effective_at is not None:
        return _start(told, "deleted", facts.effective_at)
    return None


def _has_passed(told: Told) -> bool:
    return told.facts.kind not in _TELLS_WHAT_CAME and told.is_over


def _end(told: Told, code: str, t: int) -> KeyDate:
    return KeyDate(_label(told, code), told.dates.full(t), told.dates.away(t))


def _start(told: Told, code: str, t: int) -> KeyDate:
    return KeyDate(_label(told, code), told.dates.moment(t), told.dates.away_start(t))


def _label(told: Told, code: str) -> str:
    certain, at_earliest = _SIGNS[told.dates.language].DATES[code]
    return str(at_earliest if told.at_earliest else certain)
