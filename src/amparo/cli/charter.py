"""`amparo charter`: the coalition's charter, written, signed, adopted, shown."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import click

from amparo.cli import files
from amparo.cli.documents import charter_in_force, signer_of
from amparo.cli.groups import Group
from amparo.cli.options import charter_options, data_option, key_option
from amparo.coalition import charter as charters
from amparo.coalition import document, membership_request
from amparo.coalition.membership_request import REQUEST, Request
from amparo.errors import Malformed
from amparo.ledger.coalition import charters as node_charters
from amparo.storage.node import open_node
from amparo.tlog import note
from amparo.tlog.note import Signer

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group(cls=Group)
def charter() -> None:
    """The charter: who holds the record together, and what it takes.

    A TOML source (docs/coalition.md) is signed by one member after the other, and adopted by nodes.
    """


@charter.command()
@click.argument("member")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def key(member: str, file: Path) -> None:
    """Make MEMBER's key into FILE, to be kept secret; print its public half for the charter."""
    click.echo(make_key(member, file).verifier.vkey)


@charter.command()
@_file
@key_option
def sign(file: Path, key: Path) -> None:
    """Sign FILE, a TOML source or a charter that others have signed; print it with all lines."""
    raw = file.read_bytes()
    if raw.startswith(charters.HEADER):
        found, signed = charters.read(raw)
        text, lines = signed.text, signed.signatures
    else:
        found = charters.from_source(files.toml(file))
        text, lines = charters.text_of(found), ()
    line = signer_of(key).sign(text)
    kept_lines = [
        other for other in lines if (other.name, other.key_id) != (line.name, line.key_id)
    ]
    click.echo(f"digest: {document.digest(text)}", err=True)
    click.echo(note.Note(text, (*kept_lines, line)).encode().decode(), nl=False)


@charter.command()
@_file
@data_option
def adopt(file: Path, data: Path) -> None:
    """Let the node follow the charter in FILE, if it is the first it trusts, or was adopted."""
    found = node_charters.adopt(open_node(data), file.read_bytes())
    click.echo(f"{found.name}, version {found.version}: {len(found.member)} members.")
    click.echo("A node that runs follows it from its next start.", err=True)


@charter.command("next")
@click.argument(
    "requests",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    nargs=-1,
    metavar="[REQUEST]...",
)
@click.option("--leave", multiple=True, metavar="ID", help="A member that leaves; several times.")
@click.option(
    "--rules",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Other rules: a TOML file with [rules], as in the first charter.",
)
@key_option
@charter_options
def next_(
    requests: tuple[Path, ...],
    leave: tuple[str, ...],
    rules: Path | None,
    key: Path,
    data: Path,
    charter_file: Path | None,
) -> None:
    """Draft the next charter from members' requests, signed by you; print it.

    Without files, from all requests that wait at this node. Hand it in with `amparo hand-in`; other
    members add their signatures with `amparo charter sign`, and the quorum puts it in force.
    """
    now, text = charter_in_force(data, charter_file)
    given = [document.read(path.read_bytes(), REQUEST, Request) for path in requests]
    for request, signed in given:
        membership_request.check(request, signed, now, text)
    asked = [request for request, _ in given]
    if not requests and charter_file is None:
        waiting = [request for request, _ in node_charters.requests(open_node(data))]
        asked, left_out = membership_request.fitting(now, text, waiting)
        for request, why in left_out:
            click.echo(f"left out: {request.party.id}: {why}", err=True)
    other = None
    if rules is not None:
        found = files.toml(rules).get("rules")
        other = document.convert(found, charters.Rules, charters.RULES_FORM)
    try:
        made = membership_request.next_charter(now, text, asked, leave, other)
    except Malformed as error:
        raise Malformed(
            "These members cannot stand under these rules.",
            why=error.why,
            fix="Give other [rules] with --rules FILE, or leave a request out.",
        ) from None
    click.echo(document.sign(charters.HEADER, made, signer_of(key)).decode(), nl=False)


@charter.command()
@data_option
def show(data: Path) -> None:
    """Show the charter in force: members, kinds, roles, and what a quorum takes."""
    found = node_charters.current(open_node(data))
    click.echo(f"{found.name}, version {found.version}")
    for party in found.member:
        click.echo(f"{party.id}\t{party.kind}\t{party.region}\t{','.join(party.roles)}")
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
    found = node_charters.current(node)
    log = charters.log_of(found, url or node.signer().verifier.vkey)
    click.echo(charters.policy_text(found, log), nl=False)


def make_key(member: str, file: Path) -> Signer:
    """A fresh key for a member, in a file that only its owner may read."""
    import secrets

    from amparo.cli.keys import write_new

    note.check_key_name(member)
    signer = Signer(member, secrets.token_bytes(32))
    write_new(file, f"{signer.to_text()}\n".encode())
    return signer
