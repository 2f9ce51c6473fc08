"""The reporter and the author: two people and one post, between them a platform that comes late.

Bea reports a post that threatens her. Ivo wrote it. Neither ever learns who the other is; each is
told and heard before the other's complaint changes what they have, and each can complain about what
is decided then, to somebody who decided in no case of the two.
"""

import json
import re
from uuid import uuid4

import pytest
from tests.case.test_weighing import short
from tests.conftest import run, statement
from tests.postbox import mailbox
from tests.stories.foro import foro_at

WHERE = "https://foro.example/post/66"
WHY = "He says in which street I live, and what he will do to me."
REASONS = "The post names a street and a day; a reader there would take it as a threat."
STAKE = "Somebody says that your post names a street and threatens. It may be taken down."
FOR_IVO = "Your post is taken down: it names a street and a day, and reads as a threat."
FOR_BEA = "The post comes back: what it names is a public square, and it threatens nobody."


@pytest.fixture(scope="module")
def post():
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def foro(tmp_path_factory, post):
    """A platform with a desk of four; Max decides first, as mod-17."""
    with foro_at(tmp_path_factory.mktemp("sides"), post) as node:
        seat = ("--platform", "Foro", "--data", node.data)
        node.seats = {}
        for name, more in (
            ("rosa", ()),
            ("max", ("--known-as", "mod-17")),
            ("kim", ()),
            ("lu", ()),
        ):
            added = run("reviewer", "add", name.title(), f"{name}@foro.example", *more, *seat)
            link = added.stdout.splitlines()[-1].partition("=")[2]
            came = node.http.post("/desk/sign-in", data={"link": link})
            node.seats[name] = {"cookie": f"desk={came.cookies['desk']}"}
            node.http.cookies.clear()
        yield node


@pytest.fixture
def people(foro, post):
    return People(foro, post)


class People:
    """What each of them does, as anybody would: with a form, a program, or a mail that came."""

    def __init__(self, foro, post):
        self.foro, self.post = foro, post
        self.bea, self.ivo = (f"{name}-{uuid4().hex[:6]}@example.org" for name in ("bea", "ivo"))

    def report(self, **more):
        """Bea reports the post; her own page, and the number of her case."""
        form = {"platform": "foro", "where": WHERE, "why": WHY, "good_faith": "yes"} | more
        sent = self.foro.http.post("/report", data=form | {"email": self.bea})
        page = sent.headers["location"].removesuffix("?new=1")
        return page, page.split("/")[2]

    def api(self, path, body=None, status=200):
        path = f"/api/v1/{path}"
        sent = (
            self.foro.http.get(path, headers=self.foro.auth)
            if body is None
            else self.foro.http.post(path, json=body, headers=self.foro.auth)
        )
        assert sent.status_code == status, sent.text
        return sent.json()

    def issue(self, **changes):
        """The platform issues a statement; its answer, with the link for whoever it is about."""
        body = statement(f"post-{uuid4().hex[:8]}", **changes)
        told = self.api("statement", body, 201)
        return told | {"page": told["recourse_url"].removeprefix(self.foro.url)}

    def complain(self, page, grounds):
        sent = self.foro.http.post(f"{page}/complaint", data={"grounds": grounds})
        assert sent.status_code == 303, sent.text

    def desk(self, who, case, step, status=303, **form):
        """Somebody at the desk takes a step; the page that says why not, where it is refused."""
        headers = self.foro.seats[who]
        sent = self.foro.http.post(f"/desk/case/{case}/{step}", data=form, headers=headers)
        assert sent.status_code == status, sent.text
        return sent.text

    def opens(self, who, case):
        self.desk(who, case, "assign")
        self.desk(who, case, "open")

    def page(self, page):
        return self.foro.http.get(page).text

    def mail(self, to, subject):
        """A mail that came; its link, if it has one, as a path."""
        text = self.post.to(to, subject).get_body().get_content()
        found = re.search(r"http://\S+(/recourse/\S+)", text)
        return found[1] if found else text


def not_acted(people, case):
    no = {"result": "not_acted", "reasons": "We see no rule that fits.", "decided_by": ["mod-17"]}
    people.api(f"notice/{case}/answer", no)


def restrict(**more):
    return {
        "outcome": "newly_restricted",
        "steps": "restrict",
        "reasons": REASONS,
        "for_the_other": FOR_IVO,
    } | more


