"""The wave that chose its lead cases: some are examined fully, and whoever wants to waits for them.

Foro closes accounts in one week, and people complain faster than its desk can answer with care.
Lena chooses a lead case and has the others asked. Ana waits, Ben does not answer, Cleo says no. The
others are careless, hostile or late: a lead case is withdrawn, erased, or opened again after people
were answered; the platform joins by the link that it was given; somebody is in danger meanwhile.
"""

import re
import time
from contextlib import closing
from datetime import timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from tests.conftest import own_link, proven_link, run, statement
from tests.postbox import mailbox
from tests.stories.foro import foro_at
from tests.stories.seats import seat, shown

from amparo.case import deadlines
from amparo.ledger.case import casework, scheduler
from amparo.storage.journal import Journal

QUESTION = "Is one newsletter a month, to people who asked for it, the bulk that the clause means?"
REASONS = "The clause is about bulk that nobody asked for; this was one newsletter a month."
CAME = count(1)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def post():
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def foro(tmp_path_factory, post):
    with foro_at(tmp_path_factory.mktemp("leads"), post) as node:
        node.other = node.add_platform("Plaza")
        node.lena = seat(node, "Lena", "lena@foro.example", "--lead")
        node.lars = seat(node, "Lars", "lars@foro.example", "--lead")
        node.rosa = seat(node, "Rosa", "rosa@foro.example")
        node.omar = seat(node, "Omar", "omar@foro.example")
        yield node


class Person:
    """Somebody whose account was closed, and who complained by a link of their own."""

    def __init__(self, foro, grounds="I sent no spam.", decided_by=(), **said):
        self.foro, self.mail = foro, f"q{next(CAME)}@example.org"
        decision = statement(f"puid-{uuid4()}", **said)
        told = foro.http.post(
            "/api/v1/statement?wait=receipt", json=decision, headers=foro.auth
        ).json()
        self.case, self.told = told["uuid"], told
        self.own = own_link(foro.http, told)
        notice = {"decided_by": list(decided_by)}
        foro.http.post(f"/api/v1/statement/{self.case}/notice", json=notice, headers=foro.auth)
        assert self.post("complaint", grounds=grounds, email=self.mail).status_code == 303

    def post(self, path, **form):
        return self.foro.http.post(f"{self.own}/{path}", data=form)

    def wait(self):
        return self.post("lead", choice="wait")

    def stop(self):
        return self.post("lead", choice="alone")

    def page(self):
        return self.foro.http.get(self.own).text

    def read(self):
        with closing(Journal(self.foro.data / "journal.db", read_only=True)) as journal:
            return casework.read(journal, UUID(self.case))

    @property
    def now(self):
        case = self.read().case
        return case.lead, case.complaint

    def comes_to(self, lead, complaint="filed"):
        until(lambda: self.now == (lead, complaint), lambda: self.now)


def until(is_so, seen=lambda: ""):
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline, seen()
        time.sleep(0.1)


class Wave:
    """Lead cases and others, as Lena chose them and each was asked."""

    def __init__(self, foro, leads, others, question=QUESTION):
        self.foro, self.leads, self.others = foro, leads, others
        came = propose(foro, [*leads, *others], leads, question)
        assert came.status_code == 303, came.text
        self.at = came.headers["location"]
        self.number = self.at.rpartition("/")[2]
        for other in others:
            other.comes_to("asked", other.read().case.complaint)

    def page(self, who=None):
        return (who or self.foro.rosa).page(self.at)

    def answer(self, who, reasons=REASONS, steps=(), lead=None, **chosen):
        """`same` and `apart`: people; each as the page has shown them."""
        fields = dict(re.findall(r'name="(do:([0-9a-f-]{36}):\d+)"', self.page(who)))
        named = {case: field for field, case in fields.items()}
        form = {
            named.get(person.case, f"do:{person.case}:0"): what
            for what, people in chosen.items()
            for person in people
        }
        return who.post(
            f"{self.at}/answers",
            lead=(lead or self.leads[0]).case,
            reasons=reasons,
            steps=steps,
            why_apart="Theirs was no newsletter.",
            **form,
        )


def propose(foro, cases, leads, question=QUESTION, who=None, **more):
    who = who or foro.lena
    form = {
        "numbers_list": "\n".join(person.case for person in cases),
        "reasons_language": "en",
        "whom": "complaints",
    } | more
    seen = shown(who.preview(**form))
    named = "\n".join(person.case for person in leads)
    return who.post("/desk/leads", **form, **seen, leads=named, question=question)


