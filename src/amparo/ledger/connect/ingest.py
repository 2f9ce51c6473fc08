"""Records of a source go on the record: each version once, in whatever order they come.

One transaction takes a batch in, with the place from which the source is read on: a crash leaves
all of it or none, and reading the same again changes nothing.

- A decision that lacks nothing becomes a statement with the source's time, and its person is told.
- One that lacks something waits as a draft.
- A later version that says something else corrects the statement; an earlier one changes nothing.
- A reversal waits for the decision that it takes back, however late that comes.
- A state is compared with the last known one.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from amparo.case import lifting
from amparo.case.state import Actor
from amparo.connectors import coop, settling, states, trial
from amparo.connectors import record as records_
from amparo.connectors.record import Handled, Record
from amparo.connectors.rule import Rule
from amparo.connectors.settling import Counted, Draft, Noted, Reversal, Statement, Unclear
from amparo.connectors.trial import Trial
from amparo.errors import AmparoError, Refused, Text, Unavailable
from amparo.ledger.case import casework, corrections, read_back_schedule, telling
from amparo.ledger.case.casework import File
from amparo.ledger.case.telling import Notice
from amparo.ledger.connect import connections, items, on_record, poll_schedule, proofs
from amparo.ledger.connect.connections import MOST_REFUSALS, Connection, Refusal
from amparo.ledger.connect.foreseen import Foreseen, Ready
from amparo.ledger.connect.items import Digests, Item
from amparo.ledger.connect.on_record import OnRecord
from amparo.ledger.log.intake import prepare
from amparo.record import event, fast_path, mailbox, sealing
from amparo.record.decision import ATTRIBUTES, Decision, Submission, settle
from amparo.record.sealing import Imported
from amparo.storage.journal import Journal, Known, Row

_ENDED = ("erased", "set aside")
"""Of such an item nothing that comes later is taken in."""
STATE = "state:"
"""Before the name of something whose state is looked at: it is no name of a decision."""


class Unreadable(NamedTuple):
    """A piece of the source of which no record could be made."""

    place: str
    why: str


class Batch(NamedTuple):
    """Some records of a source that is read on from a position."""

    records: Sequence[Record | Unreadable]
    position: str
    """Up to here everything was read, these included; in the connector's own form."""
    trouble: str = ""
    """Why nothing can be read just now."""


class NotRunning(Refused):
    """Nothing is taken in: the connection was paused or removed, or never started."""


class Remark(NamedTuple):
    """What is to be said of a record that was refused, or taken but not wholly."""

    place: str
    why: str
    refused: bool
    """False: it is on the record, but its person was not told, or it corrects nothing."""


Note = Callable[[Remark], None]


class _Made(NamedTuple):
    """A statement on its way into the journal."""

    item: Item
    record: Record
    submission: Submission | None
    """None where it was foreseen."""
    ready: Ready | None = None


class _Issued(NamedTuple):
    """A statement in the journal."""

    made: _Made
    row: Row
    seq: int

    @property
    def file(self) -> File:
        """Its case."""
        return casework.just_issued(self.row, self.seq)

    @property
    def deciders(self) -> Row | None:
        """The entry that names who decided, where it was foreseen."""
        return None if self.made.ready is None else self.made.ready.deciders


class _Plain(NamedTuple):
    """A statement of which its person gets to know, or not yet."""

    issued: _Issued
    notice: Notice


class _Reversal(NamedTuple):
    """What takes a statement back that is itself still on its way."""

    item: Item
    record: Record
    target: bytes


class _Lift(NamedTuple):
    """The step of a reversal on a case that is on the record."""

    item: Item
    record: Record
    target: bytes
    step: casework.Step


