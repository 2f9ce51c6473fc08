"""Every limit at every door, in one place: bodies, rates, connections, bytes and seconds.

Nothing is done here. `connection_budget` and `slow_clients` hold connections to these bounds,
`bodies` bodies, `rate` rates; docs/limits.md prints the tables, and a test compares.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple

from amparo.coalition import sealed
from amparo.tlog.note import MOST_NOTE_BYTES
from amparo.tlog.proof import MOST_PROOF_BYTES
from amparo.tlog.witness import MOST_REQUEST_BYTES

KB = 1024
MB = 1024 * KB
DAY = 86_400

# --- bodies -----------------------------------------------------------------------------------

MOST_BODY_BYTES = 16 * MB  # 100 statements, each text at its longest and fully escaped
_FORM_BYTES = 4 * KB  # a few short fields
_TEXT_BYTES = 512 * KB  # 20,000 characters, each at most 12 bytes in a form, twice
_LONG_BYTES = 2 * MB  # 100,000 characters
_PASSKEY_BYTES = 10 * KB
_STEP_BYTES = 256 * KB  # a step on a disclosure, with its sealed reply
_DOCUMENT_BYTES = 2 * MOST_NOTE_BYTES  # of a form; the document itself is MOST_NOTE_BYTES
_NO_BODY_BYTES = 4 * KB

MOST_BYTES: dict[str, int] = {
    "/api/v1/statement": 1 * MB,
    "/api/v1/statements": MOST_BODY_BYTES,
    "/api/v1/statement/{uuid}/notice": _LONG_BYTES,
    "/api/v1/notices": MOST_BODY_BYTES,
    "/api/v1/case/{uuid}/hold": _TEXT_BYTES,
    "/api/v1/case/{uuid}/interim": _TEXT_BYTES,
    "/api/v1/case/{uuid}/remedy": _TEXT_BYTES,
    "/api/v1/case/{uuid}/answer": _TEXT_BYTES,
    "/api/v1/case/{uuid}/position": _LONG_BYTES,
    "/api/v1/case/{uuid}/challenge": _TEXT_BYTES,
    "/api/v1/case/{uuid}/other-side": _FORM_BYTES,
    "/api/v1/notice/{uuid}/answer": _TEXT_BYTES,
    "/api/v1/connect/{name}/webhook": 1 * MB,  # a report of Mastodon with its posts
    "/api/case/{uuid}/outcome": MOST_NOTE_BYTES,
    "/api/names": MOST_NOTE_BYTES,
    "/api/coalition/documents": MOST_NOTE_BYTES,
    "/coalition/hand-in": _DOCUMENT_BYTES,
    "/report": _TEXT_BYTES,
    "/find": _FORM_BYTES,
    "/transparency": MOST_BODY_BYTES,
    "/verify": MOST_PROOF_BYTES + 16 * KB,
    "/recourse/{uuid}/{capability}/complaint": MOST_BODY_BYTES,
    "/recourse/{uuid}/{capability}/add": MOST_BODY_BYTES,
    "/recourse/{uuid}/{capability}/heard": _TEXT_BYTES,
    "/recourse/{uuid}/{capability}/panel": _TEXT_BYTES,
    "/recourse/{uuid}/{capability}/reply": _TEXT_BYTES,
    "/recourse/{uuid}/{capability}/complete": _TEXT_BYTES,
    "/recourse/{uuid}/{capability}/challenge": _TEXT_BYTES,
    "/recourse/{uuid}/{capability}/again": _TEXT_BYTES,
    "/recourse/{uuid}/{capability}/dispute": _TEXT_BYTES,
    "/recourse/{uuid}/{capability}/withdraw": _FORM_BYTES,
    "/recourse/{uuid}/{capability}/confirm": _FORM_BYTES,
    "/recourse/{uuid}/{capability}/revoke": _FORM_BYTES,
    "/recourse/{uuid}/{capability}/disown": _FORM_BYTES,
    "/recourse/{uuid}/{capability}/correction": _FORM_BYTES,
    "/recourse/{uuid}/{capability}/open": _FORM_BYTES,
    "/recourse/{uuid}/{capability}/claim": _FORM_BYTES,
    "/recourse/{uuid}/{capability}/where": _FORM_BYTES,
    "/recourse/{uuid}/{capability}/representation": _FORM_BYTES,
    "/recourse/{uuid}/{capability}/lead": _FORM_BYTES,
    "/recourse/{uuid}/{capability}/alone": _TEXT_BYTES,
    "/recourse/{uuid}/{capability}/danger": _TEXT_BYTES,
    "/api/v1/case/{uuid}/claim": _TEXT_BYTES,
    "/desk/sign-in": _FORM_BYTES,
    "/desk/sign-out": _FORM_BYTES,
    "/desk/sign-out/elsewhere": _FORM_BYTES,
    "/desk/passkey": _PASSKEY_BYTES,
    "/desk/passkey/options": _FORM_BYTES,
    "/desk/passkeys": _PASSKEY_BYTES,
    "/desk/passkeys/options": _FORM_BYTES,
    "/desk/passkeys/remove": _FORM_BYTES,
    "/desk/case/{uuid}/{step}": _LONG_BYTES,
    "/desk/case/{uuid}/names": _TEXT_BYTES,
    "/desk/groups": _TEXT_BYTES,
    "/desk/groups/{number:int}/undo": _FORM_BYTES,
    "/desk/forwarding": _FORM_BYTES,
    "/desk/connect/{name}/{step}": _FORM_BYTES,
    "/desk/connect/{name}/drafts/{key}": _TEXT_BYTES,
    "/desk/connect/{name}/draft/{digest}": _TEXT_BYTES,
    "/desk/leads": _TEXT_BYTES,
    "/desk/leads/{uuid}/answers": _TEXT_BYTES,
    "/desk/leads/{uuid}/end": _FORM_BYTES,
    "/desk/misuse": _TEXT_BYTES,
    "/desk/misuse/{uuid}/suspend": _TEXT_BYTES,
    "/desk/misuse/{uuid}/end": _TEXT_BYTES,
    "/desk/report": _LONG_BYTES,
    "/desk/report/publish": _TEXT_BYTES,
    "/desk/texts": _TEXT_BYTES,
    "/desk/texts/{number:int}/{step}": _TEXT_BYTES,
    "/panel/case/{uuid}/worksheet": _LONG_BYTES,
    "/panel/case/{uuid}/vote": _LONG_BYTES,
    "/panel/case/{uuid}/question": _TEXT_BYTES,
    "/panel/case/{uuid}/ruling": _LONG_BYTES,
    "/panel/challenge/{uuid}": _TEXT_BYTES,
    "/panel/draw/{draw}/reveal": _FORM_BYTES,
    "/registrar/case/{uuid}/{step}": _TEXT_BYTES,
    "/mandates": _TEXT_BYTES,
    "/mandates/{uuid}/complaint": MOST_BODY_BYTES,
    "/mandates/{uuid}/end": _TEXT_BYTES,
    "/mandates/{uuid}/leads": _TEXT_BYTES,
    "/mandates/{uuid}/leads/{group}/end": _TEXT_BYTES,
    "/mandates/case/{uuid}/add": _TEXT_BYTES,
    "/admin/sign-in": _FORM_BYTES,
    "/admin/sign-out": _FORM_BYTES,
    "/admin/platforms": _FORM_BYTES,
    "/admin/platforms/{slug}/{step}": _FORM_BYTES,
    "/admin/seats": _FORM_BYTES,
    "/admin/seats/{number:int}/{step}": _FORM_BYTES,
    "/admin/panels/case/{uuid}/{step}": _TEXT_BYTES,
    "/admin/mail/again": _FORM_BYTES,
    # a demonstration
    "/demo/{part}": _FORM_BYTES,
    # the witness
    "/add-checkpoint": MOST_REQUEST_BYTES,
    # sealed disclosure
    "/submit": sealed.MOST_BYTES + 256 * KB,
    "/return": _FORM_BYTES,
    "/step": _STEP_BYTES,
}
"""Pattern of an address -> the most bytes of a body there. Whatever is not listed takes none."""


def most_bytes(pattern: str, *, urlencoded: bool = False) -> int:
    """The most bytes of a body at an address; an `urlencoded` form carries no files.

    Taken apart it is held several times over, and read whole before anything is looked at.
    """
    most = MOST_BYTES.get(pattern, _NO_BODY_BYTES)
    return min(most, _LONG_BYTES if most < MOST_BODY_BYTES else _TEXT_BYTES) if urlencoded else most


MOST_BYTES_AT_WORK = 12 * MB  # some 100 batches: beyond that all only wait longer
LEAST_BYTES_AT_WORK = 16 * KB
MOST_SEALED_AT_WORK = 3 * (sealed.MOST_BYTES + 256 * KB)

# --- rates ------------------------------------------------------------------------------------


class Rate(NamedTuple):
    """How often something may be asked."""

    a_second: float
    at_once: int


RATES: dict[str, Rate] = {
    "notice": Rate(0.2, 20),  # POST /report
    "report": Rate(0.2, 20),  # POST /transparency
    "receipt": Rate(1.0, 60),  # POST /verify
    "document": Rate(0.5, 50),  # documents handed in to the coalition
    "claim": Rate(0.02, 20),  # saying that a case is yours: each is an entry, and asks for a look
    "link": Rate(0.05, 10),  # asking for a way in: each sends a mail or keeps a challenge
    "sign-in": Rate(0.2, 20),  # trying one: a link, a passkey
    "demonstration": Rate(1.0, 60),  # being somebody of the cast: each begins a session
    "words": Rate(0.2, 10),  # seven words at the disclosure server: 0.1 s of Argon2id each
}
"""What one network may ask (IPv4: an address, IPv6: a /64). Each process counts for itself."""
NETWORKS_OF_SITE = 16
"""All networks of a /48 of IPv6 may ask as much as so many: a customer can have 65,536 of them."""

LINKS_OF_ADDRESS = Rate(1 / 600, 5)
"""Sign-in links asked for one address of mail, by whatever networks: it cannot be flooded."""

BOX_RATES: dict[str, Rate] = {
    "handed on": Rate(200 / DAY, 100),  # an onion service's, a proxy's that is not named
    "direct": Rate(100 / DAY, 100),
    "network": Rate(10 / DAY, 10),  # of those that come directly
}
"""What the box for sealed files takes, by way; none fills the other's places. Together no more
than `disclosures.MOST_A_DAY` on any day."""

# --- queues: how many jobs may wait for the one thread that does them; beyond that 503 -----------

MOST_CASEWORK = 64
MOST_TRIED = 256  # statements or batches
MOST_WITNESSING = 64
MOST_BOX = 32
MOST_GUESSES = 8
SHARES = 4
"""One network may have a fourth of the queues of a witness and of the box, one platform a fourth of
what is tried out."""


class Queue(NamedTuple):
    """Worker processes of one kind that read what strangers send."""

    workers: int
    waiting: int
    of_network: int
    """Jobs of one network, at work and waiting: it cannot fill the queue."""


REPORT_READERS = Queue(2, 10, 3)
SMALL_READERS = Queue(1, 32, 16)  # receipts, answers of a desk's report

# --- connections ------------------------------------------------------------------------------


class Bounds(NamedTuple):
    """What one serving process gives to those who connect."""

    unfinished_bytes: int = 64 * MB
    """All requests together that are not whole."""
    unread_bytes: int = 64 * MB
    """All answers together that wait to be read."""
    connections: int = 4096
    network_connections: int = 1024
    """Of one network; a proxy that is named is no network."""
    head_bytes: int = 64 * KB
    headers: int = 100
    head_seconds: float = 10.0
    idle_seconds: float = 10.0
    stall_seconds: float = 20.0
    """The longest pause in a body or in reading an answer, with all that was saved up."""
    bytes_a_second: int = 4 * KB
    """A body arrives, and an answer is read, at least as fast as this."""
    pipelined: int = 16
    """Further requests that wait on one connection."""


NODE = Bounds()
WITNESS = Bounds(
    unfinished_bytes=16 * MB, unread_bytes=16 * MB, connections=1024, network_connections=256
)
DISCLOSURE = Bounds(  # by Tor everybody comes from one address, and slowly
    unfinished_bytes=4 * sealed.MOST_BYTES,
    unread_bytes=4 * sealed.MOST_BYTES,
    connections=1024,
    network_connections=1024,
    stall_seconds=60.0,
    bytes_a_second=1 * KB,
)
