"""The file beside the data of an archive, in English."""

from __future__ import annotations

__all__ = ["FILE", "TABLES", "read_me"]

FILE = "README.txt"

TABLES = {
    "members": "the people whom the company may protect, with all their names",
    "identities": "what each directory says of them; passwords and tokens are left out",
    "sources": "where members come from: directories, files, by hand",
    "groups": "the groups",
    "memberships": "who is in which group",
    "rules": "whom rules protect, in their order",
    "exclusions": "who is kept out of the rules",
    "waiting": "who waits for a unit, and since when",
    "seats": "who is and was protected, from when until when; no end means still",
    "licences": "the licences with their units, terms and sites, without their keys",
    "sites": "the company and its sites",
    "notices": "what the company was told, and when that was served",
    "phases": "when the service was active, in grace, suspended",
    "history": "what was done to licences and seats, in order",
    "audit": "who did what",
}


def read_me(company: str, service: str, instance: int, asked: str, *, is_suspended: bool) -> str:
    """Write the file."""
    state = "It is suspended; all of this is kept until it is restored or deleted.\n"
    tables = "\n".join(f"  {name:<12} {what}" for name, what in TABLES.items())
    return (
        f"{company}: the data of {service}, number {instance}\n"
        f"Asked for on {asked}.\n"
        + (state if is_suspended else "")
        + "\nEach table is there twice, with the same lines: as CSV for a spreadsheet, as JSON for "
        "a program.\n\n"
        f"{tables}\n\n"
        "Times are in UTC, as 2026-07-14T21:59:00Z.\n"
        "CSV: UTF-8, commas, the first line names the columns. A text that a spreadsheet would "
        "take for a\nformula begins with an apostrophe; the JSON has it as it is.\n"
        "The tables were read one after the other: what changed meanwhile can be in one and not "
        "yet in another.\n"
    )
