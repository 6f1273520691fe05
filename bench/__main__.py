"""``python -m bench [NAME…] [--small] [--json]``: measure, and print one table."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from time import monotonic

from bench import machine, table
from bench.measures import Figure
from bench.sizes import Size

ROWS = (
    "evaluation",
    "transitions",
    "expirations",
    "sweeps",
    "mails",
    "seats",
    "rivals",
    "simulation",
    "pages",
    "scim",
    "console",
    "business",
)
"""In the order in which they are measured; each is a module with ``measure``."""

NEED_NO_DATABASE = frozenset({"evaluation", "simulation"})

NEED_A_NETWORK = frozenset({"expirations"})
"""They install what they compare with; without being named they are not measured small."""


def main() -> int:
    """Measure the rows that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="NAME", help=f"one of {', '.join(ROWS)}")
    parser.add_argument("--small", action="store_true", help="in seconds, to see that it works")
    parser.add_argument(
        "--companies",
        type=int,
        default=1_000_000,
        metavar="N",
        help="how many a large database has (a million)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per figure")
    given = parser.parse_args()
    unknown = sorted(set(given.rows) - set(ROWS))
    if unknown:
        parser.error(f"there is no row {unknown[0]}; there are {', '.join(ROWS)}")
    rows = given.rows or [row for row in ROWS if not (given.small and row in NEED_A_NETWORK)]
    about = machine.description()
    _say("\n".join(about))
    around: AbstractContextManager[None] = nullcontext()
    if not set(rows) <= NEED_NO_DATABASE:
        from bench.databases import server

        around = server(durable=not given.small)
    figures: list[Figure] = []
    with around:
        for row in rows:
            _say(f"{row} … (load {os.getloadavg()[0]:.2f})")
            measure: Callable[..., list[Figure]] = import_module(f"bench.{row}").measure
            began = monotonic()
            found = measure(Size(given.small, given.companies))
            _say(f"  took {monotonic() - began:.0f} s")
            figures += found
            if not given.json:
                print("\n".join(table.lines(found)), flush=True)
    if given.json:
        for figure in figures:
            print(json.dumps(figure.to_data()))
    elif len(rows) > 1:
        print("\n" + "\n".join([*about, f"- load when it ended: {machine.load()}", ""]))
        print("\n".join(table.lines(figures)))
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