def test_the_author_is_told_and_heard_before_the_reporter_wins_and_contests_it_himself(people):
    beas, case = people.report()
    not_acted(people, case)
    people.complain(beas, "It is still there.")
    people.opens("rosa", case)

    too_soon = people.desk("rosa", case, "decide", 422, **restrict())
    assert "The other side has to be heard first." in too_soon
    people.desk("rosa", case, "hear", question=STAKE)
    [order] = [one for one in people.api(f"case/{case}")["wanted"] if "tell" in one["do"]]
    assert order["question"] == STAKE
    assert case in json.dumps(people.api("orders"))

    people.api(f"case/{case}/other-side", {"email": people.ivo, "language": "en"})
    ivos = people.mail(people.ivo, "Foro asks what you say before it decides")
    shown = people.page(ivos)
    assert "Nothing was decided about you yet." in shown
    assert all(text in shown for text in (STAKE, WHERE))
    assert not [text for text in (WHY, people.bea, case) if text in shown]
    still = people.desk("rosa", case, "decide", 422, **restrict())
    assert "Its time is not over yet; it ends on" in still
    sent = people.foro.http.post(f"{ivos}/heard", data={"grounds": "I am Ivo. It is a song."})
    assert sent.status_code == 303
    assert (
        "I am Ivo."
        in people.foro.http.get(f"/desk/case/{case}", headers=people.foro.seats["rosa"]).text
    )
    assert "I am Ivo." not in people.page(beas)

    people.desk("rosa", case, "decide", **restrict())
    assert FOR_IVO in people.page(ivos)
    people.mail(people.ivo, "A complaint to Foro was decided that concerns you")

    # The platform says that it is done, and shows no decision; then an old one; then a new one.
    old = people.api(f"case/{case}/remedy", {"result": "implemented"}, 400)
    assert "The new statement is missing." in json.dumps(old)
    made = people.issue(decision_facts="The post names a street and a day.")
    people.api(
        f"statement/{made['uuid']}/notice", {"email": people.ivo, "decided_by": ["mod-17"]}, 202
    )
    done = people.api(f"case/{case}/remedy", {"result": "implemented", "statement": made["uuid"]})
    assert (done["remedy"], made["uuid"] in done["linked"]) == ("claimed", True)

    # Ivo has a decision of his own now, with six months and somebody who did not decide before.
    own = people.mail(people.ivo, "Foro took a decision about you")
    assert "You have at least 6 months" in people.page(own)
    people.complain(own, "It is a song about a square.")
    for who in ("rosa", "max"):  # Rosa restricted it; Max decided first
        refused = people.desk(who, made["uuid"], "assign", 422)
        assert "This complaint needs another reviewer." in refused
    people.opens("kim", made["uuid"])
    back = {"outcome": "reversed", "steps": "restore_account", "reasons": REASONS}
    assert "has to be heard first" in people.desk("kim", made["uuid"], "decide", 422, **back)

    # Now Bea is the one who is told and heard; she stays silent about everything but the street.
    people.desk("kim", made["uuid"], "hear", question="He says that it is a public square.")
    people.mail(people.bea, "Foro asks what you say before it decides")
    assert "He says that it is a public square." in people.page(beas)
    said = people.foro.http.post(f"{beas}/heard", data={"grounds": "I live at that square."})
    assert said.status_code == 303
    bare = people.desk("kim", made["uuid"], "decide", 422, **back)
    assert "The other side is told why, too." in bare
    people.desk("kim", made["uuid"], "decide", **back, for_the_other=FOR_BEA)
    assert "I live at that square." not in people.page(own)
    people.mail(people.bea, "A complaint to Foro was decided that concerns you")
    assert FOR_BEA in people.page(beas)

    # She can complain once more, to somebody who decided in neither case; then the circle ends.
    people.complain(beas, "It is my square.")
    for who in ("rosa", "max", "kim"):
        people.desk(who, case, "assign", 422)
    people.opens("lu", case)
    people.desk("lu", case, "decide", outcome="upheld", reasons=REASONS)
    again = people.foro.http.post(f"{beas}/complaint", data={"grounds": "Once more."})
    assert again.status_code == 422


