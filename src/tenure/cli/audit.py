"""`tenure audit`: see whether the record of who did what is whole; note where it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from tenure.cli.errors import UserError

MOST = 1000
"""Findings that are told; more say nothing more."""


@click.group()
def audit() -> None:
    """Check the record of who did what, or note where it stands."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--checkpoint",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint from before, kept elsewhere: finds what was cut off since.",
)
def verify(as_json: bool, path: Path | None) -> None:
    """Look for entries that were changed, removed, moved or cut off; with 1 if there are any."""
    from tenure.cli.database import open_database

    open_database(create=False)
    from tenure.services import checkpoints
    from tenure.services.audit_checks import Check
    from tenure.services.errors import Refused

    def known() -> Iterator[checkpoints.Head]:
        if path is not None:
            with path.open("rb") as lines:
                yield from checkpoints.read(lines)

    try:
        for _ in known():
            pass  # only at its end is it known to be ours
    except Refused as error:
        raise UserError(f"{path}: {error}") from None
    check = Check()
    found = check.findings(known())
    told = []
    for finding in islice(found, MOST):
        if as_json:
            told.append(
                {
                    "chain": finding.chain or "installation",
                    "seq": finding.seq,
                    "code": finding.code,
                    "says": finding.says,
                }
            )
        else:
            whose = f"company {finding.chain}" if finding.chain else "installation"
            click.echo(f"{whose}, entry {finding.seq}: {finding.says}")
            told.append({})
    if as_json:
        counts = {"entries": check.entries, "chains": check.chains, "erased": check.erased}
        click.echo(json.dumps({**counts, "findings": told}))
    elif len(told) == MOST:
        click.echo(f"… and no more was looked for after {MOST} findings")
    else:
        click.echo(_end(check.entries, check.chains, len(told), path))
    if told:
        raise click.exceptions.Exit(1)


def _end(entries: int, chains: int, found: int, path: Path | None) -> str:
    said = "1 entry" if entries == 1 else f"{entries} entries"
    said += " in 1 chain" if chains == 1 else f" in {chains} chains"
    against = "" if path is None else f", against {path.name}"
    if not found:
        return f"{said}{against}: nothing was changed, removed or cut off"
    return f"{said}{against}: " + ("1 finding" if found == 1 else f"{found} findings")


@audit.command()
def checkpoint() -> None:
    """Print where every chain stands, signed. Keep it where this machine cannot change it."""
    from tenure.cli.database import home, open_database
    from tenure.store import keys

    if (home() / keys.FILE).exists():
        keys.ensure(home())  # keys of an earlier version have none to sign with
    else:
        raise UserError(f"there are no keys at {home()}; start Tenure there with `tenure run`")
    open_database(create=False)
    from tenure.clock import WallClock
    from tenure.services import checkpoints

    for line in checkpoints.checkpoint(WallClock().now()):
        click.echo(line, nl=False)
