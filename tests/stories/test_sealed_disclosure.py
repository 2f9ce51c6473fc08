"""Somebody inside hands documents over; the server never holds anything that it must not hold."""

import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tarfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from tests.coalition import test_charter as founding
from tests.conftest import AMPARO, run
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.coalition import charter as charters
from amparo.coalition import document, submission
from amparo.errors import Denied, Missing, Refused, Unavailable
from amparo.ledger.disclosure import drop_box, sealing
from amparo.ledger.disclosure.drop_box import Disclosures
from amparo.storage.node import create_node
from amparo.tlog import merkle

NAMES = founding.NAMES
CANARY = "canary-of-the-document-7f3a"
FILE_NAME = "board-minutes-9c1e.txt"
AGENT = "agent-of-the-visitor-52d0"
ADDRESS = "203.0.113.77"


class Box:
    """A real server, with two recipients of different members, and their keys."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "box"
        made = charters.from_source(founding.source())
        self.root = document.digest(charters.text_of(made))
        (folder / "first").write_bytes(founding.signed(made))
        run("disclosure", "make", folder / "first", "--root", self.root, "--data", self.data)
        until = (datetime.now(UTC) + timedelta(days=100)).date().isoformat()
        for n, name in ((1, "ana"), (3, "bo")):
            public = run("disclosure", "key", folder / f"{name}.age").stdout.strip()
            (folder / f"{name}.member").write_text(founding.signer(NAMES[n]).to_text())
            (folder / f"{name}.member").chmod(0o600)
            told = run(
                "disclosure",
                "recipient",
                public,
                "--id",
                name,
                "--name",
                name.title(),
                "--until",
                until,
                "--key",
                folder / f"{name}.member",
            ).stdout
            (folder / f"{name}.note").write_text(told)
            run("disclosure", "admit", folder / f"{name}.note", "--data", self.data)
        self.log = (folder / "output").open("w+b")
        self.start()

    def start(self):
        words = ["disclosure", "serve", "--port", "0", "--data", self.data]
        self.process = subprocess.Popen(
            [*AMPARO, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=os.environ | {"TMPDIR": str(self.tmp())},
        )
        self.url = self.process.stdout.readline().split()[1].rstrip("/")
        self.http = httpx2.Client(
            base_url=self.url,
            timeout=60,
            headers={"user-agent": AGENT, "x-forwarded-for": ADDRESS, "accept": "application/json"},
        )
        deadline = time.monotonic() + 120
        while True:
            try:
                if self.http.get("/directory").is_success:
                    return
            except httpx2.HTTPError:
                pass
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def tmp(self):
        (self.folder / "tmp").mkdir(exist_ok=True)
        return self.folder / "tmp"

    def stop(self, how=signal.SIGTERM):
        self.http.close()
        self.process.send_signal(how)
        self.process.wait(30)
        self.process.stdout.close()

    def as_recipient(self, command, *words, who="ana", check=True):
        return run(
            "disclosure",
            command,
            *words,
            "--to",
            self.url,
            "--id",
            who,
            "--identity",
            self.folder / f"{who}.age",
            check=check,
        )

    def send(self, raw, **fields):
        given = {"for": ["ana", "bo"], "key": "", **fields}
        return self.http.post("/submit", data=given, files={"file": (FILE_NAME, raw)})


@pytest.fixture
def box(tmp_path):
    one = Box(tmp_path)
    yield one
    if one.process.poll() is None:
        one.stop()
    one.log.close()


@pytest.fixture
def paper(tmp_path):
    path = tmp_path / FILE_NAME
    path.write_text(f"{CANARY}\n" * 50)
    return path


def test_a_source_seals_sends_and_comes_back_and_two_recipients_decide(box, paper):
    sent = run("disclosure", "seal", paper, "--to", box.url, "--root", box.root)
    words = sent.stdout.strip()
    assert len(words.split()) == 7
    assert "can be opened by Ana" in sent.stderr

    # A recipient sees it, fetches it, opens it, and answers; only the source can read the answer.
    listed = box.as_recipient("inbox", "--fetch", box.folder / "got").stdout.split("\t")
    name, day, size, state = listed[:4]
    assert (day, size, state) == (str(datetime.now(UTC).date()), "65536", "sealed")
    opened = run(
        "disclosure",
        "open",
        box.folder / "got" / f"{name}.age",
        "--identity",
        box.folder / "ana.age",
        "--into",
        box.folder / "out",
    ).stdout.strip()
    assert Path(opened).read_text() == paper.read_text()
    again = run(
        "disclosure",
        "open",
        box.folder / "got" / f"{name}.age",
        "--identity",
        box.folder / "ana.age",
        "--into",
        box.folder / "out",
        check=False,
    )
    assert "exists" in again.stderr
    said = box.as_recipient("step", name, "acknowledge", "--reply", "We have it. Who else saw it?")
    assert said.stdout.strip() == "acknowledged"
    told = run("disclosure", "replies", "--to", box.url, input=words)
    assert "We have it. Who else saw it?" in told.stdout
    assert "acknowledged" in told.stderr

    # One recipient alone decides nothing further.
    assert "waits" in box.as_recipient("step", name, "assess").stdout
    assert "waits" in box.as_recipient("step", name, "assess").stdout
    assert box.as_recipient("step", name, "assess", who="bo").stdout.strip() == "assessed"
    assert box.as_recipient("step", name, "destroy", check=False).returncode == 1
    box.as_recipient("step", name, "decline", "--reply", "We cannot use it, because ...")
    assert box.as_recipient("step", name, "decline", who="bo").stdout.strip() == "declined"
    assert "because" in run("disclosure", "replies", "--to", box.url, input=words).stdout

    wrong = " ".join(["abacus"] * 7)
    assert (
        "no box" in run("disclosure", "replies", "--to", box.url, input=wrong, check=False).stderr
    )
    typo = run("disclosure", "replies", "--to", box.url, input="seven words", check=False)
    assert "not the seven words" in typo.stderr
    run("disclosure", "forget", "--to", box.url, input=words)
    gone = run("disclosure", "replies", "--to", box.url, input=words, check=False)
    assert gone.returncode == 1


def test_with_the_standard_tool_age_and_the_page_alone(box, paper, open_page):  # noqa: F811
    """The exact commands of the page, in a real browser, in Spanish, without Amparo."""
    page = open_page(
        f"{box.url}/?lang=es", color_scheme="dark", viewport={"width": 375, "height": 800}
    )
    assert violations(page) == []
    page.get_by_role("heading", name="De qué no le protege").wait_for()
    commands = [one for one in page.locator("pre code").all_inner_texts() if "amparo" not in one]
    script = "\n".join(commands).replace("FILE...", FILE_NAME).replace("1M", "64K")
    assert "age -r age1" in script
    done = subprocess.run(
        ["bash", "-ec", script], cwd=box.folder, check=True, capture_output=True, text=True
    )
    key = re.search(r"age1[a-z0-9]+", done.stderr)[0]
    page.get_by_label("Su clave para las respuestas").fill(key)
    page.get_by_label("El archivo cerrado").set_input_files(box.folder / "sealed.age")
    page.get_by_role("button", name="Entregar").click()
    words = page.locator(".words").inner_text()
    assert len(words.split()) == 7
    assert violations(page) == []
    assert page.context.cookies() == []

    name = box.as_recipient("inbox", who="bo").stdout.split("\t")[0]
    sealed = box.folder / "fetched.age"
    sealed.write_bytes(box.http.get(f"/sealed/{name}").content)
    opened = subprocess.run(
        ["age", "-d", "-i", box.folder / "bo.age", sealed], capture_output=True, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(opened.stdout)) as archive:
        assert archive.extractfile(FILE_NAME).read().decode() == paper.read_text()
    box.as_recipient("step", name, "acknowledge", "--reply", "Thank you.", who="bo")

    page.get_by_role("link", name="Volver", exact=True).click()
    page.get_by_label("Sus siete palabras").fill(words)
    page.get_by_role("button", name="Mirar").click()
    page.get_by_text("Una persona destinataria lo ha abierto").wait_for()
    assert violations(page) == []
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Traer las respuestas").click()
    with tarfile.open(waiting.value.path()) as archive:
        reply = archive.extractfile("reply-1.age").read()
    told = subprocess.run(
        ["age", "-d", "-i", box.folder / "reply.key"], input=reply, capture_output=True, check=True
    )
    assert told.stdout.rstrip(b"\0") == b"Thank you."
    page.get_by_role("button", name="Destruir").click()
    page.get_by_text("Su buzón está destruido").wait_for()
    assert page.complaints == []


@pytest.mark.parametrize(
    "raw",
    [
        CANARY.encode() * 200_000,  # large enough that a form would be spooled to disk
        b"%PDF-1.7\n" + CANARY.encode(),
        b"",
        b"age-encryption.org/v2\n" + CANARY.encode(),
        b"age-encryption.org/v1\n" + CANARY.encode(),
    ],
)
def test_plaintext_is_refused_unread_and_leaves_nothing_anywhere(box, raw):
    answer = box.send(raw)

    assert answer.status_code in (400, 422)
    assert "Nothing of it was kept" in answer.text or "whole" in answer.text
    nothing_is_held(box)


def nothing_is_held(box, *more):
    """Search everything that the server's disk, database, log and temporary folder hold."""
    box.log.flush()
    places = [*box.data.rglob("*"), *box.tmp().rglob("*"), box.folder / "output"]
    files = [path for path in places if path.is_file()]
    assert box.data / "box.db" in files
    for path in files:
        body = path.read_bytes()
        for word in (CANARY, FILE_NAME, AGENT, ADDRESS, "127.0.0.1", "AGE-SECRET-KEY", *more):
            assert word.encode() not in body, (path, word)
            assert word.encode() not in path.name.encode()
    assert not [p for p in box.tmp().rglob("*") if p.is_file()]


