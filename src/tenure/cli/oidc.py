"""`tenure oidc`: the providers of OpenID Connect that the operator's file names."""

from __future__ import annotations

import json

import click

from tenure.cli.errors import UserError
from tenure.store.providers import IdentityProvider


@click.group()
def oidc() -> None:
    """List and test the providers of OpenID Connect."""


@oidc.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(as_json: bool) -> None:
    """List the providers, each with the address to register with it. No secret is shown."""
    providers = _providers()
    if not providers and not as_json:
        from django.conf import settings

        click.echo(f"There are none; {settings.OIDC_FILE} would name them.")
    for each in providers:
        row = {
            "id": each.id,
            "name": each.name,
            "issuer": each.issuer,
            "redirect": _redirect(each.id),
            "domains": sorted(each.domains),
        }
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            believed = ", ".join(sorted(each.domains)) or "no address"
            click.echo(f"{each.id}  {each.name}, {each.issuer}, believed of {believed}")
            click.echo(f"  register with it: {row['redirect']}")


@oidc.command()
@click.argument("provider", required=False)
def test(provider: str | None) -> None:
    """Ask each provider, or PROVIDER alone, how it describes itself, and for its keys.

    Ends with 1 where one cannot be used. The client and its secret are tried by nothing but a
    sign-in.
    """
    chosen = [each for each in _providers() if provider in (None, each.id)]
    if not chosen:
        raise UserError(f"no provider has the id {provider}" if provider else "there are none")
    from tenure.portal.identity.openid import remote, tokens

    is_good = True
    for each in chosen:
        try:
            found = remote.describe(each)
            if not set(found.algorithms) & set(tokens.ALGORITHMS):
                raise remote.ProviderError(f"it signs with {', '.join(found.algorithms)} only")
            count = len(remote.keys(found).get("keys", ()))
        except remote.ProviderError as error:
            is_good = False
            click.echo(f"{each.id}: cannot be used: {error}")
        else:
            click.echo(
                f"{each.id}: is there, with {count} keys; people go to {found.authorization}"
            )
    if not is_good:
        raise SystemExit(1)


def _providers() -> tuple[IdentityProvider, ...]:
    from tenure.cli.database import open_database

    open_database(create=False)
    from django.conf import settings

    found: tuple[IdentityProvider, ...] = settings.IDENTITY_PROVIDERS
    return found


def _redirect(provider: str) -> str:
    from django.conf import settings
    from django.urls import reverse

    path: str = reverse("openid_connect_callback", args=[provider])
    return f"{settings.PUBLIC_URL}{path}"
