"""`tenure check`: is a user of a company protected, why, until when, and what comes next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from tenure.cli.database import open_database
from tenure.cli.errors import UserError
from tenure.cli.instants import written
from tenure.clock import WallClock
from tenure.words import dates
from tenure.words.names import clean

if TYPE_CHECKING:
    from tenure.services.answers import CheckAnswer, NamedLicence

LABELS = {
    "en": {
        "code": "Code",
        "phase": "Phase",
        "licence": "Covered by",
        "none": "no licence",
        "until": "Protected until",
        "from": "Protected from",
        "no_end": "no end is known",
        "open": "or later",
        "then": "Then",
        "starting": "from",
        "next": "Next licence",
        "deletion": "Deletion",
        "not_before": "not before",
    },
    "fr": {
        "code": "Code",
        "phase": "Phase",
        "licence": "Licence",
        "none": "aucune",
        "until": "Protégé jusqu’au",
        "from": "Protégé à partir du",
        "no_end": "aucune fin connue",
        "open": "ou plus tard",
        "then": "Ensuite",
        "starting": "à partir du",
        "next": "Licence suivante",
        "deletion": "Suppression",
        "not_before": "pas avant le",
    },
}
"""The words in front of the lines; codes and phases stay as programs read them."""


@click.command()
@click.argument("company")
@click.argument("user")
@click.option("--service", help="The key of the service; needed where the company uses several.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--lang",
    type=click.Choice(list(LABELS)),
    default="en",
    show_default=True,
    help="The language of the answer.",
)
@click.pass_context
def check(
    ctx: click.Context, company: str, user: str, service: str | None, as_json: bool, lang: str
) -> None:
    """Say whether USER of COMPANY is protected, and why.

    COMPANY is a reference, an id or the exact name; USER the name by which the member is known.
    Ends with 0 if protected, 1 if not, 2 if there is nothing to answer. Changes nothing.
    """
    open_database(create=False)
    from tenure.services import answers
    from tenure.services.errors import ServiceError

    try:
        answer = answers.check(company, user, service, clock=WallClock())
    except ServiceError as error:
        raise UserError(str(error)) from None
    sentence = answers.sentence(answer, lang)
    if as_json:
        click.echo(json.dumps(as_data(answer, sentence), ensure_ascii=False))
    else:
        click.echo(sentence + "\n")
        rows = table(answer, lang)
        width = max(len(label) for label, _ in rows) + 2
        for label, value in rows:
            click.echo(f"  {label:<{width}}{value}")
    ctx.exit(0 if answer.answer.allowed else 1)


def as_data(check: CheckAnswer, sentence: str) -> dict[str, Any]:
    """Give the answer as JSON has it; the keys are stable, instants as ``…Z``."""
    answer = check.answer
    return {
        "allowed": answer.allowed,
        "code": answer.code,
        "sentence": sentence,
        "at": written(check.at),
        "company": {
            "id": str(check.company_id),
            "reference": check.reference,
            "name": check.company,
            "time_zone": check.zone,
        },
        "user": check.user,
        "service": {"key": check.service, "name": check.service_name},
        "instance": check.instance,
        "phase": answer.phase,
        "pool": None if check.pool_id is None else str(check.pool_id),
        "place": check.place,
        "licence": _licence(check.licence),
        "until": _instant(answer.until),
        "is_until_open": answer.is_until_open,
        "next_licence": _licence(check.next_licence),
        "next_at": _instant(answer.next_at),
        "changes_at": _instant(answer.changes_at),
        "becomes": answer.becomes,
        "deletion_at": _instant(answer.deletion_at),
    }


def table(check: CheckAnswer, language: str) -> list[tuple[str, str]]:
    """Give the lines below the sentence, as label and value."""
    words = LABELS[language]
    answer = check.answer

    def begin(t: int) -> str:
        return dates.moment(t, check.zone, language)

    def end(t: int) -> str:
        away = dates.distance(t, check.at, check.zone, language)
        return f"{dates.deadline(t, check.zone, language)}, {away}"

    rows: list[tuple[str, str]] = [(words["code"], answer.code), (words["phase"], answer.phase)]
    if answer.allowed:
        rows.append(
            (words["licence"], clean(check.licence.name) if check.licence else words["none"])
        )
        until = words["no_end"] if answer.until is None else end(answer.until)
        rows.append(
            (words["until"], f"{until}, {words['open']}" if answer.is_until_open else until)
        )
    elif answer.until is not None:
        rows.append((words["from"], begin(answer.until)))
    if answer.changes_at is not None:
        rows.append(
            (words["then"], f"{answer.becomes} {words['starting']} {begin(answer.changes_at)}")
        )
    if check.next_licence is not None and answer.next_at is not None:
        name = clean(check.next_licence.name)
        rows.append((words["next"], f"{name} {words['starting']} {begin(answer.next_at)}"))
    if answer.deletion_at is not None:
        rows.append((words["deletion"], f"{words['not_before']} {begin(answer.deletion_at)}"))
    return rows


def _licence(licence: NamedLicence | None) -> dict[str, Any] | None:
    if licence is None:
        return None
    return {
        "id": str(licence.id),
        "reference": licence.reference,
        "label": licence.label,
        "ends_at": _instant(licence.ends_at),
    }


def _instant(t: int | None) -> str | None:
    return None if t is None else written(t)
