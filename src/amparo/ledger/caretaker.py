"""What a node does by itself: clocks that run out, and notices that leave.

One thread beside the server. It keeps nothing in memory: what is due is read from the journal, so a
restart loses nothing. A wall clock that jumps forward is not believed at once: for a minute after a
jump nothing runs out, so that a clock set wrong for a moment cannot end anybody's period.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from amparo.case import clocks, delivery
from amparo.case.state import Actor
from amparo.errors import AmparoError, Malformed, Refused
from amparo.ledger import casework, misuse, rulings, totals
from amparo.ledger.journal import Journal
from amparo.ledger.node import Node
from amparo.ledger.outbound import outbox, webhooks
from amparo.ledger.outbound.mail import Attachment, Mail
from amparo.ledger.outbound.outbox import Contact, Waiting

logger = logging.getLogger("amparo")

LOOK_SECONDS = 1.0
JUMP_SECONDS = 30.0
DISTRUST_SECONDS = 60.0
MOST_CLOCKS = 200
LOOK_AGAIN_SECONDS = 3600
ROUNDS = 50
"""How often notices are taken in one look, before clocks are looked at again."""
PATIENCE = 300
"""Seconds for which the notice of a decision waits for its receipt to be public."""


class Letter(NamedTuple):
    """A notice in words."""

    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


class Words(Protocol):
    """What the doors lend: words for notices, since this room knows no languages."""

    def letter(self, one: Waiting, contact: Contact) -> Letter:
        """A notice to a person, in their language."""

    def body(self, one: Waiting) -> bytes:
        """A notice to a platform, as JSON."""


class Caretaker:
    """The thread that looks after clocks and notices."""

    def __init__(self, node: Node, words: Callable[[Journal], Words]) -> None:
        self._node = node
        # Built here, so that a wrong setting is told at start and not by a notice.
        self._mail = Mail(node.smtp, node.sender)
        self._words = words
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="caretaker", daemon=True)
        self._trust_from = 0.0
        self._trouble = ""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done just now."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with contextlib.closing(Journal(self._node.journal)) as journal:
                    self._go_on(journal, self._words(journal))
            except AmparoError as error:  # the database is away just now: later
                self._note(error)
                self._stop.wait(LOOK_SECONDS)

    def _go_on(self, journal: Journal, words: Words) -> None:
        wall, steady = time.time(), time.monotonic()
        while not self._stop.wait(LOOK_SECONDS):
            drift = (time.time() - wall) - (time.monotonic() - steady)
            wall, steady = time.time(), time.monotonic()
            if abs(drift) > JUMP_SECONDS:
                logger.warning("the clock jumped by %.0f seconds", drift)
                self._trust_from = steady + DISTRUST_SECONDS
            self._look(journal, words)

    def _note(self, error: AmparoError) -> None:
        """What lasts is noted once."""
        if error.what != self._trouble:
            logger.warning("caretaker: %s", error.what)
        self._trouble = error.what

    def _look(self, journal: Journal, words: Words) -> None:
        """One look; whatever goes wrong, the next one happens."""
        try:
            self._do_what_is_due(journal, words)
            self._trouble = ""
        except AmparoError as error:
            self._note(error)
        except Exception:  # a full disk, say: everything else waits for the next look
            logger.exception("caretaker")

    def _do_what_is_due(self, journal: Journal, words: Words) -> None:
        if time.monotonic() >= self._trust_from:
            expire_due(journal, int(time.time()))
            totals.publish(journal, casework.now())
        misuse.resume(journal, casework.now())
        rulings.go_on(journal, casework.now(), stopped=self._stop.is_set)
        for _ in range(ROUNDS):
            taken = outbox.take(journal, int(time.time()))
            for one in taken:
                if self._stop.is_set():
                    return
                deliver(journal, self._mail, words, one)
            if not taken:
                return


def expire_due(journal: Journal, now: int) -> int:
    """Do what is to be done at the end of every clock that has run out; how many did.

    A case that cannot be carried on is told and looked at again later: it must not hold up the
    clocks of everybody behind it.
    """
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT case_id, name FROM clock WHERE due < ? ORDER BY due LIMIT ?", (now, MOST_CLOCKS)
    ).fetchall()
    moment = datetime.fromtimestamp(now, UTC)
    for case_id, name in rows:
        case = UUID(bytes=bytes(case_id))
        step = functools.partial(clocks.expire, name=name, now=moment)
        try:
            casework.act(journal, case, step)
        except AmparoError as error:
            logger.warning("the clock %s of %s: %s", name, case, error.why)
            journal.db.execute(
                "UPDATE clock SET due = ? WHERE case_id = ? AND name = ?",
                (now + LOOK_AGAIN_SECONDS, case_id, name),
            )
    return len(rows)


def deliver(journal: Journal, mail: Mail, words: Words, one: Waiting) -> None:
    """Send one notice, and keep what came of it."""
    now = int(time.time())
    try:
        if not _sent(journal, mail, words, one, now):
            return
    except AmparoError as error:
        _not_sent(journal, one, error.why, now, for_good=isinstance(error, Malformed | Refused))
        return
    except Exception:  # a notice that cannot be written must not hold up the others
        logger.exception("notice %d", one.id)
        _not_sent(journal, one, "the node made a mistake", now, for_good=False)
        return
    outbox.sent(journal, one)
    if one.kind == "decision":
        moment = datetime.fromtimestamp(now, UTC)
        casework.act(
            journal,
            one.case,
            lambda case: delivery.deliver(
                case, how="mail", decided_by=(), by=Actor("node"), now=moment
            ),
        )


def _sent(journal: Journal, mail: Mail, words: Words, one: Waiting, now: int) -> bool:
    """Whether a notice left; one that waits for its receipt has not, and is no failure."""
    if one.recipient == "platform":
        _to_platform(journal, words, one, now)
        return True
    contact = outbox.contact(journal, one.case, one.recipient)
    if contact is None:
        raise Refused("Nobody can be told.", why="no contact", fix="It was erased.")
    letter = words.letter(one, contact)
    if one.kind == "decision" and not letter.attachments and now < one.made_at + PATIENCE:
        outbox.postpone(journal, one, now + 1)
        return False
    mail.send(contact.email, *letter)
    return True


def _not_sent(journal: Journal, one: Waiting, why: str, now: int, *, for_good: bool) -> None:
    """Later, or never; a decision that cannot be delivered does not start the six months."""
    if outbox.failed(journal, one, why, now, for_good=for_good) and one.kind == "decision":
        casework.act(
            journal,
            one.case,
            lambda case: delivery.fail(
                case, reason="bounced", by=Actor("node"), now=casework.now()
            ),
        )


def _to_platform(journal: Journal, words: Words, one: Waiting, now: int) -> None:
    hook = webhooks.of_platform(journal, journal.of_case(one.case)[0].platform)
    if hook is None:
        raise Refused("There is no webhook any more.", why="it was removed", fix="Set it again.")
    webhooks.send(hook, one.id, now, words.body(one))
