"""What was read of a source, each item by a keyed digest of what the source calls it.

An item says which version was read last, and what became of it. What the source sent is not kept,
nor is its own name for the item: only while somebody is asked about it does its record lie here.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from amparo.connectors import states
from amparo.connectors.record import Record
from amparo.ledger.connect.connections import Connection
from amparo.storage.database import Value
from amparo.storage.journal import Journal

State = Literal[
    "stated", "draft", "parked", "lifted", "counted", "noted", "state", "set aside", "erased"
]
"""Put on the record; waits for a person; waits for what it takes back; was carried out on its
decision; counted for the report; looked at, nothing follows; how something stands; set aside by a
person; erased with its case."""
DIGEST_BYTES = 20
_IN_A_QUERY = 500


class Item(NamedTuple):
    """One item of a source, in the order of its table's columns."""

    connector: int
    digest: bytes
    kind: str
    state: State
    version: str
    content: bytes
    """Keyed digest of what the version says."""
    edition: int = 0
    """How many statements were made of it."""
    case_id: bytes | None = None
    """The newest of them."""
    about: bytes | None = None
    """The item that it takes back, or is about."""
    record: str = ""
    given: str = "{}"
    given_by: str = "[]"
    alike: str = ""
    rules: int = 0
    """`connections.rules_version` when it was settled last."""
    read_at: int = 0

    @property
    def case(self) -> UUID | None:
        """The case of its newest statement."""
        return None if self.case_id is None else UUID(bytes=bytes(self.case_id))


class Digests:
    """Under what a source's names and contents are known again: keyed, so that nobody guesses."""

    def __init__(self, secret: bytes, connection: Connection) -> None:
        self._begun = f"{connection.config.connector.system}\n{connection.source}\n"
        self._secret = secret

    def name(self, native_id: str) -> bytes:
        """Of what the source calls something."""
        return self._keyed(b"amparo.connect", native_id.encode())

    def content(self, record: Record) -> bytes:
        """Of what a version says, but for its own number and its signature."""
        bare = msgspec.structs.replace(record, version="", person=None, proof=None)
        return self._keyed(b"amparo.version", _encode(bare))

    def puid(self, item: bytes, edition: int) -> str:
        """The PUID of the statement that is made of an item: nothing in it can be read."""
        return self._keyed(b"amparo.made", item + edition.to_bytes(4, "big")).hex()

    def _keyed(self, purpose: bytes, what: bytes) -> bytes:
        digest = _begun(self._secret, purpose, self._begun).copy()
        digest.update(what)
        return digest.digest()


@functools.lru_cache(maxsize=64)  # keying costs as much as hashing
def _begun(secret: bytes, purpose: bytes, source: str) -> "hashlib.blake2b":
    return hashlib.blake2b(source.encode(), key=secret, digest_size=DIGEST_BYTES, person=purpose)


_encode = msgspec.json.Encoder(order="sorted").encode


def _batched(digests: Iterable[bytes]) -> Iterator[list[bytes]]:
    every = list(set(digests))
    for start in range(0, len(every), _IN_A_QUERY):
        yield every[start : start + _IN_A_QUERY]


def load(journal: Journal, connection: int, digests: Iterable[bytes]) -> dict[bytes, Item]:
    """The items that are known, by digest."""
    found: dict[bytes, Item] = {}
    for some in _batched(digests):
        rows = journal.db.execute(
            f"SELECT {_COLUMNS} FROM connector_item WHERE connector = ? "
            f"AND digest IN ({', '.join('?' * len(some))})",
            (connection, *some),
        )
        found |= {item.digest: item for item in map(_item, rows)}
    return found


def waiting_for(journal: Journal, connection: int, digests: Iterable[bytes]) -> list[Item]:
    """The parked items that are about some of these."""
    found: list[bytes] = []
    for some in _batched(digests):
        # Only what the index holds: asked for more, SQLite goes through all items instead.
        rows = journal.db.execute(
            "SELECT digest FROM connector_item WHERE connector = ? AND state = 'parked' "
            f"AND about IN ({', '.join('?' * len(some))})",
            (connection, *some),
        )
        found += [bytes(digest) for (digest,) in rows]
    return list(load(journal, connection, found).values())


def put(journal: Journal, items: Sequence[Item]) -> None:
    """Keep items as they are now, inside a transaction."""
    if items:
        journal.db.insert_many("connector_item", items, otherwise=_OTHERWISE)


def counts(journal: Journal, connection: int) -> dict[str, int]:
    """How many items are in each state."""
    return dict(
        journal.db.execute(
            "SELECT state, count(*) FROM connector_item WHERE connector = ? GROUP BY state",
            (connection,),
        ).fetchall()
    )


def in_state(
    journal: Journal, connection: int, state: State, *, alike: str | None = None, most: int = 100
) -> Iterator[Item]:
    """The first items in a state, by digest; of drafts those of one group, if it is named."""
    of_group: list[Value] = [] if alike is None else [alike]
    rows = journal.db.execute(
        f"SELECT {_COLUMNS} FROM connector_item WHERE connector = ? AND state = ? "
        f"{'AND alike = ? ' if of_group else ''}ORDER BY digest LIMIT ?",
        (connection, state, *of_group, most),
    )
    return map(_item, rows)


def settled_before(journal: Journal, connection: int, rules: int, *, most: int) -> list[Item]:
    """Drafts that were settled under an earlier version of the rules."""
    rows = journal.db.execute(
        f"SELECT {_COLUMNS} FROM connector_item WHERE connector = ? AND state = 'draft' "
        "AND rules < ? LIMIT ?",
        (connection, rules, most),
    )
    return [_item(row) for row in rows]


def states_before(
    journal: Journal, connection: int, at: int, *, after: bytes, most: int
) -> list[Item]:
    """States with something in force that were last looked at before a moment, by digest."""
    rows = journal.db.execute(
        f"SELECT {_COLUMNS} FROM connector_item WHERE connector = ? AND digest > ? "
        "AND state = 'state' AND read_at < ? AND (record LIKE ? OR record LIKE ?) "
        "ORDER BY digest LIMIT ?",
        # What is in force has a native id, or stands for one of before (`states`).
        (connection, after, at, "%#%", f"%{states.BEFORE}%", most),
    )
    return [_item(row) for row in rows]


_COLUMNS = ", ".join(Item._fields)
_OTHERWISE = "ON CONFLICT (connector, digest) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in Item._fields[2:]
)


def _item(row: tuple[object, ...]) -> Item:
    item = Item(*row)  # type: ignore[arg-type]  # the table's columns have these types
    return item._replace(digest=bytes(item.digest), content=bytes(item.content))
