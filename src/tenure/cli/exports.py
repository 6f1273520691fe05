"""`tenure export`: companies as the files that `tenure import` reads."""

from __future__ import annotations

import csv
import json
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tenure.cli.database import open_database
from tenure.cli.errors import UserError
from tenure.words.cells import harmless

if TYPE_CHECKING:
    from tenure.services.exports import Exported


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--company", "references", metavar="REF", multiple=True, help="Only this company.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def export(folder: Path, references: tuple[str, ...], as_json: bool) -> None:
    """Write companies to FOLDER, as the CSV files that `tenure import` reads.

    The folder appears once everything is in it. It holds personal data: only you can read it.
    """
    if folder.exists():
        raise UserError(f"{folder} is there already; name a folder that is not")
    open_database(create=False)
    from tenure.services.errors import ServiceError
    from tenure.services.exports import exported

    beside = folder.absolute().with_name(f".{folder.absolute().name}.{secrets.token_hex(4)}")
    try:
        beside.mkdir(mode=0o700)
        counts, notes = _write(beside, exported(references))
        os.rename(beside, folder)  # noqa: PTH104 - a rename onto what has come meanwhile must fail
    except ServiceError as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    if as_json:
        click.echo(json.dumps({"rows": counts, "notes": notes}))
        return
    for note in notes:
        click.echo(note)
    click.echo(f"Written to {folder}: {counts.get('companies.csv', 0)} companies.")


def _write(folder: Path, companies: Iterable[Exported]) -> tuple[dict[str, int], list[str]]:
    from tenure.services.exports import HEADERS

    counts: Counter[str] = Counter()
    notes: list[str] = []
    with ExitStack() as stack:
        writers = {}
        files = []
        for name, header in HEADERS.items():
            file = stack.enter_context((folder / name).open("w", encoding="utf-8", newline=""))
            files.append(file)
            writers[name] = csv.writer(file)
            writers[name].writerow(header)
        for company in companies:
            for name, rows in company.rows.items():
                counts[name] += len(rows)
                writers[name].writerows([harmless(cell) for cell in row] for row in rows)
            notes += [f"{company.reference}: {note}" for note in company.notes]
        for file in files:
            file.flush()
            os.fsync(file.fileno())
    return dict(counts), notes
