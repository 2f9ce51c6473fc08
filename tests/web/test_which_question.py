"""Whether to wait for lead cases is answered to the question that the page showed, and to no other."""

from contextlib import closing
from functools import partial
from uuid import UUID, uuid4

import pytest
from tests.conftest import own_link, statement

from amparo.case import leads
from amparo.case.roles import Reviewer
from amparo.ledger.case import casework
from amparo.storage.journal import Journal

QUESTION = "Was a newsletter taken for unwanted mail?"
LENA = Reviewer(90_001, lead=True)


@pytest.mark.parametrize("choice", ["wait", "alone"])
def test_an_answer_is_to_the_question_that_was_read(served, platform, choice):
    body = statement(f"which-{uuid4().hex}")
    told = served.http.post("/api/v1/statement", json=body, headers=platform).json()
    own, number, group = own_link(served.http, told), UUID(told["uuid"]), str(uuid4())
    assert served.http.post(f"{own}/complaint", data={"grounds": "I quoted it."}).status_code == 303
    with closing(Journal(served.data / "journal.db")) as journal:
        said = {"number": group, "question": QUESTION, "by": LENA, "now": casework.now()}
        casework.act(journal, number, partial(leads.ask, **said))

        other = served.http.post(f"{own}/lead", data={"choice": choice, "group": str(uuid4())})

        assert other.status_code == 422
        assert "You are asked about other lead cases by now." in other.text
        assert casework.read(journal, number).case.lead == "asked"
        served.http.post(f"{own}/lead", data={"choice": "alone", "group": group})
        assert casework.read(journal, number).case.lead == "ended"
