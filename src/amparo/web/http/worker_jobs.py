"""What workers do with a stranger's file: judge a report, verify a receipt, read answers.

The functions that begin with `_` and take bytes run in the worker (`python -m
amparo.web.http.worker_jobs`); those of `Readers` ask for them. What is small has a worker of its
own, so that a slow report holds nobody up who only wants to know whether a receipt holds.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import codecs
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import charset_normalizer.constant
import msgspec

from amparo import carried
from amparo.errors import AmparoError, Malformed, Text, as_text
from amparo.ledger.log import receipts
from amparo.record.event import DecisionIssued
from amparo.report import answers, files, forms
from amparo.report.answers import Answers
from amparo.report.bounds import Budget
from amparo.report.files import Found
from amparo.report.forms import Tier
from amparo.report.lint import lint
from amparo.report.mend import Change
from amparo.report.parts import reports
from amparo.report.repaired import repaired
from amparo.report.table import ERROR, INFO, WARNING, Finding, Report, Sheet
from amparo.tlog import policy
from amparo.tlog.proof import HEADER
from amparo.web.http import confined
from amparo.web.http.confined import Limits
from amparo.web.http.limits import REPORT_READERS, SMALL_READERS, Queue
from amparo.web.http.workers import Pool, TooDemanding

MOST_SHOWN = 500
MOST_SHOWN_CHARACTERS = 300
"""Of a finding's text: a cell may hold a hundred thousand."""
SEVERITIES = (ERROR, WARNING, INFO)
MOST_MENDED_CELLS = 100_000
"""Six reports with every part: to judge them once more as mended doubles the work."""
MOST_MENDED_BYTES = 1 << 20
"""Packed: it comes with the page."""
OF_REPORTS = Limits(memory_bytes=512 << 20, cpu_seconds=12, wall_seconds=60.0, answer_bytes=8 << 20)
OF_SMALL = Limits(memory_bytes=128 << 20, cpu_seconds=2, wall_seconds=20.0, answer_bytes=8 << 20)
_MODULE = "amparo.web.http.worker_jobs"


class Dropped(NamedTuple):
    """A report's files, as they came."""

    files: tuple[tuple[str, bytes], ...]
    tier: Tier | None


class MendedFiles(NamedTuple):
    """The same with what is certain corrected, to take away."""

    archive: bytes
    number: int
    changes: tuple[Change, ...]
    """The first of them."""
    left: tuple[str, ...]
    """Files that were not understood, and so are not in it."""
    counts: dict[str, int]
    """How many findings there are of each severity then."""


class Judged(NamedTuple):
    """What is said of them."""

    services: tuple[str, ...]
    findings: tuple[Finding, ...]
    """The first of them, the gravest first."""
    counts: dict[str, int]
    mended: MendedFiles | None
    """None where nothing is certain to correct, or it would be too much to hand back."""


class Claimed(NamedTuple):
    """A receipt, and the key of the log that it is said to be of."""

    receipt: bytes
    vkey: str


class Readers:
    """The workers of a serving process."""

    def __init__(self) -> None:
        self._reports = Pool(_MODULE, OF_REPORTS, REPORT_READERS)
        self._small = Pool(_MODULE, OF_SMALL, SMALL_READERS)

    async def judged(self, dropped: Dropped, network: str) -> Judged:
        """Every finding about a report, for somebody of a network."""
        done = await self._reports.ask("lint", msgspec.msgpack.encode(dropped), network)
        return msgspec.msgpack.decode(done, type=Judged, dec_hook=carried.read)

    async def verified(self, claimed: Claimed, network: str) -> dict[str, Any]:
        """What a receipt proves, by name; or the error that says why it proves nothing."""
        done = await self._small.ask("verify", msgspec.msgpack.encode(claimed), network)
        return msgspec.msgpack.decode(done, type=dict[str, Any])

    async def answers(self, text: str, beside: dict[str, Any], network: str) -> Answers:
        """The answers of a TOML text, with further ones that stand beside it."""
        done = await self._small.ask("answers", msgspec.msgpack.encode((text, beside)), network)
        return msgspec.msgpack.decode(done, type=Answers)

    async def close(self) -> None:
        """End them."""
        await self._reports.close()
        await self._small.close()


def tables(paths: Iterable[Path]) -> Found:
    """Every table of some files, folders and archives, and what could not be read.

    For a command line: files are read one by one, in a worker.
    """
    return asyncio.run(_tables(paths))


async def _tables(paths: Iterable[Path]) -> Found:
    limits = msgspec.structs.replace(OF_REPORTS, answer_bytes=1 << 30)
    pool = Pool(_MODULE, limits, Queue(1, 0, 1))
    sheets, lost = [], []
    for name, body in files.bodies(paths):
        if isinstance(body, Finding):
            lost.append(body)
            continue
        try:
            done = await pool.ask("tables", msgspec.msgpack.encode((name, body)))
        except TooDemanding as error:
            _, why, fix = error.texts
            lost.append(files.unreadable(name, as_text(why), as_text(fix)))
        else:
            found, missed = msgspec.msgpack.decode(done, type=Found, dec_hook=carried.read)
            sheets += found
            lost += missed
    await pool.close()
    return files.without_companions((sheets, lost))


