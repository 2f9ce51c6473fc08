"""`amparo case`: a case as a file that travels to whoever hears it next."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from typing import IO, get_args
from uuid import UUID

import click

from amparo.case import dispute
from amparo.case.events import Basis, Heard, PanelOutcome
from amparo.case.shown import Reader
from amparo.cli.groups import Group
from amparo.cli.options import data_option
from amparo.cli.representative import representative
from amparo.coalition import document
from amparo.errors import Malformed
from amparo.ledger.case import (
    archive,
    bodies,
    case_file,
    casework,
    export,
    imports,
    names,
    outcomes,
)
from amparo.record.event import timestamp
from amparo.storage.durable import write_durably
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.web.words import case_file as words
from amparo.web.words.i18n import languages


@click.group(cls=Group)
def case() -> None:
    """A case as one file: statement, receipts, dialogue, evidence, rulings (docs/case-file.md).

    It verifies anywhere with `amparo verify`, offline and without the node that made it.
    """


@case.command("export")
@click.argument("uuid", type=click.UUID)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Else UUID.case.zip.")
@click.option(
    "--for",
    "reader",
    type=click.Choice(get_args(Reader)),
    default="body",
    show_default=True,
    help="Whom it is for: it holds what they may read. A body reads names, too.",
)
@click.option("--language", type=click.Choice(list(languages())), default="en", show_default=True)
@data_option
def export_(uuid: UUID, output: Path | None, reader: Reader, language: str, data: Path) -> None:
    """Write the case UUID as a file."""
    node = open_node(data)
    journal = Journal(node.journal, read_only=True)
    file = casework.read(journal, uuid)
    made = export.export(journal, node, file, reader=reader, page=words.page, language=language)
    path = output or Path(export.file_name(uuid))
    write_durably(path, made)
    click.echo(f"Wrote {path}.", err=True)


@case.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vkey", help="Of the log that a case file is of; not needed for an outcome.")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A policy file, in place of --vkey: the logs and witnesses you trust.",
)
@click.option("--grounds", default="", help="What the party asks for, else its last complaint.")
@click.option("--case", "uuid", type=click.UUID, help="Take an outcome for this case alone.")
@data_option
def import_(
    file: Path,
    vkey: str | None,
    policy: Path | None,
    grounds: str,
    uuid: UUID | None,
    data: Path,
) -> None:
    """Take FILE in: a body's node a case file, a platform's node the outcome that a body signed.

    A case file becomes a panel case here; the party's own page is the last line printed. Taking
    the same file in again changes nothing.
    """
    from amparo.cli.verify import trusted

    node = open_node(data)
    journal = Journal(node.journal)
    raw = _read(file)
    if not raw.startswith(archive.MAGIC):
        taken = outcomes.take(journal, node, raw, case_id=uuid)
        how = "Taken" if taken.is_new else "Taken before"
        click.echo(f"{how}: {taken.outcome.body} decided {taken.outcome.outcome}.", err=True)
        click.echo(str(taken.case))
        return
    found = imports.take_in(journal, node, raw, trusted(vkey, policy), grounds=grounds)
    click.echo("Taken in." if found.is_new else "This file was taken in before.", err=True)
    click.echo(str(found.case))
    if found.link is not None:
        click.echo(f"/recourse/{found.case}/{found.link.hex()}")


@case.command()
@click.argument("source")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The body's private key, as `amparo case key` made it.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
@click.option("--outcome", "decided", type=click.Choice(get_args(PanelOutcome)))
@click.option("--basis", type=click.Choice(get_args(Basis)), default="merits", show_default=True)
@click.option("--reasons", type=click.File("r"), help="A file; both sides read it.")
@click.option("--summary", default="", help="In plain words.")
@click.option("--step", "steps", multiple=True, help="What the platform should do; several times.")
@click.option("--received", help="When the dispute was submitted, as 2026-11-24T15:07:00Z.")
@click.option(
    "--heard", type=click.Choice(get_args(Heard)), help="What became of the other side you asked."
)
@click.option("--unheard", default="", help="Who is in danger, where it was not heard first.")
@click.option("--for-the-other", default="", help="What the other side is told; name nobody.")
@data_option
def outcome(
    source: str,
    key: Path,
    output: Path,
    decided: PanelOutcome | None,
    basis: Basis,
    reasons: IO[str] | None,
    summary: str,
    steps: tuple[str, ...],
    received: str | None,
    heard: Heard | None,
    unheard: str,
    for_the_other: str,
    data: Path,
) -> None:
    """Sign what a body decided, for the platform's node.

    SOURCE is the number of a case that a panel of this node has decided. Or it is the case file
    itself, with the decision in options: then no node is needed.
    """
    from amparo.cli.documents import signer_of

    signer = signer_of(key)
    now = timestamp(casework.now())
    if decided is None:
        journal = Journal.of_this_version(open_node(data).journal)
        made = outcomes.of_case(journal, _uuid(source), body=signer.name)
    else:
        answer = dispute.Answer(
            decided,
            basis,
            reasons.read().strip() if reasons else "",
            summary,
            dispute.check_steps(decided, steps),
            heard,
            unheard,
            for_the_other,
        )
        file = read(Path(source))
        made = outcomes.of_file(
            file, body=signer.name, received=received or now, decided=now, answer=answer
        )
    write_durably(output, outcomes.sign(made, signer))
    click.echo(f"Wrote {output}.", err=True)


@case.command("names")
@click.argument("uuid", type=click.UUID)
@click.option("--log", required=True, help="The origin of the node's log: the name in its key.")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The private key of the body, or of the member of the charter.",
)
@click.option("--why", required=True, help="What you need it for; it stays in the case.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def names_(uuid: UUID, log: str, key: Path, why: str, output: Path) -> None:
    """Ask who stands behind the pseudonyms of the case UUID: sign the request for its node.

    Hand it in at the node's /coalition/hand-in, or POST it to /api/names: the answer is a receipt
    for `amparo verify --names`. It is good for 14 days; keep it to yourself like the names.
    """
    from amparo.cli.documents import signer_of

    signer = signer_of(key)
    at = timestamp(casework.now())
    stated = {"who": signer.name, "log": log, "case": str(uuid), "why": why, "at": at}
    fix = "Say in --why what you need it for, and give --log as `amparo log vkey` names it."
    request = document.convert(stated, names.Request, fix)  # so that the node does not refuse it
    write_durably(output, names.sign(request, signer))
    click.echo(f"Wrote {output}.", err=True)


@case.command()
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def key(name: str, file: Path) -> None:
    """Make the key with which the body NAME signs, into FILE; print its public half."""
    from amparo.cli.charter import make_key

    click.echo(make_key(name, file).verifier.vkey)


@case.group()
def body() -> None:
    """Out-of-court bodies whose outcomes this node takes, by their keys."""


@body.command("add")
@click.argument("vkey")
@data_option
def body_add(vkey: str, data: Path) -> None:
    """Register a body by the key that it gave you, after you have seen that it is certified."""
    added = bodies.add(Journal(open_node(data).journal), vkey)
    click.echo(f"Outcomes of {added.name} are taken from now on.", err=True)


@body.command("list")
@data_option
def body_list(data: Path) -> None:
    """List the registered bodies with their keys."""
    for found in bodies.every(Journal.of_this_version(open_node(data).journal)):
        click.echo(f"{found.name}\t{found.vkey}")


@body.command("remove")
@click.argument("name")
@data_option
def body_remove(name: str, data: Path) -> None:
    """Take no further outcome of a body; what was taken stays."""
    bodies.remove(Journal(open_node(data).journal), name)


case.add_command(representative)


@case.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--field", "names", multiple=True, metavar="N.FIELD", help="Several times.")
@click.option("--file", "numbers", multiple=True, type=int, help="An attached file, by number.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def redact(file: Path, names: tuple[str, ...], numbers: tuple[int, ...], output: Path) -> None:
    """Take fields and attached files out of FILE before you pass it on; all else stays proven.

    `amparo verify FILE` lists entries, fields and attached files. FIELD alone means wherever it is.
    """
    less = case_file.redact(read(file), names, numbers)
    write_durably(output, case_file.pack(less.index, less.parts, words.page(less.index)))
    click.echo(f"Took out: {', '.join(less.index.redacted)}. Wrote {output}.", err=True)


def read(path: Path) -> case_file.CaseFile:
    """A case file from a disk."""
    return case_file.read(_read(path))


def _read(path: Path) -> bytes:
    """No more of a file than a case file may have."""
    with path.open("rb") as file:
        return file.read(archive.MOST_BYTES + 1)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Malformed(
            f"{text[:60]!r} is no number of a case.",
            why="it is no UUID, and no decision was given with --outcome",
            fix="Give the number that `amparo case import` printed, or a case file and --outcome.",
        ) from None
