"""A delivery status notification is read, and whatever else anybody sends is refused, quickly."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.bounced import block, notification

from amparo.errors import Malformed
from amparo.record import delivery_status

ID = "<amparo.7.0123456789abcdef0123456789abcdef@node.example>"
PLAIN = notification(ID)


@pytest.mark.parametrize(
    ("blocks", "action", "code"),
    [
        ((), "failed", "550 5.1.1"),
        ((block(action="Failed (user unknown)"),), "failed", "550 5.1.1"),
        ((block(status="4.4.1", diagnosis="connection timed out"),), "failed", "4.4.1"),
        ((block("delayed", "4.2.2", "452 4.2.2 full"),), "delayed", "452 4.2.2"),
        ((block("delivered", "2.0.0", "250 ok"),), "none", ""),
        ((block(), block("relayed", "2.0.0", "250 ok")), "none", ""),
        ((block(), block("delayed", "4.2.2", "452 4.2.2 full")), "delayed", "452 4.2.2"),
        (("X-Nothing: here",), "none", ""),
        (
            (block(status="5.1.1 <ana@example.org>", diagnosis="550-ana@example.org"),),
            "failed",
            "550 5.1.1",
        ),
    ],
)
def test_what_became_of_a_letter(blocks, action, code):
    status = delivery_status.read(notification(ID, *blocks))

    assert (status.action, status.code) == (action, code)
    assert ID in status.named


def test_line_ends_of_the_wire_and_a_returned_part_in_base64_are_read_as_well():
    headers = f"Message-ID: {ID}\n".encode()
    coded = PLAIN.replace(
        b"text/rfc822-headers\n", b"text/rfc822-headers\nContent-Transfer-Encoding: base64\n"
    )
    start = coded.index(b"From: amparo@localhost")
    coded = coded[:start] + base64.encodebytes(headers) + b"\n--9B095B5ADSN=_01D/mx.example--\n"

    assert ID in delivery_status.read(PLAIN.replace(b"\n", b"\r\n")).named
    assert delivery_status.read(coded).named == (ID, "amparo@localhost")


def test_the_address_that_a_letter_came_back_to_is_read_as_well():
    sent_to = "bounces+7.0123456789abcdef0123456789abcdef@node.example"

    assert sent_to in delivery_status.read(notification("<other@x>", to=sent_to)).named


HOSTILE = {
    "nothing": b"",
    "no mail": b"\x00\xff\n" * 1000,
    "a letter": b"Subject: hello\n\nhello\n",
    "too long": b"a" * (delivery_status.MOST_BYTES + 1),
    "no boundary": PLAIN.replace(b"boundary=", b"border="),
    "no report": PLAIN.replace(b"message/delivery-status", b"text/plain"),
    "a status in the letter alone": b"Content-Type: text/rfc822-headers\n\n" + PLAIN,
    "a header without an end": b"Content-Type: multipart/report; " + b"a;" * 400_000,
    "a thousand layers": b"".join(
        b"Content-Type: multipart/report; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(9000)
    ),
    "a million lines": b"Content-Type: multipart/report; boundary=x\n\n" + b"--x\n" * 250_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_none_is_refused(name):
    with pytest.raises(Malformed):
        delivery_status.read(HOSTILE[name])


@given(st.integers(0, len(PLAIN)), st.integers(0, 40), st.binary(max_size=40))
def test_a_damaged_one_is_read_or_refused(start, length, other):
    with contextlib.suppress(Malformed):
        delivery_status.read(PLAIN[:start] + other + PLAIN[start + length :])
