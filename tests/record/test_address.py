"""One place on the web has one spelling here, however somebody copied its address."""

import pytest

from amparo.record.address import canonical

PLACE = "https://foro.example/post/66?page=2#comment-5"


@pytest.mark.parametrize(
    "copied",
    [
        PLACE,
        "  https://foro.example/post/66?page=2#comment-5\n",
        "http://foro.example/post/66?page=2#comment-5",
        "HTTPS://Foro.EXAMPLE:443/post/66?page=2#comment-5",
        "https://foro.example./post/66?page=2#comment-5",
        "https://foro.example/./a/../post/66?page=2#comment-5",
        "https://foro.example/%70ost/66?page=2#comment-5",
        "https://foro.example/post/66?page=2&utm_source=mail&fbclid=abc#comment-5",
        "https://foro.example/post/66?page=2#comment-5:~:text=in%20which%20street",
    ],
)
def test_one_place_has_one_spelling(copied):
    assert canonical(copied) == PLACE


@pytest.mark.parametrize(
    "other",
    [
        "https://foro.example/post/67?page=2#comment-5",
        "https://foro.example/Post/66?page=2#comment-5",
        "https://foro.example/post/66?page=3#comment-5",
        "https://foro.example/post/66?page=2#comment-6",
        "https://foro.example/post/66/?page=2#comment-5",
        "https://foro.example/post%2F66?page=2#comment-5",
        "https://foro.example:8443/post/66?page=2#comment-5",
        "https://www.foro.example/post/66?page=2#comment-5",
    ],
)
def test_what_may_be_another_place_is_another(other):
    assert canonical(other) not in ("", PLACE)


def test_a_name_in_another_script_is_its_punycode_and_no_look_alike():
    assert canonical("https://ПОЧТА.example/ä") == "https://xn--80a1acny.example/%C3%A4"
    assert canonical("https://xn--80a1acny.example/%c3%a4") == "https://xn--80a1acny.example/%C3%A4"
    assert canonical("https://straße.example/") != canonical("https://strasse.example/")


@pytest.mark.parametrize(
    "words",
    [
        "",
        "the third comment below the cat",
        "https://foro.example/1 https://foro.example/2",
        "https://ana:secret@foro.example/1",
        "javascript://foro.example/%0Aalert(1)",
        "https://foro.example:99999/1",
        "https://[::1/1",
        "https://\ud800.example/1",
        f"https://{'a.' * 200}example/1",
        "at://did:plc:abc/post/1",
    ],
)
def test_what_is_no_address_alone_joins_nothing(words):
    assert canonical(words) == ""


def test_a_spelling_is_its_own():
    for place in (
        PLACE,
        "https://[2001:db8::1]/a",
        "https://a.example/?q=%2F%20x&r",
        "https://a.example/%",
    ):
        assert canonical(canonical(place)) == canonical(place) != ""
