"""A case as a file: what it holds for whom, what it proves, and what nobody can do to it unseen."""

import base64
import hashlib
import io
import json
import re
import zipfile
from contextlib import closing, suppress
from pathlib import Path
from uuid import UUID

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.case import lives
from tests.case.readings import load
from tests.casefiles import SCREENSHOT, Exported, changed, redacted
from tests.conftest import new_node
from tools import schemas

from amparo.case import shown
from amparo.errors import AmparoError, Malformed, Refused, Unsound
from amparo.ledger.case import archive, case_file, casework
from amparo.storage.journal import Journal
from amparo.web.words import case_file as words
from amparo.web.words import history

OLDER = Path(__file__).parent.parent / "vectors" / "journals" / "parts-committed" / "events.jsonl"
READERS = ("person", "notifier", "desk", "panel", "body")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = Exported(new_node(tmp_path_factory.mktemp("files") / "node"))
    made.case = made.heard()
    yield made
    made.journal.close()


@pytest.fixture(scope="module")
def every_life(tmp_path_factory):
    """Cases in which every kind of event happens."""
    node = new_node(tmp_path_factory.mktemp("lives") / "node")
    lives.play(node).close()
    made = Exported.__new__(Exported)
    made.node, made.journal = node, Journal(node.journal)
    made.publish()
    yield made
    made.journal.close()


def files_of(world):
    rows = world.journal.db.execute("SELECT DISTINCT case_id FROM event WHERE n > 0").fetchall()
    for (case_id,) in rows:
        yield casework.read(world.journal, UUID(bytes=bytes(case_id)))


def verified(world, raw):
    return case_file.verify(case_file.read(raw), world.trusted())


def everything_in(raw):
    """All a file says, also inside of its receipts."""
    parts = archive.unpack(raw)
    extras = [
        base64.b64decode(body.split(b"extra ")[1].split(b"\n")[0])
        for name, body in parts.items()
        if name.startswith("receipts/")
    ]
    return b"\n".join([*parts.values(), *extras]).decode("utf-8", "replace")


# --- what it holds ----------------------------------------------------------------------------


def test_a_file_holds_statement_dialogue_hold_evidence_and_ruling_and_all_of_it_is_proven(world):
    verdict = verified(world, world.export(world.case, "person"))

    assert [one.entry.section for one in verdict.entries] == [
        *("statement", "statement", "dialogue", "evidence", "evidence"),
        *("dialogue", "dialogue", "ruling", "ruling", "remedy", "remedy"),
    ]
    assert all(one.is_proven for one in verdict.entries)
    [exhibit] = verdict.evidence
    assert exhibit.since == verdict.entries[2].entry.at
    assert verdict.looked_again == "not said"  # nobody at the desk bears the names it gave


def test_the_same_case_gives_the_same_bytes(world):
    assert world.export(world.case) == world.export(world.case)


def test_every_case_can_leave_in_the_file_of_every_reader_and_verifies(every_life):
    for file in files_of(every_life):
        for reader in READERS:
            if file.entries[0].event.kind != "ruling.made" or reader == "body":
                verified(every_life, every_life.export(file.id, reader, "es"))


@pytest.mark.parametrize(
    ("reader", "page"), [("person", "party"), ("desk", "desk"), ("panel", "panel")]
)
def test_a_file_tells_what_the_readers_own_page_tells(every_life, reader, page):
    """And of an answer the pseudonyms, which its page hands out as a file; of the content, what
    the panel's page shows below."""
    for file in files_of(every_life):
        told = {line.entry for line in history.lines(file.entries, str, page)}
        more = {
            entry.seq
            for entry in file.entries
            if entry.event is not None
            and entry.event.kind
            in ("parts.committed", "content.supplied", "worksheet.sealed", "case.voted")
        }
        if not told:
            continue
        index = case_file.read(every_life.export(file.id, reader)).index
        held = {entry.index for entry in index.entries}

        assert told <= held | more - told
        assert held - told <= more


def test_the_file_of_a_side_names_nobody_at_the_desk_or_on_the_panel(every_life):
    for file in files_of(every_life):
        for reader in ("person", "notifier"):
            if file.entries[0].event.kind == "ruling.made":
                continue
            raw = everything_in(every_life.export(file.id, reader))

            assert not re.search(r"(reviewer|lead|registrar):\w", raw), reader
            assert "mod-17" not in raw
            assert "rosa@" not in raw


def test_a_link_that_opens_the_decision_alone_takes_nothing_else_along(world):
    raw = world.export(world.case, "person", decision_alone=True)
    verdict = verified(world, raw)

    assert [one.entry.kind for one in verdict.entries] == ["decision.issued"]
    assert "I quoted it." not in everything_in(raw)
    assert verdict.evidence == []


def test_every_kind_of_event_has_its_words_and_its_part_of_the_file():
    assert set(words.HAPPENED) == shown.events.kinds()


