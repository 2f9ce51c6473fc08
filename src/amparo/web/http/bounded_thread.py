"""One thread that does jobs in turn, with a queue that has an end.

What is dear, or must never be done twice at once, is done here. Who comes when the queue is full is
told so at once (503), instead of waiting behind all the others. One network cannot fill the queue.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from amparo.errors import Unavailable
from amparo.web.http.limits import SHARES
from amparo.web.words.decision import N_

_T = TypeVar("_T")


class BoundedThread:
    """A thread and its queue; used on one event loop."""

    def __init__(self, name: str, most: int) -> None:
        """`most` jobs may be queued, the one at work among them."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._most = most
        self._asked: Counter[str] = Counter()
        self.queued = 0

    async def do(self, job: Callable[[], _T], *, network: str = "", own: bool = False) -> _T:
        """Do a job when its turn comes; `own` jobs of the server are never sent away.

        `network`: whose job it is, as `rate` tells them apart; empty where nobody can tell.
        """
        share = max(1, self._most // SHARES) if network else self._most
        if not own and (self.queued >= self._most or self._asked[network] >= share):
            raise too_many()
        self.queued += 1
        self._asked[network] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, job)
        finally:
            self.queued -= 1
            self._asked -= Counter((network,))  # and forget who asks nothing any more

    async def stop(self) -> None:
        """Finish what is queued, and end."""
        await asyncio.to_thread(self._thread.shutdown)


def too_many() -> Unavailable:
    """What is said to whoever comes when the queue is full."""
    return Unavailable(
        N_("Too many people are asking this just now."),
        why=N_("Each of these takes a while, and as many wait as may."),
        fix=N_("Try again in a few seconds; nothing was changed."),
    )
