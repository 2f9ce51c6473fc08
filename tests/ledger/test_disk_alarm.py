"""The operator is told that the disk is nearly full, once, and before submissions are refused."""

import re

import httpx2
import pytest
from tests.conftest import Served, new_node, statement
from tests.postbox import mailbox
from tests.servers import free_ports

from amparo.ledger.upkeep.disk_alarm import AGAIN_SECONDS, MAIL_AGAIN_SECONDS, DiskAlarm, is_low
from amparo.storage.settings import with_setting

OPERATOR = "operator@example.org"
NOW = 1_800_000_000
LOW, ENOUGH = 999, 1100


@pytest.fixture
def post():
    with mailbox() as box:
        yield box


@pytest.fixture
def watched(node, post):
    """A node whose alarm is at 1,000 bytes."""
    return node.with_settings(disk_alarm=1000, reserve=500, operator=OPERATOR, smtp=post.url)


def test_a_real_node_tells_its_operator_and_goes_on_taking_statements(tmp_path, post, capfd):
    node = new_node(tmp_path / "node")
    path = node.folder / "amparo.toml"
    text = with_setting(path.read_text(), "disk_alarm", 2**62)
    text = with_setting(with_setting(text, "operator", OPERATOR), "smtp", post.url)
    path.write_text(text)
    port = free_ports(1)
    served = Served(node.folder, "--metrics", f"127.0.0.1:{port}")
    headers = served.add_platform("Foro")

    mail = post.to(OPERATOR, "log.example/test has little free disk")
    metrics = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    taken = served.http.post("/api/v1/statement", json=statement(), headers=headers)
    health = served.http.get("/health")
    served.stop()
    served.start()  # it remembers that it was told
    served.stop()

    assert "new submissions are refused" in mail.get_content()
    assert re.search(r"^amparo_disk_low 1\.0$", metrics, re.MULTILINE)
    assert taken.status_code == 201
    assert (health.status_code, health.json()["disk_low"]) == (200, True)
    noted = capfd.readouterr().err
    assert noted.count("is nearly full") == 1
    assert len(post.mails) == 1


def test_it_is_told_once_a_day_while_it_lasts(watched, post):
    alarm = DiskAlarm(watched)

    for after in (0, 5, AGAIN_SECONDS - 1, AGAIN_SECONDS, AGAIN_SECONDS + 5):
        alarm.look(LOW, NOW + after)

    assert len(post.mails) == 2


def test_nothing_is_told_while_there_is_enough(watched, post, caplog):
    DiskAlarm(watched).look(1000, NOW)

    assert (post.mails, caplog.messages) == ([], [])


def test_it_is_over_when_there_is_clearly_enough_again_and_told_anew_after(watched, post, caplog):
    """Not at each file that is written and removed around the threshold."""
    alarm = DiskAlarm(watched)

    for after, free in enumerate((LOW, 1001, LOW, ENOUGH, LOW)):
        alarm.look(free, NOW + after)

    assert len(post.mails) == 2
    assert sum("enough free disk again" in one for one in caplog.messages) == 1


def test_a_mail_that_is_not_taken_is_tried_again(watched, post):
    alarm = DiskAlarm(watched)
    post.refuse = True
    alarm.look(LOW, NOW)
    post.refuse = False

    alarm.look(LOW, NOW + MAIL_AGAIN_SECONDS - 1)
    assert post.mails == []
    alarm.look(LOW, NOW + MAIL_AGAIN_SECONDS)
    alarm.look(LOW, NOW + 2 * MAIL_AGAIN_SECONDS)

    assert len(post.mails) == 1


def test_a_restart_does_not_tell_again_what_was_told(watched, post):
    DiskAlarm(watched).look(LOW, NOW)

    DiskAlarm(watched).look(LOW, NOW + 5)

    assert len(post.mails) == 1


def test_without_an_operator_the_log_and_the_metric_tell(watched, post, caplog):
    DiskAlarm(watched.with_settings(operator="")).look(LOW, NOW)

    assert any("is nearly full" in one for one in caplog.messages)
    assert post.mails == []


def test_it_is_told_before_the_reserve_is_reached_whatever_the_setting_says(watched):
    large = watched.with_settings(reserve=1000)

    assert [is_low(large, free) for free in (1249, 1250)] == [True, False]


def test_nought_means_never(watched, caplog):
    DiskAlarm(watched.with_settings(disk_alarm=0)).look(0, NOW)

    assert caplog.messages == []
