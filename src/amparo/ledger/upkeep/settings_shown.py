"""A node's settings as its operator is shown them: what runs, what is usual, and no secret.

An address may carry a user and a password, in its front, its query or, mistyped, anywhere: what
cannot be told apart from them for certain is not shown at all.
"""

# SPDX-License-Identifier: Apache-2.0

import os
from typing import NamedTuple
from urllib.parse import urlsplit

from amparo.errors import AmparoError
from amparo.storage import settings
from amparo.storage.node import Node, open_node
from amparo.storage.settings import Settings

_ADDRESSES = ("journal", "store", "smtp")
"""Settings that name a server one signs in to."""
_VARIABLES = ("AMPARO_SMTP", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class Value(NamedTuple):
    """The value of a setting, without what nobody is shown."""

    text: str
    """Empty: it has none, or it is not shown at all."""
    hides: bool
    """Whether there is more of it that is not shown."""


class Shown(NamedTuple):
    """One setting."""

    name: str
    says: str
    """What it is for: one sentence, by which catalogues know it."""
    now: Value
    """What runs."""
    usual: str
    is_usual: bool
    differs: bool
    """Whether the next start would take another value than runs."""


def every(node: Node) -> tuple[list[Shown], bool]:
    """All settings in the order of amparo.toml, and whether the node would start with it again."""
    try:
        next_time: Settings | None = open_node(node.folder).settings
    except (AmparoError, OSError):
        next_time = None
    found = []
    for setting in settings.every():
        now = getattr(node.settings, setting.name)
        found.append(
            Shown(
                setting.name,
                setting.summary,
                without_secret(setting.name, _written(now)),
                setting.default.strip('"'),
                is_usual=_written(now) == setting.default.strip('"'),
                differs=next_time is not None and getattr(next_time, setting.name) != now,
            )
        )
    return found, next_time is not None


def secrets(node: Node) -> dict[str, bool]:
    """Each secret that is no setting, by its place: whether there is one."""
    found = {name: bool(os.environ.get(name)) for name in _VARIABLES}
    return found | {"keys/oidc.secret": (node.folder / "keys" / "oidc.secret").is_file()}


def without_secret(name: str, value: str) -> Value:
    """What may be shown of the value of a setting."""
    if "://" not in value:
        return Value("", hides=True) if value and name in _ADDRESSES else Value(value, hides=False)
    try:
        place = urlsplit(value)
        host, port = place.hostname or "", place.port
    except ValueError:
        return Value("", hides=True)
    if not host or "@" in place.path + place.query + place.fragment:
        return Value("", hides=True)
    server = f"[{host}]" if ":" in host else host
    shown = f"{place.scheme}://{server}{f':{port}' if port is not None else ''}{place.path}"
    return Value(shown, hides=shown.lower() != value.lower())


def _written(value: str | int) -> str:
    """As amparo.toml has it, but for its quotation marks."""
    return str(value).lower() if isinstance(value, bool) else str(value)
