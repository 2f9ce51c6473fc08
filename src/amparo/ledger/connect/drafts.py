"""The queue of drafts: decisions of which the source does not say everything, and a person does.

Drafts that say and miss the same are a group. A person completes a single one, and is named among
those who decided; or says once for all alike what follows (`connectors.rule`), after a preview. A
rule is carried out a few hundred drafts at a time (`go_on`), so that everything else goes on
meanwhile, and an interrupted one goes on by itself.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from amparo.connectors import record as records_
from amparo.connectors import rule as rules_
from amparo.connectors import settling
from amparo.connectors.record import Record
from amparo.connectors.rule import Rule
from amparo.connectors.settling import Draft, Statement
from amparo.connectors.trial import missing, way
from amparo.errors import Missing, Refused
from amparo.ledger.case.people import Person
from amparo.ledger.connect import connections, items
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.ingest import Note, Taking
from amparo.ledger.connect.items import Item
from amparo.record.decision import Submission
from amparo.record.rules import Finding
from amparo.storage.journal import Journal

MOST_GROUPS = 100
MOST_LOOKED_AT = 500
"""How many drafts a preview settles."""
BATCH = 500


class Group(NamedTuple):
    """Drafts that say and miss the same."""

    alike: str
    words: Mapping[str, str]
    missing: Sequence[str]
    number: int


class Waiting(NamedTuple):
    """A single draft."""

    item: Item
    record: Record
    submission: Submission
    findings: Sequence[Finding]


class Preview(NamedTuple):
    """What a rule would make of the drafts for which it holds."""

    looked_at: int
    """How many were looked at; there may be more of them than `MOST_LOOKED_AT`."""
    complete: int
    missing: Mapping[str, int]
    """What would still be missing -> in how many."""
    samples: Sequence[Submission]
    ways: Mapping[str, int]
    """How the people of those that would be complete are told."""


def groups(journal: Journal, connection: int) -> list[Group]:
    """The groups of a connection, the largest first."""
    rows = journal.db.execute(
        "SELECT alike, count(*) FROM connector_item WHERE connector = ? AND state = 'draft' "
        "GROUP BY alike ORDER BY count(*) DESC, alike LIMIT ?",
        (connection, MOST_GROUPS),
    ).fetchall()
    return [_group(alike, count) for alike, count in rows]


def of_group(
    journal: Journal, connection: Connection, alike: str, *, most: int = 5
) -> list[Waiting]:
    """The first drafts of a group."""
    rules = connections.rules_of(journal, connection.id)
    found = items.in_state(journal, connection.id, "draft", alike=alike, most=most)
    return [_waiting(connection, rules, item) for item in found]


def find(journal: Journal, connection: Connection, digest: str) -> Waiting:
    """A draft by its number, which is its digest in hexadecimal."""
    number = bytes.fromhex(digest) if _is_hex(digest) else b""
    item = _draft(journal, connection.id, number)
    return _waiting(connection, connections.rules_of(journal, connection.id), item)


def complete(
    journal: Journal,
    secret: bytes,
    connection: Connection,
    waiting: Waiting,
    given: Mapping[str, Any],
    *,
    by: Person,
    now: datetime,
) -> Counter[str]:
    """Put into a draft what a person says; it becomes a statement once nothing is missing.

    Whoever says on which ground somebody was restricted has a part in the decision. What the source
    says, and the rules do not object to, stays as it is; so does what somebody else has said since
    `waiting` was read.
    """
    with journal.transaction():
        rules = connections.rules_of(journal, connection.id)
        item = _draft(journal, waiting.item.connector, waiting.item.digest)
        newest = _waiting(connection, rules, item)
        item = _with_given(newest, given, by)
        taking = Taking(journal, secret, connection, now)
        taking.complete(item, msgspec.structs.replace(newest.record, kind="restriction"))
        taking.finish()
    return +taking.done


def _with_given(waiting: Waiting, given: Mapping[str, Any], by: Person) -> Item:
    open_ = {finding.attribute.partition(".")[0] for finding in waiting.findings}
    added = {
        name: value
        for name, value in given.items()
        if value not in (None, "", []) and (name in open_ or name not in waiting.record.decision)
    }
    item = waiting.item
    return item._replace(
        given=_encode({**msgspec.json.decode(item.given), **added}),
        given_by=_encode(sorted({*msgspec.json.decode(item.given_by), by.name})),
    )


def set_aside(journal: Journal, waiting: Waiting, *, by: Person) -> None:
    """Say that a draft is no restriction that anybody has to be told of.

    Its record goes, and so does that of what took it back.
    """
    with journal.transaction():
        item = _draft(journal, waiting.item.connector, waiting.item.digest)
        aside = item._replace(
            state="set aside", record="", given="{}", given_by=_encode([by.name]), alike=""
        )
        reversals = items.waiting_for(journal, item.connector, [item.digest])
        noted = [reversal._replace(state="noted", record="") for reversal in reversals]
        items.put(journal, [aside, *noted])


def preview(journal: Journal, connection: Connection, rule: Rule, alike: str) -> Preview:
    """What a rule would make of a group."""
    rules_.check(rule)
    rules = [*connections.rules_of(journal, connection.id), rule]
    lacking, ways = Counter[str](), Counter[str]()
    samples: list[Submission] = []
    number = complete_ = 0
    for item in items.in_state(journal, connection.id, "draft", alike=alike, most=MOST_LOOKED_AT):
        number += 1
        record = records_.decode(item.record)
        given = msgspec.json.decode(item.given)
        match settling.settle(record, given, rules, connection.platform.profile):
            case Statement(submission):
                complete_ += 1
                samples += [submission] if len(samples) < 3 else []
                ways[way(record)] += 1
            case Draft() as draft:
                lacking.update(missing(draft.findings))
    return Preview(number, complete_, lacking, samples, ways)


def add_rule(
    journal: Journal, connection: Connection, rule: Rule, *, by: Person, now: datetime
) -> None:
    """Let a rule hold from now on; `go_on` carries it out on what waits already."""
    rules_.check(rule)
    if not by.lead:
        raise Refused(
            "Only a lead can say it for all alike.",
            why="a rule speaks for every decision that comes after it",
            fix="Complete the drafts one by one, or ask a lead.",
        )
    with journal.transaction():
        connections.add_rule(journal, connection, rule, by=by.id, now=int(now.timestamp()))


def go_on(
    journal: Journal,
    secret: bytes,
    connection: Connection,
    now: datetime,
    note: Note = lambda _: None,
) -> int:
    """Settle some drafts that changed rules may complete; how many were looked at.

    None unless the connection runs, whatever `connection` says: it may have been paused since.
    """
    with journal.transaction():
        if connections.state_now(journal, connection) != "running":
            return 0
        rules = connections.rules_version(journal, connection.id)
        found = items.settled_before(journal, connection.id, rules, most=BATCH)
        taking = Taking(journal, secret, connection, now, note)
        for item in found:
            taking.complete(item, records_.decode(item.record))
        taking.finish()
    return len(found)


def _draft(journal: Journal, connection: int, digest: bytes) -> Item:
    """An item that still waits for a person; `Missing` where somebody else was first."""
    item = items.load(journal, connection, [digest]).get(digest)
    if item is None or item.state != "draft":
        raise Missing(
            "There is no such draft.",
            why="it was completed or set aside meanwhile, or it never was one",
            fix="Look at the list of drafts.",
        )
    return item


def _waiting(connection: Connection, rules: Sequence[Rule], item: Item) -> Waiting:
    record, given = records_.decode(item.record), msgspec.json.decode(item.given)
    found = settling.settle(record, given, rules, connection.platform.profile)
    if isinstance(found, Draft):
        return Waiting(item, record, found.submission, found.findings)
    return Waiting(item, record, settling.submission(record, given, rules), ())


def _group(alike: str, count: int) -> Group:
    words, lacking = msgspec.json.decode(alike)
    return Group(alike, words, lacking, count)


def _is_hex(text: str) -> bool:
    return len(text) == 2 * items.DIGEST_BYTES and all(c in "0123456789abcdef" for c in text)


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()
