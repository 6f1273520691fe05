"""The errors of the core, all of them.

``RuleError``
└── ``FactRefused``  a fact that cannot be: nothing was changed
"""

from __future__ import annotations


class RuleError(ValueError):
    """A rule of the lifecycle was broken. ``code`` is stable; the message is a sentence."""

    code = "rule"


class FactRefused(RuleError):
    """A fact that cannot be, with a stable code and what would be right.

    ``field`` names the part of the fact that is wrong, where one is.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
