"""Counting what platforms report: dumps, lake, measures, waves, silences, doubts.

Programs and notebooks start with `Observatory`.
"""

from typing import Any

__all__ = ["Observatory"]


def __getattr__(name: str) -> Any:
    """Load the engine only when it is asked for: the command line opens this room often."""
    if name != "Observatory":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from amparo.observatory.api import Observatory  # noqa: PLC0415 - as said above

    return Observatory