def read_as_trial(
    journal: Journal,
    secret: bytes,
    connection: Connection,
    records: Iterable[Record | Unreadable],
    since: str = "",
    of_file: Sequence[Rule] | None = None,
    so_far: Trial | None = None,
) -> Trial:
    """What records would come to, of those since a day; nothing is kept.

    `of_file`: the rules of a file that is only looked at, in the place of those that hold.
    `so_far`: what was counted before, to which these are added.
    """
    found = so_far or Trial(since=since)
    rules = connections.rules_of(journal, connection.id, of_file=of_file)
    digests, seen = Digests(secret, connection), set[bytes]()
    for record in _compared(map(writable, records)):
        if isinstance(record, Unreadable):
            found.refused += 1
            continue
        content = digests.content(record)
        if content in seen:
            found.repeated += 1
            continue
        seen.add(content)
        settled = settling.settle(record, {}, rules, connection.platform.profile)
        trial.take(found, record, settled)
    return found


def add_to_trial(
    journal: Journal,
    secret: bytes,
    connection: Connection,
    records: Iterable[Record | Unreadable],
) -> None:
    """Count what comes while a connection is a trial, inside a transaction: it may come at once."""
    trial = read_as_trial(journal, secret, connection, records, so_far=connection.trial)
    connections.set_trial(journal, connection, trial)


def _compared(records: Iterable[Record | Unreadable]) -> Iterator[Record | Unreadable]:
    """With what states come to, one after another, in their place."""
    known: dict[str, tuple[str, states.Known]] = {}
    for record in records:
        if isinstance(record, Unreadable) or record.kind != "state":
            yield record
            continue
        version, before = known.get(record.native_id, ("", None))
        if record.version < version:
            continue
        after, found = states.compare(before, record)
        known[record.native_id] = record.version, after
        yield from found or [record]


def take(
    journal: Journal,
    secret: bytes,
    connection: Connection,
    records: Sequence[Record | Foreseen | Unreadable],
    *,
    position: str = "",
    now: datetime,
    note: Note = lambda _: None,
) -> Counter[str]:
    """Take a batch in, and keep from where the source is read on; how many came to what.

    `stated`, `corrected`, `draft`, `lifted`, `parked`, `counted`, `noted`, `known`, `older`,
    `refused`; and of those on the record `unfinished`: the person was not told, or nothing was
    corrected. What had waited and waits no more is taken off `parked`, which may be less than 0 by
    that: over all batches each record is counted once. `note` hears of each that is refused or
    unfinished. `NotRunning` unless it runs.
    """
    with journal.transaction():
        return take_within(
            journal, secret, connection, records, position=position, now=now, note=note
        )


def take_within(
    journal: Journal,
    secret: bytes,
    connection: Connection,
    records: Sequence[Record | Foreseen | Unreadable],
    *,
    position: str = "",
    now: datetime,
    note: Note = lambda _: None,
) -> Counter[str]:
    """The same inside a transaction that has begun."""
    _check_runs(journal, connection)
    intake = Taking(journal, secret, connection, now, note)
    newest = intake.take(records)
    connections.was_read(
        journal, connection, position=position, newest=newest, now=int(now.timestamp())
    )
    poll_schedule.hold_on(journal, connection, int(now.timestamp()))
    return intake.done


def _check_runs(journal: Journal, connection: Connection) -> None:
    """Also where it was paused or removed while its source was read."""
    state = connections.state_now(journal, connection)
    if state != "running":
        raise NotRunning(
            Text("The connection {name} does not run.", name=connection.name),
            why="it was removed" if state is None else connections.STANDING[state],
            fix="Start it with `amparo connect start`, or go on with `amparo connect resume`.",
        )


