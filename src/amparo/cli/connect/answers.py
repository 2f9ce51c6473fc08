"""`amparo connect answers`: what sources handled themselves, into the answers of a report."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from amparo.cli.options import data_option

if TYPE_CHECKING:
    from amparo.connectors.record import Handled
    from amparo.report.answers import Notice

MOST_LETTERS = 500
"""Of names in an error."""


@click.command()
@click.option("--platform", "name", required=True, help="The platform that reports.")
@click.option("--year", type=int, required=True, help="The year whose notices are counted.")
@click.option(
    "--answers",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The file to put them into.",
)
@data_option
def answers(name: str, year: int, path: Path, data: Path) -> None:
    """Put complaints, disputes and notices that connections have counted into the answers.

    Complaints and disputes go by their number here: doing it again changes nothing, or brings them
    up to date. The notices of YEAR take the place of those that were put in before.
    """
    from amparo.ledger.connect import connections
    from amparo.ledger.log import platforms
    from amparo.report import merge
    from amparo.storage.durable import write_durably
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    journal = Journal(open_node(data).journal)
    counted = connections.counted(journal, platforms.find(journal, name).id)
    _check_named(counted.get("complaint", ()))
    text, done_with = path.read_text(), list[str]()
    for kind in ("complaint", "dispute"):
        entries = [
            merge.contested(kind, _cells(number, handled))
            for number, handled in counted.get(kind, ())
        ]
        done = merge.merged(text, kind, entries)
        text = done.text
        done_with.append(f"{done.added:,} {kind}s added, {done.changed:,} brought up to date")
    notices = list(_notices(counted.get("notice", ()), year))
    text = merge.with_notices(text, notices)
    write_durably(path, text.encode())
    click.echo(f"{path}: {'; '.join(done_with)}; {len(notices):,} notices of {year}.")


def _check_named(complaints: "Iterable[tuple[str, Handled]]") -> None:
    """Raise where a complaint is about actions that nobody has named: nothing is ever guessed."""
    from amparo.errors import Refused

    found = [{*handled.unnamed, *handled.instead} for _, handled in complaints]
    if number := sum(map(bool, found)):
        names = sorted(set[str]().union(*found))
        raise Refused(
            f"{number:,} complaints do not say what they are about, or what became of them.",
            why=f"nobody has said what these actions do: {', '.join(names)[:MOST_LETTERS]}",
            fix="Name them under [options] of the connection's file, connect once more with it, "
            "and do this again.",
        )


def _cells(number: str, handled: "Handled") -> dict[str, str]:
    """A complaint or dispute as a row of a table says it."""
    cells = {
        "id": number,
        "submitted": handled.submitted,
        "decided": handled.decided,
        "outcome": handled.outcome,
    }
    if handled.what == "complaint":
        cells["about"] = ",".join(handled.about)
    else:
        cells["implemented"] = "yes" if handled.implemented else "no"
        cells["by_default"] = "yes" if handled.by_default else "no"
    return {key: value for key, value in cells.items() if value}


def _notices(counted: "Iterable[tuple[str, Handled]]", year: int) -> "Iterable[Notice]":
    from amparo.report import merge
    from amparo.report.answers import Notice, moment

    for _, handled in counted:
        if moment(handled.submitted).year != year:
            continue
        category, keyword = merge.row_of_notice(handled.category, handled.keyword)
        found = Notice(category, keyword, notices=1, items=1)
        if handled.acted and handled.decided:
            taken = moment(handled.decided) - moment(handled.submitted)
            found = msgspec.structs.replace(found, hours=round(taken.total_seconds() / 3600, 2))
        if handled.trusted:
            found = msgspec.structs.replace(
                found, trusted=1, trusted_items=1, trusted_hours=found.hours
            )
        yield found
