"""The demonstration: what happened in it, whom one can be, and that nothing else is taken for it."""

import email
import json
import re
import socket
import subprocess
from collections import Counter
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from tests.conftest import Served, new_node, run
from tests.web.conftest import open_page  # noqa: F401 - a fixture

from amparo.case.events import (
    ComplaintAsked,
    ComplaintDecided,
    ComplaintFiled,
    ContentSupplied,
    InterimOrdered,
    PanelDrawn,
    RemedyDisputed,
    RemedyOrdered,
)
from amparo.demo.matters import MATTERS, STILL
from amparo.demo.stage import DESKS
from amparo.ledger.case import casework
from amparo.ledger.outbound.mail_folder import MOST_LETTERS, MailFolder
from amparo.ledger.upkeep.demonstration import cast
from amparo.record import event, sealing
from amparo.storage.journal import Journal
from amparo.web.words.demonstration import GROUPS, TOURS
from amparo.web.words.i18n import catalogue
from amparo.web.words.menu import FOOT, MENU
from amparo.web.words.qr_code import qr_code

PLACES = [place.path for place in [*MENU, *(place for _, places in FOOT for place in places)]]
NEWEST_WAVE = "The newest waves of account closures:"
SAYS = {
    "/rulings": r'href="/rulings/[0-9a-f]+',
    "/remedies": r"Foro Libre",
    "/transparency/published": r"Foro Libre.*Foro Libre",
    "/coalition": r"over since",
    "/coalition/resolutions": r"adopted.*open.*lapsed|open.*lapsed.*adopted",
    "/log/": r"node-[0-9a-f]{8}\.demonstration\.invalid",
    "/report": r"Mercado Sol",
    "/search": r'href="/statement/[0-9a-f-]{36}',
}
"""Pages of menu and foot that would be empty without the story -> what of it they show."""


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A demonstration of its own: visitors change it. What an interrupted one left is in its way."""
    folder = tmp_path_factory.mktemp("played")
    (folder / ".node.new" / "keys").mkdir(parents=True)
    (folder / ".node.new" / "journal.db").write_bytes(b"half of a journal")
    node = Served(folder / "node", "--demo")
    node.until_published()
    node.until_shown("/coalition", "over since")  # the monitor has looked twice
    node.until_shown("/", NEWEST_WAVE)  # and nobody has opened the observatory yet
    yield node
    node.stop()


@pytest.fixture(scope="module")
def story(played):
    """Every case of the story, as it was when its last entry was published."""
    journal = Journal(played.data / "journal.db", read_only=True)
    rows = journal.db.execute("SELECT DISTINCT case_id FROM desk UNION SELECT case_id FROM panel")
    numbers = [bytes(row[0]) for row in rows]
    files = {n: casework.read_alone(journal, casework.UUID(bytes=n)) for n in numbers}
    yield journal, files
    journal.close()


def enter(played, part):
    """Be somebody: where one comes in, and the cookies that one has then."""
    came = played.http.post(f"/demo/{part}", headers={"origin": played.url})
    assert came.status_code == 303, came.text
    cookies = (value.partition(";")[0] for value in came.headers.get_list("set-cookie"))
    return came.headers["location"], {"cookie": "; ".join(cookies), "origin": played.url}


# --- what happened ------------------------------------------------------------------------------


def test_a_wave_of_640_closures_was_contested_and_reversed_as_a_group(story):
    journal, _ = story
    rulings = journal.db.execute(
        "SELECT cases, done, passed, goodwill, outcome FROM ruling ORDER BY id"
    ).fetchall()

    assert rulings == [(410, 410, 0, 0, "reversed"), (230, 230, 0, 1, "reversed")]


def test_120_complaints_are_in_every_state_and_led_to_fourteen_orders(story):
    _, files = story
    everyday = [file for file in files.values() if is_everyday(file)]
    filed = [file.case for file in everyday if file.find(ComplaintFiled)]
    states = Counter(case.complaint for case in filed)
    orders = Counter(case.remedy for case in filed if case.remedy)

    assert len(filed) == 120
    assert set(states) == {"filed", "assigned", "reviewing", "asking", "remedy_open", "closed"}
    assert sum(orders.values()) == 14
    assert orders >= Counter({"verified": 4, "settled": 2, "refused": 2, "failed": 3})
    assert {"claimed", "impossible"} <= set(orders)
    assert sum(case.interim == "ordered" for case in filed) == 2


def is_everyday(file):
    """Whether a case is about a decision that is neither of the wave nor before a panel."""
    opening = file.log_entries[0].opening
    puid = sealing.unpack(opening).puid if file.public else ""
    return bool(puid) and not puid.startswith("demo-account") and not file.case.panel


def test_whatever_is_said_of_a_complaint_fits_the_decision_it_is_about(story):
    """One matter of one platform: its clause, what was done, the complaint, the answer, the order.

    An order undoes what was done, and what a reviewer is given to look at is what was posted.
    """
    _, files = story
    heard = [file for file in files.values() if is_everyday(file) and file.find(ComplaintFiled)]

    for file in heard:
        words, platform = texts_of(file), PLATFORMS[file.platform]
        [matter] = [one for one in MATTERS[platform] if words["decision_facts"] == one.facts]
        [argument] = [
            one for one in matter.arguments if one.grounds == file.find(ComplaintFiled).grounds
        ]
        clause = words.get("incompatible_content_ground", words.get("illegal_content_legal_ground"))
        assert clause in (matter.clause, matter.law)
        assert file.find(ContentSupplied).content == matter.content
        assert {event.reasons for event in all_of(file, ComplaintDecided)} <= {
            argument.falls,
            argument.stands,
        }
        assert {event.question for event in all_of(file, ComplaintAsked)} <= {matter.question}
        assert {event.reasons for event in all_of(file, InterimOrdered)} <= {matter.urgent}
        for order in all_of(file, RemedyOrdered):
            [step] = order.steps
            assert file.public.get(UNDONE[step]), (file.public, step)
            assert {event.reason for event in all_of(file, RemedyDisputed)} <= {STILL[step]}


UNDONE = {
    "restore_content": "decision_visibility",
    "restore_visibility": "decision_visibility",
    "restore_account": "decision_account",
    "restore_payments": "decision_monetary",
}
"""What is ordered -> the attribute of a statement that says what was done."""
PLATFORMS = {number: name for number, (name, _) in enumerate(DESKS, 1)}


def texts_of(file):
    """The sealed texts of the decision that a case is about."""
    return sealing.unpack(file.log_entries[0].opening).fields()


def all_of(file, kind):
    """All events of a kind in a case."""
    return [event for event in file.events if isinstance(event, kind)]


def test_who_reported_a_threat_is_protected_until_it_is_decided(story):
    _, files = story
    beto, dana = sorted(
        (file.case for file in files.values() if file.case.danger), key=lambda case: case.remedy
    )

    assert (beto.interim, beto.complaint) == ("ordered", "reviewing")
    assert beto.interim_answer.result == "done"  # he reads that it is gone, and who says so
    assert (dana.interim, dana.outcome, dana.remedy) == ("ended", "newly_restricted", "settled")


def test_four_panels_were_drawn_and_a_fifth_is_asked_for(story):
    journal, files = story
    states = Counter(file.case.panel for file in files.values() if file.case.panel)
    rulings = journal.db.execute("SELECT outcome, basis, dissents FROM precedent ORDER BY at")
    found = [(outcome, basis, dissents != "[]") for outcome, basis, dissents in rulings]

    assert found == [
        ("reverse", "merits", True),
        ("reverse", "default", False),
        ("send_back", "merits", False),
    ]
    assert states == {"closed": 3, "deliberation": 1, "submitted": 1}
    assert sum(file.find(PanelDrawn) is not None for file in files.values()) == 4


def test_time_passes_in_the_log_as_in_the_story(story):
    """Nothing was written past the steps, and nothing before what it follows from."""
    journal, _ = story
    times = [event.read_leaf(leaf).at for leaf in journal.leaves(0, journal.size())]

    assert times == sorted(times)
    assert int(times[-1][:4]) - int(times[0][:4]) in (1, 2)


def test_the_published_report_and_its_correction_recount(played, tmp_path):
    first, second = sorted(played.data.glob("reports/foro-libre/*/*/report.zip"))
    vkey = run("log", "vkey", "--data", played.data).stdout.strip()
    words = ("--log", f"{played.url}/log", "--vkey", vkey, "--platform", "foro-libre")
    manifest = json.loads((second.parent / "manifest.json").read_text())

    assert "cells agree" in run("report", "recount", second, *words).stdout
    assert "December" in manifest["reasons"]
    assert len(manifest["changes"]) >= 1
    assert first.read_bytes() != second.read_bytes()


# --- looking round ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PLACES)
def test_no_page_of_menu_and_foot_is_empty_or_broken(played, path):
    answer = played.http.get(path, follow_redirects=True)

    assert answer.status_code == 200
    assert re.search(SAYS.get(path, ""), answer.text, re.DOTALL), path
    if path != "/health":
        assert "A demonstration: its people, platforms and cases are made up." in answer.text
        assert answer.text.count("<a href=") > 10  # its way on


def test_the_monitor_found_a_damaged_mirror_and_then_the_log_sound(played):
    page = played.http.get("/coalition").text
    proof = re.search(r'href="(/coalition/evidence/[^"]+)"', page)[1]

    assert "serves damaged files" in page
    assert "sound" in page
    assert b"demonstration.invalid" in played.http.get(proof).content


def test_a_printed_ruling_leads_back_to_itself(played):
    path = re.search(r'href="(/rulings/[0-9a-f]+)"', played.http.get("/rulings").text)[1]

    figure = played.http.get(path).text.partition('<figure class="on-paper">')[2]

    assert figure.startswith(qr_code(f"{played.url}{path}"))


# --- being somebody -----------------------------------------------------------------------------


@pytest.mark.parametrize("part", TOURS)
def test_one_click_and_one_is_somebody_with_five_steps_that_lead_somewhere(played, part):
    place, cookies = enter(played, part)
    begun = played.http.get(place, headers=cookies, follow_redirects=True)
    tour = played.http.get(f"/demo/{part}", headers=cookies).text
    steps = re.findall(r'<li><a href="([^"]+)"', tour.partition('<ol class="tour">')[2])[:5]

    assert begun.status_code == 200
    assert "A demonstration: its people, platforms and cases are made up." in begun.text
    if place.startswith("/"):
        assert f'<a href="/demo/{part}">Your five steps</a>' in begun.text
    assert len(steps) == 5
    for step in steps:
        found = played.http.get(step, headers=cookies, follow_redirects=True)
        assert (found.status_code, "You are not signed in" in found.text) == (200, False), step
        place = urlsplit(step).fragment
        assert not place or f'id="{place}"' in found.text, step  # it leads to what is to be done


def test_every_part_is_offered_with_an_anchor_of_its_own(played):
    page = played.http.get("/demo").text

    assert [f'id="{part}"' in page for part in TOURS] == [True] * len(TOURS)


def test_the_cast_stands_in_groups_and_ana_is_where_one_begins(played):
    page = played.http.get("/demo").text
    groups = page.split('<ul class="cast">')[1:]

    assert [re.findall(r'<li id="(\w+)"', group) for group in groups] == [
        *map(list, GROUPS.values())
    ]
    assert sorted(part for parts in GROUPS.values() for part in parts) == sorted(TOURS)
    assert re.findall(r"<h3>([^<]*) <span", page) == ["Ana, whose account was closed"]


def test_on_a_phone_whom_nobody_needs_yet_is_folded_until_a_link_names_them(
    played,
    open_page,  # noqa: F811
):
    phone = {"width": 390, "height": 844}
    page = open_page(f"{played.url}/", viewport=phone)
    button = page.get_by_role("button", name="Be somebody in this demonstration")
    assert button.bounding_box()["y"] < phone["height"] / 2
    button.click()

    assert page.evaluate("document.documentElement.scrollHeight") < 3_600  # it was 4,300
    assert not page.locator("#kim").is_visible()

    page.goto("about:blank")
    page.goto(f"{played.url}/demo#kim")
    page.locator("#kim").wait_for()
    assert page.complaints == []


@pytest.mark.parametrize("part", ["engineer", "member"])
def test_whoever_is_somebody_already_has_no_button_to_become_them(played, part):
    before = httpx.get(f"{played.url}/demo/{part}").text
    place, cookies = enter(played, part)

    assert "<button>Be this person</button>" in before
    assert "Be this person" not in played.http.get(place, headers=cookies).text


def test_the_front_page_says_once_that_all_is_made_up(played):
    page = httpx.get(f"{played.url}/").text

    assert page.count("its people, platforms and cases are made up") == 1
    assert '<a role="button" href="/demo">Be somebody in this demonstration</a>' in page
    assert ">generated<" not in page
    assert ">generated<" not in played.http.get("/search").text


def test_the_engineers_two_commands_work_as_they_stand_there(played):
    page = played.http.get("/demo/engineer").text
    commands = [
        command.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
        for command in re.findall(r"<pre[^>]*><code>(curl.*?)</code>", page, re.DOTALL)
    ]
    issue, orders = (
        json.loads(subprocess.run(["sh", "-c", one], capture_output=True, check=True).stdout)
        for one in commands
    )

    assert played.http.get(issue["recourse_url"]).status_code == 200
    assert played.http.get(issue["receipt_url"]).status_code == 200
    assert orders


def test_a_source_hands_a_file_over_which_a_recipient_finds(played, tmp_path):
    (tmp_path / "letter.txt").write_text("They knew of it in May.")
    page = played.http.get("/demo/source").text
    box = re.search(r"--to (http://[^\s<]+)", page)[1]
    identity = re.search(r"--identity (\S+?)</code>", page)[1]

    run("disclosure", "seal", tmp_path / "letter.txt", "--to", box)
    found = run("disclosure", "inbox", "--to", box, "--id", "ines", "--identity", identity).stdout

    assert found.split("\t")[3] == "sealed"


def test_the_member_hands_the_missing_answer_in_and_the_resolution_is_adopted(played):
    _, cookies = enter(played, "member")
    page = played.http.get("/demo/member", headers=cookies).text
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1]
    body = text.replace("&#34;", '"').replace("&#43;", "+").replace("\n", "\r\n")

    taken = played.http.post("/coalition/hand-in", files={"text": (None, body)}, headers=cookies)

    assert "The answer is recorded." in taken.text
    assert re.search(r'status".*?<a href="/coalition/resolutions">', taken.text, re.DOTALL)
    stands = re.search(r'<a href="(/coalition/resolution/\w+)"[^<]*</a>: (.*?)</p>', taken.text)
    assert re.fullmatch(r"<strong>adopted</strong> · supported by [34] of 5", stands[2])
    assert "Adopted" in played.http.get(stands[1]).text
    listed = run("resolution", "list", "--data", played.data).stdout
    assert [line.split("\t")[1] for line in listed.splitlines()] == ["adopted", "lapsed", "adopted"]


def test_what_waits_for_the_registrar_stands_first_and_only_that_has_a_button(played):
    _, cookies = enter(played, "registrar")

    page = played.http.get("/registrar", headers=cookies).text

    assert re.findall(r"<a( role=.button.)? href=./registrar/case/.*?>(.*?)</a>", page) == [
        (' role="button"', "Admit it, refuse it, or say what is missing"),
        ("", "The members judge it"),
    ]


def test_the_commands_of_a_member_name_the_node_they_are_read_at(played):
    for path in ("/coalition/join", "/coalition/hand-in"):
        assert f"--to {played.url}" in played.http.get(path).text


def test_the_charter_that_a_members_command_fetches_is_the_one_it_needs(played, tmp_path):
    """Two in a row, as the page has them: fetch the charter, and ask to stand in the next one."""
    page = unescape(played.http.get("/coalition/join").text)
    fetches = re.findall(r"curl -fo charter \S+", page)
    subprocess.run(fetches[0].split(), cwd=tmp_path, capture_output=True, check=True)
    vkey = run("charter", "key", "example.org", tmp_path / "example.key").stdout.strip()
    entry = re.search(r"\[member\]\n.*?(?=witness = )", page, re.DOTALL)[0]
    entry = entry.replace('"example.org+..."', f'"{vkey}"').replace('"witness", ', "")
    (tmp_path / "example.toml").write_text(entry)
    words = ("--key", tmp_path / "example.key", "--charter", tmp_path / "charter")

    asked = run("member", "request", tmp_path / "example.toml", *words).stdout

    assert len(fetches) == 2  # to join, and to change a key
    assert "example.org" in asked


def test_resolutions_are_listed_with_the_names_of_their_proposers(played):
    page = played.http.get("/coalition/resolutions").text
    members = re.findall(
        r'<th scope="row"[^>]*><a href="[^"]*">([^<]+)</a><br><small><code>([^<]+)',
        played.http.get("/coalition").text,
    )
    proposers = [unescape(name) for name in re.findall(r"<small>(.*?) · until", page)]

    assert len(proposers) == 3
    assert set(proposers) <= {unescape(name) for name, _ in members}


def test_a_visitor_complains_is_led_to_the_desk_decides_and_reads_the_decision(played):
    """Three in a row, each by the link of the page before."""
    cleo, cookies = enter(played, "cleo")
    before = played.http.get(cleo, headers=cookies).text
    filed = played.http.post(f"{cleo}/complaint", data={"grounds": "I mend zips."}, headers=cookies)
    assert filed.status_code == 303
    case = cleo.split("/")[2]
    waits = played.http.get(cleo, headers=cookies).text

    part, desk, rosa = be_whoever_answers(played, waits)
    for step in ("assign", "open"):
        taken = played.http.post(f"{desk}/{step}", headers=rosa)
        assert taken.status_code in (200, 303), taken.text
    decision = {
        "outcome": "reversed",
        "reasons": "What the video shows is a zip, and how it is mended.",
        "steps": "restore_content",
    }
    decided = played.http.post(f"{desk}/decide", data=decision, headers=rosa)
    read = played.http.get(cleo, headers=cookies).text

    assert decided.status_code == 303, decided.text
    assert (part, desk) == ("reviewer", f"/desk/case/{case}")
    assert "answer it yourself" not in before
    assert "What the video shows is a zip, and how it is mended." in read
    assert "answer it yourself" not in read


def be_whoever_answers(played, page):
    """Press the one button under which a page offers it: who that is, the case, the cookies."""
    [(part, case)] = re.findall(
        r'<form method="post" action="/demo/(\w+)\?case=([0-9a-f-]+)"', page
    )
    place, cookies = enter(played, f"{part}?case={case}")
    assert f'<div class="begin">\n<form method="post" action="/demo/{part}">' in offered(played)
    return part, place, cookies


def offered(played):
    """The page on which a visitor chooses whom to be."""
    return played.http.get("/demo").text


@pytest.mark.parametrize("platform", PLATFORMS.values())
def test_a_complaint_at_every_platform_has_a_way_to_its_answer(played, platform):
    own = a_decision_that_is_still_open(played, platform)

    filed = sent(played, f"{own}/complaint", {"grounds": f"{platform} took it for another's."})

    part, desk, cookies = be_whoever_answers(played, played.http.get(filed).text)
    assert decided_by(played, desk, cookies) in played.http.get(filed).text
    assert TOURS[part].what in unescape(played.http.get(f"/demo/{part}").text)


@pytest.mark.parametrize("platform", PLATFORMS.values())
def test_a_report_at_every_platform_has_one_and_whoever_gave_it_reviews_no_complaint_of_it(
    played, platform
):
    report = {
        "platform": slug_of(platform),
        "where": "https://platform.example/post/7",
        "why": "It names a street.",
        "danger": "no",
        "good_faith": "yes",
    }
    own = sent(played, "/report", report)
    first, desk, theirs = be_whoever_answers(played, played.http.get(own).text)
    answer = {"result": "not_acted", "reasons": "No rule forbids naming a street."}
    sent(played, f"{desk}/answer", answer, theirs)
    assert "answer it yourself" not in played.http.get(own).text  # it has been answered

    sent(played, f"{own}/complaint", {"grounds": "It names a house as well."})

    second, again, cookies = be_whoever_answers(played, played.http.get(own).text)
    assert (again, second != first) == (desk, True)
    refused = played.http.post(f"{desk}/take", headers=theirs)
    assert refused.status_code == 422
    assert "You took the decision that is complained about" in refused.text
    assert decided_by(played, desk, cookies) in played.http.get(own).text


def a_decision_that_is_still_open(played, platform):
    """The page of somebody whom a decision of a platform affects, and who has not complained."""
    found = played.http.get(f"/search?platform={slug_of(platform)}").text
    for statement in re.findall(r'href="(/statement/[0-9a-f-]{36})"', found):
        page = played.http.get(statement).text
        for own in re.findall(r'href="(/recourse/[^"]+)"', page):
            if f'action="{own}/complaint"' in played.http.get(own).text:
                return own
    raise AssertionError(f"no decision of {platform} can be complained about")


def slug_of(platform):
    return platform.lower().replace(" ", "-")


def sent(played, path, fields, cookies=None):
    """Send a form; the page that it leads to, without what is asked of that."""
    came = played.http.post(path, data=fields, headers=cookies or {"origin": played.url})
    assert came.status_code == 303, came.text
    return came.headers["location"].partition("?")[0]


def decided_by(played, desk, cookies):
    """Take a case and let the first decision stand; the reasons, as whoever complained reads them."""
    sent(played, f"{desk}/take", {}, cookies)
    reasons = "All that was sent was read once more, and the rule is plain."
    sent(played, f"{desk}/decide", {"outcome": "upheld", "reasons": reasons}, cookies)
    return reasons


def test_a_visitor_who_asks_for_no_case_begins_where_their_part_does(played):
    for part, asked in [("bruno", ""), ("bruno", "nothing"), ("registrar", "7"), ("ana", "7")]:
        begun, _ = enter(played, part)
        assert enter(played, f"{part}?case={asked}")[0] == begun


@pytest.mark.parametrize("language", ["de", "ar"])
def test_what_stays_english_is_announced_where_all_is_called_made_up(played, language):
    def banner(asked):
        page = played.http.get(f"/demo?lang={asked}").text
        return re.search(r'<aside class="demonstration".*?</aside>', page, re.DOTALL)[0]

    sentence = catalogue(language).gettext("What its people and platforms write is in English.")

    assert sentence in banner(language)
    assert "is in English" not in banner("en")


def test_letters_go_into_a_folder_and_to_nobody(played):
    letters = [email.message_from_bytes(path.read_bytes()) for path in played.data.glob("mail/*")]

    assert {"ana@example.org"} <= {letter["To"] for letter in letters}
    ana, cookies = enter(played, "ana")
    page = played.http.get(ana, headers=cookies).text
    assert "What was ordered: Restore the account" in " ".join(page.split())
    assert page.count("kept in a folder of this demonstration, and sent to nobody") == 1
    assert "the mail server took it" not in page


def test_the_folder_of_letters_keeps_the_newest(tmp_path):
    folder = MailFolder(tmp_path / "mail", "amparo@localhost")
    (tmp_path / "mail").mkdir()
    for n in range(MOST_LETTERS):
        (tmp_path / "mail" / f"{n:019d}.eml").write_text("old")

    folder.send("ana@example.org", "Hello", "A letter.")

    kept = sorted((tmp_path / "mail").iterdir())
    assert len(kept) == MOST_LETTERS
    assert not (tmp_path / "mail" / f"{0:019d}.eml").exists()
    assert b"A letter." in kept[-1].read_bytes()


# --- what keeps it apart ------------------------------------------------------------------------


def test_a_real_node_has_no_page_of_a_demonstration(served):
    for path in ("/demo", "/demo/ana", "/demo/reviewer"):
        assert served.http.get(path).status_code == 404
    came = served.http.post("/demo/reviewer", headers={"origin": served.url})

    assert came.status_code == 404
    assert "set-cookie" not in came.headers
    assert "A demonstration" not in served.http.get("/").text


def test_a_real_folder_refuses_to_be_a_demonstration_and_stays_as_it_was(tmp_path):
    node = new_node(tmp_path / "node")
    before = (node.folder / "amparo.toml").read_bytes()

    refused = run("serve", "--demo", "--data", node.folder, "--port", "0", check=False)

    assert (refused.returncode, "holds a real node" in refused.stderr) == (1, True)
    assert (node.folder / "amparo.toml").read_bytes() == before


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "one.jpg").write_bytes(b"not ours")

    refused = run("serve", "--demo", "--data", tmp_path / "photographs", "--port", "0", check=False)

    assert (refused.returncode, "is not empty" in refused.stderr) == (1, True)
    assert (tmp_path / "photographs" / "one.jpg").exists()


def test_a_demonstration_refuses_to_be_served_as_real_whatever_its_settings_say(played, tmp_path):
    refused = run("serve", "--data", played.data, "--port", "0", check=False)
    copy = tmp_path / "copy"
    (copy / "keys").mkdir(parents=True, mode=0o700)
    text = (played.data / "amparo.toml").read_text()
    (copy / "amparo.toml").write_text(text.replace(".demonstration.invalid", ".example"))
    for name in ("log.key", "node.secret"):
        (copy / "keys" / name).write_bytes((played.data / "keys" / name).read_bytes())
        (copy / "keys" / name).chmod(0o600)
    renamed = run("serve", "--data", copy, "--port", "0", check=False)

    assert (refused.returncode, "holds a demonstration" in refused.stderr) == (1, True)
    assert renamed.returncode == 1
    assert "does not belong to this log" in renamed.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--origin", "x.demonstration.invalid"), "says something else"),
        (("--demo", "--origin", "log.example"), "stands alone"),
        (("--demo", "--journal", "postgresql://db.example/amparo"), "stands alone"),
    ],
)
def test_a_name_that_says_something_else_is_refused(tmp_path, words, why):
    refused = run("serve", "--data", tmp_path / "node", "--port", "0", *words, check=False)

    assert (refused.returncode, why in refused.stderr) == (1, True)
    assert not (tmp_path / "node" / "amparo.toml").exists()


def test_a_restart_goes_on_with_the_same_story_once_its_witnesses_have_their_port(played):
    before = played.http.get("/health").json()["entries"]
    journal = Journal(played.data / "journal.db", read_only=True)
    places = {part.name: part.place for part in cast(journal)}
    journal.close()
    played.stop()

    with socket.create_server(("127.0.0.1", urlsplit(places["source"]).port)):
        refused = run("serve", "--demo", "--data", played.data, "--port", "0", check=False)
    played.start()

    assert (refused.returncode, "has its witnesses there" in refused.stderr) == (1, True)
    assert played.http.get("/health").json()["entries"] >= before
    assert played.http.get(places["ana"]).status_code == 200
    played.until_shown("/", NEWEST_WAVE)
