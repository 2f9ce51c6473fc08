"""A node: one folder, one log, one key.

DIR/amparo.toml      the node's name and settings
DIR/journal.db       every event; the truth from which all else can be rebuilt
DIR/keys/log.key     the log's private key
DIR/keys/node.secret for the digest under which a PUID is known again
DIR/keys/oidc.secret what an organisation knows this node by (OpenID Connect), if it does
DIR/keys/signed      the largest tree this key has signed
DIR/log/             checkpoint and tiles, as served under /log/
DIR/charters/        the coalition's charters, if the node follows one
DIR/roster           who may sit on panels, signed by whoever keeps it
DIR/evidence/        files that sides attached, under names of chance
DIR/mail/            of a demonstration: the letters that another node would have mailed
DIR/demonstration/   of a demonstration: the keys of its made-up coalition
DIR/serving.lock     held while the node serves: where it is reached on its machine
DIR/disk.low         when the operator was last told that the disk is nearly full
DIR/stage/           what is being published just now
"""

# SPDX-License-Identifier: Apache-2.0

import os
import re
import secrets
import stat
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from amparo.errors import Malformed, Missing, Refused, Unsound
from amparo.storage import settings
from amparo.storage.database import Place
from amparo.storage.durable import sync_folder, write_durably
from amparo.storage.settings import Settings
from amparo.tlog.note import Signer, check_key_name

SECRET_BYTES = 32
CHECKPOINT = "checkpoint"
"""The name of the one file of the log that moves on, in a folder as in an object store."""
SUMS = "SHA256SUMS"
"""In a backup, and in a node that was restored from one, which has a folder for its log as well."""
DEMONSTRATION = ".demonstration.invalid"
"""How the name of a demonstration's log ends (`invalid`: RFC 6761, nobody's host).

The key bears it, and so does all that the key ever signs: a demonstration is one from its first
moment on, in backups and receipts as well, and no setting makes one of a real node.
"""
OWN = (
    *("amparo.toml", "journal.db*", "keys", "log", "stage", "charters", "roster", "evidence"),
    *(
        "reports",
        "refused",
        "lake",
        "monitor",
        "policy",
        "search.db*",
        "disk.low",
        "demonstration",
        "mail",
        "*.lock",
        "SHA256SUMS",
        ".*.new",
    ),
)
"""What lies in a node's folder, as patterns of names: for its owner alone."""


@dataclass(frozen=True, slots=True)
class Node:
    """Where a node's things lie, and its settings."""

    folder: Path
    settings: Settings

    def with_settings(self, **changes: str | int) -> "Node":
        """The same node with some settings changed, in this process alone."""
        return replace(self, settings=msgspec.structs.replace(self.settings, **changes))

    @property
    def origin(self) -> str:
        return self.settings.origin

    @property
    def is_demonstration(self) -> bool:
        """Whether everything in it is made up."""
        return self.origin.endswith(DEMONSTRATION)

    @property
    def mail(self) -> Path:
        """Where a demonstration keeps the letters that another node would have mailed."""
        return self.folder / "mail"

    @property
    def policy(self) -> Path | None:
        return self.folder / self.settings.policy if self.settings.policy else None

    @property
    def lake(self) -> Path:
        return self.folder / self.settings.lake

    @property
    def monitor(self) -> Path:
        """Where an `amparo monitor` keeps what it knows; /coalition shows it."""
        return self.folder / self.settings.monitor

    @property
    def roster(self) -> Path:
        return self.folder / "roster"

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence"

    @property
    def reports(self) -> Path:
        """Transparency reports as they were published: SERVICE/PERIOD/VERSION/, never changed."""
        return self.folder / "reports"

    @property
    def journal(self) -> Place:
        return self.settings.journal or self.folder / "journal.db"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def stage(self) -> Path:
        return self.folder / "stage"

    @property
    def lock(self) -> Path:
        return self.folder / "publish.lock"

    @property
    def signed(self) -> Path:
        return self.folder / "keys" / "signed"

    @property
    def key(self) -> Path:
        return self.folder / "keys" / "log.key"

    @property
    def secret_file(self) -> Path:
        return self.folder / "keys" / "node.secret"

    def signer(self) -> Signer:
        """The log's private key; refused when missing, open to others, or of another log."""
        signer = Signer.from_text(read_secret_text(self.key))
        if signer.name != self.origin:
            raise Unsound(
                "The key does not belong to this log.",
                why=f"it is named {signer.name!r}; the node's origin is {self.origin!r}",
                fix=f"Put the key made with this node back at {self.key}.",
            )
        return signer

    def secret(self) -> bytes:
        """The node's secret, under which PUIDs are digested."""
        secret = read_secret(self.secret_file)
        if len(secret) != SECRET_BYTES:
            raise Unsound(
                "The node's secret is damaged.",
                why=f"{self.secret_file} has {len(secret)} bytes instead of {SECRET_BYTES}",
                fix="Put it back from a backup; without it a known PUID is not recognised.",
            )
        return secret

    def oidc_secret(self) -> str:
        """What this node's organisation knows it by."""
        return read_secret_text(self.folder / "keys" / "oidc.secret")


