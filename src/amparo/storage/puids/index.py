"""Which PUIDs are taken: exact, for ever, and at a cost a statement that stays flat.

A digest is random, so a plain index writes one page somewhere in a growing tree for every single
statement; that came to cost more than all else together. Here a digest is first kept in order of
arrival (`puid`, cheap to write) and in memory, and filed under its first bytes later: when as many
are held as may be, a slice of the key space is filed, where many new digests lie close together.

To look every new digest up in what is filed would read a page somewhere in it for each: the larger
the log, the fewer are in memory. So a writer puts what is filed into a Bloom filter, some at
each commit, and then looks up only digests that it lets through.

Nothing depends on the memory: it is what `puid` holds beyond the point up to which each slice was
filed (`puid_slice`), so a restart and a second writer read it from there. Writers share the work:
whoever has no room files the slice that has waited longest, and the others let it go.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Sequence
from typing import TypeVar

from amparo.storage.database import Database
from amparo.storage.puids.bloom import BloomFilter
from amparo.storage.puids.sorted import PREFIX_BYTES, Held, bytes_of, prefixes_of

SLICES = 64
RECENT = 50_000  # as they came, some 10 MB
HELD = 1_000_000  # sorted, 16 MB; the more are held, the more share a page when they are filed
_READ_AT_ONCE = 50_000
_ASKED_AT_ONCE = 500
_LEARNED_AT_ONCE = 20_000
_ALL = b"\xff" * 33  # after every digest
_MOST_IN_FILTER = 100_000_000  # beyond that a filter saves too little for what learning it costs

_T = TypeVar("_T", int, bytes)


class PuidIndex:
    """The taken PUIDs as one connection knows them; use it inside a transaction to write.

    After a rollback it may know what never happened: begin with a new one then.
    """

    def __init__(self, db: Database) -> None:
        """Nothing is read before it is asked for."""
        self._db = db
        self._read_to: int | None = None
        self._empty()

    def _empty(self) -> None:
        self._recent: dict[bytes, int] = {}
        self._held = Held(SLICES)
        self._filed_to = [0] * SLICES
        self._filter: BloomFilter | None = None
        self._learned = b""  # up to here the filter has seen all that is taken

    def __len__(self) -> int:
        """How many are in memory."""
        return len(self._recent) + len(self._held)

    def taken(self, digests: Sequence[bytes], size: int | None = None) -> dict[bytes, int]:
        """Those of the digests that are taken -> the sequence number that took them.

        `size`: how many events there are, where that is known: nothing is read if it has been.
        """
        if size is None or self._read_to is None or self._read_to < size:
            self._read_new()
            self._read_to = max(self._read_to or 0, size or 0)
        found = {digest: seq for digest in digests if (seq := self._recent.get(digest)) is not None}
        if maybe := self._not_surely_new(digests):
            found |= self._looked_up(maybe)
        return found

    def add(self, digests: Sequence[tuple[int, bytes]]) -> None:
        """Remember digests just written to `puid`, after `taken` in the same transaction."""
        self._recent.update((digest, seq) for seq, digest in digests)
        if digests:
            self._read_to = digests[-1][0] + 1

    def make_room(self) -> None:
        """File as much as goes beyond what may be held, after `taken` in the same transaction."""
        self._learn_some()
        if len(self._recent) > RECENT:
            self._sort_in()
        if len(self._held) > HELD:
            self._let_go()
        while len(self._held) > HELD:
            self.file_a_slice()

    def file_a_slice(self) -> None:
        """File what is new in the slice that has waited longest."""
        self._read_new()
        self._let_go()
        number = self._filed_to.index(min(self._filed_to))
        prefixes, seqs = self._held.of_slice(number)
        rows = list(zip(bytes_of(prefixes), seqs, strict=True))
        self._db.insert_many("puid_filed", rows, otherwise="ON CONFLICT DO NOTHING")
        self._db.execute(
            "UPDATE puid_slice SET upto = ?1 WHERE slice = ?2 AND upto < ?1",
            (self._read_to, number),
        )
        self._let_go()

    def _begin(self) -> int:
        """Know nothing, and go on from the first that is not filed."""
        self._empty()
        self._filed_to = self._slices()
        return min(self._filed_to)

    def _read_new(self) -> None:
        """Read what others wrote since; at first, all that is not filed yet."""
        if self._read_to is None:
            self._read_to = self._begin()
        query = "SELECT seq, digest FROM puid WHERE seq >= ? ORDER BY seq LIMIT ?"
        whole = True
        while whole:
            some = self._db.execute(query, (self._read_to, _READ_AT_ONCE)).fetchall()
            whole = len(some) == _READ_AT_ONCE
            if whole and self._read_to < min(self._slices()):
                # Others have filed what this one has not even read: it was idle for long, and
                # learns the rest from there, like one that starts, while nobody waits for it.
                self._read_to = self._begin()
                continue
            for seq, digest in some:
                if seq >= self._filed_to[digest[0] % SLICES]:
                    self._recent[digest] = seq
                self._read_to = seq + 1
            if len(self._recent) > RECENT:
                self._sort_in()
        if len(self._held) > 2 * HELD:  # a reader: it never files, and others have
            self._let_go()

    def _sort_in(self) -> None:
        """Keep what came in order; the filter learns it."""
        prefixes = prefixes_of(list(self._recent))
        self._held.add(prefixes, list(self._recent.values()))
        if self._filter is not None:
            self._filter.add(prefixes)
        self._recent = {}

    def _slices(self) -> list[int]:
        query = "SELECT upto FROM puid_slice ORDER BY slice"
        return [upto for (upto,) in self._db.execute(query).fetchall()]

    def _let_go(self) -> None:
        """Forget what has been filed, by whomever; the filter knows it."""
        self._sort_in()
        if self._filed_to != (filed_to := self._slices()):
            self._filed_to = filed_to
            self._held.drop(filed_to)

    def _learn_some(self) -> None:
        """Learn some more of what is filed, in its order; when all that is new has been read.

        What comes later, from whomever, is read as new before it is looked for, and added when it
        is sorted in.
        """
        if self._learned == _ALL or (self._read_to or 0) > _MOST_IN_FILTER:
            return
        if self._filter is None:
            self._filter = BloomFilter()
            self._filter.add(self._held.prefixes)
        query = "SELECT prefix FROM puid_filed WHERE prefix > ? ORDER BY prefix LIMIT ?"
        found = self._db.execute(query, (self._learned, _LEARNED_AT_ONCE)).fetchall()
        self._filter.add(prefixes_of([prefix for (prefix,) in found]))
        self._learned = found[-1][0] if len(found) == _LEARNED_AT_ONCE else _ALL

    def _not_surely_new(self, digests: Sequence[bytes]) -> Sequence[bytes]:
        """All but those that the filter holds back."""
        if self._filter is None:
            return digests
        maybe = self._filter.lets_through(prefixes_of(digests)).tolist()
        learned = self._learned
        return [
            digest for digest, is_ in zip(digests, maybe, strict=True) if is_ or digest > learned
        ]

    def _looked_up(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """Those that are held in order, or filed; what has the same first bytes is compared."""
        near: dict[bytes, int] = {}
        for seqs in _some_at_once(self._held.seqs_of(prefixes_of(digests))):
            query = f"SELECT digest, seq FROM puid WHERE seq IN ({', '.join('?' * len(seqs))})"
            near |= dict(self._db.execute(query, seqs).fetchall())
        for asked in _some_at_once(digests):
            query = (
                "SELECT puid.digest, puid.seq FROM puid_filed JOIN puid USING (seq) "
                f"WHERE prefix IN ({', '.join('?' * len(asked))})"
            )
            prefixes = [digest[:PREFIX_BYTES] for digest in asked]
            near |= dict(self._db.execute(query, prefixes).fetchall())
        return {digest: near[digest] for digest in digests if digest in near}


def _some_at_once(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for first in range(0, len(values), _ASKED_AT_ONCE):
        yield values[first : first + _ASKED_AT_ONCE]
