"""What platforms say of cases in their own words: clauses and explanations, which the log seals."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from amparo.record import sealing
from amparo.storage.journal import Journal

CLAUSES = (
    *("illegal_content_legal_ground", "incompatible_content_ground"),
    "decision_ground_reference_url",
)
"""Where a statement names a law or a clause."""
_WORDS = (
    *CLAUSES,
    *("illegal_content_explanation", "incompatible_content_explanation", "decision_facts"),
)


class Wording(NamedTuple):
    """Of one statement."""

    clause: str
    """The law or clause that it names first; empty where it names none."""
    words: str
    """All that it says in words, folded for comparing."""


def clauses(sealed: Mapping[str, Any]) -> tuple[str, ...]:
    """The laws and clauses that a statement names, from its sealed fields."""
    return tuple(str(sealed[name]) for name in CLAUSES if sealed.get(name))


def clauses_of(journal: Journal, case: UUID) -> tuple[str, ...]:
    """The same of a case; none where there is no statement, or it was erased."""
    first = journal.decision(case)
    opening = first.opening if first is not None else None
    return () if opening is None else clauses(sealing.unpack(opening).fields())


def of(journal: Journal, cases: Sequence[UUID]) -> dict[UUID, Wording]:
    """The wording of each of some cases that has a statement which was not erased."""
    if not cases:
        return {}
    marks = ", ".join("?" * len(cases))
    rows = journal.db.execute(
        "SELECT case_id, opening FROM event WHERE n = 1 AND opening IS NOT NULL "
        f"AND case_id IN ({marks})",
        tuple(case.bytes for case in cases),
    )
    return {
        UUID(bytes=bytes(case)): _wording(sealing.unpack(opening).fields())
        for case, opening in rows
    }


def folded(text: str) -> str:
    """A text as it is compared: without case, and with one space between words."""
    return " ".join(text.casefold().split())


def _wording(sealed: Mapping[str, Any]) -> Wording:
    named = clauses(sealed)
    words = " ".join(str(sealed[name]) for name in _WORDS if sealed.get(name))
    return Wording(named[0] if named else "", folded(words))
