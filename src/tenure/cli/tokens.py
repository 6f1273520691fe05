"""`tenure token`: what programs show to act for a company, made here and shown once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from tenure.cli.database import open_database
from tenure.cli.errors import UserError
from tenure.cli.instants import written

if TYPE_CHECKING:
    from tenure.store.models import Company, Person, Token

WHO = "operator"
"""Who did it, in the ledger: whoever may use this command."""


@click.group()
def token() -> None:
    """Make a token for a directory (SCIM) or for the API, list those of a company, revoke one."""


@token.command()
@click.argument("company")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(["scim", "api"]),
    default="scim",
    show_default=True,
    help="scim: for a directory called NAME; api: for a program of somebody's.",
)
@click.option("--for", "person", help="With --kind api, whose rights it has: their address.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def add(company: str, name: str, kind: str, person: str | None, as_json: bool) -> None:
    """Make a token for COMPANY, called NAME, and show it: this once and never again."""
    if kind == "api" and not person:
        raise UserError("a token of the API has somebody's rights: name them with --for ADDRESS")
    if kind == "scim" and person:
        raise UserError("a token of a directory has nobody's rights: leave --for out")
    with _company(company) as found:
        from django.conf import settings

        from tenure.clock import WallClock
        from tenure.services import tokens
        from tenure.services.audit import Actor, acting

        with acting(Actor("cli")):
            if kind == "api":
                who = _person(str(person))
                made = tokens.add_api(found.id, name, clock=WallClock(), who=WHO, by=who)
            else:
                made = tokens.add_scim(found.id, name, clock=WallClock(), who=WHO)
        address = f"{settings.PUBLIC_URL}/scim/v2/{found.id}" if kind == "scim" else None
    if as_json:
        data = {**_data(made.token), "token": made.secret, "address": address}
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    if address:
        click.echo(f"Address  {address}")
    click.echo(f"Token    {made.secret}")
    click.echo("Copy it now: it is not kept and cannot be shown again.", err=True)


@token.command("list")
@click.argument("company")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(company: str, as_json: bool) -> None:
    """List the tokens of COMPANY that can be used."""
    with _company(company) as found:
        from tenure.services import tokens
        from tenure.words.names import clean

        for each in tokens.of(found).select_related("made_by"):
            if as_json:
                click.echo(json.dumps(_data(each), ensure_ascii=False))
                continue
            used = "never used" if each.used_at is None else f"used {written(each.used_at)}"
            whose = "" if each.made_by is None else f"  for {each.made_by.email}"
            click.echo(
                f"{each.id}  {each.kind:<4}  {each.prefix}…  {clean(each.name)}  {used}{whose}"
            )


@token.command()
@click.argument("company")
@click.argument("token_id", metavar="TOKEN", type=click.UUID)
def revoke(company: str, token_id: UUID) -> None:
    """Let TOKEN (an id, as `tenure token list` shows it) of COMPANY be of no use from now on.

    The members that a directory brought stay.
    """
    with _company(company) as found:
        from tenure.clock import WallClock
        from tenure.services import tokens
        from tenure.services.audit import Actor, acting

        with acting(Actor("cli")):
            revoked = tokens.revoke(found.id, token_id, clock=WallClock(), who=WHO)
    click.echo(f"{revoked.prefix}… opens nothing any more.")


@contextmanager
def _company(name: str) -> Iterator[Company]:
    """Find a company; what the services refuse is told as a sentence."""
    open_database(create=False)
    from tenure.services import answers
    from tenure.services.errors import ServiceError

    try:
        yield answers.find_company(name)
    except ServiceError as error:
        raise UserError(str(error)) from None


def _person(address: str) -> Person:
    from tenure.store.models import Person

    found = Person.objects.filter(email=address.strip().lower(), is_active=True).first()
    if found is None:
        raise UserError(f"nobody has signed up with {address}: they sign up first, on the pages")
    return found


def _data(row: Token) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "kind": str(row.kind),
        "name": row.name,
        "prefix": row.prefix,
        "source": None if row.source_id is None else str(row.source_id),
        "for": None if row.made_by is None else row.made_by.email,
        "made_at": written(row.made_at),
        "used_at": None if row.used_at is None else written(row.used_at),
    }
