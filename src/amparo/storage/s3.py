"""Files in an object store that speaks S3; needs the extra `s3` (obstore).

Where the server is and who we are come from the environment, under the names every tool of S3
knows: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY; AWS_ALLOW_HTTP for
a server without TLS. A new file is written under If-None-Match, the checkpoint under If-Match: a
publisher that was paused and wakes up cannot put an older one back.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import obstore
from obstore import exceptions
from obstore.store import S3Store

from amparo.errors import Unavailable, Unsound
from amparo.storage.database import Lost
from amparo.storage.node import CHECKPOINT
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import note

_AT_ONCE = 16
_LOOKS = 5
_CHANGED = (exceptions.PreconditionError, exceptions.AlreadyExistsError)
_MOST_TILES = 4096  # full tiles in memory, 8 kB each at most but for bundles
_PATIENCE = timedelta(seconds=10)


class Bucket:
    """Files below one prefix of a bucket."""

    near = False

    def __init__(self, address: str) -> None:
        """`address`: s3://BUCKET/PREFIX."""
        self._address = address
        self._store = S3Store.from_url(
            address,
            retry_config={
                "max_retries": 3,
                "retry_timeout": _PATIENCE,
                "backoff": {
                    "init_backoff": timedelta(milliseconds=50),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
            client_options={
                "timeout": _PATIENCE,
                "connect_timeout": timedelta(seconds=3),
                "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true",
            },
        )
        self._full = functools.lru_cache(_MOST_TILES)(self._get)

    def read(self, name: str) -> bytes:
        return (
            self._full(name) if name.startswith("tile/") and ".p/" not in name else self._get(name)
        )

    def write_new(self, bodies: Mapping[str, bytes]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._create, bodies.items()))

    def overwrite(self, name: str, body: bytes) -> None:
        with self._translated(name):
            obstore.put(self._store, name, body)
        self._full.cache_clear()

    def advance(self, body: bytes) -> None:
        size = _size(body)
        for _ in range(_LOOKS):
            seen, tag = self._newest()
            if seen is not None and _size(seen) > size:
                raise Lost(
                    "Somebody else has published this log meanwhile.",
                    why=f"a checkpoint of {_size(seen)} entries is out; this one has {size}",
                    fix="Nothing need be done: the newer publisher goes on, this one stands by.",
                )
            mode: Any = "create" if seen is None else {"e_tag": tag}
            with self._translated(CHECKPOINT), suppress(*_CHANGED):  # between the two: look again
                obstore.put(self._store, CHECKPOINT, body, mode=mode)
                return
        raise Unavailable(
            "The object store does not agree with itself.",
            why=f"{self._address}/{CHECKPOINT}: it refuses to replace what it has just shown",
            fix="It may show an old state; it is tried again at the next beat.",
        )

    def _newest(self) -> tuple[bytes | None, str | None]:
        with self._translated(CHECKPOINT):
            try:
                there = obstore.get(self._store, CHECKPOINT)
                return bytes(there.bytes()), there.meta["e_tag"]
            except (exceptions.NotFoundError, FileNotFoundError):
                return None, None

    def drop_partials(self, name: str) -> None:
        with self._translated(name):
            found = [
                entry["path"] for some in obstore.list(self._store, f"{name}.p") for entry in some
            ]
            if found:
                obstore.delete(self._store, found)

    def delete(self, name: str) -> None:
        with self._translated(name):
            obstore.delete(self._store, name)

    def _get(self, name: str) -> bytes:
        with self._translated(name):
            return bytes(obstore.get(self._store, name).bytes())

    def _create(self, item: tuple[str, bytes]) -> None:
        name, body = item
        with self._translated(name):
            fresh = True
            try:
                obstore.put(self._store, name, body, mode="create")
            except exceptions.AlreadyExistsError:
                fresh = False
        if not fresh and self._get(name) != body:
            raise Unsound(
                f"{self._address}/{name} holds something else than what is to be written there.",
                why="files of the log never change once they are written",
                fix="Compare it with `amparo log check`; keep a copy of the file as evidence.",
            )

    @contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        try:
            yield
        except (exceptions.NotFoundError, FileNotFoundError):
            raise FileNotFoundError(name) from None
        except _CHANGED:
            raise
        except exceptions.BaseError as error:
            raise Unavailable(
                "The object store cannot be reached, or refuses.",
                why=f"{self._address}/{name}: {str(error).strip().splitlines()[0][:300]}",
                fix="Start it, or mend its address and keys; what was kept waits and is published "
                "when it answers again.",
            ) from None


def _size(raw: bytes) -> int:
    return checkpoints.parse(note.parse(raw).text).size
