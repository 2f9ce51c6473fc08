"""Pages of contested content: which are looked at, and what they answered before.

A platform names the page of what it decided about. Once that is contested the page is looked at, so
that a later look can be compared with it. It is kept beside the case, as what every other connector
reads back (`read_back_schedule`), is never public, and is erased with the case.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from amparo.case.events import Event, HoldSent, RemedyClaimed, RemedyOrdered
from amparo.case.state import Case
from amparo.connectors import content_page, state_endpoint
from amparo.connectors.config import Config
from amparo.connectors.content_page import NOT_LOOKED, Page
from amparo.errors import Malformed, Refused, Text
from amparo.storage.journal import Journal

_OF_PAGES = "connector IN (SELECT id FROM connector WHERE system = ?1)"


class Waiting(NamedTuple):
    """A page that is to be looked at before anybody says that it is restored."""

    case: UUID
    page: Page


def check(address: str) -> None:
    """`Malformed` where something is no address of a page."""
    if why := content_page.wrong_page(address):
        raise Malformed(
            "That is no page that can be looked at.",
            why=why,
            fix="Send the address at which everybody reads it, without signing in.",
        )


def keep(
    journal: Journal, case_id: UUID, platform: int, address: str, *, due: int | None = None
) -> None:
    """Keep the page of a case, inside a transaction; of several the first one.

    `due`: when it is looked at, in POSIX seconds; None: once it is contested. `Refused` where no
    connection looks at such a page. Where another connector knows the case, that one is asked.
    """
    check(address)
    connector = _that_looks_at(journal, platform, address)
    journal.db.execute(
        "INSERT INTO read_back (case_id, connector, subject, claimed_at, looks, due) "
        "VALUES (?, ?, ?, 0, 0, ?) ON CONFLICT (case_id) DO NOTHING",
        (case_id.bytes, connector, str(Page(NOT_LOOKED, address)), due),
    )


def follow(journal: Journal, case_id: UUID, case: Case, new: Sequence[Event]) -> None:
    """Look once what the page is about is contested, inside a transaction.

    A page says nothing of an order that leaves the content as it is.
    """
    contested = [event for event in new if isinstance(event, HoldSent | RemedyOrdered)]
    if contested:
        journal.db.execute(
            f"UPDATE read_back SET due = ?2 WHERE case_id = ?3 AND {_OF_PAGES} "
            "AND claimed_at = 0 AND subject LIKE ?4",
            (
                content_page.SYSTEM,
                int(contested[-1].at.timestamp()),
                case_id.bytes,
                f"{NOT_LOOKED} %",
            ),
        )
    is_claimed = any(isinstance(event, RemedyClaimed) for event in new)
    if is_claimed and "restore_content" not in case.ordered:
        journal.db.execute(
            f"UPDATE read_back SET due = NULL WHERE case_id = ?2 AND {_OF_PAGES}",
            (content_page.SYSTEM, case_id.bytes),
        )


def waiting(journal: Journal, connector: int, now: int, *, most: int) -> list[Waiting]:
    """Pages that are to be looked at before anybody says that they are restored, oldest first."""
    rows = journal.db.execute(
        "SELECT case_id, subject FROM read_back "
        "WHERE connector = ? AND due <= ? AND claimed_at = 0 ORDER BY due LIMIT ?",
        (connector, now, most),
    )
    return [Waiting(UUID(bytes=bytes(case)), Page.read(subject)) for case, subject in rows]


def answered(journal: Journal, found: Waiting, status: int) -> None:
    """Keep what a page answered, inside a transaction; too late if it is claimed by now."""
    _set(journal, found, str(found.page._replace(before=status)), None)


def put_off(journal: Journal, found: Waiting, due: int) -> None:
    """A page gave no answer, inside a transaction: it is looked at again at `due`."""
    _set(journal, found, str(found.page), due)


def _set(journal: Journal, found: Waiting, subject: str, due: int | None) -> None:
    journal.db.execute(
        "UPDATE read_back SET subject = ?, due = ? WHERE case_id = ? AND claimed_at = 0",
        (subject, due, found.case.bytes),
    )


def _that_looks_at(journal: Journal, platform: int, address: str) -> int:
    rows = journal.db.execute(
        "SELECT id, system, config FROM connector WHERE platform = ? AND state = 'running' "
        "AND system IN (?, ?) ORDER BY id",
        (platform, content_page.SYSTEM, state_endpoint.SYSTEM),
    ).fetchall()
    forms = [(id_, system, msgspec.json.decode(form, type=Config)) for id_, system, form in rows]
    why: str | Text = "no connection of this platform looks at pages that begin so"
    if any(system == state_endpoint.SYSTEM for _, system, _ in forms):
        why = "the platform's state endpoint is asked, which shows more"
    else:
        for id_, _, form in forms:
            if content_page.is_at(form, address):
                return int(id_)
    raise Refused(
        "This page is not looked at.",
        why=why,
        fix="Leave `page` out, or ask whoever runs the node for `amparo connect page`.",
    )
