"""Taking case files in at a body's node, and what a log with two histories cannot hide from it."""

import shutil
from contextlib import closing

import pytest
from tests.case.lives import FORO, PERSON
from tests.casefiles import Exported
from tests.conftest import new_node

from amparo.case import complaint, remedy, roles
from amparo.case.roles import Reviewer
from amparo.errors import Malformed, Missing, Refused, Unsound
from amparo.ledger.case import case_file, casework, evidence, imports, marks
from amparo.ledger.log import platforms
from amparo.ledger.upkeep.erase import erase
from amparo.record.rules import Profile
from amparo.storage.blobs import evidence_of
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.tlog import policy
from amparo.tlog.note import Signer


@pytest.fixture
def platform(tmp_path):
    made = Exported(new_node(tmp_path / "platform"))
    yield made
    made.journal.close()


@pytest.fixture
def body(tmp_path):
    node = new_node(tmp_path / "body", origin="log.example/body")
    with closing(Journal(node.journal)) as journal:
        platforms.add(journal, "Foro", Profile())
        yield node, journal


def take(body, world, raw, **options):
    node, journal = body
    return imports.take_in(journal, node, raw, world.trusted(), **options)


def another_history(world, folder):
    """The platform puts its node back as it was, and lets something else happen."""
    shutil.copytree(world.node.folder, folder)
    other = Exported.__new__(Exported)
    other.node = open_node(folder)
    other.journal, other.now = Journal(other.node.journal), world.now
    return other


def test_a_case_is_taken_in_with_what_the_person_complained_of(platform, body):
    taken = take(body, platform, platform.export(platform.heard(), "person"))

    file = casework.read(body[1], taken.case)
    assert (file.case.decision, file.case.panel) == ("imported", "submitted")
    assert file.events[1].grounds == "I quoted it."
    assert [one.name for one in evidence.of_case(body[1], taken.case)] == [imports.NAME]


@pytest.mark.parametrize("where", ["postgresql", "s3"])
def test_a_case_travels_between_nodes_on_postgresql_and_on_an_object_store(
    where, tmp_path, request
):
    """Exported from one, with its evidence, and taken in by another; its queue marks nothing."""
    server = request.getfixturevalue("postgres" if where == "postgresql" else "object_store")
    places = [{"database" if where == "postgresql" else "store": server.place()} for _ in range(2)]
    sender = Exported(new_node(tmp_path / "sender", **places[0]))
    node = new_node(tmp_path / "receiver", origin="log.example/body", **places[1])
    with closing(sender.journal), closing(Journal(node.journal)) as journal:
        platforms.add(journal, "Foro", Profile())
        case = sender.heard()

        raw = sender.export(case)
        taken = take((node, journal), sender, raw)

        shown = case_file.verify(case_file.read(raw), sender.trusted())
        assert [exhibit.exhibit.name for exhibit in shown.evidence] == [
            "my post, with its context.png"
        ]
        read_back = imports.newest(journal, node, taken.case)
        assert read_back.index == case_file.read(raw).index
        [kept] = evidence.of_case(journal, taken.case)
        assert evidence_of(node).read(kept.place) == raw
        [mark] = marks.of(sender.journal, [case]).values()
        assert mark == marks.Marks(clause=mark.clause, excerpt=mark.excerpt)
        assert mark.excerpt.startswith("I quoted it")


def test_a_newer_file_of_the_same_case_is_added_and_goes_on_where_the_other_ended(platform, body):
    case = platform.heard()
    first = take(body, platform, platform.export(case))
    platform.do(case, remedy.dispute, reason="It is still hidden.", by=PERSON)
    platform.publish()

    second = take(body, platform, platform.export(case))

    assert second.case == first.case
    assert imports.newest(body[1], body[0], first.case).index.newest.kind == "remedy.disputed"
    assert len(evidence.of_case(body[1], first.case)) == 2


def test_two_files_that_contradict_each_other_are_proof_of_two_histories(platform, body, tmp_path):
    case = platform.filed()
    platform.publish()
    other = another_history(platform, tmp_path / "restored")
    platform.do(case, complaint.add, grounds="More.", attachments=(), by=PERSON)
    platform.publish()
    other.do(case, remedy.keep, is_kept=True, reason="", by=FORO)
    other.publish()
    take(body, platform, platform.export(case))

    with pytest.raises(Unsound, match="contradict each other"):
        take(body, platform, other.export(case))
    other.journal.close()


def test_a_log_that_the_body_was_not_told_of_is_not_believed(platform, body):
    node, journal = body
    stranger = policy.of_log(Signer("log.example/other", b"o" * 32).verifier.vkey)

    with pytest.raises(Unsound, match="a log that you did not name"):
        imports.take_in(journal, node, platform.export(platform.heard()), stranger)


def test_a_platform_that_the_body_does_not_know_is_named(platform, tmp_path):
    node = new_node(tmp_path / "other", origin="log.example/other")
    with closing(Journal(node.journal)) as journal, pytest.raises(Missing, match="platform add"):
        take((node, journal), platform, platform.export(platform.heard()))


def test_without_a_complaint_the_body_has_to_be_told_what_is_asked(platform, body):
    case = platform.informed()
    platform.publish()
    raw = platform.export(case, "person")

    with pytest.raises(Malformed, match="what the body should look at"):
        take(body, platform, raw)
    assert take(body, platform, raw, grounds="Nobody answers me.").is_new


def test_a_node_does_not_hear_its_own_case_as_if_it_came_from_another(platform):
    """Else whoever decided it here could sit on a panel for it there."""
    raw = platform.export(platform.heard(), "person")

    with pytest.raises(Refused, match="of this node itself"):
        take((platform.node, platform.journal), platform, raw)


@pytest.mark.parametrize("spelt", ["Rosa@Foro.example", "rosa+panel@foro.example"])
def test_whoever_decided_or_looked_again_there_sits_on_no_panel_here(platform, body, spelt):
    taken = take(body, platform, platform.export(platform.heard()))
    case = casework.read(body[1], taken.case).case

    with pytest.raises(Refused, match="sit on this panel"):
        roles.check_may_sit(case, Reviewer(1, lead=False, names=frozenset({spelt})))
    roles.check_may_sit(case, Reviewer(1, lead=False, names=frozenset({"eva@body.example"})))


def test_a_crash_while_a_file_is_taken_in_leaves_all_of_it_or_none(platform, body, monkeypatch):
    raw = platform.export(platform.heard(), "person")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="power"):
        patch.setattr(evidence, "note", _power_goes)
        take(body, platform, raw)

    taken = take(body, platform, raw)

    assert taken.is_new
    assert taken.link is not None
    assert imports.newest(body[1], body[0], taken.case).parts


def _power_goes(*_, **__):
    raise OSError("the power goes")


def test_what_was_erased_here_is_taken_in_anew(platform, body):
    node, journal = body
    raw = platform.export(platform.heard(), "person")
    first = take(body, platform, raw)
    erase(node, [journal.of_case(first.case)[0]], "order")

    again = take(body, platform, raw)

    assert again.is_new
    assert again.case != first.case
