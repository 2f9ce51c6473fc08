"""What people give with a command is what is set up: nothing of it is passed over in silence."""

import tomllib
from contextlib import closing

import pytest
from click.testing import CliRunner
from tests.conftest import new_node
from tests.coop_stand_in import PEM, CoopStandIn

from amparo.cli.main import main
from amparo.connectors import config
from amparo.connectors.trial import Trial
from amparo.errors import Missing, Refused
from amparo.ledger.connect import connections
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal

LIVE = ["cinder", "coop", "discourse", "lemmy", "mastodon-live", "mediawiki", "page", "state"]
LIVE += ["synapse"]
HERE, OTHER = "https://h.example/one", "https://h.example/two"
DID, ANOTHER = "did:plc:kwicnegbjh2decjvm2mwzaqy", "did:web:other.example%3A8443"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    node = new_node(tmp_path / "node")
    with closing(Journal(node.journal)) as journal:
        platforms.add(journal, "Foro", Profile())
    return tmp_path


def connect(folder, system, *words):
    given = [*words, "--platform", "Foro", "--data", str(folder / "node")]
    return CliRunner().invoke(main, ["connect", system, *given], input="")


def why(done):
    return f"{done.exception} {done.output}"


HOSTS = ["[::1]", "FORUM.example", "x" * 70 + ".example", "_dmarc.h.example"]


@pytest.mark.parametrize(
    ("system", "host"),
    [*((system, "müller.example") for system in LIVE), *(("discourse", host) for host in HOSTS)],
)
def test_whatever_host_it_is_the_connection_gets_a_name_that_it_can_have(folder, system, host):
    connect(folder, system, "--address", f"https://{host}/")

    [file] = folder.glob("*.connect.toml")
    made = config.read(tomllib.loads(file.read_text()))
    assert made.connector.address == f"https://{host}/"
    assert made.connector.name.startswith(system)


ADDRESSES = [
    "https://h.example:99999",
    "https://h.example:0",
    "ftp://h.example",
    "https://h.example/?token=secret",
    "https://[h.example",
]


@pytest.mark.parametrize(
    ("system", "address"),
    [
        *((system, "https://ana:secret@h.example") for system in LIVE),
        *(("discourse", address) for address in ADDRESSES),
    ],
)
def test_an_address_that_cannot_be_is_refused_before_it_stands_in_a_file(folder, system, address):
    """A name and a password would be there for everybody who reads it, and the next try too."""
    done = connect(folder, system, "--address", address)

    assert done.exit_code
    assert list(folder.glob("*.connect.toml")) == []


@pytest.mark.parametrize("system", LIVE)
def test_a_second_address_at_the_same_host_is_not_passed_over(folder, system):
    """The file of the first would be read, and the first asked, as if it were the second."""
    connect(folder, system, "--address", HERE)
    [file] = folder.glob("*.connect.toml")
    before = file.read_text()

    done = connect(folder, system, "--address", OTHER)

    assert done.exit_code
    assert "is not for this" in why(done)
    assert file.read_text() == before
    assert "is not for this" not in why(connect(folder, system, "--address", HERE.rstrip("/")))


@pytest.mark.parametrize(
    ("system", "first", "second"),
    [
        ("ozone", DID, ANOTHER),
        ("labels", DID, ANOTHER),
    ],
)
def test_the_file_of_one_labeler_is_not_read_for_another(folder, system, first, second):
    file = folder / "one.toml"
    form = {"system": system, "name": "one", "platform": "Foro", "instance": first}
    made = config.read({"connector": form | {"address": HERE}})
    file.write_text(config.write(made))

    for words in ((second,), (first, "--address", OTHER)):
        done = connect(folder, system, *words, "--mapping", str(file))
        assert "is not for this" in why(done), words


def test_an_export_of_another_mastodon_is_not_read_as_that_of_the_first(folder):
    export = folder / "strikes.csv"
    export.write_text("id,action\n")
    connect(folder, "mastodon", str(export), "--instance", "one.example")

    done = connect(folder, "mastodon", str(export), "--instance", "two.example")

    assert "is not for this" in why(done)


STEERS = "\x1b]0;mine\x07\x1b[2J\u202e"


