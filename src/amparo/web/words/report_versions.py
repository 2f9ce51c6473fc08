"""Versions of a transparency report: drafts, and what somebody has signed by name.

A draft is a folder that nobody else has seen: nothing of it is in the log. Signing adds the name to
its manifest; the manifest's digest is what the log then holds. A published version is never written
over: what is wrong in it is corrected by the next one, which lists every cell that changed, and
says why.

Source: Implementing Regulation (EU) 2024/2835, Article 3 and Annex II: all versions stay public for
five years; a corrected one says what was changed, why, how and when.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from amparo.errors import Malformed, Refused, Text
from amparo.foreign_text import is_name
from amparo.ledger.log.platforms import slug_of
from amparo.report import files
from amparo.report.table import ERROR, Finding
from amparo.web.words.decision import N_
from amparo.zip_errors import BROKEN

LONGEST_SIGNATURE = 200
MANIFEST = "manifest.json"
ARCHIVE = "report.zip"


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
    tier: str = ""
    errors: tuple[str, ...] = ()
    """Of a draft: what has to be mended before anybody can sign it."""
    signed_by: str = ""
    """Name and role of who answers for it; public."""
    signed_on: str = ""
    platform: str = ""
    """Slug of the platform whose decisions it counts; empty where an older version made it."""

    def digest(self) -> str:
        """SHA-256 of the manifest as it is written."""
        return sha256(self.encode())

    def encode(self) -> bytes:
        """The manifest as a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    def unsigned(self) -> "Manifest":
        """The same as a draft without errors: two of one version are alike in this."""
        return msgspec.structs.replace(self, signed_by="", signed_on="", made_on="")


def sha256(body: bytes) -> str:
    """The digest of a file, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def open_errors(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The errors among some findings, as a draft lists them."""
    return tuple(
        f"{finding.rule} {finding.file}{f':{finding.row}' if finding.row else ''}"
        f"{f', {finding.column}' if finding.column else ''}: {finding.expected}"
        for finding in findings
        if finding.severity == ERROR
    )


def signed(
    manifest: Manifest, bodies: Mapping[str, bytes], *, by: str, on: str
) -> tuple[Manifest, dict[str, bytes]]:
    """A draft as it is published; `Refused` while it has errors, or is not what was written."""
    _check_signature(by)
    if manifest.errors:
        raise Refused(
            N_("The report is not signed: it has errors."),
            why=Text("{errors}", errors="; ".join(manifest.errors)),
            fix=N_("Mend them, and write it again."),
        )
    parts = _parts(bodies)
    for name, digest in manifest.files.items():
        if sha256(bodies.get(name, parts.get(name, b""))) != digest:
            raise Refused(
                N_("The report is not signed: it is not as it was written."),
                why=Text("{name} is another file than its manifest says", name=name),
                fix=N_("Write it again; figures are mended in the answers or in the record."),
            )
    if on <= manifest.period.partition("/")[2]:
        raise Refused(
            N_("The report is not signed: its period is not over."),
            why=Text("{period}", period=manifest.period),
            fix=N_("Publish it after the last day of the period."),
        )
    done = msgspec.structs.replace(manifest, signed_by=by.strip(), signed_on=on)
    whole = {name: body for name, body in parts.items() if name != MANIFEST}
    archive = files.write_zip({**whole, MANIFEST: done.encode()})
    return done, {**bodies, ARCHIVE: archive, MANIFEST: done.encode()}


def place(manifest: Manifest) -> str:
    """Where a version lies below a node's folder of reports: service, period, version."""
    return f"{_place(manifest.service, manifest.period)}/{manifest.version}"


def latest(folder: Path, service: str, period: str) -> tuple[Manifest, dict[str, bytes]] | None:
    """The last published version of a report, and its CSV parts; None if there is none."""
    named = [
        (m.version, place)
        for place, m in every(folder)
        if (m.service, m.period) == (service, period)
    ]
    if not named:
        return None
    manifest, bodies = read(folder / max(named)[1])
    return manifest, _parts(bodies)


def every(folder: Path) -> list[tuple[str, Manifest]]:
    """All versions a node has published: their places and manifests, newest first."""
    found = []
    for path in sorted(folder.glob("*/*/*/manifest.json")):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
            found.append((str(path.parent.relative_to(folder)), manifest))
    return sorted(found, key=lambda version: (version[1].made_on, version[1].version), reverse=True)


def read(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest of a version and all of its files."""
    try:
        bodies = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        manifest = msgspec.json.decode(bodies[MANIFEST], type=Manifest)
        _parts(bodies)
    except (KeyError, msgspec.DecodeError, *BROKEN) as error:
        raise Malformed(
            "That is no version of a report.",
            why=f"{folder}: {error}",
            fix="Name the folder that `amparo report write` made.",
        ) from None
    return manifest, bodies


def _parts(bodies: Mapping[str, bytes]) -> dict[str, bytes]:
    """What the archive of a version holds."""
    with zipfile.ZipFile(io.BytesIO(bodies[ARCHIVE])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _place(service: str, period: str) -> str:
    return f"{slug_of(service)}/{period.replace('/', '_')}"


def _check_signature(by: str) -> None:
    name, _, role = by.partition(",")
    if name.strip() and role.strip() and is_name(by.strip(), LONGEST_SIGNATURE):
        return
    raise Malformed(
        N_("A report is signed by name."),
        why=N_("name and role are needed, with a comma between them, in one short line"),
        fix=N_("Write it as in: Ana Pérez, compliance officer."),
        field="signed_by",
    )
