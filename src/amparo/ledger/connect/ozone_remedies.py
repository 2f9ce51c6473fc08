"""What an Ozone shows of an account or a post, and undoing there what a case is about.

A takedown is seen in the status of its subject, a label among the labels of the service. What is
undone bears the order's name (`externalId`): Ozone takes an event of one name once.

Source: `tools.ozone.moderation.emitEvent`, `queryStatuses`, `com.atproto.label.queryLabels` (Ozone
0.4.2).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from amparo.case.events import InForce
from amparo.case.read_back import Seen
from amparo.connectors import ozone, ozone_back
from amparo.connectors.ozone import Settings
from amparo.ledger.connect.ozone_calls import Calls
from amparo.ledger.connect.write_back_turn import Overtaken
from amparo.ledger.outbound import http


class Remedies:
    """One Ozone in which remedies are read back and carried out; for one thread."""

    def __init__(self, calls: Calls, settings: Settings) -> None:
        self._calls, self._of = calls, settings

    def look(self, subject: str) -> Seen:
        """What can be seen of what a case is about."""
        restricted = ozone_back.restricted(subject)
        status = self._calls.status(restricted.uri)
        labels = self._calls.labels(restricted.uri, self._of.service)
        try:
            in_force = ozone_back.in_force(
                restricted.uri, status, labels, self._of, datetime.now(UTC)
            )
        except ValueError as error:
            raise http.no_answer(self._calls.base, str(error)) from None
        return Seen(
            cast("tuple[InForce, ...]", tuple(dict.fromkeys(in_force.values()))),
            is_over=restricted.flag not in in_force and "gone" not in in_force.values(),
            shows=ozone_back.shows(restricted, self._of),
        )

    def undo(self, subject: str, name: str) -> None:
        """Undo it, unless it was undone before and is in force anew."""
        restricted = ozone_back.restricted(subject)
        newest = self._newest(restricted.uri)
        if not newest or ozone_back.was_undone(restricted, newest):
            raise Overtaken(
                "It is not restricted any more by what the case is about.",
                why="it was undone once, and has been restricted anew since",
                fix="Look at what is newer, and decide yourself.",
            )
        self._calls.emit(ozone_back.undoing(restricted), newest[0]["subject"], name)

    def to_look_at(self, _: str) -> str:
        """Nothing: it comes as an event."""
        return ""

    def _newest(self, uri: str) -> Sequence[Any]:
        """What was done about it, the newest first."""
        kinds = [f"{ozone_back.DEFS}{kind}" for kind in ozone_back.KINDS]
        found = self._calls.events_of(subject=uri, types=kinds, sortDirection="desc")
        return [event for event in found if _is_about(event, uri)]


def _is_about(event: Any, uri: str) -> bool:
    try:
        return ozone.read(event).uri == uri
    except ValueError:
        return False
