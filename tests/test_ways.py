"""The seven ways of docs/index.md lead where they say: each is followed in a copy of the tree.

A test takes the files from the page, changes them as the page says, and asks the program. A file
that moves, or a step that is no longer enough, fails here.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.case.test_events import READERS
from tests.conftest import statement

ROOT = Path(__file__).parent.parent
INDEX = (ROOT / "docs" / "index.md").read_text()
NAMED = r"`((?:src|tests|docs|tools|bench|deploy|changelog\.d)(?:/[\w./-]+)?)`"


def way(what):
    """The steps of one way, as the page has them."""
    return re.search(
        rf"^## How to add an? {what}\n(.+?)(?=^## |\Z)", INDEX, re.MULTILINE | re.DOTALL
    )[1]


class Copy:
    """A copy of the source, in which a way is followed."""

    def __init__(self, folder):
        self.folder = folder
        for part in ("src", "tools"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, folder / part, ignore=ignored)

    def file(self, way, path):
        """A file that the way names."""
        assert f"`{path}`" in way
        return self.folder / path

    def insert(self, file, before, text):
        """Put text into a file, before the one line that begins so."""
        old = file.read_text()
        assert old.count(f"\n{before}") == 1
        file.write_text(old.replace(f"\n{before}", f"\n{text}\n{before}"))

    def python(self, *words):
        """What Python prints when the copy is what it runs."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder / "src"), "COLUMNS": "300"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/index.md"])
def test_every_file_that_a_newcomer_is_sent_to_is_there(page):
    named = re.findall(NAMED, (ROOT / page).read_text())

    assert len(named) > 5
    assert [path for path in named if not (ROOT / path).exists()] == []


def rows():
    """The rows of the tables that say where to look: what for, and the cells that name files."""
    section = re.search(r"^## Where to look\n(.+?)^## ", INDEX, re.MULTILINE | re.DOTALL)[1]
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:2] == "| "]
    return [(row[0], row[1:]) for row in cells if row[1] not in ("file", "what an entry means")]


FILE = r"`([\w.-]+/[\w./-]+|[\w-]+\.py)`"


def test_whoever_looks_for_something_is_led_to_files_that_are_there():
    lost = [
        (subject, path)
        for subject, cells in rows()
        for path in re.findall(FILE, " ".join(cells))
        if not ((ROOT / "src/amparo" / path).exists() or (ROOT / path).exists())
    ]

    assert lost == []


def test_every_module_has_a_row_or_is_a_command():
    """A new file is put into the map, or a newcomer never finds it.

    A command is found by its name; what a module is imported by is no subject of its own.
    """
    source = ROOT / "src/amparo"
    modules = [path for path in source.rglob("*.py") if not path.stem.startswith("__")]
    without = [
        name
        for path in modules
        if (name := str(path.relative_to(source))) not in INDEX
        and not path.read_text().startswith('"""`amparo ')
    ]

    assert len(modules) > 500
    assert without == []


def test_a_name_beside_a_file_stands_in_that_file():
    named = [
        (path, name)
        for _, cells in rows()
        for path, beside in re.findall(rf"{FILE} \(([^)]*`[^)]*)\)", " ".join(cells))
        for name in re.findall(r"`(\w+)`", beside)
    ]

    assert len(named) > 20
    files = {path: (ROOT / "src/amparo" / path).read_text() for path, _ in named}
    assert [(path, name) for path, name in named if name not in files[path]] == []


def test_every_row_begins_with_one_file_and_no_subject_has_two_rows():
    subjects = [subject for subject, _ in rows()]

    assert len(subjects) > 200
    assert len(set(subjects)) == len(subjects)
    assert [subject for subject, (first, *_) in rows() if not re.match(FILE, first)] == []


def test_every_room_is_on_the_map():
    mapped, _, _ = INDEX.partition("## How to add")
    rooms = {
        path.parent.relative_to(ROOT).as_posix()
        for pattern in ("*/__init__.py", "*/*/__init__.py")
        for path in (ROOT / "src" / "amparo").glob(pattern)
    }

    assert rooms <= set(re.findall(NAMED, mapped))


