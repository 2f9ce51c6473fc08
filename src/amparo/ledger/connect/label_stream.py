"""The stream of a labeler's labels, read on from where it was left; each checked as it is received.

The labeler numbers its frames (`seq`). The number up to which all is taken in is kept with what was
taken, so that a crash reads some again and loses none. Gaps between numbers are usual; labels are
missing only where the labeler says so (`OutdatedCursor`), which is put among what was refused.

What cannot be read is refused by its place and costs nothing else. A key may have been changed: at
the first signature that does not fit, and later once a minute, the labeler's document is read anew.

Source: `com.atproto.label.subscribeLabels`; atproto.com/specs/event-stream.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, assert_never

from amparo.connectors import label, label_frame, labels
from amparo.connectors.label_frame import Failure, Info, Labels, Other
from amparo.connectors.labels import Settings
from amparo.connectors.record import Record
from amparo.connectors.signing_key import SigningKey
from amparo.errors import AmparoError, Refused, Text
from amparo.ledger.connect.ingest import Batch, Unreadable
from amparo.ledger.outbound import http, websocket
from amparo.ledger.outbound.http import NoAnswer
from amparo.ledger.outbound.websocket import Line

METHOD = "/xrpc/com.atproto.label.subscribeLabels"
MOST_MESSAGE_BYTES = 1024 * 1024
LABELS_A_BATCH = 500
LOOK_SECONDS = 1.0
"""How long a batch that is not full waits for more."""
IDLE_SECONDS = 60.0
"""After so long without a label it is said that all is well."""
MOST_MALFORMED = 20
"""So many frames in a row that cannot be read are no stream of labels."""
MOST_SECONDS = 3600.0
"""A run that is to end when all is read ends by then; the next one goes on."""
KEY_SECONDS = 60.0
FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS = 1.0, 60.0


class Stream:
    """A labeler's stream; for one thread."""

    def __init__(
        self,
        address: str,
        settings: Settings,
        newest_key: Callable[[], SigningKey] | None,
        position: str,
    ) -> None:
        """`newest_key`: reads the labeler's document; None where the operator gave the key."""
        self.settings = settings
        self._address, self._newest_key = address, newest_key
        self._seq = int(position or 0)
        self._asked_at = -KEY_SECONDS
        self._records: list[Record | Unreadable] = []
        self._malformed = 0

    def batches(self, quiet_seconds: float) -> Iterator[Batch]:
        """What the stream holds, until nothing has come for so long."""
        until = time.monotonic() + MOST_SECONDS
        for batch in self._connected(quiet_seconds):
            yield batch
            if time.monotonic() > until:
                return

    def follow(self) -> Iterator[Batch]:
        """What comes, without end; a line that ends is made anew, after a wait."""
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                for batch in self._connected(None):
                    yield batch
                    wait = FIRST_WAIT_SECONDS
            except NoAnswer as error:
                yield self._batch(str(error.why))
            time.sleep(wait)
            wait = min(2 * wait, MOST_WAIT_SECONDS)

    def _connected(self, quiet_seconds: float | None) -> Iterator[Batch]:
        url = f"{self._address.rstrip('/')}{METHOD}?cursor={self._seq}"
        with websocket.listening(
            url,
            most_bytes=MOST_MESSAGE_BYTES,
            named=http.host_of(url) if self.settings.private else None,
            proxy=http.proxy_for(url),
        ) as line:
            yield from self._listen(line, quiet_seconds)

    def _listen(self, line: Line, quiet_seconds: float | None) -> Iterator[Batch]:
        heard = answered = time.monotonic()
        patience = LOOK_SECONDS if quiet_seconds is None else min(LOOK_SECONDS, quiet_seconds)
        while True:
            try:
                message = line.receive(patience)
            except NoAnswer:
                if self._records:  # what came before is whole
                    yield self._batch()
                raise
            now = time.monotonic()
            if message is not None:
                heard = now
                self._take(message)
            is_last = quiet_seconds is not None and now - heard >= quiet_seconds
            is_due = bool(self._records) if message is None else self._is_full()
            if is_due or is_last or now - answered >= IDLE_SECONDS:
                answered = now
                yield self._batch()
            if is_last:
                return

    def _is_full(self) -> bool:
        return len(self._records) >= LABELS_A_BATCH

    def _batch(self, trouble: str = "") -> Batch:
        records, self._records = self._records, []
        return Batch(records, str(self._seq), trouble)

    def _take(self, message: bytes) -> None:
        try:
            frame = label_frame.read(message)
        except ValueError as error:
            self._malformed += 1
            if self._malformed >= MOST_MALFORMED:
                raise http.no_answer(
                    self._address, f"it sends no stream of labels: {error}"
                ) from None
            self._refuse(f"frame after {self._seq}", str(error))
            return
        self._malformed = 0
        match frame:
            case Labels(seq, found):
                for number, received in enumerate(found, 1):
                    self._read(f"{seq}, label {number}", received)
                self._seq = max(self._seq, seq)
            case Info():
                why = frame.message or "labels are missing"
                self._refuse(f"after {self._seq}", f"{frame.name}: {why}")
            case Failure():
                raise _ended(frame)
            case Other():
                pass
            case never:
                assert_never(never)

    def _read(self, place: str, received: Any) -> None:
        try:
            found = labels.record(self._checked(received), self.settings)
        except ValueError as error:
            self._refuse(place, str(error))
            return
        if found is not None:
            self._records.append(found)

    def _checked(self, received: Any) -> label.Label:
        now = datetime.now(UTC)
        try:
            return label.read(received, self.settings.labeler, self.settings.key, now)
        except label.NotSigned:
            if not self._has_new_key():
                raise
            return label.read(received, self.settings.labeler, self.settings.key, now)

    def _has_new_key(self) -> bool:
        """Whether the labeler has changed its key; asked for once a minute at most."""
        now = time.monotonic()
        if self._newest_key is None or now - self._asked_at < KEY_SECONDS:
            return False
        self._asked_at = now
        try:
            key = self._newest_key()
        except AmparoError:  # the label is refused, and the next one asks again
            return False
        is_new = key != self.settings.key
        self.settings = self.settings._replace(key=key)
        return is_new

    def _refuse(self, place: str, why: str) -> None:
        self._records.append(Unreadable(f"seq {place}", why))


def _ended(frame: Failure) -> Refused | NoAnswer:
    error, message = frame.error, frame.message or ""
    if error == "FutureCursor":
        return Refused(
            "The labeler never came as far as was read.",
            why=Text("{error}: {message}", error=error, message=message),
            fix="If it was set up anew, read it from its beginning with --from-start.",
        )
    return http.no_answer("the labeler", f"it ends the stream: {error}: {message}")
