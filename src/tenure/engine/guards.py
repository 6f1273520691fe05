"""Whether the engine may trust its clock and its database; where not, it waits for an operator.

Time decides when companies are suspended and deleted. A clock that jumped, a database that was
restored, or an unlikely number of companies that would fall at once are reasons to do nothing:
nothing is recorded, sent or deleted, and every writer refuses, until ``tenure engine resume``.

The last heartbeat is kept in the database and, written after it, in a file beside the keys. A
file that is newer than the database says that the database is an older one.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from tenure.clock import Clock
from tenure.services import audit
from tenure.store.ids import new_id
from tenure.store.models import Company, EngineBeat, Heartbeat, Instance

log = logging.getLogger(__name__)

FILE = "heartbeat.json"

JUMP = 3600
"""Seconds by which clocks may disagree."""

SLEEP = 3 * 86_400
"""Seconds that the embedded database may sleep unwitnessed before deletions wait."""

LEASE = 15
"""Seconds for which one engine holds the embedded database, beyond its last heartbeat."""

FORGET = 86_400
"""Seconds after which the heartbeat of an engine that is gone is forgotten."""

FEWEST = 50
"""So many companies may always fall in one sweep."""


def uptime_now() -> float:
    """Give seconds since the machine started, its sleep included where it tells."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


def this_boot() -> str:
    """Give what names this start of the machine; empty where it does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat: the clocks as one engine read them together."""

    epoch: str
    at: int
    uptime: float
    boot: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine may do now."""

    runs: bool
    deletes: bool = True
    because: str = ""


class Guard:
    """Watches the clocks and the database for one engine."""

    def __init__(
        self,
        clock: Clock,
        home: Path,
        *,
        uptime: Callable[[], float] = uptime_now,
        boot: str | None = None,
        database_now: Callable[[], int] | None = None,
    ) -> None:
        self._clock = clock
        self._home = home
        self._uptime = uptime
        self._boot = this_boot() if boot is None else boot
        self._database_now = database_now
        if database_now is None and connection.vendor == "postgresql":
            self._database_now = _postgresql_now
        self._holder = new_id()

    def beat(self) -> Verdict:
        """Look at everything and leave a heartbeat; to be called before every round."""
        with transaction.atomic():
            row = _row()
            now = self._clock.now()
            theirs = self._database_now() if self._database_now else now
            if not self._holds(row, now):
                return Verdict(runs=False, because="another engine is running")
            if row.waits_because:
                self._leave_beat(now, theirs)
                return Verdict(runs=False, because=row.waits_because)
            reason = self._own_doubt(now, theirs)
            self._leave_beat(now, theirs, reason)
            if reason and _another_is_right(self._holder, theirs):
                return Verdict(runs=False, because=reason)
            reason = reason or self._doubt(row, now) or _mass_fall(row, now)
            if reason:
                row.waits_because = reason
                row.save(update_fields=["waits_because"])
                log.critical("the engine waits for an operator: %s", reason)
                return Verdict(runs=False, because=reason)
            if self._has_slept(row, now):
                row.deletions_wait = True
                log.critical("deletions wait for an operator: nobody saw the last days pass")
            beat = Beat(str(row.epoch), now, self._uptime(), self._boot)
            # Of several engines one may be some minutes ahead: the row does not go back.
            row.beat_at = max(now, row.beat_at or now)
            row.monotonic, row.boot = beat.uptime, beat.boot
            row.save()
        _write(self._home, beat)
        return Verdict(runs=True, deletes=not row.deletions_wait)

    def leave(self) -> None:
        """Let another engine take over at once."""
        Heartbeat.objects.filter(holder=self._holder).update(holder=None, held_until_at=None)
        EngineBeat.objects.filter(id=self._holder).delete()

    def _holds(self, row: Heartbeat, now: int) -> bool:
        """Whether this engine may run: on the embedded database only one does, by lease."""
        if connection.vendor != "sqlite":
            return True
        held_until = row.held_until_at
        others = row.holder not in (None, self._holder)
        # A lease that ends far in the future was given by a clock that was wrong.
        if others and held_until is not None and now < held_until <= now + LEASE:
            return False
        row.holder, row.held_until_at = self._holder, now + LEASE
        row.save(update_fields=["holder", "held_until_at"])
        return True

    def _leave_beat(self, now: int, theirs: int, reason: str = "") -> None:
        """Write this engine's own row; those of engines long dead go."""
        beat = {"beat_at": now, "database_at": theirs, "waits_because": reason}
        if not EngineBeat.objects.filter(id=self._holder).update(**beat):
            EngineBeat.objects.filter(database_at__lt=theirs - FORGET).delete()
            EngineBeat.objects.create(
                id=self._holder,
                host=platform.node(),
                process=os.getpid(),
                started_at=now,
                **beat,
            )

    def _own_doubt(self, now: int, theirs: int) -> str:
        """Give why this machine's clock cannot be trusted beside the database's."""
        if abs(theirs - now) <= JUMP:
            return ""
        return f"the database's clock is {theirs - now} seconds away from that of {platform.node()}"

    def _doubt(self, row: Heartbeat, now: int) -> str:
        """Give why the clock or the database cannot be trusted; empty if they can."""
        kept = _read(self._home)
        if kept is not None and row.beat_at is not None:
            if kept.epoch != str(row.epoch):
                # An operator on another machine may have ended the one that this one remembers.
                if kept.epoch not in row.past_epochs:
                    return "the database is another one than the engine last ran on"
            elif kept.at > row.beat_at:
                return (
                    f"the database is an older one: its last heartbeat is {kept.at - row.beat_at} "
                    "seconds before the one that the engine remembers"
                )
        if row.beat_at is None:
            if kept is not None:
                return "the database is a new one, but the engine remembers another"
            return ""
        if now < row.beat_at - JUMP:
            return f"the clock went back by {row.beat_at - now} seconds"
        if row.boot and row.boot == self._boot and row.monotonic is not None:
            went = self._uptime() - row.monotonic
            if abs((now - row.beat_at) - went) > JUMP:
                return (
                    f"the clock went on by {now - row.beat_at} seconds while "
                    f"{round(went)} seconds passed"
                )
        return ""

    def _has_slept(self, row: Heartbeat, now: int) -> bool:
        """Whether days went by that nothing but this machine's clock tells of."""
        if connection.vendor != "sqlite" or row.beat_at is None:
            return False
        witnessed = bool(row.boot) and row.boot == self._boot
        return not witnessed and now - row.beat_at > SLEEP


