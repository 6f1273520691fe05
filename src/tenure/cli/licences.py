"""`tenure licence`: issuing keys of licences, listing and revoking them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import click

from tenure.cli.accounts import WHO
from tenure.cli.database import open_database
from tenure.cli.errors import UserError
from tenure.cli.instants import end, instant, written, zone
from tenure.core.facts import KINDS, Kind

if TYPE_CHECKING:
    from tenure.store.models import LicenceKey


@click.group()
def licence() -> None:
    """Issue keys of licences, list those issued, and revoke one that nobody has added."""


@licence.command()
@click.option("--product", required=True, help="The key of the product, such as cos.")
@click.option("--units", type=click.IntRange(min=1), required=True, help="How many units.")
@click.option("--kind", type=click.Choice(KINDS), default="full", show_default=True)
@click.option("--until", help="The last day covered, such as 2027-06-30, or an instant.")
@click.option("--days", type=click.IntRange(min=1), help="Or: so many days from when it is added.")
@click.option("--from", "begins", help="The first day; by default it begins when it is added.")
@click.option("--zone", "zone_name", default="UTC", show_default=True, help="Of these days.")
@click.option("--for", "address", default="", help="To whom it is sold: others have to ask there.")
@click.option("--test", "is_test", is_flag=True, help="For test companies, and for no others.")
@click.option("--count", type=click.IntRange(1, 10_000), default=1, help="So many alike.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def issue(
    product: str,
    units: int,
    kind: str,
    until: str | None,
    days: int | None,
    begins: str | None,
    zone_name: str,
    address: str,
    is_test: bool,
    count: int,
    as_json: bool,
) -> None:
    """Issue keys and print them: they are shown here, and to whoever adds them, and nowhere else.

    Without --until and --days the licence has no end.
    """
    here = _read("--zone", zone, zone_name)
    starts = None if begins is None else _read("--from", instant, begins, here)
    ends = None if until is None else _read("--until", end, until, here)
    open_database(create=False)
    from django.db import transaction

    from tenure.services import keys
    from tenure.services.errors import ServiceError

    new = keys.NewKey(product, units, cast(Kind, kind), starts, ends, days, address, is_test)
    try:
        with transaction.atomic():
            made = [keys.issue(new, who=WHO) for _ in range(count)]
    except ServiceError as error:
        raise UserError(str(error)) from None
    for key, text in made:
        click.echo(json.dumps({**_data(key), "key": text}) if as_json else f"{text}  {_told(key)}")


@licence.command("list")
@click.option("--unused", is_flag=True, help="Only those that nobody has added or revoked.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(unused: bool, as_json: bool) -> None:
    """List the keys that were issued, by their public names; the keys themselves are not shown."""
    open_database(create=False)
    from tenure.services import keys

    found = keys.issued()
    if unused:
        found = found.filter(used_at__isnull=True, revoked_at__isnull=True)
    for key in found.iterator():
        click.echo(json.dumps(_data(key), ensure_ascii=False) if as_json else _told(key))


@licence.command()
@click.argument("public_id")
def revoke(public_id: str) -> None:
    """Let a key that nobody has added open nothing any more. PUBLIC_ID: as `list` prints it."""
    open_database(create=False)
    from tenure.services import keys
    from tenure.services.errors import ServiceError

    try:
        key = keys.revoke(public_id, who=WHO)
    except ServiceError as error:
        raise UserError(str(error)) from None
    click.echo(f"{key.public_id} opens nothing any more.")


def _read(option: str, reading: Callable[..., Any], *given: Any) -> Any:
    """Read what was given with an option. Raises ``UserError`` that names it."""
    try:
        return reading(*given)
    except ValueError as error:
        raise UserError(f"{option} {given[0]}: {error}") from None


def _data(key: LicenceKey) -> dict[str, Any]:
    return {
        "id": key.public_id,
        "product": key.product_id,
        "kind": key.kind,
        "units": key.units,
        "starts_at": None if key.starts_at is None else written(key.starts_at),
        "ends_at": None if key.ends_at is None else written(key.ends_at),
        "days": key.days,
        "for": key.address or None,
        "test": key.is_test,
        "state": _state(key),
        "company": None if key.company is None else str(key.company_id),
    }


def _told(key: LicenceKey) -> str:
    from tenure.words.names import clean

    if key.ends_at is not None:
        lasts = f"until {written(key.ends_at)}"
    else:
        lasts = "without end" if key.days is None else f"{key.days} days"
    where = "" if key.company is None else f" by {clean(key.company.name)}"
    test = " test" if key.is_test else ""
    return (
        f"{key.public_id}  {key.product_id}  {key.units} units  {key.kind}{test}, {lasts}  "
        f"{_state(key)}{where}"
    )


def _state(key: LicenceKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "unused" if key.used_at is None else "used"
