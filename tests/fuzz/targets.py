"""What reads bytes from strangers, each with seeds: valid inputs, to be bent by the fuzzer.

A target is a function that makes the reader, so that its modules are imported, and instrumented,
only in the process that fuzzes it. A reader may raise what is told to people (`AmparoError`), and
nothing else. Seeds hold no clock and no chance: the same run bends the same inputs. The files of
`tests/hostile/bombs.py` are seeds of every reader of such files.
"""

import io
import json
import random
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.hostile import bombs

VECTORS = Path(__file__).parents[1] / "vectors"
LOG = "log.example/demo"


def _statements(number=3):
    from amparo.record.specimen import specimen

    return [specimen(random.Random(n), f"puid-{n}") for n in range(number)]


def _signer(name="m.example"):
    from amparo.tlog.note import Signer

    return Signer(name, bytes(range(32)))


def _checkpoint():
    from amparo.tlog import checkpoint

    return checkpoint.sign(checkpoint.Checkpoint(LOG, 8, bytes(32)), _signer(LOG)).encode()


def _zip(name, body):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _leaf():
    from amparo.case.issue import issue
    from amparo.record.decision import settle

    decision = settle(_statements(1)[0], "API")
    return issue(
        decision,
        case="0199aaaa-0000-7000-8000-000000000000",
        by="foro",
        at="2026-11-25T12:00:00Z",
        salt=bytes(32),
        puid_salt=bytes(32),
        imported=None,
    )


def note():
    from amparo.tlog import note

    return note.parse, [_checkpoint(), b"a\n\n\xe2\x80\x94 b c2lnbmF0dXJl\n"]


def checkpoint():
    from amparo.tlog import checkpoint

    return checkpoint.parse, [_checkpoint().partition(b"\n\n")[0] + b"\n"]


def tlog_proof():
    from amparo.tlog import proof

    made = proof.Proof(2, (bytes(32), bytes(32), bytes(32)), _checkpoint(), b'{"entry":"{}"}')
    return proof.parse, [made.encode()]


def receipt():
    from amparo.ledger.log import receipts
    from amparo.tlog import policy, proof

    trusted = policy.of_log(_signer(LOG).verifier.vkey)
    extra = json.dumps({"entry": _leaf().leaf.decode(), "salt": "A" * 43, "sealed": {"puid": "x"}})
    made = proof.Proof(2, (bytes(32),) * 3, _checkpoint(), extra.encode())
    return lambda raw: receipts.verify(raw, trusted), [made.encode()]


def policy():
    from amparo.tlog import policy

    text = f"log {_signer(LOG).verifier.vkey}\nwitness a {_signer('w').verifier.vkey}\nquorum a\n"
    return lambda raw: policy.parse(raw.decode(errors="replace")), [text.encode()]


def tile_path():
    from amparo.tlog import tile

    return lambda raw: tile.parse_path(raw.decode(errors="replace")), [
        b"tile/0/x001/234.p/5",
        b"tile/entries/000",
        b"tile/2/007",
    ]


def bundle():
    from amparo.tlog import tile

    return lambda raw: tile.entries_of(raw[1:], raw[0] if raw else 1), [
        b"\x03" + tile.bundle([b"a", b"", b"ccc"])
    ]


def witness_request():
    from amparo.tlog import witness

    return witness.parse_request, [witness.Request(3, (bytes(32),), _checkpoint()).encode()]


def witness_size():
    from amparo.tlog import witness

    return lambda raw: witness.read_size(raw, own_size=100), [b"42\n"]


def witness_answer():
    from amparo.tlog import witness

    text = _checkpoint().partition(b"\n\n")[0] + b"\n"
    return lambda raw: witness.read_cosignatures(raw, text, [_signer("w").verifier]), [
        "— w MkqzmDh9jQ==\n".encode()
    ]


def split_view():
    from amparo.tlog import split

    return split.judge, [b"amparo split view v1\n\n" + _checkpoint() + b"\n" + _checkpoint()]


def leaf():
    from amparo.record import event

    return event.read_leaf, [_leaf().leaf]


def opening():
    from amparo.record import sealing

    return sealing.unpack, [sealing.pack(_leaf().opening)]


