"""Whether a node runs on this machine, and where it is reached there.

`amparo serve` holds a lock for as long as it serves, and has written its address into the locked
file: after a crash nobody holds the lock, and what stands in the file counts for nothing.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from amparo.errors import Unavailable
from amparo.storage.durable import is_locked, locked
from amparo.storage.node import Node


@contextmanager
def noted(node: Node, address: str) -> Iterator[None]:
    """Say that a node is reached at `address`, while it is; of two beside each other, the first."""
    with ExitStack() as held:
        with suppress(Unavailable):
            held.enter_context(locked(_file(node)))
            _file(node).write_text(address)
        yield


def address(node: Node) -> str:
    """Where a node is reached on this machine just now, `http://…`; empty: it does not run here."""
    file = _file(node)
    return file.read_text() if file.exists() and is_locked(file) else ""


def _file(node: Node) -> Path:
    return node.folder / "serving.lock"
