"""A resolution from the first contact to a bundle that a stranger verifies; joining; a new key."""

import io
import re
import time
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import run
from tests.stories.founded import NAMES, Founded
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.ledger.coalition import bundles

TEXT = """
until = "2099-12-31"
[text.en]
title = "No account is closed without a hearing"
text = "Members ask platforms to hear people first.\\n\\nThey answer within a month."
[text.es]
title = "Ninguna cuenta se cierra sin audiencia"
text = "Los miembros piden a las plataformas que oigan primero."
"""


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    one = Founded(tmp_path_factory.mktemp("founded"))
    yield one
    one.end()


@pytest.fixture(scope="module")
def text(founded):
    """The source of a resolution that is open for thirty days."""
    soon = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    path = founded.folder / "text.toml"
    path.write_text(TEXT.replace("2099-12-31", soon))
    return path


@pytest.fixture(scope="module")
def bundle(founded, text):
    """The bundle of a resolution that four have adopted: enough under either charter of this story."""
    words = ("--key", founded.key(1), "--data", founded.data)
    proposed = founded.make("quick", "resolution", "propose", text, *words)
    name = founded.hand_in(proposed).stdout.split()[-1]
    for n in (0, 1, 2, 3):
        words = ("resolution", "answer", proposed, "yes", "--key", founded.key(n))
        founded.hand_in(founded.make(f"quick{n}", *words))
    path = founded.folder / "quick.zip"
    deadline = time.monotonic() + 120
    while True:
        run("resolution", "show", name, "--bundle", path, "--data", founded.data)
        if sum(one.startswith("receipts/") for one in zipfile.ZipFile(path).namelist()) == 6:
            return path.read_bytes()
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_resolution_is_answered_adopted_and_verified_by_a_stranger(founded, text, open_page):  # noqa: F811
    proposed = founded.make(
        "proposed", "resolution", "propose", text, "--key", founded.key(0), "--data", founded.data
    )
    told = founded.hand_in(proposed).stdout
    assert "resolution\t" in told
    digest = re.search(r"\t([0-9a-f]{16})$", told.strip())[1]
    listed = run("resolution", "list", "--data", founded.data).stdout.splitlines()
    assert listed[0].split("\t")[:2] == [digest, "open"]

    # Contacts, and answers of four; each signed where its key is, with no network.
    words = ("--key", founded.key(0), "--through", "embassy in Berlin", "--whom", "A government")
    contact = founded.make(
        "contact", "resolution", "contact", proposed, *words, "--region", "oceania"
    )
    assert "contact\t" in founded.hand_in(contact).stdout
    answers = [
        (0, "yes", ()),
        (1, "abstain", ()),
        (2, "no", ()),
        (3, "reservation", ("--words", "es=Solo con debido proceso.")),
    ]
    for n, choice, more in answers:
        path = founded.make(
            f"a{n}", "resolution", "answer", proposed, choice, "--key", founded.key(n), *more
        )
        assert "answer\t" in founded.hand_in(path).stdout
        assert "answer\t" in founded.hand_in(path).stdout  # sent twice: one answer
    assert "status: open" in run("resolution", "show", digest, "--data", founded.data).stdout

    # One who is a stranger, one who uses another's key, one who comes out of turn: all refused.
    stranger = run("charter", "key", "x.example", founded.folder / "x.key")
    assert stranger.returncode == 0
    bad = founded.make(
        "bad", "resolution", "answer", proposed, "yes", "--key", founded.folder / "x.key"
    )
    refused = founded.hand_in(bad, check=False)
    assert refused.returncode == 1
    assert "no part in resolutions" in refused.stderr
    forged = founded.folder / "forged"
    forged.write_bytes((founded.folder / "a1").read_bytes().replace(b'"abstain"', b'"yes"'))
    assert founded.hand_in(forged, check=False).returncode == 1
    early = founded.make(
        "early", "resolution", "answer", proposed, "yes", "--key", founded.key(1), "--number", "3"
    )
    assert "out of turn" in founded.hand_in(early, check=False).stderr

    # In a browser, on a phone, in Spanish: the last answer is handed in by the page's own form.
    page = open_page(
        f"{founded.served.url}/coalition/resolutions",
        locale="es-MX",
        color_scheme="dark",
        viewport={"width": 375, "height": 800},
    )
    page.get_by_role("link", name="Ninguna cuenta").first.click()
    assert violations(page) == []
    page.get_by_role("heading", name="Apoyo por región").wait_for()
    page.get_by_text("Solo con debido proceso.").wait_for()
    page.get_by_text("embassy in Berlin").wait_for()
    page.get_by_role("link", name="Entregar un documento firmado").click()
    again = founded.make(
        "again", "resolution", "answer", proposed, "yes", "--key", founded.key(2), "--number", "2"
    )
    page.get_by_label("El archivo").set_input_files(again)
    page.get_by_role("button", name="Entregar").click()
    page.get_by_role("status").wait_for()
    assert violations(page) == []
    page.get_by_label("O su contenido").fill("not a document")
    page.get_by_role("button", name="Entregar").click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("O su contenido").input_value() == "not a document"
    assert [one for one in page.complaints if "422" not in one] == []

    assert "status: adopted" in run("resolution", "show", digest, "--data", founded.data).stdout
    late = founded.make(
        "late", "resolution", "answer", proposed, "no", "--key", founded.key(2), "--number", "3"
    )
    assert "no longer changes" in founded.hand_in(late, check=False).stderr

    # A stranger, with the digest of the first charter and no network.
    full = [
        line
        for line in founded.served.http.get("/coalition/resolutions").text.split('"')
        if line.startswith("/coalition/resolution/")
    ]
    deadline = time.monotonic() + 120
    while True:  # the newest receipts take a beat
        body = founded.served.http.get(f"{full[0]}/bundle").content
        if "adopted" in " ".join(zipfile.ZipFile(io.BytesIO(body)).namelist()):
            break
        assert time.monotonic() < deadline
    whole = founded.folder / "whole.zip"
    whole.write_bytes(body)
    shown = run("resolution", "verify", whole, "--root", founded.root).stdout
    assert "status: adopted" in shown
    assert f"{NAMES[3]}\treservation\tSolo con debido proceso." in shown
    assert "7 are in the log" in shown
    assert run("resolution", "verify", whole, "--root", "ab" * 32, check=False).returncode == 1
    receipt = founded.folder / "r.tlog-proof"
    page = founded.served.http.get(full[0]).text
    receipt.write_bytes(
        founded.served.http.get(re.search(r"/coalition/receipt/\d+", page)[0]).content
    )
    policy = founded.make("policy", "charter", "policy", "--data", founded.data)
    run("verify", receipt, "--policy", policy)


