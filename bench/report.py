"""A year of decisions to a finished report, beside the scan of the same rows in the same run.

    python -m bench.report [DECISIONS]

A journal is filled with real-looking decisions, a few thousand distinct ones over and over; the
report is counted, written and linted from it. The limit: reading the same leaves and nothing else.
"""

import os
import resource
import tempfile
import time
import tomllib
from datetime import date
from pathlib import Path

from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.record.uuid7 import uuid7
from amparo.report import answers, files, forms
from amparo.report.figures import Heard
from amparo.report.lint import lint
from amparo.report.parts import reports
from amparo.report.skeleton import skeleton
from amparo.report.write import Given, write
from amparo.storage.journal import Journal, Row
from amparo.storage.node import create_node
from amparo.web.words import report_figures, report_files
from bench.machine import asked_number, described, table
from bench.monitor import leaves

DECISIONS = 1_000_000
IN_COMMIT = 20_000
SETS = 20


def filled(folder, number):
    node = create_node(folder, origin="log.example")
    journal = Journal(node.journal)
    platform = platforms.add(journal, "Foro", Profile())
    made = leaves(number)
    for first in range(0, number, IN_COMMIT):
        with journal.transaction():
            last = min(first + IN_COMMIT, number)
            journal.insert([_row(platform.id, made[n % len(made)]) for n in range(first, last)])
    return journal, platform


def _row(platform, leaf):
    return Row(uuid7(time.time_ns() // 1_000_000, os.urandom(10)), 1, platform, leaf, b"")


def timed(job):
    begun = time.perf_counter()
    found = job()
    return time.perf_counter() - begun, found


def scan(journal, number):
    step = report_figures.SLICE
    return sum(len(journal.leaves(n, n + step)) for n in range(0, number, step))


def run(number=DECISIONS):
    with tempfile.TemporaryDirectory() as name:
        journal, platform = filled(Path(name) / "node", number)
        read, seen = timed(lambda: scan(journal, number))
        assert seen == number
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start, end = date(2020, 1, 1), date(2037, 12, 31)
        count, found = timed(lambda: report_figures.counted(journal, platform, start, end))
        measures = found.measures()
        assert sum(measures.values()) == number
        text = skeleton("online_platform", platform="foro", name="Foro")
        source = tomllib.loads(text)
        given = Given(measures, Heard(), answers.read(source), "2026-01-01", "2026-12-31")
        rest, written = timed(lambda: write(given))
        made_on, log = "2027-01-01", "log.example"
        out, made = timed(lambda: report_files.draft(written, given, (), made_on=made_on, log=log))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        journal.close()
    parts = report_files.csv_files(written)

    def judged():
        for n in range(SETS):
            sheets = [
                one
                for name, body in parts.items()
                for one in files.sheets_of(f"{n}/{name}", body)[0]
            ]
            for one in reports(sheets)[0]:
                lint(one, "online_platform")

    linting, _ = timed(judged)
    whole = count + rest + out
    table(
        f"A report from {number:,} decisions (peak memory {after // 1024} MB; before, "
        f"{peak // 1024} MB)",
        ("part", "wall", "ratio to the scan"),
        [
            ("reading the same leaves alone", f"{read:.1f} s", "1.0"),
            ("counting", f"{count:.1f} s", f"{count / read:.1f}"),
            ("template, CSV, workbook, page", f"{rest + out:.1f} s", f"{(rest + out) / read:.1f}"),
            ("the whole", f"{whole:.1f} s", f"{whole / read:.1f}"),
        ],
    )
    rows = sum(len(rows) for rows in written.parts.values())
    print(f"\nLinting {SETS} whole reports of {rows} rows: {linting:.1f} s.")
    assert len(made[1]) == 4
    assert len(written.parts) == len(forms.owed("online_platform"))


if __name__ == "__main__":
    asked = asked_number(__doc__, DECISIONS, "DECISIONS")
    print(described())
    run(asked)
