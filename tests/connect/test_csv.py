"""`amparo connect csv`: a file as its tool writes it, guessed, looked at, tried, and taken in."""

import json
import os
import pty
import select
import signal
import subprocess
import time
import tomllib
from contextlib import closing

import pytest
from tests.conftest import AMPARO, bytes_below, new_node, run

from amparo.cli.connect import shown
from amparo.connectors.trial import Group, Trial
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, drafts
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal

GERMAN = """\
Fallnummer;Entschieden am;Maßnahme;Grund;Sachverhalt;E-Mail;Sprache;Moderator;Bis;IP-Adresse;Eingestellt am;Inhaltsart
1001;03.11.2026 09:15;Sperre;spam;Drei Werbebeiträge in einer Stunde.;ana@example.org;de;mod-3;10.11.2026;192.0.2.77;02.11.2026;text
1002;03.11.2026 10:00;Ausgeblendet;beleidigung;Beschimpfung eines Mitglieds.;;;mod-4;;192.0.2.78;03.11.2026;text
1003;31.10.2026 08:30;Sperre;spam;Werbung im Profil.;bob@example.org;en;mod-3;;192.0.2.79;30.10.2026;text
"""
MEANINGS = """
[words.restriction]
"Sperre" = "account_suspended"
"Ausgeblendet" = "content_disabled"

[[rule]]
when = { reason = "spam" }
then = { decision_ground = "DECISION_GROUND_INCOMPATIBLE_CONTENT", \
incompatible_content_ground = "Rule 4", incompatible_content_explanation = "No adverts.", \
category = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", source_type = "SOURCE_VOLUNTARY", \
automated_detection = "No", automated_decision = "AUTOMATED_DECISION_NOT_AUTOMATED" }
"""


class Place:
    """A node's folder, and a file beside it."""

    def __init__(self, folder):
        self.node = new_node(folder / "node")
        self.file = folder / "sanktionen.csv"
        self.mapping = folder / "sanktionen.csv.connect.toml"
        self.file.write_text(GERMAN)
        with closing(Journal(self.node.journal)) as journal:
            platforms.add(journal, "Foro", Profile())

    def csv(self, *words, check=False):
        options = ("--platform", "Foro", "--data", self.node.folder)
        return run(
            "connect", "csv", self.file, *options, *words, check=check, stdin=subprocess.DEVNULL
        )

    def understood(self):
        """The mapping, with what only a person can say."""
        self.csv()
        text = self.mapping.read_text().partition("# What do these")[0]
        self.mapping.write_text(text + MEANINGS)

    def started(self):
        self.understood()
        self.csv("--trial", check=True)
        run("connect", "start", "csv-sanktionen", "--data", self.node.folder)

    def journal(self):
        return closing(Journal(self.node.journal))

    def drafts(self):
        with self.journal() as journal:
            [connection] = connections.every(journal)
            return drafts.groups(journal, connection.id)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_an_option_that_nobody_would_read_is_refused(place):
    """Written wrongly, it would be told from the file and nobody would know."""
    place.understood()
    text = place.mapping.read_text()
    place.mapping.write_text(text.replace("[options]", '[options]\nencodng = "utf-8"'))

    done = place.csv()

    assert "there is no option 'encodng'" in done.stderr


def test_columns_of_another_language_are_recognised_and_what_is_law_is_asked(place):
    """Nobody but who knows the tool can say what its words mean; without a terminal it says so."""
    done = place.csv()

    made = tomllib.loads(place.mapping.read_text())
    assert done.returncode == 4
    assert made["columns"] == {
        "id": "Fallnummer",
        "decided": "Entschieden am",
        "restriction": "Maßnahme",
        "end_date": "Bis",
        "decided_by": "Moderator",
        "email": "E-Mail",
        "language": "Sprache",
        "word_reason": "Grund",
        "decision_facts": "Sachverhalt",
        "content_type": "Inhaltsart",
        "content_date": "Eingestellt am",
        "word_restriction": "Maßnahme",
    }
    assert made["dates"]["forms"] == {"decided": "%d.%m.%Y %H:%M"}
    assert "(not taken in)         IP-Adresse" in done.stdout
    assert "What do these words mean in [words.restriction]?" in done.stderr
    assert "Sperre" in done.stderr


def test_a_dry_run_says_what_would_be_public_and_told_and_changes_nothing(place):
    place.understood()
    with place.journal() as journal:
        before = journal.size()

    done = place.csv()

    assert done.returncode == 0
    assert "3 records: 3 restriction" in done.stdout
    assert "2  complete: they would be put on the record" in done.stdout
    assert "2    told by mail from this node" in done.stdout
    assert "reason = beleidigung" in done.stdout
    assert "category: Scams and/or fraud (2)" in done.stdout
    with place.journal() as journal:
        assert (journal.size(), connections.every(journal)) == (before, [])


