"""Reading what people send: texts and files, with every error at its field and nothing lost."""

# SPDX-License-Identifier: Apache-2.0

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from amparo.case import complaint, text_limits
from amparo.errors import AmparoError, Denied, Malformed, Several, Text, Unavailable
from amparo.ledger.case import evidence
from amparo.record import mailbox
from amparo.storage.durable import NoSpace
from amparo.web.http import urlencoded
from amparo.web.http.rate import TooMany
from amparo.web.words.decision import N_

logger = logging.getLogger("amparo")
# It writes a line for each form that it cannot take apart, which is for its sender to know.
logging.getLogger("python_multipart").setLevel(logging.ERROR)

_LATER: dict[type[AmparoError], int] = {TooMany: 429, NoSpace: 507, Unavailable: 503}
"""What is no mistake of whoever sent the form, and may be sent again; the first that fits."""

_NOT_NOW = (
    N_("This could not be kept just now."),
    N_("It is not your doing: this service is too busy, or out of room."),
    N_("Send it again in a few minutes. If it stays so, tell whoever runs this service."),
)
"""Whoever sends a form can do nothing about disks and databases; the operator's notes say more."""


_CODES = "Use one of {options}."
"""How the choice of a step is mended, for programs (`text_limits.not_among`)."""
_TEXTS = frozenset({"", "grounds", "reason", "reasons", "text"})
"""What a step calls the text that it takes; a form may have another name for it."""


class Attached(NamedTuple):
    """A file that came with a form."""

    name: str
    body: bytes


class Mistake(NamedTuple):
    """What is wrong with one field."""

    field: str
    what: str | Text
    why: str | Text
    fix: str | Text
    at: str = ""
    """Where it is mended, where that is not beside the field: another part of a long form."""


class Problem(NamedTuple):
    """What is wrong with what was sent, and what was typed."""

    what: str | Text
    why: str | Text
    fix: str | Text
    typed: dict[str, str]
    status: int = 422
    mistakes: tuple[Mistake, ...] = ()
    """One for each field that has to be changed; none where it is no field's."""
    had_files: bool = False
    """Whether files were chosen, which no browser chooses again by itself."""

    def of(self, field: str) -> Mistake | None:
        """What is wrong with a field."""
        return next((mistake for mistake in self.mistakes if mistake.field == field), None)


@asynccontextmanager
async def read(
    request: Request, *, max_files: int = 0, max_fields: int, max_part_size: int = 1024 * 1024
) -> AsyncIterator[FormData]:
    """What a form brought, of either kind; its files are gone with the context."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == urlencoded.KIND:
        items: list[tuple[str, str | UploadFile]] = []
        items += urlencoded.fields(await request.body(), max_fields)
        yield FormData(items)
        return
    try:
        form = await request.form(
            max_files=max_files, max_fields=max_fields, max_part_size=max_part_size
        )
    except HTTPException as error:
        raise broken(error.detail) from None
    try:
        yield form
    finally:
        await form.close()


def broken(message: str) -> Malformed:
    """What is said of a form that Starlette cannot take apart: its message is English."""
    return Malformed(
        N_("The form is broken."),
        why=_why_broken(message),
        fix=N_("Open the page here, and send it from there."),
    )


def _why_broken(message: str) -> Text:
    if found := re.search(r"Maximum number of files is (\d+)", message):
        return Text("more than {most} files", most=int(found[1]))
    if found := re.search(r"Maximum number of fields is (\d+)", message):
        return Text("more than {most} fields", most=int(found[1]))
    if found := re.search(r"maximum size of (\d+)KB", message):
        return Text("a field has more than {most} KB", most=int(found[1]))
    return Text("its parts are not set apart as browsers do it")


def check_same_origin(request: Request) -> None:
    """Raise unless a form comes from a page of this node: nobody acts through another site."""
    # A browser's own word first: behind a proxy the Host we see may not be the one it asked for.
    fetch_site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if fetch_site is not None:
        own = fetch_site in ("same-origin", "none")
    else:
        own = origin is None or origin.partition("://")[2] == request.headers.get("host")
    if not own:
        raise Denied(
            N_("This form was sent from another site."),
            why=N_("A step on a case is only taken from this node's own pages."),
            fix=N_("Open the page here, and send it from there."),
        )


def text(form: FormData, name: str, longest: int | None = None) -> str:
    """A text field; empty when it is not there. `longest` where the table of texts has no say."""
    value = form.get(name)
    return text_limits.check_length(name, value.strip(), longest) if isinstance(value, str) else ""


def whole_number(text: str) -> int | None:
    """A whole number as a form or an address has it, of up to 15 digits; None: it is no such."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def several(form: FormData, name: str) -> list[str]:
    """Every value of a field that may be chosen more than once."""
    values = [value for value in form.getlist(name) if isinstance(value, str) and value]
    if len(values) > text_limits.MOST_NAMES:
        raise Malformed(
            N_("Too much is chosen at once."),
            why=Text(
                "{field}: {number} were chosen; at most {most} can be",
                field=name,
                number=len(values),
                most=text_limits.MOST_NAMES,
            ),
            fix=N_("Choose fewer."),
        )
    return [text_limits.check_length(name, value, text_limits.LINE) for value in values]


