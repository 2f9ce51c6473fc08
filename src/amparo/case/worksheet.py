"""The worksheet: legality, aim, necessity, the six Rabat factors, swap test. Words, no score.

It is advisory and recorded. The answers yield a profile in words, never a number and never a
verdict, and nothing leads from it to a sanction or a restoration by itself: only a decision that
people sign has an outcome. The burden lies on the restriction: what is not shown speaks against
it. Everybody gets the same form; there is no field for a party, a camp or the popularity of a view.

Source: ICCPR Articles 19(3) and 20(2); General Comment 34; Rabat Plan of Action
(A/HRC/22/17/Add.4, paragraph 29).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from amparo.errors import Malformed, Mistakes, Refused, Text

FEWEST_REASON = 40
SHOWN = ("shown", "partly_shown", "not_shown", "cannot_assess")
WEIGH = (
    "points_clearly_to_restriction",
    "points_to_restriction",
    "neutral_or_mixed",
    "points_to_protection",
    "points_clearly_to_protection",
    "cannot_assess",
)
LADDER = (
    "none",
    "label",
    "interaction_limits",
    "age_gate",
    "demotion",
    "territorial_limit",
    "item_removal",
    "monetisation_pause",
    "feature_limit",
    "account_suspension_7",
    "account_suspension_30",
    "account_suspension_180",
    "longer_with_review",
    "termination_with_export",
)
"""Measures, mildest first. `none`: no milder one would have worked. "Indefinite" is not on it."""
TEXT: tuple[str, ...] = ()
"""A question that is answered in words alone."""
NEEDS_NO_EVIDENCE = frozenset({"neutral_or_mixed", "not_shown", "cannot_assess"})
NOT_FOR = {
    "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL": Text("child sexual abuse material is judged elsewhere"),
    "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE": Text(
        "child sexual abuse material is judged elsewhere"
    ),
    "KEYWORD_COPYRIGHT_INFRINGEMENT": Text("copyright is judged elsewhere"),
}
"""What is judged elsewhere, by the keywords that tell it (rule W10); for spam and malware the EU's
vocabulary has none, so that the registrar has to see them."""


class Question(NamedTuple):
    """One question of the form."""

    id: str
    part: int
    text: str
    answers: tuple[str, ...]
    evidence: bool = True
    """Whether an answer needs a reference to something in the file."""
    several: bool = False


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one member answered."""

    id: str
    value: str
    reason: str = ""
    evidence: tuple[str, ...] = ()
    what_is_missing: str = ""


class Gap(NamedTuple):
    """Why the form is not complete yet."""

    question: str
    why: Text
    fix: Text


class Statement(NamedTuple):
    """One statement of the profile, and the questions it rests on."""

    code: str
    because: tuple[str, ...]


def _shown(number: str, text: str, part: int) -> Question:
    return Question(number, part, text, SHOWN)


