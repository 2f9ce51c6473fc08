"""The desk's pages for the transparency report: what is owed by when, every answer, the sign-off.

Only a lead. What the record cannot know is asked here, section by section, and kept as it was
typed; what cannot be read, or is missing, is told of beside its field. Decisions are counted from
the whole record once, and at each look only what came since, on a thread of their own.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple, get_args

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import text_limits
from amparo.case.roles import check_lead
from amparo.errors import AmparoError, Malformed, Refused, Text
from amparo.ledger.case.people import Person
from amparo.ledger.log import platforms
from amparo.ledger.log.platforms import Platform, slug_of
from amparo.report import forms, questions
from amparo.report.answers import Answers
from amparo.report.compare import Compared, compare
from amparo.report.duties import FIRST_TEMPLATE_DAY, due
from amparo.report.forms import PARTS, Tier
from amparo.report.hearing import period_of
from amparo.report.lint import ASKS
from amparo.report.table import ERROR, Finding
from amparo.report.write import Given, Written, write
from amparo.storage.journal import Journal
from amparo.web.http import forms as sent
from amparo.web.http import rate
from amparo.web.http.state import Serving
from amparo.web.public.transparency import TIERS
from amparo.web.staff import desk, report_before, report_form
from amparo.web.words import report_figures, report_files, report_publishing, report_versions
from amparo.web.words.decision import N_
from amparo.web.words.pages import page
from amparo.web.words.report_findings import SEVERITIES

MOST_FILE = 100_000
"""Characters of a file of answers on the page; the command line takes any."""
MOST_FIELDS = 1_000
UNANSWERED = "Q1"
"""The rule that asks for every answer that is owed."""


class Period(NamedTuple):
    """A year, or a half of one: 1 or 2; 0 is the year."""

    year: int
    half: int

    @property
    def days(self) -> tuple[date, date]:
        """Its first and last day."""
        first = date(self.year, 7 if self.half == 2 else 1, 1)
        return first, date(self.year, 6, 30) if self.half == 1 else date(self.year, 12, 31)

    @property
    def query(self) -> str:
        """As an address names it."""
        return f"year={self.year}" + (f"&half={self.half}" if self.half else "")


class Desk(NamedTuple):
    """Whose report it is, for when, and what was typed so far."""

    person: Person
    platform: Platform
    period: Period
    tier: Tier
    typed: dict[str, str]


class Made(NamedTuple):
    """A preview."""

    findings: tuple[Finding, ...]
    figures: Compared
    given: Given
    written: Written


async def show(request: Request) -> Response:
    """GET /desk/report: the transparency report: what is due, what is missing, every answer."""
    person = _lead(request)
    return await _page(request, _desk(request, person, request.query_params))


async def save(request: Request) -> Response:
    """POST /desk/report: keep a section's answers, as they were typed."""
    sent.check_same_origin(request)
    person = _lead(request)
    async with sent.read(request, max_fields=MOST_FIELDS) as form:
        asked = _desk(request, person, form)
        typed = _of_form(form)
    try:
        for name, value in typed.items():
            text_limits.check_length("", name, text_limits.LINE)
            text_limits.check_length(
                name, value, MOST_FILE if name == "more" else text_limits.SECTION
            )
    except AmparoError as error:
        wrong = sent.problem(error, form)._replace(typed=typed)
        return await _page(request, asked._replace(typed={**asked.typed, **typed}), wrong=wrong)
    serving: Serving = request.app.state.serving
    if "tier" in typed:
        await serving.work(
            lambda journal: _keep(journal, f"report.{person.desk}.tier", typed["tier"])
        )
        return RedirectResponse(f"/desk/report?year={asked.period.year}", 303)
    if "take_over" in typed:
        before = _before(request, asked)
        missing = before.missing if before else lambda _: {}
        await _keep_answers(serving, asked, lambda known: {**known, **missing(known)})
        query = f"{asked.period.query}&taken={len(missing(asked.typed))}"
        return RedirectResponse(f"/desk/report?{query}#answers", 303)
    await _keep_answers(serving, asked, lambda known: _merged(asked, known, typed))
    section = typed.get("section", "")
    if section not in _sections(asked):
        return RedirectResponse(f"/desk/report?{asked.period.query}", 303)
    fresh = _desk(request, person, {"year": str(asked.period.year), "half": str(asked.period.half)})
    on = leads_on((await _look(request, fresh)).parts, section, fresh.typed)
    query = f"{asked.period.query}&kept={section}"
    return RedirectResponse(f"/desk/report?{query}#{on or 'sign'}", 303)


