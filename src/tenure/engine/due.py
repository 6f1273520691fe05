"""Whether there is anything to do, asked in one trip: an engine that idles costs next to nothing.

Each part of the engine says what it looks for; here it is asked for the first row of each only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from django.db.models import QuerySet

from tenure.clock import WallClock
from tenure.store.instants import to_datetime
from tenure.store.queries.compiled import Compiled, Values
from tenure.store.queries.trips import trip

Rows = QuerySet[Any, Any]

REAL = WallClock()

_SOME_INSTANT: Values = {"now": to_datetime(1_234_567_890)}


class Question:
    """Whether there are any of these rows; each query is asked apart, by the index that it has.

    ``by``: whether ``make`` is given the engine's instant, that of real time, or none.
    """

    def __init__(
        self,
        make: Callable[..., Sequence[Rows]],
        *,
        by: Literal["engine", "real"] | None = "engine",
    ) -> None:
        self.by = by
        values = {} if by is None else _SOME_INSTANT

        def compiled(place: int) -> Compiled:
            return Compiled(
                lambda **at: make(*at.values())[place].order_by().values_list("pk")[:1], values
            )

        self.asked = [compiled(place) for place in range(len(make(*values.values())))]


def due(questions: Iterable[tuple[str, Question]], now: int) -> set[str]:
    """Give the names of the questions to which there are rows; ``now`` is the engine's instant."""
    at = {"engine": {"now": to_datetime(now)}, "real": {"now": to_datetime(REAL.now())}, None: {}}
    asked = [
        (name, compiled(**at[question.by]))
        for name, question in questions
        for compiled in question.asked
    ]
    found = trip([statement for _, statement in asked])
    return {name for (name, _), rows in zip(asked, found, strict=True) if rows}
