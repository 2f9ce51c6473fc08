"""What a platform may say beside a statement: how its person is told, who decided, and its page.

`person` is an object: `email` and `language`, where this node is to write to them, or `informed`,
where the platform has told them by its own way. `decided_by` lists names. `page` is the address at
which everybody could read the content. None is an attribute of the EU database: they are taken out
before the rules look, and enter neither statement nor log.
What is wrong with them is a finding, and nothing is kept.

Source: DSA Articles 17(1), 20(6).
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from amparo.case import text_limits
from amparo.case.state import Actor
from amparo.connectors import content_page
from amparo.errors import AmparoError, Malformed
from amparo.ledger.case import casework, content_pages, telling
from amparo.ledger.case.telling import Notice
from amparo.ledger.log.platforms import Platform
from amparo.record import mailbox
from amparo.record.rules import Finding
from amparo.storage.journal import Journal
from amparo.web.http import json_body
from amparo.web.http.state import Serving
from amparo.web.words.i18n import known

PERSON, DECIDED_BY, PAGE = "person", "decided_by", "page"
_ARTICLES = {PERSON: "DSA Art. 17(1)", DECIDED_BY: "DSA Art. 20(6)", PAGE: "DSA Art. 20(4)"}
Line = Annotated[str, Meta(max_length=text_limits.LINE)]


class Person(msgspec.Struct, forbid_unknown_fields=True):
    """How the person is told."""

    email: Annotated[str, Meta(max_length=text_limits.most("email"))] = ""
    language: Line = "en"
    informed: bool = False


DecidedBy = Annotated[list[Line], Meta(max_length=text_limits.MOST_NAMES)]


def taken_out(submission: Any) -> dict[str, Any]:
    """What a statement says besides its attributes; empty if nothing."""
    if type(submission) is not dict:
        return {}
    names = (PERSON, DECIDED_BY, PAGE)
    return {name: submission.pop(name) for name in names if name in submission}


def read(extras: Mapping[str, Any]) -> tuple[Notice | None, list[Finding]]:
    """How the person is told, None where nothing is extras of it; and what is wrong."""
    if not any(value is not None for value in extras.values()):
        return None, []
    findings: list[Finding] = []
    person = _converted(extras, PERSON, Person, findings) or Person()
    names: list[str] = _converted(extras, DECIDED_BY, DecidedBy, findings) or []
    page: str = _converted(extras, PAGE, str, findings) or ""
    if page and (why := content_page.wrong_page(page)):
        fix = "Send the address at which everybody reads it, without signing in."
        findings.append(Finding(PAGE, PAGE, _ARTICLES[PAGE], f"The page: {why}", fix))
    if extras.get(PERSON) is not None and not findings:
        if bool(person.email.strip()) == person.informed:
            fix = "Send `email`, or `informed` as true where you told them yourself."
            findings.append(Finding(PERSON, PERSON, _ARTICLES[PERSON], "Say one of the two.", fix))
        elif person.email:
            findings += _of_address(person.email.strip())
    if findings:
        return None, findings
    if person.informed:
        return Notice("platform", decided_by=names, page=page), []
    language, email = known(person.language), person.email.strip()
    return Notice("mail" if email else "", email, language, names, page=page), []


def tell(
    journal: Journal, platform: Platform, stored: Sequence[tuple[str, Notice | None]]
) -> list[dict[str, Any]]:
    """Have each stored statement's person told; what the answer says of that.

    The statements are durable by then; where the person cannot be told, the answer says why.
    """
    by, now = Actor("platform", platform.slug), casework.now()
    found: list[dict[str, Any]] = []
    with journal.transaction():
        for statement, notice in stored:
            if notice is None:
                found.append({})
                continue
            try:
                telling.tell(journal, UUID(statement), notice, by=by, now=now)
            except AmparoError as error:
                found.append({PERSON: {"state": "refused", "why": f"{error.what} {error.why}"}})
                continue
            state = {"mail": "queued", "platform": "informed"}.get(notice.way)
            answer = {PERSON: {"state": state}} if state else {}
            found.append(answer | _with_page(journal, platform, UUID(statement), notice.page))
    return found


def _with_page(journal: Journal, platform: Platform, statement: UUID, page: str) -> dict[str, Any]:
    if not page:
        return {}
    try:
        content_pages.keep(journal, statement, platform.id, page)
    except AmparoError as error:
        return {PAGE: {"state": "refused", "why": f"{error.what} {error.why}"}}
    return {PAGE: {"state": "kept"}}


async def mail_state(serving: Serving) -> dict[str, str]:
    """What becomes of a mail that was queued: it leaves, or waits for a server to be there."""
    delivery = serving.delivery
    why = await asyncio.to_thread(delivery.why_no_mail) if delivery else "the node is starting"
    return {"state": "no_server" if why else "queued", "why": why}


def check_email(email: str) -> None:
    """Raise where this node does not write to an address."""
    if why := mailbox.why_no_mail(email):
        raise Malformed(
            "email: this node does not write to that address.",
            why=why,
            fix="Tell the person yourself, and make this call without `email`.",
        )


def _of_address(email: str) -> list[Finding]:
    try:
        check_email(email)
    except Malformed as error:
        why = f"{error.what} {error.why}"
        return [Finding(PERSON, PERSON, _ARTICLES[PERSON], why, "Send `informed` instead.")]
    return []


def _converted(extras: Mapping[str, Any], name: str, kind: Any, findings: list[Finding]) -> Any:
    if extras.get(name) is None:
        return None
    try:
        return msgspec.convert(extras[name], kind)
    except msgspec.ValidationError as error:
        why = f"The {name}: {json_body.why_not(str(error))}"
        findings.append(Finding(name, name, _ARTICLES[name], why, "See /api for its form."))
        return None
