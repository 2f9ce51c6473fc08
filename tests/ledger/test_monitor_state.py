"""What a monitor keeps of a log that does what it can to be told of by nobody."""

from contextlib import closing, contextmanager

import apsw
import msgspec
import pytest
from tests.ledger.test_monitor import AT, entries, judge, put, watched

from amparo.coalition.trusted_log import Fault, LogState
from amparo.ledger.coalition import monitor_state
from amparo.ledger.coalition.monitor_state import PATIENCE_SECONDS, MonitorState
from amparo.tlog.tile import WIDTH
from amparo.web.words.i18n import is_worded, languages, localise

PAGE = b"<!doctype html><p>Sign in</p>"


@contextmanager
def monitor(folder):
    kept = MonitorState(folder / "monitor", [watched(folder / "log")])
    yield kept
    kept.close()


def spoil(file, how):
    file.unlink(missing_ok=True)
    if how == "damaged":
        file.write_bytes(b"\0" * 32)
    elif how == "a page":
        file.write_bytes(PAGE)


@pytest.mark.parametrize(
    ("how", "kinds"),
    [
        (["damaged"], ["damaged"]),
        (["gone"], ["missing"]),
        (["damaged", "gone"], ["damaged", "missing"]),
        (["gone", "a page"], ["damaged", "missing"]),
    ],
)
def test_new_entries_that_never_fit_are_told_although_the_log_grows_meanwhile(tmp_path, how, kinds):
    """Whether they fail in one way at each look, or in two by turns."""
    log = tmp_path / "log"
    put(log, entries(3))
    with monitor(tmp_path) as kept:
        [one] = kept.watched
        judge(kept, one, AT)
        told = []
        for n in range(1, 31):
            put(log, entries(3 + n))
            spoil(log / f"tile/entries/000.p/{3 + n}", how[n % len(how)])
            judge(kept, one, AT + 60 * n)
            waiting = kept.waiting("ops", AT + 60 * n)
            kept.mark_notified("ops", waiting)
            told += [(fault.kind, n) for fault in waiting]
        still = [fault.kind for fault in kept.open_faults()]

    assert sorted(kind for kind, _ in told) == sorted(still) == kinds
    assert max(n for _, n in told) <= 2 + PATIENCE_SECONDS // 60
    assert len([*(tmp_path / "monitor/evidence").iterdir()]) == len(kinds)


@pytest.mark.parametrize("key", ["unreachable", "not_this_log"])
def test_a_log_of_which_nothing_is_learned_is_told_though_it_fails_in_turns(tmp_path, key):
    log = tmp_path / "log"
    put(log, entries(3))
    right = (log / "checkpoint").read_bytes()
    others = {"unreachable": None, "not_this_log": right.replace(b"example/1", b"example/2")}
    with monitor(tmp_path) as kept:
        [one] = kept.watched
        for n in range(8):
            (log / "checkpoint").write_bytes(PAGE)
            if n % 2 and others[key] is None:
                (log / "checkpoint").unlink()
            elif n % 2:
                (log / "checkpoint").write_bytes(others[key])
            judge(kept, one, AT + 60 * n)
        told = {fault.kind for fault in kept.waiting("ops", AT + 60 * 7)}
        (log / "checkpoint").write_bytes(right)
        judge(kept, one, AT + 60 * 8)
        still = kept.open_faults()

    assert told == {"unreadable", key}
    assert still == []


def test_a_page_in_place_of_an_old_file_keeps_no_other_fault_open(tmp_path):
    """One such file was enough for every fault of the log to stay for ever."""
    log = tmp_path / "log"
    put(log, entries(2 * WIDTH))
    with monitor(tmp_path) as kept:
        [one] = kept.watched
        judge(kept, one, AT)
        whole = (log / "tile/entries/000").read_bytes()
        spoil(log / "tile/entries/000", "gone")
        spoil(log / "tile/entries/001", "a page")
        judge(kept, one, AT + 60)
        both = [(fault.kind, fault.what) for fault in kept.open_faults()]
        (log / "tile/entries/000").write_bytes(whole)
        judge(kept, one, AT + 120)
        still = [(fault.kind, fault.what) for fault in kept.open_faults()]

    page = ("damaged", "A web page came where the log has a file.")
    assert sorted(kind for kind, _ in both) == ["damaged", "missing"]
    assert still == [page]


