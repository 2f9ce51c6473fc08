"""The examples of docs/client.md run as they stand, against a node and its own webhook."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest
from playwright._impl._driver import compute_driver_executable
from tests.conftest import run, statement

from amparo.ledger.log import receipts
from amparo.tlog import policy

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
NODE = compute_driver_executable()[0]
JS = Path(__file__).parents[2] / "clients" / "js"
STEPS = 5
REPORT = {"where": "https://foro.example/p/1", "why": "It threatens me.", "good_faith": "yes"}

PYTHON_SERVES = """
headers = json.loads(Path("headers.json").read_text())
body = Path("body").read_bytes()
print(on_webhook(headers, body), on_webhook(headers, body + b" "))
"""
NODE_SERVES = """
const headers = JSON.parse(readFileSync("headers.json", "utf8"));
const body = readFileSync("body");
console.log(await onWebhook(headers, body), await onWebhook(headers, Buffer.concat([body, body])));
"""
SHELL_REFUSES = """
printf ' ' >> body
other=$(printf '%s.%s.' "$webhook_id" "$webhook_timestamp" | cat - body |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
test "$made" != "$other"
"""


def example(language):
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == STEPS
    return "\n".join(found)


class _Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    server.got = []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def platform_of(served, hook, tmp_path):
    """A platform that listens, got a report, and has its program's files in a folder."""
    name = f"Examples {uuid4().hex[:8]}"
    auth = served.add_platform(name)
    address = f"http://127.0.0.1:{hook.server_port}/hook"
    secret = run("platform", "webhook", name, address, "--private", "--data", served.data)
    sent = served.patient_post(
        "/report", data=REPORT | {"platform": name.lower().replace(" ", "-")}
    )
    assert sent.status_code == 303, sent.text
    deadline = time.monotonic() + 120
    while not hook.got:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    headers, body = hook.got[0]
    own = {name: value for name, value in headers.items() if name.startswith("webhook-")}
    (tmp_path / "headers.json").write_text(json.dumps(own))
    lines = [f"{name.replace('-', '_')}='{value}'\n" for name, value in own.items()]
    (tmp_path / "webhook.env").write_text("".join(lines))
    (tmp_path / "body").write_bytes(body)
    (tmp_path / "statement.json").write_text(json.dumps(statement(f"own-{uuid4()}")))
    environment = {
        "AMPARO_URL": served.url,
        "AMPARO_TOKEN": auth["authorization"].removeprefix("Bearer "),
        "AMPARO_VKEY": run("log", "vkey", "--data", served.data).stdout.strip(),
        "AMPARO_WEBHOOK_SECRET": secret.stdout.strip(),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    return auth, sent.headers["location"].split("/")[2], environment


@pytest.fixture
def runs(served, platform_of, tmp_path):
    """Run a program where the platform's files are; what it printed, and that all five steps took."""
    auth, report, environment = platform_of

    def running(words, script):
        done = subprocess.run(
            words,
            input=script,
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        verified = receipts.verify(
            (tmp_path / "receipt.tlog-proof").read_bytes(),
            policy.of_log(environment["AMPARO_VKEY"]),
        )
        assert verified.puid == json.loads((tmp_path / "statement.json").read_text())["puid"]
        case = served.http.get(f"/api/v1/case/{verified.leaf.case}", headers=auth).json()
        assert [letter["to"] for letter in case["letters"]] == ["person"]
        answered = served.http.get(f"/api/v1/case/{report}", headers=auth).json()
        assert answered["wanted"] == []
        return done.stdout

    return running


def test_the_five_steps_in_python(runs):
    printed = runs([sys.executable, "-"], example("python") + PYTHON_SERVES)

    assert printed.splitlines()[-1] == "204 401"


def test_the_five_steps_with_curl(runs):
    runs(["sh", "-eu", "-s"], example("sh") + SHELL_REFUSES)


def test_the_five_steps_in_javascript(runs, tmp_path):
    """With the two files copied beside the program, as the page says."""
    for name in ("amparo.js", "receipt.js"):
        (tmp_path / name).write_bytes((JS / name).read_bytes())
    (tmp_path / "program.mjs").write_text(example("js") + NODE_SERVES)
    printed = runs([NODE, "program.mjs"], "")

    assert printed.splitlines()[-1] == "204 401"


def test_the_answers_of_the_guide_have_the_fields_of_real_ones(served, platform_of):
    """What the page shows beside each step, against what this node answers."""
    auth, report, _ = platform_of
    shown = [
        json.loads(found)
        for found in re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    ]
    assert len(shown) == STEPS

    def answered(method, path, body=None):
        return served.http.request(method, path, json=body, headers=auth).json()

    stored = answered("POST", "/api/v1/statement", statement(f"own-{uuid4()}"))
    told = answered("POST", f"/api/v1/statement/{stored['uuid']}/notice", {})
    orders = answered("GET", "/api/v1/orders")
    answer = {"result": "not_acted", "reasons": "It quotes a threat in order to report it."}
    last = answered("POST", f"/api/v1/notice/{report}/answer", answer)
    real = [answered("GET", "/api/ping"), stored, told, orders, last]

    assert shown[0] == real[0]
    for example, found in zip(shown, real, strict=True):
        assert example.keys() <= found.keys()
    assert shown[3]["orders"][0].keys() <= orders["orders"][0].keys()
    assert shown[3]["webhook"].keys() <= orders["webhook"].keys()
    wanted = [one["do"] for order in orders["orders"] for one in order["wanted"]]
    assert shown[3]["orders"][0]["wanted"][0]["do"] in wanted
    assert shown[3]["orders"][0]["due"].keys() <= orders["orders"][0]["due"].keys()
