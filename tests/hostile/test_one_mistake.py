"""One person's mistake, or malice, stops that person and nobody else."""

import base64
import contextlib
import json
import re
import secrets
from datetime import UTC, datetime

import msgspec
import pyrage
import pytest
from tests.coalition import test_charter as founding
from tests.coalition.test_charter import second
from tests.conftest import run
from tests.hostile.tally import tally
from tests.stories.test_sealed_disclosure import Box, directory_of

from amparo.coalition import agekey, document, membership_request, roster, sealed
from amparo.coalition import charter as charters
from amparo.coalition.membership_request import REQUEST, Request
from amparo.coalition.recipient import RECIPIENT, Recipient
from amparo.coalition.roster import Member
from amparo.errors import Malformed, Refused, Unavailable
from amparo.ledger.coalition import charters as kept
from amparo.ledger.disclosure import sealing
from amparo.storage.node import open_node
from amparo.storage.settings import with_setting
from amparo.tlog import policy
from amparo.tlog.note import Note
from amparo.web.words.i18n import localise

TODAY = datetime.now(UTC).date().isoformat()
NAMES = founding.NAMES
GOOD = str(pyrage.x25519.Identity.generate().to_public())
OF_SMALL_ORDER = [  # RFC 7748, section 6.1, and the twist's: u is 0, 1, or of order 8
    sealing._bech32("age", public)
    for public in (
        bytes(32),
        b"\1" + bytes(31),
        bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    )
]


def swapped(key, place):
    letter = key[place]
    return f"{key[:place]}{'q' if letter != 'q' else 'p'}{key[place + 1 :]}"


BAD = {
    "a letter of it is wrong": swapped(GOOD, 20),
    "62 characters": GOOD[:-1],
    "too many": GOOD + "q",
    "in capitals": GOOD.upper(),
    "post-quantum": "age1pq1" + "q" * 1952,
    "plugin": "age1yubikey1q" + "q" * 57,
    "secret half": str(pyrage.x25519.Identity.generate()),
    "begin with age1": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
    "small order": OF_SMALL_ORDER[0],
}


def test_any_one_wrong_letter_of_a_key_is_noticed():
    assert agekey.fault(GOOD) is None
    for place in range(4, len(GOOD)):
        assert "checksum" in str(agekey.fault(swapped(GOOD, place)))
    for key in OF_SMALL_ORDER:
        assert "small order" in str(agekey.fault(key))
    for why, key in BAD.items():
        assert why in str(agekey.fault(key))
    tally("one wrong letter in an age key", f"{len(GOOD) - 4 + len(BAD)} keys", "none is signed")


@pytest.mark.parametrize("why", BAD)
def test_nothing_is_locked_for_such_a_key_and_no_library_panics(why):
    with pytest.raises(Malformed, match="age key cannot be used"):
        sealing.lock(b"x", [GOOD, BAD[why]])


def test_a_bad_key_is_refused_at_both_doors_and_one_that_is_inside_stops_nobody(tmp_path):
    box = Box(tmp_path)
    try:
        paper = tmp_path / "paper.txt"
        paper.write_text("words")
        until = re.search(r"until.:.([0-9-]{10})", (tmp_path / "ana.note").read_text())[1]
        signer = founding.signer(NAMES[2])
        (tmp_path / "cy.member").write_text(signer.to_text())
        (tmp_path / "cy.member").chmod(0o600)
        for why, key in BAD.items():
            signs = run(
                "disclosure",
                "recipient",
                key,
                "--id",
                "cy",
                "--name",
                "Cy",
                "--until",
                until,
                "--key",
                tmp_path / "cy.member",
                check=False,
            )
            assert signs.returncode == 1
            assert why in signs.stderr
            assert signs.stdout == ""
            # Signed with another program: refused where it would be admitted.
            one = Recipient("cy", NAMES[2], "Cy", key, TODAY, until)
            note = tmp_path / "cy.note"
            note.write_bytes(document.sign(RECIPIENT, one, signer))
            admitted = run("disclosure", "admit", note, "--data", box.data, check=False)
            assert (admitted.returncode, why in admitted.stderr) == (1, True)

        # Admitted by an older version: left out by name, on the page and in what is fetched.
        bad = Recipient("cy", NAMES[2], "Cy", BAD["a letter of it is wrong"], TODAY, until)
        raw = document.sign(RECIPIENT, bad, signer)
        (box.data / "recipients" / "cy.note").write_bytes(raw)
        (box.data / "recipients" / "torn.note").write_bytes(raw[:40])
        page = box.http.get("/", headers={"accept": "text/html"}).text
        assert "cy is left out" in page
        assert "checksum" in page
        listed = directory_of(box)
        assert bad.key.encode() not in listed.read_bytes()
        words = run("disclosure", "seal", paper, "--to", box.url, "--root", box.root).stdout
        assert len(words.split()) == 7

        # A server that hands it out all the same: the source's own program names it and goes on.
        told = json.loads(listed.read_text())
        told["recipients"].insert(0, raw.decode())
        listed.write_text(json.dumps(told))
        sealing_it = run(
            "disclosure",
            "seal",
            paper,
            "--output",
            tmp_path / "out.age",
            "--directory",
            listed,
            "--root",
            box.root,
        )
        assert "left out: cy: a letter of it is wrong" in sealing_it.stderr
        assert (tmp_path / "out.age").exists()
        tally("a mistyped age key in the directory", "the page, `seal`, both doors", "1 left out")
    finally:
        box.stop()
        box.log.close()


