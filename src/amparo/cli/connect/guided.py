"""Making a mapping: what was understood is shown, what was not is asked, and both are written down.

Without a terminal nothing is asked: the file is written with what was understood, and lists what a
person has to say.
"""

# SPDX-License-Identifier: Apache-2.0

import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from amparo.connectors import config, guess, table
from amparo.connectors.config import Config, Connector
from amparo.connectors.mapping import TableMapping
from amparo.foreign_text import on_a_line

if TYPE_CHECKING:
    from amparo.connectors.guess import Guess
    from amparo.ledger.connect.tables import Form

LOOKED_AT = 2000
SAMPLES = 3
_WIDTH = 28


def make(path: Path, mapping_file: Path, platform: str, kind: str, name: str) -> bool:
    """Write a mapping for a file; whether nothing is left to say."""
    from amparo.ledger.connect import tables
    from amparo.ledger.connect.ingest import Unreadable
    from amparo.storage.durable import write_durably

    form = tables.form_of(path)
    header = tables.header(path, form)
    first = itertools.islice(tables.rows(path, form), LOOKED_AT)
    rows = [
        [row.cells.get(column, "") for column in header]
        for row in first
        if not isinstance(row, Unreadable)
    ]
    found = guess.guess(header, rows, kind)
    _show(path, form, found, header, rows)
    if sys.stdin.isatty() and sys.stdout.isatty():
        mapping = _asked(found, header, rows)
        found = found._replace(mapping=mapping, unclear={}, missing=(), orders=())
    made = Config(
        Connector("csv", name, platform, instance=name), options=_options(form), table=found.mapping
    )
    write_durably(mapping_file, (config.write(made) + _left_to_say(found)).encode())
    return not (found.unclear or found.missing or found.orders)


def _options(form: "Form") -> dict[str, str]:
    """What cannot be told from every beginning of a file again is written down."""
    return {"encoding": form.encoding, "delimiter": form.delimiter} if not form.is_json else {}


def _show(
    path: Path,
    form: "Form",
    found: "Guess",
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> None:
    kind = "JSON Lines" if form.is_json else f"CSV with {form.delimiter!r}"
    doubt = " (a guess: its bytes are no UTF-8)" if form.guessed else ""
    click.echo(on_a_line(f"{path.name}: {kind}, {form.encoding}{doubt}, {len(header)} columns"))
    for ours, column in found.mapping.columns.items():
        how = "by its name" if found.why[ours] == "name" else "by its values"
        values = ", ".join(_samples(column, header, rows))
        click.echo(on_a_line(f"  {ours:<22} {column[:_WIDTH]:<{_WIDTH}} {how:<14} {values}"))
    for column in found.left:
        click.echo(on_a_line(f"  {'(not taken in)':<22} {column[:_WIDTH]}"))


def _samples(column: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    place = header.index(column)
    values = dict.fromkeys(row[place] for row in rows if row[place])
    return [value[:24] for value in itertools.islice(values, SAMPLES)]


def _asked(found: "Guess", header: Sequence[str], rows: Sequence[Sequence[str]]) -> TableMapping:
    """The mapping with what a person says to each question."""
    columns, words = dict(found.mapping.columns), dict(found.mapping.words)
    always = dict(found.mapping.always)
    for ours in found.missing:
        left = [name for name in header if name not in columns.values()]
        column = click.prompt(
            f"Which column is `{ours}`?", type=click.Choice([*left, "-"]), show_choices=True
        )
        if column != "-":
            columns[ours] = column
    order = found.mapping.dates.format[: len("%d/%m/%Y")]
    if found.orders:
        order = click.prompt(
            "How are days written?", type=click.Choice(found.orders), default=found.orders[0]
        )
    zone = click.prompt("In which time zone?", default=found.mapping.dates.zone)
    dates = guess.dates_of(header, rows, columns, order)
    dates = msgspec.structs.replace(dates, zone=zone)
    again = guess.unclear(header, rows, columns)
    for ours, strange in again.items():
        click.echo(f"What do the words of `{ours}` mean? Empty: a person is asked for each.")
        words[ours] = _same(ours, columns[ours], header, rows) | {
            word: _meaning(ours, word) for word in strange
        }
    return TableMapping(columns, words, always, dates)


def _meaning(ours: str, word: str) -> str:
    while True:
        answer: str = click.prompt(on_a_line(f"  {word}"), default="", show_default=False)
        if not answer or ours not in table.CODES or table.code(ours, answer) is not None:
            return answer
        known = ", ".join(list(table.CODES[ours][1])[:30])
        click.echo(f"  {answer!r} is none of: {known}")


def _same(
    ours: str, column: str, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> dict[str, str]:
    """Words that are codes already."""
    if ours not in table.CODES:
        return {}
    place = header.index(column)
    values = dict.fromkeys(row[place].strip() for row in rows)
    return {value: value for value in values if not value or table.code(ours, value) is not None}


def _left_to_say(found: "Guess") -> str:
    """What is left to say, as comments to be filled in; and on standard error."""
    lines = [f"# [columns] lacks {ours}: which column is it?" for ours in found.missing]
    if found.orders:
        lines.append(f"# [dates]: days can be read as {' or as '.join(found.orders)}.")
    for ours, strange in found.unclear.items():
        lines.append(f"# What do these words mean in [words.{ours}]? Say it, and take # away.")
        lines.append(f"# [words.{ours}]")
        lines += [f"# {config.key(word)} = " + '""' for word in strange]
    for line in lines:
        click.echo(on_a_line(line.removeprefix("# ")), err=True)
    return "\n" + "\n".join(lines) + "\n" if lines else ""
