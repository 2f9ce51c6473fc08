"""How a node fares, in one look: what `amparo status` shows and `amparo doctor` judges.

It only reads, beside a node that serves or not. Passwords, tokens and people's addresses are never
in it.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections import Counter
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path

import msgspec

from amparo.case.machines import UNDECIDED
from amparo.errors import AmparoError
from amparo.ledger.case import casework, claims, people, registrars, untold
from amparo.ledger.connect import connections, items
from amparo.ledger.forward import forwardings, outcomes
from amparo.ledger.log import platforms, selfcheck
from amparo.ledger.log.platforms import Platform
from amparo.ledger.outbound import outbox, webhooks
from amparo.ledger.outbound.mail_folder import mail_of
from amparo.ledger.upkeep import disk_alarm, running
from amparo.storage import durable
from amparo.storage.blobs import log_of
from amparo.storage.journal import Journal
from amparo.storage.node import CHECKPOINT, Node
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import note


class OfLog(msgspec.Struct, frozen=True):
    """The record, and what of it is public."""

    entries: int
    public: int | None
    """None: it is not known, and `why` says why."""
    signed_at: int
    """POSIX seconds of the newest checkpoint; 0: there is none. A quiet log signs every hour."""
    witnesses: list[str]
    """Who cosigned what is public."""
    published_here: bool
    """Whether a process of this machine publishes it just now."""
    has_cases: bool
    """Whether there is a decision or a report in it: other entries, as totals, concern nobody."""
    why: str = ""
    """Why the public checkpoint cannot be read; empty while all is well."""


class OfMail(msgspec.Struct, frozen=True):
    """Letters and webhooks on their way."""

    server: str
    """Without user and password; empty: the setting names none, or a demonstration needs none."""
    waiting: int
    since: int
    """POSIX seconds at which the oldest of them was made; 0: none waits."""
    lost: int
    """Letters that will never arrive, in cases that are still at a desk."""


class OfPanels(msgspec.Struct, frozen=True):
    """Independent panels."""

    ready: bool
    """Whether members can be drawn here: there is a roster."""
    cases: int
    """That have not ended."""
    members: int
    registrars: int


class OfForwarding(msgspec.Struct, frozen=True):
    """What goes on to the EU's database."""

    state: str
    why: str
    """Why nothing does just now; empty while all is well."""
    lag: int
    """Entries to look at."""
    aside: int
    """Statements that were put aside."""


class OfPlatform(msgspec.Struct, frozen=True):
    """What one platform sends, and what waits at its desk."""

    name: str
    slug: str
    demo: bool
    tokens: int
    untold: int | None
    """People whom nobody has told of their decision; None: not counted yet."""
    complaints: int
    late: int
    """Of them, past their time."""
    danger: int
    """Reports and complaints by which somebody is in danger, and that wait."""
    danger_late: int
    """Of them, past the hours in which the desk means to have decided."""
    notices: int
    orders_late: int
    reviewers: int
    leads: int
    webhook: str
    """How it fares, of `webhooks.STATES`; empty: there is none."""
    webhook_why: str
    forwarding: OfForwarding | None
    """None: nothing goes on to the EU's database."""


class OfConnection(msgspec.Struct, frozen=True):
    """A connection to what a platform runs."""

    name: str
    platform: str
    state: str
    drafts: int
    refused: int
    read_at: int
    """POSIX seconds; 0: it was never read."""
    why: str
    """Why it fails; empty while all is well."""


class OfBackup(msgspec.Struct, frozen=True):
    """A backup that erasures reach."""

    path: str
    made_at: str
    beside_the_node: bool = False
    """Whether it lies on the file system of the node itself, and is lost with it."""


class Status(msgspec.Struct, frozen=True):
    """All of it."""

    version: str
    folder: str
    origin: str
    demonstration: bool
    """Whether everything in it is made up."""
    address: str
    """Where people reach it, as `base_url` says; empty: as each request says."""
    free: int
    """Bytes of free disk of the folder."""
    low_below: int
    """Below how many the operator is alarmed; 0: never."""
    reserve: int
    log: OfLog
    checked: selfcheck.Result | None
    """The last daily check; None: there was none yet."""
    mail: OfMail
    panels: OfPanels
    claims: int
    """People without a link who say that a case is theirs, and wait for somebody to look."""
    platforms: list[OfPlatform]
    connections: list[OfConnection]
    backups: list[OfBackup]
    """The newest first."""
    running_at: str = ""
    """Where it is reached on this machine just now; empty: it does not run here."""


def read(node: Node) -> Status:
    """Look at a node's folder and journal.

    `Unavailable` where the journal does not answer, `Refused` where an older version wrote it.
    """
    with closing(Journal.of_this_version(node.journal)) as journal:
        return of(node, journal)


def of(node: Node, journal: Journal) -> Status:
    """The same by a journal that is open."""
    return Status(
        version=version("amparo"),
        folder=str(node.folder),
        origin=node.origin,
        demonstration=node.is_demonstration,
        address=node.settings.base_url,
        free=durable.free_bytes(node.folder),
        low_below=disk_alarm.threshold(node),
        reserve=node.settings.reserve,
        log=_log(node, journal),
        checked=selfcheck.last(journal),
        mail=_mail(node, journal),
        panels=_panels(node, journal),
        claims=len(claims.every(journal, casework.now())),
        platforms=_platforms(journal, danger_hours=node.settings.danger_hours),
        connections=[_connection(journal, found) for found in connections.every(journal)],
        backups=_backups(node, journal),
        running_at=running.address(node),
    )


