"""A real PDS and a real Ozone: a moderator signs in there, and letters reach the account.

`make counterparts` installs them; without that this is skipped.
"""

from contextlib import closing

import pytest
from tests.conftest import new_node
from tests.connect.test_ozone_answers import LINE, Answering
from tests.connect.test_ozone_real import Stopped
from tests.counterparts import pds
from tests.servers import PostgresServer

from amparo.ledger.connect import connections

pytestmark = pytest.mark.skipif(
    not pds.is_installed(), reason="no PDS is installed: `make counterparts` does that"
)


@pytest.fixture(scope="module")
def network():
    with (
        closing(Stopped(PostgresServer())) as database,
        closing(pds.Network(database.address)) as one,
    ):
        yield one


class Followed(Answering):
    """A node that signs in on the PDS with an app password of the moderator's."""

    def __init__(self, node, network, password):
        more = {"sign_in": "password", "account": "mod.test", "pds": network.pds}
        super().__init__(node, network, network.ozone, network.service, **more)
        connections.keep_secret(node, "oz", password)


@pytest.fixture
def sky(tmp_path, network):
    body = {"name": "amparo", "privileged": True}
    status, made = network.call("com.atproto.server.createAppPassword", "mod", body)
    assert status == 200, made
    followed = Followed(new_node(tmp_path / "node"), network, made["password"])
    with closing(followed.journal):
        yield followed


def test_an_account_is_taken_down_answered_by_letter_and_given_back(sky, network):
    network.moderate("modEventTakedown", policies=["spam"])
    assert network.sign_in()[1]["error"] == "AccountTakedown"
    sky.ask()
    assert sky.connection.why == ""
    [case] = sky.statements()

    sky.answer(case, "reversed")
    sky.order(case, "restore_account")
    sky.ask()
    network.work()

    assert sky.remedy(case) == "verified", sky.kinds(case)
    assert network.sign_in()[0] == 200
    assert sky.refusals() == []
    [letter] = network.letters()
    assert (letter["to"], letter["subject"]) == ("alice@x.test", LINE)
    assert letter["html"].startswith("<p>It was no advert: &lt;b&gt;you&lt;/b&gt; asked")
