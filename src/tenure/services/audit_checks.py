"""Checking the audit: every entry, every chain's head, and what a checkpoint knew. Reads only.

Entries are read a page at a time, so that memory does not grow with them; writers go on
meanwhile. Only a chain that seems to differ from its head is looked at again under its lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Q

from tenure.core.audit import BEGINNING, Entry, person_of, personal_digest
from tenure.services.checkpoints import Head, heads
from tenure.store.models import AuditEntry, AuditHead, AuditPerson, Company

PAGE = 1000
"""Entries that are read at once."""
FEW = 200
"""Chains that are compared at once."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written. ``code`` is stable, ``says`` is a sentence."""

    chain: str
    seq: int
    code: str
    says: str


@dataclass(slots=True)
class Check:
    """A check of the whole audit; its counts are right once ``findings`` has ended.

    ``erased``: entries whose words about people are erased, which is no finding.
    """

    entries: int = 0
    chains: int = 0
    erased: int = 0
    _seq: int = field(default=0, init=False)
    _before: str = field(default=BEGINNING, init=False)

    def findings(self, checkpoint: Iterable[Head] = ()) -> Iterator[Finding]:
        """Give what is not as it was written; ``checkpoint`` as far as a checkpoint knows it."""
        yield from self._walk()
        for some in _parted(heads(), FEW):
            yield from _differing(some)
        for some in _parted(checkpoint, FEW):
            yield from _forgotten(some)

    def _walk(self) -> Iterator[Finding]:
        chain: str | None = None
        ended: list[str] = []
        for row in _rows():
            if row.chain != chain:
                chain = row.chain
                self.chains += 1
                self._seq, self._before = 0, BEGINNING
                ended.append(chain)
                if len(ended) >= FEW:
                    yield from _unowned(ended)
                    ended = []
            yield from self._look(row)
        yield from _unowned(ended)

    def _look(self, row: AuditEntry) -> Iterator[Finding]:
        self.entries += 1
        missing = row.seq - self._seq - 1
        if missing:
            says = "an entry is missing before it" if missing == 1 else "entries are missing before"
            yield Finding(row.chain, row.seq, "missing", says)
        elif row.before_hash != self._before:
            yield Finding(row.chain, row.seq, "not_next", "it does not follow the entry before it")
        if entry_of(row).hash() != row.hash:
            yield Finding(row.chain, row.seq, "changed", "its content is not what was written")
        person = _person(row)
        if person is None:
            self.erased += bool(row.personal_digest)
        elif not _is_as_written(row, person):
            says = "what it says of people is not what was written"
            yield Finding(row.chain, row.seq, "person_changed", says)
        self._seq, self._before = row.seq, row.hash


def entry_of(row: AuditEntry) -> Entry:
    """Give an entry as it is hashed."""
    return Entry(
        chain=row.chain,
        seq=row.seq,
        at=row.at,
        recorded_at=row.recorded_at,
        action=row.action,
        account="" if row.account_id is None else str(row.account_id),
        object=row.object,
        result=row.result,
        data=row.data,
        personal=row.personal_digest,
        before=row.before_hash,
    )


def _person(row: AuditEntry) -> AuditPerson | None:
    try:
        return row.personal
    except ObjectDoesNotExist:
        return None


def _is_as_written(row: AuditEntry, person: AuditPerson) -> bool:
    known = "" if person.person_id is None else str(person.person_id)
    return (
        personal_digest(person.salt, person.content) == row.personal_digest
        and known == person_of(person.content)
        and person.recorded_at == row.recorded_at
    )


def _rows() -> Iterator[AuditEntry]:
    last: tuple[str, int] | None = None
    while True:
        rows = AuditEntry.objects.select_related("personal").order_by("chain", "seq")
        if last is not None:
            # The first condition lets the index find the place.
            rows = rows.filter(chain__gte=last[0]).exclude(chain=last[0], seq__lte=last[1])
        page = list(rows[:PAGE])
        yield from page
        if len(page) < PAGE:
            return
        last = (page[-1].chain, page[-1].seq)


def _unowned(chains: list[str]) -> Iterator[Finding]:
    """Give the chains that no company, and not the installation, knows of."""
    named = {chain for chain in chains if chain and _is_id(chain)}
    companies = Company.objects.filter(id__in=named, audit_seq__gt=0)
    known = {str(id_) for id_ in companies.values_list("id", flat=True)}
    if AuditHead.objects.filter(seq__gt=0).exists():
        known.add("")
    for chain in chains:
        if chain not in known:
            yield Finding(chain, 0, "unknown_chain", "nothing knows of this chain")


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _differing(some: list[Head]) -> Iterator[Finding]:
    """Give the chains that do not end where their heads say."""
    ends = {
        row.chain: row
        for row in AuditEntry.objects.filter(_at(some)).only("chain", "seq", "hash").iterator()
    }
    after = set(
        AuditEntry.objects.filter(_at([Head(h.chain, h.seq + 1, "") for h in some])).values_list(
            "chain", flat=True
        )
    )
    for head in some:
        end = ends.get(head.chain)
        if end is None or end.hash != head.hash or head.chain in after:
            # Perhaps only because a writer came between two of our questions.
            yield from _locked(head.chain)


def _locked(chain: str) -> Iterator[Finding]:
    with transaction.atomic():
        if chain:
            company = Company.objects.select_for_update().get(pk=UUID(chain))
            head = Head(chain, company.audit_seq, company.audit_hash)
        else:
            row = AuditHead.objects.select_for_update().get(id=1)
            head = Head(chain, row.seq, row.hash)
        entry = AuditEntry.objects.filter(chain=chain).order_by("-seq").first()
        end = Head(chain, 0, "") if entry is None else Head(chain, entry.seq, entry.hash)
    if end.seq < head.seq:
        says = f"the chain went up to entry {head.seq}, and ends with {end.seq}"
        yield Finding(chain, end.seq + 1, "cut", says)
    elif end != head:
        says = "it is not the entry that was written last"
        yield Finding(chain, end.seq, "head_differs", says)


def _forgotten(some: list[Head]) -> Iterator[Finding]:
    """Give what a checkpoint knew and is there no more, or otherwise."""
    rows = AuditEntry.objects.filter(_at(some)).values_list("chain", "seq", "hash")
    found = {(chain, seq): hash_ for chain, seq, hash_ in rows}
    for head in some:
        now = found.get((head.chain, head.seq))
        if now is None:
            says = f"the checkpoint knows {head.seq} entries of this chain; this one is gone"
            yield Finding(head.chain, head.seq, "cut", says)
        elif now != head.hash:
            says = "the checkpoint knows another entry here: the chain was written anew"
            yield Finding(head.chain, head.seq, "rewritten", says)


def _at(some: list[Head]) -> Q:
    wanted = Q(pk__in=[])
    for head in some:
        wanted |= Q(chain=head.chain, seq=head.seq)
    return wanted


def _parted(every: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(every)
    while some := list(islice(rest, size)):
        yield some
