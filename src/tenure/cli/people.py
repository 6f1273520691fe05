"""`tenure person`: what only whoever runs the installation can do for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tenure.cli.errors import UserError

if TYPE_CHECKING:
    from tenure.services.people import Factors


@click.group()
def person() -> None:
    """Let in whoever lost every second factor."""


@person.command()
@click.argument("address")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def recover(address: str, dry_run: bool, yes: bool) -> None:
    """Remove the second factors of the person of ADDRESS, who lost them all.

    First make sure, by a way that you knew before, that it is the person who asks. Their password
    and linked services are dropped, too, and their sessions end: they ask for a new password on
    the sign-in page, and so must read the mail of their address. A letter tells them, and the
    audit keeps it.
    """
    from tenure.cli.database import open_database

    open_database(create=False)
    from django.conf import settings
    from django.urls import reverse

    from tenure.clock import WallClock
    from tenure.services import people
    from tenure.services.errors import ServiceError

    try:
        click.echo(_told(people.factors(address)))
        if dry_run:
            return
        if not yes:
            click.confirm("Are you sure who asks for it? Remove them?", abort=True)
        link = settings.PUBLIC_URL + reverse("account_reset_password")
        people.recover(address, link=link, clock=WallClock())
    except ServiceError as error:
        raise UserError(str(error)) from None
    click.echo(
        "They are removed, with the password and the linked services; the sessions have ended."
    )
    click.echo(f"To sign in they ask for a new password: {link}")


def _told(found: Factors) -> str:
    parts = [
        f"authenticator app: {found.totp}",
        f"passkeys: {found.passkeys}",
        f"sets of recovery codes: {found.recovery_codes}",
        f"linked services: {found.services}",
        f"open sessions: {found.sessions}",
    ]
    return f"{found.address} has {', '.join(parts)}"
