"""Whoever hands a signed document in is told in their language what is wrong with it."""

import httpx2
import pytest

BARE = b"amparo.answer.v1\n{}\n\n\xe2\x80\x94 aufsicht.example AAAAAAAA\n"
WRONG = {
    "nothing": (b" \n", "Es wurde nichts eingereicht.", "die Datei oder das Feld ist leer"),
    "no note": (
        b"hello",
        "Das ist keine signierte Notiz.",
        "auf keine Leerzeile folgen Signaturzeilen, oder die letzte Zeile hat kein Ende",
    ),
    "another note": (
        BARE.replace(b"answer", b"order"),
        "Das ist kein Dokument des Bündnisses.",
        "die erste Zeile ist 'amparo.order.v1\\n'",
    ),
    "a signature cut off": (
        BARE.replace(b"AAAAAAAA", b"AAAA"),
        "Das ist keine signierte Notiz.",
        "eine Signaturzeile ist kürzer als ihre Schlüsselkennung",
    ),
    "another form": (
        BARE,
        "Das ist kein Dokument des Bündnisses.",
        "sein Inhalt hat nicht die richtige Form: Object missing required field `resolution`",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_taken_in_is_refused_in_the_readers_language(served, name):
    body, message, why = WRONG[name]

    refused = httpx2.post(
        f"{served.url}/api/coalition/documents", content=body, headers={"accept-language": "de"}
    )

    assert refused.status_code == 400
    assert (refused.json()["message"], refused.json()["why"]) == (message, why)
