"""The house stands: arrows point down, pure rooms touch nothing, what is public is documented."""

import ast
import graphlib
import inspect
import re
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.routing import Route

from amparo import errors
from amparo.cli.main import COMMANDS, main
from amparo.record import rules
from amparo.web.api import cases, openapi, statements
from amparo.web.app import HANDLERS, STATUS, routes
from amparo.web.disclosure import app
from amparo.web.http.fast_routes import Endpoint

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "amparo"
DOCS = "\n".join(page.read_text() for page in sorted((ROOT / "docs").rglob("*.md")))

MAY_IMPORT = {
    "carried": {"errors"},
    "errors": set(),
    "foreign_text": set(),
    "zip_errors": set(),
    "tlog": {"errors"},
    "record": {"errors"},
    "connectors": {"errors", "record"},
    "case": {"errors", "record"},
    "coalition": {"errors", "record", "tlog"},
    "storage": {"errors", "tlog", "record"},
    "ledger": {
        *("carried", "errors", "foreign_text", "zip_errors", "tlog", "record", "connectors"),
        *("case", "coalition", "storage"),
    },
    "client": {"errors", "record", "tlog", "ledger"},
    "observatory": {"carried", "errors", "zip_errors", "record"},
    "report": {"errors", "zip_errors", "record", "observatory"},
    "web": {
        *("carried", "errors", "foreign_text", "zip_errors", "tlog", "record", "connectors"),
        *("case", "coalition", "storage", "ledger", "observatory", "report"),
    },
}
MAY_IMPORT["demo"] = {*MAY_IMPORT["web"], "web"}
MAY_IMPORT["cli"] = {*MAY_IMPORT["demo"], "demo"}
"""Room -> the rooms below it."""
SINGLE_FILES = {"carried", "errors", "foreign_text", "zip_errors"}

FLOORS = {
    "ledger": (
        "outbound disclosure",
        "log",
        "coalition forward",
        "case publisher_process",
        "connect",
        "upkeep",
    ),
    "web": ("words", "http", "api public disclosure witness", "staff", "app"),
    "cli": (
        "options progress publishing keys rows files groups links process",
        "documents alerts lake serve erase backup move receipt verify log status",
        "record export comparison",
        "admin charter claim connect disclosure forward mail monitor observe panel platform report representative resolution reviewer witness import_",
        "member case",
        "main",
    ),
    "observatory": (
        "renamed errata csv_safe moving_mean waves quality",
        "coverage silences cube naming name_search young",
        "evaluate layers so_far",
        "measures engine",
        "alerts",
        "lake",
        "queries",
        "findings api",
    ),
}
"""Drawer -> its rooms inside, the lowest first: each may use what lies below it, and itself."""

PURE = ["carried", "errors", "tlog", "record", "connectors", "case", "coalition"]
PURE_FILES = [
    f"observatory/{name}.py"
    for name in (
        *(
            "alerts",
            "coverage",
            "csv_safe",
            "cube",
            "errata",
            "evaluate",
            "layers",
            "lake/dialect",
            "lake/schema",
        ),
        *(
            "measures",
            "moving_mean",
            "name_search",
            "naming",
            "quality",
            "renamed",
            "silences",
            "waves",
            "young",
        ),
    )
] + [
    f"report/{name}.py"
    for name in (
        "answers",
        "compare",
        "elsewhere",
        "explain",
        "figures",
        "forms",
        "hearing",
        "lint",
        "mend",
        "merge",
        "questions",
        "recount",
        "skeleton",
        "table",
        "write",
    )
]
HANDS = {
    "apsw",
    "asyncio",
    "duckdb",
    "fcntl",
    "glob",
    "httpx2",
    "io",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "zipfile",
}
"""Modules by which code reaches a disk, a clock, a network or chance."""


def modules():
    return sorted(SOURCE.rglob("*.py"))


