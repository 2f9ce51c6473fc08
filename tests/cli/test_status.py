"""What an operator sees of a node in one look, and what is said to be wrong with it."""

import json
import os
from contextlib import closing

import msgspec
import pytest
from starlette.routing import Match, Route
from tests.conftest import Served, own_link, run, statement

from amparo.ledger.case import registrars
from amparo.ledger.log.notarise import remark
from amparo.ledger.log.selfcheck import Result
from amparo.ledger.upkeep import doctor, status
from amparo.ledger.upkeep.doctor import examine
from amparo.ledger.upkeep.status import (
    OfBackup,
    OfConnection,
    OfForwarding,
    OfLog,
    OfMail,
    OfPanels,
    OfPlatform,
    Status,
)
from amparo.storage import journal as journals
from amparo.storage.node import create_node
from amparo.storage.settings import Settings
from amparo.web.app import routes

NOW = 1_800_000_000
WELL = Status(
    version="0.1.0",
    folder="data",
    origin="log.example/1",
    demonstration=False,
    address="https://log.example",
    free=50 * 1024**3,
    low_below=1024**3,
    reserve=1024**2,
    log=OfLog(10, 10, NOW - 60, ["witness.example"], published_here=True, has_cases=True),
    checked=Result(NOW - 3600, ok=True),
    mail=OfMail("smtp://mail.example", 0, 0, 0),
    panels=OfPanels(ready=True, cases=2, members=9, registrars=1),
    claims=0,
    platforms=[
        OfPlatform(
            name="Foro Libre",
            slug="foro-libre",
            demo=False,
            tokens=1,
            untold=0,
            complaints=3,
            late=0,
            danger=0,
            danger_late=0,
            notices=0,
            orders_late=0,
            reviewers=2,
            leads=1,
            webhook="active",
            webhook_why="",
            forwarding=OfForwarding("active", "", 0, 0),
        )
    ],
    connections=[OfConnection("strikes", "foro-libre", "running", 0, 0, NOW - 60, "")],
    backups=[OfBackup("/backup/1", "2027-01-14T08:00:00Z")],
)
SET = Settings(
    origin="log.example/1",
    base_url="https://log.example",
    sender="amparo@log.example",
    operator="olga@log.example",
    operator_name="Olga",
    contact="olga@log.example",
)


def but(status, **changes):
    """A status with something changed: `place__field`, as in `log__public`."""
    for name, value in changes.items():
        place, _, field = name.partition("__")
        inner = getattr(status, place)
        if not field:
            new = value
        elif isinstance(inner, list):
            new = [msgspec.structs.replace(inner[0], **{field: value})]
        else:
            new = msgspec.structs.replace(inner, **{field: value})
        status = msgspec.structs.replace(status, **{place: new})
    return status