def test_where_somebody_is_in_danger_nobody_is_heard_first_and_the_record_says_why(people):
    beas, case = people.report(danger="yes")
    not_acted(people, case)
    people.complain(beas, "He knows where I live.")
    people.opens("rosa", case)

    short_of = people.desk("rosa", case, "waive", 422, reasons="Danger.")
    assert "Reasons are needed." in short_of
    people.desk("rosa", case, "waive", reasons="She is named with her street; he says tonight.")
    # A threat is weighed in writing before it is ruled on.
    unweighed = people.desk("rosa", case, "decide", 422, **restrict())
    assert "This decision needs a worksheet." in unweighed
    weighed = {name: one.value for name, one in short().items()}
    weighed |= {f"{name}.reason": one.reason for name, one in short().items()}
    people.desk("rosa", case, "decide", **restrict(), **weighed)

    shown = people.page(beas)
    assert "The other side is not heard first: somebody is in danger." in shown
    assert "he says tonight." in shown
    assert short()["Q-R4"].reason in shown


def test_an_author_whom_nobody_can_tell_does_not_hold_it_up_and_that_is_said(people):
    beas, case = people.report()
    not_acted(people, case)
    people.complain(beas, "It is still there.")
    people.opens("rosa", case)
    people.desk("rosa", case, "hear", question=STAKE)

    odd = people.api(f"case/{case}/other-side", {"cannot": "we forgot"}, 400)
    assert "Say why the other side cannot be told." in json.dumps(odd)
    people.api(f"case/{case}/other-side", {"cannot": "no_contact"})

    assert "The other side could not be told; the review goes on." in people.page(beas)
    people.desk("rosa", case, "decide", **restrict())


def test_a_reporter_without_an_address_is_not_waited_for_and_may_still_speak(people):
    people.bea = ""
    beas, case = people.report()
    made = people.issue(source_type="SOURCE_ARTICLE_16", notice=case)
    people.api(f"notice/{case}/answer", {"result": "acted", "reasons": "It breaks our rules."})
    people.complain(made["page"], "It is a song.")
    people.opens("kim", made["uuid"])
    people.desk("kim", made["uuid"], "hear", question="He says that it is a song, and no threat.")

    assert "it is a song, and no threat." in people.page(beas)
    people.foro.http.post(f"{beas}/heard", data={"grounds": "It names my street."})
    both = people.foro.http.get(f"/desk/case/{made['uuid']}", headers=people.foro.seats["kim"])
    assert "It names my street." in both.text
    assert "could not be told" in both.text


def test_nobody_speaks_twice_or_after_the_end_or_for_somebody_else(people):
    beas, case = people.report()
    not_acted(people, case)
    people.complain(beas, "It is still there.")
    people.opens("rosa", case)
    people.desk("rosa", case, "hear", question=STAKE)
    way_in = people.api(f"case/{case}/other-side", {})["recourse_url"]
    ivos = way_in.removeprefix(people.foro.url)

    twice = people.api(f"case/{case}/other-side", {}, 409)
    assert "the other side was told" in json.dumps(twice)
    beas_turn = people.foro.http.post(f"{beas}/heard", data={"grounds": "I am the author."})
    assert beas_turn.status_code == 422
    for kind in ("complaint", "panel"):  # nothing was decided about him
        odd = people.foro.http.post(f"{ivos}/{kind}", data={"grounds": "I complain."})
        assert "There is no decision to complain about." in odd.text

    # The platform had this link first. If it was the platform who spoke, he is heard all the same.
    for said in ("I agree.", "It is a song."):
        spoke = people.foro.http.post(f"{ivos}/heard", data={"grounds": said})
        assert spoke.status_code == 303
    wrong = {"outcome": "newly_restricted", "steps": "restrict", "reasons": REASONS}
    refused = people.desk("rosa", case, "decide", 422, **wrong, for_the_other=FOR_IVO)
    assert "time is not over yet" in refused
    both = people.foro.http.get(f"/desk/case/{case}", headers=people.foro.seats["rosa"]).text
    assert "by a link that the platform was given to hand over" in both
    shown = re.findall(r'name="shown" value="([^"]*)"', both)[0]  # what was typed before
    people.desk("rosa", case, "decide", outcome="upheld", reasons=REASONS, shown=shown)
    late = people.foro.http.post(f"{ivos}/heard", data={"grounds": "One more thing."})
    assert late.status_code == 422
    assert "Nothing changes for you." in people.page(ivos)
