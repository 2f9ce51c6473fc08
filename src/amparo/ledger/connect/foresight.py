"""What can be worked out of records without the journal, so that another process can do it.

In a long file most records are new decisions that lack nothing. Their statements are settled,
sealed and hashed here, beside the one process that writes (`ingest`), which takes each as it is
where the item is new and the desk's rules are still the same, and makes it anew otherwise.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Sequence

import msgspec

from amparo.case import delivery
from amparo.case.state import Actor
from amparo.connectors import record as records_
from amparo.connectors import settling, trial
from amparo.connectors.record import Record
from amparo.connectors.settling import Draft, Statement
from amparo.errors import AmparoError
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, ingest
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.foreseen import Drafted, Foreseen, Ready
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.items import Digests
from amparo.ledger.log.intake import Prepared, prepare, puid_digest
from amparo.record.decision import Submission
from amparo.record.sealing import Imported
from amparo.storage.journal import Journal, Row


class Foresight:
    """How one connection's records are looked at beforehand; the journal is read only here."""

    def __init__(self, journal: Journal, secret: bytes, connection: Connection) -> None:
        self._secret, self._connection = secret, connection
        self._platform = connection.platform
        self._digests = Digests(secret, connection)
        # In this order: a rule that is added in between makes what is foreseen out of date.
        self._rules_version = connections.rules_version(journal, connection.id)
        self._rules = connections.rules_of(journal, connection.id)
        self._by = Actor("platform", self._platform.slug)

    def of(
        self, records: Sequence[Record | Unreadable], *, ready: bool
    ) -> list[Foreseen | Unreadable]:
        """The same records, each with its digests; `ready`: and with what it comes to.

        For what is known already that would be in vain.
        """
        found = [self._foreseen(record) for record in map(ingest.writable, records)]
        return self._settled(found) if ready else found

    def _foreseen(self, record: Record | Unreadable) -> Foreseen | Unreadable:
        if isinstance(record, Unreadable):
            return record
        name, content = self._digests.name(record.native_id), self._digests.content(record)
        return Foreseen(record, name, content)

    def _settled(self, found: list[Foreseen | Unreadable]) -> list[Foreseen | Unreadable]:
        complete: list[tuple[int, Foreseen, Submission]] = []
        for place, new in enumerate(found):
            if isinstance(new, Unreadable) or new.record.kind not in ("restriction", "unknown"):
                continue
            match settling.settle(new.record, {}, self._rules, self._platform.profile):
                case Statement(submission):
                    complete.append((place, new, submission))
                case Draft() as draft:
                    found[place] = msgspec.structs.replace(new, draft=self._drafted(new, draft))
        for place, ready in self._ready(complete):
            found[place] = ready
        return found

    def _drafted(self, new: Foreseen, draft: Draft) -> Drafted:
        puid = puid_digest(self._secret, self._platform, self._digests.puid(new.name, 1))
        text = records_.encode(new.record)
        return Drafted(text, trial.alike(new.record, draft), puid, self._rules_version)

    def _ready(
        self, complete: Sequence[tuple[int, Foreseen, Submission]]
    ) -> Iterator[tuple[int, Foreseen]]:
        statements = prepare(
            [
                ingest.decision(self._digests.puid(new.name, 1), submission)
                for _, new, submission in complete
            ],
            platform=self._platform,
            secret=self._secret,
            imported=[
                Imported(self._connection.source, None, new.record.at or None)
                for _, new, _ in complete
            ],
        )
        for (place, new, _), statement in zip(complete, statements, strict=True):
            ready = Ready(statement, self._deciders(new.record, statement), self._rules_version)
            yield place, msgspec.structs.replace(new, ready=ready)

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
