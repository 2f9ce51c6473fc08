"""The desk's pages of connections: trial, drafts, rules for all alike, and who may do what."""

import re
import time
from contextlib import closing

import pytest
from tests.conftest import run
from tests.connect.conftest import FORM, NOW, WITHOUT_GROUND, ban

from amparo.connectors import config
from amparo.connectors.record import Person
from amparo.connectors.trial import Trial
from amparo.errors import Text
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, drafts, ingest, items
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.web.http import telemetry

ANSWERS = {
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "ground_ref": "House rule 4",
    "explanation": "Adverts are not allowed in the threads.",
    "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
}


class Desk:
    """A lead and a seat of one desk; for each test a connection of its own on a node that serves."""

    def __init__(self, served, platform):
        self.served, self.platform, self.name = served, platform, ""
        served.add_platform(platform)
        self.lead, self.seat = self._sits("Lena", "--lead"), self._sits("Sam")
        self.node = open_node(served.data)

    @property
    def base(self):
        return f"/desk/connect/{self.name}"

    def connect(self, name):
        self.name = name
        own = FORM["connector"] | {"name": name, "platform": self.platform, "instance": name}
        with self.journal() as journal:
            connections.add(journal, config.read({"connector": own}), now=int(NOW.timestamp()))
        return self

    def journal(self):
        return closing(Journal(self.node.journal))

    def connection(self, journal):
        return connections.find(journal, self.name)

    def try_(self, *records):
        with self.journal() as journal:
            connection = self.connection(journal)
            found = ingest.read_as_trial(journal, self.node.secret(), connection, records)
            connections.set_trial(journal, connection, found)

    def take(self, *records):
        with self.journal() as journal:
            ingest.take(
                journal, self.node.secret(), self.connection(journal), records, now=casework.now()
            )

    def counts(self):
        with self.journal() as journal:
            return items.counts(journal, self.connection(journal).id)

    def get(self, path, who=None):
        return self.served.http.get(f"{self.base}{path}", headers=who or self.lead)

    def post(self, path, data, who=None):
        return self.served.http.post(f"{self.base}{path}", data=data, headers=who or self.lead)

    def group(self):
        """The address of the only group of drafts."""
        [key] = set(re.findall(rf"{self.base}(/drafts/\w+)", self.get("").text))
        return key

    def _sits(self, name, *more):
        email = f"{name.lower()}@{self.platform.lower()}.example"
        seat = ("--platform", self.platform, "--data", self.served.data)
        link = run("reviewer", "add", name, email, *more, *seat).stdout.splitlines()[-1]
        return self.served.enter(link)


@pytest.fixture(scope="module")
def seats(served):
    return Desk(served, "Plaza")


@pytest.fixture
def desk(seats, request):
    return seats.connect("c" + str(abs(hash(request.node.name)))[:10])


def bans(number, **more):
    return [
        ban(f"b{n}", decision=WITHOUT_GROUND, words={"reason": "spam"}, **more)
        for n in range(number)
    ]


def test_a_trial_shows_what_would_be_published_and_told_to_whom_and_only_a_lead_starts_it(desk):
    desk.try_(ban("whole", person=Person(email="ana@example.org")), *bans(3))

    shown = desk.get("", desk.seat).text
    assert "The trial: what would be published, and told to whom" in shown
    assert "Told by mail from this node</dt><dd>1<" in shown
    assert "3 × reason = <strong>spam</strong>" in shown
    assert "ana@example.org" not in shown
    assert desk.post("/start", {}, desk.seat).status_code == 422
    assert desk.post("/start", {}).status_code == 303
    with desk.journal() as journal:
        assert desk.connection(journal).state == "running"


def test_what_one_field_asks_for_is_missing_once(desk):
    """Four attributes of the schema say what was restricted."""
    restricting = ("decision_visibility", "decision_monetary", "decision_provision")
    unsaid = {
        n: v for n, v in WITHOUT_GROUND.items() if n not in (*restricting, "decision_account")
    }
    desk.try_()
    desk.post("/start", {})
    desk.take(ban("b", decision=unsaid))

    for path in ("", desk.group()):
        assert desk.get(path).text.count("What was restricted") == 1


def test_a_draft_is_completed_by_whoever_sits_there_and_says_what_is_still_missing(desk):
    desk.try_()
    desk.post("/start", {})
    desk.take(*bans(1))
    page = desk.get(desk.group(), desk.seat).text
    draft = re.search(rf"{desk.base}(/draft/\w+)", page)[1]

    half = desk.post(draft, {"decision_ground": ANSWERS["decision_ground"]}, desk.seat)
    assert half.status_code == 303
    assert desk.counts() == {"draft": 1}
    asked = desk.served.http.get(half.headers["location"], headers=desk.seat).text
    assert "What you said is kept, and the decision is not on the record yet." in asked
    assert 'name="category"' in asked
    assert 'name="decision_ground"' not in asked  # that was said
    rest = {name: value for name, value in ANSWERS.items() if name != "decision_ground"}
    assert desk.post(draft, rest, desk.seat).status_code == 303

    assert desk.counts() == {"stated": 1}
    assert desk.get(draft, desk.seat).status_code == 404


