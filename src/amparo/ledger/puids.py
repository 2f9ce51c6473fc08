"""Which PUIDs are taken: exact, for ever, and at a cost a statement that stays flat.

A digest is random, so a plain index writes one page somewhere in a growing tree for every single
statement; that came to cost more than all else together. Here a digest is first kept in order of
arrival (`puid`, cheap to write) and in memory, and filed under its first bytes later: when as many
are held as may be, a slice of the key space is filed, where many new digests lie close together.

To look every new digest up in what is filed would read a page somewhere in it for each: the larger
the log, the fewer of them are in memory. So a writer learns what is filed into a sieve, some at
each commit, and then looks up only what that lets through.

Nothing depends on the memory: it is what `puid` holds beyond the point up to which each slice was
filed (`puid_slice`), so a restart and a second writer read it from there. Writers share the work:
whoever has no room files the slice that has waited longest, and the others let it go.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence

from amparo.ledger.database import Database
from amparo.ledger.sieve import Sieve

SLICES = 64
HELD = 200_000  # some 40 MB; the more are held, the more of them share a page when they are filed
_PREFIX_BYTES = 8  # what is filed; a hit is always compared with the whole digest
_ASKED_AT_ONCE = 500
_LEARNT_AT_ONCE = 20_000
_ALL = b"\xff" * 33  # after every digest
_MOST_UNFILED = 400_000  # a reader that never files begins anew here
_MOST_SIEVED = 100_000_000  # beyond that a sieve saves too little for what learning it costs


class Puids:
    """The taken PUIDs as one connection knows them; use it inside a transaction to write."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._sieve: Sieve | None = None
        self.forget()

    def forget(self) -> None:
        """Drop what is in memory; after a rollback it may say what never happened."""
        self._unfiled: tuple[dict[bytes, int], ...] = tuple({} for _ in range(SLICES))
        self._read_to: int | None = None
        self._filed_to = [0] * SLICES
        self._learnt = b""  # up to here the sieve has seen all that is taken

    def taken(self, digests: Iterable[bytes]) -> dict[bytes, int]:
        """Those of the digests that are taken -> the sequence number that took them."""
        self._read_new()
        found: dict[bytes, int] = {}
        rest: list[bytes] = []
        for digest in digests:
            seq = self._unfiled[digest[0] % SLICES].get(digest)
            if seq is not None:
                found[digest] = seq
            elif self._may_be_filed(digest):
                rest.append(digest)
        return found | self._filed(rest)

    def add(self, digests: Sequence[tuple[int, bytes]]) -> None:
        """Remember digests just written to `puid`, after `taken` in the same transaction."""
        for seq, digest in digests:
            self._unfiled[digest[0] % SLICES][digest] = seq
        if digests:
            self._read_to = digests[-1][0] + 1

    def make_room(self) -> None:
        """File as much as goes beyond what may be held; after `taken` in the same transaction."""
        self._learn_some()
        if self._number_held() > HELD:
            self._let_go()
        while self._number_held() > HELD:
            self.file_a_slice()

    def file_a_slice(self) -> None:
        """File what is new in the slice that has waited longest."""
        self._let_go()
        number = self._filed_to.index(min(self._filed_to))
        fresh = self._unfiled[number]
        rows = [(digest[:_PREFIX_BYTES], fresh[digest]) for digest in sorted(fresh)]
        self._db.insert_many("puid_filed", rows, otherwise="ON CONFLICT DO NOTHING")
        self._db.execute(
            "UPDATE puid_slice SET upto = ?1 WHERE slice = ?2 AND upto < ?1",
            (self._read_to, number),
        )
        self._let_go()

    def _number_held(self) -> int:
        return sum(map(len, self._unfiled))

    def _let_go(self) -> None:
        """Forget what has been filed, by whomever; the sieve takes it."""
        for number, upto in self._db.execute("SELECT slice, upto FROM puid_slice"):
            if upto == self._filed_to[number]:
                continue
            self._filed_to[number] = int(upto)
            held = self._unfiled[number]
            filed = [digest for digest, seq in held.items() if seq < upto]
            if self._sieve is not None:
                self._sieve.add(filed)
            for digest in filed:
                del held[digest]

    def _may_be_filed(self, digest: bytes) -> bool:
        if self._sieve is None or digest > self._learnt:
            return True
        return self._sieve.lets_through(digest)

    def _learn_some(self) -> None:
        """Learn some more of what is filed, in its order; after `taken` in the same transaction.

        What comes later, from whomever, is read as new before it is looked for, and added when it
        leaves the memory. A connection that forgets has missed some of that, and learns anew.
        """
        if self._learnt == _ALL or (self._read_to or 0) > _MOST_SIEVED:
            return
        if self._sieve is None:
            self._sieve = Sieve()
        query = "SELECT prefix FROM puid_filed WHERE prefix > ? ORDER BY prefix LIMIT ?"
        some = [prefix for (prefix,) in self._db.execute(query, (self._learnt, _LEARNT_AT_ONCE))]
        self._sieve.add(some)
        self._learnt = some[-1] if len(some) == _LEARNT_AT_ONCE else _ALL

    def _read_new(self) -> None:
        """Read what others wrote since; at first, all that is not filed yet."""
        if self._read_to is None or self._number_held() > _MOST_UNFILED:
            self.forget()
            self._let_go()
            self._read_to = min(self._filed_to)
        query = "SELECT seq, digest FROM puid WHERE seq >= ? ORDER BY seq"
        for seq, digest in self._db.execute(query, (self._read_to,)):
            number = digest[0] % SLICES
            if seq >= self._filed_to[number]:
                self._unfiled[number][digest] = seq
            self._read_to = seq + 1

    def _filed(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        for first in range(0, len(digests), _ASKED_AT_ONCE):
            asked = digests[first : first + _ASKED_AT_ONCE]
            query = (
                "SELECT puid.digest, puid.seq FROM puid_filed JOIN puid USING (seq) "
                f"WHERE prefix IN ({', '.join('?' * len(asked))})"
            )
            prefixes = [digest[:_PREFIX_BYTES] for digest in asked]
            near = {bytes(digest): int(seq) for digest, seq in self._db.execute(query, prefixes)}
            found |= {digest: near[digest] for digest in asked if digest in near}
        return found
