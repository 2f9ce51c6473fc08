"""Signing in through one's organisation: OpenID Connect, code flow with PKCE.

The organisation only says whose address somebody has; a seat comes from the node's operator, by
that address. What is being asked stands in a signed cookie of ten minutes, for this path alone.

Source: OpenID Connect Core 1.0; RFC 7636.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
import logging
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import AmparoError, Denied, Missing, Text, Unavailable
from amparo.ledger.case import people
from amparo.ledger.case.people import Person
from amparo.ledger.outbound.transport import Failed, Transport
from amparo.storage.node import Node
from amparo.web.http import rate
from amparo.web.http.state import Serving
from amparo.web.staff import sign_in
from amparo.web.words.decision import N_

ASKING_SECONDS = 600
ANSWER_SECONDS = 10.0
MOST_ANSWER_BYTES = 1_000_000
BACK = "/desk/oidc/back"
logger = logging.getLogger("amparo")


async def ask(request: Request) -> Response:
    """GET /desk/oidc: go on to the organisation's sign-in."""
    rate.take(request, "link")
    serving: Serving = request.app.state.serving
    client, back = _client(request), f"{serving.base_url(request)}{BACK}"
    try:
        answer: Response = await client.authorize_redirect(request, back)
    except (Failed, AmparoError, ValueError, KeyError) as error:
        raise _unreachable(error) from None
    return answer


async def back(request: Request) -> Response:
    """GET /desk/oidc/back: come back from it, with what the organisation says."""
    rate.take(request, "sign-in")
    serving: Serving = request.app.state.serving
    with sign_in.noted("organisation"):
        person = _whose(serving, await _userinfo(request))
    session = await serving.work(lambda journal: people.new_session(journal, person.id))
    return sign_in.entered(request, session, way="organisation", respond=sign_in.onward)


def routes(secret: bytes, *, https: bool) -> list[Route]:
    """The addresses of this way in; `secret` is the node's."""
    key = hmac.new(secret, b"amparo.oidc.v1", hashlib.sha256).hexdigest()
    asking = Middleware(
        SessionMiddleware,
        secret_key=key,
        session_cookie="oidc",
        max_age=ASKING_SECONDS,
        path="/desk/oidc",
        https_only=https,
    )
    return [
        Route("/desk/oidc", ask, methods=["GET"], middleware=[asking]),
        Route(BACK, back, methods=["GET"], middleware=[asking]),
    ]


async def _userinfo(request: Request) -> dict[str, Any]:
    """What the organisation says of whoever comes back from it."""
    from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - slow to import
    from joserfc.errors import JoseError  # noqa: PLC0415

    client = _client(request)
    try:
        token: dict[str, Any] = await client.authorize_access_token(request)
    except (AuthlibBaseError, JoseError) as error:
        raise Denied(
            N_("Your organisation did not sign you in."),
            why=Text("its answer says: {error}", error=str(error)[:200]),
            fix=N_("Try once more, or come in by a link."),
        ) from None
    except (Failed, AmparoError, ValueError, KeyError) as error:
        raise _unreachable(error) from None
    return token.get("userinfo") or {}


def _whose(serving: Serving, userinfo: dict[str, Any]) -> Person:
    """Whose seat it is, by the address that the organisation has verified."""
    vouched = _is_verified(userinfo)
    if vouched is None and not serving.node.settings.oidc_addresses_verified:
        logger.warning(
            "the organisation of OpenID Connect does not say email_verified; if it verifies every "
            "address, set oidc_addresses_verified = true"
        )
        raise Denied(
            N_("There is no seat for you here."),
            why=N_("Your organisation does not say whether it has verified your address."),
            fix=N_("Ask the node's operator, whose notes say what to set; or come in by a link."),
        )
    address = str(userinfo.get("email", ""))
    person = people.by_email(serving.journal, address) if vouched is not False else None
    if person is None:
        raise Denied(
            N_("There is no seat for you here."),
            why=N_("Your organisation knows you, but no seat has an address it has verified."),
            fix=N_("Ask the node's operator for a seat."),
        )
    return person


def _is_verified(userinfo: dict[str, Any]) -> bool | None:
    """Whether the organisation has verified the address; None where it does not say.

    Some say it as text, "false" too. Entra ID never says `email_verified`; its `xms_edov` means
    that the owner of the address's domain vouches for it.
    """
    for claim in ("email_verified", "xms_edov"):
        if claim in userinfo:
            return userinfo[claim] in (True, "true", "1")
    return None


def _client(request: Request) -> Any:
    """The client of the node's settings, which keeps what it has read of the organisation."""
    serving: Serving = request.app.state.serving
    if not serving.node.settings.oidc_issuer:
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    state = request.app.state
    if not hasattr(state, "oidc"):
        state.oidc = _made(serving.node)
    return state.oidc


def _made(node: Node) -> Any:
    from authlib.integrations.starlette_client import OAuth  # noqa: PLC0415 - slow to import

    return OAuth().register(
        "organisation",
        client_id=node.settings.oidc_client,
        client_secret=node.oidc_secret(),
        server_metadata_url=f"{node.settings.oidc_issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "transport": Transport(seconds=ANSWER_SECONDS, most_bytes=MOST_ANSWER_BYTES),
        },
    )


def _unreachable(error: Exception) -> Unavailable:
    logger.warning("the organisation of OpenID Connect did not answer: %s", error)
    return Unavailable(
        N_("Your organisation's sign-in did not answer."),
        why=Text("of the kind {kind}", kind=type(error).__name__),
        fix=N_("Try again later, or come in by a link."),
    )
