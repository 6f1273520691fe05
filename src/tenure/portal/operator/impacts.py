"""What a change would bring about, for any page that asks before it acts. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come about for every service that is touched, the page's own one first."""

    outcomes: Sequence[Outcome]
    seq: int
    """The company's last fact when it was asked."""
    lost: int
    """So many protections are lost at some time, of all services together."""
    at_once: int
    """So many of them at once."""

    @property
    def sure(self) -> str:
        """What a form hands back that agrees to what was shown."""
        return f"{self.at_once}/{self.lost}@{self.seq}"


def preview_of(standing: Standing, *changes: Change) -> Preview:
    """Ask what would come about for all services. Raises ``ServiceError`` as doing it would."""
    found = suppose(standing.company.id, changes, clock=CLOCK)
    touched = [each for each in found if each.concerned]
    touched = touched or [of_service(found, standing.service)]
    touched.sort(key=lambda each: each.service != standing.service)
    losses = [(each, loss) for each in touched for loss in each.found.first_losses()]
    return Preview(
        touched,
        # Read before anything else was: a fact that came after it is found out when writing.
        touched[0].company.last_seq,
        sum(loss.count for _, loss in losses),
        sum(loss.count for each, loss in losses if loss.start == each.found.at),
    )


def impacts(preview: Preview) -> dict[str, Any]:
    """Give what ``impact`` gives, of all services: each is named where there are several."""
    found = [(each, impact(each)) for each in preview.outcomes]
    several = len(found) > 1
    losers = [
        (*told[:4], each.service_name if several else "")
        for each, shown in found
        for told in shown["losers"]
    ]
    return {
        "outcome": found[0][0],
        "whats": [(each.service_name if several else "", shown["what"]) for each, shown in found],
        "losers": sorted(losers, key=lambda told: told[0].start),
        "losers_more": sum(shown["losers_more"] for _, shown in found),
        "lost": preview.lost,
        "at_once": preview.at_once,
        "sure": preview.sure,
    }


def impact(outcome: Outcome) -> dict[str, Any]:
    """Give what ``whatif_losers.html`` shows, and the sentences.

    Each of ``losers`` with its site, how many are not named, whether its date is a beginning (that
    of a change is told as it is, that of an end as the last minute before it), and its service,
    empty where one is shown.
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
                "",
            )
            for each in outcome.losers(NAMES, GROUPS)
        ],
        "losers_more": sum(loss.count for loss in losses[GROUPS:]),
    }
