"""What an outsider reads off the public log: times and numbers of entries, and nothing by size."""

import json
import os
from functools import partial
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hostile.tally import tally

from amparo.case import complaint, issue
from amparo.ledger.case import casework

AT = "2026-11-29T18:00:00Z"
LENGTH = len(issue.later("a", {}, at=AT, salt=bytes(32)).leaf)


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=40), st.dictionaries(st.text(max_size=9), st.text()))
def test_a_sealed_entry_has_one_size_whatever_happened_and_to_whomever(kind, details):
    details.pop("kind", None)
    leaf = issue.later(kind, details, at=AT, salt=os.urandom(32)).leaf
    assert len(leaf) == LENGTH
    assert set(json.loads(leaf)) == {"at", "sealed", "type", "v"}


def test_a_complaint_is_two_entries_of_one_second_that_do_not_name_its_decision(keep, journal):
    """As docs/security.md says: its time can be seen. Should it become one, mend that page."""
    [decision] = keep(1)
    before = journal.size()
    step = partial(
        complaint.file,
        role="person",
        grounds="It is satire. " * 300,
        attachments=(),
        now=casework.now(),
    )
    casework.act(journal, UUID(decision.case), step)
    leaves = [json.loads(one) for one in journal.leaves(before, journal.size())]
    assert len(leaves) == 2
    assert len({one["at"] for one in leaves}) == 1
    assert decision.case not in json.dumps(leaves)
    assert len({len(one) for one in journal.leaves(before, journal.size())}) == 1
    tally("reading complaints off the log", "sizes and fields of sealed entries", "time and number")
