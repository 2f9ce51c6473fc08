"""Writing files so that they survive a power cut, and never half.

Durable means: data synced, renamed into place, and the folder synced. After a failed sync nothing
is tried again on the same file: what the kernel then holds is not known.
"""

# SPDX-License-Identifier: Apache-2.0

import fcntl
import os
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from amparo.errors import Unavailable, Unsound


class NoSpace(Unavailable):
    """The disk is full, or down to its reserve: submissions get 507 while reading goes on."""


_SYNCERS = 8  # syncs that run at once share the file system's journal commits


def write_durably(path: Path, body: bytes, *, mode: int = 0o600) -> None:
    """Replace a file by `body`: afterwards it is there whole, or not changed at all."""
    _write_temporary(path, body, mode).rename(path)
    sync_folder(path.parent)


def write_all_durably(root: Path, bodies: Mapping[str, bytes], *, mode: int = 0o600) -> None:
    """Write many new files below `root`, all durable when this returns.

    A file that is there with the same content is left alone; other content is `Unsound`: these
    files never change.
    """
    fresh = {}
    for name, body in bodies.items():
        path = root / name
        if path.exists():
            if path.read_bytes() != body:
                raise Unsound(
                    f"{path} holds something else than what is to be written there.",
                    why="files of the log never change once they are written",
                    fix="Compare it with `amparo log check`; keep a copy of the file as evidence.",
                )
        else:
            fresh[path] = body
    folders = {path.parent for path in fresh}
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(_SYNCERS) as pool:
        writing = [pool.submit(_write_temporary, *item, mode) for item in fresh.items()]
        temporaries = [future.result() for future in writing]
        for temporary, path in zip(temporaries, fresh, strict=True):
            temporary.rename(path)
        above = {p for folder in folders for p in folder.parents if p.is_relative_to(root)}
        list(pool.map(sync_folder, folders | above))


def make_private(path: Path) -> None:
    """Make an empty file for its owner alone, so that whoever fills it need not see to that."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def close_to_others(folder: Path, own: Collection[str]) -> list[str]:
    """Close what lies in a folder of ours to everybody but its owner; a sentence on each change.

    `own`: patterns of the names that are ours. What is below a closed folder is out of reach. The
    folder itself is closed unless something else lies in it: it may be somebody's home then.
    """
    inside = list(folder.iterdir())
    ours = [path for path in inside if any(path.match(pattern) for pattern in own)]
    if len(ours) == len(inside):
        ours.append(folder)
    return [change for path in ours if (change := _close(path))]


def _close(path: Path) -> str:
    mode = path.lstat().st_mode
    if not stat.S_IMODE(mode) & 0o077 or stat.S_ISLNK(mode):
        return ""
    was_open = f"{path} was open to others (mode {stat.S_IMODE(mode):o})"
    try:
        path.chmod(stat.S_IMODE(mode) & 0o700)
    except OSError as error:
        return f"{was_open}, and cannot be closed: {error.strerror}"
    return f"{was_open}; it is closed now"


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        os.fsync(descriptor)


def copy_below(source: Path, target: Path) -> None:
    """Copy the files and folders below a folder; the first that fails ends it."""
    for path in sorted(source.rglob("*")):
        there = target / path.relative_to(source)
        if path.is_dir():
            there.mkdir(exist_ok=True)
        elif path.is_file():
            shutil.copyfile(path, there)


def sync_private(folder: Path) -> None:
    """Close everything below a folder to others (700, 600), and make all of it durable."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        path.chmod(0o700 if path.is_dir() else 0o600)
        with _opened(path, os.O_RDONLY) as descriptor:
            os.fsync(descriptor)


@contextmanager
def locked(
    path: Path,
    what: str = "log",
    fix: str = "Let it; only one may publish, and this one takes over when it ends.",
) -> Iterator[None]:
    """Hold a lock that ends with this process, or raise `Unavailable` when another holds it.

    `path`: a file, made if it is not there, or a folder.
    """
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                f"Another process is running this {what}.", why=f"{path} is locked", fix=fix
            ) from None
        except OSError as error:
            if not path.is_dir():  # a network's file system may have no locks for folders
                error.filename = str(path)
                raise
        yield
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock of a file just now."""
    try:
        with locked(path):
            return False
    except Unavailable:
        return True


def free_bytes(path: Path) -> int:
    """Bytes that an ordinary user may still write where `path` lies."""
    there = os.statvfs(path)
    return there.f_bavail * there.f_frsize


def _write_temporary(path: Path, body: bytes, mode: int) -> Path:
    temporary = path.with_name(f".{path.name}.new")
    with _opened(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode) as descriptor:
        _write_all(descriptor, body)
        os.fsync(descriptor)
    return temporary


@contextmanager
def _opened(path: Path, how: int, mode: int = 0o600) -> Iterator[int]:
    """A file's descriptor; what fails with it names the file, so that a person can act on it."""
    descriptor = os.open(path, how, mode)
    try:
        yield descriptor
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, body: bytes) -> None:
    view = memoryview(body)
    while view:
        view = view[os.write(descriptor, view) :]


def may_write(path: Path) -> bool:
    """Whether a file can be written there."""
    return os.access(path if path.exists() else path.parent, os.W_OK)