def _lint(raw: bytes) -> bytes:
    dropped = msgspec.msgpack.decode(raw, type=Dropped)
    sheets, lost, budget = [], list[Finding](), Budget()
    for name, body in dropped.files:
        some, missed = files.sheets_of(name, body, budget)
        sheets += some
        lost += missed
    lost = files.without_companions((sheets, lost))[1]
    found, findings = _findings(sheets, lost, dropped.tier)
    names = [_named(report.service, report.value(1, Indicator=forms.START)) for report in found]
    shown = tuple(map(_shortened, findings[:MOST_SHOWN]))
    mended = _mended(found, lost, dropped.tier)
    judged = Judged(tuple(names[:MOST_SHOWN]), shown, _counts(findings), mended)
    return msgspec.msgpack.encode(judged, enc_hook=carried.plain)


def _findings(
    sheets: Sequence[Sheet], lost: Sequence[Finding], tier: Tier | None
) -> tuple[list[Report], list[Finding]]:
    """The reports that some tables make, and everything about them, the gravest first."""
    found, more = reports(sheets)
    findings = [*lost, *more]
    for report in found:
        findings += lint(report, tier)
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return found, findings


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    return {name: sum(finding.severity == name for finding in findings) for name in SEVERITIES}


def _mended(
    found: Sequence[Report], lost: Sequence[Finding], tier: Tier | None
) -> MendedFiles | None:
    cells = sum(len(row.raw) for report in found for table in report.every for row in table.rows)
    made = list(repaired(found)) if cells <= MOST_MENDED_CELLS else []
    changes = [change for each in made for change in each.mended.changes]
    if not changes:
        return None
    bodies, sheets = {}, list[Sheet]()
    for each, report in zip(made, found, strict=True):
        for name, body in each.files.items():
            place = name if len(made) == 1 else f"{each.folder}/{name}"
            bodies[place] = body
            again, _ = files.sheets_of(place, body)
            sheets += [sheet._replace(alone=report.alone) for sheet in again]
    archive = files.write_zip(bodies)
    if len(archive) > MOST_MENDED_BYTES:
        return None
    _, findings = _findings(sheets, lost, tier)
    shown = tuple(Change(*map(_cut, change)) for change in changes[:MOST_SHOWN])
    left = tuple(_cut(file) for each in made for file in each.mended.left)
    return MendedFiles(archive, len(changes), shown, left[:MOST_SHOWN], _counts(findings))


def _named(service: str, start: str) -> str:
    return f"{service or '?'} {start}".strip()[:MOST_SHOWN_CHARACTERS]


def _shortened(finding: Finding) -> Finding:
    return Finding(*map(_cut, finding))


def _cut(value: Any) -> Any:
    """A text, or those that a `Text` holds, with at most so many characters."""
    if isinstance(value, Text):
        return Text(value.id, **{name: _cut(held) for name, held in value.parameters.items()})
    if isinstance(value, str) and len(value) > MOST_SHOWN_CHARACTERS:
        return f"{value[:MOST_SHOWN_CHARACTERS]}…"
    return value


def _read_tables(raw: bytes) -> bytes:
    name, body = msgspec.msgpack.decode(raw, type=tuple[str, bytes])
    return msgspec.msgpack.encode(files.sheets_of(name, body), enc_hook=carried.plain)


def _verify(raw: bytes) -> bytes:
    claimed = msgspec.msgpack.decode(raw, type=Claimed)
    verified = receipts.verify(claimed.receipt, policy.of_log(claimed.vkey))
    facts: dict[str, Any] = {
        "log": verified.proven.checkpoint.origin,
        "entry": verified.proven.index,
        "size": verified.proven.checkpoint.size,
        "recorded": verified.leaf.at,
    }
    if isinstance(verified.leaf, DecisionIssued):
        facts |= {"platform": verified.leaf.by, "case": verified.leaf.case}
        facts |= verified.leaf.public
    return msgspec.msgpack.encode(facts | (verified.sealed or {}))


def _answers(raw: bytes) -> bytes:
    text, beside = msgspec.msgpack.decode(raw, type=tuple[str, dict[str, Any]])
    found = answers.read(answers.combined(answers.parse(text), beside))
    try:
        return msgspec.msgpack.encode(found)
    except OverflowError:
        raise Malformed(
            "The answers cannot be used.", why="a number is too large", fix="Mend that number."
        ) from None


def _warm() -> None:
    """Load what is loaded only when it is first needed: encodings, and all forms of tables."""
    for name in charset_normalizer.constant.IANA_SUPPORTED:
        codecs.lookup(name)
    parts = {1: [["a"] * 4]}
    table = files.write_csv(forms.PARTS[1], parts[1])
    for name, body in _samples(table, files.write_xlsx(parts)):
        _lint(msgspec.msgpack.encode(Dropped(((name, body),), "vlop")))
    with suppress(AmparoError):
        _verify(msgspec.msgpack.encode(Claimed(HEADER + b"\nindex 0\n\nx\n0\n", "x")))


def _samples(table: bytes, book: bytes) -> Sequence[tuple[str, bytes]]:
    return (
        ("a.csv", table),
        ("a.csv", "año;señal\r\nx;y".encode("utf-16")),
        ("a.zip", files.write_zip({"a.csv": table})),
        ("a.xlsx", book),
    )


if __name__ == "__main__":
    confined.serve(
        {"lint": _lint, "tables": _read_tables, "verify": _verify, "answers": _answers}, _warm
    )
