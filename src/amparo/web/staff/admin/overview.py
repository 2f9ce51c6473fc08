"""The operator's first page: what needs doing first, then what runs.

It asks what `amparo status` and `amparo doctor` ask, and adds what only a process that serves knows
of itself.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import time
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import Text
from amparo.ledger.upkeep import doctor
from amparo.ledger.upkeep import status as looked
from amparo.ledger.upkeep.doctor import Finding
from amparo.web.http.state import Serving
from amparo.web.staff.admin.session import for_operator
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

WEIGHTS = {
    "broken": N_("Harm is done now"),
    "soon": N_("Soon to be mended"),
    "advice": N_("Advised"),
}
PUBLISHER = {
    "publishing": N_("This node publishes the record."),
    "standby": N_("Another host publishes the record; this one is ready to."),
    "waiting": N_("Publishing waits, and is tried again."),
    "refused": N_("Publishing has stopped: to go on would do harm."),
}
WEBHOOKS = {
    "active": N_("works"),
    "failing": N_("fails"),
    "ended": N_("has ended"),
}
"""State of a webhook, of `webhooks.STATES` -> in a word."""
MOST_SHOWN = 50
"""Of findings, platforms and connections; more of a kind are counted."""
_GIB = 1024**3


@for_operator
async def show(request: Request) -> Response:
    """GET /admin: the operator's page: what needs doing first, then what runs."""
    serving: Serving = request.app.state.serving
    node = serving.node
    status = await serving.counts.read(request, "admin", lambda j: looked.of(node, j))
    delivery = serving.delivery
    unreachable = await asyncio.to_thread(delivery.why_no_mail) if delivery else ""
    found = [
        *of_process(serving),
        *doctor.examine(status, node.settings, int(time.time()), unreachable),
    ]
    return page(
        request,
        "admin.html",
        node=status,
        findings=sorted(found, key=lambda finding: doctor.WEIGHTS.index(finding.weight)),
        weights=WEIGHTS,
        webhook_words=WEBHOOKS,
        publisher=PUBLISHER[serving.publisher.state],
        free=status.free / _GIB,
        most=MOST_SHOWN,
    )


def routes() -> list[Route]:
    """The address of this page."""
    return [Route("/admin", show, methods=["GET"])]


def of_process(serving: Serving) -> Iterator[Finding]:
    """What does not work in this process just now: its threads, and the process that publishes."""
    for thread in serving.threads():
        if (trouble := thread.trouble) is not None:
            yield Finding(
                "broken",
                Text("A part of the node does not work: {name}.", name=thread.name),
                Text("{answer}", answer=trouble.why),
                Text("It is tried again by itself; the node's log says what it met."),
            )
    publisher = serving.publisher
    if publisher.state in ("waiting", "refused") and publisher.why:
        yield Finding(
            "broken" if publisher.state == "refused" else "soon",
            Text(PUBLISHER[publisher.state]),
            Text("{answer}", answer=publisher.why),
            Text("{answer}", answer=publisher.fix),
        )
