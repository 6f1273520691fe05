"""`tenure import`: companies, licences and members from CSV files, and releasing them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import click

from tenure.cli import instants
from tenure.cli.database import open_database
from tenure.cli.errors import UserError
from tenure.cli.import_files import ImportRefused, read
from tenure.cli.import_sources import source
from tenure.clock import WallClock

if TYPE_CHECKING:
    from tenure.services.import_diff import Diff
    from tenure.services.imports import Outcome

SHOWN = 20
"""So many names are shown of what is left alone."""


@click.command("import")
@click.argument("path", required=False)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option(
    "--ended",
    type=click.Choice(["pending", "grace"]),
    help="What becomes of new companies whose licences have ended: they wait for a licence, "
    "or their grace starts at the release.",
)
@click.option(
    "--test-clock",
    metavar="NAME",
    help="Make new companies test companies, which live by this clock; to rehearse an import.",
)
@click.option("--list", "list_", is_flag=True, help="List the imports.")
@click.option("--release", metavar="ID", help="Let the engine run for an import, or for all.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_(
    path: str | None,
    dry_run: bool,
    ended: Literal["pending", "grace"] | None,
    test_clock: str | None,
    list_: bool,
    release: str | None,
    as_json: bool,
) -> None:
    """Import the CSV files of PATH, a folder or a ZIP.

    Importing the same twice changes nothing; what the files do not speak of is left alone. New
    companies wait until they are released: before that nothing happens to them, and nobody is
    written to.
    """
    asked = [path is not None, list_, release is not None]
    if sum(asked) != 1:
        raise UserError("name a folder or a ZIP to import, or give --list, or --release ID")
    if list_:
        open_database(create=False)
        _list(as_json)
    elif release is not None:
        open_database(create=False)
        _release(release, as_json)
    elif path is not None:
        _import(path, dry_run=dry_run, ended=ended, test_clock=test_clock, as_json=as_json)


def _import(
    path: str,
    *,
    dry_run: bool,
    ended: Literal["pending", "grace"] | None,
    test_clock: str | None,
    as_json: bool,
) -> None:
    found = source(path)
    open_database(create=True)
    from tenure.services import imports
    from tenure.services.errors import ServiceError

    files = read(found, imports.zones().get)
    try:
        outcome = imports.bring_in(
            files,
            clock=WallClock(),
            who="import",
            ended=ended,
            apply=not dry_run,
            test_clock=test_clock,
        )
    except imports.ImportNotDone as error:
        raise ImportRefused(error.problems) from None
    except ServiceError as error:
        raise UserError(str(error)) from None
    if as_json:
        click.echo(json.dumps(_data(outcome, dry_run)))
        return
    click.echo("\n".join([*_told(outcome), *_end(outcome, dry_run)]))


def _told(outcome: Outcome) -> Iterator[str]:
    for diff in outcome.diffs:
        if diff.status == "unchanged" and not diff.left:
            continue
        yield f"{diff.reference}  {diff.name}: {diff.status}"
        for line in _lines(diff):
            yield f"    {line}"


def _lines(diff: Diff) -> Iterator[str]:
    if diff.added:
        yield f"new: {_counts(diff.added.items())}"
    for change in diff.changes:
        if change.sentence:
            yield change.sentence
    yield from diff.notes
    if diff.same and diff.status != "unchanged":
        yield f"unchanged: {_counts(diff.same.items())}"
    for noun, names in diff.left.items():
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"left alone: {len(names)} {noun}: {', '.join(names[:SHOWN])}{more}"


_SINGULAR = {"companies": "company"}


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(
        f"{n} {_SINGULAR.get(noun, noun.removesuffix('s')) if n == 1 else noun}"
        for noun, n in counts
    )


def _end(outcome: Outcome, dry_run: bool) -> Iterator[str]:
    counted = ", ".join(
        f"{outcome.count(status)} {status}" for status in ("new", "changed", "unchanged")
    )
    yield f"Companies: {counted}; {outcome.others} others are left alone."
    if dry_run:
        yield "This was a dry run: nothing was changed."
    elif outcome.batch is not None:
        yield (
            "Imported. Nothing happens to the new companies, and nobody is written to, until you "
            "release them:"
        )
        yield f"    tenure import --release {outcome.batch}"
    elif outcome.count("changed"):
        yield "Imported."
    else:
        yield "Nothing was changed."


def _data(outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "batch": None if outcome.batch is None else str(outcome.batch),
        "others": outcome.others,
        "companies": [
            {
                "reference": diff.reference,
                "name": diff.name,
                "status": diff.status,
                "new": dict(diff.added),
                "changes": [change.sentence for change in diff.changes if change.sentence],
                "unchanged": dict(diff.same),
                "left_alone": diff.left,
                "notes": diff.notes,
            }
            for diff in outcome.diffs
        ],
    }


def _list(as_json: bool) -> None:
    from tenure.services.import_batches import batches

    found = batches()
    if as_json:
        for batch in found:
            click.echo(
                json.dumps(
                    {
                        "id": str(batch.id),
                        "created_at": instants.written(batch.created_at),
                        "released_at": None
                        if batch.released_at is None
                        else instants.written(batch.released_at),
                        "counts": batch.counts,
                    }
                )
            )
        return
    if not found:
        click.echo("Nothing has been imported yet.")
    for batch in found:
        state = "waits to be released"
        if batch.released_at is not None:
            state = f"released {instants.written(batch.released_at)}"
            if not batch.is_finished:
                state += ", but not to the end: release it again"
        click.echo(f"{batch.id}  {instants.written(batch.created_at)}  {state}")
        click.echo(f"    {_counts(batch.counts.items())}")


def _release(name: str, as_json: bool) -> None:
    from tenure.services import import_batches
    from tenure.services.errors import ServiceError

    clock = WallClock()
    try:
        if name == "all":
            wanted = import_batches.open_batches()
        else:
            wanted = [UUID(name)]
    except ValueError:
        raise UserError(
            f"{name} is no import; `tenure import --list` shows them, or write all"
        ) from None
    released = 0
    for batch in wanted:
        done = 0
        try:
            done = max(import_batches.release(batch, clock=clock), default=0)
        except ServiceError as error:
            raise UserError(f"{batch}: {error}") from None
        released += done
    if as_json:
        click.echo(json.dumps({"batches": [str(x) for x in wanted], "companies": released}))
    elif not wanted:
        click.echo("Every import is released.")
    else:
        click.echo(
            f"Released: {_counts([('companies', released)])}. The engine sees to them from now on."
        )
