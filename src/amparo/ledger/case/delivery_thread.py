"""The thread that delivers notices: mail to persons, signed requests to platforms.

A thread of its own reads what is due, puts it into words and keeps what came of it; each exchange
with a mail server or a platform is on a thread of its own beside it. So nobody else waits for a
server: no clock, no request, and no platform for another's. Platforms take turns; each has one
request at a time on its way, and one that fails rests (`webhooks`).

Nothing is kept in memory but what is on its way: a restart loses nothing, and may send that twice.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import functools
import logging
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from amparo.case import delivery, notify
from amparo.case.state import Actor
from amparo.errors import AmparoError, Malformed, Missing, Refused, Unavailable
from amparo.ledger.case import bounces, casework, corrections, danger, links, people
from amparo.ledger.case.people import Person
from amparo.ledger.outbound import letter_mark, outbox, webhooks
from amparo.ledger.outbound.mail import Attachment, Mail, NotNow, Rejected
from amparo.ledger.outbound.mail_folder import mail_of
from amparo.ledger.outbound.outbox import (
    LEADS_PROPOSED,
    NEWS,
    NOBODY,
    SIGN_IN,
    WAYS,
    Contact,
    Waiting,
    Way,
)
from amparo.ledger.outbound.webhooks import Gone, NotTaken, Webhook
from amparo.storage.database import Lost
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.storage.supervised import Supervised

logger = logging.getLogger("amparo")

LOOK_SECONDS = 1.0
AT_ONCE: dict[Way, int] = {"mail": 4, "webhook": 16}
OF_ONE_PLATFORM: dict[Way, int] = {"mail": 4, "webhook": 1}
MOST_A_LOOK = 100
"""Notices put into words before it is looked at again what came of those that left."""
STOP_SECONDS = 5.0
PATIENCE = 300
"""Seconds for which the notice of a decision waits for its receipt to be public."""
WEBHOOK_ENDED = "webhook_ended"


class Letter(NamedTuple):
    """A notice in words."""

    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


class Words(Protocol):
    """What the doors lend: words for notices, since this room knows no languages."""

    def letter(self, notice: Waiting, contact: Contact) -> Letter:
        """A notice to a person, in their language."""

    def body(self, notice: Waiting) -> bytes:
        """A notice to a platform, as JSON."""

    def way_in(self, link: str, language: str) -> Letter:
        """A one-time link to a desk or a panel, in the language it was asked for in."""

    def news_for_a_representative(self, body: str) -> Letter:
        """To whoever speaks for an organisation: something happened in somebody's case."""

    def danger(self) -> Letter:
        """To a platform's desk: somebody reports a danger to life or safety."""

    def leads_proposed(self) -> Letter:
        """To a platform's desk: an organisation has proposed lead cases."""

    def webhook_ended(self, url: str) -> Letter:
        """To a platform's desk: nothing is sent to its webhook any more."""


class Job(NamedTuple):
    """One notice that is ready to leave."""

    notice: Waiting
    send: Callable[[], None]
    hook: Webhook | None = None


class DeliveryOutcome(NamedTuple):
    """What came of a job."""

    job: Job
    error: Exception | None
    at: int


class Turns:
    """Whose turn it is among the platforms whose notices wait, for one way out."""

    def __init__(self, at_once: int, of_one: int) -> None:
        self._at_once, self._of_one = at_once, of_one
        self._platforms: deque[int] = deque()
        self._under_way: Counter[int] = Counter()

    def wait(self, platforms: list[int]) -> None:
        """Who waits now; who waited before keeps its place."""
        here = set(platforms)
        staying = [platform for platform in self._platforms if platform in here]
        self._platforms = deque(
            [*staying, *(platform for platform in platforms if platform not in set(staying))]
        )

    def next(self) -> int | None:
        """The platform whose turn it is, which goes to the end; None where no turn is free."""
        if self._under_way.total() >= self._at_once:
            return None
        for _ in range(len(self._platforms)):
            platform = self._platforms.popleft()
            self._platforms.append(platform)
            if self._under_way[platform] < self._of_one:
                return platform
        return None

    def pass_by(self, platform: int) -> None:
        """It has nothing that is due, until it waits again."""
        self._platforms.remove(platform)

    def begin(self, platform: int) -> None:
        """One of its notices is on its way."""
        self._under_way[platform] += 1

    def end(self, platform: int) -> None:
        """That is over."""
        self._under_way[platform] -= 1
        self._under_way += Counter()  # drops who has none


