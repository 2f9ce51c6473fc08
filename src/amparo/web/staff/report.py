"""The desk's guided page for the transparency report: what is owed by when, what is missing.

Only a lead. What the record cannot know is asked here, and kept as it was typed; decisions are
counted from the whole record once, and at each look only what came since, on a thread of their own.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import texts
from amparo.case.roles import check_lead
from amparo.errors import AmparoError, Malformed, Text
from amparo.ledger.case.people import Person
from amparo.ledger.log.platforms import Platform
from amparo.ledger.storage.journal import Journal
from amparo.report import files, forms
from amparo.report.answers import Answers
from amparo.report.compare import Compared, compare
from amparo.report.duties import due
from amparo.report.forms import PARTS, Tier
from amparo.report.lint import ASKS, lint
from amparo.report.parts import reports
from amparo.report.table import Finding
from amparo.report.write import Given, write
from amparo.web.http import forms as sent
from amparo.web.http import rate
from amparo.web.http.state import Serving
from amparo.web.public.transparency import SEVERITIES, TIERS
from amparo.web.staff import desk
from amparo.web.words import report_figures, report_files
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

MOST_MORE = 100_000


class Made(NamedTuple):
    """A preview."""

    findings: tuple[Finding, ...]
    figures: Compared
    archive: bytes


async def show(request: Request) -> Response:
    """GET /desk/report: the transparency report: what is due, what is missing, what was counted."""
    person = _lead(request)
    return await _page(request, person, _year(request.query_params.get("year", "")))


async def save(request: Request) -> Response:
    """POST /desk/report: keep the answers."""
    sent.check_same_origin(request)
    person = _lead(request)
    serving: Serving = request.app.state.serving
    async with sent.read(request, max_fields=40) as form:
        year = _year(sent.text(form, "year"))
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            for name, value in typed.items():
                texts.check_length("", name, texts.LINE)
                texts.check_length(name, value, MOST_MORE if name == "more" else texts.SECTION)
            await _answers(request, typed, desk.platform_of(serving, person))
        except AmparoError as error:
            return await _page(request, person, year, typed=typed, wrong=sent.problem(error, form))
        encoded = msgspec.json.encode(typed).decode()
    name = _setting(person, year)
    await serving.work(lambda journal: _keep(journal, name, encoded))
    return RedirectResponse(f"/desk/report?year={year}", 303)


async def download(request: Request) -> Response:
    """GET /desk/report/{year}: the preview as files; nothing is published by it."""
    person = _lead(request)
    year = _year(str(request.path_params["year"]))
    serving: Serving = request.app.state.serving
    typed = _saved_answers(serving, person, year)
    given = await _answers(request, typed, desk.platform_of(serving, person))
    made = await _make(request, person, year, given)
    headers = {"content-disposition": f'attachment; filename="report-{year}-preview.zip"'}
    return Response(made.archive, media_type="application/zip", headers=headers)


def routes() -> list[Route]:
    """The addresses of this page."""
    return [
        Route("/desk/report", show, methods=["GET"]),
        Route("/desk/report", save, methods=["POST"]),
        Route("/desk/report/{year:int}", download, methods=["GET"]),
    ]


async def _page(
    request: Request,
    person: Person,
    year: int,
    *,
    typed: dict[str, str] | None = None,
    wrong: sent.Problem | None = None,
) -> Response:
    serving: Serving = request.app.state.serving
    platform = desk.platform_of(serving, person)
    answers = _saved_answers(serving, person, year) if typed is None else typed
    given = None if wrong else await _answers(request, answers, platform)
    made = await _make(request, person, year, given) if given is not None else None
    tier: Tier = _tier(answers)
    end = date(year, 12, 31)
    return page(
        request,
        "desk_report.html",
        status=wrong.status if wrong else 200,
        person=person,
        wrong=wrong,
        platform=platform.name,
        year=year,
        years=_years(),
        typed=answers,
        made=made,
        tier=tier,
        tiers=TIERS,
        severities=SEVERITIES,
        asks=ASKS,
        due=due(end),
        late=_today() > due(end),
        owed=[PARTS[number] for number in forms.owed(tier)],
        names=PART_NAMES,
        questions=[text.strip() for text in _questions(tier)],
    )


PART_NAMES = {
    1: N_("Who reports, and for when"),
    2: N_("Names of the categories"),
    3: N_("Orders of Member States"),
    4: N_("Notices"),
    5: N_("Own measures against the law"),
    6: N_("Own measures against the terms"),
    7: N_("Complaints, disputes, suspensions"),
    8: N_("Automated means"),
    9: N_("People"),
    10: N_("Recipients"),
    11: N_("What figures cannot say"),
}


async def _answers(request: Request, typed: dict[str, str], platform: Platform) -> Answers:
    """The answers as `amparo report write` reads them, from what was typed."""
    more = typed.get("more", "")
    if len(more) > MOST_MORE:
        raise Malformed(
            "Further answers are too long.",
            why=Text("it has {number} characters", number=len(more)),
            fix="Shorten them.",
        )
    source: dict[str, Any] = {
        "service": {
            "provider": typed.get("provider", ""),
            "name": typed.get("name") or platform.name,
            "platform": platform.slug,
            "tier": _tier(typed),
            "published": typed.get("published", ""),
            "previous": typed.get("previous", ""),
        },
        "qualitative": {
            text.strip(): typed.get(f"q{number}", "").strip()
            for number, text in enumerate(_questions(_tier(typed)))
        },
    }
    suspended = typed.get("suspensions_illegal", "").strip()
    if suspended:
        source["suspensions_illegal"] = _count(suspended)
    serving: Serving = request.app.state.serving
    return await serving.readers.answers(more, source, rate.network_of(request))


def _count(typed: str) -> int | str:
    """A number, or what was typed instead of one, which the answers' own reader refuses."""
    return int(typed) if typed.isdecimal() and len(typed) < 16 else typed


