"""A supervisor for background threads: each is started again after an error, and says so once.

A thread runs a function that takes the thread, calls `is_well` when all is as it should be, and
returns once `stopping` is set. Whatever it raises is logged, and it is called again after a wait
that doubles up to `MOST_WAIT_SECONDS`. While it is not well again, `trouble` says why: requests are
refused with that instead of waiting for a thread that does nothing, and /health/ready shows it.
"""

# SPDX-License-Identifier: Apache-2.0

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from amparo.errors import AmparoError, Text, Unavailable

logger = logging.getLogger("amparo")

FIRST_WAIT_SECONDS = 1.0
MOST_WAIT_SECONDS = 5.0
"""A database that is back is noticed this soon; to ask for it costs next to nothing."""


class Supervised:
    """One thread and how it fares."""

    def __init__(
        self,
        name: str,
        work: Callable[["Supervised"], None],
        *,
        wake: Callable[[], None] = lambda: None,
        on_trouble: Callable[[Unavailable], None] = lambda _: None,
    ) -> None:
        """`wake` lets `work` see that `stopping` is set; `on_trouble` hears why it ended, there."""
        self.name = name
        self.stopping = threading.Event()
        self.trouble: Unavailable | None = None
        """Why it does not work just now; None while it does, and before it has begun."""
        self._work = work
        self._wake = wake
        self._on_trouble = on_trouble
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._wait = FIRST_WAIT_SECONDS

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience: float | None = None) -> None:
        """End after what is being done just now, if that is over within so many seconds."""
        self.stopping.set()
        self._wake()
        self._thread.join(patience)

    def is_well(self) -> None:
        """From the thread itself: what was to be done was done."""
        if self.trouble is not None:
            logger.warning("%s goes on", self.name)
            self.trouble = None
        self._wait = FIRST_WAIT_SECONDS

    def check(self) -> None:
        """Raise what keeps it from working."""
        if (found := self.trouble) is not None:
            # A new one each time: what is raised again and again holds every frame it went through.
            what, why, fix = found.texts
            raise Unavailable(what, why=why, fix=fix)

    def _run(self) -> None:
        while not self.stopping.is_set():
            try:
                self._work(self)
            except Exception as error:  # noqa: BLE001 - whatever it is, it begins again
                self._note(error)
            self.stopping.wait(self._wait)
            self._wait = min(2 * self._wait, MOST_WAIT_SECONDS)

    def _note(self, error: Exception) -> None:
        trouble = _as_unavailable(self.name, error)
        if self.trouble is None or self.trouble.what != trouble.what:
            unexpected = None if isinstance(error, AmparoError) else error
            logger.warning("%s: %s", self.name, trouble.what, exc_info=unexpected)
        self.trouble = trouble
        with suppress(Exception):  # whoever hears of it must not end this
            self._on_trouble(trouble)


def _as_unavailable(name: str, error: Exception) -> Unavailable:
    if isinstance(error, AmparoError):
        what, why, fix = error.texts
        return Unavailable(what, why=why, fix=fix)
    return Unavailable(
        Text("A part of the node does not work: {name}.", name=name),
        why=Text("{error}", error=f"{type(error).__name__}: {error}"),
        fix="It is begun again within seconds; if it stays so, the node's operator must look at "
        "its log.",
    )
