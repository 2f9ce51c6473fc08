"""A report that is clean: what every test of the linter begins from."""

import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from amparo.report import answers, files, forms, write
from amparo.report import lint as rules
from amparo.report.figures import Contested, Heard, Measure, Noticed
from amparo.report.parts import reports
from amparo.report.skeleton import skeleton
from amparo.report.write import Given

START, END = "2026-01-01", "2026-12-31"
AT = datetime(2026, 5, 1, tzinfo=UTC)


def measures(seed=1, kinds=60):
    """Measures of every sort that have a row in the template."""
    chance = random.Random(seed)
    found = Counter()
    for _ in range(kinds):
        law = chance.random() < 0.5
        rows = [one for one in forms.rows_of(5 if law else 6) if one.sub]
        row = chance.choice(rows)
        found[
            Measure(
                "DECISION_GROUND_ILLEGAL_CONTENT"
                if law
                else "DECISION_GROUND_INCOMPATIBLE_CONTENT",
                row.high,
                row.sub,
                tuple(chance.sample(list(forms.RESTRICTIONS), chance.randint(1, 3))),
                chance.choice(
                    ("SOURCE_VOLUNTARY", "SOURCE_ARTICLE_16", "SOURCE_TYPE_OTHER_NOTIFICATION")
                ),
                chance.random() < 0.5,
                chance.random() < 0.3,
                chance.choice(("es", "de", "")),
            )
        ] += chance.randint(1, 5000)
    return found


def heard():
    complaints = [
        Contested(outcome, hours, (forms.AGAINST_REMOVAL,))
        for hours, outcome in (
            (10, "upheld"),
            (20, "reversed"),
            (40, "partially_reversed"),
            (2, "omitted"),
        )
    ]
    complaints += [
        Contested("", None, (forms.AGAINST_ACCOUNT,)),
        Contested("newly_restricted", 5, (forms.NO_ACTION,)),
    ]
    disputes = [
        Contested("reversed", 30 * 24, (), True),
        Contested("reversed", 60 * 24, (), False),
    ]
    notices = [
        Noticed(7, True, False, "STATEMENT_CATEGORY_VIOLENCE"),
        Noticed(None, False, True, ""),
    ]
    return Heard(
        tuple(complaints), tuple(disputes), tuple(notices), {"notices": 1, "complaints": 0}
    )


def answered(tier="online_platform", **changes):
    """Answers to everything a tier is asked."""
    source = {
        "service": {
            "provider": "Foro SL",
            "name": "Foro",
            "platform": "foro",
            "tier": tier,
            "published": "2027-02-20",
            "previous": "2026-02-20",
        },
        "qualitative": {
            question.strip(): "As described on our page."
            for applies, question in forms.QUALITATIVE
            if tier in forms.BOUND[applies]
        },
        "suspensions_illegal": 3,
        "suspensions_notices": 0,
        "suspensions_complaints": 0,
        "elsewhere": {"notices": "none", "complaints": "none", "disputes": "none"},
        "order": [
            {
                "state": "EL",
                "category": "STATEMENT_CATEGORY_VIOLENCE",
                "keyword": "KEYWORD_HUMAN_TRAFFICKING",
                "orders": 2,
                "items": 3,
                "inform_hours": 0.5,
                "effect_hours": 12,
            }
        ],
        "accuracy": [
            {
                "scope": "Own-initiative",
                "context": "500 measures, judged twice",
                "accuracy": 0.93,
                "precision": 0.9,
                "recall": 0.8,
            }
        ],
    }
    if tier == "vlop":
        source["people"] = {
            "internal": 10.5,
            "external": 100,
            "expertise": {"TOTAL": 99} | dict.fromkeys(forms.LANGUAGES, 4),
        }
    if tier in ("vlop", "vlose"):
        source["recipients"] = {"TOTAL": 54_000_000} | dict.fromkeys(forms.MEMBER_STATES, 2_000_000)
    return answers.read(source | changes)


def filled_in(platform, name, *, published="2027-01-20", previous="2026-02-01", gap=""):
    """A skeleton's text with every question answered, but for the key that begins with `gap`."""
    text = skeleton("online_platform", platform=platform, name=name)
    text = text.replace('provider = ""', f'provider = "{name} SL"')
    text = text.replace('published = ""', f'published = "{published}"')
    text = text.replace('previous = "" ', f'previous = "{previous}" ')
    text = text.replace('" = ""', '" = "As our page says."').replace(
        "# suspensions_", "suspensions_"
    )
    for what in ("orders", "notices", "complaints", "disputes"):
        text = text.replace(f'\n{what} = ""', f'\n{what} = "none"')
    lines = [line for line in text.splitlines() if not gap or not line.startswith(gap)]
    return "\n".join(lines) + "\n"


def given(tier="online_platform", *, counted=None, end=END, **changes):
    return Given(
        measures() if counted is None else counted, heard(), answered(tier, **changes), START, end
    )


def english(findings):
    """Findings with their texts as a reader of English is told them."""
    return [
        one._replace(got=str(one.got), expected=str(one.expected), fix=str(one.fix))
        for one in findings
    ]


def lint(report, tier=None):
    """Everything that is wrong with a report, in English."""
    return english(rules.lint(report, tier))


def as_files(written):
    return {
        f"{forms.PARTS[n].name}.csv": files.write_csv(forms.PARTS[n], rows)
        for n, rows in written.parts.items()
    }


def read_back(made):
    """A report from its files, as anyone would read them."""
    sheets, lost = [], []
    for name, body in made.items():
        found, missed = files.sheets_of(f"foro/{name}", body)
        sheets += found
        lost += missed
    found, more = reports(sheets)
    assert len(found) <= 1
    return (found[0] if found else None), english([*lost, *more])


@pytest.fixture
def clean():
    """The files of a report without a finding."""
    return as_files(write.write(given()))


def kept_files(served):
    """Every file of the node, but those that its log and its index of decisions grow by."""
    own = ("log", "stage", "search.db", "journal.db")
    names = {path.relative_to(served.data).as_posix() for path in served.data.rglob("*")}
    return {name for name in names if not name.startswith(own)}
