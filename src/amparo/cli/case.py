"""`amparo case`: a case as a file that travels to whoever hears it next."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from typing import get_args
from uuid import UUID

import click

from amparo.case.shown import Reader
from amparo.cli.options import data_option
from amparo.ledger.case import archive, case_file, casework, export
from amparo.ledger.storage.durable import write_durably
from amparo.ledger.storage.journal import Journal
from amparo.ledger.storage.node import open_node
from amparo.web.words import case_file as words
from amparo.web.words.i18n import languages


@click.group()
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
    """A case file from a disk, no more of it than a case file may have."""
    with path.open("rb") as file:
        return case_file.read(file.read(archive.MOST_BYTES + 1))
