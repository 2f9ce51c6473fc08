"""The connections of a node: which source is read for which platform, and how it fares.

A connection begins as a trial: its source is read, nothing is put on the record, and a page shows
what would be. Once somebody has started it, it runs, until it is paused or removed. What a source
is asked with lies in `keys/connect.NAME`, for its owner alone, and nowhere else.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, cast

import msgspec

from amparo import carried
from amparo.connectors import cinder
from amparo.connectors import config as config_
from amparo.connectors.config import Config
from amparo.connectors.record import Handled
from amparo.connectors.rule import Rule
from amparo.connectors.trial import Trial
from amparo.errors import Denied, Missing, Refused, Text
from amparo.ledger.log import platforms
from amparo.ledger.log.platforms import Platform
from amparo.storage.durable import write_durably
from amparo.storage.journal import Journal
from amparo.storage.node import Node, read_secret_text

State = Literal["trial", "running", "paused"]
STANDING = {
    "trial": Text("it is still a trial"),
    "running": Text("it runs"),
    "paused": Text("it is paused"),
}
MOST_REFUSALS = 100
"""How many refusals are shown on a connection's page."""
FROM_FILE = 0
"""Who made a rule that stands in the connection's file."""
_OF_A_CONNECTION = (
    *("connector_item", "connector_rule", "connector_refusal"),
    *("connector_poll", "connector_look", "read_back", "write_back"),
)
_SAME = (("labels", "ozone"), ("mastodon", "mastodon-live"))
"""Systems that tell of the same decisions: what one of them reads, the other does not."""
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


class Refusal(NamedTuple):
    """Where in its source a record was refused, and why."""

    place: str
    why: str


class Connection(NamedTuple):
    """A connection, and how it fares."""

    id: int
    name: str
    platform: Platform
    state: State
    config: Config
    trial: Trial | None
    position: str
    """From where the source is read on, in the connector's own form; empty at the beginning."""
    read_at: int
    """POSIX seconds: when the source was last read well; 0 before that."""
    newest: str
    """The newest moment that the source spoke of; empty before."""
    failed_at: int
    """When it last failed; 0 while all is well."""
    reason: str | Text
    """Why it failed; empty while all is well."""
    refused: int

    @property
    def why(self) -> str:
        """The same in English."""
        return str(self.reason)

    @property
    def source(self) -> str:
        """The installation as people know it."""
        return self.config.connector.instance or self.name


def add(journal: Journal, config: Config, *, now: int) -> Connection:
    """Set a connection up, as a trial; or give one that is there a new form."""
    made = config.connector
    platform = platforms.find(journal, made.platform)
    with journal.transaction():
        row = journal.db.execute(
            "SELECT id, platform, system, instance FROM connector WHERE name = ?", (made.name,)
        ).fetchone()
        if row is None:
            _check_not_read_already(journal, config, platform)
            journal.db.execute(
                "INSERT INTO connector (name, platform, system, instance, state, config, added_at) "
                "VALUES (?, ?, ?, ?, 'trial', ?, ?)",
                (made.name, platform.id, made.system, made.instance, _stored(config), now),
            )
        elif tuple(row[1:]) != (platform.id, made.system, made.instance):
            raise Refused(
                Text("There is another connection {name}.", name=made.name),
                why="its system, instance or platform is another one",
                fix="Choose another name, or remove that one with `amparo connect remove`.",
            )
        else:
            journal.db.execute(
                "UPDATE connector SET config = ? WHERE id = ?", (_stored(config), row[0])
            )
        found = find(journal, made.name)
        _set_writes(journal, found)
        _put_rules(journal, found.id, config.rule, now)
    return found


def proposed(journal: Journal, config: Config) -> Connection:
    """The connection of a form that may not be set up yet, for a look at what it would bring."""
    platform = platforms.find(journal, config.connector.platform)
    for connection in every(journal, platform.id):
        if connection.name == config.connector.name:
            return connection._replace(config=config)
    return Connection(
        *(0, config.connector.name, platform, "trial", config, None), *("", 0, "", 0, "", 0)
    )


def find(journal: Journal, name: str) -> Connection:
    """A connection by its name."""
    found = [connection for connection in every(journal) if connection.name == name]
    if not found:
        raise _missing(name)
    return found[0]


def every(journal: Journal, platform: int | None = None) -> list[Connection]:
    """All connections, of one platform or of all, by name."""
    rows = journal.db.execute(f"SELECT {_COLUMNS} FROM connector ORDER BY name").fetchall()
    known = {found.id: found for found in platforms.every(journal)}
    return [_connection(row, known) for row in rows if platform in (None, row[2])]


