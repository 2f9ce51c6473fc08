"""`amparo member`: ask to join or to change, rotate a key, see witnesses and roster."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from typing import Any

import click

from amparo.cli import files
from amparo.cli.groups import Group
from amparo.cli.options import charter_options, data_option, key_option


@click.group(cls=Group)
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
@click.option(
    "--witness",
    "witness_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of your witness, as `amparo witness make` made it: its keys are written in.",
)
@charter_options
def request(
    file: Path,
    key: Path,
    old_key: Path | None,
    witness_folder: Path | None,
    data: Path,
    charter_file: Path | None,
) -> None:
    """Ask to stand in the next charter as FILE says (TOML: one [member], its [[seat]]s).

    Where it leaves out `key`, or the keys of its witness, those of --key and --witness are meant.
    """
    from amparo.cli.documents import charter_in_force, signer_of
    from amparo.coalition import document, membership_request
    from amparo.coalition.charter import Party, Seat

    source = files.toml(file)
    found, text = charter_in_force(data, charter_file)
    keys = [signer_of(path) for path in (key, old_key) if path is not None]
    wish = _with_keys(source.get("member"), keys[0].verifier.vkey, witness_folder)
    asked = membership_request.Request(
        document.digest(text),
        document.convert(wish, Party, membership_request.FORM),
        document.convert(source.get("seat", []), tuple[Seat, ...], membership_request.FORM),
    )
    raw = document.sign(membership_request.REQUEST, asked, *keys)
    _, signed = document.read(raw, membership_request.REQUEST, membership_request.Request)
    membership_request.check(asked, signed, found, text)
    click.echo(raw.decode(), nl=False)


def _with_keys(wish: Any, key: str, witness: Path | None) -> Any:
    """How somebody wants to stand, with the public keys that they need not copy."""
    from amparo.ledger.coalition.witness_service import keys_of

    if not isinstance(wish, dict):
        return wish
    wish = {"key": key, **wish}
    if witness is not None:
        own = [found.cosigner.vkey for found in keys_of(witness)]
        wish["witness"] = {"keys": own, **wish.get("witness", {})}
    return wish


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
    from amparo.coalition import document, membership_request
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
    asked = membership_request.Request(document.digest(text), party, seats)
    click.echo(document.sign(membership_request.REQUEST, asked, fresh, old).decode(), nl=False)


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
    from amparo.storage.node import open_node

    node = open_node(data)
    for asked, signed in charters.requests(node):
        click.echo(f"request\t{document.digest(signed.text)[:16]}\t{asked.party.id}")
    for draft in charters.drafts(node):
        names = ",".join(sorted(draft.signed_by))
        click.echo(f"draft\t{draft.digest[:16]}\tversion {draft.charter.version}\t{names}")


@member.command()
@click.argument("member_id", metavar="ID")
@data_option
def asked(member_id: str, data: Path) -> None:
    """List what is asked of the member ID now, as this node knows it; nothing: nothing is.

    Resolutions without its answer, drafts without its signature, requests in no draft, logs with
    which its witness is behind, faults of its own log. /coalition/member/ID shows the same.
    """
    from contextlib import closing
    from datetime import UTC, datetime

    from amparo.coalition.resolution import in_language
    from amparo.errors import Missing
    from amparo.foreign_text import on_a_line
    from amparo.ledger.coalition import asked as of_members
    from amparo.ledger.coalition import charters, monitor_state, resolutions
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    node = open_node(data)
    charter = charters.current(node)
    party = charter.party(member_id)
    if party is None:
        raise Missing(
            "The charter has no such member.",
            why=member_id,
            fix="`amparo charter show` lists their ids.",
        )
    today = datetime.now(UTC).date()
    with closing(Journal(node.journal, read_only=True)) as journal:
        every = [
            resolutions.whole(journal, node, name, today) for name in resolutions.every(journal)
        ]
    found = of_members.of_member(node, charter, party, every, monitor_state.read(node.monitor))
    rows = [
        (
            "answer",
            whole.digest[:16],
            whole.resolution.until,
            in_language(whole.resolution.text, "en")[1].title,
        )
        for whole in found.votes
    ]
    rows += [
        ("sign", d.digest[:16], f"version {d.charter.version}", ",".join(sorted(d.signed_by)))
        for d in found.drafts
    ]
    rows += [
        ("draft", digest[:16], request.party.id, request.party.name)
        for digest, request in found.requests
    ]
    rows += [("cosign", seen.origin, f"{seen.seen or 0} of {seen.size}", "") for seen in found.late]
    rows += [("mend", fault.origin, fault.kind, fault.what) for fault in found.faults]
    for row in rows:
        click.echo("\t".join(map(on_a_line, row)).rstrip())
