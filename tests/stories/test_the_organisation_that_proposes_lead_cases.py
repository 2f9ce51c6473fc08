"""An organisation proposes which of its people's cases are examined first, and binds nobody by it.

Foro closes accounts in one week, and Rights House complains for many. It proposes a lead case; the
others are asked, each by themselves. Ana waits, Ben does not answer, Cleo says no. Others propose
what is not theirs: of people who ended it, of another organisation, by every door there is; one
proposes again and again, one takes it back, and one mandate ends too early.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import pytest
from tests.conftest import run
from tests.postbox import mailbox
from tests.stories.foro import foro_at
from tests.stories.seats import Seat, seat
from tests.stories.test_an_organisation_complains_for_many import Person as Represented
from tests.stories.test_an_organisation_complains_for_many import (
    decide,
    file_for,
    organisation,
    read,
    shown,
)
from tests.stories.test_the_wave_that_chose_its_lead_cases import until
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.storage.journal import Journal

QUESTION = "Is one newsletter a month, to people who asked for it, the bulk that the clause means?"
REASONS = "The clause is about bulk that nobody asked for; this was one newsletter a month."
FRAUD = {"category_addition": ["STATEMENT_CATEGORY_SCAMS_AND_FRAUD"]}
"""Of another kind than the others' decisions."""


@pytest.fixture(scope="module")
def post():
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def foro(tmp_path_factory, post):
    with foro_at(tmp_path_factory.mktemp("proposes"), post) as node:
        node.other = node.add_platform("Plaza")
        node.lena = seat(node, "Lena", "lena@foro.example", "--lead")
        node.rosa = seat(node, "Rosa", "rosa@foro.example")
        node.house = organisation(node, "Rights House", "Ana", "ana@house.example")
        yield node


@pytest.fixture
def house(foro):
    """An organisation of the test's own: one proposal of a kind is open at a time."""
    name = f"House {uuid4().hex[:8]}"
    who = organisation(foro, name, f"Ana {name}", f"{name.replace(' ', '.')}@example.org".lower())
    who.name, who.mandate = name, shown(foro, who)
    return who


class Person(Represented):
    """Somebody for whom the organisation speaks."""

    def __init__(self, house, **said):
        super().__init__(house.foro, house.mandate, **said)

    def leaves_an_address(self):
        assert self.post("add", grounds="Here I am.", email=self.mail).status_code == 303

    @property
    def now(self):
        case = read(self.foro, self.case).case
        return case.lead, case.complaint

    def comes_to(self, lead, complaint="filed"):
        until(lambda: self.now == (lead, complaint), lambda: self.now)

    def wait(self):
        return self.post("lead", choice="wait")


def represented(house, number, **said):
    """People for whom one complaint was filed."""
    people = [Person(house, **said) for _ in range(number)]
    assert f"it was: {number}" in file_for(house, house.mandate, *people).text
    return people


def propose(who, leads, asked=(), mandate=None, **more):
    form = {"leads": [one.case for one in leads], "cases": [one.case for one in asked]}
    said = {"whom": "ticked" if asked else "everybody", "question": QUESTION}
    return who.post(f"/mandates/{mandate or who.mandate}/leads", **form, **said | more)


def proposed(house, leads, asked=()):
    done = propose(house, leads, asked)
    assert done.status_code == 303, done.text
    group = groups(house.foro)[-1]
    for one in asked:
        one.comes_to("asked", one.now[1])
    return group


def groups(foro):
    with closing(Journal(foro.data / "journal.db", read_only=True)) as journal:
        rows = journal.db.execute("SELECT hex(case_id) FROM lead_group ORDER BY at, case_id")
        return [row[0].lower() for row in rows.fetchall()]


def at(group):
    return f"/desk/leads/{group[:8]}-{group[8:12]}-{group[12:16]}-{group[16:20]}-{group[20:]}"


