"""Texts, lists and nestings without end, in every field of everything that can be sent."""

import ast
import inspect
import re
import sys
import typing
from contextlib import suppress
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx2
import msgspec
import pytest
from starlette.routing import Route
from tests.conftest import Served, bytes_below, new_node, own_link, statement
from tests.hostile.conftest import Meter
from tests.hostile.tally import tally

from amparo.case import complaint, delivery, text_limits
from amparo.case.events import ComplaintAdded
from amparo.case.state import Actor
from amparo.errors import Refused
from amparo.ledger.case import casework, people
from amparo.ledger.log import platforms
from amparo.storage.journal import Journal
from amparo.web.api import cases
from amparo.web.app import build
from amparo.web.http.state import Serving

WEB = Path(cases.__file__).parent
MARK = "OVERLONG"
_READERS = {"text", "several"}
_WITHOUT_TEXT = ("/sign-out", "/elsewhere", "/revoke", "/confirm", "/withdraw", "/undo")
"""Forms that are a button alone."""


class Target:
    """A node with a platform, a complaint, a notice, and a lead and a member who are signed in."""

    def __init__(self, folder):
        self.sessions = {}
        self.served = Served(folder)
        self.token = self.served.add_platform("Foro")
        told = self.send("/api/v1/statement", json=statement("long")).json()
        self.case, own = told["uuid"], own_link(self.served.http, told)
        self.own = dict(zip(("uuid", "capability"), own.split("/")[-2:], strict=True))
        sent = {"why": "it harms", "where": "there", "good_faith": "yes", "platform": "foro"}
        self.notice = self.send("/report", data=sent).headers["location"].split("/")[2]
        journal = Journal(folder / "journal.db")
        foro = platforms.find(journal, "Foro")
        lead = people.add(journal, foro, "Lena", "lena@example.org", lead=True)
        member = people.add(journal, None, "Mara", "mara@example.org", known_as=["mara"])
        self.sessions = {
            "/desk": people.new_session(journal, lead.id),
            "/panel": people.new_session(journal, member.id),
        }
        journal.close()

    def send(self, path, **body):
        cookie = next((s for start, s in self.sessions.items() if path.startswith(start)), "")
        headers = self.token | ({"cookie": f"desk={cookie}"} if cookie else {})
        return self.served.http.post(path, headers=headers, **body)

    def address(self, pattern):
        """An address that is there, for a pattern of one."""
        uuid = self.notice if pattern.startswith("/api/v1/notice") else self.case
        places = {"uuid": uuid, "step": "decide", "number:int": "1"} | self.own
        for name, value in places.items():
            pattern = pattern.replace(f"{{{name}}}", value)
        return pattern

    def keeps(self, mark):
        """Whether a text stands anywhere on the node's disk."""
        return mark.encode() in bytes_below(self.served.data)


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    one = Target(tmp_path_factory.mktemp("long") / "node")
    yield one
    one.served.stop()


def posts(tmp_path_factory):
    """Every route that takes a POST."""
    app = build(Serving(new_node(tmp_path_factory.mktemp("routes") / "node")))
    found = [r for r in app.routes if isinstance(r, Route) and "POST" in r.methods]
    return [route for route in found if not route.path.endswith(_WITHOUT_TEXT)]


def fields(route):
    """The fields that the module of a form reads."""
    tree = ast.parse(inspect.getsource(sys.modules[route.endpoint.__module__]))
    found = {
        word.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in _READERS
        for word in call.args[1:2]
        if isinstance(word, ast.Constant)
    }
    return sorted(found - {"withdraw", "really"})  # these two only turn a step into another


def test_every_field_of_every_form_is_bounded_and_nothing_longer_is_kept(target, tmp_path_factory):
    tried = 0
    with Meter(target.served.process.pid) as cost:
        for route in posts(tmp_path_factory):
            path = target.address(route.path)
            for name in fields(route) if not path.startswith("/api") else ():
                longer = MARK.ljust(text_limits.most(name) + 1, "x")
                answer = target.send(path, data={name: longer})
                tried += 1
                assert answer.status_code in {200, 303, *range(400, 500)}, (path, name, answer.text)

    tally("a text that is too long in each field of each form", tried, cost)
    assert tried > 100
    assert not target.keeps(MARK)


def test_a_field_that_is_too_long_is_named(target):
    path = target.address("/recourse/{uuid}/{capability}/complaint")

    answer = target.send(path, data={"grounds": "x" * (text_limits.TEXT + 1)})

    assert answer.status_code == 422
    assert "The field grounds has 20,001 characters; at most 20,000 are taken." in answer.text


def _values(kind):
    """Values of a type that are too long, and what the others may be."""
    kinds = typing.get_args(kind) or (kind,)
    if kinds[0] is bool:
        return []
    if typing.get_origin(kinds[0]) is list:
        [item] = typing.get_args(kinds[0])
        if isinstance(item, type) and issubclass(item, msgspec.Struct):
            return [[_body(item)] * 1001, *([_body(item) | too_long] for too_long in _long(item))]
        return [["x"] * (text_limits.MOST_NAMES + 1), [MARK.ljust(text_limits.LINE + 1, "x")]]
    return [MARK.ljust(text_limits.CONTENT + 1, "x")]


