"""`tenure whatif`: what would come about for a company if something were done. Changes nothing."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from tenure.cli import instants
from tenure.cli.database import open_database
from tenure.cli.errors import UserError
from tenure.cli.instants import written
from tenure.cli.whatif_options import Asked, Resolver, read, read_file
from tenure.clock import WallClock
from tenure.core.lines import Line, lines
from tenure.words import dates
from tenure.words.names import clean
from tenure.words.whatifs import change_sentence, whatif_sentences

if TYPE_CHECKING:
    from tenure.core import records as r
    from tenure.services.whatifs import Losers, Outcome

WIDTH = 80

LABELS = {
    "en": {
        "supposed": "Supposed",
        "who": "Who loses protection",
        "from": "from",
        "until": "until",
        "more": "and {count} more",
        "phases": "Phases",
        "as_it_is": "as it is",
        "what_if": "what if",
        "open": "no end in sight",
        "new": "Notices that go out as well",
        "gone": "Notices that no longer go out",
        "nothing": "Nothing was changed.",
        "pending": "pending",
        "active": "active",
        "grace": "grace",
        "suspended": "suspended",
        "deleted": "deleted",
        "expiring": "licences end ({days} d)",
        "pool_expiring": "too few units to come{pool} ({days} d)",
        "grace_notice": "end of protection",
        "grace_reminder": "reminder of the end of protection",
        "suspended_notice": "suspension",
        "restored": "restoration",
        "pool_short": "too few units{pool}",
        "pool_reduced": "users lost protection{pool}",
        "deletion_warning": "deletion warning",
        "deleted_notice": "deletion",
    },
    "fr": {
        "supposed": "On suppose",
        "who": "Qui perd sa protection",
        "from": "à partir du",
        "until": "jusqu’au",
        "more": "et {count} de plus",
        "phases": "Étapes",
        "as_it_is": "sans changement",
        "what_if": "et si",
        "open": "sans terme connu",
        "new": "Avis qui partent en plus",
        "gone": "Avis qui ne partent plus",
        "nothing": "Rien n’a été changé.",
        "pending": "en attente",
        "active": "actif",
        "grace": "délai",
        "suspended": "suspendu",
        "deleted": "supprimé",
        "expiring": "fin des licences ({days} j)",
        "pool_expiring": "unités bientôt insuffisantes{pool} ({days} j)",
        "grace_notice": "fin de la protection",
        "grace_reminder": "rappel de la fin de la protection",
        "suspended_notice": "suspension",
        "restored": "rétablissement",
        "pool_short": "unités insuffisantes{pool}",
        "pool_reduced": "utilisateurs sans protection{pool}",
        "deletion_warning": "avertissement avant suppression",
        "deleted_notice": "suppression",
    },
}
"""What stands around the sentences; phases and notices in few words."""


class InOrder(click.Command):
    """A command that keeps the order in which options stand: what is supposed happens in it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note the names of the options in the order in which they were given."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta["order"] = [str(each.name) for each in order]
        return super().parse_args(ctx, args)


def _change(name: str, metavar: str, text: str) -> Any:
    return click.option(f"--{name}", metavar=metavar, multiple=True, help=text)


