"""How often one address may send something; beyond that, later. Nothing is dropped silently.

A token bucket in memory, by network address (of IPv6 the first 64 bits): it forgets with a restart,
and addresses are written nowhere.
"""

# SPDX-License-Identifier: Apache-2.0

import ipaddress
import time
from collections import OrderedDict

from starlette.requests import Request

from amparo.errors import Unavailable
from amparo.web.wording import N_

MOST_ADDRESSES = 50_000


class TooMany(Unavailable):
    """One sender sends more than it may (429)."""


class Bucket:
    """`most` at once, and `rate` more a second."""

    def __init__(self, *, rate: float, most: int) -> None:
        self._rate, self._most = rate, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, request: Request) -> None:
        """Take one, or raise `Unavailable` and say when to come again."""
        name, now = network(request.client.host if request.client else ""), time.monotonic()
        left, seen = self._left.pop(name, (float(self._most), now))
        left = min(self._most, left + (now - seen) * self._rate)
        self._left[name] = (max(0.0, left - 1), now)
        while len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        if left < 1:
            raise TooMany(
                N_("Too many at once from your network."),
                why=N_("This keeps one sender from filling everybody's queue."),
                fix=N_("Wait a minute and send it again; what you typed is still here."),
            )


def network(host: str) -> str:
    """The network of an address: IPv4 whole, of IPv6 the /64 that one subscriber has."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6:
        return str(ipaddress.ip_network(f"{host}/64", strict=False))
    return host