def wave(foro, others=1, **said):
    return Wave(foro, [Person(foro)], [Person(foro, **said) for _ in range(others)])


def decide(who, person, outcome="upheld"):
    steps = ["restore_account"] if outcome != "upheld" else []
    assert who.step(person.case, "assign").status_code == 303
    assert who.step(person.case, "open").status_code == 303
    done = who.step(person.case, "decide", outcome=outcome, reasons=REASONS, steps=steps)
    assert done.status_code == 303, done.text


def thirty_days_pass(foro, person):
    """The clock of somebody's wait runs out, as the scheduler sees it then."""
    end = casework.ends(person.read().case, "lead")
    with closing(Journal(foro.data / "journal.db")) as journal:
        scheduler.expire_due(journal, int(end.timestamp()) + 1)


# --- as it is meant ---------------------------------------------------------------------------


def test_one_waits_one_does_not_answer_one_says_no_and_each_is_answered(foro, post):
    lead, ana, ben, cleo = (Person(foro) for _ in range(4))
    chosen = Wave(foro, [lead], [ana, ben, cleo])

    asked = (
        post.to(ana.mail, "Do you want to wait for a lead case at Foro?").get_body().get_content()
    )
    assert "If you do nothing, nothing changes" in asked
    assert QUESTION in ana.page()
    assert "You wait for at most 30 days" in ana.page()
    before = casework.ends(ana.read().case, "C06")
    assert ana.wait().status_code == 303
    assert cleo.stop().status_code == 303

    assert "It waits for a lead case, as you chose." in ana.page()
    told = post.to(ana.mail, "waits for a lead case").get_body().get_content()
    assert "You can stop waiting there at any time" in told
    assert "It waits until" in told
    assert (ana.now[0], ben.now[0], cleo.now[0]) == ("waiting", "asked", "ended")
    assert lead.now == ("", "filed")
    assert casework.ends(ana.read().case, "C06") is None
    assert casework.ends(ben.read().case, "C06") == before
    assert "Wait for a lead case?" not in cleo.page()
    # The others go the ordinary way, and so does the lead case.
    decide(foro.rosa, ben)
    decide(foro.rosa, lead, "reversed")
    page = chosen.page()
    assert "The decision says the same as that of the lead case." in page
    assert "I sent no spam." in page
    assert not re.findall(r'name="do:[^>]*checked', page), "nothing is ticked"
    done = chosen.answer(foro.rosa, same=[ana], steps=["restore_account"])

    assert "Answered like the lead case: 1." in done.text
    assert ana.now == ("ended", "remedy_open")
    assert REASONS in ana.page()
    assert lead.case not in ana.page()
    post.to(ana.mail, "Your complaint to Foro was decided")
    assert cleo.now == ("ended", "filed")


def test_the_desk_sees_who_waits_and_since_when_and_looks_at_nobody_meanwhile(foro):
    chosen = wave(foro, others=2)
    [ana, _] = chosen.others
    ana.wait()

    page = chosen.page()

    assert "Waiting. 1" in page
    assert "Asked, and not waiting. 1" in page
    assert ana.case[-12:] in page
    assert "Whoever waits longest does so since" in page
    assert ana.case in foro.rosa.page("/desk?state=waiting")
    assert ana.case not in foro.rosa.page("/desk?state=filed")
    for step in ("assign", "inadmissible"):
        refused = foro.rosa.step(ana.case, step, ground="not_covered", reasons=REASONS)
        assert (refused.status_code, "waits for a lead case" in refused.text) == (422, True)
    in_a_group = foro.lena.preview(
        numbers_list=ana.case, outcome="upheld", reasons=REASONS, reasons_language="en"
    )
    assert "0 cases fit this choice" in in_a_group
    assert foro.http.get(chosen.at).status_code == 401


def test_what_differs_is_shown_and_whoever_it_does_not_fit_is_looked_at_alone(foro, post):
    lead = Person(foro)
    ana = Person(foro, "I sold nothing.", incompatible_content_ground="Clause 9, selling")
    chosen = Wave(foro, [lead], [ana])
    ana.wait()
    decide(foro.rosa, lead)

    page = chosen.page()
    assert "Here the decision says something else:" in page
    assert "Clause 9, selling" in page
    assert "I sold nothing." in page
    done = chosen.answer(foro.rosa, apart=[ana])

    assert "Looked at alone: 1." in done.text
    assert ana.now == ("ended", "filed")
    assert "Theirs was no newsletter." in ana.page()
    letter = post.to(ana.mail, "does not wait for a lead case any more").get_body().get_content()
    assert "The complaint should be decided by" in letter
    decide(foro.rosa, ana, "reversed")