@click.command(cls=InOrder)
@click.argument("company")
@_change("add", "units=N,…", "Add a licence: units, ends, starts, pool, kind, product, label.")
@_change("renew", "ID=DATE", "Give a licence a later end; DATE is its last day.")
@_change("resize", "ID=N", "Give a licence N units; ID=N,Lyon:30+Paris:50 places them too.")
@_change("place", "ID=POOL:N+…", "Place a licence's units; what is not named goes to the first.")
@_change("suspend", "ID", "Suspend a licence.")
@_change("resume", "ID", "Resume a suspended licence.")
@_change("remove", "ID", "Remove a licence, as the company's people do: nobody is held.")
@_change("cancel", "ID", "Cancel a licence, as the vendor does: seats are held.")
@_change("protect", "[POOL=]N", "Protect N more seats.")
@_change("unprotect", "[POOL=]N", "Give the last N seats back.")
@click.option("--close", is_flag=True, help="Close the company.")
@click.option("--reopen", is_flag=True, help="Reopen it.")
@click.option("--hold-deletion", is_flag=True, help="Hold its deletion.")
@click.option("--release-deletion", is_flag=True, help="Release its deletion.")
@click.option("--changes", metavar="FILE", help="Read changes from a YAML file, too.")
@click.option("--at", metavar="DATE", help="When all this is done, instead of now.")
@click.option("--until", metavar="DATE", help="How far to look; two years where it is left out.")
@click.option("--service", help="The key of the service, where the company uses several.")
@click.option("--names", type=click.IntRange(0), default=20, show_default=True, metavar="N")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--lang", type=click.Choice(list(LABELS)), default="en", show_default=True)
@click.pass_context
def whatif(
    ctx: click.Context,
    company: str,
    changes: str | None,
    at: str | None,
    until: str | None,
    service: str | None,
    names: int,
    as_json: bool,
    lang: str,
    **options: Any,
) -> None:
    """Show what would come about for COMPANY, and who would lose protection. Changes nothing.

    COMPANY is a reference, an id or the exact name; licences are named by reference, label or
    id, pools by name or reference. Options can be given several times and are taken in their
    order. Each can end in @DATE to be done later than the others.

    \b
    tenure whatif C-1 --remove COS-2026-01
    tenure whatif C-1 --renew COS-2026-01=2027-06-30 --resize COS-2026-01=80
    tenure whatif C-1 --add units=10,ends=2027-01-01,pool=Lyon --at 2026-12-01
    tenure whatif C-1 --place COS-2026-01=Lyon:30+Paris:70
    tenure whatif C-1 --suspend COS-2026-01 --resume COS-2026-01@2026-12-24
    tenure whatif C-1 --protect Paris=5 --json
    tenure whatif C-1 --close --at 2027-01-01
    tenure whatif C-1 --changes plan.yaml

    plan.yaml holds entries as in scenario files; one without "at" is done now:

    \b
    actions:
      - {remove_licence: COS-2026-01}
      - {at: 2026-12-01, set_units: {licence: COS-2026-02, units: 80}}
    """
    open_database(create=False)
    from tenure.services import answers, standings
    from tenure.services.errors import ServiceError
    from tenure.services.whatifs import suppose

    clock = WallClock()
    asked: list[Asked] = []
    try:
        row = answers.find_company(company)
        zone = ZoneInfo(row.time_zone)
        standing = standings.of_company(row.id, clock, service or "")
        pools = [x for x in row.pools.order_by("position") if str(x.id) in standing.life.pools]
        then = _instant("--at", at, zone)
        asked = _asked(ctx, options, then, standing.now, zone, pools[0].name)
        if changes is not None:
            known = dict.fromkeys([*(x.name for x in pools), *(x.reference for x in pools)])
            entries = read_file(changes, standing.now, zone, tuple(x for x in known if x))
            asked += [replace(x, at=then) if x.at is None else x for x in entries]
        if not asked:
            raise UserError("say what to suppose, such as --remove COS-2026-01; see --help")
        resolver = Resolver.of(row, standing.service, pools)
        found = suppose(
            row.id,
            [resolver.change(each) for each in asked],
            clock=clock,
            until=_instant("--until", until, zone),
        )
    except ServiceError as error:
        place = "" if error.change is None else f"{asked[error.change].place}: "
        raise UserError(f"{place}{error}") from None
    shown = [x for x in found if x.service == service] if service else found
    shown = [x for x in shown if x.concerned] or shown
    if as_json:
        data = {"outcomes": [as_data(x, names, lang) for x in shown]}
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    click.echo("\n\n".join("\n".join(told(x, names, lang)) for x in shown))


def _instant(place: str, text: str | None, zone: ZoneInfo) -> int | None:
    if text is None:
        return None
    try:
        return instants.instant(text, zone)
    except ValueError as error:
        raise UserError(f"{place} {text}: {error}") from None


def _asked(
    ctx: click.Context,
    options: dict[str, Any],
    at: int | None,
    now: int,
    zone: ZoneInfo,
    first: str,
) -> list[Asked]:
    """Read the options in the order in which they stand."""
    waiting = {name: list(value) for name, value in options.items() if not isinstance(value, bool)}
    found = []
    for name in ctx.meta["order"]:
        if name in options:
            text = waiting[name].pop(0) if name in waiting else ""
            found.append(read(name.replace("_", "-"), text, at, now, zone, first))
    return found


# For programs


