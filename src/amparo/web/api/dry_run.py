"""Statements that are tried out: every rule is asked, and nothing goes on the record.

A call is tried out where it says `?dry_run=1`, or where it carries a platform's test token.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any

from amparo.errors import Malformed, Text
from amparo.ledger.log.intake import Prepared
from amparo.ledger.log.platforms import Platform
from amparo.record import answer
from amparo.storage.journal import Journal, Known

FIELD = "dry_run"
_ON_THE_RECORD = ("id", "permalink", "self")
"""What a statement has once it is there; its place, its receipt and its link are not added at all.
"""


def is_asked(value: str | None) -> bool:
    """Whether the parameter of a query asks for it."""
    if value in (None, "0", "false"):
        return False
    if value in ("1", "true"):
        return True
    raise Malformed(
        "This parameter cannot be read.",
        why=Text("`dry_run` is {value}", value=repr(value[:60])),
        fix="Send `dry_run=1`, or leave it out.",
    )


def known(journal: Journal, prepared: Sequence[Prepared]) -> Known | None:
    """Those of them whose PUID was used before; None: none was."""
    digests = [statement.row.puid_digest for statement in prepared]
    taken = journal.puids.taken([digest for digest in digests if digest is not None])
    found = {
        place: taken[digest]
        for place, digest in enumerate(digests)
        if digest is not None and digest in taken
    }
    return Known(found) if found else None


def answered(
    statement: Mapping[str, Any], platform: Platform, prepared: Prepared
) -> dict[str, Any]:
    """A statement as it is answered: with a number made up, and without what is not there."""
    system = answer.system_attributes(
        uuid=prepared.case, at=prepared.at, platform_name=platform.name, base_url=""
    )
    whole = {**statement, **system, FIELD: True}
    return {name: value for name, value in whole.items() if name not in _ON_THE_RECORD}
