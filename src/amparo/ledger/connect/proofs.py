"""What sources signed of the decisions that were taken in from them: anybody can check it again.

It says whom a decision is about, so it is erased with its case. Of a draft it lies in its record.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Literal, NamedTuple
from uuid import UUID

from amparo.connectors.record import Proof
from amparo.storage.journal import Journal

What = Literal["decision", "reversal"]


class Taken(NamedTuple):
    """A proof, of what it is one, and when it was taken in (POSIX seconds)."""

    what: What
    proof: Proof
    at: int


def put(journal: Journal, case_id: UUID, what: What, proof: Proof, *, now: int) -> None:
    """Keep a proof, once, inside a transaction."""
    journal.db.execute(
        "INSERT INTO proof (case_id, what, signed, signature, key, at) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (case_id.bytes, what, proof.signed, proof.signature, proof.key, now),
    )


def of_case(journal: Journal, case_id: UUID) -> list[Taken]:
    """The proofs of a case, the oldest first."""
    rows = journal.db.execute(
        "SELECT what, signed, signature, key, at FROM proof WHERE case_id = ? ORDER BY at, what",
        (case_id.bytes,),
    )
    return [
        Taken(what, Proof(bytes(signed), bytes(signature), key), at)
        for what, signed, signature, key, at in rows
    ]