def test_whoever_waits_is_shown_beside_each_lead_case_and_what_only_that_says(foro):
    fraud = {"category_addition": ["STATEMENT_CATEGORY_SCAMS_AND_FRAUD"]}
    first, second, ana = Person(foro, **fraud), Person(foro), Person(foro)
    chosen = Wave(foro, [first, second], [ana])
    ana.wait()
    decide(foro.rosa, first)
    page = chosen.page()
    assert "Only the decision of the lead case says:" in page
    assert "The decision says the same" not in page, "it says less"

    decide(foro.rosa, second, "reversed")

    page = chosen.page()
    for lead in (first, second):
        assert f"Beside the lead case <code>{lead.case[-12:]}</code>" in page
    assert page.count("The decision says the same as that of the lead case.") == 1


def test_the_reasons_of_the_lead_case_are_handed_to_nobody_by_themselves(foro):
    """They may tell of somebody: whoever answers the others writes the reasons anew."""
    chosen = wave(foro)
    chosen.others[0].wait()
    decide(foro.rosa, chosen.leads[0])

    page = chosen.page()

    assert REASONS in page, "to be read"
    assert re.search(r'<textarea name="reasons"[^>]*></textarea>', page)
    done = chosen.answer(foro.rosa, reasons="", same=chosen.others)
    assert done.status_code == 422
    assert chosen.others[0].now == ("waiting", "filed")


def test_whoever_was_answered_has_it_looked_at_alone_by_somebody_else_once(foro):
    chosen = wave(foro)
    [ana] = chosen.others
    ana.wait()
    decide(foro.rosa, chosen.leads[0])
    chosen.answer(foro.rosa, same=[ana])
    assert "My case is different" in ana.page()

    assert ana.post("alone", grounds="Mine went to nine members of a choir.").status_code == 303

    assert ana.now == ("ended", "reopened")
    assert "nine members of a choir" in foro.omar.page(f"/desk/case/{ana.case}")
    assert foro.rosa.step(ana.case, "assign").status_code == 422
    decide(foro.omar, ana, "reversed")
    assert ana.post("alone", grounds="And once more.").status_code == 422


# --- careless, late, hostile ------------------------------------------------------------------


def test_nobody_waits_longer_than_thirty_days_though_everybody_forgets_them(foro, post):
    chosen = wave(foro)
    [ana] = chosen.others
    ana.wait()

    thirty_days_pass(foro, ana)

    assert ana.now == ("ended", "filed")
    assert "The time for waiting is over." in ana.page()
    post.to(ana.mail, "does not wait for a lead case any more")
    file = ana.read()
    joined = file.case.filed_at
    most = deadlines.end_of(joined + (14 + 30) * DAY)
    assert casework.ends(file.case, "C06") <= most
    assert ana.wait().status_code == 422, "once in a case"


def test_the_lead_case_is_withdrawn_after_others_joined(foro, post):
    chosen = wave(foro, others=2)
    [ana, late] = chosen.others
    ana.wait()

    assert chosen.leads[0].post("withdraw").status_code == 303

    ana.comes_to("ended")
    assert "The lead cases are not examined any more." in ana.page()
    post.to(ana.mail, "does not wait for a lead case any more")
    until(lambda: "At its end." in chosen.page() or "at its end" in chosen.page())
    assert "Wait for a lead case?" not in late.page()
    assert (late.wait().status_code, late.now) == (422, ("asked", "filed"))
    decide(foro.rosa, ana)


def test_one_of_two_lead_cases_is_withdrawn_and_the_other_goes_on(foro):
    first, second, ana = (Person(foro) for _ in range(3))
    chosen = Wave(foro, [first, second], [ana])
    ana.wait()

    first.post("withdraw")
    decide(foro.rosa, second)

    assert ana.now == ("waiting", "filed")
    assert (
        "Answered like the lead case: 1." in chosen.answer(foro.rosa, same=[ana], lead=second).text
    )
    assert ana.now == ("ended", "closed")


