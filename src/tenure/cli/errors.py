"""What the command says to people when it cannot do what they asked; all of it ends with 2.

``UserError``           a sentence on standard error, without a traceback
└── ``ScenarioError``   what is wrong in a scenario file, and where
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import click


class UserError(click.ClickException):
    """Something the user can put right. The message says what is wrong and what would be right."""

    exit_code = 2


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a file; ``line`` and ``column`` count from 1."""

    line: int
    column: int
    message: str


class ScenarioError(UserError):
    """A scenario that makes no sense: every problem that was found, in the order of the file.

    ``line``, ``column`` and ``problem`` are those of the first one.
    """

    def __init__(self, path: str, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = tuple(sorted(set(problems)))
        first = self.problems[0]
        self.line, self.column, self.problem = first.line, first.column, first.message
        super().__init__(
            "\n".join(f"{path}:{problem.line}: {problem.message}" for problem in self.problems)
        )

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the problems, one a line, in the form that editors and compilers share."""
        click.echo(self.format_message(), file=file, err=file is None)
