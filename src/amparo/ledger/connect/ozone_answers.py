"""The answers that people are given in their cases go to Ozone: by its letter to the account.

Whoever decided them, and in their words. At each try it looks first what of an answer is there
already. An appeal in Ozone about the same is resolved with the same words: at once where the
decision stands, and once it is put right where it does not, since what is restored after an appeal
was resolved counts as an answer to nothing.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from datetime import datetime, timedelta
from uuid import UUID

from amparo.case import answers as of_case
from amparo.case.answers import Answer
from amparo.case.read_back import CLAIMED
from amparo.connectors import atproto, ozone, ozone_answers, ozone_back
from amparo.connectors.ozone import Settings
from amparo.connectors.ozone_back import Restricted
from amparo.errors import AmparoError, Denied, Malformed, Missing
from amparo.ledger.case import appeals, casework, in_sources
from amparo.ledger.case.casework import File
from amparo.ledger.connect import connections, poll_schedule, read_back_turn
from amparo.ledger.connect.asking import ToWait
from amparo.ledger.connect.connections import Connection, Refusal
from amparo.ledger.connect.ozone_calls import MOST_EVENTS, Calls
from amparo.storage.journal import Journal

LOOKS_A_TURN = 50
MOST_FAILURES = 3
"""In one turn: after so many it is not an answer that fails, but Ozone."""
CLOCKS = timedelta(days=1)
"""So far apart the clocks of both sides may be."""


class Answers:
    """The answers that an Ozone has not been given; for one thread."""

    def __init__(
        self, journal: Journal, connection: Connection, calls: Calls, settings: Settings
    ) -> None:
        self._journal, self._connection = journal, connection
        self._calls, self._of = calls, settings

    def send(self, now: datetime) -> None:
        """Give some; raises why one could not be given, once the others were."""
        until, failed = time.monotonic() + read_back_turn.SECONDS_A_TURN, list[AmparoError]()
        for look, noted_at in poll_schedule.looks(
            self._journal, self._connection.id, most=LOOKS_A_TURN
        ):
            case, is_new = appeals.case_of(look)
            # Whoever takes a turn for dead answers the same once more.
            self._keep_turn()
            try:
                if self._of.answers:
                    self._answer(case, now, is_new=is_new)
            except (ToWait, Denied):  # it would say the same to every other
                raise
            except Malformed as error:
                self._refuse(case, f"{error.what} {error.why}", now)
                poll_schedule.was_looked_at(self._journal, self._connection.id, look, noted_at)
            except AmparoError as error:
                failed.append(error)
                with self._journal.transaction():  # behind all the others
                    poll_schedule.note(self._journal, self._connection, look, int(now.timestamp()))
                if len(failed) == MOST_FAILURES:
                    break
            else:
                poll_schedule.was_looked_at(self._journal, self._connection.id, look, noted_at)
            if time.monotonic() >= until:
                break
        if failed:
            raise failed[0]

    def _keep_turn(self) -> None:
        now = int(casework.now().timestamp())
        poll_schedule.keep_turn(self._journal, self._connection, now)

    def _answer(self, case_id: UUID, now: datetime, *, is_new: bool) -> None:
        """Give the newest answer of a case; of one from before only its appeal is resolved."""
        subject = in_sources.subject_of(self._journal, self._connection.id, case_id)
        try:
            file = casework.read(self._journal, case_id)
        except Missing:
            return
        answer = _newest(file)
        if subject is None or file.is_erased or answer is None:
            return
        about = ozone_back.restricted(subject)
        name = f"amparo:{case_id}:{answer.name}"
        there = self._made(about, name, answer.event.at)
        if is_new and ozone.EMAIL not in there:
            self._write(about, name, answer, case_id, now)
        if ozone.RESOLVE not in there and _is_over(file, answer):
            self._resolve(about, name, answer)

    def _made(self, about: Restricted, name: str, since: datetime) -> frozenset[str]:
        """What of an answer is there; `Malformed` where there is too much to look through."""
        found = self._calls.events_of(
            subject=atproto.subject(about.uri).did,
            includeAllUserRecords="true",
            types=[f"{ozone_answers.DEFS}{kind}" for kind in (ozone.EMAIL, ozone.RESOLVE)],
            sortDirection="desc",
            createdAfter=atproto.written(since - CLOCKS),
        )
        if len(found) == MOST_EVENTS:
            raise Malformed(
                "The answer was not given in Ozone.",
                why="it has too many letters to the account to tell whether this one is among them",
                fix="Look there, and write to the account yourself.",
            )
        return frozenset(ozone_answers.made(found, name))

    def _write(
        self, about: Restricted, name: str, answer: Answer, case: UUID, now: datetime
    ) -> None:
        subject = {
            "$type": "com.atproto.admin.defs#repoRef",
            "did": atproto.subject(about.uri).did,
        }
        letter = ozone_answers.letter(self._of.lines[answer.about], answer.reasons)
        made = self._calls.emit(letter, subject, name, tool=ozone_answers.tool(name))
        event = made.get("event")
        if not isinstance(event, dict) or event.get("isDelivered") is not True:
            self._refuse(case, "Ozone has not delivered the letter to the account", now)

    def _resolve(self, about: Restricted, name: str, answer: Answer) -> None:
        """Resolve the appeal about the same, where there is one that is open."""
        if self._calls.status(about.uri).get("appealed") is not True:
            return
        newest = self._calls.events(
            subject=about.uri,
            types=[f"{ozone_answers.DEFS}{ozone.REPORT}"],
            sortDirection="desc",
        )
        subject = newest.events[0].get("subject") if newest.events else None
        if isinstance(subject, dict):  # else there is nothing that could be named as resolved
            event = ozone_answers.resolved(answer.outcome, answer.reasons)
            self._calls.emit(event, subject, name, tool=ozone_answers.tool(name))

    def _refuse(self, case: UUID, why: str, now: datetime) -> None:
        refusal = [Refusal(f"answer, {case}", why)]
        with self._journal.transaction():
            connections.refuse(
                self._journal, self._connection, 1, refusal, now=int(now.timestamp())
            )


def _newest(file: File) -> Answer | None:
    """What stands: somebody who was answered twice meanwhile reads the later answer only."""
    found = (of_case.answer(event) for event in reversed(file.events))
    return next((answer for answer in found if answer is not None), None)


def _is_over(file: File, answer: Answer) -> bool:
    """Whether nothing is to be done any more before an appeal about it can end."""
    if answer.about == "undone":  # somebody else decides it, or it is as if nobody had
        return False
    return not file.case.ordered or file.case.remedy in CLAIMED
