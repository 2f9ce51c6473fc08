"""The process of the neighbours: begun with the node, started again if it dies, ended with it."""

# SPDX-License-Identifier: Apache-2.0

import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

RESTART_SECONDS = 1.0
PATIENCE_SECONDS = 5.0
"""How long the node's end waits for them before it ends them."""


class Neighbours:
    """Runs beside a node for as long as that does."""

    def __init__(self, folder: Path, listener: socket.socket, address: str) -> None:
        """`listener`: where the witnesses listen. `address`: the node's own."""
        listener.listen()
        self._listener = listener
        self._words = [str(folder), str(listener.fileno()), address]
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="neighbours", daemon=True)

    def start(self) -> None:
        """Begin; the node's log is published as soon as its witnesses answer."""
        self._thread.start()

    def stop(self) -> None:
        """Let it end."""
        self._stopping.set()
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        self._thread.join(PATIENCE_SECONDS)
        if self._process is not None and self._thread.is_alive():
            self._process.kill()  # it hangs, or was begun while this was asked for
            self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "amparo.demo.neighbours", *self._words],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[self._listener.fileno()],
                start_new_session=True,  # Ctrl-C is for the node, which ends them
            )
            self._process.wait()
            self._stopping.wait(RESTART_SECONDS)
