"""Cells of a table on their way to a spreadsheet: text that strangers wrote is never a formula.

Source: OWASP, CSV Injection; ASVS 5, 1.2.10.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Any

_BEGIN_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def inert(cell: Any) -> Any:
    """The same cell; a text that a spreadsheet would run gets an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGIN_FORMULAS) else cell
