"""Rate limits: how often one sender may ask something. Beyond that: 429, and when to come again.

Token buckets in memory, by network address (of IPv6 the first 64 bits) or by a platform's token:
they forget with a restart, and addresses are written nowhere. The rates are in `limits`.
"""

# SPDX-License-Identifier: Apache-2.0

import ipaddress
import math
import time
from collections import OrderedDict

from starlette.requests import Request

from amparo.web.http.busy import Busy
from amparo.web.http.limits import NETWORKS_OF_SITE, RATES, Rate
from amparo.web.words.decision import N_

MOST_SENDERS = 50_000


class TooMany(Busy):
    """One sender sends more than it may (429)."""


class Bucket:
    """Counts for each sender what it has asked."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, sender: str, *, take: bool = True) -> float:
        """Take one: 0 when there was one left, else the seconds until there is.

        `take`: whether it is taken; otherwise it is only looked whether it could be.
        """
        rate, now = self._rate, time.monotonic()
        left, seen = self._left.pop(sender, (float(rate.at_once), now))
        left = min(rate.at_once, left + (now - seen) * rate.a_second)
        self._left[sender] = (left - 1 if take and left >= 1 else left, now)
        self._forget(now)
        return 0.0 if left >= 1 else (1 - left) / rate.a_second

    def give_back(self, sender: str) -> None:
        """Give back what was taken and not used."""
        left, seen = self._left.get(sender, (float(self._rate.at_once), 0.0))
        self._left[sender] = (min(self._rate.at_once, left + 1), seen)

    def _forget(self, now: float) -> None:
        """Whoever may ask everything again needs no row; of too many the oldest goes."""
        while self._left:
            sender, (left, seen) = next(iter(self._left.items()))
            is_whole = left + (now - seen) * self._rate.a_second >= self._rate.at_once
            if not is_whole and len(self._left) <= MOST_SENDERS:
                break
            del self._left[sender]


_buckets = {name: Bucket(rate) for name, rate in RATES.items()}
_of_sites = {
    name: Bucket(Rate(rate.a_second * NETWORKS_OF_SITE, rate.at_once * NETWORKS_OF_SITE))
    for name, rate in RATES.items()
}


def take(request: Request, name: str) -> None:
    """Take one of what a network may ask; raises `TooMany`, which says when to come again."""
    sender, larger = network_of(request), site_of(request)
    seconds = _of_sites[name].wait(larger, take=False) if larger else 0.0
    seconds = seconds or _buckets[name].wait(sender)
    if larger and not seconds:
        _of_sites[name].wait(larger)
    if seconds:
        raise TooMany(
            N_("Too many at once from your network."),
            why=N_("This keeps one sender from filling everybody's queue."),
            fix=N_("Wait a minute and send it again; what you typed is still here."),
            seconds=math.ceil(seconds),
        )


def of_token(a_minute: int) -> Bucket | None:
    """What counts the requests of platforms, where a node's settings say how many; else nothing."""
    return Bucket(Rate(a_minute / 60, a_minute)) if a_minute > 0 else None


def too_many_of_token(seconds: float) -> TooMany:
    """What is said of a token's requests beyond its rate."""
    return TooMany(
        "Too many requests with this token.",
        why="this node's operator has set how many a minute it takes from each",
        fix="Wait as long as Retry-After says; send up to 100 statements a request.",
        seconds=math.ceil(seconds),
    )


def network_of(request: Request) -> str:
    """The network that a request comes from."""
    return network(request.client.host if request.client else "")


def site_of(request: Request) -> str:
    """The site (IPv6: the /48 that one customer may have) a request comes from; empty: of none."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return ""
    if address.version == 4 or address.ipv4_mapped:
        return ""
    return str(ipaddress.ip_network((address, 48), strict=False))


def network(host: str) -> str:
    """The network of an address: IPv4 whole, of IPv6 the /64 that one subscriber has."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6:
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return host