def answered(who, group, lead, **chosen):
    page = who.page(at(group))
    fields = dict(re.findall(r'name="(do:([0-9a-f-]{36}):\d+)"', page))
    named = {case: field for field, case in fields.items()}
    form = {named[one.case]: what for what, people in chosen.items() for one in people}
    said = {"lead": lead.case, "reasons": REASONS, "steps": ["restore_account"]}
    return who.post(f"{at(group)}/answers", **said, **form, why_apart="Theirs was no newsletter.")


def test_it_proposes_a_lead_case_each_chooses_and_the_desk_decides(foro, house, post):
    lead, ana, ben, cleo = represented(house, 4)
    ana.leaves_an_address(), lead.leaves_an_address()
    before = read(foro, ben.case)

    group = proposed(house, [lead], [ana, ben, cleo])

    assert (
        "An organisation has proposed lead cases" in post.to("lena@foro.example", "lead")["subject"]
    )
    listed = foro.lena.page("/desk/leads")
    assert f"proposed by {house.name}" in listed
    assert f"{house.name} speaks for the people in these cases" in foro.lena.page(at(group))
    page = ana.page()
    assert f"{house.name}, which speaks for you, proposes" in page
    assert QUESTION in page
    assert "cannot wait for these lead cases a second time" in page
    assert 'name="group" value="' in page
    assert lead.case not in page
    post.to(ana.mail, "Do you want to wait for a lead case")
    post.to(lead.mail, "is a lead case")
    assert "It is a lead case" in lead.page()
    assert ana.wait().status_code == 303
    cleo.post("lead", choice="alone")
    assert [one.now[0] for one in (lead, ana, ben, cleo)] == ["", "waiting", "asked", "ended"]
    assert read(foro, ben.case).case.pending_since == before.case.pending_since, "silence is a no"
    assert "Waiting. 1" in house.page(f"/mandates/{house.mandate}/leads")
    decide(foro, ben.case)
    decide(foro, lead.case)
    assert "Answered like the lead case: 1." in answered(foro.rosa, group, lead, same=[ana]).text
    assert ana.now == ("ended", "remedy_open")
    assert "Answered like a lead case. 1" in house.page(f"/mandates/{house.mandate}/leads")


def test_everybody_of_the_same_kind_is_asked_and_nobody_else(foro, house):
    lead, ana = represented(house, 2)
    [other] = represented(house, 1, **FRAUD)
    silent = Person(house)

    proposed(house, [lead])

    ana.comes_to("asked")
    assert (other.now, silent.now) == (("", "filed"), ("", ""))


# --- hostile --------------------------------------------------------------------------------------


def test_no_case_leads_or_is_asked_for_whom_it_does_not_speak(foro, house):
    lead, ana, gone = represented(house, 3)
    theirs = represented(another(foro), 1)
    alone = Represented(foro)
    alone.post("complaint", grounds="I sent no spam.")
    gone.end()
    before = groups(foro)

    for stranger in (gone, alone, *theirs):
        refused = propose(house, [stranger], [ana])
        assert refused.status_code in (403, 404, 422), refused.text
        assert "You do not speak for this person." in refused.text
        assert QUESTION in refused.text, "what was typed is not lost"
        refused = propose(house, [lead], [stranger])
        assert (refused.status_code, "Nobody can be asked." in refused.text) == (422, True)

    assert groups(foro) == before
    assert [one.now[0] for one in (lead, ana, gone, *theirs)] == [""] * 4


def another(foro):
    name = f"Other {uuid4().hex[:8]}"
    who = organisation(foro, name, f"Eve {name}", f"{name.replace(' ', '.')}@example.org".lower())
    who.name, who.mandate = name, shown(foro, who)
    return who


def ended_seat(foro):
    who = another(foro)
    words = ("case", "representative", "remove", who.name, "--why", REASONS, "--data", foro.data)
    run(*words)
    return who


class _Bare:
    """Somebody without a seat, with the headers of a program or of nobody."""

    def __init__(self, foro, headers):
        self.foro, self.headers = foro, headers

    def post(self, path, **form):
        return self.foro.http.post(path, data=form, headers=self.headers)


