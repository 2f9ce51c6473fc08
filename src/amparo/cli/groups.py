"""Groups of commands: their help says of each command what it does, in whole words.

Click cuts what a command's docstring says at the width of a terminal, in the middle of a sentence.
"""

# SPDX-License-Identifier: Apache-2.0

import re

import click

_CLAUSE_ENDS = re.compile(r"[.;:](?:\s|$)")


class Group(click.Group):
    """A group that lists each command with the first clause of its help, however long that is."""

    group_class = type
    """Groups within it are of its own class."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands."""
        found = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [
            (name, first_clause(command.help or "")) for name, command in found.items() if command
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def first_clause(text: str) -> str:
    """What a help text says first, as a sentence: all of it comes with `--help`."""
    first = " ".join(text.partition("\n\n")[0].split())
    clause = _CLAUSE_ENDS.split(first, maxsplit=1)[0]
    if clause.count("(") > clause.count(")"):
        clause = clause.rpartition(" (")[0]
    return f"{clause}."
