"""Judging a log that somebody else runs: what was fetched goes in, faults come out.

`TrustedLog` holds what was verified of a log, and what a later look goes on from. It asks nobody
and reads no clock: who looks (`ledger/coalition/monitor`) fetches, and hands in the checkpoint, the
entries as they were verified to lie in its tree, what each witness shows, and the time. What is
wrong is a `Fault`; where it can be proven, with a file that convinces a stranger.

Nothing is believed but keys: those of the log and its witnesses, from a charter or a policy.

Source: C2SP tlog-tiles, tlog-witness (monitoring); `docs/coalition.md`. The way to keep judging
apart is that of python-tuf's `trusted_metadata_set`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from amparo.coalition import charter as charters
from amparo.coalition.charter import Charter
from amparo.errors import AmparoError, Text, as_text
from amparo.record import event, foreign_leaf
from amparo.record.event import DecisionIssued, Event, Hearing, Totals
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import merkle, note, policy, split
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.edge import Edge
from amparo.tlog.policy import Policy, Witness
from amparo.tlog.split import Beginning

MERGE_DELAY_SECONDS = 86_400
"""For how long a log may hold an entry back: it is cosigned at least daily."""
STALE_SECONDS = 86_400
SLACK_SECONDS = 300
"""By which clocks of different machines may differ."""
MOST_CASES = 100_000
CASES_KEPT = 2_000
"""Of how many decisions before it a decision's case is compared with: in one look, and over two."""
MOST_SPOILT = MOST_DOUBTED = 100
"""Of damaged places that are looked at again; no new ones are sought while there are so many."""
MOST_RECENT = 64
MOST_TOLD = 20
"""Faults of one kind that one look tells one by one; a log with more is told of in one word."""


class Watched(NamedTuple):
    """A log that is followed."""

    key: note.Ed25519Verifier
    url: str
    trusted: Policy
    """Whose cosignatures are enough, and where the witnesses are."""


class Fault(NamedTuple):
    """Something that is wrong with a log."""

    kind: str
    """split or rule, which stand for ever; or what can end: unreachable, unreadable, not_this_log,
    behind, damaged, missing, opening, withheld, unwitnessed, stale."""
    key: str
    """What it is about; the same fault has the same key at every look."""
    what: str
    why: str
    proof: bytes = b""
    """A file that convinces a stranger (`amparo witness judge`), where there can be one."""
    texts: tuple[Text, ...] = ()
    """What and why as values, for a door to word; `what` and `why` are the English of them."""


def fault(kind: str, key: str, what: str | Text, why: str | Text, proof: bytes = b"") -> Fault:
    """A fault, of which both texts are values; a `str` among them has no parameters."""
    return Fault(kind, key, str(what), str(why), proof, (as_text(what), as_text(why)))


class LogState(msgspec.Struct, frozen=True):
    """What was verified of a log, to go on from."""

    note: bytes = b""
    """The newest checkpoint that was verified whole, as it was signed."""
    edge: bytes = b""
    at: int = 0
    """When the log was last seen to have exactly this tree."""
    entries: int = 0
    openings: int = 0
    erased: int = 0
    counts: dict[str, int] = {}
    """The newest totals of sealed events."""
    cosigned_at: int = 0
    witnesses: tuple[str, ...] = ()
    seen_by: dict[str, int] = {}
    """Witness -> how many entries it has seen."""
    cases: tuple[str, ...] = ()
    """The newest decisions' cases, oldest first."""
    recent: tuple[tuple[int, int], ...] = ()
    """The newest sizes, each with the time at which it was verified first; oldest first."""
    spoilt: tuple[int, ...] = ()
    """Bundles that are read again at every look until they, and the tiles above them, are whole."""
    doubted: tuple[tuple[str, bytes], ...] = ()
    """Case and leaf of decisions whose reasons were not shown as committed to; asked again too."""
    over: tuple[str, ...] = ()
    """Platforms and periods whose last figures of the hearing were seen, oldest first."""