WHO = {
    "nobody": lambda foro: _Bare(foro, {}),
    "the platform's program": lambda foro: _Bare(foro, foro.auth),
    "another platform's program": lambda foro: _Bare(foro, foro.other),
    "a reviewer": lambda foro: foro.rosa,
    "a lead of the desk": lambda foro: foro.lena,
    "another organisation": another,
    "whose seat has ended": ended_seat,
}


@pytest.mark.parametrize("who", WHO)
def test_nobody_else_proposes_or_takes_back_by_any_door(foro, house, who):
    lead, ana, ben = represented(house, 3)
    group = proposed(house, [lead], [ana])
    somebody, number = WHO[who](foro), at(group).rpartition("/")[2]
    before = groups(foro)
    form = {"leads": lead.case, "cases": ben.case, "whom": "ticked", "question": QUESTION}
    mine = f"/mandates/{house.mandate}/leads"

    doors = {
        mine: form,
        f"{mine}/{number}/end": {"reasons": REASONS},
        f"/api/v1{mine}": form,
        f"/api/v1/case/{ana.case}/leads": form,
        f"{ana.own}/leads": form,
    }
    for door, said in doors.items():
        assert somebody.post(door, **said).status_code in (401, 403, 404, 405, 422), door
    as_json = foro.http.post(mine, json=form, headers=getattr(somebody, "origin", {}))
    assert as_json.status_code in (400, 401, 403, 404, 415, 422)
    if not isinstance(somebody, _Bare):
        assert ben.case not in somebody.page(mine)

    assert groups(foro) == before
    assert (ana.now[0], ben.now[0]) == ("asked", "")
    assert "people can join" in foro.lena.page(at(group)).lower()


def test_another_site_proposes_nothing_in_its_name(foro, house):
    lead, ana = represented(house, 2)
    forged = Seat.__new__(Seat)
    forged.foro, forged.origin = foro, house.origin | {"origin": "https://evil.example"}
    forged.mandate = house.mandate

    assert propose(forged, [lead], [ana]).status_code in (401, 403)
    assert ana.now[0] == ""


def test_one_proposal_of_a_kind_is_open_and_the_rest_wait_for_its_end(foro, house):
    lead, ana, ben, cleo = represented(house, 4)
    fraud = represented(house, 2, **FRAUD)
    proposed(house, [lead], [ana])
    second = shown(foro, house)

    refused = propose(house, [ben], [cleo])
    assert "for this kind of decision already" in refused.text
    others = [Person(type("", (), {"foro": foro, "mandate": second})) for _ in "ab"]
    file_for(house, second, *others)
    refused = propose(house, others[:1], others[1:], mandate=second)
    assert "for this kind of decision already" in refused.text, "nor under another mandate"
    proposed(house, fraud[:1], fraud[1:])
    mixed = propose(house, [ben, fraud[0]], [cleo])
    assert "do not belong together" in mixed.text or "already" in mixed.text
    decide(foro, lead.case)

    until(lambda: propose(house, [ben], [cleo]).status_code == 303)
    cleo.comes_to("asked")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_on_a_phone_nothing_of_its_pages_lies_beside_the_screen(foro, house, open_page, language):  # noqa: F811
    people = represented(house, 3)
    proposed(house, people[:1], people[1:2])
    page = open_page(foro.url, viewport={"width": 390, "height": 844})
    cookie = {"name": "desk", "value": house.origin["cookie"].split("=")[1], "url": foro.url}
    page.context.add_cookies([cookie])

    for path in (f"/mandates/{house.mandate}", f"/mandates/{house.mandate}/leads"):
        page.goto(f"{foro.url}{path}?lang={language}")

        assert violations(page) == []
        for box in (":root", ".wide"):
            assert page.locator(box).evaluate("e => e.scrollWidth <= e.clientWidth"), (path, box)


def test_a_page_of_the_list_says_nothing_of_those_on_the_others(foro, house):
    nobody_yet, at = "Nobody under this mandate has complained", f"/mandates/{house.mandate}/leads"
    assert nobody_yet in house.page(at)

    [ana] = represented(house, 1)

    assert ana.case in house.page(at)
    assert nobody_yet not in house.page(f"{at}?after={ana.case}")