def _long(kind):
    """Each field of a struct alone, longer than it may be."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return [{name: value} for name, hint in hints.items() for value in _values(hint)]


def _body(kind):
    """What this call takes: each field by its type, but for those that have few values."""
    plain = {"email": "", "result": "not_acted", "language": "en"}
    hints = typing.get_type_hints(kind)
    return {
        name: plain.get(name, True if hint is bool else [] if _is_list(hint) else "a text")
        for name, hint in hints.items()
    }


def _is_list(hint):
    return any(typing.get_origin(kind) is list for kind in (hint, *typing.get_args(hint)))


@pytest.mark.parametrize("path", [p for p, described in cases.DESCRIBED.items() if described[3]])
def test_every_field_that_a_platform_sends_is_bounded(target, path):
    kind = cases.DESCRIBED[path][3]
    hints = typing.get_type_hints(kind, include_extras=True)

    for name, hint in hints.items():
        for value in _values(hint):
            answer = target.send(target.address(path), json=_body(kind) | {name: value})
            why = answer.json()["why"]
            if answer.status_code == 413:  # the whole body is longer than this door takes
                assert re.search(r"at most [\d,]+ bytes", why)
                continue
            assert answer.status_code == 400, (name, answer.text)
            assert why.startswith(name)
            assert re.search(r"more than [\d,]+ (characters|entries)", why)
    assert not target.keeps(MARK)


@pytest.mark.parametrize("path", [p for p, described in cases.DESCRIBED.items() if described[3]])
@pytest.mark.parametrize(
    "raw",
    [b"[" * 100_000, b'{"text":' + b"[" * 50_000, b'{"' + b"x" * 100_000 + b'":1}', b"9" * 50_000],
    ids=["nested", "nested inside", "a long name", "a long number"],
)
def test_shapes_that_nobody_means_are_refused(target, path, raw):
    assert target.send(target.address(path), content=raw).status_code in (400, 413)


@pytest.mark.parametrize("path", ["/desk/passkey", "/desk/passkeys"])
@pytest.mark.parametrize("raw", [b"[" * 9_000, b'{"id":' + b"[" * 9_000, b"null", b'"x"', b"[]"])
def test_a_passkeys_answer_of_another_shape_is_refused(target, path, raw):
    """Before: a nested one was a mistake of the node's own, with a traceback in its notes."""
    assert target.send(path, content=raw).status_code in range(400, 500)


def test_deciders_of_fifteen_megabytes_are_refused_and_the_case_is_read_as_quickly_as_before(
    target,
):
    """Before: taken, and each later look at the case took 1.5 s of the event loop."""
    path = target.address("/api/v1/statement/{uuid}/notice")
    body = msgspec.json.encode({"decided_by": [f"name {n}" for n in range(150_000)]})

    with Meter(target.served.process.pid) as cost:
        answer = target.send(path, content=body)
        case = target.served.http.get(f"/api/v1/case/{target.case}", headers=target.token)

    tally("150,000 names of those who decided", 1, cost)
    assert answer.status_code in (400, 413)
    assert case.status_code == 200
    assert cost.cpu < 2


@pytest.mark.parametrize("step", ["complaint", "add"])
def test_a_form_without_files_is_no_larger_than_its_texts(target, step):
    """Before: 16 MB of escaped letters were taken apart, 2.4 s of the event loop."""
    path = target.address(f"/recourse/{{uuid}}/{{capability}}/{step}")
    body = b"&".join(b"x%d=" % n + b"%C3%B1" * 170_000 for n in range(15))
    kind = {"content-type": "application/x-www-form-urlencoded"}

    with Meter(target.served.process.pid) as cost:
        for length in ({}, {"transfer-encoding": "chunked"}):
            with suppress(httpx2.TransportError):
                sent = target.served.http.post(path, content=body, headers=kind | length)
                assert sent.status_code == 413

    tally("15 MB of escaped letters in a form", 2, cost)
    assert cost.cpu < 2


@pytest.mark.parametrize("strict", [False, True])
def test_attributes_without_end_are_refused_cheaply(target, strict):
    """Before: 300,000 of them cost 1.9 s."""
    body = statement("many") | {f"attribute_{n}": "v" for n in range(30_000)}
    headers = target.token | ({"prefer": "handling=strict"} if strict else {})

    with Meter(target.served.process.pid) as cost:
        answer = target.served.http.post("/api/v1/statement", json=body, headers=headers)

    tally("30,000 attributes that no schema knows", 1, cost)
    assert answer.status_code == 400
    assert len(answer.content) < 2_000
    assert cost.cpu < 2


def test_one_side_cannot_fill_a_case_and_the_other_keeps_its_room(journal, keep):
    [kept] = keep(1)
    case, now = UUID(kept.case), casework.now()

    def name_deciders(_):
        return delivery.name_deciders(decided_by=["x"], by=Actor("platform", "foro"), now=now)

    def add(text):
        return lambda _: [ComplaintAdded(now, "person", text=text, attachments=())]

    for _ in range(text_limits.MOST_ENTRIES_OF_A_SIDE - 1):  # the decision is the platform's too
        casework.act(journal, case, name_deciders)
    with pytest.raises(Refused, match="as much from your side"):
        casework.act(journal, case, name_deciders)

    file = partial(complaint.file, role="person", grounds="No.", attachments=(), now=now)
    casework.act(journal, case, file)
    with pytest.raises(Refused, match="bytes of"):
        casework.act(journal, case, add("x" * text_limits.MOST_BYTES_OF_AN_ENTRY))
    casework.act(journal, case, add("I never said that."))


def test_forms_are_read_in_one_way_only():
    """A field that is read past the table of texts would have no limit."""
    for path in sorted(WEB.glob("*.py")):
        if path.name in (
            "forms.py",
            "public.py",
            "coalition.py",
            "transparency.py",
            "disclosures.py",
        ):
            continue  # files, and keys that are not kept
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                is_form = getattr(call.func.value, "id", "") in ("form", "sent")
                assert not (is_form and call.func.attr in ("get", "getlist")), path
