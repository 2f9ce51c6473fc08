"""Tokens of forms: by them a form that is sent twice is known again (`ledger/case/idempotency`).

Whoever reports something without an account has nothing else by which a second try could be told
from somebody else's report in the same words. A link that a form makes follows from the form, so
that both answers to a double click lead to the same page: a browser shows only the second.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
import json
import secrets

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from amparo.web.words.pages import FORM_FIELD

_SHORTEST, _LONGEST = 16, 64
_LINK_BYTES = 16


def of(form: FormData) -> str:
    """The token of a form; empty where it has none: a program may send none."""
    given = form.get(FORM_FIELD)
    return given if isinstance(given, str) and _fits(given) else ""


def of_browser(form: FormData, remembered: str) -> str:
    """What a browser is known by among its own forms: what it remembers, else its first form's."""
    return remembered if _fits(remembered) else of(form)


async def digest(request: Request, form: FormData, token: str | None = None) -> bytes:
    """By what a form is known again: its token, its address, and all that was typed or attached.

    Empty where it has no token. `token`: another than the one that came with it.
    """
    used = of(form) if token is None else token
    if not used:
        return b""
    parts: list[tuple[str, str]] = []
    for name, value in form.multi_items():
        if name != FORM_FIELD:
            parts.append((name, await _file(value) if isinstance(value, UploadFile) else value))
    whole = json.dumps([request.url.path, used, parts]).encode()
    return hashlib.sha256(whole).digest()


def link(secret: bytes, digest: bytes) -> bytes:
    """The capability of the link that a form makes; one by chance where it cannot be known again.

    `secret`: the node's. Whoever sees the digest, which is kept, gets to no link by it.
    """
    if not digest:
        return secrets.token_bytes(_LINK_BYTES)
    return hmac.new(secret, b"amparo.form.v1\n" + digest, "sha256").digest()[:_LINK_BYTES]


async def _file(upload: UploadFile) -> str:
    found = hashlib.sha256((upload.filename or "").encode("utf-8", "surrogateescape"))
    while piece := await upload.read(1 << 20):
        found.update(piece)
    await upload.seek(0)
    return found.hexdigest()


def _fits(token: str) -> bool:
    return _SHORTEST <= len(token) <= _LONGEST
