"""Courriers sur une demande de licences, en français."""

from __future__ import annotations

from tenure.words.counts_fr import number

_WHAT = {
    "taken": "s’en occupe ; nous vous écrirons de nouveau quand ce sera fait",
    "done": "a donné suite à votre demande",
    "declined": "a refusé votre demande",
}


def asked(
    company: str, person: str, product: str, units: int, about: str, text: str, link: str
) -> tuple[str, str]:
    """Prévient le fournisseur."""
    wrote = f"Message envoyé par {person} :\n\n{text}\n" if text else ""
    return (
        f"{company} : demande de {_units(units)} de {product}",
        f"{person} vous demande {_units(units)} de {product} pour l’entreprise {company}. Rien n’y "
        f"change tant que vous n’ajoutez pas de licence.\n\n{about}{wrote}"
        f"Prenez la demande en charge et répondez-y :\n\n{link}\n\n"
        f"Vous recevez ce message parce que vous pouvez répondre pour le fournisseur de "
        f"l’entreprise {company}.\n",
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
    """Prévient la personne qui a demandé."""
    wrote = f"Message envoyé par {person} :\n\n{text}\n" if text else ""
    subject = {"taken": "prise en charge", "done": "satisfaite", "declined": "refusée"}[state]
    todo = (
        "Saisissez une clé, demandez de nouveau ou voyez les autres façons de renouveler"
        if state == "declined"
        else "Voir où en sont la demande et l’entreprise"
    )
    return (
        f"{company} : demande de {product} {subject}",
        f"Vous avez demandé {_units(units)} de {product} pour l’entreprise {company}. {person} "
        f"{_WHAT[state]}.\n\n{about}{wrote}{todo} :\n\n{link}\n\n"
        f"Vous recevez ce message parce que vous avez fait cette demande.\n",
    )


def followed(licence: str, units: int, end: str | None) -> str:
    """Nomme la licence sur laquelle porte la demande."""
    until = "sans date de fin" if end is None else f"jusqu’au {end}"
    return f"La demande porte sur cette licence : {licence}, {_units(units)}, {until}."


def _units(units: int) -> str:
    return f"{number(units)} {'unité' if units <= 1 else 'unités'}"
