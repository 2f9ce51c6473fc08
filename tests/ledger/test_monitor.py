"""The monitor: it goes on where it stopped, believes keys alone, and proves what it accuses of."""

import base64
import http.server
import shutil
import threading

import msgspec
import pytest
from tests.conftest import run
from tests.postbox import mailbox
from tests.stories.test_witnessing import Running, request

from amparo.case.issue import hearing, total
from amparo.coalition.trusted_log import LogState, Watched, of_policy
from amparo.errors import AmparoError, Malformed
from amparo.ledger.coalition import monitor_alarms, monitor_state
from amparo.ledger.coalition.monitor import Look
from amparo.ledger.coalition.monitor_state import MonitorState
from amparo.ledger.log import receipts
from amparo.ledger.log.publish import Publisher
from amparo.ledger.outbound import webhooks
from amparo.ledger.outbound.mail import Mail
from amparo.record import foreign_leaf
from amparo.record.event import leaf, moment, read_leaf
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import cosignature, edge, merkle, policy, split
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.note import Signer

KEY = Signer("log.example/1", b"l" * 32)
WITNESS = cosignature.Ed25519WitnessKey("w.example", b"w" * 32)
AT = 1_800_000_000
DAY = 86_400


def entries(number, start=0, at=AT, salt=b"s" * 32):
    """Good entries of ours: running totals that only grow."""
    moment = monitor_state._moment(at)
    return [
        total({"case.filed": 10 + n}, at=moment, salt=salt).leaf
        for n in range(start, start + number)
    ]


def put(folder, leaves, *, key=KEY, cosigned=None):
    """Write a log's files as its operator would; its signed checkpoint."""
    grown, tiles = edge.grow(edge.Edge(), leaves)
    signed = checkpoints.sign(Checkpoint(key.name, grown.size, grown.root()), key)
    if cosigned is not None:
        signed = signed.with_signatures(WITNESS.cosign(signed.text, cosigned))
    for tile, body in tiles.items():
        (folder / tile.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / tile.path).write_bytes(body)
    (folder / "checkpoint").write_bytes(signed.encode())
    return signed.encode()


def watched(folder, text="quorum none\n"):
    return Watched(KEY.verifier, str(folder), policy.parse(f"log {KEY.verifier.vkey}\n{text}"))


def look(folder, state=LogState(), now=AT, **options):  # noqa: B008 - never changed
    return Look(watched(folder), state, now=now, **options)


def judge(kept, one, now):
    """Look at a log and keep what came of it; the faults that are new."""
    done = Look(one, kept.state(one), now=now)
    return kept.keep(one, done.state, done.faults, now)


def kinds(done):
    return [fault.kind for fault in done.faults]


def test_it_goes_on_from_what_it_has_verified_at_every_size(tmp_path):
    leaves = entries(520)
    state = LogState()
    for size in (0, 1, 255, 256, 257, 300, 511, 512, 520):
        put(tmp_path, leaves[:size])
        done = look(tmp_path, state)
        state = done.state

        assert (kinds(done), state.entries) == ([], size)


def test_two_histories_of_different_sizes_become_a_proof_that_needs_no_network(tmp_path):
    leaves = entries(300)
    put(tmp_path, leaves[:200])
    state = look(tmp_path).state
    put(tmp_path, [*leaves[:50], *entries(1, 50, salt=b"x" * 32), *leaves[51:]])

    done = look(tmp_path, state)

    assert kinds(done) == ["split"]
    proven = split.judge(done.faults[0].proof, KEY.verifier.vkey)
    assert (proven.first.size, proven.second.size) == (200, 300)
    assert proven.beginning != proven.first.root
    assert done.state == state  # the first history is still what is believed
    for was, then in (
        (b"\n200\n", b"\n199\n"),
        (b"beginning\n", b"beginning\nAAAA"),
        (b"split.v1", b"x"),
    ):
        with pytest.raises(AmparoError):
            split.judge(done.faults[0].proof.replace(was, then, 1))