class Taking:
    """One batch, inside a transaction."""

    def __init__(
        self,
        journal: Journal,
        secret: bytes,
        connection: Connection,
        now: datetime,
        note: Note = lambda _: None,
    ) -> None:
        self._journal, self._secret, self._connection, self._now = journal, secret, connection, now
        self._note = note
        self._by = Actor("platform", connection.platform.slug)
        self._digests = Digests(secret, connection)
        self._only_tells = connection.config.connector.system == coop.SYSTEM
        self._rules: Sequence[Rule] = connections.rules_of(journal, connection.id)
        self._rules_version = connections.rules_version(journal, connection.id)
        self._items: dict[bytes, Item] = {}
        self._changed: dict[bytes, Item] = {}
        self._made: dict[bytes, _Made] = {}
        self._reversals: list[_Reversal] = []
        self._lifts: dict[UUID, _Lift] = {}
        self._on_its_way = set[bytes]()
        self._foreseen: dict[int, Foreseen] = {}
        """By the `id` of its record: nothing else tells versions apart before they are hashed."""
        self._taken: dict[bytes, int] = {}
        """Of the drafts among them: digests of PUIDs under which they are on the record."""
        self._refused, self._refusals = 0, deque[Refusal](maxlen=MOST_REFUSALS)
        self._told: frozenset[Refusal] | None = None
        self.done = Counter[str]()

    def take(self, given: Sequence[Record | Foreseen | Unreadable]) -> str:
        """Take records in; the newest moment that they speak of."""
        self._foreseen = {id(new.record): new for new in given if isinstance(new, Foreseen)}
        drafts = [new.draft.puid for new in self._foreseen.values() if new.draft is not None]
        self._taken = self._journal.puids.taken(drafts) if drafts else {}
        records = [new.record if isinstance(new, Foreseen) else writable(new) for new in given]
        good = [record for record in records if isinstance(record, Record)]
        self._load(good)
        for record in self._compared(records):
            if isinstance(record, Unreadable):
                self._refuse_unread(record)
            else:
                self._take(record)
        self.finish()
        return max((record.at for record in good), default="")

    def complete(self, item: Item, record: Record) -> None:
        """Settle a draft anew, with what a person has added; then `finish`."""
        self._items[item.digest] = item
        self._settle(item, record, ())

    def finish(self) -> None:
        """Put the statements on the record, and let go what waited for them."""
        self._state()
        items.put(self._journal, list(self._changed.values()))
        self._changed.clear()
        self._keep_refusals()

    def _load(self, records: Sequence[Record]) -> None:
        digests = [self._name(record) for record in records]
        digests += [self._digests.name(other) for record in records for other in _others(record)]
        self._items |= items.load(self._journal, self._connection.id, digests)

    def _name(self, record: Record) -> bytes:
        foreseen = self._foreseen.get(id(record))
        return self._digests.name(record.native_id) if foreseen is None else foreseen.name

    def _content(self, record: Record) -> bytes:
        foreseen = self._foreseen.get(id(record))
        return self._digests.content(record) if foreseen is None else foreseen.content

    def _take(self, record: Record) -> None:
        digest, content = self._name(record), self._content(record)
        before = self._items.get(digest)
        if before is not None and before.content != content and self._is_on_its_way(before):
            self._state()  # what comes later goes by where this version stands
            before = self._items[digest]
        if before is not None:
            if before.content == content or before.state in _ENDED:
                self.done["known"] += 1
                return
            if record.version < before.version:
                self.done["older"] += 1
                return
            if before.case_id is not None and record.kind != "restriction":
                self._refuse(record.at, "it was a restriction before, and is something else now")
                return
        item = Item(self._connection.id, digest, record.kind, "noted", record.version, content)
        if before is not None:
            item = item._replace(**_carried(before, record))
        self._settle(item, record, _about(record))

    def _settle(self, item: Item, record: Record, about: Sequence[str]) -> None:
        item = item._replace(rules=self._rules_version)
        foreseen = self._foreseen.get(id(record))
        if foreseen is not None and self._is_as_foreseen(item, record, foreseen):
            return
        given = msgspec.json.decode(item.given) if item.given != "{}" else {}
        settled = settling.settle(record, given, self._rules, self._connection.platform.profile)
        match settled:
            case Statement(submission):
                self._state_or_leave(item, record, submission)
            case Draft() as draft:
                self._ask_or_leave(item, record, draft)
            case Reversal(reverses):
                self._take_back(item, record, self._digests.name(reverses))
            case Counted(handled):
                self._count(item, record, handled, [self._digests.name(name) for name in about])
            case Noted():
                self._put(item, "noted")
            case Unclear(why):
                self._refuse(record.at, why)

    def _is_as_foreseen(self, item: Item, record: Record, foreseen: Foreseen) -> bool:
        """Take what was made of a record beforehand; whether it still held."""
        ready, draft = foreseen.ready, foreseen.draft
        if item.edition or item.given != "{}" or item.given_by != "[]":
            return False  # it was on the record, or somebody has added to it
        if ready is not None and ready.rules == item.rules:
            self._made[item.digest] = _Made(item, record, None, ready)
            self._put_on_its_way(item, "stated")
            return True
        if draft is not None and draft.rules == item.rules and draft.puid not in self._taken:
            self._put(item, "draft", record=draft.record, alike=draft.alike)
            return True
        return False

    def _ask_or_leave(self, item: Item, record: Record, draft: Draft) -> None:
        if item.edition == 0 and (there := self._on_record(item)):
            self._leave(item, there, record)  # whoever completed it is not asked again
            return
        alike = trial.alike(record, draft)
        self._put(item, "draft", record=records_.encode(record), alike=alike)

    def _state_or_leave(self, item: Item, record: Record, submission: Submission) -> None:
        if item.case is not None and _is_same(self._journal, item.case, submission):
            self._put(item, "stated", as_="known")
            return
        self._made[item.digest] = _Made(item, record, submission)
        self._put_on_its_way(item, "stated")

    def _state(self) -> None:
        """Issue the statements that are ready, tell their people, and what waited for them.

        All together: what is put on the record by itself costs many times as much.
        """
        self._lift()  # before anything corrects what is lifted
        made, self._made = list(self._made.values()), {}
        if not made:
            self._on_its_way.clear()
            return
        self._issue(made)
        for item in self._waiting([new.item.digest for new in made]):
            self._take_back(item, records_.decode(item.record), bytes(item.about or b""))
        reversals, self._reversals = self._reversals, []
        for reversal in reversals:
            self._take_back(*reversal)
        self._state()  # what differs from what a removed connection had put on the record

    def _issue(self, made: Sequence[_Made]) -> None:
        rows = self._rows(made)
        outcomes = self._journal.append_within([[row] for row in rows])
        issued: list[_Issued] = []
        for new, row, outcome in zip(made, rows, outcomes, strict=True):
            if isinstance(outcome, Known):  # by a connection that was removed since
                self._go_on_from(new)
            else:
                issued.append(_Issued(new, row, outcome))
        self._tell(issued)
        for new, row, _ in issued:
            as_ = "corrected" if new.item.case_id else "stated"
            if new.record.look_at and not self._only_tells:
                subject, number = new.record.look_at, self._connection.id
                read_back_schedule.keep(self._journal, UUID(bytes=row.case_id), number, subject)
            self._put_proof(UUID(bytes=row.case_id), "decision", new.record)
            edition = new.item.edition + 1
            known = new.record.look_at if self._only_tells else ""
            values = {"case_id": row.case_id, "edition": edition, "record": known}
            self._put(new.item, "stated", as_=as_, **values)

    def _rows(self, made: Sequence[_Made]) -> list[Row]:
        """The rows of statements: as they were foreseen, or made now."""
        now = [(new, new.submission) for new in made if new.submission is not None]
        prepared = iter(
            prepare(
                [
                    decision(self._digests.puid(new.item.digest, new.item.edition + 1), submission)
                    for new, submission in now
                ],
                platform=self._connection.platform,
                secret=self._secret,
                imported=[
                    Imported(self._connection.source, None, new.record.at or None) for new, _ in now
                ],
            )
        )
        return [
            next(prepared).row if new.ready is None else new.ready.statement.row for new in made
        ]

    def _go_on_from(self, made: _Made) -> None:
        """What a removed connection has made of an item: it is corrected, or left as it is."""
        there = self._on_record(made.item)
        if there is None:
            return  # the journal has just said that it is there
        submission = made.submission or settling.submission(made.record, {}, self._rules)
        if there.is_erased or _is_same(self._journal, there.case, submission):
            self._leave(made.item, there, made.record)
            return
        item = made.item._replace(case_id=there.case.bytes, edition=there.edition)
        self._state_or_leave(item, made.record, submission)

    def _on_record(self, item: Item) -> OnRecord | None:
        platform = self._connection.platform
        return on_record.newest(self._journal, self._secret, platform, self._digests, item.digest)

    def _leave(self, item: Item, there: OnRecord, record: Record) -> None:
        """What is on the record stays as it is; what was erased, erased."""
        if not there.is_erased:
            self._put_proof(there.case, "decision", record)
        item = item._replace(case_id=there.case.bytes, edition=there.edition)
        self._put(item, "erased" if there.is_erased else "stated", as_="known")

    def _tell(self, issued: Sequence[_Issued]) -> None:
        """Tell people of their statements: in one go as many as only get an entry for it."""
        together: list[_Plain] = []
        for new in issued:
            made = new.made
            if made.item.case is not None:
                self._tell_together(together)
                self._correct(made.item.case, made, UUID(bytes=new.row.case_id))
            notice = self._notice(made)
            if not notice.way and not notice.decided_by:
                continue
            if made.item.case is None and telling.is_plain(notice):
                together.append(_Plain(new, notice))
                continue
            self._tell_together(together)
            self._tell_by_itself(made, UUID(bytes=new.row.case_id), notice)
        self._tell_together(together)

    def _correct(self, old: UUID, made: _Made, new: UUID) -> None:
        try:
            corrections.link(self._journal, old=old, new=new, by=self._by, now=self._now)
        except Refused as error:  # the old one was corrected by another way, or erased
            why = f"a later version is on the record by itself: {error.why}"
            self._leave_unfinished(made.record, why)

    def _tell_together(self, together: list[_Plain]) -> None:
        """Tell and forget them; one by one where something is wrong with any."""
        ahead = [plain.issued.deciders for plain in together]
        if together and all(ahead):
            casework.keep_deciders(self._journal, [row for row in ahead if row is not None])
            together.clear()
            return
        notices = [(plain.issued.file, plain.notice) for plain in together]
        try:
            telling.tell_each(self._journal, notices, by=self._by, now=self._now)
        except Unavailable:  # the journal is, and with it the whole batch
            raise
        except AmparoError:
            for new, notice in together:
                self._tell_by_itself(new.made, new.file.id, notice)
        together.clear()

    def _tell_by_itself(self, made: _Made, case_id: UUID, notice: Notice) -> None:
        try:
            telling.tell(self._journal, case_id, notice, by=self._by, now=self._now)
        except AmparoError as error:
            self._leave_unfinished(made.record, f"the person was not told: {error.why}")

    def _notice(self, made: _Made) -> Notice:
        names = [*made.record.decided_by, *msgspec.json.decode(made.item.given_by)]
        person = made.record.person
        if person is None or not (person.informed or person.email):
            return Notice("", decided_by=names)
        if person.informed:
            return Notice("platform", decided_by=names)
        if why := mailbox.why_no_mail(person.email):
            self._leave_unfinished(made.record, f"the person was not told: their address: {why}")
            return Notice("", decided_by=names)
        return Notice("mail", person.email, person.language, names)

    def _waiting(self, digests: Sequence[bytes]) -> list[Item]:
        """What came before the items that it is about."""
        there = items.waiting_for(self._journal, self._connection.id, digests)
        these = set(digests)
        here = [item for item in self._changed.values() if item.about in these]
        found = {item.digest: self._changed.get(item.digest, item) for item in there}
        found |= {item.digest: item for item in here}
        return [item for item in found.values() if item.state == "parked"]

    def _put_proof(self, case_id: UUID, what: proofs.What, record: Record) -> None:
        if record.proof is not None:
            now = int(self._now.timestamp())
            proofs.put(self._journal, case_id, what, record.proof, now=now)

    def _take_back(self, item: Item, record: Record, target: bytes) -> None:
        if target in self._made:  # it is taken back once it is on the record
            self._reversals.append(_Reversal(item, record, target))
            self._put_on_its_way(item, "lifted")
            return
        decided = self._items.get(target) or self._find(target)
        if decided is not None and decided.state in _ENDED:
            self._put(item, "noted", about=target)  # nobody is left, or nobody was restricted
            return
        if decided is None or decided.case is None or decided.state == "draft":
            self._put(item, "parked", about=target, record=records_.encode(record))
            return
        step = partial(
            lifting.lift,
            lifted_at=record.at,
            reasons=record.reasons,
            by=self._by,
            now=self._now,
        )
        if decided.case in self._lifts:
            self._lift()
        self._lifts[decided.case] = _Lift(item, record, target, step)
        self._put_on_its_way(item, "lifted")

    def _lift(self) -> None:
        """Carry out the reversals of what is on the record."""
        lifts, self._lifts = self._lifts, {}
        casework.act_each(self._journal, {case_id: lift.step for case_id, lift in lifts.items()})
        for case_id, lift in lifts.items():
            self._put_proof(case_id, "reversal", lift.record)
            self._put(lift.item, "lifted", about=lift.target)

    def _count(self, item: Item, record: Record, handled: Handled, about: Sequence[bytes]) -> None:
        """What a report counts; an outcome goes to the appeal that it ends."""
        if record.kind != "appeal_outcome" or not about:
            self._put(item, "counted", record=_encode(handled).decode())
            for waiting in self._waiting([item.digest]):
                self._settle(waiting, records_.decode(waiting.record), [record.native_id])
            return
        appeal = self._items.get(about[0]) or self._find(about[0])
        if appeal is None or appeal.state != "counted":
            self._put(item, "parked", about=about[0], record=records_.encode(record))
            return
        filed = msgspec.json.decode(appeal.record, type=Handled)
        ended = msgspec.structs.replace(filed, decided=handled.decided, outcome=handled.outcome)
        self._put(appeal, "counted", record=_encode(ended).decode(), as_="")
        self._put(item, "counted", record="", about=about[0])

    def _compared(self, records: Sequence[Record | Unreadable]) -> Sequence[Record | Unreadable]:
        """With what lies between each state and the last known one in its place."""
        found: list[Record | Unreadable] = []
        for record in records:
            if isinstance(record, Unreadable) or record.kind != "state":
                found.append(record)
            else:
                found += self._look(record)
        self._load([record for record in found if isinstance(record, Record)])
        return found

    def _look(self, record: Record) -> list[Record]:
        digest = self._digests.name(STATE + record.native_id)
        before = self._items.get(digest)
        if before is not None and record.version < before.version:
            self.done["older"] += 1
            return []
        known = None
        if before is not None:
            known = states.with_name(msgspec.json.decode(before.record), record)
        after, found = states.compare(known, record)
        content = self._digests.content(record)
        item = Item(self._connection.id, digest, "state", "state", record.version, content)
        bare = _encode(states.without_name(after, record)).decode()
        self._put(item, "state", record=bare, as_="" if found else "known")
        return found

    def _find(self, digest: bytes) -> Item | None:
        return items.load(self._journal, self._connection.id, [digest]).get(digest)

    def _is_on_its_way(self, item: Item) -> bool:
        """Whether a version of it, or what it waits for, is put by the end of the batch only."""
        return item.digest in self._on_its_way or bytes(item.about or b"") in self._made

    def _put_on_its_way(self, item: Item, state: items.State) -> None:
        """What becomes of it is put at the end of the batch, or before its next version."""
        self._items[item.digest] = item._replace(state=state)
        self._on_its_way.add(item.digest)

    def _put(
        self, item: Item, state: items.State, *, as_: str | None = None, **values: Any
    ) -> None:
        cleared = {"record": "", "alike": "", "read_at": int(self._now.timestamp())}
        new = item._replace(state=state, **{**cleared, **values})
        self._items[item.digest] = self._changed[item.digest] = new
        if item.state == "parked":  # it was counted as that, and is something else now
            self.done["parked"] -= 1
        name = state if as_ is None else as_
        if name:
            self.done[name] += 1

    def _refuse(self, place: str, why: str) -> None:
        self._remark(Remark(place, why, refused=True))
        self.done["refused"] += 1

    def _leave_unfinished(self, record: Record, why: str) -> None:
        self._remark(Remark(record.at, why, refused=False))
        self.done["unfinished"] += 1

    def _remark(self, remark: Remark) -> None:
        self._refused += 1
        self._refusals.append(Refusal(remark.place, remark.why))
        self._note(remark)

    def _refuse_unread(self, found: Unreadable) -> None:
        """Counted once, though the source is read again from a little before its end."""
        if self._told is None:
            self._told = connections.known_refusals(self._journal, self._connection)
        if connections.refusal_kept(found.place, found.why) in self._told:
            self._note(Remark(found.place, found.why, refused=True))
            self.done["refused"] += 1
        else:
            self._refuse(found.place, found.why)

    def _keep_refusals(self) -> None:
        """Together: a hostile source can send as many as fit into a message."""
        if self._refused:
            newest, now = list(self._refusals), int(self._now.timestamp())
            connections.refuse(self._journal, self._connection, self._refused, newest, now=now)
        self._refused = 0
        self._refusals.clear()


