"""A client of one node, with a platform's token: one method a call, typed, for many threads.

Statements may be submitted again after any failure: a PUID that was taken before changes nothing.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec.structs import replace

from amparo.client import receipts
from amparo.client.answers import Case, Invalid, NoticeOutcome, Orders, Outcome, Stored
from amparo.client.calls import Calls, unreadable
from amparo.client.patience import Patience
from amparo.errors import Malformed, Refused
from amparo.ledger.outbound.http import Answer
from amparo.record.rules import Finding
from amparo.tlog import policy

T = TypeVar("T")
MOST_IN_BATCH = 100
MOST_BATCH_BYTES = 12 << 20
"""A node reads 16 MiB of a batch; no single statement is larger than one."""
_UNPROCESSABLE = 422


class _Added(msgspec.Struct):
    """The answer to a batch that was stored."""

    statements: list[Stored]


class _Notices(msgspec.Struct):
    """The answer to notices of many people."""

    notices: list[NoticeOutcome]


class _Tried(msgspec.Struct):
    """The answer to a statement that was tried out."""

    dry_run: bool = False


class _Refusal(msgspec.Struct):
    """A 422: of one statement, or of a batch."""

    message: str = ""
    errors: dict[str, Any] = {}
    findings: list[Finding] | dict[str, list[Finding]] = []
    existing: dict[str, str] = {}
    uuid: str | None = None

    def of_one(self, puid: str) -> Invalid:
        listed = self.findings if isinstance(self.findings, list) else []
        return Invalid(puid=puid, errors=self.errors, findings=listed)

    def of_batch(self, puids: Sequence[str]) -> dict[int, Invalid | None]:
        """Place in the batch -> why it was refused; None where its PUID is known, or stands twice.

        Never empty, so that whoever sends the rest again comes to an end.
        """
        by_name = self.findings if isinstance(self.findings, dict) else {}
        known = set(self.errors.get("existing_puids", ()))
        found: dict[int, Invalid | None] = {}
        for n, puid in enumerate(puids):
            if (name := f"statement_{n}") in self.errors:
                mistakes = self.errors[name]
                found[n] = Invalid(puid=puid, errors=mistakes, findings=by_name.get(name, []))
            elif puid in known:
                found[n] = None
        if not found:
            raise Malformed(
                "The batch was refused.",
                why=self.message or str(self.errors)[:500],
                fix="Submit its statements one by one.",
            )
        return found


class Client:
    """Asks one node. Every method raises `AmparoError`: what, why, how to mend it.

    `Denied`: the token; `Malformed`, `Missing`, `Refused`: the call; `Unavailable`: after all
    tries; `Unsound`: a receipt that does not hold.
    """

    def __init__(
        self, url: str, token: str, *, vkey: str = "", patience: Patience | None = None
    ) -> None:
        """`vkey`: the log's key, from elsewhere than the node; with it receipts are verified."""
        self._calls = Calls(url, token, patience or Patience())
        self._trusted = policy.of_log(vkey) if vkey else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open."""
        self._calls.close()

    def check_token(self) -> None:
        """`Denied` unless the token is good."""
        self._calls.get("/api/ping", dict[str, Any])

    # --- statements -------------------------------------------------------------------------

    def submit(self, statement: Mapping[str, Any]) -> Outcome:
        """Submit one statement of reasons; with a key, its receipt has come and is verified."""
        answer = self._send("/api/v1/statement", statement)
        puid = _puid(statement)
        if answer.status != _UNPROCESSABLE:
            stored = replace(self._calls.read(answer, Stored), puid=puid)
            return self._with_receipt(stored, statement)
        refusal = self._calls.read(answer, _Refusal)
        if refusal.existing and refusal.uuid:
            known = replace(self._calls.read(answer, Stored), puid=puid, is_known=True)
            return self._with_receipt(known, None)
        return refusal.of_one(puid)

    def try_out(self, statement: Mapping[str, Any]) -> Invalid | None:
        """What a node finds wrong with a statement, a PUID that is known included; None: nothing.

        Nothing goes on the record; `Refused` where a node took it all the same, not knowing this.
        """
        answer = self._send("/api/v1/statement", statement, dry_run="1")
        if answer.status == _UNPROCESSABLE:
            return self._calls.read(answer, _Refusal).of_one(_puid(statement))
        if not self._calls.read(answer, _Tried).dry_run:
            raise Refused(
                "The statement was not tried out: it is on the record.",
                why="the node does not know `dry_run`, and took it as any other",
                fix="Try no more out there before the node is a newer one.",
            )
        return None

    def submit_all(
        self, statements: Iterable[Mapping[str, Any]]
    ) -> Iterator[tuple[Mapping[str, Any], Outcome]]:
        """Submit any number, 100 a call; each with its outcome, in their order, as they are known.

        A node takes a batch as a whole or not at all: what it refuses is left out, and the rest is
        sent again.
        """
        for batch in batches(statements):
            yield from zip(batch, self._submit_batch(batch), strict=True)

    def receipt(self, uuid: str, *, puid: str = "", sent: Mapping[str, Any] | None = None) -> bytes:
        """A statement's receipt; verified if the client has a key and `puid` is given."""
        answer = self._calls.ask("GET", f"/api/v1/statement/{_part(uuid)}/receipt")
        if self._trusted is not None and puid:
            receipts.check(answer.body, self._trusted, uuid=uuid, puid=puid, sent=sent)
        return answer.body

    def _submit_batch(self, batch: Sequence[Mapping[str, Any]]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        while left := [n for n in range(len(batch)) if n not in outcomes]:
            answer = self._send("/api/v1/statements", {"statements": [batch[n] for n in left]})
            if answer.status != _UNPROCESSABLE:
                added = _as_many(self._calls.read(answer, _Added).statements, left)
                for n, stored in zip(left, added, strict=True):
                    found = replace(stored, puid=_puid(batch[n]))
                    outcomes[n] = self._with_receipt(found, batch[n])
                continue
            refusal = self._calls.read(answer, _Refusal)
            for place, outcome in refusal.of_batch([_puid(batch[n]) for n in left]).items():
                n = left[place]
                outcomes[n] = outcome or self.submit(batch[n])
        return [outcomes[n] for n in range(len(batch))]

    def _send(self, path: str, body: Any, **query: str) -> Answer:
        if self._trusted:
            query["wait"] = "receipt"
        whole = f"{path}?{urlencode(query)}" if query else path
        return self._calls.ask("POST", whole, body, is_idempotent=True, also=(_UNPROCESSABLE,))

    def _with_receipt(self, stored: Stored, sent: Mapping[str, Any] | None) -> Stored:
        if self._trusted is None or stored.dry_run:
            return stored
        return replace(stored, receipt=self.receipt(stored.uuid, puid=stored.puid, sent=sent))

    # --- people and cases -------------------------------------------------------------------

    def tell_person(
        self,
        case: str,
        *,
        email: str = "",
        language: str = "en",
        decided_by: Sequence[str] = (),
        content: str = "",
    ) -> Case:
        """Have the node tell the person by mail; without `email`, say that you told them."""
        fields = {"email": email, "language": language, "decided_by": decided_by}
        return self._step(f"statement/{_part(case)}/notice", **fields, content=content)

    def tell_people(self, notices: Iterable[Mapping[str, Any]]) -> Iterator[NoticeOutcome]:
        """The same for many, 100 a call: `uuid` and the fields of `tell_person` each."""
        for batch in batches(notices):
            answer = self._calls.ask(
                "POST", "/api/v1/notices", {"notices": batch}, is_idempotent=True
            )
            yield from _as_many(self._calls.read(answer, _Notices).notices, batch)

    def orders(self) -> Orders:
        """Everything that waits for you."""
        return self._calls.get("/api/v1/orders", Orders)

    def case(self, case: str) -> Case:
        """Where one case stands."""
        return self._calls.get(f"/api/v1/case/{_part(case)}", Case)

    def keep_evidence(self, case: str, *, is_kept: bool, reason: str = "", page: str = "") -> Case:
        """Say whether the evidence is kept.

        `page`: where everybody could read the content; the node looks at it, and once it is
        restored again.
        """
        more = {"page": page} if page else {}  # an older node does not know it
        return self._step(f"case/{_part(case)}/hold", kept=is_kept, reason=reason, **more)

    def answer_order_at_once(
        self, case: str, result: str, *, reasons: str = "", order: str = ""
    ) -> Case:
        """Say whether what was ordered at once is done or impossible, and then why.

        `order`: which one, as `orders` names it; one that came since is not answered by mistake.
        """
        more = {"order": order} if order else {}  # an older node does not know it
        return self._step(f"case/{_part(case)}/interim", result=result, reasons=reasons, **more)

    def report_remedy(
        self,
        case: str,
        result: str,
        *,
        reasons: str = "",
        statement: str = "",
        also: Sequence[str] = (),
        order: str = "",
    ) -> Case:
        """Say what came of an order: implemented, partly, refused or impossible.

        `also`: other reports of the same address of which the same is true. `order`: which one, as
        `orders` names it; one that came since is not answered by mistake.
        """
        more = {"order": order} if order else {}  # an older node does not know it
        return self._step(
            f"case/{_part(case)}/remedy",
            result=result,
            reasons=reasons,
            statement=statement,
            also=also,
            **more,
        )

    def answer_question(self, case: str, text: str) -> Case:
        """Answer a reviewer's question."""
        return self._step(f"case/{_part(case)}/answer", text=text)

    def take_position(self, case: str, text: str, *, content: str = "") -> Case:
        """Hand position and content over to the panel."""
        return self._step(f"case/{_part(case)}/position", text=text, content=content)

    def challenge_member(self, case: str, member: str, reasons: str) -> Case:
        """Say why a member of the panel should not sit."""
        return self._step(f"case/{_part(case)}/challenge", member=member, reasons=reasons)

    def show_account(self, case: str, word: str, *, seen: str = "") -> Case:
        """Say that the word of a claim came to you from the account."""
        return self._step(f"case/{_part(case)}/claim", word=word, seen=seen)

    def tell_other_side(
        self, case: str, *, email: str = "", language: str = "en", cannot: str = ""
    ) -> Case:
        """Have whoever posted it told that they are heard, or say why you cannot."""
        fields = {"email": email, "language": language, "cannot": cannot}
        return self._step(f"case/{_part(case)}/other-side", **fields)

    def answer_notice(
        self,
        case: str,
        result: str,
        reasons: str,
        *,
        automated: bool = False,
        decided_by: Sequence[str] = (),
        statement: str = "",
        no_statement: str = "",
        also: Sequence[str] = (),
    ) -> Case:
        """Tell a reporter what was decided: acted, with the statement or why none; not_acted.

        `also`: other reports of the same address (`same_address` among orders) that it answers.
        """
        return self._step(
            f"notice/{_part(case)}/answer",
            result=result,
            reasons=reasons,
            automated=automated,
            decided_by=decided_by,
            statement=statement,
            no_statement=no_statement,
            also=also,
        )

    def _step(self, path: str, **fields: Any) -> Case:
        return self._calls.read(self._calls.ask("POST", f"/api/v1/{path}", fields), Case)


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut into lists that one call takes: at most 100 of them, at most 12 MiB as JSON."""
    batch: list[T] = []
    size = 0
    for item in items:
        bytes_ = len(msgspec.json.encode(item)) + 1
        if batch and (len(batch) == MOST_IN_BATCH or size + bytes_ > MOST_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += bytes_
    if batch:
        yield batch


def _as_many(answered: list[T], sent: Sequence[object]) -> list[T]:
    """What was answered to each of a batch; `NoAnswer` unless it is one for each."""
    if len(answered) != len(sent):
        raise unreadable(f"{len(answered)} outcomes of {len(sent)} that were sent")
    return answered


def _puid(statement: Mapping[str, Any]) -> str:
    return str(statement.get("puid") or "").strip()


def _part(name: str) -> str:
    """A name as one part of an address: none leads to another call."""
    return quote(name, safe="")