async def download(request: Request) -> Response:
    """GET /desk/report/{year}: the draft as an archive; nothing is published by it."""
    person = _lead(request)
    half = request.query_params.get("half", "")
    asked = _desk(request, person, {"year": str(request.path_params["year"]), "half": half})
    made = await _make(request, asked, await _answers(request, asked))
    body = _draft(request, asked, made, "")[1][report_versions.ARCHIVE]
    name = f"report-{asked.period.year}-draft.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="application/zip", headers=headers)


async def publish(request: Request) -> Response:
    """POST /desk/report/publish: sign the draft by name, and publish it for good."""
    sent.check_same_origin(request)
    person = _lead(request)
    async with sent.read(request, max_fields=10) as form:
        asked = _desk(request, person, form)
        try:
            await _publish(request, asked, form)
        except AmparoError as error:
            return await _page(request, asked, wrong=sent.problem(error, form))
    return RedirectResponse("/transparency/published", 303)


def routes() -> list[Route]:
    """The addresses of this page."""
    return [
        Route("/desk/report", show, methods=["GET"]),
        Route("/desk/report", save, methods=["POST"]),
        Route("/desk/report/publish", publish, methods=["POST"]),
        Route("/desk/report/{year:int}", download, methods=["GET"]),
    ]


async def _page(request: Request, asked: Desk, *, wrong: sent.Problem | None = None) -> Response:
    serving: Serving = request.app.state.serving
    made, problems, beside, others, parts = await _look(request, asked)
    too_long = {mistake.field: mistake.why for mistake in (wrong.mistakes if wrong else ())}
    start, end = asked.period.days
    latest = report_versions.latest(serving.node.reports, _name(asked), f"{start}/{end}")
    before = _sections(asked).get(request.query_params.get("kept", ""))
    first = next((part.section.name for part in parts if part.blocks), "")
    earlier = _before(request, asked)
    every = [*itertools.chain(*beside.values()), *others]
    errors = [finding for finding in every if finding.severity == ERROR]
    unplaced = [finding for finding in errors if not _field(finding, asked.tier)]
    return page(
        request,
        "desk_report.html",
        status=wrong.status if wrong else 200,
        person=asked.person,
        wrong=wrong,
        platform=asked.platform.name,
        period=asked.period,
        start=start,
        end=end,
        years=_years(),
        halves=halves(asked.tier, asked.period.year),
        typed=asked.typed,
        made=made,
        problems=problems | too_long,
        beside=beside,
        parts=parts,
        before=before,
        open=leads_on(parts, before.name, asked.typed) if before else first,
        next=leads_on(parts, before.name, {}) if before else "",
        unplaced=unplaced,
        blocking=sum(part.blocks for part in parts) + len(unplaced),
        advice=[finding for finding in every if finding.severity != ERROR],
        said_by_the_rule=SAID_BY_THE_RULE,
        tier=asked.tier,
        tiers=TIERS,
        severities=SEVERITIES,
        asks=ASKS,
        due=due(end),
        late=_today() > due(end),
        is_over=_today() > end,
        latest=latest[0] if latest else None,
        earlier=earlier,
        may_be_taken=len(earlier.missing(asked.typed)) if earlier else 0,
        taken=_taken(request, earlier, asked.typed),
        owed=[PARTS[number] for number in forms.owed(asked.tier)],
        names=PART_NAMES,
        rows=report_form.rows,
        labels=report_form.LABELS,
        most_rows=report_form.MOST_ROWS,
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


SAID_BY_THE_RULE = frozenset({"V-ZERO"})
"""Rules that say already what is expected of every value."""


class Part(NamedTuple):
    """A section of the answers, and what of it stands in the way of a signature."""

    section: report_form.Section
    unanswered: int
    unread: int
    """Answers that cannot be read, or are wrong."""

    @property
    def blocks(self) -> int:
        """How much of it has to be mended first."""
        return self.unanswered + self.unread


class Look(NamedTuple):
    """What a report comes to so far."""

    made: Made | None
    problems: dict[str, Text | str]
    """Field -> why it cannot be read."""
    beside: dict[str, list[Finding]]
    """Field -> what the rules say of it."""
    others: list[Finding]
    """What they say of no field."""
    parts: list[Part]


async def _look(request: Request, asked: Desk) -> Look:
    made, problems = None, dict(report_form.read(asked.typed, asked.tier).problems)
    try:
        made = await _make(request, asked, await _answers(request, asked))
    except Malformed as error:
        problems["more"] = error.texts[1]
    beside, others = _placed(made.findings if made else (), asked.tier)
    return Look(made, problems, beside, others, _parts(asked.tier, problems, beside))


def _parts(
    tier: Tier, problems: Mapping[str, object], beside: Mapping[str, list[Finding]]
) -> list[Part]:
    parts: list[Part] = []
    for section in report_form.sections(tier):
        found = [
            finding.rule
            for field, findings in beside.items()
            if section.owns(field)
            for finding in findings
            if finding.severity == ERROR
        ]
        unanswered = found.count(UNANSWERED)
        unread = len(found) - unanswered + sum(map(section.owns, problems))
        parts.append(Part(section, unanswered, unread))
    return parts


def leads_on(parts: Sequence[Part], name: str, typed: Mapping[str, str]) -> str:
    """The part that comes after the one that was kept; empty: nothing is open any more.

    It is that part itself where it has to be mended, or is a list, to which more may be added.
    """
    at = next(number for number, part in enumerate(parts) if part.section.name == name)
    here = parts[at]
    is_list = len(report_form.rows(here.section, typed)) > 1
    if here.blocks or is_list:
        return name
    return next((part.section.name for part in (*parts[at:], *parts[:at]) if part.blocks), "")


def _placed(
    findings: tuple[Finding, ...], tier: Tier
) -> tuple[dict[str, list[Finding]], list[Finding]]:
    """Findings by the field that they are about, and those about none."""
    beside: dict[str, list[Finding]] = {}
    others = []
    for finding in findings:
        if field := _field(finding, tier):
            beside.setdefault(field, []).append(finding)
        else:
            others.append(finding)
    return beside, others


def _field(finding: Finding, tier: Tier) -> str:
    """The field that a finding is about, which one of the sections shows; empty: none does."""
    field = report_form.field_of(questions.of_finding(finding), tier)
    shown = any(section.owns(field) for section in report_form.sections(tier))
    return field if shown else ""


async def _answers(request: Request, asked: Desk) -> Answers:
    """The answers as `amparo report write` reads them, from what was typed."""
    source = report_form.read(asked.typed, asked.tier).source
    service = {"provider": "", "name": _name(asked), "platform": asked.platform.slug}
    source["service"] = {**service, "tier": asked.tier, **source.get("service", {})}
    serving: Serving = request.app.state.serving
    more = asked.typed.get("more", "")
    return await serving.readers.answers(more, source, rate.network_of(request))


def _name(asked: Desk) -> str:
    return asked.typed.get("service.name", "").strip() or asked.platform.name


async def _make(request: Request, asked: Desk, given: Answers) -> Made:
    serving: Serving = request.app.state.serving
    digest = hashlib.sha256(repr(given).encode()).hexdigest()
    return await serving.counts.read(
        request,
        f"report {asked.platform.id} {asked.period} {digest}",
        lambda journal: _made(serving, journal, asked, given),
    )


def _made(serving: Serving, journal: Journal, asked: Desk, answers: Answers) -> Made:
    start, end = asked.period.days
    measures = serving.tally.of(journal, asked.platform, start, end)
    heard = report_figures.heard(journal, asked.platform, period_of(str(start), str(end)))
    given = Given(measures, heard, answers, str(start), str(end))
    written = write(given)
    findings = tuple(report_files.findings(written, given))
    return Made(findings, compare(report_files.read_back(written)), given, written)


def _draft(
    request: Request, asked: Desk, made: Made, reasons: str
) -> tuple[report_versions.Manifest, dict[str, bytes]]:
    node = request.app.state.serving.node
    service, period = made.given.answers.service.name, f"{made.given.start}/{made.given.end}"
    before = report_versions.latest(node.reports, service, period)
    return report_files.draft(
        made.written,
        made.given,
        made.findings,
        made_on=str(_today()),
        log=node.origin,
        platform=asked.platform.slug,
        before=before,
        reasons=reasons or ("-" if before else ""),
    )


async def _publish(request: Request, asked: Desk, form: FormData) -> None:
    serving: Serving = request.app.state.serving
    by, reasons = sent.text(form, "signed_by"), sent.text(form, "reasons")
    start, end = asked.period.days
    if report_form.read(asked.typed, asked.tier).problems:
        raise Refused(
            N_("The report is not signed: it has errors."),
            why=N_("some of what was typed cannot be read; it is told of beside its field"),
            fix=N_("Mend it, or empty the field."),
        )
    if report_versions.latest(serving.node.reports, _name(asked), f"{start}/{end}") and not reasons:
        raise Malformed(
            N_("A corrected version says why."),
            why=N_("a version is published, and no reasons are given"),
            fix=N_("Say what was wrong, and how it was found and mended."),
            field="reasons",
        )
    made = await _make(request, asked, await _answers(request, asked))

    def done(journal: Journal) -> None:
        service = made.given.answers.service.name
        others = {other.slug for other in platforms.every(journal)} - {asked.platform.slug}
        if slug_of(service) in others:
            raise report_publishing.of_another(service)
        manifest, bodies = _draft(request, asked, made, reasons)
        report_publishing.publish(serving.node, manifest, bodies, by=by, on=str(_today()))

    await serving.work(done)


# --- what was typed -----------------------------------------------------------------------------


def _desk(request: Request, person: Person, given: Mapping[str, object]) -> Desk:
    serving: Serving = request.app.state.serving
    tier = serving.journal.setting(f"report.{person.desk}.tier") or "online_platform"
    known: Tier = tier if tier in get_args(Tier) else "online_platform"  # type: ignore[assignment]  # just checked
    period = asked_for(known, str(given.get("year", "")), str(given.get("half", "")), _today())
    typed = _saved(serving.journal, person, period)
    return Desk(person, desk.platform_of(serving, person), period, known, typed)


def _of_form(form: FormData) -> dict[str, str]:
    """Every field with what was typed; one that was chosen more than once, with commas."""
    return {
        name: ",".join(value for value in form.getlist(name) if isinstance(value, str))
        for name in form
        if name not in ("year", "half")
    }


def _sections(asked: Desk) -> dict[str, report_form.Section]:
    return {section.name: section for section in report_form.sections(asked.tier)}


def _merged(asked: Desk, before: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """What was kept before, with a section of it as it was typed now; other sections stay."""
    section = _sections(asked).get(typed.get("section", ""))
    if section is None:
        return {**before}
    others = {name: value for name, value in before.items() if not section.owns(name)}
    now = {name: value for name, value in typed.items() if section.owns(name) and value.strip()}
    return others | now


def _saved(journal: Journal, person: Person, period: Period) -> dict[str, str]:
    raw = journal.setting(_setting(person, period))
    return {} if raw is None else msgspec.json.decode(raw, type=dict[str, str])


def _before(request: Request, asked: Desk) -> report_before.Before | None:
    """The report that this one begins with, as this node published it."""
    folder, platform = request.app.state.serving.node.reports, asked.platform.slug
    return report_before.of(folder, platform, _name(asked), asked.tier, *asked.period.days)


def _taken(request: Request, earlier: report_before.Before | None, typed: Mapping[str, str]) -> int:
    """How many answers were taken over just now: no more than stand there as they were given."""
    number = request.query_params.get("taken", "")
    if earlier is None or not re.fullmatch("[0-9]{1,3}", number):
        return 0
    return min(int(number), len(earlier.repeated(typed)))


async def _keep_answers(
    serving: Serving, asked: Desk, change: Callable[[Mapping[str, str]], Mapping[str, str]]
) -> None:
    """Change what is kept, as it is by then: another window may have kept another section."""

    def job(journal: Journal) -> None:
        with journal.transaction():
            answers = change(_saved(journal, asked.person, asked.period))
            encoded = msgspec.json.encode(answers).decode()
            journal.set(_setting(asked.person, asked.period), encoded)

    await serving.work(job)


def _keep(journal: Journal, name: str, value: str) -> None:
    with journal.transaction():
        journal.set(name, value)


def _setting(person: Person, period: Period) -> str:
    half = f".{period.half}" if period.half else ""
    return f"report.{person.desk}.{period.year}{half}"


def halves(tier: Tier, year: int) -> tuple[int, ...]:
    """Which periods of a year a report may be of: 0 is the year, 1 and 2 its halves.

    In 2025 the template was asked for from July on, so whoever reports yearly may begin there
    (Annex II, Part I, 3).
    """
    if tier in ("vlop", "vlose"):
        return 1, 2
    return (0, 2) if year == FIRST_TEMPLATE_DAY.year else (0,)


def asked_for(tier: Tier, year: str, half: str, today: date) -> Period:
    """The period that an address names; without one, that which has to be published next."""
    next_due = _next_due(tier, today)
    number = int(year) if year.isascii() and year.isdigit() else 0
    if number not in range(today.year - 2, today.year + 1):
        return next_due
    offered = halves(tier, number)
    if half.isascii() and half.isdigit() and int(half) in offered:
        return Period(number, int(half))
    return next_due if next_due.year == number else Period(number, offered[0])


def _next_due(tier: Tier, today: date) -> Period:
    """The first period whose report is not late yet."""
    first = (
        Period(year, half) for year in (today.year - 1, today.year) for half in halves(tier, 0)
    )
    return next(period for period in first if due(period.days[1]) >= today)


def _years() -> list[int]:
    return [_today().year - back for back in range(3)]


def _today() -> date:
    return datetime.now(UTC).date()


def _lead(request: Request) -> Person:
    person = desk.signed_in(request)
    check_lead(person.reviewer.actor)
    return person