def test_disk_database_and_log_hold_nothing_that_they_must_not(box, paper):
    """Everything a source, a recipient and a clumsy visitor do; then the whole disk is searched."""
    words = run("disclosure", "seal", paper, "--to", box.url, "--root", box.root).stdout.strip()
    way = sealing.way_back(words.split())
    mine = box.folder / "mine.age"
    run(
        "disclosure",
        "seal",
        paper,
        "--output",
        mine,
        "--directory",
        directory_of(box),
        "--root",
        box.root,
    )
    reply_key = sealing.identity_of(b"k" * 32)
    told = box.send(mine.read_bytes(), key=str(reply_key.to_public())).json()
    box.send(paper.read_bytes())
    box.http.post("/return", data={"code": " ".join(told["words"])})
    box.http.post("/return", data={"code": CANARY})
    box.http.get(f"/sealed/{CANARY}")
    box.http.get(f"/inbox/{CANARY}")
    box.http.post("/step", content=CANARY)
    name = box.as_recipient("inbox").stdout.split("\t")[0]
    box.as_recipient("step", name, "acknowledge", "--reply", CANARY)
    box.http.get("/?lang=es")

    nothing_is_held(
        box,
        words,
        way.code,
        words.split()[0] + " ",
        " ".join(told["words"]),
        "Mozilla",
        "python",
        box.url.rpartition(":")[2],
    )
    # No time of any file, folder or row says more than the day.
    kept = [box.data, *box.data.iterdir(), *(box.data / "sealed").iterdir()]
    of_use = [
        path
        for path in kept
        if path.name in ("box", "box.db", "sealed") or path.parent.name == "sealed"
    ]
    assert len(of_use) == 5
    assert {path.stat().st_mtime % 86_400 for path in of_use} == {0.0}
    box.stop()
    db = sqlite3.connect(box.data / "box.db")
    rows = [
        row
        for table in ("submission", "box", "reply", "counted")
        for row in db.execute(f"SELECT * FROM {table}")
    ]
    db.close()
    assert len(rows) == 2 + 2 + 1 + 2
    legible = [str(value) for row in rows for value in row if not isinstance(value, bytes)]
    assert not re.search(r"\d\d:\d\d", " ".join(legible))  # ciphertext may spell anything
    (box.folder / "output").read_bytes()
    assert box.log.seek(0, 2) == 0  # the log is empty


