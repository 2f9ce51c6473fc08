"""Judging a log needs no network: what was fetched goes in, faults come out."""

from datetime import UTC, datetime

import pytest

from amparo.case.issue import total
from amparo.coalition.trusted_log import (
    CASES_KEPT,
    LASTING,
    MERGE_DELAY_SECONDS,
    MOST_TOLD,
    SLACK_SECONDS,
    STALE_SECONDS,
    Beginning,
    LogState,
    TrustedLog,
    Watched,
)
from amparo.errors import Missing, Unsound
from amparo.record.event import DecisionIssued, leaf, timestamp
from amparo.record.uuid7 import uuid7, uuid_text
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import cosignature, edge, merkle, policy, split
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.note import Signer

KEY, OTHER = Signer("log.example/1", b"l" * 32), Signer("log.example/1", b"o" * 32)
WITNESS = cosignature.Ed25519WitnessKey("w.example", b"w" * 32)
AT = 1_800_000_000
AMISS = Unsound("It does not fit.", why="a tile differs", fix="Keep it.")
NONE_SHOWN = Missing("No reasons.", why="it shows none for case-2", fix="Ask again.")
NO_QUORUM = f"log {KEY.verifier.vkey}\nwitness w {WITNESS.cosigner.vkey}\nquorum none\n"
QUORUM = NO_QUORUM.replace("none", "w")


def moment(at):
    return timestamp(datetime.fromtimestamp(at, UTC))


def entries(number, *, salt=b"s" * 32, first=0):
    return [
        total({"case.filed": 10 + n}, at=moment(AT), salt=salt).leaf
        for n in range(first, first + number)
    ]


class Tree:
    """A tree with its signed checkpoint, in memory."""

    def __init__(self, leaves, *, key=KEY, cosigned=None):
        self.leaves = leaves
        self.edge, _ = edge.grow(edge.Edge(), leaves)
        signed = checkpoints.sign(Checkpoint(key.name, len(leaves), self.edge.root()), key)
        if cosigned is not None:
            signed = signed.with_signatures(WITNESS.cosign(signed.text, cosigned))
        self.raw = signed.encode()

    def beginning(self, size):
        """As the tiles of this tree say it begins."""
        hashes = [merkle.leaf_hash(one) for one in self.leaves]

        def nodes(level, index):
            return merkle.root_of(hashes[index << level : (index + 1) << level])

        proof = merkle.consistency_proof(size, len(self.leaves), nodes)
        return Beginning(merkle.root_of(hashes[:size]), proof)


def trusting(state=LogState(), *, now=AT, text=NO_QUORUM, foreign=False):  # noqa: B008 - never changed
    watched = Watched(KEY.verifier, "https://log.example/log", policy.parse(text))
    return TrustedLog(watched, state, now=now, foreign=foreign)


def verified(tree, state=LogState(), *, now=AT, **options):  # noqa: B008 - never changed
    """A log whose tree was fetched whole, and fits."""
    log = trusting(state, now=now, **options)
    known = log.known.size if log.known else 0
    if log.checkpoint(tree.raw) is not None:
        log.entries(known, tree.leaves[known:])
        log.grown(tree.raw, tree.edge)
    return log


def kinds(log):
    return [fault.kind for fault in log.faults]


def whys(log):
    return " ".join(fault.why for fault in log.faults)


# --- the log itself ---------------------------------------------------------------------------


def test_a_new_log_is_to_be_fetched_whole_and_a_known_one_from_where_it_was():
    first, second = Tree(entries(3)), Tree(entries(9))
    state = verified(first).state
    log = trusting(state)

    assert log.checkpoint(second.raw).size == 9
    assert (log.known.size, log.edge) == (3, first.edge)


def test_what_is_there_already_is_not_fetched_again_and_was_seen_now():
    tree = Tree(entries(3))
    log = trusting(verified(tree).state, now=AT + 60)

    assert log.checkpoint(tree.raw) is None
    assert (log.faults, log.state.at) == ([], AT + 60)


