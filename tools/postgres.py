"""A PostgreSQL of our own for tests and measurements: made anew, gone afterwards.

``python -m tools.postgres COMMAND ARGUMENT…`` runs a command with ``TENURE_DATABASE_URL`` set to
it. It listens on a socket in a folder of its own and on no port, so that any number may run.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

SYSTEM = Path("/usr/lib/postgresql")
"""Where Debian keeps PostgreSQL's own commands, out of PATH, one folder per version."""

OLDEST = 15
"""The oldest version that is supported."""

QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: nothing outlives them, so nothing needs to reach the disk."""

PREFIX = f"tenure-postgres-{os.getuid()}-"

INITIAL = ("-U", "tenure", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

MEMORY = Path("/dev/shm")
"""What Linux keeps in memory: tests copy whole databases, for which they would wait on a disk."""

ROOM = 4 * 1024**3
"""Bytes that must be free there; with less, the database lies where other temporary files do."""

MISSING = (
    f"There is no PostgreSQL ({OLDEST} or later) on this machine, so nothing was tried on it. "
    "`make ci-deps` installs Debian's (as root, or with sudo)."
)


class NoPostgres(Exception):
    """There is none on this machine; the message says how to get one."""


def binaries() -> Path:
    """Give the folder of initdb and postgres, the oldest supported version installed."""
    versions = sorted(SYSTEM.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    for path in versions:
        if float(path.parts[-3]) >= OLDEST:
            return path.parent
    found = shutil.which("initdb")
    if found is None:
        raise NoPostgres(MISSING)
    return Path(found).resolve().parent


def _folder(*, in_memory: bool) -> tuple[Path, IO[str]]:
    """Make a folder, in memory if wanted and there is room, and what says that it is in use.

    What a killed run left in memory is removed: nobody holds its lock.
    """
    place = MEMORY if in_memory and MEMORY.is_dir() else Path(tempfile.gettempdir())
    with (place / f"{PREFIX}lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for left in place.glob(f"{PREFIX}*/lock"):
            with suppress(OSError), left.open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left.parent, ignore_errors=True)
        if place == MEMORY and shutil.disk_usage(place).free < ROOM:
            return _folder(in_memory=False)
        home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        held = (home / "lock").open("w")
        fcntl.flock(held, fcntl.LOCK_EX)
    return home, held


@contextmanager
def cluster(*, in_memory: bool = False, **settings: str) -> Iterator[str]:
    """Start a server with one empty database, and give its address; stop and remove it after.

    ``settings`` are PostgreSQL's; ``in_memory``: its files may lie in memory. Raises
    ``NoPostgres``.
    """
    programs = binaries()
    home, held = _folder(in_memory=in_memory)
    # The server refuses to run as root; Debian's package brings a user for it.
    owner = "postgres" if os.geteuid() == 0 else None
    home.chmod(0o755)
    if owner:
        shutil.chown(home, owner)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(home),
        "max_connections": "120",
        "shared_buffers": "256MB",
        "logging_collector": "off",
        **settings,
    }
    given = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    data = str(home / "data")
    server = None
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, *INITIAL],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=home,
            user=owner,
        )
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *given],
            stdout=subprocess.DEVNULL,
            stderr=(home / "log").open("w"),
            cwd=home,
            user=owner,
        )
        ready = [programs / "pg_isready", "-q", "-h", home, "-U", "tenure", "-d", "postgres"]
        while subprocess.run([*ready, "-t", "1"], check=False).returncode:
            if server.poll() is not None:
                raise RuntimeError(f"PostgreSQL ended: {(home / 'log').read_text()}")
        create = [programs / "createdb", "-h", home, "-U", "tenure", "tenure"]
        subprocess.run(create, check=True)
        yield "postgresql:///tenure?" + urlencode({"host": str(home), "user": "tenure"})
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # ends its sessions, then itself
            server.wait()
        shutil.rmtree(home, ignore_errors=True)
        held.close()


def main() -> int:
    """Run the command that the arguments are, on a PostgreSQL of its own."""
    try:
        with cluster(in_memory=True, **QUICK) as url:
            return subprocess.run(
                sys.argv[1:], env={**os.environ, "TENURE_DATABASE_URL": url}, check=False
            ).returncode
    except NoPostgres as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
