"""Asking witnesses to cosign our checkpoints, over HTTP (C2SP tlog-witness, the log's side).

All witnesses of the policy are asked side by side, and as soon as the quorum is there the beat goes
on: no member can hold up another's log by answering slowly. Whoever is still at it then is left
alone and rests; what comes too late for one beat counts at the next, if that asks for the same
checkpoint. Without the quorum nothing is published: the checkpoint stays committed, and the next
beat asks again.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import logging
import queue
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from amparo.errors import AmparoError, Unavailable
from amparo.ledger.log.publish import read_tile
from amparo.ledger.outbound import http
from amparo.ledger.outbound.http import Asker
from amparo.storage.blobs import log_of
from amparo.storage.node import Node
from amparo.tlog import merkle, note, policy, tile, witness
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.cosignature import Cosigner
from amparo.tlog.policy import Policy

DEADLINE_SECONDS = 5.0
"""For all that is asked of a witness in one beat, and for how long a beat waits for a quorum."""
MOST_ANSWER_BYTES = 64 * 1024
GRACE_SECONDS = 0.5
"""For how long the others are waited for once the quorum is there."""
REST_SECONDS = 60.0
"""Whoever was waited for in vain is not asked for so long, unless the quorum needs it."""
OK, CONFLICT = 200, 409
logger = logging.getLogger("amparo")


class Answered(NamedTuple):
    """What came of asking one witness."""

    url: str
    text: bytes
    """Of the checkpoint that it was asked about."""
    round: int
    """In which it was asked."""
    known: int
    """How many entries it has seen now."""
    lines: tuple[note.Signature, ...] = ()
    error: AmparoError | None = None


class Asking:
    """One log's witnesses, with what is known of them between two beats."""

    def __init__(self, node: Node, trusted: Policy) -> None:
        self._trusted = trusted
        self._read = functools.partial(read_tile, log_of(node))
        self._keys: dict[str, list[Cosigner]] = {}
        for cosigner in trusted.witnesses:
            if cosigner.url:  # a witness with two keys is asked once, and signs with both
                self._keys.setdefault(cosigner.url, []).append(cosigner.key)
        self._askers = {
            url: Asker(named=http.host_of(url), proxy=http.proxy_for(url)) for url in self._keys
        }
        self._known = dict.fromkeys(self._keys, 0)
        self._resting: dict[str, float] = {}
        self._at_it: set[str] = set()
        self._answers: queue.SimpleQueue[Answered] = queue.SimpleQueue()
        self._text, self._round = b"", 0
        self._lines: dict[str, tuple[float, tuple[note.Signature, ...]]] = {}

    def cosign(self, signed: note.Note, checkpoint: Checkpoint) -> note.Note:
        """The checkpoint with the quorum's cosignatures, or `Unavailable`."""
        now = time.monotonic()
        young = {url: (at, x) for url, (at, x) in self._lines.items() if now - at < REST_SECONDS}
        self._lines = young if signed.text == self._text else {}
        self._text, self._round = signed.text, self._round + 1
        silent: dict[str, str] = {}
        awake = [url for url in self._keys if self._resting.get(url, 0) <= now]
        for some in (awake, list(self._keys)):  # who rests is asked only where it is needed
            self._ask_all(some, signed, checkpoint, silent)
            cosigned = self._cosigned(signed)
            if self._is_enough(cosigned):
                return cosigned
        raise Unavailable(
            "The witnesses' quorum is not reached, so nothing new is published.",
            why="; ".join(f"{self._keys[url][0].name}: {why}" for url, why in silent.items())
            or "too few witnesses have an address in the policy",
            fix="Submissions are kept and wait. Ask the witnesses named, or mend the policy.",
        )

    def _ask_all(
        self, urls: Iterable[str], signed: note.Note, checkpoint: Checkpoint, silent: dict[str, str]
    ) -> None:
        """Ask, until all have answered, or the deadline, or shortly after the quorum is there.

        Who is still at an earlier checkpoint is asked when they have answered that.
        """
        deadline = time.monotonic() + DEADLINE_SECONDS
        wanted = [url for url in urls if url not in self._lines and url not in silent]
        waited_for, enough, wait = list(wanted), False, 0.0
        while True:
            self._hear(silent, wait)
            for url in [url for url in wanted if url not in self._at_it]:
                wanted.remove(url)
                self._begin(url, signed, checkpoint)
            if not enough and self._is_enough(self._cosigned(signed)):
                enough, deadline = True, min(deadline, time.monotonic() + GRACE_SECONDS)
            waited_for = [url for url in waited_for if url not in {*self._lines, *silent}]
            wait = deadline - time.monotonic()
            if not waited_for or wait <= 0:
                break
        for url in waited_for:
            silent[url] = "it has not answered yet"
            self._resting[url] = time.monotonic() + REST_SECONDS

    def _is_enough(self, cosigned: note.Note) -> bool:
        return self._trusted.reached_by(set(policy.cosigned_by(self._trusted, cosigned)))

    def _cosigned(self, signed: note.Note) -> note.Note:
        return signed.with_signatures(
            *(line for _, lines in self._lines.values() for line in lines)
        )

    def _hear(self, silent: dict[str, str], wait: float) -> None:
        """Keep what was answered, to this beat's question or to an earlier one."""
        with suppress(queue.Empty):
            while True:
                self._keep(self._answers.get(timeout=wait), silent)
                wait = 0.0

    def _keep(self, answered: Answered, silent: dict[str, str]) -> None:
        now, url = time.monotonic(), answered.url
        self._at_it.discard(url)
        self._known[url] = answered.known
        if isinstance(answered.error, Unanswered):
            self._resting[url] = now + REST_SECONDS
        elif answered.text == self._text:
            self._resting.pop(url, None)
        if answered.error is None and answered.text == self._text:
            self._lines[url] = now, answered.lines
        elif answered.error is not None and answered.round == self._round:
            silent[url] = answered.error.why

    def _begin(self, url: str, signed: note.Note, checkpoint: Checkpoint) -> None:
        self._at_it.add(url)
        # A daemon: whoever answers slowly does not hold up the end of this process either.
        threading.Thread(
            target=self._ask,
            args=(url, self._round, self._known[url], signed, checkpoint),
            name="witness",
            daemon=True,
        ).start()

    def _ask(
        self, url: str, number: int, known: int, signed: note.Note, checkpoint: Checkpoint
    ) -> None:
        """On a thread of its own: ask one witness, and say what came of it, whatever it is."""
        answered = Answered(
            url, signed.text, number, known, error=_no_cosignature("the node's mistake")
        )
        try:
            answered = self._ask_one(answered, signed, checkpoint)
        except AmparoError as error:
            answered = answered._replace(error=error)
        except Exception:
            logger.exception("asking a witness")
        finally:
            self._answers.put(answered)

    def _ask_one(self, asked: Answered, signed: note.Note, checkpoint: Checkpoint) -> Answered:
        """One witness's cosignatures. It is told the size it knows; once more if that was wrong."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        url, known = asked.url, asked.known
        answer = self._post(url, known, signed, checkpoint, deadline)
        if answer.status == CONFLICT:
            known = witness.read_size(answer.body, own_size=checkpoint.size)
            answer = self._post(url, known, signed, checkpoint, deadline)
        if answer.status != OK:
            text = answer.body[:200].decode("utf-8", "replace")
            return asked._replace(
                known=known, error=_no_cosignature(f"it answered {answer.status}: {text!r}")
            )
        lines = witness.read_cosignatures(answer.body, signed.text, self._keys[url])
        return asked._replace(known=checkpoint.size, lines=tuple(lines), error=None)

    def _post(
        self, url: str, known: int, signed: note.Note, checkpoint: Checkpoint, deadline: float
    ) -> http.Answer:
        old = min(known, checkpoint.size)
        nodes = tile.node_reader(self._read, checkpoint.size)
        proof = merkle.consistency_proof(old, checkpoint.size, nodes)
        request = witness.Request(old, tuple(proof), signed.encode())
        try:
            return self._askers[url].ask(
                "POST",
                f"{url}/add-checkpoint",
                request.encode(),
                seconds=max(0.0, deadline - time.monotonic()),
                most_bytes=MOST_ANSWER_BYTES,
            )
        except Unavailable as error:
            raise Unanswered(error.what, why=error.why, fix=error.fix) from None


class Unanswered(Unavailable):
    """A witness gave no answer; it rests."""


def _no_cosignature(why: str) -> Unavailable:
    return Unavailable(
        "A witness did not cosign.",
        why=why,
        fix="Ask its operator; it is asked again at the next beat.",
    )
