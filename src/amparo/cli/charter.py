"""`amparo charter`: the coalition's charter, written, signed, adopted, shown."""

# SPDX-License-Identifier: Apache-2.0

import tomllib
from pathlib import Path

import click

from amparo.cli.options import data_option
from amparo.coalition import charter as charters
from amparo.errors import Malformed
from amparo.ledger import charters as kept
from amparo.ledger.files import write_durably
from amparo.ledger.node import open_node, read_secret
from amparo.tlog import note
from amparo.tlog.note import Signer

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_key = click.option(
    "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
    help="The member's private key, as `amparo charter key` made it.",
)  # fmt: skip


@click.group()
def charter() -> None:
    """The charter: who holds the record together, and what it takes.

    A TOML source (docs/coalition.md) is signed by one member after the other, and adopted by nodes.
    """


@charter.command()
@click.argument("member")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def key(member: str, file: Path) -> None:
    """Make MEMBER's key into FILE, to be kept secret; print its public half for the charter."""
    import secrets

    note.check_key_name(member)
    if file.exists():
        raise Malformed(
            f"{file} exists.", why="a key is never written over", fix="Name another file."
        )
    signer = Signer(member, secrets.token_bytes(32))
    write_durably(file, f"{signer.to_text()}\n".encode(), mode=0o600)
    click.echo(signer.verifier.vkey)


@charter.command()
@_file
@_key
def sign(file: Path, key: Path) -> None:
    """Sign FILE, a TOML source or a charter that others have signed; print it with all lines."""
    raw = file.read_bytes()
    if raw.startswith(charters.HEADER):
        found, signed = charters.read(raw)
        text, lines = signed.text, signed.signatures
    else:
        try:
            found = charters.from_source(tomllib.loads(raw.decode()))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Malformed(
                f"{file} is no charter.", why=str(error), fix="See docs/coalition.md for its form."
            ) from None
        text, lines = charters.text_of(found), ()
    signer = Signer.from_text(read_secret(key).decode().strip())
    line = signer.sign(text)
    kept_lines = [one for one in lines if (one.name, one.key_id) != (line.name, line.key_id)]
    click.echo(f"digest: {charters.digest(text)}", err=True)
    click.echo(note.Note(text, (*kept_lines, line)).encode().decode(), nl=False)


@charter.command()
@_file
@data_option
def adopt(file: Path, data: Path) -> None:
    """Let the node follow the charter in FILE, if it is the first it trusts, or was adopted."""
    found = kept.adopt(open_node(data), file.read_bytes())
    click.echo(f"{found.name}, version {found.version}: {len(found.member)} members.")
    click.echo("A node that runs follows it from its next start.", err=True)


@charter.command()
@data_option
def show(data: Path) -> None:
    """Show the charter in force: members, kinds, roles, and what a quorum takes."""
    found = kept.current(open_node(data))
    click.echo(f"{found.name}, version {found.version}")
    for one in found.member:
        click.echo(f"{one.id}\t{one.kind}\t{one.region}\t{','.join(one.roles)}")
    rule = found.rules.adoption
    click.echo(
        f"witnesses: a majority of each of {found.rules.witness_kinds} kinds\n"
        f"adoption: {rule.members} members of {rule.kinds} kinds and {rule.regions} regions"
    )


@charter.command("policy")
@click.option("--log", "url", help="Whose log, by its address; else this node's own.")
@data_option
def policy_(url: str | None, data: Path) -> None:
    """Print the witnesses' quorum as a tlog-policy file, for `amparo verify --policy`."""
    node = open_node(data)
    found = kept.current(node)
    log = charters.log_of(found, url or node.signer().verifier.vkey)
    click.echo(charters.policy_text(found, log), nl=False)
