"""A statement that names the report it came from: a field of our own beside the EU database's.

`notice` is the number of a report that was sent through this node. It is taken out before the rules
look, so that a statement with it is read, checked and kept as any other; a wrong one is refused
before anything is kept.

Source: DSA Articles 16(5), 17(3)(b).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from amparo.case.state import Actor
from amparo.errors import AmparoError
from amparo.ledger.case import casework, sides
from amparo.ledger.log.platforms import Platform
from amparo.record.rules import Finding
from amparo.storage.journal import Journal

FIELD = "notice"
_AFTER_A_NOTICE = ("SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER")
_ARTICLE = "DSA Art. 16(5)"


class Named(NamedTuple):
    """The report that a statement names; or what is wrong with it."""

    notice: UUID | None = None
    finding: Finding | None = None


NOTHING = Named()


def taken_out(submission: Any) -> object:
    """What a statement says of its report, which is no attribute of the schema; None if nothing."""
    return submission.pop(FIELD, None) if type(submission) is dict else None


def read(
    journal: Journal, platform: Platform, submission: Mapping[str, Any], name: object
) -> Named:
    """Look up the report that a statement names."""
    if name is None:
        return NOTHING
    if not isinstance(name, str):
        why, fix = "It is not a text.", "Send the number of the case, as in /api/v1/orders."
        return Named(finding=Finding(FIELD, "notice", _ARTICLE, f"The notice: {why}", fix))
    if submission.get("source_type") not in _AFTER_A_NOTICE:
        why = "The notice field is for a decision that came from a notice."
        fix = f"Leave it out, or send source_type {' or '.join(_AFTER_A_NOTICE)}."
        return Named(finding=Finding(FIELD, "notice", _ARTICLE, why, fix))
    try:
        return Named(sides.notice_of(journal, platform, name))
    except AmparoError as error:
        why = f"The notice: {error.what} {error.why}"
        return Named(finding=Finding(FIELD, "notice", _ARTICLE, why, error.fix))


def link(
    journal: Journal, platform: Platform, stored: Sequence[tuple[str, Named]]
) -> list[dict[str, Any]]:
    """Link each stored statement with the report it names; what the answer says of that.

    The statements are durable by then: where somebody erased a report meanwhile, they stay, and the
    answer says why they are not linked.
    """
    by, now = Actor("platform", platform.slug), casework.now()
    found: list[dict[str, Any]] = []
    for statement, named in stored:
        if named.notice is None:
            found.append({})
            continue
        try:
            with journal.transaction():
                sides.link(journal, named.notice, UUID(statement), how="statement", by=by, now=now)
            found.append({FIELD: str(named.notice)})
        except AmparoError as error:
            found.append({FIELD: None, f"{FIELD}_error": f"{error.what} {error.why}"})
    return found
