"""A case that is exported: a post is removed, its author is heard, and the decision is reversed.

`python -m tests.casefiles` writes tests/vectors/case-file anew, which is done once for a format.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.case import lives
from tests.case.lives import FORO, PERSON, REASONS, RESTORE, World
from tests.conftest import new_node

from amparo.case import complaint, dispute, remedy
from amparo.ledger.case import archive, case_file, casework, evidence, export, outcomes
from amparo.ledger.log.publish import Publisher, publishing
from amparo.storage.blobs import evidence_of
from amparo.tlog import policy
from amparo.tlog.note import Signer
from amparo.web.words import case_file as words

VECTORS = Path(__file__).parent / "vectors" / "case-file"
SCREENSHOT = b"\x89PNG\r\n\x1a\n not really a picture"


class Exported(World):
    """A world whose log is published, so that cases can leave it."""

    def heard(self):
        """From the statement to the platform's claim that it is done."""
        case = self.informed()
        kept = evidence.keep(
            self.journal,
            evidence_of(self.node),
            case,
            "my post, with its context.png",
            SCREENSHOT,
            by="person",
        )
        self.filed(case, attachments=[kept])
        self.do(case, remedy.keep, is_kept=True, reason="", by=FORO)
        self.opened(case, self.rosa)
        self.do(case, complaint.ask, of="person", question="Whom did you quote?", by=self.rosa)
        said = {"grounds": "Mr Example, who wrote to me first.", "attachments": ()}
        self.do(case, complaint.add, **said, by=PERSON)
        self.do(
            case,
            complaint.decide,
            reviewer=self.rosa,
            outcome="reversed",
            reasons=REASONS,
            steps=RESTORE,
        )
        self.do(case, remedy.report, result="implemented", reasons="", by=FORO)
        self.publish()
        return case

    def publish(self):
        with publishing(self.node, self.journal):
            publisher = Publisher(self.node, self.journal, clock=time.time)
            while publisher.size < self.journal.size():
                publisher.beat()

    def trusted(self):
        return policy.of_log(self.node.signer().verifier.vkey)

    def export(self, case, reader="body", language="en", **more):
        return export.export(
            self.journal,
            self.node,
            casework.read(self.journal, case),
            reader=reader,
            page=words.page,
            language=language,
            **more,
        )


def repacked(file):
    """A case file packed again, as it is after a redaction."""
    return case_file.pack(file.index, file.parts, words.page(file.index))


def redacted(raw, names, numbers=()):
    return repacked(case_file.redact(case_file.read(raw), names, numbers))


def changed(raw, change):
    """A file whose index somebody changed, with all digests made to fit."""
    parts = archive.unpack(raw)
    index = json.loads(parts.pop("index.json"))
    change(index, parts)
    return archive.pack({"index.json": json.dumps(index).encode(), **parts})


def _write():
    VECTORS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place, lives.fixed_chance_and_clock():
        node = new_node(Path(place) / "node", origin="log.example/case-file")
        key = Signer(node.origin, b"c" * 32)
        (node.folder / "keys" / "log.key").write_text(key.to_text())
        world = Exported(node)
        case = world.heard()
        whole = world.export(case, "person")
        forged = redacted(whole, ["grounds"])
        for name, raw in {
            "whole": whole,
            "of-the-desk": world.export(case, "desk"),
            "redacted": redacted(whole, ["text", "puid"], [1]),
            "with-a-claim": redacted(whole, ["1.decision_facts"]),
            "altered": changed(forged, _alter),
        }.items():
            (VECTORS / f"{name}.case.zip").write_bytes(raw)
        (VECTORS / "log.vkey").write_text(key.verifier.vkey + "\n")
        _write_outcome(whole)


def _write_outcome(whole):
    """What a body answers to `whole`, and the same with a word changed."""
    signer = Signer("odr.example", b"b" * 32)
    answer = dispute.Answer(
        "partially_reverse",
        "merits",
        "The post quotes a threat in order to report it; the label was wrong, the age gate was not.",
        "The label has to go. The age gate may stay.",
        ("lift_label",),
    )
    made = outcomes.of_file(
        case_file.read(whole),
        body=signer.name,
        received="2026-11-20T08:30:00Z",
        decided="2026-12-11T16:00:00Z",
        answer=answer,
    )
    signed = outcomes.sign(made, signer)
    (VECTORS / "answer.outcome").write_bytes(signed)
    forged = signed.replace(b"partially_reverse", b"uphold")
    (VECTORS / "forged.outcome").write_bytes(forged)
    (VECTORS / "body.vkey").write_text(signer.verifier.vkey + "\n")


def _alter(index, _):
    decided = next(e for e in index["entries"] if e["kind"] == "complaint.decided")
    decided["fields"]["outcome"] = "upheld"


if __name__ == "__main__":
    sys.exit(_write())
