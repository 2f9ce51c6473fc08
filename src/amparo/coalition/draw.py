r"""Drawing a panel so that anybody can repeat it, and nobody can steer it.

The list of who may be drawn is fixed first. Only then do at least three members reveal a value to
which each was bound long before: the end of a hash chain stands in the roster, and every draw uses
up one link of it. The seed is the hash of all reveals; whoever runs the node knows none of them
when the list is fixed. The log's own root is never used: its operator could try many.

    chain:  end = SHA-256(SHA-256(... secret)), `draws` times; the n-th draw reveals the value that
            gives the end after n hashings
    seed:   SHA-256("amparo.seed.v1\n" || id "\n" reveal "\n", by id)
    draw:   HMAC-SHA-256(seed, "amparo.draw.v1\n" || case "\n" || counter), the first 8 bytes as a
            number, rejected when it would favour the first places (no modulo bias)
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from amparo.errors import Malformed, Refused, Unsound

RESERVES = 2
FEWEST_REVEALS = 3
MOST_DRAWS = 100_000


class Eligible(NamedTuple):
    """Somebody who may be drawn."""

    id: str
    organisation: str
    languages: tuple[str, ...]


class Drawn(NamedTuple):
    """A draw: who sits, who follows, and the whole order."""

    members: tuple[str, ...]
    reserves: tuple[str, ...]
    order: tuple[str, ...]


def chain_end(secret: bytes, draws: int) -> bytes:
    """What a member publishes of a secret that is to last for so many draws."""
    value = secret
    for _ in range(draws):
        value = hashlib.sha256(value).digest()
    return value


def reveal(secret: bytes, draws: int, number: int) -> bytes:
    """What a member reveals for the n-th draw (from 1) of a chain of so many."""
    if not 1 <= number <= draws:
        raise Refused(
            "This chain is used up.",
            why=f"it lasts for {draws} draws; this is number {number}",
            fix="Publish a new chain end in the roster.",
        )
    return chain_end(secret, draws - number)


def check_reveal(value: bytes, end: bytes, number: int) -> None:
    """Raise `Unsound` unless a value is the one that a member was bound to for the n-th draw."""
    if not 1 <= number <= MOST_DRAWS or not hmac.compare_digest(chain_end(value, number), end):
        raise Unsound(
            "This is not the value to which the member was bound.",
            why=f"hashed {number} times it does not give the end of the chain in the roster",
            fix="Ask the member for the value of exactly this draw.",
        )


def seed(reveals: Mapping[str, bytes]) -> bytes:
    """The seed of a draw, from what members revealed."""
    if len(reveals) < FEWEST_REVEALS:
        raise Refused(
            "Too few members have revealed.",
            why=f"{len(reveals)} of at least {FEWEST_REVEALS}",
            fix="Ask another member; whoever does not reveal is named, and may not be drawn.",
        )
    text = "".join(f"{name}\n{reveals[name].hex()}\n" for name in sorted(reveals))
    return hashlib.sha256(b"amparo.seed.v1\n" + text.encode()).digest()


def list_digest(eligible: Sequence[Eligible]) -> str:
    """What the log commits to before anybody reveals: the list, sorted by id."""
    lines = "".join(
        f"{candidate.id}\t{candidate.organisation}\t{','.join(sorted(candidate.languages))}\n"
        for candidate in sorted(eligible)
    )
    return hashlib.sha256(b"amparo.eligible.v1\n" + lines.encode()).hexdigest()


def draw(
    eligible: Sequence[Eligible], seed: bytes, case: str, *, seats: int, language: str
) -> Drawn:
    """Draw so many members and `RESERVES`, no two of one organisation.

    At least one of them knows the language; if none of the first drawn does, the first after them
    who does takes the last seat.
    """
    order = _shuffled(sorted(eligible), seed, case)
    spread: list[Eligible] = []
    for candidate in order:
        if candidate.organisation not in {other.organisation for other in spread}:
            spread.append(candidate)
    if len(spread) < seats or not any(language in candidate.languages for candidate in spread):
        raise Refused(
            "No panel can be drawn from this list.",
            why=f"it has {len(spread)} organisations, of which "
            f"{sum(language in candidate.languages for candidate in spread)} know {language!r}",
            fix="Ask more organisations for members who know the language.",
        )
    seated = spread[:seats]
    if not any(language in candidate.languages for candidate in seated):
        seated[-1] = next(candidate for candidate in spread if language in candidate.languages)
    rest = [candidate for candidate in spread if candidate not in seated]
    return Drawn(
        tuple(candidate.id for candidate in seated),
        tuple(candidate.id for candidate in rest[:RESERVES]),
        tuple(candidate.id for candidate in order),
    )


def repeat(record: Mapping[str, Any], *, seats: int) -> Drawn:
    """Repeat a draw from its public record; `Unsound` or `Malformed` where it does not hold.

    `seats`: how many sit on a panel. `record`: case (the draw's public name), draw (its number),
    language, list_sha256, eligible, chain_ends, reveals, members.
    """
    try:
        eligible = [Eligible(row[0], row[1], tuple(row[2])) for row in record["eligible"]]
        reveals = {name: bytes.fromhex(value) for name, value in record["reveals"].items()}
        ends = {name: bytes.fromhex(value) for name, value in record["chain_ends"].items()}
        number, case, language = int(record["draw"]), str(record["case"]), str(record["language"])
        listed, members = str(record["list_sha256"]), tuple(record["members"])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise _no_record(f"{type(error).__name__}: {error}") from None
    if list_digest(eligible) != listed:
        raise _no_record("its list is not the one that was fixed")
    for name, value in reveals.items():
        check_reveal(value, ends.get(name, b""), number)
    drawn = draw(eligible, seed(reveals), case, seats=seats, language=language)
    if drawn.members != members:
        raise _no_record(f"the draw gives {', '.join(drawn.members)}")
    return drawn


def _no_record(why: str) -> Malformed:
    return Malformed(
        "This draw cannot be repeated.", why=why, fix="Fetch its record again from the node."
    )


def _shuffled(places: list[Eligible], seed: bytes, case: str) -> list[Eligible]:
    if len({candidate.id for candidate in places}) != len(places):
        raise Malformed(
            "Somebody is on the list twice.", why="an id repeats", fix="Each member stands once."
        )
    left, order, counter = list(places), [], 0
    while left:
        limit = 2**64 - 2**64 % len(left)
        value = limit
        while value >= limit:
            message = f"amparo.draw.v1\n{case}\n{counter}".encode()
            digest = hmac.new(seed, message, hashlib.sha256).digest()
            value, counter = int.from_bytes(digest[:8], "big"), counter + 1
        order.append(left.pop(value % len(left)))
    return order