QUESTIONS: tuple[Question, ...] = (
    Question(
        "Q-01",
        0,
        "Which ground did the platform rely on?",
        ("incitement_violence", "incitement_hatred", "threat", "glorification", "other"),
    ),
    Question(
        "Q-02",
        0,
        "Which legal frame fits?",
        ("art20_2", "art19_3_by_analogy", "neither"),
        evidence=False,
    ),
    Question(
        "Q-03",
        0,
        "What type of speech is it?",
        (
            "political",
            "electoral",
            "journalistic",
            "artistic",
            "religious",
            "academic",
            "commercial",
            "private",
            "other",
        ),
        evidence=False,
        several=True,
    ),
    Question(
        "Q-04",
        0,
        "What is the speaker's role toward the words?",
        (
            "own_words",
            "quotation",
            "reporting",
            "condemnation",
            "reshare_with_comment",
            "reshare_without_comment",
            "unclear",
        ),
    ),
    Question("Q-05", 0, "Was the first reading masked?", ("yes", "no"), evidence=False),
    Question(
        "Q-06",
        0,
        "How well do you know the language and the culture?",
        ("native", "fluent", "via_translator", "none"),
        evidence=False,
    ),
    _shown("Q-11", "Did a public rule forbid this when it was said?", 1),
    _shown("Q-12", "Could this person foresee that these words fall under it?", 1),
    _shown("Q-13", "Did the rule name this sanction and its length?", 1),
    _shown("Q-14", "Was the reason given to the person specific (clause and facts)?", 1),
    Question(
        "Q-15",
        1,
        "Was the rule applied alike in similar cases, from different sides?",
        ("consistent", "inconsistent", "no_comparators"),
    ),
    Question(
        "Q-21",
        2,
        "Which aim?",
        (
            "rights_of_others",
            "reputation",
            "national_security",
            "public_order",
            "public_health",
            "public_morals",
            "none_shown",
        ),
    ),
    _shown("Q-22", "Is that aim shown for this content, not for the topic in general?", 2),
    Question(
        "Q-23", 2, "Any sign of another aim?", ("none_seen", "some_sign", "clear"), evidence=False
    ),
    Question(
        "Q-24",
        2,
        "Was involvement of a state disclosed?",
        ("none", "disclosed", "suspected_undisclosed"),
        evidence=False,
    ),
    Question(
        "Q-R1", 3, "Context: violence or discrimination there and then, triggers, answers?", WEIGH
    ),
    Question(
        "Q-R2", 3, "Speaker: authority over the audience, earlier effects, duty of office?", WEIGH
    ),
    Question(
        "Q-R3",
        3,
        "Intent: what shows advocacy toward an audience against a target?",
        (
            "intent_shown",
            "intent_inferable",
            "recklessness_or_negligence_only",
            "no_intent",
            "cannot_assess",
        ),
    ),
    Question(
        "Q-R4", 3, "Content and form: a direct call, a target, an act, satire, the whole?", WEIGH
    ),
    Question("Q-R5", 3, "Extent: audience, repetition, amplification, duration?", WEIGH),
    Question(
        "Q-R6a",
        3,
        "Likelihood that it leads to discrimination, hostility or violence?",
        ("reasonable_probability", "some_risk", "remote", "cannot_assess"),
    ),
    Question("Q-R6b", 3, "How imminent?", ("hours", "days_to_weeks", "later", "none")),
    Question("Q-R6c", 3, "Which harm, to whom, by whom?", TEXT, evidence=False),
    _shown("Q-41", "Is there a direct connection between these words and the threat?", 4),
    Question(
        "Q-42", 4, "Which is the mildest measure that would have worked?", LADDER, evidence=False
    ),
    Question(
        "Q-43",
        4,
        "Was the person warned or heard first, or was there a reason not to?",
        ("warned_or_heard", "justified_exception", "neither"),
        evidence=False,
    ),
    Question(
        "Q-44",
        4,
        "Why this length, and when is it reviewed?",
        ("justified", "too_long", "no_end_no_review"),
        evidence=False,
    ),
    Question(
        "Q-45",
        4,
        "Effects beside: lawful posts, the audience, livelihood, contacts, data?",
        TEXT,
        evidence=False,
    ),
    Question(
        "Q-46",
        4,
        "Public interest in the expression, even if offensive?",
        ("high", "some", "low"),
        evidence=False,
    ),
    Question(
        "Q-47",
        4,
        "Is the territory and language no wider than needed?",
        ("yes", "no", "not_applicable"),
        evidence=False,
    ),
    Question(
        "Q-48",
        4,
        "Account measure: does the pattern justify it beyond the single item?",
        (*SHOWN, "not_applicable"),
        evidence=False,
    ),
    Question(
        "Q-S1",
        5,
        "Exchange speaker and target: would the answers be the same?",
        ("same", "different"),
        evidence=False,
    ),
    Question(
        "Q-S2", 5, "Did anything not in the file influence you?", ("no", "yes"), evidence=False
    ),
    Question("Q-S3", 5, "The strongest argument against your view?", TEXT, evidence=False),
    Question("Q-S4", 5, "Which facts would change your view?", TEXT, evidence=False),
    Question(
        "Q-S5", 5, "A conflict of interest since you were assigned?", ("no", "yes"), evidence=False
    ),
)
RABAT_PART = 3
_SHORT = frozenset(
    {
        *("Q-02", "Q-11", "Q-21", "Q-22"),  # the frame; legality, aim
        *("Q-R1", "Q-R2", "Q-R3", "Q-R4", "Q-R5", "Q-R6a"),
        *("Q-41", "Q-42", "Q-S1"),  # necessity and proportion; the swap test
    }
)
SHORT: tuple[Question, ...] = tuple(
    question._replace(evidence=False) for question in QUESTIONS if question.id in _SHORT
)
"""What a single reviewer answers: the three-part test, the six factors, the swap test.

The reasons alone say where in the file something stands: the reviewer decides, and signs them.
"""
WORDS: Mapping[str, str] = {
    "art20_2": "National, racial or religious hatred that incites (ICCPR, Article 20(2))",
    "art19_3_by_analogy": "Another restriction of speech (ICCPR, Article 19(3), by analogy)",
    "neither": "Neither of the two",
    "incitement_violence": "Incitement to violence",
    "incitement_hatred": "Incitement to hatred",
    "via_translator": "Through a translator",
    "cannot_assess": "It cannot be assessed",
    "no_comparators": "There is nothing to compare it with",
    "consistent": "Alike",
    "inconsistent": "Not alike",
    "points_clearly_to_restriction": "It points clearly to a restriction",
    "points_to_restriction": "It points to a restriction",
    "neutral_or_mixed": "It points to neither, or to both",
    "points_to_protection": "It points to protection",
    "points_clearly_to_protection": "It points clearly to protection",
    "intent_inferable": "Intent can be inferred",
    "recklessness_or_negligence_only": "Recklessness or negligence, and no more",
    "days_to_weeks": "In days or weeks",
    "hours": "In hours",
    "account_suspension_7": "Suspension of the account for up to 7 days",
    "account_suspension_30": "Suspension of the account for up to 30 days",
    "account_suspension_180": "Suspension of the account for up to 180 days",
    "longer_with_review": "A longer one, with a day of review",
    "termination_with_export": "Closing the account, with a copy of its data",
    "item_removal": "Removal of the item alone",
    "none": "None",
    "warned_or_heard": "Warned, or heard",
    "justified_exception": "There was a good reason not to",
    "no_end_no_review": "It has no end and no review",
    "suspected_undisclosed": "Not disclosed, but suspected",
    "none_seen": "None is seen",
}
"""Answers that their own name does not say, in words."""
_HARM_WORDS = 12
"""Fewest words in which a harm, to whom and by whom can be told: "unrest" alone is refused."""


