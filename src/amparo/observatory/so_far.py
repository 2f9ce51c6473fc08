"""What was found in series so far, so that a new day costs about a day.

Beside what was found in a series, the series itself is remembered, with what else its names rest
on. The next search compares day by day, takes over what rests on days that are the same to the bit,
and goes on from there. So nothing has to be told of what came late or was corrected: the first day
that differs is where it begins. What another version of the detectors found is not used.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import hashlib
import os
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from amparo import carried
from amparo.observatory import naming
from amparo.observatory import silences as silent
from amparo.observatory.naming import Run
from amparo.observatory.silences import Pause
from amparo.observatory.waves import Context, Series

_NAME = "found.bin"
_MOST_BYTES = 512 << 20
"""More is no search of ours: 400 platforms over ten years are a third of it."""
_ABANDONED_SECONDS = 3600.0
"""Nobody writes one file for so long."""
_DETECTORS = ("naming.py", "silences.py", "so_far.py", "waves.py")


class _OfSeries(msgspec.Struct):
    """One series as it was, and what was found in it."""

    platform: str
    metric: str
    first: date
    days: bytes
    """Numbers of each day, as `_numbers` has them."""
    alike: dict[str, date]
    """Platforms of a like name that had ended, with their last day."""
    runs: list[Run] | None
    pauses: list[Pause] | None


class _File(msgspec.Struct):
    version: str
    found: list[_OfSeries]


class SoFar:
    """What was found in each series; empty at first."""

    def __init__(self, found: Sequence[_OfSeries] = ()) -> None:
        self._found = {(past.platform, past.metric, past.runs is None): past for past in found}

    def runs(self, series: Series, context: Context) -> list[Run]:
        """The runs of alarm days of a series, which are then remembered."""
        alike = {
            other: last
            for other, last in context.ended.items()
            if naming.alike(other, series.platform)
        }
        days = _numbers(series, context)
        key = (series.platform, series.metric, False)
        before, same = self._before(key, series.first, days, alike)
        known = before.runs or [] if before is not None else []
        runs = naming.judge(series, context, before=known, same=same)
        self._found[key] = _OfSeries(*key[:2], series.first, days.tobytes(), alike, runs, None)
        return runs

    def pauses(self, series: Series) -> list[Pause]:
        """The pauses of a series, which are then remembered."""
        days = _numbers(series)
        key = (series.platform, series.metric, True)
        before, same = self._before(key, series.first, days, {})
        known = before.pauses or [] if before is not None else []
        pauses = silent.pauses(series, before=known, same=same)
        self._found[key] = _OfSeries(*key[:2], series.first, days.tobytes(), {}, None, pauses)
        return pauses

    def _before(
        self,
        key: tuple[str, str, bool],
        first: date,
        days: NDArray[np.float64],
        alike: dict[str, date],
    ) -> tuple[_OfSeries | None, int]:
        """What was found before, and how many days are the same from the first on."""
        before = self._found.get(key)
        if before is None or before.first != first or before.alike != alike:
            return None, 0
        then = np.frombuffer(before.days).reshape(len(days), -1)
        both = min(then.shape[1], days.shape[1])
        differs = (_bits(then[:, :both]) != _bits(days[:, :both])).any(axis=0)
        return before, int(np.argmax(differs)) if differs.any() else both


def read(lake: Path) -> SoFar:
    """What the last search of a lake found; nothing where there was none, or none of use."""
    try:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress((lake / _NAME).read_bytes(), _MOST_BYTES)
        found = msgspec.msgpack.decode(raw, type=_File, dec_hook=carried.read)
    except (OSError, zlib.error, msgspec.DecodeError, KeyError, TypeError, ValueError):
        return SoFar()
    return SoFar(found.found if found.version == _version() else ())


def keep(lake: Path, so_far: SoFar) -> None:
    """Remember for the next search; `OSError` if it cannot be written."""
    body = _File(_version(), [*so_far._found.values()])  # noqa: SLF001 - its own file
    raw = msgspec.msgpack.encode(body, enc_hook=carried.plain)
    _clear_abandoned(lake)
    number, unfinished = tempfile.mkstemp(prefix=f".{_NAME}.", dir=lake)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(zlib.compress(raw, 1))
        Path(unfinished).chmod(0o644)
        Path(unfinished).rename(lake / _NAME)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise


def _clear_abandoned(lake: Path) -> None:
    """Remove what searches that were killed left half written; another may be writing just now."""
    for left in lake.glob(f".{_NAME}.*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                left.unlink()


def _numbers(series: Series, context: Context | None = None) -> NDArray[np.float64]:
    """Everything that is judged of a series, a column a day."""
    every = np.ones(len(series.values))
    rows = [series.values, every if series.known is None else series.known]
    if context is not None:
        covered = every if context.covered is None else context.covered
        rows += [context.statements, context.delay, covered]
    return np.stack([np.asarray(row, dtype=np.float64) for row in rows])


def _bits(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """The same bits as integers: of those, one that is no number equals itself."""
    bits: NDArray[np.int64] = numbers.view(np.int64)
    return bits


@functools.cache
def _version() -> str:
    """Which detectors, and what they count with."""
    digest = hashlib.sha256(f"{np.__version__} {sys.version}".encode())
    for name in _DETECTORS:
        digest.update((files("amparo.observatory") / name).read_bytes())
    return digest.hexdigest()
