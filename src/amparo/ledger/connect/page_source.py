"""Looking at the pages of contested content: whether each is there, as everybody else sees it.

A page is looked at once for each look that is due, a second apart from the last one, without
following it anywhere and without reading it. Whatever status it answers is what that look has seen;
where there is no answer at all, the look is made an hour later.
"""

# SPDX-License-Identifier: Apache-2.0

import time

from amparo.case.read_back import Seen
from amparo.connectors import content_page
from amparo.connectors.content_page import IS_NOT_THERE, IS_THERE, Page
from amparo.errors import AmparoError
from amparo.ledger.case import casework, content_pages
from amparo.ledger.connect import connections, read_back_turn
from amparo.ledger.connect.asking import TOO_MANY_SECONDS, ToWait
from amparo.ledger.connect.connections import Connection
from amparo.ledger.outbound import http, retry_after
from amparo.ledger.outbound.http import Asker
from amparo.storage.journal import Journal
from amparo.storage.node import Node

SECONDS = 20.0
SECONDS_APART = 1.0
SECONDS_BETWEEN = 3600
"""What is due is looked at by then, and sooner: this is when nothing is."""
_TOO_MANY, _UNAVAILABLE = 429, 503
_SHOWS = frozenset({"restore_content"})


def seen(before: int, status: int) -> Seen:
    """What a page's status says, beside the one that it answered before."""
    if status in IS_NOT_THERE:
        return Seen(("gone",), is_over=False, shows=(), answered=status)
    if status == IS_THERE and before in IS_NOT_THERE:
        return Seen((), is_over=True, shows=_SHOWS, answered=status)
    return Seen((), is_over=None, shows=(), answered=status)


class Pages:
    """A platform's pages; for one thread."""

    def __init__(self, connection: Connection, *, apart: float = SECONDS_APART) -> None:
        """Nothing is asked yet. `apart`: seconds from one look to the next."""
        address = connection.config.connector.address
        private = content_page.is_private(connection.config)
        named = http.host_of(address) if private else None
        self._asker = Asker(named=named, proxy=http.proxy_for(address))
        self._apart, self._next = apart, 0.0

    def close(self) -> None:
        """Close what is open."""
        self._asker.close()

    def look(self, subject: str) -> Seen:
        """What can be seen of a page now, and since before."""
        page = Page.read(subject)
        return seen(page.before, self.status(page.address))

    def status(self, address: str) -> int:
        """What a page answers; `NoAnswer` where it does not, `ToWait` where that is asked for."""
        time.sleep(max(0.0, self._next - time.monotonic()))
        answer = self._asker.ask("GET", address, seconds=SECONDS, most_bytes=0)
        self._next = time.monotonic() + self._apart
        if answer.status in (_TOO_MANY, _UNAVAILABLE):
            wanted = retry_after.seconds(answer.headers.get("retry-after", ""), int(time.time()))
            if wanted is not None or answer.status == _TOO_MANY:
                raise ToWait(wanted or TOO_MANY_SECONDS)
        return answer.status


class Turn:
    """A platform's pages in their turn: the looks that are due."""

    def __init__(self, _: Node, connection: Connection) -> None:
        self._pages = Pages(connection)

    def take(self, journal: Journal, _: bytes, connection: Connection) -> int:
        """Make the looks; when there may be others, in POSIX seconds."""
        now = int(casework.now().timestamp())
        failed = _look_before(journal, connection, self._pages, now)
        read_back_turn.look_at_all(journal, connection, self._pages)
        if failed is not None:
            raise failed
        with journal.transaction():
            connections.was_read(journal, connection, position="", newest="", now=now)
        return now + SECONDS_BETWEEN

    def close(self) -> None:
        """Close what is open."""
        self._pages.close()


def _look_before(
    journal: Journal, connection: Connection, pages: Pages, now: int
) -> AmparoError | None:
    """Look at what was contested; why a page could not be looked at, the others were."""
    until, failed = time.monotonic() + read_back_turn.SECONDS_A_TURN, list[AmparoError]()
    for found in content_pages.waiting(
        journal, connection.id, now, most=int(read_back_turn.SECONDS_A_TURN)
    ):
        try:
            status = pages.status(found.page.address)
        except ToWait:
            raise
        except AmparoError as error:
            failed.append(error)
            with journal.transaction():
                content_pages.put_off(journal, found, now + read_back_turn.AGAIN_SECONDS)
        else:
            with journal.transaction():
                content_pages.answered(journal, found, status)
        if len(failed) == read_back_turn.MOST_FAILURES or time.monotonic() >= until:
            break
    return failed[0] if failed else None