class Delivery:
    """The thread that looks after what leaves."""

    def __init__(self, node: Node, words: Callable[[Journal], Words]) -> None:
        self._node = node
        # Built here, so that a wrong setting is told at start and not by a notice.
        self._mail = mail_of(node)
        self._secret = node.secret()
        self._words = words
        self._turns = {way: Turns(AT_ONCE[way], OF_ONE_PLATFORM[way]) for way in WAYS}
        self._outcomes: queue.SimpleQueue[DeliveryOutcome | None] = queue.SimpleQueue()
        self._under_way = 0
        self._looked_at = 0.0
        self.thread = Supervised("delivery", self._work, wake=lambda: self._outcomes.put(None))

    def why_no_mail(self) -> str:
        """Why the mail server cannot be reached; empty where it can. Takes two seconds at most."""
        return self._mail.why_unreachable()

    def _work(self, thread: Supervised) -> None:
        with contextlib.closing(Journal(self._node.journal)) as journal:
            words = self._words(journal)
            while not thread.stopping.is_set():
                self._begin_what_is_due(journal, words)
                thread.is_well()
                self._keep_next(journal, LOOK_SECONDS)
            self._keep_last(journal)

    def _keep_last(self, journal: Journal) -> None:
        """What is on its way may still arrive, for a while."""
        deadline = time.monotonic() + STOP_SECONDS
        while self._under_way and (left := deadline - time.monotonic()) > 0:
            self._keep_next(journal, left)

    def _begin_what_is_due(self, journal: Journal, words: Words) -> None:
        look = time.monotonic() >= self._looked_at + LOOK_SECONDS
        if look:
            self._looked_at = time.monotonic()
        for way, turns in self._turns.items():
            if look:
                turns.wait(outbox.platforms_waiting(journal, way))
            for _ in range(MOST_A_LOOK):
                platform = turns.next()
                if platform is None:
                    break
                if not self._begin_one(journal, words, way, platform):
                    turns.pass_by(platform)

    def _begin_one(self, journal: Journal, words: Words, way: Way, platform: int) -> bool:
        """Whether a notice of a platform was due, whatever came of it."""
        now = int(time.time())
        if way == "webhook" and webhooks.rests(journal, platform, now):
            return False
        notice = outbox.take(journal, now, way, platform)
        if notice is None:
            return False
        job = prepare(journal, self._mail, words, notice, now, self._secret)
        if job is not None:
            self._turns[way].begin(platform)
            self._under_way += 1
            # A daemon: a server that answers slowly does not hold up the end of this process.
            threading.Thread(target=self._send, args=(job,), name=f"{way}", daemon=True).start()
        return True

    def _send(self, job: Job) -> None:
        """On a thread of its own: one exchange, and no journal."""
        error: Exception | None = None
        try:
            job.send()
        except Exception as found:  # noqa: BLE001 - told of where it is kept
            error = found
        self._outcomes.put(DeliveryOutcome(job, error, int(time.time())))

    def _keep_next(self, journal: Journal, wait: float) -> None:
        """Keep what comes of a job within so many seconds, and all that has come by then."""
        with contextlib.suppress(queue.Empty):
            while True:
                outcome = self._outcomes.get(timeout=wait)
                wait = 0.0
                if outcome is not None:
                    self._keep(journal, outcome)

    def _keep(self, journal: Journal, outcome: DeliveryOutcome) -> None:
        try:
            keep(journal, outcome)
        except Unavailable:
            self._outcomes.put(outcome)  # when the database is there again
            raise
        except Exception:
            logger.exception("notice %d", outcome.job.notice.id)
        self._under_way -= 1
        self._turns["webhook" if outcome.job.hook else "mail"].end(outcome.job.notice.platform)


def prepare(
    journal: Journal, mail: Mail, words: Words, notice: Waiting, now: int, secret: bytes
) -> Job | None:
    """What sends a notice; None where nothing is to be sent now, or ever.

    `secret`: the node's, under which a letter is known again when it comes back.
    """
    try:
        if notice.recipient == "platform":
            return _to_platform(journal, words, notice, now)
        if notice.seat is not None:
            return _to_seat(journal, mail, words, notice)
        return _to_person(journal, mail, words, notice, now, secret)
    except Lost:
        raise
    except AmparoError as error:
        _not_sent(journal, notice, error, now)
    except Exception as error:  # a notice that cannot be written must not hold up the others
        logger.exception("notice %d", notice.id)
        _not_sent(journal, notice, error, now)
    return None


