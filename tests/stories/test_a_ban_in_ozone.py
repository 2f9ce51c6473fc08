"""A ban in Ozone: on the record, told, contested, reversed, carried out there, and banned again.

Ozone and the EU's database are stand-ins of ours that speak the documented protocols; the node, its
mail and its journal are real, and so is the power cut.
"""

import re
import time
from contextlib import closing, contextmanager

import pytest
from tests.conftest import Served, run
from tests.connect import ozone_stand_in
from tests.connect.ozone_stand_in import ALICE, DEFS, MODERATOR, SERVICE, event
from tests.eu_stand_in import EuStandIn
from tests.postbox import mailbox
from tests.stories.seats import seat

from amparo.case.events import RemedyClaimed, RemedySeen
from amparo.ledger.case import casework, read_back_schedule
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

NAME = f"ozone-{SERVICE.removeprefix('did:').replace(':', '-')}"
WAIT_SECONDS = 180
REASONS = "The account quotes the adverts in order to warn of them; it advertises nothing."
RULE = """
[[rule]]
when = { event = "Takedown", policy = "spam" }
then = { decision_ground = "DECISION_GROUND_INCOMPATIBLE_CONTENT", \
incompatible_content_ground = "Rule 1", \
incompatible_content_explanation = "Accounts that only advertise are not allowed.", \
decision_facts = "The account was made for adverts.", \
category = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", source_type = "SOURCE_VOLUNTARY", \
automated_detection = "No", content_date = "2026-11-01" }
"""