FAULTS = [
    ("broken", "publishes", {"log__published_here": False, "log__signed_at": NOW - 90_000}),
    ("broken", "wait to be public", {"log__public": 4, "log__signed_at": NOW - 90_000}),
    ("broken", "was ahead", {"log__signed_at": NOW + 90_000}),
    ("broken", "cannot be read", {"log__public": None, "log__why": "nobody answers"}),
    ("broken", "the disk is full", {"free": 1000}),
    ("broken", "daily check", {"checked": Result(NOW, ok=False, what="a tile is damaged")}),
    ("broken", "nobody leads", {"panels__registrars": 0}),
    ("broken", "no member can be drawn", {"panels__ready": False}),
    ("broken", "nobody can decide", {"platforms__reviewers": 0}),
    ("broken", "Late complaints", {"platforms__late": 2}),
    ("broken", "in danger", {"platforms__danger": 2, "platforms__danger_late": 1}),
    ("broken", "overdue", {"platforms__orders_late": 1}),
    ("broken", "EU's database", {"platforms__forwarding": OfForwarding("denied", "401", 0, 0)}),
    ("soon", "nearly full", {"free": 1024**3 - 1}),
    ("soon", "not checked", {"checked": Result(NOW - 400_000, ok=True)}),
    ("soon", "that wait:", {"mail": OfMail("smtp://mail.example", 4, NOW - 9000, 0)}),
    ("soon", "never arrive", {"mail__lost": 1}),
    ("soon", "no backup", {"backups": []}),
    ("soon", "backup is old", {"backups": [OfBackup("/backup/1", "2026-01-14T08:00:00Z")]}),
    ("soon", "Claims", {"claims": 1}),
    ("soon", "not told", {"platforms__untold": 12}),
    ("soon", "webhook", {"platforms__webhook": "ended"}),
    ("soon", "put aside", {"platforms__forwarding": OfForwarding("active", "", 0, 1)}),
    ("soon", "fails", {"connections__why": "401"}),
    (
        "advice",
        "own disk",
        {"backups": [OfBackup("/data/backup", "2027-01-14T08:00:00Z", beside_the_node=True)]},
    ),
    ("advice", "cosigns", {"log__witnesses": []}),
    ("advice", "cannot submit", {"platforms__tokens": 0}),
    ("advice", "One person", {"platforms__reviewers": 1}),
    ("advice", "Drafts", {"connections__drafts": 3}),
]


def test_nothing_is_said_of_a_node_that_is_well():
    assert examine(WELL, SET, NOW, "") == []


@pytest.mark.parametrize(("weight", "words", "changes"), FAULTS, ids=[f[1] for f in FAULTS])
def test_each_fault_is_named_alone_and_says_how_to_mend_it(weight, words, changes):
    [finding] = examine(but(WELL, **changes), SET, NOW, "")

    assert (finding.weight, words in str(finding.what)) == (weight, True)
    assert str(finding.why)
    assert str(finding.fix).endswith((".", "`"))


def test_each_page_that_a_finding_leads_to_is_there():
    bare = Settings(origin="log.example/1")
    nodes = [but(WELL, **changes) for _, _, changes in FAULTS]
    pages = {one.page for node in nodes for one in examine(node, bare, NOW, "away") if one.page}
    addresses = [route for route in routes(b"", https=False) if isinstance(route, Route)]

    def is_there(page):
        scope = {"type": "http", "method": "GET", "path": page}
        return any(route.matches(scope)[0] is Match.FULL for route in addresses)

    assert {"/health", "/coalition", "/admin/seats"} <= pages
    assert [page for page in pages if not is_there(page)] == []


def test_a_quiet_log_is_not_a_silent_one():
    """Who publishes signs once an hour; a second host may publish what this one only reads."""
    quiet = but(WELL, log__published_here=False, log__signed_at=NOW - 3700)

    assert examine(quiet, SET, NOW, "") == []


def test_a_mail_server_that_is_away_is_worse_while_letters_wait():
    [soon] = examine(WELL, SET, NOW, "mail.example: refused")
    [broken] = examine(
        but(WELL, mail__waiting=3, mail__since=NOW), SET, NOW, "mail.example: refused"
    )

    assert (soon.weight, broken.weight) == ("soon", "broken")


def test_what_only_letters_need_is_advice_until_there_is_a_decision():
    """Minutes old and sound: a script that installs a node can ask whether it went well."""
    bare = Settings(origin="log.example/1")
    young = but(WELL, log__entries=3, log__public=3, log__has_cases=False)

    found = examine(young, bare, NOW, "localhost: refused")
    waited_for = examine(but(young, mail__waiting=1, mail__since=NOW), bare, NOW, "away")

    assert {finding.weight for finding in found} == {"advice"}
    assert any("mail server" in str(finding.what) for finding in found)
    assert any("its own address" in str(finding.what) for finding in found)
    assert waited_for[0].weight == "broken"


