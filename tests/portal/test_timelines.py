"""The timeline picture: well-formed, without style, nothing on top of anything, legible to all."""

from __future__ import annotations

import random
import re
import time
from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils.translation import override

from tenure.core import facts as f
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.core.simulation import Outages, happen
from tenure.core.timeline import Timeline, timeline
from tenure.portal.shared import timeline_axes as axes
from tenure.portal.shared import timelines
from tenure.portal.shared.timeline_frames import SIZES
from tenure.portal.shared.timeline_tables import ROWS, tables
from tenure.words.language import Language
from tests.portal.conftest import PHASES, Town, reverse

START = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp())
SVG = "{http://www.w3.org/2000/svg}"


def day(n: float) -> int:
    return START + int(n * DAY)


def licence(
    id_: str, units: int, starts: float, ends: float | None, pool: str = "main", **more
) -> f.LicenceAdded:
    last = None if ends is None else day(ends)
    at = more.pop("at", starts)
    return f.LicenceAdded(day(at), id_, units, day(starts), last, placements={pool: units}, **more)


def seats(at: float, count: int, pool: str = "main") -> f.SeatsProtected:
    return f.SeatsProtected(day(at), pool, count)


def made(
    *facts: f.Fact,
    now: float,
    pools: tuple[str, ...] = ("main",),
    mail: tuple[tuple[int, int], ...] = (),
    **more,
) -> Timeline:
    """Let a company live until a day, and give its timeline."""
    life = Lifecycle(pools)
    done = sorted((x for x in facts if x.at <= day(now)), key=lambda fact: fact.at)
    records = list(happen(life, done, day(now), engine=Outages(), mail=Outages(mail)))
    return timeline(life, done, records, begins=START, pools=pools, **more)


SITES = tuple(
    f"Site of {name}"
    for name in ("Lyon", "Paris", "Lille", "Brest", "Dijon", "Metz", "Nice", "Nantes")
)


def random_life(seed: int) -> Timeline:
    """Give a company with several sites, licences and seats, at some day of its life."""
    draw = random.Random(seed)
    pools = SITES[: draw.choice((1, 1, 2, 3, 8))]
    facts: list[f.Fact] = []
    for i in range(draw.randrange(1, 9)):
        starts = draw.randrange(0, 200)
        facts.append(
            licence(
                f"COS-2026-{i:02}",
                draw.randrange(1, 60),
                starts,
                draw.choice((None, starts + draw.randrange(5, 300))),
                draw.choice(pools),
                kind=draw.choice(("full", "trial", "subscription")),
                at=max(0, starts - draw.randrange(0, 40)),
            )
        )
    facts += [
        seats(draw.randrange(1, 250), draw.randrange(1, 30), draw.choice(pools)) for _ in range(6)
    ]
    return made(*facts, now=draw.randrange(2, 400), pools=pools)


@cache
def situations() -> dict[str, Timeline]:
    """Give a timeline for each way in which one can look."""
    one = (licence("COS-A", 25, 0, 60), seats(1, 20))
    return {
        "nothing": made(now=5),
        "active": made(*one, now=20),
        "grace": made(*one, now=65),
        "unserved": made(*one, now=63, mail=((day(59), day(90)),)),
        "suspended": made(*one, now=80),
        "deleted": made(*one, now=120),
        "again": made(*one, licence("B", 9, 150, 300), now=160, window=(day(0), day(400))),
        "without end": made(licence("Sub", 5, 0, None), seats(1, 5), now=300),
        "sites": made(
            *(licence(f"L-{p}", 9 + i, 0, 60 + 9 * i, p) for i, p in enumerate(SITES)),
            *(seats(1, 8, p) for p in SITES),
            now=65,
            pools=SITES,
        ),
        "many": many(),
    }


def many(count: int = 1000) -> Timeline:
    draw = random.Random(1)
    facts = [
        licence(f"{i:04}", 1 + draw.randrange(9), draw.randrange(100), 150 + draw.randrange(300))
        for i in range(count)
    ]
    return made(*facts, seats(105, 2 * count), now=140)