def test_an_honest_growth_cannot_be_made_into_a_proof(tmp_path):
    leaves = entries(300)
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    one, two = put(tmp_path, leaves[:200]), put(tmp_path, leaves)
    proof = merkle.consistency_proof(
        200, 300, lambda k, i: merkle.root_of(hashes[i << k : (i + 1) << k])
    )

    for beginning in (
        (merkle.root_of(hashes[:200]), proof),
        (b"x" * 32, proof),
        (b"x" * 32, []),
        None,
    ):
        with pytest.raises(Malformed, match="does not prove"):
            split.evidence(KEY.verifier.vkey, one, two, beginning)


def test_a_log_that_goes_back_or_swaps_a_tree_of_one_size_is_told_of(tmp_path):
    leaves = entries(20)
    put(tmp_path, leaves)
    state = look(tmp_path).state

    put(tmp_path, leaves[:12])
    young, back = look(tmp_path, state), look(tmp_path, state, now=AT + 301)
    shutil.rmtree(tmp_path / "tile")
    put(tmp_path, [*leaves[:19], *entries(1, 19, salt=b"x" * 32)])
    swapped = look(tmp_path, state)

    assert (kinds(young), kinds(back)) == ([], ["behind"])
    assert back.state.entries == 20
    assert kinds(swapped) == ["split"]
    assert split.judge(swapped.faults[0].proof).first.size == 20


def test_what_a_checkpoint_implies_must_be_there_and_fit(tmp_path):
    put(tmp_path, entries(300))
    (tmp_path / "tile/0/000").unlink()
    missing = look(tmp_path)
    put(tmp_path, entries(300))
    body = bytearray((tmp_path / "tile/entries/000").read_bytes())
    body[40] ^= 1
    (tmp_path / "tile/entries/000").write_bytes(body)
    changed = look(tmp_path)

    assert kinds(missing) == ["missing"]
    assert changed.state.entries == 0
    assert kinds(changed) == ["damaged"]
    assert kinds(look(tmp_path / "nowhere")) == ["unreachable"]


@pytest.mark.parametrize(
    ("leaf", "why"),
    [
        (b"no entry of ours", "not those of an entry"),
        (b"[" * 60_000, "not those of an entry"),
        (b'{"type":' + b"[" * 60_000, "not those of an entry"),
        (b'{"at":"soon","sealed":"x","type":"event","v":1}', "its time is 'soon'"),
        (
            b'{"at":"2026-01-01T00:00:00Z","by":"x","case":"../\\u0000","n":1,"public":{"category":[[]]},"sealed":"x","type":"decision.issued","v":1}',
            "",
        ),
        (entries(1)[0].replace(b'"v":1', b'"v": 1'), "canonical"),
        (entries(1, 9, AT + DAY)[0], "was in the log before that"),
        (entries(1, 9, AT - 3 * DAY)[0], "not in the log a day later"),
        (
            total({"case.filed": 11}, at=monitor_state._moment(AT), salt=b"s" * 32).leaf,
            "were 14, and are 11",
        ),
    ],
)
def test_every_new_entry_is_held_against_the_rules(tmp_path, leaf, why):
    leaves = entries(5)
    put(tmp_path, leaves)
    state = look(tmp_path).state
    put(tmp_path, [*leaves, leaf])

    done = look(tmp_path, state)

    assert set(kinds(done)) == {"rule"}
    assert why.lower() in done.faults[0].why.lower()
    assert done.state.entries == 6  # the tree itself is sound
    assert kinds(look(tmp_path, state, foreign=True)) == []


def test_a_log_full_of_broken_entries_is_told_of_in_a_few_words(tmp_path):
    put(tmp_path, [b"not ours %d" % n for n in range(600)])

    assert len(look(tmp_path).faults) == 21