def keep(journal: Journal, outcome: DeliveryOutcome) -> None:
    """Keep what came of a notice: it left, it is tried again, or it never will be."""
    (notice, _, hook), error, now = outcome
    if hook is not None:
        _keep_webhook(journal, notice, hook, error, now)
    if isinstance(error, Gone):
        return
    if error is not None:
        _not_sent(journal, notice, error, now)
        return
    if notice.seat is not None:
        outbox.drop(journal, notice)
        return
    with journal.transaction():  # as one: it may come back at once
        outbox.sent(journal, notice)
        if notice.kind == "decision":
            moment = datetime.fromtimestamp(now, UTC)
            casework.act_within(
                journal,
                notice.case,
                lambda _: delivery.deliver(how="mail", decided_by=(), by=Actor("node"), now=moment),
            )
        elif notice.kind == links.LOST:
            links.sent_again(journal, notice, datetime.fromtimestamp(now, UTC))
        elif notice.kind == "decision_corrected":
            corrections.letter_taken(journal, notice.case, now=datetime.fromtimestamp(now, UTC))


def _to_person(
    journal: Journal, mail: Mail, words: Words, notice: Waiting, now: int, secret: bytes
) -> Job | None:
    contact = outbox.contact(journal, notice.case, notice.recipient)
    if contact is None:
        raise Refused("Nobody can be told.", why="no contact", fix="It was erased.")
    if notice.kind in notify.ONE_A_DAY:
        kind = notify.as_it_stands(casework.read_alone(journal, notice.case).case)
        if kind is None:
            outbox.withdraw(journal, notice)
            return None
        notice = outbox.reword(journal, notice, kind)
    notice = links.for_letter(journal, notice)
    letter = words.letter(notice, contact)
    if notice.kind == "decision" and not letter.attachments and now < notice.made_at + PATIENCE:
        outbox.postpone(journal, notice, now + 1)  # waits for its receipt, which is no failure
        return None
    marked = str(letter_mark.of_letter(secret, notice))
    return Job(notice, functools.partial(mail.send, contact.email, *letter, marked))


def _to_seat(journal: Journal, mail: Mail, words: Words, notice: Waiting) -> Job | None:
    """To whoever has a seat: their address is looked up now, and a link is made now."""
    try:
        person: Person | None = people.find(journal, notice.seat or NOBODY)
    except Missing:
        person = None
    if person is None:
        outbox.drop(journal, notice)
        return None
    if notice.kind == SIGN_IN:
        letter = words.way_in(people.new_link(journal, person), notice.language)
    elif notice.kind == NEWS:
        letter = words.news_for_a_representative(person.body)
    elif notice.kind == danger.KIND:
        letter = words.danger()
    elif notice.kind == LEADS_PROPOSED:
        letter = words.leads_proposed()
    else:
        hook = webhooks.statuses(journal).get(notice.platform)
        letter = words.webhook_ended(hook.url if hook else "")
    return Job(notice, functools.partial(mail.send, person.email, *letter))


def _to_platform(journal: Journal, words: Words, notice: Waiting, now: int) -> Job:
    hook = webhooks.of_platform(journal, notice.platform)
    if hook is None:
        raise Refused("There is no webhook any more.", why="it was removed", fix="Set it again.")
    body = words.body(notice)
    return Job(notice, functools.partial(webhooks.send, hook, notice.id, now, body), hook)


def _keep_webhook(
    journal: Journal, notice: Waiting, hook: Webhook, error: Exception | None, now: int
) -> None:
    if error is None:
        webhooks.taken(journal, notice.platform, hook)
    elif isinstance(error, NotTaken):
        webhooks.failed(journal, notice.platform, hook, error, now)
    elif isinstance(error, Gone):
        with journal.transaction():
            if webhooks.end(journal, notice.platform, hook, error.why, now):
                waited = outbox.end_webhook(journal, notice.platform, error.why)
                for seat in people.who_looks_after(journal, notice.platform):
                    outbox.put_for_seat(
                        journal, seat, WEBHOOK_ENDED, now=now, platform=notice.platform
                    )
                logger.warning(
                    "the webhook of platform %d is gone: %s; %d notices are not sent",
                    notice.platform,
                    error.why,
                    waited,
                )


def _not_sent(journal: Journal, notice: Waiting, error: Exception, now: int) -> None:
    """Later, or never; a decision that cannot be delivered does not start the six months."""
    for_good = isinstance(error, Malformed | Refused)
    why = error.why if isinstance(error, AmparoError) else "the node made a mistake"
    after = error.after if isinstance(error, NotTaken) else None
    code = error.code if isinstance(error, NotNow | Rejected) else ""
    was_mailed = isinstance(error, NotNow | Rejected)
    with journal.transaction():
        given_up = outbox.failed(journal, notice, why, now, for_good=for_good, after=after)
        if given_up and (notice.kind == "decision" or (was_mailed and notice.seat is None)):
            bounces.lost(journal, notice, code, casework.now())
    if given_up and notice.recipient == "platform":
        logger.warning("notice %d to platform %d is given up: %s", notice.id, notice.platform, why)
