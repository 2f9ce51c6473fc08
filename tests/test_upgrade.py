"""A newer version opens the folders of all older ones; an older one refuses a newer folder."""

import base64
import json
import tarfile
import time
from contextlib import closing

import pytest
from tests.conftest import Served, run, statement
from tests.folders import FOLDERS, kinds

from amparo import __version__
from amparo.storage.journal import SCHEMAS, Journal
from amparo.storage.node import open_node

PACKED = ".tar.xz"
RELEASES = sorted(path.name.removesuffix(PACKED) for path in FOLDERS.glob(f"*{PACKED}"))


@pytest.fixture(params=RELEASES)
def old(request, tmp_path):
    """A node's folder as a release left it, and what has to be found there."""
    with tarfile.open(FOLDERS / f"{request.param}{PACKED}") as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / "node", json.loads((tmp_path / "known.json").read_text())


def test_there_is_a_folder_of_this_release():
    """At a release: `python -m tests.folders VERSION`."""
    assert __version__.partition("+")[0] in RELEASES


def test_whatever_an_older_version_wrote_is_read(old):
    folder, known = old

    with closing(Journal(open_node(folder).journal)) as journal:
        assert journal.size() == known["size"]
        assert kinds(journal) == known["cases"]


def test_a_receipt_of_an_older_version_verifies_for_ever(old, tmp_path):
    _, known = old
    receipt = tmp_path / "old.tlog-proof"
    receipt.write_bytes(base64.b64decode(known["receipt"]))

    told = run("verify", receipt, "--vkey", known["vkey"]).stdout

    assert known["uuid"] in told


def test_a_node_of_an_older_version_goes_on_where_it_stopped(old, tmp_path):
    folder, known = old
    node = Served(folder)
    auth = {"authorization": f"Bearer {known['token']}"}

    page = node.http.get(known["recourse"])
    again = node.http.post("/api/v1/statement", json=statement(known["puid"]), headers=auth)
    new = node.http.post("/api/v1/statement", json=statement("new-1"), headers=auth).json()
    sent = node.http.post(f"{known['recourse']}/complaint", data={"grounds": "I quoted it."})
    page_after = node.http.get(sent.headers["location"])
    receipt = published_receipt(node, new)
    node.stop()

    assert page.status_code == 200
    assert (again.status_code, again.json()["uuid"]) == (422, known["uuid"])
    assert new["index"] >= known["size"]
    assert sent.status_code in (200, 303)
    assert "I quoted it." in page_after.text
    (tmp_path / "new.tlog-proof").write_bytes(receipt)
    assert new["uuid"] in run("verify", tmp_path / "new.tlog-proof", "--vkey", known["vkey"]).stdout
    assert run("log", "check", "--data", folder).returncode == 0


def published_receipt(node, told):
    """The receipt of a decision, as soon as it is public."""
    deadline = time.monotonic() + 120
    while True:
        answer = node.http.get(f"/statement/{told['uuid']}/receipt")
        if answer.status_code == 200:
            return answer.content
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)


@pytest.mark.parametrize("words", [["serve", "--port", "0"], ["receipt", "0"], ["log", "check"]])
def test_a_folder_of_a_newer_version_is_refused_and_left_as_it_is(node, journal, words):
    newer = str(len(SCHEMAS) + 1)
    journal.set("schema", newer)
    journal.close()
    before = (node.folder / "journal.db").read_bytes()

    done = run(*words, "--data", node.folder, check=False)

    assert done.returncode == 1
    assert "This journal was written by a newer version of Amparo." in done.stderr
    assert f"its schema is {newer}; this program knows them up to {len(SCHEMAS)}" in done.stderr
    assert "Start that version or a later one." in " ".join(done.stderr.split())
    assert (node.folder / "journal.db").read_bytes() == before


def test_a_setting_of_a_newer_version_is_named_with_the_way_out(node):
    path = node.folder / "amparo.toml"
    path.write_text(f"{path.read_text()}\nof_tomorrow = 1\n")

    done = run("serve", "--data", node.folder, "--port", "0", check=False)

    assert done.returncode == 1
    assert "there is no setting `of_tomorrow`" in done.stderr
    assert "If a newer version of Amparo wrote it" in " ".join(done.stderr.split())
