"""Archives: the data of an instance as one file, for whoever may change the company to fetch.

Somebody asks (``ask``), the engine builds piece by piece (``build``), each piece in a transaction
with how far it came, so that any engine goes on where another was killed. They live by real
time: a file is removed seven days after it was ready (``end``). What happens to the instance
happens to its archives: ``engine.erasure`` deletes them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import QuerySet

from tenure.clock import Clock, WallClock
from tenure.services import access, audit, letters
from tenure.services.archive_tables import TABLES, Of, Row, Table
from tenure.services.errors import NotFound, Refused
from tenure.services.zip_files import Zip, stamp
from tenure.store.instants import to_datetime
from tenure.store.models import Archive, ArchivePart, Company, Instance, Person, Service
from tenure.words import archives as words
from tenure.words.letters import archive_ready

REAL = WallClock()

LIFE = 7 * 86_400
"""Seconds for which a file can be fetched."""

PIECE = 2000
"""Lines in one piece, which is one transaction."""

FORMS = ("csv", "json")

SHUT = ("deleted", "pending")
"""Phases in which there is nothing to take along."""


# Asking


def ask(company_id: UUID, service: str, *, by: Person, link: str, clock: Clock = REAL) -> Archive:
    """Ask for the data of the present instance; the one that is on its way already, if any.

    ``link``: the whole address of the page on which it can be fetched, for the letter. Raises
    ``Refused`` (``nothing_stored``) where nothing is stored, and ``NotFound``.
    """
    with transaction.atomic():
        company = _locked(company_id)
        instance = Instance.objects.filter(
            company=company, service_id=service, state__isnull=False
        ).first()
        if instance is None:
            raise NotFound(f"{company.name} does not use {service}")
        if instance.phase in SHUT or instance.erase_at is not None:
            raise Refused("nothing is stored that could be taken along", code="nothing_stored")
        mine = {"company": company, "service": service, "instance": instance.number}
        under_way = Archive.objects.filter(
            **mine, state__in=(Archive.State.ASKED, Archive.State.BUILDING), asked_by=by
        ).first()
        if under_way is not None:
            return under_way
        archive = Archive.objects.create(
            **mine, asked_by=by, asked_at=clock.now(), position={"link": link}
        )
        audit.record("archive.asked", company=company, object=f"archive:{archive.id}")
        return archive


def of_instance(company: Company, service: str, instance: int) -> list[Archive]:
    """Give the archives of an instance, the newest first."""
    found = Archive.objects.filter(company=company, service=service, instance=instance)
    return list(found.select_related("asked_by").order_by("-asked_at", "-id")[:50])


def fetch(
    company: Company, archive_id: UUID, *, clock: Clock = REAL
) -> tuple[Archive, Iterator[bytes]]:
    """Give a file that is ready, in pieces; it is noted who fetched it. Raises ``NotFound``."""
    found = Archive.objects.filter(
        company=company, id=archive_id, state=Archive.State.READY, expires_at__gt=clock.now()
    ).first()
    if found is None:
        raise NotFound("there is no such archive, or it was removed")
    audit.record("archive.fetched", company=company, object=f"archive:{found.id}")
    return found, _pieces(found)


def about(archive_id: UUID) -> str:
    """Give what a letter about an archive says that it is about."""
    return f"archive:{archive_id}"


def _pieces(archive: Archive) -> Iterator[bytes]:
    rows = ArchivePart.objects.filter(company_id=archive.company_id, archive_id=archive.id)
    # One at a time by its number: a cursor that stays open holds a connection or its memory.
    for number in range(archive.position["parts"]):
        yield bytes(rows.values_list("content", flat=True).get(number=number))


def _locked(company_id: UUID) -> Company:
    # The rivals are the erasure and other engines. No join: the clock's row is not ours to lock.
    company = Company.objects.select_for_update().filter(pk=company_id).first()
    if company is None:
        raise NotFound("there is no such company")
    return company


# Building


@dataclass
class Position:
    """How far the building of an archive came.

    ``file`` counts tables and forms; ``after`` is the place in the table; ``parts`` were written.
    """

    link: str
    zip: Zip
    file: int = 0
    after: list[Any] | None = None
    is_begun: bool = False
    is_closed: bool = False
    parts: int = 0

    def to_data(self) -> dict[str, Any]:
        return {
            "link": self.link,
            "zip": self.zip.to_data(),
            "file": self.file,
            "after": self.after,
            "is_begun": self.is_begun,
            "is_closed": self.is_closed,
            "parts": self.parts,
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Position:
        return cls(**{**data, "zip": Zip.from_data(data["zip"])})


FILES: tuple[tuple[Table, str], ...] = tuple((table, form) for table in TABLES for form in FORMS)


def to_build() -> QuerySet[Archive]:
    """Give the archives that are not built yet."""
    return Archive.objects.filter(state__in=(Archive.State.ASKED, Archive.State.BUILDING))


def next_to_build() -> tuple[UUID, UUID] | None:
    """Give the company and id of the archive that waits longest, whoever began it."""
    return to_build().order_by("asked_at", "id").values_list("company_id", "id").first()


def build(company_id: UUID, archive_id: UUID, *, clock: Clock = REAL) -> bool:
    """Build one piece of an archive; give whether it needs more."""
    try:
        with transaction.atomic():
            company = _locked(company_id)
            archive = Archive.objects.filter(company=company, id=archive_id).first()
            if archive is None or archive.state not in (
                Archive.State.ASKED,
                Archive.State.BUILDING,
            ):
                return False
            if not _is_kept(archive):
                _fail(archive, "deleted")
                return False
            position = _position(archive)
            if not position.is_closed:
                _write(archive, company, position)
                return True
        return _finish(archive, clock)
    except (OperationalError, NotFound):
        raise  # a full disk or a lost connection is nobody's fault: it is tried again
    except Exception as error:
        with transaction.atomic():
            company = _locked(company_id)
            _fail(Archive.objects.get(company=company, id=archive_id), type(error).__name__)
        return False


def _is_kept(archive: Archive) -> bool:
    return (
        Instance.objects.filter(
            company_id=archive.company_id,
            service_id=archive.service,
            number=archive.instance,
            erase_at__isnull=True,
        )
        .exclude(phase__in=SHUT)
        .exists()
    )


def _fail(archive: Archive, error: str) -> None:
    rows = ArchivePart.objects.filter(company_id=archive.company_id, archive_id=archive.id)
    rows.delete()
    _change(archive, state=Archive.State.FAILED, error=error)


def _change(archive: Archive, **values: Any) -> None:
    # With a composite key, saving would write every column.
    for name, value in values.items():
        setattr(archive, name, value)
    Archive.objects.filter(company_id=archive.company_id, id=archive.id).update(**values)


def _position(archive: Archive) -> Position:
    if "zip" in archive.position:
        return Position.from_data(archive.position)
    asked = to_datetime(archive.asked_at)
    date, time = stamp(asked.year, asked.month, asked.day, asked.hour, asked.minute)
    return Position(archive.position["link"], Zip(date, time))


def _write(archive: Archive, company: Company, position: Position) -> None:
    """Write the next piece."""
    of = Of(company, archive.service, archive.instance)
    content, lines = b"", 0
    if archive.state == Archive.State.ASKED:
        content = _read_me(archive, company, position.zip)
        archive.total = len(FORMS) * sum(table.count(of) for table in TABLES)
    while lines < PIECE and position.file < len(FILES):
        table, form = FILES[position.file]
        if not position.is_begun:
            content += position.zip.begin(f"{form}/{table.name}.{form}")
            content += position.zip.add(_head(table, form))
        is_first = not position.is_begun or position.after is None
        found, after = table.piece(of, position.after, PIECE - lines)
        lines += len(found)
        if found:
            content += position.zip.add(_told(table, form, found, is_first=is_first))
        position.is_begun, position.after = True, after
        if after is None:
            if form == "json":
                content += position.zip.add(b"\n]\n")
            content += position.zip.end()
            position.file, position.is_begun = position.file + 1, False
    if position.file == len(FILES):
        content += position.zip.close()
        position.is_closed = True
    ArchivePart.objects.create(
        company=company, archive_id=archive.id, number=position.parts, content=content
    )
    position.parts += 1
    _change(
        archive,
        state=Archive.State.BUILDING,
        done=archive.done + lines,
        # What came meanwhile is written, too.
        total=max(archive.total, archive.done + lines),
        position=position.to_data(),
    )


def _head(table: Table, form: str) -> bytes:
    if form == "json":
        return b"["
    return b"\xef\xbb\xbf" + ",".join(table.columns).encode() + b"\r\n"


def _told(table: Table, form: str, rows: list[Row], *, is_first: bool) -> bytes:
    if form == "json":
        said = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        return ("\n" if is_first else ",\n").encode() + said.encode()
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in table.columns])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    """Give a value as a cell: what a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = "; ".join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _read_me(archive: Archive, company: Company, file: Zip) -> bytes:
    reader = archive.asked_by
    spoken = "en" if reader is None else reader.language
    phase = Instance.objects.filter(
        company=company, service_id=archive.service, number=archive.instance
    ).values_list("phase", flat=True)
    facts = words.ArchiveFacts(
        company=company.name,
        service=_service_name(archive),
        instance=archive.instance,
        asked_at=archive.asked_at,
        zone="UTC" if reader is None else reader.time_zone,
        suspended=phase.first() == "suspended",
    )
    text = words.read_me(facts, spoken)
    return file.begin(words.file_name(spoken)) + file.add(text.encode()) + file.end()