def as_data(outcome: Outcome, names: int, language: str) -> dict[str, Any]:
    """Give an outcome as JSON has it; the keys are stable, instants as ``…Z``."""
    found, company = outcome.found, outcome.company
    said = whatif_sentences(outcome.facts, language)
    return {
        "company": {
            "id": str(company.id),
            "reference": company.reference,
            "name": company.name,
            "time_zone": company.time_zone,
        },
        "service": {"key": outcome.service, "name": outcome.service_name},
        "at": written(found.at),
        "until": written(found.until),
        "sentences": {
            "headline": said.headline,
            "phases": said.phases,
            "people": said.people,
            "notices": said.notices,
        },
        "changes": [
            {"change": each.kind, "at": _z(each.at), "sentence": _named(outcome, i, language)}
            for i, each in enumerate(outcome.changes)
        ],
        "equal": found.is_equal,
        "first_loss_at": _z(found.first_loss_at),
        "losses": [
            {
                **_pool(outcome, x.pool),
                "start": written(x.start),
                "end": _z(x.end),
                "count": x.count,
            }
            for x in found.losses
        ],
        "losers": [
            {
                **_pool(outcome, str(x.pool_id)),
                "start": written(x.start),
                "end": _z(x.end),
                "count": x.count,
                "members": [{"user": y.user, "name": y.name} for y in x.members],
            }
            for x in outcome.losers(names)
        ],
        "gains": [
            {
                **_pool(outcome, x.pool),
                "start": written(x.start),
                "end": _z(x.end),
                "count": x.count,
                "new_seats": x.new,
            }
            for x in found.gains
        ],
        "phases": [
            {"start": written(x.start), "end": _z(x.end), "before": x.before, "after": x.after}
            for x in found.phases
        ],
        "notices_gone": _lines(outcome, found.notices_gone),
        "notices_new": _lines(outcome, found.notices_new),
        "notices_withdrawn": [x.notice for x in found.withdrawn],
        "before": _lines(outcome, found.before.records),
        "after": _lines(outcome, found.after.records),
    }


def _named(outcome: Outcome, i: int, language: str) -> str:
    return change_sentence(outcome.facts, outcome.facts.changes[i], language)


def _pool(outcome: Outcome, id_: str) -> dict[str, str]:
    return {"pool": outcome.names.get(id_, id_), "pool_id": id_}


def _lines(outcome: Outcome, records: Sequence[r.Record]) -> list[Line]:
    """Give records as `simulate` prints them, with the names of pools."""
    found = lines(records)
    for line in found:
        if "pool" in line:
            line["pool"] = outcome.names.get(str(line["pool"]), line["pool"])
    return found


def _z(t: int | None) -> str | None:
    return None if t is None else written(t)


# For people


def told(outcome: Outcome, names: int, language: str) -> Iterator[str]:
    """Lay an outcome out for a terminal."""
    words, found = LABELS[language], outcome.found
    said = whatif_sentences(outcome.facts, language)
    yield click.style(f"{clean(outcome.company.name)}, {outcome.service_name}", bold=True)
    if len(outcome.changes) > 1:
        yield f"{words['supposed']}:"
        for i in range(len(outcome.changes)):
            yield from _wrapped(_named(outcome, i, language), "  - ")
        yield ""
    for sentence in (said.headline, said.people, said.phases, said.notices):
        yield from _wrapped(sentence)
    losers = outcome.losers(names)
    if losers:
        yield from ("", click.style(words["who"], bold=True))
        for each in losers:
            yield from _losers(outcome, each, language)
    if found.phases:
        yield from ("", click.style(words["phases"], bold=True))
        for label, future in (("as_it_is", found.before), ("what_if", found.after)):
            yield f"  {words[label]}"
            for stay in future.stays:
                if stay.end is None or stay.end > found.at:
                    start = _day(outcome, max(stay.start, found.at), language)
                    yield f"    {start:<18}  {words[stay.phase]}"
    for label, notices in (("gone", found.notices_gone), ("new", found.notices_new)):
        if notices:
            yield from ("", click.style(words[label], bold=True))
            for notice in notices:
                day = _day(outcome, notice.at, language)
                yield f"    {day:<18}  {_notice(outcome, notice, words)}"
    yield from ("", words["nothing"])


def _losers(outcome: Outcome, each: Losers, language: str) -> Iterator[str]:
    words, zone = LABELS[language], outcome.company.time_zone
    when = f"{words['from']} {dates.moment(each.start, zone, language)}"
    if each.end is not None:
        when += f" {words['until']} {dates.moment(each.end, zone, language)}"
    site = outcome.pool(str(each.pool_id))
    yield from _wrapped(f"{when}{f', {clean(site)}' if site else ''}: {each.count}", "  ")
    people = [f"{clean(x.name)} <{x.user}>" if x.name else x.user for x in each.members]
    if people and len(people) < each.count:
        people.append(words["more"].format(count=each.count - len(people)))
    yield from _wrapped(", ".join(people), "    ")


def _notice(outcome: Outcome, notice: r.NoticeIssued, words: dict[str, str]) -> str:
    key = f"{notice.notice}_notice"
    pool = outcome.pool(notice.pool) if notice.pool else ""
    text = words[key if key in words else notice.notice]
    return text.format(days=notice.days, pool=f" ({clean(pool)})" if pool else "")


def _day(outcome: Outcome, t: int, language: str) -> str:
    return dates.day(t, outcome.company.time_zone, language, "short")


def _wrapped(text: str, indent: str = "") -> list[str]:
    later = " " * len(indent)
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=later, break_on_hyphens=False
    )
