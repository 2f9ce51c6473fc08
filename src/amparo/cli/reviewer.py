"""`amparo reviewer`: who sits at a platform's desk."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import click

from amparo.cli.groups import Group
from amparo.cli.links import echo_link
from amparo.cli.options import data_option
from amparo.cli.rows import format_option, print_rows
from amparo.ledger.case import leaving, people
from amparo.ledger.log import platforms
from amparo.storage.journal import Journal
from amparo.storage.node import open_node


@click.group(cls=Group)
def reviewer() -> None:
    """People who review complaints, and their way in."""


@reviewer.command()
@click.argument("name")
@click.argument("email")
@click.option("--platform", required=True, help="At whose desk.")
@click.option("--lead", is_flag=True, help="May assign, reopen, and rule on groups.")
@click.option(
    "--known-as", multiple=True, help="How the platform's records call them; several times."
)
@data_option
def add(
    name: str, email: str, platform: str, lead: bool, known_as: tuple[str, ...], data: Path
) -> None:
    """Give NAME a seat; print their number and, on the last line, a one-time link.

    Decisions that the platform says were taken by one of the names in --known-as are never reviewed
    by this person.
    """
    node = open_node(data)
    journal = Journal(node.journal)
    desk = platforms.find(journal, platform)
    person = people.add(journal, desk, name, email, lead=lead, known_as=known_as)
    click.echo(f"Reviewer {person.id}: {person.name}, at the desk of {desk.name}.", err=True)
    echo_link(node, _link(journal, person))


@reviewer.command()
@click.argument("number", type=int)
@data_option
def link(number: int, data: Path) -> None:
    """Print a new one-time link for the reviewer NUMBER, valid for a short time and once."""
    node = open_node(data)
    journal = Journal(node.journal)
    echo_link(node, _link(journal, people.find(journal, number)))


@reviewer.command("list")
@format_option
@data_option
def list_(form: str, data: Path) -> None:
    """List the reviewers of a node."""
    journal = Journal.of_this_version(open_node(data).journal)
    desks: dict[int | None, str] = {
        platform.id: platform.name for platform in platforms.every(journal)
    }
    rows = [
        (
            person.id,
            person.name,
            desks.get(person.platform, person.body or "panels"),
            "registrar" if person.registrar else "lead" if person.lead else "",
            *[person.email],
        )
        for person in people.every(journal)
    ]
    print_rows(("number", "name", "desk", "role", "e-mail"), rows, form)


@reviewer.command()
@click.argument("number", type=int)
@data_option
def leave(number: int, data: Path) -> None:
    """End the seat of the reviewer NUMBER and every way in; what they decided stays.

    Their open cases are nobody's again: at a desk they wait for somebody else, at a panel the next
    reserve sits.
    """
    journal = Journal(open_node(data).journal)
    person = people.find(journal, number)
    handed_back = leaving.leave(journal, person)
    click.echo(f"{person.name} has left. Open cases handed back: {handed_back}.", err=True)


@reviewer.command()
@click.argument("number", type=int)
@data_option
def away(number: int, data: Path) -> None:
    """Hand the open cases of the reviewer NUMBER back, who is ill or away; their seat stays."""
    journal = Journal(open_node(data).journal)
    person = people.find(journal, number)
    handed_back = leaving.hand_back(journal, person, "away")
    click.echo(f"Open cases of {person.name} handed back: {handed_back}.", err=True)


def _link(journal: Journal, person: people.Person) -> str:
    return f"/desk/sign-in?link={people.new_link(journal, person)}"
