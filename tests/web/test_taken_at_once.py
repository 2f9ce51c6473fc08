"""A decision, and one complaint for many, sent twice at once: each is taken once, whoever is first.

Two processes serve one folder, and each has one half of a double click; or the node is killed with
the form half taken, and the browser sends it again. What is kept then is kept once: the answer, its
letter, its files.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from types import SimpleNamespace
from uuid import UUID, uuid4

import httpx2
import pytest
from starlette.datastructures import FormData
from tests.conftest import Served
from tests.stories.seats import seat
from tests.stories.test_an_organisation_complains_for_many import (
    GROUNDS,
    Person,
    organisation,
    shown,
)

from amparo.errors import Denied, Malformed, Refused
from amparo.ledger.case import casework, drafts, evidence, mandates, people
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.web.http.forms import Attached
from amparo.web.staff import deciding
from amparo.web.staff import mandates as pages

REASONS = "The accounts sent one newsletter a month; the clause is about bulk nobody asked for."
HALVES = 6


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    node = Served(tmp_path_factory.mktemp("at-once") / "node")
    node.auth = node.add_platform("Foro")
    node.rosa = seat(node, "Rosa", "rosa@foro.example")
    node.house = organisation(node, "Rights House", "Ana", "ana@house.example")
    yield node
    node.stop()


class Other(Journal):
    """A process that another one comes before, when it begins a transaction for the nth time."""

    def __init__(self, place, meanwhile, before=1):
        super().__init__(place)
        self.meanwhile, self.before = meanwhile, before

    @contextmanager
    def transaction(self):
        if not self._within:
            self.before -= 1
            if self.before == 0:
                self.meanwhile()
        with super().transaction():
            yield


def journal_of(foro):
    return Journal(foro.data / "journal.db")


def person_of(foro, email):
    with closing(journal_of(foro)) as journal:
        return people.by_email(journal, email)


def read(foro, case):
    with closing(journal_of(foro)) as journal:
        return casework.read(journal, UUID(case))


def times(foro, case, kind):
    return [event.kind for event in read(foro, case).events].count(kind)


def at_once(foro, job, number=HALVES):
    """What each of some processes came to that do the same in the same moment."""
    begin = threading.Barrier(number)

    def one(index):
        with closing(journal_of(foro)) as journal:
            begin.wait(60)
            try:
                return job(journal, index)
            except (Denied, Refused) as error:
                return error

    with ThreadPoolExecutor(number) as threads:
        return [*threads.map(one, range(number))]


# --- a decision -----------------------------------------------------------------------------------


def opened(foro):
    """A complaint that Rosa has opened."""
    person = Person(foro)
    person.post("complaint", grounds="I sent no spam.", email=person.mail)
    foro.rosa.step(person.case, "assign")
    foro.rosa.step(person.case, "open")
    return person.case


def deciding_job(foro, case, digest, outcome="upheld"):
    rosa = person_of(foro, "rosa@foro.example")
    form = FormData(
        [
            ("outcome", outcome),
            ("reasons", REASONS),
            *([("steps", "restore_account")] if outcome != "upheld" else []),
        ]
    )
    said = {"person": rosa, "case_id": UUID(case), "form": form, "digest": digest}
    return lambda journal, _=0: deciding.job(journal, **said)


def letters(foro, case, kind):
    with closing(journal_of(foro)) as journal:
        query = "SELECT count(*) FROM outbox WHERE case_id = ? AND kind = ?"
        return journal.db.execute(query, (UUID(case).bytes, kind)).get


def drafts_of(foro, case):
    rosa = person_of(foro, "rosa@foro.example")
    with closing(journal_of(foro)) as journal:
        return drafts.find(journal, UUID(case), rosa.id)


def test_one_decision_in_many_processes_at_once_is_one(foro):
    case = opened(foro)
    job = deciding_job(foro, case, uuid4().bytes)

    done = at_once(foro, job)

    assert [isinstance(one, Exception) for one in done] == [False] * HALVES
    assert sum(one is not None for one in done) == 1
    assert times(foro, case, "complaint.decided") == 1
    assert letters(foro, case, "complaint_decided") <= 1
    assert not drafts_of(foro, case).decision


@pytest.mark.parametrize("before", [1, 2], ids=["before it is kept", "before it is decided"])
def test_another_process_takes_the_other_half_of_a_decision(foro, before):
    case, digest = opened(foro), uuid4().bytes
    job, others = deciding_job(foro, case, digest), []

    def meanwhile():
        with closing(journal_of(foro)) as journal:
            others.append(job(journal))

    with closing(Other(foro.data / "journal.db", meanwhile, before)) as journal:
        here = job(journal)

    assert here is None
    assert others[0] is not None
    assert times(foro, case, "complaint.decided") == 1
    assert not drafts_of(foro, case).decision, "nothing comes back with the next reopening"


@pytest.mark.parametrize("before", [1, 2], ids=["before it is kept", "before it is decided"])
def test_two_windows_that_say_the_contrary_are_one_decision(foro, before):
    """The first whose words are kept stands; the other one is told that there are newer ones."""
    case, refused = opened(foro), []

    def sent(journal, outcome):
        try:
            deciding_job(foro, case, uuid4().bytes, outcome)(journal)
        except (Denied, Refused):
            refused.append(outcome)

    def meanwhile():
        with closing(journal_of(foro)) as journal:
            sent(journal, "reversed")

    with closing(Other(foro.data / "journal.db", meanwhile, before)) as journal:
        sent(journal, "upheld")

    stands = {1: "reversed", 2: "upheld"}[before]
    assert read(foro, case).case.outcome == stands
    assert refused == [outcome for outcome in ("upheld", "reversed") if outcome != stands]
    assert times(foro, case, "complaint.decided") == 1
    assert not drafts_of(foro, case).decision


def test_many_windows_that_say_the_contrary_are_one_decision(foro):
    case = opened(foro)
    jobs = [
        deciding_job(foro, case, uuid4().bytes, outcome)
        for outcome in ("upheld", "reversed") * (HALVES // 2)
    ]

    done = at_once(foro, lambda journal, index: jobs[index](journal))

    assert sum(isinstance(one, Exception) for one in done) == HALVES - 1
    assert times(foro, case, "complaint.decided") == 1


# --- one complaint for many -----------------------------------------------------------------------


def agreed(foro, number=3):
    mandate = shown(foro, foro.house)
    return mandate, [Person(foro, mandate).case for _ in range(number)]


FILES = (("members.txt", b"Dear members"), ("rules.txt", b"The clause names bulk."))


def filing_job(foro, mandate, cases, digest, files=FILES):
    ana, node = person_of(foro, "ana@house.example"), open_node(foro.data)
    serving = SimpleNamespace(node=node, secret=node.secret())
    form = FormData([*(("cases", case) for case in cases), ("grounds", GROUNDS)])
    uploads = [Attached(name, body) for name, body in files]

    def job(journal, _=0):
        record = mandates.own(journal, ana, UUID(mandate), casework.now())
        said = {"serving": serving, "person": ana, "record": record, "form": form}
        return pages._file(journal, **said, uploads=uploads, digest=digest)

    return job


def stored(foro):
    return [one for one in (foro.data / "evidence").rglob("*") if one.is_file()]


def exhibits(foro, case):
    with closing(journal_of(foro)) as journal:
        return len(evidence.of_case(journal, UUID(case)))


def assert_filed_once(foro, mandate, cases, files_before):
    assert [times(foro, case, "complaint.filed") for case in cases] == [1] * len(cases)
    assert [exhibits(foro, case) for case in cases] == [len(FILES)] * len(cases)
    assert times(foro, mandate, "mandate.used") == 1
    assert len(stored(foro)) - files_before == len(FILES), "kept once for all, and none forgotten"


def test_one_complaint_in_many_processes_at_once_is_one(foro):
    mandate, cases = agreed(foro)
    before = len(stored(foro))

    done = at_once(foro, filing_job(foro, mandate, cases, uuid4().bytes))

    assert [one.along for one in done if one is not None] == [len(cases)]
    assert_filed_once(foro, mandate, cases, before)


def test_another_process_takes_the_other_half_of_a_complaint(foro):
    """While this one has put its files into the store, and said nothing of them yet."""
    mandate, cases = agreed(foro)
    before, others = len(stored(foro)), []
    job = filing_job(foro, mandate, cases, uuid4().bytes)

    def meanwhile():
        with closing(journal_of(foro)) as journal:
            others.append(job(journal))

    with closing(Other(foro.data / "journal.db", meanwhile)) as journal:
        assert job(journal) is None

    assert others[0].along == len(cases)
    assert_filed_once(foro, mandate, cases, before)


def test_two_of_the_organisation_who_file_for_the_same_people_at_once_file_once(foro):
    """Two windows, each with a token of its own: for whom the first filed, the others cannot."""
    mandate, cases = agreed(foro)
    before = len(stored(foro))
    jobs = [filing_job(foro, mandate, cases, uuid4().bytes) for _ in range(HALVES)]

    done = at_once(foro, lambda journal, index: jobs[index](journal))

    assert sum(isinstance(one, Refused) for one in done) == HALVES - 1
    assert_filed_once(foro, mandate, cases, before)


def test_a_file_that_is_too_large_leaves_none_of_the_others_behind(foro):
    mandate, cases = agreed(foro, 1)
    before = len(stored(foro))
    large = ("large.txt", b"x" * (evidence.MOST_BYTES + 1))

    with closing(journal_of(foro)) as journal, pytest.raises(Malformed, match="too large"):
        filing_job(foro, mandate, cases, uuid4().bytes, [*FILES, large])(journal)

    assert len(stored(foro)) == before
    assert times(foro, cases[0], "complaint.filed") == 0


# --- the power goes -------------------------------------------------------------------------------


def test_what_was_half_taken_when_the_power_went_is_taken_once_when_it_is_sent_again(tmp_path):
    """Whatever moment it was: each form is sent by its browser until it is answered."""
    node = Served(tmp_path / "node")
    node.auth = node.add_platform("Foro")
    node.rosa = seat(node, "Rosa", "rosa@foro.example")
    node.house = organisation(node, "Rights House", "Ana", "ana@house.example")
    decided = [opened(node) for _ in range(4)]
    filed = [agreed(node, 2) for _ in range(3)]
    forms = {f"/desk/case/{case}/decide": (node.rosa, decision_form()) for case in decided}
    forms |= {
        f"/mandates/{mandate}/complaint": (node.house, complaint_form(cases))
        for mandate, cases in filed
    }

    def send(path):
        who, form = forms[path]
        try:
            return who.post(path, **form).status_code
        except httpx2.HTTPError:
            return 0

    try:
        for _ in range(2):
            with ThreadPoolExecutor(len(forms)) as threads:
                sent = [threads.submit(send, path) for path in forms]
                next(
                    iter(sent)
                ).result()  # one was answered, or failed: the others are on their way
                node.kill()
            node.start()
            node.rosa.origin["origin"] = node.house.origin["origin"] = node.url
        assert {send(path) for path in forms} <= {200, 303}

        for case in decided:
            assert times(node, case, "complaint.decided") == 1
            assert letters(node, case, "complaint_decided") <= 1
        for mandate, cases in filed:
            assert [times(node, case, "complaint.filed") for case in cases] == [1, 1]
            assert times(node, mandate, "mandate.used") == 1
    finally:
        node.stop()


def decision_form():
    return {"outcome": "upheld", "reasons": REASONS, "form": uuid4().hex}


def complaint_form(cases):
    return {"cases": cases, "grounds": GROUNDS, "form": uuid4().hex}