def test_a_strangers_key_for_replies_does_not_end_the_server(tmp_path):
    """A key of small order is a panic in the library, which is no exception of ours."""
    box = Box(tmp_path)
    try:
        raw = tmp_path / "sealed.age"
        paper = tmp_path / "paper.txt"
        paper.write_text("words")
        run(
            "disclosure",
            "seal",
            paper,
            "--output",
            raw,
            "--directory",
            directory_of(box),
            "--root",
            box.root,
        )
        for key in OF_SMALL_ORDER:
            answer = box.send(raw.read_bytes(), key=key)
            assert (answer.status_code, "small order" in answer.text) == (400, True)
        assert box.send(raw.read_bytes(), key=GOOD).status_code == 201
        tally("keys of small order sent for replies", f"{len(OF_SMALL_ORDER)} keys", "400 each")
    finally:
        box.stop()
        box.log.close()


def stanza(kind, size):
    def text(n):
        return base64.b64encode(secrets.token_bytes(n)).rstrip(b"=")

    return b"-> " + kind + b" " + text(size) + b"\n" + text(32) + b"\n"


def age_file(*stanzas):
    mac = base64.b64encode(secrets.token_bytes(32)).rstrip(b"=")
    return sealed.MAGIC + b"".join(stanzas) + b"--- " + mac + b"\n" + bytes(16 + 65_536 + 16)


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        ([b"mlkem768x25519"] * 2, "nobody here has: mlkem768x25519"),
        ([b"X25519", b"piv-p256", b"mlkem768x25519"], "nobody here has: mlkem768x25519, piv-p256"),
        ([b"x" * 200, b"y", b"z", b"w"], "nobody here has: w, " + "x" * 30 + ", y."),
        ([b"X25519", b"a-grease"], "locked for 1;"),
    ],
)
def test_stanzas_of_other_kinds_are_named_and_not_counted_as_nobody(kinds, why):
    with pytest.raises(Refused) as found:
        sealed.judge(age_file(*(stanza(kind, 32) for kind in kinds)))
    assert why in found.value.why
    assert len(found.value.why) < 200


WORDS = ("abacus", "yo-yo", "drop-down", "zoom", "t-shirt", "felt-tip", "affair")
PLAIN = " ".join(WORDS)


@pytest.mark.parametrize(
    "typed",
    [
        PLAIN,
        PLAIN.upper(),
        PLAIN.title(),
        "  " + PLAIN.replace(" ", " \t ") + "\r\n",
        PLAIN.replace(" ", "\u00a0"),
        PLAIN.replace(" ", "\u3000"),
        PLAIN.replace(" ", ", "),
        PLAIN.replace(" ", "\u3001"),
        PLAIN.replace(" ", "-"),
        PLAIN.replace(" ", " \u2013 "),
        PLAIN.replace("-", "\u2011"),
        PLAIN.replace(" ", "\u200b"),
        PLAIN.replace("abacus", "aba\u200bcus") + "\u200b",
        "\ufeff" + PLAIN,
        PLAIN.replace("zoom", "z\u00f6om"),
        PLAIN.replace("abacus", "\uff41bacus"),
        "\n".join(f"{n}. {word}" for n, word in enumerate(WORDS, 1)),
        "\n".join(f"{n}) {word};" for n, word in enumerate(WORDS, 1)),
        "".join(f"{n}\u20e3 {word} " for n, word in enumerate(WORDS, 1)),
        f'"{PLAIN}."',
    ],
)
def test_the_seven_words_are_read_however_they_are_written(typed):
    assert sealing.read_words(typed) == WORDS
    assert sealing.read_code(typed) == PLAIN


@pytest.mark.parametrize("place", range(7))
def test_a_wrong_word_is_named_by_its_place_and_never_shown(place):
    typed = [*WORDS[:place], "abakus", *WORDS[place + 1 :]]
    with pytest.raises(Malformed) as found:
        sealing.read_words(" ".join(typed))
    assert found.value.why == f"word {place + 1} is not on the list"
    assert "abakus" not in str(found.value)
    for few in ("", "-", PLAIN[:-8], PLAIN + " zoom", "x " * 100_000):
        with pytest.raises(Malformed):
            sealing.read_words(few)


