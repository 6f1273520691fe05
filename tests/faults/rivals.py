"""Several processes that work on one database at the same moment."""

from __future__ import annotations

import os
import pickle
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, connections

from tests.faults.databases import Settings, reach


def at_once(
    settings: Settings, doings: Sequence[Callable[[], Any]], *, dying: int = 0
) -> list[Any]:
    """Run each in a process of its own, connected before any begins; give what each gave.

    So many of them are expected to be killed; they give nothing. Raises ``AssertionError`` with
    what went wrong in any other.
    """
    start_read, start_write = os.pipe()
    ready_read, ready_write = os.pipe()
    pipes = []
    for doing in doings:
        read, write = os.pipe()
        with warnings.catch_warnings():
            # From Python 3.12 on a fork beside other threads warns. Theirs wait for a pipe.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            os.close(start_write)
            _live(settings, doing, start_read, ready_write, write)
        os.close(write)
        pipes.append((child, read))
    for _ in pipes:
        os.read(ready_read, 1)
    for end in (start_read, start_write, ready_read, ready_write):
        os.close(end)  # they begin when nobody holds the start any more
    found: list[Any] = []
    wrong: list[str] = []
    died = 0
    for child, read in pipes:
        with os.fdopen(read, "rb") as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        if not said:
            died += 1
            continue
        went_well, result = pickle.loads(said)
        (found if went_well else wrong).append(result)
    assert died == dying, f"{died} of the children died"
    assert not wrong, "in a child:\n" + "\n".join(wrong)
    return found


def _live(settings: Settings, doing: Callable[[], Any], start: int, ready: int, write: int) -> None:
    try:
        reach(settings)
        connection.ensure_connection()
        os.write(ready, b"r")
        os.read(start, 1)
        said: tuple[bool, Any] = (True, doing())
        connections.close_all()
    except BaseException:
        said = (False, traceback.format_exc())
    with os.fdopen(write, "wb") as pipe:
        pipe.write(pickle.dumps(said))
    os._exit(0)
