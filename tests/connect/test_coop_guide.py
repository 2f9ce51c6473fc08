"""Taking Coop's callbacks as the guide says, from the first command to a decision on the record."""

import re
from contextlib import closing

import pytest
from tests.connect.passed_on import PassedOn
from tests.coop_stand_in import DER, PEM, CoopStandIn, action, signature

from amparo.ledger.connect import drafts

NAME = "coop-127.0.0.1"
OPTIONS = '\n[options]\nprivate = "yes"\ndisabled = "hide"\ntakes_back = "restore: hide"\n'
OPTIONS += 'write_back = "yes"\n'


class Guided(PassedOn):
    """A Coop, and a node that serves and takes its callbacks."""

    def __init__(self, served, server, folder):
        super().__init__(served, folder, NAME, "coop-signature", signature)
        self.server, self.token, self.key = server, folder / "key", folder / "coop.pem"
        self.token.write_text(f"{server.key}\n")
        self.key.write_text(PEM)

    def connect(self, *more, check=True):
        words = ("connect", "coop", "--platform", "Coopera", "--address", self.server.url)
        return self.run(
            *words, "--token-file", self.token, "--key-file", self.key, *more, check=check
        )


@pytest.fixture(scope="module")
def guided(served, tmp_path_factory):
    served.add_platform("Coopera")
    with closing(CoopStandIn()) as server:
        one = Guided(served, server, tmp_path_factory.mktemp("guided"))
        with closing(one.journal):
            yield one


@pytest.fixture(scope="module")
def running(guided):
    """The same after the guide was followed to its end."""
    follow_the_guide(guided)
    return guided


def follow_the_guide(guided):
    refused = guided.connect(check=False)
    assert "begins with https://" in refused.stderr
    file = guided.folder / f"{NAME}.connect.toml"
    file.write_text(re.sub(r"\[options\][\s\S]*", OPTIONS, file.read_text()))

    guided.token.write_text("old")
    refused = guided.connect(check=False)
    assert "does not accept the token" in refused.stderr
    guided.token.write_text(guided.server.key)
    guided.key.write_text("no key")
    refused = guided.connect(check=False)
    assert "no verification key" in refused.stderr
    guided.key.write_bytes(DER)
    refused = guided.connect(check=False)
    assert "is no text" in refused.stderr
    guided.key.write_text(PEM)
    guided.server.actions.discard("restore")
    refused = guided.connect(check=False)
    assert "Coop has no action restore" in refused.stderr
    guided.server.actions.add("restore")

    before = guided.folder / "callbacks.jsonl"
    before.write_bytes(b"\n".join([action(), action("restore"), b"{}", action("other")]))
    tried = guided.connect("--callbacks", before).stdout
    assert "policy\tpol-1\tSpam" in tried
    assert f"/api/v1/connect/{NAME}/webhook" in tried
    assert guided.connection().trial.drafts == 2
    assert guided.connection().trial.refused == 1

    assert guided.post(action()).status_code == 204
    assert guided.connection().trial.drafts == 3
    guided.run("connect", "start", NAME)
    assert guided.post(action()).status_code == 204


def test_the_guide_leads_from_the_first_command_to_a_draft(running):
    [group] = drafts.groups(running.journal, running.connection().id)

    assert group.words["action"] == "hide"
    shown = running.run("connect", "status", NAME).stdout
    assert "running" in shown


def test_what_is_not_signed_and_what_is_not_there_are_told_alike(running):
    body = action()
    answers = [
        running.post(body + b" ", signature(body)),
        running.post(body, ""),
        running.post(body, name="nothing"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


def test_what_cannot_be_read_is_told_to_whoever_sent_it_and_counted(running):
    refused = running.connection().refused

    answer = running.post(b'{"id": "p1", "data": {"text": "Calle Luna 5"}}')

    assert answer.status_code == 400
    assert "Calle Luna" not in answer.text
    assert running.connection().refused == refused + 1


def test_a_body_that_is_too_large_is_not_read(running):
    assert running.post(b"x" * (2 << 20), "AAAA").status_code == 413


def test_while_it_is_paused_it_is_to_be_sent_again_later(running):
    running.run("connect", "pause", NAME)
    try:
        assert running.post(action(item="p9")).status_code == 503
    finally:
        running.run("connect", "resume", NAME)
    assert running.post(action(item="p9")).status_code == 204


def test_a_new_key_of_coop_is_tried_before_it_is_kept(running):
    running.server.key = "new"
    place = ("--token-file", running.token, "--key-file", running.key)
    refused = running.run("connect", "secret", NAME, *place, check=False)
    assert "does not accept the token" in refused.stderr

    running.token.write_text("new")
    running.run("connect", "secret", NAME, *place)
