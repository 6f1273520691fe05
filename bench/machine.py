"""On what, of what and when something was measured."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tenure.clock import WallClock
from tools.postgres import NoPostgres, binaries

ROOT = Path(__file__).resolve().parents[1]


def description() -> list[str]:
    """Give lines of Markdown: the date, the commit, the machine, the parts."""
    now = datetime.fromtimestamp(WallClock().now(), UTC)
    return [
        f"- {now:%Y-%m-%d %H:%M} UTC, commit {_commit()}",
        f"- {os.cpu_count()} CPUs ({_cpu()}), {_memory_gib():.0f} GiB, "
        f"{platform.system()} {platform.release().split('-')[0]}",
        f"- Python {platform.python_version()}, Django {version('django')}, "
        f"psycopg {version('psycopg')}, {_postgresql()}",
        f"- load when it began: {load()}",
    ]


def load() -> str:
    """Give how many processes wanted a CPU in the last minute, and in the last five."""
    one, five, _ = os.getloadavg()
    return f"{one:.2f} (one minute), {five:.2f} (five)"


def _commit() -> str:
    # The folder may belong to somebody else than who measures.
    git = ["git", "-c", "safe.directory=*", "-C", str(ROOT)]
    try:
        found = subprocess.run(
            [*git, "describe", "--always", "--dirty"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _postgresql() -> str:
    try:
        command = [str(binaries() / "postgres"), "--version"]
    except NoPostgres:
        return "no PostgreSQL"
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "PostgreSQL " + found.split()[2]
