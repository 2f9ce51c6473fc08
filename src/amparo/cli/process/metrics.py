"""Metrics on ports of their own: they are the operator's, and nobody else's."""

# SPDX-License-Identifier: Apache-2.0

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amparo.web.http.state import Serving


def serve(serving: "Serving", place: str) -> None:
    """Serve a front end's metrics at a place, as in 127.0.0.1:9400."""
    from prometheus_client import start_http_server

    from amparo.web.http.telemetry import watch

    with _refusing(place):
        host, port = _host_and_port(place)
        start_http_server(port, addr=host)
    watch(serving)


def check_further(place: str, number: int) -> None:
    """Refuse where metrics of further front ends, on the ports after a place, cannot be served.

    Each would refuse to begin on its own, when people are already waiting at its socket.
    """
    for n in range(1, number + 1):
        further = port_after(place, n)
        with _refusing(further):
            host, port = _host_and_port(further)
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            socket.create_server((host, port), family=family).close()


def port_after(place: str, number: int) -> str:
    """The place as many ports further on."""
    host, _, port = place.rpartition(":")
    return f"{host}:{int(port) + number}"


def _host_and_port(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


@contextmanager
def _refusing(place: str) -> Iterator[None]:
    from amparo.errors import Refused

    try:
        yield
    except (OSError, ValueError, OverflowError) as error:
        raise Refused(
            f"Metrics cannot be served on {place}.",
            why=str(error),
            fix="Name a free address, as in --metrics 127.0.0.1:9400; each further process takes "
            "the next port.",
        ) from None
