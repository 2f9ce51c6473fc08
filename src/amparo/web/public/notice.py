"""Reporting something as illegal: a notice by anyone, without an account (DSA Article 16).

Whoever reports has the same ways as whoever is restricted: an acknowledgement, the decision and its
reasons, and a complaint when nothing is done.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import TypedDict
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import delivery
from amparo.case.delivery import InDanger
from amparo.errors import AmparoError, Malformed
from amparo.ledger.case import casework, links, suspensions, taken
from amparo.ledger.log import flaggers, platforms
from amparo.ledger.log.platforms import Platform
from amparo.ledger.outbound import outbox
from amparo.ledger.outbound.outbox import Contact
from amparo.record import address as addresses
from amparo.record import vocabulary as words
from amparo.storage.journal import Journal
from amparo.web.http import cookies, forms, rate, tokens
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.words.decision import N_
from amparo.web.words.pages import language_of, page

DANGERS = {"yes": N_("Yes"), "no": N_("No"), "unknown": N_("I do not know")}
"""Answers to the question whether somebody is in danger."""
COOKIE = "report"
"""The token of a browser that has sent a report, for a day; nobody is known by it."""


class Notified(TypedDict):
    """What a notice says."""

    why: str
    where: str
    category: str | None
    danger: InDanger


async def form(request: Request) -> Response:
    """GET /report: the form of Article 16."""
    return _page(request)


async def submit(request: Request) -> Response:
    """POST /report: hand a notice to a platform; the same form sent again leads to the same case.

    A browser that has sent one keeps its token for a day, so that another window of it is known
    too. Nobody else's report can be taken for it, not even one in the same words.
    """
    forms.check_same_origin(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=20) as sent:
        token = tokens.of(sent, cookies.read(request, COOKIE))
        digest = await tokens.digest(request, sent, token)
        own = tokens.link(serving.secret, digest)
        if (before := _before(serving.journal, digest, own)) is not None:
            return _to(before, own, again=True)
        try:
            rate.take(request, "notice")
            serving.check_space()
            platform = _platform(serving, forms.text(sent, "platform"))
            fields, address = _fields(sent), forms.email(sent)
            flag = forms.text(sent, "flagger")
            flagger = flaggers.of_token(serving.journal, platform, flag) if flag else None
        except AmparoError as error:
            return _page(request, forms.problem(error, sent))
    language = language_of(request)

    def job(journal: Journal) -> Response:
        with journal.transaction():
            if (before := _before(journal, digest, own)) is not None:
                return _to(before, own, again=True)
            # One that its reader has voided, say, is not made a second time.
            link = own if taken.find(journal, digest) is None else tokens.link(serving.secret, b"")
            case = _begin(journal, platform, fields, flagger, link)
            if address:
                _tell(journal, serving, case, Contact(address, language), fields)
            taken.keep(journal, digest, case)
        return _to(case, link, again=False)

    answer = await serving.work(job)
    if token:
        cookies.give(request, answer, COOKIE, token, seconds=taken.SECONDS, same_site="strict")
    return answer


def routes() -> list[Route]:
    """The addresses of the form."""
    return [
        Route("/report", form, methods=["GET"]),
        Route("/report", submit, methods=["POST"]),
    ]


def _before(journal: Journal, digest: bytes, own: bytes) -> UUID | None:
    """The case that this very form made, while the link that it made opens it."""
    before = taken.find(journal, digest)
    if before is None or before.case is None:
        return None
    opens = links.find(journal, journal.of_case(before.case), own.hex())
    return before.case if opens is not None else None


def _begin(
    journal: Journal, platform: Platform, fields: Notified, flagger: str | None, own: bytes
) -> UUID:
    now = casework.now()
    first = delivery.receive(**fields, flagger=flagger, now=now)
    case = casework.begin(journal, platform.id, first, now=now)
    links.new(journal, case, "notifier", own)
    return case


def _tell(
    journal: Journal, serving: Serving, case: UUID, sender: Contact, fields: Notified
) -> None:
    """Whoever left an address gets a letter with a link; who is suspended waits (Article 23)."""
    now = casework.now()
    outbox.set_contact(journal, case, "notifier", sender.email, sender.language)
    by_mail, due = links.new(journal, case, "notifier"), int(now.timestamp())
    outbox.put_with_link(journal, case, "notifier", "notice_received", by_mail, now=due)
    file = casework.read(journal, case)
    suspensions.pause_notice(
        journal, serving.secret, file, sender, now, danger=fields["danger"] == "yes"
    )


def _to(case: UUID, own: bytes, *, again: bool) -> Response:
    return RedirectResponse(f"/recourse/{case}/{own.hex()}?new=1{'&again=1' if again else ''}", 303)


def _page(request: Request, wrong: Problem | None = None) -> Response:
    serving: Serving = request.app.state.serving
    return page(
        request,
        "report.html",
        status=wrong.status if wrong else 200,
        wrong=wrong,
        platforms=platforms.every(serving.journal),
        categories=words.CATEGORY,
        dangers=DANGERS,
    )


def _platform(serving: Serving, slug: str) -> Platform:
    for platform in platforms.every(serving.journal):
        if platform.slug == slug:
            return platform
    raise Malformed(
        N_("Platform: choose one."), why=N_("None was chosen."), fix=N_("Choose it in the list.")
    )


def _fields(sent: FormData) -> Notified:
    """The four parts of Article 16(2); name and address are not needed here (2(c) for minors)."""
    why, where = forms.text(sent, "why"), forms.text(sent, "where")
    if not why:
        raise Malformed(
            N_("Why: the text is missing."),
            why=N_("A notice explains why the content is illegal (Article 16(2)(a))."),
            fix=N_("Say in your own words what is wrong and whom it harms."),
        )
    if not where:
        raise Malformed(
            N_("Where: the place is missing."),
            why=N_("A notice names the exact place of the content (Article 16(2)(b))."),
            fix=N_("Copy the address of the post, the comment or the profile."),
        )
    if addresses.holds_login(where):
        raise Malformed(
            N_("Where: the address holds a user name or a password."),
            why=N_("It would be shown to the platform, and kept."),
            fix=N_("Take out what stands between // and @, and change that password."),
        )
    if forms.text(sent, "good_faith") != "yes":
        raise Malformed(
            N_("Good faith: the statement is missing."),
            why=N_(
                "A notice says that what it states is true to the best of your knowledge "
                "(Article 16(2)(d))."
            ),
            fix=N_("Tick the box if that is so."),
        )
    category = forms.text(sent, "category")
    return {
        "why": why,
        "where": where,
        "category": category if category in words.CATEGORY else None,
        "danger": _danger(sent),  # shown first (Article 18)
    }


def _danger(sent: FormData) -> InDanger:
    """What was answered; where it was not, the page that follows asks, and nobody guesses."""
    match forms.text(sent, "danger"):
        case "yes" | "no" | "unknown" as answer:
            return answer
        case _:
            return ""