@pytest.mark.parametrize(
    ("typed", "english", "spanish"),
    [
        (["abakus", *WORDS[1:]], "word 1 is not", "la palabra 1 no está"),
        (["abakus", *WORDS[1:-1], "xyzzy"], "words 1 and 7 are not", "las palabras 1 y 7 no están"),
        (["x1"] * 3 + [*WORDS[3:]], "words 1, 2 and 3 are", "las palabras 1, 2 y 3 no están"),
        (WORDS[:5], "there are 5 words", "hay 5 palabras"),
        (
            [*WORDS[:5], "xyzzy"],
            "6 words; not on the list: 6",
            "6 palabras; no están en la lista: 6",
        ),
    ],
)
def test_all_wrong_words_are_named_in_the_readers_language(typed, english, spanish):
    """One wrong word was told in Spanish; two, or one too few, in English alone."""
    with pytest.raises(Malformed) as found:
        sealing.read_words(" ".join(typed))

    _, why, _ = found.value.texts
    assert english in localise(why, "en")
    assert spanish in localise(why, "es")


def test_the_place_is_told_without_a_server_and_several_lines_are_read():
    """Nothing listens at that address: words that are wrong never leave the device."""
    nowhere = "http://127.0.0.1:9"
    wrong = run("disclosure", "replies", "--to", nowhere, input=PLAIN + "x", check=False)
    assert "word 7 is not" in wrong.stderr
    lines = "\n".join(f"{n}. {word}" for n, word in enumerate(WORDS, 1))
    asked = run("disclosure", "replies", "--to", nowhere, input=lines, check=False)
    assert "did not answer" in asked.stderr
    tally("seven words, mistyped", "20 spellings, 7 places", "no word leaves the device")


def test_the_page_takes_words_as_the_program_does(tmp_path):
    box = Box(tmp_path)
    try:
        paper = tmp_path / "paper.txt"
        paper.write_text("words")
        run(
            "disclosure",
            "seal",
            paper,
            "--output",
            tmp_path / "out.age",
            "--directory",
            directory_of(box),
            "--root",
            box.root,
        )
        words = box.send((tmp_path / "out.age").read_bytes(), key=GOOD).json()["words"]
        for typed in (" ".join(words), ", ".join(words).upper(), "\n".join(words)):
            assert box.http.post("/return", data={"code": typed}).is_success
        wrong = box.http.post(
            "/return", data={"code": " ".join([*words[:3], "nichts", *words[4:]])}
        )
        assert (wrong.status_code, "word 4 is not" in wrong.text) == (400, True)
        assert "nichts" not in wrong.text
    finally:
        box.stop()
        box.log.close()


# --- charters, witnesses, rosters -------------------------------------------------------------

BAD_URLS = [
    "https://w.m1.example quorum",
    "https://w.m1.example\nquorum none",
    "https://w.m1.example#\u2028",
    "https://user:word@w.m1.example",
    "https://[::1",
    "https://w.m1.example:port",
    "https://w.m1.example?x=1",
    "ftp://w.m1.example",
    "file:///etc/passwd",
    "https://",
    "",
]
BAD_IDS = ["none", "enough", "kind/state", "m2.example/0", "a#b", "a\u00a0b", "-", "x" * 101]


def charter_with(**changes):
    """A charter in which the second member stands otherwise, made without its writer's checks."""
    made = charters.from_source(founding.source())
    members = [msgspec.convert(founding.party(n), charters.Party) for n in range(5)]
    members[1] = msgspec.structs.replace(members[1], **changes)
    return msgspec.structs.replace(made, member=tuple(members), seat=())


@pytest.mark.parametrize("url", BAD_URLS)
@pytest.mark.parametrize("which", ["witness", "log"])
def test_an_address_that_is_none_is_refused_of_its_member_and_passed_over_by_all_others(url, which):
    before = charters.from_source(founding.source())
    changed = msgspec.structs.replace(getattr(before.member[1], which), url=url)
    bad = charter_with(**{which: changed})
    with pytest.raises(Malformed, match="coalition"):
        charters.check_changes(bad, before)
    charters.check_changes(bad, bad)  # who stands so already keeps nobody else from changing
    charters.read(founding.signed(bad))  # and an adopted charter is still followed

    for one in bad.member:
        trusted = policy.parse(charters.policy_text(bad, one.log))
        others = {p.id for p in bad.member if p != one}
        assert trusted.quorum == "enough"
        assert {w.name.partition("/")[0] for w in trusted.witnesses} == others
        assert all(w.url for w in trusted.witnesses if not w.name.startswith(NAMES[1]))
        assert not trusted.reached_by(set())


