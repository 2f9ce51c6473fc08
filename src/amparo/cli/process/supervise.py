"""The processes beside a node's first one: the one that publishes, and further front ends.

Whichever dies is started again; none of them outlives the first.
"""

# SPDX-License-Identifier: Apache-2.0

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amparo.cli.process.front_end import Orders
    from amparo.ledger.publisher_process import PublisherState
    from amparo.storage.node import Node

_of_publishing = logging.getLogger("amparo.publishing")
_of_front_ends = logging.getLogger("amparo.front")

RESTART_SECONDS = 1.0
_REFUSED = 3


class Publishing:
    """The publishing process, started again when it dies, and never when it refused."""

    def __init__(self, node: "Node", tell: Callable[["PublisherState"], None]) -> None:
        """`tell` gets whatever it says of itself."""
        self._node = node
        self._tell = tell
        self._state: PublisherState | None = None
        self._stopping = threading.Event()
        self._first = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="publishing", daemon=True)

    def start(self) -> None:
        """Start it and wait for its first word; a refusal is raised here."""
        from amparo.errors import Unsound

        self._thread.start()
        self._first.wait()
        state = self._state
        if state is not None and state.state == "refused":
            raise Unsound(state.what, why=state.why, fix=state.fix)

    def stop(self) -> None:
        """Let it finish its beat and end."""
        self._stopping.set()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "amparo.ledger.publisher_process", str(self._node.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the first one, which lets it end in order
            )
            self._listen(self._process)
            if self._process.wait() == _REFUSED:
                break
            self._stopping.wait(RESTART_SECONDS)
        self._first.set()

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        import msgspec

        from amparo.ledger.publisher_process import PublisherState

        if process.stdout is None:
            return
        for line in process.stdout:
            before, state = self._state, msgspec.json.decode(line, type=PublisherState)
            self._state = state
            self._tell(state)
            if state != before:  # an hour without the database is one note, not thousands
                _note(state, before)
            self._first.set()


def _note(state: "PublisherState", before: "PublisherState | None") -> None:
    if state.what:
        _of_publishing.warning("publishing: %s %s. %s", state.what, state.why, state.fix)
    elif before is not None and before.what:
        _of_publishing.warning("publishing goes on")


class FrontEnds:
    """Further front ends, each started again when it dies, and never when it refused."""

    def __init__(
        self,
        orders: list["Orders"],
        *,
        ending: Callable[[], bool],
        give_up: Callable[[int], None],
    ) -> None:
        """`ending`: whether the node is being stopped, so that nothing is started again.

        `give_up` gets the number of the one that refused: nobody may wait at its socket.
        """
        self._ending = ending
        self._give_up = give_up
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._state = b""
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(n, given), name=f"front-{n}", daemon=True)
            for n, given in enumerate(orders)
        ]

    def start(self) -> None:
        """Start them; they take connections as soon as each can."""
        for thread in self._threads:
            thread.start()

    def tell(self, state: "PublisherState") -> None:
        """Tell each of them, and whoever is started later, what publishing says of itself."""
        import msgspec

        with self._guard:
            self._state = msgspec.json.encode(state) + b"\n"
            for process in self._processes.values():
                _write(process, self._state)

    def stop(self) -> None:
        """Let them finish what they are at, and end."""
        with self._guard:
            self._stopping.set()
            for process in self._processes.values():
                if process.stdin is not None:
                    with suppress(OSError):
                        process.stdin.close()
        for thread in self._threads:
            if thread.is_alive():  # none is where the node failed before it took requests
                thread.join()

    def _run(self, number: int, orders: "Orders") -> None:
        while (process := self._begun(number, orders)) is not None:
            status = process.wait()
            if self._stopping.is_set() or self._ending():
                return
            if status == _REFUSED:
                _of_front_ends.warning("a front end refused to begin; the node goes on without it")
                self._give_up(number)
                return
            _of_front_ends.warning("a front end ended with %s and is started again", status)
            self._stopping.wait(RESTART_SECONDS)

    def _begun(self, number: int, orders: "Orders") -> "subprocess.Popen[bytes] | None":
        import msgspec

        with self._guard:
            if self._stopping.is_set():
                return None
            words = msgspec.json.encode(orders).decode()
            process = subprocess.Popen(
                [sys.executable, "-m", "amparo.cli.process.front_end", words],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[orders.socket],
                start_new_session=True,  # Ctrl-C is for the first one, which lets them end in order
            )
            self._processes[number] = process
            _write(process, self._state)
            return process


def _write(process: "subprocess.Popen[bytes]", line: bytes) -> None:
    if process.stdin is not None:
        with suppress(OSError, ValueError):  # it has just ended, and will be told anew
            process.stdin.write(line)
            process.stdin.flush()
