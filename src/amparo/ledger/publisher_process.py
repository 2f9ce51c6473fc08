"""The publishing process, started by `amparo serve`: `python -m amparo.ledger.publisher_process`.

It is a process of its own so that the log's private key never lies in the memory of the process
that talks to the world, and so that hashing does not wait for requests. It tells its state as JSON
lines on standard output, and ends when its standard input does: it never outlives its parent.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import Literal

import msgspec

from amparo.errors import AmparoError, Unavailable
from amparo.ledger.coalition import charters
from amparo.ledger.coalition.cosigner import cosigner_of
from amparo.ledger.forward.supervise import Forwarding
from amparo.ledger.log import into_observatory, selfcheck
from amparo.ledger.log.publish import BEAT_SECONDS, MOST_IN_BEAT, Publisher, publishing
from amparo.storage.database import Lost
from amparo.storage.journal import Journal
from amparo.storage.node import Node, open_node

STANDBY_SECONDS = 0.5


class PublisherState(msgspec.Struct, frozen=True):
    """What the publishing process says of itself."""

    state: Literal["publishing", "standby", "waiting", "refused"]
    """`waiting`: cannot publish just now, tries again; `refused`: going on would do harm."""
    what: str = ""
    why: str = ""
    fix: str = ""


def main() -> int:
    """Publish until standard input ends; exit 3 when going on would do harm."""
    stop = threading.Event()
    threading.Thread(target=_watch_parent, args=(stop,), daemon=True).start()
    try:
        node = open_node(Path(sys.argv[1]))
        while not stop.is_set():
            try:
                _publish(node, stop)
            except Unavailable as error:
                _tell(PublisherState("standby", error.what, error.why, error.fix))
                stop.wait(STANDBY_SECONDS)
    except AmparoError as error:
        _tell(PublisherState("refused", error.what, error.why, error.fix))
        return 3
    except OSError as error:
        # After a failed write nothing is tried again on what is in memory: a new process reloads
        # and checks all of it.
        _tell(
            PublisherState(
                "waiting", "The log could not be written.", str(error), "Make room on the disk."
            )
        )
        return 1
    return 0


def _publish(node: Node, stop: threading.Event) -> None:
    journal = Journal(node.journal)
    ending = contextlib.ExitStack()
    with contextlib.closing(journal), publishing(node, journal), ending:
        _look(node, journal)
        publisher = Publisher(node, journal, cosign=cosigner_of(node))
        daily = selfcheck.Daily(node, journal)
        ending.callback(daily.stop)
        record = into_observatory.DailyRecord(node, journal)
        ending.callback(record.stop)
        forwarding = Forwarding(node, journal)
        ending.callback(forwarding.stop)
        charter = charters.version(node)
        reported: PublisherState | None = None
        due = time.monotonic()
        while not stop.is_set():
            state = _state(daily.look())
            record.look()
            forwarding.look()
            published = 0
            try:
                if charter != (charter := charters.version(node)):
                    publisher.follow(cosigner_of(node))  # members have adopted another charter
                published = publisher.beat()
            except Lost:
                raise  # and with it the lock: another may be publishing by now
            except Unavailable as error:
                state = PublisherState("waiting", error.what, error.why, error.fix)
            if state != reported:
                _tell(state)
                reported = state
            due = max(due + BEAT_SECONDS, time.monotonic())
            if published < MOST_IN_BEAT:
                stop.wait(max(0.0, due - time.monotonic()))


def _look(node: Node, journal: Journal) -> None:
    """A short look before anything is published; what is only missing is made anew."""
    looked = selfcheck.look(node, journal)
    if looked.missing:
        _tell(
            PublisherState(
                "waiting", "A file of the log is missing, and is made anew.", looked.missing
            )
        )
        selfcheck.mend(node, journal)


def _state(checked: selfcheck.Result | None) -> PublisherState:
    """That it publishes, and what the last full check found."""
    return (
        PublisherState("publishing", checked.what, checked.why)
        if checked
        else PublisherState("publishing")
    )


def _watch_parent(stop: threading.Event) -> None:
    # Not through sys.stdin: a thread that waits in its buffer keeps the interpreter from ending.
    while os.read(0, 4096):
        pass
    stop.set()


def _tell(state: PublisherState) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(state) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
