"""Cases on a real journal, and a desk."""

from functools import partial
from uuid import UUID

import pytest

from amparo.case import complaint
from amparo.ledger import casework, desks, outbox, platforms
from amparo.ledger.desks import Filter

REASONS = "The clause names threats; the post quotes one in order to report it."


def filed(journal, case, grounds="No."):
    now = casework.now()
    return casework.act(
        journal,
        case,
        partial(complaint.file, role="person", grounds=grounds, attachments=(), now=now),
    )


def queue(journal, **asked):
    return desks.queue(journal, platforms.every(journal)[0].id, Filter(**asked))


@pytest.fixture
def cases(keep):
    return [UUID(one.case) for one in keep(3)]


@pytest.fixture
def desk(journal, keep):
    keep(1)
    return platforms.every(journal)[0]


def reachable(journal, case, email="ana@example.org"):
    with journal.transaction():
        outbox.set_contact(journal, case, "person", email, "en")
