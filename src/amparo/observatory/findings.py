"""What is found in whole series, made once: waves, silences, doubts.

To find them takes seconds of processor, and depends on the series alone. Those of the series that
ship with the package ship beside it (`data/findings.json`, made by `tools/findings.py`); a test
finds them anew and compares. Those of a lake are found by a process of their own, with the lowest
priority, so that whoever serves people meanwhile is not held up:

    python -m amparo.observatory.findings LAKE

They are kept in the lake, with the names of its files: whoever starts has them at once, as long as
the lake is the same.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import hashlib
import os
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from importlib.resources import files
from pathlib import Path

import msgspec

from amparo import carried
from amparo.errors import Unavailable
from amparo.observatory import queries, so_far
from amparo.observatory.engine import Engine, builtin
from amparo.observatory.lake.lake import Lake
from amparo.observatory.quality import RULES, Doubt, Rule
from amparo.observatory.queries import LISTENED, WATCHED
from amparo.observatory.silences import Silence
from amparo.observatory.so_far import SoFar
from amparo.observatory.waves import EVERYBODY, Wave

SECONDS = 600.0
"""How long the search of a lake may take: a hundred times what 28 months of real series need."""
_LOWEST_PRIORITY = 19
_KEPT_AS = "findings.json"


class Findings(msgspec.Struct, frozen=True):
    """Everything that is found in a table of daily series, newest first."""

    waves: list[Wave]
    silences: list[Silence]
    doubts: dict[str, list[Doubt]]
    """Name of a rule -> what it finds, in the order of the rules."""

    def by_rule(self) -> list[tuple[Rule, list[Doubt]]]:
        """Every rule with what it finds."""
        return [(rule, self.doubts.get(rule.name, [])) for rule in RULES]


def find(engine: Engine, before: SoFar | None = None) -> Findings:
    """Look for waves, silences and doubts: seconds of processor, or less with what was found.

    The answer is the same. `before` then holds what the next search can go on from.
    """
    found = queries.waves(engine, WATCHED, so_far=before)
    found += queries.waves(engine, WATCHED, [EVERYBODY], so_far=before)
    silences = queries.silences(engine, LISTENED, so_far=before)
    return Findings(
        sorted(found, key=lambda wave: wave.start, reverse=True),
        sorted(silences, key=lambda silence: silence.start, reverse=True),
        {rule.name: doubts for rule, doubts in queries.doubts(engine)},
    )


class _Shipped(msgspec.Struct, frozen=True):
    series: str
    """SHA-256 of the file of series, in hexadecimal."""
    findings: Findings


@functools.cache
def shipped() -> Findings:
    """The findings of the series that ship with the package; `Unavailable` if they are others'."""
    decoded = msgspec.json.decode(place().read_bytes(), type=_Shipped, dec_hook=carried.read)
    if decoded.series != _digest():
        raise Unavailable(
            "The findings that ship with the package are of other series.",
            why="data/findings.json names another digest than that of data/tdb_daily.parquet",
            fix="Make them anew: `python tools/findings.py`.",
        )
    return decoded.findings


def ship() -> bytes:
    """The file of findings for the series that ship with the package."""
    with closing(queries.open_engine()) as engine:
        return _encoded(_Shipped(_digest(), find(engine))) + b"\n"


def place() -> Path:
    """Where the shipped findings lie."""
    return Path(str(files("amparo.observatory") / "data" / "findings.json"))


def command(lake: Path) -> list[str]:
    """What finds everything in a lake and the series beneath it, at the lowest priority."""
    return [sys.executable, "-m", "amparo.observatory.findings", str(lake)]


def read(out: bytes, notes: bytes) -> Findings:
    """What that command answered; `Unavailable` if it failed, with the end of its notes."""
    try:
        return msgspec.json.decode(out, type=Findings, dec_hook=carried.read)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(
            "Waves and silences of the lake could not be looked for.",
            why=notes.decode(errors="replace").strip()[-300:] or str(error),
            fix="Look at the newest file of the lake; those found before go on being shown.",
        ) from None


class _Searched(msgspec.Struct, frozen=True):
    by: str
    files: list[str]
    findings: Findings


def state_of(lake: Path) -> list[str]:
    """Which files a lake has, and when each was written: another search finds what is in others."""
    found = []
    for path in Lake(lake).files():
        with suppress(FileNotFoundError):  # replaced just now
            found.append(f"{path.relative_to(lake)} {path.stat().st_mtime_ns}")
    return found


def last(lake: Path, state: Sequence[str]) -> Findings | None:
    """What the last search of a lake found, if that was in this state of it, and by this code."""
    try:
        text = (lake / _KEPT_AS).read_bytes()
        searched = msgspec.json.decode(text, type=_Searched, dec_hook=carried.read)
    except (OSError, msgspec.DecodeError, ValueError):
        return None
    is_same = searched.by == _code() and searched.files == [*state]
    return searched.findings if is_same else None


def _keep(lake: Path, searched: _Searched) -> None:
    """Keep it for whoever starts; `OSError` if it cannot be written."""
    unfinished = lake / f".{_KEPT_AS}.{os.getpid()}"
    try:
        unfinished.write_bytes(_encoded(searched))
        unfinished.rename(lake / _KEPT_AS)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


@functools.cache
def _code() -> str:
    """By what it was found: the code of this room, and the series that ship with it."""
    digest = hashlib.sha256(_digest().encode())
    for file in sorted(Path(str(files("amparo.observatory"))).glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _encoded(found: Findings | _Shipped | _Searched) -> bytes:
    return msgspec.json.encode(found, enc_hook=carried.plain)


def _digest() -> str:
    return hashlib.sha256(builtin().read_bytes()).hexdigest()


def _main() -> None:
    os.nice(_LOWEST_PRIORITY)
    lake = Path(sys.argv[1])
    found_so_far, state = so_far.read(lake), state_of(lake)
    with closing(queries.open_engine(lake=lake)) as engine:
        found = find(engine, found_so_far)
    sys.stdout.buffer.write(_encoded(found))
    try:
        so_far.keep(lake, found_so_far)
        _keep(lake, _Searched(_code(), state, found))
    except OSError as error:  # the next search takes longer, and nothing else
        sys.stderr.write(f"what was found is not remembered: {error}\n")


if __name__ == "__main__":
    _main()