def drawn(found: Timeline, language: str = "en", **more) -> timelines.Picture:
    return timelines.picture(
        found, company="Boulangerie Martin", zone="Europe/Paris", language=language, **more
    )


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", list(situations()))
def test_every_drawing_is_whole_and_without_style(name: str, language: str) -> None:
    """Each size is well-formed, has no style and no script, and names itself by the sentence."""
    picture = drawn(situations()[name], language)
    assert picture.sentence.endswith((".", "».")) and "Boulangerie Martin" in picture.sentence
    for svg, size in zip(picture.drawings, SIZES, strict=True):
        root = parsed(svg)
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == picture.sentence_id
        defined = {each.get("id") for each in root.iter(f"{SVG}pattern")}
        for each in root.iter():
            assert "style" not in each.attrib
            assert not any(key.startswith("on") for key in each.attrib)
            assert each.tag not in (f"{SVG}script", f"{SVG}style", f"{SVG}image")
            if fill := each.get("fill"):
                assert fill.removeprefix("url(#").removesuffix(")") in defined
            for key in ("x", "y", "width", "height", "x1", "x2"):
                if each.get(key):
                    assert -0.1 <= float(each.attrib[key]) <= 3000
        assert f"tl-{size.name}" in root.attrib["class"]


def overlaps(found: Timeline, language: Language) -> list[tuple[str, str, str]]:
    bad = []
    shown = timelines.worst_first(found)[: timelines.POOLS]
    for size in SIZES:
        with override(language):
            _, drawing = timelines._draw(
                found, None, shown, size, "t", "Europe/Paris", language, is_closed=False
            )
        for a, b in combinations(drawing.labels, 2):
            if a.box.overlaps(b.box):
                bad.append((size.name, a.text, b.text))
        for each in drawing.labels:
            box = each.box
            assert box.x >= -1 and box.x + box.width <= size.width + 1, (size.name, each.text)
    return bad


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", list(situations()))
def test_no_text_stands_on_another(name: str, language: Language) -> None:
    assert overlaps(situations()[name], language) == []


@pytest.mark.parametrize("seed", range(40))
def test_no_text_stands_on_another_in_random_lives(seed: int) -> None:
    assert overlaps(random_life(seed), "fr" if seed % 2 else "en") == []


def rows_of(picture: timelines.Picture, css: str) -> list[ElementTree.Element]:
    return [each for each in parsed(picture.drawings[0]).iter() if css in each.get("class", "")]


def test_places_are_those_of_the_numbers() -> None:
    """The strip ends where the licence ends; the gap is between seats and units."""
    found = situations()["active"]
    picture = drawn(found)
    strip = rows_of(picture, "tl-strip ")[0]
    assert strip[0].text == "COS-A: 25 units, until Saturday 31 October 2026, 00:59 (Paris)"
    right = max(float(x) for x in re.findall(r"H([\d.]+)", strip.attrib["d"]))
    left, width = SIZES[0].gutter, SIZES[0].width - SIZES[0].gutter - 6
    share = (day(60) - found.start) / (found.end - found.start)
    assert right == pytest.approx(left + share * width, abs=0.1)
    held, lost = rows_of(picture, "tl-held")[-1], rows_of(picture, "tl-lost")[-1]
    assert held.attrib["d"].startswith(f"M{strip.attrib['d'].split('H')[1].split('V')[0]} ")
    assert lost is not held


def test_what_is_certain_is_solid_and_the_rest_is_hatched() -> None:
    bands = rows_of(drawn(situations()["grace"]), "tl-phase")
    assert [band.attrib["class"] for band in bands] == [
        "tl-phase tl-active",
        "tl-phase tl-grace",
        "tl-phase tl-to-come",
        "tl-phase tl-to-come",
    ]
    assert bands[2].attrib["fill"].endswith("-suspended)")


def test_marks_are_filled_when_served_and_hollow_when_to_come() -> None:
    """A notice on which a period depends, issued and not served, is neither."""
    marks = [each.attrib["class"] for each in rows_of(drawn(situations()["unserved"]), "tl-mark ")]
    assert marks[:3] == [
        "tl-mark tl-mark-served",
        "tl-mark tl-mark-served",
        "tl-mark tl-mark-awaited",
    ]
    assert set(marks[3:]) == {"tl-mark tl-mark-to-come"}