class Sky:
    """A platform with an Ozone, its node, and whoever plays in the story."""

    def __init__(self, folder, box, eu):
        self.folder, self.box, self.eu = folder, box, eu
        with self.mail():
            self.node = Served(folder / "node")
        self.ozone = PowerCut()
        self.auth = self.node.add_platform("Foro")
        self.journal = Journal(open_node(self.node.data).journal)
        self.rosa = seat(self.node, "Rosa", "rosa@example.org")
        self.max = seat(self.node, "Max", "max@example.org", "--known-as", MODERATOR)

    def connect(self, address):
        """As the guide says; orders are to be carried out in Ozone."""
        secret, file = self.folder / "secret", self.folder / "oz.toml"
        secret.write_text("admin-pass\n")
        words = ("connect", "ozone", SERVICE, "--platform", "Foro", "--mapping", file)
        words = (*words, "--data", self.node.data)
        run(*words, "--address", address, "--sign-in", "admin", "--secret-file", secret)
        text = file.read_text().replace('# wait_minutes = "15"', 'wait_minutes = "0"')
        file.write_text(text.replace("# write_back =", "write_back =") + RULE)
        run(*words, "--trial", "--since", "2026-01-01")
        run("connect", "start", NAME, "--data", self.node.data)
        given = ("--to", self.eu.url, "--private", "--token-file", "-", "--all")
        run("forward", "set", "foro", *given, "--data", self.node.data, input=self.eu.token)

    def until(self, found):
        """Wait for what the node does by itself; its source is asked as soon as it looks."""
        end = time.monotonic() + WAIT_SECONDS
        while not (value := found()):
            assert time.monotonic() < end, self.status()
            if self.node.process.poll() is None:
                self.journal.db.execute("UPDATE connector_poll SET due = 0")
            time.sleep(0.3)
        return value

    def status(self):
        return run("connect", "status", NAME, "--data", self.node.data).stdout

    def statements(self):
        return [entry.case for entry in reversed(self.journal.newest_decisions(10))]

    def file(self, case):
        return casework.read(self.journal, case)

    def happened(self, case):
        return [one.kind for one in self.file(case).events]

    def reversals(self):
        return [
            one
            for one in self.ozone.events
            if one["event"]["$type"] == f"{DEFS}modEventReverseTakedown"
        ]

    def start_again(self):
        """What was asking when it was killed has lost its turn, which takes ten minutes."""
        self.journal.db.execute("UPDATE connector_poll SET held_till = 0")
        with self.mail():
            self.node.start()

    @contextmanager
    def mail(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AMPARO_SMTP", self.box.url)
            yield

    def a_day_later(self, case):
        """The looks that are due a day after the remedy are due now."""
        [back] = self.journal.db.execute(
            "SELECT claimed_at FROM read_back WHERE case_id = ?", (case.bytes,)
        ).fetchone()
        day = int(read_back_schedule.AFTER[1].total_seconds())
        self.journal.db.execute(
            "UPDATE read_back SET claimed_at = ?1, due = ?1 + ?2 WHERE case_id = ?3",
            (back - day - 60, day, case.bytes),
        )

    def close(self):
        self.journal.close()
        self.node.stop()


class PowerCut(ozone_stand_in.Ozone):
    """An Ozone that does what it is told, while the power of whoever asked goes."""

    cut = None

    def _emit(self, said):
        done = super()._emit(said)
        if self.cut:
            self.cut()
            self.cut = None
        return done


@pytest.fixture
def sky(tmp_path):
    with mailbox() as box, closing(EuStandIn()) as eu, closing(Sky(tmp_path, box, eu)) as one:
        one.ozone.events = [event(1, "modEventAcknowledge", at="2026-11-01T09:00:00.000Z")]
        with ozone_stand_in.serving(one.ozone) as address:
            one.connect(address)
            yield one


def test_from_a_ban_to_its_reversal_and_to_a_ban_outside_of_amparo(sky):
    banned = event(2, "modEventTakedown", at="2026-11-10T09:00:00.000Z", policies=["spam"])
    sky.ozone.events += [banned, banned]  # told twice, as after a proxy's retry
    [case] = sky.until(sky.statements)

    told = sky.node.http.post(
        f"/api/v1/statement/{case}/notice", json={"email": "ana@example.org"}, headers=sky.auth
    )
    assert told.status_code in (200, 202), told.text
    mail = sky.box.to("ana@example.org", "Foro")
    page = re.search(r"/recourse/\S+", mail.get_body().get_content())[0]
    sent = sky.node.http.post(f"{page}/complaint", data={"grounds": "I warned of it."})
    assert sent.status_code in (200, 303), sent.text

    assert sky.max.step(case, "assign").status_code != 303  # he took the decision, in Ozone
    for name in ("assign", "open"):
        assert sky.rosa.step(case, name).status_code == 303
    sky.ozone.cut = sky.node.kill
    decided = sky.rosa.step(
        case, "decide", outcome="reversed", reasons=REASONS, steps=["restore_account"]
    )
    assert decided.status_code == 303, decided.text

    sky.until(lambda: sky.node.process.poll() is not None)
    assert len(sky.reversals()) == 1
    assert "remedy.claimed" not in sky.happened(case)
    sky.start_again()
    sky.until(lambda: "remedy.verified" in sky.happened(case))

    assert len(sky.reversals()) == 1  # it looked first, and called for nothing again
    seen = sky.file(case).last(RemedySeen)
    assert (seen.source, seen.saw, seen.done) == (SERVICE, (), "yes")
    assert sky.file(case).last(RemedyClaimed).through == SERVICE
    sky.until(lambda: len(sky.eu.rows) == 1)

    again = event(9, "modEventTakedown", at=later(), policies=["spam"])
    sky.ozone.events.append(again)
    new = sky.until(lambda: sky.statements()[1:])
    sky.a_day_later(case)
    sky.until(lambda: "remedy.reverted" in sky.happened(case))

    sky.box.to("ana@example.org", "is not so any more")
    assert "What had been done is not so any more" in sky.node.http.get(page).text
    assert sky.file(case).last(RemedySeen).saw == ("suspended",)
    assert len(sky.reversals()) == 1  # no machine bans and unbans in turns
    [second] = new  # the new ban is a decision of its own, on the record and with the EU
    sky.until(lambda: len(sky.eu.rows) == 2)
    assert "decision.issued" in sky.happened(second)
    assert ALICE not in sky.node.http.get(page).text


def later():
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
