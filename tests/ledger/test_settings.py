"""Settings are one struct: amparo.toml, its page and `--help` say the same, and no slip passes."""

from pathlib import Path

import pytest
from tests.conftest import run

from amparo.errors import Malformed
from amparo.storage import settings
from amparo.storage.node import open_node
from amparo.storage.settings import Settings

OPERATION = Path(__file__).parents[2] / "docs" / "operation.md"
ORIGIN = 'origin = "log.example/test"\n'


def fault(text):
    with pytest.raises(Malformed) as refused:
        settings.read(text, name="amparo.toml")
    return refused.value.why


def test_what_a_new_node_is_given_is_read_as_it_was_meant():
    meant = Settings(origin="log.example/test", journal="postgresql://db.example/amparo")

    assert settings.read(settings.new_text(meant), name="amparo.toml") == meant


def test_a_file_needs_no_more_than_the_origin():
    assert settings.read(ORIGIN, name="amparo.toml") == Settings(origin="log.example/test")


def test_an_empty_text_stands_for_the_usual_value():
    """Files of earlier versions say so of the mail server."""
    found = settings.read(f'{ORIGIN}smtp = ""\nlake = ""\n', name="amparo.toml")

    assert (found.smtp, found.lake) == ("smtp://localhost", "lake")


def test_an_address_is_taken_with_or_without_its_last_slash():
    found = settings.read(f'{ORIGIN}base_url = "https://foro.example/"\n', name="amparo.toml")

    assert found.base_url == "https://foro.example"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("reserv = 5", "there is no setting `reserv`; `reserve` is one"),
        ('base_uri = "x"', "there is no setting `base_uri`; `base_url` is one"),
        ("colour = 5", "there is no setting `colour`"),
        ("[mail]", "there is no setting `mail`"),
        ('reserve = "5"', "`reserve` is '5'; a whole number, 0 or more, was expected"),
        ("reserve = -1", "`reserve` is -1; a whole number, 0 or more, was expected"),
        ("reserve = 1.5", "`reserve` is 1.5; a whole number, 0 or more, was expected"),
        ("sender = 5", "`sender` is 5; a text in quotation marks was expected"),
        ("sender = [1]", "`sender` is [1]; a text in quotation marks was expected"),
    ],
)
def test_a_slip_is_told_with_what_was_meant(line, why):
    assert fault(f"{ORIGIN}{line}\n") == why


def test_all_slips_are_told_at_once():
    assert fault('reserv = 5\nsender = 5\norigin = ""\n') == (
        "there is no setting `reserv`; `reserve` is one; `origin` is missing; "
        "`sender` is 5; a text in quotation marks was expected"
    )


def test_a_node_with_a_slip_does_not_start(node):
    path = node.folder / "amparo.toml"
    path.write_text(path.read_text().replace("most_waiting", "most_wating"))

    done = run("serve", "--data", node.folder, "--port", "0", check=False)

    assert done.returncode == 1
    assert f"{path} cannot be read" in done.stderr
    assert "there is no setting `most_wating`; `most_waiting` is one" in done.stderr


@pytest.mark.parametrize("value", ["amparo.example", 12])
def test_one_setting_is_changed_and_all_else_stays(node, value):
    path = node.folder / "amparo.toml"
    name = "sender" if isinstance(value, str) else "reserve"
    path.write_text(settings.with_setting(path.read_text(), name, value))

    assert open_node(node.folder) == node.with_settings(**{name: value})


def test_the_mail_server_of_the_environment_goes_first(node, monkeypatch):
    monkeypatch.setenv("AMPARO_SMTP", "smtps://mail.example")

    assert open_node(node.folder).settings.smtp == "smtps://mail.example"


def test_every_setting_says_what_it_is_for():
    """In its page and in `--help`, in the words of the struct."""
    page = OPERATION.read_text()
    told = " ".join(run("serve", "--help").stdout.split())

    for one in settings.every():
        assert f"| `{one.name}` | `{one.default}` | {one.says} |".replace("``", "") in page
        assert f"{one.name} {one.summary}" in told
