"""The statuses in English."""

WORDS: dict[str, dict[str, str]] = {
    "company": {
        "pending": "Pending",
        "trial": "Trial",
        "active": "Active",
        "ends_soon": "Ends soon",
        "grace": "Grace",
        "suspended": "Suspended",
        "closed": "Closed",
        "blocked": "Blocked",
        "deleted": "Deleted",
    },
    "pool": {
        "covered": "Covered",
        "close_to_overuse": "Close to overuse",
        "short": "Short",
        "reduced": "Reduced",
    },
    "licence": {
        "awaiting_verification": "Awaiting verification",
        "verification_expired": "Verification expired",
        "to_come": "To come",
        "valid": "Valid",
        "close_to_end": "Close to its end",
        "ended": "Ended",
        "suspended": "Suspended",
        "cancelled": "Cancelled",
        "removed": "Removed",
    },
    "member": {
        "unprotected": "Unprotected",
        "auto_protected": "Auto-protected",
        "protected": "Protected",
        "warning": "Warning",
        "pending": "Pending",
    },
}
