"""Addresses on the web as others write them: whole, on one line, and without a password.

An address is stored, signed and shown for years. One that holds a user name would give a login
away, or lead elsewhere than it seems to (`https://bank.example@evil.example/`); one with a blank, a
line break or a mark that turns the direction of writing reads otherwise than it is. A host is a
name or a number, so no markup (`https://<script>/`), in whichever width its characters are written.

Source: RFC 3986, sections 2, 3.2 and 7.6; RFC 5891, section 5.2, on names in other scripts. The EU
database asks for a scheme and a host, and lets user names pass.
"""

# SPDX-License-Identifier: Apache-2.0

import re
import unicodedata

_UNSEEN = "\x00-\x20\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_NO_PART_OF_ONE = '<>"{}|\\\\^`'  # RFC 3986 has them in no address at all
_SOUND = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*://([^\s/?#@{_NO_PART_OF_ONE}{_UNSEEN}]+)"
    rf"(?:[/?#][^\s{_NO_PART_OF_ONE}{_UNSEEN}]*)?"
)
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\x80-\U0010ffff-]+)(?::[0-9]{1,5})?")
_OF_SERVER = re.compile(
    rf"https?://(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#@\\:\[\]{_UNSEEN}]+)(?::[0-9]{{1,5}})?"
    rf"(?:/[^\s?#\\{_UNSEEN}]*)?"
)
_LOGIN = re.compile(r":[/\\]{2}[^\s/?#\\]*@")  # no scheme before it: the search stays linear
MOST_OF_SERVER = 500


def is_sound(text: str) -> bool:
    """Whether a text is one whole address: scheme and host, no login, no markup, nothing unseen."""
    found = _SOUND.fullmatch(text)
    # A browser brings a host into this form first: a wide `＜` is then the usual one.
    return (
        found is not None and _HOST.fullmatch(unicodedata.normalize("NFKC", found[1])) is not None
    )


def holds_login(text: str) -> bool:
    """Whether an address with a user name, and perhaps a password, stands anywhere in a text."""
    return _LOGIN.search(text) is not None


def is_of_server(text: str) -> bool:
    """Whether a program can ask there: http or https, no login, no query."""
    return len(text) <= MOST_OF_SERVER and _OF_SERVER.fullmatch(text) is not None
