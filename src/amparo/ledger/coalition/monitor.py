"""Following a log that somebody else runs: everything a checkpoint implies, and what others saw.

One look at a log fetches its checkpoint, every entry and tile that is new since the last look,
checks the rules of each entry and some of the openings, and compares with what each witness has
seen. What is wrong is a `Fault`; where it can be proven, with a file that convinces a stranger.

Nothing is believed but keys: those of the log and its witnesses, from a charter or a policy.

Source: C2SP tlog-tiles, tlog-witness (monitoring); `docs/coalition.md`.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from amparo.coalition import charter as charters
from amparo.coalition.charter import Charter
from amparo.errors import AmparoError, Missing, Unavailable, Unsound
from amparo.ledger.log import audit, receipts
from amparo.ledger.outbound.exchange import Exchange
from amparo.record import event, foreign_leaf
from amparo.record.event import DecisionIssued, Event, Totals
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import merkle, note, policy, split, tile, witness
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.edge import Edge
from amparo.tlog.policy import Policy, Witness

MERGE_DELAY_SECONDS = 86_400
"""For how long a log may hold an entry back: it is cosigned at least daily."""
STALE_SECONDS = 86_400
SLACK_SECONDS = 300
"""By which clocks of different machines may differ."""
OPENINGS = 20
"""Decisions whose reasons are compared with their commitment, in one look; chosen by chance."""
MOST_CASES = 100_000
CASES_KEPT = 2_000
"""Of how many decisions before it a decision's case is compared with: in one look, and over two."""
MOST_TOLD = 20
"""Faults of one kind that one look tells one by one; a log with more is told of in one word."""
WITNESS_SECONDS = 10.0
LOOK_SECONDS = 120.0
"""For all that one look asks of a log and its node; what comes at `audit.LEAST_RATE` gives more."""


class Watched(NamedTuple):
    """A log that is followed."""

    key: note.Ed25519Verifier
    url: str
    trusted: Policy
    """Whose cosignatures are enough, and where the witnesses are."""


class Fault(NamedTuple):
    """Something that is wrong with a log."""

    kind: str
    """split, rewritten, set_back, missing, rule, opening; or one of `ONGOING`."""
    key: str
    """What it is about; the same fault has the same key at every look."""
    what: str
    why: str
    proof: bytes = b""
    """A file that convinces a stranger (`amparo witness judge`), where there can be one."""


class State(msgspec.Struct, frozen=True):
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


ONGOING = frozenset({"unreachable", "unwitnessed", "stale", "withheld"})
"""Kinds that are over when a later look no longer finds them; all others stand for ever."""


def of_policy(text: str) -> list[Watched]:
    """The logs of a policy file that have an address."""
    read = policy.parse(text)
    return [Watched(key, url, read) for key, url in zip(read.logs, read.urls, strict=True) if url]


def of_charter(charter: Charter) -> list[Watched]:
    """The logs of all members, each with the witnesses' quorum the charter asks of it."""
    logs = [one.log for one in charter.member if one.log is not None]
    return [one for log in logs for one in of_policy(charters.policy_text(charter, log))]


