"""`amparo case representative`: organisations that complain for people (DSA Article 86)."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import click

from amparo.cli.groups import Group
from amparo.cli.links import echo_link
from amparo.cli.options import data_option
from amparo.cli.rows import format_option, print_rows
from amparo.ledger.case import casework, mandates, people
from amparo.storage.journal import Journal
from amparo.storage.node import open_node


@click.group(cls=Group)
def representative() -> None:
    """Organisations that complain for many people under one mandate (DSA Article 86)."""


@representative.command()
@click.argument("body")
@click.argument("name")
@click.argument("email")
@data_option
def add(body: str, name: str, email: str, data: Path) -> None:
    """Give NAME a seat for the organisation BODY; print a one-time link.

    Register an organisation after you have seen what Article 86(1) asks of it: that it is
    non-profit, properly constituted in a Member State, and that its statutes include an interest in
    the regulation being complied with.
    """
    node = open_node(data)
    journal = Journal(node.journal)
    person = mandates.add_seat(journal, body, name, email)
    click.echo(f"Seat {person.id}: {person.name}, who speaks for {person.body}.", err=True)
    echo_link(node, f"/desk/sign-in?link={people.new_link(journal, person)}")


@representative.command("list")
@format_option
@data_option
def list_(form: str, data: Path) -> None:
    """List the organisations, with who has a seat for them and how many mandates are in force."""
    journal = Journal(open_node(data).journal, read_only=True)
    found = people.representatives(journal)
    open_ = {
        body: sum(record.in_force for record in mandates.of_body(journal, body, casework.now()))
        for body in {person.body for person in found}
    }
    rows = [
        (person.body, person.id, person.name, person.email, open_[person.body]) for person in found
    ]
    print_rows(("organisation", "seat", "name", "e-mail", "mandates"), rows, form)


@representative.command()
@click.argument("body")
@click.option("--why", required=True, help="Whom it spoke for read it.")
@data_option
def remove(body: str, why: str, data: Path) -> None:
    """End every seat and mandate of the organisation BODY; what it filed goes on."""
    journal = Journal(open_node(data).journal)
    seats, ended = mandates.remove(journal, body, reasons=why, now=casework.now())
    click.echo(f"Ended {seats} seats and {ended} mandates.", err=True)
