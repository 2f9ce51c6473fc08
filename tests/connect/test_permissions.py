"""Whatever is done in a source is tried when its file is taken, and with each new secret."""

from contextlib import ExitStack, closing
from copy import copy
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.conftest import new_node
from tests.connect import ozone_stand_in
from tests.coop_stand_in import PEM, CoopStandIn
from tests.discourse_stand_in import DiscourseStandIn
from tests.lemmy_stand_in import LemmyStandIn
from tests.mastodon_stand_in import MastodonStandIn
from tests.synapse_stand_in import SynapseStandIn

from amparo.cli.main import main
from amparo.errors import Denied, Malformed
from amparo.ledger.connect import connections
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal

COMMANDS = Path("src/amparo/cli/connect")
COOP = 'takes_back = "restore: hide"\ndisabled = "hide"\n'
WHAT = {
    ("coop", "write_back"): (COOP, lambda coop: coop.actions.discard("restore")),
    ("coop", "appeals"): (COOP, lambda coop: setattr(coop, "key", "another")),
    ("discourse", "write_back"): ("", lambda forum: setattr(forum, "may_write", False)),
    ("lemmy", "write_back"): ("", lambda lemmy: setattr(lemmy, "is_admin", False)),
    ("lemmy", "reports"): ("", lambda lemmy: setattr(lemmy, "is_admin", False)),
    ("mastodon-live", "write_back"): ("", lambda one: one.scopes.discard("write:accounts")),
    ("ozone", "answers"): ("", lambda ozone: setattr(ozone, "role", "roleTriage")),
    ("ozone", "write_back"): ("", lambda ozone: setattr(ozone, "role", "roleTriage")),
    ("synapse", "write_back"): ("", lambda synapse: setattr(synapse, "is_admin", False)),
    ("synapse", "reports"): ("", lambda synapse: setattr(synapse, "is_admin", False)),
}
"""System and option: what else its file says, and how the permission for it is lost."""
STAND_INS = {
    "coop": CoopStandIn,
    "discourse": DiscourseStandIn,
    "lemmy": LemmyStandIn,
    "mastodon-live": MastodonStandIn,
    "synapse": SynapseStandIn,
}
VALUES = {"reports": "notices"}
OF_A_ROLE = ("scopes", "actions", "key", "may_write", "is_admin", "role")
"""What of a stand-in says who may do what."""


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def source(request, stack, tmp_path):
    """(server, its address, the arguments by which it is connected)."""
    system, option = request.param
    if system == "ozone":
        server = ozone_stand_in.Ozone()
        address, secret = stack.enter_context(ozone_stand_in.serving(server)), "admin-pass"
        instance, sign_in = ozone_stand_in.SERVICE, 'sign_in = "admin"\n'
    else:
        server = stack.enter_context(closing(STAND_INS[system]()))
        address, sign_in, instance = server.url, 'private = "yes"\n', "127.0.0.1"
        secret = getattr(server, "token", None) or server.key
    if system == "mastodon-live":
        server.scopes.add("write:accounts")
    more, _ = WHAT[system, option]
    value = VALUES.get(option, "yes")
    file = tmp_path / "one.connect.toml"
    file.write_text(
        f'[connector]\nsystem = "{system}"\nname = "one"\nplatform = "Foro"\n'
        f'instance = "{instance}"\naddress = "{address}"\n\n'
        f'[options]\n{sign_in}{more}{option} = "{value}"\n'
    )
    (tmp_path / "secret").write_text(secret)
    (tmp_path / "coop.pem").write_text(PEM)
    (tmp_path / "webhook").write_text("whs")
    return server


@pytest.mark.parametrize(("source", "what"), [(each, each) for each in WHAT], indirect=["source"])
def test_what_the_file_wants_done_is_tried_before_it_is_kept_and_with_each_secret(
    source, what, tmp_path
):
    """Otherwise somebody learns of it from an order that is held, or an answer that nobody got."""
    (system, _), (_, lose) = what, WHAT[what]
    node = new_node(tmp_path / "node")
    with closing(Journal(node.journal)) as journal:
        platforms.add(journal, "Foro", Profile())
        given = ["--data", str(node.folder)]
        files = {
            "coop": ["--key-file", str(tmp_path / "coop.pem")],
            "discourse": ["--webhook-file", str(tmp_path / "webhook")],
            "mastodon-live": ["--webhook-file", str(tmp_path / "webhook")],
        }.get(system, [])
        secret = str(tmp_path / "secret")
        mapping = ["--platform", "Foro", "--mapping", str(tmp_path / "one.connect.toml")]
        connect = ["connect", system, *mapping, *files, "--token-file", secret]
        if system == "ozone":
            connect = ["connect", system, ozone_stand_in.SERVICE, *mapping, "--trial"]
            connect += ["--secret-file", secret]
        renew = ["connect", "secret", "one", *files, "--token-file", secret]

        had = {name: copy(value) for name, value in vars(source).items() if name in OF_A_ROLE}
        lose(source)
        refused = CliRunner().invoke(main, [*connect, *given])
        assert isinstance(refused.exception, Denied | Malformed | SystemExit), refused.output
        assert refused.exit_code
        assert connections.every(journal) == []

        vars(source).update(had)
        taken = CliRunner().invoke(main, [*connect, *given])
        assert taken.exit_code == 0, taken.output
        assert [found.name for found in connections.every(journal)] == ["one"]

        lose(source)
        refused = CliRunner().invoke(main, [*renew, *given])
        assert refused.exit_code, refused.output


@pytest.mark.parametrize("system", sorted({system for system, _ in WHAT}))
def test_the_table_has_every_option_by_which_something_is_done_there(system):
    """`write_back`, or whatever else sends something, or reads what not everybody may."""
    wanted = {name for name in ("answers", "appeals", "reports") if f"# {name} = " in asked(system)}

    assert {option for of, option in WHAT if of == system} == wanted | {"write_back"}


def test_no_other_source_has_such_an_option():
    named = {file.stem.replace("_", "-") for file in COMMANDS.glob("*.py")}

    assert {name for name in named if "write_back" in asked(name)} == {of for of, _ in WHAT}


def asked(system):
    """The options of which the file that is made tells."""
    text = (COMMANDS / f"{system.replace('-', '_')}.py").read_text()
    return text.partition('ASKED = """')[2].partition('"""')[0]
