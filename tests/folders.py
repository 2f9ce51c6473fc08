"""Record a node's folder as this version leaves it: `python -m tests.folders VERSION`, at a release.

tests/vectors/folders/VERSION.tar.xz holds `node/`, a whole folder with keys made for it, and
`known.json`, what a later version has to find there. Cases play in 2024, so that no machine's
clock is behind them.
"""

import base64
import json
import sys
import tarfile
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.case import lives
from tests.conftest import new_node, statement

from amparo.ledger.case import casework
from amparo.ledger.log import platforms, receipts
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.publish import Publisher, publishing
from amparo.record.decision import settle, trim

FOLDERS = Path(__file__).parent / "vectors" / "folders"
BEGIN = datetime(2024, 11, 4, 9, tzinfo=UTC)
END = datetime(2026, 9, 1, tzinfo=UTC)
"""Every case has ended or waits by then, and the log was signed then."""


def record(version):
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(lives, "BEGIN", BEGIN)
        node = new_node(Path(place) / "node", origin="log.example/folder")
        with closing(lives.play(node)) as journal:
            known = _fill(node, journal)
        FOLDERS.mkdir(exist_ok=True)
        _pack(node.folder, known, FOLDERS / f"{version}.tar.xz")


def _fill(node, journal):
    """One more decision, under the node's own secret; everything published; what is to be found."""
    platform = platforms.find(journal, "Foro")
    decided = [settle(trim(statement("own-1")), "API")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: int(BEGIN.timestamp()) * 10**9)
        [own] = prepare(decided, platform=platform, secret=node.secret())
    journal.append([[own.row]])
    with publishing(node, journal):
        publisher = Publisher(node, journal, clock=END.timestamp)
        while publisher.size < journal.size():
            publisher.beat()
    kept = receipts.find(journal, str(own.case))
    return {
        "token": platforms.new_token(journal, platform),
        "uuid": str(own.case),
        "recourse": f"/recourse/{own.case}/{own.recourse}",
        "puid": "own-1",
        "size": journal.size(),
        "vkey": node.signer().verifier.vkey,
        "receipt": base64.b64encode(receipts.receipt(node, kept, reader="party")).decode(),
        "cases": kinds(journal),
    }


def kinds(journal):
    """Case -> the kinds of its events that can be read, in order."""
    found = {}
    for entry in journal.events():
        case = entry.case
        if entry.n and str(case) not in found:
            events = casework.read(journal, case).events
            found[str(case)] = [one.kind for one in events]
    return found


def _pack(folder, known, target):
    """As a tar, which keeps the modes of keys."""
    (folder.parent / "known.json").write_text(json.dumps(known, indent=1))
    with tarfile.open(target, "w:xz") as packed:
        for name in ("known.json", "node"):
            packed.add(folder.parent / name, name, filter=_as_root)


def _as_root(entry):
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


if __name__ == "__main__":
    record(sys.argv[1])