def test_a_log_does_not_mend_its_files_by_showing_another_history(tmp_path):
    """Its files are not read again then: nothing says that they are whole."""
    log = tmp_path / "log"
    put(log, entries(2 * WIDTH))
    right = (log / "checkpoint").read_bytes()
    with monitor(tmp_path) as kept:
        [one] = kept.watched
        judge(kept, one, AT)
        whole = (log / "tile/entries/001").read_bytes()
        spoil(log / "tile/entries/001", "damaged")
        judge(kept, one, AT + 60)
        other = put(tmp_path / "other", entries(2 * WIDTH, salt=b"x" * 32))
        (log / "checkpoint").write_bytes(other)
        judge(kept, one, AT + 120)
        split = [fault.kind for fault in kept.open_faults()]
        (log / "checkpoint").write_bytes(right)
        (log / "tile/entries/001").write_bytes(whole)
        judge(kept, one, AT + 180)
        mended = [fault.kind for fault in kept.open_faults()]

    assert (split, mended) == (["damaged", "split"], ["split"])


def test_a_fault_that_stays_has_one_proof_as_it_was_when_it_began(tmp_path):
    """A node could fill the disk with another receipt at each look."""
    with monitor(tmp_path) as kept:
        [one] = kept.watched
        for n in range(50):
            faults = [
                Fault("opening", "case-1", "Other reasons.", f"{n}", b"receipt %d" % (2 * n + m))
                for m in (0, 1)
            ]
            kept.keep(one, LogState(), faults, AT + 60 * n)
        [found] = kept.open_faults()

    [proof] = (tmp_path / "monitor/evidence").iterdir()
    assert (proof.name, proof.read_bytes()) == (found.evidence, b"receipt 0")


def damaged(folder):
    """A monitor's folder with one fault, of a file that was damaged."""
    log = folder / "log"
    put(log, entries(3))
    with monitor(folder) as kept:
        [one] = kept.watched
        judge(kept, one, AT)
        put(log, entries(4))
        spoil(log / "tile/entries/000.p/4", "damaged")
        judge(kept, one, AT + 60)
    return folder / "monitor"


def test_what_is_noted_of_a_fault_can_be_said_in_every_language(tmp_path):
    """It is kept as values, in the folder and for pages, and found so again."""
    folder = damaged(tmp_path)

    [shown] = monitor_state.read(folder).faults
    with monitor(tmp_path) as again:
        [kept] = again.open_faults()

    assert [str(text) for text in shown.texts] == [shown.what, shown.why]
    assert kept == shown
    for language in languages():
        assert all(is_worded(text, language) for text in shown.texts)
    assert localise(shown.texts[0], "de") == (
        "Ein Bündel von Einträgen enthält nicht, was sein Name sagt."
    )


def test_what_an_older_version_noted_is_still_read_in_english(tmp_path):
    """Version 0.1.0 had no texts as values, in its database or beside it."""
    folder = damaged(tmp_path)
    with closing(apsw.Connection(str(folder / "monitor.db"))) as database:
        database.execute("DROP TABLE fault_texts")
    health = msgspec.json.decode((folder / "health.json").read_bytes())
    for fault in health["faults"]:
        del fault["texts"]
    (folder / "health.json").write_bytes(msgspec.json.encode(health))

    [shown] = monitor_state.read(folder).faults
    with monitor(tmp_path) as again:
        [kept] = again.open_faults()

    assert (shown.texts, kept.texts) == ((), ())
    assert kept.what == shown.what == "An entry bundle does not hold what its name says."


@pytest.mark.parametrize(
    "text",
    [
        {"id": "It is {much}.", "with": {"much": {"weight": 3}}},
        {"id": "It is {much}.", "with": {"much": None}},
        {"id": "It is {much}.", "with": {"little": 3}},
        {"id": 3, "with": {}},
        {"id": "It is.", "with": []},
        {"text": "It is."},
        "It is.",
        None,
    ],
)
def test_what_a_newer_version_noted_is_still_read_in_english(tmp_path, text):
    """Its texts may have what this one does not know: they are left out, and nothing else is."""
    folder = damaged(tmp_path)
    noted = msgspec.json.encode([text, text])
    health = msgspec.json.decode((folder / "health.json").read_bytes())
    health["faults"][0]["texts"] = msgspec.Raw(noted)
    (folder / "health.json").write_bytes(msgspec.json.encode(health))
    with closing(apsw.Connection(str(folder / "monitor.db"))) as database:
        database.execute("UPDATE fault_texts SET texts = ?", (noted,))

    [shown] = monitor_state.read(folder).faults
    with monitor(tmp_path) as again:
        [kept] = again.open_faults()

    assert (shown.texts, kept.texts) == ((), ())
    assert kept.what == shown.what == "An entry bundle does not hold what its name says."
