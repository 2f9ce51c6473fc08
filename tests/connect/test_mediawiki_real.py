"""A real MediaWiki, made by others: what stands in its log is read as the tests' stand-in says.

`make counterparts` fetches it; without that these are skipped.
"""

from contextlib import closing

import pytest
from tests.conftest import bytes_below, new_node
from tests.connect.test_mediawiki import Wiki
from tests.counterparts import mediawiki

from amparo.case import events
from amparo.ledger.case import casework
from amparo.ledger.connect.mediawiki_source import MediaWiki

pytestmark = pytest.mark.skipif(
    not mediawiki.is_installed() or bool(mediawiki.php_lacks()),
    reason="MediaWiki is not there: `make counterparts` fetches it",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with closing(mediawiki.Wiki(tmp_path_factory.mktemp("mediawiki"))) as one:
        one.register("Rosario")
        yield one


@pytest.fixture
def wiki(tmp_path, server):
    address = f"{server.address}/api.php"
    made = Wiki(new_node(tmp_path / "node"), server, address, since="2020-01-01")
    with closing(made.journal):
        yield made


def test_a_block_a_deletion_and_a_protection_are_read_and_what_is_taken_back_is_lifted(
    wiki, server
):
    server.act("edit", title="Spam page", text="buy")
    server.act("edit", title="Other", text="a")
    server.act("block", user="Rosario", expiry="3 days", reason="Vandalism", allowusertalk=1)
    server.act("delete", title="Spam page", reason="Vandalism: adverts")
    server.act("protect", title="Other", protections="edit=sysop", expiry="1 week", reason="war")
    wiki.ask()
    assert len(wiki.statements()) == 2  # a rule goes by the reason
    assert len(wiki.drafts()) == 1

    server.act("unblock", user="Rosario", reason="appeal granted")
    server.act("undelete", title="Spam page", reason="appeal granted")
    wiki.ask()

    page = wiki.statements()[-1]
    now = casework.now()
    ordered = events.RemedyOrdered(now, "node", steps=("restore_content",), outcome="reversed")
    claimed = events.RemedyClaimed(now, "platform:wiki", result="implemented", reasons="")
    casework.act(wiki.journal, page, lambda _: [ordered, claimed])
    wiki.ask()
    assert wiki.kinds(page)[-2:] == ["remedy.seen", "remedy.verified"], wiki.kinds(page)
    assert all("decision.lifted" in wiki.kinds(case) for case in wiki.statements())
    kept = bytes_below(wiki.node.folder)
    assert b"Rosario" not in kept


def test_a_hidden_revision_is_read_by_its_number(wiki, server):
    server.act("edit", title="Talk", text="a")
    insult = server.act("edit", title="Talk", text="insult")["newrevid"]
    server.act("edit", title="Talk", text="b")
    before = wiki.counts().get("state", 0)

    hide = {"type": "revision", "ids": str(insult), "hide": "content|comment"}
    server.act("revisiondelete", **hide, reason="Vandalism")
    wiki.ask()

    assert wiki.counts()["state"] > before
    with closing(MediaWiki(wiki.connection)) as there:
        assert there.look(f"hidden {insult}").in_force == ("hidden",)
        server.act("revisiondelete", type="revision", ids=str(insult), show="content|comment")
        assert there.look(f"hidden {insult}").is_over
        for nowhere in ("hidden 99999", "protected 99999"):
            assert there.look(nowhere).in_force == ("gone",)