def test_the_lead_case_is_erased_before_anybody_was_answered(foro):
    chosen = wave(foro)
    [ana] = chosen.others
    ana.wait()
    decide(foro.rosa, chosen.leads[0])

    run("erase", chosen.leads[0].case, "--reason", "request", "--yes", "--data", foro.data)

    ana.comes_to("ended")
    assert "The lead cases were erased." in chosen.page()
    decide(foro.rosa, ana)


def test_the_answer_of_the_lead_case_is_opened_again_after_others_got_it(foro, post):
    """Whom it went against is looked at again, by somebody else; whom it helped keeps it."""
    chosen = wave(foro, others=2)
    [ana, ben] = chosen.others
    ana.wait(), ben.wait()
    decide(foro.rosa, chosen.leads[0])
    chosen.answer(foro.rosa, same=[ana])
    chosen.answer(foro.rosa, apart=[ben])

    foro.lena.step(chosen.leads[0].case, "reopen", reasons="Nine letters were never read.")

    ana.comes_to("ended", "reopened")
    assert "The lead case that answered it was opened again." in ana.page()
    assert "Nine letters were never read." not in ana.page(), "that is somebody else's case"
    post.to(ana.mail, "is looked at once more")
    assert foro.rosa.step(ana.case, "assign").status_code == 422
    assert ben.now == ("ended", "filed")
    decide(foro.omar, ana, "reversed")
    helped = wave(foro)
    helped.others[0].wait()
    decide(foro.rosa, helped.leads[0], "reversed")
    helped.answer(foro.rosa, same=helped.others, steps=["restore_account"])
    assert helped.others[0].now == ("ended", "remedy_open")


def test_whoever_leaves_joins_no_more_and_two_groups_ask_nobody_twice(foro):
    chosen = wave(foro)
    [ana] = chosen.others
    assert ana.wait().status_code == 303
    assert ana.wait().status_code == 422
    assert ana.stop().status_code == 303
    assert ana.stop().status_code == 422
    assert ana.wait().status_code == 422

    ben = Person(foro)
    again = propose(foro, [ben, ana, lead := Person(foro)], [lead], "Is it the same question?")

    at = again.headers["location"]
    ben.comes_to("asked")
    until(lambda: "Not asked: to be looked at alone. 1" in foro.rosa.page(at))
    assert ana.now == ("ended", "filed")


def test_nobody_joins_once_a_lead_case_is_answered(foro):
    chosen = wave(foro)
    [ana] = chosen.others
    decide(foro.rosa, chosen.leads[0])

    assert "Wait for a lead case?" not in ana.page()
    refused = ana.wait()
    assert (refused.status_code, "too late to wait" in refused.text) == (422, True)
    assert ana.now == ("asked", "filed")


def test_the_platform_joins_by_the_link_that_it_was_given_and_wins_no_time(foro):
    """The handed over link lets nobody wait. Who opened the case first may; a claim ends it."""
    chosen = wave(foro)
    [ana] = chosen.others
    handed_over = ana.told["recourse_url"].removeprefix(foro.url)
    assert foro.http.post(f"{handed_over}/lead", data={"choice": "wait"}).status_code == 404
    assert ana.now[0] == "asked"
    ana.wait()  # as the platform, which opened the case before its person

    claimed = proven_link(foro, ana.told)

    page = foro.http.get(claimed).text
    assert "It was chosen before somebody showed that the case is theirs." in page
    assert "Wait for a lead case?" in page, "its person is asked anew"
    assert ana.now == ("asked", "filed")
    assert casework.ends(ana.read().case, "C06") is not None
    assert ana.stop().status_code == 404, "earlier links have ended"


def test_what_cannot_wait_does_not(foro):
    chosen = wave(foro, others=3)
    [ana, ben, cleo] = chosen.others
    for person in chosen.others:
        person.wait()

    foro.rosa.step(ana.case, "interim", direction="restore", reasons="There is an election.")
    ben.post("withdraw")
    foro.omar.step(cleo.case, "apart", reasons="She writes that somebody threatens her.")

    assert ana.now == ("ended", "filed")
    assert "Something came up that cannot wait." in ana.page()
    assert ben.now == ("ended", "closed")
    assert cleo.now == ("ended", "filed")
    assert "She writes that somebody threatens her." in cleo.page()
    decide(foro.rosa, chosen.leads[0])
    assert "Nobody was chosen" in chosen.answer(foro.rosa).text
    refused = chosen.answer(foro.rosa, same=[ana])
    assert "wait on" in refused.text
    assert ana.now == ("ended", "filed")


