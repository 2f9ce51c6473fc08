"""The panel that hears both: nobody loses what they have to a ruling that they knew nothing of.

Bea reports a post and Ivo wrote it. A panel, or an out-of-court body, may not rule for one of them
before the other was told and asked, unless somebody is in danger: then it says who, and asks
afterwards.
"""

import json
import re
import time
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from tests.bounced import notification
from tests.conftest import run
from tests.stories.seats import Seat
from tests.stories.test_a_letter_that_comes_back import piped, until
from tests.stories.test_the_body_that_gets_a_file_and_answers import MEMBERS, REASONS, worksheet
from tests.stories.test_the_reporter_and_the_author import People, foro, not_acted, post

from amparo.case import clocks
from amparo.case.events import HearingCalled
from amparo.ledger.case import casework
from amparo.storage.journal import Journal

__all__ = ["foro", "post"]  # fixtures

STAKE = "Your post names a street and a day. A panel may order that it is taken down."
FOR_IVO = "Your post is to be taken down: it names a street and a day, and threatens."
FOR_BEA = "The post comes back: the square that it names is public, and it threatens nobody."
DANGER = "She is named with her street, and he says that he comes tonight."
SUMMARY = "It is to go: it names a street and a day."
SONG = "I am Ivo. It is a song about a square."


@pytest.fixture(scope="module")
def panels(foro, post, tmp_path_factory):
    """The same node with a roster of six, and a registrar."""
    folder = tmp_path_factory.mktemp("panels")
    ada = '[registrar]\nname = "Ada"\nemail = "ada@panels.example"\n'
    (folder / "people.toml").write_text(ada + MEMBERS.replace("body.example", "panels.example"))
    ready = run(
        *("panel", "setup", "--members", folder / "people.toml"),
        *("--chains", folder / "chains", "--data", foro.data),
    )
    links = {line.split("\t")[0]: line.split("\t")[2] for line in ready.stdout.splitlines()}
    settings = foro.data / "amparo.toml"
    text = settings.read_text().replace('bounces = ""', 'bounces = "bounces@localhost"')
    settings.write_text(text)
    foro.stop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMPARO_SMTP", post.url)
        foro.start()
    added = run("panel", "registrar", "Ada", "ada@panels.example", "--data", foro.data).stdout
    foro.registrar, foro.chains = Seat(foro, added), folder / "chains"
    foro.members = {name: Seat(foro, link) for name, link in links.items() if name[0] == "m"}
    foro.body = folder / "body.key"
    vkey = run("case", "key", "odr.example", foro.body).stdout.strip()
    run("case", "body", "add", vkey, "--data", foro.data)
    return foro


@pytest.fixture
def people(panels, post):
    return AtAPanel(panels, post)


class AtAPanel(People):
    """What a panel and its registrar do beside what everybody else does."""

    def reported(self, **more):
        """Bea's report is not acted on, and she asks for a panel: her page, and her case."""
        beas, case = self.report(**more)
        not_acted(self, case)
        self.asks_for_a_panel(beas)
        return beas, case

    def asks_for_a_panel(self, page):
        sent = self.foro.http.post(f"{page}/panel", data={"grounds": "Please look again."})
        assert sent.status_code == 303, sent.text

    def leads(self, case, step, status=303, **form):
        sent = self.foro.registrar.post(f"/registrar/case/{case}/{step}", **form)
        assert sent.status_code == status, sent.text
        return sent.text

    def registrars_page(self, case):
        return self.foro.registrar.page(f"/registrar/case/{case}")

    def sits(self, case):
        """From the admission to the closed file: who sits."""
        self.leads(case, "admit")
        self.leads(case, "list", language="en")
        number = re.search(r"This is draw (\d+)", self.registrars_page(case))[1]
        chains = {name: self.foro.chains / f"{name}.chain" for name in ("m0", "m1", "m2")}
        values = {
            f"reveal.{name}": run("panel", "reveal", chain, number).stdout.strip()
            for name, chain in chains.items()
        }
        self.leads(case, "draw", **values)
        members = self.file(case).case.members
        self.leads(case, "form", **{f"clean.{name}": "None of the five." for name in members})
        whole = {"text": "No rule of ours forbids it.", "content": "A song about a square."}
        self.api(f"case/{case}/position", whole)
        self.leads(case, "close")
        return members

    def seals_and_votes(self, case, outcome="reverse"):
        """Each of those who sit answers alone, then all vote."""
        members = self.file(case).case.members
        for path, form in (("worksheet", worksheet()), ("vote", {"outcome": outcome})):
            for name in members:
                done = self.foro.members[name].post(f"/panel/case/{case}/{path}", **form)
                assert done.status_code == 303, done.text

    def rules(self, case, status=303, **more):
        """Whoever presides sends the ruling; the page that says why not, where it is refused."""
        ruling = {"reasons": REASONS, "summary": SUMMARY, "steps": "restrict"} | more
        first = self.foro.members[self.file(case).case.members[0]]
        sent = first.post(f"/panel/case/{case}/ruling", **ruling)
        assert sent.status_code == status, sent.text
        return sent.text

    def members_page(self, case):
        first = self.foro.members[self.file(case).case.members[0]]
        return first.page(f"/panel/case/{case}")

    def tells_ivo(self, case):
        """The platform hands over where to write to; the path of his own page."""
        self.api(f"case/{case}/other-side", {"email": self.ivo, "language": "en"})
        return self.mail(self.ivo, "A panel asks what you say before it rules on Foro")

    def says(self, page, text, status=303):
        sent = self.foro.http.post(f"{page}/heard", data={"grounds": text})
        assert sent.status_code == status, sent.text
        return sent.text

    def file(self, case):
        journal = Journal(self.foro.data / "journal.db", read_only=True)
        found = casework.read(journal, UUID(case))
        journal.close()
        return found

    def kinds(self, case):
        return [event.kind for event in self.file(case).events]

    def time_passes(self, case, clock):
        """To the end of a clock, and a second more."""
        journal = Journal(self.foro.data / "journal.db")
        end = clocks.running(casework.read(journal, UUID(case)).case)[clock]
        step = partial(clocks.expire, name=clock, now=end + timedelta(seconds=1))
        casework.act(journal, UUID(case), step)
        journal.close()


