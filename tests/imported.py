"""Import files for tests: a small set that is right, and ways to write, read and import sets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tenure.cli.import_files import read
from tenure.cli.import_sources import source
from tenure.clock import SetClock
from tenure.services import imports
from tenure.services.imports import Outcome

NOW = 1_782_864_000
"""2026-07-01T00:00:00Z."""

GOOD: Mapping[str, str] = {
    "companies.csv": "reference,name,time_zone\nM,Boulangerie Martin,Europe/Paris\n",
    "sites.csv": "company,reference,name\nM,LYON,Lyon\n",
    "licences.csv": (
        "company,reference,product,units,starts,ends,kind,added,label,suspended,removed,cancelled\n"
        "M,L1,cos,4,2026-01-01,2026-12-31,full,,First,,,\n"
    ),
    "placements.csv": "company,licence,site,units\nM,L1,LYON,1\n",
    "sizes.csv": "company,licence,until,units,site,placed\n",
    "members.csv": (
        "company,reference,user,name,site,source,group,protected,order\n"
        "M,1,ana@martin.test,Ana,,Directory,Bakery,yes,\n"
        "M,2,ben@martin.test,Ben,LYON,,,2026-02-01,\n"
        "M,3,chloe@martin.test,Chloé,,,,,\n"
    ),
    "contacts.csv": (
        "company,address,name,role,language,time_zone,site\nM,it@martin.test,Ana,owner,fr,,\n"
    ),
}


def changed(*edits: tuple[str, str, str]) -> dict[str, str]:
    """Give the good set with edits: file, what stands there (once at least), what shall."""
    tables = dict(GOOD)
    for name, old, new in edits:
        if old not in tables[name]:
            raise AssertionError(f"{old!r} does not stand in {name}")
        tables[name] = tables[name].replace(old, new)
    return tables


def write(folder: Path, tables: Mapping[str, str | bytes]) -> Path:
    """Write tables into a folder that is made; what lay there is replaced."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in tables.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return folder


def bring_in(folder: Path, *, now: int = NOW, **options: Any) -> Outcome:
    """Read a folder or ZIP and import it at ``now``."""
    files = read(source(str(folder)), imports.zones().get)
    return imports.bring_in(files, clock=SetClock(now), who="test", **options)