def directory_of(box):
    path = box.folder / "directory.json"
    path.write_bytes(box.http.get("/directory").content)
    return path


def test_whom_it_is_locked_for_is_checked_as_far_as_the_outside_tells(box, paper):
    mine = box.folder / "mine.age"
    listed = directory_of(box)
    alone = run(
        "disclosure",
        "seal",
        paper,
        "--output",
        mine,
        "--directory",
        listed,
        "--root",
        box.root,
        "--without",
        "bo",
        check=False,
    )
    assert "different members" in alone.stderr
    foreign = run(
        "disclosure",
        "seal",
        paper,
        "--output",
        mine,
        "--directory",
        listed,
        "--root",
        "ab" * 32,
        check=False,
    )
    assert "does not hold" in foreign.stderr
    forged = json.loads(listed.read_text())
    forged["recipients"][0] = forged["recipients"][0].replace("Ana", "Eve")
    listed.write_text(json.dumps(forged))
    eve = run(
        "disclosure",
        "seal",
        paper,
        "--output",
        mine,
        "--directory",
        listed,
        "--root",
        box.root,
        check=False,
    )
    assert eve.returncode == 1
    assert not mine.exists()
    run(
        "disclosure",
        "seal",
        paper,
        "--output",
        mine,
        "--directory",
        directory_of(box),
        "--root",
        box.root,
    )
    one = box.send(mine.read_bytes(), **{"for": ["ana"]})
    assert (one.status_code, "different members" in one.text) == (422, True)
    assert box.send(mine.read_bytes(), key="age1nonsense").status_code == 400
    assert box.send(mine.read_bytes()).json() == {"words": []}


