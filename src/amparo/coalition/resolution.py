"""A resolution: a text that members answer, each with its own key, until a date.

Three kinds of documents, all signed by a member's key and all in the log: the resolution itself,
the contacts sought for it (who was approached, when, through whom), and the answers.

A member answers yes, no, abstain, or with a reservation. As in the law of treaties a reservation
is part of a consent (Vienna Convention on the Law of Treaties, Article 2(1)(d)): it counts as
support, and its words stand beside it. An answer may be changed, by one with the next number, until
the resolution is adopted; then those who have not answered may still join, and nobody may leave.

It is adopted when those who support it make the quorum of the charter it names, and has lapsed
when its last day is over without that. Who may answer is fixed by that charter; with which key, by
the charter that is in force when the answer comes.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from amparo.coalition import charter as charters
from amparo.coalition import document
from amparo.coalition.charter import Charter, Region
from amparo.errors import Denied, Refused, Text
from amparo.tlog.note import Note

RESOLUTION = b"amparo.resolution.v1\n"
ANSWER = b"amparo.answer.v1\n"
CONTACT = b"amparo.contact.v1\n"
FORM = 'A resolution has until = "2027-01-31", say, and a [text.en] with title and text.'
MOST_TITLE, MOST_TEXT, MOST_WORDS = 200, 20_000, 4_000
MOST_DAYS = 366
MOST_CONTACTS = 2_000

Choice = Literal["yes", "no", "abstain", "reservation"]
Status = Literal["open", "adopted", "lapsed"]


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The resolution in one language; each is as binding as the others."""

    title: str
    text: str


class Resolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is proposed."""

    charter: str
    """Digest of the charter whose members answer, and whose quorum adopts."""
    proposer: str
    proposed: str
    """YYYY-MM-DD."""
    until: str
    """The last day, in UTC, on which answers are taken."""
    text: dict[str, Wording]
    """Language (ISO 639-1) -> title and text."""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a member says to it."""

    resolution: str
    """Digest of the resolution."""
    member: str
    n: int
    """1 for a member's first answer, one more for each that takes its place."""
    answer: Choice
    words: dict[str, str]
    """Language -> the reservation, or an explanation."""
    at: str
    """YYYY-MM-DD, as the member says; the log says when it came."""


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who was approached about it."""

    resolution: str
    member: str
    """Who says so."""
    whom: str
    """A state or an organisation; name no private person."""
    region: Region | None
    through: str
    """The office or the way, as in `embassy in Berlin`."""
    at: str
    """YYYY-MM-DD."""


class Standing(NamedTuple):
    """How a resolution stands."""

    status: Status
    answers: dict[str, Answer]
    """Member -> the answer that counts."""
    silent: tuple[str, ...]
    """Members who may answer and have not."""
    support: frozenset[str]


def propose(resolution: Resolution, signed: Note, charter: Charter, text: bytes) -> None:
    """Raise unless a member proposes something sound; `text` is that of the charter in force."""
    _check_signer(charter, resolution.proposer, signed)
    if resolution.charter != document.digest(text):
        raise _refused(
            Text("It names another charter than the one in force."),
            Text(
                "it names {digest}…; in force is {other}…",
                digest=resolution.charter[:16],
                other=document.digest(text)[:16],
            ),
        )
    first, last = _day(resolution.proposed), _day(resolution.until)
    if not 1 <= (last - first).days <= MOST_DAYS:
        raise document.malformed(
            Text(
                "it is open for {number} days; {fewest} to {most} are possible",
                number=(last - first).days,
                fewest=1,
                most=MOST_DAYS,
            )
        )
    if not resolution.text:
        raise document.malformed(Text("it has no text"))
    for language, wording in resolution.text.items():
        _check_language(language)
        if not 0 < len(wording.title) <= MOST_TITLE or not 0 < len(wording.text) <= MOST_TEXT:
            raise document.malformed(
                Text("title or text ({language}) is empty or too long", language=language)
            )


def answer(
    given: Answer,
    signed: Note,
    *,
    resolution: Resolution,
    before: Iterable[Answer],
    of: Charter,
    now: Charter,
    today: date,
) -> None:
    """Raise unless an answer may be taken.

    `of` is the charter that the resolution names, `now` the one in force, whose keys count.
    """
    _check_signer(now, given.member, signed)
    standing = stands(resolution, before, of=of, today=today)
    if given.member not in {voter.id for voter in _voters(of)}:
        raise _denied(
            Text("{id} has no part in resolutions under the charter it names", id=given.member)
        )
    _day(given.at)
    for language, words in given.words.items():
        _check_language(language)
        if not 0 < len(words) <= MOST_WORDS:
            raise document.malformed(
                Text("the words ({language}) are empty or too long", language=language)
            )
    if given.answer == "reservation" and not given.words:
        raise document.malformed(Text("a reservation has no words"))
    if today > _day(resolution.until):
        raise _refused(
            Text("Answers are no longer taken."),
            Text("the last day was {day}", day=_day(resolution.until)),
        )
    known = standing.answers.get(given.member)
    wanted = known.n + 1 if known else 1
    if given.n != wanted:
        raise _refused(
            Text("This answer is out of turn."),
            Text(
                "it is the member's number {number}; the next is {wanted}",
                number=given.n,
                wanted=wanted,
            ),
        )
    if known is not None and standing.status == "adopted":
        raise _refused(
            Text("The resolution is adopted, so an answer to it no longer changes."),
            Text("{id} has answered it", id=given.member),
        )


def contact(
    given: Contact,
    signed: Note,
    *,
    resolution: Resolution,
    before: int,
    now: Charter,
    today: date,
) -> None:
    """Raise unless a contact may be recorded; `before`, how many there are."""
    _check_signer(now, given.member, signed)
    if not _day(given.at) <= today:
        raise document.malformed(Text("{day} is yet to come", day=_day(given.at)))
    if not 0 < len(given.whom) <= MOST_TITLE or not 0 < len(given.through) <= MOST_TITLE:
        raise document.malformed(Text("who was approached, or through whom, is empty or too long"))
    if before >= MOST_CONTACTS:
        raise _refused(
            Text("No more contacts are recorded."),
            Text(
                "{id}: so many are recorded that no more can be: {number}",
                id=resolution.proposer,
                number=before,
            ),
        )


def stands(
    resolution: Resolution, answers: Iterable[Answer], *, of: Charter, today: date
) -> Standing:
    """How a resolution stands, by the answers that were taken, in any order."""
    last: dict[str, Answer] = {}
    for given in sorted(answers, key=lambda given: given.n):
        last[given.member] = given
    support = frozenset(m for m, given in last.items() if given.answer in ("yes", "reservation"))
    status: Status = "open"
    if charters.adopts(of, support):
        status = "adopted"
    elif today > _day(resolution.until):
        status = "lapsed"
    silent = tuple(voter.id for voter in _voters(of) if voter.id not in last)
    return Standing(status, last, silent, support)


def by_region(of: Charter, standing: Standing) -> dict[Region, dict[str, int]]:
    """Region -> answer (or `silent`) -> how many members; only regions that have any."""
    found: dict[Region, dict[str, int]] = {}
    for voter in _voters(of):
        given = standing.answers.get(voter.id)
        row = found.setdefault(voter.region, {})
        what = given.answer if given else "silent"
        row[what] = row.get(what, 0) + 1
    return found


def in_language(texts: Mapping[str, Wording], language: str) -> tuple[str, Wording]:
    """A resolution's text in a language; else in English, else in the first there is."""
    for wanted in (language, "en"):
        if wanted in texts:
            return wanted, texts[wanted]
    return next(iter(sorted(texts.items())))


def valid_keys(versions: Sequence[Charter], member: str) -> list[str]:
    """The keys a member has had from the charter that a resolution names on."""
    found = [party.key for version in versions if (party := version.party(member)) is not None]
    return list(dict.fromkeys(found))


def _voters(charter: Charter) -> list[charters.Party]:
    return [party for party in charter.member if "resolution" in party.roles]


def _check_signer(charter: Charter, member: str, signed: Note) -> None:
    party = charter.party(member)
    if party is None or "resolution" not in party.roles:
        raise _denied(
            Text("{id} has no part in resolutions under the charter in force", id=member[:80])
        )
    if member not in charters.signers(charter, signed):
        raise _denied(
            Text("it does not bear the signature of {id} under its key in the charter", id=member)
        )


def _check_language(code: str) -> None:
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise document.malformed(
            Text("{language} is no language code, as in en or es", language=repr(code[:20]))
        )


def _day(text: str) -> date:
    try:
        if len(text) == len("2026-01-01"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise document.malformed(Text("{words} is no day, as in 2026-11-25", words=repr(text[:40])))


def _denied(why: Text) -> Denied:
    return Denied(
        "This member may not do that, or did not sign it.",
        why=why,
        fix="Sign it with the key whose public half stands in the charter.",
    )


def _refused(what: Text, why: Text) -> Refused:
    return Refused(what, why=why, fix="Look at how the resolution stands, and sign again.")
