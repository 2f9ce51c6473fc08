"""A wave of 70,000: filed, grouped and ruled in one go; and a desk with a million open cases.

    python -m bench.wave [CASES]

Beside it the limit of the same run: the same number of events appended with no case behind them.
"""

import random
import resource
import tempfile
import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

from starlette.testclient import TestClient

from amparo.case import complaint, roles
from amparo.case.issue import later
from amparo.case.selection import Choice, Taken
from amparo.ledger.case import casework, groups, people, rulings
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare
from amparo.record import sealing
from amparo.record.decision import settle
from amparo.record.rules import Profile
from amparo.record.specimen import specimen
from amparo.storage.journal import Journal, Row
from amparo.storage.node import create_node
from amparo.web.app import build
from amparo.web.http.state import Serving
from amparo.web.staff.sign_in import COOKIE
from bench.machine import asked_number, described, table

CASES = 70_000
OPEN_CASES = 1_000_000
CHUNK = 1000
GOAL_SECONDS, GOAL_MS = 120, 200


def decisions(node, journal, platform, number):
    chance, secret, cases = random.Random(7), node.secret(), []
    for first in range(0, number, CHUNK):
        some = [
            settle(_alike(specimen(chance, f"wave-{n}")), "API")
            for n in range(first, min(first + CHUNK, number))
        ]
        prepared = prepare(some, platform=platform, secret=secret)
        journal.append([[one.row for one in prepared]])
        cases += [casework.UUID(one.case) for one in prepared]
    return cases


def _alike(one):
    """A wave is of one kind, and of none that needs a look of its own."""
    alike = {"category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "content_language": "EN"}
    return {name: value for name, value in one.items() if name != "category_specification"} | alike


def filed(journal, cases):
    now = casework.now()
    step = partial(
        complaint.file,
        role="person",
        grounds="My account was closed and I do not know why.",
        attachments=(),
        now=now,
    )
    for first in range(0, len(cases), CHUNK):
        with journal.transaction():
            for case_id in cases[first : first + CHUNK]:
                casework.act_within(journal, case_id, step)


def ruled(journal, platform, reviewer):
    found = groups.find(journal, platform.id, Choice(), language="en")
    cases = groups.taken(journal, found, Taken(), size=found.size)
    now = casework.now()
    ruling = rulings.begin(
        journal,
        platform.id,
        cases,
        reviewer=reviewer,
        outcome="reversed",
        steps=["restore_account"],
        reasons="The rule named was not in force on the day; no account broke another.",
        chosen="all",
        language="en",
        now=now,
    )
    rulings.carry_out(journal, ruling, now=now)
    return rulings.find(journal, ruling.id)


def bare(journal, number):
    """Only sealing and appending: a floor under whatever keeps events."""
    for first in range(0, number, CHUNK):
        rows = []
        for n in range(first, min(first + CHUNK, number)):
            issued = later("bare", {"n": n}, at="2026-11-25T00:00:00Z", salt=bytes(32))
            case = n.to_bytes(16, "big")
            rows.append(Row(case, 2, 0, issued.leaf, sealing.pack(issued.opening)))
        journal.append([rows])


def desk_page(node, journal, platform, number):
    """Fill the desk's table to a million open cases, and ask a server for its pages."""
    with journal.transaction():
        journal.db.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT OR IGNORE INTO desk SELECT randomblob(16), ?, 'filed', 'sent', '', '', "
            "1800000000 + i % 1209600, i % 4, 1790000000 + i, 0, "
            "'STATEMENT_CATEGORY_SCAMS_AND_FRAUD', '', 0 FROM n",
            (number, platform.id),
        )
    lead = people.every(journal, platform.id)[0]
    took = []
    with TestClient(build(Serving(node))) as client:
        client.cookies.set(COOKIE, people.new_session(journal, lead.id))
        for query in (
            "",
            "?category=STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
            "?category=STATEMENT_CATEGORY_ANIMAL_WELFARE",
            "?mine=1",
        ) * 6:
            begun = time.perf_counter()
            client.get(f"/desk{query}").raise_for_status()
            took.append((time.perf_counter() - begun) * 1000)
    return median(took), max(took[4:])  # the first four also read the templates


def run(number=CASES):
    with tempfile.TemporaryDirectory() as folder:
        node = create_node(Path(folder) / "node")
        journal = Journal(node.journal)
        platform = platforms.add(journal, "Foro", Profile())
        lead = people.add(journal, platform, "Lead", "lead@example.org", lead=True).reviewer
        assert isinstance(lead, roles.Reviewer)
        cases = decisions(node, journal, platform, number)
        marks = [time.perf_counter()]
        filed(journal, cases)
        marks.append(time.perf_counter())
        done = ruled(journal, platform, lead)
        marks.append(time.perf_counter())
        events = journal.size() - number
        limit = Journal(create_node(Path(folder) / "bare").journal)
        bare(limit, events)
        marks.append(time.perf_counter())
        middle, worst = desk_page(node, journal, platform, OPEN_CASES)
        filing, ruling, floor = (b - a for a, b in pairwise(marks))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table(
        f"A wave of {number:,} complaints ({events:,} events)",
        ("part", "seconds", "ratio to appending as many bare events"),
        [
            ("file", f"{filing:.1f}", f"{filing / floor:.1f}"),
            ("group and rule", f"{ruling:.1f}", f"{ruling / floor:.1f}"),
            ("bare events", f"{floor:.1f}", "1.0"),
        ],
    )
    whole = filing + ruling
    word = "reached" if whole <= GOAL_SECONDS else "MISSED"
    print(
        f"\n{done.done:,} ruled, {done.passed} passed over, in {whole:.1f} s "
        f"(goal {GOAL_SECONDS} s): {word}. Peak memory {memory:,.0f} MB."
    )
    word = "reached" if worst <= GOAL_MS else "MISSED"
    print(
        f"The desk's whole page, made by the server, of {OPEN_CASES:,} open cases: "
        f"median {middle:.0f} ms, slowest {worst:.0f} ms (goal {GOAL_MS} ms): {word}."
    )


if __name__ == "__main__":
    asked = asked_number(__doc__, CASES, "CASES")
    print(described())
    run(asked)