def statement():
    """The whole way of a statement: both readers must agree on what a good one is."""
    from msgspec.structs import asdict

    from amparo.record import fast_path, rules
    from amparo.record.decision import parse, settle, trim
    from amparo.record.rules import Profile

    def read(raw):
        sent = parse(raw)
        fast = fast_path.decision(sent)
        value = trim(sent)
        if type(value) is not dict:
            assert fast is None
            return
        findings = rules.check(value, Profile())
        rules.unknown_findings(value)
        if findings:
            assert fast is None, "the short way took what the rules refuse"
        else:
            settled = settle(value, "API")
            if fast is not None:
                assert asdict(fast) == asdict(settled), "two readers, two decisions"

    return read, [json.dumps(one).encode() for one in _statements(8)]


def batch():
    from amparo.record import fast_path
    from amparo.record.decision import parse, trim

    def read(raw):
        fast_path.decisions(raw)
        trim(parse(raw))

    return read, [json.dumps({"statements": _statements(2)}).encode()]


def dump_csv():
    from amparo.observatory.lake import pieces

    return lambda raw: pieces.read(raw, "a.csv"), [
        path.read_bytes()[:6000] for path in sorted((VECTORS / "tdb").glob("*.csv"))
    ] + [body[:50_000] for body in bombs.texts().values()]


def dump_row():
    import csv

    from amparo.connectors import tdb
    from amparo.record import rules
    from amparo.record.rules import Profile

    path = next(iter(sorted((VECTORS / "tdb").glob("sor-*head12.csv"))))
    head, first, *_ = path.read_text().splitlines()
    columns = next(csv.reader([head]))

    def read(raw):
        text = raw.decode(errors="replace").replace("\0", "")
        try:
            cells = next(csv.reader([text]), [])
        except csv.Error:
            return
        row = dict(zip(columns, cells, strict=False))
        rules.check(tdb.submission(row), Profile())
        tdb.imported(row)

    return read, [first.encode()]


def dump_stream():
    """Dumps as `import` reads them: records that may span lines."""
    from amparo.observatory.lake import dumps

    path = next(iter(sorted((VECTORS / "tdb").glob("sor-*head12.csv"))))
    real = path.read_bytes()
    head = real.partition(b"\n")[0] + b"\n"

    def read(raw):
        for _ in dumps.csv_rows(io.BytesIO(raw), "a.csv"):
            pass

    return read, [real[:6000], *(head + body[:8000] for body in bombs.texts().values())]


def report_csv():
    from amparo.report import files, parts
    from amparo.report.lint import lint

    def read(raw):
        name, _, body = raw.partition(b"\n")
        sheets, _ = files.sheets_of(name.decode(errors="replace")[:60] or "a.csv", body)
        for one in parts.reports(sheets)[0]:
            lint(one, "online_platform")

    return read, [
        path.name.encode() + b"\n" + path.read_bytes()[:3000]
        for path in sorted((VECTORS / "report").glob("*.csv"))
    ] + [b"4_notices.csv\n" + body[:3000] for body in bombs.texts().values()]


def report_archive():
    from amparo.report import files

    return lambda raw: files.sheets_of("a.zip", raw), [
        _zip("1_report_identification.csv", b"a,b\r\n1,2\r\n"),
        *bombs.archives().values(),
    ]


def report_workbook():
    from amparo.report import files

    return lambda raw: files.sheets_of("a.xlsx", raw), [
        bombs.workbook("A1", "B1", "A2"),
        *bombs.workbooks().values(),
    ]


def report_open_document():
    from amparo.report import files

    good = bombs.open_document(bombs.row(bombs.repeated(2)), bombs.row(bombs.repeated(1), 2))
    return lambda raw: files.sheets_of("a.ods", raw), [good, *bombs.open_documents().values()]


def report_sheet():
    """A sheet's XML itself, which a bent archive would hardly ever hold whole."""
    from amparo.report import files

    def read(raw):
        files.sheets_of("a.xlsx", bombs.with_sheet(raw.decode(errors="replace")))

    return read, [
        bombs.cells("A1", "B2").encode(),
        bombs.cells("A1", bombs.FAR).encode(),
        bombs.numbers(2, 3).encode(),
        bombs.MERGED.encode(),
        b'<sheetData><row r="2"><c r="B2" t="s"><v>0</v></c><c t="s"><v>0</v></c></row></sheetData>',
    ]


def report_answers():
    from amparo.report import answers
    from amparo.report.skeleton import skeleton

    return lambda raw: answers.read(answers.parse(raw.decode(errors="replace"))), [
        skeleton("online_platform", platform="foro", name="Foro").encode(),
        b'[[complaint]]\nid="a"\nsubmitted=2026-01-01\nabout=["removal"]\noutcome="pending"',
        b"a=" + b"[" * 900,
        b"a=" + b"9" * 5_000,
        b"a" + b".a" * 900 + b"=1",
    ]


