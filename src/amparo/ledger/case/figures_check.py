"""Counting the figures of the hearing again from the cases themselves.

So a journal of an older version gets its figures, so `amparo log check` compares them, and so they
are put right by `--rebuild`. Every case in which anything came after its beginning is looked at,
whatever table it stands in. What was erased cannot be counted again: it stands as it was noted.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID

from amparo.case import figures as pure
from amparo.case.figures import Cell, Counts, Period
from amparo.errors import Text, Unsound
from amparo.ledger.case import casework, figures
from amparo.ledger.case.casework import File
from amparo.storage.journal import Journal

CASES_A_COMMIT = 500


def counted(file: File) -> Counts:
    """What the figures count of a case as it is kept."""
    return pure.counted(file.events, file.public)


def of(journal: Journal, platform: int, period: Period) -> Counter[Cell]:
    """What the figures count of a platform in a period, also while not all cases are counted."""
    if figures.counted_up_to(journal) == figures.ALL:
        return figures.of(journal, platform, period)
    found = figures.of_erased(journal, platform, period)
    begin, over = pure.bounds(period)
    query = "SELECT DISTINCT case_id FROM event WHERE n > 1 AND platform = ?"
    for (case_id,) in journal.db.execute(query, (platform,)).fetchall():
        file = casework.read(journal, UUID(bytes=bytes(case_id)))
        found.update(pure.cells(file.events, file.public, begin, over))
    return found


def count_on(journal: Journal, *, stopped: Callable[[], bool] = lambda: False) -> bool:
    """Count the cases that an older version left, some in each commit; whether all are counted."""
    while (last := figures.counted_up_to(journal)) != figures.ALL:
        if stopped():
            return False
        with journal.transaction():
            _count_some(journal, last)
    return True


def check(journal: Journal) -> int:
    """Compare the figures with the cases that are not erased; how many cells agree.

    `Unsound` names the first that does not.
    """
    with journal.db.snapshot():
        if figures.counted_up_to(journal) != figures.ALL:
            return 0
        again = _again(journal)
        rows = journal.db.execute("SELECT DISTINCT platform, period FROM figure")
        stored = {(int(str(platform)), str(period)) for platform, period in rows}
        for platform, period in sorted({*stored, *again}):
            now = figures.of(journal, platform, period)
            now.subtract(figures.of_erased(journal, platform, period))
            for cell in {*now, *again[platform, period]}:
                if now[cell] != again[platform, period][cell]:
                    raise _differs(period, cell, now[cell], again[platform, period][cell])
        return sum(len(cells) for cells in again.values())


def rebuild(journal: Journal) -> None:
    """Count everything anew from the cases, beside what was noted of erased ones."""
    with journal.transaction():
        journal.db.execute("UPDATE figure SET n = erased")
        journal.set(figures.COUNTED, "")
    count_on(journal)


def _count_some(journal: Journal, last: str) -> None:
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT DISTINCT case_id FROM event WHERE n > 1 AND case_id > ? ORDER BY case_id LIMIT ?",
        (bytes.fromhex(last), CASES_A_COMMIT),
    ).fetchall()
    for (case_id,) in rows:
        file = casework.read(journal, UUID(bytes=bytes(case_id)))
        figures.add(journal, file.platform, counted(file))
    full = len(rows) == CASES_A_COMMIT
    journal.set(figures.COUNTED, bytes(rows[-1][0]).hex() if full else figures.ALL)


def _again(journal: Journal) -> dict[tuple[int, Period], Counter[Cell]]:
    found: dict[tuple[int, Period], Counter[Cell]] = defaultdict(Counter)
    query = "SELECT DISTINCT case_id FROM event WHERE n > 1"
    for (case_id,) in journal.db.execute(query).fetchall():
        file = casework.read(journal, UUID(bytes=bytes(case_id)))
        for (period, cell), n in counted(file).items():
            found[file.platform, period][cell] += n
    return found


def _differs(period: Period, cell: Cell, stored: int, again: int) -> Unsound:
    return Unsound(
        "The figures of the hearing are not what the cases say.",
        why=Text(
            "{period}, {what} {outcome} {about}: {stored} are kept, {again} are counted",
            period=period,
            what=cell.what,
            outcome=cell.outcome or "pending",
            about=" ".join(cell.about),
            stored=stored,
            again=again,
        ),
        fix="`amparo log check --rebuild` counts them anew; tell the operator how it came about.",
    )
