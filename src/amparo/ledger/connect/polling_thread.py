"""The thread that asks the sources which can be asked, each in its turn.

A source that does not answer, or not as it should, is asked again later, and its connection's page
says why; the others go on. Whatever was read is in the journal with the place from which it goes
on, so that a restart loses nothing.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import logging
from collections.abc import Callable
from typing import Protocol

from amparo.connectors import (
    content_page,
    coop,
    discourse,
    lemmy,
    mastodon_live,
    mediawiki,
    ozone,
    state_endpoint,
    synapse,
)
from amparo.errors import AmparoError, Text, as_text
from amparo.ledger.case import casework
from amparo.ledger.connect import (
    connections,
    coop_turn,
    discourse_source,
    lemmy_source,
    mastodon_source,
    mediawiki_source,
    ozone_events,
    page_source,
    poll_schedule,
    read_back_turn,
    source_secrets,
    state_source,
    synapse_source,
)
from amparo.ledger.connect.asking import ToWait
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.discourse_source import Discourse
from amparo.ledger.connect.ingest import NotRunning
from amparo.ledger.connect.lemmy_calls import Lemmy
from amparo.ledger.connect.mastodon_source import Mastodon
from amparo.ledger.connect.mediawiki_source import MediaWiki
from amparo.ledger.connect.synapse_calls import Synapse
from amparo.ledger.log.intake import check_reserve
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.storage.supervised import Supervised

logger = logging.getLogger("amparo")

LOOK_SECONDS = 2.0


class Polled(Protocol):
    """A source in its turn."""

    def take(self, journal: Journal, secret: bytes, connection: Connection) -> int:
        """Read what there is to read; when it wants to be asked next, in POSIX seconds."""

    def close(self) -> None:
        """Close what is open."""


class _Discourse:
    def __init__(self, node: Node, connection: Connection) -> None:
        self._forum = Discourse(connection, source_secrets.secrets_of(node, connection).token)

    def take(self, journal: Journal, secret: bytes, connection: Connection) -> int:
        turn = discourse_source.Turn(journal, secret, connection.name, self._forum)
        due = turn.take(connection, casework.now())
        read_back_turn.carry_out_and_look(journal, connection, self._forum)
        return due

    def close(self) -> None:
        self._forum.close()


class _Lemmy:
    def __init__(self, node: Node, connection: Connection) -> None:
        self._lemmy = Lemmy(connection, connections.secret_of(node, connection.name))

    def take(self, journal: Journal, secret: bytes, connection: Connection) -> int:
        turn = lemmy_source.Turn(journal, secret, connection.name, self._lemmy)
        due = turn.take(casework.now())
        read_back_turn.carry_out_and_look(journal, connection, self._lemmy)
        return due

    def close(self) -> None:
        self._lemmy.close()


class _Mastodon:
    def __init__(self, node: Node, connection: Connection) -> None:
        self._mastodon = Mastodon(connection, source_secrets.secrets_of(node, connection).token)

    def take(self, journal: Journal, secret: bytes, connection: Connection) -> int:
        now = casework.now()
        due = mastodon_source.Turn(journal, secret, connection.name, self._mastodon).take(now)
        read_back_turn.carry_out_and_look(journal, connection, self._mastodon)
        return due

    def close(self) -> None:
        self._mastodon.close()


class _MediaWiki:
    def __init__(self, _: Node, connection: Connection) -> None:
        self._wiki = MediaWiki(connection)

    def take(self, journal: Journal, secret: bytes, connection: Connection) -> int:
        turn = mediawiki_source.Turn(journal, secret, connection.name, self._wiki)
        due = turn.take(casework.now())
        read_back_turn.look_at_all(journal, connection, self._wiki)
        return due

    def close(self) -> None:
        self._wiki.close()


class _Synapse:
    def __init__(self, node: Node, connection: Connection) -> None:
        self._synapse = Synapse(connection, connections.secret_of(node, connection.name))

    def take(self, journal: Journal, secret: bytes, connection: Connection) -> int:
        turn = synapse_source.Turn(journal, secret, connection.name, self._synapse)
        due = turn.take(casework.now())
        read_back_turn.carry_out_and_look(journal, connection, self._synapse)
        return due

    def close(self) -> None:
        self._synapse.close()


SYSTEMS: dict[str, Callable[[Node, Connection], Polled]] = {
    discourse.SYSTEM: _Discourse,
    lemmy.SYSTEM: _Lemmy,
    mastodon_live.SYSTEM: _Mastodon,
    mediawiki.SYSTEM: _MediaWiki,
    ozone.SYSTEM: ozone_events.Turn,
    state_endpoint.SYSTEM: state_source.Turn,
    coop.SYSTEM: coop_turn.Turn,
    content_page.SYSTEM: page_source.Turn,
    synapse.SYSTEM: _Synapse,
}
"""Those that can be asked; a file is brought by hand."""


class Polling:
    """The thread beside the server."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.thread = Supervised("sources", self._work)

    def _work(self, thread: Supervised) -> None:
        with contextlib.closing(Journal(self._node.journal)) as journal:
            while not thread.stopping.wait(LOOK_SECONDS):
                for connection in connections.every(journal):
                    if thread.stopping.is_set():
                        return
                    ask(self._node, journal, connection)
                thread.is_well()


def ask(node: Node, journal: Journal, connection: Connection) -> None:
    """Ask a source that is due; why it could not be read is kept."""
    now = int(casework.now().timestamp())
    polled = SYSTEMS.get(connection.config.connector.system)
    if polled is None or connection.state != "running":
        return
    if not (
        poll_schedule.is_due(journal, connection, now)
        and poll_schedule.take_turn(journal, connection, now)
    ):
        return
    try:
        check_reserve(node)
        source = polled(node, connection)
        with contextlib.closing(source):
            due = source.take(journal, node.secret(), connection)
        poll_schedule.went_well(journal, connection, due)
    except ToWait as error:
        poll_schedule.rest(journal, connection, int(casework.now().timestamp()) + error.seconds)
    except NotRunning:  # somebody has paused it meanwhile
        poll_schedule.went_well(journal, connection, now)
    except AmparoError as error:
        what, why, _ = error.texts
        _has_failed(journal, connection, Text("{what} {why}", what=as_text(what), why=as_text(why)))
    except Exception as error:  # a mistake of ours: the other sources go on
        logger.exception("The source of the connection %s cannot be read.", connection.name)
        name = type(error).__name__
        _has_failed(journal, connection, Text("It is not read well here: {name}.", name=name))


def _has_failed(journal: Journal, connection: Connection, why: Text) -> None:
    now = int(casework.now().timestamp())
    connections.has_failed(journal, connection, why, now=now)
    poll_schedule.has_failed(journal, connection, now)