def open_node(folder: Path) -> Node:
    """Open a node that is there."""
    path = folder / settings.FILE
    if not path.is_file():
        raise Missing(
            f"There is no node in {folder}.",
            why=f"{path} does not exist",
            fix=f"Make one with `amparo serve --data {folder}`, or name another folder.",
        )
    try:
        text = path.read_text()
    except UnicodeDecodeError as error:
        raise Malformed(
            f"{path} cannot be read.",
            why=str(error),
            fix="It is damaged: put it back from a backup.",
        ) from None
    node = Node(folder, settings.read(text, name=str(path)))
    smtp = os.environ.get("AMPARO_SMTP")
    return node.with_settings(smtp=smtp) if smtp else node


def create_node(
    folder: Path,
    *,
    origin: str | None = None,
    key: Path | None = None,
    journal: str = "",
    store: str = "",
    demonstration: bool = False,
) -> Node:
    """Open the node in a folder, making what is missing only if the folder holds none yet.

    `demonstration`: a new one is made as a demonstration, which it then is for ever.

    `key`: a log key made elsewhere, as in a ceremony (`amparo log key`), for a new node.
    `journal`, `store`: where a new node keeps them, if not in the folder; one that is there must
    keep them there already.
    """
    path = folder / settings.FILE
    if path.exists():
        _check_is_no_backup(folder)
        return _keeping(open_node(folder), journal=journal, store=store)
    if (folder / "journal.db").exists() or (folder / "log" / "checkpoint").exists():
        raise Refused(
            f"{folder} holds a log, but its settings are gone.",
            why=f"{path} does not exist; a new origin and key would fork the log",
            fix="Put amparo.toml and keys/ back from a backup.",
        )
    given = Signer.from_text(read_secret_text(key)) if key is not None else None
    ending = DEMONSTRATION if demonstration else ".amparo.local"
    name = origin or (given.name if given else f"node-{secrets.token_hex(4)}{ending}")
    check_key_name(name)
    _check_name_is_true(name, demonstration=demonstration)
    if given is not None and given.name != name:
        raise Refused(
            "The key is of another log.",
            why=f"it is named {given.name!r}; the origin asked for is {name!r}",
            fix="Leave --origin out, or make a key for that origin.",
        )
    if re.search(r'["\\]', name):
        raise Malformed(
            "The origin cannot be used.",
            why="it holds a quotation mark or a backslash",
            fix="Use the address of the log without its scheme, as in log.example/2026.",
        )
    _check_places(journal=journal, store=store)
    for part in (folder, folder / "log", folder / "stage", folder / "keys"):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "keys").chmod(0o700)
    signer = given or new_key(name)
    write_durably(folder / "keys" / "node.secret", secrets.token_bytes(SECRET_BYTES), mode=0o600)
    write_durably(folder / "keys" / "log.key", f"{signer.to_text()}\n".encode(), mode=0o600)
    text = settings.new_text(Settings(origin=name, journal=journal, store=store))
    write_durably(path, text.encode())
    sync_folder(folder)
    return open_node(folder)


