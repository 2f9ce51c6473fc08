"""A body that is not what an address takes is told what is wrong with it, in any language."""

import typing

import msgspec
import pytest

from amparo.errors import Malformed
from amparo.web.api import cases
from amparo.web.disclosure.app import Act
from amparo.web.http import json_body
from amparo.web.words.i18n import localise

BODIES = [Act, *(kind for kind in vars(cases).values() if isinstance(kind, type)
                 and issubclass(kind, msgspec.Struct) and kind.__module__ == cases.__name__)]  # fmt: skip
VALUES = (None, True, 7, 1.5, "", "x" * 100_001, [], {}, [7] * 200, ["x"] * 200, [None])
UNSAID = str(json_body.why_not("what msgspec has never said"))


def refusals(body, kind):
    """What is wrong with a body, if anything is."""
    try:
        json_body.read(body, kind)
    except Malformed as error:
        yield error.texts[1]


def whole(kind):
    """A body of that kind."""
    fields = msgspec.structs.fields(kind)
    given = {field.name: "x" for field in fields if field.required}
    hints = typing.get_type_hints(kind)
    return given | {name: True for name in given if hints[name] is bool}


@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
def test_every_mistake_in_a_body_has_words_of_its_own(kind):
    bodies = [b"", b"{", b"[]", b"null", b"\xff", b'{"text":}', b'{"\xc3', b"7", b"[" * 5000]
    for field in msgspec.structs.fields(kind):
        bodies += [msgspec.json.encode(whole(kind) | {field.name: value}) for value in VALUES]
        bodies.append(
            msgspec.json.encode({k: v for k, v in whole(kind).items() if k != field.name})
        )
    bodies.append(msgspec.json.encode(whole(kind) | {"unheard_of": 1}))

    found = [text for body in bodies for text in refusals(body, kind)]

    assert len(found) > 10
    assert UNSAID not in {str(text) for text in found}
    assert not [text for text in found if localise(text, "es") == str(text)]


def test_the_field_is_named_and_what_it_may_hold():
    class Answer(msgspec.Struct):
        text: typing.Annotated[str, msgspec.Meta(max_length=4)]
        names: list[str] = []

    asked = (b'{"text": 7}', b'{"text": "too long"}', b'{"text": "x", "names": ["a", 1]}', b"{}")
    found = [text for body in asked for text in refusals(body, Answer)]

    assert [str(text) for text in found] == [
        "text: str is wanted, not int",
        "text: it has more than 4 characters",
        "names[1]: str is wanted, not int",
        "the field text is missing",
    ]
    assert localise(found[1], "es") == "text: tiene más de 4 caracteres"
