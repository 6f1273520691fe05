"""Builds the archives that people asked for, and removes those whose time is over.

They live by real time, also those of test companies.
"""

from __future__ import annotations

import logging

from tenure.clock import Clock, monotonic
from tenure.engine.due import Question
from tenure.services import archives
from tenure.services.errors import NotFound

QUESTIONS = (
    Question(lambda now: [archives.over_at(now)], by="real"),
    Question(lambda: [archives.to_build()], by=None),
)
"""What it looks for."""

log = logging.getLogger(__name__)

LONGEST = 2.0
"""Seconds after which the engine sees to what else is due, and then goes on."""


def work(clock: Clock = archives.REAL) -> bool:
    """Build for a while; give whether there was anything to do."""
    done = archives.end(clock)
    end = monotonic() + LONGEST
    while (waiting := archives.next_to_build()) is not None:
        try:
            while archives.build(*waiting, clock=clock):
                if monotonic() >= end:
                    return True
        except NotFound:
            break  # its company is being removed
        done = True
        log.info("archive %s is built", waiting[1])
        if monotonic() >= end:
            break
    return done