def writable(record: Record | Unreadable) -> Record | Unreadable:
    """A record; refused by its moment where a text of it cannot be written, as half a sign."""
    if isinstance(record, Record):
        try:
            records_.encode(record)
        except UnicodeEncodeError:
            return Unreadable(record.at, "a text of it holds half a sign (a lone surrogate)")
    return record


def _others(record: Record) -> list[str]:
    """What a record speaks of besides itself, by its names."""
    found = _about(record)
    if record.kind == "state":
        found.append(STATE + record.native_id)
    if record.reverses:
        found.append(record.reverses)
    return found


def _about(record: Record) -> list[str]:
    return [record.about] if record.about else []


def _carried(before: Item | None, record: Record) -> Mapping[str, Any]:
    """What of an earlier version holds for the later one too."""
    if before is None:
        return {}
    given = msgspec.json.decode(before.given)
    for name in record.decision:
        given.pop(name, None)  # the source says it by itself now
    return {
        "edition": before.edition,
        "case_id": before.case_id,
        "given": _encode(given).decode(),
        "given_by": before.given_by,
    }


def decision(puid: str, submission: Submission) -> Decision:
    """A statement that lacks nothing but its PUID, with it."""
    complete = {**submission, "puid": puid}
    return fast_path.decision(complete) or settle(complete, "API")


def _is_same(journal: Journal, case_id: UUID, submission: Submission) -> bool:
    """Whether a statement says this already."""
    entry = journal.decision(case_id)
    if entry is None or entry.opening is None:
        return False
    leaf = event.read_leaf(entry.leaf)
    if not isinstance(leaf, event.DecisionIssued):
        return False
    there = {**leaf.public, **sealing.unpack(entry.opening).fields()}
    new = msgspec.to_builtins(settle({**submission, "puid": settling.PLACEHOLDER}, "API"))
    return all(
        _plain(there.get(name)) == _plain(new[name]) for name in ATTRIBUTES if name != "puid"
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, list | tuple) and value else value or None


_encode = msgspec.json.Encoder(order="sorted").encode
