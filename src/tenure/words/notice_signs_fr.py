"""Ce qui précède les dates que montrent les avis, et ce qu'on dit d'un avis dépassé."""

from __future__ import annotations

from tenure.words.counts_fr import users

PASSED = "Date passée"
VOID = "Sans effet"

DATES: dict[str, tuple[str, str]] = {
    "last_licence_ends": ("La dernière licence prend fin le", "La dernière licence prend fin le"),
    "licence_ends": ("Une licence prend fin le", "Une licence prend fin le"),
    "licence_begins": ("La licence suivante commence le", "La licence suivante commence le"),
    "protection_ends": ("La protection s’arrête le", "La protection s’arrête au plus tôt le"),
    "suspended": ("Le service est suspendu le", "Le service est suspendu au plus tôt le"),
    "kept": ("Tout est conservé au moins jusqu’au", "Tout est conservé au moins jusqu’au"),
    "deleted_after": (
        "Suppression définitive après le",
        "Suppression définitive au plus tôt après le",
    ),
    "deleted": ("Supprimé définitivement le", "Supprimé définitivement le"),
    "licences_last": ("Les licences courent jusqu’au", "Les licences courent jusqu’au"),
}
"""Ce qui précède une date : une fois certaine, et tant qu'elle ne peut que s'éloigner."""


def protection_of(count: int, *, at_earliest: bool) -> str:
    """Dit de qui la protection s'arrête, avant la date."""
    whom = "d’un utilisateur" if count == 1 else f"de {users(count)}"
    return f"La protection {whom} s’arrête {'au plus tôt le' if at_earliest else 'le'}"
