"""A real Ozone, made by others: what it says is read, and what it is told to undo is undone.

`make counterparts` installs it; without that these are skipped.
"""

from contextlib import closing

import psycopg
import pytest
from tests.conftest import new_node
from tests.connect.test_ozone_answers import Answering
from tests.connect.test_write_back import WritingOzone
from tests.counterparts import npm
from tests.counterparts.ozone import Ozone
from tests.servers import PostgresServer

from amparo.case.events import RemedyClaimed, RemedySeen
from amparo.connectors import ozone, ozone_answers
from amparo.errors import Malformed
from amparo.ledger.case import casework
from amparo.ledger.connect import ozone_calls
from amparo.ledger.connect.ozone_calls import Calls

pytestmark = pytest.mark.skipif(
    not npm.is_installed("ozone"), reason="Ozone is not installed: `make counterparts` does that"
)
KEY = "3mfgpbefhqk2d"
CID = "bafyreigw5zbv5bsu2q2bnznsvhlhfo4hkwxx6vrh2g2wm2kkhbmpd7a4xe"


class Sky(WritingOzone):
    """A node that follows it, and carries orders out there."""

    def __init__(self, node, server):
        super().__init__(node, server, server.address, server.service)

    def calls(self):
        return closing(Calls(ozone_calls.access_of(self.node, self.connection), patient=False))

    def post(self):
        uri = f"at://{self.server.alice}/app.bsky.feed.post/{KEY}"
        return {"$type": "com.atproto.repo.strongRef", "uri": uri, "cid": CID}


@pytest.fixture(scope="module")
def server():
    with closing(Stopped(PostgresServer())) as database, closing(Ozone(database.address)) as one:
        yield one


class Stopped:
    """A database of its own, which is removed at the end."""

    def __init__(self, cluster):
        self.cluster = cluster
        with psycopg.connect(cluster.address, autocommit=True) as session:
            session.execute("CREATE DATABASE ozone")
        self.address = cluster.address.replace("/postgres", "/ozone")

    def close(self):
        self.cluster.remove()


@pytest.fixture
def sky(tmp_path, server):
    made = Sky(new_node(tmp_path / "node"), server)
    with closing(made.journal):
        yield made


def test_a_takedown_is_undone_seen_to_be_and_a_new_one_is_a_remedy_undone(sky, server):
    server.emit("modEventTakedown", policies=["spam"], comment="rule 2")
    sky.ask()
    [case] = sky.statements()
    server.emit("modEventMute", durationInHours=1)  # it is restricted all the same
    with sky.calls() as calls:
        calls.check_may_act(["write_back"])
    sky.order(case, "restore_account")

    sky.ask()

    assert sky.remedy(case) == "verified", sky.kinds(case)
    assert casework.read(sky.journal, case).last(RemedyClaimed).through == server.service
    sky.ask()
    assert "decision.lifted" not in sky.kinds(case)
    server.emit("modEventTakedown", policies=["spam"], durationInHours=72)
    sky.later(days=1)
    sky.ask()
    assert casework.read(sky.journal, case).last(RemedySeen).saw == ("suspended",)
    assert sky.kinds(case)[-1] == "remedy.reverted"
    server.emit("modEventReverseTakedown")


def test_a_label_is_negated_and_a_post_brought_back(sky, server):
    server.emit("modEventLabel", sky.post(), createLabelVals=["rude"], negateLabelVals=[])
    sky.ask()
    labelled = sky.statements()[-1]
    sky.order(labelled, "lift_label")
    sky.ask()
    assert sky.remedy(labelled) == "verified", sky.kinds(labelled)

    server.emit("modEventTakedown", sky.post(), comment="x")
    sky.ask()
    down = sky.statements()[-1]
    sky.order(down, "restore_content")
    sky.ask()
    assert sky.remedy(down) == "verified", sky.kinds(down)


def test_an_event_of_one_name_is_taken_once(sky, server):
    """What the stand-in of the other tests says of `externalId` is so."""
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": server.alice}
    comment = {"$type": "tools.ozone.moderation.defs#modEventComment", "comment": "once"}
    with sky.calls() as calls:
        calls.emit(comment, subject, "amparo:1:1")
        with pytest.raises(Malformed, match="DuplicateExternalId"):
            calls.emit(comment, subject, "amparo:1:1")
        reverse = {"$type": "tools.ozone.moderation.defs#modEventReverseTakedown"}
        with pytest.raises(Malformed, match="not taken down"):
            calls.emit(reverse, subject, "amparo:1:2")


def test_an_answer_is_noted_with_its_name_and_an_appeal_is_resolved(tmp_path, server):
    """Its PDS is nowhere here: Ozone takes the letter, and says that it was not delivered."""
    sky = Answering(new_node(tmp_path / "node"), server, server.address, server.service)
    with closing(sky.journal):
        server.emit("modEventTakedown", policies=["spam"])
        server.emit("modEventReport", reportType="com.atproto.moderation.defs#reasonAppeal")
        sky.ask()
        case = sky.statements()[-1]
        with closing(
            Calls(ozone_calls.access_of(sky.node, sky.connection), patient=False)
        ) as calls:
            assert calls.status(server.alice)["appealed"] is True

            sky.answer(case)
            sky.ask(3)

            kinds = [f"{ozone_answers.DEFS}{kind}" for kind in (ozone.EMAIL, ozone.RESOLVE)]
            found = calls.events(subject=server.alice, types=kinds).events
            answer = f"amparo:{case}:"
            names = [one["modTool"]["meta"]["answer"] for one in found]
            assert len(names) == 2
            assert all(name.startswith(answer) for name in names)
            assert calls.status(server.alice)["appealed"] is False
        assert sky.refusals() == ["Ozone has not delivered the letter to the account"]
    server.emit("modEventReverseTakedown")
