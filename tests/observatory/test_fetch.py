"""Dumps fetched from a real web server: redirected, resumed, checked."""

import functools
import http.server
import threading
from pathlib import Path
from typing import ClassVar

import pytest
from tests.conftest import run
from tests.observatory.dump import dump, row

from amparo.cli.lake import fetch_dump
from amparo.errors import Missing, Unsound
from amparo.observatory.lake import fetch
from amparo.observatory.lake.lake import Lake


class Site(http.server.SimpleHTTPRequestHandler):
    """A site that redirects to its store, and answers ranges as a store does."""

    asked: ClassVar[list] = []

    def do_GET(self):
        Site.asked.append((self.path, self.headers.get("range")))
        if self.path.startswith("/download/"):
            self.send_response(302)
            self.send_header("location", self.path.replace("/download/", "/store/"))
            self.end_headers()
            return
        path = self.directory + "/" + self.path.rsplit("/", 1)[-1]
        try:
            body = Path(path).read_bytes()
        except FileNotFoundError:
            self.send_error(403)
            return
        start = (
            int(self.headers["range"].split("=")[1].rstrip("-")) if "range" in self.headers else 0
        )
        self.send_response(206 if start else 200)
        self.send_header("content-length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start:])

    def log_message(self, *_):
        pass


def untold(_done, _total):
    """Nobody is shown how far it is."""


@pytest.fixture
def site(place, monkeypatch):
    monkeypatch.setattr(fetch, "PAUSE_SECONDS", 0)
    Site.asked.clear()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Site, directory=str(place))
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/download"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_dump_is_fetched_over_a_redirect_resumed_and_checked(site, place, tmp_path):
    path = dump(place, [[row(n) for n in range(50)]])
    into = tmp_path / "fetched"
    into.mkdir()
    (into / f"{path.name}.part").write_bytes(path.read_bytes()[:1000])

    got = fetch_dump(f"{site}/{path.name}", into, untold)

    assert got.read_bytes() == path.read_bytes()
    assert ("/store/" + path.name, "bytes=1000-") in Site.asked
    assert (into / f"{path.name}.sha1").is_file()
    Site.asked.clear()
    fetch_dump(f"{site}/{path.name}", into, untold)
    assert all(name.endswith(".sha1") for name, _ in Site.asked)


def test_a_fetched_file_with_another_digest_is_refused(site, place, tmp_path):
    path = dump(place, [[row(0)]])
    path.with_name(f"{path.name}.sha1").write_text("0" * 40 + "  x")

    with pytest.raises(Unsound, match="not what was published"):
        fetch_dump(f"{site}/{path.name}", tmp_path / "fetched", untold)
    assert not list((tmp_path / "fetched").glob("*.zip"))


def test_a_day_that_is_not_there_is_told(site, tmp_path):
    with pytest.raises(Missing, match="no such dump"):
        fetch_dump(f"{site}/sor-global-2030-01-01-full.zip", tmp_path / "fetched", untold)


def test_a_range_of_days_is_fetched_and_added(site, place, tmp_path):
    for day in ("2025-11-03", "2025-11-04"):
        dump(place, [[row(0, day=day)]], day=day, version="light")

    run(
        "observe",
        "add",
        "--from",
        "2025-11-03",
        "--to",
        "2025-11-04",
        "--site",
        site,
        "--lake",
        tmp_path / "lake",
    )

    assert len(Lake(tmp_path / "lake").entries()) == 2
