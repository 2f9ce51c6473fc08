"""The body that gets a file and answers: two nodes that share nothing but files, and trust no word."""

import base64
import json
import time

import httpx2
import msgspec
import pytest
from tests.case.test_worksheet import CARTOON
from tests.conftest import Served, run, statement
from tests.stories.foro import foro_with_mail_at

from amparo.coalition import document
from amparo.ledger.case import archive, outcomes
from amparo.tlog.note import Ed25519Verifier, Signer

MEMBERS = "".join(
    f'[[member]]\nname = "Person {n}"\nid = "m{n}"\norganisation = "Org {n}"\n'
    f'email = "m{n}@body.example"\nlanguages = ["en", "es"]\n'
    for n in range(6)
)
REASONS = (
    "P-AIM- since nothing threatens anybody; P-VIO- since it is satire; P-CON- since the drawing "
    "cannot be misread; P-LEG+ as the rule is clear."
)
SUMMARY = "The cartoon may stay: it is satire, and threatens nobody."


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    """The platform's node."""
    with foro_with_mail_at(tmp_path_factory.mktemp("platform")) as node:
        node.vkey = run("log", "vkey", "--data", node.data).stdout.splitlines()[-1]
        yield node


@pytest.fixture(scope="module")
def body(tmp_path_factory):
    """An out-of-court body's node, on which panels were made ready in one go."""
    folder = tmp_path_factory.mktemp("body")
    data = folder / "node"
    run("platform", "add", "Foro", "--data", data)
    (folder / "members.toml").write_text(MEMBERS)
    ready = run(
        *("panel", "setup", "--members", folder / "members.toml"),
        *("--chains", folder / "chains", "--data", data),
    )
    node = Served(data)
    node.folder = folder
    node.links = {line.split("\t")[0]: line.split("\t")[2] for line in ready.stdout.splitlines()}
    node.key = folder / "body.key"
    node.vkey = run("case", "key", "odr.example", node.key).stdout.strip()
    yield node
    node.stop()


class Dispute:
    """One case, from the decision to the file that the person carries to the body."""

    def __init__(self, foro, folder):
        self.foro, self.folder = foro, folder
        told = foro.http.post(
            "/api/v1/statement",
            json=statement(f"dispute-{time.monotonic_ns()}"),
            headers=foro.auth,
        ).json()
        self.case = told["uuid"]
        self.own = told["recourse_url"].removeprefix(foro.url)
        foro.http.post(f"/api/v1/statement/{self.case}/notice", json={}, headers=foro.auth)
        opened = foro.http.post(
            f"{self.own}/complaint",
            data={"grounds": "It is a cartoon about a law.", "email": "ana@example.org"},
            files={"files": ("cartoon.png", b"a fox in a judge's robe")},
        )
        # The link that the platform was given is exchanged for one that only she has.
        self.own = opened.headers["location"].partition("?")[0]

    def file(self, name="case.zip"):
        """What the person takes along from their own page."""
        for _ in range(200):
            answer = self.foro.http.get(f"{self.own}/case-file")
            if answer.status_code == 200:
                path = self.folder / name
                path.write_bytes(answer.content)
                return path
            time.sleep(0.05)
        raise AssertionError(answer.text)

    def page(self):
        return self.foro.http.get(self.own).text

    def state(self):
        return self.foro.http.get(f"/api/v1/case/{self.case}", headers=self.foro.auth).json()

    def send(self, raw, case=None):
        return self.foro.http.post(f"/api/case/{case or self.case}/outcome", content=raw)


@pytest.fixture
def dispute(foro, tmp_path):
    return Dispute(foro, tmp_path)


def signed(body, file, out, **changes):
    """What the body answers without a node: straight from the case file."""
    (out.parent / "reasons.txt").write_text(REASONS)
    words = {"--outcome": "reverse", "--summary": SUMMARY, "--step": "restore_content"} | changes
    if words["--outcome"] == "uphold":
        del words["--step"]  # nothing is ordered where the decision stands
    run(
        *("case", "outcome", file, "--key", body.key, "-o", out),
        *("--reasons", out.parent / "reasons.txt"),
        *(word for pair in words.items() for word in pair),
    )
    return out.read_bytes()


def registered(foro, body):
    if body.vkey not in run("case", "body", "list", "--data", foro.data).stdout:
        run("case", "body", "add", body.vkey, "--data", foro.data)


# --- the whole way ----------------------------------------------------------------------------


def come_in(node, member):
    client = httpx2.Client(base_url=node.url, timeout=60)
    client.post("/desk/sign-in", data={"link": node.links[member].rpartition("=")[2]})
    return client


def worksheet():
    given = {}
    for name, answer in CARTOON.items():
        if answer.value != "told":
            given[name] = answer.value.split(",")
        given[f"{name}.reason"] = answer.reason
        given[f"{name}.evidence"] = "content:1"
    return given