def charter():
    from tests.coalition.test_charter import signed, source

    from amparo.coalition import charter

    return charter.read, [signed(charter.from_source(source()))]


def resolution():
    from amparo.coalition import document
    from amparo.coalition import resolution as papers

    def read(raw):
        for header, kind in (
            (papers.RESOLUTION, papers.Resolution),
            (papers.ANSWER, papers.Answer),
            (papers.CONTACT, papers.Contact),
        ):
            if raw.startswith(header):
                document.read(raw, header, kind)

    return read, [
        header + b'{"n":1}\n\n' + "— m.example AAAA\n".encode()
        for header in (papers.RESOLUTION, papers.ANSWER, papers.CONTACT)
    ]


def coalition_bundle():
    from datetime import date

    from amparo.ledger.coalition import bundles

    made = _zip("resolution.note", b"amparo resolution v1\n{}\n\n")
    return lambda raw: bundles.verify(raw, "00" * 32, date(2026, 11, 25)), [
        made,
        *bombs.archives().values(),
    ]


def sealed_file():
    from amparo.coalition import sealed

    stanza = b"-> X25519 %b\n%b\n" % (b"A" * 43, b"B" * 43)
    payload = bytes(16 + 65_536 + 16)  # nonce, one full chunk, its tag
    made = sealed.MAGIC + 2 * stanza + b"--- %b\n" % (b"C" * 43) + payload
    assert sealed.judge(made).inside == 65_536
    return sealed.judge, [made]


def settings():
    import tempfile

    from amparo.storage.node import create_node, open_node

    node = create_node(Path(tempfile.mkdtemp()) / "node", origin="log.example")
    path = node.folder / "amparo.toml"

    def read(raw):
        path.write_bytes(raw)
        open_node(node.folder)

    return read, [path.read_bytes()[:1500]]


def label_stream():
    from amparo.connectors import label, label_frame, labels, signing_key
    from amparo.connectors.labels import Settings

    recorded = json.loads((VECTORS / "atproto" / "ozone_labels.json").read_text())
    of = recorded["document"]
    key = signing_key.read(
        of["verificationMethod"][1]["publicKeyMultibase"], of["verificationMethod"][1]["type"]
    )
    settings = Settings(of["id"], key, {}, "", keys_are_dates=True)
    later = datetime(2027, 1, 1, tzinfo=UTC)

    def read(raw):
        try:
            frame = label_frame.read(raw)
        except ValueError:  # a frame that is refused
            return
        for received in frame.labels if isinstance(frame, label_frame.Labels) else ():
            with suppress(ValueError):  # a label that is refused
                labels.record(label.read(received, of["id"], key, later), settings)

    return read, [bytes.fromhex(one) for one in (*recorded["frames"], recorded["future_cursor"])]


def ozone_events():
    from amparo.connectors import label_values, ozone, ozone_appeals
    from amparo.connectors.ozone import Settings

    recorded = json.loads((VECTORS / "atproto" / "ozone_events.json").read_text())
    settings = Settings(
        recorded["service"],
        label_values.read({"labelled": "rude"}),
        frozenset(),
        letters=True,
        ignored=frozenset(),
        keys_are_dates=True,
        wait=timedelta(minutes=15),
    )

    def read(raw):
        try:
            page = json.loads(raw)
        except (ValueError, RecursionError):  # no JSON: `http.Answer.json` says so
            return
        history = []
        for source in page if isinstance(page, list) else ():
            with suppress(ValueError):  # an event that is refused
                history.append(ozone.read(source))
        history.sort(key=lambda event: (event.at, event.id))
        for event in history:
            with suppress(ValueError):
                ozone.records(event, history, settings)
        ozone_appeals.records(history, settings)

    few = [recorded["events"][begin : begin + 4] for begin in range(0, 27, 4)]
    return read, [json.dumps(events).encode() for events in few]


TARGETS = {
    made.__name__: made
    for made in (
        note,
        checkpoint,
        tlog_proof,
        receipt,
        policy,
        tile_path,
        bundle,
        witness_request,
        witness_size,
        witness_answer,
        split_view,
        leaf,
        opening,
        statement,
        batch,
        dump_csv,
        dump_row,
        dump_stream,
        report_csv,
        report_archive,
        report_workbook,
        report_open_document,
        report_sheet,
        report_answers,
        charter,
        resolution,
        coalition_bundle,
        sealed_file,
        settings,
        label_stream,
        ozone_events,
    )
}
