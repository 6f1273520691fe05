"""`tenure operator`: who works for the vendor and sees the whole installation."""

from __future__ import annotations

import click

from tenure.cli.errors import UserError


@click.group()
def operator() -> None:
    """Add, remove or list the operators of this installation."""


@operator.command()
@click.argument("address")
@click.option("--name", default="", help="The operator's name.")
def add(address: str, name: str) -> None:
    """Make the person of ADDRESS an operator, and print a link to set a password.

    The link works once, and for an hour; for another one call this again.
    """
    from tenure.cli.database import open_database

    open_database(create=True)
    from django.conf import settings
    from django.urls import reverse

    from tenure.clock import WallClock
    from tenure.services import people
    from tenure.services.audit import Actor, acting
    from tenure.services.errors import ServiceError

    try:
        with acting(Actor("cli")):
            person = people.add_operator(address, name=name.strip(), clock=WallClock())
    except ServiceError as error:
        raise UserError(str(error)) from None
    uid, _, token = people.password_key(person).partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    click.echo(f"{person.email} is an operator.")
    click.echo(f"To set a password, open this link once, within {minutes} minutes:")
    click.echo(f"{settings.PUBLIC_URL}{path}")


@operator.command()
@click.argument("address")
def remove(address: str) -> None:
    """Make the operator of ADDRESS an ordinary person again; what they did stays recorded."""
    from tenure.cli.database import open_database

    open_database(create=False)
    from tenure.services import people
    from tenure.services.audit import Actor, acting
    from tenure.services.errors import ServiceError

    try:
        with acting(Actor("cli")):
            person = people.remove_operator(address)
    except ServiceError as error:
        raise UserError(str(error)) from None
    click.echo(f"{person.email} is no longer an operator.")


@operator.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(as_json: bool) -> None:
    """List the operators."""
    import json

    from tenure.cli.database import open_database

    open_database(create=False)
    from tenure.services import people
    from tenure.words.names import clean

    for person in people.operators():
        if as_json:
            row = {"address": person.email, "name": person.name}
            row["password"] = "set" if person.has_usable_password() else "none"
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            name = f"  {clean(person.name)}" if person.name else ""
            lack = "" if person.has_usable_password() else "  (no password yet)"
            click.echo(f"{person.email}{name}{lack}")