def room_of(path):
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imports(path):
    """Every module that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_arrows_only_point_down(path):
    room = room_of(path)
    if room in ("__init__", "__main__"):
        return
    for module in imports(path):
        if module.startswith("amparo.") and module.count(".") >= 1:
            other = module.split(".")[1]
            if other in MAY_IMPORT:
                assert other == room or other in MAY_IMPORT[room], f"{room} imports {module}"


def inner_arrows(drawer):
    """(file, the room it lies in, the room it uses), for each use of another room of a drawer."""
    for path in sorted((SOURCE / drawer).rglob("*.py")):
        if path.name == "__init__.py":
            continue
        room = path.relative_to(SOURCE / drawer).parts[0].removesuffix(".py")
        for module in imports(path):
            parts = module.split(".")
            if parts[:2] == ["amparo", drawer] and len(parts) > 2 and parts[2] != room:
                yield path, room, parts[2]


@pytest.mark.parametrize("drawer", FLOORS)
def test_arrows_inside_a_drawer_only_point_down(drawer):
    floor = {name: n for n, names in enumerate(FLOORS[drawer]) for name in names.split()}
    there = {p.name.removesuffix(".py") for p in (SOURCE / drawer).iterdir() if p.suffix == ".py"}
    there |= {p.parent.name for p in (SOURCE / drawer).glob("*/__init__.py")}
    assert there - {"__init__"} == set(floor)
    for path, room, other in inner_arrows(drawer):
        assert floor[other] < floor[room], f"{path.relative_to(SOURCE)} uses {drawer}.{other}"


@pytest.mark.parametrize("drawer", ["ledger", "web"])
def test_rooms_inside_a_drawer_have_few_arrows(drawer):
    assert len({(room, other) for _, room, other in inner_arrows(drawer)}) < 20


def test_no_module_leads_back_to_itself():
    """Imports inside functions count as well: nothing is hidden by importing it late."""
    names = {".".join(p.relative_to(SOURCE.parent).with_suffix("").parts): p for p in modules()}
    uses = {name: {one for one in imports(path) if one in names} for name, path in names.items()}
    try:
        graphlib.TopologicalSorter(uses).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


LATE = 15
"""Imports inside functions, each because what it brings is slow or an extra; no more than now.

Commands are not counted: all of them import late, so that `--help` and completion are quick.
"""


def test_few_imports_are_late():
    late = [
        (path.relative_to(SOURCE), node.lineno)
        for path in modules()
        if room_of(path) != "cli"
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert len(late) <= LATE, late


def pure_files():
    rooms = [p for p in modules() if room_of(p) in PURE]
    return rooms + [SOURCE / name for name in PURE_FILES]


@pytest.mark.parametrize("path", pure_files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_pure_rooms_touch_no_disk_clock_network_or_chance(path):
    assert not {module.split(".")[0] for module in imports(path)} & HANDS
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    }
    assert not called & {"now", "today", "utcnow", "open", "print", "urandom", "uuid4", "input"}


CLIENTS = {
    *("httpx2", "httpx", "httpcore2", "httpcore", "requests", "aiohttp", "urllib3", "aiosmtplib"),
    *("smtplib", "ftplib", "imaplib", "poplib", "nntplib", "telnetlib", "xmlrpc", "socket"),
    *("http.client", "urllib.request", "asyncio.open_connection", "asyncio.streams"),
}
"""Modules by which code opens a connection to somebody else."""
LISTENING = {
    *(f"cli/{name}.py" for name in ("serve", "process/front_end", "process/metrics")),
    *("demo/neighbours.py", "demo/process.py"),
    "cli/process/watchdog.py",  # it speaks to the service manager of its own machine
}
"""Files that have sockets to listen at."""


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_only_one_room_opens_a_connection_to_somebody_else(path):
    """There every exchange is bounded as a whole; the journal and the store of files are a node's own."""
    name = path.relative_to(SOURCE).as_posix()
    found = {one for one in imports(path) if one in CLIENTS or one.partition(".")[0] in CLIENTS}
    called = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    }
    connecting = {"create_connection", "open_connection", "connect_ex", "sendto"}
    if not name.startswith("ledger/outbound/"):
        assert found <= ({"socket"} if name in LISTENING else set())
        assert not called & connecting


def test_every_room_has_a_page_and_opens_with_its_idea():
    for room in MAY_IMPORT:
        if room not in SINGLE_FILES:
            assert (ROOT / "docs" / f"{room}.md").is_file()
            assert (SOURCE / room / "__init__.py").read_text().startswith('"""')


def test_every_file_in_the_table_of_a_room_is_there():
    for room in MAY_IMPORT:
        if room in SINGLE_FILES:
            continue
        page = (ROOT / "docs" / f"{room}.md").read_text()
        for table in re.findall(r"^\| file \| .+\n((?:\|.+\n)+)", page, re.MULTILINE):
            for row in table.splitlines()[1:]:
                for name in re.findall(r"`([\w/]+)`", row.split("|")[1]):
                    assert (SOURCE / room / f"{name}.py").is_file(), f"{room}.md: {name}"