def state_now(journal: Journal, connection: Connection) -> State | None:
    """What a connection does by now; None once it was removed.

    Inside a transaction nobody changes it until that ends.
    """
    found = journal.db.execute(
        "SELECT state FROM connector WHERE id = ? AND name = ?", (connection.id, connection.name)
    ).get
    return cast("State | None", found)


def rules_of(
    journal: Journal, connection: int, *, of_file: Sequence[Rule] | None = None
) -> list[Rule]:
    """What people have said about all records alike: the file's rules, then the desk's.

    `of_file`: the rules of a file that is only looked at, in the place of those that hold.
    """
    if of_file is None:
        of_file = _decoded(_rules(journal, connection, "reviewer = ?"))
    return [*of_file, *_decoded(_rules(journal, connection, "reviewer <> ?"))]


def rules_version(journal: Journal, connection: int) -> int:
    """A number that each change of the rules raises, and that never comes back."""
    return int(journal.db.execute("SELECT rules FROM connector WHERE id = ?", (connection,)).get)


def add_rule(journal: Journal, connection: Connection, rule: Rule, *, by: int, now: int) -> None:
    """Keep a rule of a seat at the desk, inside a transaction; not the newest one once more."""
    if state_now(journal, connection) is None:
        raise _missing(connection.name)
    if _rules(journal, connection.id, "reviewer <> ?")[-1:] != [_encoded(rule)]:
        _insert_rules(journal, connection.id, [_encoded(rule)], by, now)


def start(journal: Journal, connection: Connection) -> None:
    """Let a connection run, once its trial was seen."""
    if connection.state != "trial":
        raise Refused(
            Text("The connection {name} was started before.", name=connection.name),
            why=STANDING[connection.state],
            fix="One that is paused goes on with `amparo connect resume`.",
        )
    if connection.trial is None:
        raise Refused(
            Text("The connection {name} has not been tried.", name=connection.name),
            why="nobody has seen yet what would be put on the record",
            fix="Read its source as a trial first.",
        )
    _move(journal, connection, "running", position="")


def pause(journal: Journal, connection: Connection) -> None:
    """Read nothing more until it goes on; what waits for an answer stays."""
    if connection.state != "running":
        raise Refused(
            Text("The connection {name} does not run.", name=connection.name),
            why=STANDING[connection.state],
            fix="Nothing needs to be done.",
        )
    _move(journal, connection, "paused")


def resume(journal: Journal, connection: Connection) -> None:
    """Go on where it was paused."""
    if connection.state != "paused":
        raise Refused(
            Text("The connection {name} is not paused.", name=connection.name),
            why=STANDING[connection.state],
            fix="A trial is started with `amparo connect start`.",
        )
    _move(journal, connection, "running")


def remove(node: Node, journal: Journal, connection: Connection) -> None:
    """Forget a connection, its drafts and its secret; what is on the record stays there."""
    _secret_file(node, connection.name).unlink(missing_ok=True)  # nobody would know it afterwards
    with journal.transaction():
        for table in _OF_A_CONNECTION:
            journal.db.execute(f"DELETE FROM {table} WHERE connector = ?", (connection.id,))
        journal.db.execute("DELETE FROM connector WHERE id = ?", (connection.id,))
    journal.db.empty_traces()


def set_trial(journal: Journal, connection: Connection, trial: Trial) -> None:
    """Keep what a trial has shown."""
    _set(journal, connection, trial=msgspec.json.encode(trial).decode())


def was_read(
    journal: Journal, connection: Connection, *, position: str, newest: str, now: int
) -> None:
    """The source was read well up to `position`; inside a transaction, with what was read."""
    journal.db.execute(
        "UPDATE connector SET position = ?, read_at = ?, failed_at = 0, why = '', "
        "newest = CASE WHEN newest < ?3 THEN ?3 ELSE newest END WHERE id = ?4 AND name = ?5",
        (position, now, newest, connection.id, connection.name),
    )


def has_failed(journal: Journal, connection: Connection, why: str | Text, *, now: int) -> None:
    """The source could not be read; what was read before stays."""
    _set(journal, connection, failed_at=now, why=_as_stored(why))


def refuse(
    journal: Journal, connection: Connection, number: int, newest: Sequence[Refusal], *, now: int
) -> None:
    """Count records that were refused, inside a transaction; of their content nothing is kept.

    `newest`: where and why, of the last of them, `MOST_REFUSALS` at most.
    """
    if state_now(journal, connection) is None:
        return  # removed meanwhile: another may have its number
    journal.db.execute(
        "UPDATE connector SET refused = refused + ? WHERE id = ?", (number, connection.id)
    )
    for place, why in newest:
        journal.db.execute(
            "INSERT INTO connector_refusal (connector, place, why, at) VALUES (?, ?, ?, ?)",
            (connection.id, *refusal_kept(place, why), now),
        )
    journal.db.execute(
        "DELETE FROM connector_refusal WHERE connector = ?1 AND id <= "
        "(SELECT max(id) FROM connector_refusal WHERE connector = ?1) - ?2",
        (connection.id, MOST_REFUSALS),
    )