def test_the_better_cosigned_of_two_notes_on_one_tree_is_kept():
    alone, cosigned = Tree(entries(3)), Tree(entries(3), cosigned=AT)
    log = trusting(verified(alone).state)

    log.checkpoint(cosigned.raw)
    log.cosignatures()
    again = trusting(log.state)
    again.checkpoint(alone.raw)

    assert log.state.note == cosigned.raw
    assert again.state.note == cosigned.raw


ELSEWHERE = Signer("shard-2.example/1", b"e" * 32)


@pytest.mark.parametrize(
    ("raw", "kind", "named"),
    [
        (b"<html>Sign in</html>", "unreadable", "https://log.example/log (served as text/html)"),
        (b"", "unreadable", "no signature lines"),
        (Tree(entries(3)).raw.replace(b"\n3\n", b"\n4\n"), "unreadable", "signature"),
        (Tree(entries(3), key=ELSEWHERE).raw, "not_this_log", "'shard-2.example/1'"),
        (Tree(entries(3), key=OTHER).raw, "not_this_log", "another key"),
    ],
    ids=["a page", "nothing", "changed on its way", "another log", "another key"],
)
def test_what_the_logs_key_has_not_signed_is_never_held_against_it(raw, kind, named):
    log = trusting(verified(Tree(entries(9))).state)

    assert log.signed(raw, "https://log.example/log (served as text/html)") is None
    assert kinds(log) == [kind]
    assert kind not in LASTING
    assert named in whys(log)
    assert log.faults[0].proof == b""
    assert log.state.entries == 9


def test_an_old_checkpoint_is_a_fault_only_when_it_is_no_longer_young():
    """Front ends and caches show heads out of order for a while; a log that went back stays so."""
    known, old = Tree(entries(9)), Tree(entries(3))
    state = verified(known, verified(old).state, now=AT + 60).state
    found = {}
    for now in (AT + 60 + SLACK_SECONDS, AT + 61 + SLACK_SECONDS):
        for beginning in (known.beginning(3), None):
            log = trusting(state, now=now)
            log.behind(old.raw, beginning)
            found.setdefault(now, []).append(kinds(log))
            assert log.state.entries == 9

    assert list(found.values()) == [[[], []], [["behind"], ["behind"]]]
    assert "it is of 3 entries; the log has signed 9" in whys(log)


def test_how_old_a_checkpoint_is_says_the_first_larger_one_that_was_seen():
    state = LogState()
    for n, at in ((3, AT), (5, AT + 600), (9, AT + 1200)):
        state = verified(Tree(entries(n)), state, now=at).state

    for size, found in ((5, []), (4, ["behind"]), (3, ["behind"])):
        log = trusting(state, now=AT + 1260)
        log.behind(Tree(entries(size)).raw, None)
        assert kinds(log) == found


def test_a_smaller_tree_with_another_root_is_another_history_however_young():
    known = Tree(entries(9))
    log = trusting(verified(known).state)

    log.behind(Tree(entries(5, salt=b"x" * 32)).raw, known.beginning(5))

    assert kinds(log) == ["split"]
    assert split.judge(log.faults[0].proof, KEY.verifier.vkey).first.size == 5


def test_two_trees_of_one_size_are_proof_of_a_split_view():
    log = trusting(verified(Tree(entries(9))).state)

    log.checkpoint(Tree(entries(9, salt=b"x" * 32)).raw)

    assert kinds(log) == ["split"]
    assert split.judge(log.faults[0].proof, KEY.verifier.vkey).first.size == 9


def test_a_larger_tree_that_does_not_begin_with_the_known_one_is_proof_too():
    known, other = Tree(entries(5)), Tree(entries(9, salt=b"x" * 32))
    log = trusting(verified(known).state)
    log.checkpoint(other.raw)

    log.not_grown(other.raw, AMISS, kind="damaged", beginning=other.beginning(5))

    assert kinds(log) == ["split"]
    proven = split.judge(log.faults[0].proof, KEY.verifier.vkey)
    assert (proven.first.size, proven.second.size) == (5, 9)
    assert log.state.entries == 5  # the first history is still what is believed


