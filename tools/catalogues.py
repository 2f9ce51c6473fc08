"""Bring every catalogue up to date with the texts in templates, code and vocabulary: `make texts`.

A new language begins as an empty file: `touch src/amparo/web/words/locales/fr.po && make texts`.
"""

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from amparo.case import worksheet
from amparo.record import vocabulary
from amparo.report import lint

_EMPTY_HEADERS = re.compile(
    r'^"(Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Tr|Language-Team).*\n', re.MULTILINE
)
WEB = Path(__file__).parent.parent / "src" / "amparo" / "web"
LABELS = (
    vocabulary.DECISION_VISIBILITY,
    vocabulary.DECISION_MONETARY,
    vocabulary.DECISION_PROVISION,
    vocabulary.DECISION_ACCOUNT,
    vocabulary.ACCOUNT_TYPE,
    vocabulary.CATEGORY,
    vocabulary.CONTENT_TYPE,
    {name: keyword.label for name, keyword in vocabulary.KEYWORDS.items()},
    {one.id: one.text for one in worksheet.QUESTIONS},
    lint.ASKS,
    {name: worksheet.plain(name) for one in worksheet.QUESTIONS for name in one.answers},
)


def extracted() -> Catalog:
    """Every text that a page may show."""
    template = Catalog(project="Amparo", charset="utf-8", fuzzy=False)
    found = extract_from_dir(
        WEB,
        method_map=[("**/templates/**.html", "jinja2"), ("**.py", "python")],
        keywords={"N_": None, "gettext": None, "ngettext": (1, 2), "_": None},
        options_map={"**/templates/**.html": {"silent": "false"}},
    )
    for file, _, message, *_ in found:
        template.add(message, locations=[(f"web/{file}", 0)])
    for labels in LABELS:
        for name, label in labels.items():
            template.add(label, locations=[("record/vocabulary.py", 0)], auto_comments=[name])
    return template


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
        missing = [m.id for m in catalogue if m.id and not m.string]
        print(f"{path.stem}: {len(catalogue)} texts, {len(missing)} without translation")


if __name__ == "__main__":
    main()