def test_a_listing_is_for_its_recipient_alone_and_a_permission_cannot_be_guessed(box, paper):
    run("disclosure", "seal", paper, "--to", box.url, "--root", box.root)
    raw = box.http.get("/inbox/ana").content
    with pytest.raises(Denied):
        sealing.unlock(raw, sealing.read_identity(box.folder / "bo.age"))
    name = box.as_recipient("inbox").stdout.split("\t")[0]
    for act in (
        {"name": name, "who": "ana", "permission": "00" * 32, "step": "acknowledge"},
        {"name": name, "who": "nobody", "permission": "00" * 32, "step": "acknowledge"},
        {"name": "x", "who": "ana", "permission": "", "step": "acknowledge"},
    ):
        assert box.http.post("/step", json=act).status_code == 403
    for body in (b"", b"[" * 100_000, b'{"name": 1}', b"\xff"):
        assert box.http.post("/step", content=body).status_code == 400
    assert box.http.post("/step", content=b"x" * 300_000).status_code == 413


def test_forms_that_are_broken_or_endless_are_refused(box):
    http, kind = box.http, {"content-type": "multipart/form-data; boundary=x"}
    for body in (
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b"nonsense",
        b"--x\r\n" * 500,
        b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n' + b"y" * 5000 + b"\r\n--x--\r\n",
    ):
        assert http.post("/submit", content=body, headers=kind).status_code == 400
    assert (
        http.post("/submit", content=b"x", headers={"content-type": "text/plain"}).status_code
        == 400
    )
    nothing_is_held(box)


def test_what_was_taken_survives_a_power_cut_and_a_second_server_does_not_start(box, paper):
    words = run("disclosure", "seal", paper, "--to", box.url, "--root", box.root).stdout
    second = run("disclosure", "serve", "--port", "0", "--data", box.data, check=False)
    assert "Another process is running this box" in second.stderr
    box.stop(signal.SIGKILL)
    box.start()

    assert "sealed" in run("disclosure", "replies", "--to", box.url, input=words).stderr
    assert len(box.as_recipient("inbox").stdout.splitlines()) == 1


@pytest.fixture
def still(tmp_path):
    """The box itself, without a server, so that days can pass."""
    made = charters.from_source(founding.source())
    drop_box.make(
        tmp_path / "box", document.digest(charters.text_of(made)), [founding.signed(made)]
    )
    from amparo.coalition.recipient import RECIPIENT, Recipient
    from amparo.ledger.disclosure import recipients

    people = []
    for n in (1, 3):
        identity = sealing.identity_of(bytes([n]) * 32)
        one = Recipient(
            f"r{n}", NAMES[n], f"R{n}", str(identity.to_public()), "2026-10-01", "2027-01-20"
        )
        recipients.admit(tmp_path / "box", document.sign(RECIPIENT, one, founding.signer(NAMES[n])))
        people.append(one)
    opened = Disclosures(tmp_path / "box")
    opened.people, opened.folder = people, tmp_path / "box"
    yield opened
    opened.close()


START = date(2026, 12, 1)


def put(still, code, today=START):
    raw = sealing.lock(b"x" * 65_536, [one.key for one in still.people])
    key = str(sealing.way_back(["a"]).identity.to_public())
    return still.submit(raw, chosen=[], key=key, code=code, today=today).name


def sealed_files(still):
    return [path.name for path in (still.folder / "sealed").iterdir()]


