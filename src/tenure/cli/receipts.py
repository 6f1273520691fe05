"""`tenure receipt`: the receipts of deletions: list them, show one, check one.

Checking needs no database: the key set of the installation that signed it is enough.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from tenure.cli.database import home, open_database
from tenure.cli.errors import UserError

CHANGED = 1
"""How the command ends where a receipt does not hold."""


@click.group()
def receipt() -> None:
    """List the receipts of deletions, show one, or check that one is true."""


@receipt.command(name="list")
@click.argument("company", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(company: str | None, as_json: bool) -> None:
    """List the receipts of all companies, or of COMPANY (reference, id or exact name)."""
    open_database(create=False)
    from tenure.services import answers, receipts
    from tenure.services.errors import ServiceError
    from tenure.store.instants import to_datetime
    from tenure.words.names import clean

    try:
        only = None if company is None else answers.find_company(company).id
    except ServiceError as error:
        raise UserError(str(error)) from None
    found = receipts.every(only)
    if not found and not as_json:
        click.echo("There are no receipts.")
    for row, name in found:
        erased_at = to_datetime(row.at).isoformat().replace("+00:00", "Z")
        if as_json:
            said = {
                "id": str(row.id),
                "company": str(row.company_id),
                "service": row.service,
                "instance": row.instance,
                "erased_at": erased_at,
                "is_signed": bool(row.jws),
            }
            click.echo(json.dumps(said))
            continue
        signed = "" if row.jws else ", not signed"
        click.echo(f"{row.id}  {erased_at}  {row.service} {row.instance}  {clean(name)}{signed}")


@receipt.command()
@click.argument("receipt_id", metavar="ID", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="Print what it says, as JSON.")
@click.option("--jws", "as_jws", is_flag=True, help="Print it signed, to be handed on.")
def show(receipt_id: UUID, as_json: bool, as_jws: bool) -> None:
    """Show the receipt of the given ID."""
    open_database(create=False)
    from tenure.services import receipts
    from tenure.services.errors import NotFound

    try:
        found = receipts.find(receipt_id)
    except NotFound:
        raise UserError(
            f"there is no receipt {receipt_id}; `tenure receipt list` lists them"
        ) from None
    if as_jws:
        if not found.jws:
            raise UserError("this receipt is from before receipts were signed")
        click.echo(found.jws)
    elif as_json:
        click.echo(json.dumps(found.content, indent=2))
    else:
        _tell(found.content)


@receipt.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The key set of who signed it, as their /.well-known/jwks.json gives it, or one JWK; "
    "without it, this installation's own keys.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(file: Any, key_file: Path | None, as_json: bool) -> None:
    """Check that the receipt in FILE (`-`: standard input) is true; with 1 where it is not."""
    from tenure.store import keys

    if key_file is None and not (home() / keys.FILE).exists():
        raise UserError(
            f"there are no keys at {home()}; give those of who signed it by --key, as their "
            "/.well-known/jwks.json gives them"
        )
    _set_up()
    from tenure.services import receipts
    from tenure.services.errors import Refused

    known = None if key_file is None else _keys(key_file)
    try:
        text = file.read(receipts.LONGEST + 1).decode("ascii")
    except UnicodeDecodeError:
        raise UserError(f"{file.name}: this is no signed receipt") from None
    try:
        found = receipts.checked(text, known)
    except Refused as refused:
        if refused.code == "not_a_key":
            raise UserError(f"{key_file}: {refused}") from None
        if as_json:
            click.echo(json.dumps({"holds": False, "code": refused.code, "says": str(refused)}))
        else:
            click.echo(f"{file.name}: {refused}.", err=True)
        raise click.exceptions.Exit(CHANGED) from None
    if as_json:
        click.echo(json.dumps({"holds": True, "key": found.key, "content": found.content}))
        return
    click.echo(f"The signature holds, by the key {found.key}. Nothing was changed since.")
    _tell(found.content)


@receipt.command(name="new-key")
def new_key() -> None:
    """Make a new key that signs from the next start on; what older ones signed still holds."""
    from tenure.store import keys
    from tenure.store.signatures import key_id, public_key

    try:
        found = keys.rotate(home())
    except FileNotFoundError:
        raise UserError(
            f"there are no keys at {home()}; start Tenure there with `tenure run`"
        ) from None
    name = key_id(public_key(found.signing[0]))
    click.echo(f"The key {name} signs from the next start on. Restart Tenure, and save keys.json.")


def _set_up() -> None:
    """Let Django's settings be read; no database is opened."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
    django.setup()


def _keys(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UserError(f"{path}: this is no key set; one is JSON, like /.well-known/jwks.json")
    return found


def _tell(content: dict[str, Any]) -> None:
    """Say what a receipt says."""

    def say(text: str) -> None:
        # By another's key, it may hold what a terminal would obey.
        click.echo("".join(c if c.isprintable() else "�" for c in text))

    say(f"Company {content.get('company')}, {content.get('service')} {content.get('instance')}")
    say(f"Deleted at {content.get('deleted_at')}, erased at {content.get('erased_at')}")
    counts = content.get("erased") or {}
    said = ", ".join(f"{name} {count}" for name, count in counts.items())
    say(f"Erased: {said or 'nothing was left'}")
    for warning in content.get("warnings") or []:
        say(
            f"Warned by {warning.get('reference')}: served by {warning.get('served_by')} at "
            f"{warning.get('served_at')}, deadline {warning.get('deadline')}"
        )
    for title, name in (("It speaks of:", "speaks_of"), ("It does not:", "speaks_not_of")):
        places = content.get(name) or []
        if places:
            say(title)
        for place in places:
            say(f"- {place.get('place')}: {place.get('says')}")