def test_what_cannot_be_is_shown_where_it_was_said_and_asked_again(desk):
    """It was kept and left out without a word: the draft waited on, as if nobody had come."""
    desk.try_()
    desk.post("/start", {})
    unsaid = ("application_date", "decision_account")
    decision = {name: value for name, value in WITHOUT_GROUND.items() if name not in unsaid}
    desk.take(ban("b", decision=decision))
    draft = re.search(rf"{desk.base}(/draft/\w+)", desk.get(desk.group()).text)[1]
    answers = ANSWERS | {"restriction": "DECISION_ACCOUNT_SUSPENDED"}

    strange = desk.post(draft, answers | {"restriction": "nothing"})
    assert strange.status_code == 422
    assert 'href="#f-restriction"' in strange.text
    assert 'id="f-restriction"' in strange.text

    later = desk.post(draft, answers | {"application_date": "2019-01-01"})
    assert desk.counts() == {"draft": 1}
    page = desk.served.http.get(later.headers["location"], headers=desk.lead).text
    [asked] = re.findall(r'<input name="application_date"([^>]*)>\s*</label>\s*<p class="wr', page)
    assert 'value="2019-01-01"' in asked
    desk.post(draft, {"application_date": "2025-03-01"})
    assert desk.counts() == {"stated": 1}


def token(page):
    """The token of the first form of a page that has one."""
    return re.search(r'name="form" value="([^"]+)"', page.text)[1]


def test_a_double_click_gets_the_page_that_was_asked_for(desk):
    desk.try_()
    start = {"form": token(desk.get(""))}
    first, second = desk.post("/start", start), desk.post("/start", start)
    desk.take(*bans(1))
    draft = re.search(rf"{desk.base}(/draft/\w+)", desk.get(desk.group()).text)[1]
    answers = ANSWERS | {"form": token(desk.get(draft))}
    third, fourth = desk.post(draft, answers), desk.post(draft, answers)

    for answer in (first, second, third, fourth):
        assert (answer.status_code, answer.headers["location"]) == (303, desk.base)
    assert desk.counts() == {"stated": 1}
    assert desk.post("/start", {"form": token(desk.get(""))}).status_code == 422


def test_a_draft_shows_what_it_was_decided_about_as_the_source_says_it(desk):
    post = "at://did:plc:bbbbbbbbbbbbbbbbbbbbbbbb/app.bsky.feed.post/3mfgpbefhqk2d"
    desk.try_()
    desk.post("/start", {})
    desk.take(*bans(1, subject=post))

    [single] = set(re.findall(rf"{desk.base}(/draft/\w+)", desk.get(desk.group()).text))

    assert f"<dt>What it was decided about</dt><dd>{post}</dd>" in desk.get(single).text


def test_a_rule_for_all_alike_is_shown_before_it_holds_and_holds_from_then_on(desk):
    desk.try_()
    desk.post("/start", {})
    desk.take(*bans(4, person=Person(informed=True)))
    group = desk.group()

    preview = desk.post(group, ANSWERS | {"when": "reason"})
    assert preview.status_code == 200
    assert "Of 4 that were looked at, 4 would be put on the record." in preview.text
    assert "Told by the platform already</dt><dd>4<" in preview.text
    assert desk.counts() == {"draft": 4}

    assert desk.post(group, ANSWERS | {"when": "reason", "confirm": "yes"}).status_code == 303
    assert desk.counts() == {"stated": 4}
    desk.take(ban("later", decision=WITHOUT_GROUND, words={"reason": " SPAM"}))
    desk.take(ban("other", decision=WITHOUT_GROUND, words={"reason": "rude"}))
    assert desk.counts() == {"stated": 5, "draft": 1}


def test_only_a_lead_speaks_for_all_alike(desk):
    desk.try_()
    desk.post("/start", {})
    desk.take(*bans(2))

    refused = desk.post(desk.group(), ANSWERS | {"when": "reason", "confirm": "yes"}, desk.seat)

    assert refused.status_code == 422
    assert desk.counts() == {"draft": 2}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"when": "reason"}, "does not say what follows"),
        (ANSWERS, "does not say when it holds"),
        (ANSWERS | {"when": "somebody's"}, "does not say when it holds"),
        (ANSWERS | {"when": "reason", "restriction": "burnt"}, "not in the lists of the law"),
    ],
)
def test_a_rule_that_says_nothing_is_refused_and_what_was_typed_stays(desk, data, why):
    desk.try_()
    desk.post("/start", {})
    desk.take(*bans(1))

    refused = desk.post(desk.group(), data)

    assert refused.status_code == 422
    assert why in refused.text.replace("&#39;", "'")
    if "explanation" in data:
        assert ANSWERS["explanation"] in refused.text


