"""Searching a million decisions, beside a bare count of the same rows in the same run.

    python -m bench.search [DECISIONS]

The index is made by the node's own code from a real journal; each question is asked several times,
and the middle time counts. The yardstick is SQLite counting one bit of the same rows.
"""

import random
import statistics
import tempfile
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import apsw

from amparo.ledger.log import platforms, search
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.search import Asked
from amparo.record.decision import settle, trim
from amparo.record.rules import Profile
from amparo.record.specimen import specimen
from amparo.storage.journal import Journal
from amparo.storage.node import create_node
from bench.machine import asked_number, described, table

DECISIONS = 1_000_000
AT_ONCE = 2_000
ROUNDS = 9
QUESTIONS = {
    "all, the newest page": Asked(),
    "all, half way down": Asked(before=DECISIONS // 2),
    "a common restriction": Asked(values=("DECISION_VISIBILITY_CONTENT_REMOVED",)),
    "two at once": Asked(
        values=("AUTOMATED_DECISION_FULLY", "DECISION_GROUND_INCOMPATIBLE_CONTENT")
    ),
    "what nobody has": Asked(
        values=("DECISION_MONETARY_TERMINATION", "STATEMENT_CATEGORY_ANIMAL_WELFARE")
    ),
    "days without any": Asked(until=date(2000, 1, 1)),
}


def fill(node, number):
    """Decisions of one platform, a few thousand distinct ones over and over."""
    made = [settle(trim(specimen(random.Random(n), f"p{n}")), "API") for n in range(AT_ONCE)]
    with closing(Journal(node.journal)) as journal:
        platform = platforms.add(journal, "Foro", Profile())
        for _ in range(number // AT_ONCE):
            prepared = prepare(made, platform=platform, secret=node.secret())
            rows = [one.row._replace(opening=b"", puid_digest=None) for one in prepared]
            with journal.transaction():
                journal.insert(rows)


def middle(job):
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        job()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def run(number=DECISIONS):
    with tempfile.TemporaryDirectory() as place:
        node = create_node(Path(place) / "node", origin="log.example/bench")
        fill(node, number)
        with closing(Journal(node.journal, read_only=True)) as journal:
            begun = time.perf_counter()
            search.make(node, journal)
            made = time.perf_counter() - begun
            index = node.folder / search.FILE
            with closing(apsw.Connection(str(index))) as bare:
                query = "SELECT count(*) FROM decision WHERE facts & 1 = 1"
                plain = middle(lambda: bare.execute(query).fetchall())
            rows = []
            for name, asked in QUESTIONS.items():
                took = middle(lambda asked=asked: search.find(node, journal, asked, most=50))
                rows.append((name, f"{took * 1000:.1f} ms", f"{took / plain:.2f}"))
            size = index.stat().st_size
    print(f"\nA bare count of {number:,} rows: {plain * 1000:.1f} ms.")
    print(f"Index made at {number / made:,.0f} decisions a second; {size / number:.0f} bytes each.")
    table(f"A page of 50 among {number:,} decisions", ("asked for", "time", "to the count"), rows)


if __name__ == "__main__":
    asked = asked_number(__doc__, DECISIONS, "DECISIONS")
    print(described())
    run(asked)
