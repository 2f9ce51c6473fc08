"""What an operator sees of a running node: metrics, one line a request, spans. Never a person.

An address is told by its pattern alone (`/recourse/{uuid}/{capability}`): what stands in its place
can open a case. No client address, no header, no query, no body is counted, written or sent.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import logging
import time
from collections import Counter as Counts
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from datetime import date
from typing import Any

import structlog
from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    Counter,
    Histogram,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amparo.errors import AmparoError
from amparo.ledger.case import casework, claims, untold
from amparo.ledger.connect import connections, items
from amparo.ledger.forward import comparison, forwardings, outcomes
from amparo.ledger.log import platforms, selfcheck
from amparo.ledger.outbound import outbox, webhooks
from amparo.ledger.upkeep import disk_alarm
from amparo.storage import durable
from amparo.storage.journal import Journal
from amparo.web.http.state import Serving

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
REQUESTS = Counter("amparo_requests", "Requests answered.", ["method", "route", "status"])
TOOK = Histogram(
    "amparo_request_seconds", "From a request to its answer.", ["route"], buckets=_SECONDS
)
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")

log = structlog.get_logger("amparo.request")
_noted = logging.getLogger("amparo.request")
Span = Callable[[str], AbstractContextManager[Any]]


def pattern(scope: Scope) -> str:
    """The pattern of the address that was asked for; nothing of the address itself."""
    return getattr(scope.get("route"), "path", "none")


class Observed:
    """Counts each request, writes its line, and makes its span."""

    def __init__(self, app: ASGIApp, span: Span | None = None) -> None:
        self._app = app
        self._span = span

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        begun = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if self._span is None:
                await self._app(scope, receive, noting)
            else:
                await self._spanned(scope, receive, noting, lambda: status)
        finally:
            _count(scope["method"], pattern(scope), status, time.perf_counter() - begun)

    async def _spanned(
        self, scope: Scope, receive: Receive, send: Send, status: Callable[[], int]
    ) -> None:
        method = _known(scope["method"])
        with self._span(method) as span:  # type: ignore[misc]  # asked for where there is one
            try:
                await self._app(scope, receive, send)
            finally:
                route = pattern(scope)
                span.update_name(f"{method} {route}")
                span.set_attributes(
                    {
                        "http.request.method": method,
                        "http.route": route,
                        "http.response.status_code": status(),
                    }
                )


@functools.lru_cache(maxsize=4096)  # to look a counter up costs more than to count
def _counters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(_known(method), route, status), TOOK.labels(route)


def _known(method: str) -> str:
    return method if method in _METHODS else "other"


def _count(method: str, route: str, status: int, seconds: float) -> None:
    requests, took = _counters(method[:10], route, status)
    requests.inc()
    took.observe(seconds)
    if _noted.isEnabledFor(logging.INFO):
        ms = round(seconds * 1000, 1)
        log.info("answered", method=_known(method), route=route, status=status, ms=ms)


class NodeState(Collector):
    """The node itself, looked at when somebody asks."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Entries kept, public and queued; free disk; what the publishing process does."""
        serving = self._serving
        public = serving.published()
        try:
            with closing(Journal(serving.node.journal, read_only=True)) as journal:
                entries = journal.size()
                mail, _ = outbox.how_many_waiting(journal)
                waiting = len(claims.every(journal, casework.now()))
                hooks = Counts(status.state for status in webhooks.statuses(journal).values())
                checked = selfcheck.last(journal)
                forwarded = list(of_forwardings(journal))
                untold_people = {
                    platform.slug: untold.of(journal, platform.id)
                    for platform in platforms.every(journal)
                }
                connected = [
                    (connection, items.counts(journal, connection.id))
                    for connection in connections.every(journal)
                ]
        except AmparoError:
            yield _gauge("amparo_journal_up", "Whether the journal answers.", 0)
        else:
            yield _gauge("amparo_journal_up", "Whether the journal answers.", 1)
            yield _gauge("amparo_entries", "Entries kept.", entries)
            yield _gauge("amparo_notices_waiting", "Mail and webhooks not delivered yet.", mail)
            yield _gauge(
                "amparo_claims_waiting", "Claims to a case that wait for somebody to look.", waiting
            )
            people = GaugeMetricFamily(
                "amparo_untold", "People who were not told of their decision.", labels=["platform"]
            )
            for slug, n in untold_people.items():
                if n is not None:
                    people.add_metric([slug], n)
            yield people
            yield from forwarded
            yield from of_connections(connected)
            yield _by_state(
                "amparo_webhooks",
                "Webhooks of platforms, by how they fare.",
                {state: hooks[state] for state in webhooks.STATES},
            )
            if checked is not None:
                yield _gauge(
                    "amparo_check_ok", "Whether the last daily check found all there.", checked.ok
                )
                yield _gauge("amparo_check_timestamp_seconds", "When it ended.", checked.at)
        yield _gauge(
            "amparo_entries_public", "Entries in the public log.", public.size if public else 0
        )
        yield _gauge("amparo_rows_queued", "Statements that wait for a commit.", serving.queued())
        free = durable.free_bytes(serving.node.folder)
        yield _gauge("amparo_free_bytes", "Free disk of the data folder.", free)
        yield _gauge(
            "amparo_disk_low",
            "Whether that is below the alarm.",
            disk_alarm.is_low(serving.node, free),
        )
        up = GaugeMetricFamily(
            "amparo_thread_up", "Whether a background thread works.", labels=["thread"]
        )
        for thread in serving.threads():
            up.add_metric([thread.name], thread.trouble is None)
        yield up
        yield _by_state(
            "amparo_publisher",
            "What the publishing process says of itself.",
            {
                state: int(serving.publisher.state == state)
                for state in ("publishing", "standby", "waiting", "refused")
            },
        )


