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

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from amparo.connectors import mapping
from amparo.connectors import rule as rules
from amparo.connectors.mapping import TableMapping
from amparo.connectors.rule import Rule
from amparo.errors import Malformed

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,59}")
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