def test_what_strangers_wrote_in_a_table_steers_no_terminal_while_it_is_understood(folder):
    """What is shown of a file are its own words, and so those of whoever was moderated."""
    table = folder / "decisions.csv"
    rows = [f"{n},{STEERS}spam{n},2026-11-0{n}T09:00:00Z" for n in range(1, 8)]
    table.write_text("\n".join(["id,category,decided_at", *rows]) + "\n")

    done = connect(folder, "csv", str(table))

    assert "decisions.csv" in done.output
    assert not set(done.output + done.stderr) & set(STEERS[:1] + "\x07\u202e")


def test_nor_do_the_policies_of_a_coop_or_the_list_of_connections(folder):
    (folder / "coop.pem").write_text(PEM)
    form = FORM["connector"] | {"instance": f"{STEERS} one\ntwo"}
    with (
        closing(CoopStandIn()) as server,
        closing(Journal(folder / "node" / "journal.db")) as journal,
    ):
        server.policies = [{"id": "p\n1", "name": f"{STEERS}Spam", "parentId": None}]
        (folder / "key").write_text(server.key)
        connections.add(journal, config.read({"connector": form}), now=1)
        keys = ("--token-file", "key", "--key-file", "coop.pem")
        coop = connect(folder, "coop", "--address", server.url, *keys)
        file = next(folder.glob("coop-*.connect.toml"))
        file.write_text(file.read_text().replace("# private", "private"))
        coop = connect(folder, "coop", "--address", server.url, *keys)

    listed = CliRunner().invoke(main, ["connect", "list", "--data", str(folder / "node")])

    assert "policy\tp 1\t" in coop.output
    assert len(listed.output.splitlines()) == 2
    for shown in (coop.output, listed.output):
        assert not set(shown) & set(STEERS[:1] + "\x07\u202e")


# --- two at once ----------------------------------------------------------------------------------


FORM = {"connector": {"system": "csv", "name": "one", "platform": "Foro", "instance": "one"}}


@pytest.fixture
def journal(folder):
    with closing(Journal(new_node(folder / "other").journal)) as journal:
        platforms.add(journal, "Foro", Profile())
        connections.set_trial(journal, connections.add(journal, config.read(FORM), now=1), Trial())
        yield journal


def one(journal):
    return connections.find(journal, "one")


STEPS = {
    "start": ("trial", connections.start),
    "pause": ("running", connections.pause),
    "resume": ("paused", connections.resume),
}
STATES = ("trial", "running", "paused")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_from_where_it_begins_and_from_nowhere_else(journal, step, state):
    """One that is paused is not started anew: it would be read from the beginning."""
    begins, take = STEPS[step]
    journal.db.execute("UPDATE connector SET state = ?, position = 'here'", (state,))

    if state == begins:
        take(journal, one(journal))
        assert one(journal).state != state
    else:
        with pytest.raises(Refused):
            take(journal, one(journal))
        assert (one(journal).state, one(journal).position) == (state, "here")


@pytest.mark.parametrize("step", STEPS)
def test_of_two_who_do_the_same_at_once_one_does_it(journal, step):
    """A second click, or two leads: each saw the page before the other."""
    begins, take = STEPS[step]
    journal.db.execute("UPDATE connector SET state = ?", (begins,))
    first, second = one(journal), one(journal)
    take(journal, first)
    journal.db.execute("UPDATE connector SET position = 'read on since'")

    with pytest.raises(Refused, match="meanwhile"):
        take(journal, second)

    assert one(journal).position == "read on since"


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_one_that_was_removed_meanwhile_changes_no_other(journal, folder, step):
    """The next connection gets its number."""
    begins, take = STEPS[step]
    journal.db.execute("UPDATE connector SET state = ?", (begins,))
    seen = one(journal)
    connections.remove(new_node(folder / "third"), journal, seen)
    other = {"connector": FORM["connector"] | {"name": "next", "instance": "next"}}
    following = connections.add(journal, config.read(other), now=2)
    assert following.id == seen.id

    with pytest.raises(Missing):
        take(journal, seen)
    connections.has_failed(journal, seen, "it is away", now=3)
    with journal.transaction():
        connections.was_read(journal, seen, position="far", newest="2099", now=3)
        connections.refuse(journal, seen, 1, [connections.Refusal("row 1", "bad")], now=3)

    assert connections.find(journal, "next") == following