def check_subject(keywords: Sequence[str]) -> None:
    """Raise when a decision is about something that is judged elsewhere."""
    found = next((NOT_FOR[keyword] for keyword in keywords if keyword in NOT_FOR), None)
    if found is not None:
        raise Refused(
            "A worksheet cannot be opened on this case.",
            why=found,
            fix="Say that it is out of scope, and name the other ways.",
        )


def plain(answer: str) -> str:
    """An answer as a form shows it."""
    return WORDS.get(answer) or answer.replace("_", " ").capitalize()


def asked(
    answers: Mapping[str, Answer], form: Sequence[Question] = QUESTIONS
) -> tuple[Question, ...]:
    """The questions that apply: without a frame the Rabat part does not."""
    frame = answers.get("Q-02")
    without = frame is not None and frame.value == "neither"
    return tuple(question for question in form if not (without and question.part == RABAT_PART))


def gaps(answers: Mapping[str, Answer], form: Sequence[Question] = QUESTIONS) -> list[Gap]:
    """Everything that keeps a form from being complete, at once, in the order of the form."""
    found: list[Gap] = []
    reasons: dict[str, str] = {}
    for question in asked(answers, form):
        answer = answers.get(question.id)
        if answer is None:
            found.append(
                Gap(question.id, Text("it is not answered"), Text("Answer it, with your reason."))
            )
            continue
        found += _gaps_of(question, answer)
        text = " ".join(answer.reason.split()).casefold()
        if text and text in reasons:
            found.append(
                Gap(
                    question.id,
                    Text("its reason is a copy of that of {question}", question=reasons[text]),
                    Text("Give this question its own reason."),
                )
            )
        reasons.setdefault(text, question.id)
    return found


def check_no_gaps(answers: Mapping[str, Answer], form: Sequence[Question] = QUESTIONS) -> None:
    """Raise unless every question that applies is answered in full."""
    mistakes, found = Mistakes(), gaps(answers, form)
    for gap in found:
        with mistakes.of(gap.question):
            raise Malformed(
                Text("{question}: {why}.", question=gap.question, why=gap.why),
                why=Text("{number} answers need more", number=len(found)),
                fix=gap.fix,
            )
    mistakes.end()


def complete(answers: Mapping[str, Answer]) -> bool:
    """Whether the form may be sealed: no gap, and a reviewer who knows the language."""
    return not gaps(answers) and answers["Q-06"].value != "none"


