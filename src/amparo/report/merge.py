"""Complaints and disputes put into the text of an answers file, each under its id of another tool.

The file is people's: comments, order and everything else in it stay as they are. Taking the same
table in twice changes nothing; what became of a complaint since replaces what stood there.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from amparo.errors import Malformed, Refused
from amparo.report import answers, forms
from amparo.report.answers import Complaint, Dispute, Notice

Kind = Literal["complaint", "dispute"]
KINDS: dict[Kind, type[Complaint] | type[Dispute]] = {"complaint": Complaint, "dispute": Dispute}


class Merged(NamedTuple):
    """The file with what was taken in."""

    text: str
    added: int
    changed: int
    known: int
    """Those that stood there already, as they are."""


def contested(kind: Kind, given: Mapping[str, str]) -> Complaint | Dispute:
    """A complaint or dispute from texts; `Malformed` names what does not fit.

    `about` may name several, with commas; `implemented` and `by_default` are yes or no.
    """
    source: dict[str, Any] = dict(given)
    if "about" in source:
        source["about"] = [word.strip() for word in source["about"].split(",") if word.strip()]
    for name in ("implemented", "by_default"):
        if name in source:
            source[name] = {"yes": True, "no": False}.get(source[name], source[name])
    try:
        found = msgspec.convert(source, KINDS[kind])
    except msgspec.ValidationError as error:
        raise Malformed(
            f"That is no {kind}.", why=str(error), fix="Mend the row, or the mapping."
        ) from None
    answers.check_contested(found)
    return found


def merged(text: str, kind: Kind, some: Sequence[Complaint | Dispute]) -> Merged:
    """The text of an answers file with some complaints or disputes in it."""
    before = answers.read(answers.parse(text))
    there = {
        item.id: item for item in (before.complaint if kind == "complaint" else before.dispute)
    }
    given = {item.id: item for item in some}
    added = [item for name, item in given.items() if name not in there]
    changed = {name: item for name, item in given.items() if name in there and item != there[name]}
    made = _replaced(text, kind, changed)
    if added:
        made = made.rstrip("\n") + "\n\n" + "\n".join(_block(kind, item) for item in added)
    expected = msgspec.structs.replace(
        before, **{kind: (*(given.get(name, item) for name, item in there.items()), *added)}
    )
    # The text was changed line by line: whether it now says what it should is asked of its reader.
    if (added or changed) and answers.read(answers.parse(made)) != expected:
        raise Refused(
            "The answers were left as they are.",
            why=f"their [[{kind}]] tables are written in a way that is not changed by itself",
            fix=f"Write each as a table of its own, with a line for its id: [[{kind}]].",
        )
    return Merged(made, len(added), len(changed), len(given) - len(added) - len(changed))


def row_of_notice(category: str, keyword: str) -> tuple[str, str]:
    """The row of part 3 that counts a notice: of what is no row of it, that of all others."""
    rows = {(row.high, row.sub) for row in forms.rows_of(3)}
    for row in ((category, keyword), (category, forms.OTHER)):
        if row in rows:
            return row
    return forms.NOT_SPECIFIED_NOTICE, ""


def with_notices(text: str, notices: Sequence[Notice]) -> str:
    """The text with these notices in the place of those that were put in before, if any were."""
    before, begun, rest = text.partition(_BEGUN)
    after = rest.partition(_ENDED)[2] if begun else ""
    blocks = [_notice(notice) for notice in notices]
    made = before.rstrip("\n") + "\n" + after
    if blocks:
        made += "\n" + _BEGUN + "\n".join(blocks) + _ENDED
    answers.read(answers.parse(made))
    return made


_BEGUN = "# Notices that connections counted; `amparo connect answers` writes them anew.\n"
_ENDED = "# End of these notices.\n"


def _notice(notice: Notice) -> str:
    given = {name: value for name, value in msgspec.to_builtins(notice).items() if value}
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in given.items()]
    return "\n".join(["[[notice]]", *lines]) + "\n"


def _replaced(text: str, kind: Kind, changed: Mapping[str, Complaint | Dispute]) -> str:
    if not changed:
        return text
    blocks: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if line.startswith("["):
            blocks.append([])
        blocks[-1].append(line)
    return "".join(_mended(block, kind, changed) for block in blocks)


def _mended(block: Sequence[str], kind: Kind, changed: Mapping[str, Complaint | Dispute]) -> str:
    text = "".join(block)
    if not text.startswith(f"[[{kind}]]"):
        return text
    try:
        [found] = answers.parse(text)[kind]
    except (Malformed, ValueError):
        return text
    item = changed.get(found.get("id"))
    if item is None:
        return text
    after = text[len(text.rstrip()) :]
    return _block(kind, item).rstrip("\n") + after


def _block(kind: Kind, item: Complaint | Dispute) -> str:
    given = {
        name: value for name, value in msgspec.to_builtins(item).items() if value not in ("", False)
    }
    # A JSON string, list or boolean of these is one of TOML, too.
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in given.items()]
    return "\n".join([f"[[{kind}]]", *lines]) + "\n"
