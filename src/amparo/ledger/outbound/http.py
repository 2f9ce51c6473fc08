"""Asking other hosts, without becoming a way into one's own network.

A name is looked up once, what it leads to is judged, and the connection goes to exactly that
address: whoever answers the name otherwise a moment later leads nowhere. Each redirect is judged
the same way. TLS still checks the certificate of the name.

Source: OWASP, Server-Side Request Forgery Prevention Cheat Sheet.
"""

# SPDX-License-Identifier: Apache-2.0

import ipaddress
import socket

import httpx2

from amparo.errors import Refused, Unavailable


def check(host: str, *, named: str | None = None) -> str:
    """The address a host's name leads to; `Refused` where it is inside a private network.

    `named`: a host that whoever is in charge named themselves may be inside; but never where a
    machine speaks to itself about itself (link-local, as cloud services hand out credentials).
    """
    try:
        told = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(
            "The name of a host is not known.", why=f"{host}: {error}", fix="Look at the address."
        ) from None
    found = [str(info[4][0]) for info in told]
    for one in found:
        address = ipaddress.ip_address(one.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        inside = address.is_link_local if host == named else not address.is_global
        if inside or address.is_multicast or address.is_unspecified:
            raise Refused(
                "This address leads into a private network.",
                why=f"{host} is {one}",
                fix="Give a public address; for a webhook on a network of your own, add --private.",
            )
    return found[0]


class Outward(httpx2.BaseTransport):
    """Requests go only where `check` allows it."""

    def __init__(self, named: str | None = None) -> None:
        self._named = named
        self._inner = httpx2.HTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Look the name up, judge it, and ask that very address."""
        host = request.url.host
        address = check(host, named=self._named)
        return self._inner.handle_request(
            httpx2.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,  # Host is in it, as the name
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
        )

    def close(self) -> None:
        """Close what is open."""
        self._inner.close()


def client(*, seconds: float, named: str | None = None, redirects: bool = False) -> httpx2.Client:
    """What asks other hosts; `named` is the host that may be inside a private network.

    Proxies of the environment are not used: they would look names up themselves.
    """
    return httpx2.Client(
        transport=Outward(named), timeout=seconds, follow_redirects=redirects, max_redirects=5,
        trust_env=False,
    )  # fmt: skip