def profile(answers: Mapping[str, Answer], form: Sequence[Question] = QUESTIONS) -> list[Statement]:
    """The statements that the answers support, in a fixed order; never added up, no verdict."""
    value = {name: answer.value for name, answer in answers.items()}
    found: list[Statement] = []

    def say(code: str, *because: str, when: bool) -> None:
        if when:
            found.append(Statement(code, tuple(q for q in because if q in value)))

    missing = tuple(dict.fromkeys(gap.question for gap in gaps(answers, form)))
    if missing:
        found.append(Statement("P-INC", missing))
    unknown = [q for q in ("Q-R3", "Q-R6a", "Q-11", "Q-41") if value.get(q) == "cannot_assess"]
    say("P-INFO", *unknown, when=bool(unknown))
    legal = [value.get(q) for q in ("Q-11", "Q-12", "Q-13")]
    say("P-LEG-", "Q-11", "Q-12", "Q-13", when="not_shown" in legal)
    say("P-LEG+", "Q-11", "Q-12", "Q-13", when=legal == ["shown"] * 3)
    say(
        "P-AIM-",
        "Q-21",
        "Q-22",
        "Q-23",
        when=value.get("Q-21") == "none_shown"
        or value.get("Q-22") == "not_shown"
        or value.get("Q-23") == "clear",
    )
    found += _threshold(value)
    milder = value.get("Q-42") not in (None, "none")
    say("P-NEC-", "Q-41", "Q-42", when=value.get("Q-41") == "not_shown" or milder)
    say("P-LEN-", "Q-44", when=value.get("Q-44") == "no_end_no_review")
    say("P-HEAR-", "Q-43", when=value.get("Q-43") == "neither")
    say("P-CON-", "Q-15", when=value.get("Q-15") == "inconsistent")
    say("P-SWAP", "Q-S1", when=value.get("Q-S1") == "different")
    other = value.get("Q-02") == "neither" and bool(answers.get("Q-45"))
    say("P-OTHER", "Q-02", "Q-45", when=other)
    return found


def _threshold(value: Mapping[str, str]) -> list[Statement]:
    """Whether the record could support the threshold of incitement; open where it is neither."""
    name = {"art20_2": "20", "art19_3_by_analogy": "VIO"}.get(value.get("Q-02", ""))
    if name is None:
        return []
    because = ("Q-R1", "Q-R2", "Q-R3", "Q-R4", "Q-R5", "Q-R6a")
    protects = {"points_to_protection", "points_clearly_to_protection"}
    not_met = (
        value.get("Q-R3") in ("recklessness_or_negligence_only", "no_intent")
        or value.get("Q-R6a") == "remote"
        or value.get("Q-R4") == "points_clearly_to_protection"
    )
    could = (
        value.get("Q-R3") in ("intent_shown", "intent_inferable")
        and value.get("Q-R6a") == "reasonable_probability"
        and not {value.get(q) for q in ("Q-R1", "Q-R2", "Q-R4", "Q-R5")} & protects
    )
    sign = "-" if not_met else "+" if could else "?"
    return [Statement(f"P-{name}{sign}", tuple(q for q in because if q in value))]


def _gaps_of(question: Question, answer: Answer) -> list[Gap]:
    found: list[Gap] = []
    if question.answers:
        given = answer.value.split(",") if question.several else [answer.value]
        if any(choice not in question.answers for choice in given):
            no_answer = Text("{given} is no answer", given=repr(answer.value[:40]))
            options = Text("Choose from {options}.", options=question.answers)
            found.append(Gap(question.id, no_answer, options))
    if len(answer.reason.strip()) < FEWEST_REASON:
        short = Text("its reason has fewer than {fewest} characters", fewest=FEWEST_REASON)
        found.append(Gap(question.id, short, Text("Say what in the file leads you there.")))
    if answer.value == "cannot_assess" and not answer.what_is_missing.strip():
        named = Text("Name what the platform or a party would have to hand over.")
        found.append(Gap(question.id, Text("it does not say what is missing"), named))
    needs = question.evidence and question.answers and answer.value not in NEEDS_NO_EVIDENCE
    if needs and not answer.evidence:
        refer = Text("Refer to the content, the context or the statement.")
        found.append(Gap(question.id, Text("it refers to nothing in the file"), refer))
    if question.id == "Q-R6c" and len(answer.reason.split()) < _HARM_WORDS:
        fix = Text("Say which harm, to whom, and by whom.")
        found.append(Gap(question.id, Text("the harm is not told in full"), fix))
    return found


AGAINST = frozenset({"P-LEG-", "P-AIM-", "P-20-", "P-VIO-", "P-NEC-", "P-LEN-", "P-HEAR-"})
"""Statements that speak against the restriction or its measure."""


def unaddressed(statements: Sequence[Statement], reasons: str) -> list[str]:
    """Statements that the reasons of a ruling do not name (by code): each must be."""
    return [statement.code for statement in statements if statement.code not in reasons]


def diverges(statements: Sequence[Statement], outcome: str) -> list[str]:
    """Statements that an outcome goes against, and which it must explain."""
    codes = [statement.code for statement in statements]
    if outcome == "uphold":
        return [code for code in codes if code in AGAINST]
    if outcome == "reverse":
        return [code for code in codes if code in ("P-20+", "P-VIO+")]
    return []
