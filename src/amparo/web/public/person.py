"""The person's own page: what happened, where the case stands, what comes next, what one can do.

Whoever has the link is the person, or whoever sent the notice; the two have the same steps. The
link that a platform was given shows the decision alone. The first step taken by it opens the case:
it is taken, and answered with a link that only this reader has. Looking never changes anything,
since scanners of mail and previews of messages look as well.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import (
    challenge,
    claim,
    clocks,
    complaint,
    deadlines,
    panel,
    pseudonyms,
    remedy,
    roles,
)
from amparo.case import danger as in_danger
from amparo.case.events import (
    Again,
    Attachment,
    CaseFactAsked,
    CaseIncomplete,
    ComplaintAsked,
    NoticeReceived,
    OutcomeReceived,
    PartsCommitted,
    Party,
)
from amparo.case.machines import OPEN, UNDECIDED
from amparo.case.state import Actor
from amparo.errors import AmparoError, Denied, Malformed, Missing, Mistakes, Refused, Text
from amparo.ledger.case import (
    casework,
    claims,
    corrections,
    danger,
    evidence,
    hearing,
    idempotency,
    links,
    mandates,
    suspensions,
)
from amparo.ledger.case.casework import File
from amparo.ledger.case.evidence import Stored
from amparo.ledger.case.links import Link
from amparo.ledger.log import platforms, receipts
from amparo.ledger.log.platforms import Platform
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep import demonstration
from amparo.storage.blobs import evidence_of
from amparo.storage.journal import Journal
from amparo.web.http import case_files, downloads, form_tokens, forms
from amparo.web.http.forms import Attached, Problem
from amparo.web.http.state import Serving
from amparo.web.public import standing
from amparo.web.public.decision import no_decision, worded
from amparo.web.words import history, mail
from amparo.web.words.demonstration import TOURS
from amparo.web.words.headline import headline, of_report
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, notified_in, page


async def show(request: Request) -> Response:
    """GET /recourse/{uuid}/{capability}: the affected person's own page."""
    return shown(request, *of_link(request))


async def receipt(request: Request) -> Response:
    """GET /recourse/{uuid}/{capability}/receipt: the receipt with the platform's identifier."""
    file, link = of_link(request)
    reader: receipts.Reader = "party" if link.role == "person" else "anyone"
    made = await request.app.state.serving.receipt(file.log_entries[0], reader)
    return downloads.receipt(file.log_entries[0], made)


async def proof_of_parts(request: Request) -> Response:
    """GET /recourse/{uuid}/{capability}/parts: the proof of who decided and who looked again."""
    file, _ = of_own_link(request)
    entry = casework.newest(file, PartsCommitted)
    if entry is None:
        raise no_decision()
    made = await request.app.state.serving.receipt(entry, "anyone")
    return downloads.receipt(entry, made, "parts")


async def case_file(request: Request) -> Response:
    """GET /recourse/{uuid}/{capability}/case-file: all that this page shows, as one file."""
    file, link = of_link(request)
    if link.reach == "handed over":  # it shows the decision, and so does the file
        return await case_files.download(request, file, link.role, decision_alone=True)
    file, role = of_own_link(request)
    return await case_files.download(request, file, role)


async def exhibit(request: Request) -> Response:
    """GET /recourse/{uuid}/{capability}/file/{number}: a file that this side attached."""
    file, role = of_own_link(request)
    serving: Serving = request.app.state.serving
    number = int(request.path_params["number"])
    exhibit = evidence.find(serving.journal, file.id, number)
    if exhibit.by not in (role, "representative"):
        raise no_decision()
    return downloads.attachment(exhibit.name, await serving.exhibit(exhibit))


