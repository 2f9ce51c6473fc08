"""`amparo panel`: the roster, the draw, and the registrar's steps."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import IO, get_args
from uuid import UUID

import click
import msgspec

from amparo.case import panel as steps
from amparo.case.events import PanelGround
from amparo.case.state import Actor
from amparo.cli import files
from amparo.cli.documents import signer_of
from amparo.cli.groups import Group
from amparo.cli.links import base_of, echo_link
from amparo.cli.options import data_option
from amparo.coalition import draw, roster
from amparo.errors import Malformed
from amparo.ledger.case import casework, draws, empanel, hearing, panels, people, registrars
from amparo.record import strict_json
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

_USUAL = "civil_society"
_case = click.argument("case", type=click.UUID)
_by = click.option("--by", default=registrars.UNNAMED, show_default=True, help="Who acts, by name.")
_reasons = click.option("--reasons", required=True, help="Why; the person reads it.")


@click.group(cls=Group)
def panel() -> None:
    """Panels of independent people, and draws that anybody can repeat.

    A member makes a chain once and sends its end to whoever keeps the roster. For each case the
    registrar fixes the list, members reveal, and the draw follows from both.
    """


@panel.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--draws", default=1000, show_default=True, help="How many draws it lasts for.")
def chain(file: Path, draws: int) -> None:
    """Make a member's chain into FILE, to be kept secret; print its end for the roster."""
    click.echo(empanel.new_chain(file, draws))


@panel.command()
@click.option(
    "--members",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML: each [[member]] has name, organisation and email, and may have kind, languages, "
    "id and chain_end. A [registrar] has name and email.",
)
@click.option(
    "--chains",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("chains"),
    show_default=True,
    help="Where to write members' chains, for you to hand to them.",
)
@click.option("--draws", default=1000, show_default=True, help="How many draws a chain lasts for.")
@data_option
def setup(file: Path | None, chains: Path, draws: int, data: Path) -> None:
    """Make panels ready in one go: the signed roster, chains, and seats.

    Without --members it asks for each. Run again, it adds to what is there. Restart the node after.
    """
    invited, leading = _of_file(file) if file else (_asked(), _asked_registrar())
    node = open_node(data)
    journal = Journal(node.journal)
    ready = empanel.set_up(journal, node, invited, registrar=leading, chains=chains, draws=draws)
    click.echo(f"roster: signed, of {ready.organisations} organisations", err=True)
    click.echo(f"roster_key: {ready.key}", err=True)
    for path in ready.chains:
        click.echo(f"chain: hand {path} to its member, and keep no copy", err=True)
    click.echo("Restart the node. These links open once each:", err=True)
    base = base_of(node)
    for person, link in ready.seats:
        seat = person.member or "registrar"
        click.echo(f"{seat}\t{person.name}\t{base}/desk/sign-in?link={link}")


def _of_file(path: Path) -> tuple[list[empanel.Invited], empanel.Leading | None]:
    read = files.toml(path)
    try:
        return (
            msgspec.convert(read.get("member"), list[empanel.Invited]),
            msgspec.convert(read.get("registrar"), empanel.Leading | None),
        )
    except msgspec.ValidationError as error:
        raise Malformed(
            f"{path} names no members.", why=str(error), fix="See docs/case.md for its form."
        ) from None


def _asked() -> list[empanel.Invited]:
    """Ask for one member after the other, until a name is left empty."""
    found: list[empanel.Invited] = []
    while name := click.prompt(f"Member {len(found) + 1}: name (none: done)", default="").strip():
        organisation = click.prompt("  organisation")
        email = click.prompt("  e-mail")
        kind = click.prompt("  kind", type=click.Choice(get_args(roster.Kind)), default=_USUAL)
        languages = click.prompt("  languages", default="en").replace(",", " ").split()
        found.append(empanel.Invited(name, organisation, email, kind, tuple(languages)))
    return found


def _asked_registrar() -> empanel.Leading | None:
    name = click.prompt("Registrar: name (none: not now)", default="").strip()
    return empanel.Leading(name, click.prompt("  e-mail")) if name else None


