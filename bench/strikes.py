"""An export of Mastodon: looked at and taken in, by the commands, beside its bare CSV.

    python -m bench.strikes [STRIKES]

Nine of ten strikes are complete by rules, one waits as a draft; each tenth is overruled, each tenth
has an appeal.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from amparo.connectors import mastodon
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.storage.node import create_node
from bench.machine import asked_number, described, table

STRIKES = 100_000
ACTIONS = ("4000", "3000", "2000", "1000", "4000", "4000", "3000", "4000", "4000", "1500")
"""The last one is left to a person."""
SAID = """decision_ground = "DECISION_GROUND_INCOMPATIBLE_CONTENT", \
incompatible_content_ground = "Rule 1", incompatible_content_explanation = "No adverts.", \
category = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", automated_detection = "No" """
RULES = "".join(
    f'\n[[rule]]\nwhen = {{ action = "{name}" }}\nthen = {{ {SAID} }}\n'
    for name in ("suspend", "silence", "sensitive", "disable")
)


def export(path, number):
    """Rows as the query of docs/connectors/mastodon.md gives them."""
    empty = dict.fromkeys(mastodon.COLUMNS, "")
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, mastodon.COLUMNS)
        writer.writeheader()
        for n in range(1, number + 1):
            at = f"2026-{n % 11 + 1:02}-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}:07.{n % 1000:03}"
            row = empty | {"id": n, "action": ACTIONS[n % 10], "created_at": at, "updated_at": at}
            row |= {"text": f"Advert {n} in a thread about something else.", "decided_by": n % 9}
            row |= {"target_created_at": "2025-05-05 05:05:05", "is_remote": "ft"[n % 2]}
            row |= {"is_deleted": "f", "status_ids": "117542564659200007 117545356492800003"}
            if n % 10 == 1:
                row |= {"overruled_at": at}
            if n % 10 == 2:
                row |= {"appeal_id": n, "appeal_created_at": at, "rejected_at": at}
            writer.writerow(row)


def timed(*words):
    """Seconds of wall time and of processor, and peak memory in MB, of a program."""
    began = time.perf_counter()
    started = subprocess.Popen([sys.executable, *map(str, words)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise SystemExit(f"{words} ended with {started.returncode}")
    wall = time.perf_counter() - began
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


BARE = "import csv, sys; print(sum(1 for _ in csv.DictReader(open(sys.argv[1], newline=''))))"


def run(number=STRIKES):
    """Print what each step takes."""
    with tempfile.TemporaryDirectory(prefix="amparo-strikes-") as folder:
        file = Path(folder) / "strikes.csv"
        export(file, number)
        node = create_node(Path(folder) / "node")
        with closing(Journal(node.journal)) as journal:
            platforms.add(journal, "Social", Profile())
        said = ("--platform", "Social", "--data", node.folder)
        connect = ("-m", "amparo", "connect")
        timed(*connect, "mastodon", file, "--instance", "social.example", *said)
        form = file.with_name(file.name + ".connect.toml")
        form.write_text(form.read_text() + 'text_is_facts = "yes"\n' + RULES)
        took = {
            "its bare CSV (DictReader)": timed("-c", BARE, file),
            "looked at (dry run)": timed(*connect, "mastodon", file, *said),
        }
        timed(*connect, "mastodon", file, "--trial", *said)
        timed(*connect, "start", "mastodon-social.example", "--data", node.folder)
        took["taken in, and public"] = timed(*connect, "mastodon", file, "--take", *said)
        took["the same again"] = timed(*connect, "mastodon", file, "--take", *said)
    bare = took["its bare CSV (DictReader)"][1]
    table(
        f"{number:,} strikes",
        ("step", "wall", "processor", "peak memory", "ratio of processor to bare CSV"),
        [
            (step, f"{wall:.1f} s", f"{cpu:.1f} s", f"{memory:.0f} MB", f"{cpu / bare:.1f}")
            for step, (wall, cpu, memory) in took.items()
        ],
    )


if __name__ == "__main__":
    asked = asked_number(__doc__, STRIKES, "STRIKES")
    print(described())
    run(asked)
