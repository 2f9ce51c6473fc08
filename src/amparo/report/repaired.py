"""Reports as they could be published: the files that `mend` writes of each, by folder.

What is certain is written, and nothing is added: the files are those that came, under the
template's names. Several reports have a folder each, named after their service.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from amparo.report import files
from amparo.report.mend import Mended, mend
from amparo.report.table import Report


class Repaired(NamedTuple):
    """A report with what is certain corrected."""

    folder: str
    """After its service; no two are alike."""
    files: dict[str, bytes]
    """Name -> its bytes, as CSV that the template asks for."""
    mended: Mended


def repaired(reports: Sequence[Report]) -> Iterator[Repaired]:
    """Each report, mended."""
    taken = set[str]()
    for number, report in enumerate(reports, 1):
        folder = _folder(report.service, number, taken)
        taken.add(folder)
        mended = mend(report)
        made = {
            f"{name}.csv": files.write_table(file.header, file.rows)
            for name, file in mended.files.items()
        }
        yield Repaired(folder, made, mended)


def _folder(service: str, number: int, taken: set[str]) -> str:
    name = "-".join("".join(c if c.isalnum() else " " for c in service.lower()).split())
    name = name or f"report-{number}"
    return f"{name}-{number}" if name in taken else name
