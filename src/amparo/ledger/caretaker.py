"""What a node does by itself: clocks that run out, and notices that leave.

One thread beside the server. It keeps nothing in memory: what is due is read from the journal, so a
restart loses nothing. A wall clock that jumps forward is not believed at once: for a minute after a
jump nothing runs out, so that a clock set wrong for a moment cannot end anybody's period.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from amparo.case import clocks, delivery
from amparo.case.state import Actor
from amparo.errors import AmparoError, Malformed, Refused
from amparo.ledger import casework, outbox, rulings, totals, webhooks
from amparo.ledger.journal import Journal
from amparo.ledger.mail import Attachment, Mail
from amparo.ledger.node import Node
from amparo.ledger.outbox import Contact, Waiting

logger = logging.getLogger("amparo")

LOOK_SECONDS = 1.0
JUMP_SECONDS = 30.0
DISTRUST_SECONDS = 60.0
MOST_CLOCKS = 200
ROUNDS = 50
"""How often notices are taken in one look, before clocks are looked at again."""
PATIENCE = 300
"""Seconds for which the notice of a decision waits for its receipt to be public."""


class Letter(NamedTuple):
    """A notice in words."""

    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


class Words:
    """What the doors lend: words for notices. The default is for nodes without pages."""

    def letter(self, one: Waiting, contact: Contact) -> Letter:
        """A notice to a person, in their language."""
        raise NotImplementedError

    def body(self, one: Waiting) -> bytes:
        """A notice to a platform, as JSON."""
        raise NotImplementedError


class Caretaker:
    """The thread that looks after clocks and notices."""

    def __init__(self, node: Node, words: Callable[[Journal], Words]) -> None:
        self._node = node
        self._words = words
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="caretaker", daemon=True)
        self._trust_from = 0.0

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done just now."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        journal = Journal(self._node.journal)
        words = self._words(journal)
        wall, steady = time.time(), time.monotonic()
        try:
            _resume(journal)
            while not self._stop.wait(LOOK_SECONDS):
                drift = (time.time() - wall) - (time.monotonic() - steady)
                wall, steady = time.time(), time.monotonic()
                if abs(drift) > JUMP_SECONDS:
                    logger.warning("the clock jumped by %.0f seconds", drift)
                    self._trust_from = steady + DISTRUST_SECONDS
                self._look(journal, words)
        finally:
            journal.close()

    def _look(self, journal: Journal, words: Words) -> None:
        """One look; whatever goes wrong, the next one happens."""
        try:
            if time.monotonic() >= self._trust_from:
                expire_due(journal, int(time.time()))
                totals.publish(journal, casework.now())
            for _ in range(ROUNDS):
                taken = outbox.take(journal, int(time.time()))
                for one in taken:
                    if self._stop.is_set():
                        return
                    deliver(journal, self._node, words, one)
                if not taken:
                    return
        except AmparoError as error:
            logger.warning("caretaker: %s", error.what)
        except Exception:
            logger.exception("caretaker")


def _resume(journal: Journal) -> None:
    try:
        if resumed := rulings.resume(journal):
            logger.warning("%d group rulings went on where a crash had ended them", resumed)
    except AmparoError as error:
        logger.warning("a group ruling could not go on: %s", error.why)


def expire_due(journal: Journal, now: int) -> int:
    """Do what is to be done at the end of every clock that has run out; how many did."""
    rows = journal.db.execute(
        "SELECT case_id, name FROM clock WHERE due < ? ORDER BY due LIMIT ?", (now, MOST_CLOCKS)
    ).fetchall()
    moment = datetime.fromtimestamp(now, UTC)
    for case_id, name in rows:
        case = UUID(bytes=bytes(case_id))  # type: ignore[arg-type]  # typed by the schema
        step = functools.partial(clocks.expire, name=str(name), now=moment)
        casework.act(journal, case, step)
    return len(rows)


def deliver(journal: Journal, node: Node, words: Words, one: Waiting) -> None:
    """Send one notice, and keep what came of it."""
    now = int(time.time())
    try:
        if one.recipient == "platform":
            _to_platform(journal, words, one, now)
        else:
            contact = outbox.contact(journal, one.case, one.recipient)
            if contact is None:
                outbox.failed(journal, one, "no contact", now, for_good=True)
                return
            letter = words.letter(one, contact)
            if one.kind == "decision" and not letter.attachments and now < one.made_at + PATIENCE:
                outbox.postpone(journal, one, now + 1)
                return
            Mail(node.smtp, node.sender).send(contact.email, *letter)
    except AmparoError as error:
        for_good = isinstance(error, Malformed | Refused)
        if outbox.failed(journal, one, error.why, now, for_good=for_good):
            _could_not_tell(journal, one)
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


def _to_platform(journal: Journal, words: Words, one: Waiting, now: int) -> None:
    platform = journal.of_case(one.case)[0].platform
    hook = webhooks.of_platform(journal, platform)
    if hook is None:
        raise Malformed("There is no webhook any more.", why="it was removed", fix="Set it again.")
    private = journal.setting(f"webhook.{platform}.private") == "1"
    webhooks.send(hook, one.id, now, words.body(one), private=private)


def _could_not_tell(journal: Journal, one: Waiting) -> None:
    """A decision that could not be delivered: the person's six months do not run."""
    if one.kind == "decision":
        casework.act(
            journal,
            one.case,
            lambda case: delivery.fail(
                case, reason="bounced", by=Actor("node"), now=casework.now()
            ),
        )