def changed(body, name, change):
    """A bundle with one file changed, or left out."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(made, "w") as new:
        for one in old.namelist():
            content = old.read(one)
            if re.match(name, one):
                content = change(content)
            if content is not None:
                new.writestr(one, content)
    return made.getvalue()


def test_a_bundle_that_was_tampered_with_does_not_verify(founded, bundle):
    body = bundle
    other = next(
        n for n in zipfile.ZipFile(io.BytesIO(body)).namelist() if n.startswith("receipts/")
    )
    receipt = zipfile.ZipFile(io.BytesIO(body)).read(other)
    cases = {
        "an answer was turned": changed(body, "answers/m2", lambda b: b.replace(b'"yes"', b'"no"')),
        "the text was turned": changed(body, "resolution", lambda b: b.replace(b"hear", b"bear")),
        "a charter is missing": changed(body, "charters/1", lambda _: None),
        "the receipt of another": changed(body, "receipts/", lambda _: receipt),
        "an answer is left out of what was adopted": changed(body, "answers/m2", lambda _: None),
        "the adoption of another": changed(body, "receipts/adopted", lambda _: receipt),
        "a receipt with one byte changed": changed(
            body, "receipts/", lambda b: b.replace(b"index ", b"index 1", 1)
        ),
        "no archive": b"PK\x03\x04 and nothing",
        "half an archive": body[: len(body) // 2],
        "empty": b"",
    }
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("resolution.note", b"\0" * (bundles.MOST_FILE_BYTES + 1))
    cases["a bomb"] = bomb.getvalue()
    for name, raw in cases.items():
        path = founded.folder / "case.zip"
        path.write_bytes(raw)
        done = run("resolution", "verify", path, "--root", founded.root, check=False)
        assert (done.returncode, "fix:" in done.stderr) == (1, True), (
            name,
            done.stdout,
            done.stderr,
        )

    left_out = founded.folder / "less.zip"
    left_out.write_bytes(changed(body, "receipts/", lambda _: None))
    done = run("resolution", "verify", left_out, "--root", founded.root)
    assert "Without a receipt: 5 documents." in done.stderr


def test_a_member_joins_and_another_changes_its_key_and_the_quorum_lets_both_in(
    founded,
    text,
    open_page,  # noqa: F811
):
    public = run("charter", "key", "new.example", founded.folder / "new.key").stdout.strip()
    wish = founded.folder / "new.toml"
    wish.write_text(
        f'[member]\nid = "new.example"\nname = "A new one"\nkind = "academic"\nregion = "asia"\n'
        f'roles = ["resolution"]\nkey = "{public}"\n'
    )
    joins = founded.make(
        "joins",
        "member",
        "request",
        wish,
        "--key",
        founded.folder / "new.key",
        "--charter",
        founded.first,
    )
    rotated = founded.make(
        "rotated",
        "member",
        "rotate",
        founded.folder / "m4.new",
        "--key",
        founded.key(4),
        "--charter",
        founded.first,
    )
    founded.hand_in(joins)
    founded.hand_in(rotated)
    again = founded.hand_in(joins)
    assert again.returncode == 0
    waiting = run("member", "waiting", "--data", founded.data).stdout
    assert "new.example" in waiting
    assert NAMES[4] in waiting

    short = run("charter", "next", "--key", founded.key(0), "--data", founded.data, check=False)
    assert "no majority" in short.stderr
    rules = founded.folder / "rules.toml"
    rules.write_text(
        "[rules]\nwitness_kinds = 3\nadoption = { members = 4, kinds = 3, regions = 2 }\n"
    )
    draft = founded.make(
        "draft",
        "charter",
        "next",
        "--rules",
        rules,
        "--key",
        founded.key(0),
        "--data",
        founded.data,
    )
    assert "draft\t" in founded.hand_in(draft).stdout
    page = open_page(f"{founded.served.url}/coalition", locale="en-GB")
    page.get_by_text("1 of at least 3 signatures").wait_for()
    page.get_by_text("A new one (new.example) asks to join").wait_for()
    assert violations(page) == []
    assert page.complaints == []
    link = page.get_by_role("link", name=re.compile("^[0-9a-f]{16}$")).get_attribute("href")
    fetched = founded.folder / "fetched"
    fetched.write_bytes(founded.served.http.get(link).content)

    # Each signs the draft as it lies at the node; a line that was forged wedges nothing.
    second = founded.make("second", "charter", "sign", fetched, "--key", founded.key(1))
    spoilt = founded.folder / "spoilt"
    lines = second.read_bytes().splitlines()
    spoilt.write_bytes(b"\n".join([*lines[:-1], lines[-1][:-8] + b"AAAAAAA="]) + b"\n")
    assert founded.hand_in(spoilt, check=False).returncode == 1
    assert "draft\t" in founded.hand_in(second).stdout
    third = founded.make("third", "charter", "sign", fetched, "--key", founded.key(2))
    assert "adopted\t" in founded.hand_in(third).stdout
    shown = run("charter", "show", "--data", founded.data).stdout
    assert "version 2" in shown
    assert "new.example" in shown
    assert run("member", "waiting", "--data", founded.data).stdout == ""
    old = founded.hand_in(joins, check=False)
    assert "not in force" in old.stderr

    # The old key of the member no longer speaks for it; the new one does.
    by_old = founded.make(
        "by-old", "resolution", "propose", text, "--key", founded.key(4), "--data", founded.data
    )
    assert "signature" in founded.hand_in(by_old, check=False).stderr
    by_new = founded.make(
        "by-new",
        "resolution",
        "propose",
        text,
        "--key",
        founded.folder / "m4.new",
        "--data",
        founded.data,
    )
    assert "resolution\t" in founded.hand_in(by_new).stdout
    # The running node follows the new charter without a new start.
    assert founded.served.http.get("/health").json()["publisher"]["state"] == "publishing"


def test_the_status_of_witnesses_and_the_roster_are_shown(founded):
    told = run("member", "witnesses", "--charter", founded.first).stdout
    assert re.search(rf"^{NAMES[1]}\tlog.{NAMES[0]}\t[0-9]", told, re.MULTILINE)
    assert run("member", "roster", "--charter", founded.first).stdout.startswith(
        "ada\tAda\tm3.example"
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"nonsense", 400),
        (b"\xff\xfe", 400),
        (b"amparo.answer.v1\n{}\n\n\xe2\x80\x94 x AAAAAAA=\n", 400),
        (b"amparo.answer.v1\n" + b"[" * 5000 + b"\n\n\xe2\x80\x94 x AAAAAAA=\n", 400),
        (b"amparo.unknown.v1\n{}\n\n\xe2\x80\x94 x AAAAAAA=\n", 400),
        (b"x" * 200_000, 413),
    ],
)
def test_a_hostile_document_is_refused_and_nothing_is_stored(founded, body, status):
    before = founded.served.http.get("/health").json()["entries"]

    answer = founded.served.http.post("/api/coalition/documents", content=body)

    assert answer.status_code == status
    assert answer.json()["fix"]
    assert founded.served.http.get("/health").json()["entries"] == before