@pytest.mark.parametrize("kind", ["missing", "damaged"])
def test_what_proves_no_split_is_a_fault_with_the_checkpoint_beside_it(kind):
    """An honest beginning, one that does not prove itself, or none: nobody is accused by them."""
    tree = Tree(entries(9))
    lie = Beginning(b"x" * 32, tree.beginning(5).proof)

    for beginning in (tree.beginning(5), lie, None):
        log = trusting(verified(Tree(entries(5))).state)
        log.checkpoint(tree.raw)
        log.not_grown(tree.raw, AMISS, kind=kind, beginning=beginning)

        assert kinds(log) == [kind]
        assert log.faults[0].proof == tree.raw


def test_new_entries_that_do_not_fit_are_one_fault_however_the_log_grows_meanwhile():
    """It was told of under each size anew, and none lasted long enough to be told to anybody."""
    state, found = verified(Tree(entries(5))).state, set()
    for size in (9, 12, 300):
        log = trusting(state)
        log.checkpoint(Tree(entries(size)).raw)
        log.not_grown(Tree(entries(size)).raw, AMISS, kind="damaged", beginning=None)
        found |= {(fault.kind, fault.key) for fault in log.faults}

    assert len(found) == 1


# --- its entries ------------------------------------------------------------------------------


def at_times(earlier, entry_at, cosigned):
    """A log seen at `earlier`, with an entry of some time in a tree cosigned later."""
    state = verified(Tree(entries(1)), now=earlier).state
    late = total({"case.filed": 99}, at=moment(entry_at), salt=b"s" * 32).leaf
    return verified(Tree([*entries(1), late], cosigned=cosigned), state, now=cosigned)


def test_an_entry_is_held_against_the_cosignatures_around_it():
    later = AT + 10 * MERGE_DELAY_SECONDS

    for entry_at, fits in (
        (later + SLACK_SECONDS, True),
        (later + SLACK_SECONDS + 1, False),
        (AT - MERGE_DELAY_SECONDS, True),
        (AT - MERGE_DELAY_SECONDS - 1, False),
    ):
        assert kinds(at_times(AT, entry_at, later)) == ([] if fits else ["rule"])


def test_totals_that_fall_break_a_rule_also_over_two_looks():
    state = verified(Tree(entries(4))).state
    fallen = total({"case.filed": 12}, at=moment(AT), salt=b"s" * 32).leaf

    log = verified(Tree([*entries(4), fallen]), state)

    assert kinds(log) == ["rule"]
    assert "case.filed were 13, and are 12" in whys(log)
    assert log.state.counts == {"case.filed": 13}


def decision(number, at=AT):
    case = uuid_text(uuid7(at * 1000, number.to_bytes(10, "big")))
    return leaf(
        DecisionIssued(v=1, case=case, n=1, by="foro", at=moment(at), public={}, sealed="x")
    )


def test_a_case_that_begins_twice_is_found_as_far_back_as_is_remembered():
    leaves = [decision(n) for n in range(CASES_KEPT + 2)]
    state = verified(Tree(leaves)).state
    near, far = decision(CASES_KEPT), decision(0)

    assert "has begun before" in whys(verified(Tree([*leaves, near]), state))
    assert "has begun before" not in whys(verified(Tree([*leaves, far]), state))


def test_a_log_full_of_broken_entries_is_told_of_in_a_few_words():
    log = verified(Tree([b"not ours %d" % n for n in range(100)]))

    assert kinds(log) == ["rule"] * (MOST_TOLD + 1)
    assert log.faults[-1].what == "Many entries break rules."


