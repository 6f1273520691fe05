"""Les statuts en français."""

WORDS: dict[str, dict[str, str]] = {
    "company": {
        "pending": "Pas encore commencé",
        "trial": "À l’essai",
        "active": "En service",
        "ends_soon": "Bientôt à échéance",
        "grace": "Délai de grâce",
        "suspended": "Suspendu",
        "closed": "Fermé",
        "blocked": "Bloqué",
        "deleted": "Supprimé",
    },
    "pool": {
        "covered": "Couvert",
        "close_to_overuse": "Presque plein",
        "short": "À court de licences",
        "reduced": "Réduit",
    },
    "licence": {
        "awaiting_verification": "À vérifier",
        "verification_expired": "Vérification périmée",
        "to_come": "À venir",
        "valid": "Valable",
        "close_to_end": "Proche de son terme",
        "ended": "Échue",
        "suspended": "Suspendue",
        "cancelled": "Annulée",
        "removed": "Retirée",
    },
    "member": {
        "unprotected": "Non protégé",
        "auto_protected": "Protégé automatiquement",
        "protected": "Protégé",
        "warning": "Protection à échéance",
        "pending": "En attente",
    },
}
