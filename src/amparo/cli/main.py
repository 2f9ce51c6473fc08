"""`amparo`: its commands, and how an error is shown.

Commands are imported when they are called, so that `--help` and light commands start at once.
"""

# SPDX-License-Identifier: Apache-2.0

import difflib
import errno
import importlib
import signal
import sys
from typing import Any

import click

from amparo.errors import AmparoError, Refused, Unavailable
from amparo.foreign_text import marked

COMMANDS = {
    "serve": ("amparo.cli.serve:serve", "Run a node: take decisions in, publish the log."),
    "status": ("amparo.cli.status:status", "How a node fares, in one screen."),
    "doctor": ("amparo.cli.status:doctor", "What is wrong with a node, and how to mend it."),
    "admin": ("amparo.cli.admin:admin", "The operator's page: a link to it, and its end."),
    "platform": ("amparo.cli.platform:platform", "Platforms that may submit, and their tokens."),
    "reviewer": ("amparo.cli.reviewer:reviewer", "People who review complaints, and their way in."),
    "claim": ("amparo.cli.claim:claim", "Claims: whose case it is, shown by their account."),
    "forward": ("amparo.cli.forward:forward", "Statements that go on to the EU's database."),
    "mail": ("amparo.cli.mail:mail", "Letters that wait or did not arrive; mail that came back."),
    "panel": ("amparo.cli.panel:panel", "Panels: roster, draws anybody can repeat, their course."),
    "connect": (
        "amparo.cli.connect.group:connect",
        "Read what a platform runs already into the record.",
    ),
    "import": ("amparo.cli.import_:import_", "Import statements from a file or a daily dump."),
    "export": ("amparo.cli.export:export", "Write the record as daily dumps, as the EU does."),
    "receipt": ("amparo.cli.receipt:receipt", "Write the receipt of a decision."),
    "verify": ("amparo.cli.verify:verify", "Verify a receipt or a case file, with no network."),
    "case": ("amparo.cli.case:case", "A case as a file: export, redact, import, its outcome."),
    "log": ("amparo.cli.log:log", "The log: its key, a check of it, an audit of anybody's."),
    "charter": ("amparo.cli.charter:charter", "The coalition's charter: sign, adopt, show."),
    "member": ("amparo.cli.member:member", "A member: join, rotate a key, witnesses, roster."),
    "resolution": ("amparo.cli.resolution:resolution", "Texts that members answer, each signed."),
    "hand-in": ("amparo.cli.documents:hand_in", "Hand signed documents in to nodes."),
    "witness": ("amparo.cli.witness:witness", "Run a witness, which cosigns logs that only grow."),
    "disclosure": ("amparo.cli.disclosure:disclosure", "Documents that the server cannot read."),
    "monitor": ("amparo.cli.monitor:monitor", "Follow logs; tell of every fault, with its proof."),
    "observe": (
        "amparo.cli.observe:observe",
        "Count what platforms do: waves, silences.",
    ),
    "report": ("amparo.cli.report.group:report", "The transparency report: write, lint, recount."),
    "erase": ("amparo.cli.erase:erase", "Erase what a decision sealed; its receipt stays valid."),
    "backup": ("amparo.cli.backup:backup", "Back a node up while it runs."),
    "move": ("amparo.cli.move:move", "Move a node to PostgreSQL and S3, or back."),
    "restore": ("amparo.cli.backup:restore", "Make a node from a backup."),
}
"""Name -> where it is, and what `amparo --help` says of it."""


_INTERRUPTED = 128 + signal.SIGINT
"""The exit status by which a shell knows Ctrl-C."""
_OF_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


class Commands(click.Group):
    """A group that knows its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; of one that is not there, the nearest is named."""
        if args and args[0] not in COMMANDS:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = "".join(f" Is it {name!r}?" for name in near)
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what went wrong is told on standard error, with exit status 1."""
        try:
            return super().invoke(ctx)
        except AmparoError as error:
            click.echo(show(error), err=True)
            ctx.exit(1)
        except OSError as error:
            if error.filename is None and error.errno not in _OF_DISK:  # a closed pipe, say
                raise
            click.echo(show(_of_file(error)), err=True)
            ctx.exit(1)
        except click.Abort:  # Ctrl-C, or the end of standard input, at a question
            click.echo(show(_stopped()), err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo(show(_interrupted()), err=True)
            ctx.exit(_INTERRUPTED)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with `amparo serve --data data`, then `amparo platform add NAME --data data`.",
)
@click.version_option(package_name="amparo", message="%(prog)s %(version)s")
def main() -> None:
    """Reasons, a receipt and a place in a public record for every moderation decision."""


def show(error: AmparoError) -> str:
    """An error as a person reads it: what happened, why, and how to mend it.

    What another host has answered may be in it, and steers no terminal.
    """
    return marked(f"amparo: {error.what}\n  why: {error.why}\n  fix: {error.fix}")


def _stopped() -> AmparoError:
    return Refused(
        "Stopped before it was done.",
        why="it was interrupted, or standard input ended while a question was open",
        fix="Answer in a terminal, or give the answers with the command (`--help` says how).",
    )


def _interrupted() -> AmparoError:
    return Refused(
        "Stopped before it was done.",
        why="it was interrupted (Ctrl-C)",
        fix="Run it again when it is to be done.",
    )


def _of_file(error: OSError) -> AmparoError:
    why = error.strerror or type(error).__name__
    if error.errno in _OF_DISK:
        return Unavailable(
            f"{error.filename or 'The output'} cannot be written or read.",
            why=why,
            fix="Make room on its disk, or mend the disk, and look at what was done before.",
        )
    return Refused(
        f"{error.filename} cannot be used.",
        why=why,
        fix="Let the user that runs this have it (`chown`, `chmod`), or name another.",
    )


if __name__ == "__main__":
    sys.exit(main())