def test_a_rule_is_broken_only_by_entries_that_the_log_has_signed_for():
    """A proxy that changes a byte on the way would else brand the log for ever."""
    tree = Tree([b"not ours"])
    log = trusting()
    log.checkpoint(tree.raw)
    log.entries(0, tree.leaves)

    log.not_grown(tree.raw, AMISS, kind="damaged", beginning=None)

    assert kinds(log) == ["damaged"]
    assert log.decisions == []


def test_nothing_is_asked_of_the_entries_of_a_foreign_log():
    assert verified(Tree([b"a", b"b"]), foreign=True).faults == []


def test_openings_are_counted_and_what_does_not_fit_is_told():
    log = verified(Tree(entries(3)))

    log.not_opened("case-1", b"leaf", b"a receipt", AMISS)
    log.not_opened("case-2", b"leaf", None, NONE_SHOWN)
    asked_again = dict(log.state.doubted)
    log.opened("case-1", is_erased=False)
    log.opened("case-3", is_erased=True)

    assert (log.state.openings, log.state.erased) == (2, 1)
    assert [(one.kind, one.key, one.proof) for one in log.faults] == [
        ("opening", "case-1", b"a receipt"),
        ("opening", "case-2", b""),
    ]
    assert "shows none for case-2" in log.faults[1].why
    assert asked_again == {"case-1": b"leaf", "case-2": b"leaf"}
    assert dict(log.state.doubted) == {"case-2": b"leaf"}  # the other's reasons have come


# --- what others have seen --------------------------------------------------------------------


def told(log, tree, name="w.example", beginning=None):
    log.witness(name, tree.raw, beginning)
    return kinds(log)


def test_a_witness_is_believed_when_both_it_and_the_log_have_signed():
    log = trusting()
    keys = policy.parse(NO_QUORUM).witnesses

    assert log.shown_by(keys, Tree(entries(3), cosigned=AT).raw).size == 3
    for raw in (Tree(entries(3)).raw, Tree(entries(3), key=OTHER, cosigned=AT).raw, b"nonsense"):
        assert log.shown_by(keys, raw) is None


def test_a_witness_that_saw_the_same_accuses_nobody_and_is_remembered():
    tree = Tree(entries(9), cosigned=AT)
    log = verified(tree)

    assert told(log, tree) == []
    assert log.state.seen_by == {"w.example": 9}


def test_a_witness_that_saw_another_history_proves_it_at_the_same_size_and_at_a_smaller_one():
    ours = Tree(entries(9))
    same, smaller = (Tree(entries(n, salt=b"x" * 32), cosigned=AT) for n in (9, 5))

    assert told(verified(ours), same) == ["split"]
    assert told(verified(ours), smaller, beginning=ours.beginning(5)) == ["split"]
    assert told(verified(ours), Tree(entries(5), cosigned=AT), beginning=ours.beginning(5)) == []
    assert told(verified(ours), smaller) == []  # without the tiles nothing is proven


def test_what_a_witness_has_seen_must_be_shown_before_long():
    larger = Tree(entries(12), cosigned=AT)

    for now, found in ((AT + SLACK_SECONDS, []), (AT + SLACK_SECONDS + 1, ["withheld"])):
        assert told(verified(Tree(entries(9)), now=now), larger) == found


def test_the_quorum_must_have_cosigned_within_a_day():
    alone, cosigned = Tree(entries(3)), Tree(entries(3), cosigned=AT)

    for tree, now, found in (
        (alone, AT, ["unwitnessed"]),
        (cosigned, AT + STALE_SECONDS, []),
        (cosigned, AT + STALE_SECONDS + 1, ["stale"]),
    ):
        log = verified(tree, now=now, text=QUORUM)
        log.cosignatures()
        assert kinds(log) == found


def test_of_a_log_that_showed_nothing_no_cosignature_is_asked():
    log = trusting(text=QUORUM)

    log.cosignatures()

    assert (log.faults, log.known, log.edge) == ([], None, edge.Edge())
