"""Anybody's log is audited by folder or address, trusting nothing but its key."""

import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest

from amparo.errors import AmparoError, Missing, Unavailable, Unsound
from amparo.ledger.log.audit import audit

TESSERA = Path(__file__).parent.parent / "vectors" / "tessera-testlog"
VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


def test_a_log_that_tessera_wrote_is_audited():
    report = audit(str(TESSERA), VKEY)

    assert (report.origin, report.entries) == ("example.com/log/testdata", 15)


def test_the_same_log_is_audited_by_its_address():
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(TESSERA))
    handler.func.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"

        assert audit(url, VKEY).entries == 15
        with pytest.raises(Missing):
            audit(f"{url}/tile", VKEY)
        server.shutdown()


@pytest.mark.parametrize("name", ["tile/0/000.p/15", "tile/entries/000.p/15", "checkpoint"])
def test_a_log_with_one_changed_byte_does_not_pass(tmp_path, name):
    copy = tmp_path / "log"
    shutil.copytree(TESSERA, copy)
    body = bytearray((copy / name).read_bytes())
    body[-2] ^= 1
    (copy / name).write_bytes(body)

    with pytest.raises(AmparoError):
        audit(str(copy), VKEY)


def test_a_file_that_the_checkpoint_promises_must_be_there(tmp_path):
    copy = tmp_path / "log"
    shutil.copytree(TESSERA, copy)
    (copy / "tile/0/000.p/15").unlink()

    with pytest.raises(Unsound, match="does not serve"):
        audit(str(copy), VKEY)


def test_no_log_and_no_answer_are_told_apart(tmp_path):
    with pytest.raises(Missing):
        audit(str(tmp_path), VKEY)
    with pytest.raises(Missing, match="no log"):
        audit(str(tmp_path / "nothing"), VKEY)
    with pytest.raises(Unavailable, match="reached"):
        audit("http://127.0.0.1:1", VKEY)
