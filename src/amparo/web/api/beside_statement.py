"""What a platform may say beside a statement: how its person is told, and who decided.

`person` is an object: `email` and `language`, where this node is to write to them, or `informed`,
where the platform has told them by its own way. `decided_by` lists names. Neither is an attribute
of the EU database: they are taken out before the rules look, and enter neither statement nor log.
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

from amparo.case import texts
from amparo.case.state import Actor
from amparo.errors import AmparoError, Malformed
from amparo.ledger.case import casework, telling
from amparo.ledger.case.telling import Notice
from amparo.ledger.log.platforms import Platform
from amparo.ledger.storage.journal import Journal
from amparo.record.rules import Finding
from amparo.web.http import forms, json_body
from amparo.web.http.state import Serving
from amparo.web.words.i18n import languages

PERSON, DECIDED_BY = "person", "decided_by"
_ARTICLES = {PERSON: "DSA Art. 17(1)", DECIDED_BY: "DSA Art. 20(6)"}
Line = Annotated[str, Meta(max_length=texts.LINE)]


class Person(msgspec.Struct, forbid_unknown_fields=True):
    """How the person is told."""

    email: Annotated[str, Meta(max_length=texts.most("email"))] = ""
    language: Line = "en"
    informed: bool = False


DecidedBy = Annotated[list[Line], Meta(max_length=texts.MOST_NAMES)]


def taken_out(submission: Any) -> dict[str, Any]:
    """What a statement says besides its attributes; empty if nothing."""
    if type(submission) is not dict:
        return {}
    return {name: submission.pop(name) for name in (PERSON, DECIDED_BY) if name in submission}


def read(extras: Mapping[str, Any]) -> tuple[Notice | None, list[Finding]]:
    """How the person is told, None where nothing is extras of it; and what is wrong."""
    if not any(value is not None for value in extras.values()):
        return None, []
    findings: list[Finding] = []
    person = _converted(extras, PERSON, Person, findings) or Person()
    names: list[str] = _converted(extras, DECIDED_BY, DecidedBy, findings) or []
    if extras.get(PERSON) is not None and not findings:
        if bool(person.email.strip()) == person.informed:
            fix = "Send `email`, or `informed` as true where you told them yourself."
            findings.append(Finding(PERSON, PERSON, _ARTICLES[PERSON], "Say one of the two.", fix))
        elif person.email:
            findings += _of_address(person.email.strip())
    if findings:
        return None, findings
    if person.informed:
        return Notice("platform", decided_by=names), []
    language = person.language if person.language in languages() else "en"
    return Notice("mail" if person.email else "", person.email.strip(), language, names), []


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
            found.append({PERSON: {"state": state}} if state else {})
    return found


async def mail_state(serving: Serving) -> dict[str, str]:
    """What becomes of a mail that was queued: it leaves, or waits for a server to be there."""
    delivery = serving.delivery
    why = await asyncio.to_thread(delivery.why_no_mail) if delivery else "the node is starting"
    return {"state": "no_server" if why else "queued", "why": why}


def check_email(email: str) -> None:
    """Raise where this node does not write to an address."""
    if why := forms.why_no_email(email):
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