def test_what_a_node_remarks_itself_is_no_case(tmp_path):
    node = create_node(tmp_path / "node", origin="log.example/1")
    remark(node, "dump.seen", {"name": "sor-global-2025-11-03-full.zip", "rows": 9})

    log = status.read(node).log

    assert (log.entries, log.has_cases) == (1, False)


def test_a_new_node_is_called_well_and_told_what_it_needs(quiet):
    done = run("doctor", "--data", quiet, env=os.environ | {"AMPARO_SMTP": "smtp://127.0.0.1:9"})

    assert "0 broken, 0 soon to be mended" in done.stdout
    assert "The mail server cannot be reached" in done.stdout
    assert done.stdout.endswith("Nothing is wrong with this node.\n")


def test_the_worst_comes_first():
    found = examine(
        but(WELL, backups=[], platforms__late=1, log__witnesses=[]), SET, NOW, "mail.example: away"
    )

    assert [f.weight for f in found] == sorted([f.weight for f in found], key=doctor.WEIGHTS.index)
    assert {f.weight for f in found} == set(doctor.WEIGHTS)


def test_demonstrations_have_no_faults():
    assert examine(but(WELL, platforms__demo=True, platforms__late=1), SET, NOW, "") == []


def test_of_a_demonstration_only_what_it_runs_on_is_judged():
    """No mail leaves it, nobody waits for its panels, and it is in no backup."""
    made_up = but(WELL, demonstration=True, panels__ready=False, claims=1, backups=[])

    bare = Settings(origin="log.example/1")

    assert examine(made_up, bare, NOW, "") == []
    assert [f.weight for f in examine(but(made_up, free=1000), bare, NOW, "")] == ["broken"]


def test_what_is_not_judged_of_a_demonstration_is_not_called_well(tmp_path):
    """Beside a `status` of no backup and late danger, "nothing is wrong" was not believed."""
    create_node(tmp_path / "made-up", demonstration=True)
    run("platform", "add", "Foro", "--data", tmp_path / "made-up")

    found = run("doctor", "--data", tmp_path / "made-up", check=False).stdout

    assert "Nothing is wrong" not in found
    assert "Only what this demonstration runs on is judged" in found


def test_a_node_that_runs_is_shown_beside_it(tmp_path, monkeypatch):
    """A platform with a complaint that nobody can decide: seen at once, and mended as it says."""
    monkeypatch.setenv("AMPARO_SMTP", "smtp://user:secret-word@127.0.0.1:9")
    with_node = Served(tmp_path / "node")
    try:
        token = with_node.add_platform("Foro Libre")
        told = with_node.http.post("/api/v1/statement", json=statement(), headers=token).json()
        link = own_link(with_node.http, told)
        filed = {"grounds": "It was not me.", "email": ""}
        assert with_node.http.post(f"{link}/complaint", data=filed).status_code == 303

        shown = run("status", "--data", with_node.data).stdout
        found = json.loads(run("status", "--json", "--data", with_node.data).stdout)
        judged = run("doctor", "--json", "--data", with_node.data, check=False)
        run(
            "reviewer",
            "add",
            "Rosa",
            "rosa@example.org",
            "--platform",
            "Foro Libre",
            "--data",
            with_node.data,
        )
        again = run("doctor", "--data", with_node.data, check=False)
    finally:
        with_node.stop()

    assert "Foro Libre: a token; at its desk 0" in shown
    assert "complaints 1 (late 0)" in shown
    assert found["log"]["published_here"] is True
    assert found["platforms"][0]["complaints"] == 1
    assert judged.returncode == 1
    first = json.loads(judged.stdout)[0]
    assert "nobody can decide" in first["what"]
    assert "--platform 'Foro Libre'" in first["fix"]
    assert "nobody can decide" not in again.stdout
    assert "secret-word" not in shown + judged.stdout + again.stdout + json.dumps(found)


@pytest.fixture
def quiet(tmp_path):
    """The folder of a node with a platform, which nobody runs."""
    run("platform", "add", "Foro", "--data", tmp_path / "node")
    return tmp_path / "node"


