"""What comes of an operator's step: an answer that is shown once, or a second question."""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple

from amparo.errors import Text


class Done(NamedTuple):
    """What came of a step, as the page shows it."""

    text: str | Text
    secret: str = ""
    """What is shown this once."""
    good: bool = True


class Asked(NamedTuple):
    """A step that is asked about once more, since it cannot be taken back."""

    whom: str
    back: str
    """The page to which one returns without taking it."""
    action: str
    """The address that takes it."""
    what: str | Text
    button: str