def test_an_answer_that_comes_after_the_vote_is_read_before_anything_is_ruled(people):
    beas, case = people.reported()
    people.sits(case)
    people.seals_and_votes(case)

    # Nobody has asked Ivo. The ruling says so, and how to mend it.
    refused = people.rules(case, 422, for_the_other=FOR_IVO)
    assert "The other side has to be heard first." in refused
    assert "The registrar asks it what it says" in refused
    assert FOR_IVO in refused  # nothing that was typed is lost
    assert "The other side was not asked yet" in people.members_page(case)

    # The registrar asks him; the platform alone knows him, and is given three days.
    assert "Ask the other side" in people.registrars_page(case)
    too_short = people.leads(case, "hear", 422, question="Well?")
    assert "Say what is at stake." in too_short
    people.leads(case, "hear", question=STAKE)
    people.leads(case, "hear", 422, question=STAKE)
    assert "asked to tell the other side" in people.registrars_page(case)
    [order] = [one for one in people.api(f"case/{case}")["wanted"] if "tell" in one["do"]]
    assert order == {"do": "tell_the_other_side", "question": STAKE, "before": "panel"}
    ivos = people.tells_ivo(case)
    shown = people.page(ivos)
    assert STAKE in shown
    assert "asked a panel of independent people to look again" in shown
    assert not [text for text in (people.bea, case, "Please look again.") if text in shown]
    assert "its time is not over yet" in people.rules(case, 422, for_the_other=FOR_IVO).lower()

    # He answers after the vote: each member has to look anew, with his words beside hers.
    people.says(ivos, SONG)
    people.says(ivos, "Once more.", 422)
    assert "Not every member has sealed a worksheet." in people.rules(case, 422)
    page = people.members_page(case)
    assert page.index("Whoever posted it says") < page.index(SONG)
    assert page.index(SONG) < page.index("Whoever reported it says") < page.index("Please look")
    assert SONG not in people.registrars_page(case)
    assert SONG not in people.page(beas)
    assert "The other side answered." in people.page(beas)

    people.seals_and_votes(case)
    bare = people.rules(case, 422)
    assert "The other side is told why, too." in bare
    people.rules(case, for_the_other=FOR_IVO)
    assert "A panel has decided the case of the other side." in people.page(ivos)
    assert FOR_IVO in people.page(ivos)
    told = people.post.to(people.ivo, "A panel has ruled on Foro in a case that concerns you")
    assert "nobody who sat on that" in told.get_body().get_content()


