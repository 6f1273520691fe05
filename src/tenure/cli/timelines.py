"""`tenure timeline`: what a company's units, seats and phases were and will be, as data or text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from tenure.cli.database import open_database
from tenure.cli.errors import UserError
from tenure.clock import WallClock
from tenure.words import dates
from tenure.words.names import clean
from tenure.words.statuses import word
from tenure.words.timelines import facts_of, timeline_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenure.core.timeline import PoolTimeline, Timeline
    from tenure.services.standings import Standing

LABELS = {
    "en": {
        "phases": "Phases",
        "start": "from",
        "end": "until",
        "no_end": "no end is known",
        "earliest": "at the earliest",
        "now": "now",
        "units": "units",
        "seats": "seats",
        "unprotected": "without protection",
        "notices": "Notices",
        "served": "served",
        "issued": "issued",
        "to_come": "to come",
    },
    "fr": {
        "phases": "Phases",
        "start": "du",
        "end": "au",
        "no_end": "aucune fin connue",
        "earliest": "au plus tôt",
        "now": "maintenant",
        "units": "unités",
        "seats": "places",
        "unprotected": "sans protection",
        "notices": "Avis",
        "served": "remis",
        "issued": "émis",
        "to_come": "à venir",
    },
}
"""The words of the text; kinds of notices stay as programs read them."""


@click.command()
@click.argument("company")
@click.option("--service", default="", help="The key of the service; by default the worst off.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--lang",
    type=click.Choice(list(LABELS)),
    default="en",
    show_default=True,
    help="The language of the text.",
)
def timeline(company: str, service: str, as_json: bool, lang: str) -> None:
    """Show what COMPANY's units, seats, phases and notices were and will be if nothing is done.

    COMPANY is a reference, an id or the exact name. Changes nothing.
    """
    open_database(create=False)
    from tenure.services import answers, standings, timelines
    from tenure.services.errors import ServiceError

    try:
        found = answers.find_company(company)
        standing = standings.of_company(found.id, WallClock(), service)
    except ServiceError as error:
        raise UserError(str(error)) from None
    told = timelines.of_standing(standing)
    facts = facts_of(found.name, told, is_closed=standing.life.closed)
    sentence = timeline_sentence(facts, found.time_zone, told.now, lang)
    if as_json:
        click.echo(json.dumps(as_data(standing, told, sentence), ensure_ascii=False))
    else:
        click.echo("\n".join([sentence, *_text(told, found.time_zone, lang)]))


def as_data(standing: Standing, told: Timeline, sentence: str) -> dict[str, Any]:
    """Give the timeline as JSON has it; the keys are stable, instants as ``…Z``."""
    company = standing.company
    return {
        "company": {
            "id": str(company.id),
            "reference": company.reference,
            "name": company.name,
            "time_zone": company.time_zone,
        },
        "service": standing.service,
        "sentence": sentence,
        **told.to_data(),
    }


def _text(told: Timeline, zone: str, lang: str) -> Iterator[str]:
    words = LABELS[lang]
    yield ""
    yield words["phases"]
    for band in told.bands:
        begins = dates.moment(band.start, zone, lang, "short", now=told.now)
        if band.phase in ("grace", "suspended", "deleted"):
            begins = dates.deadline(band.start, zone, lang, "short", now=told.now)
        open_ = f", {words['earliest']}" if band.is_start_open else ""
        yield f"  {word('company', band.phase, lang):<18} {words['start']} {begins}{open_}"
    for pool in told.pools:
        yield ""
        yield clean(pool.name)
        yield from _steps(pool, told, zone, lang)
    if told.marks:
        yield ""
        yield words["notices"]
        for mark in told.marks:
            at = dates.moment(mark.at, zone, lang, "short", now=told.now)
            yield f"  {at}  {mark.kind} ({words[mark.state]})"


def _steps(pool: PoolTimeline, told: Timeline, zone: str, lang: str) -> Iterator[str]:
    words = LABELS[lang]
    steps = (pool.units, pool.seats, pool.protected)
    for at in sorted({told.now, *(t for each in steps for t, _ in each.steps)}):
        units, seats, protected = (each.at(at) for each in steps)
        lost = f", {seats - protected} {words['unprotected']}" if seats > protected else ""
        mark = f"  ({words['now']})" if at == told.now else ""
        # What is lost is lost at the end of something: its last minute, as everywhere.
        is_less = units < pool.units.at(at - 1) or protected < pool.protected.at(at - 1)
        say = dates.deadline if is_less else dates.moment
        when = say(at, zone, lang, "short", now=told.now)
        yield f"  {when}  {units} {words['units']}, {seats} {words['seats']}{lost}{mark}"
