"""Addresses for mail: what is one, how it is sent to, and when two are the same.

The letters A to Z, and no other, have two forms. Unicode folds more: U+212A, the sign for kelvin,
becomes a `k`, so that somebody who can have mail at that address would come in as Kim. Every
comparison goes through `folded`; beside it `lower()` of the databases folds the same letters, in
SQLite always, in PostgreSQL since columns are of collation "C".

Every mail server reaches an international domain when it is written in punycode. What stands before
the @ has no such second form: for letters outside of ASCII every server on the way has to offer
SMTPUTF8.

Source: RFC 5321, sections 2.4, 4.1.2 and 4.5.3.1; RFC 5890 and 5891 (IDNA 2008) with the mapping of
UTS #46; RFC 6531 (which adds no folding of its own).
"""

# SPDX-License-Identifier: Apache-2.0

import re
from string import ascii_lowercase, ascii_uppercase

import idna

from amparo.errors import Malformed, Text

MOST_OCTETS = 254
MOST_OCTETS_OF_LOCAL_PART = 64
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u00a1-\U0010ffff]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?=[A-Za-z])(?=..){_LABEL}")
"""A name with at least two labels; the last begins with a letter, which no IP address does."""


def folded(address: str) -> str:
    """An address in the form in which it is compared."""
    return address.strip().translate(_SMALL)


def is_address(text: str) -> bool:
    """Whether a text is an address for mail, in whatever script."""
    local_part, _, domain = text.rpartition("@")
    if len(text) > MOST_OCTETS or not text.isprintable() or not _LOCAL_PART.fullmatch(local_part):
        return False
    try:
        domain = ascii_domain(domain)
    except Malformed:
        return False
    octets = len(local_part.encode())
    return (
        octets <= MOST_OCTETS_OF_LOCAL_PART
        and octets + 1 + len(domain) <= MOST_OCTETS
        and _DOMAIN.fullmatch(domain) is not None
    )


def why_no_mail(text: str) -> Text | None:
    """Why this program writes to no such address; None where it does."""
    if not is_address(text):
        return Text("it is not like name@example.org")
    if needs_smtputf8(text):
        return Text("before the @ are letters that few mail servers take (outside of ASCII)")
    return None


def needs_smtputf8(address: str) -> bool:
    """Whether only servers that offer SMTPUTF8 take mail for an address."""
    return not address.rpartition("@")[0].isascii()


def ascii_domain(domain: str) -> str:
    """A domain as every mail server takes it: an international one in punycode."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise Malformed(
            "That is no domain for mail.",
            why=Text("{domain} cannot be written in punycode", domain=repr(domain[:80])),
            fix="Write it as its owner does, or in punycode (xn--).",
        ) from None