def test_a_decision_that_breaks_a_rule_or_shows_what_is_sealed_is_found(keep, node, journal):
    [one] = keep(1)
    good = read_leaf(one.row.leaf)

    def broken(**changes):
        public = {k: v for k, v in {**good.public, **changes}.items() if v is not None}
        found = foreign_leaf.judge(leaf(msgspec.structs.replace(good, public=public))).broken
        return " ".join(map(str, found))

    assert foreign_leaf.judge(one.row.leaf).broken == ()
    assert "category" in broken(category="STATEMENT_CATEGORY_NONE_SUCH")
    assert "category" in broken(category=None)
    assert "application_date" in broken(application_date="1999-01-01")
    assert "stands in the clear" in broken(decision_facts="He said so.")
    assert "is no attribute" in broken(mood="bad")
    for case in ("0199aaaa-0000-7000-8000-000000000000", good.case.upper(), "1", ""):
        bad = leaf(msgspec.structs.replace(good, case=case))
        assert "is not of the second" in str(foreign_leaf.judge(bad).broken[0])


def test_a_case_that_begins_twice_is_found_also_at_a_later_look(tmp_path, keep):
    first, second = (read_leaf(one.row.leaf) for one in keep(2))
    again = leaf(msgspec.structs.replace(second, case=first.case, at=first.at))
    leaves = [leaf(first), leaf(second)]
    put(tmp_path, leaves)
    now = int(moment(first.at).timestamp())
    before = look(tmp_path, now=now)
    put(tmp_path, [*leaves, again])

    after = look(tmp_path, before.state, now=now + 60)
    at_once = look(tmp_path, now=now + 60)

    assert kinds(before) == []
    for done in (after, at_once):
        [fault] = done.faults
        assert (fault.kind, fault.key.split(".")[0]) == ("rule", "2")
        assert "has begun before" in fault.why


def test_the_quorum_and_its_age_are_looked_at(tmp_path):
    text = f"witness w {WITNESS.cosigner.vkey}\nquorum w\n"
    one = watched(tmp_path, text)
    put(tmp_path, entries(3))
    alone = Look(one, LogState(), now=AT)
    put(tmp_path, entries(3), cosigned=AT)
    good = Look(one, alone.state, now=AT + 60)

    assert kinds(alone) == ["unwitnessed"]
    assert (kinds(good), good.state.cosigned_at) == ([], AT)
    assert kinds(Look(one, good.state, now=AT + 2 * DAY)) == ["stale"]


def test_what_each_witness_has_seen_is_compared(tmp_path):
    """One witness was shown another history: of the same size, of a smaller one, of a larger one."""
    running = Running(tmp_path / "w", logs=[KEY.verifier.vkey])
    trusted = of_policy(
        f"log {KEY.verifier.vkey} {tmp_path / 'log'}\n"
        f"witness w {running.keys[0].vkey} {running.url}\nquorum none\n"
    )[0]
    leaves = entries(9)
    other = [*leaves[:3], *entries(1, 3, salt=b"x" * 32), *leaves[4:]]
    running.ask(request(0, 6, leaves=other)).raise_for_status()
    found = {}
    for size in (6, 4, 9):
        folder = tmp_path / "log"
        shutil.rmtree(folder, ignore_errors=True)
        put(folder, leaves[:size])
        found[size] = Look(trusted, LogState(), now=AT * 2)
    running.end()
    silent = Look(trusted, found[9].state, now=AT * 2)

    assert [kinds(found[size]) for size in (6, 9, 4)] == [["split"], ["split"], ["withheld"]]
    for size in (6, 9):
        assert split.judge(found[size].faults[0].proof).first.size == 6
    assert found[9].state.seen_by == {running.keys[0].name: 6}
    assert kinds(silent) == []  # a witness that is silent accuses nobody


