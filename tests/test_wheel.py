"""What is shipped is whole, and runs where nothing else is: no lock, no source, no other package."""

import subprocess
import time
import urllib.error
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest
from hatchling import build

from amparo import __version__
from amparo.web.words.i18n import languages

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return folder / build.build_wheel(str(folder))


def test_the_wheel_holds_everything_that_runs(wheel):
    shipped = set(zipfile.ZipFile(wheel).namelist())

    assert {f"amparo/web/words/locales/{code}.po" for code in languages()[1:]} <= shipped
    for path in (ROOT / "src").rglob("*"):
        name = str(path.relative_to(ROOT / "src"))
        if path.is_file() and "__pycache__" not in name:
            assert name in shipped
    for path in (ROOT / "docs").rglob("*.md"):
        assert f"amparo/documents/{path.relative_to(ROOT / 'docs')}" in shipped


class Installed:
    """The wheel in an environment of its own, with whatever versions the index has today."""

    def __init__(self, folder, wheel):
        self.bin = folder / "bin"
        self.environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(folder)}
        venv.create(folder, with_pip=True)
        pip = [self.bin / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q"]
        subprocess.run([*pip, wheel], check=True, timeout=1200)

    def run(self, *words):
        return subprocess.run(
            [self.bin / "amparo", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout


def test_the_wheel_alone_is_a_node(wheel, tmp_path):
    """Installed without the lock, as `pip install amparo` does it."""
    there = Installed(tmp_path / "venv", wheel)

    assert there.run("--version") == f"amparo {__version__}\n"
    node = subprocess.Popen(
        [there.bin / "amparo", "serve", "--data", tmp_path / "data", "--port", "0"],
        env=there.environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = node.stdout.readline().split()[1].rstrip("/")
        assert well(address)
    finally:
        node.terminate()
        node.wait(60)
        node.stdout.close()


def well(address):
    """Whether a node takes and publishes decisions, as soon as it does."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=60) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:  # 503: not yet
            time.sleep(0.1)
    return False