def test_nothing_is_taken_before_its_trial_was_shown_and_started(place):
    place.understood()
    untried = place.csv("--take")
    assert (untried.returncode, "has not been tried" in untried.stderr) == (1, True)

    place.csv("--trial", check=True)
    unstarted = place.csv("--take")
    assert (unstarted.returncode, "it is still a trial" in unstarted.stderr) == (1, True)

    run("connect", "start", "csv-sanktionen", "--data", place.node.folder)
    assert place.csv("--take", check=True).stdout.split() == [
        *("2", "put", "on", "the", "record"),
        *("1", "wait", "as", "drafts", "at", "/desk/connect"),
    ]


def test_taken_in_it_is_public_with_its_person_told_and_a_second_time_changes_nothing(place):
    place.started()
    place.csv("--take", check=True)

    with place.journal() as journal:
        size, public = journal.size(), journal.committed().size
        first = casework.read(journal, journal.newest_decisions(2)[1].case)
    again = place.csv("--take", check=True)

    assert public == size
    assert first.public["end_date_account_restriction"] == "2026-11-10"
    assert first.public["application_date"] == "2026-11-03"
    assert first.case.deciders == {"mod-3"}
    assert "3  known already" in again.stdout
    with place.journal() as journal:
        assert journal.size() == size


def test_what_is_not_needed_of_people_is_nowhere_in_the_folder(place):
    place.started()
    place.csv("--take", check=True)

    with place.journal() as journal:
        journal.db.empty_traces()
    held = bytes_below(place.node.folder)

    for planted in (b"192.0.2.77", b"192.0.2.78", b"Fallnummer 1002", b"1001;03.11"):
        assert planted not in held, planted
    assert b"ana@example.org" in held  # who is written to has an address


def test_refused_rows_are_named_and_the_exit_status_tells_some_from_all(place):
    place.understood()
    lines = GERMAN.splitlines()
    bad = [lines[1].replace("03.11.2026 09:15", "31.02.2026 09:15"), lines[2][:40]]
    place.file.write_text("\n".join([lines[0], *bad, lines[3]]))
    some = place.csv()
    place.file.write_text("\n".join([lines[0], *bad]))
    every = place.csv()

    assert (some.returncode, every.returncode) == (1, 3)
    assert "line 2: Entschieden am: '31.02.2026 09:15' is not written as" in some.stderr
    assert "line 3: it has 4 cells, the header 12; it may be cut" in some.stderr


def test_what_a_trial_refused_is_on_its_page_and_not_only_in_the_terminal(place):
    place.understood()
    place.file.write_text(GERMAN.replace("03.11.2026 09:15", "31.02.2026 09:15"))
    place.csv("--trial")

    with place.journal() as journal:
        [connection] = connections.every(journal)

    assert connection.trial.refused == 1


def test_whose_address_is_none_is_not_told_and_named_and_the_status_says_so(place):
    """Careless: the decision is on the record, and nobody may think that the person knows."""
    place.understood()
    place.file.write_text(GERMAN.replace("ana@example.org", "ana at example.org"))
    looked = place.csv("--trial", check=True)
    run("connect", "start", "csv-sanktionen", "--data", place.node.folder)

    taken = place.csv("--take")

    assert "1    told by nobody yet" in looked.stdout
    assert taken.returncode == 1
    assert "the person was not told: their address: it is not like name@example" in taken.stderr
    assert "1 rows are on the record, but not as they say" in taken.stderr
    with place.journal() as journal:
        assert journal.db.execute("SELECT email FROM contact").fetchall() == [("bob@example.org",)]


def test_what_is_refused_only_when_it_is_taken_is_named_as_well(place):
    """Each row can be read: what stands in its way is what the record says already."""
    place.started()
    place.csv("--take", check=True)
    mapping = place.mapping.read_text()
    place.mapping.write_text(mapping.replace('kind = "restriction"', 'kind = "warning"'))

    again = place.csv("--take")

    assert again.returncode == 1
    assert again.stderr.count("it was a restriction before, and is something else now") == 2
    assert "2 rows refused." in again.stderr


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (GERMAN.encode("utf-8-sig"), "utf-8-sig"),
        (GERMAN.encode("utf-16"), "utf-16"),
        (GERMAN.encode("cp1252"), "cp1252 (a guess: its bytes are no UTF-8)"),
    ],
)
def test_an_encoding_is_told_and_what_is_a_guess_is_called_one(place, written, told):
    place.file.write_bytes(written)

    done = place.csv()

    assert f"CSV with ';', {told}, 12 columns" in done.stdout
    assert "Maßnahme" in done.stdout


def test_a_row_of_another_encoding_is_refused_and_costs_no_other(place):
    place.understood()
    first, second, *rest = GERMAN.encode().splitlines(keepends=True)
    place.file.write_bytes(
        b"".join([first, second, rest[0].replace(b"Mitglieds", b"M\xe4dchens"), rest[1]])
    )
    broken = place.csv()
    assert broken.returncode == 1
    assert "line 3: it is written in another encoding than the rest" in broken.stderr
    assert "2 records" in broken.stdout


