"""The vectors that every client has to pass, Python's and JavaScript's.

`python -m tests.client.vectors` records them anew: receipts of a node that is made for it. The
signed webhook that Standard Webhooks publishes is a truth from outside, and stays as it is.
"""

import base64
import json
import tempfile
from pathlib import Path

from tests.conftest import Served, run, statement

from amparo.ledger.outbound.webhooks import signature

FOLDER = Path(__file__).parent.parent / "vectors" / "client"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = 1614265330
NAME = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = '{"test": 2432232314}'
PUBLISHED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def of(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def webhooks():
    """As published, and bent in every way that a stranger or a careless server might."""
    other = signature(base64.b64decode("AAAA"), NAME, AT, BODY.encode())
    cases = {
        "as Standard Webhooks publishes it": {},
        "a header in capitals": {
            "headers": {
                "Webhook-Id": NAME,
                "Webhook-Timestamp": str(AT),
                "Webhook-Signature": PUBLISHED,
            }
        },
        "two signatures, while a secret is changed": {"webhook-signature": f"{other} {PUBLISHED}"},
        "a signature of a version to come": {"webhook-signature": f"v9,AAAA {PUBLISHED}"},
        "five minutes late": {"now": AT + 300},
        "a recording, five minutes and a second old": {"now": AT + 301, "is": "denied"},
        "from five minutes and a second ahead": {"now": AT - 301, "is": "denied"},
        "another body": {"body": '{"test": 2432232315}', "is": "denied"},
        "the same body with a blank more": {"body": f"{BODY} ", "is": "denied"},
        "another id": {"webhook-id": "msg_other", "is": "denied"},
        "a dot moved from the time to the id": {"webhook-id": f"{NAME}.1", "is": "denied"},
        "another time": {"webhook-timestamp": str(AT + 1), "is": "denied"},
        "a time that is none": {"webhook-timestamp": "1e9", "is": "denied"},
        "no id": {"webhook-id": None, "is": "denied"},
        "no signature": {"webhook-signature": None, "is": "denied"},
        "an empty signature": {"webhook-signature": "v1,", "is": "denied"},
        "a signature with another secret": {"webhook-signature": other, "is": "denied"},
        "a signature outside of ASCII": {"webhook-signature": "v1,ä", "is": "denied"},
        "a secret that is none": {"secret": "hunter2", "is": "malformed"},
        "an empty secret": {"secret": "whsec_", "is": "malformed"},
    }
    for what, changes in cases.items():
        headers = {"webhook-id": NAME, "webhook-timestamp": str(AT), "webhook-signature": PUBLISHED}
        headers |= {name: value for name, value in changes.items() if name in headers}
        given = {"headers": {name: value for name, value in headers.items() if value is not None}}
        yield (
            {"what": what, "secret": SECRET, "body": BODY, "now": AT, "is": "good"}
            | given
            | {name: value for name, value in changes.items() if name not in headers}
        )


def retries():
    """How long to wait at least, and at most, after a failed call."""
    asked = [
        ("", None),
        ("1", 1),
        ("0", 1),
        ("120", 120),
        ("600", 600),
        ("601", "gives up"),
        ("99999999999999999999", "gives up"),
        ("Thu, 25 Feb 2021 15:02:30 GMT", 20),
        ("Thu, 25 Feb 2021 15:00:00 GMT", 1),
        ("soon", None),
        ("-5", None),
    ]
    for attempt, most in enumerate((1, 2, 4, 8, 16)):
        yield {"status": None, "attempt": attempt, "retry-after": "", "least": 0, "most": most}
    yield {"status": None, "attempt": 5, "retry-after": "", "least": None, "most": None}
    for value, least in asked:
        ends = least == "gives up"
        yield {
            "status": 503,
            "attempt": 0,
            "retry-after": value,
            "least": None if ends else least or 0,
            "most": None if ends else (least or 0) + 1,
        }


def receipts(node):
    """A good receipt, and what is wrong with each of the others."""
    auth = node.add_platform("Vectors")
    vkey = run("log", "vkey", "--data", node.data).stdout.strip()
    sent = [statement(f"vector-{n}", decision_facts=f"Zwölf Anzeigen, Nr. {n}.") for n in range(2)]
    stored = [
        node.http.post("/api/v1/statement?wait=receipt", json=one, headers=auth).json()
        for one in sent
    ]
    files = [
        node.http.get(f"/api/v1/statement/{one['uuid']}/receipt", headers=auth).text
        for one in stored
    ]
    good = {
        "what": "good",
        "vkey": vkey,
        "receipt": files[0],
        "uuid": stored[0]["uuid"],
        "puid": "vector-0",
        "sent": sent[0],
        "is": "good",
    }
    head, extra, *rest = files[0].split("\n")
    opened = json.loads(base64.b64decode(extra.removeprefix("extra ")))
    opened["sealed"]["decision_facts"] = "Something else."
    bent = base64.b64encode(json.dumps(opened).encode()).decode()
    yield good
    yield good | {"what": "of another statement", "receipt": files[1], "is": "unsound"}
    yield good | {"what": "for another identifier", "puid": "vector-1", "is": "unsound"}
    yield good | {
        "what": "of reasons that were not sent",
        "sent": sent[0] | {"decision_facts": "Something else."},
        "is": "unsound",
    }
    yield good | {
        "what": "of an explanation that was not sent",
        "sent": sent[0] | {"incompatible_content_explanation": "Something else."},
        "is": "unsound",
    }
    yield good | {"what": "known before, so not compared", "sent": None}
    yield good | {
        "what": "with other reasons put in",
        "receipt": "\n".join([head, f"extra {bent}", *rest]),
        "is": "unsound",
    }
    other = run("log", "vkey", "--data", node.data).stdout.strip()
    letter = "A" if other[-2] != "A" else "B"
    yield good | {
        "what": "under another key",
        "vkey": other[:-2] + letter + other[-1],
        "is": "refused",
    }


def record():
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        node = Served(Path(folder) / "node")
        made = {"webhooks": webhooks(), "retries": retries(), "receipts": receipts(node)}
        for name, cases in made.items():
            text = json.dumps([*cases], indent=1, ensure_ascii=False)
            (FOLDER / f"{name}.json").write_text(f"{text}\n")
        node.stop()


if __name__ == "__main__":
    record()
