"""Passkeys: a reviewer signs in with a key that never leaves their own device (WebAuthn).

A challenge is valid for `CHALLENGE_SECONDS`, and used up before anything is verified, so that an
answer counts once. The device has to verify its owner (a finger, a face, a PIN): the key alone is
not enough.

Source: W3C Web Authentication Level 3, sections 7.1 and 7.2.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
import logging
import time
from typing import Any, NamedTuple

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from amparo.errors import Denied, Period, Text
from amparo.ledger.case import credentials, people
from amparo.ledger.case.people import Person
from amparo.storage.journal import Journal

MOST_NAME = 60
CHALLENGE_SECONDS = 5 * 60
logger = logging.getLogger("amparo")


class Site(NamedTuple):
    """What a passkey is bound to."""

    host: str
    """Without a port: the relying party's id."""
    origin: str
    """As in https://node.example."""


class Passkey(NamedTuple):
    """A passkey of somebody."""

    id: bytes
    name: str
    added_at: int
    used_at: int | None


def ask_new(journal: Journal, person: Person, site: Site) -> dict[str, Any]:
    """What a browser needs to make a passkey for somebody who is signed in."""
    user = hashlib.sha256(f"amparo.passkey.v1\n{site.host}\n{person.id}".encode()).digest()
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="Amparo",
        user_name=person.email,
        user_id=user,
        user_display_name=person.name,
        challenge=_challenge(journal, person.id),
        timeout=CHALLENGE_SECONDS * 1000,
        exclude_credentials=[
            PublicKeyCredentialDescriptor(passkey.id) for passkey in of(journal, person)
        ],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return _plain(options)


def add(journal: Journal, person: Person, site: Site, answer: bytes, name: str) -> None:
    """Keep the passkey that a browser has made."""
    try:
        credential = parse_registration_credential_json(answer.decode())
        challenge = _take(journal, credential.response.client_data_json, person.id)
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, RecursionError) as error:
        raise _unfit(error) from None
    with journal.transaction():
        journal.db.execute(
            "INSERT INTO passkey VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING",
            (
                made.credential_id,
                person.id,
                made.credential_public_key,
                made.sign_count,
                name.strip()[:MOST_NAME] or "passkey",
                int(time.time()),
            ),
        )


def ask(journal: Journal, site: Site) -> dict[str, Any]:
    """What a browser needs to answer with any passkey it has for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=_challenge(journal),
        timeout=CHALLENGE_SECONDS * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options)


def sign_in(journal: Journal, site: Site, answer: bytes) -> str:
    """The secret of a session for the owner of the passkey that answered."""
    try:
        credential = parse_authentication_credential_json(answer.decode())
        challenge = _take(journal, credential.response.client_data_json, None)
        row = journal.db.execute(
            "SELECT reviewer, public_key, uses FROM passkey WHERE id = ?", (credential.raw_id,)
        ).fetchone()
        if row is None:
            raise _refused(Text("this node does not know that passkey"))
        reviewer, public_key, uses = (row[0], row[1], row[2])
        found = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=bytes(public_key),
            credential_current_sign_count=0,  # `_check_uses` judges it
            require_user_verification=True,
        )
        _check_uses(found, int(uses), int(reviewer))
    except (WebAuthnException, ValueError, RecursionError) as error:
        raise _unfit(error) from None
    with journal.transaction():
        journal.db.execute(
            "UPDATE passkey SET uses = ?, used_at = ? WHERE id = ?",
            (found.new_sign_count, int(time.time()), credential.raw_id),
        )
    return people.new_session(journal, int(reviewer))


def of(journal: Journal, person: Person) -> list[Passkey]:
    """The passkeys of somebody, oldest first."""
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT id, name, added_at, used_at FROM passkey WHERE reviewer = ? ORDER BY added_at, id",
        (person.id,),
    ).fetchall()
    return [Passkey(*row) for row in rows]


def remove(journal: Journal, person: Person, credential: bytes) -> None:
    """From now on this passkey opens nothing."""
    with journal.transaction():
        journal.db.execute(
            "DELETE FROM passkey WHERE id = ? AND reviewer = ?", (credential, person.id)
        )


def _challenge(journal: Journal, number: int | None = None) -> bytes:
    """A new one for this reviewer, or for whoever comes."""
    return credentials.issue(journal, number, "challenge", CHALLENGE_SECONDS).encode()


def _take(journal: Journal, client_data: bytes, number: int | None) -> bytes:
    """The challenge that was answered, used up; `Denied` for another's, a used or an old one."""
    challenge = parse_client_data_json(client_data).challenge
    secret = challenge.decode("utf-8", "surrogateescape")
    if not credentials.use_up(journal, secret, "challenge", number):
        raise _refused(
            Text(
                "its challenge was used, or is older than {period}",
                period=Period(CHALLENGE_SECONDS // 60, "minutes"),
            )
        )
    return challenge


def _check_uses(found: VerifiedAuthentication, before: int, reviewer: int) -> None:
    """Raise when the count of uses shows a copied key.

    A passkey that may be backed up lives on several devices at once, each with its own count: one
    that goes back is then no sign of anything, and is only noted (WebAuthn 3, section 6.1.1).
    """
    if found.new_sign_count > before or not (found.new_sign_count or before):
        return
    if found.credential_device_type != CredentialDeviceType.MULTI_DEVICE:
        raise _refused(
            Text(
                "it has been used fewer times than this node has seen, so there may be a copy of it"
            )
        )
    logger.info("the count of a synced passkey of seat %d went back", reviewer)


def _plain(options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return found


def _unfit(error: Exception) -> Denied:
    logger.info("a passkey's answer was refused: %s", str(error)[:200])
    return _refused(Text("its answer is not what this node asked for"))


def _refused(why: Text) -> Denied:
    return Denied(
        "This passkey does not open anything.",
        why=why,
        fix="Try once more, or come in by a link.",
    )
