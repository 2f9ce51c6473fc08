"""Who reads Spanish is told everything in Spanish: pages, refusals, letters, answers to programs.

Every state in which a case of the recorded journal ever was is walked through, by everybody who has
a page of it; each tries every step there is, with nothing filled in and with everything.
"""

import ast
import json
import re
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import get_args
from uuid import UUID

import httpx2
import pytest
from tests.case import readings
from tests.case.test_deliberation import SHEETS
from tests.conftest import new_node, run_async
from tests.web.english import english_in, nodes, own_nodes

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import catalogues

from amparo.case import clocks, complaint, deadlines, deliberation, notify, panel, state, worksheet
from amparo.errors import Refused
from amparo.ledger.case import casework, links, people
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.web.app import build
from amparo.web.http.state import Serving
from amparo.web.words import letters
from amparo.web.words.i18n import day, languages, localise

SOURCE = Path(__file__).parent.parent.parent / "src" / "amparo"
JOURNAL = Path(__file__).parent.parent / "vectors" / "journals" / "before-typed-events"
OTHERS = [code for code in languages() if code != "en"]
LENGTHS = re.compile(r"\b(\d+) (?:minutos|horas|días|meses)\b")
REASONS = "Porque la cláusula nombra amenazas, y la publicación cita una para informar de ella."
PERSON_STEPS = (
    *("complaint", "add", "withdraw", "panel", "complete", "challenge", "again", "reply"),
    *("confirm", "dispute", "disown"),
)
DESK_STEPS = ("assign", "open", "return", "ask", "decide", "inadmissible", "interim", "reopen")
PANEL_STEPS = ("worksheet", "vote", "question", "ruling")
FILLED = {
    "grounds": REASONS, "member": "a", "ground": "mistake", "reasons": REASONS, "reason": REASONS,
    "of": "platform", "question": "¿Cuál?", "outcome": "reversed", "steps": "restore_content",
    "direction": "restore", "summary": "Un resumen.", "dissent": "", "published": "",
}  # fmt: skip
API_STEPS = {
    "case/{}/hold": ({"kept": False}, {"kept": True}),
    "case/{}/remedy": (
        {"result": "done"},
        {"result": "partly"},
        {"result": "implemented", "reasons": REASONS},
    ),
    "case/{}/answer": ({"text": ""}, {"text": REASONS}),
    "case/{}/position": ({"text": ""}, {"text": REASONS, "content": "El texto."}),
    "case/{}/challenge": ({"member": "", "reasons": ""}, {"member": "a", "reasons": REASONS}),
    "notice/{}/answer": ({"result": "", "reasons": ""}, {"result": "acted", "reasons": ""}),
    "statement/{}/notice": ({"email": "nobody"},),
}


