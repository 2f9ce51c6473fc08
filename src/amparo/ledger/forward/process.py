"""The process that sends statements on: `python -m amparo.ledger.forward.process DIR`.

It is a process of its own, since nobody who submits or publishes should wait for it, and since what
talks to strangers should not hold the log's key. It ends when its standard input does, or when
nothing is set up any more.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import logging
import os
import sys
import threading
from pathlib import Path

from amparo.errors import AmparoError
from amparo.ledger.forward import forwardings
from amparo.ledger.forward.comparison_process import Nightly
from amparo.ledger.forward.sender import Sender
from amparo.storage.journal import Journal
from amparo.storage.node import Node, open_node

logger = logging.getLogger("amparo")

LOOK_SECONDS = 2.0
STOP_SECONDS = 5.0


def main() -> int:
    """Send until standard input ends, or nothing is set up any more."""
    stop = threading.Event()
    threading.Thread(target=_watch_parent, args=(stop,), daemon=True).start()
    try:
        node = open_node(Path(sys.argv[1]))
        with contextlib.closing(Journal(node.journal)) as journal:
            _forward(node, journal, stop)
    except AmparoError as error:
        logger.warning("forwarding: %s %s", error.what, error.why)
        return 1
    return 0


def _forward(node: Node, journal: Journal, stop: threading.Event) -> None:
    senders: dict[int, Sender] = {}
    nightly = Nightly(node, journal)
    try:
        while not stop.is_set():
            set_up = {forwarding.platform for forwarding in forwardings.every(journal)}
            for platform in set_up - set(senders):
                senders[platform] = Sender(node, platform)
                senders[platform].thread.start()
            for platform in set(senders) - set_up:
                senders.pop(platform).thread.stop(STOP_SECONDS)
            if not set_up:
                return
            nightly.look()
            stop.wait(LOOK_SECONDS)
    finally:
        nightly.stop()
        for sender in senders.values():
            sender.thread.stopping.set()
        for sender in senders.values():
            sender.thread.stop(STOP_SECONDS)


def _watch_parent(stop: threading.Event) -> None:
    # Not through sys.stdin: a thread that waits in its buffer keeps the interpreter from ending.
    while os.read(0, 4096):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