def test_a_reporter_who_wins_at_a_panel_leads_to_a_new_statement_that_somebody_else_looks_at(
    people,
):
    _, case = people.reported()
    sat = people.sits(case)
    people.leads(case, "hear", question=STAKE)
    ivos = people.tells_ivo(case)
    people.says(ivos, SONG)
    people.seals_and_votes(case)
    people.rules(case, for_the_other=FOR_IVO)

    # The platform names a new statement, or has not done what was ordered.
    bare = people.api(f"case/{case}/remedy", {"result": "implemented"}, 400)
    assert "The new statement is missing." in json.dumps(bare)
    made = people.issue(decision_facts="The post names a street and a day.")
    told = {"email": people.ivo, "decided_by": ["mod-17"]}
    people.api(f"statement/{made['uuid']}/notice", told, 202)
    people.api(f"case/{case}/remedy", {"result": "implemented", "statement": made["uuid"]})

    # Ivo has a time of his own, at the desk and before other people than those who sat.
    own = people.mail(people.ivo, "Foro took a decision about you")
    assert "You have at least 6 months" in people.page(own)
    people.complain(own, "It is a song about a square.")
    assert "needs another reviewer" in people.desk("max", made["uuid"], "assign", 422)
    people.opens("kim", made["uuid"])
    back = {"outcome": "reversed", "steps": "restore_content", "reasons": REASONS}
    assert "has to be heard first" in people.desk("kim", made["uuid"], "decide", 422, **back)
    people.asks_for_a_panel(own)
    people.leads(made["uuid"], "admit")
    listing = people.registrars_page(made["uuid"])
    assert listing.count("sat on a panel that has ruled on this matter") == len(sat)


def test_a_letter_that_bounces_has_told_nobody_and_the_platform_is_asked_instead(people):
    beas, case = people.reported()
    people.sits(case)
    people.leads(case, "hear", question=STAKE)
    called = people.file(case).last(HearingCalled)
    until(lambda: casework.now() > called.at)  # a platform does not answer in the same second
    people.tells_ivo(case)
    letter = people.post.to(people.ivo, "A panel asks what you say before it rules on Foro")
    until(lambda: "hearing.told" in people.kinds(case))

    def came_back():
        return piped(people.foro, notification(letter["message-id"]))[0] == 0

    until(came_back)

    assert people.kinds(case)[-1] == "hearing.lost"
    assert "A letter to the other side came back." in people.page(beas)
    [order] = [one for one in people.api(f"case/{case}")["wanted"] if "tell" in one["do"]]
    assert order["before"] == "panel"
    people.seals_and_votes(case)
    assert "heard first" in people.rules(case, 422, for_the_other=FOR_IVO)  # he knows of nothing

    # The platform gives him the page by its own way, and his time begins then.
    way_in = people.api(f"case/{case}/other-side", {})["recourse_url"]
    ivos = way_in.removeprefix(people.foro.url)
    assert STAKE in people.page(ivos)
    people.time_passes(case, "hearing")
    people.rules(case, for_the_other=FOR_IVO)
    assert "The time of the other side is over" in people.page(beas)


def test_a_panel_rules_in_danger_says_who_and_hears_afterwards(people):
    beas, case = people.reported()
    people.sits(case)
    people.seals_and_votes(case)

    short = people.rules(case, 422, for_the_other=FOR_IVO, unheard="Danger.")
    assert "Reasons are needed." in short
    people.rules(case, for_the_other=FOR_IVO, unheard=DANGER)
    shown = people.page(beas)
    assert "The other side was not heard first, since somebody is in danger:" in shown
    assert DANGER in shown
    assert people.api(f"case/{case}")["remedy"] == "sent"

    # He is asked at once afterwards, in his own case, and what he says is kept in hers.
    [order] = [one for one in people.api(f"case/{case}")["wanted"] if "tell" in one["do"]]
    assert order["question"] == FOR_IVO
    ivos = people.tells_ivo(case)
    assert "It was decided already, since somebody is in danger." in people.page(ivos)
    people.says(ivos, SONG)
    assert "hearing.answered" in people.kinds(case)
    assert people.api(f"case/{case}")["remedy"] == "sent"  # and the order stands


def test_a_reporter_is_heard_before_a_panel_brings_back_what_they_reported(people):
    """No danger lets a panel pass over her; her silence does, and she can complain once more."""
    beas, report = people.report()
    made = people.issue(source_type="SOURCE_ARTICLE_16", notice=report)
    people.api(f"notice/{report}/answer", {"result": "acted", "reasons": "It breaks our rules."})
    case = made["uuid"]
    opened = people.foro.http.post(f"{made['page']}/panel", data={"grounds": "It is a song."})
    ivos = opened.headers["location"].partition("?")[0]
    people.sits(case)
    people.leads(case, "hear", question="He says that it is a public square.")
    people.mail(people.bea, "A panel asks what you say before it rules on Foro")
    assert "may bring back what you reported" in people.page(beas)
    people.seals_and_votes(case)
    back = {"steps": "restore_content", "for_the_other": FOR_BEA}
    assert "has to be heard" in people.rules(case, 422, unheard=DANGER, **back)

    people.time_passes(case, "hearing")
    people.rules(case, **back)
    assert "The time of the other side is over" in people.page(ivos)
    assert FOR_BEA in people.page(beas)
    people.mail(people.bea, "A panel has ruled on Foro in a case that concerns you")
    people.complain(beas, "I live at that square.")
    assert people.api(f"case/{report}")["complaint"] == "filed"


