"""What a call takes, field by field, from the schema that describes it."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from amparo.errors import Text
from amparo.web.words.decision import N_

Schema = Mapping[str, Any]
DESCRIBED_APART = "/Statement"
"""A statement's attributes have a table of their own."""


class Field(NamedTuple):
    """A field of a body; those of objects within it stand behind a dot or `[]`."""

    name: str
    kind: str | Text
    """As in "text, at most 200" or "list of texts", for a page to translate."""
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


_KINDS = {
    "string": N_("text"),
    "boolean": N_("true or false"),
    "array": N_("list"),
    "object": N_("object"),
}
_LISTS = {"string": N_("list of texts"), "object": N_("list of objects")}


def _kind(found: Schema, items: Schema) -> str | Text:
    kinds = found.get("type", "string" if "enum" in found else "object")
    kind = next(name for name in ([kinds] if isinstance(kinds, str) else kinds) if name != "null")
    shown = _KINDS.get(kind, kind)
    if kind == "array":
        shown = _LISTS.get(str(items.get("type", "string")), _LISTS["string"])
    if most := found.get("maxLength") or found.get("maxItems"):
        return Text("{kind}, at most {most}", kind=Text(shown), most=most)
    return shown
