"""Two windows on one draft: what was kept after a page was opened is not erased by that page.

A form carries what it showed, as digests (`shown`), so that three things can be told apart: what it
showed, what was kept since, and what it sends. A field that was left alone, or is empty, takes
nothing from what another window kept; words that say something else are refused, never dropped.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import TypeVar

import msgspec
from starlette.responses import Response

from amparo.case.worksheet import Answer
from amparo.errors import Refused, Text
from amparo.web.words.decision import N_

Field = Answer | list[str]
"""A question's answer, or what was typed or chosen in a field of the decision."""

T = TypeVar("T", Answer, list[str])

_DIGITS = 12
"""Of a digest in hexadecimal: enough to tell what one person typed from what they typed before."""


def shown(fields: Mapping[str, Field]) -> str:
    """What a form shows, as `name:digest` with spaces between."""
    return " ".join(f"{name}:{_digest(field)}" for name, field in fields.items())


def merged(
    draft: Mapping[str, T], sent: Mapping[str, T], names: Iterable[str], opened: str
) -> dict[str, T]:
    """A draft with what was sent of these fields; `opened` is what its page showed (`shown`).

    Any other field stays as it is kept.
    """
    base = _base(opened)
    found = dict(draft)
    for name in names:
        old, new = draft.get(name), sent.get(name)
        stays = _is_newer(old, base.get(name, ""))
        if stays and (_digest(new) == base.get(name, "") or not any(_pieces(new))):
            continue
        found.pop(name, None)
        if new is not None:
            found[name] = new
    return found


def check(
    draft: Mapping[str, T],
    sent: Mapping[str, T],
    names: Iterable[str],
    opened: str,
    *,
    is_final: bool,
) -> None:
    """`Refused` where a form would put something else in the place of what was kept since.

    `is_final`: the form is not only kept but signed: then nothing may be in it that its page does
    not show, so that a field which was left alone counts too.
    """
    base = _base(opened)
    for name in names:
        old, new = draft.get(name), sent.get(name)
        if not _is_newer(old, base.get(name, "")) or _goes_on(old, new):
            continue
        is_left_alone = _digest(new) == base.get(name, "") or not any(_pieces(new))
        if is_final or not is_left_alone:
            raise _changed(name, old)


def check_rest(draft: Mapping[str, T], names: Iterable[str], opened: str) -> None:
    """`Refused` where what is signed along, and is not in its form, was changed since.

    `names`: what a form signs of other parts, as they are kept.
    """
    base = _base(opened)
    for name in names:
        if _digest(draft.get(name)) != base.get(name, ""):
            raise _changed(name, draft.get(name))


def with_arrived(opened: str, sending: Mapping[str, T], draft: Mapping[str, T]) -> str:
    """What a page showed, with what it was sending when it went, as far as that was kept.

    A page that goes while it keeps something learns no more what it showed then: what is kept as it
    sent it is its own, and of no other window.
    """
    own = {
        name: field for name, field in sending.items() if _digest(draft.get(name)) == _digest(field)
    }
    return f"{opened} {shown(own)}"


def stored(shows: str) -> Response:
    """The answer to a script that kept a form: what its window shows now."""
    return Response(status_code=204, headers={"draft-shown": shows})


def _changed(name: str, draft: Field | None) -> Refused:
    return Refused(
        N_("You wrote something else in another window after this page was opened."),
        why=Text("it stands at {where}", where=name)
        if isinstance(draft, Answer)
        else N_("it stands in the decision"),
        fix=N_("Nothing is lost: look there, then send this once more to replace it."),
    )


def _base(opened: str) -> dict[str, str]:
    pairs = (pair.partition(":") for pair in opened.split())
    return {name: digest for name, _, digest in pairs}


def _is_newer(draft: Field | None, base: str) -> bool:
    """Whether something was kept that the page did not show."""
    return draft is not None and _digest(draft) != base


def _goes_on(draft: Field | None, sent: Field | None) -> bool:
    """Whether all that was kept is in what is sent: nothing is erased by it."""
    old, new = _pieces(draft), _pieces(sent)
    return all(later.startswith(first) for first, later in zip_longest(old, new, fillvalue=""))


def _pieces(field: Field | None) -> list[str]:
    if isinstance(field, Answer):
        return [field.value, field.reason, " ".join(field.evidence), field.what_is_missing]
    return field or []


def _digest(field: Field | None) -> str:
    """Of what was typed; empty where nothing was."""
    if field is None:
        return ""
    return hashlib.sha256(msgspec.json.encode(field)).hexdigest()[:_DIGITS]
