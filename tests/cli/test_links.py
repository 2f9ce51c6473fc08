"""What a command prints is used as it stands: links are whole, helps are no half sentences."""

import re

import click
import httpx2
import pytest
from click.testing import CliRunner
from tests.conftest import Served, run

from amparo.cli.main import COMMANDS, main


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    node = Served(tmp_path_factory.mktemp("links") / "node")
    node.add_platform("Foro")
    yield node
    node.stop()


WAYS_IN = {
    "the operator": ("admin", "link"),
    "a reviewer": ("reviewer", "add", "Rosa", "rosa@foro.example", "--platform", "Foro"),
    "the registrar": ("panel", "registrar", "Ada", "ada@panels.example"),
}


@pytest.mark.parametrize("command", WAYS_IN.values(), ids=WAYS_IN)
def test_a_way_in_is_a_whole_link_while_the_node_runs_here(node, command):
    """Nothing is set: the node knows where it listens."""
    done = run(*command, "--data", node.data)

    link = done.stdout.splitlines()[-1]
    assert link.startswith(f"{node.url}/")
    assert httpx2.get(link).status_code == 200
    assert "Put before it" not in done.stderr


def test_status_says_first_whether_the_node_runs_and_where(node, tmp_path):
    running = run("status", "--data", node.data).stdout.splitlines()[0]
    run("platform", "add", "Foro", "--data", tmp_path / "node")
    stopped = run("status", "--data", tmp_path / "node").stdout.splitlines()[0]

    assert running.split(maxsplit=1)[1] == f"running at {node.url}"
    assert "not running on this machine" in stopped
    assert f"`amparo serve --data {tmp_path / 'node'}`" in stopped


def test_where_a_node_ran_counts_for_nothing_once_it_has_ended(tmp_path):
    """Killed, it could not take back what it had written."""
    node = Served(tmp_path / "node")
    node.process.kill()
    node.process.wait()
    node.stop()

    assert "not running" in run("status", "--data", node.data).stdout
    link = run("admin", "link", "--data", node.data)
    assert link.stdout.startswith("/admin/sign-in?link=")
    assert "Put before it the address" in link.stderr


def groups(command, path=()):
    """Every group of commands, with the words by which it is called."""
    if isinstance(command, click.Group):
        yield path, command
        names = COMMANDS if not path else command.commands
        for name in names:
            yield from groups(command.get_command(click.Context(command), name), (*path, name))


GROUPS = {" ".join(path) or "amparo": path for path, _ in groups(main)}


@pytest.mark.parametrize("path", GROUPS.values(), ids=GROUPS)
def test_the_help_of_a_group_says_each_command_in_whole_words(path):
    shown = CliRunner().invoke(main, [*path, "--help"], terminal_width=80).output
    listed = shown.partition("\nCommands:\n")[2].partition("\n\n")[0]

    assert listed
    assert "..." not in listed
    for first in re.findall(r"^  \S.*(?:\n {4,}.*)*", listed, re.MULTILINE):
        text = " ".join(first.split()).split(maxsplit=1)[1]
        assert text.endswith("."), first
        assert text.count("(") == text.count(")"), first
