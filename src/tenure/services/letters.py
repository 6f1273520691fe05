"""Letters: mails to persons about signing in, and invitations, on their way to a relay.

They are queued in the transaction of what they tell, and handed over by the engine. They live by
real time only, also those of test accounts.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from tenure.clock import Clock, WallClock
from tenure.store.models import Letter

REAL = WallClock()

GIVE_UP_AFTER = 86_400
"""Seconds after which a letter is given up: what it offers has run out by then."""

RESET = "password-reset"
"""What the letters are about that hold a link to a new password; they are good side by side."""


def queue(
    address: str,
    language: str,
    subject: str,
    text: str,
    *,
    clock: Clock = REAL,
    about: str = "",
) -> None:
    """Put a letter into the queue; it leaves once the transaction around is committed.

    ``about``: what it tells of that can be deleted, and then takes the letter along.
    """
    now = clock.now()
    Letter.objects.create(
        address=address,
        language=language,
        subject=subject,
        text=text,
        about=about,
        created_at=now,
        next_try_at=now,
    )


def withdraw(about: str) -> None:
    """Take back the letters about something that no relay has taken yet.

    Another takes their place, or what they offer is there no more. One that is being handed over
    at this moment leaves all the same.
    """
    Letter.objects.filter(about=about, state=Letter.State.QUEUED).delete()


def due_at(now: int) -> QuerySet[Letter]:
    """Give the letters that are to be tried."""
    return Letter.objects.filter(next_try_at__lte=now, state=Letter.State.QUEUED)


def lease(clock: Clock, *, seconds: int, limit: int, leave: Collection[UUID] = ()) -> list[Letter]:
    """Take letters that are due, the oldest first; nobody else takes them for so many seconds.

    ``leave``: those that were tried just now.
    """
    now = clock.now()
    found = due_at(now).exclude(pk__in=leave).order_by("next_try_at")[:limit]
    taken = []
    for letter in found:
        # The condition is the lease: of two engines that read the same row only one changes it.
        mine = Letter.objects.filter(pk=letter.pk, tries=letter.tries, next_try_at__lte=now)
        if mine.update(next_try_at=now + seconds):
            taken.append(letter)
    return taken


def give_up(letter: Letter, because: str) -> None:
    """Try a letter no more, and empty it."""
    letter.answer, letter.state = because, Letter.State.GIVEN_UP
    letter.text, letter.next_try_at = "", None
    _write(letter)


def record(letter: Letter, outcome: str, answer: str, *, wait: int, clock: Clock) -> None:
    """Write down what became of a letter, and empty it where it goes nowhere any more.

    ``outcome`` as the relays give it; ``wait``: seconds until the next try where there is one. Its
    tries are those of the letter as it is given.
    """
    now = clock.now()
    letter.answer = answer
    if outcome == "accepted":
        letter.state = Letter.State.SENT
    elif outcome == "refused":
        letter.state = Letter.State.REFUSED
    elif now >= letter.created_at + GIVE_UP_AFTER:
        letter.state = Letter.State.GIVEN_UP
    if letter.state == Letter.State.QUEUED:
        letter.next_try_at = now + wait
    else:
        letter.text = ""
        letter.next_try_at = None
    _write(letter)


def _write(letter: Letter) -> None:
    # It may have been withdrawn while it was handed over: then there is no row, and none is made.
    Letter.objects.filter(pk=letter.pk).update(
        tries=letter.tries,
        answer=letter.answer,
        state=letter.state,
        text=letter.text,
        next_try_at=letter.next_try_at,
    )
