"""The one shape of an error: what happened, why, and how to mend it.

An error is a value. It never prints, logs or exits; the doors (`web/app.py`, `cli/main.py`) show
it. A rule that a submission breaks is not an error but a finding (`record/rules.py`): a submitter
sees all findings at once, while an error ends what was being done.

    AmparoError
    ├── Malformed     the input is not in the form that was promised
    ├── Denied        the token or key is not known, or may not do this
    ├── Missing       nothing is kept under that name
    ├── Refused       well formed, but not possible as things stand
    ├── Unavailable   not now: full, busy, or waiting for somebody
    └── Unsound       a record or a proof does not hold together; going on would hide that
"""

# SPDX-License-Identifier: Apache-2.0


class AmparoError(Exception):
    """Something that a person can understand and act on."""

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  why: {self.why}\n  fix: {self.fix}"


class Malformed(AmparoError):
    """The input is not in the form that was promised; the sender must change it."""


class Denied(AmparoError):
    """The token or key is not known, or may not do this."""


class Missing(AmparoError):
    """Nothing is kept under that name."""


class Refused(AmparoError):
    """Well formed, but not possible as things stand; sending it again will not help."""


class Unavailable(AmparoError):
    """Not now: full, busy, or waiting for somebody. Sending it again later may help."""


class Unsound(AmparoError):
    """A record or a proof does not hold together. Never go on as if it did."""
