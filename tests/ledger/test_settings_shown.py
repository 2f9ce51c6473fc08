"""What the operator's page shows of a node's settings: all of them, and no password of any."""

import pytest

from amparo.ledger.upkeep import settings_shown
from amparo.ledger.upkeep.settings_shown import Value
from amparo.storage import settings
from amparo.storage.node import create_node, open_node
from amparo.storage.settings import FILE

PASSWORD = "Wb7kq2Xz"


@pytest.fixture
def node(tmp_path, monkeypatch):
    monkeypatch.delenv("AMPARO_SMTP", raising=False)
    return create_node(tmp_path / "node", origin="log.example/1")


def write(node, **changes):
    path = node.folder / FILE
    text = path.read_text()
    for name, value in changes.items():
        text = settings.with_setting(text, name, value)
    path.write_text(text)


def shown(node):
    found, _ = settings_shown.every(node)
    return {setting.name: setting for setting in found}


@pytest.mark.parametrize("name", ["journal", "store", "smtp", "base_url"])
@pytest.mark.parametrize(
    "value",
    [
        f"smtp+starttls://olga:{PASSWORD}@mail.example:587",
        f"postgresql://amparo:{PASSWORD}@db.example/amparo",
        f"postgresql://db.example/amparo?user=amparo&password={PASSWORD}",
        f"s3://{PASSWORD}@bucket/prefix",
        f"smtp://olga:12/{PASSWORD}@mail.example",
        f"smtp://olga:12#{PASSWORD}@mail.example",
        f"smtp://olga:12?{PASSWORD}@mail.example",
        f"smtp://olga:{PASSWORD}",
        f"smtp://[{PASSWORD}",
        f"smtp:///{PASSWORD}@mail.example",
    ],
)
def test_no_password_is_shown_however_it_is_written(name, value):
    found = settings_shown.without_secret(name, value)

    assert PASSWORD.lower() not in found.text.lower()
    assert found.hides


@pytest.mark.parametrize("name", ["journal", "store", "smtp"])
def test_what_is_no_address_where_one_is_due_is_not_shown(name):
    given = f"host=db.example password={PASSWORD}"

    assert settings_shown.without_secret(name, given) == Value("", hides=True)


@pytest.mark.parametrize(
    "value",
    ["smtp://localhost", "https://foro.example", "s3://bucket/pre/fix", "smtp://[::1]:25", "4", ""],
)
def test_what_holds_no_secret_is_shown_whole(value):
    assert settings_shown.without_secret("contact", value) == Value(value, hides=False)


def test_every_setting_is_shown_with_what_runs_and_what_is_usual(node):
    found = shown(node)

    assert list(found) == [setting.name for setting in settings.every()]
    assert found["origin"].now == Value("log.example/1", hides=False)
    assert (found["lake"].now.text, found["lake"].usual, found["lake"].is_usual) == (
        "lake",
        "lake",
        True,
    )
    assert not any(setting.differs for setting in found.values())


def test_a_value_that_was_changed_since_the_start_is_marked(node):
    write(node, danger_hours=2, operator="olga@foro.example")

    found = shown(node)

    assert {name for name, setting in found.items() if setting.differs} == {
        "danger_hours",
        "operator",
    }
    assert found["danger_hours"].now.text == "4", "the process goes on with what it began with"
    assert not any(setting.differs for setting in shown(open_node(node.folder)).values())


@pytest.mark.parametrize("damage", ["origin = ", 'orign = "x"', 'reserve = "much"', ""])
def test_a_file_that_would_not_start_the_node_again_is_said_and_the_rest_is_shown(node, damage):
    (node.folder / FILE).write_text(damage)

    found, starts = settings_shown.every(node)

    assert not starts
    assert len(found) == len(settings.every())


def test_of_a_secret_only_whether_there_is_one_is_known(node, monkeypatch):
    monkeypatch.setenv("AMPARO_SMTP", f"smtp://olga:{PASSWORD}@mail.example")
    (node.folder / "keys" / "oidc.secret").write_text(PASSWORD)

    found = settings_shown.secrets(node)

    assert found["AMPARO_SMTP"]
    assert found["keys/oidc.secret"]
    assert PASSWORD not in repr(found) + repr(settings_shown.every(open_node(node.folder)))
