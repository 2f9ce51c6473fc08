"""Following a forum as docs/connectors/discourse.md says, from the first command to a webhook."""

import re
import time
from contextlib import closing

import pytest
from tests.conftest import run
from tests.discourse_stand_in import SECRET, DiscourseStandIn

from amparo.ledger.connect import connections, drafts
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

NAME = "discourse-127.0.0.1"
PRIVATE = '\n[options]\nprivate = "yes"\nwrite_back = "yes"\n'


class Followed:
    """A forum, and a node that serves and follows it."""

    def __init__(self, served, server, folder):
        self.served, self.server, self.folder = served, server, folder
        self.key, self.webhook = folder / "key", folder / "webhook"
        self.key.write_text(f"{server.key}\n")
        self.webhook.write_text(f"{SECRET}\n")
        self.journal = Journal(open_node(served.data).journal, read_only=True)

    def run(self, *words, check=True):
        secrets = ("--token-file", self.key, "--webhook-file", self.webhook)
        return run(
            "connect", *words, *secrets, "--data", self.served.data, cwd=self.folder, check=check
        )

    def connect(self, check=True):
        address = ("--address", self.server.url)
        return self.run("discourse", "--platform", "Talk", *address, check=check)

    def post(self, body, headers, name=NAME):
        path = f"/api/v1/connect/{name}/webhook"
        return self.served.http.post(path, content=body, headers=headers)

    def until(self, found):
        """Wait for what the node does by itself."""
        end = time.monotonic() + 120
        while not (value := found()):
            assert time.monotonic() < end, run(
                "connect", "status", NAME, "--data", self.served.data
            ).stdout
            time.sleep(0.2)
        return value


@pytest.fixture(scope="module")
def followed(served, tmp_path_factory):
    served.add_platform("Talk")
    with closing(DiscourseStandIn()) as server:
        server.add(17)
        server.add(18)
        server.write(3)
        server.suspend(18, "2026-11-20T12:00:00.000Z")
        one = Followed(served, server, tmp_path_factory.mktemp("followed"))
        with closing(one.journal):
            yield one


@pytest.fixture(scope="module")
def running(followed):
    """The same after the guide was followed to its end."""
    follow_the_guide(followed)
    return followed


def follow_the_guide(followed):
    refused = followed.connect(check=False)
    assert "begins with https://" in refused.stderr

    file = followed.folder / f"{NAME}.connect.toml"
    file.write_text(re.sub(r"\[options\][\s\S]*", PRIVATE, file.read_text()))
    followed.server.may_write = False
    refused = followed.connect(check=False)
    assert "may not do this" in refused.stderr

    followed.server.may_write = True
    tried = followed.connect().stdout
    assert "1 records: 1 restriction" in tried
    assert f"/api/v1/connect/{NAME}/webhook" in tried

    run("connect", "start", NAME, "--data", followed.served.data)
    followed.until(lambda: connections.find(followed.journal, NAME).position)


def test_the_guide_leads_from_the_first_command_to_a_draft_by_webhook(running):
    """The log is read at once where a webhook says that an account was changed."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    running.server.suspend(17, at)

    sent = running.post(*running.server.webhook("user", "user_updated", {"id": 17}))

    assert sent.status_code == 204
    connection = connections.find(running.journal, NAME)
    [group] = running.until(lambda: drafts.groups(running.journal, connection.id))
    assert group.words == {"action": "suspend_user"}


def test_a_webhook_that_is_sent_again_is_taken_and_changes_nothing(running):
    sent = running.server.webhook("post", "post_recovered", {"id": 3, "raw": "Calle Luna"})

    assert [running.post(*sent).status_code for _ in range(3)] == [204] * 3


def test_a_ping_is_answered(running):
    assert running.post(*running.server.webhook("ping", "ping", "OK")).status_code == 204


def test_what_is_not_signed_and_what_is_not_there_are_told_alike(running):
    body, headers = running.server.webhook("post", "post_recovered", {"id": 3})
    wrong = running.post(body + b" ", headers)
    unsigned = running.post(body, {})
    as_mastodon = running.post(body, {"x-hub-signature": headers["x-discourse-event-signature"]})
    unknown = running.post(body, headers, name="nothing")

    for found in (wrong, unsigned, as_mastodon, unknown):
        assert found.status_code == 401
        assert found.json() == unknown.json()


def test_an_event_that_was_not_to_be_sent_is_told_to_whoever_runs_the_connection(running):
    found = running.post(*running.server.webhook("group", "group_created", {"id": 3}))

    assert found.status_code == 400
    assert (
        "none of post, topic, user"
        in run("connect", "status", NAME, "--data", running.served.data).stdout
    )


def test_a_new_key_is_tried_before_it_is_kept(running):
    old = running.server.key
    running.server.key = "new"
    refused = running.run("secret", NAME, check=False)
    assert "may not do this" in refused.stderr

    running.key.write_text("new")
    running.run("secret", NAME)

    running.key.write_text(old)
    running.server.key = old
