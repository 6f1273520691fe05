"""`tenure run`: the whole product on the embedded database, as children of one command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import click

from tenure.cli.errors import UserError

PORT = 8000
HERE = "127.0.0.1"
GRACE = 20.0
"""Seconds that a child may take to end before it is killed."""


_host = click.option(
    "--host",
    default=HERE,
    show_default=True,
    help="The address at which the pages answer; 0.0.0.0 is every one of this machine.",
)
_port = click.option("--port", type=click.IntRange(1, 65535), envvar="TENURE_PORT", default=PORT)


@click.command()
@click.option("--demo", is_flag=True, help="Demo mode: test companies on clocks that you move.")
@_host
@_port
def run(demo: bool, host: str, port: int) -> None:
    """Start pages and engine, and end them together."""
    _see_where(host, demo=demo or os.environ.get("TENURE_DEMO") == "1")
    os.environ["TENURE_URL"] = os.environ.get("TENURE_URL", f"http://localhost:{port}")
    if demo:
        _refuse_beside_real_ones()
        os.environ["TENURE_DEMO"] = "1"
        os.environ.setdefault("TENURE_HOME", "var/demo")
    from tenure.cli.database import open_database

    open_database(create=True)
    if demo:
        _make_demo()
    children = [
        subprocess.Popen([sys.executable, "-m", "tenure.cli.main", "engine"]),
        subprocess.Popen(  # noqa: S603 - a fixed command
            [
                sys.executable,
                "-m",
                "granian",
                "--interface",
                "wsgi",
                "--host",
                host,
                "--port",
                str(port),
                "--log-level",
                "warning",
                "--blocking-threads",
                "4",
                "tenure.wsgi:application",
            ]
        ),
    ]
    click.echo(f"Tenure is at http://localhost:{port}/ (Ctrl-C ends it)")
    if demo:
        _tell_of_people()
        _tell_of_keys()
        click.echo(f"Mails of the demo: http://localhost:{port}/outbox/")
    sys.exit(_watch(children))


def _see_where(host: str, *, demo: bool) -> None:
    """See that the pages may answer at an address."""
    if host in ("localhost", HERE, "::1"):
        return
    if demo:
        raise UserError(
            "demo mode answers on this machine only, as everybody knows its passwords and may "
            "read its mails; leave --host away"
        )
    if not os.environ.get("TENURE_HOSTS"):
        click.echo(
            "The pages answer only to the names of this machine: give others in TENURE_HOSTS.",
            err=True,
        )


def _tell_of_people() -> None:
    from tenure.services import demo

    click.echo(f"Sign in with the password “{demo.PASSWORD}” as")
    for person in demo.PEOPLE:
        click.echo(f"  {person.address:<26} {person.does}")


def _tell_of_keys() -> None:
    from tenure.services import keys

    found = keys.unused_tests(4)
    if found:
        click.echo("Licence keys to add in a company")
    for key, text in found:
        units = f"{key.units} units" if key.units > 1 else "1 unit"
        more = f", sold to {key.address}" if key.address else ""
        click.echo(f"  {text}  {units}, {key.kind}{more}")


def _refuse_beside_real_ones() -> None:
    if os.environ.get("TENURE_SMTP"):
        raise UserError(
            "demo mode does not start beside a relay, so that no demo mail can leave this "
            "machine; take TENURE_SMTP out of the environment, or leave --demo away"
        )


def _make_demo() -> None:
    from django.db import transaction

    from tenure.clock import WallClock
    from tenure.services import demo
    from tenure.store.models import Company

    if Company.objects.filter(clock__isnull=True).exists():
        raise UserError("demo mode does not start on a database with real companies")
    if not Company.objects.exists():
        with transaction.atomic():
            demo.make(WallClock())


def _watch(children: list[subprocess.Popen[bytes]]) -> int:
    """Wait until a child ends or we are told to; end the others; give the exit code."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping and all(child.poll() is None for child in children):
        time.sleep(0.2)
    for name, child in zip(("engine", "pages"), children, strict=True):
        if child.poll() is None:
            child.terminate()
        elif not stopping:
            click.echo(
                f"The {name} ended by itself ({child.returncode}); all is stopped.", err=True
            )
    until = time.monotonic() + GRACE
    for child in children:
        try:
            child.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return 0 if stopping else 1


@click.command()
@_host
@_port
def web(host: str, port: int) -> None:
    """Serve the pages."""
    _see_where(host, demo=os.environ.get("TENURE_DEMO") == "1")
    from tenure.cli.database import open_database

    open_database(create=True)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host]
    os.execv(sys.executable, [*command, "--port", str(port), "tenure.wsgi:application"])  # noqa: S606 - a fixed command