@panel.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("number", type=int)
def reveal(file: Path, number: int) -> None:
    """Print what the member of the chain FILE reveals for the draw NUMBER."""
    try:
        chain = msgspec.json.decode(file.read_bytes(), type=empanel.Chain)
        secret = bytes.fromhex(chain.secret)
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed(
            f"{file} is no chain.", why=str(error), fix="Name the file that `panel chain` made."
        ) from None
    click.echo(draw.reveal(secret, chain.draws, number).hex())


@panel.command("roster")
@click.argument("members", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
def roster_(members: Path, key: Path) -> None:
    """Sign the roster in the TOML file MEMBERS with a note key; print the signed roster.

    Each [[member]] has id, name, organisation, kind, languages and chain_end.
    """
    try:
        read = files.toml(members)["member"]
        found = tuple(msgspec.convert(entry, roster.Member) for entry in read)
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise Malformed(
            f"{members} is no roster.", why=str(error), fix="See docs/coalition.md for its form."
        ) from None
    signer = signer_of(key)
    click.echo(f"key: {signer.verifier.vkey}", err=True)
    click.echo(roster.sign(found, signer).decode(), nl=False)


@panel.command()
@click.argument("member")
@click.argument("email")
@data_option
def seat(member: str, email: str, data: Path) -> None:
    """Let MEMBER of the roster come in; print a one-time link on the last line.

    Who has a seat already gets another link.
    """
    node = open_node(data)
    name = next(
        (candidate.name for candidate in panels.members_of(node) if candidate.id == member), None
    )
    if name is None:
        raise Malformed(
            f"{member} is not on the roster.", why="no line has that id", fix="Look at the roster."
        )
    journal = Journal(node.journal)
    seats = [
        person
        for person in people.panels_of(journal)
        if person.member == member and not person.left
    ]
    person = seats[0] if seats else people.add(journal, None, name, email, known_as=[member])
    echo_link(node, f"/desk/sign-in?link={people.new_link(journal, person)}")


@panel.command()
@click.argument("name")
@click.argument("email")
@data_option
def registrar(name: str, email: str, data: Path) -> None:
    """Let NAME lead panel cases on a page; print a one-time link on the last line.

    Who has that seat already gets another link.
    """
    node = open_node(data)
    _, link = empanel.seat_registrar(Journal(node.journal), empanel.Leading(name, email))
    echo_link(node, f"/desk/sign-in?link={link}")


@panel.command()
@_case
@_by
@data_option
def admit(case: UUID, by: str, data: Path) -> None:
    """Find a case admissible; the panel's time runs."""
    node = open_node(data)
    journal = Journal(node.journal)
    found = panels.admit(journal, node, case, by=registrars.named(journal, by), now=casework.now())
    click.echo(f"panel: {found.panel}", err=True)


@panel.command()
@_case
@click.option("--missing", required=True, help="What is missing, in one list; the person reads it.")
@_by
@data_option
def incomplete(case: UUID, missing: str, by: str, data: Path) -> None:
    """Say what is missing; the party has until the clock `incomplete` ends."""
    _act(
        data,
        case,
        lambda actor: lambda _: steps.call_for(missing=missing, by=actor, now=casework.now()),
        by,
    )


@panel.command()
@_case
@click.option("--ground", required=True, type=click.Choice(get_args(PanelGround)))
@_reasons
@_by
@data_option
def refuse(case: UUID, ground: PanelGround, reasons: str, by: str, data: Path) -> None:
    """Say why a case cannot be heard by a panel."""
    _act(
        data,
        case,
        lambda actor: (
            lambda _: steps.declare_inadmissible(
                ground=ground, reasons=reasons, by=actor, now=casework.now()
            )
        ),
        by,
    )


@panel.command("list")
@_case
@click.option("--exclude", multiple=True, metavar="ID=REASON", help="Leave out; several times.")
@click.option("--language", default="en", show_default=True, help="One member must know it.")
@_by
@data_option
def list_(case: UUID, exclude: tuple[str, ...], language: str, by: str, data: Path) -> None:
    """Fix the list of who may be drawn; print its digest and the number of the draw."""
    node = open_node(data)
    journal = Journal(node.journal)
    panels.fix_list(
        journal,
        node,
        case,
        _pairs(exclude),
        language=language,
        by=registrars.named(journal, by),
        now=casework.now(),
    )
    fixed = panels.last_list(casework.read(journal, case))
    click.echo(f"draw {fixed.draw}\nlist {fixed.list_sha256}")


@panel.command("draw")
@_case
@click.option(
    "--reveal", "reveals", multiple=True, metavar="ID=HEX", help="What came without a page."
)
@_by
@data_option
def draw_(case: UUID, reveals: tuple[str, ...], by: str, data: Path) -> None:
    """Draw the panel from the fixed list, with all that members revealed by page, too."""
    node = open_node(data)
    values = draws.reveals_of(_pairs(reveals))
    journal = Journal(node.journal)
    drawn = draws.draw_panel(
        journal, node, case, values, by=registrars.named(journal, by), now=casework.now()
    )
    click.echo(f"members {' '.join(drawn.members)}\nreserves {' '.join(drawn.reserves)}")


@panel.command()
@_case
@click.argument("member")
@_reasons
@_by
@data_option
def replace(case: UUID, member: str, reasons: str, by: str, data: Path) -> None:
    """Let the next reserve take the seat of MEMBER, who has a conflict."""
    journal = Journal(open_node(data).journal)
    leading = registrars.named(journal, by)
    found = panels.replace(
        journal, case, member=member, reason=reasons, by=leading, now=casework.now()
    )
    click.echo(f"panel: {found.panel}", err=True)


@panel.command("form")
@_case
@click.option("--clean", multiple=True, metavar="ID=TEXT", help="What each said of conflicts.")
@_by
@data_option
def form_(case: UUID, clean: tuple[str, ...], by: str, data: Path) -> None:
    """Form the panel, when its members have answered the questions about conflicts."""
    _act(
        data,
        case,
        lambda actor: partial(steps.form, clean=_pairs(clean), by=actor, now=casework.now()),
        by,
    )


@panel.command()
@_case
@click.option("--question", required=True, help="What is at stake, in words that name nobody.")
@_by
@data_option
def hear(case: UUID, question: str, by: str, data: Path) -> None:
    """Ask the other side of the matter what it says, before the panel rules."""
    journal = Journal(open_node(data).journal)
    leading = registrars.named(journal, by)
    found = hearing.call_before_a_panel(
        journal, case, question=question, by=leading, now=casework.now()
    )
    click.echo(f"hearing: {found.hearing}", err=True)


@panel.command()
@_case
@_by
@data_option
def close(case: UUID, by: str, data: Path) -> None:
    """Close the file: members seal their worksheets; without a position it is a default."""
    _act(data, case, lambda actor: partial(steps.deliberate, by=actor, now=casework.now()), by)


@panel.command()
@_case
@_reasons
@_by
@data_option
def extend(case: UUID, reasons: str, by: str, data: Path) -> None:
    """Find a case highly complex, before its last day (C08): it gets the time of C09 more."""
    _act(
        data,
        case,
        lambda actor: partial(steps.extend, reasons=reasons, by=actor, now=casework.now()),
        by,
    )


@panel.command()
@_case
@_by
@data_option
def settle(case: UUID, by: str, data: Path) -> None:
    """Close a case that both sides have settled."""
    _act(data, case, lambda actor: lambda _: steps.settle(by=actor, now=casework.now()), by)


@panel.command()
@click.argument("file", type=click.File("rb"))
def repeat(file: IO[bytes]) -> None:
    """Repeat the draw in FILE (`-` for standard input), with no network; exit 0 if it holds."""
    try:
        record = strict_json.decode(file.read(), object)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("That is no record of a draw.", why=str(error), fix="Fetch it.") from None
    drawn = draw.repeat(record if isinstance(record, dict) else {}, seats=steps.SEATS)
    click.echo(f"The draw holds: {' '.join(drawn.members)}, then {' '.join(drawn.reserves)}.")


def _act(data: Path, case: UUID, make: Callable[[Actor], casework.Step], by: str) -> None:
    journal = Journal(open_node(data).journal)
    leading = registrars.named(journal, by)
    found = registrars.act(journal, case, leading, make(leading.actor))
    click.echo(f"panel: {found.panel}", err=True)


def _pairs(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"{pair!r} is not ID=VALUE.")
        found[name] = value
    return found