def _log(node: Node, journal: Journal) -> OfLog:
    committed = journal.committed()
    public, witnesses, why = _public(node) if committed else (0, [], "")
    return OfLog(
        entries=journal.size(),
        public=public,
        signed_at=committed.signed_at if committed else 0,
        witnesses=witnesses,
        published_here=durable.is_locked(node.lock),
        has_cases=bool(journal.db.execute("SELECT 1 FROM event WHERE n > 0 LIMIT 1").fetchall()),
        why=why,
    )


def _public(node: Node) -> tuple[int | None, list[str], str]:
    """How many entries are public, who cosigned that, and why it is not known."""
    try:
        signed = note.parse(log_of(node).read(CHECKPOINT))
        size = checkpoints.parse(signed.text).size
    except FileNotFoundError:  # witnesses may not have cosigned the first one yet
        return 0, [], ""
    except (AmparoError, OSError) as error:
        return None, [], str(error.why if isinstance(error, AmparoError) else error)
    return size, sorted({s.name for s in signed.signatures} - {node.origin}), ""


def _mail(node: Node, journal: Journal) -> OfMail:
    waiting, since = outbox.how_many_waiting(journal)
    return OfMail(
        server=_mail_server(node),
        waiting=waiting,
        since=since,
        lost=outbox.how_many_lost(journal),
    )


def _mail_server(node: Node) -> str:
    if node.is_demonstration:
        return ""
    with suppress(AmparoError):
        return mail_of(node).server
    return ""


def _panels(node: Node, journal: Journal) -> OfPanels:
    return OfPanels(
        ready=node.roster.exists(),
        cases=registrars.count(journal),
        members=len([seat for seat in people.every(journal) if seat.member]),
        registrars=len(people.registrars(journal)),
    )


def _platforms(journal: Journal, *, danger_hours: int) -> list[OfPlatform]:
    hooks, now = webhooks.statuses(journal), int(time.time())
    tokens = _counted(journal, "SELECT platform, count(*) FROM token GROUP BY 1")
    notices = _counted(
        journal, "SELECT platform, count(*) FROM notice WHERE answered = 0 GROUP BY 1"
    )
    undecided = ", ".join(f"'{state}'" for state in (*UNDECIDED, "waiting"))
    open_ = f"SELECT platform, count(*) FROM desk WHERE state IN ({undecided})"
    complaints = _counted(journal, f"{open_} GROUP BY 1")
    late = _counted(journal, f"{open_} AND due < {now} GROUP BY 1")
    dangers = "SELECT platform, count(*) FROM danger"
    danger = _counted(journal, f"{dangers} GROUP BY 1")
    passed = now - danger_hours * 3600
    danger_late = _counted(journal, f"{dangers} WHERE since < {passed} GROUP BY 1")
    orders = _counted(
        journal,
        "SELECT platform, count(*) FROM desk WHERE remedy = 'sent' AND overdue = 1 GROUP BY 1",
    )
    found = []
    for platform in platforms.every(journal):
        seats, hook = people.every(journal, platform.id), hooks.get(platform.id)
        found.append(
            OfPlatform(
                name=platform.name,
                slug=platform.slug,
                demo=platform.demo,
                tokens=tokens[platform.id],
                untold=untold.of(journal, platform.id),
                complaints=complaints[platform.id],
                late=late[platform.id],
                danger=danger[platform.id],
                danger_late=danger_late[platform.id],
                notices=notices[platform.id],
                orders_late=orders[platform.id],
                reviewers=len(seats),
                leads=len([seat for seat in seats if seat.lead]),
                webhook=hook.state if hook else "",
                webhook_why=hook.why if hook else "",
                forwarding=_forwarding(journal, platform),
            )
        )
    return found


def _forwarding(journal: Journal, platform: Platform) -> OfForwarding | None:
    there = forwardings.find(journal, platform.id)
    if there is None:
        return None
    held = forwardings.counted(journal, platform.id).held
    return OfForwarding(
        there.state,
        there.why,
        lag=forwardings.lag(journal, there).entries,
        aside=sum(held.get(state, 0) for state in outcomes.STATES),
    )


def _connection(journal: Journal, found: connections.Connection) -> OfConnection:
    return OfConnection(
        name=found.name,
        platform=found.platform.slug,
        state=found.state,
        drafts=items.counts(journal, found.id).get("draft", 0),
        refused=found.refused,
        read_at=found.read_at,
        why=found.why if found.failed_at else "",
    )


def _backups(node: Node, journal: Journal) -> list[OfBackup]:
    rows = journal.db.execute("SELECT path, made_at FROM backup ORDER BY made_at DESC")
    return [
        OfBackup(str(path), str(made_at), _is_beside(node, str(path))) for path, made_at in rows
    ]


def _is_beside(node: Node, path: str) -> bool:
    try:
        return Path(path).stat().st_dev == node.folder.stat().st_dev
    except OSError:
        return False  # it is somewhere else, say on a disk that is not mounted


def _counted(journal: Journal, query: str) -> Counter[int]:
    """Platform -> how many rows of it a query counts."""
    return Counter({int(str(row[0])): int(str(row[1])) for row in journal.db.execute(query)})