def check_is_demonstration(node: Node, *, wanted: bool) -> None:
    """Raise where a demonstration is to be served as a real node, or a real node as one."""
    if node.is_demonstration and not wanted:
        raise Refused(
            f"{node.folder} holds a demonstration.",
            why=f"its log is named {node.origin}, and everything in it is made up",
            fix="Serve it with --demo; for a real node, name another folder with --data.",
        )
    if wanted and not node.is_demonstration:
        raise Refused(
            f"{node.folder} holds a real node.",
            why=f"its log is named {node.origin}; a demonstration is one from its first moment on",
            fix="Name an empty folder with --data, or leave --demo out.",
        )


def _check_name_is_true(name: str, *, demonstration: bool) -> None:
    if name.endswith(DEMONSTRATION) != demonstration:
        raise Refused(
            "The log's name says something else than what is to be made.",
            why=f"{name!r}: names of demonstrations end in {DEMONSTRATION}, and no others do",
            fix="Choose another name; that of a demonstration is made for you.",
        )


def _check_is_no_backup(folder: Path) -> None:
    """Raise for a backup: only a restore asks whether the log has gone on since."""
    if (folder / SUMS).is_file() and not (folder / "log").is_dir():
        raise Refused(
            f"{folder} is a backup.",
            why="a node that went on from it would fork the log if anything was published since",
            fix=f"Make a node of it: `amparo restore {folder} --latest CHECKPOINT --data FOLDER`.",
        )


def _keeping(node: Node, *, journal: str, store: str) -> Node:
    """The node, if it keeps things where that is asked for."""
    for what, asked, configured in (
        ("journal", journal, node.settings.journal),
        ("store", store.rstrip("/"), node.settings.store),
    ):
        if asked and asked != configured:
            raise Refused(
                f"This node keeps its {what} in another place.",
                why=f"--{what} is for a new node; `{what}` in amparo.toml names another place",
                fix=f"Leave --{what} out, or stop the node and carry it over with `amparo move`.",
            )
    return node


def _check_places(*, journal: str, store: str) -> None:
    for what, asked, scheme in (("journal", journal, "postgresql://"), ("store", store, "s3://")):
        if asked and not re.fullmatch(rf'{scheme}[^"\\\s]+', asked):
            raise Malformed(
                f"The address of the {what} cannot be used.",
                why=f"it does not begin with {scheme}, or holds blanks or quotation marks",
                fix=f"Write it as in {scheme}… (docs/growth.md), or leave --{what} out.",
            )


def new_key(origin: str) -> Signer:
    """A new private key of a log; its origin stays with it for ever."""
    check_key_name(origin)
    return Signer(origin, secrets.token_bytes(SECRET_BYTES))


def read_secret_text(path: Path) -> str:
    """The text of a file that nobody but its owner may read, without blanks around it."""
    try:
        return read_secret(path).decode().strip()
    except UnicodeDecodeError:
        raise Unsound(
            "This key is damaged.",
            why=f"{path} is not text",
            fix="Put it back from a backup. Never make a new key for an old log.",
        ) from None


def read_secret(path: Path) -> bytes:
    """A file that nobody but its owner may read; refused when others can."""
    try:
        mode = path.stat().st_mode
        body = path.read_bytes()
    except OSError as error:
        raise Refused(
            "This key cannot be read.",
            why=f"{path}: {os.strerror(error.errno or 0)}",
            fix="Put keys/ back from a backup. Never make a new key for an old log.",
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise Refused(
            "This key is open to others.",
            why=f"{path} has mode {stat.S_IMODE(mode):o}",
            fix=f"Close it with `chmod 600 {path}`, and ask who may have read it.",
        )
    return body
