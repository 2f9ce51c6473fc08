"""The five members of the made-up coalition: their keys, their charter, their seats on panels.

Whoever runs a demonstration holds every key, which in a real coalition nobody may: they lie in
DIR/demonstration/keys, so that a visitor can sign as a member.
"""

# SPDX-License-Identifier: Apache-2.0

import secrets
from pathlib import Path
from typing import NamedTuple

import msgspec

from amparo.coalition import charter as charters
from amparo.coalition import document, draw
from amparo.coalition.charter import Charter, Region
from amparo.coalition.roster import Kind
from amparo.ledger.case import people
from amparo.ledger.case.empanel import Chain
from amparo.ledger.coalition import charters as node_charters
from amparo.ledger.coalition import witness_service
from amparo.storage import settings
from amparo.storage.durable import write_durably
from amparo.storage.journal import Journal
from amparo.storage.node import Node, open_node
from amparo.tlog import note
from amparo.tlog.note import Signer

FOLDER = "demonstration"
DRAWS = 200


class Made(NamedTuple):
    """A member as it is made up."""

    id: str
    name: str
    kind: Kind
    region: Region
    people: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Who may be drawn: id, name, languages."""


MEMBERS = (
    Made(
        "derechos.example",
        "Red de Derechos en Línea",
        "civil_society",
        "latin_america",
        (
            ("ines", "Inés Roca", ("es", "en")),
            ("tomas", "Tomás Vidal", ("es", "pt")),
            ("lucia", "Lucía Paz", ("es", "en")),
        ),
    ),
    Made(
        "aufsicht.example",
        "Amt für Plattformaufsicht",
        "regulator",
        "europe",
        (
            ("karin", "Karin Vogt", ("de", "en")),
            ("pavel", "Pavel Novák", ("cs", "en")),
            ("sofie", "Sofie Lind", ("sv", "en")),
        ),
    ),
    Made(
        "ombuds.example",
        "Ombuds Office for Online Disputes",
        "dispute_body",
        "northern_america",
        (
            ("grace", "Grace Tan", ("en", "fr")),
            ("omar", "Omar Haddad", ("en", "ar")),
            ("ruth", "Ruth Abel", ("en", "sw")),
        ),
    ),
    Made(
        "media-law.example",
        "Institute for Media and Law",
        "academic",
        "asia",
        (
            ("dewi", "Dewi Lestari", ("id", "en")),
            ("arjun", "Arjun Rao", ("hi", "en")),
            ("mei", "Mei Chen", ("zh", "en")),
        ),
    ),
    Made("kasanda.example", "Republic of Kasanda, Ministry of Justice", "state", "africa", ()),
)
"""The first runs the node. Each is of another kind and region; the state sits on no panel.

Between them they know every language of the pages.
"""
OPERATOR = MEMBERS[0]
_RULES = charters.Rules(3, charters.Quorum(members=3, kinds=3, regions=2))


def found(node: Node, journal: Journal, *, log_url: str, witness_url: str) -> Node:
    """Found the coalition: keys, witnesses, the charter that all five have signed, and seats."""
    folder = node.folder / FOLDER
    (folder / "keys").mkdir(parents=True, mode=0o700)
    signers = [_new_key(folder, made.id) for made in MEMBERS]
    for made in MEMBERS:
        witness_service.make(folder / "witnesses" / made.id, f"witness.{made.id}")
        logs = folder / "witnesses" / made.id / "logs"
        write_durably(logs, f"log {node.signer().verifier.vkey}\n".encode())
    charter = _charter(node, signers, log_url=log_url, witness_url=witness_url)
    text = charters.text_of(charter)
    root = document.digest(text)
    path = node.folder / settings.FILE
    path.write_text(path.read_text().replace('charter = ""', f'charter = "{root}"'))
    node = open_node(node.folder)
    signed = note.Note(text, tuple(signer.sign(text) for signer in signers))
    node_charters.adopt(node, signed.encode())
    for made in MEMBERS:
        for id_, name, _ in made.people:
            people.add(journal, None, name, f"{id_}@{made.id}", known_as=[id_])
    return node


def signer_of(node: Node, member: str) -> Signer:
    """A member's private key."""
    return Signer.from_text((node.folder / FOLDER / "keys" / f"{member}.key").read_text().strip())


def reveal(node: Node, person: str, number: int) -> bytes:
    """What somebody reveals for a draw."""
    chain = msgspec.json.decode(_chain(node.folder, person).read_bytes(), type=Chain)
    return draw.reveal(bytes.fromhex(chain.secret), chain.draws, number)


def _charter(node: Node, signers: list[Signer], *, log_url: str, witness_url: str) -> Charter:
    def witness(made: Made) -> dict[str, object]:
        keys = witness_service.keys_of(node.folder / FOLDER / "witnesses" / made.id)
        return {
            "keys": [key.cosigner.vkey for key in keys],
            "url": f"{witness_url}/{made.id}",
        }

    members = [
        {
            "id": made.id,
            "name": made.name,
            "kind": made.kind,
            "region": made.region,
            "roles": ["witness", "resolution", *(["panel"] if made.people else [])],
            "key": signer.verifier.vkey,
            "witness": witness(made),
        }
        for made, signer in zip(MEMBERS, signers, strict=True)
    ]
    members[0]["log"] = {"key": node.signer().verifier.vkey, "url": log_url}
    seats = [
        {
            "id": id_,
            "name": name,
            "member": made.id,
            "languages": languages,
            "chain_end": _new_chain(_chain(node.folder, id_)),
        }
        for made in MEMBERS
        for id_, name, languages in made.people
    ]
    rules = msgspec.to_builtins(_RULES)
    return charters.from_source(
        {
            "name": "Coalition for Reasons and Remedies (made up)",
            "version": 1,
            "previous": "",
            "rules": rules,
            "member": members,
            "seat": seats,
        }
    )


def _new_key(folder: Path, name: str) -> Signer:
    signer = Signer(name, secrets.token_bytes(32))
    path = folder / "keys" / f"{name}.key"
    write_durably(path, f"{signer.to_text()}\n".encode(), mode=0o600)
    return signer


def _chain(folder: Path, person: str) -> Path:
    return folder / FOLDER / "chains" / f"{person}.chain"


def _new_chain(path: Path) -> str:
    path.parent.mkdir(exist_ok=True, mode=0o700)
    secret = secrets.token_bytes(32)
    end = draw.chain_end(secret, DRAWS).hex()
    write_durably(path, msgspec.json.encode(Chain(secret.hex(), DRAWS, end)), mode=0o600)
    return end