class Look:
    """One look at a log: `state` is what was verified, `faults` what was found."""

    def __init__(
        self,
        watched: Watched,
        state: State,
        *,
        now: int,
        advance: Callable[[int, int | None], None] = lambda *_: None,
        openings: int = OPENINGS,
        foreign: bool = False,
        silent: set[str] | None = None,
    ) -> None:
        """Look at once; an error of the log is a fault, and never raised.

        `foreign`: a log of something else, whose entries have rules that we do not know.
        `silent`: witnesses that did not answer in this round, which are not waited for again.
        """
        self.state, self.faults = state, list[Fault]()
        self._watched, self._now, self._advance = watched, now, advance
        self._openings, self._foreign = openings, foreign
        self._silent = silent if silent is not None else set()
        self._decisions: list[tuple[str, bytes]] = []
        self._counts = dict(state.counts)
        self._cases = dict.fromkeys(state.cases)  # in order of coming
        self._broken = 0
        self._whole = Exchange(LOOK_SECONDS, sys.maxsize, least_rate=audit.LEAST_RATE)
        try:
            with audit.fetcher(watched.url, whole=self._whole) as fetch:
                self._follow(fetch)
        except (Unavailable, Missing) as error:
            self._fault("unreachable", "", error.what, error.why)
        except AmparoError as error:
            self._fault("rewritten", "checkpoint", error.what, error.why)

    # --- the log itself -------------------------------------------------------------------

    def _follow(self, fetch: audit.Fetch) -> None:
        raw = audit.newest(fetch, self._watched.url)
        shown = self._open(raw)
        known = self._open(self.state.note) if self.state.note else None
        if known is not None and known.size > shown.size:
            self._set_back(known, shown)
        elif known is not None and known.size == shown.size:
            self._same_size(known, shown, raw)
        else:
            self._grow(fetch, shown, raw)
        self._ask_witnesses(fetch)
        self._check_cosignatures()

    def _set_back(self, known: Checkpoint, shown: Checkpoint) -> None:
        self._fault(
            "set_back",
            str(known.size),
            "The log has gone back.",
            f"it has signed {known.size} entries, and now shows {shown.size}",
            self.state.note,
        )

    def _same_size(self, known: Checkpoint, shown: Checkpoint, raw: bytes) -> None:
        if known.root == shown.root:
            newer = self._cosigned_at(raw) >= self.state.cosigned_at
            kept = raw if newer else self.state.note
            self.state = msgspec.structs.replace(self.state, note=kept, at=self._now)
            return
        self._split(self.state.note, raw, None)

    def _grow(self, fetch: audit.Fetch, shown: Checkpoint, raw: bytes) -> None:
        edge = msgspec.msgpack.decode(self.state.edge, type=Edge) if self.state.edge else Edge()
        try:
            grown, _ = audit.extend(edge, shown, fetch, advance=self._advance, see=self._see(raw))
        except Unsound as error:
            self._unsound(fetch, shown, raw, error)
            return
        self.state = msgspec.structs.replace(
            self.state,
            note=raw,
            edge=msgspec.msgpack.encode(grown),
            at=self._now,
            entries=shown.size,
            counts=self._counts,
            cases=tuple(self._cases)[-CASES_KEPT:],
        )
        self._check_openings()

    def _unsound(self, fetch: audit.Fetch, shown: Checkpoint, raw: bytes, error: Unsound) -> None:
        """What was fetched does not fit; if the signed trees contradict each other, prove it."""
        if self.state.note and self._compare(fetch, self.state.note, shown, raw):
            return
        kind = "missing" if isinstance(error, audit.Incomplete) else "rewritten"
        self._fault(kind, f"{shown.size}.{shown.root.hex()}", error.what, error.why, raw)

    def _compare(self, fetch: audit.Fetch, first: bytes, second: Checkpoint, raw: bytes) -> bool:
        """Whether a larger tree does not begin with a smaller one; the proof becomes a fault."""
        one = self._open(first)
        read = functools.partial(audit.tile_of, fetch)
        nodes = tile.node_reader(read, second.size)
        try:
            beginning = merkle.range_hash(0, one.size, nodes)
            proof = merkle.consistency_proof(one.size, second.size, nodes)
            merkle.check_consistency(one.size, second.size, beginning, second.root, proof)
        except AmparoError:
            return False  # its own tiles do not give its own root: nothing is proven by them
        if beginning == one.root:
            return False
        self._split(first, raw, (beginning, proof))
        return True

    def _split(
        self, first: bytes, second: bytes, beginning: tuple[bytes, Sequence[bytes]] | None
    ) -> None:
        one, other = self._open(first), self._open(second)
        sizes = str(one.size) if one.size == other.size else f"{one.size} and {other.size}"
        self._fault(
            "split",
            f"{one.size}.{one.root.hex()}.{other.root.hex()}",
            "The log has shown two histories.",
            f"it has signed two trees, of {sizes} entries, that cannot both be true",
            split.evidence(
                self._watched.key.vkey,
                _bare(first, self._watched.key),
                _bare(second, self._watched.key),
                beginning,
            ),
        )

    # --- its entries ----------------------------------------------------------------------

    def _see(self, raw: bytes) -> audit.See:
        """What looks at each entry; times are compared with the cosignatures around it."""
        earliest, latest = self._latest_start(), self._cosigned_at(raw, newest=False) or self._now

        def see(start: int, entries: list[bytes]) -> None:
            for index, leaf in enumerate(() if self._foreign else entries, start):
                found = foreign_leaf.judge(leaf)
                for why in found.broken:
                    self._rule(index, why)
                if found.event is None:
                    continue
                self._times(index, found.event, earliest, latest)
                if isinstance(found.event, DecisionIssued):
                    self._once(index, found.event.case)
                    self._decisions.append((found.event.case, leaf))
                elif isinstance(found.event, Totals):
                    self._totals(index, found.event)
            if len(self._decisions) > 50 * max(1, self._openings):  # memory stays bounded
                self._decisions = _some(self._decisions, self._openings)

        return see

    def _latest_start(self) -> int:
        """The latest moment at which the log was still seen without the new entries."""
        return max(self.state.at, self.state.cosigned_at) if self.state.note else 0

    def _times(self, index: int, found: Event, earliest: int, latest: int) -> None:
        at = int(event.moment(found.at).timestamp())
        if at > latest + SLACK_SECONDS:
            self._rule(index, f"it says {found.at}, and was in the log before that")
        if at < earliest - MERGE_DELAY_SECONDS:
            self._rule(index, f"it says {found.at}, and was not in the log a day later")

    def _once(self, index: int, case: str) -> None:
        """A case begins once; two that bear one number are of one second, so they lie near."""
        if case in self._cases:
            self._rule(index, f"its case, {case}, has begun before")
        self._cases[case] = None
        if len(self._cases) > MOST_CASES:
            del self._cases[next(iter(self._cases))]

    def _totals(self, index: int, found: Totals) -> None:
        for kind, n in found.counts.items():
            if n < self._counts.get(kind, 0):
                self._rule(index, f"{kind} were {self._counts[kind]}, and are {n}")
            self._counts[kind] = max(n, self._counts.get(kind, 0))

    def _rule(self, index: int, why: str) -> None:
        self._broken += 1
        if self._broken <= MOST_TOLD:
            self._fault("rule", f"{index}.{why[:60]}", f"Entry {index} breaks a rule.", why)
        elif self._broken == MOST_TOLD + 1:
            self._fault(
                "rule",
                f"{index}.more",
                "Many entries break rules.",
                f"from entry {index} on; `amparo log audit` and the entries themselves show all",
            )

    def _check_openings(self) -> None:
        """Some decisions' reasons, as the node shows them, against what its log committed to."""
        base = self._watched.url.removesuffix("/log")
        if not self._watched.url.startswith("http") or base == self._watched.url:
            return  # a folder, or no node of ours
        trusted = policy.of_log(self._watched.key.vkey)
        checked = erased = 0
        with audit.fetcher(base, WITNESS_SECONDS, whole=self._whole) as fetch:
            for case, leaf in _some(self._decisions, self._openings):
                raw = b""
                try:
                    raw = fetch(f"statement/{quote(case, safe='')}/receipt") or b""
                    verified = receipts.verify(raw, trusted, entry=leaf)
                except Unavailable as error:
                    self._fault("unreachable", "receipts", error.what, error.why)
                    break
                except AmparoError as error:
                    why = error.why if raw else f"it shows none for {case}"
                    self._fault("opening", case, error.what, why, raw)
                    continue
                checked, erased = checked + 1, erased + (verified.sealed is None)
        self.state = msgspec.structs.replace(
            self.state, openings=self.state.openings + checked, erased=self.state.erased + erased
        )

    # --- what others have seen ------------------------------------------------------------

    def _ask_witnesses(self, fetch: audit.Fetch) -> None:
        if not self.state.note:
            return
        seen = dict(self.state.seen_by)
        addresses = _by_address(self._watched.trusted.witnesses)
        asked = [url for url in addresses if url not in self._silent]
        with ThreadPoolExecutor(audit.AT_ONCE) as pool:
            answers = list(pool.map(self._asked, asked))
        for url, theirs in zip(asked, answers, strict=True):
            some = addresses[url]
            if theirs is not None and any(_signed_by(theirs, one) for one in some):
                seen[some[0].key.name] = self._open(theirs).size
                self._beside(fetch, theirs, some[0].key.name)
        self.state = msgspec.structs.replace(self.state, seen_by=seen)

    def _asked(self, url: str) -> bytes | None:
        """The checkpoint that a witness holds, signed by the log; None when it holds none."""
        try:
            whole = Exchange(WITNESS_SECONDS, sys.maxsize)
            with audit.fetcher(url, WITNESS_SECONDS, whole=whole) as fetch:
                raw = fetch(witness.monitoring_path(self._watched.key.name))
            if raw is not None:
                self._open(raw)
        except Unavailable:
            self._silent.add(url)
            return None
        except AmparoError:
            return None  # a witness that lies about a signature proves nothing about the log
        return raw

    def _beside(self, fetch: audit.Fetch, theirs: bytes, name: str) -> None:
        """Compare what a witness has seen with what we have verified."""
        seen, ours = self._open(theirs), self._open(self.state.note)
        if seen.size == ours.size and seen.root != ours.root:
            self._split(self.state.note, theirs, None)
        elif 0 < seen.size < ours.size:
            self._compare(fetch, theirs, ours, self.state.note)
        elif seen.size > ours.size and self._now - self._cosigned_at(theirs) > SLACK_SECONDS:
            self._fault(
                "withheld",
                name,
                "The log does not show what a witness has seen.",
                f"{name} has cosigned {seen.size} entries; {ours.size} are shown",
                theirs,
            )

    def _check_cosignatures(self) -> None:
        if not self.state.note:
            return
        trusted = self._watched.trusted
        signed = note.parse(self.state.note)
        names = policy.cosigned_by(trusted, signed)
        newest = self._cosigned_at(self.state.note)
        self.state = msgspec.structs.replace(
            self.state, cosigned_at=max(newest, self.state.cosigned_at), witnesses=tuple(names)
        )
        if trusted.quorum is None:
            return
        if not trusted.reached_by(set(names)):
            self._fault(
                "unwitnessed",
                "",
                "The checkpoint does not bear the quorum's cosignatures.",
                f"it is cosigned by {', '.join(names) or 'nobody'}",
            )
        elif self._now - newest > STALE_SECONDS:
            self._fault(
                "stale",
                "",
                "The newest cosignature is more than a day old.",
                f"it is from {event.timestamp(datetime.fromtimestamp(newest, UTC))}",
            )

    def _cosigned_at(self, raw: bytes, *, newest: bool = True) -> int:
        """When a checkpoint was cosigned: by the last witness, or by the first; 0 if by none."""
        times = policy.cosigned_by(self._watched.trusted, note.parse(raw)).values()
        return (max if newest else min)(times, default=0)

    def _open(self, raw: bytes) -> Checkpoint:
        return checkpoints.open_checkpoint(
            raw, origin=self._watched.key.name, keys=[self._watched.key]
        )

    def _fault(self, kind: str, key: str, what: str, why: str, proof: bytes = b"") -> None:
        self.faults.append(Fault(kind, key, what, why, proof))


def _bare(raw: bytes, key: note.Ed25519Verifier) -> bytes:
    """A checkpoint with the log's own signature alone: all that its guilt needs."""
    signed = note.parse(raw)
    lines = tuple(line for _, line in note.verify(signed, [key]))
    return note.Note(signed.text, lines[:1]).encode()


def _signed_by(raw: bytes, one: Witness) -> bool:
    try:
        return bool(note.verify(note.parse(raw), [one.key]))
    except AmparoError:
        return False


def _by_address(witnesses: Iterable[Witness]) -> Mapping[str, list[Witness]]:
    """Address -> the keys it signs with; asked once."""
    found: dict[str, list[Witness]] = {}
    for one in witnesses:
        if one.url:
            found.setdefault(one.url.rstrip("/"), []).append(one)
    return found


def _some(values: list[tuple[str, bytes]], number: int) -> list[tuple[str, bytes]]:
    """Some of them; whoever is looked at cannot know which."""
    return secrets.SystemRandom().sample(values, min(number, len(values)))
