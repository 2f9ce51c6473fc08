"""`amparo log`: the log's key, a check of one's own log, an audit of anybody's."""

# SPDX-License-Identifier: Apache-2.0

from contextlib import closing
from pathlib import Path

import click

from amparo.cli import files
from amparo.cli.groups import Group
from amparo.cli.options import data_option
from amparo.cli.progress import bar
from amparo.ledger.case import figures_check, figures_published
from amparo.ledger.log import audit as audits
from amparo.ledger.log import check as checks
from amparo.ledger.log import selfcheck
from amparo.storage.durable import write_durably
from amparo.storage.journal import Journal
from amparo.storage.node import Node, open_node
from amparo.tlog import policy


@click.group(cls=Group)
def log() -> None:
    """The log: its key, a check of it, an audit of anybody's."""


@log.command()
@data_option
def vkey(data: Path) -> None:
    """Print the log's verifier key, to be handed to everyone who verifies receipts."""
    click.echo(open_node(data).signer().verifier.vkey)


@log.command()
@click.argument("origin")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where to write it; only its owner may read it.",
)
@click.option(
    "--for",
    "custodians",
    multiple=True,
    metavar="AGE1…",
    help="Write it locked for this age key, and not in the open; several may be named.",
)
def key(origin: str, out: Path, custodians: tuple[str, ...]) -> None:
    """Make the private key of a new log, for a key ceremony; prints its verifier key.

    Run it on a machine without a network, before the node exists, with those present who are to
    trust the log. With --for, each custodian alone can open the file (`age -d -i KEY`). The node
    takes the opened key at its first start: `amparo serve --key FILE`. docs/operation.md has the
    whole course.
    """
    from amparo.cli.keys import lock_for, write_new
    from amparo.storage.node import new_key

    made = new_key(origin)
    text = f"{made.to_text()}\n".encode()
    write_new(out, lock_for(text, custodians) if custodians else text)
    click.echo(made.verifier.vkey)


@log.command()
@click.option("--rebuild", is_flag=True, help="Write the log's files anew from the journal.")
@click.option(
    "--accept-secret",
    is_flag=True,
    help="Go on with a new keys/node.secret, where the old one is lost for ever.",
)
@data_option
def check(rebuild: bool, accept_secret: bool, data: Path) -> None:
    """Check the node's own log: rebuild everything from the journal and compare.

    Every entry, every tile, every opening's commitment, the signed root, and the figures of the
    hearing, counted again from the cases. Exit 0 if all agree.
    """
    node = open_node(data)
    with closing(Journal(node.journal, read_only=not accept_secret)) as journal:
        if accept_secret:
            selfcheck.remember_secret(node, journal, accept=True)
        selfcheck.check_secret(node, journal)
    with bar("Checking", unit="entries") as advance:
        if rebuild:
            checks.rebuild_files(node)
        report = checks.check(node, advance)
    figures = _check_figures(node, rebuild=rebuild)
    click.echo(
        f"The log holds: {report.entries:,} entries, {report.files:,} files, "
        f"{report.openings:,} openings ({report.erased:,} erased), {report.waiting:,} waiting; "
        f"{figures:,} figures of the hearing are what the cases say."
    )


def _check_figures(node: Node, *, rebuild: bool) -> int:
    """Compare the figures with the cases and with the log; how many there are."""
    with closing(Journal(node.journal, read_only=not rebuild)) as journal:
        if rebuild:
            figures_check.rebuild(journal)
        agree = figures_check.check(journal)
        figures_published.check(journal)
    return agree


@log.command()
@click.argument("place", metavar="URL|DIR")
@click.option("--vkey", help="The log's verifier key, from its owner.")
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Instead of a key: logs, witnesses and quorum from a C2SP tlog-policy file.",
)
@click.option(
    "--kept",
    "last",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The checkpoint of the last audit: what is shown now must begin with it. The new one is "
    "written here.",
)
def audit(place: str, vkey: str | None, policy_file: Path | None, last: Path | None) -> None:
    """Audit any tlog-tiles log by address or folder, trusting nothing but its key.

    Fetches every entry and every tile that the checkpoint implies, and recomputes the root. With
    --policy the checkpoint must bear the quorum's cosignatures. A checkpoint that --kept holds must
    be a beginning of the one that is shown; if it is not, the proof is written to KEPT.split.
    """
    if vkey is not None and policy_file is None:
        trusted = policy.of_log(vkey)
    elif policy_file is not None and vkey is None:
        trusted = policy.parse(files.text(policy_file))
    else:
        raise click.UsageError("Give either --vkey or --policy.")
    before = last.read_bytes() if last is not None and last.exists() else None
    with bar("Auditing", unit="files") as advance:
        try:
            report = audits.audit(place, trusted, advance, before=before)
        except audits.TwoHistories as error:
            if last is not None:
                proof = last.with_name(f"{last.name}.split")
                write_durably(proof, error.evidence)
                click.echo(f"amparo: the proof is in {proof}", err=True)
            raise
    if last is not None:
        write_durably(last, report.checkpoint)
    if report.witnesses:
        click.echo(f"Cosigned by {', '.join(sorted(report.witnesses))}.")
    click.echo(
        f"The log holds: {report.origin}, {report.entries:,} entries, {report.files:,} files; "
        f"the root that was signed comes out."
    )
