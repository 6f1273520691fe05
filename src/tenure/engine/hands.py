"""Several mails on their way to a relay at once, while the engine writes the next ones.

A relay answers each mail after a few round trips; one connection and whoever feeds it wait for
each other all the time. The hands know nothing of the database: what a relay said is recorded by
whoever asked for it.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, NamedTuple, TypeVar

from django.db import InterfaceError, OperationalError

from tenure.clock import monotonic
from tenure.delivery.relays import Answer, Relay, hands_of

log = logging.getLogger(__name__)

IN_HAND = 2
"""So many mails for each hand are begun or wait for it: none stands idle while answers are
recorded."""

PATIENCE = 0.5
"""Seconds for which answers that came are kept back for another one to come."""

SWITCH = 0.0005
"""Seconds after which the interpreter lets another thread run. By itself it takes ten times as
long, and each answer of a relay would wait so long for whoever writes the next mail."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Given(Generic[T]):
    """A mail in hand. One that cannot be begun by ``begin_by``, a monotonic instant, is not."""

    mail: EmailMessage
    recipient: str
    of: T
    begin_by: float

    @property
    def domain(self) -> str:
        """Where it goes."""
        return self.recipient.rpartition("@")[2].lower()


class _Came(NamedTuple, Generic[T]):
    """What became of a mail; ``answer`` None: it was not begun."""

    given: _Given[T]
    answer: Answer | None
    error: Exception | None = None


class Hands(Generic[T]):
    """Hands mails over and gives the answers back, each with what was said of the mail.

    A relay of one hand takes each mail at once, in this thread. Of several hands only one is used
    until a mail was answered, and after every answer that was none; so it is with the mails to
    one domain. A relay that hangs, by itself or over a domain, then has one mail and not as many
    as there are hands.
    """

    def __init__(self, relay: Relay) -> None:
        hands = hands_of(relay)
        self._only = hands[0] if len(hands) == 1 else None
        self._most = IN_HAND * len(hands)
        self._room = 1
        self._todo: SimpleQueue[_Given[T] | None] = SimpleQueue()
        self._came: SimpleQueue[_Came[T]] = SimpleQueue()
        self._begun = 0
        self._threads = [] if self._only else [Thread(target=self._work, args=[h]) for h in hands]
        self._switched = sys.getswitchinterval()
        if self._threads:
            sys.setswitchinterval(SWITCH)
        for thread in self._threads:
            thread.start()
        self._waiting: dict[str, deque[_Given[T]]] = {}
        """The mails to each domain that has not answered one of ours that is on its way."""
        self._answering: set[str] = set()
        """The domains that answered the last mail to them."""

    def __len__(self) -> int:
        """Give how many mails are begun, or about to be, without an answer yet."""
        return self._begun + sum(map(len, self._waiting.values()))

    def give(self, mail: EmailMessage, recipient: str, of: T, begin_by: float) -> None:
        """Hand a mail over. One that cannot be begun by then, on the monotonic clock, is not."""
        given = _Given(mail, recipient, of, begin_by)
        if self._only is not None:
            self._begun += 1
            self._came.put(self._taken(self._only, given))
        elif given.domain in self._answering:
            self._begin(given)
        elif given.domain in self._waiting:
            self._waiting[given.domain].append(given)
        else:
            self._waiting[given.domain] = deque()
            self._begin(given)

    @property
    def is_full(self) -> bool:
        """Whether one must be answered before another mail is given."""
        return self._only is None and len(self) >= self._room

    def answers(self, *, waits: float = 0.0) -> Iterator[tuple[T, Answer | None]]:
        """Give the answers that came; None for a mail that was not begun.

        ``waits``: so many seconds for the next, where none came yet.
        """
        while self._begun:
            try:
                given, answer, error = self._came.get(waits > 0, waits)
            except Empty:
                return
            waits = 0.0
            self._begun -= 1
            if error is not None:
                raise error
            self._learn(given.domain, answer)
            yield given.of, answer

    def close(self) -> None:
        """End the threads; what was begun is waited for."""
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()
        sys.setswitchinterval(self._switched)

    def _work(self, hand: Relay) -> None:
        while (given := self._todo.get()) is not None:
            self._came.put(self._taken(hand, given))

    def _begin(self, given: _Given[T]) -> None:
        self._begun += 1
        self._todo.put(given)

    def _learn(self, domain: str, answer: Answer | None) -> None:
        """Draw from an answer how many mails may be on their way next, and begin them."""
        has_spoken = answer is not None and answer.outcome in ("accepted", "refused")
        waiting = self._waiting.pop(domain, deque())
        if has_spoken:
            self._room = min(self._room * 2, self._most)
            self._answering.add(domain)
        else:
            self._room = 1
            self._answering.discard(domain)
        while waiting:
            self._begin(waiting.popleft())
            if not has_spoken:
                self._waiting[domain] = waiting
                break

    def _taken(self, hand: Relay, given: _Given[T]) -> _Came[T]:
        try:
            # A mail that waited for a slow one must outlast neither its lease nor what it tells.
            if monotonic() > given.begin_by:
                return _Came(given, None)
            return _Came(given, hand.take(given.mail, given.recipient))
        except (InterfaceError, OperationalError) as error:
            return _Came(given, None, error)  # the database's trouble is not the mail's
        except Exception as error:
            log.exception("mail %s cannot be handed over", given.mail["Message-ID"])
            text = f"not sent: {type(error).__name__} on the way to the relay"
            return _Came(given, Answer("deferred", text))
