"""What several commands of `amparo report` need."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amparo.web.words.i18n import languages

if TYPE_CHECKING:
    from amparo.report.answers import Answers
    from amparo.report.table import Finding, Report, Sheet


language_option = click.option(
    "--lang",
    "language",
    type=click.Choice(list(languages())),
    default="en",
    show_default=True,
    help="In which language it is told.",
)
TIERS = ("intermediary", "hosting", "online_platform", "vlop", "vlose")


def one_report(sheets: "Sequence[Sheet]") -> "Report":
    """The one report among the tables; `Malformed` if there are none or several."""
    from amparo.errors import Malformed
    from amparo.report.parts import reports

    found, _ = reports(sheets)
    if len(found) != 1:
        raise Malformed("That is not one report.", why=f"{len(found)} are in it", fix="Name one.")
    return found[0]


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file that somebody wrote; `Malformed` says why it is none."""
    from amparo.errors import Malformed
    from amparo.report.answers import parse

    try:
        return parse(path.read_text())
    except UnicodeDecodeError as error:
        raise Malformed(f"{path} cannot be read.", why=str(error), fix="Mend that line.") from None


def read_answers(path: Path) -> "Answers":
    """The filled file of `amparo report answers`."""
    from amparo.report.answers import read

    return read(read_toml(path))


def put(folder: Path, made: dict[str, bytes]) -> None:
    """Write files into a new folder, each durably."""
    from amparo.errors import Refused
    from amparo.storage.durable import write_durably

    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            f"{folder} is not empty.", why="a version is never written over", fix="Name a new one."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in made.items():
        write_durably(folder / name, body)


def show(findings: "Sequence[Finding]", language: str = "en") -> None:
    """Print findings for people."""
    from amparo.web.words.i18n import localise
    from amparo.web.words.report_findings import NO_FINDING, as_lines

    for finding in findings:
        click.echo(as_lines(finding, language))
    if not findings:
        click.echo(localise(NO_FINDING, language))


def cell(value: Any) -> str:
    """A figure as text; one with an interval as a percentage; a dash where nothing is known."""
    if value is None:
        return "–"
    if hasattr(value, "share"):
        return f"{100 * value.share:.1f} % ({100 * value.low:.1f}–{100 * value.high:.1f})"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
