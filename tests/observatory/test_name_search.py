"""A platform is found by whatever somebody calls it."""

import pytest

from amparo.observatory.name_search import former, search

PLATFORMS = ["X", "XING", "Facebook", "Google Maps", "Google Play", "Živě.cz", "bol.com", "Canva"]
PLATFORMS += ["Instagram", "ΣΚΡΟΥΤΖ", "Amazon", "Amazon Store", "Delivery Hero"]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("twitter", ["X"]),
        ("X (formerly Twitter)", ["X"]),
        ("x", ["X"]),
        ("glovo", ["Delivery Hero"]),
        ("zive.cz", ["Živě.cz"]),
        ("FACEBOOK", ["Facebook"]),
        ("google", ["Google Maps", "Google Play"]),
        ("amazon", ["Amazon"]),
        ("σκρουτζ α.ε.", ["ΣΚΡΟΥΤΖ"]),
        ("", []),
        ("<>", []),
    ],
)
def test_by_a_name_a_part_of_it_or_a_former_one(typed, names):
    assert search(typed, PLATFORMS).names == names
    assert search(typed, PLATFORMS).near == []


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("Facebook Marketplace", ["Facebook"]),
        ("instagramm", ["Instagram"]),
        ("fcebook", ["Facebook"]),
        ("nowhere.com", []),
    ],
)
def test_what_comes_near_is_offered_apart(typed, near):
    assert search(typed, PLATFORMS) == ([], near)


def test_a_name_that_was_only_written_badly_in_the_dumps_is_not_shown_as_one():
    assert former("Joom") == ['SIA "JOOM"']
    assert former("X") == ["X (formerly Twitter)"]
    assert former("Facebook") == []