def test_every_module_opens_with_its_idea():
    for path in modules():
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_every_command_is_documented_and_helps():
    for name in COMMANDS:
        done = CliRunner().invoke(main, [name, "--help"])
        assert done.exit_code == 0
        assert len(done.output) > 100
        assert f"`amparo {name}" in DOCS


def test_every_subcommand_is_documented():
    for group, names in {
        "platform": ["add", "token", "list"],
        "forward": [
            *("set", "status", "pause", "resume", "remove", "preview"),
            *("held", "decide", "find", "compare", "differences"),
        ],
        "log": ["vkey", "check", "audit"],
        "member": ["request", "rotate", "witnesses", "roster", "waiting"],
        "disclosure": [
            *("seal", "replies", "forget", "key", "recipient", "inbox", "open", "step"),
            *("make", "admit", "serve", "quarter"),
        ],
        "report": [
            "answers",
            "import",
            "write",
            "publish",
            "explain",
            "lint",
            "recount",
            "compare",
            "reconcile",
            "body",
            "santa-clara",
        ],
        "resolution": ["propose", "answer", "contact", "list", "show", "verify"],
        "observe": [
            *("add", "sync", "record", "files", "waves", "silences", "show", "measures"),
            *("doubts", "errata", "sql", "evaluate"),
        ],
    }.items():
        for name in names:
            assert CliRunner().invoke(main, [group, name, "--help"]).exit_code == 0
            assert f"`amparo {group} {name}" in DOCS


def every_route():
    found = routes(b"", https=False)
    return [route for route in found if isinstance(route, Route)]


def test_every_route_is_documented():
    for route in every_route():
        assert f"`{route.path}`" in DOCS, route.path
    described = set(openapi.description("http://x")["paths"])
    assert {route.path for room in (statements, cases) for route in room.routes()} == described


def test_the_list_of_addresses_is_the_one_that_is_served():
    """`make addresses` writes it from the routes and the docstrings of whatever answers there."""
    done = subprocess.run(
        [sys.executable, "tools/addresses.py", "--print"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert (ROOT / "docs" / "web.md").read_text().endswith(done.stdout)


def test_nothing_that_answers_waits_for_a_thread():
    """Starlette runs a plain function on one of forty threads: under load they are the longest queue."""
    told = [*HANDLERS.values(), *app.HANDLERS.values()]
    for answering in [*(route.endpoint for route in every_route()), *told]:
        asked = (answering.take, answering.__call__) if isinstance(answering, Endpoint) else ()
        for function in asked or (answering,):
            assert inspect.iscoroutinefunction(function), answering


READ_AS_TEXT = {"connectors/tdb.py", "observatory/lake/schema.py"}
BY_STRICT_JSON = {"cli/disclosure.py", "coalition/roster.py"}
"""Who decodes what is text already, and who has it done by `strict_json`, which raises one error."""


def test_whoever_reads_json_reckons_with_bytes_that_are_no_text():
    """msgspec has no error of its own for them: `UnicodeDecodeError` comes through."""
    found = set()
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and node.type is not None:
                caught = ast.unparse(node.type)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
                caught = ", ".join(map(ast.unparse, node.args))
            else:
                continue
            if "msgspec.DecodeError" in caught and not re.search(
                r"UnicodeDecodeError|ValueError|BROKEN", caught
            ):
                found.add(str(path.relative_to(SOURCE)))
    assert found == READ_AS_TEXT | BY_STRICT_JSON


def test_every_rule_is_documented():
    for rule in rules.RULES:
        assert f"`{rule.name}`" in DOCS


def test_every_kind_of_error_is_documented_with_its_status():
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.AmparoError)
    ]
    for kind in [*kinds, *STATUS]:
        if kind is not errors.AmparoError:
            assert f"`{kind.__name__}`" in DOCS, kind
    for status in STATUS.values():
        assert str(status) in DOCS


def test_the_glossary_has_the_words_of_the_house():
    glossary = (ROOT / "docs" / "glossary.md").read_text().lower()
    for word in (
        "checkpoint",
        "commitment",
        "cosignature",
        "decision",
        "entry bundle",
        "leaf",
        "opening",
        "origin",
        "puid",
        "receipt",
        "recourse",
        "statement of reasons",
        "tile",
        "witness",
    ):
        assert f"**{word}**" in glossary