def _service_name(archive: Archive) -> str:
    return Service.objects.values_list("name", flat=True).get(pk=archive.service)


def _finish(archive: Archive, clock: Clock) -> bool:
    """Say that a file is ready. Its sum is taken without a lock: its parts change no more."""
    digest, size = sha256(), 0
    try:
        for piece in _pieces(archive):
            digest.update(piece)
            size += len(piece)
    except ArchivePart.DoesNotExist:
        return False  # erased meanwhile
    with transaction.atomic():
        company = _locked(archive.company_id)
        now = Archive.objects.filter(
            company=company, id=archive.id, state=Archive.State.BUILDING
        ).first()
        if now is None:
            return False
        _change(
            now,
            state=Archive.State.READY,
            size=size,
            sha256=digest.hexdigest(),
            ready_at=clock.now(),
            expires_at=clock.now() + LIFE,
        )
        _tell(now, company, clock)
    return False


def _tell(archive: Archive, company: Company, clock: Clock) -> None:
    """Write to who asked, if they may still fetch it."""
    person = archive.asked_by
    if person is None or archive.expires_at is None:
        return
    if access.viewer(person).level(access.place_of(company), "portal") != "write":
        return
    letter = archive_ready(
        person.language,
        company=company.name,
        service=_service_name(archive),
        link=archive.position["link"],
        until=archive.expires_at,
        zone=person.time_zone,
    )
    letters.queue(
        person.email,
        letter.language,
        letter.subject,
        letter.text,
        clock=clock,
        about=about(archive.id),
    )


# Ending


def over_at(now: int) -> QuerySet[Archive]:
    """Give the archives whose time is over."""
    return Archive.objects.filter(expires_at__lte=now)


def end(clock: Clock = REAL) -> bool:
    """Remove the files whose time is over, some at a time; give whether there were any."""
    over = list(over_at(clock.now()).order_by("expires_at").values_list("company_id", "id")[:20])
    for company_id, archive_id in over:
        with transaction.atomic():
            company = _locked(company_id)
            mine = Archive.objects.filter(company=company, id=archive_id)
            ArchivePart.objects.filter(company=company, archive_id=archive_id).delete()
            mine.update(state=Archive.State.GONE, expires_at=None)
    return bool(over)
