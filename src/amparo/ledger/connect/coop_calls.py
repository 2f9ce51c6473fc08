"""Asking a running Coop: its policies, appeals, and actions that take others back.

An action is taken by its id on an item by its id. Whether there is such an action is tried with a
type of items that cannot be: Coop looks for the action first, and then does nothing.

Source: roostorg/coop 1.0.2: docs/api, `submitAction`, `submitAppeal`.
"""

# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from amparo.connectors import coop
from amparo.connectors.coop_callback import Item
from amparo.errors import Malformed, Text
from amparo.ledger.connect import connections
from amparo.ledger.connect.asking import NotDone, Source, unexpected
from amparo.ledger.connect.connections import Connection
from amparo.storage.node import Node

_POLICIES, _APPEAL = "/api/v1/policies/", "/api/v1/report/appeal"
_ACTIONS = "/api/v1/actions"
_NO_ACTION, _NO_TYPE = "Invalid Action", "Invalid Item Type ID"
"""Titles of what Coop refuses."""
_NOTHING = Item("amparo-no-such-type", "amparo-no-such-item")


class Secrets(msgspec.Struct, frozen=True):
    """What a Coop is asked with, and by what its callbacks are signed: of a file in `keys`."""

    api_key: str
    public_key: str
    """In PEM."""


def secrets_of(node: Node, connection: Connection) -> Secrets:
    """What a connection is asked and checked with."""
    return msgspec.json.decode(connections.secret_of(node, connection.name), type=Secrets)


class Coop:
    """A running Coop, as its API shows it."""

    def __init__(self, connection: Connection, api_key: str) -> None:
        """Nothing is asked yet."""
        self.settings = coop.settings(connection.config)
        self.has_answered = False
        self._source = Source(
            connection.config.connector.address,
            {"x-api-key": api_key},
            private=self.settings.private,
        )

    def close(self) -> None:
        """Close what is open."""
        self._source.close()

    def policies(self) -> list[tuple[str, str]]:
        """Each policy of the organisation, as (id, name); raises where the key is not accepted."""
        found = self._source.get(_POLICIES).value
        listed = found.get("policies") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            raise unexpected("Coop", "it has no list of policies")
        rows = [each for each in listed if isinstance(each, dict)]
        return [(str(each.get("id")), str(each.get("name"))) for each in rows]

    def check_may_write(self) -> None:
        """Raise unless each action that takes another back is one of Coop's; nothing is changed."""
        for action in self.settings.takes_back:
            try:
                self.act(action, _NOTHING, "")
            except NotDone as error:
                title = _title(error.body)
                if title == _NO_ACTION:
                    raise _no_action(action) from None
                if title != _NO_TYPE:
                    raise
            else:
                raise unexpected("Coop", "it takes an action on an item of a type that cannot be")

    def appeal(self, request: Mapping[str, Any]) -> None:
        """Send an appeal; `Malformed` where Coop refuses it."""
        self._post(_APPEAL, request)

    def act(self, action: str, item: Item, note: str) -> None:
        """Take an action on an item; `Malformed` where Coop refuses it.

        Without a policy, by which Coop would count a strike against somebody. That Coop takes it
        does not say that it has reached the platform, nor what that has done.
        """
        asked = {"actionId": action, "itemId": item.id, "itemTypeId": item.type}
        self._post(_ACTIONS, {**asked, **({"note": note} if note else {})})

    def _post(self, path: str, request: Mapping[str, Any]) -> None:
        try:
            self._source.post(path, request)
        except NotDone:
            self.has_answered = True
            raise
        self.has_answered = True


def _title(body: bytes) -> str:
    """Of the first error that Coop names; empty where it names none."""
    try:
        match json.loads(body):
            case {"errors": [{"title": str(title)}, *_]}:
                return title
    except (ValueError, RecursionError):
        pass
    return ""


def _no_action(action: str) -> Malformed:
    return Malformed(
        Text("Coop has no action {action}.", action=action),
        why="`takes_back` under [options] names it, and orders are to be carried out by it",
        fix="Copy its id from Coop's Actions, or take `write_back` out of the file.",
    )