class World:
    """A node in this process, with every state of every recorded case as a case of its own."""

    def __init__(self, folder):
        self.node = new_node(folder).with_settings(roster_key="a", requests_a_minute=0)
        self.journal = Journal(self.node.journal)
        [platform] = [platforms.add(self.journal, "Foro", Profile())]
        self.token = platforms.new_token(self.journal, platform)
        seats = [
            people.add(self.journal, platform, name, f"{name}@foro.example", lead=name == "lea")
            for name in ("rosa", "lea")
        ]
        seats.append(people.add(self.journal, None, "A", "a@panel.example", known_as=("a",)))
        self.rosa, self.lead, self.member = (
            people.new_session(self.journal, seat.id) for seat in seats
        )
        self.cases = {}
        for rows in self._lives():
            for number in range(1, len(rows) + 1):
                self._begin(rows[:number])
        self._seal_worksheets()

    def _seal_worksheets(self):
        """In the recorded lives a fact is asked for before anybody has sealed a worksheet."""
        for case_id in self.cases.values():
            case = casework.read(self.journal, case_id).case
            if case.panel == "deliberation" and case.fact_at is None and not case.sheets:
                for member, answers in zip(case.members, SHEETS, strict=True):
                    step = partial(
                        deliberation.seal, member=member, answers=answers, now=casework.now()
                    )
                    casework.act(self.journal, case_id, step)
                return

    def _lives(self):
        lives = {}
        for line in (JOURNAL / "events.jsonl").read_text().splitlines():
            row = json.loads(line)
            lives.setdefault(row["case"], []).append(row)
        return [rows for rows in lives.values() if rows[0]["n"]]

    def _begin(self, rows):
        """A case with these events, unless one stands there already."""
        case_id = UUID(int=UUID(rows[0]["case"]).int ^ (len(rows) << 32))
        self.journal.append([[readings._row(row | {"case": case_id.hex}) for row in rows]])
        case = casework.read(self.journal, case_id).case
        stands = (case.decision, case.complaint, case.remedy, case.panel, case.misuse, case.sheets)
        self.cases.setdefault(stands, case_id)

    def person(self, case_id):
        case = casework.read(self.journal, case_id)
        role = "person" if case.public or case.case.misuse else "notifier"
        with self.journal.transaction():
            return f"/recourse/{case_id}/{links.new(self.journal, case_id, role).hex()}"

    def walk(self, visit, language="es"):
        """Every answer of this node to what `visit` asks it in a language."""

        async def walking():
            serving = Serving(self.node)
            transport = httpx2.ASGITransport(build(serving))
            async with httpx2.AsyncClient(transport=transport, base_url="http://node") as http:
                seen = []

                async def ask(path, method="GET", as_=None, form=None, body=None):
                    headers = {"accept-language": language, "accept": "text/html"}
                    if as_ is not None:
                        headers["cookie"] = f"desk={as_}"
                    if path.startswith("/api/"):
                        headers["authorization"] = f"Bearer {self.token}"
                    given = {"json": body} if body is not None else {"data": form or {}}
                    answer = await http.request(
                        method, path, headers=headers, **(given if method == "POST" else {})
                    )
                    seen.append(answer)
                    return answer

                await visit(ask)
                return seen

        return run_async(walking())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One in which nobody takes a step."""
    made = World(tmp_path_factory.mktemp("world") / "node")
    yield made
    made.journal.close()


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Every page of every state, and what is said to every step that anybody tries there."""
    world = World(tmp_path_factory.mktemp("walked") / "node")

    tried = set()

    async def visit(ask):
        for (_, complains, _, sits, *_), case_id in world.cases.items():
            own, desk, seat = (
                world.person(case_id),
                f"/desk/case/{case_id}",
                f"/panel/case/{case_id}",
            )
            await ask(own)
            await ask(desk, as_=world.lead)
            await ask(f"/desk/misuse?case={case_id}", as_=world.lead)
            await ask(seat, as_=world.member)
            is_new = complains not in tried or sits not in tried
            tried.update((complains, sits))
            for form in ({}, FILLED) if is_new else (FILLED,):
                for step in DESK_STEPS:
                    await ask(f"{desk}/{step}", "POST", as_=world.lead, form=form)
                for step in PANEL_STEPS:
                    await ask(f"{seat}/{step}", "POST", as_=world.member, form=form)
                for step in PERSON_STEPS:
                    await ask(f"{own}/{step}", "POST", form=form)
            for path, bodies in API_STEPS.items():
                for body in bodies:
                    await ask(f"/api/v1/{path.format(case_id)}", "POST", body=body)

    answers = world.walk(visit)
    world.journal.close()
    return answers


def test_no_page_of_a_case_and_no_refusal_there_has_english_in_it(seen):
    pages = [one for one in seen if "html" in one.headers.get("content-type", "")]
    texts = set().union(*(nodes(page.text) for page in pages))

    assert not english_in(texts)
    assert len({text for text in texts if text.endswith(".")}) > 200
    assert sum(page.status_code >= 400 for page in pages) > 200


def test_no_step_on_a_case_is_a_mistake_of_the_node(seen):
    assert not [one.url for one in seen if one.status_code >= 500]


def test_no_error_that_a_program_is_told_of_a_case_has_english_in_it(seen):
    answers = [one for one in seen if one.url.path.startswith("/api/")]
    refused = [one.json() for one in answers if one.status_code >= 400]
    fields = [texts for answer in refused for texts in answer.pop("errors", {}).values()]
    texts = {text for answer in refused for text in answer.values()} | set().union(*fields)

    assert not english_in(texts)
    assert len(texts) > 20


@pytest.mark.parametrize("language", OTHERS)
def test_no_letter_has_english_in_it(world, language):
    letters = readings.words(world.journal, world.node, (language,))["letters"]
    texts = {text for one in letters.values() if language in one for text in one[language]}

    assert not english_in(texts, language)
    assert len(texts) > 40


