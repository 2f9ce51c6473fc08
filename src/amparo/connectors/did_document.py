"""A DID document: by which key a labeler signs, and where it is asked.

Source: W3C DID Core; atproto.com/specs/did and /specs/label (`#atproto_label`,
`#atproto_labeler`). Identifiers stand with the DID before them or without.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any, NamedTuple

from amparo.connectors import atproto, signing_key
from amparo.connectors.signing_key import SigningKey

KEY = "#atproto_label"
SERVICE = "#atproto_labeler"


class Labeler(NamedTuple):
    """What a DID document says of a labeler."""

    key: SigningKey
    address: str
    """Where it is asked, such as https://labeler.example; empty where it does not say."""


def address_of(did: str, directory: str) -> str:
    """Where the document of a DID is read; `ValueError` for a method that atproto does not have.

    `directory`: where DIDs of the method `plc` are, such as https://plc.directory.
    """
    method = did.split(":")[1] if atproto.is_did(did) else ""
    if method == "plc":
        return f"{directory.rstrip('/')}/{did}"
    host = did.removeprefix("did:web:").replace("%3A", ":")
    if method == "web" and "/" not in host and host.count(":") <= 1:
        return f"https://{host}/.well-known/did.json"
    raise ValueError(f"{did[:100]!r} is no DID of the methods plc and web")


def labeler(document: Mapping[str, Any], did: str) -> Labeler:
    """The labeler of a document; `ValueError` says what is not in it."""
    if document.get("id") != did:
        raise ValueError(f"it is not the document of {did}")
    methods = _named(document, "verificationMethod", KEY, did)
    if not methods:
        raise ValueError(f"it has no key {KEY}")
    key = signing_key.read(
        str(methods[0].get("publicKeyMultibase", "")), str(methods[0].get("type", ""))
    )
    services = _named(document, "service", SERVICE, did)
    endpoint = services[0].get("serviceEndpoint") if services else ""
    return Labeler(key, endpoint if isinstance(endpoint, str) else "")


def _named(document: Mapping[str, Any], list_: str, name: str, did: str) -> list[Mapping[str, Any]]:
    items = document.get(list_)
    every = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [item for item in every if item.get("id") in (name, did + name)]