def test_the_index_is_as_its_published_schema_says(world):
    for name, body in schemas.written().items():
        assert (schemas.PLACE / name).read_bytes() == body
    schema = json.loads((schemas.PLACE / "case-file" / "v1.json").read_text())

    for reader in READERS:
        index = json.loads(archive.unpack(world.export(world.case, reader))["index.json"])
        jsonschema.Draft202012Validator(schema).validate(index)


# --- taking something out ---------------------------------------------------------------------


def test_whatever_field_is_taken_out_the_rest_stays_proven(world):
    whole = world.export(world.case)
    entries = case_file.read(whole).index.entries
    for entry in entries[1:]:
        for field in entry.fields:
            verdict = verified(world, redacted(whole, [f"{entry.n}.{field}"]))
            judged = next(one for one in verdict.entries if one.entry.n == entry.n)

            assert judged.is_proven
            assert field in judged.entry.kept_back
            assert verdict.index.redacted == (f"{entry.n}.{field}",)


def test_what_was_taken_out_is_nowhere_in_the_file(world):
    whole = world.export(world.case)
    assert "Mr Example" in everything_in(whole)

    less = redacted(whole, ["text"], [1])

    assert "Mr Example" not in everything_in(less)
    assert SCREENSHOT not in less
    [exhibit] = verified(world, less).evidence
    assert (exhibit.exhibit.left_out, bool(exhibit.since)) == ("redacted", True)


def test_the_puid_alone_is_taken_out_of_a_statement_without_losing_the_proof(world):
    verdict = verified(world, redacted(world.export(world.case), ["puid"]))

    assert verdict.entries[0].is_proven
    assert verdict.entries[0].entry.kept_back == ("puid",)


def test_a_statement_without_one_of_its_texts_is_claimed_but_for_what_is_in_the_open(world):
    first = verified(world, redacted(world.export(world.case), ["decision_facts"])).entries[0]

    assert not first.is_proven
    assert first.entry.public["decision_ground"]


def test_twice_taken_out_is_the_same_as_at_once(world):
    whole = world.export(world.case)

    assert redacted(redacted(whole, ["text"]), ["question"]) == redacted(
        whole, ["text", "question"]
    )


@pytest.mark.parametrize("field", ["1.category", "3.kind", "nothing", "99.text", "text.text"])
def test_what_is_in_the_open_or_not_there_cannot_be_taken_out(world, field):
    with pytest.raises(Refused, match="cannot be kept back"):
        redacted(world.export(world.case), [field])


def test_of_an_older_entry_that_was_sealed_as_a_whole_the_rest_is_claimed(node):
    """Its leaf is one hash of all fields: who may not read one of them gets no proof of the others."""
    rows = OLDER.read_text()
    with closing(load(node, [json.loads(line) for line in rows.splitlines()])) as journal:
        older = Exported.__new__(Exported)
        older.node, older.journal = node, journal
        older.publish()
        file = next(f for f in files_of(older) if f.find(shown.events.ComplaintDecided))

        verdict = verified(older, older.export(file.id, "person"))

    [decided] = [one for one in verdict.entries if one.entry.kind == "complaint.decided"][:1]
    assert not decided.is_proven
    assert decided.entry.fields["reasons"]
    assert {"by", "reviewer"} <= set(decided.entry.kept_back)


# --- what nobody can do unseen ----------------------------------------------------------------


def rewritten(index, _):
    index["entries"][-2]["fields"]["outcome"] = "upheld"


def _another_case(index, _):
    index["case"] = "00000000-0000-7000-8000-000000000000"


def _another_kind(index, _):
    index["entries"][2]["kind"] = "complaint.added"


def _another_time(index, _):
    index["entries"][2]["at"] = "2026-11-02T09:00:01Z"


def _public(index, _):
    index["entries"][0]["public"]["automated_decision"] = "AUTOMATED_DECISION_NOT_AUTOMATED"


def _a_field_more(index, _):
    index["entries"][2]["fields"]["late"] = True


def _not_kept_back(index, _):
    index["entries"][1]["kept_back"] = []


def _swapped(index, _):
    entries = index["entries"]
    entries[3]["receipt"], entries[4]["receipt"] = entries[4]["receipt"], entries[3]["receipt"]


def _out_of_order(index, _):
    index["entries"].reverse()


def _another_log(index, _):
    index["log"]["origin"] = "log.example/other"


@pytest.mark.parametrize(
    "change",
    [
        *(rewritten, _another_case, _another_kind, _another_time, _public),
        *(_a_field_more, _not_kept_back, _swapped, _out_of_order, _another_log),
    ],
)
def test_who_changes_the_index_is_found_out(world, change):
    with pytest.raises(Unsound):
        verified(world, changed(world.export(world.case, "person"), change))


def test_who_changes_a_field_in_the_receipt_as_well_is_found_out(world):
    """With every digest made to fit, the log's commitment remains."""

    def change(index, parts):
        entry = index["entries"][2]
        entry["fields"]["grounds"] = "I threatened him."
        head, rest = parts[entry["receipt"]].split(b"extra ")
        extra, rest = rest.split(b"\n", 1)
        forged = base64.b64decode(extra).replace(b"I quoted it.", b"I threatened him.")
        parts[entry["receipt"]] = head + b"extra " + base64.b64encode(forged) + b"\n" + rest
        index["parts"][entry["receipt"]] = _sha256(parts[entry["receipt"]])

    with pytest.raises(Unsound, match="not those that the log committed to"):
        verified(world, changed(world.export(world.case), change))


