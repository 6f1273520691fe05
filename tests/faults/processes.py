"""Doing a thing in a forked child, and killing the child at its n-th moment.

A moment is right before or right after a statement, a COMMIT, or a relay's taking of a mail.
"""

from __future__ import annotations

import os
import pickle
import signal
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

from django.db import connections

from tenure.clock import SetClock
from tenure.delivery.relays import Answer
from tenure.engine.loop import Engine
from tenure.store import ids
from tests.faults.databases import Settings, reach


@dataclass
class Moments:
    """Counts moments, and ends the process at one of them."""

    fatal: int | None = None
    passed: int = 0
    said: list[str] = field(default_factory=list)

    def pass_one(self, what: str) -> None:
        self.passed += 1
        if self.passed == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        self.said.append(what)

    def watch(self) -> None:
        """Count what goes to the database from now on."""
        database: Any = connections["default"]
        commit = database._commit

        def watched_commit() -> Any:
            self.pass_one("before COMMIT")
            result = commit()
            self.pass_one("after COMMIT")
            return result

        def watched(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            self.pass_one(f"before {sql}")
            result = execute(sql, params, many, context)
            self.pass_one(f"after {sql}")
            return result

        database.ensure_connection()
        database._commit = watched_commit
        database.execute_wrappers.append(watched)


class Mailbox:
    """A relay that takes every mail, and outlives the process that handed it over."""

    def __init__(self, file: Path, moments: Moments) -> None:
        self._file = file
        self._moments = moments

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        self._moments.pass_one("before the mail is taken")
        with self._file.open("a") as file:
            file.write(f"{mail['Message-ID']} {recipient}\n")
        self._moments.pass_one("after the mail was taken")
        return Answer("accepted", "250 taken")

    def close(self) -> None:
        """Nothing is kept open."""


@dataclass
class World:
    """What a child works with: a clock, a mailbox, and the engine over both."""

    clock: SetClock
    mailbox: Path
    moments: Moments = field(default_factory=Moments)

    @property
    def engine(self) -> Engine:
        return Engine(self.clock, Mailbox(self.mailbox, self.moments))


@dataclass(frozen=True)
class Ended:
    """How a child ended: what it gave, or that it was killed."""

    was_killed: bool
    result: Any = None


def in_child(settings: Settings, doing: Callable[[], Any], *, generation: int) -> Ended:
    """Run in a process of its own on a database. Raises what went wrong there.

    Its identifiers are the same each time; ``generation`` keeps them apart from those of the
    processes before it.
    """
    read, write = os.pipe()
    with warnings.catch_warnings():
        # From Python 3.12 on a fork beside other threads warns. Theirs wait for a pipe.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(read)
        _live(settings, doing, write, generation)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return Ended(was_killed=True)
    went_well, result = pickle.loads(said)
    if not went_well:
        raise AssertionError(f"in the child:\n{result}")
    return Ended(was_killed=False, result=result)


def _live(settings: Settings, doing: Callable[[], Any], write: int, generation: int) -> None:
    numbers = count(1)

    def uuid7() -> UUID:
        return UUID(int=(generation << 64) + next(numbers))

    try:
        with mock.patch.object(ids, "uuid7", uuid7):
            reach(settings)
            said = (True, doing())
            connections.close_all()
    except BaseException:
        said = (False, traceback.format_exc())
    with os.fdopen(write, "wb") as pipe:
        pipe.write(pickle.dumps(said))
    os._exit(0)
