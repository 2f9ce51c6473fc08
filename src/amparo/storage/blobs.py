"""Where a node's files that never change lie: its own folder, or an object store once outgrown.

The log's tiles and bundles, its checkpoint, and evidence. A name is a path with slashes. What is
written once is never written differently; only the checkpoint moves, and only forward.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from amparo.errors import Missing
from amparo.storage.durable import write_all_durably, write_durably
from amparo.storage.node import CHECKPOINT, Node


class Store(Protocol):
    """Named files below one place; every write is durable when it returns."""

    near: bool
    """Whether reading is as quick as a disk, so that nobody need wait on another thread."""

    def read(self, name: str) -> bytes:
        """A file's body; `FileNotFoundError` if there is none."""

    def write_new(self, bodies: Mapping[str, bytes]) -> None:
        """Write files; one that is there with another body is `Unsound`."""

    def overwrite(self, name: str, body: bytes) -> None:
        """Write a file whatever was there: for mending what is known to be damaged."""

    def advance(self, body: bytes) -> None:
        """Put the log's checkpoint out, unless a newer one is there (`Unsound`)."""

    def drop_partials(self, name: str) -> None:
        """Delete the partial tiles that led to a full one."""

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""


class Folder:
    """Files below a folder."""

    near = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> bytes:
        try:
            return (self._path / name).read_bytes()
        except NotADirectoryError:
            raise FileNotFoundError(name) from None

    def sizes(self, folder: str) -> dict[str, int]:
        """Name -> bytes of the files straight in a folder; none where there is no such folder."""
        try:
            with os.scandir(self._path / folder) as there:
                return {path.name: path.stat().st_size for path in there if path.is_file()}
        except FileNotFoundError:
            return {}

    def write_new(self, bodies: Mapping[str, bytes]) -> None:
        write_all_durably(self._path, bodies)

    def overwrite(self, name: str, body: bytes) -> None:
        (self._path / name).parent.mkdir(parents=True, exist_ok=True)
        write_durably(self._path / name, body)

    def advance(self, body: bytes) -> None:
        # Only who holds the lock of the folder writes here, so nobody can have gone ahead.
        write_durably(self._path / CHECKPOINT, body)

    def drop_partials(self, name: str) -> None:
        shutil.rmtree(self._path / f"{name}.p", ignore_errors=True)

    def delete(self, name: str) -> None:
        (self._path / name).unlink(missing_ok=True)


def log_of(node: Node) -> Store:
    """Where a node's log is served from."""
    return _s3(f"{node.settings.store}/log") if node.settings.store else Folder(node.log)


def evidence_of(node: Node) -> Store:
    """Where files that sides attached lie."""
    return _s3(f"{node.settings.store}/evidence") if node.settings.store else Folder(node.evidence)


@functools.lru_cache(maxsize=16)  # one client, with its connections, a place and process
def _s3(address: str) -> Store:
    try:
        from amparo.storage.s3 import Bucket  # noqa: PLC0415 - an extra, not always there
    except ImportError as error:
        raise Missing(
            "The program for object stores is not installed.",
            why=str(error),
            fix="Install it with `pip install 'amparo[s3]'`.",
        ) from None
    return Bucket(address)
