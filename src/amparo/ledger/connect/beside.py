"""A long file is read by a process of its own, beside the one that writes to the journal.

It reads, maps and looks at a batch (`foresight`) while the one before is written, and is at most
one batch ahead. It ends with whoever began it, however that ends: nobody takes its batches then. It
closes the file by itself, since a progress bar that it has drawn has to be taken off the terminal.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import multiprocessing
import pickle
import signal
from collections.abc import Generator, Iterator
from multiprocessing.connection import Connection as Pipe

import msgspec

from amparo.errors import AmparoError, Unavailable
from amparo.ledger.connect.foreseen import Foreseen
from amparo.ledger.connect.foresight import Foresight
from amparo.ledger.connect.ingest import Batch, Unreadable

END_SECONDS = 10.0
_BATCH, _ERROR, _END = b"b", b"e", b"."
_AHEAD = 2
"""While a batch is taken in the next one is looked at; after that this process waits."""
_NEW, _KNOWN = b"n", b"k"


class Beside:
    """The batches of a source as another process reads them; the journal is not read there."""

    def __init__(self, batches: Generator[Batch, None, None], foresight: Foresight) -> None:
        """`batches`: none of them is read yet, and they have no position."""
        forking = multiprocessing.get_context("fork")  # a reader of rows cannot be sent elsewhere
        self._pipe, theirs = forking.Pipe()
        self._process = forking.Process(
            target=_read, args=(self._pipe, theirs, batches, foresight), daemon=True
        )
        self._process.start()
        theirs.close()
        self.are_new = True
        """Whether the records of a batch were new: where not, no statements are foreseen soon."""

    def __iter__(self) -> Iterator[list[Foreseen | Unreadable]]:
        """The records of each batch; what was raised there is raised here."""
        while (message := self._next())[:1] == _BATCH:
            yield _decode(message[1:])
            with contextlib.suppress(ConnectionError):  # it has read all
                self._pipe.send_bytes(_NEW if self.are_new else _KNOWN)
        if message[:1] == _ERROR:
            kind, what, why, fix = pickle.loads(message[1:])  # noqa: S301 - from nobody else
            raise kind(what, why=why, fix=fix)

    def close(self) -> None:
        """End the other process."""
        self._pipe.close()
        self._process.join(END_SECONDS)
        if self.is_alive():
            self._process.kill()
            self._process.join()

    def is_alive(self) -> bool:
        """Whether the other process runs."""
        return self._process.is_alive()

    def _next(self) -> bytes:
        try:
            return self._pipe.recv_bytes()
        except (EOFError, ConnectionError):
            raise Unavailable(
                "The file could not be read to its end.",
                why="the process that reads it was ended",
                fix="Run the same again: what was taken in is known.",
            ) from None


def _read(
    others: Pipe, pipe: Pipe, batches: Generator[Batch, None, None], foresight: Foresight
) -> None:
    """In the other process; what is no error of ours ends it with its traceback."""
    others.close()  # so that this one learns when nobody is left there
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever is interrupted ends it
    with contextlib.suppress(EOFError, ConnectionError), contextlib.closing(batches):
        try:
            for number, batch in enumerate(batches):
                ready = number < _AHEAD or pipe.recv_bytes() == _NEW
                pipe.send_bytes(_BATCH + _encode(foresight.of(batch.records, ready=ready)))
            pipe.send_bytes(_END)
        except AmparoError as error:
            pipe.send_bytes(_ERROR + pickle.dumps((type(error), *error.texts)))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Foreseen | Unreadable]).decode