def refusal_kept(place: str, why: str) -> Refusal:
    """A refusal as it is kept."""
    return Refusal(place, _without_values(why))


def known_refusals(journal: Journal, connection: Connection) -> frozenset[Refusal]:
    """The newest refusals, to know them again."""
    found = refusals(journal, connection.id)
    return frozenset(Refusal(place, why) for place, why, _ in found)


def forget_refusals(journal: Journal, connection: Connection) -> None:
    """Count anew, where a whole file is read again."""
    with journal.transaction():
        _set(journal, connection, refused=0)
        journal.db.execute("DELETE FROM connector_refusal WHERE connector = ?", (connection.id,))


def refusals(journal: Journal, connection: int) -> list[tuple[str, str, int]]:
    """The newest refusals: where, why, when; the newest first."""
    return journal.db.execute(
        "SELECT place, why, at FROM connector_refusal WHERE connector = ? ORDER BY id DESC LIMIT ?",
        (connection, MOST_REFUSALS),
    ).fetchall()


def counted(journal: Journal, platform: int) -> dict[str, list[tuple[str, Handled]]]:
    """What a report counts of a platform's sources, by kind: a number without meaning, and it.

    What a complaint is about and what became of it are taken from the connection's file as it is
    now, where nobody had said it when the complaint was counted.
    """
    forms = {connection.id: connection.config for connection in every(journal, platform)}
    rows = journal.db.execute(
        "SELECT connector, digest, record FROM connector_item WHERE state = 'counted' "
        "AND record <> '' AND connector IN (SELECT id FROM connector WHERE platform = ?) "
        "ORDER BY digest",
        (platform,),
    )
    found: dict[str, list[tuple[str, Handled]]] = {}
    for connector, digest, record in rows:
        handled = msgspec.json.decode(record, type=Handled)
        if handled.unnamed or handled.instead:
            handled = cinder.named(handled, cinder.settings(forms[connector]))
        found.setdefault(handled.what, []).append((bytes(digest).hex(), handled))
    return found


class Reviewed(NamedTuple):
    """Who ruled on the complaints that a source handled itself, as far as it says so."""

    by_another: int
    by_the_same: int
    """By whoever had decided first."""
    not_known: int
    """Decided, and the source does not say by whom."""


def reviewed(journal: Journal, connection: int) -> Reviewed:
    """By whom the complaints of a connection were decided."""
    rows = journal.db.execute(
        "SELECT record FROM connector_item WHERE connector = ? AND state = 'counted' "
        "AND kind = 'appeal_filed' AND record <> ''",
        (connection,),
    )
    complaints = [msgspec.json.decode(record, type=Handled) for (record,) in rows]
    ended = [complaint for complaint in complaints if complaint.outcome != "pending"]
    found = Counter(complaint.reviewer_differs for complaint in ended)
    return Reviewed(found[True], found[False], found[None])


def keep_secret(node: Node, name: str, secret: str) -> None:
    """Keep what a source is asked with, beside the node's keys."""
    write_durably(_secret_file(node, name), secret.encode())


def secret_of(node: Node, name: str) -> str:
    """What a source is asked with; `Denied` where it is not here, as after a restore."""
    file = _secret_file(node, name)
    if not file.exists():
        raise Denied(
            "The source cannot be asked.",
            why="what it is asked with is not here; backups hold none of it",
            fix=Text("Give it with `amparo connect secret {name}`.", name=name),
        )
    return read_secret_text(file)


_COLUMNS = (
    "id, name, platform, state, config, trial, position, read_at, newest, failed_at, why, refused"
)


def _connection(row: tuple[Any, ...], known: dict[int, Platform]) -> Connection:
    number, name, platform, state, config, trial, position, read_at, *rest = row
    newest, failed_at, why, refused = rest
    return Connection(
        number,
        name,
        known[platform],
        cast("State", state),
        msgspec.json.decode(config, type=Config),
        msgspec.json.decode(trial, type=Trial) if trial else None,
        *(position, read_at, newest, failed_at, _reason(why), refused),
    )


def _reason(stored: str) -> str | Text:
    """A reason as `_as_stored` wrote it, or an older version in English."""
    if not stored.startswith('{"id":'):
        return stored
    return msgspec.json.decode(stored, type=Text, dec_hook=carried.read)


