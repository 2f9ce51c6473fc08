"""A transparency report as files: the CSV set, a workbook, a page, and a manifest of all of them.

The manifest names version, period and the SHA-256 of each file; its own digest is what a node puts
into its log, so that a later version cannot take an earlier one's place unseen (Annex II: all
versions stay public; a corrected one says what was changed, why, how and when).
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from amparo.errors import Malformed
from amparo.report import files
from amparo.report.compare import charts, compare
from amparo.report.forms import PARTS
from amparo.report.parts import reports
from amparo.report.write import Written
from amparo.web.words.pages import rendered


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is published, and how to know it again."""

    service: str
    period: str
    version: int
    made_on: str
    files: dict[str, str]
    """Name -> SHA-256, in hexadecimal."""
    corrects: str = ""
    """Digest of the manifest of the version before; empty for the first."""
    reasons: str = ""
    changes: tuple[str, ...] = ()
    """Every cell that is other than in the version before: part, row, column, before, now."""
    log: str = ""
    """The log whose entries give the figures that can be recounted."""

    def digest(self) -> str:
        """SHA-256 of the manifest as it is written."""
        return hashlib.sha256(self.encode()).hexdigest()

    def encode(self) -> bytes:
        """The manifest as a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def csv_files(written: Written) -> dict[str, bytes]:
    """The CSV parts, by name."""
    return {
        f"{PARTS[number].name}.csv": files.write_csv(PARTS[number], rows)
        for number, rows in written.parts.items()
    }


def publish(
    written: Written,
    *,
    service: str,
    period: str,
    made_on: str,
    log: str,
    before: Manifest | None = None,
    reasons: str = "",
    changes: Sequence[str] = (),
) -> tuple[Manifest, dict[str, bytes]]:
    """Every file of a version, the manifest among them; `before` is the one that it corrects."""
    if before is not None and not reasons.strip():
        raise Malformed(
            "A corrected version says why.",
            why="no reasons are given",
            fix="Say what was wrong, and how it was found and mended.",
        )
    version = before.version + 1 if before else 1
    parts = csv_files(written)
    made = {
        "report.xlsx": files.write_xlsx(written.parts),
        "report.html": page_of(written, service=service, period=period, version=version),
    }
    manifest = Manifest(
        service,
        period,
        version,
        made_on,
        {name: hashlib.sha256(body).hexdigest() for name, body in parts.items()},
        before.digest() if before else "",
        reasons,
        tuple(changes),
        log,
    )
    whole = {**parts, "manifest.json": manifest.encode()}
    return manifest, {
        "report.zip": files.write_zip(whole),
        **made,
        "manifest.json": whole["manifest.json"],
    }


def page_of(written: Written, *, service: str, period: str, version: int) -> bytes:
    """The report as a page for people, alone in one file; rows that say nothing are left out."""
    shown = [
        (PARTS[number], rows, [row for row in rows if _says(number, row)])
        for number, rows in written.parts.items()
        if number != 2
    ]
    sheets = []
    for name, body in csv_files(written).items():
        sheets += files.sheets_of(name, body)[0]
    [report], _ = reports(sheets)
    return rendered(
        "report_file.html",
        service=service,
        period=period,
        version=version,
        parts=shown,
        charts=charts([compare(report)]),
    ).encode()


def place(manifest: Manifest) -> str:
    """Where a version lies below a node's folder of reports: service, period, version."""
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in manifest.service.lower())
    period = manifest.period.replace("/", "_")
    return f"{'-'.join(words.split()) or 'service'}/{period}/{manifest.version}"


def every(folder: Path) -> list[tuple[str, Manifest]]:
    """All versions a node has published: their places and manifests, newest first."""
    found = []
    for path in sorted(folder.glob("*/*/*/manifest.json")):
        with contextlib.suppress(msgspec.DecodeError):
            manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
            found.append((str(path.parent.relative_to(folder)), manifest))
    return sorted(found, key=lambda version: (version[1].made_on, version[1].version), reverse=True)


def read_version(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest and the CSV parts of a version, as `publish` made them."""
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
        with zipfile.ZipFile(folder / "report.zip") as archive:
            return manifest, {name: archive.read(name) for name in archive.namelist()}
    except (OSError, msgspec.DecodeError, zipfile.BadZipFile) as error:
        raise Malformed(
            "The version before cannot be read.",
            why=f"{folder}: {error}",
            fix="Name the folder that `amparo report write` made.",
        ) from None


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


def _says(number: int, row: Sequence[str]) -> bool:
    first = len(PARTS[number].header) - len(PARTS[number].kind or {"Value": ""})
    return any(cell not in ("", "0") for cell in row[first:])
