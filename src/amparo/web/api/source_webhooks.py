"""Where the webhooks of a source arrive, each signed.

What Discourse and a running Mastodon say is no more than a hint where to look: it names what has
changed, and that is read back. What Coop or Cinder says is taken in, since they cannot be asked. A
signature that does not fit, and a connection that is not there, are told alike.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.connectors import cinder, coop, coop_callback, discourse, mastodon_live
from amparo.connectors.webhook import Notified, not_signed
from amparo.errors import AmparoError, Malformed, Text, as_text
from amparo.ledger.case import casework
from amparo.ledger.connect import (
    cinder_source,
    connections,
    coop_calls,
    coop_source,
    poll_schedule,
    source_secrets,
)
from amparo.ledger.connect.connections import Connection
from amparo.storage.journal import Journal
from amparo.web.http.state import Serving

Read = Callable[[bytes, Mapping[str, str], str], Notified]
"""A body, its headers and the secret of its connection -> what it points at."""


def _mastodon(body: bytes, headers: Mapping[str, str], secret: str) -> Notified:
    return mastodon_live.webhook(body, headers.get("x-hub-signature", ""), secret)


HINTS: Mapping[str, Read] = {
    discourse.SYSTEM: discourse.webhook,
    mastodon_live.SYSTEM: _mastodon,
}
"""Those whose webhooks say where to look."""
TURN_BYTES = 64 * 1024
"""What is larger is read beside the event loop: it takes milliseconds."""


async def arrived(request: Request) -> Response:
    """POST /api/v1/connect/{name}/webhook: a source says that something has changed."""
    serving: Serving = request.app.state.serving
    body = await request.body()
    connection = _known(serving, request.path_params["name"])
    system = connection.config.connector.system
    if system in TAKEN:
        header, take = TAKEN[system]
        await take(serving, connection, body, request.headers.get(header, ""))
    else:
        await _hint(serving, connection, body, request.headers)
    return Response(status_code=204)


def routes() -> list[Route]:
    """The address of webhooks."""
    return [Route("/api/v1/connect/{name}/webhook", arrived, methods=["POST"])]


def _known(serving: Serving, name: str) -> Connection:
    """A connection that takes webhooks; the same error for every other."""
    try:
        connection = connections.find(serving.journal, name)
    except AmparoError:
        raise not_signed() from None
    if connection.config.connector.system not in (*TAKEN, *HINTS):
        raise not_signed()
    return connection


async def _hint(
    serving: Serving, connection: Connection, body: bytes, headers: Mapping[str, str]
) -> None:
    try:
        secret = source_secrets.secrets_of(serving.node, connection).webhook
    except AmparoError:
        secret = ""
    if not secret:
        raise not_signed()
    read = partial(HINTS[connection.config.connector.system], body, headers, secret)
    try:
        found = await asyncio.to_thread(read) if len(body) > TURN_BYTES else read()
    except Malformed as error:  # signed well: whoever runs the connection has to know
        await serving.work(partial(_failed, connection=connection, error=error))
        raise
    if found.subject and connection.state == "running":
        await serving.work(partial(_note, connection=connection, found=found))


async def _of_coop(serving: Serving, connection: Connection, body: bytes, signature: str) -> None:
    try:
        pem = coop_calls.secrets_of(serving.node, connection).public_key
        key = coop_callback.key(pem)
    except AmparoError:
        raise not_signed() from None
    if not coop_callback.is_signed(body, signature, key):
        raise not_signed()
    await serving.work(
        partial(
            coop_source.take_callback,
            secret=serving.node.secret(),
            connection=connection,
            body=body,
            now=casework.now(),
        )
    )


async def _of_cinder(serving: Serving, connection: Connection, body: bytes, signature: str) -> None:
    try:
        secret = connections.secret_of(serving.node, connection.name)
    except AmparoError:
        secret = ""
    if not secret or not cinder.is_signed(body, signature, secret):
        raise not_signed()
    await serving.work(
        partial(
            cinder_source.take_webhook,
            secret=serving.node.secret(),
            connection=connection,
            body=body,
            now=casework.now(),
        )
    )


TAKEN = {
    cinder.SYSTEM: ("x-cinder-signature", _of_cinder),
    coop.SYSTEM: ("coop-signature", _of_coop),
}
"""System of which what it says is taken in -> the header that signs it, and by what."""


def _note(journal: Journal, *, connection: Connection, found: Notified) -> None:
    with journal.transaction():
        poll_schedule.note(journal, connection, found.subject, int(time.time()))


def _failed(journal: Journal, *, connection: Connection, error: Malformed) -> None:
    what, reason, fix = map(as_text, error.texts)
    why = Text("{what} {why}. {fix}", what=what, why=reason, fix=fix)
    connections.has_failed(journal, connection, why, now=int(time.time()))
