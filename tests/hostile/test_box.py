"""Floods of sealed files: no sender and no way in closes the box for the others."""

import pytest
from tests.conftest import run
from tests.hostile.tally import tally
from tests.stories.test_sealed_disclosure import Box, directory_of

from amparo.web.http.limits import BOX_RATES
from amparo.web.http.server import PROXIES


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """A box behind a proxy that says which network somebody comes from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PROXIES, "127.0.0.1")
        one = Box(tmp_path_factory.mktemp("flood"))
    yield one
    one.stop()
    one.log.close()


@pytest.fixture(scope="module")
def sealed_file(box):
    paper, raw = box.folder / "paper.txt", box.folder / "sealed.age"
    paper.write_text("words")
    run(
        "disclosure",
        "seal",
        paper,
        "--output",
        raw,
        "--directory",
        directory_of(box),
        "--root",
        box.root,
    )
    return raw.read_bytes()


def sends(box, raw, network=None):
    """Send a file as somebody of a network does; by Tor where there is none."""
    box.http.headers.pop("x-forwarded-for", None)
    if network:
        box.http.headers["x-forwarded-for"] = network
    answer = box.send(raw)
    return answer.status_code, int(answer.headers.get("retry-after", 0))


def test_a_network_that_is_none_is_no_mistake_of_the_server(box, sealed_file):
    """A proxy may pass on what a visitor has written into its header."""
    assert sends(box, sealed_file, "nobody") == (201, 0)


def test_one_sender_closes_the_box_for_nobody_else(box, sealed_file):
    """Five hundred files of one sender closed it for everybody until midnight."""
    share = BOX_RATES["network"]
    first = [sends(box, sealed_file, "203.0.113.9") for _ in range(share.at_once)]
    beyond = sends(box, sealed_file, "203.0.113.9")

    assert set(first) == {(201, 0)}
    assert beyond[0] == 429
    assert 0.9 / share.a_second < beyond[1] <= 1 / share.a_second + 1
    assert sends(box, sealed_file, "198.51.100.7") == (201, 0)
    assert sends(box, sealed_file, "2001:db8::1") == (201, 0)
    assert sends(box, sealed_file) == (201, 0)

    # Many networks together fill their way, for minutes, and not the other.
    way, codes = BOX_RATES["direct"], []
    for n in range(way.at_once):
        codes.append(sends(box, sealed_file, f"192.0.2.{n % 250 + 1}"))
        if codes[-1][0] != 201:
            break
    assert codes[-1][0] == 503
    assert 60 < codes[-1][1] <= 1 / way.a_second + 1
    assert sends(box, sealed_file, "198.51.100.99")[0] == 503
    assert sends(box, sealed_file) == (201, 0)
    tally("sealed files of one sender, and of many", share.at_once + len(codes), "others are taken")


def test_what_is_not_taken_costs_no_place(box, sealed_file):
    bad = sealed_file.replace(b"-> X25519", b"-> scrypt", 3)
    for _ in range(BOX_RATES["handed on"].at_once + 20):
        code, _ = sends(box, bad)
        assert code in (400, 422)

    assert sends(box, sealed_file) == (201, 0)


def test_a_full_disk_s_worth_says_that_it_is_over_tomorrow(box, sealed_file):
    with (box.data / "sealed" / "large").open("wb") as file:
        file.truncate(21 << 30)  # takes no room on the disk
    try:
        code, seconds = sends(box, sealed_file)
    finally:
        (box.data / "sealed" / "large").unlink()

    assert code == 503
    assert 0 < seconds <= 86_400
