"""`amparo resolution`: propose a text, record contacts, answer, show, export, verify."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, get_args

import click

from amparo.cli import files
from amparo.cli.groups import Group
from amparo.cli.options import charter_options, data_option, key_option
from amparo.coalition.charter import Region
from amparo.coalition.resolution import Choice

if TYPE_CHECKING:
    from amparo.coalition.resolution import Resolution, Standing

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group(cls=Group)
def resolution() -> None:
    """Resolutions of the coalition: texts that members answer with their keys.

    What `propose`, `answer` and `contact` print is a signed document; give it to a node with
    `amparo hand-in`, or on its page. No network is needed to sign.
    """


@resolution.command()
@_file
@key_option
@charter_options
def propose(file: Path, key: Path, data: Path, charter_file: Path | None) -> None:
    """Propose the text in FILE (TOML: until, and [text.en] with title, text); print it signed."""
    from amparo.cli.documents import charter_in_force, signer_of
    from amparo.coalition import document
    from amparo.coalition.resolution import FORM, RESOLUTION, Resolution

    source = files.toml(file)
    signer = signer_of(key)
    _, text = charter_in_force(data, charter_file)
    until = source.pop("until", "")
    value = {
        "charter": document.digest(text),
        "proposer": signer.name,
        "proposed": _today(),
        "until": str(until),
        **source,
    }
    made = document.convert(value, Resolution, FORM)
    _show(document.sign(RESOLUTION, made, signer))


@resolution.command()
@_file
@click.argument("choice", type=click.Choice(get_args(Choice)))
@key_option
@click.option(
    "--words",
    multiple=True,
    metavar="LANGUAGE=TEXT",
    help="The reservation, or an explanation; several times.",
)
@click.option(
    "--number",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="1 for your first answer, 2 for the one that takes its place.",
)
def answer(file: Path, choice: Choice, key: Path, words: tuple[str, ...], number: int) -> None:
    """Answer the resolution in FILE: yes, no, abstain, or with a reservation.

    A reservation counts as support, and its words stand beside it for ever.
    """
    from amparo.cli.documents import signer_of
    from amparo.coalition import document
    from amparo.coalition.resolution import ANSWER, Answer

    signer = signer_of(key)
    given = Answer(_digest_of(file), signer.name, number, choice, dict(map(_word, words)), _today())
    _show(document.sign(ANSWER, given, signer))


@resolution.command()
@_file
@key_option
@click.option("--whom", required=True, help="The state or organisation that was approached.")
@click.option("--through", required=True, help="The office or the way, as in `embassy in Berlin`.")
@click.option("--region", type=click.Choice(get_args(Region)), help="Where it belongs, on the map.")
@click.option("--on", metavar="DATE", help="The day, YYYY-MM-DD.  [default: today]")
def contact(
    file: Path, key: Path, whom: str, through: str, region: Region | None, on: str | None
) -> None:
    """Record whom you approached about the resolution in FILE, when, and through whom.

    It stands in public for ever: name offices, and no private person.
    """
    from amparo.cli.documents import signer_of
    from amparo.coalition import document
    from amparo.coalition.resolution import CONTACT, Contact

    signer = signer_of(key)
    given = Contact(_digest_of(file), signer.name, whom, region, through, on or _today())
    _show(document.sign(CONTACT, given, signer))


@resolution.command("list")
@data_option
def list_(data: Path) -> None:
    """List this node's resolutions: digest, status, last day, title."""
    from amparo.coalition.resolution import in_language
    from amparo.ledger.coalition import resolutions
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    node = open_node(data)
    journal = Journal(node.journal, read_only=True)
    for digest in resolutions.every(journal):
        whole = resolutions.whole(journal, node, digest, datetime.now(UTC).date())
        _, text = in_language(whole.resolution.text, "en")
        status, until = whole.standing.status, whole.resolution.until
        click.echo(f"{digest[:16]}\t{status}\t{until}\t{text.title}")
    journal.close()


@resolution.command()
@click.argument("name", metavar="DIGEST")
@click.option(
    "--bundle",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write everything, with receipts, into this one file.",
)
@data_option
def show(name: str, bundle: Path | None, data: Path) -> None:
    """Show how a resolution stands; the beginning of its digest is enough."""
    from amparo.ledger.coalition import bundles, resolutions
    from amparo.storage.durable import write_durably
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    node = open_node(data)
    journal = Journal(node.journal, read_only=True)
    digest = resolutions.find(journal, name)
    whole = resolutions.whole(journal, node, digest, datetime.now(UTC).date())
    _show_standing(whole.resolution, whole.standing)
    if bundle is not None:
        write_durably(bundle, bundles.write(journal, node, whole))
        click.echo(f"Written: {bundle}", err=True)
    journal.close()


@resolution.command()
@click.argument("file", type=click.File("rb"))
@click.option("--root", required=True, help="The digest of the coalition's first charter.")
def verify(file: IO[bytes], root: str) -> None:
    """Verify a bundle with no network, knowing only the digest of the first charter."""
    from amparo.ledger.coalition import bundles

    body = file.read(bundles.MOST_BYTES + 1)
    found = bundles.verify(body, root, datetime.now(UTC).date())
    _show_standing(found.resolution, found.standing)
    click.echo(
        f"Holds: every document bears its author's signature; {found.proven} are in the log, "
        f"cosigned by the charter's quorum."
    )
    if found.unproven:
        click.echo(f"Without a receipt: {len(found.unproven)} documents.", err=True)


def _show_standing(proposed: "Resolution", standing: "Standing") -> None:
    from amparo.coalition.resolution import in_language

    _, text = in_language(proposed.text, "en")
    click.echo(f"{text.title}\nproposed by {proposed.proposer}, until {proposed.until}")
    click.echo(f"status: {standing.status}")
    for member, given in sorted(standing.answers.items()):
        statement = next(iter(given.words.values()), "")
        click.echo(f"{member}\t{given.answer}\t{statement}".rstrip())
    for member in standing.silent:
        click.echo(f"{member}\t-")


def _digest_of(file: Path) -> str:
    from amparo.coalition import document
    from amparo.coalition.resolution import RESOLUTION, Resolution

    _, signed = document.read(file.read_bytes(), RESOLUTION, Resolution)
    return document.digest(signed.text)


def _word(given: str) -> tuple[str, str]:
    language, equals, text = given.partition("=")
    if not equals:
        raise click.BadParameter(f"{given[:40]!r} is not LANGUAGE=TEXT, as in en=...")
    return language, text


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _show(raw: bytes) -> None:
    click.echo(raw.decode(), nl=False)
