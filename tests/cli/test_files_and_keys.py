"""What a command is handed, and what it writes: refused by its name, and never over a key."""

import io
import stat

import pyrage
import pytest

from amparo.cli import files, groups, keys
from amparo.errors import Malformed, Refused


def test_a_file_that_is_no_text_is_refused_by_its_name(tmp_path):
    path = tmp_path / "charter.toml"
    path.write_bytes(b"members = \xff\xfe")
    with pytest.raises(Malformed, match=r"charter\.toml cannot be read") as refused:
        files.toml(path)
    assert "at byte 10" in refused.value.why


def test_a_file_that_is_no_toml_says_where_it_is_not(tmp_path):
    path = tmp_path / "charter.toml"
    path.write_text("members = [\n")
    with pytest.raises(Malformed, match=r"charter\.toml is no TOML"):
        files.toml(path)


def test_toml_is_read_as_it_stands(tmp_path):
    path = tmp_path / "charter.toml"
    path.write_text('[[members]]\nid = "année"\n')
    assert files.toml(path) == {"members": [{"id": "année"}]}


def test_a_secret_has_no_blanks_around_it_and_an_end():
    assert files.secret(io.StringIO("  token\n")) == "token"
    assert len(files.secret(io.StringIO("x" * (files.MOST_LETTERS + 5)))) == files.MOST_LETTERS


def test_a_secret_of_bytes_is_refused_by_its_name(tmp_path):
    path = tmp_path / "key.der"
    path.write_bytes(b"\x30\x82\xff")
    with path.open(encoding="utf-8") as file, pytest.raises(Malformed, match=r"key\.der"):
        files.secret(file)


def test_a_key_is_readable_by_its_owner_alone_and_never_written_over(tmp_path):
    path = tmp_path / "member.key"
    keys.write_new(path, b"first")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(Refused, match="exists"):
        keys.write_new(path, b"second")
    assert path.read_bytes() == b"first"


def test_each_custodian_opens_what_is_locked_alone_and_nobody_else_does():
    custodians = [pyrage.x25519.Identity.generate() for _ in range(3)]
    *custody, stranger = custodians
    locked = keys.lock_for(b"the key", [str(each.to_public()) for each in custody])
    for each in custody:
        assert pyrage.decrypt(locked, [each]) == b"the key"
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(locked, [stranger])


def test_a_custodian_whose_key_is_none_is_named_before_anything_is_locked():
    with pytest.raises(Malformed, match="This age key cannot be used"):
        keys.lock_for(b"the key", ["age1nonsense"])


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Write a receipt.\n\nThe file verifies anywhere.", "Write a receipt."),
        ("Begin again; what was done stays.", "Begin again."),
        ("Name the node\n    (amparo.toml: see there), then start it.", "Name the node."),
        ("No full stop", "No full stop."),
        ("Fetch 1.5 of them.", "Fetch 1.5 of them."),
    ],
)
def test_the_list_of_commands_has_the_first_clause_of_each_in_whole_words(text, first):
    assert groups.first_clause(text) == first
