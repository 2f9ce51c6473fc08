"""Finding a platform by what somebody calls it: its name here, a former one, or one that is near.

Case and accents make no difference. What a platform was called in the dumps (`renamed`) finds it as
well: `twitter` is X. Where no name has what was typed, those come near that share a word with it
(`Facebook Marketplace`), or differ by a slip of the finger.
"""

# SPDX-License-Identifier: Apache-2.0

import difflib
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from amparo.observatory.renamed import MERGED

_ALIKE = 0.75
"""Letters in common, from which on a name is a slip of the finger away (`difflib`'s ratio)."""
_MOST_NEAR = 5
_SHORTEST_WORD = 4
"""Letters of a word that says something: `com` is in thirty names."""


class Hits(NamedTuple):
    """Platforms by their names in the series."""

    names: list[str]
    """Those that have what was typed in a name; one alone if that is its whole name."""
    near: list[str]
    """Where there are none: those that come near."""


def search(typed: str, platforms: Iterable[str]) -> Hits:
    """Which of these platforms somebody may mean."""
    words = _folded(typed)
    known = {name: {_folded(name), *map(_folded, former(name))} for name in platforms}
    if not words:
        return Hits([], [])
    exact = [name for name in known if _folded(name) == words] or [
        name for name, called in known.items() if words in called
    ]
    names = exact or [name for name, called in known.items() if any(words in c for c in called)]
    return Hits(names, [] if names else _near(words, known))


def former(name: str) -> list[str]:
    """What else a platform of the series is, or was, called in the dumps."""
    return sorted({raw for raw, merged in MERGED.items() if merged == name and "&" not in raw})


def _near(words: str, known: dict[str, set[str]]) -> list[str]:
    typed = _words(words)
    shared = [name for name, called in known.items() if any(typed & _words(c) for c in called)]
    if shared:
        return shared[:_MOST_NEAR]
    by_call = {call: name for name, called in known.items() for call in called}
    alike = difflib.get_close_matches(words, by_call, _MOST_NEAR, _ALIKE)
    return list(dict.fromkeys(by_call[call] for call in alike))


def _words(text: str) -> set[str]:
    return {word for word in text.split() if len(word) >= _SHORTEST_WORD}


def _folded(text: str) -> str:
    """Without case, accents, and anything but letters and digits."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join("".join(letters).split())
