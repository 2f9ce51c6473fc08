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
from contextlib import suppress
from posixpath import normpath

import idna

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
_PARTS = re.compile(  # RFC 3986, appendix B
    r"(https?)://(\[[^\]]*\]|[^/?#:]*)(?::([0-9]+))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE
)
_USUAL_PORT = {"http": 80, "https": 443}
_MOST_PORT = 65_535
_MOST_HOST = 253
_OF_A_CLICK = re.compile(
    r"(?:utm_[a-z]+|fbclid|gclid|dclid|msclkid|twclid|yclid|igsh|igshid|mc_cid|mc_eid)(?:=.*)?"
)
"""What is put behind an address to follow whoever clicks; it names nothing that stands there."""
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_TO_BE_ESCAPED = re.compile(r"[^A-Za-z0-9._~%/:@!$&'()*+,;=?-]+")


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


def canonical(text: str) -> str:
    """One spelling of an address, however it was copied; empty where a text is not one alone.

    Two that differ may lead to one place all the same (`www.`, a slash at the end): whether they
    do is the server's to say, and nobody asks it. What follows `#` can name a comment, and stays.
    Source: RFC 3986, section 6.2.2 and 6.2.3.
    """
    text = text.strip()
    parts = _PARTS.fullmatch(text) if is_sound(text) else None
    if parts is None:
        return ""
    scheme, name, port, path, query, fragment = (part or "" for part in parts.groups())
    host = _host(name)
    if not host or (port and int(port) > _MOST_PORT):
        return ""
    if port and int(port) != _USUAL_PORT[scheme.lower()]:
        host += f":{int(port)}"
    asked = [_escaped(pair) for pair in query.split("&") if not _OF_A_CLICK.fullmatch(pair)]
    behind = "?" + "&".join(asked) if any(asked) else ""
    place, _, _ = fragment.partition(":~:")  # words to be marked on the page
    if place:
        behind += f"#{_escaped(place)}"
    return f"https://{host}{_path(path or '/')}{behind}"


def _host(name: str) -> str:
    """A host in punycode; empty where no server can have the name."""
    name = unicodedata.normalize("NFKC", name).rstrip(".").lower()
    if len(name) > _MOST_HOST:
        return ""
    with suppress(idna.IDNAError):  # a number, or a name that only its own resolver knows
        name = idna.encode(name, uts46=True).decode()
    return name if name.isascii() else ""


def _path(given: str) -> str:
    """A path without the steps `.` and `..`; a slash at its end stays one."""
    path = _escaped(given)
    if not re.search(r"/\.\.?(?:/|$)", path):
        return path
    whole = normpath(path)
    return whole if whole == "/" or not path.endswith(("/", "/.", "/..")) else f"{whole}/"


def _escaped(part: str) -> str:
    """Escapes in capitals, and only where they are needed."""
    whole = _TO_BE_ESCAPED.sub(lambda found: _bytes(found[0]), part)
    return _ESCAPED.sub(lambda found: _plain(found[0], chr(int(found[1], 16))), whole)


def _bytes(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode(errors="surrogatepass"))


def _plain(escape: str, char: str) -> str:
    return char if _UNRESERVED.fullmatch(char) else escape.upper()
