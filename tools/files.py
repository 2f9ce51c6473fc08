"""Write docs/files.md anew from the first sentence of every file: `make files`.

Each room's files in one table, so that whoever looks for something finds its file by searching one
page.
"""

import ast
import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "amparo"
PAGE = ROOT / "docs" / "files.md"
HEAD = """\
# Every file

Written by `make files` from the first sentence of each file. The rooms are on the
[map](index.md#rooms), the words in the [glossary](glossary.md).
"""


def written() -> str:
    """The whole page."""
    files = [path for path in SOURCE.rglob("*.py") if path.name != "__init__.py"]
    rooms = groupby(
        sorted(files, key=lambda path: (path.parent, path.name)), lambda path: path.parent
    )
    return "\n".join([HEAD, *(_room(room, list(members)) for room, members in rooms)])


def _room(room: Path, files: list[Path]) -> str:
    rows = "\n".join(f"| `{path.name}` | {_subject(path)} |" for path in files)
    return f"## `{room.relative_to(ROOT)}`\n\n| file | what |\n|---|---|\n{rows}\n"


def _subject(path: Path) -> str:
    told = ast.get_docstring(ast.parse(path.read_text())) or ""
    return " ".join(told.partition("\n\n")[0].split()).replace("|", "\\|")


def main() -> None:
    """Write the page. `--print` only shows it."""
    if "--print" in sys.argv:
        print(written(), end="")
    else:
        PAGE.write_text(written())


if __name__ == "__main__":
    main()
