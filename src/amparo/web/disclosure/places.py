"""Places for sealed files: no sender, and no way in, takes those of all the others.

A day's places are divided by way: one share for what an onion service or a proxy on this machine
hands on, where all visitors have one address, and one for whoever comes directly, each network a
few of them. All come back evenly over the day, so that a flood closes a way for minutes and never
for the day, and another way not at all.

Networks are counted in memory, for as long as it takes until they have all their places again.
"""

# SPDX-License-Identifier: Apache-2.0

import ipaddress
import math
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from amparo.errors import AmparoError
from amparo.web.http import rate
from amparo.web.http.busy import Busy
from amparo.web.http.limits import BOX_RATES
from amparo.web.http.rate import Bucket, TooMany
from amparo.web.words.decision import N_


def is_from_here(request: Request) -> bool:
    """Whether an onion service or a proxy hands requests on: all visitors have one address."""
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:  # what a proxy passed on of a visitor's own header
        return False


class Places:
    """Those of one box; used on one event loop."""

    def __init__(self) -> None:
        self._buckets = {name: Bucket(rate) for name, rate in BOX_RATES.items()}

    def check(self, request: Request) -> None:
        """Refuse whoever has no place, before anything of a file is read."""
        self._wait(request, take=False)

    @contextmanager
    def taken(self, request: Request) -> Iterator[None]:
        """Take a place for a file; it is given back if the file is not taken."""
        self._wait(request, take=False)
        self._wait(request, take=True)
        try:
            yield
        except AmparoError:
            for name, sender in _counted(request):
                self._buckets[name].give_back(sender)
            raise

    def _wait(self, request: Request, *, take: bool) -> None:
        for name, sender in _counted(request):
            if seconds := self._buckets[name].wait(sender, take=take):
                raise _too_many(seconds) if name == "network" else _full(seconds)


def _counted(request: Request) -> list[tuple[str, str]]:
    """What counts a request: the name of a rate, and whom it counts together."""
    if is_from_here(request):
        return [("handed on", "")]
    return [("network", rate.network_of(request)), ("direct", "")]


def _too_many(seconds: float) -> TooMany:
    return TooMany(
        N_("Too many at once from your network."),
        why=N_("This keeps one sender from filling everybody's queue."),
        fix=N_("Wait, come by Tor, or use one of the other places on the page."),
        seconds=math.ceil(seconds),
    )


def _full(seconds: float) -> Busy:
    return Busy(
        N_("Just now as many files have come as are taken at a time."),
        why=N_("This keeps a flood from pushing out what others have sent."),
        fix=N_("Places come back every few minutes. Send it again then; nothing was kept of it."),
        seconds=math.ceil(seconds),
    )
