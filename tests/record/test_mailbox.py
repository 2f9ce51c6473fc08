"""Addresses for mail: what is one, and how an international one is sent to."""

import pytest

from amparo.errors import Malformed
from amparo.record import mailbox


@pytest.mark.parametrize(
    "address",
    [
        "ana@example.org",
        "ANA@EXAMPLE.ORG",
        "ana.b+c@mail.example.museum",
        "o'neil@example.org",
        "anna@müller.example",
        "anna@xn--mller-kva.example",
        "λένα@παράδειγμα.example",
        "क्षमता@डाटा.भारत",
        "ana@例え.テスト",
        f"{'a' * 64}@example.org",
    ],
)
def test_an_address_is_one_in_whatever_script(address):
    assert mailbox.is_address(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@example.org",
        "ana@",
        "ana@localhost",
        "ana.@example.org",
        ".ana@example.org",
        "a..b@example.org",
        "ana@[127.0.0.1]",
        "ana@127.0.0.1",
        "ana@example.1",
        "ana@example..org",
        "ana@-a.example",
        "ana@example.org.",
        "ana@b@example.org",
        "ana@example.org\r\nBcc: us@example.org",
        "Ana <ana@example.org>",
        "ana@\u202eexample.org",
        "ana@-ü.example",
        f"{'a' * 65}@example.org",
        f"{'ü' * 33}@example.org",
        f"ana@{'ü.' * 120}example",
        f"ana@{'a' * 64}.example",
    ],
)
def test_what_no_mail_can_reach_is_no_address(text):
    assert not mailbox.is_address(text)


@pytest.mark.parametrize(
    ("domain", "sent"),
    [
        ("EXAMPLE.org", "EXAMPLE.org"),
        ("müller.example", "xn--mller-kva.example"),
        ("MÜLLER.example", "xn--mller-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),  # IDNA 2003 led to strasse.example
        ("παράδειγμα.example", "xn--hxajbheg2az3al.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
    ],
)
def test_a_domain_goes_out_in_punycode(domain, sent):
    assert mailbox.ascii_domain(domain) == sent


def test_a_domain_that_has_no_punycode_is_told():
    with pytest.raises(Malformed, match="no domain for mail"):
        mailbox.ascii_domain("-ü.example")
