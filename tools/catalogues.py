"""Bring every catalogue up to date with the texts in templates, code and vocabulary: `make texts`.

What an error says needs no mark: a sentence that is given to an error is one for people, wherever
it is raised in `PEOPLE_READ`. A new language begins as an empty file:
`touch src/amparo/web/words/locales/fr.po && make texts`.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from amparo.case import worksheet
from amparo.observatory import errata, measures, quality, young
from amparo.record import vocabulary
from amparo.report import lint, translated_template
from amparo.storage import settings

_EMPTY_HEADERS = re.compile(
    r'^"(Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Tr|Language-Team).*\n', re.MULTILINE
)
_PLACE = re.compile(r"\{\w+\}")
SOURCE = Path(__file__).parent.parent / "src" / "amparo"
WEB = SOURCE / "web"
PEOPLE_READ = (
    "case",
    "coalition/agekey.py",
    "coalition/charter.py",
    "coalition/document.py",
    "coalition/membership_request.py",
    "coalition/recipient.py",
    "coalition/resolution.py",
    "coalition/sealed.py",
    "coalition/trusted_log.py",
    "connectors/rule.py",
    "ledger/case",
    "ledger/coalition/charters.py",
    "ledger/coalition/inbox.py",
    "ledger/coalition/monitor.py",
    "ledger/coalition/resolutions.py",
    "ledger/coalition/rounds.py",
    "ledger/connect",
    "ledger/disclosure",
    "ledger/log/audit.py",
    "ledger/log/intake.py",
    "ledger/log/platforms.py",
    "ledger/log/receipts.py",
    "ledger/outbound/addresses.py",
    "ledger/outbound/mail_queue.py",
    "ledger/outbound/webhooks.py",
    "storage/postgres.py",
    "storage/sqlite.py",
    "storage/supervised.py",
    "ledger/upkeep/doctor.py",
    "ledger/upkeep/operators.py",
    "observatory/alerts.py",
    "observatory/measures.py",
    "observatory/naming.py",
    "observatory/queries.py",
    "observatory/silences.py",
    "observatory/young.py",
    "record/event.py",
    "record/foreign_leaf.py",
    "record/mailbox.py",
    "record/sealing.py",
    "report",
    "tlog/cosignature.py",
    "tlog/checkpoint.py",
    "tlog/note.py",
    "tlog/reread.py",
    "tlog/tile.py",
    "tlog/strict.py",
    "web",
)
"""Rooms and files whose errors people read, on a page or as an answer about what is theirs."""
OPERATORS_READ = (
    "report/explain.py",
    "report/merge.py",
    "ledger/connect/tables.py",
    "web/http/confined.py",
    "web/http/server.py",
    "web/http/tracing.py",
    "web/witness.py",
    "web/words/report_files.py",
    "web/words/report_versions.py",
)
"""Files among those whose errors an operator reads at a terminal, in the manual's language."""
LABELS = (
    vocabulary.DECISION_VISIBILITY,
    vocabulary.DECISION_MONETARY,
    vocabulary.DECISION_PROVISION,
    vocabulary.DECISION_ACCOUNT,
    vocabulary.ACCOUNT_TYPE,
    vocabulary.CATEGORY,
    vocabulary.CONTENT_TYPE,
    vocabulary.SOURCE_TYPE,
    vocabulary.AUTOMATED_DECISION,
    {name: one.title for name, one in measures.catalogue().items() if not one.title.isupper()},
    {name: keyword.label for name, keyword in vocabulary.KEYWORDS.items()},
    {one.id: one.text for one in worksheet.QUESTIONS},
    {rule.name: rule.sentence for rule in quality.RULES},
    {rule.name: rule.why for rule in quality.RULES},
    {rule.name: rule.example for rule in quality.RULES},
    {fault.name: fault.meaning for fault in errata.ERRATA},
    {fault.name: fault.source for fault in errata.ERRATA},
    {name: words for name, (_, words) in young.CLUES.items()},
    lint.ASKS,
    lint.SOURCES,
    lint.CERTAINTIES,
    translated_template.NAMES,
    {one.name: one.summary for one in settings.every()},
    {name: worksheet.plain(name) for one in worksheet.QUESTIONS for name in one.answers},
)


@functools.cache
def extracted() -> Catalog:
    """Every text that a person may read; read from the sources once."""
    template = Catalog(project="Amparo", charset="utf-8", fuzzy=False)
    found = extract_from_dir(
        WEB,
        method_map=[
            ("**/templates/**.html", "jinja2"),
            ("**/templates/**.xml", "jinja2"),
            ("**.py", "python"),
        ],
        keywords={"N_": None, "gettext": None, "ngettext": (1, 2), "_": None},
        options_map={"**/templates/**.html": {"silent": "false"}},
    )
    for file, _, message, *_ in found:
        template.add(message, locations=[(f"web/{file}", 0)])
    for file in read_by_people():
        for text in texts_of_errors(ast.parse(file.read_text())):
            template.add(text, locations=[(str(file.relative_to(SOURCE)), 0)])
    for labels in LABELS:
        for name, label in labels.items():
            template.add(label, locations=[("record/vocabulary.py", 0)], auto_comments=[name])
    return template


def read_by_people() -> list[Path]:
    """Every file whose errors people read."""
    places = [SOURCE / name for name in PEOPLE_READ]
    files = {
        file for place in places for file in (place.rglob("*.py") if place.is_dir() else [place])
    }
    return sorted(files - {SOURCE / name for name in OPERATORS_READ})


def texts_of_errors(tree: ast.AST) -> Iterator[str]:
    """The ids of texts in a module: of each `Text`, and of each sentence given to an error."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id == "Text":
            given = call.args[:1]
        else:
            given = given_to_error(call)
        for node in given:
            for text in sentences(node):
                if any(letter.isalpha() for letter in _PLACE.sub("", text)):
                    yield text


def given_to_error(call: ast.Call) -> list[ast.expr]:
    """What, why and fix, where a call is that of an error; else nothing."""
    named = {word.arg: word.value for word in call.keywords}
    if not call.args or not {"why", "fix"} <= named.keys():
        return []
    return [call.args[0], named["why"], named["fix"]]


def sentences(node: ast.expr) -> Iterator[str]:
    """The literal texts that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from sentences(node.body)
        yield from sentences(node.orelse)


def is_whole(message: Message) -> bool:
    """Whether a text is translated, in each of its numbers."""
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def main() -> None:
    """Update the catalogues in place; translations are kept, texts that are gone are dropped."""
    template = extracted()
    for path in sorted((WEB / "words" / "locales").glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, sort_output=True, no_location=True, width=100)
        path.write_text(_EMPTY_HEADERS.sub("", path.read_text()))
        missing = [message.id for message in catalogue if message.id and not is_whole(message)]
        print(f"{path.stem}: {len(catalogue)} texts, {len(missing)} without translation")


if __name__ == "__main__":
    main()