def test_openings_are_held_against_the_log(node, journal, keep, tmp_path):
    """A node that changes the words after the fact is found by the decision's own receipt."""
    keep(3)
    Publisher(node, journal).beat()
    leaves = list(journal.leaves(0, 3))
    bodies = {}
    for seq in range(3):
        kept = journal.event(seq)
        bodies[f"/statement/{kept.case}/receipt"] = receipts.receipt(node, kept, reader="anyone")
    lied = list(bodies)[1]
    extra = base64.b64decode(bodies[lied].split(b"\n")[1].removeprefix(b"extra "))
    key = b'"decision_facts":"'
    assert key in extra
    honest = bodies[lied]
    spoilt = base64.b64encode(extra.replace(key, key + b"Not "))
    bodies[lied] = bodies[lied].replace(bodies[lied].split(b"\n")[1], b"extra " + spoilt)

    failing = set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = bodies.get(self.path)
            if self.path in failing:
                self.send_error(500)
                return
            if body is None and self.path.startswith("/log/"):
                path = node.log / self.path.removeprefix("/log/")
                body = path.read_bytes() if path.is_file() else None
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        key = node.signer().verifier
        url = f"http://127.0.0.1:{server.server_port}/log"
        one = Watched(key, url, policy.of_log(key.vkey))
        found = Look(one, LogState(), now=AT)
        told_otherwise = bodies.pop(lied)
        hidden = Look(one, found.state, now=AT)
        bodies[lied] = honest
        mended = Look(one, hidden.state, now=AT)
        bodies[lied] = told_otherwise
        later = Look(one, mended.state, now=AT)  # no entry is new, and yet it is asked for
        failing.add(lied)
        failed = Look(one, mended.state, now=AT)
        failing.update(bodies)
        silent = Look(one, mended.state, now=AT)
        server.shutdown()

    assert len(leaves) == found.state.entries == 3
    told = [fault for fault in found.faults if fault.kind == "opening"]
    assert [fault.key for fault in told] == [lied.split("/")[2]]
    assert found.state.openings == 2
    assert "shows none" in next(f.why for f in hidden.faults if f.kind == "opening")
    assert not any(fault.kind == "opening" for fault in mended.faults)
    assert [fault.key for fault in later.faults if fault.kind == "opening"] == [told[0].key]
    [fault] = failed.faults
    assert (fault.kind, fault.key) == ("opening", told[0].key)
    assert fault.why.endswith(f"{lied}: it answered 500")
    assert [case for case, _ in failed.state.doubted] == [told[0].key]  # and is asked again
    assert failed.state.openings == mended.state.openings + 2  # the others were, all the same
    assert [(fault.kind, fault.key) for fault in silent.faults] == [("unreachable", "receipts")]


def test_a_fault_is_kept_once_told_once_and_ends_if_it_can(tmp_path):
    one = watched(tmp_path / "log")
    kept = MonitorState(tmp_path / "monitor", [one])

    def at(now):
        return judge(kept, one, now)

    assert [fault.kind for fault in at(AT)] == ["unreachable"]
    assert at(AT + 60) == []
    assert kept.waiting("a", AT + 60) == []  # it may pass by itself
    [waiting] = kept.waiting("a", AT + 400)
    put(tmp_path / "log", entries(30))
    at(AT + 500)
    told = monitor_state.read(tmp_path / "monitor")
    assert (told.faults[0].ended_at, told.logs[0].size, told.logs[0].open) == (AT + 500, 30, ())
    assert kept.waiting("a", AT + 900) == []

    shutil.rmtree(tmp_path / "log/tile")
    put(tmp_path / "log", entries(30, salt=b"x" * 32))
    [back] = at(AT + 600)
    with mailbox() as box:
        alarms = monitor_alarms.Alarms(Mail(box.url, "monitor@example.org"), ("ops@example.org",))
        box.refuse = True
        assert len(monitor_alarms.tell(kept, alarms, AT + 600)) == 1
        box.refuse = False
        assert monitor_alarms.tell(kept, alarms, AT + 601) == []
        assert monitor_alarms.tell(kept, alarms, AT + 602) == []
        assert [mail["subject"] for _, mail in box.mails] == [
            "Amparo: log.example/1: The log has shown two histories."
        ]
    assert (
        (tmp_path / "monitor" / "evidence" / back.evidence).read_bytes().startswith(b"amparo.split")
    )
    feed = (tmp_path / "monitor" / "faults.atom").read_text()
    assert "The log has shown two histories." in feed
    assert waiting.id < back.id
    kept.close()
    again = MonitorState(tmp_path / "monitor", [one])
    assert [fault.kind for fault in again.open_faults()] == ["split"]
    again.close()