def test_a_draft_that_is_no_restriction_is_set_aside_for_good(desk):
    desk.try_()
    desk.post("/start", {})
    desk.take(*bans(1))
    draft = re.search(rf"{desk.base}(/draft/\w+)", desk.get(desk.group()).text)[1]

    assert desk.post(draft, {"aside": "yes"}, desk.seat).status_code == 303
    desk.take(*bans(1))

    assert desk.counts() == {"set aside": 1}


def test_nobody_of_another_desk_sees_a_connection(desk, served):
    other = Desk(served, "Agora")

    assert desk.get("", other.lead).status_code == 404
    assert desk.name not in served.http.get("/desk/connect", headers=other.lead).text
    assert desk.name in served.http.get("/desk/connect", headers=desk.lead).text


def test_a_source_that_fails_and_what_it_refused_are_shown_without_what_they_quote(desk):
    desk.try_()
    desk.post("/start", {})
    with desk.journal() as journal:
        connection = desk.connection(journal)
        connections.has_failed(journal, connection, "the token 'abc' is void", now=1)
    desk.take(ingest.Unreadable("line 7", "'ana@example.org' is no day"))

    with desk.journal() as journal:
        assert desk.connection(journal).failed_at == 0  # it was read well since
    shown = desk.get("").text
    assert "line 7" in shown
    assert "ana@example.org" not in shown


def test_the_thread_carries_a_rule_out_on_all_that_wait(desk):
    """More than are settled at once when it is made."""
    desk.try_()
    desk.post("/start", {})
    number = drafts.BATCH + 20
    desk.take(*bans(number))

    desk.post(desk.group(), ANSWERS | {"when": "reason", "confirm": "yes"})

    deadline = time.monotonic() + 120
    while desk.counts() != {"stated": number} and time.monotonic() < deadline:
        time.sleep(0.2)
    assert desk.counts() == {"stated": number}


def test_the_metrics_tell_what_waits(desk):
    """In the process that serves, as they are collected when somebody asks."""
    desk.try_()
    desk.post("/start", {})
    desk.take(*bans(2), ingest.Unreadable("line 1", "cut"))

    with desk.journal() as journal:
        connection = desk.connection(journal)
        found = telemetry.of_connections([(connection, items.counts(journal, connection.id))])

    samples = {sample.name: sample.value for family in found for sample in family.samples}
    assert samples == {
        "amparo_connector_drafts": 2,
        "amparo_connector_refused": 1,
        "amparo_connector_failing": 0,
        "amparo_connector_read_timestamp_seconds": connection.read_at,
    }


def test_orders_that_are_held_stand_there_with_the_reason_and_lead_to_their_case(desk):
    desk.try_()
    desk.post("/start", {})
    desk.take(ban("held"))
    with desk.journal() as journal:
        connection = desk.connection(journal)
        [case] = [entry.case for entry in journal.newest_decisions(1)]
        with journal.transaction():
            journal.db.execute(
                "INSERT INTO write_back VALUES (?, ?, ?, 7, NULL, 'unanswered')",
                (case.bytes, connection.id, int(NOW.timestamp())),
            )

    page = desk.get("", desk.seat).text

    assert "Orders that a person has to carry out" in page
    assert f'href="/desk/case/{case}"' in page
    assert "The system did not do it" in page
    assert "not carried out from here" in page  # nobody has switched it on


def test_why_a_source_fails_is_said_in_the_readers_language_and_without_what_it_quotes(desk):
    what = Text("The source does not work just now.")
    why = Text("it answered {status}", status="'Rosario, Calle Luna 5'")
    with desk.journal() as journal:
        connection = desk.connection(journal)
        both = Text("{what} {why}", what=what, why=why)
        connections.set_trial(journal, connection, Trial())
        connections.start(journal, desk.connection(journal))
        connections.has_failed(journal, connection, both, now=7)
        english = desk.connection(journal).why
        kept = journal.db.execute("SELECT why FROM connector WHERE id = ?", (connection.id,)).get

    spanish = desk.get("?lang=es", desk.seat).text

    assert english == "The source does not work just now. it answered '…'"
    assert "Rosario" not in kept
    assert "La fuente no funciona en este momento." in spanish
    assert "The source does not work" not in spanish
