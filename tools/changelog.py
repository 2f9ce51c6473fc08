"""Turn the fragments of `changelog.d` into a version's section of CHANGELOG.md, at a release.

    python tools/changelog.py 0.2.0

A fragment is one file `<topic>.<kind>.md` with one sentence or a few. Run again for the same
version, it adds the fragments that came since. There are libraries for this (towncrier is the best
known); with three kinds and no numbers of issues it is these lines, and one package less to pin.
"""

import re
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
FRAGMENTS = ROOT / "changelog.d"
CHANGELOG = ROOT / "CHANGELOG.md"
KINDS = {"added": "Added", "changed": "Changed", "fixed": "Fixed"}
"""The end of a fragment's name -> its heading, in the order of the page."""
WIDTH = 100


def fragments() -> list[Path]:
    """Every fragment that no release has gathered yet."""
    found = sorted(path for path in FRAGMENTS.glob("*.md") if path.name != "README.md")
    for path in found:
        if path.name.split(".")[1:-1] not in [[kind] for kind in KINDS]:
            sys.exit(f"{path}: a fragment is named <topic>.<{'|'.join(KINDS)}>.md")
    return found


def released(text: str, version: str, day: str, news: list[tuple[str, str]]) -> str:
    """The changelog with news, as (kind, sentences), in the section of a version."""
    head, *sections = re.split(r"(?m)^(?=## )", text)
    first = sections[0] if sections and sections[0].startswith(f"## {version} ") else ""
    if first:
        day = first.split("(")[1].split(")")[0]
        sections = sections[1:]
    entries = _entries(first)
    for kind, sentences in news:
        entries[kind].append(" ".join(sentences.split()))
    parts = [f"## {version} ({day})\n"]
    for kind, heading in KINDS.items():
        if entries[kind]:
            parts.append(f"### {heading}\n\n" + "".join(map(_item, entries[kind])))
    return head + "\n".join(parts) + "".join(f"\n{one}" for one in sections)


def _entries(section: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for kind, heading in KINDS.items():
        match = re.search(rf"(?ms)^### {heading}\n(.+?)(?=^### |\Z)", section)
        for item in re.split(r"(?m)^- ", match[1])[1:] if match else []:
            found[kind].append(" ".join(item.split()))
    return found


def _item(text: str) -> str:
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent="- ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the section, and remove the fragments that it holds."""
    version = sys.argv[1]
    paths = fragments()
    news = [(path.name.split(".")[1], path.read_text()) for path in paths]
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    CHANGELOG.write_text(released(CHANGELOG.read_text(), version, day, news))
    for path in paths:
        path.unlink()
    print(f"CHANGELOG.md: {len(news)} news of {version}")


if __name__ == "__main__":
    main()
