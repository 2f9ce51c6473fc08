"""Files that a person hands to a command: text and TOML, each refused by its name if it is not."""

# SPDX-License-Identifier: Apache-2.0

import tomllib
from pathlib import Path
from typing import IO, Any

from amparo.errors import Malformed

MOST_LETTERS = 1 << 20
"""Of a secret."""


def text(path: Path) -> str:
    """The text of a file; `Malformed` if it is not UTF-8."""
    try:
        return path.read_text()
    except UnicodeDecodeError as error:
        raise Malformed(
            f"{path} cannot be read.",
            why=f"it is no text in UTF-8: {error.reason} at byte {error.start}",
            fix="Look whether it is the file you mean, and save it as plain text.",
        ) from None


def secret(file: IO[str]) -> str:
    """A token, password or key from a file, or from standard input, without blanks around it.

    `Malformed` if it is no text in UTF-8, such as a key in DER; what is longer is cut.
    """
    try:
        return file.read(MOST_LETTERS).strip()
    except UnicodeDecodeError:
        raise Malformed(
            f"{file.name} cannot be read.",
            why="it is no text, but a file of bytes",
            fix="Look whether it is the file you mean; a key is given as text, in PEM.",
        ) from None


def toml(path: Path) -> dict[str, Any]:
    """What a TOML file says, of a charter, a request, a resolution or a roster."""
    try:
        return tomllib.loads(text(path))
    except tomllib.TOMLDecodeError as error:
        raise Malformed(
            f"{path} is no TOML.", why=str(error), fix="See docs/coalition.md for its form."
        ) from None
