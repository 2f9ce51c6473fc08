"""What somebody was told already, so that nothing is told twice."""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Iterable
from pathlib import Path

from amparo.observatory.lake.ingest import write


class AlertsSent:
    """The keys of alerts that one asker was told of, in a file under the digest of the asker.

    The address itself is not kept: whoever reads the lake does not learn who listens.
    """

    def __init__(self, folder: Path, asker: str) -> None:
        self._file = folder / f"{hashlib.sha256(asker.encode()).hexdigest()[:32]}.txt"
        try:
            self.keys = frozenset(self._file.read_text().splitlines())
        except FileNotFoundError:
            self.keys = frozenset()

    def remember(self, keys: Iterable[str]) -> None:
        """Add what was told just now."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        lines = sorted({*self.keys, *keys, "# told"})
        write(self._file, ("\n".join(lines) + "\n").encode())
