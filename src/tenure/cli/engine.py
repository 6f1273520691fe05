"""`tenure engine`: run the loop; see whether it waits; let it go on."""

from __future__ import annotations

import json
import logging
import signal
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tenure.cli.errors import UserError

if TYPE_CHECKING:
    from tenure.delivery.queue import Stuck

PAUSE = 1.0
"""Seconds between two looks at what is due."""


@click.group(invoke_without_command=True)
@click.pass_context
def engine(ctx: click.Context) -> None:
    """Run the engine; it ends its step and stops at SIGTERM."""
    if ctx.invoked_subcommand is None:
        run()


def run() -> None:
    """Let time pass until the process is told to stop."""
    from tenure.cli.database import open_database

    open_database(create=True)
    from django.conf import settings
    from django.db import InterfaceError, OperationalError, close_old_connections

    from tenure.clock import WallClock
    from tenure.delivery.relays import SmtpRelay
    from tenure.engine.guards import Guard
    from tenure.engine.loop import Engine
    from tenure.services.ledger import EngineWaits

    log = logging.getLogger("tenure.engine")
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    clock = WallClock()
    try:
        relay = SmtpRelay(settings.RELAY) if settings.RELAY else None
    except ValueError as error:
        raise UserError(f"TENURE_SMTP: {error}") from None
    guard = Guard(clock, settings.HOME)
    working = Engine(clock, relay)
    waited = ""
    while not stop.is_set():
        busy = False
        try:
            verdict = guard.beat()
            if verdict.runs:
                working.deletions = verdict.deletes
                busy = working.round()
            elif verdict.because != waited:
                log.warning("the engine does nothing: %s", verdict.because)
            waited = verdict.because
        except (InterfaceError, OperationalError, EngineWaits):
            # The database was away or held for too long, or an operator stepped in; nothing
            # was half-done, and the next round begins anew.
            log.exception("the round was given up")
        close_old_connections()
        if not busy:
            stop.wait(PAUSE)
    guard.leave()
    if relay is not None:
        relay.close()


def _instant(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _told(stuck: Stuck) -> str:
    waits = "1 mail waits" if stuck.count == 1 else f"{stuck.count} mails wait"
    last = f"last answer: {stuck.answer}" if stuck.answer else "none was tried"
    return f"{waits}, the oldest since {_instant(stuck.since)}; {last}"


@engine.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> None:
    """Say when the engine last ran, and whether it waits for an operator."""
    from tenure.cli.database import open_database

    open_database(create=False)
    from django.db import transaction

    from tenure.clock import WallClock
    from tenure.delivery import queue
    from tenure.engine import guards
    from tenure.services.notices import undelivered_warnings
    from tenure.store.models import Instance

    with transaction.atomic():
        row = guards.status()
    warnings, in_vain = undelivered_warnings()
    engines = guards.running(WallClock().now())
    stuck = queue.stuck(WallClock().now())
    aside = Instance.objects.filter(set_aside_at__isnull=False).count()
    found = {
        "beat_at": None if row.beat_at is None else _instant(row.beat_at),
        "waits_because": row.waits_because or None,
        "deletions_wait": row.deletions_wait,
        "set_aside": aside,
        "warnings_undelivered": warnings,
        "warnings_in_vain": in_vain,
        "mails_stuck": 0 if stuck is None else stuck.count,
        "mails_stuck_since": None if stuck is None else _instant(stuck.since),
        "mails_stuck_answer": None if stuck is None else stuck.answer or None,
        "engines": [
            {
                "host": beat.host,
                "process": beat.process,
                "waits_because": beat.waits_because or None,
            }
            for beat in engines
        ],
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"last heartbeat: {found['beat_at'] or 'never'}")
    for running in engines:
        waits = f", waits: {running.waits_because}" if running.waits_because else ""
        click.echo(f"running:        process {running.process} on {running.host}{waits}")
    click.echo(f"waits for you:  {row.waits_because or 'no'}")
    click.echo(f"deletions:      {'wait for you' if row.deletions_wait else 'go on'}")
    click.echo(f"set aside:      {aside}")
    click.echo(f"mails:          {'go out' if stuck is None else _told(stuck)}")
    if warnings:
        what = "warning" if warnings == 1 else "warnings"
        click.echo(
            f"undelivered:    {warnings} {what} before a deletion, {in_vain} without an address "
            f"that takes mail; nothing is deleted before `tenure deletion confirm`"
        )


@engine.command()
@click.option("--because", required=True, help="Why it is right to go on; kept.")
def resume(because: str) -> None:
    """Let an engine that waits for an operator go on from here."""
    if not because.strip():
        raise UserError("say why it is right to go on: --because …")
    from tenure.cli.database import open_database

    open_database(create=False)
    from django.conf import settings

    from tenure.clock import WallClock
    from tenure.engine import guards

    guards.resume(WallClock(), settings.HOME, because.strip())
    click.echo("the engine goes on")