def permitted(still, n, name, today=START):
    raw = still.listing(f"r{n}", today)
    listed = json.loads(sealing.unlock(raw, sealing.identity_of(bytes([n]) * 32)))
    return next(one["permission"] for one in listed if one["name"] == name)


def test_each_retention_ends_on_its_day(still):
    unopened, declined = put(still, "u"), put(still, "d")
    for step in ("acknowledge", "assess", "decline"):
        for n in (1, 3):
            if (step, n) != ("acknowledge", 3):
                still.step(declined, f"r{n}", permitted(still, n, declined), step, None, START)

    still.sweep(START + timedelta(days=30))
    assert sorted(sealed_files(still)) == sorted([unopened, declined])
    still.sweep(START + timedelta(days=31))
    assert sealed_files(still) == [unopened]
    assert still.come_back(still.digest("d"), START + timedelta(days=31)).state is None
    still.sweep(START + timedelta(days=90))
    assert sealed_files(still) == [unopened]
    assert still.come_back(still.digest("u"), START + timedelta(days=90)).state == "sealed"
    still.sweep(START + timedelta(days=91))
    assert sealed_files(still) == []
    still.sweep(START + timedelta(days=152))
    for code in ("u", "d"):
        with pytest.raises(Denied):
            still.come_back(still.digest(code), START + timedelta(days=152))


def test_a_source_may_destroy_its_box_and_what_nobody_has_opened(still):
    first, second = put(still, "a"), put(still, "b")
    still.step(second, "r1", permitted(still, 1, second), "acknowledge", None, START)

    still.leave(still.digest("a"), START)
    still.leave(still.digest("b"), START)

    assert sealed_files(still) == [second]
    assert first not in sealed_files(still)
    with pytest.raises(Denied):
        still.come_back(still.digest("a"), START)


def test_a_flood_and_an_old_key_are_turned_away(still, monkeypatch):
    monkeypatch.setattr(drop_box, "MOST_A_DAY", 2)
    put(still, "a")
    put(still, "b")
    with pytest.raises(Unavailable, match="No more is taken today"):
        put(still, "c")
    put(still, "c", START + timedelta(days=1))
    with pytest.raises(Refused, match="different members"):
        put(still, "d", date(2027, 2, 1))
    with pytest.raises(Missing):
        still.listing("nobody", START)


def test_a_quarter_is_told_in_bands_and_a_recipient_can_prove_that_it_had_it_by_then(
    still, tmp_path
):
    names = [put(still, f"c{n}") for n in range(11)]
    told = still.close_quarter("2026q4")
    later = date(2027, 1, 2)
    listed = json.loads(sealing.unlock(still.listing("r1", later), sealing.identity_of(b"\1" * 32)))
    one = next(row for row in listed if row["name"] == names[3])

    assert (told.band, still.close_quarter("2026q3").band) == ("10-49", "0")
    import hashlib

    counted = hashlib.sha256(bytes.fromhex(one["salt"]) + bytes.fromhex(one["sha256"])).digest()
    proof = one["proof"]
    merkle.check_inclusion(
        merkle.leaf_hash(counted),
        proof["index"],
        proof["size"],
        [bytes.fromhex(value) for value in proof["hashes"]],
        bytes.fromhex(told.root),
    )
    still.sweep(START + timedelta(days=120))
    assert still.close_quarter("2026q4") == told  # what was destroyed stays counted

    # On the command line it goes into a node's log; of a quarter that runs nothing is told.
    node = create_node(tmp_path / "node", origin="log.example/1")
    shutil.copytree(still.folder, tmp_path / "copy")
    done = run(
        "disclosure", "quarter", "2026q3", "--data", tmp_path / "copy", "--node", node.folder
    )
    assert "Entry 0 of the log" in done.stderr
    assert json.loads(done.stdout)["band"] == "0"
    running = submission.quarter(datetime.now(UTC).date())
    refused = run("disclosure", "quarter", running, "--data", tmp_path / "copy", check=False)
    assert "not over" in refused.stderr


def test_the_search_would_find_what_lies_there(box):
    nothing_is_held(box)
    for place in (box.data / "sealed" / "x", box.tmp() / "x"):
        place.write_text(f"something {CANARY}")
        with pytest.raises(AssertionError):
            nothing_is_held(box)
        place.unlink()
