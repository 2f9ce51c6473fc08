"""What systemd is told of a node: that it is ready, and that it is alive (sd_notify(3)).

It is alive as long as its loop of events turns: a node that hangs is killed and started again,
after WatchdogSec= of its unit. Whoever is started otherwise tells nobody.
"""

# SPDX-License-Identifier: Apache-2.0

import os
import socket
from contextlib import suppress
from typing import Any

_MOST_SECONDS = 30
"""Between two signs of life, however long the watchdog waits."""


def options() -> dict[str, Any]:
    """Options of uvicorn by which its loop tells systemd of itself; none where nobody asked."""
    if not os.environ.get("NOTIFY_SOCKET"):
        return {}
    return {"callback_notify": _tell, "timeout_notify": _seconds()}


def _seconds() -> float:
    """How often: twice in the time that systemd waits, as sd_watchdog_enabled(3) advises."""
    watched = os.environ.get("WATCHDOG_USEC", "")
    if not watched.isdecimal() or os.environ.get("WATCHDOG_PID") not in (None, str(os.getpid())):
        return _MOST_SECONDS
    return min(int(watched) / 2_000_000, _MOST_SECONDS)


async def _tell() -> None:
    place = os.environ["NOTIFY_SOCKET"]
    address = f"\0{place[1:]}" if place.startswith("@") else place
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.settimeout(0)  # a watchdog that does not listen holds up nobody's request
        with suppress(OSError):  # it is told again, and what hears nothing starts the node anew
            channel.connect(address)
            channel.send(b"READY=1\nWATCHDOG=1")
