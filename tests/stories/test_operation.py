"""Running a node: restarts that nobody notices, health, metrics and notes without a person in them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx2
from tests.conftest import AMPARO, Served, new_node, own_link, run, statement
from tests.servers import free_ports

from amparo.ledger.log import check
from amparo.storage.journal import Journal
from amparo.storage.node import open_node


class Activated(Served):
    """A node whose socket belongs to somebody else, as systemd's socket units do it."""

    def __init__(self, data, *words):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        super().__init__(data, *words)

    def start(self):
        fd = self.listener.fileno()
        command = " ".join([*AMPARO, "serve", "--data", str(self.data), *self.words])
        self.process = subprocess.Popen(
            ["sh", "-c", f"LISTEN_PID=$$ LISTEN_FDS=1 exec {command}"],
            preexec_fn=lambda: os.dup2(fd, 3),  # noqa: PLW1509 - one call, before any other thread
            pass_fds=[3],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        line = self.process.stdout.readline()
        self.url = line.split()[1].rstrip("/")
        assert self.url.endswith(f":{self.listener.getsockname()[1]}")
        self.http = httpx2.Client(base_url=self.url, timeout=60)

    def stop(self):
        super().stop()
        self.listener.close()


def test_a_node_is_restarted_again_and_again_and_nobody_is_refused(tmp_path):
    node = Activated(tmp_path / "node")
    headers = node.add_platform("Foro")
    acknowledged, refused, again, ended = [], [], [], threading.Event()

    def submit(side):
        number = 0
        while not ended.is_set():
            number += 1
            body = statement(f"{side}-{number}")
            for attempt in (1, 2, 3):
                try:
                    answer = httpx2.post(
                        f"{node.url}/api/v1/statement", json=body, headers=headers, timeout=60
                    )
                except httpx2.TransportError:  # cut in the middle: whoever is, asks again
                    again.append(attempt)
                    continue
                if answer.status_code == 201:
                    acknowledged.append((answer.json()["index"], answer.json()["uuid"]))
                elif not (answer.status_code == 422 and attempt > 1):  # it was kept the first time
                    refused.append(answer.text)
                break
            else:
                refused.append("three times in a row")

    def until_acknowledged(number):
        deadline = time.monotonic() + 120
        while len(acknowledged) < number:
            assert time.monotonic() < deadline, refused
            time.sleep(0.05)

    sides = [threading.Thread(target=submit, args=(n,)) for n in range(4)]
    for side in sides:
        side.start()
    for restart in range(3):
        until_acknowledged(40 * (restart + 1))
        node.process.send_signal(signal.SIGTERM)
        node.process.wait(40)
        node.process.stdout.close()
        node.start()
    until_acknowledged(160)
    ended.set()
    for side in sides:
        side.join()
    node.http.post("/api/v1/statement?wait=receipt", json=statement("z"), headers=headers)
    node.stop()

    assert refused == []
    assert len(again) < len(acknowledged) / 10
    journal = Journal(open_node(node.data).journal, read_only=True)
    for index, uuid in acknowledged:
        assert str(journal.event(index).case) == uuid
    journal.close()
    assert check.check(open_node(node.data)).waiting == 0


def test_health_says_whether_to_send_work_and_whether_to_restart(tmp_path, postgres, capfd):
    new_node(tmp_path / "node", postgres.place())
    node = Served(tmp_path / "node")
    headers = node.add_platform("Foro")

    def status(path):
        return node.http.get(path).status_code

    assert [status(f"/health{rest}") for rest in ("", "/live", "/ready")] == [200, 200, 200]
    postgres.stop()
    try:
        assert status("/health/live") == 200  # restarting it would help nobody
        down = node.http.get("/health/ready")
        assert down.status_code == node.http.get("/health").status_code == 503
        assert "Connection refused" in down.json()["why"]
        kept = node.http.post("/api/v1/statement", json=statement("a"), headers=headers)
        assert kept.status_code == 503
        assert kept.headers["retry-after"]
        assert {"message", "why", "fix"} <= kept.json().keys()
        time.sleep(5)  # it is tried again twice a second, and noted once
    finally:
        postgres.start()
    deadline = time.monotonic() + 120
    while status("/health") != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    kept = node.http.post("/api/v1/statement?wait=receipt", json=statement("a"), headers=headers)
    assert kept.status_code == 201
    node.stop()
    noted = capfd.readouterr().err.splitlines()
    for who in ("publishing", "scheduler", "delivery"):
        assert 1 <= sum(f"{who}: The database cannot be reached" in one for one in noted) <= 3
    assert any("publishing goes on" in one for one in noted)


def test_metrics_and_notes_tell_what_happens_and_of_nobody(tmp_path):
    """Everything secret that passes through a node is looked for in what it writes of itself."""
    port = free_ports(1)
    errors = (tmp_path / "stderr").open("w+")
    process = subprocess.Popen(
        [
            *AMPARO,
            "serve",
            "--data",
            str(tmp_path / "node"),
            "--port",
            "0",
            "--notes",
            "json",
            "--requests",
            "--metrics",
            f"127.0.0.1:{port}",
        ],
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    url = process.stdout.readline().split()[1].rstrip("/")
    token = run("platform", "add", "Foro", "--data", tmp_path / "node").stdout.splitlines()[-1]
    link = run(
        "reviewer",
        "add",
        "Rosa Marquez",
        "rosa.marquez@example.org",
        "--platform",
        "Foro",
        "--data",
        tmp_path / "node",
    ).stdout
    headers = {"authorization": f"Bearer {token}", "x-forwarded-for": "203.0.113.77"}
    with httpx2.Client(base_url=url, follow_redirects=False, timeout=120) as http:
        told = http.post(
            "/api/v1/statement",
            json=statement("PUID-SECRET", source_identity="Ana Secreta"),
            headers=headers,
        ).json()
        own = own_link(http, told)
        form = {"grounds": "MY-GROUNDS", "email": "ana.secreta@example.org"}
        http.post(f"{own}/complaint", data=form)
        http.get(f"{own}?q=QUERY-SECRET")
        http.get(f"{own}/nothing-here")
        http.get(f"/recourse/{told['uuid']}/{'0' * 32}")
        http.post("/api/v1/statement", content=b"{BODY-SECRET", headers=headers)
        http.post("/api/v1/statement", headers={"authorization": "Bearer WRONG-TOKEN"}, json={})
        sign_in = re.search(r"/\S*sign-in\S*|https?://\S+", link)
        assert sign_in, link
        http.get(sign_in[0].replace(url, ""))
        metrics = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    process.stdout.close()
    errors.seek(0)
    notes = errors.read()
    errors.close()

    for place in (notes, metrics):
        assert "/recourse/{uuid}/{capability}" in place
        capability = own.rsplit("/", 1)[1]
        for secret in (
            token,
            capability,
            told["uuid"],
            "PUID-SECRET",
            "Secreta",
            "MY-GROUNDS",
            "ana.secreta",
            "rosa.marquez",
            "QUERY-SECRET",
            "BODY-SECRET",
            "WRONG-TOKEN",
            "203.0.113.77",
            sign_in[0].rsplit("/", 1)[-1],
        ):
            assert secret not in place, secret
    assert (
        'amparo_requests_total{method="POST",route="/api/v1/statement",status="201"} 1.0' in metrics
    )
    assert float(re.search(r"^amparo_entries (\S+)", metrics, re.MULTILINE)[1]) >= 2
    assert 'amparo_publisher{state="publishing"} 1.0' in metrics
    assert metrics.startswith("# HELP amparo_")
    assert "process_resident_memory_bytes" in metrics
    assert "python_gc" not in metrics
    for thread in ("intake", "scheduler", "delivery", "disk alarm"):
        assert f'amparo_thread_up{{thread="{thread}"}} 1.0' in metrics
    assert '"event": "answered"' in notes
    assert "Traceback" not in notes


def test_who_came_in_and_who_was_refused_is_noted_by_number_alone(tmp_path):
    told = (tmp_path / "stderr").open("w+")
    process = subprocess.Popen(
        [*AMPARO, "serve", "--data", str(tmp_path / "node"), "--port", "0", "--notes", "json"],
        stdout=subprocess.PIPE,
        stderr=told,
        text=True,
    )
    url = process.stdout.readline().split()[1].rstrip("/")
    run("platform", "add", "Foro", "--data", tmp_path / "node")
    link = (
        run(
            "reviewer",
            "add",
            "Rosa Marquez",
            "rosa.marquez@example.org",
            "--platform",
            "Foro",
            "--data",
            tmp_path / "node",
        )
        .stdout.split()[-1]
        .partition("link=")[2]
    )
    for _ in range(2):  # a link opens once
        httpx2.post(f"{url}/desk/sign-in", data={"link": link})
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    process.stdout.close()
    told.seek(0)
    notes = told.read()
    told.close()
    lines = [json.loads(line) for line in notes.splitlines()]

    came, refused = [one for one in lines if one["logger"] == "amparo.sign_in"]
    assert (came["event"], came["way"], came["seat"]) == ("came in", "link", 1)
    assert (refused["event"], refused["way"]) == ("a way in was refused", "link")
    assert came["timestamp"].endswith("Z")
    for secret in (link, "Rosa", "rosa.marquez", "127.0.0.1"):
        assert secret not in notes


def test_spans_go_to_a_collector_by_pattern_alone(tmp_path):
    from http.server import BaseHTTPRequestHandler, HTTPServer

    got = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    environment = os.environ | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "amparo", "serve", "--data", str(tmp_path / "n"), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    url = process.stdout.readline().split()[1]
    httpx2.get(f"{url}statement/0199-SECRET")
    deadline = time.monotonic() + 120
    while b"/statement/{uuid}" not in b"".join(got):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    process.stdout.close()
    server.shutdown()
    server.server_close()
    assert b"SECRET" not in b"".join(got)


def test_a_key_made_in_a_ceremony_is_opened_by_any_custodian_and_becomes_the_logs(tmp_path):
    custodians = []
    for name in ("ana", "ben"):
        made = run("disclosure", "key", tmp_path / name)
        custodians += ["--for", made.stdout.split()[-1]]
    vkey = run("log", "key", "log.example/2027", "--out", tmp_path / "log.key.age", *custodians)
    again = run("log", "key", "log.example/2027", "--out", tmp_path / "log.key.age", check=False)
    locked = (tmp_path / "log.key.age").read_text()

    assert again.returncode != 0
    assert "exists" in again.stderr
    assert "PRIVATE" not in locked
    assert locked.startswith("-----BEGIN AGE ENCRYPTED FILE-----")
    for name in ("ana", "ben"):
        opened = subprocess.run(
            [
                "age",
                "-d",
                "-i",
                tmp_path / name,
                "-o",
                tmp_path / f"{name}.key",
                tmp_path / "log.key.age",
            ],
            check=False,
            capture_output=True,
        )
        assert opened.returncode == 0, opened.stderr
        (tmp_path / f"{name}.key").chmod(0o600)
    assert (tmp_path / "ana.key").read_bytes() == (tmp_path / "ben.key").read_bytes()
    node = Served(tmp_path / "node", "--key", str(tmp_path / "ana.key"))
    node.stop()
    assert run("log", "vkey", "--data", node.data).stdout == vkey.stdout
    other = run(
        "serve",
        "--data",
        tmp_path / "other",
        "--key",
        tmp_path / "ana.key",
        "--origin",
        "else.example",
        check=False,
    )
    assert "another log" in other.stderr


def test_metrics_that_cannot_be_served_stop_the_start_with_a_reason(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(
            "serve",
            "--data",
            tmp_path / "n",
            "--port",
            "0",
            "--metrics",
            f"127.0.0.1:{port}",
            check=False,
        )
    assert done.returncode != 0
    assert "in use" in done.stderr
    wrong = run("serve", "--data", tmp_path / "n", "--port", "0", "--metrics", "x", check=False)
    assert "--metrics 127.0.0.1:9400" in wrong.stderr