async def file_complaint(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/complaint: complain."""

    def step(party: Party, form: FormData, attachments: list[Attachment]) -> casework.Step:
        return lambda case: complaint.file(
            case,
            role=party,
            grounds=forms.text(form, "grounds"),
            attachments=attachments,
            now=casework.now(),
        )

    return await _act(request, step, sent="complaint")


async def add(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/add: add something, or answer a question."""

    def step(party: Party, form: FormData, attachments: list[Attachment]) -> casework.Step:
        return lambda case: complaint.add(
            case,
            grounds=forms.text(form, "grounds"),
            attachments=attachments,
            by=Actor(party),
            now=casework.now(),
        )

    return await _act(request, step)


async def be_heard(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/heard: answer to the other side's complaint."""
    forms.check_same_origin(request)
    file, role = of_own_link(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=4) as form:
        try:
            serving.check_space()
            text = complaint.check_text(forms.text(form, "grounds"), Text("Write your answer."))
            form_digest = await form_tokens.digest(request, form)

            def job(journal: Journal) -> UUID:
                hearing.answer(journal, file, role=role, text=text, now=casework.now())
                return file.id

            done = await serving.work(lambda journal: idempotency.once(journal, form_digest, job))
        except AmparoError as error:
            file, link = of_link(request)
            return shown(request, file, link, forms.problem(error, form, text="grounds"))
    return _back(request, file, again=done.again)


async def withdraw(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/withdraw: withdraw the complaint."""
    return await _act(
        request,
        lambda party, _, __: partial(complaint.withdraw, by=Actor(party), now=casework.now()),
    )


async def ask_panel(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/panel: ask for a panel, or withdraw from it."""

    def step(party: Party, form: FormData, _: list[Attachment]) -> casework.Step:
        if forms.text(form, "withdraw") == "yes":
            return partial(panel.withdraw, by=Actor(party), now=casework.now())
        return lambda case: panel.submit(
            case, role=party, grounds=forms.text(form, "grounds"), now=casework.now()
        )

    return await _act(request, step)


async def complete(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/complete: hand over what the registrar misses."""
    return await _act(
        request,
        lambda party, form, __: partial(
            panel.complete, text=forms.text(form, "grounds"), by=Actor(party), now=casework.now()
        ),
    )


async def challenge_member(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/challenge: say why a member should not sit."""
    return await _act(
        request,
        lambda party, form, __: partial(
            challenge.raise_,
            member=forms.text(form, "member"),
            reasons=forms.text(form, "grounds"),
            by=Actor(party),
            now=casework.now(),
        ),
    )


async def again(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/again: ask the panel to look once more."""
    return await _act(
        request,
        lambda party, form, __: partial(
            panel.reopen,
            ground=cast("Again", forms.text(form, "ground")),
            text=forms.text(form, "grounds"),
            by=Actor(party),
            now=casework.now(),
        ),
    )


async def reply(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/reply: reply to the platform's position."""
    return await _act(
        request,
        lambda party, form, __: partial(
            panel.reply, text=forms.text(form, "grounds"), by=Actor(party), now=casework.now()
        ),
    )


async def confirm(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/confirm: it is done as ordered."""
    return await _act(
        request,
        lambda party, _, __: partial(remedy.confirm, by=Actor(party), now=casework.now()),
    )


async def dispute(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/dispute: it is not as the platform says."""
    return await _act(
        request,
        lambda party, form, __: (
            lambda _: remedy.dispute(
                reason=forms.text(form, "grounds"), by=Actor(party), now=casework.now()
            )
        ),
    )


async def say_danger(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/danger: somebody is in danger."""
    return await _act(
        request,
        lambda party, form, __: partial(
            in_danger.say, reasons=forms.text(form, "grounds"), by=Actor(party), now=casework.now()
        ),
    )


async def disown(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/disown: undo what an earlier link did."""
    return await _act(
        request,
        lambda party, _, __: partial(claim.disown, by=Actor(party), now=casework.now()),
    )


async def open_correction(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/correction: the page of the decision in its place."""
    forms.check_same_origin(request)
    file, role = of_own_link(request)
    if role != "person" or not file.case.corrected_by:
        raise no_decision()
    capability = request.path_params["capability"]
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=4) as form:
        form_digest = await form_tokens.digest(request, form)
    own = form_tokens.link(serving.secret, form_digest)

    def job(journal: Journal) -> UUID:
        check_still_opens(journal, file, capability, "own")
        return corrections.open_new(journal, file, own, now=casework.now()).id

    done = await serving.work(lambda journal: idempotency.once(journal, form_digest, job))
    return opened(cast("UUID", done.case), own)


async def revoke(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/revoke: void every link, and get another."""
    forms.check_same_origin(request)
    capability, language = request.path_params["capability"], language_of(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=4) as form:
        form_digest = await form_tokens.digest(request, form)
        try:
            address = forms.email(form)
        except Malformed as error:
            return shown(request, *of_link(request), forms.problem(error, form))
    own = form_tokens.link(serving.secret, form_digest)
    if (
        before := idempotency.find(serving.journal, form_digest)
    ) is not None and before.case is not None:
        return opened(before.case, own)  # the link that it was sent by is none any more
    file, role = of_own_link(request)

    def job(journal: Journal) -> UUID:
        check_still_opens(journal, file, capability, "own")
        links.end_all(journal, file.id, role)  # every letter carried one
        outbox.forget(journal, file.id, role)  # whoever had the link may have left it
        if address:
            outbox.set_contact(journal, file.id, role, address, language)
        links.renew(journal, file.id, capability, role, casework.now(), own)
        return file.id

    await serving.work(lambda journal: idempotency.once(journal, form_digest, job))
    return opened(file.id, own)


def routes() -> list[Route]:
    """The addresses below a person's own link."""
    own = "/recourse/{uuid}/{capability}"
    return [
        Route(own, show, methods=["GET"]),
        Route(f"{own}/receipt", receipt, methods=["GET"]),
        Route(f"{own}/parts", proof_of_parts, methods=["GET"]),
        Route(f"{own}/case-file", case_file, methods=["GET"]),
        Route(f"{own}/file/{{number:int}}", exhibit, methods=["GET"]),
        Route(f"{own}/complaint", file_complaint, methods=["POST"]),
        Route(f"{own}/add", add, methods=["POST"]),
        Route(f"{own}/heard", be_heard, methods=["POST"]),
        Route(f"{own}/withdraw", withdraw, methods=["POST"]),
        Route(f"{own}/panel", ask_panel, methods=["POST"]),
        Route(f"{own}/reply", reply, methods=["POST"]),
        Route(f"{own}/complete", complete, methods=["POST"]),
        Route(f"{own}/challenge", challenge_member, methods=["POST"]),
        Route(f"{own}/again", again, methods=["POST"]),
        Route(f"{own}/confirm", confirm, methods=["POST"]),
        Route(f"{own}/dispute", dispute, methods=["POST"]),
        Route(f"{own}/danger", say_danger, methods=["POST"]),
        Route(f"{own}/disown", disown, methods=["POST"]),
        Route(f"{own}/correction", open_correction, methods=["POST"]),
        Route(f"{own}/revoke", revoke, methods=["POST"]),
    ]


Make = Callable[[Party, FormData, list[Attachment]], casework.Step]


async def _act(request: Request, make: Make, *, sent: str = "") -> Response:
    """Take a step from a form; what is wrong is shown beside it, with everything that was typed.

    `sent` names what the page then confirms as received.
    """
    forms.check_same_origin(request)
    file, link = of_link(request)
    if link.reach == "claim":
        raise no_decision()
    mistakes = Mistakes()
    capability = request.path_params["capability"]
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_files=evidence.MOST_FILES, max_fields=20) as form:
        try:
            serving.check_space()
            with mistakes.of("files"):
                attached = await forms.files(form, "files")
            with mistakes.of("email"):
                address = forms.email(form)
            if mistakes:  # the step's own are said with them; nothing is done by asking it
                with mistakes.of("grounds"):
                    make(link.role, form, [])(file.case)
            mistakes.end()
            known_by = await form_tokens.digest(request, form)
            own, language = form_tokens.link(serving.secret, known_by), language_of(request)
            came = _Came(file, capability, form, attached, address, language, known_by, own)
            acted = await serving.work(lambda journal: _keep_and_act(journal, serving, came, make))
        except AmparoError as error:
            file, link = of_link(request)
            return shown(request, file, link, forms.problem(error, form, text="grounds"))
    if acted.is_exchanged:
        return opened(file.id, own, sent)
    return _back(request, file, sent, again=acted.again)


def _back(request: Request, file: File, sent: str = "", *, again: bool) -> Response:
    """To the page by whose link a form was sent; `again`: the form had been taken before."""
    query = urlencode({"sent": sent} if sent else {}) or urlencode({"again": 1} if again else {})
    page_ = f"/recourse/{file.id}/{request.path_params['capability']}"
    return RedirectResponse(f"{page_}?{query}" if query else page_, 303)


class _Came(NamedTuple):
    """A form as it came by a link."""

    file: File
    capability: str
    form: FormData
    attached: Sequence[Attached]
    address: str
    language: str
    known_by: bytes
    """Its digest, by which it is known when it is sent again."""
    own: bytes
    """The link of whoever takes the first step by the link handed over."""


class _Acted(NamedTuple):
    """What a form came to."""

    is_exchanged: bool
    """Whether it was sent by the link handed over: its reader now has one of their own."""
    again: bool


def _keep_and_act(journal: Journal, serving: Serving, came: _Came, make: Make) -> _Acted:
    """Take the step, unless this very form was taken.

    Another process may take the other half of a double click at any moment: it is looked for before
    anything is done, under the write lock, and where this half is refused.
    """
    try:
        return _before(journal, came) or _act_once(journal, serving, came, make)
    except (Denied, Missing, Refused):
        if (before := _before(journal, came)) is not None:
            return before
        raise


def _before(journal: Journal, came: _Came) -> _Acted | None:
    """What this very form came to before: nobody else has its token, so it was theirs."""
    if idempotency.find(journal, came.known_by) is None:
        return None
    mine = links.find(journal, journal.of_case(came.file.id), came.own.hex())
    return _Acted(is_exchanged=mine is not None, again=True)


def _act_once(journal: Journal, serving: Serving, came: _Came, make: Make) -> _Acted:
    fresh = casework.read(journal, came.file.id)
    # The step is tried before files are kept, so that a refused one leaves nothing behind.
    link = check_still_opens(journal, fresh, came.capability)
    make(link.role, came.form, [])(fresh.case)
    store = evidence_of(serving.node)
    files = evidence.put_each(store, came.attached)
    try:
        with journal.transaction():
            if (acted := _before(journal, came)) is None:
                _act_within(journal, serving.secret, came, make, fresh, link, files)
    except (Denied, Malformed, Missing, Refused):
        evidence.drop(store, files)
        raise
    if acted is not None:
        evidence.drop(store, files)
    return acted or _Acted(is_exchanged=link.reach == "handed over", again=False)


def _act_within(
    journal: Journal,
    secret: bytes,
    came: _Came,
    make: Make,
    fresh: File,
    link: Link,
    files: Sequence[Stored],
) -> None:
    number, (role, reach) = came.file.id, link
    check_still_opens(journal, fresh, came.capability, reach)
    if reach == "handed over":
        links.exchange(journal, number, casework.now(), came.own)
    if came.address:
        outbox.set_contact(journal, number, role, came.address, came.language)
    attachments = [evidence.note(journal, number, stored, by=role) for stored in files]
    case = casework.act_within(journal, number, make(role, came.form, attachments))
    if case.complaint == "filed" and fresh.case.complaint in ("", "closed"):
        suspensions.pause_complaint(journal, secret, fresh, role, casework.now())
    idempotency.keep(journal, came.known_by, number)


def check_still_opens(
    journal: Journal, file: File, capability: str, reach: links.Reach | None = None
) -> Link:
    """What a link opens by now: somebody may have voided it since it was looked at."""
    link = links.find(journal, file.log_entries, capability)
    if link is None or reach not in (None, link.reach):
        raise no_decision()
    if link.reach == "handed over":
        held = links.is_held(journal, file.id)
        claim.exchange(file.case, held=held, by=Actor(link.role), now=casework.now())
    return link


def opened(case: UUID, capability: bytes, sent: str = "") -> Response:
    """To the page of a link that was just made: its address is told to be kept."""
    confirmed = f"&sent={sent}" if sent else ""
    return RedirectResponse(f"/recourse/{case}/{capability.hex()}?new=1{confirmed}", 303)


def shown(request: Request, file: File, link: Link, wrong: Problem | None = None) -> Response:
    """What a link shows: the whole case, its decision alone, or how to show whose case it is."""
    serving: Serving = request.app.state.serving
    contact = outbox.contact(serving.journal, file.id, link.role)
    if contact is not None and link.reach != "claim" and not serving.node.is_demonstration:
        notified_in(request, contact.language)  # a demonstration's letters went to nobody
    status = wrong.status if wrong else 200
    values = _of_every_link(request, file, link) | {"wrong": wrong}
    if link.reach == "handed over":
        return page(request, "handed_over.html", status=status, **values)
    if link.reach == "claim":
        return page(request, "claim.html", status=status, **(values | _of_claim(request, file)))
    return page(request, "recourse.html", status=status, **(values | _of_own(request, file, link)))


def _platform(serving: Serving, file: File) -> Platform:
    every = platforms.every(serving.journal)
    return next(platform for platform in every if platform.id == file.platform)


def _of_every_link(request: Request, file: File, link: Link) -> dict[str, Any]:
    serving: Serving = request.app.state.serving
    platform = _platform(serving, file)
    received = file.entries[0].at
    is_decision = bool(file.public) and link.role == "person"
    held = links.is_held(serving.journal, file.id)
    return {
        "case": file.case,
        "number": str(file.id),
        "address": f"{serving.base_url(request)}/statement/{file.id}",
        "platform": platform.name,
        "own": f"/recourse/{file.id}/{request.path_params['capability']}",
        "demo": platform.demo and not serving.node.is_demonstration,  # whose pages all say it
        "vkey": serving.verifier.vkey,
        "d": worded(request, file.log_entries[0]) if is_decision else None,
        "did": headline(file.public, platform.name) if is_decision else None,
        "may_open": claim.may_be_exchanged(file.case, held=held),
        "can_complain": complaint.may_be_filed(file.case, received=received, now=casework.now()),
        "last_day": deadlines.due("C05", file.case.informed_at) if file.case.informed_at else None,
        "contact": None,
        "sent_step": request.url.path.rpartition("/")[2] if request.method == "POST" else "",
        "most_mb": evidence.MOST_BYTES // 1024 // 1024,
        "most_files": evidence.MOST_FILES,
    }


class Correction(NamedTuple):
    """What a page says of the decision in the place of the one that it is about."""

    may_be_opened: bool
    """Whether nobody has a link of their own to it yet."""
    last_day: datetime | None
    """Of a complaint about it; None where the time has not begun."""


def _correction(journal: Journal, file: File) -> Correction | None:
    if not file.case.corrected_by:
        return None
    new = casework.read(journal, UUID(file.case.corrected_by))
    since = new.case.informed_at
    return Correction(
        claim.may_be_exchanged(new.case, held=links.is_held(journal, new.id)),
        deadlines.due("C05", since) if since else None,
    )


def _of_claim(request: Request, file: File) -> dict[str, Any]:
    serving: Serving = request.app.state.serving
    capability = request.path_params["capability"]
    return {"claim": claims.by_capability(serving.journal, file.id, capability, casework.now())}


def _of_own(request: Request, file: File, link: Link) -> dict[str, Any]:
    serving, role = cast("Serving", request.app.state.serving), link.role
    translate = catalogue(language_of(request)).gettext
    exhibits = evidence.of_case(serving.journal, file.id)
    received, now = file.entries[0].at, casework.now()
    question, calls = _question(file, role), hearing.open_calls(serving.journal, file, role)
    can_complain = complaint.may_be_filed(file.case, received=received, now=now)
    answered, platform = standing.answered(file), _platform(serving, file)
    return {
        "role": role,
        "reported": of_report(platform.name, acted=answered.acted if answered else None),
        "answerer": _answerer(serving, file),
        "history": history.lines(file.entries, translate, "party", you=role),
        "correction": _correction(serving.journal, file),
        "mailed": mail.lines(
            outbox.mailed(serving.journal, file.id, role),
            platform.name,
            language_of(request),
            of_demonstration=serving.node.is_demonstration,
        ),
        "running": history.running(file.case),
        "outcome": history.OUTCOMES.get(file.case.outcome),
        "ordered": [text for step, text in history.STEPS.items() if step in file.case.ordered],
        "directions": history.DIRECTIONS,
        "answer": standing.answer(file),
        "finding": standing.finding(file),
        "report": file.find(NoticeReceived),
        "answered": answered,
        "newest": standing.newest(file),
        "danger": danger.of_case(
            serving.journal,
            file.id,
            hours=serving.node.settings.danger_hours,
            now=int(now.timestamp()),
        ),
        "may_say_danger": role == "notifier" and in_danger.may_say(file.case),
        "asks_danger": request.query_params.get("new") == "1",
        "just_filed": request.query_params.get("sent") == "complaint"
        and file.case.complaint in UNDECIDED,
        "in_demonstration": serving.node.is_demonstration,
        "files": [exhibit for exhibit in exhibits if exhibit.by in (role, "representative")],
        "contact": outbox.contact(serving.journal, file.id, role),
        "can_add": file.case.complaint in UNDECIDED,
        "question": question,
        "calls": calls,
        "steps": standing.steps(
            file.case,
            can_complain=can_complain,
            is_asked=question is not None,
            is_heard=bool(calls),
        ),
        "invited": file.case.decision == "invited",
        "lead_cases": standing.lead_cases(serving.journal, file, role, now),
        "speakers": _who_may_speak(serving.journal, file, role, now),
        "deciders_status": casework.deciders_status(serving.journal, file),
        "parts": _proven(file),
        "fresh_link": request.query_params.get("new") == "1",
        "was_again": request.query_params.get("again") == "1",
        "silent_after": None
        if file.case.complaint or can_complain
        else complaint.silent_after(file.case, received=received),
        "known_to_platform": roles.may_be_the_platform(file.case, Actor(role)),
        "can_disown": role == "person" and claim.may_disown(file.case, now),
        "may_ask_panel": panel.may_be_asked(file.case),
        "has_panels": bool(serving.node.settings.roster_key or serving.node.settings.charter),
        "panel_outcome": history.PANEL.get(file.case.ruling),
        "missing": _missing(file),
        "dispute": _disputed(file),
        "fact": _asked_for_a_fact(file),
        "may_challenge": not file.case.challenged
        and (file.case.panel == "composing" or "challenge" in clocks.running(file.case)),
        "may_ask_again": bool(file.case.ruling) and not file.case.panel_reopened,
        "again": history.AGAIN,
    }


class Answerer(NamedTuple):
    """Whom a visitor of a demonstration can be, to answer what waits for the platform."""

    part: str
    who: str


def _answerer(serving: Serving, file: File) -> Answerer | None:
    if not (serving.node.is_demonstration and standing.waits_for_the_desk(file.case)):
        return None
    part = demonstration.who_answers(serving.journal, file.platform, file.case)
    return None if part is None else Answerer(part, TOURS[part].who)


def _who_may_speak(
    journal: Journal, file: File, role: Party, now: datetime
) -> list[mandates.MandateRecord]:
    """The mandates that somebody can agree to, while there is something to speak about."""
    received = file.entries[0].at
    opens = complaint.may_be_filed(file.case, received=received, now=now)
    if file.case.mandate or not (opens or file.case.complaint in UNDECIDED):
        return []
    return mandates.in_force(journal, file.platform, role, now)


def _question(file: File, role: Party) -> str | None:
    """The question that waits for this side's answer."""
    if file.case.complaint not in OPEN or file.case.asked != role:
        return None
    return file.last(ComplaintAsked).question


def _proven(file: File) -> pseudonyms.Verdict | None:
    """What the newest answer proves of who looked again."""
    committed = file.find(PartsCommitted)
    return pseudonyms.judge(committed) if committed else None


def _disputed(file: File) -> dict[str, str] | None:
    """What an out-of-court body decided."""
    found = file.find(OutcomeReceived)
    if found is None:
        return None
    return {
        "outcome": history.PANEL[found.outcome],
        "body": found.by.partition(":")[2],
        "summary": found.summary,
    }


def _missing(file: File) -> str | None:
    """What the registrar waits for."""
    return file.last(CaseIncomplete).missing if file.case.panel == "incomplete" else None


def _asked_for_a_fact(file: File) -> str | None:
    """The panel's question to this side; a question to the platform is in the history."""
    if file.case.panel != "exchange" or file.case.fact_at is None:
        return None
    fact = file.last(CaseFactAsked)
    return fact.question if fact.of == "party" else None


def of_own_link(request: Request) -> tuple[File, Party]:
    """The case of a link that opens all of it; another is told no more than a wrong one."""
    file, link = of_link(request)
    if link.reach != "own":
        raise no_decision()
    return file, link.role


def of_link(request: Request) -> tuple[File, Link]:
    """The case of a link, and what it opens; a wrong one is told no more than a wrong uuid."""
    serving: Serving = request.app.state.serving
    try:
        file = casework.read(serving.journal, UUID(request.path_params["uuid"]))
    except (ValueError, Missing):
        raise no_decision() from None
    link = links.find(serving.journal, file.log_entries, request.path_params["capability"])
    if link is None:
        raise no_decision()
    return file, link
