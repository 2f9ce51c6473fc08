"""Many reports of one address, as their platform sees and answers them: by the numbers of all.

The platform names each report that an answer is for, and each has an answer of its own: one that
has to be looked at by itself is left out, with the reason, and the others are not held up by it.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from amparo.case import joint as rules
from amparo.errors import Malformed, Missing, Refused
from amparo.ledger.case import casework, joint
from amparo.ledger.case.casework import File
from amparo.storage.journal import Journal


def in_order(journal: Journal, files: Sequence[File]) -> list[tuple[File, dict[str, Any]]]:
    """Cases in the order in which they are to be done, with what says that some are one matter.

    Reports without an answer keep their places among the others. Of them danger comes first
    (Article 18), then what a trusted flagger sent (Article 22), and with it every other report of
    the same address: the first lists the others, and each of these names the first.
    """
    waiting = {file.id: file for file in files if file.case.decision == "noticed"}
    sorted_: dict[UUID, dict[str, Any]] = {}
    for file in sorted(waiting.values(), key=_urgency):
        if file.id in sorted_:
            continue
        others = [other for other in joint.unanswered(journal, file) if other not in sorted_]
        sorted_[file.id] = {"same_address": [str(other) for other in others]} if others else {}
        sorted_ |= {other: {"same_address_as": str(file.id)} for other in others}
    places = iter([case_id for case_id in sorted_ if case_id in waiting])
    found: list[tuple[File, dict[str, Any]]] = []
    for file in files:
        case_id = next(places) if file.id in waiting else file.id
        found.append((waiting.get(case_id, file), sorted_.get(case_id, {})))
    return found


def _urgency(file: File) -> int:
    return 0 if file.case.danger else 1 if file.case.flagged else 2


def check_joins(journal: Journal, lead: UUID, other: UUID) -> None:
    """Raise unless a report can be answered as another was; inside a transaction."""
    cases = [casework.read(journal, case_id).case for case_id in (lead, other)]
    rules.check_joins(*cases)


async def each(
    names: Sequence[str], take: Callable[[str], Awaitable[None]]
) -> list[dict[str, Any]]:
    """What became of a step in each of the named cases, in that order."""
    answers: list[dict[str, Any]] = []
    for name in names:  # a job each, so that others have their turn between them
        try:
            await take(name)
            answers.append({"case": name, "state": "done"})
        except (Malformed, Missing, Refused) as error:
            why = {"what": error.what, "why": error.why, "fix": error.fix}
            answers.append({"case": name, "state": "left", **why})
    return answers
