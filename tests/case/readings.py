"""Everything that is read out of a journal's cases, as plain values that can be compared.

`python -m tests.case.readings FOLDER` reads FOLDER/events.jsonl with the code as it is, and writes
state.json (facts) and words.json (texts) beside it.
"""

import hashlib
import json
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from pathlib import Path

import msgspec
from tests.conftest import new_node

from amparo.case import clocks, figures, notify, state
from amparo.case.state import Case
from amparo.ledger.case import casework, draws, panels
from amparo.ledger.log import platforms
from amparo.ledger.outbound.outbox import Contact, Waiting
from amparo.record import sealing
from amparo.record.rules import Profile
from amparo.record.sealing import Opening
from amparo.storage.journal import Journal, Row
from amparo.web.api import cases as cases_api
from amparo.web.words import history, letters, report_figures
from amparo.web.words.i18n import catalogue

ADDRESS = "https://node.example"
FIRST_LETTERS = {
    "recorded": "decision",
    "delivered": "decision",
    "noticed": "notice_received",
    "answered": "notice_received",
}
"""State of a decision -> the letter that carries the link; no event asks for it."""


def load(node, lines):
    """A journal with recorded rows, of the one platform that they tell of."""
    journal = Journal(node.journal)
    platforms.add(journal, "Foro", Profile())
    journal.append([[_row(one) for one in lines]])
    return journal


def facts(journal, known=None):
    """Case -> what its events make of it, one by one, and what the figures count.

    `known`: only these fields of a case; all, where it is None.
    """
    files = _files(journal)
    return _plain(
        {
            "cases": {str(file.id): _facts(file, known) for file in files},
            "figures": _figures(sorted(files, key=lambda file: file.id)),
            "draws": [draws.record_of(f, f.case.draw_id, ()) for f in files if f.case.draw_id],
        }
    )


def _figures(files):
    """What is counted of 2026 and 2027 together: complaints, disputes, notices, suspensions."""
    begin, over = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    complaints, disputes, notices, suspended = [], [], [], Counter(notices=0, complaints=0)
    for file in files:
        for one in figures.complaints(file.events, file.public, begin, over):
            about = tuple(report_figures.INDICATORS[name] for name in one.about)
            complaints.append(one._replace(about=about))
        disputes += figures.disputes(file.events, begin, over)
        # Whether a trusted flagger sent it came later, and is in no journal that was recorded.
        found = figures.notices(file.events, begin, over)
        notices += [[*one[: one._fields.index("flagged")], 1] for one in found]
        suspended.update(figures.suspended(file.events, begin, over))
    return [complaints, disputes, notices, suspended]


def words(journal, node, languages=("en", "es")):
    """Case -> its history as each reader sees it; kind of notice -> the first letter of it."""
    files = _files(journal)
    return _plain(
        {
            "cases": {str(file.id): _history(file) for file in files},
            "letters": _letters(letters.Letters(journal, node, ADDRESS), files, languages),
        }
    )


def _files(journal):
    ids = dict.fromkeys(kept.case for kept in journal.events() if kept.n)
    return [casework.read(journal, case_id) for case_id in ids]


def known_fields(recorded):
    """The fields of a case that anything recorded has changed."""
    return {
        field
        for case in recorded["cases"].values()
        for step in case["steps"]
        for field in step["changes"]
    }


def _facts(file, known):
    cases = [*accumulate(file.events, state.apply, initial=Case())]
    return {
        "steps": [
            {
                "kind": event.kind,
                "at": event.at,
                "by": event.by,
                "changes": {
                    field: value
                    for field, value in _changes(_plain(was), _plain(now)).items()
                    if known is None or field in known
                },
                "clocks": _changes(_plain(clocks.running(was)), _plain(clocks.running(now))),
                "notices": notify.notices(event),
            }
            for event, (was, now) in zip(file.events, pairwise(cases), strict=True)
        ],
        "erased": sum(one.event is None for one in file.entries),
        "for the platform": cases_api._state(file),
        "votes": {name: vote.outcome for name, vote in panels.votes_of(file).items()},
        "sheets": _digest(panels.sheets_of(file)),
    }


def _history(file):
    return {
        "running": history.running(file.case),
        "desk": history.lines(file.entries, str, "desk"),
        "panel": history.lines(file.entries, str, "panel"),
        "party in Spanish": history.lines(file.entries, catalogue("es").gettext, "party"),
    }


def _letters(writer, files, languages):
    found = {}
    for file in files:
        first = "misuse_warned" if file.case.misuse else FIRST_LETTERS.get(file.case.decision)
        asked = [notice for event in file.events for notice in notify.notices(event)]
        for to, kind in [*asked, *([("person", first)] if first else [])]:
            one = Waiting(1, file.id, to, kind, b"\2" * 16, 0, 0, file.platform)
            if to == "platform":
                found.setdefault(f"{kind} (platform)", json.loads(writer.body(one)))
            elif kind not in found:
                found[kind] = {
                    lang: writer.letter(one, Contact("a@example.org", lang))[:2]
                    for lang in languages
                }
    return found


def _row(line):
    parts = line["opening"]
    opening = (
        None
        if parts is None
        else sealing.pack(
            Opening(
                bytes.fromhex(parts["salt"]),
                parts["sealed"].encode(),
                parts["puid"],
                bytes.fromhex(parts["puid_salt"]),
            )
        )
    )
    case_id, leaf = bytes.fromhex(line["case"]), line["leaf"].encode()
    return Row(case_id, line["n"], line["platform"], leaf, opening)


def _changes(was, now):
    return {key: now.get(key) for key in sorted({*was, *now}) if was.get(key) != now.get(key)}


def _plain(value):
    return json.loads(msgspec.json.encode(value, order="deterministic", enc_hook=str))


def _digest(value):
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    recorded = [json.loads(x) for x in (folder / "events.jsonl").read_text().splitlines()]
    with tempfile.TemporaryDirectory() as place:
        own = new_node(Path(place) / "node")
        kept = load(own, recorded)
        for name, read in (("words.json", words(kept, own)), ("state.json", facts(kept))):
            text = json.dumps(read, ensure_ascii=False, indent=1)
            (folder / name).write_text(text + "\n")
