"""What several commands of `amparo report` need."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from amparo.report.answers import Answers
    from amparo.report.table import Finding, Report, Sheet


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
    from amparo.ledger.storage.durable import write_durably

    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            f"{folder} is not empty.", why="a version is never written over", fix="Name a new one."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in made.items():
        write_durably(folder / name, body)


def show(findings: "Sequence[Finding]") -> None:
    """Print findings for people."""
    from amparo.report.lint import CATALOGUE

    for finding in findings:
        place = f"{finding.file}:{finding.row}" if finding.row else finding.file
        column = f", {finding.column}" if finding.column else ""
        lines = f"\n  lines: {finding.rows}" if finding.rows else ""
        rule = CATALOGUE[finding.rule]
        click.echo(
            f"{finding.severity} {finding.rule} {place}{column}{lines}\n"
            f"  got: {finding.got}\n  expected: {finding.expected}\n  fix: {finding.fix}\n"
            f"  by: {rule.source} ({rule.certainty})"
        )
    if not findings:
        click.echo("No finding.")


def cell(value: Any) -> str:
    """A figure as text; one with an interval as a percentage; a dash where nothing is known."""
    if value is None:
        return "–"
    if hasattr(value, "share"):
        return f"{100 * value.share:.1f} % ({100 * value.low:.1f}–{100 * value.high:.1f})"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