def test_a_rule_that_is_added_holds_on_both_ways_in(copy):
    steps = way("rule")
    file = copy.file(steps, "src/amparo/record/rules.py")
    copy.file(steps, "src/amparo/record/fast_path.py")
    rule = (
        '@rule("decision_facts", article="DSA Art. 0", fix="Say more.")\n'
        "def facts_are_long(submission: Submission, profile: Profile) -> str | None:\n"
        '    """Facts are more than a word."""\n'
        '    return None if " " in submission["decision_facts"] else "Too short."\n\n'
    )
    copy.insert(file, "@functools.lru_cache(maxsize=4096)", rule)
    asks = (
        "from amparo.record import fast_path, rules\n"
        f"sent = {statement(decision_facts='Spam')!r}\n"
        "print([one.rule for one in rules.check(sent, rules.Profile())], fast_path.decision(sent))"
    )

    assert copy.python("-c", asks) == "['facts_are_long'] None\n"


def test_whoever_adds_an_event_is_sent_to_every_reader_that_the_type_checker_names():
    """tests/case/test_events.py adds one to a copy and runs the type checker, which names READERS."""
    steps = way("event")

    assert all(f"`src/amparo/case/{name}.py`" in steps for name in ("events", "machines"))
    readers = {path.removeprefix("src/amparo/") for path in re.findall(NAMED, steps)} & READERS
    assert readers == READERS
    for name in readers:
        assert "assert_never" in (ROOT / "src" / "amparo" / name).read_text()


def test_a_page_that_is_added_is_served_in_the_frame_of_all_others(copy):
    steps = way("page")
    copy.file(steps, "src/amparo/web/words/pages.py")
    templates = copy.file(steps, "src/amparo/web/words/templates")
    (templates / "hello.html").write_text(
        '{% extends "base.html" %}{% block title %}Hello{% endblock %}'
        "{% block main %}<h1>{% trans %}Hello, {{ name }}{% endtrans %}</h1>{% endblock %}"
    )
    module = copy.file(steps, "src/amparo/web/public") / "hello.py"
    module.write_text(
        '"""A greeting."""\n\n'
        "from starlette.requests import Request\n"
        "from starlette.responses import Response\n"
        "from starlette.routing import BaseRoute, Route\n\n"
        "from amparo.web.words.pages import page\n\n\n"
        "async def hello(request: Request) -> Response:\n"
        '    """GET /hello/{name}: a greeting."""\n'
        '    return page(request, "hello.html", name=request.path_params["name"])\n\n\n'
        "def routes() -> list[BaseRoute]:\n"
        '    """One address."""\n'
        '    return [Route("/hello/{name}", hello, methods=["GET"])]\n'
    )
    app = copy.file(steps, "src/amparo/web/app.py")
    copy.insert(app, "        *report.routes(),", "        *hello.routes(),")
    copy.insert(app, "from amparo.web.staff", "from amparo.web.public import hello")
    (copy.folder / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "web.md", copy.folder / "docs")
    asks = (
        "from pathlib import Path\n"
        "from starlette.testclient import TestClient\n"
        "from amparo.storage.node import create_node\n"
        "from amparo.web.app import build\n"
        "from amparo.web.http.state import Serving\n"
        "node = create_node(Path('node'), origin='log.example')\n"
        "print(TestClient(build(Serving(node))).get('/hello/Ana').text)"
    )

    told = copy.python("-W", "ignore", "-c", asks)
    copy.python("tools/addresses.py")

    assert "<h1>Hello, Ana</h1>" in told
    assert 'class="skip"' in told
    assert "| GET `/hello/{name}` | a greeting. |" in (copy.folder / "docs/web.md").read_text()


def test_a_setting_that_is_added_is_written_read_and_explained(copy):
    file = copy.file(way("setting"), "src/amparo/storage/settings.py")
    field = '    patience: Annotated[int, _number("Days of patience. Rarely changed.")] = 7'
    copy.insert(file, "    monitor: Annotated[", field)
    asks = (
        "from amparo.storage.settings import Settings, new_text, read\n"
        "text = new_text(Settings(origin='log.example', patience=9))\n"
        "print(text, read(text, name='amparo.toml').patience)"
    )

    told = copy.python("-c", asks)
    helped = copy.python("-m", "amparo", "serve", "--help")

    assert "# Days of patience. Rarely changed.\npatience = 9\n" in told
    assert told.endswith(" 9\n")
    assert "patience Days of patience." in " ".join(helped.split())


