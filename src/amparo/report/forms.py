"""The harmonised template: eleven parts, their columns and rows, exactly as they are written.

Names carry stray blanks, some of them non-breaking: the published template has them, so we write
them; a reader compares without (`plain`). A part's key columns say which row is meant, the figure
columns hold what is counted, and behind them stands one column of context for each figure.

Source: Implementing Regulation (EU) 2024/2835, Annex I (blank CSV parts) and Annex II.
"""

# SPDX-License-Identifier: Apache-2.0

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from amparo.record import vocabulary as words

Tier = Literal["intermediary", "hosting", "online_platform", "vlop", "vlose"]
TIERS: tuple[Tier, ...] = ("intermediary", "hosting", "online_platform", "vlop", "vlose")

TOTAL = "TOTAL"
OTHER = "KEYWORD_OTHER"
NOT_SPECIFIED_ORDER = "STATEMENT_CATEGORY_NOT_SPECIFIED_ORDER"
NOT_SPECIFIED_NOTICE = "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE"
OTHER_VIOLATION = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
ALL, HOSTING, PLATFORM, VLOP, VLOP_VLOSE = (
    "All",
    "Only for providers of hosting services, including online platforms",
    "Only for providers of online platforms",
    "Only for VLOPs",
    "Only for VLOPs and VLOSEs",
)
BOUND: dict[str, frozenset[Tier]] = {
    ALL: frozenset(TIERS),
    HOSTING: frozenset({"hosting", "online_platform", "vlop"}),
    PLATFORM: frozenset({"online_platform", "vlop"}),
    VLOP: frozenset({"vlop"}),
    VLOP_VLOSE: frozenset({"vlop", "vlose"}),
}
"""What `Applicability` says -> the tiers it is about."""
MEMBER_STATES = tuple(
    "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
"""As Eurostat writes them: Greece is EL."""
LANGUAGES = tuple("bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split())
MOST_TEXT = 5000

_HIGH = tuple(
    name for name in words.CATEGORY if name not in (NOT_SPECIFIED_NOTICE, OTHER_VIOLATION)
)


class Category(NamedTuple):
    """A row of parts 3 to 6."""

    high: str
    """TOTAL, or the high-level category."""
    sub: str
    """The sub-category's code; empty for the high-level row itself."""

    @property
    def code(self) -> str:
        """What stands in the row."""
        return self.sub or self.high


class Part(NamedTuple):
    """One file of the report."""

    number: int
    name: str
    header: tuple[str, ...]
    """Every column but those of context, as it is written."""
    keys: tuple[str, ...]
    """The columns that say which row it is."""
    kind: dict[str, str]
    """Figure column (as written) -> int or hours; empty where the row says it (`Line.kind`)."""
    context: tuple[str, ...] = ()
    applies: str = ALL

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, as it is written."""
        return self.header + self.context


def plain(text: str) -> str:
    """A name as it is compared: without stray blanks, kinds of apostrophe, or case."""
    normalised = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    return " ".join(normalised.split()).casefold()


def categories(extra: str = "", *, other_violation: bool = False) -> Iterator[Category]:
    """The rows of a category part: TOTAL, each category with its sub-categories, extra."""
    yield Category(TOTAL, "")
    for high in (*_HIGH, *((OTHER_VIOLATION,) if other_violation else ())):
        yield Category(high, "")
        for sub, keyword in words.KEYWORDS.items():
            if keyword.category == high and sub != OTHER:
                yield Category(high, sub)
        yield Category(high, OTHER)
    if extra:
        yield Category(extra, "")


def every_category() -> tuple[Category, ...]:
    """The rows of part 2: all categories, those of single parts last."""
    extra = (Category(NOT_SPECIFIED_ORDER, ""), Category(NOT_SPECIFIED_NOTICE, ""))
    return (*categories(other_violation=True), *extra)


@cache
def rows_of(part: int) -> tuple[Category, ...]:
    """The category rows of parts 3 to 6."""
    extra = {3: NOT_SPECIFIED_ORDER, 4: NOT_SPECIFIED_NOTICE}.get(part, "")
    return tuple(categories(extra, other_violation=part == 6))


@cache
def codes_of(part: int) -> frozenset[str]:
    """The codes that may stand in a row of one of parts 3 to 6, high-level ones included."""
    return frozenset(category.code for category in rows_of(part))


@cache
def all_codes() -> frozenset[str]:
    """Every code that may stand in a row of parts 3 to 6."""
    return frozenset(category.code for part in (3, 4, 5, 6) for category in rows_of(part))


NOT_CAPTURED = "Not captured by any other sub-category"
_DESCRIBED = {
    TOTAL: "All the entries",
    NOT_SPECIFIED_ORDER: "Type of illegal content not specified by the public authority",
    "KEYWORD_MISLEADING_INFO_CONSUMER_RIGHTS": (
        "Misleading information about the consumer’s rights"
    ),
    "KEYWORD_GEOGRAPHIC_INDICATIONS_INFRINGEMENT": "Geographical indications infringements",
}
"""Where the template's words are not those of the EU database."""
_BLANK_AFTER = frozenset(
    (
        "KEYWORD_HIDDEN_ADVERTISEMENT",
        "KEYWORD_INSUFFICIENT_INFORMATION_ON_TRADERS",
        "KEYWORD_MISLEADING_INFO_CONSUMER_RIGHTS",
        "KEYWORD_HATE_SPEECH",
        "KEYWORD_MISINFORMATION_DISINFORMATION",
        "KEYWORD_VIOLATION_EU_LAW",
        "KEYWORD_VIOLATION_NATIONAL_LAW",
        "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS",
        "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
        "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
        "STATEMENT_CATEGORY_VIOLENCE",
    )
)
_CONSUMERS = "STATEMENT_CATEGORY_CONSUMER_INFORMATION"


def description_of(category: Category) -> str:
    """What part 2 says of a category, its stray blanks included."""
    if category.sub == OTHER:
        return f"{NOT_CAPTURED} " if category.high == _CONSUMERS else f"{NOT_CAPTURED}  "
    code = category.code
    keyword = words.KEYWORDS.get(code)
    text = _DESCRIBED.get(code) or (keyword.label if keyword else words.CATEGORY[code])
    after = "  " if code == "KEYWORD_NONCOMPLIANCE_PRICING" else " " if code in _BLANK_AFTER else ""
    return text + after


_LEAD = ("Applicability", "Service", "Reporting period")
_ILLEGAL = "Category of illegal content"
_TC = "Category of incompatibility with the provider's terms and conditions"
_OTHER = 'Description of the sub-category "Other"'
_ORDERS = (
    ("Number of orders to act against illegal content received", "int"),
    (
        "Number of specific items of information included in the total number of orders to act "
        "against illegal content",
        "int",
    ),
    (
        "Median time to inform the authority of the receipt of the order to act against illegal "
        "content",
        "hours",
    ),
    ("Median time to give effect to the order to act against illegal content", "hours"),
    ("Number of orders to provide information", "int"),
    (
        "Median time to inform the authority of the receipt of the order to provide information",
        "hours",
    ),
    ("Median time to give effect to the order to provide information", "hours"),
)
_NOTICES = (
    ("Number of notices received ", "int"),
    ("Number of notices received from Trusted flaggers", "int"),
    ("Number of specific items of information included in the total number of notices", "int"),
    (
        "Number of specific items of information included in the total number of notices by "
        "Trusted Flaggers (Trusted Flagger notices)",
        "int",
    ),
    ("Median time to take action", "hours"),
    ("Median time to take action (Trusted Flagger notices)", "hours"),
    ("Number of actions taken on the basis of the law", "int"),
    ("Number of actions taken on the basis of the law (Trusted Flagger notices)", "int"),
    ("Number of actions taken on the basis of the terms and conditions of the service", "int"),
    (
        "Number of actions taken on the basis of the terms and conditions of the service "
        "(Trusted Flagger notices)",
        "int",
    ),
)
MEASURES = "Number of measures taken at the provider's own initiative "
SOLELY = "Number of measures taken after detection with solely automated means "
RESTRICTIONS: dict[str, tuple[str, str]] = {
    "Visibility restriction Removal": (
        "decision_visibility",
        "DECISION_VISIBILITY_CONTENT_REMOVED",
    ),
    "Visibility restriction Disable": (
        "decision_visibility",
        "DECISION_VISIBILITY_CONTENT_DISABLED",
    ),
    "Visibility restriction Demoted": (
        "decision_visibility",
        "DECISION_VISIBILITY_CONTENT_DEMOTED",
    ),
    "Visibility restriction Age restricted": (
        "decision_visibility",
        "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    ),
    "Visibility restriction Interaction restricted": (
        "decision_visibility",
        "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    ),
    "Visibility restriction Labelled ": (
        "decision_visibility",
        "DECISION_VISIBILITY_CONTENT_LABELLED",
    ),
    "Visibility restriction Other": ("decision_visibility", "DECISION_VISIBILITY_OTHER"),
    "Monetary restriction Suspension": ("decision_monetary", "DECISION_MONETARY_SUSPENSION"),
    "Monetary restriction Termination": ("decision_monetary", "DECISION_MONETARY_TERMINATION"),
    "Monetary restriction Other": ("decision_monetary", "DECISION_MONETARY_OTHER"),
    "Provision of the service Suspension": (
        "decision_provision",
        "DECISION_PROVISION_*_SUSPENSION",
    ),
    "Provision of the service Termination": (
        "decision_provision",
        "DECISION_PROVISION_*_TERMINATION",
    ),
    "Account restriction Suspension": ("decision_account", "DECISION_ACCOUNT_SUSPENDED"),
    "Account restriction Termination": ("decision_account", "DECISION_ACCOUNT_TERMINATED"),
}
"""Column -> the attribute of a decision and its value; `*` is any (partial or total)."""
_OWN = ((MEASURES, "int"), (SOLELY, "int"), *((name, "int") for name in RESTRICTIONS))


def _context(prefix: str, figures: tuple[tuple[str, str], ...], lower: int = 0) -> tuple[str, ...]:
    """Columns of context; the first `lower` spell `number` small, as the template does."""
    return tuple(
        prefix + (name.replace("Number", "number", 1) if n < lower else name)
        for n, (name, _) in enumerate(figures)
    )


def _category_part(
    number: int,
    name: str,
    column: str,
    figures: tuple[tuple[str, str], ...],
    prefix: str,
    applies: str = ALL,
    scope: tuple[str, ...] = (),
    lower: int = 0,
) -> Part:
    keys = (column, _OTHER, *scope)
    header = (*_LEAD, *keys, *(figure for figure, _ in figures))
    return Part(
        number, name, header, keys, dict(figures), _context(prefix, figures, lower), applies
    )


_SCOPED = (*_LEAD, "Section", "Indicator", "Scope", "Value")
PARTS: dict[int, Part] = {
    1: Part(
        1,
        "1_report_identification",
        ("Applicability", "Service", "Indicator", "Value"),
        ("Indicator",),
        {},
    ),
    2: Part(
        2,
        "2_categories_names",
        (
            "Category label",
            "Category description",
            "Category of illegal content / incompatible with the terms and conditions",
            "Contextual information",
        ),
        ("Category of illegal content / incompatible with the terms and conditions",),
        {},
    ),
    3: _category_part(
        3,
        "3_member_states_orders",
        _ILLEGAL,
        _ORDERS,
        "Contextual information on ",
        scope=("Scope",),
        lower=2,
    ),
    4: _category_part(
        4, "4_notices", _ILLEGAL, _NOTICES, "Contextual information on ", applies=HOSTING
    ),
    5: _category_part(5, "5_own_initiative_illegal", _ILLEGAL, _OWN, "Contextual Information on "),
    6: _category_part(6, "6_own_initiative_TC", _TC, _OWN, "Contextual Information on "),
    7: Part(
        7,
        "7_appeals_and_recidivism",
        (*_SCOPED, "Contextual Information"),
        ("Section", "Indicator", "Scope"),
        {},
        applies=PLATFORM,
    ),
    8: Part(
        8,
        "8_automated_means",
        (*_SCOPED, "Contextual Information"),
        ("Section", "Indicator", "Scope"),
        {},
    ),
    9: Part(
        9,
        "9_human_resources",
        (*_SCOPED, "Contextual information"),
        ("Section", "Indicator", "Scope"),
        {},
        applies=VLOP,
    ),
    10: Part(10, "10_AMAR", _SCOPED, ("Section", "Indicator", "Scope"), {}, applies=VLOP_VLOSE),
    11: Part(11, "11_qualitative", (*_LEAD, "Indicator", "Value"), ("Indicator",), {}),
}


class Line(NamedTuple):
    """A row of parts 1 and 7 to 11: what it is about, and what may stand in it."""

    applies: str
    section: str
    indicator: str
    scope: str
    kind: str
    """text, date, int, float (0 to 1), hours, fte (people, in full-time equivalents), heads."""


PROVIDER = "Name of the service provider"
PUBLISHED = "Date of the publication of the report"
PREVIOUS = "Date of the publication of the latest previous report"
START, END = "Starting date of reporting period", "Ending date of reporting period"
COMPLAINTS, DISPUTES, SUSPENSIONS = (
    "Internal complaints mechanism",
    "Out-of-court dispute settlement bodies",
    "Suspensions imposed on repeated offenders",
)
SUBMITTED = "Number of complaints submitted to the internal-complaints mechanism"
NEWLY = "Number of restrictions newly imposed as a result of an internal complaint"
AGAINST_REMOVAL = (
    "Complaint regarding a decision to remove or disable access to or restrict visibility of "
    "information"
)
AGAINST_SERVICE = (
    "Complaint regarding a decision to suspend or terminate the provision of the service"
)
AGAINST_ACCOUNT = "Complaint regarding a decision to suspend or terminate an account "
AGAINST_MONETARY = "Complaint regarding a decision to restrict the ability to monetise information"
NO_ACTION = (
    "Complaint regarding a decision not to take action on a notice submitted in accordance with "
    "Article 16"
)
NO_ACTION_FLAGGER = (
    "Complaint regarding a decision not to take action on a notice submitted by a Trusted Flagger "
    "in accordance with Article 16"
)
DISPUTED = "Number of disputes submitted to out-of-court dispute settlement bodies"
ILLEGAL_OFFENDERS = "Number of suspensions enacted for the provision of manifestly illegal content "
UNFOUNDED_NOTICES = (
    "Number of suspensions enacted for the provision of manifestly unfounded notices"
)
UNFOUNDED_COMPLAINTS = (
    "Number of suspensions enacted for the provision of manifestly unfounded complaints"
)
TOTAL_NUMBER, UPHELD, PARTIALLY, REVERSED, MEDIAN, OMITTED, IMPLEMENTED = (
    "Total number",
    "Decisions upheld",
    "Decisions partially reversed",
    "Decisions reversed",
    "Median time",
    "Decision omitted",
    "Percentage of outcomes implemented",
)
_OUTCOMES = (TOTAL_NUMBER, UPHELD, PARTIALLY, REVERSED, MEDIAN)
AUTOMATED = "Use of automated means for content moderation"
SOLELY_MEASURES, NOT_SOLELY_MEASURES = (
    "Number of measures solely taken by automated means ",
    "Number of measures not taken by automated means",
)
SOLELY_NOTICES, NOT_SOLELY_NOTICES = (
    "Number of notices solely processed by automated means ",
    "Number of notices not processed by automated means",
)
_ACCURACY = tuple(
    f"Accuracy of the automated means - {name}" for name in ("Accuracy", "Precision", "Recall")
)
OWN_INITIATIVE, NAM_TOTAL, NAM_FLAGGER = "Own-initiative ", "NAM Total", "NAM Trusted Flagger"
PEOPLE = "Human resources dedicated to content moderation "
INTERNAL, EXTERNAL, EXPERTISE = (
    "Number of internal moderators employed by the provider",
    "Number of external moderators contracted by the provider",
    "Number of total moderators with sufficient linguistic expertise ",
)
AMAR = "AMAR"
RECIPIENTS = "Number of average monthly active recipients during the reporting period\u00a0"
QUALITATIVE: tuple[tuple[str, str], ...] = (
    (ALL, "Summary of the content moderation engaged in at the providers’ own initiative"),
    (
        ALL,
        "Meaningful and comprehensible information regarding content moderation engaged in at "
        "the providers' own initiative",
    ),
    (ALL, "Qualitative description of the automated means"),
    (
        ALL,
        "Qualitative description of indicators of accuracy and possible rate of error of "
        "automated means",
    ),
    (ALL, "Specification of the precise purposes to apply automated means"),
    (ALL, "Safeguards applied to the use of automated means"),
    (VLOP, "High-level description of the content moderation governance structure"),
    (VLOP, "Qualifications of the human resources dedicated to content moderation"),
    (VLOP, "Training given to human resources dedicated to content moderation"),
    (VLOP, "Support given to human resources dedicated to content moderation "),
    (
        VLOP,
        "Methodology used to compute the number of human resources dedicated to content "
        "moderation\u00a0\u00a0",
    ),
)
_KINDS = {MEDIAN: "hours", IMPLEMENTED: "float"}


@cache
def lines_of(part: int) -> tuple[Line, ...]:
    """The rows of parts 1 and 7 to 11; where the template has `[...]`, all that it stands for."""
    return tuple(_LINES[part]())


def _identification() -> Iterator[Line]:
    for indicator in (PROVIDER, PUBLISHED, PREVIOUS, START, END):
        yield Line(ALL, "", indicator, "", "text" if indicator == PROVIDER else "date")


def _appeals() -> Iterator[Line]:
    groups = [(SUBMITTED, (*_OUTCOMES, OMITTED)), (NEWLY, (TOTAL_NUMBER,))]
    groups += [(indicator, _OUTCOMES) for indicator in AGAINST]
    groups += [(indicator, _OUTCOMES) for indicator in (NO_ACTION, NO_ACTION_FLAGGER)]
    for indicator, scopes in groups:
        for scope in scopes:
            first = (indicator, scope) == (SUBMITTED, TOTAL_NUMBER)
            applies = ALL if first else PLATFORM
            yield Line(applies, COMPLAINTS, indicator, scope, _KINDS.get(scope, "int"))
    for scope in (*_OUTCOMES, OMITTED, IMPLEMENTED):
        yield Line(PLATFORM, DISPUTES, DISPUTED, scope, _KINDS.get(scope, "int"))
    for indicator in (ILLEGAL_OFFENDERS, UNFOUNDED_NOTICES, UNFOUNDED_COMPLAINTS):
        yield Line(PLATFORM, SUSPENSIONS, indicator, TOTAL_NUMBER, "int")


AGAINST = (AGAINST_REMOVAL, AGAINST_SERVICE, AGAINST_ACCOUNT, AGAINST_MONETARY)


def _automated() -> Iterator[Line]:
    measures, notices = (
        (SOLELY_MEASURES, NOT_SOLELY_MEASURES),
        (SOLELY_NOTICES, NOT_SOLELY_NOTICES),
    )
    scopes = [(TOTAL_NUMBER, ALL, measures), (OWN_INITIATIVE, ALL, measures)]
    scopes += [(NAM_TOTAL, HOSTING, notices), (NAM_FLAGGER, PLATFORM, notices)]
    scopes += [(language, VLOP, measures) for language in LANGUAGES]
    for scope, applies, counted in scopes:
        for indicator in counted:
            yield Line(applies, AUTOMATED, indicator, scope, "int")
        for indicator in _ACCURACY:
            yield Line(applies, AUTOMATED, indicator, scope, "float")


def _people() -> Iterator[Line]:
    yield Line(VLOP, PEOPLE, INTERNAL, TOTAL_NUMBER, "fte")
    yield Line(VLOP, PEOPLE, EXTERNAL, TOTAL_NUMBER, "fte")
    yield Line(VLOP, PEOPLE, EXPERTISE, TOTAL_NUMBER, "fte")
    for language in LANGUAGES:
        yield Line(VLOP, PEOPLE, EXPERTISE, language, "heads")


def _recipients() -> Iterator[Line]:
    for scope in (TOTAL, *MEMBER_STATES):
        yield Line(VLOP_VLOSE, AMAR, RECIPIENTS, scope, "int")


def _texts() -> Iterator[Line]:
    for applies, indicator in QUALITATIVE:
        yield Line(applies, "", indicator, "", "text")


_LINES = {
    1: _identification,
    7: _appeals,
    8: _automated,
    9: _people,
    10: _recipients,
    11: _texts,
}


def owed(tier: Tier) -> tuple[int, ...]:
    """The parts that a tier publishes."""
    return tuple(number for number, part in PARTS.items() if tier in BOUND[part.applies])
