"""`tenure account`: the accounts of the installation, opening one, and who may do what in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tenure.cli.database import open_database
from tenure.cli.errors import UserError
from tenure.cli.instants import written

if TYPE_CHECKING:
    from tenure.store.models import Account, Membership, Person

WHO = "operator"
"""Who did it, in the ledger: whoever may use this command."""


@click.group()
def account() -> None:
    """List accounts, open one, or show one with its people and their rights."""


@account.command("list")
@click.option("--kind", type=click.Choice(["business", "msp"]), help="Only those of this kind.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(kind: str | None, as_json: bool) -> None:
    """List the accounts, those below another one after it."""
    with _services():
        from tenure.store.models import Account
        from tenure.words.names import clean

        rows = Account.objects.select_related("parent").order_by("path")
        if kind:
            rows = rows.filter(kind=kind)
        for each in rows.iterator():
            if as_json:
                click.echo(json.dumps(_data(each), ensure_ascii=False))
            else:
                depth = "" if kind else "  " * (each.path.count("/") - 1)
                click.echo(f"{each.id}  {each.kind:<8}  {depth}{clean(each.name)}")


@account.command("open")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(["business", "msp"]),
    required=True,
    help="business: one company; msp: a provider with many.",
)
@click.option("--owner", required=True, help="The address of its owner, who has signed up.")
@click.option("--below", help="An MSP account below which it is opened: its id or its name.")
@click.option("--zone", help="The time zone of the company; by default its owner's.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def open_(
    name: str, kind: str, owner: str, below: str | None, zone: str | None, as_json: bool
) -> None:
    """Open an account called NAME, owned by somebody who has signed up.

    A business account is opened with its company. The owner invites everybody else.
    """
    if kind == "business" and below:
        raise UserError("a business account lies below no other: leave --below out")
    if kind == "msp" and zone:
        raise UserError("an MSP account has no time zone, each of its companies has: omit --zone")
    with _services():
        from tenure.clock import WallClock
        from tenure.services import accounts
        from tenure.services.audit import Actor, acting

        clock, person = WallClock(), _person(owner)
        with acting(Actor("cli")):
            if kind == "business":
                opened = accounts.open_business(
                    name, person, clock=clock, who=WHO, time_zone=_zone(zone)
                )
            else:
                parent = None if below is None else accounts.find(below).id
                opened = accounts.open_msp(name, person, clock=clock, parent_id=parent)
    if as_json:
        click.echo(json.dumps(_data(opened), ensure_ascii=False))
    else:
        click.echo(f"{opened.id} is open; {person.email} owns it.")


@account.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(name: str, as_json: bool) -> None:
    """Show the account NAME, an id or the exact name: its companies, people and rights."""
    with _services():
        from tenure.services import accounts, memberships
        from tenure.services.rights import rights_of
        from tenure.store.models import Company
        from tenure.words.names import clean

        found = accounts.find(name)
        people = memberships.people(found)
        companies = Company.objects.filter(account__path__below=found.path).count()
        if as_json:
            data = {**_data(found), "companies": companies}
            data["people"] = [_membership(each) for each in people]
            click.echo(json.dumps(data, ensure_ascii=False))
            return
        click.echo(f"{clean(found.name)}  {found.id}")
        click.echo(f"  Kind       {found.kind}")
        if found.parent is not None:
            click.echo(f"  Below      {clean(found.parent.name)}  {found.parent.id}")
        click.echo(f"  Companies  {companies}")
        factors = "for everybody" if found.two_factors else "for whoever wants them"
        click.echo(f"  Signing in two factors {factors}; sessions rest at most ", nl=False)
        click.echo(f"{found.idle_minutes} minutes and last {found.session_hours} hours")
        for each in people:
            rights = rights_of(each)
            may = f"portal {rights.portal}, console {rights.console}"
            if rights.scopes:
                may += f", {len(rights.scopes)} companies and sites otherwise (--json names them)"
            click.echo(f"  {each.person.email}  {'owner' if rights.is_owner else may}")


@contextmanager
def _services() -> Iterator[None]:
    """Open the database; what the services refuse is told as a sentence."""
    open_database(create=False)
    from tenure.services.errors import ServiceError

    try:
        yield
    except ServiceError as error:
        raise UserError(str(error)) from None


def _person(address: str) -> Person:
    from tenure.store.models import Person

    found = Person.objects.filter(email=address.strip().lower(), is_active=True).first()
    if found is None:
        raise UserError(f"nobody has signed up with {address}: they sign up first, on the pages")
    return found


def _zone(name: str | None) -> str | None:
    from zoneinfo import available_timezones

    if name is not None and name not in available_timezones():
        raise UserError(f"there is no time zone {name}; one is Europe/Paris")
    return name


def _data(found: Account) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "kind": str(found.kind),
        "name": found.name,
        "below": None if found.parent_id is None else str(found.parent_id),
        "opened_at": written(found.created_at),
        "two_factors": found.two_factors,
        "idle_minutes": found.idle_minutes,
        "session_hours": found.session_hours,
    }


def _membership(row: Membership) -> dict[str, Any]:
    from tenure.services.rights import rights_of

    return {
        "person": str(row.person_id),
        "address": row.person.email,
        "name": row.person.name,
        "since": written(row.created_at),
        **rights_of(row).told(),
    }
