"""Five members hold the record together: five nodes, five witnesses, one charter, all real processes.

One is cut off, one lies, one comes back from an old backup. The others go on, and each fault is
shown with a proof that a stranger can judge.
"""

import functools
import http.server
import shutil
import signal
import threading
import time

import pytest
from tests.coalition import test_charter as founding
from tests.conftest import Served, run, statement
from tests.ledger.test_monitor import entries, put
from tests.servers import free_ports
from tests.stories.test_witnessing import Running

from amparo.coalition import charter as charters
from amparo.ledger.coalition import monitor_state
from amparo.storage.node import create_node
from amparo.tlog import note, policy, split, witness

NAMES = founding.NAMES
CUT_OFF, LIAR, RESTORED = 1, 2, 3


class Federation:
    """Five members, each with a node and a witness; the liar's node is its operator by hand."""

    def __init__(self, folder):
        self.folder = folder
        first = free_ports(5)
        ports = range(first, first + 5)
        keys = [founding.log_key(name) for name in NAMES]
        logs = [key.verifier.vkey for key in keys]
        self.witnesses = [Running(folder / f"w{n}", f"w.{NAMES[n]}", logs) for n in range(5)]
        self.urls = [f"http://127.0.0.1:{port}/log" for port in ports]
        members = [
            founding.party(n)
            | {
                "witness": {"keys": [key.vkey for key in one.keys], "url": one.url},
                "log": {"key": logs[n], "url": self.urls[n]},
            }
            for n, one in enumerate(self.witnesses)
        ]
        made = charters.from_source(founding.source(member=members))
        self.charter, self.first = made, folder / "first"
        self.first.write_bytes(founding.signed(made))
        self.root = charters.digest(charters.text_of(made))
        self.nodes = {}
        for n, port in enumerate(ports):
            if n != LIAR:
                data = folder / f"n{n}"
                node = create_node(data, origin=keys[n].name)
                (node.folder / "keys" / "log.key").write_text(keys[n].to_text())
                settings = data / "amparo.toml"
                text = settings.read_text()
                settings.write_text(text.replace('charter = ""', f'charter = "{self.root}"'))
                run("charter", "adopt", self.first, "--data", data)
                self.nodes[n] = Served(data, "--port", port)
        self.tokens = {n: one.add_platform("Foro") for n, one in self.nodes.items()}
        self.count = 0

    def submit(self, n):
        """One decision at a member's node, with a receipt that a stranger verifies by the charter."""
        self.count += 1
        node = self.nodes[n]
        told = node.http.post(
            "/api/v1/statement?wait=receipt",
            json=statement(f"p{self.count}"),
            headers=self.tokens[n],
        )
        assert told.status_code == 201, told.text
        receipt = self.folder / f"{self.count}.tlog-proof"
        receipt.write_bytes(node.http.get(told.json()["receipt_url"]).content)
        trusted = self.folder / f"policy{n}"
        trusted.write_text(charters.policy_text(self.charter, self.charter.member[n].log))
        run("verify", receipt, "--policy", trusted)
        return receipt

    def refused(self, n):
        """What a node says of itself when its witnesses no longer follow it."""
        deadline = time.monotonic() + 120
        while True:
            said = self.nodes[n].http.get("/health").json()
            if "quorum is not reached" in said["publisher"]["what"]:
                return said
            assert time.monotonic() < deadline, said
            time.sleep(0.2)

    def monitor(self):
        """One look of a stranger who knows the digest of the charter and nothing else."""
        return run(
            "monitor",
            "--charter",
            self.first,
            "--root",
            self.root,
            "--data",
            self.folder / "monitor",
            "--once",
            "--openings",
            "3",
            check=False,
        )

    def health(self):
        told = monitor_state.read(self.folder / "monitor")
        return {one.origin.removeprefix("log."): one for one in told.logs}, told

    def end(self):
        for one in self.nodes.values():
            if one.process.poll() is None:
                one.stop()
        for one in self.witnesses:
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGCONT)
                one.end()


@pytest.fixture
def federation(tmp_path):
    one = Federation(tmp_path)
    yield one
    one.end()


