"""Asking witnesses to cosign our checkpoints, over HTTP (C2SP tlog-witness, the log's side).

All witnesses of the policy are asked at once, with a deadline. Without the policy's quorum nothing
is published: the checkpoint stays committed, and the next beat asks again.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2

from amparo.errors import AmparoError, Missing, Unavailable
from amparo.ledger import charters
from amparo.ledger.node import Node
from amparo.ledger.publish import Cosign, read_tile
from amparo.tlog import merkle, note, policy, tile, witness
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.policy import Policy, Witness

DEADLINE_SECONDS = 5.0


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
    known = dict.fromkeys((w.name for w in trusted.witnesses), 0)
    client = httpx2.Client(timeout=DEADLINE_SECONDS)
    return functools.partial(_cosign, node, trusted, known, client)


def _cosign(
    node: Node,
    trusted: Policy,
    known: dict[str, int],
    client: httpx2.Client,
    signed: note.Note,
    checkpoint: Checkpoint,
) -> note.Note:
    asked = [w for w in trusted.witnesses if w.url]
    read = functools.partial(read_tile, node.log)

    def ask(w: Witness) -> list[note.Signature]:
        return ask_witness(client, w, known, signed, checkpoint, read)

    lines: list[note.Signature] = []
    silent: list[str] = []
    with ThreadPoolExecutor(max(1, len(asked))) as pool:
        for w, answer in zip(asked, [pool.submit(ask, w) for w in asked], strict=True):
            try:
                lines += answer.result()
            except (AmparoError, httpx2.HTTPError) as error:
                silent.append(
                    f"{w.name}: {error if not isinstance(error, AmparoError) else error.why}"
                )
    cosigned = signed.with_signatures(*lines)
    if not trusted.reached_by(set(policy.cosigned_by(trusted, cosigned))):
        raise Unavailable(
            "The witnesses' quorum is not reached, so nothing new is published.",
            why="; ".join(silent) or "too few witnesses have an address in the policy",
            fix="Submissions are kept and wait. Ask the witnesses named, or mend the policy.",
        )
    return cosigned


def ask_witness(
    client: httpx2.Client,
    w: Witness,
    known: dict[str, int],
    signed: note.Note,
    checkpoint: Checkpoint,
    read: Callable[[tile.Tile], bytes],
) -> list[note.Signature]:
    """One witness's cosignatures. It is told the size it knows; once more if that was wrong."""
    answer = _ask(client, w, known[w.name], signed, checkpoint, read)
    if answer.status_code == httpx2.codes.CONFLICT:
        known[w.name] = witness.read_size(answer.content, own_size=checkpoint.size)
        answer = _ask(client, w, known[w.name], signed, checkpoint, read)
    if answer.status_code != httpx2.codes.OK:
        raise Unavailable(
            f"Witness {w.name} did not cosign.",
            why=f"it answered {answer.status_code}: {answer.text[:200]!r}",
            fix="Ask its operator; it is asked again at the next beat.",
        )
    lines = witness.read_cosignatures(answer.content, signed.text, [w.key])
    known[w.name] = checkpoint.size
    return lines


def _ask(
    client: httpx2.Client,
    w: Witness,
    known: int,
    signed: note.Note,
    checkpoint: Checkpoint,
    read: Callable[[tile.Tile], bytes],
) -> httpx2.Response:
    old = min(known, checkpoint.size)
    nodes = tile.node_reader(read, checkpoint.size)
    proof = merkle.consistency_proof(old, checkpoint.size, nodes)
    request = witness.Request(old, tuple(proof), signed.encode())
    return client.post(f"{w.url}/add-checkpoint", content=request.encode())
