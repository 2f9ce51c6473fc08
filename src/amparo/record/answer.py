"""The forms in which the EU database returns a statement, so that its clients work here.

Three shapes, each with its own oddities: the answer to a single submission repeats what was sent,
the answer to a batch shows every attribute, and the read-back shows what is kept, without `puid`.
In all of them an absent list is [], and what does not apply is not repeated.

Source: the EU DSA Transparency Database's API as its software behaves.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any

from amparo.record.decision import (
    ATTRIBUTES,
    LISTS,
    SUBMITTED,
    Submission,
    as_set,
    elements,
    inapplicable,
)
from amparo.record.rules import Finding

FIRST_ID = 100_000_000_000
"""The EU database counts its statements from here; ours follow the log's index."""

_SHOWN_EVEN_IF_ABSENT: dict[str, Any] = {
    "end_date_visibility_restriction": None,
    "end_date_monetary_restriction": None,
    "end_date_service_restriction": None,
    "end_date_account_restriction": None,
    "territorial_scope": [],
}
_KNOWN = frozenset(ATTRIBUTES)
_ALL_ABSENT: dict[str, Any] = {name: [] if name in LISTS else None for name in ATTRIBUTES}


def system_attributes(*, uuid: str, at: str, platform_name: str, base_url: str) -> dict[str, Any]:
    """What the database adds to a statement; `at` is UTC to the second, as in a leaf."""
    return {
        "uuid": uuid,
        "created_at": f"{at[:10]} {at[11:19]}",
        "platform_name": platform_name,
        "permalink": f"{base_url}/statement/{uuid}",
        "self": f"{base_url}/api/v1/statement/{uuid}",
    }


def single(submission: Submission, index: int) -> dict[str, Any]:
    """201 of a single submission: only what was sent; what the system adds comes on top."""
    dropped = inapplicable(submission)
    sent = {
        name: value
        for name, value in submission.items()
        if name in SUBMITTED and name not in dropped
    }
    content_id = sent.pop("content_id", None)
    if content_id and "EAN-13" in content_id and sent.get("content_id_ean") is None:
        sent["content_id_ean"] = content_id["EAN-13"]
    for name in LISTS:
        if name in sent:
            sent[name] = as_set(elements(sent[name]) or ())
    if "category_addition" in sent:
        sent["category_addition"] = [c for c in sent["category_addition"] if c != sent["category"]]
    return {**_SHOWN_EVEN_IF_ABSENT, **sent, "id": FIRST_ID + index}


def batched(submission: Submission) -> dict[str, Any]:
    """201 of one statement of a batch: every attribute, absent ones as null or [].

    A notifier's name is repeated although it is not kept beside a voluntary source.
    """
    dropped = inapplicable(submission) - {"source_identity"}
    sent = {
        name: value
        for name, value in submission.items()
        if value is not None and name in _KNOWN and name not in dropped
    }
    content_id = submission.get("content_id")
    answer = _ALL_ABSENT | sent
    answer["content_id_ean"] = content_id.get("EAN-13") if content_id else None
    answer["territorial_scope"] = as_set(elements(submission.get("territorial_scope")) or ())
    return answer


def read_back(fields: Mapping[str, Any], system: Mapping[str, Any]) -> dict[str, Any]:
    """200 of the read-back: what is kept, with sorted sets, without `puid`."""
    answer = {**_ALL_ABSENT, **fields, **system}
    del answer["puid"]
    return answer


def refusal(findings: Sequence[Finding]) -> dict[str, Any]:
    """422 of a single submission: all that is wrong, at once."""
    return {"message": message(findings), "errors": errors(findings), "findings": findings}


def errors(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """`errors` of a 422: attribute -> its sentences."""
    grouped: dict[str, list[str]] = {}
    for finding in findings:
        grouped.setdefault(finding.attribute, []).append(finding.why)
    return grouped


def message(findings: Sequence[Finding]) -> str:
    """`message` of a 422: the first sentence, and how many more there are."""
    more = len(findings) - 1
    if not more:
        return findings[0].why
    return f"{findings[0].why} (and {more} more error{'s' if more > 1 else ''})"
