"""What a call takes, field by field, from the schema that describes it."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
DESCRIBED_APART = "/Statement"
"""A statement's attributes have a table of their own."""


class Field(NamedTuple):
    """A field of a body; those of objects within it stand behind a dot or `[]`."""

    name: str
    kind: str
    """As in "text, at most 200" or "list of text"."""
    values: tuple[str, ...]
    """All that it can be; empty: anything of its kind."""
    is_required: bool
    what: str


def fields(schema: Schema, components: Mapping[str, Schema], within: str = "") -> list[Field]:
    """Every field of an object's schema; `components`: name -> schema, of `$ref`."""
    return list(_fields(_resolved(schema, components), components, within))


def _fields(schema: Schema, components: Mapping[str, Schema], within: str) -> Iterator[Field]:
    required = set(schema.get("required", ()))
    for name, described in schema.get("properties", {}).items():
        found = _resolved(described, components)
        items = _resolved(found.get("items", {}), components)
        values = found.get("enum") or items.get("enum") or ()
        whole = within + name
        yield Field(
            whole,
            _kind(found, items),
            tuple(str(value) for value in values if value is not None),
            name in required,
            found.get("description", "") if "properties" not in found else "",
        )
        yield from _fields(found, components, f"{whole}.")
        if not found.get("items", {}).get("$ref", "").endswith(DESCRIBED_APART):
            yield from _fields(items, components, f"{whole}[].")


def _resolved(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    return components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


_KINDS = {"string": "text", "boolean": "true or false", "array": "list", "object": "object"}


def _kind(found: Schema, items: Schema) -> str:
    kinds = found.get("type", "string" if "enum" in found else "object")
    kind = next(name for name in ([kinds] if isinstance(kinds, str) else kinds) if name != "null")
    shown = _KINDS.get(kind, kind)
    if kind == "array":
        shown = f"list of {_KINDS.get(str(items.get('type', 'string')), 'text')}"
    if most := found.get("maxLength") or found.get("maxItems"):
        shown += f", at most {most:,}"
    return shown
