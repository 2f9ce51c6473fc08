"""How a connection is set up: one form for every connector, as TOML.

    [connector]
    system = "csv"                     # which connector
    name = "forum"                     # what the operator calls this connection
    platform = "Forum"                 # of this node
    instance = "forum.example"         # which installation: native ids are unique within it
    address = ""                       # where it is asked, of those that are asked

    [options]                          # the connector's own; texts

    [columns], [words.*], [always], [dates]   # of tables: `mapping`

    [[rule]]                           # what a person says about all records alike
    when = { reason = "spam" }
    then = { category = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD" }

Secrets are not in it: they lie in a file of their own in the node's `keys`.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from amparo.connectors import mapping
from amparo.connectors import rule as rules
from amparo.connectors.mapping import TableMapping
from amparo.connectors.rule import Rule
from amparo.errors import Malformed, Text

MOST_NAME, MOST_PORTS = 60, 65536
_NAME = re.compile(rf"[a-z0-9][a-z0-9.-]{{0,{MOST_NAME - 1}}}")
WRITE_BACK = "write_back"
"""The option by which orders are carried out in the source."""
OF_A_FILE = ("encoding", "delimiter")
"""Options that say how a file is written; told from it where they are left out."""
_TABLE = ("columns", "words", "always", "dates")


class Connector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which connector reads which installation for which platform."""

    system: str
    name: str
    platform: str
    instance: str = ""
    address: str = ""


class Config(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole form."""

    connector: Connector
    options: dict[str, str] = {}
    table: TableMapping | None = None
    rule: tuple[Rule, ...] = ()


def read(source: Mapping[str, Any]) -> Config:
    """The form from a parsed TOML file; `Malformed` names what does not fit."""
    table = {name: source[name] for name in _TABLE if name in source}
    rest = {name: value for name, value in source.items() if name not in _TABLE}
    unknown = sorted(rest.keys() - {"connector", "options", "rule"})
    if unknown:
        raise _malformed(f"it has a table [{unknown[0]}]")
    try:
        found = msgspec.convert(rest, Config)
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None
    if not _NAME.fullmatch(found.connector.name):
        raise _malformed("`name` has small letters, digits, dots and hyphens, at most 60")
    for item in found.rule:
        rules.check(item)
    return msgspec.structs.replace(found, table=mapping.read(table) if table else None)


def write(config: Config) -> str:
    """The form as TOML, which `read` reads again as the same."""
    tables = [("connector", msgspec.to_builtins(config.connector))]
    if config.options:
        tables.append(("options", config.options))
    if config.table is not None:
        found = msgspec.to_builtins(config.table)
        tables += [(name, found[name]) for name in ("columns", "always", "dates") if found[name]]
        tables += [(f"words.{name}", values) for name, values in found["words"].items()]
    written = [f"[{name}]\n{_lines(values)}" for name, values in tables]
    written += [
        f"[[rule]]\nwhen = {_inline(item.when)}\nthen = {_inline(item.then)}\n"
        for item in config.rule
    ]
    return "\n".join(written)


def writes_back(config: Config) -> bool:
    """Whether orders are carried out in the source by the node itself: only where that is said."""
    return config.options.get(WRITE_BACK, "no") == "yes"


def name_of(system: str, instance: str) -> str:
    """What a connection is called where nobody has named it: by any host, DID or file."""
    name = re.sub(r"[^a-z0-9.-]+", "-", f"{system}-{instance.lower()}")
    return name[:MOST_NAME].rstrip("-")


YES_OR_NO = ("yes", "no")


def wrong_option(
    options: Mapping[str, str], known: Iterable[str], choices: Mapping[str, tuple[str, str]]
) -> str | None:
    """Why the options of a connection cannot be used; None where they can.

    `choices`: option -> the two values that it can have; left out, it is the second.
    """
    if unknown := sorted(options.keys() - set(known)):
        return f"there is no option {unknown[0]!r}"
    for name, (first, other) in choices.items():
        if options.get(name, other) not in (first, other):
            return f"{name} under [options] is neither {first} nor {other}"
    return None


def wrong_table(config: Config) -> str | None:
    """Why columns cannot be mapped of a source that is no table of its own; None where none are."""
    if config.table is not None:
        return "its columns are known; what holds for all alike is a [[rule]]"
    return None


def unusable(why: str, page: str = "docs/connectors.md") -> Malformed:
    """What is raised of a connection's file that does not fit; `page` says how it is written."""
    return Malformed(
        "The file of the connection cannot be used.",
        why=why,
        fix=Text("Write it as in {page}.", page=page),
    )


def scanned(
    config: Config, known: Iterable[str], choices: Mapping[str, tuple[str, str]], page: str
) -> tuple[bool, int]:
    """Whether a source that is looked through is private, and every how many hours (1 to 168).

    `Malformed` names what does not fit in the file; `page` says how it is written.
    """
    options = config.options
    hours, is_private = options.get("scan_hours", "6"), options.get("private") == "yes"
    why = wrong_option(options, known, choices)
    if not re.fullmatch(r"[0-9]{1,3}", hours) or not 1 <= int(hours) <= 168:
        why = why or "scan_hours under [options] is no number from 1 to 168"
    why = why or wrong_address(config.connector.address, is_private=is_private)
    if why is not None:
        raise unusable(why, page)
    return is_private, int(hours)


def wrong_since(since: str) -> str | None:
    """Why a source cannot be read from a day on; None where it can, or where no day is given."""
    with contextlib.suppress(ValueError):
        if not since or date.fromisoformat(since).isoformat() == since:
            return None
    return "since under [options] is no day, as 2026-11-30 is"


def wrong_address(address: str, *, is_private: bool) -> str | None:
    """Why a source cannot be asked at an address; None where it can."""
    host = r"(?:\[[^\s/?#@\[\]]+\]|[^\s/?#@:\[\]]+)"
    found = re.fullmatch(rf"(https?)://{host}(?::([0-9]{{1,5}}))?(/[^\s?#]*)?", address)
    if found is None or (found[1] != "https" and not is_private):
        return "`address` is no address that begins with https://"
    if found[2] and not 0 < int(found[2]) < MOST_PORTS:
        return "`address` has a port that cannot be"
    return None


def is_in_the_clear(address: str) -> bool:
    """Whether anybody on the way can read what is sent there: without TLS, to a public host."""
    address = address.lower()
    found = re.fullmatch(r"http://(\[[^\]]*\]|[^/:?#@]*)([:/?#].*)?", address)
    if found is None:
        return address.startswith("http://")
    host = found[1].strip("[]")
    try:
        return not ipaddress.ip_address(host).is_private
    except ValueError:
        return host != "localhost"


def _lines(values: Mapping[str, Any]) -> str:
    return "".join(f"{key(name)} = {_value(value)}\n" for name, value in values.items())


def _inline(values: Mapping[str, Any]) -> str:
    return f"{{ {', '.join(f'{key(name)} = {_value(v)}' for name, v in values.items())} }}"


def key(name: str) -> str:
    """A key as TOML writes it."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: Any) -> str:
    """A JSON text, list or truth value is one of TOML, too, but for the character DEL."""
    if isinstance(value, dict):
        return _inline(value)
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def _malformed(why: str) -> Malformed:
    return Malformed(
        "The file of the connection cannot be used.",
        why=why,
        fix="See `docs/connectors.md` for its form.",
    )
