"""Asking witnesses to cosign our checkpoints, over HTTP (C2SP tlog-witness, the log's side).

All witnesses of the policy are asked at once, with a deadline. Without the policy's quorum nothing
is published: the checkpoint stays committed, and the next beat asks again.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx2

from amparo.errors import AmparoError, Missing, Unavailable
from amparo.ledger import charters
from amparo.ledger.node import Node
from amparo.ledger.publish import Cosign, read_tile
from amparo.ledger.store import log_of
from amparo.tlog import merkle, note, policy, tile, witness
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.cosignature import Cosigner
from amparo.tlog.policy import Policy

DEADLINE_SECONDS = 5.0
REST_SECONDS = 60.0
"""A witness that did not answer is not waited for so long, unless the quorum needs it."""


def cosigner_of(node: Node) -> Cosign | None:
    """What asks the witnesses of the charter, or of the node's policy; None without either."""
    if node.charter:
        trusted = charters.policy_of(node)
    elif node.policy is None:
        return None
    else:
        try:
            trusted = policy.parse(node.policy.read_text())
        except OSError as error:
            raise Missing(
                "The policy file cannot be read.",
                why=f"{node.policy}: {error.strerror}",
                fix="Put it there, or empty `policy` in amparo.toml.",
            ) from None
    return Asking(node, trusted).cosign


class Asking:
    """One log's witnesses, with what is known of them between two beats."""

    def __init__(self, node: Node, trusted: Policy) -> None:
        self._trusted = trusted
        self._read = functools.partial(read_tile, log_of(node))
        self._client = httpx2.Client(timeout=DEADLINE_SECONDS)
        self._keys: dict[str, list[Cosigner]] = {}
        for one in trusted.witnesses:
            if one.url:  # a witness with two keys is asked once, and signs with both
                self._keys.setdefault(one.url, []).append(one.key)
        self._known = dict.fromkeys(self._keys, 0)
        self._resting: dict[str, float] = {}

    def cosign(self, signed: note.Note, checkpoint: Checkpoint) -> note.Note:
        """The checkpoint with the quorum's cosignatures, or `Unavailable`."""
        now = time.monotonic()
        resting = [url for url in self._keys if self._resting.get(url, 0) > now]
        silent: list[str] = []
        lines: list[note.Signature] = []
        for some in ([url for url in self._keys if url not in resting], resting):
            lines += self._ask_all(some, signed, checkpoint, silent)
            cosigned = signed.with_signatures(*lines)
            if self._trusted.reached_by(set(policy.cosigned_by(self._trusted, cosigned))):
                return cosigned  # who did not answer a moment ago is asked only where it is needed
        raise Unavailable(
            "The witnesses' quorum is not reached, so nothing new is published.",
            why="; ".join(silent) or "too few witnesses have an address in the policy",
            fix="Submissions are kept and wait. Ask the witnesses named, or mend the policy.",
        )

    def _ask_all(
        self, urls: Sequence[str], signed: note.Note, checkpoint: Checkpoint, silent: list[str]
    ) -> list[note.Signature]:
        lines: list[note.Signature] = []
        with ThreadPoolExecutor(max(1, len(urls))) as pool:
            answers = [pool.submit(self._ask_one, url, signed, checkpoint) for url in urls]
            for url, answer in zip(urls, answers, strict=True):
                name = self._keys[url][0].name
                try:
                    lines += answer.result()
                    self._resting.pop(url, None)
                except AmparoError as error:
                    silent.append(f"{name}: {error.why}")
                except httpx2.HTTPError as error:
                    self._resting[url] = time.monotonic() + REST_SECONDS
                    silent.append(f"{name}: {str(error) or type(error).__name__}")
        return lines

    def _ask_one(self, url: str, signed: note.Note, checkpoint: Checkpoint) -> list[note.Signature]:
        """One witness's cosignatures. It is told the size it knows; once more if that was wrong."""
        answer = self._post(url, signed, checkpoint)
        if answer.status_code == httpx2.codes.CONFLICT:
            self._known[url] = witness.read_size(answer.content, own_size=checkpoint.size)
            answer = self._post(url, signed, checkpoint)
        if answer.status_code != httpx2.codes.OK:
            raise Unavailable(
                "A witness did not cosign.",
                why=f"it answered {answer.status_code}: {answer.text[:200]!r}",
                fix="Ask its operator; it is asked again at the next beat.",
            )
        lines = witness.read_cosignatures(answer.content, signed.text, self._keys[url])
        self._known[url] = checkpoint.size
        return lines

    def _post(self, url: str, signed: note.Note, checkpoint: Checkpoint) -> httpx2.Response:
        old = min(self._known[url], checkpoint.size)
        nodes = tile.node_reader(self._read, checkpoint.size)
        proof = merkle.consistency_proof(old, checkpoint.size, nodes)
        request = witness.Request(old, tuple(proof), signed.encode())
        return self._client.post(f"{url}/add-checkpoint", content=request.encode())