def test_a_webhook_is_told_in_order_and_signed(tmp_path):
    got = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append(
                (
                    self.headers["webhook-id"],
                    self.headers["webhook-timestamp"],
                    self.headers["webhook-signature"],
                    body,
                )
            )
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    put(tmp_path / "log", [b"x", b"y"])
    kept = MonitorState(tmp_path / "monitor", [watched(tmp_path / "log")])
    judge(kept, kept.watched[0], AT)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        one = monitor_alarms.hook(url, "whsec_" + "QUFB" * 8, private=True)
        assert monitor_alarms.tell(kept, monitor_alarms.Alarms(hooks=(one,)), AT) == []
        assert monitor_alarms.tell(kept, monitor_alarms.Alarms(hooks=(one,)), AT) == []
        server.shutdown()
    kept.close()

    assert [row[0] for row in got] == ["amparo-1", "amparo-2"]
    name, at, signature, body = got[0]
    assert signature == webhooks.signature(b"AAA" * 8, name, int(at), body)


def test_the_command_line_looks_once_tells_by_its_exit_status_and_begins_again(tmp_path):
    text = f"log {KEY.verifier.vkey} {tmp_path / 'log'}\nquorum none\n"
    (tmp_path / "policy").write_text(text)
    put(tmp_path / "log", entries(40, at=AT - 900 * DAY))
    words = ("monitor", "--policy", tmp_path / "policy", "--data", tmp_path / "m", "--once")

    first = run(*words)
    whole = shutil.copytree(tmp_path / "log", tmp_path / "whole")
    (tmp_path / "log/checkpoint").write_text("<html>Sign in</html>")
    second = run(*words, check=False)
    shutil.copytree(whole, tmp_path / "log", dirs_exist_ok=True)
    third = run(*words)
    put(tmp_path / "log", entries(40, at=AT - 900 * DAY, salt=b"x" * 32))
    fourth = run(*words, check=False)
    shutil.copytree(whole, tmp_path / "log", dirs_exist_ok=True)
    fifth = run(*words, check=False)

    assert first.stdout == "log.example/1\t40\tsound\n"
    assert (second.returncode, second.stdout) == (1, "log.example/1\t40\tunreadable\n")
    assert "No checkpoint came" in second.stderr
    assert third.stdout == "log.example/1\t40\tsound\n"  # a proxy's page is over with it
    assert (fourth.returncode, fourth.stdout) == (1, "log.example/1\t40\tsplit\n")
    assert fifth.returncode == 1  # what the log's own key has signed stands
    assert run("monitor", "http://x.example/log", check=False).returncode == 1
    assert split.judge(next((tmp_path / "m" / "evidence").iterdir()).read_bytes())


def test_figures_of_a_period_that_is_over_stand(tmp_path):
    def figures(period, upheld, *, over):
        return hearing(
            by="foro",
            period=period,
            over=over,
            shown=({"complaints.upheld": upheld}, {}),
            every=({"complaints.upheld": upheld}, {}),
            at=monitor_state._moment(AT),
            salt=b"s" * 32,
        ).leaf

    leaves = [
        figures("2026", 40, over=False),
        figures("2026", 20, over=False),  # what was taken back counts no more
        figures("2026", 23, over=True),
        figures("2026-H2", 10, over=True),
    ]
    put(tmp_path, leaves)
    honest = look(tmp_path)
    put(tmp_path, [*leaves, figures("2026", 12, over=True)])
    changed = look(tmp_path, honest.state)

    assert kinds(honest) == []
    assert kinds(changed) == ["rule"]
    assert "the figures of foro 2026 come again" in changed.faults[0].why