def test_the_worst_site_is_first_and_the_rest_is_counted() -> None:
    picture = drawn(situations()["sites"])
    assert [pool.name for pool in picture.pools] == list(SITES[: timelines.POOLS])
    assert picture.more == len(SITES) - timelines.POOLS
    assert drawn(situations()["sites"], pools=60).more == 0


def test_the_future_as_it_is_stands_grey_behind_the_supposed_one() -> None:
    one = (licence("COS-A", 25, 0, 60), seats(1, 20))
    window = (day(0), day(400))
    supposed = [f.LicenceAdded(day(55), "new", 12, day(55), day(250))]
    picture = drawn(
        made(*one, now=50, window=window, supposed=supposed),
        behind=made(*one, now=50, window=window),
    )
    assert rows_of(picture, "tl-behind") and rows_of(picture, "tl-seats-behind")
    assert rows_of(picture, "tl-supposed"), "what only the supposition gives is hatched"
    titles = [each[0].text for each in rows_of(picture, "tl-band-behind")]
    assert titles == [
        "As it is: Active",
        "As it is: Grace",
        "As it is: Suspended",
        "As it is: Deleted",
    ]


def test_a_thousand_licences_are_twelve_strips_and_a_rest() -> None:
    """The picture stays small and quick, whatever there is behind it."""
    found = many()
    picture = drawn(found)
    titles = {each[0].text for each in rows_of(picture, "tl-strip ")}
    assert len(titles) == 13
    assert "+ 988 more licences" in titles
    assert sum(map(len, picture.drawings)) < 150_000
    assert len(tables(found, picture.pools, zone="UTC", language="en").licences) == ROWS

    def cost() -> float:
        before = time.process_time()
        drawn(found)
        return time.process_time() - before

    assert min(cost() for _ in range(5)) < 0.1


def test_dates_of_the_axis_are_months_or_weeks_in_the_readers_language() -> None:
    """Months of a year, weeks of some weeks; the year once, and where it changes."""
    start, end = day(61), day(240)
    ticks = axes.dates(start, end, "Europe/Paris", "fr", 1000, 90)
    assert [tick.text for tick in ticks][:4] == ["déc. 2026", "janv. 2027", "févr.", "mars"]
    assert ticks[0].at == int(datetime(2026, 11, 30, 23, tzinfo=UTC).timestamp())
    weeks = axes.dates(day(0), day(40), "UTC", "en", 1000, 90)
    assert [tick.text for tick in weeks] == [
        "7 Sept 2026",
        "14 Sept",
        "21 Sept",
        "28 Sept",
        "5 Oct",
    ]
    days = axes.dates(day(28), day(32), "Europe/Paris", "fr", 1000, 90)
    assert [tick.text for tick in days] == ["30 sept. 2026", "1er oct.", "2 oct.", "3 oct."]


def test_lines_of_numbers_are_round() -> None:
    assert axes.ceiling(25, 4) == (30, 10)
    assert axes.ceiling(1, 4) == (1, 1)
    assert axes.ceiling(4933, 4) == (6000, 2000)


@pytest.mark.parametrize("situation", PHASES)
@pytest.mark.usefixtures("demo")
def test_the_page_shows_picture_sentence_and_tables(
    client: Client, town: Town, situation: str
) -> None:
    """In every situation, on the company's page and on its own; the tables say the same."""
    company = town.put(situation)
    for name in ("company", "timeline"):
        body = client.get(reverse(name, args=[company.id])).content.decode()
        assert body.count('role="img"') == len(SIZES)
        assert 'id="timeline-sentence"' in body
        assert "style=" not in body
        table = body.split("tl-tables")[1]
        assert "<th" in table and "How sure" in table


def test_hostile_names_are_shown_safely(client: Client, town: Town) -> None:
    name = '<script>alert(1)</script>"&'
    company = town.company(name, sites=(name, "Paris"))
    town.licence(company, 3, 60)
    body = client.get(reverse("timeline", args=[company.id])).content.decode()
    assert "<script>alert" not in body
    for svg in re.findall(r"<svg class=\"tl-svg.*?</svg>", body, re.DOTALL):
        parsed(svg)
