"""Taking Cinder's webhooks as the guide says, from the first command to a draft."""

import re
from contextlib import closing

import pytest
from tests.cinder_stand_in import KEEP, SECRET, decision, encoded, signature
from tests.conftest import run

from amparo.ledger.connect import connections, drafts
from amparo.ledger.storage.journal import Journal
from amparo.ledger.storage.node import open_node

NAME = "cinder-addons.cinder.example"
OPTIONS = '\n[options]\ndisabled = "amo_addon/amo-disable-addon"\nnothing = "amo-approve"\n'


class Guided:
    """A node that serves and takes webhooks."""

    def __init__(self, served, folder):
        self.served, self.folder, self.secret = served, folder, folder / "secret"
        self.secret.write_text(f"{SECRET}\n")
        self.journal = Journal(open_node(served.data).journal, read_only=True)

    def connect(self, *more, check=True):
        return run(
            *("connect", "cinder", "--platform", "AddOns", "--token-file", self.secret),
            *("--address", "https://addons.cinder.example", "--data", self.served.data, *more),
            cwd=self.folder,
            check=check,
        )

    def post(self, body, signed=None, name=NAME):
        return self.served.http.post(
            f"/api/v1/connect/{name}/webhook",
            content=body,
            headers={"x-cinder-signature": signature(body) if signed is None else signed},
        )

    def connection(self):
        return connections.find(self.journal, NAME)


@pytest.fixture(scope="module")
def running(served, tmp_path_factory):
    """After the guide was followed to its end."""
    served.add_platform("AddOns")
    one = Guided(served, tmp_path_factory.mktemp("guided"))
    with closing(one.journal):
        follow_the_guide(one)
        yield one


def follow_the_guide(guided):
    guided.secret.write_text("\n")
    assert "secret is empty" in guided.connect(check=False).stderr
    guided.secret.write_text(f"{SECRET}\n")
    file = guided.folder / f"{NAME}.connect.toml"
    file.write_text(re.sub(r"\[options\][\s\S]*", OPTIONS, file.read_text()))

    before = guided.folder / "webhooks.jsonl"
    before.write_bytes(b"\n".join([decision("d1"), decision("d2", KEEP), b"{}"]))
    tried = guided.connect("--webhooks", before).stdout
    assert "2 records: 1 restriction, 1 no_action" in tried
    assert f"/api/v1/connect/{NAME}/webhook" in tried

    assert guided.post(decision("d3")).status_code == 204  # counted, and not on the record
    assert not drafts.groups(guided.journal, guided.connection().id)
    run("connect", "start", NAME, "--data", guided.served.data)


def test_a_webhook_becomes_a_draft_and_again_changes_nothing(running):
    for _ in range(2):
        assert running.post(decision("d4")).status_code == 204

    [group] = drafts.groups(running.journal, running.connection().id)
    assert (group.number, group.words["policy"]) == (1, "Spam")


def test_what_is_not_signed_and_what_is_not_there_are_told_alike(running):
    body = decision("d5")
    wrong = running.post(body + b" ", signature(body))
    unsigned, unknown = running.post(body, ""), running.post(body, name="nothing")

    assert wrong.status_code == unsigned.status_code == unknown.status_code == 401
    assert wrong.json() == unsigned.json() == unknown.json()


def test_another_event_and_what_cannot_be_read_are_answered_well(running):
    other = encoded({"event": "job.actioned", "payload": {}})
    refused = running.connection().refused

    assert running.post(other).status_code == 204
    assert running.connection().refused == refused
    assert running.post(b"{}").status_code == 204
    assert running.connection().refused == refused + 1


def test_a_body_that_is_too_large_is_not_read(running):
    assert running.post(b"x" * (2 << 20), "0").status_code == 413


def test_a_new_secret_takes_the_place_of_the_old_one(running):
    body = decision("d6", KEEP)
    running.secret.write_text("another secret")
    run("connect", "secret", NAME, "--token-file", running.secret, "--data", running.served.data)

    assert running.post(body).status_code == 401
    assert running.post(body, signature(body, "another secret")).status_code == 204
