"""Who a labeler is: its DID document, from the directory or the host that its DID names."""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple

from amparo.connectors import did_document
from amparo.connectors.did_document import Labeler
from amparo.errors import Malformed
from amparo.ledger.outbound import http

DIRECTORY = "https://plc.directory"
"""Where DIDs of the method `plc` are, unless the operator names another one."""
SECONDS = 20.0
MOST_BYTES = 64 * 1024


class Found(NamedTuple):
    """What a document says, and where it was read."""

    labeler: Labeler
    address: str


def find(did: str, directory: str = DIRECTORY) -> Found:
    """The labeler by its DID; `Malformed` says what its document lacks."""
    try:
        address = did_document.address_of(did, directory)
    except ValueError as error:
        raise _unusable(str(error)) from None
    return Found(read(did, address), address)


def read(did: str, address: str) -> Labeler:
    """What the document at an address says, which the operator has named or seen."""
    answer = http.ask(
        "GET",
        address,
        seconds=SECONDS,
        most_bytes=MOST_BYTES,
        named=http.host_of(address),
        proxy=http.proxy_for(address),
    )
    if not answer.is_success:
        raise http.no_answer(address, f"status {answer.status}")
    try:
        return did_document.labeler(answer.json(), did)
    except ValueError as error:
        raise _unusable(f"its document at {address}: {error}") from None


def _unusable(why: str) -> Malformed:
    return Malformed(
        "The labeler cannot be told by its DID.",
        why=why,
        fix="Look at the DID; or say its key with --key and its address with --address.",
    )