def heard_by_a_panel(body, number):
    """The registrar leads it, three members judge it, and nothing of it happens at the platform."""

    def step(*words):
        return run("panel", *words, "--data", body.data).stdout

    step("admit", number)
    draw = step("list", number).split()[1]
    reveals = [
        f"--reveal=m{n}="
        + run("panel", "reveal", body.folder / "chains" / f"m{n}.chain", draw).stdout.strip()
        for n in range(3)
    ]
    members = step("draw", number, *reveals).splitlines()[0].split()[1:]
    step("form", number, *(f"--clean={member}=None of the five." for member in members))
    auth = {
        "authorization": f"Bearer {run('platform', 'token', 'Foro', '--data', body.data).stdout.split()[-1]}"
    }
    whole = {"text": "Our rule bans it.", "content": "A fox in a judge's robe."}
    position = f"/api/v1/case/{number}/position"
    body.http.post(position, json=whole, headers=auth).raise_for_status()
    step("close", number)
    people = {member: come_in(body, member) for member in members}
    at = f"/panel/case/{number}"
    for person in people.values():
        assert "It is a cartoon about a law." in person.get(f"{at}/origin").text
        assert person.post(f"{at}/worksheet", data=worksheet()).status_code == 303
    for person in people.values():
        assert person.post(f"{at}/vote", data={"outcome": "reverse"}).status_code == 303
    ruling = {"reasons": REASONS, "summary": SUMMARY, "steps": "restore_content"}
    done = people[members[0]].post(f"{at}/ruling", data=ruling)
    assert done.status_code == 303, done.text
    for person in people.values():
        person.close()


def test_a_person_carries_the_case_to_a_body_whose_answer_comes_back_as_an_order(
    foro, body, dispute, tmp_path
):
    # She takes her case along, without the screenshot: it shows her name.
    carried = tmp_path / "carried.zip"
    run("case", "redact", dispute.file(), "--file", 1, "-o", carried)

    # The body takes it in. It needs the log's key, and nothing of the platform's.
    taken = run("case", "import", carried, "--vkey", foro.vkey, "--data", body.data).stdout.split()
    number, her_page = taken
    assert "Your dispute with Foro" in body.http.get(her_page).text
    assert "The registrar looks whether a panel can hear it." in body.http.get(her_page).text
    again = run("case", "import", carried, "--vkey", foro.vkey, "--data", body.data)
    assert again.stdout.split() == [number]
    assert "taken in before" in again.stderr

    heard_by_a_panel(body, number)

    # It writes its outcome back, signed; the platform's operator knows its key.
    answer = tmp_path / "outcome"
    run("case", "outcome", number, "--key", body.key, "-o", answer, "--data", body.data)
    refused = dispute.send(answer.read_bytes())
    assert refused.status_code == 401
    assert "no registered key of odr.example" in refused.text
    registered(foro, body)
    took = dispute.send(answer.read_bytes())
    assert (took.status_code, took.json()["remedy"]) == (201, "sent")

    # Both sides are told, and the platform has an order to carry out.
    assert "The restriction should be lifted." in dispute.page()
    assert "Decided and signed by odr.example." in dispute.page()
    [wanted] = [one for one in dispute.state()["wanted"] if one["do"] == "remedy"]
    assert wanted["steps"] == ["restore_content"]
    assert "C11" in dispute.state()["due"]
    foro.post.to("ana@example.org", "An out-of-court body has decided your dispute with Foro")

    # Whoever reads the case later sees the outcome, and that the body itself signed it.
    later = archive.unpack(dispute.file("later.zip").read_bytes())
    [entry] = [
        one
        for one in json.loads(later["index.json"])["entries"]
        if one["kind"] == "outcome.received"
    ]
    outcome, _ = outcomes.read(answer.read_bytes(), _keys(body))
    assert entry["fields"]["signature"] in answer.read_text()
    assert entry["fields"]["reasons"] == outcome.reasons == REASONS


def test_a_body_signs_no_order_beside_a_decision_that_stands(foro, body, dispute, tmp_path):
    out = tmp_path / "outcome"
    words = ("--outcome", "uphold", "--summary", SUMMARY, "--step", "restore_content")

    done = run(
        *("case", "outcome", dispute.file(), "--key", body.key, "-o", out, *words), check=False
    )

    assert (done.returncode, out.exists()) == (1, False)
    assert "and yet something is ordered" in done.stderr


# --- a hostile platform -----------------------------------------------------------------------


def test_a_platform_that_alters_a_field_of_the_file_is_found_out(foro, body, dispute, tmp_path):
    """It hands the body a file in which she admits it, with every digest made to fit."""
    parts = archive.unpack(dispute.file().read_bytes())
    index = json.loads(parts["index.json"])
    filed = next(one for one in index["entries"] if one["kind"] == "complaint.filed")
    filed["fields"]["grounds"] = "I did threaten him."
    altered = tmp_path / "altered.zip"
    altered.write_bytes(archive.pack({**parts, "index.json": json.dumps(index).encode()}))

    done = run("case", "import", altered, "--vkey", foro.vkey, "--data", body.data, check=False)

    assert done.returncode == 1
    assert "The index says something else than the log." in done.stderr
    assert "a field is not what its receipt proves" in done.stderr


