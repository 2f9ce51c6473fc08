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

from amparo.case import notice
from amparo.case.notice import InDanger
from amparo.errors import AmparoError, Malformed, Mistakes, Refused
from amparo.ledger.case import casework, idempotency, links, suspensions
from amparo.ledger.log import flaggers, platforms
from amparo.ledger.log.platforms import Platform
from amparo.ledger.outbound import outbox
from amparo.ledger.outbound.outbox import Contact
from amparo.record import address as addresses
from amparo.record import vocabulary as words
from amparo.storage.journal import Journal
from amparo.web.http import cookies, form_tokens, forms, rate
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.words.decision import N_
from amparo.web.words.pages import language_of, page

DANGERS = {"yes": N_("Yes"), "no": N_("No"), "unknown": N_("I do not know")}
"""Answers to the question whether somebody is in danger."""
COOKIE = "report"
"""The token of a browser that has sent a report, for a day; nobody is known by it."""
ANOTHER = "another"
"""The field that says: it is another report, though it has the words of one before."""


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

    Another form in the same words, from a browser that has sent them within a day, may be another
    window of the same reader, or somebody else at the same machine: that is asked. Nobody is led to
    a report by more than the form that made it.
    """
    forms.check_same_origin(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=20) as sent:
        own = form_tokens.link(serving.secret, await form_tokens.digest(request, sent))
        if (before := _before(serving.journal, own)) is not None:
            return _to(before, own, again=True)
        browser = form_tokens.of_browser(sent, cookies.read(request, COOKIE))
        words = FormData([part for part in sent.multi_items() if part[0] != ANOTHER])
        here = await form_tokens.digest(request, words, browser)
        try:
            rate.take(request, "notice")
            serving.check_space()
            mistakes = Mistakes()
            with mistakes.of("platform"):
                platform = _platform(serving, forms.text(sent, "platform"))
                with mistakes.of("flagger"):
                    flagger = _flagger(serving, platform, forms.text(sent, "flagger"))
            with mistakes.of():
                fields = _fields(sent)
            with mistakes.of("email"):
                address = forms.email(sent)
            mistakes.end()
            if forms.text(sent, ANOTHER) != "yes":
                _check_is_new(serving.journal, here)
        except AmparoError as error:
            problem = forms.problem(error, sent)
            return _page(request, problem, asks=isinstance(error, _SameWords))
    language = language_of(request)

    def job(journal: Journal) -> Response:
        with journal.transaction():
            if (before := _before(journal, own)) is not None:
                return _to(before, own, again=True)
            # One that its reader has voided, say, is not made a second time.
            link = (
                own if links.made(journal, own) is None else form_tokens.link(serving.secret, b"")
            )
            case = _begin(journal, platform, fields, flagger, link)
            if address:
                _tell(journal, serving, case, Contact(address, language), fields)
            idempotency.keep(journal, here, case)
        return _to(case, link, again=False)

    answer = await serving.work(job)
    if browser:
        cookies.give(
            request, answer, COOKIE, browser, seconds=idempotency.SECONDS, same_site="strict"
        )
    return answer


def routes() -> list[Route]:
    """The addresses of the form."""
    return [
        Route("/report", form, methods=["GET"]),
        Route("/report", submit, methods=["POST"]),
    ]


def _before(journal: Journal, own: bytes) -> UUID | None:
    """The case that this very form made, while the link that it made opens it."""
    case = links.made(journal, own)
    if case is None or links.find(journal, journal.of_case(case), own.hex()) is None:
        return None
    return case


class _SameWords(Refused):
    """Whether it is another report has to be said."""


def _check_is_new(journal: Journal, here: bytes) -> None:
    """Raise where a browser has sent the same words already."""
    if idempotency.find(journal, here) is not None:
        raise _SameWords(
            N_("The same report was sent from this browser not long ago."),
            why=N_("That one was received, and is kept."),
            fix=N_(
                "If it was you, nothing needs to be done. If it was somebody else, or if this is "
                "another report, say so below and send it."
            ),
        )


def _begin(
    journal: Journal, platform: Platform, fields: Notified, flagger: str | None, own: bytes
) -> UUID:
    now = casework.now()
    first = notice.receive(**fields, flagger=flagger, now=now)
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


def _page(request: Request, wrong: Problem | None = None, *, asks: bool = False) -> Response:
    """The form; `asks`: also whether it is another report."""
    serving: Serving = request.app.state.serving
    return page(
        request,
        "notice.html",
        status=wrong.status if wrong else 200,
        wrong=wrong,
        platforms=platforms.every(serving.journal),
        categories=words.CATEGORY,
        dangers=DANGERS,
        asks_another=ANOTHER if asks else "",
    )


def _platform(serving: Serving, slug: str) -> Platform:
    for platform in platforms.every(serving.journal):
        if platform.slug == slug:
            return platform
    raise Malformed(
        N_("Platform: choose one."), why=N_("None was chosen."), fix=N_("Choose it in the list.")
    )


def _flagger(serving: Serving, platform: Platform, flag: str) -> str | None:
    return flaggers.of_token(serving.journal, platform, flag) if flag else None


def _fields(sent: FormData) -> Notified:
    """The four parts of Article 16(2); name and address are not needed here (2(c) for minors)."""
    mistakes = Mistakes()
    with mistakes.of("where"):
        where = _where(forms.text(sent, "where"))
    with mistakes.of("why"):
        why = _why(forms.text(sent, "why"))
    with mistakes.of("good_faith"):
        _check_good_faith(forms.text(sent, "good_faith"))
    mistakes.end()
    category = forms.text(sent, "category")
    return {
        "why": why,
        "where": where,
        "category": category if category in words.CATEGORY else None,
        "danger": _danger(sent),  # shown first (Article 18)
    }


def _why(why: str) -> str:
    if not why:
        raise Malformed(
            N_("Why: the text is missing."),
            why=N_("A notice explains why the content is illegal (Article 16(2)(a))."),
            fix=N_("Say in your own words what is wrong and whom it harms."),
        )
    return why


def _where(where: str) -> str:
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
    return where


def _check_good_faith(said_so: str) -> None:
    if said_so != "yes":
        raise Malformed(
            N_("Good faith: the statement is missing."),
            why=N_(
                "A notice says that what it states is true to the best of your knowledge "
                "(Article 16(2)(d))."
            ),
            fix=N_("Tick the box if that is so."),
        )


def _danger(sent: FormData) -> InDanger:
    """What was answered; where it was not, the page that follows asks, and nobody guesses."""
    match forms.text(sent, "danger"):
        case "yes" | "no" | "unknown" as answer:
            return answer
        case _:
            return ""
