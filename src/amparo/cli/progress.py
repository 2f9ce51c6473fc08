"""A progress bar for long work, drawn on standard error and only on a terminal."""

# SPDX-License-Identifier: Apache-2.0

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int, int | None], None]
"""(done so far, total if known)."""
_drawing = threading.Lock()


@contextmanager
def bar(doing: str, *, unit: str) -> Iterator[Advance]:
    """Yield a function that moves the bar; without a terminal it does nothing.

    Of work that is done side by side, only what began first is drawn: two bars would overwrite
    each other.
    """
    if not sys.stderr.isatty() or not _drawing.acquire(blocking=False):
        yield lambda _done, _total: None
        return
    try:
        with _drawn(doing, unit) as advance:
            yield advance
    finally:
        _drawing.release()


@contextmanager
def _drawn(doing: str, unit: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (
        "[progress.description]{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        unit,
        TimeRemainingColumn(),
    )
    # What is printed meanwhile goes above the bar; where it goes to a file, it is left alone.
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    ) as progress:
        task = progress.add_task(doing, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
