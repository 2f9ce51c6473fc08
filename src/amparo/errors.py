"""The one shape of an error: what happened, why, and how to mend it.

An error is a value. It never prints, logs or exits; the doors (`web/app.py`, `cli/main.py`) show
it. A rule that a submission breaks is not an error but a finding (`record/rules.py`): a submitter
sees all findings at once, while an error ends what was being done.

    AmparoError
    ├── Malformed     the input is not in the form that was promised
    │   └── Several   and so in several fields of it: all of them are said at once
    ├── Denied        the token or key is not known, or may not do this
    ├── Missing       nothing is kept under that name
    ├── Refused       well formed, but not possible as things stand
    ├── Unavailable   not now: full, busy, or waiting for somebody
    └── Unsound       a record or a proof does not hold together; going on would hide that

What an error says is a value too, so that a door can word it in the reader's language: an English
sentence is its id in the catalogues, and what varies in it is a typed parameter (`Text`). Logs and
the command line show the English.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Literal, NamedTuple


class Period(NamedTuple):
    """A length of time as a rule states it: 14 days, 6 months."""

    length: int
    unit: Literal["minutes", "hours", "days", "months"]

    def __str__(self) -> str:
        return f"{self.length} {self.unit.removesuffix('s') if self.length == 1 else self.unit}"


class Share(NamedTuple):
    """A part of a whole, from 0 to 1: told in percent, and as none or all where it is that."""

    part: float

    def __str__(self) -> str:
        part, digits = self.rounded
        return f"{part:.{digits}%}"

    @property
    def rounded(self) -> tuple[float, int]:
        """The part as it is told, and how many digits of the percent stand behind the point."""
        if self.part in (0, 1) or round(100 * self.part) not in (0, 100):
            return self.part, 0
        return min(max(self.part, 0.001), 0.999), 1


class Text:
    """A text for people as a value: `Text("It was closed on {day}.", day=case.closed_at)`.

    `id` is the English with the parameters' places, by which catalogues know it; `str` of it is the
    English in full.
    """

    __slots__ = ("id", "parameters")

    def __init__(self, id: str, /, **parameters: "Parameter") -> None:
        self.id = id
        self.parameters: Mapping[str, Parameter] = parameters

    def __str__(self) -> str:
        given = {name: _english(value) for name, value in self.parameters.items()}
        return self.id.format_map(given) if given else self.id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self._parts)

    def __repr__(self) -> str:
        return f"Text({self.id!r}, {dict(self.parameters)!r})"

    @property
    def _parts(self) -> tuple[str, frozenset[tuple[str, "Parameter"]]]:
        return self.id, frozenset(self.parameters.items())


Parameter = str | int | float | date | Period | Share | Text | tuple[str, ...]
"""What a text may hold. A `str` is a name or somebody's own words, and is never translated.

A `float` is told with one digit behind the point; of a moment, its day.
"""


def as_text(text: str | Text) -> Text:
    """A sentence without parameters as the same kind of value as one with some."""
    return text if isinstance(text, Text) else Text(text)


def got(value: str) -> Text:
    """Why something is not taken: it came like this, or nothing came."""
    return Text("got {given}", given=repr(value[:60])) if value.strip() else Text("It is empty.")


def _english(value: Parameter) -> str:
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, str | Text | Period | Share):
        return str(value)
    return ", ".join(value)


class AmparoError(Exception):
    """Something that a person can understand and act on.

    `what`, `why` and `fix` are English; `texts` holds the same three as they were given, for a door
    to word. A `str` among them is a whole text without parameters.
    """

    def __init__(self, what: str | Text, *, why: str | Text, fix: str | Text) -> None:
        super().__init__(str(what))
        self.texts = (what, why, fix)
        self.what, self.why, self.fix = str(what), str(why), str(fix)

    def __str__(self) -> str:
        return f"{self.what}\n  why: {self.why}\n  fix: {self.fix}"


class Malformed(AmparoError):
    """The input is not in the form that was promised; the sender must change it.

    `field`: which one of a form or a body has to be changed; empty where it is none of them alone.
    """

    def __init__(
        self, what: str | Text, *, why: str | Text, fix: str | Text, field: str = ""
    ) -> None:
        super().__init__(what, why=why, fix=fix)
        self.field = field


class Several(Malformed):
    """Several fields of one input are wrong; by itself it says what the first of them does."""

    def __init__(self, errors: Sequence[Malformed]) -> None:
        what, why, fix = errors[0].texts
        super().__init__(what, why=why, fix=fix, field=errors[0].field)
        self.errors = tuple(errors)


class Mistakes:
    """What is wrong with one input, field by field, so that its sender learns all of it at once.

    with mistakes.of("reasons"):
        text = check_reasons(reasons)
    mistakes.end()  # raises what was found; whatever was read above can be used after it
    """

    def __init__(self) -> None:
        self._found: list[Malformed] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    @contextmanager
    def of(self, field: str = "") -> Iterator[None]:
        """Go on after what is wrong with a field; an error that names its own keeps that."""
        try:
            yield
        except Several as error:
            self._found += error.errors
        except Malformed as error:
            error.field = error.field or field
            self._found.append(error)

    def end(self) -> None:
        """Raise what was found, if anything was."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise Several(self._found)


class Denied(AmparoError):
    """The token or key is not known, or may not do this."""


class Missing(AmparoError):
    """Nothing is kept under that name."""


class Refused(AmparoError):
    """Well formed, but not possible as things stand; sending it again will not help."""


class Unavailable(AmparoError):
    """Not now: full, busy, or waiting for somebody. Sending it again later may help."""


class Unsound(AmparoError):
    """A record or a proof does not hold together. Never go on as if it did."""
