"""The charters a node has followed, each in a file of its own, from the first on.

DIR/charters/1.charter, 2.charter ...: signed notes, never changed. `charter` in amparo.toml is the
digest of the first; everything else follows from it.
"""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

from amparo.coalition import charter as charters
from amparo.coalition.charter import Charter
from amparo.errors import Unavailable
from amparo.ledger.files import write_durably
from amparo.ledger.node import Node
from amparo.tlog import policy
from amparo.tlog.policy import Policy


def current(node: Node) -> Charter:
    """The charter in force; the whole chain is checked."""
    return charters.follow(_root(node), _kept(node))


def adopt(node: Node, raw: bytes) -> Charter:
    """Keep the next charter, if the one in force has adopted it; nothing is kept otherwise."""
    root, kept = _root(node), _kept(node)
    found = charters.follow(root, [*kept, raw])
    folder = _folder(node)
    folder.mkdir(exist_ok=True)
    write_durably(folder / f"{found.version}.charter", raw)
    return found


def policy_of(node: Node) -> Policy:
    """The witnesses' quorum that the charter asks of this node's log."""
    charter = current(node)
    log = charters.log_of(charter, node.signer().verifier.vkey)
    return policy.parse(charters.policy_text(charter, log))


def _root(node: Node) -> str:
    if not node.charter:
        raise Unavailable(
            "This node follows no charter.",
            why="`charter` in amparo.toml is empty",
            fix="Put the digest of the first charter there, as a member tells it to you.",
        )
    return node.charter


def _folder(node: Node) -> Path:
    return node.folder / "charters"


def _kept(node: Node) -> list[bytes]:
    folder = _folder(node)
    found: list[bytes] = []
    while (path := folder / f"{len(found) + 1}.charter").is_file():
        found.append(path.read_bytes())
    return found