# --- an out-of-court body ---------------------------------------------------------------------


def outcome(people, case, page, out, *more):
    """What a body decides from the file that Bea carries to it, signed."""
    path = out.parent / f"{out.name}.zip"
    for _ in range(200):
        got = people.foro.http.get(f"{page}/case-file")
        if got.status_code == 200:
            break
        time.sleep(0.05)
    path.write_bytes(got.content)
    (out.parent / "reasons.txt").write_text(REASONS)
    words = ("--outcome", "reverse", "--summary", SUMMARY, "--step", "restrict")
    run(
        *("case", "outcome", path, "--key", people.foro.body, "-o", out),
        *("--reasons", out.parent / "reasons.txt", *words, *more),
    )
    return out.read_bytes()


def test_a_bodys_outcome_comes_before_the_hearing_and_once_more_after_it(people, tmp_path):
    beas, case = people.report()
    not_acted(people, case)
    people.complain(beas, "It is still there.")
    raw = outcome(people, case, beas, tmp_path / "outcome")
    send = partial(people.foro.http.post, f"/api/case/{case}/outcome")

    first, again = send(content=raw), send(content=raw)

    assert (first.status_code, again.status_code) == (409, 409)
    assert "The other side has to be heard first." in first.text
    assert "send the same outcome again" in first.text
    assert people.kinds(case).count("hearing.called") == 1  # however often it is sent
    assert people.api(f"case/{case}")["remedy"] == ""
    [order] = [one for one in people.api(f"case/{case}")["wanted"] if "tell" in one["do"]]
    assert order["before"] == "body"
    people.api(f"case/{case}/other-side", {"email": people.ivo})
    ivos = people.mail(people.ivo, "An out-of-court body has decided on Foro: what do you say?")
    assert SUMMARY not in people.page(ivos)  # it is written for Bea
    people.says(ivos, SONG)

    taken, twice = send(content=raw), send(content=raw)

    assert (taken.status_code, taken.json()["remedy"]) == (201, "sent")
    assert twice.json() == taken.json()
    assert "the body has written nothing about it for you" in people.page(ivos)
    people.mail(people.ivo, "An out-of-court body has decided on Foro in a case that concerns you")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (("--heard", "answered"), "The body says that it has heard the other side."),
        (("--heard", "silent"), "did not answer in time."),
        (("--unheard", DANGER), DANGER),
    ],
)
def test_a_body_that_has_heard_the_other_side_or_says_who_is_in_danger_is_taken_at_once(
    people, tmp_path, said, shown
):
    beas, case = people.report()
    not_acted(people, case)
    raw = outcome(people, case, beas, tmp_path / "outcome", *said, "--for-the-other", FOR_IVO)

    taken = people.foro.http.post(f"/api/case/{case}/outcome", content=raw)

    assert taken.status_code == 201, taken.text
    assert shown in people.page(beas)
    is_asked_afterwards = "hearing.called" in people.kinds(case)
    assert is_asked_afterwards == ("--unheard" in said)
    # Whoever posted it gets a statement of their own, also where nobody complained at the desk.
    bare = people.api(f"case/{case}/remedy", {"result": "implemented"}, 400)
    assert "The new statement is missing." in json.dumps(bare)


