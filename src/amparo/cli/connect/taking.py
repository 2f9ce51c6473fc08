"""What a source holds is looked at, tried, or taken in: the same for every connector."""

# SPDX-License-Identifier: Apache-2.0

import gc
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from amparo.cli.connect.remarks import Remarks

if TYPE_CHECKING:
    from amparo.connectors.config import Config
    from amparo.connectors.record import Record
    from amparo.ledger.connect.connections import Connection
    from amparo.ledger.connect.foreseen import Foreseen
    from amparo.ledger.connect.ingest import Batch, Unreadable
    from amparo.storage.journal import Journal
    from amparo.storage.node import Node

REFUSED, NONE_TAKEN = 1, 3
"""Exit status where some records were refused or not wholly taken, and where none was taken."""


COLLECT_EVERY = (100_000, 50, 50)
"""A batch makes thousands of objects, and no cycles: to look for them took an eighth of it."""
PUBLIC_SECONDS = 60.0
"""How long what was taken in of a source without an end waits to be public."""


class Feed(NamedTuple):
    """A source, and the connection that reads it."""

    name: str
    """What people call the source, before the place of what is refused."""
    config: "Config"
    batches: "Callable[[str], Iterator[Batch]]"
    """What it holds, from a position."""
    is_whole: bool = False
    """Whether it is read as a whole each time, as a file is."""
    is_long: bool = False
    """Whether it is worth a process of its own to read it; it has no position then."""


def do(feed: Feed, since: datetime | None, way: str, data: Path) -> None:
    """Do with a source what `way` says, and end with the exit status that tells of it."""
    from_day = since.date().isoformat() if since else ""
    with _few_collections():
        if way == "take":
            _take(feed, from_day, data)
        else:
            _look(feed, from_day, data, keep=way == "trial")


@contextmanager
def _few_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*COLLECT_EVERY)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _look(feed: Feed, since: str, data: Path, *, keep: bool) -> None:
    import click

    from amparo.cli.connect import shown
    from amparo.connectors import trial
    from amparo.ledger.connect import connections, ingest

    node, journal = _opened(data)
    remarks = Remarks()
    connection = (
        connections.add(journal, feed.config, now=int(time.time()))
        if keep
        else connections.proposed(journal, feed.config)
    )
    if keep and not since:
        since = str(datetime.now(UTC).date() - timedelta(days=trial.DAYS))
    found = itertools.chain.from_iterable(batch.records for batch in feed.batches(""))
    noted, rules = noting(found, remarks), feed.config.rule
    tried = ingest.read_as_trial(journal, node.secret(), connection, noted, since, of_file=rules)
    if keep:
        connections.set_trial(journal, connection, tried)
    shown.trial(tried)
    remarks.show(feed.name)
    if keep:
        click.echo(
            f"The trial is shown at /desk/connect; then: amparo connect start {connection.name}"
        )
    _end(remarks, tried.read)


def _take(feed: Feed, since: str, data: Path) -> None:
    from amparo.cli.connect import shown
    from amparo.cli.publishing import make_public
    from amparo.errors import as_text
    from amparo.ledger.case import casework
    from amparo.ledger.connect import connections, drafts
    from amparo.ledger.outbound.http import NoAnswer

    node, journal = _opened(data)
    connection = _tried(journal, feed)
    if feed.is_whole:  # the page shows what was refused at the newest reading
        connections.forget_refusals(journal, connection)
    remarks, done, failed = Remarks(), Counter[str](), None
    published = time.monotonic()
    try:
        for came_to in _take_each(node, journal, connection, feed, since, remarks):
            done.update(came_to)
            if not feed.is_whole and time.monotonic() - published >= PUBLIC_SECONDS:
                make_public(node, journal)  # of what follows a source nobody sees the end
                published = time.monotonic()
    except NoAnswer as error:
        connections.has_failed(journal, connection, as_text(error.texts[1]), now=int(time.time()))
        failed = error
    while drafts.go_on(journal, node.secret(), connection, casework.now(), remarks.note):
        pass  # rules of the file that were added since
    make_public(node, journal)
    done = +done  # without what had waited since an earlier run
    shown.taken(done)
    remarks.show(feed.name)
    if failed is not None:
        raise failed
    _end(remarks, sum(done.values()) - done["refused"] - done["unfinished"])


def _take_each(
    node: "Node",
    journal: "Journal",
    connection: "Connection",
    feed: Feed,
    since: str,
    remarks: Remarks,
) -> Iterator[Counter[str]]:
    """Take in batch after batch; a long file is read beside this process."""
    from amparo.ledger.connect import connections

    found = (_without_older(batch, since) for batch in feed.batches(connection.position))
    if not feed.is_long:
        for batch in found:
            yield _take_batch(node, journal, connection, batch.records, remarks, batch.position)
            if batch.trouble:
                now = int(time.time())
                connections.has_failed(journal, connection, batch.trouble, now=now)
        return
    from amparo.ledger.connect.beside import Beside
    from amparo.ledger.connect.foresight import Foresight

    with closing(Beside(found, Foresight(journal, node.secret(), connection))) as beside:
        for records in beside:
            came_to = _take_batch(node, journal, connection, records, remarks)
            beside.are_new = came_to["known"] < len(records) / 2
            yield came_to


def _without_older(batch: "Batch", since: str) -> "Batch":
    if not since:
        return batch
    return batch._replace(records=[item for item in batch.records if not _is_older(item, since)])


def _take_batch(
    node: "Node",
    journal: "Journal",
    connection: "Connection",
    records: "Sequence[Record | Foreseen | Unreadable]",
    remarks: Remarks,
    position: str = "",
) -> Counter[str]:
    from amparo.ledger.case import casework
    from amparo.ledger.connect import ingest
    from amparo.ledger.log.intake import check_reserve

    check_reserve(node)
    return ingest.take(
        journal,
        node.secret(),
        connection,
        records,
        position=position,
        now=casework.now(),
        note=remarks.note,
    )


def _tried(journal: "Journal", feed: Feed) -> "Connection":
    from amparo.errors import Refused
    from amparo.ledger.connect import connections

    if not connections.proposed(journal, feed.config).id:
        raise Refused(
            f"{feed.name} has not been tried.",
            why="nobody has seen yet what would be put on the record",
            fix="Run the same with --trial, and look at /desk/connect.",
        )
    return connections.add(journal, feed.config, now=int(time.time()))


def _opened(data: Path) -> "tuple[Node, Journal]":
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    node = open_node(data)
    return node, Journal(node.journal)


def noting(
    records: "Iterator[Record | Unreadable]", remarks: Remarks
) -> "Iterator[Record | Unreadable]":
    """The same, with what cannot be read noted as well."""
    from amparo.ledger.connect.ingest import Remark, Unreadable

    for item in records:
        if isinstance(item, Unreadable):
            remarks.note(Remark(item.place, item.why, refused=True))
        yield item


def _is_older(item: "Record | Unreadable", since: str) -> bool:
    from amparo.connectors.record import Record

    return isinstance(item, Record) and bool(item.at) and item.at[:10] < since


def _end(remarks: Remarks, taken: int) -> None:
    if remarks.refused or remarks.unfinished:
        raise SystemExit(REFUSED if taken else NONE_TAKEN)