def lie(federation):
    """The liar shows its own public, and two of the witnesses, one history; the others another."""
    key = founding.log_key(NAMES[LIAR])
    now = int(time.time())
    leaves = entries(9, at=now)
    views = [leaves, [*leaves[:4], *entries(1, 4, at=now, salt=b"x" * 32), *leaves[5:]]]
    asked = {0: 0, 1: 0, 3: 1, 4: 1}
    for n, view in asked.items():
        folder = federation.folder / f"view{view}"
        signed = put(folder, views[view], key=key)
        body = witness.Request(0, (), signed).encode()
        answer = federation.witnesses[n].ask(body)
        assert answer.status_code == 200
        lines = witness.read_cosignatures(
            answer.content, note.parse(signed).text, federation.witnesses[n].keys
        )
        (folder / f"cosigned-{n}").write_bytes(note.parse(signed).with_signatures(*lines).encode())
    shown = federation.folder / "view0"
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(federation.folder / "public")
    )
    (federation.folder / "public").mkdir()
    shutil.copytree(shown, federation.folder / "public" / "log")
    handler.func.log_message = lambda *_: None
    port = int(federation.urls[LIAR].rpartition(":")[2].partition("/")[0])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return key, server


def test_one_is_cut_off_one_lies_one_is_restored_and_the_others_go_on(federation, tmp_path):
    # All is well: every member's node publishes with the others' cosignatures.
    receipts = [federation.submit(n) for n in federation.nodes]
    key, server = lie(federation)

    # One lies. Neither history has a quorum, so no receipt under it verifies; and it is proven.
    trusted = policy.parse(
        charters.policy_text(federation.charter, federation.charter.member[LIAR].log)
    )
    for view in (0, 1):
        names = set()
        for path in (tmp_path / f"view{view}").glob("cosigned-*"):
            names |= set(policy.cosigned_by(trusted, note.parse(path.read_bytes())))
        assert names
        assert not trusted.reached_by(names)
    first = federation.monitor()
    logs, told = federation.health()
    assert first.returncode == 1
    assert {name: one.open for name, one in logs.items()} == {
        NAMES[n]: (() if n != LIAR else ("split", "unwitnessed")) for n in range(5)
    }
    [proof] = [one.evidence for one in told.faults if one.kind == "split"]
    judged = run(
        "witness", "judge", tmp_path / "monitor" / "evidence" / proof, "--vkey", key.verifier.vkey
    )
    assert "has signed two histories" in judged.stdout
    assert split.judge((tmp_path / "monitor" / "evidence" / proof).read_bytes()).first.size == 9
    assert all(one.size for one in logs.values())
    assert logs[NAMES[0]].openings == 1

    # One is cut off: its node dies, its witness hangs. The other nodes still have a quorum.
    shutil.copytree(tmp_path / f"n{RESTORED}", tmp_path / "backup")
    federation.nodes[CUT_OFF].kill()
    federation.witnesses[CUT_OFF].process.send_signal(signal.SIGSTOP)
    receipts += [federation.submit(n) for n in (0, RESTORED, 4, RESTORED)]

    federation.monitor()

    # One is restored, keys and all, from before: nothing it now signs finds a quorum.
    federation.nodes[RESTORED].stop()
    shutil.rmtree(tmp_path / f"n{RESTORED}")
    shutil.copytree(tmp_path / "backup", tmp_path / f"n{RESTORED}")
    back = federation.nodes[RESTORED]
    back.start(ready=503)
    answer = back.http.post(
        "/api/v1/statement", json=statement("after"), headers=federation.tokens[RESTORED]
    )
    said = federation.refused(RESTORED)
    assert answer.status_code == 201  # kept; but it is not public, and there is no receipt
    assert "entries; this log has" in said["publisher"]["why"]
    assert said["published"] < said["entries"]

    federation.monitor()
    logs, told = federation.health()
    server.shutdown()
    server.server_close()
    assert set(logs[NAMES[CUT_OFF]].open) == {"unreachable"}
    # Its checkpoint may be out of a cache; but the files of what it has signed since are gone.
    assert logs[NAMES[RESTORED]].open == ("missing",)
    assert logs[NAMES[RESTORED]].size > said["published"]
    [fault] = [one for one in told.faults if one.kind == "missing"]
    assert fault.evidence == ""
    assert logs[NAMES[0]].open == logs[NAMES[4]].open == ()

    # Every receipt that was ever handed out still verifies, for everybody, with no network.
    federation.end()
    for n, receipt in zip((0, 1, 3, 4, 0, 3, 4, 3), receipts, strict=True):
        run("verify", receipt, "--policy", tmp_path / f"policy{n}")
