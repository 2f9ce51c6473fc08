"""`amparo report import`: complaints and disputes of another tool into the answers."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amparo.cli.report.shared import read_toml

if TYPE_CHECKING:
    from amparo.connectors.mapping import TableMapping
    from amparo.report.answers import Complaint, Dispute
    from amparo.report.merge import Kind
    from amparo.report.table import Sheet

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("what", type=click.Choice(("complaints", "disputes")))
@click.argument("path", type=_file, metavar="TABLE")
@click.option(
    "--mapping", "mapping_file", type=_file, required=True, help="What its columns and words mean."
)
@click.option(
    "--answers", "answers_file", type=_file, required=True, help="The file to put them into."
)
def import_(what: Any, path: Path, mapping_file: Path, answers_file: Path) -> None:
    """Take complaints or disputes of another tool from a TABLE into the answers.

    TABLE is CSV of any dialect, or a workbook of one sheet. What the mapping does not explain is
    refused row by row, and named; exit 1 if any was. Everything goes by its id in that tool: taking
    a table in twice changes nothing, a newer one brings the answers up to date.
    """
    from amparo.connectors import mapping
    from amparo.report.merge import merged
    from amparo.storage.durable import write_durably

    how = mapping.read(read_toml(mapping_file))
    kind: Kind = "complaint" if what == "complaints" else "dispute"
    found, refused = _rows(_sheet(path), how, kind)
    done = merged(answers_file.read_text(), kind, found)
    if done.added or done.changed:
        write_durably(answers_file, done.text.encode())
    for line, why in refused:
        click.echo(f"{path.name} line {line}: {why}", err=True)
    click.echo(
        f"{answers_file}: {done.added:,} {what} added, {done.changed:,} brought up to date, "
        f"{done.known:,} known already, {len(refused):,} refused."
    )
    if refused:
        raise SystemExit(1)


def _rows(
    sheet: "Sheet", how: "TableMapping", kind: "Kind"
) -> tuple[list["Complaint | Dispute"], list[tuple[int, str]]]:
    """The rows that are explained; and the line of each other one, with the reason."""
    from amparo.connectors import mapping
    from amparo.errors import Malformed
    from amparo.report.merge import contested

    header, *rows = sheet.rows
    mapping.check_columns(how, header)
    names = [name.strip() for name in header]
    found: dict[str, Complaint | Dispute] = {}
    refused: list[tuple[int, str]] = []
    for line, row in enumerate(rows, sheet.line + 1):
        if not any(cell.strip() for cell in row):
            continue
        try:
            entry = contested(kind, mapping.mapped(how, dict(zip(names, row, strict=False))))
        except Malformed as error:
            refused.append((line, error.why))
            continue
        except ValueError as error:
            refused.append((line, str(error)))
            continue
        if entry.id in found and entry != found[entry.id]:
            refused.append((line, f"{entry.id!r} stands in the table twice, in two ways"))
        else:
            found[entry.id] = entry
    return list(found.values()), refused


def _sheet(path: Path) -> "Sheet":
    from amparo.errors import Malformed
    from amparo.web.http import worker_jobs

    sheets, lost = worker_jobs.tables([path])
    if len(sheets) != 1 or len(sheets[0].rows) < 1:
        why = str(lost[0].got) if lost else f"it holds {len(sheets)} tables"
        raise Malformed(f"{path} is not read.", why=why, fix="Export one table as CSV.")
    return sheets[0]
