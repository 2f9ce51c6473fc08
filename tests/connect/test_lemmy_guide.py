"""Following a Lemmy as docs/connectors/lemmy.md says, from the first command to a decision."""

import json
import re
import shlex
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from tests.conftest import run
from tests.lemmy_stand_in import LISTS, LemmyStandIn

from amparo.connectors import lemmy
from amparo.ledger.connect import connections, drafts
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

GUIDE = Path("docs/connectors/lemmy.md").read_text()
NAME = "lemmy-127.0.0.1"
OPTIONS = '\n[options]\nprivate = "yes"\nsince = "2026-11-01"\nreasons = "Spam"\n'
COMMANDS = [shlex.split(line) for line in re.findall(r"^ {7}(\w+ .*)$", GUIDE, re.MULTILINE)]


class Followed:
    """A Lemmy, and a node that serves and follows it."""

    def __init__(self, served, server, folder):
        self.served, self.server, self.folder = served, server, folder
        self.token = folder / "token"
        self.journal = Journal(open_node(served.data).journal, read_only=True)

    def run(self, *words, check=True):
        data = ("--data", self.served.data)
        return run("connect", *words, *data, cwd=self.folder, check=check)

    def follow(self, words, check=True):
        """A command of the guide, at the server that is there."""
        of_here = {"https://lemmy.example": self.server.url, "lemmy-lemmy.example": NAME}
        token = ("--token-file", self.token) if words[2] == "lemmy" else ()
        found = [of_here.get(word, word) for word in words[2:]]
        return self.run(*found, *token, check=check)

    def until(self, found):
        """Wait for what the node does by itself."""
        end = time.monotonic() + 120
        while not (value := found()):
            assert time.monotonic() < end, self.run("status", NAME).stdout
            time.sleep(0.2)
        return value

    def groups(self):
        connection = connections.find(self.journal, NAME)
        return drafts.groups(self.journal, connection.id)


@pytest.fixture(scope="module", params=[4, 3], ids=["v4", "v3"])
def server(request):
    with closing(LemmyStandIn(request.param)) as one:
        one.add(17)
        one.write(3)
        one.ban(17, "2026-11-20T12:00:00.250123Z")
        yield one


@pytest.fixture(scope="module")
def followed(served, server, tmp_path_factory):
    run("platform", "add", "Links", "--data", served.data, check=False)  # once for both versions
    one = Followed(served, server, tmp_path_factory.mktemp("followed"))
    with closing(one.journal):
        yield one
    one.run("remove", NAME, "--yes", check=False)


def sign_in(followed):
    """What curl does, by the address that the guide has for this version."""
    paths = re.findall(r"https://lemmy\.example(/api/\S+login)", GUIDE)
    [path] = [path for path in paths if f"v{followed.server.version}" in path]
    login = json.loads(re.search(r'`(\{"username_or_email".*?\})`', GUIDE, re.DOTALL)[1])
    login |= {"username_or_email": "amparo", "password": followed.server.password}
    answer = httpx.post(f"{followed.server.url}{path}", json=login)
    followed.token.write_text(f"{answer.json()['jwt']}\n")


def test_the_guide_leads_from_a_token_to_a_draft_and_on_with_the_next_token(followed):
    _, connect, start = COMMANDS
    sign_in(followed)
    refused = followed.follow(connect, check=False)
    assert "begins with https://" in refused.stderr

    file = followed.folder / f"{NAME}.connect.toml"
    file.write_text(re.sub(r"\[options\][\s\S]*", OPTIONS, file.read_text()))
    followed.server.is_admin = False
    refused = followed.follow(connect, check=False)
    assert "its account is no administrator" in refused.stderr

    followed.server.is_admin = True
    tried = followed.follow(connect).stdout
    assert "1 records: 1 restriction" in tried

    followed.follow(start)
    [group] = followed.until(followed.groups)
    assert group.words == {"action": "admin_ban", "reason": "Spam", "account": "here"}

    # A new one is tried before it is kept, and what waits is read at once.
    followed.server.token = "new"
    refused = followed.run("secret", NAME, "--token-file", followed.token, check=False)
    assert "does not accept the token" in refused.stderr

    followed.server.remove(3, "2026-11-20T12:00:00.250123Z")
    sign_in(followed)
    followed.run("secret", NAME, "--token-file", followed.token)

    followed.until(lambda: len(followed.groups()) == 2)


@pytest.mark.parametrize("kind", sorted({*LISTS, *lemmy.KINDS}))
def test_the_guide_says_what_becomes_of_each_entry_of_the_log(kind):
    assert f"`{kind}`" in GUIDE


@pytest.mark.parametrize("option", lemmy.OPTIONS)
def test_the_guide_says_what_each_option_is(option):
    assert f"`{option}`" in GUIDE or option == "private"  # which is said in the file itself