def _postgresql_now() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return int(cursor.fetchone()[0])


def _another_is_right(holder: UUID, theirs: int) -> bool:
    """Whether another engine that beat just now agrees with the database's clock."""
    return (
        EngineBeat.objects.filter(database_at__gt=theirs - LEASE, waits_because="")
        .exclude(id=holder)
        .exists()
    )


def running(theirs: int) -> list[EngineBeat]:
    """Give the engines that beat within the last minute before ``theirs``, for operators."""
    return list(EngineBeat.objects.filter(database_at__gt=theirs - 60).order_by("host", "process"))


def status() -> Heartbeat:
    """Give the engine's row, for operators."""
    return _row()


def resume(clock: Clock, home: Path, because: str) -> None:
    """Let the engine go on from here: the operator has looked, and says why it is right.

    What it waited for counts as seen: this clock, this database, this many falls.
    """
    with transaction.atomic():
        row = _row()
        now = clock.now()
        waited = row.waits_because or ("deletions" if row.deletions_wait else "")
        row.waits_because = ""
        row.deletions_wait = False
        row.falls_allowed = falls_due(now)
        row.past_epochs = [*row.past_epochs, str(row.epoch)][-100:]
        row.epoch = new_id()
        row.resumed_at, row.resumed_because = now, because
        row.beat_at, row.monotonic, row.boot = now, uptime_now(), this_boot()
        row.save()
        audit.record("engine.resumed", old={"waited": waited}, personal={"because": because})
    _write(home, Beat(str(row.epoch), now, row.monotonic or 0.0, row.boot))
    log.warning("the engine was resumed: %s", because)


def falls_due(now: int) -> int:
    """Count the real companies that the next sweep would move down a phase."""
    down = Q(next_phase__in=("grace", "suspended", "deleted"), phase_until_at__lte=now)
    return Instance.objects.filter(
        down, clock__isnull=True, due_at__lte=now, state__isnull=False
    ).count()


def _mass_fall(row: Heartbeat, now: int) -> str:
    falls = falls_due(now)
    if falls == 0:
        row.falls_allowed = 0  # what the operator had seen has been done
    if falls <= FEWEST or falls <= row.falls_allowed:
        return ""
    companies = Company.objects.filter(clock__isnull=True).count()
    if falls * 100 <= companies:
        return ""
    return f"{falls} of {companies} companies would fall into grace, suspension or deletion at once"


def _row() -> Heartbeat:
    row, _ = Heartbeat.objects.select_for_update().get_or_create(id=1)
    return row


def _read(home: Path) -> Beat | None:
    try:
        return Beat(**json.loads((home / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _write(home: Path, beat: Beat) -> None:
    """Replace the file whole; a torn one would look like another database."""
    made = home / f".{FILE}.{os.getpid()}"
    with made.open("w", encoding="utf-8") as file:
        json.dump(asdict(beat), file)
        file.flush()
        os.fsync(file.fileno())
    made.replace(home / FILE)
