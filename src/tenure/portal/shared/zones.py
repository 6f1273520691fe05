"""The time zones that people can choose."""

from __future__ import annotations

from zoneinfo import available_timezones

_NOT_PLACES = ("Etc/", "SystemV/", "posix", "right")

ZONES = sorted(
    zone
    for zone in available_timezones()
    if zone == "UTC" or ("/" in zone and not zone.startswith(_NOT_PLACES))
)
"""By name, such as ``Europe/Paris``."""


def choices(*known: str) -> list[tuple[str, str]]:
    """Give them for a field, with those that are in use already."""
    return [(zone, zone.replace("_", " ")) for zone in sorted({*ZONES, *filter(None, known)})]
