"""How much of a stranger's file is looked at: bounds that no report comes near.

All that comes together shares one `Budget`, so that archives within archives, or many files at
once, get no more than one file does. A bound is checked before anything is made of what it counts.
"""

# SPDX-License-Identifier: Apache-2.0

from amparo.errors import Malformed, Text

# A report of every part has 16,000 cells and 106 kB; those of all very large services together
# some 400,000 and 3 MB.
MOST_FILE_BYTES = 32 << 20
MOST_UNPACKED_BYTES = 64 << 20
MOST_GUESSED_BYTES = 4 << 20
"""Of a text that is not UTF-8: guessing its encoding costs 0.2 s a megabyte."""
MOST_FILES = 2_000
MOST_DEPTH = 2
"""Archives within an archive that are looked into."""
MOST_RATIO = 200
"""Unpacked to packed, of a file that unpacks to more than `RATIO_FROM_BYTES`."""
RATIO_FROM_BYTES = 1 << 20
MOST_CELLS = 500_000
"""Of all tables, empty ones between the first and the last included."""
MOST_COLUMNS = 1_000
MOST_CELL_CHARACTERS = 131_072
MOST_TEXT_CHARACTERS = 64 << 20
"""Of all cells of workbooks, a text that many cells share counted in each."""
MOST_SHEETS = 200
MOST_SHARED_STRINGS = 200_000
MOST_MERGED_CELLS = 10_000
MOST_XML_DEPTH = 64
MOST_NAME = 200

_PARTS = Text("Send the CSV parts alone.")
_FEWER = Text("Send fewer.")


class Excess(Malformed):
    """A file holds more than any report does."""

    def __init__(self, why: Text, fix: Text = _PARTS) -> None:
        super().__init__("It is larger than any report.", why=why, fix=fix)
        self.why_and_fix = why, fix


def too_many_files() -> Excess:
    """More files in one archive, or in all, than are looked at."""
    return Excess(Text("more than {count} files", count=MOST_FILES), _FEWER)


class Budget:
    """What may still be read of all that came together."""

    def __init__(self) -> None:
        self.is_spent = False
        self._bytes, self._files = MOST_UNPACKED_BYTES, MOST_FILES
        self._cells, self._text = MOST_CELLS, MOST_TEXT_CHARACTERS

    @property
    def most_bytes(self) -> int:
        """How much a further file may unpack to."""
        return min(self._bytes, MOST_FILE_BYTES)

    def take_file(self, size: int) -> None:
        """Count a file that was unpacked."""
        self._files -= 1
        self._bytes -= size
        if self._files < 0:
            self.is_spent = True
            raise too_many_files()
        if self._bytes < 0:
            raise self._excess(Text("it unpacks to more than any report"), _PARTS)

    def take_cells(self, rows: int, columns: int) -> None:
        """Count a table, or a row of one."""
        if columns > MOST_COLUMNS:
            raise Excess(
                Text("a table of more than {count} columns", count=MOST_COLUMNS),
                Text("Delete what stands beside the table, and save it again."),
            )
        self._cells -= rows * columns
        if self._cells < 0:
            raise self._excess(
                Text("more than {count} cells, empty ones between included", count=MOST_CELLS),
                Text("Delete what stands far below or beside the table, and save it again."),
            )

    def take_text(self, characters: int) -> None:
        """Count the text of a workbook's cells."""
        self._text -= characters
        if self._text < 0:
            raise self._excess(Text("more text in its cells than any report"), _PARTS)

    def _excess(self, why: Text, fix: Text) -> Excess:
        self.is_spent = True
        return Excess(why, fix)
