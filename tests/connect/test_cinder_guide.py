"""Taking Cinder's webhooks as the guide says, from the first command to a draft."""

import re
from contextlib import closing

import pytest
from tests.cinder_stand_in import KEEP, SECRET, decision, encoded, signature
from tests.connect.passed_on import PassedOn

from amparo.ledger.connect import drafts

NAME = "cinder-addons.cinder.example"
OPTIONS = '\n[options]\ndisabled = "amo_addon/amo-disable-addon"\nnothing = "amo-approve"\n'


class Guided(PassedOn):
    """A node that serves and takes webhooks."""

    def __init__(self, served, folder):
        super().__init__(served, folder, NAME, "x-cinder-signature", signature)
        self.secret = folder / "secret"
        self.secret.write_text(f"{SECRET}\n")

    def connect(self, *more, check=True):
        words = ("connect", "cinder", "--platform", "AddOns", "--token-file", self.secret)
        address = ("--address", "https://addons.cinder.example")
        return self.run(*words, *address, *more, check=check)


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
    guided.run("connect", "start", NAME)


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
    running.run("connect", "secret", NAME, "--token-file", running.secret)

    assert running.post(body).status_code == 401
    assert running.post(body, signature(body, "another secret")).status_code == 204