LASTING = frozenset({"split", "rule"})
"""Kinds that stand for ever: the log's own key has signed what they hold against it.

Anybody between a log and its monitor can bring the others about: they end when a later look no
longer finds them.
"""
OF_FILES = frozenset({"damaged", "missing"})
"""Kinds that are about a file, or about all new ones: one goes over into the other, and back."""
GROWTH = "growth"
"""What is wrong with new entries, whichever they are at a look."""
NOTHING_LEARNED = frozenset({"unreachable", "unreadable", "not_this_log"})
"""Kinds after which nothing is known to be over."""


def of_policy(text: str) -> list[Watched]:
    """The logs of a policy file that have an address."""
    read = policy.parse(text)
    return [Watched(key, url, read) for key, url in zip(read.logs, read.urls, strict=True) if url]


def of_charter(charter: Charter) -> list[Watched]:
    """The logs of all members, each with the witnesses' quorum the charter asks of it."""
    logs = [party.log for party in charter.member if party.log is not None]
    return [watched for log in logs for watched in of_policy(charters.policy_text(charter, log))]


class TrustedLog:
    """What is trusted of one log, while it is looked at: `state`, and the `faults` found so far."""

    def __init__(
        self, watched: Watched, state: LogState, *, now: int, foreign: bool = False
    ) -> None:
        """`now`: POSIX seconds. `foreign`: its entries have rules that we do not know."""
        self.state, self.faults = state, list[Fault]()
        self.decisions: list[tuple[str, bytes]] = []
        """Case and leaf of each new decision; who looks may take some out."""
        self._watched, self._now, self._foreign = watched, now, foreign
        self._counts = dict(state.counts)
        self._cases = dict.fromkeys(state.cases)  # in order of coming
        self._over = dict.fromkeys(state.over)
        self._broken = list[Fault]()
        self._earliest, self._latest = 0, now

    @property
    def known(self) -> Checkpoint | None:
        """The newest tree that was verified whole."""
        return self._open(self.state.note) if self.state.note else None

    @property
    def edge(self) -> Edge:
        """The right edge of that tree, from which it can be grown."""
        read = msgspec.msgpack.decode
        return read(self.state.edge, type=Edge) if self.state.edge else Edge()

    def find(
        self, kind: str, key: str, what: str | Text, why: str | Text, proof: bytes = b""
    ) -> None:
        """Add a fault."""
        self.faults.append(fault(kind, key, what, why, proof))

    def find_error(self, kind: str, key: str, error: AmparoError, proof: bytes = b"") -> None:
        """Add what an error says as a fault."""
        what, why, _ = error.texts
        self.find(kind, key, what, why, proof)

    # --- the log itself -------------------------------------------------------------------

    def signed(self, raw: bytes, came: str = "what came") -> Checkpoint | None:
        """The checkpoint that was served, if the log's key has signed it; else a fault, and None.

        `came`: where it came from and as what, for people. Nothing in it is held against the log.
        """
        key = self._watched.key
        try:
            signed = note.parse(raw)
            origin = checkpoints.parse(signed.text).origin
        except AmparoError as error:
            self.find("unreadable", "checkpoint", Text("No checkpoint came."), _from(came, error))
            return None
        ours = (key.name, key.key_id) in {(by.name, by.key_id) for by in signed.signatures}
        if origin != key.name or not ours:
            why = (
                Text(
                    "{came} is of {other}; wanted that of {name}",
                    came=came,
                    other=repr(origin[:100]),
                    name=key.name,
                )
                if origin != key.name
                else Text(
                    "{came} is signed with another key; wanted that of {name}",
                    came=came,
                    name=key.name,
                )
            )
            what = Text("Another log answers at this address.")
            self.find("not_this_log", "checkpoint", what, why)
            return None
        try:
            return self._open(raw)
        except AmparoError as error:
            self.find("unreadable", "checkpoint", error.texts[0], _from(came, error))
            return None

    def checkpoint(self, raw: bytes) -> Checkpoint | None:
        """Judge a signed checkpoint that is not `behind`; the tree to be fetched, if it has grown.

        Raises what `open_checkpoint` does where the log's key has not signed it.
        """
        shown, known = self._open(raw), self.known
        if known is not None and known.size == shown.size:
            self._same_size(known, shown, raw)
            return None
        self._earliest = max(self.state.at, self.state.cosigned_at) if self.state.note else 0
        self._latest = self._cosigned_at(raw, newest=False) or self._now
        return shown

    def behind(self, raw: bytes, beginning: Beginning | None) -> None:
        """Judge a signed checkpoint that is smaller than what was verified, as caches show them.

        `beginning`: how the verified tree begins up to that size, where the log's tiles say so.
        With another root it is another history; else a fault only when it is no longer young.
        """
        if beginning is not None and self._histories(raw, self.state.note, beginning):
            return
        size = self._open(raw).size
        overtaken = next((at for larger, at in self.state.recent if larger > size), 0)
        if self._now - max(overtaken, self._cosigned_at(raw)) > SLACK_SECONDS:
            self.find(
                "behind",
                "checkpoint",
                Text("The log shows an old checkpoint."),
                Text(
                    "it is of {number} entries; the log has signed {signed}",
                    number=size,
                    signed=self.state.entries,
                ),
            )

    def grown(self, raw: bytes, edge: Edge) -> None:
        """Take a tree over, every entry of which was seen to lie in it.

        What is wrong with its entries is told only now: before, anybody could have written them.
        """
        self.faults += self._broken
        self._broken = []
        self.state = msgspec.structs.replace(
            self.state,
            note=raw,
            edge=msgspec.msgpack.encode(edge),
            at=self._now,
            entries=edge.size,
            recent=self._recent(edge.size),
            counts=self._counts,
            cases=tuple(self._cases)[-CASES_KEPT:],
            over=tuple(self._over)[-CASES_KEPT:],
        )

    def not_grown(
        self, raw: bytes, error: AmparoError, *, kind: str, beginning: Beginning | None
    ) -> None:
        """What the log serves does not give its tree: proof of two histories, or a fault alone.

        `kind`: damaged or missing. `beginning`: how the tree shown begins, where its tiles say so.
        """
        self._broken, self.decisions = [], []  # nobody has signed those entries
        if beginning and self.state.note and self._histories(self.state.note, raw, beginning):
            return
        # The log grows from look to look, and its fault is to be one and the same.
        self.find_error(kind, GROWTH, error, raw)

    def _recent(self, size: int) -> tuple[tuple[int, int], ...]:
        """With a new size, and without those that a newer one has made old."""
        every = [*self.state.recent, (size, self._now)]
        young = next(
            (n for n, (_, at) in enumerate(every) if self._now - at <= SLACK_SECONDS), len(every)
        )
        return tuple(every[max(0, young - 1) :][-MOST_RECENT:])

    def _same_size(self, known: Checkpoint, shown: Checkpoint, raw: bytes) -> None:
        if known.root == shown.root:
            newer = self._cosigned_at(raw) >= self.state.cosigned_at
            newest = raw if newer else self.state.note
            self.state = msgspec.structs.replace(self.state, note=newest, at=self._now)
            return
        self._split(self.state.note, raw, None)

    def _histories(self, first: bytes, second: bytes, beginning: Beginning) -> bool:
        """Whether a larger tree does not begin with a smaller one; the proof becomes a fault."""
        tree, other = self._open(first), self._open(second)
        try:
            merkle.check_consistency(
                tree.size, other.size, beginning.root, other.root, beginning.proof
            )
        except AmparoError:
            return False  # its own tiles do not give its own root: nothing is proven by them
        if beginning.root == tree.root:
            return False
        self._split(first, second, beginning)
        return True

    def _split(self, first: bytes, second: bytes, beginning: Beginning | None) -> None:
        tree, other = self._open(first), self._open(second)
        self.find(
            "split",
            f"{tree.size}.{tree.root.hex()}.{other.root.hex()}",
            Text("The log has shown two histories."),
            Text(
                "it has signed trees of {number} and {other} entries that cannot both be true",
                number=tree.size,
                other=other.size,
            ),
            split.evidence(
                self._watched.key.vkey,
                _bare(first, self._watched.key),
                _bare(second, self._watched.key),
                beginning,
            ),
        )

    # --- its entries ----------------------------------------------------------------------

    def entries(self, start: int, leaves: Sequence[bytes]) -> None:
        """Judge new entries, from an index on; after `checkpoint`, which says when they came.

        Times are compared with the cosignatures around them.
        """
        for index, leaf in enumerate(() if self._foreign else leaves, start):
            found = foreign_leaf.judge(leaf)
            for why in found.broken:
                self._rule(index, why)
            if found.event is None:
                continue
            self._times(index, found.event)
            if isinstance(found.event, DecisionIssued):
                self._once(index, found.event.case)
                self.decisions.append((found.event.case, leaf))
            elif isinstance(found.event, Totals):
                self._totals(index, found.event)
            elif isinstance(found.event, Hearing):
                self._hearing(index, found.event)

    def _times(self, index: int, found: Event) -> None:
        at = int(event.moment(found.at).timestamp())
        if at > self._latest + SLACK_SECONDS:
            self._rule(index, Text("it says {at}, and was in the log before that", at=found.at))
        if at < self._earliest - MERGE_DELAY_SECONDS:
            self._rule(index, Text("it says {at}, and was not in the log a day later", at=found.at))

    def _once(self, index: int, case: str) -> None:
        """A case begins once; two that bear one number are of one second, so they lie near."""
        if case in self._cases:
            self._rule(index, Text("its case, {case}, has begun before", case=case))
        self._cases[case] = None
        if len(self._cases) > MOST_CASES:
            del self._cases[next(iter(self._cases))]

    def _totals(self, index: int, found: Totals) -> None:
        for kind, n in found.counts.items():
            if n < self._counts.get(kind, 0):
                self._rule(
                    index,
                    Text(
                        "{kind} were {before}, and are {number}",
                        kind=kind,
                        before=self._counts[kind],
                        number=n,
                    ),
                )
            self._counts[kind] = max(n, self._counts.get(kind, 0))

    def _hearing(self, index: int, found: Hearing) -> None:
        """Once a period is over, its figures stand."""
        which = f"{found.by} {found.period}"
        if which in self._over:
            self._rule(
                index, Text("the figures of {period} come again after the last", period=which)
            )
        if found.over:
            self._over[which] = None

    def _rule(self, index: int, why: str | Text) -> None:
        if len(self._broken) < MOST_TOLD:
            what = Text("Entry {index} breaks a rule.", index=index)
            self._broken.append(fault("rule", f"{index}.{str(why)[:60]}", what, why))
        elif len(self._broken) == MOST_TOLD:
            more = Text(
                "from entry {index} on; `amparo log audit` and the entries themselves show all",
                index=index,
            )
            what = Text("Many entries break rules.")
            self._broken.append(fault("rule", f"{index}.more", what, more))

    def decisions_in(self, leaves: Sequence[bytes]) -> list[tuple[str, bytes]]:
        """Case and leaf of the decisions among entries that were judged before."""
        if self._foreign:
            return []
        found = ((foreign_leaf.judge(leaf).event, leaf) for leaf in leaves)
        return [(known.case, leaf) for known, leaf in found if isinstance(known, DecisionIssued)]

    def spoilt(self, number: int, kind: str, path: str, error: AmparoError) -> None:
        """A bundle that was verified before, or a tile above it, is no longer what it was."""
        numbers = dict.fromkeys([*self.state.spoilt, number])
        self.state = msgspec.structs.replace(self.state, spoilt=tuple(numbers))
        if not any((fault.kind, fault.key) == (kind, path) for fault in self.faults):
            self.find_error(kind, path, error)

    def whole(self, number: int) -> None:
        """A bundle and all tiles above it are what they were."""
        numbers = tuple(n for n in self.state.spoilt if n != number)
        self.state = msgspec.structs.replace(self.state, spoilt=numbers)

    def opened(self, case: str, *, is_erased: bool) -> None:
        """Count a decision whose reasons, or their absence, are what the log committed to."""
        self.state = msgspec.structs.replace(
            self.state,
            openings=self.state.openings + 1,
            erased=self.state.erased + is_erased,
            doubted=tuple(doubt for doubt in self.state.doubted if doubt[0] != case),
        )

    def not_opened(self, case: str, leaf: bytes, raw: bytes | None, error: AmparoError) -> None:
        """A decision's reasons, as the node shows them, are not what its log committed to.

        `raw`: the receipt that came, None where none did.
        """
        self.find_error("opening", case, error, raw or b"")
        doubted = dict(self.state.doubted) | {case: leaf}
        self.state = msgspec.structs.replace(self.state, doubted=tuple(doubted.items()))

    # --- what others have seen ------------------------------------------------------------

    def shown_by(self, witnesses: Sequence[Witness], raw: bytes) -> Checkpoint | None:
        """The tree that a witness shows; None where the log or the witness has not signed it.

        `witnesses`: the keys that it signs with. One that lies proves nothing about the log.
        """
        try:
            shown = self._open(raw)
            signed = note.parse(raw)
        except AmparoError:
            return None
        return shown if any(_is_signed(signed, cosigner) for cosigner in witnesses) else None

    def witness(self, name: str, raw: bytes, beginning: Beginning | None) -> None:
        """Compare what a witness has seen with what was verified.

        `beginning`: how the verified tree begins, where the witness has seen a smaller one.
        """
        seen, ours = self._open(raw), self._open(self.state.note)
        seen_by = {**self.state.seen_by, name: seen.size}
        self.state = msgspec.structs.replace(self.state, seen_by=seen_by)
        if seen.size == ours.size and seen.root != ours.root:
            self._split(self.state.note, raw, None)
        elif beginning is not None and seen.size < ours.size:
            self._histories(raw, self.state.note, beginning)
        elif seen.size > ours.size and self._now - self._cosigned_at(raw) > SLACK_SECONDS:
            self.find(
                "withheld",
                name,
                Text("The log does not show what a witness has seen."),
                Text(
                    "{name} has cosigned {number} entries; {shown} are shown",
                    name=name,
                    number=seen.size,
                    shown=ours.size,
                ),
                raw,
            )

    def cosignatures(self) -> None:
        """Judge who has cosigned the newest tree, and how long ago."""
        if not self.state.note:
            return
        trusted = self._watched.trusted
        names = policy.cosigned_by(trusted, note.parse(self.state.note))
        newest = max(names.values(), default=0)
        self.state = msgspec.structs.replace(
            self.state, cosigned_at=max(newest, self.state.cosigned_at), witnesses=tuple(names)
        )
        if trusted.quorum is None:
            return
        if not trusted.reached_by(set(names)):
            self.find(
                "unwitnessed",
                "",
                Text("The checkpoint does not bear the quorum's cosignatures."),
                Text("it is cosigned by {names}", names=tuple(names))
                if names
                else Text("nobody has cosigned it"),
            )
        elif self._now - newest > STALE_SECONDS:
            self.find(
                "stale",
                "",
                Text("The newest cosignature is more than a day old."),
                Text("it is from {at}", at=event.timestamp(datetime.fromtimestamp(newest, UTC))),
            )

    def _cosigned_at(self, raw: bytes, *, newest: bool = True) -> int:
        """When a checkpoint was cosigned: by the last witness, or by the first; 0 if by none."""
        times = policy.cosigned_by(self._watched.trusted, note.parse(raw)).values()
        return (max if newest else min)(times, default=0)

    def _open(self, raw: bytes) -> Checkpoint:
        key = self._watched.key
        return checkpoints.open_checkpoint(raw, origin=key.name, keys=[key])


def _from(came: str, error: AmparoError) -> Text:
    """Why something cannot be read, with where it came from."""
    return Text("{came}: {why}", came=came, why=as_text(error.texts[1]))


def _bare(raw: bytes, key: note.Ed25519Verifier) -> bytes:
    """A checkpoint with the log's own signature alone: all that its guilt needs."""
    signed = note.parse(raw)
    lines = tuple(line for _, line in note.verify(signed, [key]))
    return note.Note(signed.text, lines[:1]).encode()


def _is_signed(signed: note.Note, witness: Witness) -> bool:
    try:
        return bool(note.verify(signed, [witness.key]))
    except AmparoError:
        return False