@pytest.mark.parametrize("language", [code for code in OTHERS if code != "es"])
def test_no_page_of_a_case_has_english_in_it_in_any_language(world, language):
    """What is refused there is walked through in Spanish alone: `test_texts_of_errors` has it."""

    async def visit(ask):
        for case_id in world.cases.values():
            await ask(world.person(case_id))
            await ask(f"/desk/case/{case_id}", as_=world.lead)
            await ask(f"/panel/case/{case_id}", as_=world.member)

    texts = set().union(*(own_nodes(page.text) for page in world.walk(visit, language)))

    assert not english_in(texts, language)


def test_english_would_be_seen():
    assert english_in({"It is too late to reopen this complaint."})
    assert english_in({"se cerró el 5 January 2026"})


@pytest.fixture
def other_limits(monkeypatch):
    """Every time limit with another length than any has; name -> length."""
    lengths = {
        name: 201 + number
        for number, (name, clock) in enumerate(deadlines.CLOCKS.items())
        if clock.length is not None
    }
    for name, length in lengths.items():
        changed = deadlines.CLOCKS[name]._replace(length=length)
        monkeypatch.setitem(deadlines.CLOCKS, name, changed)
    return lengths


def said_lengths(texts):
    """Every length of time in some texts, but for the measures that a worksheet offers."""
    offered = "Suspensión de la cuenta por hasta "
    return {
        int(number) for text in texts if offered not in text for number in LENGTHS.findall(text)
    }


def test_a_changed_limit_is_told_in_every_letter(other_limits):
    """A number of days that is not from the table would be one of the numbers of before."""
    kinds = get_args(notify.ToPeople)
    texts = [localise(one, "es") for kind in kinds for one in letters.words(kind, "Foro")]
    told = (
        *("C05", "question", "incomplete", "C27", "C08", "fact", "C10", "C09", "objection"),
        *("hearing", "repair", "lead"),
    )

    assert said_lengths(texts) == {other_limits[name] for name in told}


def test_a_changed_limit_is_told_on_every_page_and_in_letters_about_a_case(world, other_limits):
    async def visit(ask):
        for case_id in world.cases.values():
            await ask(world.person(case_id))
            await ask(f"/desk/case/{case_id}", as_=world.lead)
            await ask(f"/desk/case/{case_id}", as_=world.rosa)
            await ask(f"/panel/case/{case_id}", as_=world.member)
        await ask("/desk/misuse", as_=world.lead)

    pages = [nodes(one.text) for one in world.walk(visit)]
    letters = readings.words(world.journal, world.node)["letters"].values()
    in_letters = {text for one in letters if "es" in one for text in one["es"]}

    told = {
        other_limits[name]
        for name in (
            *("C05", "C14", "repair", "correction", "question", "fact", "reopen"),
            *("claim", "disown"),
        )
    }
    assert said_lengths(set().union(*pages)) == told
    assert other_limits["C05"] in said_lengths(in_letters)
    assert said_lengths(in_letters) <= {*other_limits.values()}


def ends(case, received):
    """Every period that runs in a case and is shown by its last day."""
    silent = complaint.silent_after(case, received=received)
    name = complaint.answer_clock(danger=case.danger, flagged=case.flagged)
    return clocks.running(case) | ({name: silent} if silent else {})


def test_no_limit_of_the_table_is_told_to_nobody(world, other_limits):
    """Each as its length, or as the day on which it ends; both come from the table as it is now."""
    shown = {}

    async def visit(ask):
        for case_id in world.cases.values():
            shown[case_id] = nodes((await ask(world.person(case_id))).text)
            for path, who in (("desk", world.lead), ("panel", world.member)):
                shown[case_id] |= nodes((await ask(f"/{path}/case/{case_id}", as_=who)).text)
        shown[None] = nodes((await ask("/desk/misuse", as_=world.lead)).text)
        shown[None] |= nodes((await ask("/desk/groups", as_=world.lead)).text)

    world.walk(visit)
    kinds = get_args(notify.ToPeople)
    in_letters = [localise(one, "es") for kind in kinds for one in letters.words(kind, "Foro")]
    lengths = said_lengths({*in_letters}.union(*shown.values()))
    by_day = set()
    for case_id in world.cases.values():
        file = casework.read(world.journal, case_id)
        for name, end in ends(file.case, file.entries[0].at).items():
            if any(day(end, "es") in text for text in shown[case_id]):
                by_day.add(name)

    by_length = {name for name, length in other_limits.items() if length in lengths}
    # The one notice of this world that waits is of danger, and its hours are over. No other side
    # waits to be told, and no organisation has complained.
    elsewhere = {"C02", "C02-danger", "C02-flagger", "tell", "C06-represented"}
    assert {*other_limits} - by_length - by_day == elsewhere
    assert {"C06", "C07", "assign", "hold", "warning"} <= by_day