async def files(form: FormData, name: str) -> list[Attached]:
    """The files of a field; empty choices are left out."""
    found = []
    for upload in form.getlist(name):
        if isinstance(upload, UploadFile) and upload.filename:
            body = await upload.read(evidence.MOST_BYTES + 1)
            if len(body) > evidence.MOST_BYTES:
                raise Malformed(
                    N_("Attachments: a file is too large."),
                    why=Text(
                        "{name} has more than {most} MB",
                        name=upload.filename[:60],
                        most=evidence.MOST_BYTES // 1024 // 1024,
                    ),
                    fix=N_("Make it smaller, or split it."),
                    field=name,
                )
            found.append(Attached(upload.filename, body))
    return found


def email(form: FormData) -> str:
    """An address for mail, which may be left out."""
    given = text(form, "email")
    if given and (why := mailbox.why_no_mail(given)):
        raise Malformed(
            N_("E-mail: mail does not reach this address."),
            why=why,
            fix=N_("Write it as name@example.org, or leave it empty."),
            field="email",
        )
    return given


def problem(error: AmparoError, form: FormData, *, text: str = "") -> Problem:
    """What a page shows beside the form: all that is wrong with it, and everything that was typed.

    `text`: the field that a form has for whatever a step calls its text.
    """
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    status = next((code for kind, code in _LATER.items() if isinstance(error, kind)), 422)
    if status in (503, 507):
        logger.warning("a form could not be taken: %s %s", error.what, error.why)
        return Problem(*_NOT_NOW, typed, status)
    had_files = any(isinstance(value, UploadFile) and value.filename for value in form.values())
    return Problem(*error.texts, typed, status, _mistakes(error, text), had_files)


def _mistakes(error: AmparoError, text: str) -> tuple[Mistake, ...]:
    every = error.errors if isinstance(error, Several) else (error,)
    wrong = [each for each in every if isinstance(each, Malformed)]
    named = [(text if each.field in _TEXTS and text else each.field, each) for each in wrong]
    return tuple(Mistake(field, *_for_a_page(each)) for field, each in named if field)


def _for_a_page(error: Malformed) -> tuple[str | Text, str | Text, str | Text]:
    """An error's texts; a form shows its options in words, and codes are for programs.

    That a text is missing is said as what to write: which text it is stands in that alone.
    """
    what, why, fix = error.texts
    if what == complaint.NO_TEXT:
        return fix, "", ""
    lists_codes = isinstance(fix, Text) and fix.id == _CODES
    return what, why, N_("Choose in the list.") if lists_codes else fix
