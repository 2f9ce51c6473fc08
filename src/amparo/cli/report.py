"""`amparo report`: write the transparency report, lint anyone's, recount one from the log."""

# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amparo.cli import report_others
from amparo.cli.options import data_option, json_option, lake_option
from amparo.cli.progress import bar

if TYPE_CHECKING:
    from amparo.report.answers import Answers
    from amparo.report.recount import Recount
    from amparo.report.table import Finding, Report, Sheet
    from amparo.web.words.report_files import Manifest

TIERS = ("intermediary", "hosting", "online_platform", "vlop", "vlose")
_tier = click.option("--tier", type=click.Choice(TIERS), help="What kind of service it is.")
_year = click.option("--year", type=click.IntRange(2020, 2100), required=True)
_half = click.option("--half", type=click.IntRange(1, 2), help="A half of it, as VLOPs report.")


@click.group()
def report() -> None:
    """The harmonised transparency report of Implementing Regulation (EU) 2024/2835.

    `answers` writes the questions that the record cannot answer; `write` fills the template from
    the record and the answers; `lint` judges anyone's report; `recount` counts one again.
    """


@report.command()
@click.option("--tier", type=click.Choice(TIERS), default="online_platform", show_default=True)
@click.option("--platform", required=True, help="Its party name in the log (`platform list`).")
@click.option("--name", required=True, help="The service, as every row is to bear it.")
def answers(tier: Any, platform: str, name: str) -> None:
    """Print a TOML file with every question that is to be answered by people."""
    from amparo.report.answers import skeleton

    click.echo(skeleton(tier, platform=platform, name=name))


@report.command()
@_year
@_half
@click.option(
    "--answers",
    "answers_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The filled file of `amparo report answers`.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="A new folder for zip, workbook, page and manifest.",
)
@click.option(
    "--corrects",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the version that this one corrects.",
)
@click.option("--reasons", default="", help="Why it is corrected, and how; with --corrects.")
@click.option("--no-log", is_flag=True, help="Do not put the manifest's digest into the log.")
@click.option("--publish", is_flag=True, help="Also show it at /transparency/published, for good.")
@data_option
def write(
    year: int,
    half: int | None,
    answers_file: Path,
    output: Path,
    corrects: Path | None,
    reasons: str,
    data: Path,
    *,
    no_log: bool,
    publish: bool,
) -> None:
    """Write the report of a YEAR: every part that the tier owes.

    What nobody has answered is left blank and told of; exit 1 if anything is. Its digest is put
    into the log; all versions stay public, and a corrected one lists what it changes.
    """
    from amparo.ledger.log import platforms
    from amparo.ledger.log.notarise import remark
    from amparo.ledger.storage.journal import Journal
    from amparo.ledger.storage.node import open_node
    from amparo.report import lint
    from amparo.report.write import Given
    from amparo.report.write import write as written_of
    from amparo.web.words import report_figures, report_files

    given, node = _answers(answers_file), open_node(data)
    start, end = _period(year, half)
    before, old = _version_before(corrects, reasons)
    journal = Journal(node.journal, read_only=True)
    platform = platforms.find(journal, given.service.platform)
    with bar("Counting", unit="entries") as advance:
        counted = report_figures.counted(journal, platform, start, end, advance)
    heard = report_figures.heard(journal, platform, start, end)
    journal.close()
    made = written_of(Given(counted.measures(), heard, given, str(start), str(end)))
    service, period = given.service.name, f"{start}/{end}"
    manifest, files_ = report_files.publish(
        made,
        service=service,
        period=period,
        version=before.version + 1 if before else 1,
        made_on=str(_today()),
        log=node.origin,
        before=before,
        reasons=reasons,
        changes=report_files.changed(old, made) if before else (),
    )
    _put(output, files_)
    found = [*made.findings, *lint.lint(_read_back(files_["report.zip"]), given.service.tier)]
    _show(found)
    if publish:
        _put(node.reports / report_files.place(manifest), files_)
    if not no_log:
        details = {
            "sha256": manifest.digest(),
            "service": service,
            "period": period,
            "version": manifest.version,
        }
        click.echo(f"Entry {remark(node, 'report.published', details)} of the log.", err=True)
    click.echo(
        f"{output}: version {manifest.version}, {len(made.parts)} parts, "
        f"{counted.leaves:,} entries read; digest {manifest.digest()}"
    )
    if any(one.severity == "error" for one in found):
        raise SystemExit(1)


