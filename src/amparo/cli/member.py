"""`amparo member`: ask to join or to change, rotate a key, see witnesses and roster."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import click

from amparo.cli import files
from amparo.cli.options import charter_options, data_option, key_option


@click.group()
def member() -> None:
    """What a member of the coalition does: ask to join, rotate keys, look after its witness.

    `request` and `rotate` print a signed document for `amparo hand-in`; the other members then
    sign a charter that holds it (`amparo charter next`).
    """


@member.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@key_option
@click.option(
    "--old-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The key that the charter names so far, where it changes.",
)
@charter_options
def request(
    file: Path, key: Path, old_key: Path | None, data: Path, charter_file: Path | None
) -> None:
    """Ask to stand in the next charter as FILE says (TOML: one [member], its [[seat]]s)."""
    from amparo.cli.documents import charter_in_force, signer_of
    from amparo.coalition import document, membership
    from amparo.coalition.charter import Party, Seat

    source = files.toml(file)
    found, text = charter_in_force(data, charter_file)
    asked = membership.Request(
        document.digest(text),
        document.convert(source.get("member"), Party),
        document.convert(source.get("seat", []), tuple[Seat, ...]),
    )
    keys = [signer_of(path) for path in (key, old_key) if path is not None]
    raw = document.sign(membership.REQUEST, asked, *keys)
    _, signed = document.read(raw, membership.REQUEST, membership.Request)
    membership.check(asked, signed, found, text)
    click.echo(raw.decode(), nl=False)


@member.command()
@click.argument("new", type=click.Path(dir_okay=False, path_type=Path))
@key_option
@click.option(
    "--witness-key",
    "witness_keys",
    multiple=True,
    help="Its witness's verifier keys, where those change as well.",
)
@charter_options
def rotate(
    new: Path, key: Path, witness_keys: tuple[str, ...], data: Path, charter_file: Path | None
) -> None:
    """Make a new key into NEW and ask that it takes the place of --key; keep both until it does."""
    import msgspec

    from amparo.cli.charter import make_key
    from amparo.cli.documents import charter_in_force, signer_of
    from amparo.coalition import document, membership
    from amparo.errors import Missing

    found, text = charter_in_force(data, charter_file)
    old = signer_of(key)
    party = found.party(old.name)
    if party is None:
        raise Missing(
            "The charter has no such member.", why=old.name, fix="Use the member's own key."
        )
    fresh = make_key(old.name, new)
    party = msgspec.structs.replace(party, key=fresh.verifier.vkey)
    if witness_keys and party.witness is not None:
        changed = msgspec.structs.replace(party.witness, keys=witness_keys)
        party = msgspec.structs.replace(party, witness=changed)
    seats = tuple(seat for seat in found.seat if seat.member == old.name)
    asked = membership.Request(document.digest(text), party, seats)
    click.echo(document.sign(membership.REQUEST, asked, fresh, old).decode(), nl=False)


@member.command()
@charter_options
def witnesses(data: Path, charter_file: Path | None) -> None:
    """Ask every witness of the charter how far it has seen every log: the status of each."""
    from amparo.cli.documents import charter_in_force
    from amparo.ledger.coalition.witness_service import seen_everywhere

    found, _ = charter_in_force(data, charter_file)
    for seen in seen_everywhere(found):
        click.echo(f"{seen.witness}\t{seen.log}\t{seen.answer}")


@member.command()
@charter_options
def roster(data: Path, charter_file: Path | None) -> None:
    """List who may be drawn into panels: id, name, member, kind, languages."""
    from amparo.cli.documents import charter_in_force
    from amparo.coalition.charter import roster_of

    found, _ = charter_in_force(data, charter_file)
    for member in roster_of(found):
        click.echo(
            f"{member.id}\t{member.name}\t{member.organisation}\t{member.kind}\t{','.join(member.languages)}"
        )


@member.command()
@data_option
def waiting(data: Path) -> None:
    """List requests and drafts of the next charter that wait at this node."""
    from amparo.coalition import document
    from amparo.ledger.coalition import charters
    from amparo.ledger.storage.node import open_node

    node = open_node(data)
    for asked, signed in charters.requests(node):
        click.echo(f"request\t{document.digest(signed.text)[:16]}\t{asked.party.id}")
    for draft in charters.drafts(node):
        names = ",".join(sorted(draft.signed_by))
        click.echo(f"draft\t{draft.digest[:16]}\tversion {draft.charter.version}\t{names}")
