"""Does what people asked for very many members, a part of each company's act in turn."""

from __future__ import annotations

import logging

from tenure.clock import Clock, monotonic
from tenure.engine.due import Question
from tenure.services import acts

QUESTION = Question(lambda: [acts.under_way()], by=None)
"""What it looks for."""

log = logging.getLogger(__name__)

LONGEST = 1.0
"""Seconds after which the engine sees to what else is due, and then goes on."""


def work(clock: Clock) -> bool:
    """Work for a while; give whether there was anything to do."""
    done = False
    end = monotonic() + LONGEST
    while waiting := acts.next_of_each():
        for company, act in waiting:
            done = True
            if not acts.work(company, act, clock=clock):
                log.info("act %s is over", act)
            if monotonic() >= end:
                return done
    return done