def test_it_is_taken_once_however_often_and_from_wherever_it_is_sent(foro, house):
    """A double click, and somebody else of the organisation in the same moment."""
    lead, ana = represented(house, 2)
    before = len(groups(foro))
    page = house.page(f"/mandates/{house.mandate}/leads")
    token = re.search(r'name="form" value="([^"]+)"', page)[1]
    eva = organisation(foro, house.name, f"Eva {house.name}", f"eva.{uuid4().hex}@example.org")
    eva.mandate = house.mandate

    with ThreadPoolExecutor(6) as clicks:
        sent = [clicks.submit(propose, house, [lead], [ana], form=token) for _ in range(4)]
        sent += [clicks.submit(propose, eva, [lead], [ana]) for _ in range(2)]
        statuses = sorted(done.result().status_code for done in sent)

    assert len(groups(foro)) == before + 1
    assert set(statuses) <= {303, 422}
    again = propose(house, [lead], [ana], form=token)
    assert len(groups(foro)) == before + 1
    assert again.status_code in (303, 422)
    ana.comes_to("asked")
    kinds = [event.kind for event in read(foro, ana.case).events]
    assert kinds.count("lead.asked") == 1
    leads = [event.kind for event in read(foro, lead.case).events]
    assert leads.count("lead.chosen") == 1


# --- careless and late ----------------------------------------------------------------------------


def test_it_takes_back_what_it_proposed_and_everybody_goes_on_alone(foro, house):
    lead, ana, ben = represented(house, 3)
    group = proposed(house, [lead], [ana, ben])
    ana.wait()
    mine = f"/mandates/{house.mandate}/leads/{at(group).rpartition('/')[2]}/end"
    assert "too short" in house.post(mine, reasons="No.").text

    assert house.post(mine, reasons="The lead case was not like the others.").status_code == 303

    ana.comes_to("ended")
    assert "The organisation that proposed it has taken it back." in ana.page()
    assert ben.wait().status_code == 422
    until(lambda: "at its end" in foro.lena.page(at(group)))
    assert house.post(mine, reasons="The lead case was not like the others.").status_code == 422
    decide(foro, ana.case)


def test_the_desk_ends_what_an_organisation_proposed(foro, house):
    lead, ana = represented(house, 2)
    group = proposed(house, [lead], [ana])
    ana.wait()

    assert foro.lena.post(f"{at(group)}/end", reasons=REASONS).status_code == 303

    ana.comes_to("ended")
    assert "The desk looks at it by itself." in ana.page()


def test_whoever_ends_the_mandate_ends_what_it_asked_of_them(foro, house):
    lead, ana, ben = represented(house, 3)
    proposed(house, [lead], [ana, ben])
    ben.wait()

    ana.end(), ben.end()

    assert "Wait for a lead case?" not in ana.page()
    refused = ana.wait()
    assert (refused.status_code, ana.now) == (422, ("asked", "filed"))
    assert ben.now == ("waiting", "filed"), "who chose to wait waits on, and can leave"
    assert ben.post("lead", choice="alone").status_code == 303


def test_a_mandate_that_has_ended_proposes_nothing(foro, house):
    lead, ana, ben = represented(house, 3)
    proposed(house, [lead], [ana])
    ana.wait()

    house.post(f"/mandates/{house.mandate}/end", reasons="Our office closes at the end of May.")

    refused = propose(house, [ben], [lead])
    assert refused.status_code == 422
    assert "This mandate has ended." in refused.text
    page = house.page(f"/mandates/{house.mandate}/leads")
    assert "you propose nothing under it" in page
    assert ben.case not in page
    assert ana.now == ("waiting", "filed")
    decide(foro, ben.case)


def test_the_person_whose_case_leads_leaves_and_it_leads_on_as_their_own(foro, house):
    lead, ana = represented(house, 2)
    group = proposed(house, [lead], [ana])
    ana.wait()

    lead.end()
    decide(foro, lead.case)

    assert lead.now == ("", "remedy_open")
    assert "Answered like the lead case: 1." in answered(foro.rosa, group, lead, same=[ana]).text
