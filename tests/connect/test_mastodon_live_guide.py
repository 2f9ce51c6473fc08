"""Following a running Mastodon as the guide says, from the first command to a webhook."""

import re
import time
from contextlib import closing

import pytest
from tests.conftest import run
from tests.mastodon_stand_in import SECRET, MastodonStandIn, signed

from amparo.ledger.connect import connections, drafts
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

NAME = "mastodon-live-127.0.0.1"
PRIVATE = '\n[options]\nprivate = "yes"\nscan_hours = "168"\n'


class Followed:
    """A server, and a node that serves and follows it."""

    def __init__(self, served, server, folder):
        self.served, self.server, self.folder = served, server, folder
        self.token, self.webhook = folder / "token", folder / "webhook"
        self.token.write_text(f"{server.token}\n")
        self.webhook.write_text(f"{SECRET}\n")
        self.journal = Journal(open_node(served.data).journal, read_only=True)

    def connect(self, check=True):
        return run(
            *("connect", "mastodon-live", "--platform", "Toot", "--address", self.server.url),
            *("--token-file", self.token, "--webhook-file", self.webhook),
            *("--data", self.served.data),
            cwd=self.folder,
            check=check,
        )

    def post(self, body, headers, name=NAME):
        return self.served.http.post(
            f"/api/v1/connect/{name}/webhook", content=body, headers=headers
        )

    def connection(self):
        return connections.find(self.journal, NAME)

    def until(self, found):
        """Wait for what the node does by itself."""
        end = time.monotonic() + 120
        while not (value := found()):
            assert time.monotonic() < end, run(
                "connect", "status", NAME, "--data", self.served.data
            )
            time.sleep(0.2)
        return value


@pytest.fixture(scope="module")
def followed(served, tmp_path_factory):
    served.add_platform("Toot")
    folder = tmp_path_factory.mktemp("followed")
    with closing(MastodonStandIn()) as server:
        for number in range(1, 6):
            server.add(number)
        server.set(5, suspended=True)
        one = Followed(served, server, folder)
        with closing(one.journal):
            yield one


@pytest.fixture(scope="module")
def running(followed):
    """The same after the guide was followed to its end."""
    follow_the_guide(followed)
    return followed


def test_the_guide_leads_from_the_first_command_to_a_draft_by_webhook(running):
    [group] = drafts.groups(running.journal, running.connection().id)

    assert group.words == {"state": "suspended"}


def follow_the_guide(followed):
    refused = followed.connect(check=False)
    assert "begins with https://" in refused.stderr

    file = followed.folder / f"{NAME}.connect.toml"
    file.write_text(re.sub(r"\[options\][\s\S]*", PRIVATE, file.read_text()))
    followed.server.scopes = {"accounts"}
    refused = followed.connect(check=False)
    assert "may not do this" in refused.stderr
    assert not connections.every(followed.journal, followed_platform(followed))

    followed.server.scopes = {"accounts", "reports"}
    tried = followed.connect().stdout
    assert "1 records: 1 restriction" in tried
    assert f"/api/v1/connect/{NAME}/webhook" in tried

    run("connect", "start", NAME, "--data", followed.served.data)
    followed.until(lambda: '"scans":1' in followed.connection().position)
    followed.server.set(3, suspended=True)
    account = followed.server.accounts[3]
    assert followed.post(*followed.server.webhook("account.updated", account)).status_code == 204

    assert followed.until(lambda: drafts.groups(followed.journal, followed.connection().id))


def followed_platform(followed):
    from amparo.ledger.log import platforms

    return platforms.find(followed.journal, "Toot").id


def test_what_is_not_signed_and_what_is_not_there_are_told_alike(running):
    body, headers = running.server.webhook("account.updated", running.server.accounts[1])
    wrong = running.post(body + b" ", headers)
    unsigned = running.post(body, {})
    unknown = running.post(body, headers, name="nothing")

    assert wrong.status_code == unsigned.status_code == unknown.status_code == 401
    assert wrong.json() == unsigned.json() == unknown.json()


def test_a_replaced_template_is_told_to_mastodon_and_to_whoever_runs_the_connection(running):
    told = running.post(*signed('{"text": "Somebody was suspended"}'))

    assert told.status_code == 400
    assert "template" in told.text
    shown = run("connect", "status", NAME, "--data", running.served.data).stdout
    assert "template" in shown


def test_a_body_that_is_too_large_is_not_read(running):
    told = running.post(b"x" * (2 << 20), {"x-hub-signature": "sha256=0"})

    assert told.status_code == 413


def test_a_new_token_is_tried_before_it_is_kept(running):
    running.server.token = "new"
    old = running.token.read_text()
    refused = run(
        *("connect", "secret", NAME, "--token-file", running.token),
        *("--webhook-file", running.webhook, "--data", running.served.data),
        check=False,
    )
    assert "does not accept the token" in refused.stderr

    running.token.write_text("new")
    run(
        *("connect", "secret", NAME, "--token-file", running.token),
        *("--webhook-file", running.webhook, "--data", running.served.data),
    )

    running.token.write_text(old)
    running.server.token = "t0ken"