def _questions(tier: Tier) -> list[str]:
    return [text for applies, text in forms.QUALITATIVE if tier in forms.BOUND[applies]]


async def _make(request: Request, person: Person, year: int, given: Answers) -> Made:
    serving: Serving = request.app.state.serving
    platform = desk.platform_of(serving, person)
    asked = hashlib.sha256(repr(given).encode()).hexdigest()
    return await serving.counts.read(
        request,
        f"report {platform.id} {year} {asked}",
        lambda journal: _made(serving, journal, platform, year, given),
    )


def _made(
    serving: Serving, journal: Journal, platform: Platform, year: int, given: Answers
) -> Made:
    start, end = date(year, 1, 1), date(year, 12, 31)
    measures = serving.tally.of(journal, platform, start, end)
    heard = report_figures.heard(journal, platform, str(year))
    written = write(Given(measures, heard, given, str(start), str(end)))
    parts = report_files.csv_files(written)
    sheets = [sheet for name, body in parts.items() for sheet in files.sheets_of(name, body)[0]]
    [report], _ = reports(sheets)
    findings = (*written.findings, *lint(report, given.service.tier))
    return Made(findings, compare(report), files.write_zip(parts))


def _saved_answers(serving: Serving, person: Person, year: int) -> dict[str, str]:
    raw = serving.journal.setting(_setting(person, year))
    return {} if raw is None else msgspec.json.decode(raw, type=dict[str, str])


def _keep(journal: Journal, name: str, value: str) -> None:
    with journal.transaction():
        journal.set(name, value)


def _setting(person: Person, year: int) -> str:
    return f"report.{person.desk}.{year}"


def _tier(typed: dict[str, str]) -> Tier:
    given = typed.get("tier", "")
    return given if given in get_args(Tier) else "online_platform"  # type: ignore[return-value]  # just checked


def _years() -> list[int]:
    return [_today().year - back for back in range(3)]


def _year(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) in _years() else _years()[0]


def _today() -> date:
    return datetime.now(UTC).date()


def _lead(request: Request) -> Person:
    person = desk.signed_in(request)
    check_lead(person.reviewer.actor)
    return person
