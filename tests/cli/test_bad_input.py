"""Every command, given nonsense, says what is wrong and how to mend it, and leaves no trace."""

import os
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import click
import pytest
from click.testing import CliRunner
from tests.conftest import new_node

from amparo.cli.main import COMMANDS, main

JUNK = b"\x00\xff no file of ours \x1b[31m"


def leaves(command, words=()):
    """(words of a command, the command), for each that has no more below it."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from leaves(command.get_command(context, name), (*words, name))
    else:
        yield words, command


EVERY = list(leaves(main))


def nonsense(param, folder):
    """Something of the right shape and no sense for a parameter."""
    kind = param.type
    if isinstance(kind, click.Path):
        if not kind.file_okay:
            return str(folder)
        if not kind.exists:
            return str(folder / "new")
        (folder / "junk").write_bytes(JUNK)
        return str(folder / "junk")
    if isinstance(kind, click.File):
        (folder / "junk").write_bytes(JUNK)
        return str(folder / "junk")
    if kind is click.UUID:
        return str(UUID(int=7))
    if isinstance(kind, click.Choice):
        return kind.choices[0]
    if isinstance(kind, click.IntRange):
        return str(kind.min or 1)
    if kind in (click.INT, click.FLOAT):
        return "1"
    return "nonsense"


def filled(command, folder, data):
    """The required arguments and options of a command, each with nonsense."""
    words = []
    for param in command.params:
        value = nonsense(param, folder)
        if isinstance(param, click.Argument):
            words += [value] * max(1, param.nargs)
        elif param.name in ("data", "lake"):
            words += [param.opts[0], str(data)]
        elif param.required:
            words += [param.opts[0], value]
    return words


SERVES = {("serve",), ("witness", "run"), ("disclosure", "serve")}
"""Commands that do not end by themselves."""
SLOW = {("observe", "evaluate"), ("observe", "alert")}
"""Commands that work for long on the series that is shipped, whatever their input."""


SIGNALLED = {("backup",)}
"""Commands that take signals, which only a main thread may."""


@pytest.fixture(autouse=True)
def own_umask():
    """Commands that make keys close what they make: for their own process, which here is ours."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def invoked(given):
    return CliRunner().invoke(main, given, input="")


def apart(given):
    """On a thread of its own: a browser of an earlier test may hold this one's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(invoked, given).result()


@pytest.mark.parametrize(
    ("words", "command"),
    [one for one in EVERY if one[0] not in SERVES | SLOW],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.parametrize("there", [False, True], ids=["nowhere", "on a node"])
def test_nonsense_is_answered_and_never_with_a_traceback(
    words, command, there, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "node"
    if there:
        new_node(data)
    given = [*words, *filled(command, tmp_path, data)]
    done = invoked(given) if words in SIGNALLED else apart(given)

    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    if done.exit_code == 1 and words != ("report", "lint"):  # whose findings are its answer
        lines = done.stderr.splitlines()
        assert any(line.startswith("amparo: ") for line in lines)  # a note may come before
        assert "\n  why: " in done.stderr
        assert "\n  fix: " in done.stderr
    elif done.exit_code == click.UsageError.exit_code:
        assert "Usage: " in done.stderr
    assert "\x1b[31m" not in done.output  # what a stranger wrote does not steer the terminal


def test_every_command_is_in_the_table():
    assert {words[0] for words, _ in EVERY} == set(COMMANDS)
    assert len(EVERY) > 70


def test_a_command_that_is_not_there_is_answered_with_the_nearest():
    done = CliRunner().invoke(main, ["statsu", "--data", "node"])

    assert done.exit_code == 2
    assert "No such command 'statsu'. Is it 'status'?" in done.output


@pytest.mark.parametrize(
    ("host", "fix"),
    [
        ("203.0.113.9", "--host an address that this machine has"),  # RFC 5737: nobody's
        ("no-such-host.invalid", "--host an address that this machine has"),  # RFC 6761
    ],
)
def test_where_a_node_cannot_listen_the_mistake_is_named(tmp_path, host, fix):
    done = CliRunner().invoke(
        main, ["serve", "--data", str(tmp_path / "node"), "--host", host, "--port", "0"]
    )

    assert done.exit_code == 1
    assert fix in done.stderr
    assert not (tmp_path / "node").exists()