@pytest.mark.parametrize(
    "term", ["retry", "rate limit", "migration", "idempotent", "retention", "supervisor"]
)
def test_a_search_for_a_term_of_the_field_finds_the_place(term):
    """The glossary names files, and in one of them the word stands."""
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    entry = re.search(rf"^- \*\*{term}\*\*: (.+?)(?=^- |^## )", glossary, re.MULTILINE | re.DOTALL)
    named = [SOURCE / name for name in re.findall(r"`([\w/]+\.py|[\w/]+/puids)`", entry[1])]
    texts = [(path / "__init__.py" if path.is_dir() else path).read_text() for path in named]

    assert any(re.search(term.rstrip("y"), text, re.IGNORECASE) for text in texts)


PRIVATE = {"told", "kept", "said", "one"}
STORED_OR_SENT = {("case/events.py", "said"), ("web/api/cases.py", "kept")}


def bound(tree):
    """Every name that a module gives to something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def test_nothing_has_a_name_that_only_this_house_understands():
    """Say what it is: of fields that are stored or sent the name stays."""
    found = {
        (str(path.relative_to(SOURCE)), name)
        for path in modules()
        for name in bound(ast.parse(path.read_text()))
        if name.strip("_").lower() in PRIVATE
    }

    assert found == STORED_OR_SENT


def test_every_file_that_the_glossary_names_is_there():
    glossary = (ROOT / "docs" / "glossary.md").read_text()

    for name in re.findall(r"`([a-z_]+/[\w/.]+)`", glossary):
        assert (SOURCE / name).exists(), name


def test_the_project_speaks_only_of_itself():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock


def pages():
    return [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]


def test_links_in_the_pages_lead_somewhere():
    for page in pages():
        for link in re.findall(r"\]\((?!http|#)([^)#]+)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_every_decision_is_in_the_list_under_its_own_title():
    folder = ROOT / "docs" / "decisions"
    rows = re.findall(
        r"^\| \[(\d+)\]\((.+?)\) \| (.+) \|$",
        (folder / "README.md").read_text(),
        re.MULTILINE,
    )

    assert [(name, f"# {number}: {title}") for number, name, title in rows] == [
        (path.name, path.read_text().partition("\n")[0]) for path in sorted(folder.glob("0*.md"))
    ]


def test_pictures_are_light_enough_for_a_slow_line():
    shown = re.findall(r"!\[.+?\]\((docs/pictures/.+?)\)", (ROOT / "README.md").read_text())

    assert {Path(name) for name in shown} == {
        path.relative_to(ROOT) for path in (ROOT / "docs" / "pictures").iterdir()
    }
    assert all((ROOT / name).stat().st_size < 150_000 for name in shown)


def prose(text):
    """The lines of a page that are neither table nor code, as (number, line)."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        fenced ^= line.lstrip().startswith("```")
        if not fenced and not line.startswith(("|", "    ", "!")):
            yield number, line


def test_prose_is_wrapped_at_100_columns():
    """But for what has no blank to break at: a long link, say."""
    for page in pages():
        for number, line in prose(page.read_text()):
            broken = " " not in line.strip() or line.startswith("#")
            assert len(line) <= 100 or broken, f"{page.relative_to(ROOT)}, line {number}"


def test_the_package_ships_its_pages_texts_and_schema():
    web = files("amparo.web")
    for name in ("words/templates/base.html", "static/receipt.js", "words/locales/es.po"):
        assert (web / name).is_file()
    assert (files("amparo.storage") / "schema.sql").is_file()


def test_no_two_files_of_tests_share_a_name():
    """pytest imports them by their bare name: the second of a name would not be collected."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))

    assert [name for name, number in names.items() if number > 1] == []


def test_every_test_that_the_security_page_names_is_there():
    pages = "".join((ROOT / "docs" / page).read_text() for page in ("security.md", "asvs.md"))
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", pages)
    assert len(named) > 200
    for file, name in set(named):
        assert f"def {name}(" in (ROOT / file).read_text(), (file, name)


def test_no_line_of_the_standard_is_left_out():
    """ASVS 5.0.0 has 70 requirements of level 1 and 183 of level 2, each once and in order."""
    lines = re.findall(
        r"^\| (\d+)\.(\d+)\.(\d+) \| ([12]) \| .+ \| .+ \| .+ \|$",
        (ROOT / "docs" / "asvs.md").read_text(),
        re.MULTILINE,
    )
    numbers = [tuple(map(int, line[:3])) for line in lines]

    assert numbers == sorted(set(numbers))
    assert Counter(line[3] for line in lines) == {"1": 70, "2": 183}


def test_the_list_of_files_is_that_of_today():
    sys.path.insert(0, str(ROOT / "tools"))
    import files

    assert files.written() == files.PAGE.read_text(), "run `make files`"