def of_forwardings(journal: Journal) -> Iterator[GaugeMetricFamily]:
    """How far what goes on to the EU's database is, and what was put aside."""
    of_platform = ["platform"]
    up = GaugeMetricFamily("amparo_forward_up", "Whether statements are taken.", labels=of_platform)
    lag = GaugeMetricFamily("amparo_forward_lag_entries", "Entries to look at.", labels=of_platform)
    last = GaugeMetricFamily(
        "amparo_forward_sent_timestamp_seconds", "When some were taken last.", labels=of_platform
    )
    different = GaugeMetricFamily(
        "amparo_forward_different", "Missing from the public dump, or altered.", labels=of_platform
    )
    compared = GaugeMetricFamily(
        "amparo_forward_compared_timestamp_seconds",
        "Beginning of the newest day that was compared with its public dump.",
        labels=of_platform,
    )
    held = GaugeMetricFamily(
        "amparo_forward_held", "Put aside for a person.", labels=["platform", "state"]
    )
    names = {platform.id: platform.slug for platform in platforms.every(journal)}
    for forwarding in forwardings.every(journal):
        slug, counted = (
            names[forwarding.platform],
            forwardings.counted(journal, forwarding.platform),
        )
        up.add_metric([slug], forwarding.state == "active" and not forwarding.why)
        lag.add_metric([slug], forwardings.lag(journal, forwarding).entries)
        if forwarding.sent_at:
            last.add_metric([slug], forwarding.sent_at)
        if day := comparison.newest(journal, forwarding.platform):
            compared.add_metric([slug], comparison.begin_of(date.fromisoformat(day)))
            different.add_metric([slug], counted.different)
        for state in outcomes.STATES:
            held.add_metric([slug, state], counted.held.get(state, 0))
    yield from (up, lag, last, compared, different, held)


def of_connections(
    connected: Sequence[tuple[connections.Connection, Mapping[str, int]]],
) -> Iterator[GaugeMetricFamily]:
    """How each connection fares; one that was never read has no time of it."""
    figures: dict[str, tuple[str, Callable[[connections.Connection, Mapping[str, int]], int]]] = {
        "drafts": ("Drafts that wait for a person.", lambda _, counts: counts.get("draft", 0)),
        "refused": ("Records that were refused.", lambda connection, _: connection.refused),
        "failing": ("Whether its source fails.", lambda found, _: int(found.failed_at > 0)),
        "read_timestamp_seconds": ("When it was last read well.", lambda found, _: found.read_at),
    }
    for name, (what, figure) in figures.items():
        gauge = GaugeMetricFamily(f"amparo_connector_{name}", what, labels=["connector"])
        for connection, counts in connected:
            if name != "read_timestamp_seconds" or connection.read_at:
                gauge.add_metric([connection.name], figure(connection, counts))
        yield gauge


def watch(serving: Serving) -> None:
    """Let the metrics tell of this node first, then of its process, and not of Python's insides."""
    REGISTRY.unregister(PROCESS_COLLECTOR)
    for insides in (GC_COLLECTOR, PLATFORM_COLLECTOR):
        REGISTRY.unregister(insides)
    REGISTRY.register(NodeState(serving))
    REGISTRY.register(PROCESS_COLLECTOR)


def _by_state(name: str, what: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    states = GaugeMetricFamily(name, what, labels=["state"])
    for state, value in values.items():
        states.add_metric([state], value)
    return states


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=value)