def _check_not_read_already(journal: Journal, config: Config, platform: Platform) -> None:
    system, instance = config.connector.system, config.connector.instance
    systems = next((both for both in _SAME if system in both), (system, system))
    name = journal.db.execute(
        "SELECT name FROM connector WHERE platform = ? AND system IN (?, ?) AND instance = ?",
        (platform.id, *systems, instance),
    ).get
    if name is not None:
        raise Refused(
            "This source is read already.",
            why=Text("the connection {name} reads it", name=str(name)),
            fix="Use that one; or say with `instance` which other installation is meant.",
        )


def _set_writes(journal: Journal, connection: Connection) -> None:
    """Whether orders are carried out in the source from now on.

    Once they are not, those that wait are left to people.
    """
    writes = config_.writes_back(connection.config)
    _set(journal, connection, writes=int(writes))
    if not writes:
        journal.db.execute("DELETE FROM write_back WHERE connector = ?", (connection.id,))


def _put_rules(journal: Journal, connection: int, rules: tuple[Rule, ...], now: int) -> None:
    """The rules of the file take the place of those it had before; the desk's stay."""
    wanted = [_encoded(rule) for rule in rules]
    if wanted == _rules(journal, connection, "reviewer = ?"):
        return
    journal.db.execute(
        "DELETE FROM connector_rule WHERE connector = ? AND reviewer = ?", (connection, FROM_FILE)
    )
    _insert_rules(journal, connection, wanted, FROM_FILE, now)


def _rules(journal: Journal, connection: int, whose: str) -> list[str]:
    """Rules as they are kept, the oldest first; `whose` compares `reviewer` with the file's."""
    rows = journal.db.execute(
        f"SELECT rule FROM connector_rule WHERE connector = ? AND {whose} ORDER BY id",
        (connection, FROM_FILE),
    )
    return [str(rule) for (rule,) in rows]


def _insert_rules(
    journal: Journal, connection: int, rules: Sequence[str], by: int, now: int
) -> None:
    for rule in rules:
        journal.db.execute(
            "INSERT INTO connector_rule (connector, rule, reviewer, made_at) VALUES (?, ?, ?, ?)",
            (connection, rule, by, now),
        )
    journal.db.execute("UPDATE connector SET rules = rules + 1 WHERE id = ?", (connection,))


def _encoded(rule: Rule) -> str:
    return msgspec.json.encode(rule).decode()


def _decoded(rules: Sequence[str]) -> list[Rule]:
    return [msgspec.json.decode(rule, type=Rule) for rule in rules]


def _missing(name: str) -> Missing:
    return Missing(
        Text("There is no connection {name}.", name=name),
        why="no connection of this node has that name",
        fix="List them with `amparo connect list`.",
    )


def _move(journal: Journal, connection: Connection, state: State, **values: str) -> None:
    """Change what a connection does, from what it did when it was looked at.

    Somebody else may have changed it, or removed it, since.
    """
    with journal.transaction():
        if (now := state_now(journal, connection)) is None:
            raise _missing(connection.name)
        if now != connection.state:
            raise Refused(
                Text("The connection {name} was changed meanwhile.", name=connection.name),
                why=STANDING[now],
                fix="Look at it, and do it again if it is still wanted.",
            )
        _set(journal, connection, state=state, **values)


def _set(journal: Journal, connection: Connection, **values: str | int) -> None:
    changes = ", ".join(f"{name} = ?" for name in values)
    journal.db.execute(  # of one that was removed, another may have the number
        f"UPDATE connector SET {changes} WHERE id = ? AND name = ?",
        (*values.values(), connection.id, connection.name),
    )


def _stored(config: Config) -> str:
    """Without its rules, which have a table of their own."""
    return msgspec.json.encode(msgspec.structs.replace(config, rule=())).decode()


def _as_stored(why: str | Text) -> str:
    """A reason as it is kept: one that can be said in other languages as JSON."""
    if isinstance(why, str):
        return _without_values(why)
    return msgspec.json.encode(_blanked(why), enc_hook=carried.plain).decode()


def _blanked(text: Text) -> Text:
    values = {
        name: _blanked(value)
        if isinstance(value, Text)
        else _without_values(value)
        if isinstance(value, str)
        else value
        for name, value in text.parameters.items()
    }
    return Text(text.id if values else _without_values(text.id), **values)


def _without_values(why: str) -> str:
    """A reason without what it quotes, which may be somebody's."""
    return _QUOTED.sub("'…'", why)


def _secret_file(node: Node, name: str) -> Any:
    return node.folder / "keys" / f"connect.{name}"
