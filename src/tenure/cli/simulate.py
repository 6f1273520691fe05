"""`tenure simulate`: what happens in a scenario, by the rules alone. No database, no clock."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

import click

from tenure.cli import import_scenarios, scenarios
from tenure.cli.errors import UserError
from tenure.cli.yaml_places import LONGEST
from tenure.core.lines import lines
from tenure.core.simulation import Scenario
from tenure.core.simulation import simulate as run


@click.command()
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--company", metavar="REF", help="Which company of an import, where it has several.")
@click.option("--until", metavar="DATE", help="How far an import is simulated.")
def simulate(file: str, as_json: bool, company: str | None, until: str | None) -> None:
    """Show what happens in the scenario FILE; - reads standard input.

    FILE may also be a folder or a ZIP as `tenure import` reads it: then this is what will happen
    to one of its companies if nobody does anything.

    Without --json: a diary, in the company's time zone, and the state at its end.
    """
    if import_scenarios.is_import(file):
        scenario = import_scenarios.load(file, company, until)
    elif company is not None or until is not None:
        raise UserError(f"--company and --until are for folders and ZIPs; {file} is a scenario")
    else:
        scenario = load(file)
    if as_json:
        out = "".join(json.dumps(line) + "\n" for line in lines(run(scenario)))
        click.echo(out, nl=False)
        return
    from tenure.cli.diary import diary

    color = False if os.environ.get("NO_COLOR") else None
    click.echo("\n".join(diary(scenario)), color=color)


def load(file: str) -> Scenario:
    """Give the scenario of a file, or of standard input for ``-``. Raises ``UserError``."""
    if file == "-":
        return scenarios.read("standard input", _content(sys.stdin.buffer, "standard input"))
    try:
        with Path(file).open("rb") as opened:
            content = _content(opened, file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"{file} cannot be read: {reason}") from None
    return scenarios.read(file, content)


def _content(opened: BinaryIO, name: str) -> bytes:
    content = opened.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise UserError(f"{name} is too large; at most {LONGEST >> 20} MB are read")
    return content
