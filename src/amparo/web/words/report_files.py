"""A transparency report as files: the CSV set, a workbook, a page, and a manifest of all of them.

The manifest names version, period and the SHA-256 of each file. What becomes of a draft is in
`report_versions`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence

from amparo.errors import Malformed
from amparo.report import files
from amparo.report.compare import charts, compare
from amparo.report.forms import PARTS
from amparo.report.lint import lint
from amparo.report.parts import reports
from amparo.report.table import Finding, Report
from amparo.report.write import Given, Written
from amparo.web.words.pages import rendered
from amparo.web.words.report_versions import ARCHIVE, MANIFEST, Manifest, open_errors, sha256


def csv_files(written: Written) -> dict[str, bytes]:
    """The CSV parts, by name."""
    return {
        f"{PARTS[number].name}.csv": files.write_csv(PARTS[number], rows)
        for number, rows in written.parts.items()
    }


def findings(written: Written, given: Given) -> list[Finding]:
    """What is wrong with a report that was written: what nobody answered, and what lint says."""
    return [*written.findings, *lint(read_back(written), given.answers.service.tier)]


def draft(
    written: Written,
    given: Given,
    found: Sequence[Finding],
    *,
    made_on: str,
    log: str,
    platform: str,
    before: tuple[Manifest, Mapping[str, bytes]] | None = None,
    reasons: str = "",
) -> tuple[Manifest, dict[str, bytes]]:
    """Every file of a version, the manifest among them; `before` is the one that it corrects.

    `platform`: the slug of the one whose decisions were counted.
    """
    if before is not None and not reasons.strip():
        raise Malformed(
            "A corrected version says why.",
            why=f"version {before[0].version} is published, and no reasons are given",
            fix="Say what was wrong, and how it was found and mended (--reasons).",
        )
    service, period = given.answers.service, f"{given.start}/{given.end}"
    version = before[0].version + 1 if before else 1
    parts = csv_files(written)
    shown = {
        "report.xlsx": files.write_xlsx(written.parts),
        "report.html": page_of(written, service=service.name, period=period, version=version),
    }
    manifest = Manifest(
        service.name,
        period,
        version,
        made_on,
        {name: sha256(body) for name, body in (parts | shown).items()},
        before[0].digest() if before else "",
        reasons if before else "",
        tuple(changed(before[1], written)) if before else (),
        log,
        service.tier,
        open_errors(found),
        platform=platform,
    )
    archive = files.write_zip({**parts, MANIFEST: manifest.encode()})
    return manifest, {ARCHIVE: archive, **shown, MANIFEST: manifest.encode()}


def page_of(written: Written, *, service: str, period: str, version: int) -> bytes:
    """The report as a page for people, alone in one file; rows that say nothing are left out."""
    shown = [
        (PARTS[number], rows, [row for row in rows if _says(number, row)])
        for number, rows in written.parts.items()
        if number != 2
    ]
    return rendered(
        "report_file.html",
        service=service,
        period=period,
        version=version,
        parts=shown,
        charts=charts([compare(read_back(written))]),
    ).encode()


def changed(before: Mapping[str, bytes], now: Written) -> list[str]:
    """Every cell that differs between two versions' CSV parts."""
    found = []
    for name, body in csv_files(now).items():
        was, _ = files.sheets_of(name, before.get(name, b"x,y"))
        is_, _ = files.sheets_of(name, body)
        old = was[0].rows if was else ()
        for line, row in enumerate(is_[0].rows, 1):
            other = old[line - 1] if line <= len(old) else ()
            for column, cell in enumerate(row):
                earlier = other[column] if column < len(other) else ""
                if cell != earlier:
                    title = is_[0].rows[0][column].strip()
                    found.append(f"{name} line {line}, {title}: {earlier or '(blank)'} -> {cell}")
    return found


def read_back(written: Written) -> Report:
    """A report as whoever fetches its files reads it."""
    sheets = [
        sheet
        for name, body in csv_files(written).items()
        for sheet in files.sheets_of(name, body)[0]
    ]
    [report], _ = reports(sheets)
    return report


def _says(number: int, row: Sequence[str]) -> bool:
    first = len(PARTS[number].header) - len(PARTS[number].kind or {"Value": ""})
    return any(cell not in ("", "0") for cell in row[first:])