@report.command()
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE|FOLDER|ZIP...",
    type=click.Path(exists=True, path_type=Path),
)
@_tier
@click.option(
    "--fix",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write copies with what is certain corrected into this new folder.",
)
@click.option("--sarif", is_flag=True, help="Print SARIF 2.1.0, for code hosts.")
@click.option("--strict", is_flag=True, help="Exit 1 for warnings, too.")
@json_option
def lint(
    paths: tuple[Path, ...],
    tier: Any,
    fix: Path | None,
    *,
    sarif: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Judge anyone's report: CSV of any dialect, XLSX, folders, zips of many services.

    Lists every finding with its rule, place, what was got and expected, and a mend. Exit 0 if there
    is no error.
    """
    from amparo.report import files, mend
    from amparo.report import lint as rules
    from amparo.report.forms import PARTS
    from amparo.report.table import reports
    from amparo.web.http import reading

    sheets, lost = reading.tables(paths)
    found, more = reports(sheets)
    findings = [*lost, *more]
    for number, one in enumerate(found):
        findings += rules.lint(one, tier)
        if not as_json and not sarif:
            click.echo(_described(one), err=True)
        if fix is not None:
            mended = mend.mend(one)
            folder = fix / (_slug(one.service) or f"report-{number + 1}")
            _put(
                folder,
                {
                    f"{PARTS[n].name}.csv": files.write_csv(PARTS[n], rows)
                    for n, rows in mended.parts.items()
                },
            )
            click.echo(f"{folder}: {mended.changes} cells and names corrected", err=True)
    if sarif:
        click.echo(json.dumps(_sarif(findings), indent=1))
    elif as_json:
        click.echo(json.dumps([one._asdict() for one in findings]))
    else:
        _show(findings)
    bad = ("error", "warning") if strict else ("error",)
    if any(one.severity in bad for one in findings):
        raise SystemExit(1)


@report.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="REPORT")
@click.option("--log", "place", required=True, metavar="URL|DIR", help="The log's address.")
@click.option("--vkey", required=True, help="The log's verifier key, from its owner.")
@click.option("--platform", required=True, help="The service's party name in the log.")
@click.option("--all", "every", is_flag=True, help="Show the cells that agree, too.")
@json_option
def recount(
    path: Path, place: str, vkey: str, platform: str, *, every: bool, as_json: bool
) -> None:
    """Count a REPORT again from the public log alone, verifying the log on the way.

    Claimed beside counted, cell by cell, with the reason of each difference; exit 1 if any differs.
    """
    from amparo.ledger.log import audit
    from amparo.report import forms
    from amparo.report.figures import Counted
    from amparo.report.recount import recount as laid
    from amparo.tlog import checkpoint, note
    from amparo.tlog.edge import Edge
    from amparo.web.http import reading

    claimed = _one(reading.tables([path])[0])
    start, end = (claimed.value(1, Indicator=one) for one in (forms.START, forms.END))
    counted = Counted(platform, start, end)
    key = note.Ed25519Verifier.from_vkey(vkey)
    with audit.fetcher(place) as fetch, bar("Counting", unit="files") as advance:
        raw = audit.newest(fetch, place)
        signed = checkpoint.open_checkpoint(raw, origin=key.name, keys=[key])
        audit.extend(
            Edge(), signed, fetch, advance=advance, see=lambda _, entries: counted.add(entries)
        )
    done = laid(claimed, counted.measures())
    if as_json:
        click.echo(json.dumps([one._asdict() for one in done.cells]))
    else:
        _show_recount(done, every=every)
        if counted.strange:
            click.echo(
                f"{counted.strange:,} entries say they are decisions, and are none.", err=True
            )
        agree = len(done.cells) - len(done.differing)
        click.echo(
            f"{counted.leaves:,} entries of {signed.origin} verified; "
            f"{agree} of {len(done.cells)} cells agree."
        )
    if done.differing:
        raise SystemExit(1)


@report.command()
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE|FOLDER|ZIP...",
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Also write a page with charts."
)
@json_option
def compare(paths: tuple[Path, ...], html: Path | None, *, as_json: bool) -> None:
    """Lay several reports side by side, of any services and periods, tolerant of their faults.

    Reversals with 95 % intervals, medians, automation, closed accounts and the complaints about
    them, disputes. What a report does not say is a dash, never a nought.
    """
    from amparo.ledger.storage.durable import write_durably
    from amparo.report import compare as side_by_side
    from amparo.report.table import reports
    from amparo.web.http import reading
    from amparo.web.words.pages import rendered

    found = [side_by_side.compare(one) for one in reports(reading.tables(paths)[0])[0]]
    columns = side_by_side.columns()
    rows = [
        [one.service, one.period, *(_cell(getattr(one, name)) for name, _ in columns)]
        for one in found
    ]
    if as_json:
        click.echo(json.dumps([one._asdict() for one in found]))
    else:
        click.echo("\t".join(["service", "period", *(title for _, title in columns)]))
        for row in rows:
            click.echo("\t".join(row))
    unread = [f"{one.service}: {text}" for one in found for text in one.unread]
    for text in unread:
        click.echo(f"no number: {text}", err=True)
    if html is not None:
        page = rendered(
            "report_compare.html",
            charts=side_by_side.charts(found),
            rows=rows,
            columns=columns,
            unread=unread,
        )
        write_durably(html, page.encode())


@report.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="REPORT")
@click.option("--platform", required=True, help="The service's name in the EU database.")
@lake_option
@json_option
def reconcile(path: Path, platform: str, lake: Path, *, as_json: bool) -> None:
    """Lay a REPORT beside what the service sent to the EU database, from the observatory's data.

    Each line says which difference of definition it may hold; known errata are named, and how many
    days of the period the data cover.
    """
    from amparo.observatory import queries
    from amparo.report import forms
    from amparo.report import reconcile as sides
    from amparo.report.table import day
    from amparo.web.http import reading

    claimed = _one(reading.tables([path])[0])
    first, last = (day(claimed.value(1, Indicator=one)) for one in (forms.START, forms.END))
    asked = sides.lines(claimed)
    engine = queries.open_engine(lake=lake)
    sums: dict[str, float] = {}
    covered: set[Any] = set()
    for name in dict.fromkeys(metric for one in asked for metric in one.metrics):
        rows = queries.figures(engine, queries.measure(name), (platform,), first, last)
        sums[name] = sum(float(row[2]) for row in rows)
        covered |= {row[0] for row in rows}
    found = sides.beside(asked, sums)
    if as_json:
        click.echo(
            json.dumps(
                [
                    {**one.line._asdict(), "database": one.database, "ratio": one.ratio}
                    for one in found
                ]
            )
        )
    else:
        click.echo("figure\treport\tdatabase\treport/database")
        for one in found:
            ratio = "–" if one.ratio is None else f"{one.ratio:.2f}"
            click.echo(f"{one.line.name}\t{_cell(one.line.reported)}\t{one.database:,.0f}\t{ratio}")
    span = f"{first} to {last}"
    whole = (last - first).days + 1 if first and last else 0
    click.echo(f"The database's data cover {len(covered)} of {whole} days, {span}.", err=True)
    for text in dict.fromkeys(one.line.definition for one in found):
        click.echo(f"Definition: {text}.", err=True)
    for erratum in dict.fromkeys(
        one
        for name in sums
        for one in queries.errata(engine, queries.measure(name), (platform,), first, last)
    ):
        click.echo(f"Erratum: {erratum.meaning} ({erratum.source})", err=True)


def _one(sheets: "Sequence[Sheet]") -> "Report":
    from amparo.errors import Malformed
    from amparo.report.table import reports

    found, _ = reports(sheets)
    if len(found) != 1:
        raise Malformed("That is not one report.", why=f"{len(found)} are in it", fix="Name one.")
    return found[0]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if hasattr(value, "share"):
        return f"{100 * value.share:.1f} % ({100 * value.low:.1f}–{100 * value.high:.1f})"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def _show_recount(done: "Recount", *, every: bool) -> None:
    for one in done.cells if every else done.differing:
        place = f"part {one.part}, {one.row}, {one.column}"
        said = f"{one.verdict}; {one.reason}" if one.reason else one.verdict
        click.echo(f"{place}\tclaimed {one.claimed or 'nothing'}\tcounted {one.counted}\t{said}")
    for part, why in done.beyond:
        click.echo(f"part {part}: {why}", err=True)


def _answers(path: Path) -> "Answers":
    from amparo.errors import Malformed
    from amparo.report.answers import parse, read

    try:
        return read(parse(path.read_text()))
    except UnicodeDecodeError as error:
        raise Malformed(f"{path} cannot be read.", why=str(error), fix="Mend that line.") from None


def _period(year: int, half: int | None) -> tuple[date, date]:
    if half is None:
        return date(year, 1, 1), date(year, 12, 31)
    if half == 1:
        return date(year, 1, 1), date(year, 6, 30)
    return date(year, 7, 1), date(year, 12, 31)


def _version_before(
    folder: Path | None, reasons: str
) -> tuple["Manifest | None", dict[str, bytes]]:
    import zipfile

    import msgspec

    from amparo.errors import Malformed
    from amparo.web.words.report_files import Manifest

    if folder is None:
        return None, {}
    if not reasons.strip():
        raise Malformed(
            "A corrected version says why.",
            why="no --reasons are given",
            fix="Say what was wrong, and how it was found and mended.",
        )
    try:
        before = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
        with zipfile.ZipFile(folder / "report.zip") as archive:
            return before, {name: archive.read(name) for name in archive.namelist()}
    except (OSError, msgspec.DecodeError, zipfile.BadZipFile) as error:
        raise Malformed(
            "The version before cannot be read.",
            why=f"{folder}: {error}",
            fix="Name the folder that `amparo report write` made.",
        ) from None


def _read_back(archive: bytes) -> "Report":
    from amparo.report import files
    from amparo.report.table import reports

    sheets, _ = files.sheets_of("report.zip", archive)
    found, _ = reports([one for one in sheets if one.file.endswith(".csv")])
    return found[0]


def _put(folder: Path, made: dict[str, bytes]) -> None:
    from amparo.errors import Refused
    from amparo.ledger.storage.durable import write_durably

    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            f"{folder} is not empty.", why="a version is never written over", fix="Name a new one."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in made.items():
        write_durably(folder / name, body)


def _show(findings: "Sequence[Finding]") -> None:
    for one in findings:
        place = f"{one.file}:{one.row}" if one.row else one.file
        column = f", {one.column}" if one.column else ""
        click.echo(
            f"{one.severity} {one.rule} {place}{column}\n"
            f"  got: {one.got}\n  expected: {one.expected}\n  fix: {one.fix}"
        )
    if not findings:
        click.echo("No finding.")


def _described(one: "Report") -> str:
    from amparo.report import forms

    start, end = (one.value(1, Indicator=name) for name in (forms.START, forms.END))
    parts = ", ".join(map(str, one.tables))
    return f"{one.service or 'a service without a name'}, {start}/{end}: parts {parts}"


def _sarif(findings: "Sequence[Finding]") -> dict[str, Any]:
    from amparo.report.lint import ASKS

    levels = {"error": "error", "warning": "warning", "info": "note"}
    rules = sorted({one.rule for one in findings})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "amparo report lint",
                        "rules": [
                            {"id": rule, "shortDescription": {"text": ASKS[rule]}} for rule in rules
                        ],
                    }
                },
                "results": [
                    {
                        "ruleId": one.rule,
                        "level": levels[one.severity],
                        "message": {
                            "text": f"{one.column}: got {one.got}; expected {one.expected}. "
                            f"{one.fix}"
                        },
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": one.file},
                                    "region": {"startLine": max(1, one.row)},
                                }
                            }
                        ],
                    }
                    for one in findings
                ],
            }
        ],
    }


def _slug(text: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def _today() -> date:
    return datetime.now(UTC).date()


report.add_command(report_others.body)
report.add_command(report_others.santa_clara)
