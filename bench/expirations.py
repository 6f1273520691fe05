"""Row `expirations`: a due company beside django-plans' expiring a plan, its mail switched off.

django-plans is installed by its locked requirements into a folder that goes with the run. A plan
that expires there is one flag and a signal; with us it is a transition with its notices and mails.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench import databases, fill
from bench.measures import Figure, compared, seconds
from bench.sizes import Size
from bench.transitions import AT, copies
from tenure.clock import SetClock
from tenure.engine import steps

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def installed() -> Iterator[Path]:
    """Make an environment with django-plans; yield its Python."""
    with tempfile.TemporaryDirectory(prefix="tenure-plans-") as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run(
            [
                *(python, "-m", "pip", "install", "-qqq", "--disable-pip-version-check"),
                *("--require-hashes", "-r", ROOT / "requirements" / "bench.txt"),
            ],
            check=True,
            stdout=sys.stderr,
        )
        yield python


@contextmanager
def rival(python: Path, address: str) -> Iterator[subprocess.Popen[str]]:
    """Start django-plans on a database of the run's server."""
    given = psycopg.conninfo.conninfo_to_dict(address)
    command = [python, ROOT / "bench" / "django_plans.py"]
    with subprocess.Popen(
        [*command, given["dbname"], given["host"], given["user"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        _told(process)
        yield process
        if process.stdin is not None:
            process.stdin.close()


def _told(process: subprocess.Popen[str], count: int | None = None) -> list[float]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("no pipes")
    if count is not None:
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
    found: list[float] = json.loads(process.stdout.readline())
    return found


def measure(size: Size) -> list[Figure]:
    """Compare companies with plans, as its command does it and in one transaction."""
    batch, turns = (20, 2) if size.small else (500, 20)
    with installed() as python, databases.fresh("ours") as ours:
        with databases.connect(ours) as plain:
            todo = copies(plain, batch * (turns + 1), kinds=1 if size.small else None)
            fill.empty(plain)
            fill.write(plain, todo)
        databases.settle(ours)
        clock = SetClock(AT)

        def step() -> None:
            if len(steps.step(steps.due(clock, batch), clock).records) != batch:
                raise AssertionError("not so many were due")

        mine: list[float] = []
        command: list[float] = []
        whole: list[float] = []
        with databases.empty("plans") as theirs, rival(python, theirs) as process:
            for turn in range(turns + 1):
                took = seconds(step)
                as_command, in_one = _told(process, batch)
                if turn:
                    mine.append(took)
                    command.append(as_command)
                    whole.append(in_one)
    what = "a due company, against django-plans expiring a plan"
    shape = {"unit": "µs", "scale": 1e6 / batch, "limit": 5.0, "at_most": False}
    return [
        compared("expirations", f"{what}, as its command does", mine, command, **shape),
        compared("expirations", f"{what}, all in one transaction", mine, whole, **shape),
    ]