def test_a_migration_that_is_added_changes_a_journal_that_is_there(copy):
    steps, data = way("migration"), copy.folder / "data"
    copy.python("-m", "amparo", "platform", "add", "Foro", "--data", str(data))
    newest = max(int(path.stem[7:]) for path in copy.folder.rglob("storage/schema_*.sql"))
    folder = copy.file(steps, "src/amparo/storage")
    assert f"`schema_{newest + 1}.sql`" in steps
    (folder / f"schema_{newest + 1}.sql").write_text(
        "ALTER TABLE platform ADD COLUMN motto TEXT;\n"
    )
    file = copy.file(steps, "src/amparo/storage/journal.py")
    file.write_text(file.read_text().replace(f"range(2, {newest + 1})", f"range(2, {newest + 2})"))

    copy.python("-m", "amparo", "platform", "add", "Plaza", "--data", str(data))

    asks = (
        "from pathlib import Path\nfrom amparo.storage.journal import Journal\n"
        f"journal = Journal(Path({str(data / 'journal.db')!r}))\n"
        "print(journal.db.execute('SELECT name, motto FROM platform ORDER BY id').fetchall())"
    )
    assert copy.python("-c", asks) == "[('Foro', None), ('Plaza', None)]\n"


def test_the_map_leads_to_the_newest_migration():
    newest = max(
        (ROOT / "src/amparo/storage").glob("schema_*.sql"), key=lambda path: int(path.stem[7:])
    )

    assert f"`storage/{newest.name}`, the newest" in INDEX


def test_a_language_begins_as_an_empty_file_and_is_offered(copy):
    command = re.search(r"`touch (\S+/)it\.po`", way("language"))
    file = copy.folder / command[1] / "it.po"
    file.touch()

    copy.python("tools/catalogues.py")
    asks = "from amparo.web.words import i18n; print(i18n.languages(), i18n.catalogue('it'))"
    told = copy.python("-c", asks)

    assert "'it'" in told.partition(")")[0]
    assert 'msgid "Skip to the content"\nmsgstr ""' in file.read_text()


def test_a_connector_that_is_added_turns_foreign_rows_into_decisions(copy):
    (copy.file(way("connector"), "src/amparo/connectors") / "foro.py").write_text(
        "from amparo.connectors.record import Record\n\n\n"
        "def record(row: dict[str, str]) -> Record:\n"
        '    said = {name: value for name, value in row.items() if name != "id"}\n'
        '    return Record(kind="restriction", native_id=row["id"], decision=said)\n'
    )
    row = {"id": "F-1"} | {name: said for name, said in statement().items() if name != "puid"}
    asks = (
        "from amparo.connectors import foro, settling\n"
        "from amparo.record import rules\n"
        f"whole = settling.settle(foro.record({row!r}), {{}}, (), rules.Profile())\n"
        f"less = foro.record({row | {'decision_facts': ''}!r})\n"
        "asked = settling.settle(less, {}, (), rules.Profile())\n"
        "print(type(whole).__name__, type(asked).__name__)"
    )

    assert copy.python("-c", asks) == "Statement Draft\n"


def test_a_measure_that_is_added_is_found_by_its_name(copy):
    file = copy.file(way("measure"), "src/amparo/observatory/measures.py")
    copy.insert(
        file,
        "        *_complaints(),",
        '        Measure("statements.twice", "Twice", "All of them, twice.", "statements",\n'
        '                _COUNT.format(metrics="\'statements\'").replace("sum(value)", "2 * sum(value)"),\n'
        '                "statements", ("statements",)),',
    )
    shown = ("-m", "amparo", "observe", "show", "--platform", "X", "--since", "2025-07-01")
    until = ("--until", "2025-07-01", "--format", "csv")

    once = copy.python(*shown, *until, "statements").splitlines()[-1].split(",")
    twice = copy.python(*shown, *until, "statements.twice").splitlines()[-1].split(",")

    assert float(twice[2]) == 2 * float(once[2]) > 0
