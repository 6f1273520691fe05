"""Hands letters to persons over, and records what the relay said.

They live by real time, also beside test clocks; in demo mode they go to the outbox. Nothing is
sent inside a transaction. Their text is a secret: it is emptied as soon as nobody needs it, and
no line of a log holds it.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.db import OperationalError

from tenure.clock import Clock, monotonic
from tenure.delivery import queue
from tenure.delivery.personal import lay_out
from tenure.delivery.relays import LONGEST_MAIL, Answer, Outbox, Relay
from tenure.engine.due import Question
from tenure.services import claims, invitations, letters
from tenure.store.models import Letter

QUESTION = Question(lambda now: [letters.due_at(now)], by="real")
"""What it looks for."""

log = logging.getLogger(__name__)

LEASE = int(LONGEST_MAIL) + 30
"""Seconds for which nobody else takes a letter."""

LONGEST = 60.0
"""Seconds after which no further letter is begun, so that the engine sees to what else is due."""


def deliver(
    relay: Relay | None,
    backoff: queue.Backoff = queue.backoff,
    clock: Clock = letters.REAL,
) -> bool:
    """Try the letters that are due, each once; give whether one was tried."""
    seen: set[UUID] = set()
    end = monotonic() + LONGEST
    while monotonic() < end:
        # One at a time: a lease must outlast its own letter and not those before it.
        leased = letters.lease(clock, seconds=LEASE, limit=1, leave=seen)
        if not leased:
            break
        for letter in leased:
            seen.add(letter.id)
            if _is_late(letter, clock.now()):
                letters.give_up(letter, "not sent: its link is good no more")
                continue
            answer = _answer(letter, relay, clock)
            letter.tries += answer.was_tried
            wait = backoff(max(letter.tries, 1))
            said = answer.text if answer.was_tried or not letter.tries else letter.answer
            letters.record(letter, answer.outcome, said, wait=wait, clock=clock)
    return bool(seen)


def _is_late(letter: Letter, now: int) -> bool:
    """Whether the link in a letter is good no more: a reader would only find a page that refuses.

    A relay may have refused for long, or the engine stood still.
    """
    if letter.about == letters.RESET:
        return now >= letter.created_at + settings.PASSWORD_RESET_TIMEOUT
    return claims.is_late(letter, now) or invitations.is_late(letter, now)


def _answer(letter: Letter, relay: Relay | None, clock: Clock) -> Answer:
    try:
        mail = lay_out(letter)
        if settings.DEMO:
            return Outbox(None, letter.language, clock.now()).take(mail, letter.address)
        if relay is None:
            return Answer("deferred", "no relay is configured")
        return relay.take(mail, letter.address)
    except OperationalError:
        raise  # the database's trouble is not the letter's
    except Exception as error:
        # One letter that cannot be written must not keep the others from being sent.
        log.error("letter %s cannot be sent: %s", letter.id, type(error).__name__)
        return Answer("deferred", f"not sent: {type(error).__name__} while it was written")
