"""A witness as it runs: it follows the protocol, survives a power cut, and never goes back."""

import base64
import shutil
import signal
import subprocess
import time

import httpx2
import pytest
from tests.coalition import test_charter as founding
from tests.conftest import AMPARO, Served, run, statement
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.coalition import charter as charters
from amparo.ledger.coalition import charters as kept
from amparo.ledger.coalition import witness_service
from amparo.storage.node import create_node, open_node
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import cosignature, merkle, note, policy, split, witness
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.note import Signer

LOG = Signer("log.example/1", b"l" * 32)
LEAVES = [b"entry %d" % n for n in range(20)]


def root(size, leaves=LEAVES):
    return merkle.root_of([merkle.leaf_hash(leaf) for leaf in leaves[:size]])


def request(old, size, leaves=LEAVES, key=LOG, origin=LOG.name):
    """A body of add-checkpoint, with the proof a sound log gives."""
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves[:size]]
    proof = merkle.consistency_proof(
        old,
        size,
        lambda level, index: merkle.root_of(hashes[index << level : (index + 1) << level]),
    )
    tree = Checkpoint(origin, size, root(size, leaves))
    text = tree.text()
    return witness.Request(old, tuple(proof), note.Note(text, (key.sign(text),)).encode()).encode()


class Running:
    """A real `amparo witness run` in a process of its own."""

    def __init__(self, folder, name="w.example", logs=(LOG.verifier.vkey,)):
        self.folder, self.mark, self.port = folder, folder.with_suffix(".mark"), "0"
        if not folder.exists():
            self.keys = [
                cosignature.cosigner_from_vkey(line)
                for line in run("witness", "make", name, "--data", folder).stdout.split()
            ]
        (folder / "logs").write_text("".join(f"log {vkey}\n" for vkey in logs))
        self.start()

    def start(self):
        words = ["witness", "run", "--port", self.port, "--data", self.folder, "--mark", self.mark]
        self.process = subprocess.Popen(
            [*AMPARO, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        self.url = line.split()[1].rstrip("/") if line.startswith("Open ") else ""
        self.port = self.url.rpartition(":")[2] or "0"  # so that it comes back where it was
        self.http = httpx2.Client(base_url=self.url or "http://none", timeout=120)
        deadline = time.monotonic() + 120
        while self.url and not self.answers():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def answers(self):
        try:
            return self.http.get("/").is_success
        except httpx2.HTTPError:
            return False

    def ask(self, body):
        return self.http.post("/add-checkpoint", content=body)

    def last(self, origin=LOG.name):
        return self.http.get(f"/{witness.monitoring_path(origin)}")

    def end(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        told = self.process.communicate()[1]
        self.http.close()
        return told


@pytest.fixture
def running(tmp_path):
    one = Running(tmp_path / "witness")
    yield one
    if one.process.poll() is None:
        one.end()


def test_the_answers_of_the_protocol_in_its_order(running):
    ask = running.ask
    stranger = Signer("other.example", b"o" * 32)
    forged = Signer(LOG.name, b"f" * 32)

    assert ask(b"nonsense").status_code == 400
    assert ask(request(0, 3, key=stranger, origin=stranger.name)).status_code == 404
    assert ask(request(0, 3, key=forged)).status_code == 403
    first = ask(request(0, 3))
    assert first.status_code == 200
    behind = ask(request(0, 5))
    assert (behind.status_code, behind.text) == (409, "3\n")
    assert behind.headers["content-type"] == "text/x.tlog.size"
    wrong = request(3, 8).split(b"\n")
    wrong[1] = base64.b64encode(b"x" * 32)
    assert ask(b"\n".join(wrong)).status_code == 422
    assert ask(request(3, 8)).status_code == 200
    assert ask(b"old 9\n\n" + request(0, 8).partition(b"\n\n")[2]).status_code == 400
    assert ask(b"x" * (witness.MOST_REQUEST_BYTES + 1)).status_code == 413


def test_both_its_keys_sign_and_who_asks_for_the_newest_gets_it(running):
    assert running.last().status_code == 404
    text = Checkpoint(LOG.name, 4, root(4)).text()

    lines = witness.read_cosignatures(running.ask(request(0, 4)).content, text, running.keys)
    told = running.last()

    assert {line.key_id for line in lines} == {key.key_id for key in running.keys}
    signed = note.parse(told.content)
    assert len(note.verify(signed, [LOG.verifier, *running.keys])) == 3
    assert checkpoints.open_checkpoint(told.content, origin=LOG.name, keys=[LOG.verifier]).size == 4
    assert abs(cosignature.time_of(signed.signatures[1]) - time.time()) < 60


def test_what_it_has_cosigned_outlives_a_power_cut(running):
    running.ask(request(0, 6)).raise_for_status()

    running.end(signal.SIGKILL)
    running.start()

    assert running.ask(request(0, 3)).status_code == 409
    assert running.ask(request(6, 6)).status_code == 200  # the same tree, only younger
    assert running.ask(request(6, 9)).status_code == 200


def test_two_views_of_one_size_are_refused_and_kept_for_a_stranger(running, tmp_path):
    running.ask(request(0, 6)).raise_for_status()
    other = [*LEAVES[:5], b"another history", *LEAVES[6:]]

    answer = running.ask(request(6, 6, leaves=other))

    assert answer.status_code == 422
    [file] = (running.folder / "evidence").iterdir()
    judged = run("witness", "judge", file, "--vkey", LOG.verifier.vkey).stdout
    assert root(6).hex() in judged
    assert root(6, other).hex() in judged
    for spoilt in (
        file.read_bytes().replace(b"\n6\n", b"\n7\n", 1),
        split.HEADER + LOG.verifier.vkey.encode() + b"\n",
        b"",
    ):
        (tmp_path / "spoilt").write_bytes(spoilt)
        assert run("witness", "judge", tmp_path / "spoilt", check=False).returncode == 1
    stranger = Signer(LOG.name, b"s" * 32).verifier.vkey
    assert run("witness", "judge", file, "--vkey", stranger, check=False).returncode == 1
    assert running.ask(request(6, 9)).status_code == 200  # and the first history goes on


def test_a_restored_backup_refuses_to_start_until_others_were_asked(running, tmp_path):
    running.ask(request(0, 3)).raise_for_status()
    running.end(signal.SIGTERM)
    shutil.copytree(running.folder, tmp_path / "backup")
    running.start()
    running.ask(request(3, 8)).raise_for_status()
    running.end(signal.SIGTERM)
    shutil.rmtree(running.folder)
    shutil.copytree(tmp_path / "backup", running.folder)

    running.start()

    assert running.url == ""
    assert "not the newest" in running.end()
    other = Running(tmp_path / "other", "w2.example")
    words = ("--ask", other.url, "--data", running.folder, "--mark", running.mark)
    other.ask(request(0, 8)).raise_for_status()
    refused = run("witness", "recover", *words, check=False)
    assert refused.returncode == 1
    assert "has forgotten something" in refused.stderr
    shutil.rmtree(other.folder / "evidence", ignore_errors=True)
    other.end()


def test_a_recovery_goes_on_when_nobody_has_seen_more(running, tmp_path):
    running.ask(request(0, 3)).raise_for_status()
    other = Running(tmp_path / "other", "w2.example")
    other.ask(request(0, 3)).raise_for_status()
    running.end(signal.SIGTERM)
    running.mark.write_text("9")

    told = run(
        "witness", "recover", "--ask", other.url, "--data", running.folder, "--mark", running.mark
    )
    running.start()

    assert "Nothing is missing" in told.stdout
    assert running.ask(request(3, 5)).status_code == 200
    other.end()


def test_a_clock_that_goes_backwards_cosigns_nothing(tmp_path):
    witness_service.make(tmp_path / "w", "w.example")
    (tmp_path / "w" / "logs").write_text(f"log {LOG.verifier.vkey}\n")
    now = [1_800_000_000]
    one = witness_service.Witness(tmp_path / "w", tmp_path / "mark", clock=lambda: now[0])
    assert one.add_checkpoint(request(0, 3)).status == 200

    now[0] -= 1

    assert one.add_checkpoint(request(3, 5)).status == 503
    now[0] += 1
    assert one.add_checkpoint(request(3, 5)).status == 200
    one.close()


def test_what_cannot_be_stored_is_not_signed(tmp_path):
    witness_service.make(tmp_path / "w", "w.example")
    (tmp_path / "w" / "logs").write_text(f"log {LOG.verifier.vkey}\n")
    one = witness_service.Witness(tmp_path / "w", tmp_path / "marks" / "mark")
    (tmp_path / "marks" / ".mark.new").mkdir()  # where the mark would be written first

    refused = one.add_checkpoint(request(0, 3))
    (tmp_path / "marks" / ".mark.new").rmdir()

    assert (refused.status, b"could not be stored" in refused.body) == (503, True)
    assert one.add_checkpoint(request(3, 5)).status == 200
    one.close()


def test_only_one_process_holds_a_witness_and_its_page_tells_how_far_it_sees(running, open_page):  # noqa: F811
    words = ["witness", "run", "--port", "0", "--data", running.folder, "--mark", running.mark]
    second = run(*words, check=False)
    running.ask(request(0, 12)).raise_for_status()
    page = open_page(running.url, locale="en-GB", color_scheme="dark")

    assert second.returncode == 1
    assert "Another process is running this witness" in second.stderr
    page.get_by_role("cell", name="12", exact=True).wait_for()
    assert violations(page) == []
    assert page.complaints == []


def test_a_node_publishes_only_with_the_charters_quorum_and_goes_on_when_it_is_there(tmp_path):
    """Two of four kinds are silent: nothing is published, nothing is lost, and it says so."""
    node = create_node(tmp_path / "node", origin=founding.log_key(founding.NAMES[0]).name)
    (node.folder / "keys" / "log.key").write_text(founding.log_key(founding.NAMES[0]).to_text())
    own = node.signer().verifier.vkey
    witnesses = [Running(tmp_path / f"w{n}", f"w.{founding.NAMES[n]}", [own]) for n in (1, 2, 3)]
    members = [founding.party(n) for n in range(5)]
    for n, one in zip((1, 2, 3), witnesses, strict=True):
        members[n]["witness"] = {"keys": [key.vkey for key in one.keys], "url": one.url}
    made = charters.from_source(founding.source(member=members))
    root_digest = charters.digest(charters.text_of(made))
    settings = node.folder / "amparo.toml"
    text = settings.read_text().replace('charter = ""', f'charter = "{root_digest}"')
    settings.write_text(text.replace("most_waiting = 1000000", "most_waiting = 5"))
    (tmp_path / "first").write_bytes(founding.signed(made))
    told = run("charter", "adopt", tmp_path / "first", "--data", node.folder).stdout
    assert "5 members" in told
    assert [one.id for one in kept.current(open_node(node.folder)).seat] == ["ada"]

    served = Served(node.folder)
    auth = served.add_platform("Foro")
    whole = served.http.post(
        "/api/v1/statement?wait=receipt", json=statement("a"), headers=auth
    ).json()
    receipt = tmp_path / "a.tlog-proof"
    receipt.write_bytes(served.http.get(whole["receipt_url"]).content)
    trusted = tmp_path / "policy"
    trusted.write_text(run("charter", "policy", "--data", node.folder).stdout)
    assert policy.parse(trusted.read_text()).quorum == "enough"
    run("verify", receipt, "--policy", trusted)

    witnesses[0].end()
    served.http.post("/api/v1/statement", json=statement("b"), headers=auth).raise_for_status()
    deadline = time.monotonic() + 120
    while (health := served.http.get("/health")).status_code != 503:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert "quorum is not reached" in health.text
    assert founding.NAMES[1] in health.text
    assert health.json()["published"] < health.json()["entries"]

    taken = []
    while len(taken) < 9:  # what may wait is bounded, and who comes too many is told so
        answer = served.http.post(
            "/api/v1/statement", json=statement(f"c{len(taken)}"), headers=auth
        )
        taken.append(answer.status_code)
    assert taken[:3] == [201] * 3
    assert (answer.status_code, "until the log can be published" in answer.text) == (503, True)
    assert int(answer.headers["retry-after"]) > 0

    witnesses[0].start()
    deadline = time.monotonic() + 120
    while (health := served.http.get("/health")).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert health.json()["published"] == health.json()["entries"] == 2 + taken.count(201)
    late = served.http.post("/api/v1/statement", json=statement("late"), headers=auth)
    assert late.status_code == 201
    for one in witnesses:
        one.end()
    served.stop()
