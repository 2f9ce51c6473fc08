"""Write the JSON Schemas of files that travel between nodes, from their structs: `make schemas`."""

from pathlib import Path
from typing import Any

import msgspec

from amparo.ledger.case.case_file import Index
from amparo.ledger.case.outcomes import Outcome

PLACE = Path(__file__).parent.parent / "src" / "amparo" / "web" / "static"


def written() -> dict[str, bytes]:
    """Name below `static` -> the schema."""
    return {
        "case-file/v1.json": _schema(Index, "urn:amparo:case-file:v1", "A case file's index"),
        "case-file/outcome-v1.json": _schema(
            Outcome, "urn:amparo:outcome:v1", "What an out-of-court body signs"
        ),
    }


def _schema(kind: type, name: str, title: str) -> bytes:
    (top,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": name,
        "title": title,
        **top,
        "$defs": parts,
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


if __name__ == "__main__":
    for name, schema in written().items():
        path = PLACE / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(schema)
        print(f"Wrote {path.name} ({len(schema)} bytes).")
