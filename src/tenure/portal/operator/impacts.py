"""What a change would bring about, for any page that asks before it acts. Only reads."""

from __future__ import annotations

from typing import Any

from tenure.portal.shared.readers import CLOCK, language
from tenure.services.standings import Standing
from tenure.services.whatifs import Change, Outcome, of_service, suppose
from tenure.words.whatifs import whatif_sentences

NAMES = 30
"""So many of those who lose protection at one time are named."""
GROUPS = 12
"""So many times and sites are told apart."""


def outcome_of(standing: Standing, *changes: Change) -> Outcome:
    """Ask what would come about. Raises ``ServiceError`` as doing it would."""
    return of_service(suppose(standing.company.id, changes, clock=CLOCK), standing.service)


def impact(outcome: Outcome) -> dict[str, Any]:
    """Give what ``whatif_losers.html`` shows, and the sentences.

    Each of ``losers`` with its site, how many are not named, and whether its date is a beginning:
    that of a change is told as it is, that of an end as the last minute before it.
    """
    losses = outcome.found.first_losses()
    begins = {fact.at for fact in outcome.found.facts}
    return {
        "outcome": outcome,
        "what": whatif_sentences(outcome.facts, language()),
        "losers": [
            (
                each,
                outcome.pool(str(each.pool_id)),
                each.count - len(each.members),
                "moment" if each.start in begins else "ends",
            )
            for each in outcome.losers(NAMES, GROUPS)
        ],
        "losers_more": sum(loss.count for loss in losses[GROUPS:]),
    }
