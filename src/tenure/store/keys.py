"""The keys of the installation: a file outside the database, made at the first start.

Without the file a process has keys of its own that die with it, so that a command that needs
none does not leave any behind.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from tenure.store.sealing import new_key
from tenure.store.signatures import new_seed

FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class Keys:
    """``session`` signs cookies and forms; ``address`` makes what outlives an erased address.

    ``signing``: the secrets of what the installation signs, the newest first; see ``signatures``.
    ``sealing``: those of what it seals, likewise; see ``sealing``.
    """

    session: str
    address: str
    signing: tuple[str, ...] = ()
    sealing: tuple[str, ...] = ()

    def address_hmac(self, address: str) -> str:
        """Give what is kept of an address: equal for equal addresses, and no way back."""
        message = address.strip().lower().encode()
        return hmac.new(self.address.encode(), message, sha256).hexdigest()


def new() -> Keys:
    """Give keys that nobody has."""
    return Keys(
        session=secrets.token_urlsafe(48),
        address=secrets.token_urlsafe(48),
        signing=(new_seed(),),
        sealing=(new_key(),),
    )


def load(home: Path) -> Keys | None:
    """Read the keys of an installation; None where there are none yet."""
    try:
        content = json.loads((home / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Keys(
        session=content["session"],
        address=content["address"],
        signing=tuple(content.get("signing", ())),
        sealing=tuple(content.get("sealing", ())),
    )


def ensure(home: Path) -> Keys:
    """Read the keys of an installation, or make them, readable by its owner alone."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = _written(home, new())
    try:
        os.link(made, home / FILE)  # fails where another process was first
    except FileExistsError:
        pass
    finally:
        made.unlink()
    found = load(home)
    if found is None:
        raise FileNotFoundError(home / FILE)
    return found if found.signing and found.sealing else _completed(home)


def rotate(home: Path) -> Keys:
    """Let new keys sign and seal from the next start on; the older ones go on being known.

    Raises ``FileNotFoundError`` where there are no keys.
    """
    with (home / FILE).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = load(home)
        if found is None:
            raise FileNotFoundError(home / FILE)
        found = replace(
            found,
            signing=(new_seed(), *found.signing),
            sealing=(new_key(), *found.sealing),
        )
        _written(home, found).replace(home / FILE)
    return found


def _completed(home: Path) -> Keys:
    """Give the keys of an earlier version what they lack."""
    with (home / FILE).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = load(home)  # another process may have been first
        if found is None:
            raise FileNotFoundError(home / FILE)
        if not found.signing or not found.sealing:
            found = replace(
                found,
                signing=found.signing or (new_seed(),),
                sealing=found.sealing or (new_key(),),
            )
            _written(home, found).replace(home / FILE)
    return found


def _written(home: Path, keys: Keys) -> Path:
    """Write keys to a file of its own, readable by its owner alone."""
    made = home / f".{FILE}.{secrets.token_hex(4)}"
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(keys), file)
        file.flush()
        os.fsync(file.fileno())
    return made
