"""Alerts: what is new is told once, by mail and in the feed, by platform or measure."""

import pytest
from tests.conftest import Served, run
from tests.observatory.dump import dump, row
from tests.postbox import mailbox

from amparo.errors import Malformed, Unavailable
from amparo.ledger.outbound.mail import Attachment, Mail
from amparo.observatory import alerts, queries
from amparo.observatory.lake.lake import Lake


@pytest.fixture
def box():
    with mailbox() as box:
        yield box


def test_a_message_arrives_as_it_was_written(box):
    Mail(box.url, "Amparo <post@example.org>").send(
        "ana@example.org", "Año nuevo", "Línea uno\n", (Attachment("a.tlog-proof", b"proof\n"),)
    )

    [(to, mail)] = box.mails
    assert to == "ana@example.org"
    assert (mail["subject"], mail["auto-submitted"]) == ("Año nuevo", "auto-generated")
    assert mail.get_body().get_content().splitlines() == ["Línea uno"]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["a.tlog-proof"]


def test_a_server_that_refuses_or_is_not_there_is_told_without_the_address(box):
    box.refuse = True
    for server in (box.url, "smtp://127.0.0.1:1"):
        with pytest.raises(Unavailable, match="not taken") as told:
            Mail(server, "post@example.org").send("ana@example.org", "a", "b")
        assert "ana@" not in f"{told.value}{told.value.why}"


@pytest.mark.parametrize("server", ["", "localhost", "http://localhost", "smtp://"])
def test_what_is_no_mail_server_is_refused(server):
    with pytest.raises(Malformed, match="no address of a mail server"):
        Mail(server, "post@example.org")


def test_a_line_end_in_an_address_is_refused(box):
    with pytest.raises(Malformed, match="no address for mail"):
        Mail(box.url, "post@example.org").send("a@example.org\nBcc: b@example.org", "a", "b")
    assert box.mails == []


@pytest.fixture
def lake(tmp_path):
    """A lake whose one file came twice, with other bytes the second time."""
    folder = tmp_path / "dumps"
    folder.mkdir()
    lake = Lake(tmp_path / "lake")
    lake.add(dump(folder, [[row(0)]], day="2026-01-11"))
    lake.add(dump(folder, [[row(1)]], day="2026-01-11"))
    return lake


def test_mail_tells_what_is_new_and_nothing_twice(box, lake):
    words = ["observe", "alert", "ana@example.org", "--lake", lake.folder, "--smtp", box.url]
    words += ["--site", "https://node.example/"]

    first = run(*words)
    again = run(*words)

    assert "Told ana@example.org of" in first.stderr
    assert "Nothing new" in again.stderr
    [(_, mail)] = box.mails
    text = mail.get_body().get_content()
    assert "sor-global-2026-01-11-full.zip was replaced after it was published" in text
    assert "https://node.example/observatory/" in text
    assert not any("ana" in path.name + path.read_text() for path in lake.folder.glob("told/*"))


def test_a_wave_whose_first_alarm_has_moved_is_told_once(box, lake):
    """Its key moves with that day: corrected data or another version of the detector move it."""
    words = ["observe", "alert", "ana@example.org", "--lake", lake.folder, "--smtp", box.url]
    run(*words)
    [remembered] = lake.folder.glob("told/*")
    keys = remembered.read_text()
    moved = "roblox.account.terminated.2025-12-14"  # a later day of the wave that begins before it
    assert "roblox.account.terminated.2025-12-13\n" in keys
    remembered.write_text(keys.replace("roblox.account.terminated.2025-12-13", moved))

    again = run(*words)

    assert "Nothing new" in again.stderr
    assert len(box.mails) == 1


def test_only_a_day_of_a_wave_says_that_it_was_told(engine):
    found = queries.alerts(engine, platforms=["Roblox"], metrics=["account.terminated"])
    every = {alert.key for alert in found}
    new = next(alert for alert in found if alert.kind == "wave")
    series = new.key.rpartition(".")[0]

    assert alerts.not_in(every, found) == []
    assert alerts.not_in(set(), found) == found
    for other in (f"{series}.2020-01-01", f"x.account.terminated.{new.day}", series, "# told"):
        assert alerts.not_in(every - {new.key} | {other}, found) == [new]


def test_what_was_not_taken_is_told_the_next_time(box, lake):
    words = ["observe", "alert", "ana@example.org", "--lake", lake.folder, "--smtp", box.url]
    box.refuse = True
    failed = run(*words, check=False)
    box.refuse = False

    run(*words)

    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert len(box.mails) == 1


def test_a_dry_run_sends_and_remembers_nothing(box, lake):
    words = ["observe", "alert", "ana@example.org", "--lake", lake.folder, "--smtp", box.url]

    shown = run(*words, "--dry-run")

    assert "was replaced" in shown.stdout
    assert "days old." in shown.stdout.splitlines()[-1]
    assert box.mails == []
    assert not (lake.folder / "told").exists()


def test_alerts_can_be_chosen_by_platform_and_measure(engine):
    found = queries.alerts(engine, platforms=["X"], metrics=["account.suspended"])

    assert {one.platform for one in found} == {"X"}
    assert {one.metric for one in found} == {"account.suspended"}
    assert {one.kind for one in found} >= {"silence"}
    assert [one.day for one in found] == sorted((one.day for one in found), reverse=True)
    assert len({one.key for one in found}) == len(found)
    assert all(one.kind != "wave" or one.path.endswith(one.key) for one in found)
    assert alerts.chosen(found, ["x"]) == found
    assert alerts.chosen(found, ["TikTok"]) == []


def test_the_feed_and_the_page_tell_of_a_file_that_was_replaced(tmp_path):
    node = Served(tmp_path / "node")
    folder = tmp_path / "dumps"
    folder.mkdir()
    for number in (0, 1):
        path = dump(folder, [[row(number)]], day="2026-01-11")
        run("observe", "add", path, "--data", node.data, check=False)

    feed = node.http.get("/observatory/waves.atom?platform=Roblox").text
    page = node.http.get("/observatory/doubts").text
    node.stop()

    assert 'category term="rewrite"' in feed
    assert "Files that were replaced" in page
    assert path.name in page