def test_a_panel_is_asked_for_meanwhile(foro):
    chosen = wave(foro)
    [ana] = chosen.others
    ana.wait()

    assert ana.post("panel", grounds="Please look.").status_code == 303

    assert ana.now == ("ended", "filed")
    assert "A panel or an out-of-court body looks at it." in ana.page()


def test_whoever_decided_about_one_answers_the_others(foro):
    """Rosa is the reviewer of the lead case, and took the decision about Ana herself."""
    lead, ana, ben = Person(foro), Person(foro, decided_by=["rosa"]), Person(foro)
    chosen = Wave(foro, [lead], [ana, ben])
    ana.wait(), ben.wait()
    decide(foro.rosa, lead)

    done = chosen.answer(foro.rosa, same=[ana, ben])

    assert "Answered like the lead case: 1." in done.text
    assert "You took the decision that is complained about." in done.text
    assert (ana.now, ben.now) == (("waiting", "filed"), ("ended", "closed"))
    assert "Answered like the lead case: 1." in chosen.answer(foro.omar, same=[ana]).text


def test_who_writes_something_after_the_page_was_shown_is_read_again(foro):
    chosen = wave(foro)
    [ana] = chosen.others
    ana.wait()
    decide(foro.rosa, chosen.leads[0])
    [field] = set(re.findall(r'name="(do:[^"]+)"', chosen.page()))
    ana.post("add", grounds="I forgot: they were nine members of a choir.")

    form = {field: "same", "lead": chosen.leads[0].case, "reasons": REASONS}
    done = foro.rosa.post(f"{chosen.at}/answers", **form)

    assert "Something happened in it since you looked." in done.text
    assert ana.now == ("waiting", "filed")
    assert "nine members of a choir" in chosen.page()


def test_a_letter_that_does_not_arrive_changes_nobodys_time(foro, post):
    chosen = wave(foro)
    [ana] = chosen.others
    post.replies[ana.mail] = "550 no such user"
    ana.wait()

    thirty_days_pass(foro, ana)

    assert ana.now == ("ended", "filed")
    at = f"/desk/case/{ana.case}"
    until(lambda: "Letters of this case that did not arrive" in foro.rosa.page(at))


def test_only_a_lead_of_this_desk_chooses_and_a_lead_case_is_one_of_them(foro):
    lead, ana = Person(foro), Person(foro)

    by_a_reviewer = propose(foro, [lead, ana], [lead], who=foro.rosa)
    outside = propose(foro, [ana], [lead])
    nobody = propose(foro, [lead, ana], [])
    alone = propose(foro, [lead], [lead])
    wordless = propose(foro, [lead, ana], [lead], "Why?")

    for refused, why in (
        (by_a_reviewer, "Only a lead may take this step."),
        (outside, "is not among those that were chosen"),
        (nobody, "Choose the lead cases."),
        (alone, "Nobody can be asked."),
        (wordless, "too short to be understood"),
    ):
        assert why in refused.text
        assert refused.status_code in (403, 422)
    assert ana.now == ("", "filed")


def test_the_desk_ends_it_and_everybody_who_waits_goes_back(foro):
    chosen = wave(foro, others=2)
    [ana, ben] = chosen.others
    ana.wait()
    assert "Only a lead may" in foro.rosa.post(f"{chosen.at}/end", reasons=REASONS).text

    assert foro.lars.post(f"{chosen.at}/end", reasons=REASONS).status_code == 303

    ana.comes_to("ended")
    assert REASONS in ana.page()
    assert ben.wait().status_code == 422
    again = foro.lars.post(f"{chosen.at}/end", reasons=REASONS)
    assert again.status_code == 422


def test_everybody_reads_how_many_wait_from_ten_on(foro):
    chosen = wave(foro, others=10)
    for person in chosen.others:
        assert person.wait().status_code == 303

    until(lambda: "Who waits for a lead case" in foro.http.get("/remedies").text)

    shown_to_all = foro.http.get("/remedies").text
    assert re.search(r"Foro: 1\d \(the longest since ", shown_to_all)
    assert chosen.others[0].case not in shown_to_all


def test_danger_speech_and_reports_are_not_asked(foro):
    lead = Person(foro)
    hate = Person(foro, category="STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH")
    ana = Person(foro)

    came = propose(foro, [lead, hate, ana], [lead], along=["speech", "danger"])

    assert came.status_code == 303, came.text
    ana.comes_to("asked")
    assert hate.now == ("", "filed")
    assert "People: 1" not in foro.rosa.page(came.headers["location"])
