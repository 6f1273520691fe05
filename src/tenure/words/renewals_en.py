"""Letters about a request for licences, in English."""

from __future__ import annotations

_WHAT = {
    "taken": "is working on it; we write again when it is done",
    "done": "has dealt with it",
    "declined": "declined it",
}


def asked(
    company: str, person: str, product: str, units: int, about: str, text: str, link: str
) -> tuple[str, str]:
    """Tell the supplier."""
    wrote = f"{person} wrote:\n\n{text}\n" if text else ""
    return (
        f"{company} asks for {_units(units)} of {product}",
        f"{person} asks you for {_units(units)} of {product} for {company}. Nothing changes there "
        f"before you add a licence.\n\n{about}{wrote}"
        f"Take the request, and answer it:\n\n{link}\n\n"
        f"You receive this because you may answer for whoever supplies {company}.\n",
    )


def answered(
    company: str,
    person: str,
    product: str,
    units: int,
    state: str,
    about: str,
    text: str,
    link: str,
) -> tuple[str, str]:
    """Tell whoever asked."""
    wrote = f"{person} wrote:\n\n{text}\n" if text else ""
    subject = {"taken": "was taken up", "done": "is done", "declined": "was declined"}[state]
    todo = (
        "Enter a key, ask again, or look at the other ways to renew"
        if state == "declined"
        else "See how far it is, and how the company stands"
    )
    return (
        f"{company}: the request for {product} {subject}",
        f"You asked for {_units(units)} of {product} for {company}. {person} {_WHAT[state]}.\n\n"
        f"{about}{wrote}{todo}:\n\n{link}\n\n"
        f"You receive this because you asked for it.\n",
    )


def followed(licence: str, units: int, end: str | None) -> str:
    """Name the licence that the request is about."""
    until = "without end" if end is None else f"until {end}"
    return f"The request is about this licence: {licence}, {_units(units)}, {until}."


def _units(units: int) -> str:
    return "1 unit" if units == 1 else f"{units:,} units"