def test_json_lines_are_read_like_a_table(place):
    place.file = place.file.with_suffix(".jsonl")
    place.mapping = place.file.with_name(place.file.name + ".connect.toml")
    row = {"id": 7, "decided": "2026-11-03T09:15:00+01:00", "restriction": ["ACCOUNT_SUSPENDED"]}
    place.file.write_text(json.dumps(row) + "\n" + '{"id": 8, "deci' + "\n[]\n")

    done = place.csv()

    assert done.returncode == 1
    assert "1 records: 1 restriction" in done.stdout
    assert "line 2: it is not JSON, or it is cut" in done.stderr
    assert "line 3: it is not a JSON object" in done.stderr


def test_a_ban_with_its_end_in_one_row_is_a_decision_and_its_reversal(place):
    place.started()
    place.mapping.write_text(
        place.mapping.read_text().replace("[columns]", '[columns]\nlifted = "Aufgehoben am"')
    )
    lines = GERMAN.splitlines()
    place.file.write_text(f"{lines[0]};Aufgehoben am\n{lines[1]};05.11.2026\n")

    place.csv("--take", check=True)

    with place.journal() as journal:
        file = casework.read(journal, journal.newest_decisions(1)[0].case)
    assert [event.kind for event in file.events][-1] == "decision.lifted"
    assert file.events[-1].lifted_at == "2026-11-05"


def test_a_rule_that_is_added_to_the_file_completes_what_waits(place):
    """At the next reading of the same file."""
    place.started()
    place.csv("--take", check=True)
    assert [group.words["reason"] for group in place.drafts()] == ["beleidigung"]

    more = MEANINGS.partition("[[rule]]")[2].replace('"spam"', '"beleidigung"')
    place.mapping.write_text(place.mapping.read_text() + "\n[[rule]]" + more)
    place.csv("--take", check=True)

    assert place.drafts() == []


def test_a_dry_run_goes_by_the_rules_of_the_file_as_it_is_now(place):
    """Whoever edits the file looks at what that would change, before it is taken."""
    place.started()
    place.mapping.write_text(place.mapping.read_text().partition("[[rule]]")[0])

    assert "0  complete" in place.csv().stdout
    assert "0  complete" in place.csv("--trial").stdout


def test_killed_in_the_middle_and_begun_again_every_row_is_there_once(place):
    place.started()
    lines = GERMAN.splitlines()
    number = 3000
    rows = [
        lines[3].replace("1003", str(5000 + n)).replace("bob@example.org", "")
        for n in range(number)
    ]
    place.file.write_text("\n".join([lines[0], *rows]) + "\n")
    words = ("connect", "csv", place.file, "--platform", "Foro", "--take")
    command = [*AMPARO, *map(str, words), "--data", str(place.node.folder)]

    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    with place.journal() as journal:
        while journal.size() < 600 and started.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        started.send_signal(signal.SIGKILL)
        started.wait(60)
        before = len(journal.newest_decisions(number + 1))
    done = run(*words, "--data", place.node.folder)

    assert before > 0
    assert f"{before:,}  known already" in done.stdout or before == number
    with place.journal() as journal:
        assert len(journal.newest_decisions(number + 100)) == number


def test_in_a_terminal_it_asks_what_it_does_not_know(place):
    """A real terminal: the questions are answered as they come."""
    words = ("connect", "csv", place.file, "--platform", "Foro", "--data", place.node.folder)
    shown = talk(
        [*AMPARO, *map(str, words)],
        [
            ("In which time zone?", "Europe/Berlin"),
            ("  Sperre", "nonsense"),
            ("  Sperre", "account_suspended"),
            ("  Ausgeblendet", ""),
        ],
    )

    made = tomllib.loads(place.mapping.read_text())
    assert made["dates"]["zone"] == "Europe/Berlin"
    assert made["words"]["restriction"] == {"Sperre": "account_suspended", "Ausgeblendet": ""}
    assert "restriction = Ausgeblendet" in shown  # a draft: a person is asked


def talk(command, answers):
    """Run a command in a terminal, and answer its questions in order; all that it wrote."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, os.environ | {"TERM": "dumb"})
    written = ""
    for question, answer in answers:
        while question not in written.rpartition("\n")[2]:
            written += read(terminal)
        os.write(terminal, answer.encode() + b"\n")
        lines = written.count("\n")
        while written.count("\n") == lines:  # the terminal shows what is typed
            written += read(terminal)
    while piece := read(terminal):
        written += piece
    os.waitpid(pid, 0)
    return written


def read(terminal):
    """What comes next; empty at the end."""
    assert select.select([terminal], [], [], 120)[0]
    try:
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:  # the other end is closed
        return ""


def test_drafts_of_groups_that_are_not_listed_are_counted(capsys):
    """Both those that the terminal has no room for and those that the trial kept none of."""
    groups = {str(n): Group({"reason": str(n)}, ["category"], 2) for n in range(17)}

    shown.trial(Trial(groups=groups, other_groups=3))

    assert "7    of further groups" in capsys.readouterr().out
