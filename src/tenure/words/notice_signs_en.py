"""The labels of the dates that notices show, and the words of notices that are over, in English."""

from __future__ import annotations

from tenure.words.counts_en import users

PASSED = "Date passed"
VOID = "No longer applies"

DATES: dict[str, tuple[str, str]] = {
    "last_licence_ends": ("The last licence ends on", "The last licence ends on"),
    "licence_ends": ("A licence ends on", "A licence ends on"),
    "licence_begins": ("The next licence begins on", "The next licence begins on"),
    "protection_ends": ("Protection ends on", "Protection ends at the earliest on"),
    "suspended": (
        "The service is suspended on",
        "The service is suspended at the earliest on",
    ),
    "kept": ("Everything is kept at least until", "Everything is kept at least until"),
    "deleted_after": ("Deleted for good after", "Deleted for good at the earliest after"),
    "deleted": ("Deleted for good on", "Deleted for good on"),
    "licences_last": ("The licences last until", "The licences last until"),
}
"""What stands before a date: once it is certain, and while it can only move away."""


def protection_of(count: int, *, at_earliest: bool) -> str:
    """Say whose protection ends, before the date."""
    return f"Protection of {users(count)} ends {'at the earliest on' if at_earliest else 'on'}"
