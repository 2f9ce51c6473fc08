"""A statement that names the one it corrects: a field of our own beside the EU database's.

`corrects` is the uuid or PUID of an earlier statement of the same platform. It is taken out before
the rules look: it enters neither the statement nor its public leaf.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from amparo.case.state import Actor
from amparo.errors import AmparoError
from amparo.ledger.case import casework, corrections
from amparo.ledger.log.platforms import Platform
from amparo.record.rules import Finding
from amparo.storage.journal import Journal

FIELD = "corrects"
_ARTICLE = "DSA Art. 17(1)"


class Corrected(NamedTuple):
    """The statement whose place another takes; or what is wrong with it."""

    statement: UUID | None = None
    finding: Finding | None = None


def taken_out(submission: Any) -> object:
    """What a statement says of the one it corrects; None if nothing."""
    return submission.pop(FIELD, None) if type(submission) is dict else None


def read(journal: Journal, secret: bytes, platform: Platform, name: object) -> Corrected:
    """Look up the statement that is corrected."""
    if name is None:
        return Corrected()
    if not isinstance(name, str):
        why, fix = "The corrects field: It is not a text.", "Send a uuid or a PUID of yours."
        return Corrected(finding=Finding(FIELD, "corrects", _ARTICLE, why, fix))
    try:
        return Corrected(corrections.find(journal, secret, platform, name))
    except AmparoError as error:
        why = f"The corrects field: {error.what} {error.why}"
        return Corrected(finding=Finding(FIELD, "corrects", _ARTICLE, why, error.fix))


def link(
    journal: Journal, platform: Platform, stored: Sequence[tuple[str, Corrected]]
) -> list[dict[str, Any]]:
    """Say it in both cases of each stored statement; what the answer says of that.

    The statements are durable by then: where the old one was corrected by another meanwhile, as in
    the same batch, the new one stays, and the answer says why the two are not linked.
    """
    by, now = Actor("platform", platform.slug), casework.now()
    found: list[dict[str, Any]] = []
    for statement, corrected in stored:
        if corrected.statement is None:
            found.append({})
            continue
        try:
            with journal.transaction():
                corrections.link(
                    journal, old=corrected.statement, new=UUID(statement), by=by, now=now
                )
            found.append({FIELD: str(corrected.statement)})
        except AmparoError as error:
            found.append({FIELD: None, f"{FIELD}_error": f"{error.what} {error.why}"})
    return found
