"""Reading what grows with the journal: lists, searches, counts, away from the event loop."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from starlette.requests import Request

from amparo.storage.journal import Journal
from amparo.web.http.answer_cache import AnswerCache

_T = TypeVar("_T")


class JournalReader:
    """A thread with a connection of its own, and a queue with an end (`answer_cache`)."""

    def __init__(self, place: Path | str, name: str) -> None:
        """`place` of the journal, `name` of the thread; nothing is opened before somebody asks."""
        self._place = place
        self._queue = AnswerCache(name)
        self._journal: Journal | None = None

    async def read(self, request: Request, key: str, job: Callable[[Journal], _T]) -> _T:
        """Do a job; whoever asks under the same key meanwhile gets the same answer.

        A client that leaves takes its job along. Nothing is kept, since it may be erased.
        """
        return await self._queue.once(request, key, lambda: self._read(job))

    def close(self) -> None:
        """End, when the job that is being done has ended."""
        self._queue.close()
        if self._journal is not None:
            self._journal.close()

    def _read(self, job: Callable[[Journal], _T]) -> _T:
        if self._journal is None:
            self._journal = Journal(self._place, read_only=True)
        return job(self._journal)