def looked_at(folder, **environment):
    """`status`, its JSON and `doctor`, as text; whatever is wrong, none of them is a traceback."""
    shown = [
        run(*words, "--data", folder, check=False, env=os.environ | environment)
        for words in (("status",), ("status", "--json"), ("doctor",))
    ]
    assert not any("Traceback" in done.stderr for done in shown)
    return [done.stdout + done.stderr for done in shown]


def test_a_journal_of_an_older_version_is_refused_in_words_and_left_as_it_was(quiet, monkeypatch):
    path = quiet / "journal.db"
    path.unlink()
    with monkeypatch.context() as older:
        older.setattr(journals, "SCHEMAS", journals.SCHEMAS[:5])
        journals.Journal(path).close()
    before = path.read_bytes()

    lists = [
        run(*words, "--data", quiet, check=False).stderr
        for words in (("reviewer", "list"), ("claim", "list"))
    ]
    for text in (*looked_at(quiet), *lists):
        assert "written by an older version" in text
        assert "fix: Start the node once" in text
    assert path.read_bytes() == before


def test_a_journal_that_was_moved_says_where_it_is(quiet):
    with closing(journals.Journal(quiet / "journal.db")) as journal, journal.transaction():
        journal.retire("postgresql://db.example/amparo")

    for text in looked_at(quiet):
        assert "since then it is postgresql://db.example/amparo" in text


def test_what_is_public_is_not_known_where_it_cannot_be_read(quiet):
    """A figure that is not known is not zero."""
    with_log = Served(quiet)
    with_log.stop()
    for file in quiet.rglob("checkpoint"):
        file.write_text("junk")

    shown, told, judged = looked_at(quiet)

    assert "of them public: not known (" in shown
    assert json.loads(told)["log"]["public"] is None
    assert "What is public of the record cannot be read." in judged


def test_cases_of_panels_are_counted_beyond_a_page(quiet):
    many = registrars.PAGE + 7
    with closing(journals.Journal(quiet / "journal.db")) as journal, journal.transaction():
        for n in range(many):
            journal.db.execute(
                "INSERT INTO panel VALUES (?, 1, 'submitted', 9, '', '', '')", (n.to_bytes(16),)
            )

    shown, *_ = looked_at(quiet)

    assert f"open cases: {many}" in shown


@pytest.mark.parametrize("smtp", ["smtp://[::1", "smtp://u:secret-word@host:99999", "nonsense"])
def test_a_setting_that_names_no_mail_server_is_a_finding_among_others(quiet, smtp):
    shown, _, judged = looked_at(quiet, AMPARO_SMTP=smtp)

    assert "`smtp` names no server" in shown
    assert "That is no address of a mail server." in judged
    assert "does not know its own address" in judged
    assert "secret-word" not in shown + judged


def test_what_others_wrote_steers_no_terminal(quiet):
    """What a server answered ends up in why its webhook fails."""
    with closing(journals.Journal(quiet / "journal.db")) as journal, journal.transaction():
        journal.db.execute(
            "INSERT INTO webhook (platform, url, secret, private, failures, why) "
            "VALUES (1, 'https://foro.example', x'00', 0, 3, ?)",
            ("\x1b[2Jnothing\nis wrong \u202eereht",),
        )

    shown, _, judged = looked_at(quiet)

    assert "[U+001B][2Jnothing is wrong [U+202E]ereht" in shown
    assert "\x1b[2J" not in judged


def test_no_node_and_a_journal_that_does_not_answer_are_said(tmp_path):
    nothing = run("doctor", "--data", tmp_path / "none", check=False)
    run("platform", "add", "Foro", "--data", tmp_path / "node")
    (tmp_path / "node" / "journal.db").write_bytes(b"not a database" * 1000)
    damaged = run("status", "--data", tmp_path / "node", check=False)

    for done in (nothing, damaged):
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "fix:" in done.stderr
