"""A member's page says what is asked of it; its lines, run as they stand, leave nothing to ask.

The lines of the page for those who join are run in the same way: nothing in them is to be replaced.
"""

# SPDX-License-Identifier: Apache-2.0

import html
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import run
from tests.stories.founded import NAMES, Founded

from amparo.coalition.charter import Party
from amparo.ledger.coalition import asked
from amparo.ledger.coalition.monitor_state import Health, HealthFile
from amparo.storage.node import open_node

TEXT = 'until = "{}"\n[text.en]\ntitle = "Hear people"\ntext = "Members ask it."\n'


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    found = Founded(tmp_path_factory.mktemp("members"))
    yield found
    found.end()


def of(founded, member, path=""):
    answer = founded.served.http.get(path or f"/coalition/member/{member}")
    assert answer.status_code == 200
    return answer.text


def lines(page):
    """The lines of a page, in their order, as somebody copies them."""
    found = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)
    return [html.unescape(text) for text in found]


def do(founded, key, text):
    """Run lines in a folder that has nothing but a member's key."""
    folder = founded.folder / f"shell{time.monotonic_ns()}"
    folder.mkdir()
    if key is not None:
        shutil.copy(key, folder / "member.key")
    shim = folder / "amparo"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m amparo "$@"\n')
    shim.chmod(0o700)
    search = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-ec", text], cwd=folder, env=search, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def listed(founded, member):
    shown = run("member", "asked", member, "--data", founded.data).stdout
    return [line.split("\t")[0] for line in shown.splitlines()]


def test_a_resolution_waits_on_the_page_until_its_lines_were_run(founded):
    until = datetime.now(UTC).date() + timedelta(days=30)
    text = founded.folder / "text.toml"
    text.write_text(TEXT.format(until))
    words = ("--key", founded.key(0), "--data", founded.data)
    founded.hand_in(founded.make("proposed", "resolution", "propose", text, *words))
    page = of(founded, NAMES[1])
    assert "Hear people" in page
    assert listed(founded, NAMES[1]) == ["answer"]

    do(founded, founded.key(1), lines(page)[0])

    assert listed(founded, NAMES[1]) == []
    after = of(founded, NAMES[1])
    assert "Nothing waits for this member." in after
    assert "What it has answered" in after
    assert listed(founded, NAMES[2]) == ["answer"]


def test_whoever_joins_runs_the_lines_of_the_page_and_so_do_the_members(founded):
    query = "name=A+%22new%22+one&id=new.example&kind=academic&region=asia&role=witness"
    page = of(founded, "", f"/coalition/join?{query}&role=resolution&url=https://w.new.example")
    key, witness, wish, sign, *_ = lines(page)
    assert "..." not in page
    made = [line for line in witness.splitlines() if "witness run" not in line]
    folder = do(founded, None, "\n".join([key, *made, wish, sign]))
    assert f"\ncharter {founded.root} 1.charter\n" in (folder / "witness" / "logs").read_text()

    waits = of(founded, NAMES[2])
    assert "A “new” one" not in waits
    assert html.escape('A "new" one', quote=True).replace("&quot;", "&#34;") in waits
    assert "draft" in listed(founded, NAMES[2])
    assert (
        "https://w.new.example"
        in founded.served.http.get(re.search(r"/coalition/request/\w+", waits)[0]).text
    )
    [drafting] = [text for text in lines(waits) if "charter next" in text]
    do(founded, founded.key(2), drafting)

    assert "draft" not in listed(founded, NAMES[2])  # a draft grants it now
    for n in (0, 1):
        waits = of(founded, NAMES[n])
        assert "new.example joins; the rules change" in waits
        assert "new.example joins; the rules change" in of(founded, "", "/coalition")
        [signing] = [text for text in lines(waits) if "charter sign" in text]
        do(founded, founded.key(n), signing)
    assert "sign" not in listed(founded, NAMES[3])  # it is in force
    assert "new.example" in of(founded, "new.example")


@pytest.mark.parametrize(
    "words",
    [
        "id=%24(reboot)",
        "id=a%0Areboot",
        "id=none",
        "name=a%0AEND%0Areboot",
        "url=file:///etc/passwd",
    ],
    ids=["shell", "line", "policy", "name", "url"],
)
def test_no_link_puts_a_strangers_command_into_the_lines(founded, words):
    usual = lines(of(founded, "", "/coalition/join"))
    assert lines(of(founded, "", f"/coalition/join?{words}")) == usual


def test_a_member_whom_the_charter_does_not_know_has_no_page(founded):
    assert founded.served.http.get("/coalition/member/nobody.example").status_code == 404
    done = run("member", "asked", "nobody.example", "--data", founded.data, check=False)
    assert "The charter has no such member." in done.stderr


def test_a_witness_that_is_behind_is_told_so_and_never_of_its_own_log(founded):
    charter, node = founded.charter, open_node(founded.data)
    party: Party = charter.party(NAMES[1])
    [name] = {vkey.partition("+")[0] for vkey in party.witness.keys}
    log = charter.party(NAMES[0]).log

    def found(seen_by, member=party):
        health = Health(
            log.key.partition("+")[0], log.url, log.key, 10, "", 1, 1, (), seen_by, 0, 0, ()
        )
        return asked.of_member(node, charter, member, [], HealthFile(1, (health,), ())).late

    assert [seen.behind for seen in found({name: 7})] == [3]
    assert [seen.seen for seen in found({})] == [None]
    assert found({name: 10}) == ()
    assert found({}, charter.party(NAMES[0])) == ()