def test_another_number_of_judges_is_told_on_every_page_and_in_refusals(world, monkeypatch):
    monkeypatch.setattr(state, "JUDGES", 73)

    async def visit(ask):
        for case_id in world.cases.values():
            await ask(world.person(case_id))

    pages = " ".join(one.text for one in world.walk(visit))
    challenged = state.Case(panel="exchange", challenged="ana")
    with pytest.raises(Refused) as refused:
        panel.deliberate(challenged, by=state.Actor("registrar", "Ana"), now=datetime.now(UTC))

    assert pages.count(" 73 miembros ") > 1
    assert "73 members" in refused.value.fix


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_panel_of_another_size_is_told_in_letters_and_on_pages(world, monkeypatch, language):
    monkeypatch.setattr(panel, "SEATS", 71)

    async def visit(ask):
        for case_id in world.cases.values():
            await ask(f"{world.person(case_id)}?lang={language}")

    pages = " ".join(one.text for one in world.walk(visit))
    texts = [localise(one, language) for one in letters.words("case_submitted", "Foro")]

    assert " 71 " in " ".join(texts)
    assert re.search(r"panel (of|de) 71 p", pages)


def strings_of(*files):
    """Every text that stands in these files of the source."""
    trees = [ast.parse((SOURCE / file).read_text()) for file in files]
    constants = [
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    ]
    return {node.value for node in constants if isinstance(node.value, str)}


def test_no_text_has_a_length_of_time_of_its_own():
    """In words or figures: whoever changes a limit would not find it.

    The law has that of a transparency report; a worksheet offers measures of some lengths; the
    window of the detector of waves, and the mean of a week's days, are no limits.
    """
    number = r"(\d+|two|three|five|seven|ten|twelve|fourteen|thirty|sixty|seventy-five|ninety)"
    length = re.compile(rf"\b{number} (minutes|hours|days|months)\b", re.IGNORECASE)
    texts = {str(message.id) for message in catalogues.extracted()}

    no_limits = {*worksheet.WORDS.values()}
    no_limits |= strings_of("observatory/naming.py", "web/public/figures.py")
    found = {text for text in texts - no_limits if length.search(text)}
    assert all(" two months" in f" {text.lower()}" for text in found)
    assert found <= strings_of("report/duties.py", "report/lint.py")


def test_no_text_says_how_many_sit_or_judge_by_itself():
    counted = re.compile(
        r"\b(\d+|two|three|four|five|six) (members|people whom|judges|seats)\b", re.IGNORECASE
    )

    found = {m.id for m in catalogues.extracted() if counted.search(str(m.id))}
    assert found <= {"somebody has two seats"}  # of a charter's roster, not of a panel


CAN_BE_ONE = re.compile(
    r"%\((n|number|count|days)\)s (people|cases|days|entries|decisions|drafts|cells|gaps|others)\b"
)
NEVER_ONE = (
    "%(n)s decisions or more.",  # as many as are counted at most
    "%(n)s decisions.",  # one has a sentence of its own
    "%(n)s people",  # shown from two upwards
    "%(known)s of %(days)s days known",  # of more than one
    "Only the newest %(n)s entries were looked through",
    "The same complaint was filed for %(n)s people.",  # two at least
    "This file was made for %(reader)s, when the log held %(number)s entries.",  # a case has two
    "A panel of %(number)s people",
)


def test_what_can_be_one_has_words_for_one():
    """A preview said "1 cases"."""
    counted = {m.id for m in catalogues.extracted() if CAN_BE_ONE.search(str(m.id))}
    single = {text for text in counted if isinstance(text, str)}

    assert {text for text in single if not text.startswith(NEVER_ONE)} == set()
