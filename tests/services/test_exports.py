"""Exports: what is written imports to the same, and nothing else."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.cli.exports import _write
from tenure.cli.main import cli
from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.services import catalogue, companies, exports, licences, members, seats
from tenure.services.errors import NotFound, Refused
from tenure.store import models as m
from tests.imported import GOOD, NOW, bring_in, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _catalogue() -> None:
    catalogue.ensure_default()


def state() -> dict[str, Any]:
    """What an export promises to carry over, by references, of all companies."""
    found: dict[str, Any] = {}
    for company in m.Company.objects.order_by("reference"):
        own: dict[str, Any] = {"company": (company.name, company.time_zone)}
        pools = list(m.Pool.objects.filter(company=company).order_by("position"))
        names = {pool.id: (pool.reference, pool.name) for pool in pools}
        own["pools"] = list(names.values())
        own["licences"] = {
            licence.reference: (
                licence.product_id,
                licence.kind,
                licence.label,
                licence.units,
                licence.starts_at,
                licence.ends_at,
                licence.added_at,
                licence.suspended_at,
                licence.removed_at,
                licence.cancelled_at,
                sorted(
                    (names[pool], units)
                    for pool, units in m.Placement.objects.filter(
                        company=company, licence_id=licence.id, closed_seq__isnull=True
                    ).values_list("pool_id", "units")
                ),
            )
            for licence in m.Licence.objects.filter(company=company)
        }
        sources = dict(m.Source.objects.filter(company=company).values_list("id", "name"))
        groups = dict(m.Group.objects.filter(company=company).values_list("id", "name"))
        people = {member.id: member for member in m.Member.objects.filter(company=company)}
        own["members"] = {
            member.user: (
                member.reference,
                member.name,
                sources.get(member.source_id) if member.source_id else None,
                sorted(
                    groups[group]
                    for group in m.GroupMember.objects.filter(member_id=member.id).values_list(
                        "group_id", flat=True
                    )
                ),
                names[member.pool_id or pools[0].id],
            )
            for member in people.values()
        }
        own["seats"] = {
            names[pool.id]: [
                (people[seat.member_id].user, seat.protected_at)
                for seat in m.Seat.objects.filter(
                    company=company, pool_id=pool.id, closed_seq__isnull=True
                ).order_by("opened_seq", "place")
            ]
            for pool in pools
        }
        own["contacts"] = {
            (contact.address, names[contact.pool_id] if contact.pool_id else None): (
                contact.name,
                contact.role,
                contact.language,
                contact.time_zone,
            )
            for contact in m.Contact.objects.filter(company=company)
        }
        found[company.reference or str(company.id)] = own
    return found


def export_to(folder: Path) -> Path:
    folder.mkdir()
    _write(folder, exports.exported())
    return folder


def forget() -> None:
    """Take everything away, as in a new installation."""
    for table in (
        m.Seat, m.Member, m.Source, m.Group, m.Contact, m.Placement, m.Term, m.Licence, m.Fact,
        m.Instance, m.Pool, m.Company, m.ImportBatch, m.Account,
    ):  # fmt: skip
        table.objects.all()._raw_delete("default")


ACTS = [
    "protect",
    "protect",
    "protect",
    "resize",
    "unprotect",
    "suspend",
    "remove",
    "cancel",
    "renew",
    "resize",
    "place",
]
TRICKY = st.text("=+-@'\",;\té ax1", min_size=1, max_size=8)
NAMES = TRICKY.map(lambda text: " ".join(text.split("\t")).strip()).filter(bool)


@st.composite
def histories(draw: st.DrawFn) -> Callable[[], None]:
    """A doing that makes one small company, by the services, over half a year."""
    references = draw(st.lists(NAMES, min_size=9, max_size=9, unique=True))
    own_name = draw(NAMES)
    main = draw(st.sampled_from([None, (references[0], own_name), (references[0], "Head office")]))
    sites = [(references[n], draw(NAMES)) for n in range(1, draw(st.integers(1, 3)))]
    zone = draw(st.sampled_from(["UTC", "Europe/Paris", "Pacific/Kiritimati"]))
    wanted = []
    for n in range(draw(st.integers(1, 3))):
        units = draw(st.integers(1, 5))
        starts = NOW + draw(st.integers(-30, 20)) * DAY
        days = draw(st.one_of(st.none(), st.integers(1, 150)))
        named = draw(st.dictionaries(st.integers(0, len(sites)), st.integers(0, 2), max_size=2))
        if days is not None:
            days = starts + days * DAY
        wanted.append((references[3 + n], units, starts, days, named))
    users = draw(st.lists(NAMES.map(str.lower), min_size=2, max_size=6, unique=True))
    acts = draw(
        st.lists(
            st.tuples(
                st.integers(0, 100),
                st.sampled_from(ACTS),
                st.integers(0, 5),
            ),
            min_size=3,
            max_size=10,
        )
    )
    texts = draw(st.lists(NAMES, min_size=6, max_size=6))

    def make() -> None:
        clock = SetClock(NOW - 31 * DAY)
        first = companies.NewPool(main[1], main[0]) if main else companies.NewPool(own_name)
        company = companies.create(
            name=own_name,
            reference=references[8],
            time_zone=zone,
            pools=[first, *(companies.NewPool(name, ref) for ref, name in sites)],
            clock=clock,
            who="test",
        )
        pools = list(company.pools.order_by("position"))
        made: list[m.Licence] = []
        for ref, units, starts, ends, named in wanted:
            placed = {pools[n].id: min(u, units) for n, u in named.items()}
            if sum(placed.values()) > units:
                placed = {}
            new = licences.NewLicence(
                catalogue.COS,
                units,
                starts,
                ends,
                "nfr" if units == 1 else "full",
                placed,
                ref,
                texts[len(made)],
            )
            made.append(licences.add(company.id, new, clock=clock, who="test"))
        people = [
            members.add(
                company.id,
                user=user,
                name=texts[n % 6],
                reference=references[n % 9] if n < 3 else "",
                source=texts[0] if n % 2 else "",
                group=texts[1] if n % 3 else "",
                pool=pools[n % len(pools)].id if n % 2 else None,
                clock=clock,
                who="test",
            )
            for n, user in enumerate(users)
        ]
        for n, pool in enumerate([None, *pools]):
            companies.add_contact(
                company,
                address=f"c{n}@martin.test",
                role=m.Contact.Role.SITE_ADMINISTRATOR if pool else m.Contact.Role.OWNER,
                name=texts[n % 6],
                language=["en", "fr"][n % 2],
                pool=pool,
            )
        for second, (day, act, n) in enumerate(sorted(acts)):
            clock.move_to(NOW + day * DAY + second)  # what happens within a second is not told
            with suppress(Refused, NotFound):  # the rules forbid some of what is drawn
                _act(act, n, company, clock, made, people)

    return make


def _act(
    act: str,
    n: int,
    company: m.Company,
    clock: SetClock,
    made: list[m.Licence],
    people: list[m.Member],
) -> None:
    how: dict[str, Any] = {"clock": clock, "who": "test"}
    if act in ("protect", "unprotect"):
        for member in people[n : n + 2]:
            pool = members.home_pool(member)
            getattr(seats, act)(company.id, catalogue.COS, pool, [member.id], **how)
        return
    licence = made[n % len(made)]
    if act == "resize":
        licences.resize(company.id, licence.id, n + 1, {} if n == 2 else None, **how)
    elif act == "place":
        pools = list(company.pools.order_by("position").values_list("id", flat=True))
        licences.place(company.id, licence.id, {pools[n % len(pools)]: n % 3}, **how)
    elif act == "renew":
        ends = (licence.ends_at or 0) + 40 * DAY
        licences.renew(company.id, licence.id, max(ends, clock.now() + DAY), **how)
    else:
        getattr(licences, act)(company.id, licence.id, **how)


@settings(max_examples=max(30, settings().max_examples // 3))
@given(make=histories())
def test_an_export_imports_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, make: Callable[[], None]
) -> None:
    """Companies, sites, licences, placements, members, seats in order, and contacts."""
    later = NOW + 101 * DAY
    folder = tmp_path_factory.mktemp("export")
    with transaction.atomic():
        make()
        before = state()
        first = export_to(folder / "first")
        # In the installation that wrote it, it changes nothing.
        assert bring_in(first, now=later, ended="grace").count("unchanged") == 1
        assert state() == before
        forget()
        bring_in(first, now=later, ended="grace")
        assert state() == before
        second = export_to(folder / "second")
        for path in first.iterdir():
            assert (second / path.name).read_bytes() == path.read_bytes()
        transaction.set_rollback(True)


def test_seats_above_units_come_back_with_the_sizes_that_gave_them(tmp_path: Path) -> None:
    """A licence that was resized and placed otherwise after its seats is told as it was."""
    bring_in(write(tmp_path / "in", GOOD), now=NOW)
    company, licence = m.Company.objects.get(), m.Licence.objects.get()
    lyon = m.Pool.objects.get(reference="LYON")
    how: dict[str, Any] = {"clock": SetClock(NOW + DAY), "who": "test"}
    licences.resize(company.id, licence.id, 1, {lyon.id: 1}, **how)
    how["clock"] = SetClock(NOW + 2 * DAY)
    licences.place(company.id, licence.id, {}, **how)
    instance = m.Instance.objects.get()
    assert (instance.units, instance.seats, instance.protected) == (1, 2, 1)
    before = state()
    folder = export_to(tmp_path / "out")
    with (folder / "sizes.csv").open(newline="") as file:
        sizes = [tuple(row.values())[2:] for row in csv.DictReader(file)]
    assert sizes == [
        ("2026-07-02T00:00:00Z", "4", "LYON", "1"),
        ("2026-07-03T00:00:00Z", "1", "LYON", "1"),
    ]
    forget()
    bring_in(folder, now=NOW + 3 * DAY)
    assert state() == before
    instance = m.Instance.objects.get()
    assert (instance.units, instance.seats, instance.protected) == (1, 2, 1)


def test_what_has_no_reference_is_known_by_its_id(tmp_path: Path) -> None:
    """In the installation that wrote it, an export of what was made by hand changes nothing."""
    how: dict[str, Any] = {"clock": SetClock(NOW), "who": "test"}
    company = companies.create(name="Boulangerie Martin", **how)
    companies.open_pool(company.id, companies.NewPool("Lyon"), **how)
    pool = m.Pool.objects.get(position=1)
    new = licences.NewLicence(catalogue.COS, 5, NOW, NOW + 90 * DAY, placements={pool.id: 2})
    licences.add(company.id, new, **how)
    member = members.add(company.id, user="ana@martin.test", pool=pool.id, **how)
    seats.protect(company.id, catalogue.COS, pool.id, [member.id], **how)
    folder = export_to(tmp_path / "out")
    before = list(m.Fact.objects.values())
    assert bring_in(folder, now=NOW + DAY).count("unchanged") == 1
    assert list(m.Fact.objects.values()) == before


# The command


def export(*args: str) -> Result:
    return CliRunner().invoke(cli, ["export", *args])


def test_command_writes_all_or_the_named_companies(tmp_path: Path) -> None:
    """The folder appears with every file, for its owner alone."""
    other = {name: text.replace("M,", "N,") for name, text in GOOD.items()}
    for tables in (GOOD, other):
        bring_in(write(tmp_path / "in", tables))
    result = export(str(tmp_path / "all"))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0, f"Written to {tmp_path / 'all'}: 2 companies.",
    )  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == sorted(exports.HEADERS)
    assert (tmp_path / "all").stat().st_mode & 0o777 == 0o700
    assert export(str(tmp_path / "one"), "--company", "N").exit_code == 0
    with (tmp_path / "one" / "companies.csv").open(newline="") as file:
        assert [row["reference"] for row in csv.DictReader(file)] == ["N"]


def test_command_never_writes_over_anything_nor_leaves_half(tmp_path: Path) -> None:
    """A folder that is there, and a company that is not, are refused; nothing is left beside."""
    bring_in(write(tmp_path / "in", GOOD))
    there = export(str(tmp_path / "in"))
    assert (there.exit_code, there.stdout) == (2, "")
    assert "is there already" in there.stderr
    unknown = export(str(tmp_path / "out"), "--company", "X")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "there is no company X" in unknown.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_cells_cannot_be_run_by_a_spreadsheet(tmp_path: Path) -> None:
    """A name that is a formula comes with an apostrophe, and comes back without it."""
    tables = dict(GOOD)
    tables["members.csv"] = tables["members.csv"].replace("Chloé", "=HYPERLINK(1)")
    bring_in(write(tmp_path / "in", tables))
    folder = export_to(tmp_path / "out")
    with (folder / "members.csv").open(newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert names == ["Ana", "Ben", "'=HYPERLINK(1)"]
    assert bring_in(folder, now=NOW + DAY).count("unchanged") == 1
