"""Files of the pages come packed, and are the same files; pages with secrets never do."""

import gzip
from importlib.resources import files

import pytest

NAMES = ["pico-2.1.1.min.css", "amparo.css", "times.js", "icon.svg"]
TAKES = {"accept-encoding": "gzip"}


def raw(served, path, **headers):
    """An answer with its body as it came over the line."""
    with served.http.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_comes_packed_to_whoever_takes_that_and_plain_to_others(served, name):
    wanted = files("amparo.web").joinpath("static", name).read_bytes()

    packed, body = raw(served, f"/static/{name}", **TAKES)
    plain, same = raw(served, f"/static/{name}", **{"accept-encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(body) == same == wanted
    assert len(body) < len(same)
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"


def test_what_a_browser_has_is_not_sent_again_packed_or_plain(served):
    packed, _ = raw(served, "/static/amparo.css", **TAKES)
    plain, _ = raw(served, "/static/amparo.css", **{"accept-encoding": "identity"})

    for tag in (packed.headers["etag"], plain.headers["etag"]):
        again, body = raw(served, "/static/amparo.css", **TAKES, **{"if-none-match": tag})
        assert (again.status_code, body) == (304, b"")


def test_a_part_of_a_file_is_a_part_of_the_plain_one(served):
    wanted = files("amparo.web").joinpath("static", "amparo.css").read_bytes()

    part, body = raw(served, "/static/amparo.css", **TAKES, range="bytes=0-9")

    assert (part.status_code, body) == (206, wanted[:10])


def test_a_page_is_never_packed(served):
    page, _ = raw(served, "/find", **TAKES)

    assert "content-encoding" not in page.headers