def test_a_members_list_says_what_is_theirs_to_do_and_whom_they_wait_for(people):
    _, case = people.reported()
    presides, second, third = people.sits(case)

    def listed(name):
        """The card of the case in somebody's list, in words."""
        page = people.foro.members[name].page("/panel")
        [card] = [
            card for card in page.split("<article")[1:] if case in card.split("</article>")[0]
        ]
        return " ".join(re.sub("<[^>]*>", " ", card.split("</article>")[0]).split())

    def sends(name, path, **form):
        sent = people.foro.members[name].post(f"/panel/case/{case}/{path}", **form)
        assert sent.status_code == 303, sent.text

    assert "Fill in your worksheet" in listed(presides)
    page = people.foro.members[presides].page(f"/panel/case/{case}")
    assert leads_to(page, "Fill in your worksheet") == "worksheet"
    sends(presides, "worksheet", **worksheet())
    assert "Next: The others seal their worksheets." in listed(presides)
    assert "Sealed: 1 of 3." in people.foro.members[presides].page(f"/panel/case/{case}")
    for name in (second, third):
        sends(name, "worksheet", **worksheet())
    assert "Read the worksheets, and vote" in listed(presides)
    page = people.foro.members[presides].page(f"/panel/case/{case}")
    assert leads_to(page, "Read the worksheets, and vote") == "sheets"
    sends(presides, "vote", outcome="uphold")
    assert "Next: The others vote." in listed(presides)
    for name in (second, third):
        sends(name, "vote", outcome="uphold")
    assert "Write the ruling" in listed(presides)
    assert "Next: Whoever presides writes the ruling." in listed(second)

    # What is ticked in a ruling that is refused is ticked when the page comes back.
    refused = people.rules(case, 422, reasons="Short.")
    assert re.search(r'name="steps" value="restrict" checked', refused)
    assert "<strong>The panel is deciding.</strong> Next: " in refused
    assert leads_to(refused, "Write the ruling") == "ruling"


def leads_to(page, words):
    """Where on a page a link leads, which is there."""
    [place] = re.findall(rf'<a href="#(\w+)">{words}</a>', page)
    assert page.count(f'id="{place}"') == 1
    return place


def test_a_ruling_is_kept_as_it_is_typed_and_ends_as_a_draft_when_it_is_sent(people):
    _, case = people.reported()
    presides, second, _ = people.sits(case)
    people.seals_and_votes(case, outcome="uphold")
    at, first = f"/panel/case/{case}", people.foro.members[presides]

    def shown():
        return re.search(r'name="shown" value="([^"]*)"', first.page(at))[1]

    # A script keeps it every two seconds, and is told what its page shows from then on.
    before = shown()
    kept_now = first.post(
        f"{at}/ruling", go="keep", shown=before, reasons="So far: the", steps="restrict"
    )
    assert kept_now.status_code == 204
    again = first.page(at)
    assert ">So far: the</textarea>" in again
    assert re.search(r'name="steps" value="restrict" checked', again)
    assert "So far: the" not in people.foro.members[second].page(at)

    # Without one a button keeps it; what another window wrote meanwhile is not erased.
    button = first.post(f"{at}/ruling", go="draft", shown=shown(), reasons="So far: the song.")
    assert button.headers["location"] == f"{at}#ruling"
    late = first.post(f"{at}/ruling", go="keep", shown=before, reasons="Something else.")
    assert late.status_code == 422
    assert "You wrote something else in another window" in late.text
    assert ">So far: the song.</textarea>" in first.page(at)

    # It is whoever presides who writes it.
    other = people.foro.members[second].post(f"{at}/ruling", go="keep", reasons="Mine.")
    assert other.status_code == 422
    assert "Whoever was drawn first presides" in other.text


def test_a_ruling_that_is_refused_or_interrupted_by_a_question_is_still_there(people):
    beas, case = people.reported()
    presides, *_ = people.sits(case)
    people.seals_and_votes(case, outcome="uphold")
    at, first = f"/panel/case/{case}", people.foro.members[presides]
    typed = ">Short.</textarea>"

    people.rules(case, 422, reasons="Short.")
    assert typed in people.members_page(case)

    # All worksheets are filled anew after one more fact: neither a draft of it nor its seal costs
    # the presiding member what they wrote of the ruling.
    asked = first.post(f"{at}/question", of="party", question="Which street is it?")
    assert asked.status_code == 303, asked.text
    answered = people.foro.http.post(f"{beas}/reply", data={"grounds": "The one by the square."})
    assert answered.status_code == 303, answered.text
    people.leads(case, "close")
    assert first.post(f"{at}/worksheet", **worksheet(), go="keep").status_code == 204
    people.seals_and_votes(case, outcome="uphold")
    assert typed in people.members_page(case)


def test_of_a_ruling_that_was_sent_no_late_window_keeps_a_draft(people):
    _, case = people.reported()
    presides, *_ = people.sits(case)
    people.seals_and_votes(case, outcome="cannot_decide")
    people.rules(case, steps=[])

    late = people.foro.members[presides].post(
        f"/panel/case/{case}/ruling", go="keep", shown="", reasons="Too late."
    )

    assert late.status_code == 422
    assert "That step is not possible as the case stands." in late.text
    journal = Journal(people.foro.data / "journal.db", read_only=True)
    left = journal.db.execute("SELECT count(*) FROM draft WHERE case_id = ?", (UUID(case).bytes,))
    assert left.get == 0
    journal.close()
