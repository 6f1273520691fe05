"""`tenure deletion`: an operator holds the deletion of a company, releases it, or confirms it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tenure.cli.database import open_database
from tenure.cli.errors import UserError

if TYPE_CHECKING:
    from tenure.store.models import Company

WHO = "operator"
"""Who did it, in the ledger: whoever may use this command."""

_Command = Callable[..., None]


@click.group()
def deletion() -> None:
    """Hold the deletion of a company, release it, or confirm it where no mail was taken."""


def _asked(command: _Command) -> _Command:
    because = click.option("--because", required=True, help="Why; kept in the company's history.")
    return click.argument("company")(because(command))


@deletion.command()
@_asked
def hold(company: str, because: str) -> None:
    """Keep COMPANY from being deleted until it is released."""
    with _company(company, because) as found:
        from tenure.clock import WallClock
        from tenure.services import instances

        instances.hold_deletion(found.id, clock=WallClock(), who=WHO, because=because.strip())
    click.echo(f"The deletion of {_name(found)} is held until you release it.")


@deletion.command()
@_asked
def release(company: str, because: str) -> None:
    """Let the deletion of COMPANY go its way; a warning that ran out meanwhile is sent anew."""
    with _company(company, because) as found:
        from tenure.clock import WallClock
        from tenure.services import instances

        instances.release_deletion(found.id, clock=WallClock(), who=WHO, because=because.strip())
    click.echo(f"The deletion of {_name(found)} is released.")


@deletion.command()
@_asked
def confirm(company: str, because: str) -> None:
    """Serve the deletion warning of COMPANY that no relay has taken; its days run from now."""
    with _company(company, because) as found:
        from tenure.clock import WallClock
        from tenure.services import instances
        from tenure.words import dates

        served = instances.confirm_deletion(
            found.id, clock=WallClock(), who=WHO, because=because.strip()
        )
        if not served:
            raise UserError(
                f"there is nothing to confirm: {_name(found)} has no deletion warning that is "
                "issued and not served"
            )
    end = dates.moment(max(each.deadline for each in served), found.time_zone, "en")
    click.echo(f"The warning is served: {_name(found)} is not deleted before {end}.")


@contextmanager
def _company(name: str, because: str) -> Iterator[Company]:
    """Find a company; what the services refuse is told as a sentence."""
    if not because.strip():
        raise UserError("say why: --because …")
    open_database(create=False)
    from tenure.services import answers
    from tenure.services.errors import ServiceError

    try:
        yield answers.find_company(name)
    except ServiceError as error:
        raise UserError(str(error)) from None


def _name(company: Company) -> str:
    from tenure.words.names import clean

    return clean(company.name)
