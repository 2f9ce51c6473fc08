"""`amparo witness`: a stand-alone service that cosigns logs which only ever grow."""

# SPDX-License-Identifier: Apache-2.0

import os
from pathlib import Path
from typing import IO

import click

from amparo.cli.groups import Group
from amparo.cli.options import close, own_folder

_data = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("witness"),
    show_default=True,
    envvar="AMPARO_WITNESS",
    callback=own_folder,
    help="The witness's folder.",
)
_mark = click.option(
    "--mark",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="AMPARO_WITNESS_MARK",
    help="Where its mark lies; best on another disk.  [default: below ~/.local/state/amparo]",
)


@click.group(cls=Group)
def witness() -> None:
    """A witness: it cosigns logs, its own coalition's or anybody's, and never goes back.

    Make one, write the logs it follows into its file `logs` (`log VKEY` a line), and run it.
    """


@witness.command()
@click.argument("name")
@_data
def make(name: str, data: Path) -> None:
    """Make a witness NAME with an Ed25519 and an ML-DSA-44 key; print both for the charter."""
    from amparo.ledger.coalition import witness_service

    witness_service.make(data, name)
    _show_keys(data)


@witness.command()
@_data
def keys(data: Path) -> None:
    """Print its verifier keys, to be handed to everyone who counts on its cosignatures."""
    _show_keys(data)


@witness.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8500, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@_mark
@_data
def run(port: int, host: str, mark: Path | None, data: Path) -> None:
    """Run the service: POST /add-checkpoint, GET /HASH/checkpoint, and a page at /.

    Refuses to start when its state is older than its mark: a restored backup would sign a fork.
    """
    from amparo.cli.serve import address_of, bound
    from amparo.ledger.coalition.witness_service import OWN, Witness, keys_of
    from amparo.storage.durable import locked
    from amparo.web.http.limits import WITNESS
    from amparo.web.http.server import server
    from amparo.web.witness import build

    name = keys_of(data)[0].name
    with locked(data / "witness.lock", "witness"):
        close(data, OWN)
        service = Witness(data, mark or _default_mark(name))
        listener = bound(host, port)
        made = server(build(service), WITNESS, log_level="warning")
        with made.capture_signals():  # it is there from now on, and Ctrl-C is its end
            click.echo(f"Open {address_of(host, listener)}/")
            made.run(sockets=[listener])


@witness.command()
@click.option(
    "--ask",
    "others",
    multiple=True,
    metavar="URL",
    required=True,
    help="Another witness of the same logs; several times.",
)
@_mark
@_data
def recover(others: tuple[str, ...], mark: Path | None, data: Path) -> None:
    """After a restored backup: begin again only if no other witness has seen more."""
    from amparo.ledger.coalition.witness_service import keys_of
    from amparo.ledger.coalition.witness_service import recover as recovered

    place = mark or _default_mark(keys_of(data)[0].name)
    compared = recovered(data, place, list(others))
    click.echo(f"Nothing is missing: {compared} comparisons. It may run again.")


@witness.command()
@click.argument("file", type=click.File("rb"))
@click.option("--vkey", help="The log's key as you know it; else the key in the file is believed.")
def judge(file: IO[bytes], vkey: str | None) -> None:
    """Judge FILE, a split view that a witness kept; no network, exit 0 if it proves one."""
    from amparo.tlog import split

    found = split.judge(file.read(), vkey)
    click.echo(
        f"{found.key.name} has signed two histories of {found.first.size} entries:\n"
        f"{found.first.root.hex()}\n{found.second.root.hex()}"
    )


def _show_keys(data: Path) -> None:
    from amparo.ledger.coalition.witness_service import keys_of

    for key in keys_of(data):
        click.echo(key.cosigner.vkey)


def _default_mark(name: str) -> Path:
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "amparo" / f"{name.replace('/', '_')}.mark"
