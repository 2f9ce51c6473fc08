"""What can be worked out of records without the journal, so that another process can do it.

In a long file most records are new decisions that lack nothing. Their statements are settled,
sealed and hashed here, beside the one process that writes (`take`), which takes each as it is where
the item is new and the desk's rules are still the same, and makes it anew otherwise.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence

import msgspec

from amparo.case import delivery
from amparo.case.state import Actor
from amparo.connectors import settling
from amparo.connectors.record import Record
from amparo.connectors.settling import Statement
from amparo.errors import AmparoError
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, take
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.foreseen import Foreseen, Ready
from amparo.ledger.connect.items import Digests
from amparo.ledger.connect.take import Unreadable
from amparo.ledger.log.intake import Prepared, prepare
from amparo.record.decision import Submission
from amparo.record.sealing import Imported
from amparo.storage.journal import Journal, Row


class Foresight:
    """How one connection's records are looked at beforehand; the journal is read only here."""

    def __init__(self, journal: Journal, secret: bytes, connection: Connection) -> None:
        self._secret, self._connection = secret, connection
        self._digests = Digests(secret, connection)
        self._rules = connections.rules_of(journal, connection.id)
        self._rules_version = connections.rules_version(journal, connection.id)
        self._by = Actor("platform", connection.platform.slug)

    def of(
        self, records: Sequence[Record | Unreadable], *, ready: bool
    ) -> list[Foreseen | Unreadable]:
        """The same records, each with its digests; `ready`: and with its statement, if it has one.

        To make statements of what is known already would be in vain.
        """
        found = [self._foreseen(record) for record in map(take.writable, records)]
        if not ready:
            return found
        statements = self._ready(found)
        return [statements.get(id(new), new) for new in found]

    def _foreseen(self, record: Record | Unreadable) -> Foreseen | Unreadable:
        if isinstance(record, Unreadable):
            return record
        name, content = self._digests.name(record.native_id), self._digests.content(record)
        return Foreseen(record, name, content)

    def _submission(self, record: Record) -> Submission | None:
        if record.kind != "restriction":
            return None
        settled = settling.settle(record, {}, self._rules, self._connection.platform.profile)
        return settled.submission if isinstance(settled, Statement) else None

    def _ready(self, found: Sequence[Foreseen | Unreadable]) -> dict[int, Foreseen]:
        """Those that lack nothing, with their statements, by the `id` of what they were."""
        complete = [
            (new, submission)
            for new in found
            if isinstance(new, Foreseen)
            and (submission := self._submission(new.record)) is not None
        ]
        statements = prepare(
            [
                take.decision(self._digests.puid(new.name, 1), submission)
                for new, submission in complete
            ],
            platform=self._connection.platform,
            secret=self._secret,
            imported=[
                Imported(self._connection.source, None, new.record.at or None)
                for new, _ in complete
            ],
        )
        return {
            id(new): msgspec.structs.replace(new, ready=self._with_deciders(new.record, statement))
            for (new, _), statement in zip(complete, statements, strict=True)
        }

    def _with_deciders(self, record: Record, statement: Prepared) -> Ready:
        return Ready(statement, self._deciders(record, statement), self._rules_version)

    def _deciders(self, record: Record, statement: Prepared) -> Row | None:
        if not record.decided_by or record.person is not None:
            return None
        named = delivery.name_deciders(
            decided_by=record.decided_by, by=self._by, now=casework.now()
        )
        try:
            return casework.deciders_ahead(statement.row, named)
        except AmparoError:
            return None  # why is said once it is on the record