@pytest.mark.parametrize("name", BAD_IDS)
def test_an_id_that_is_a_word_of_the_policy_does_not_become_one(name):
    bad = charter_with(id=name, key=founding.signer("m1.example").verifier.vkey)
    with pytest.raises(Malformed, match="coalition"):
        charters.check_changes(bad, None)
    for one in bad.member[2:]:
        trusted = policy.parse(charters.policy_text(bad, one.log))
        assert len({w.name.rpartition("/")[0] for w in trusted.witnesses}) == 4
        assert not trusted.reached_by({w.name for w in trusted.witnesses[:2]})
    tally(
        "members' addresses and ids that break a policy",
        f"{len(BAD_URLS) * 2 + len(BAD_IDS)} spellings",
        "that witness is not asked",
    )


def request_of(charter, text, name, *signers, **changes):
    party = msgspec.convert(
        founding.party(
            3, id=name, key=signers[0].verifier.vkey, witness=None, log=None, roles=["resolution"]
        )
        | changes,
        charters.Party,
    )
    return document.sign(REQUEST, Request(document.digest(text), party), *signers)


@pytest.fixture
def following(node):
    """A node that follows the charter of the five."""
    made = charters.from_source(founding.source())
    settings = node.folder / "amparo.toml"
    root = document.digest(charters.text_of(made))
    settings.write_text(with_setting(settings.read_text(), "charter", root))
    opened = open_node(node.folder)
    kept.adopt(opened, founding.signed(made))
    return opened


def test_a_flood_of_strangers_leaves_every_member_its_room(following, monkeypatch):
    monkeypatch.setattr(kept, "MOST_OF_STRANGERS", 3)
    now, text = kept.newest(following)

    def stranger(n):
        key = founding.signer(f"s{n}.example")
        return request_of(now, text, key.name, key)

    for n in range(3):
        kept.hand_in_request(following, stranger(n))
    with pytest.raises(Unavailable):
        kept.hand_in_request(following, stranger(3))
    # A member's key has leaked and must be changed now: strangers do not stand in the way.
    old, fresh = founding.signer(NAMES[4]), founding.signer(NAMES[4], "fresh")
    kept.hand_in_request(following, request_of(now, text, NAMES[4], fresh, old))
    assert len(kept.requests(following)) == 4

    # Nor does a member who hands in drafts without end.
    for n in range(kept.MOST_OF_MEMBER + 3):
        draft = founding.signed(second(name=f"Draft {n}"), NAMES[:1])
        with contextlib.suppress(Unavailable):
            kept.hand_in_draft(following, draft)
    assert len(kept.drafts(following)) == kept.MOST_OF_MEMBER
    kept.hand_in_draft(following, founding.signed(second(name="Another's"), NAMES[1:2]))
    assert len(kept.drafts(following)) == kept.MOST_OF_MEMBER + 1
    tally("requests and drafts without end", "strangers, and one member", "others keep their room")


def test_requests_that_cannot_stand_together_do_not_stop_the_rest(following):
    now, text = kept.newest(following)
    copied = founding.log_key("new.example").verifier.vkey
    for name, changes in (
        ("a.example", {"log": {"key": copied, "url": "https://a.example/log"}}),
        ("b.example", {"log": {"key": copied, "url": "https://b.example/log"}}),
        ("c.example", {}),
    ):
        kept.hand_in_request(
            following, request_of(now, text, name, founding.signer(name), **changes)
        )
    asked = [request for request, _ in kept.requests(following)]
    taken, ((late, why),) = membership_request.fitting(now, text, asked)
    assert len(taken) == 2
    assert "c.example" in {one.party.id for one in taken}
    assert late.party.id in ("a.example", "b.example")
    assert "one key serves twice" in why


def test_a_bad_line_of_a_roster_costs_that_seat_alone():
    keeper = founding.signer("roster.example")
    good = Member("ana", "Ana", "a.example", "academic", ("es",), "ab" * 32)
    for bad in (
        msgspec.structs.replace(good, id="bo", chain_end="AB" * 32),
        msgspec.structs.replace(good, id="bo", chain_end="ab"),
        msgspec.structs.replace(good, id=" "),
        good,
    ):
        with pytest.raises(Malformed, match="no roster"):
            roster.sign((good, bad), keeper)
        raw = roster.text((good, bad)).encode()
        told = roster.read(Note(raw, (keeper.sign(raw),)).encode(), keeper.verifier)
        assert [one.id for one in told.members] == ["ana"]
        assert len(told.left_out) == 1
    raw = f"{roster.HEADER}\nnonsense\n".encode() + roster.text((good,)).encode().split(b"\n", 1)[1]
    told = roster.read(Note(raw, (keeper.sign(raw),)).encode(), keeper.verifier)
    assert (len(told.members), told.left_out[0].startswith("line 2")) == (1, True)
