"""`tenure replay`: a scenario through the real store, engine and a mail relay."""

from __future__ import annotations

import json
import os
import tempfile

import click

from tenure.cli.simulate import load


@click.command()
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def replay(file: str, as_json: bool) -> None:
    """Take the scenario FILE through a database, the engine and a relay of their own.

    Prints the same as `tenure simulate`, read from the tables; - reads standard input. Nothing
    that is installed here is touched: everything lies in a folder that is removed at the end.
    """
    scenario = load(file)
    with tempfile.TemporaryDirectory(prefix="tenure-replay-") as folder:
        os.environ["TENURE_HOME"] = folder
        for name in ("TENURE_DEMO", "TENURE_SMTP", "TENURE_DATABASE_URL"):
            os.environ.pop(name, None)
        os.environ.setdefault("TENURE_LOG", "ERROR")
        from tenure.cli.database import open_database

        open_database(create=True)
        from django.db import connections

        from tenure.cli.replays import replay as run

        found = run(scenario)
        connections.close_all()
    if as_json:
        click.echo("".join(json.dumps(line) + "\n" for line in found), nl=False)
        return
    for line in found:
        rest = {key: value for key, value in line.items() if key not in ("at", "type")}
        told = ", ".join(f"{key} {value}" for key, value in rest.items())
        click.echo(f"{line['at']}  {line['type']:<15} {told}")
