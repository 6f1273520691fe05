"""The file beside the data of an archive, in French."""

from __future__ import annotations

__all__ = ["FILE", "TABLES", "read_me"]

FILE = "LISEZMOI.txt"

TABLES = {
    "members": "les personnes que l’entreprise peut protéger, avec tous leurs noms",
    "identities": "ce que chaque annuaire dit d’elles, sans mot de passe ni jeton",
    "sources": "d’où viennent les membres : annuaires, fichiers, saisie",
    "groups": "les groupes",
    "memberships": "qui fait partie de quel groupe",
    "rules": "qui les règles protègent, dans leur ordre",
    "exclusions": "qui est tenu à l’écart des règles",
    "waiting": "qui attend une unité, et depuis quand",
    "seats": "qui est ou a été protégé, de quand à quand ; sans fin : encore",
    "licences": "les licences, leurs unités, périodes et sites, sans leurs clés",
    "sites": "l’entreprise et ses sites",
    "notices": "ce qui a été annoncé à l’entreprise, et quand cela a été remis",
    "phases": "quand le service a été actif, en délai de grâce, suspendu",
    "history": "ce qui a été fait des licences et des places, dans l’ordre",
    "audit": "qui a fait quoi",
}


def read_me(company: str, service: str, instance: int, asked: str, *, is_suspended: bool) -> str:
    """Écrit le fichier."""
    state = (
        "Le service est suspendu ; tout ceci est conservé jusqu’au retour ou à la suppression.\n"
    )
    tables = "\n".join(f"  {name:<12} {what}" for name, what in TABLES.items())
    return (
        f"{company} : les données de {service}, numéro {instance}\n"
        f"Demandées le {asked}.\n"
        + (state if is_suspended else "")
        + "\nChaque table s’y trouve deux fois, avec les mêmes lignes : en CSV pour un tableur, en "
        "JSON pour un programme.\n\n"
        f"{tables}\n\n"
        "Les heures sont en UTC, comme 2026-07-14T21:59:00Z.\n"
        "CSV : UTF-8, virgules, la première ligne nomme les colonnes. Un texte qu’un tableur "
        "prendrait pour\nune formule commence par une apostrophe ; le JSON le donne tel quel.\n"
        "Les tables ont été lues l’une après l’autre : ce qui a changé entre-temps peut être dans "
        "l’une et pas\nencore dans une autre.\n"
    )
