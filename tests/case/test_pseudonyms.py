"""That somebody else looked again is proven by pseudonyms of one case, and by names behind them."""

from datetime import UTC, datetime

import msgspec
import pytest
from tests.case.test_who_may_touch import ANA, STRANGER, THIRD, after, filed

from amparo.case import pseudonyms
from amparo.errors import Malformed, Unsound

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY = b"k" * 32
DESK = [ANA, STRANGER, THIRD]


def committed(case, seat="8", *, key=KEY, automated=False):
    values = {"desk": DESK, "automated": automated, "key": key, "now": NOW}
    return pseudonyms.commit(case, answer=5, seat=seat, **values)


@pytest.mark.parametrize(
    ("decided_by", "automated", "expected"),
    [
        ([], False, "unsaid"),
        ([], True, "machine"),
        (["AGENT-7"], False, "named"),
        (["mod-17"], False, "unsaid"),
        (["agent-7", "mod-17"], False, "unsaid"),
        (["mod-17"], True, "unsaid"),
    ],
)
def test_a_name_that_nobody_bears_does_not_say_who_decided(decided_by, automated, expected):
    assert pseudonyms.deciders_status(filed(decided_by), DESK, automated=automated) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"seats": [ANA], "elsewhere": "", "machine": False}, "named"),
        ({"seats": [], "elsewhere": "mod-17, who has left", "machine": False}, "named"),
        ({"seats": [], "elsewhere": "", "machine": True}, "machine"),
    ],
)
def test_a_lead_can_say_it(answer, expected):
    case = filed(["mod-17"])

    case = after(case, pseudonyms.name_deciders(case, **answer, by=STRANGER, now=NOW))

    assert pseudonyms.deciders_status(case, DESK, automated=False) == expected


@pytest.mark.parametrize(
    "answer",
    [
        {"seats": [], "elsewhere": " ", "machine": False},
        {"seats": [ANA], "elsewhere": "", "machine": True},
        {"seats": [], "elsewhere": "mod-17", "machine": True},
    ],
)
def test_somebody_and_a_machine_alone_exclude_each_other(answer):
    with pytest.raises(Malformed, match="who took the decision"):
        pseudonyms.name_deciders(filed(), **answer, by=STRANGER, now=NOW)


@pytest.mark.parametrize(
    ("decided_by", "seat", "expected"),
    [
        (["agent-7"], "8", "somebody else"),
        (["agent-7"], "7", "the same person"),  # no step lets that happen; the proof would show it
        (["mod-17"], "8", "not said"),
        ([], "8", "not said"),
    ],
)
def test_the_pseudonyms_say_whether_somebody_else_looked(decided_by, seat, expected):
    entry, _ = committed(filed(decided_by), seat)

    assert pseudonyms.judge(entry) == expected


def test_a_machine_that_decided_is_nobody_and_a_person_answers():
    assert pseudonyms.judge(committed(filed(), automated=True)[0]) == "a machine decided"


def test_every_name_of_one_person_gives_one_pseudonym():
    by_name, by_seat = committed(filed(["Ana Ruiz"])), committed(filed(["#7"]))

    assert by_name[0].deciders == by_seat[0].deciders
    assert len(committed(filed(["Ana Ruiz", "agent-7", "ana@foro.example"]))[0].deciders) == 1


def test_pseudonyms_name_nobody_and_connect_no_two_cases():
    one, other = committed(filed(["agent-7"])), committed(filed(["agent-7"]), key=b"o" * 32)

    assert not {one[0].reviewer, *one[0].deciders} & {other[0].reviewer, *other[0].deciders}
    assert b"agent-7" not in msgspec.json.encode(one[0])


def test_the_names_open_the_pseudonyms_to_a_body():
    entry, names = committed(filed(["agent-7", "mod-17"]))

    pseudonyms.check_names(names, entry)
    assert names.names[entry.reviewer] == ("seat:8", "Eva", "eva@foro.example")
    assert {names.names[one][0] for one in entry.deciders} == {"seat:7", "name:mod-17"}


def test_names_that_were_changed_do_not_open_them():
    entry, names = committed(filed(["agent-7"]))
    renamed = {one: ("seat:9", *rest) for one, (_, *rest) in names.names.items()}
    fewer = dict(list(names.names.items())[:1])

    with pytest.raises(Unsound, match="do not stand behind"):
        pseudonyms.check_names(msgspec.structs.replace(names, names=renamed))
    with pytest.raises(Unsound, match="do not stand behind"):
        pseudonyms.check_names(msgspec.structs.replace(names, names=fewer), entry)
    with pytest.raises(Unsound, match="do not stand behind"):
        pseudonyms.check_names(committed(filed(["agent-7"]), key=b"o" * 32)[1], entry)
