"""The published vectors (tests/vectors/client), passed by the Python client."""

import pytest
from tests.client import vectors

from amparo.client import receipts, webhooks
from amparo.client.patience import Patience, is_repeated, wait_seconds
from amparo.errors import Denied, Malformed, Unsound
from amparo.tlog import policy

ERRORS = {
    "denied": Denied,
    "malformed": Malformed,
    "unsound": Unsound,
    "refused": (Malformed, Unsound),
}


def outcome(call):
    try:
        call()
    except (Denied, Malformed, Unsound) as error:
        return type(error)
    return None


def is_as_said(case, found):
    if case["is"] == "good":
        return found is None
    return found is not None and issubclass(found, ERRORS[case["is"]])


@pytest.mark.parametrize("case", vectors.of("webhooks"), ids=lambda case: case["what"])
def test_a_webhook_is_the_nodes_or_is_denied(case):
    found = outcome(
        lambda: webhooks.verify(
            case["headers"], case["body"].encode(), case["secret"], now=case["now"]
        )
    )

    assert is_as_said(case, found)


@pytest.mark.parametrize("case", vectors.of("receipts"), ids=lambda case: case["what"])
def test_a_receipt_is_of_what_was_sent_or_unsound(case):
    def checking():
        receipts.check(
            case["receipt"].encode(),
            policy.of_log(case["vkey"]),
            uuid=case["uuid"],
            puid=case["puid"],
            sent=case["sent"],
        )

    assert is_as_said(case, outcome(checking))


@pytest.mark.parametrize("case", vectors.of("retries"), ids=str)
@pytest.mark.parametrize("chance", [0, 1])
def test_a_wait_is_as_long_as_asked_and_jitters_above_that(case, chance):
    found = wait_seconds(
        Patience(), case["attempt"], case["retry-after"], now=vectors.AT, chance=chance
    )

    assert found == (case["most"] if chance else case["least"])


@pytest.mark.parametrize(
    ("status", "always", "if_idempotent"),
    [
        (None, False, True),
        (429, True, True),
        (503, True, True),
        (507, True, True),
        (500, False, True),
        (502, False, True),
        (504, False, True),
        (400, False, False),
        (401, False, False),
        (409, False, False),
    ],
)
def test_only_what_changes_nothing_is_repeated_blindly(status, always, if_idempotent):
    assert is_repeated(status, is_idempotent=False) is always
    assert is_repeated(status, is_idempotent=True) is if_idempotent


def test_what_is_signed_but_no_json_of_the_node_is_malformed():
    case = vectors.of("webhooks")[0]

    with pytest.raises(Malformed, match="cannot be read"):
        webhooks.read(case["headers"], case["body"].encode(), case["secret"], now=case["now"])
