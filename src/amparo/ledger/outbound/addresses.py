"""Where the name of a host leads, and whether that is inside one's own network.

All addresses of a name are judged, in every spelling: what `getaddrinfo` makes of decimal, octal
and short forms, and an IPv4 address that is wrapped in an IPv6 one. Of IPv6 only the range that is
given out for the public internet counts as outside (2000::/3), and NAT64 (64:ff9b::/96).

Source: OWASP, Server-Side Request Forgery Prevention Cheat Sheet; RFC 6052 (NAT64), RFC 3056
(6to4), RFC 4380 (Teredo), RFC 4291 (IPv4-compatible and -mapped), RFC 2765, RFC 5214 (ISATAP).
"""

# SPDX-License-Identifier: Apache-2.0

import queue
import socket
import threading
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from amparo.errors import Refused, Text, Unavailable

LOOK_UP_SECONDS = 10.0
MOST_LOOK_UPS = 64
"""Look-ups at once: one that gets no answer holds a thread until the system gives it up."""

_PUBLIC = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_IN_LAST_BITS = (
    _NAT64,
    IPv6Network("::/96"),
    IPv6Network("::ffff:0:0/96"),
    IPv6Network("::ffff:0:0:0/96"),
)
_SIX_TO_FOUR = IPv6Network("2002::/16")
_ISATAP = (0x00005EFE, 0x02005EFE)
_METADATA = frozenset(
    map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"))
)
"""Where clouds hand out credentials to a machine and which is not link-local."""

_look_ups = threading.BoundedSemaphore(MOST_LOOK_UPS)


def resolve(
    host: str, *, named: str | None = None, seconds: float = LOOK_UP_SECONDS
) -> tuple[str, ...]:
    """The addresses of a host, in the system's order; `Refused` if any is inside.

    `named`: a host that whoever is in charge named themselves may be inside; but never where a
    machine speaks to itself about itself (link-local, as cloud services hand out credentials).
    """
    may_be_inside = named is not None and _bare(host) == _bare(named)
    found = tuple(dict.fromkeys(_look_up(host, seconds)))
    for address in found:
        if not _may_be_asked(address, may_be_inside=may_be_inside):
            raise Refused(
                "This address leads into a private network.",
                why=Text("{name} is {address}", name=host, address=address),
                fix="Give a public address; for a webhook on a network of your own, add --private.",
            )
    return found


def _may_be_asked(text: str, *, may_be_inside: bool) -> bool:
    address = ip_address(text.partition("%")[0])
    meant = [address, *(_wrapped(address) if isinstance(address, IPv6Address) else ())]
    if any(
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address in _METADATA
        for address in meant
    ):
        return False
    return may_be_inside or all(_is_outside(address) for address in meant)


def _is_outside(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global
    if address.ipv4_mapped is not None or address in _NAT64:
        return True  # what it wraps is judged beside it
    return address in _PUBLIC and address.is_global


def _wrapped(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 one leads to, by any of the ways to wrap one."""
    bits = int(address)
    if any(address in network for network in _IN_LAST_BITS) and bits > 1:  # ::1 wraps none
        yield IPv4Address(bits & 0xFFFFFFFF)
    if address in _NAT64_LOCAL:  # RFC 6052, 2.2: bits 64 to 71 are skipped
        yield IPv4Address((bits >> 64 & 0xFFFF) << 16 | (bits >> 40 & 0xFFFF))
        yield IPv4Address(bits & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        yield IPv4Address(bits >> 80 & 0xFFFFFFFF)
    if address.teredo is not None:
        yield from address.teredo
    if (bits >> 32) & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(bits & 0xFFFFFFFF)


def _look_up(host: str, seconds: float) -> list[str]:
    """What the system makes of a name, waited for so long: it has no time limit of its own."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answers.put([str(info[4][0]) for info in found])
        except (OSError, UnicodeError) as error:
            answers.put(error)
        finally:
            _look_ups.release()

    if not _look_ups.acquire(timeout=max(0.0, seconds)):
        raise _not_known(host, Text("too many other names are being looked up"))
    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, seconds))
    except queue.Empty:
        within = Text("nothing was answered within {number} seconds", number=round(seconds))
        raise _not_known(host, within) from None
    if isinstance(answer, Exception):
        raise _not_known(host, str(answer))
    return answer


def _bare(host: str) -> str:
    return host.lower().strip("[]").removesuffix(".")


def _not_known(host: str, why: str | Text) -> Unavailable:
    return Unavailable(
        "The name of a host is not known.",
        why=Text("{name}: {answer}", name=host, answer=why),
        fix="Look at the address.",
    )
