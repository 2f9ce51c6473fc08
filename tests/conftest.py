"""The worlds that tests live in: a node's folder, a node that serves, a browser."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import hypothesis
import pytest
from tests.servers import ObjectStore, PostgresServer

from amparo.ledger.case import claims
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare
from amparo.record.decision import settle, trim
from amparo.record.rules import Profile
from amparo.record.specimen import specimen
from amparo.storage.journal import Journal
from amparo.storage.node import create_node

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
hypothesis.settings.register_profile("amparo", deadline=None)  # no timing decides a test
hypothesis.settings.load_profile("amparo")

LONGEST = (  # files that take minutes: begun first, so that no worker is left with one at the end
    "test_spark.py",
    "test_a_wave.py",
    "test_every_call.py",
    "test_faults_of_backups.py",
    "test_browser.py",
    "test_observatory.py",
    "test_waves.py",
    "test_writers.py",
)
REAL = Path(__file__).parent / "vectors" / "tdb"
AMPARO = [sys.executable, "-m", "amparo"]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(name) if (name := item.path.name) in LONGEST else 99)


def statement(puid="TK421", **changes):
    """A good statement; a change to None takes the attribute out."""
    made = specimen(random.Random(5), puid) | changes
    return {name: value for name, value in made.items() if value is not None}


def run(*words, check=True, **options):
    """Run the command line as a person would; its result with text output."""
    done = subprocess.run(
        [*AMPARO, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        **options,
    )
    if check and done.returncode:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def files_below(folder):
    """The files below a folder, each with its bytes, also while a node writes and clears there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        with suppress(FileNotFoundError):
            if path.is_file():
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def bytes_below(folder):
    """Every byte of every file below a folder."""
    return b"".join(files_below(folder).values())


def own_link(http, told):
    """The path of a person's own link to the decision that a platform's 201 tells of.

    As the person gets it: by opening the link that the platform handed over.
    """
    handed_over = urlsplit(told["recourse_url"]).path
    opened = http.post(f"{handed_over}/open")
    assert opened.status_code == 303, opened.text
    return urlsplit(opened.headers["location"]).path


def proven_link(served, told, *, own=None):
    """A person's link that no platform can know: whoever runs the node has seen their account."""
    asked = served.http.post(f"{own or urlsplit(told['recourse_url']).path}/claim")
    assert asked.status_code == 303, asked.text
    claim = urlsplit(asked.headers["location"]).path
    word = claims.word_of(bytes.fromhex(claim.rpartition("/")[2]))
    looked = ("--by", "Olga", "--seen", "It stands in the profile of this account.")
    run("claim", "prove", told["uuid"], word, *looked, "--data", served.data)
    return claim


def run_async(coroutine):
    """Run a coroutine to its end on a thread of its own: a browser's loop may run on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class Served:
    """A real `amparo serve` in a process of its own; its notes are shown beside a test that fails."""

    def __init__(self, data, *words):
        self.data = data
        self.words = words
        self.process = None
        self.start()

    def start(self, ready=200):
        """Start, and wait until it says that it is ready, or another status."""
        self.process = subprocess.Popen(
            [*AMPARO, "serve", "--data", str(self.data), "--port", "0", *map(str, self.words)],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        if not line.startswith("Open http://"):
            raise AssertionError(f"the node did not start: {line!r}")
        self.url = line.split()[1].rstrip("/")
        self.http = httpx2.Client(base_url=self.url, timeout=60)
        deadline = time.monotonic() + 120
        while True:
            try:
                if self.http.get("/health").status_code == ready:
                    return
            except httpx2.HTTPError:
                pass
            if time.monotonic() > deadline:
                raise AssertionError("the node did not become ready")
            time.sleep(0.05)

    def add_platform(self, name, *words):
        token = run("platform", "add", name, "--data", self.data, *words).stdout.splitlines()[-1]
        return {"authorization": f"Bearer {token}"}

    def patient_post(self, path, **options):
        """Post to a node that tests share: all of them are one network, and wait for its limits."""
        while (answer := self.http.post(path, **options)).status_code == 429:
            time.sleep(1)
        return answer

    def enter(self, link):
        """The headers of whoever signs in at the desk."""
        form = {"link": link.strip().rpartition("link=")[2]}
        came = self.patient_post("/desk/sign-in", data=form)
        self.http.cookies.clear()
        return {"cookie": f"desk={came.cookies['desk']}"}

    def until_published(self):
        """Wait until everything that is kept is public."""
        deadline = time.monotonic() + 240
        while (seen := self.http.get("/health").json())["published"] < seen["entries"]:
            if time.monotonic() > deadline:
                raise AssertionError(f"not everything was published: {seen}")
            time.sleep(0.1)

    def until_shown(self, path, words):
        """Wait until a page says something that a program beside the node brings about."""
        deadline = time.monotonic() + 240
        while words not in self.http.get(path).text:
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} does not say {words!r}")
            time.sleep(0.1)

    def kill(self):
        """As a power cut would: no farewell."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.http.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        self.process.stdout.close()
        self.http.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """One node for all tests of a worker that only talk to it."""
    one = Served(tmp_path_factory.mktemp("served"))
    yield one
    one.stop()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A node as `make run` starts it, with its whole story published."""
    one = Served(tmp_path_factory.mktemp("demo"), "--demo")
    one.until_published()
    journal = Journal(one.data / "journal.db", read_only=True)
    one.decisions = [entry.seq for entry in journal.newest_decisions(10_000)]
    journal.close()
    yield one
    one.stop()


@pytest.fixture(autouse=True)
def shared_nodes_forget_their_visitors(request):
    """No language that one test chose at a shared node is the language of the next."""
    asked = [name for name in ("served", "demo") if name in request.fixturenames]
    found = [request.getfixturevalue(name) for name in asked]
    yield
    for node in found:
        if isinstance(node, Served):  # some tests have a server of their own by that name
            node.http.cookies.clear()


@pytest.fixture(scope="session")
def platform(served):
    """The headers of a platform that may submit to `served`."""
    return served.add_platform("Test Platform")


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL of this worker's own."""
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def object_store():
    """A real server that speaks S3, of this worker's own; its keys are in the environment."""
    server = ObjectStore()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server
    server.remove()


@pytest.fixture
def database():
    """Where a node's journal is: a file, unless a test's folder says otherwise."""
    return ""


@pytest.fixture
def node(tmp_path, database):
    """A new node's folder, with nobody running it."""
    return new_node(tmp_path / "node", database)


def new_node(folder, database="", store="", origin="log.example/test"):
    return create_node(folder, origin=origin, journal=database, store=store)


@pytest.fixture
def journal(node):
    opened = Journal(node.journal)
    yield opened
    opened.close()


@pytest.fixture
def keep(node, journal):
    """Keep decisions straight in the journal: keep(3) -> three prepared rows, appended."""
    platform = platforms.add(journal, "Foro", Profile())
    count = iter(range(10**9))

    def keeping(number, **changes):
        decisions = [
            settle(trim(statement(f"own-{next(count):05d}", **changes)), "API")
            for _ in range(number)
        ]
        prepared = prepare(decisions, platform=platform, secret=node.secret())
        journal.append([[one.row for one in prepared]])
        return prepared

    return keeping


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium, the one without a window if it is there.

    Without its sandbox only because tests may run as root.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        pytest.fail("There is no Chromium. Install it with `apt-get install chromium`.")
    switches = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return {**browser_type_launch_args, "executable_path": chromium, "args": switches}


os.environ.pop("AMPARO_DATA", None)
