"""Looking at a log that somebody else runs: fetching everything that there is to judge.

One look fetches a log's checkpoint, every entry and tile that is new since the last look, a few old
ones once more, some of the openings, and what each witness has seen. What it all means,
`coalition/trusted_log` says: this file asks and hands in, and judges nothing.

Source: C2SP tlog-tiles, tlog-witness (monitoring); `docs/coalition.md`.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import quote

from amparo.coalition.trusted_log import (
    MOST_DOUBTED,
    MOST_SPOILT,
    Fault,
    LogState,
    TrustedLog,
    Watched,
)
from amparo.errors import AmparoError, Missing, Text, Unavailable, Unsound, as_text
from amparo.ledger.log import audit, receipts
from amparo.ledger.outbound.exchange import Exchange
from amparo.tlog import policy, reread, witness
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.policy import Witness
from amparo.tlog.tile import Tile

Value = TypeVar("Value")
OPENINGS = 20
"""Decisions whose reasons are compared with their commitment, in one look; chosen by chance."""
OLD_OPENINGS = 5
"""The same of decisions that were seen at an earlier look."""
REREAD = 4
"""Bundles of old entries that one look reads again, with the tiles above them."""
WITNESS_SECONDS = 10.0
LOOK_SECONDS = 120.0
"""For all that one look asks of a log and its node; what comes at `audit.LEAST_RATE` gives more."""


class Look:
    """One look at a log: `state` is what was verified, `faults` what was found."""

    def __init__(
        self,
        watched: Watched,
        state: LogState,
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
        self._log = TrustedLog(watched, state, now=now, foreign=foreign)
        self._watched, self._advance, self._openings = watched, advance, openings
        self._silent = silent if silent is not None else set()
        self._whole = Exchange(LOOK_SECONDS, sys.maxsize, least_rate=audit.LEAST_RATE)
        try:
            with audit.fetcher(watched.url, whole=self._whole) as fetch:
                self._follow(fetch)
        except (Unavailable, Missing) as error:
            self._log.find_error("unreachable", "", error)
        except AmparoError as error:
            self._log.find_error("unreadable", "checkpoint", error)

    @property
    def state(self) -> LogState:
        return self._log.state

    @property
    def faults(self) -> list[Fault]:
        return self._log.faults

    def _follow(self, fetch: audit.Fetch) -> None:
        served = audit.newest(fetch, self._watched.url)
        shown, known = self._log.signed(served.body, str(served)), self._log.known
        if shown is None:
            return
        if known is not None and shown.size < known.size:
            self._log.behind(served.body, audit.beginning(fetch, shown.size, known))
        elif self._log.checkpoint(served.body) is not None:
            self._grow(fetch, shown, served.body)
        is_split = any(fault.kind == "split" for fault in self.faults)
        # Of a log that shows another history, no file can be what it was.
        old = self._reread(fetch, known.size) if known is not None and not is_split else []
        self._ask_openings(old)
        self._ask_witnesses(fetch)
        self._log.cosignatures()

    def _grow(self, fetch: audit.Fetch, shown: Checkpoint, raw: bytes) -> None:
        advance = self._advance
        try:
            grown, _ = audit.extend(self._log.edge, shown, fetch, advance=advance, see=self._see)
        except Unsound as error:
            known = self._log.known
            self._log.not_grown(
                raw,
                error,
                kind=error.kind if isinstance(error, audit.Spoilt) else "damaged",
                beginning=audit.beginning(fetch, known.size, shown) if known is not None else None,
            )
            return
        self._log.grown(raw, grown)

    def _reread(self, fetch: audit.Fetch, size: int) -> list[tuple[str, bytes]]:
        """Read some of what was verified before again; the decisions among it.

        All that was found damaged, until it is whole, and some bundles chosen by chance.
        """
        edge, doubted = self._log.edge, self._log.state.spoilt
        numbers = list(doubted)
        if len(doubted) < MOST_SPOILT:
            numbers += [n for n in _some(range(reread.bundles(size)), REREAD) if n not in doubted]
        read = functools.partial(_old_file, fetch)

        def entries(number: int) -> list[bytes] | audit.Spoilt:
            try:
                return reread.entries_at(edge, number, read)
            except audit.Spoilt as error:
                return error

        old: list[tuple[str, bytes]] = []
        silent: dict[int, _NoAnswer] = {}
        with ThreadPoolExecutor(audit.AT_ONCE) as pool:
            for number, found in zip(numbers, pool.map(entries, numbers), strict=True):
                if isinstance(found, _NoAnswer):
                    silent[number] = found
                elif isinstance(found, audit.Spoilt):
                    self._log.spoilt(number, found.kind, found.path, found)
                else:
                    self._log.whole(number)
                    old += self._log.decisions_in(found)
        if not self._is_cut_off("files", silent, numbers):
            for number, missing in silent.items():
                self._log.spoilt(number, missing.kind, missing.path, missing)
        return old

    def _is_cut_off(self, what: str, silent: Mapping[Any, AmparoError], asked: Sized) -> bool:
        """Whether no answer at all came, or the look's time is over: a fault of its own, then.

        Where other answers came, a missing one is a matter of what was asked for.
        """
        if not silent or (len(silent) < len(asked) and self._has_time()):
            return False
        error = next(iter(silent.values()))
        self._log.find_error("unreachable", what, error)
        return True

    def _has_time(self) -> bool:
        try:
            return self._whole.left() > 0
        except TimeoutError:
            return False

    def _see(self, start: int, entries: list[bytes]) -> None:
        self._log.entries(start, entries)
        if len(self._log.decisions) > 50 * max(1, self._openings):  # memory stays bounded
            self._log.decisions = _some(self._log.decisions, self._openings)

    def _ask_openings(self, old: list[tuple[str, bytes]]) -> None:
        """Some decisions' reasons, as the node shows them, against what its log committed to.

        Those that were not so before, some new ones, and a few `old` ones.
        """
        base = self._watched.url.removesuffix("/log")
        if not self._watched.url.startswith("http") or base == self._watched.url:
            return  # a folder, or no node of ours
        trusted = policy.of_log(self._watched.key.vkey)
        asked = dict(self._log.state.doubted)
        if len(asked) < MOST_DOUBTED:
            asked |= dict(_some(self._log.decisions, self._openings))
            asked |= dict(_some(old, min(OLD_OPENINGS, self._openings)))
        silent: dict[str, Unavailable] = {}
        with audit.fetcher(base, WITNESS_SECONDS, whole=self._whole) as fetch:
            for case, leaf in asked.items():
                raw = None
                try:
                    served = fetch(f"statement/{quote(case, safe='')}/receipt")
                    if served is None:
                        raise _no_reasons(case)
                    raw = served.body
                    verified = receipts.verify(raw, trusted, entry=leaf)
                except Unavailable as error:
                    silent[case] = error
                except AmparoError as error:
                    self._log.not_opened(case, leaf, raw, error)
                else:
                    self._log.opened(case, is_erased=verified.sealed is None)
        if not self._is_cut_off("receipts", silent, asked):
            for case, cause in silent.items():
                self._log.not_opened(case, asked[case], None, _no_reasons(case, cause.texts[1]))

    def _ask_witnesses(self, fetch: audit.Fetch) -> None:
        ours = self._log.known
        if ours is None:
            return
        addresses = _by_address(self._watched.trusted.witnesses)
        asked = [url for url in addresses if url not in self._silent]
        with ThreadPoolExecutor(audit.AT_ONCE) as pool:
            answers = list(pool.map(self._asked, asked))
        for url, raw in zip(asked, answers, strict=True):
            keys = addresses[url]
            seen = self._log.shown_by(keys, raw) if raw is not None else None
            if raw is not None and seen is not None:
                is_smaller = 0 < seen.size < ours.size
                beginning = audit.beginning(fetch, seen.size, ours) if is_smaller else None
                self._log.witness(keys[0].key.name, raw, beginning)

    def _asked(self, url: str) -> bytes | None:
        """The checkpoint that a witness shows; None when it shows none."""
        try:
            whole = Exchange(WITNESS_SECONDS, sys.maxsize)
            with audit.fetcher(url, WITNESS_SECONDS, whole=whole) as fetch:
                served = fetch(witness.monitoring_path(self._watched.key.name))
                return served.body if served is not None else None
        except Unavailable:
            self._silent.add(url)
        except AmparoError:
            pass  # a witness that serves nonsense proves nothing about the log
        return None


class _NoAnswer(audit.Incomplete):
    """The server answers with an error, or not at all."""


def _old_file(fetch: audit.Fetch, place: Tile, read: reread.Check) -> bytes:
    """What was verified once; a `Spoilt` also where it does not come."""
    try:
        return audit.file_of(fetch, place, read)
    except Unavailable as error:
        raise _NoAnswer(
            "An old file of the log does not come.",
            why=error.texts[1],
            fix=error.texts[2],
            path=place.path,
        ) from None


def _no_reasons(case: str, why: str | Text = "") -> Missing:
    return Missing(
        "The node does not show the reasons of a decision.",
        why=Text("it shows none for {case}: {why}", case=case, why=as_text(why))
        if why
        else Text("it shows none for {case}", case=case),
        fix="Ask again; if it stays so, ask its operator for the decision's receipt.",
    )


def _by_address(witnesses: Iterable[Witness]) -> Mapping[str, list[Witness]]:
    """Address -> the keys it signs with; asked once."""
    found: dict[str, list[Witness]] = {}
    for cosigner in witnesses:
        if cosigner.url:
            found.setdefault(cosigner.url.rstrip("/"), []).append(cosigner)
    return found


def _some(values: Sequence[Value], number: int) -> list[Value]:
    """Some of them; whoever is looked at cannot know which."""
    return secrets.SystemRandom().sample(values, min(number, len(values)))
