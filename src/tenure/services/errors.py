"""The errors of the services, all of them. They carry codes, never status numbers.

``ServiceError``
├── ``NotFound``      there is no such thing, or not for whoever asks
├── ``Forbidden``     whoever asks may look at it, and not do this
├── ``Refused``       a rule forbids it; nothing was changed
└── ``EngineWaits``   the engine waits for an operator, so nothing may be written
"""

from __future__ import annotations


class ServiceError(Exception):
    """Something was not done. ``code`` is stable; the message is a sentence.

    ``change``: which of several supposed changes is wrong, from 0 ("what if?"). ``is_recorded``:
    whether the audit has it already.
    """

    code = "error"
    change: int | None = None
    is_recorded: bool = False

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class NotFound(ServiceError):
    """There is no such thing, or not for whoever asks."""

    code = "not_found"


class Refused(ServiceError):
    """A rule forbids it; nothing was changed."""

    code = "refused"


class EngineWaits(ServiceError):
    """The engine waits for an operator: the clocks disagree, or the database is an older one."""

    code = "engine_waits"


class Forbidden(ServiceError):
    """Whoever asks may look at it, and not do this."""

    code = "forbidden"