def test_a_platform_that_shows_two_histories_is_caught_by_its_own_files(
    foro, body, dispute, tmp_path
):
    """A newer file goes on where the older ended; an older one is refused."""
    older, newer = dispute.file("older.zip"), None
    foro.http.post(f"{dispute.own}/add", data={"grounds": "And it was in a newspaper."})
    newer = dispute.file("newer.zip")

    def take(file):
        return run("case", "import", file, "--vkey", foro.vkey, "--data", body.data, check=False)

    first, second, third = take(newer), take(older), take(newer)

    assert first.returncode == 0
    assert "This file is older than the one that is here." in second.stderr
    assert "taken in before" in third.stderr


def test_the_same_answer_twice_changes_nothing_and_another_one_is_refused(
    foro, body, dispute, tmp_path
):
    registered(foro, body)
    file = dispute.file()
    answer = signed(body, file, tmp_path / "a")

    first, second = dispute.send(answer), dispute.send(answer)
    entries = len(
        json.loads(archive.unpack(dispute.file("l.zip").read_bytes())["index.json"])["entries"]
    )
    another = dispute.send(signed(body, file, tmp_path / "b", **{"--outcome": "uphold"}))
    third = dispute.send(answer)

    assert first.json() == second.json() == third.json()
    assert another.status_code == 409
    assert "has an outcome of an out-of-court body already" in another.text
    after = json.loads(archive.unpack(dispute.file("m.zip").read_bytes())["index.json"])["entries"]
    assert len(after) == entries


def test_an_answer_about_another_case_is_refused_wherever_it_is_sent(foro, body, tmp_path):
    """She lost there; the platform would like to have that answer here."""
    registered(foro, body)
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    lost, hers = Dispute(foro, tmp_path / "x"), Dispute(foro, tmp_path / "y")
    answer = signed(body, lost.file(), tmp_path / "x" / "a", **{"--outcome": "uphold"})

    sent = hers.send(answer)
    renamed = hers.send(answer.replace(lost.case.encode(), hers.case.encode()))
    by_hand = tmp_path / "a"
    by_hand.write_bytes(answer)
    command = run(
        *("case", "import", by_hand, "--case", hers.case, "--data", foro.data), check=False
    )

    assert (sent.status_code, renamed.status_code, command.returncode) == (409, 401, 1)
    assert "This outcome is of another case." in sent.text
    assert "signature" in renamed.text
    assert "What the out-of-court body decided" not in hers.page()


def test_an_answer_to_what_the_body_never_saw_is_refused(foro, body, dispute, tmp_path):
    """Its file came from a log that shows another case under the same number."""
    registered(foro, body)
    outcome, _ = outcomes.read(signed(body, dispute.file(), tmp_path / "a"), _keys(body))
    signer = Signer.from_text(body.key.read_text().strip())
    other = msgspec.structs.replace(outcome, head="00" * 32)

    refused = dispute.send(document.sign(outcomes.HEADER, other, signer))

    assert refused.status_code == 409
    assert "The body did not see this case." in refused.text


@pytest.mark.parametrize("raw", [b"", b"x" * 1000, base64.b64encode(b"no note"), b"PK\x03\x04"])
def test_what_is_no_outcome_is_refused_with_its_reason(foro, dispute, raw):
    refused = dispute.send(raw)

    assert refused.status_code == 400
    assert refused.json()["why"]


@pytest.mark.parametrize(
    "received", ["0001-01-01T00:00:00Z", "2026-13-45T99:99:99Z", "9000-01-01T00:00:00Z"]
)
def test_an_answer_whose_times_cannot_be_right_spoils_no_figure(
    foro, body, dispute, tmp_path, received
):
    registered(foro, body)
    raw = signed(body, dispute.file(), tmp_path / "out.txt", **{"--received": received})

    answer = dispute.send(raw)

    assert (answer.status_code, received in answer.json()["why"]) == (409, True)
    assert dispute.state()["remedy"] == ""


def test_several_bodies_are_registered_and_each_name_has_one_key(foro, body, tmp_path):
    other = run("case", "key", "other.example", tmp_path / "other").stdout.strip()
    again = run("case", "key", "odr.example", tmp_path / "again").stdout.strip()
    registered(foro, body)
    run("case", "body", "add", other, "--data", foro.data)

    refused = run("case", "body", "add", again, "--data", foro.data, check=False)

    assert "There is a body of the name odr.example already." in refused.stderr
    assert len(run("case", "body", "list", "--data", foro.data).stdout.splitlines()) == 2


def test_a_body_that_was_removed_decides_nothing_any_more(foro, body, dispute, tmp_path):
    registered(foro, body)
    answer = signed(body, dispute.file(), tmp_path / "a")
    run("case", "body", "remove", "odr.example", "--data", foro.data)

    assert dispute.send(answer).status_code == 401


def _keys(body):
    return [Ed25519Verifier.from_vkey(body.vkey)]
