"""Lists that people look at are pages: with 100,000 rows behind them, too."""

import pytest

from amparo.ledger.case import (
    danger,
    desks,
    marks,
    panels,
    people,
    rulings,
    suspensions,
    wording,
)
from amparo.ledger.case.desks import Filter
from amparo.ledger.outbound import outbox
from amparo.web.staff import notices

TABLES = {
    "desk": lambda key, n, desk, _: (
        *(key, desk, "filed", "sent", "", "", 1_800_000_000 + n, n % 4, 1_790_000_000, 0),
        *("", "", 0),
    ),
    "ruling": lambda key, n, desk, lead: (
        *(n + 1, key, desk, lead, n, "upheld", "", "[]", "", 1, "finished", 1, 0, "", 0, "en", 0),
    ),
    "sender": lambda key, _, desk, __: (desk, key, "notices", key, "warned"),
    "panel": lambda key, n, desk, _: (key, desk, "deliberation", n, " mara ", str(n), ""),
}


@pytest.fixture
def full(journal, desk, database):
    number = 2_000 if database else 100_000  # a file takes as many in a few seconds
    lead = people.add(journal, desk, "Lead", "lead@example.org", lead=True).id
    with journal.transaction():
        for table, row in TABLES.items():
            rows = [row(n.to_bytes(16, "big"), n, desk.id, lead) for n in range(number)]
            places = ", ".join("?" * len(rows[0]))
            journal.db.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
        journal.db.executemany(
            "INSERT INTO precedent (id, case_id, seq, at, platform, outcome, basis, ground, "
            "category, clause, profile, votes, body, dissents) VALUES "
            "(?, ?, ?, ?, ?, 'uphold', 'merits', '', '', '', ' P-LEG+ ', '{}', 'words', '[]')",
            [(f"r{n}", n.to_bytes(16, "big"), n, n, desk.id) for n in range(number)],
        )
    return journal, desk.id


LISTS = {
    "queue": lambda journal, desk: desks.queue(journal, desk, Filter()),
    "rulings of groups": rulings.newest,
    "warnings": suspensions.newest,
    "cases of a member": lambda journal, _: panels.cases_of(journal, "mara"),
    "published rulings": lambda journal, _: panels.search(journal, text="words"),
}


def test_every_list_is_a_page(full):
    for name, read in LISTS.items():
        assert len(read(*full)) == 50, name


OF_CASES = {
    "in danger": danger.among,
    "marks": marks.of,
    "letters lost": outbox.lost,
    "words": wording.of,
    "reports": lambda journal, _: notices.waiting(journal, 1, ""),
}
"""What a list says beside each of its cases, and the list of reports itself."""


@pytest.mark.parametrize("name", OF_CASES)
def test_a_list_with_nothing_in_it_is_a_page(journal, name):
    """PostgreSQL takes no empty list of values: the page of reports that wait was broken by it."""
    assert not OF_CASES[name](journal, [])
