"""Busy: the error of a full queue, with the seconds after which to come again."""

# SPDX-License-Identifier: Apache-2.0

from amparo.errors import Unavailable


class Busy(Unavailable):
    """No room just now: 503, whose Retry-After is `seconds`."""

    def __init__(self, what: str, *, why: str, fix: str, seconds: int) -> None:
        """`seconds`: when to come again."""
        super().__init__(what, why=why, fix=fix)
        self.seconds = seconds
