"""The page that verifies a receipt, anybody's: here on the server, where the browser cannot."""

# SPDX-License-Identifier: Apache-2.0

from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from amparo.errors import AmparoError, Malformed, Text, Unavailable
from amparo.tlog.proof import MOST_PROOF_BYTES
from amparo.web.http import forms, rate
from amparo.web.http.disconnects import while_connected
from amparo.web.http.state import Serving
from amparo.web.http.worker_jobs import Claimed
from amparo.web.words import receipt_words
from amparo.web.words.pages import language_of, page

MOST_KEY_CHARACTERS = 1_000  # a log's name, and 44 characters of base64


async def verify(request: Request) -> Response:
    """GET and POST /verify: judge a receipt; the browser does it itself if it can."""
    vkey = request.app.state.serving.verifier.vkey
    if request.method == "GET":
        return _verify_page(request, vkey, None)
    rate.take(request, "receipt")
    async with forms.read(request, max_files=1, max_fields=4) as form:
        file = form.get("file")
        raw = await file.read(MOST_PROOF_BYTES + 1) if isinstance(file, UploadFile) else b""
        given = str(form.get("vkey") or vkey).strip()
    serving: Serving = request.app.state.serving
    try:
        _check_size(raw, given)
        network = rate.network_of(request)
        verifying = serving.readers.verified(Claimed(raw, given), network)
        facts = await while_connected(request, verifying)
        verdict = {
            "holds": True,
            "why": "",
            "facts": receipt_words.facts(facts, language_of(request)),
        }
    except Unavailable:
        raise
    except AmparoError as error:
        what, why, fix = error.texts
        verdict = {"holds": False, "what": what, "why": why, "fix": fix, "facts": []}
    return _verify_page(request, given[:MOST_KEY_CHARACTERS], verdict)


def _verify_page(request: Request, vkey: str, verdict: dict[str, Any] | None) -> Response:
    in_words = receipt_words.for_the_browser(language_of(request))
    return page(request, "verify.html", vkey=vkey, verdict=verdict, words=in_words)


def _check_size(receipt: bytes, vkey: str) -> None:
    """Raise before anything is done with what cannot be a receipt, or the key of a log."""
    if len(receipt) > MOST_PROOF_BYTES or len(vkey) > MOST_KEY_CHARACTERS:
        raise Malformed(
            "That is not a receipt, or not the key of a log.",
            why=Text(
                "a receipt has at most {most} bytes, a key {characters} characters",
                most=MOST_PROOF_BYTES,
                characters=MOST_KEY_CHARACTERS,
            ),
            fix="Use the file as it was handed out; its name ends in .tlog-proof.",
        )


def routes() -> list[BaseRoute]:
    """The page, and what it sends."""
    return [Route("/verify", verify, methods=["GET", "POST"])]