def test_another_file_in_the_place_of_the_evidence_is_found_out(world):
    def change(index, parts):
        [name] = [name for name in parts if name.startswith("evidence/")]
        parts[name] = b"another picture"
        index["parts"][name] = _sha256(parts[name])

    with pytest.raises(Unsound, match="has another hash"):
        verified(world, changed(world.export(world.case), change))


def test_an_entry_of_another_case_is_found_out(world):
    other = case_file.read(world.export(world.heard()))

    def change(index, parts):
        entry = index["entries"][-1]
        twin = next(e for e in other.index.entries if e.kind == entry["kind"])
        parts[entry["receipt"]] = other.parts[twin.receipt]
        index["parts"][entry["receipt"]] = _sha256(parts[entry["receipt"]])

    with pytest.raises(Unsound):
        verified(world, changed(world.export(world.case), change))


def test_a_page_that_says_something_else_is_told_apart(world):
    def change(index, parts):
        parts["index.html"] = parts["index.html"].replace(b"I quoted it.", b"I lied.")
        index["parts"]["index.html"] = _sha256(parts["index.html"])

    read = case_file.read(changed(world.export(world.case), change))

    assert words.page(read.index) != read.parts["index.html"]


@pytest.mark.parametrize("wrong", ["missing", "more", "another"])
def test_a_part_that_is_missing_added_or_replaced_is_found_out(world, wrong):
    def change(_, parts):
        if wrong == "missing":
            parts.pop("receipts/0003.tlog-proof")
        elif wrong == "more":
            parts["receipts/9999.tlog-proof"] = b"x"
        else:
            parts["receipts/0003.tlog-proof"] += b"\n"

    with pytest.raises(Unsound, match=r"receipts/(0003|9999)\.tlog-proof"):
        case_file.read(changed(world.export(world.case), change))


# --- archives of any kind ---------------------------------------------------------------------


def zipped(parts, method=zipfile.ZIP_STORED, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, **more) as archive_:
        for name, body in parts:
            archive_.writestr(name, body)
    return out.getvalue()


def test_a_file_that_was_unpacked_and_packed_again_is_the_same_file(world):
    parts = archive.unpack(world.export(world.case))
    again = zipped(
        [("__MACOSX/._index.json", b"x"), ("receipts/", b""), *reversed(parts.items())],
        zipfile.ZIP_DEFLATED,
    )

    assert archive.unpack(again) == parts
    assert verified(world, again).entries


@given(
    st.integers(0), st.integers(1, 255), st.sampled_from([zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
)
@settings(max_examples=300, deadline=None)
def test_whatever_byte_of_an_archive_is_damaged_is_told_in_words(place, change, method):
    raw = bytearray(zipped([("index.json", b"{}" * 50), ("page.html", b"<p>" * 50)], method))
    raw[place % len(raw)] ^= change

    with suppress(Malformed):
        archive.unpack(bytes(raw))


BOMB = zipped([("index.json", b"0" * (archive.MOST_BYTES + 1))], zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "cut short, or damaged"),
        (b"PK\x03\x04 and nothing else", "cut short, or damaged"),
        (BOMB, "unpacked it has more than"),
        (b"PK\x03\x04" + bytes(archive.MOST_BYTES), "at most 67,108,864 are read"),
        (zipped([("../../etc/passwd", b"x")]), "no name of a part"),
        (zipped([("/etc/passwd", b"x")]), "no name of a part"),
        (zipped([("a\\b", b"x")]), "no name of a part"),
        (zipped([("C:x", b"x")]), "no name of a part"),
        (zipped([("index.json", b"{}")], zipfile.ZIP_BZIP2), "in an unusual way"),
        (zipped([(f"p{n}", b"") for n in range(archive.MOST_PARTS + 1)]), "3,001 parts"),
        (zipped([("other.txt", b"x")]), "no index.json"),
        (zipped([("index.json", b"{}")]), "its index"),
        (zipped([("index.json", b"[" * 100_000)]), "its index"),
    ],
    ids=[
        *("empty", "cut", "bomb", "huge", "traversal", "absolute", "backslash", "drive"),
        *("bzip2", "many", "another zip", "no index", "deep"),
    ],
)
def test_what_is_no_case_file_is_refused_with_its_reason(raw, why):
    with pytest.raises(Malformed, match=why):
        case_file.read(raw)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused():
    with pytest.raises(Malformed, match="is in it twice"):
        archive.unpack(zipped([("index.json", b"a"), ("index.json", b"b")]))


def test_a_file_cut_short_anywhere_is_refused(world):
    whole = world.export(world.case)
    for cut in range(0, len(whole), 4001):
        with pytest.raises(AmparoError):
            case_file.read(whole[:cut])


def _sha256(body):
    return hashlib.sha256(body).hexdigest()
