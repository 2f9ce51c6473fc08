"""Taking in what members sign, whatever it is: one door for every document of the coalition.

The signature is the permission: nobody signs in, and nothing is stored that no known key has
signed, but for a request to join, which is signed by the key that it brings.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import NamedTuple

from amparo.coalition import charter, document, resolution
from amparo.coalition.membership_request import REQUEST
from amparo.errors import Malformed, Text
from amparo.ledger.coalition import charters, resolutions
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.tlog import note


class Taken(NamedTuple):
    """What was handed in."""

    kind: str
    """resolution, answer, contact, request, draft, adopted (a charter that has its quorum now)."""
    digest: str
    seq: int | None
    """Its entry in the log, where it has one."""


def take(journal: Journal, node: Node, raw: bytes, now: datetime) -> Taken:
    """Keep a document, or refuse it; the same one again changes nothing."""
    if not raw.strip():
        raise Malformed(
            "Nothing was handed in.",
            why="the file or the field is empty",
            fix="Where a command wrote the file, it has failed: run it again, and read what it "
            "says.",
        )
    signed = note.parse(raw)
    header = signed.text.partition(b"\n")[0] + b"\n"
    digest = document.digest(signed.text)
    if header in (resolution.RESOLUTION, resolution.ANSWER, resolution.CONTACT):
        paper = resolutions.take(journal, node, raw, now)
        return Taken(paper.kind, paper.digest, paper.seq)
    if header == REQUEST:
        charters.hand_in_request(node, raw)
        return Taken("request", digest, None)
    if header == charter.HEADER:
        draft = charters.hand_in_draft(node, raw)
        in_force = document.digest(charters.newest(node)[1]) == draft.digest
        return Taken("adopted" if in_force else "draft", digest, None)
    raise Malformed(
        "That is no document of the coalition.",
        why=Text("its first line is {line}", line=repr(header[:40])[1:]),
        fix="Hand in a file that `amparo resolution`, `amparo member` or `amparo charter` made.",
    )
