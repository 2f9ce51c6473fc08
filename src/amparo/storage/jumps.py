"""A wall clock that jumps: set right, set wrong, or the machine slept."""

# SPDX-License-Identifier: Apache-2.0

import time

JUMP_SECONDS = 30.0
"""What is more than drift."""


class Jumps:
    """Holds the wall clock against one that only runs."""

    def __init__(self) -> None:
        self._wall, self._steady = time.time(), time.monotonic()

    def seconds(self) -> float:
        """By how much the wall clock has run ahead since it was asked last; negative: behind."""
        wall, steady = time.time(), time.monotonic()
        ahead = (wall - self._wall) - (steady - self._steady)
        self._wall, self._steady = wall, steady
        return ahead
