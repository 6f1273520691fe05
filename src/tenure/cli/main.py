"""The command `tenure` and the table of its subcommands.

A subcommand is imported when it is called and not before: `tenure simulate` loads no Django.
Nothing else belongs here.
"""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

import click

from tenure import __version__


class Lazy(NamedTuple):
    """Where a subcommand is found, as ``module:attribute``, and its line in the help."""

    target: str
    help: str


COMMANDS = {
    "run": Lazy("tenure.cli.run:run", "Start everything on this machine (--demo to try it)."),
    "web": Lazy("tenure.cli.run:web", "Serve the pages."),
    "engine": Lazy("tenure.cli.engine:engine", "Run the engine, see its status, resume it."),
    "operator": Lazy("tenure.cli.operators:operator", "Add, remove or list the operators."),
    "person": Lazy("tenure.cli.people:person", "Let in whoever lost every second factor."),
    "oidc": Lazy("tenure.cli.oidc:oidc", "List and test the providers of OpenID Connect."),
    "account": Lazy("tenure.cli.accounts:account", "Open, list and show accounts."),
    "licence": Lazy("tenure.cli.licences:licence", "Issue keys of licences, list, revoke them."),
    "token": Lazy("tenure.cli.tokens:token", "Make, list and revoke tokens of programs."),
    "deletion": Lazy("tenure.cli.deletions:deletion", "Hold, release or confirm a deletion."),
    "receipt": Lazy("tenure.cli.receipts:receipt", "List, show and check receipts of deletions."),
    "audit": Lazy("tenure.cli.audit:audit", "Check the record of who did what; note its state."),
    "simulate": Lazy("tenure.cli.simulate:simulate", "Show what happens in a scenario."),
    "replay": Lazy("tenure.cli.replay:replay", "Take a scenario through store, engine and relay."),
    "check": Lazy("tenure.cli.check:check", "Say whether a user is protected, and why."),
    "whatif": Lazy("tenure.cli.whatif:whatif", "Show what would come about if it were done."),
    "timeline": Lazy("tenure.cli.timelines:timeline", "Show what was and will be of a company."),
    "import": Lazy("tenure.cli.imports:import_", "Bring companies in from CSV files."),
    "export": Lazy("tenure.cli.exports:export", "Write companies as CSV files."),
}
"""The subcommands, in the order in which the help lists them."""


class Commands(click.Group):
    """A group that imports a subcommand only to run it or to print its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].target.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name].target} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tenure")
def cli() -> None:
    """Who is licensed for a cloud service, until when, and what happens next."""


def main() -> None:
    """Run the command. Errors for people end with 2, a closed pipe ends in silence."""
    cli(prog_name="tenure")


if __name__ == "__main__":
    main()
