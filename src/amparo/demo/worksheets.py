"""Worksheets of the story, as members of a panel and reviewers might fill them in.

One cartoon of a mayor, read by three members who see it almost alike; and one threat against a
person who reported it.
"""

# SPDX-License-Identifier: Apache-2.0

from amparo.case.worksheet import Answer

Sheet = dict[str, Answer]

_CARTOON = {
    "Q-01": ("threat", "The notice to the person names the clause on threats and nothing else."),
    "Q-02": (
        "art19_3_by_analogy",
        "A rule of the terms is applied, which limits what may be said.",
    ),
    "Q-03": ("political,artistic", "A drawing about the mayor, ten days before the local vote."),
    "Q-04": ("own_words", "The person drew it and signed it in the lower corner of the sheet."),
    "Q-05": ("yes", "Names, faces and the number of followers were masked at first reading."),
    "Q-06": ("fluent", "The words in the picture are Spanish, which I have read for twenty years."),
    "Q-11": ("shown", "The clause was public when it was posted; the page's history shows it."),
    "Q-12": ("partly_shown", "The clause names threats; that it covers satire is said nowhere."),
    "Q-13": ("not_shown", "The clause says what is forbidden; no sanction and no length is named."),
    "Q-14": (
        "partly_shown",
        "The clause is named to the person; which line of the drawing is not.",
    ),
    "Q-15": ("inconsistent", "Two drawings of the other candidate with the same axe were left up."),
    "Q-21": ("rights_of_others", "The platform says that it protects the mayor from being harmed."),
    "Q-22": ("not_shown", "Nothing in the file shows that anybody felt threatened by the drawing."),
    "Q-23": ("none_seen", "No sign of another aim in the position or in how it was decided."),
    "Q-24": ("none", "The platform says that no office has asked for the removal, and none did."),
    "Q-R1": ("neutral_or_mixed", "A heated campaign, no attack on anybody in the town this year."),
    "Q-R2": ("points_to_protection", "A local illustrator of no office, with a small audience."),
    "Q-R3": ("no_intent", "The caption mocks cuts in the budget, which the axe stands for."),
    "Q-R4": ("points_clearly_to_protection", "An axe labelled BUDGET over a row of park benches."),
    "Q-R5": ("points_to_protection", "Seen by four hundred people before it was taken down."),
    "Q-R6a": ("remote", "It takes a reader who misses the label to see a weapon in this drawing."),
    "Q-R6b": ("none", "Nothing in the drawing points to a day, a place or an occasion to act."),
    "Q-R6c": (
        "told",
        "None that could be named. The platform speaks of harm to the mayor by readers, and names "
        "no reader, no act and no place.",
    ),
    "Q-41": ("not_shown", "No connection between the drawing and any danger is in the record."),
    "Q-42": ("label", "If readers could take it wrongly, a note on the label would have helped."),
    "Q-43": ("neither", "Nobody wrote to the person before, and no reason for that is given."),
    "Q-44": ("no_end_no_review", "The removal has no end, and nobody was to look at it again."),
    "Q-45": ("told", "The person's shop links to the drawing, and sales stopped for the week."),
    "Q-46": ("high", "It is about how the town spends its money, ten days before a vote."),
    "Q-47": ("no", "It was taken down everywhere, though the reason is about one town."),
    "Q-48": ("not_applicable", "Only the drawing was removed; the account was left as it was."),
    "Q-S1": ("same", "With the other candidate under the axe I would answer every line alike."),
    "Q-S2": ("no", "I have read nothing about the case but the file, and spoken to nobody."),
    "Q-S3": (
        "told",
        "An axe over a named person is a picture of violence, whatever is written on it.",
    ),
    "Q-S4": ("told", "A message of the person that calls on somebody to act against the mayor."),
    "Q-S5": ("no", "I have had no dealings with either side since I was asked to sit."),
}
_THREAT = {
    "Q-02": ("art19_3_by_analogy", "A rule of the terms against threats, applied to one message."),
    "Q-11": ("shown", "Section 3.1 forbids threats, and stood in the rules on that day."),
    "Q-21": ("rights_of_others", "The safety of the person who is named in the message."),
    "Q-22": ("shown", "The message names a street, an hour, and the person who reported it."),
    "Q-R1": ("points_to_restriction", "The reporter was followed home in the week before."),
    "Q-R2": ("neutral_or_mixed", "A private account; whoever is behind it holds no office."),
    "Q-R3": ("intent_shown", "«I will be waiting» is addressed to the reporter, by name."),
    "Q-R4": ("points_clearly_to_restriction", "A direct threat, with a place and an hour in it."),
    "Q-R5": ("neutral_or_mixed", "One message, seen by few, and by the one whom it is meant for."),
    "Q-R6a": ("reasonable_probability", "What it says can be done tonight by one person alone."),
    "Q-41": ("shown", "It is this very message that says what will be done, and to whom."),
    "Q-42": ("none", "Nothing milder keeps the address of a person from those who look for it."),
    "Q-S1": ("same", "Whoever had written it, and to whomever, I would answer in the same way."),
}


def cartoon(member: int) -> Sheet:
    """How one of three sees the cartoon; each gives reasons of their own."""
    who = ("As I read the file: ", "In my own reading: ", "What I find in the file: ")[member]
    return {name: _answer(name, *given, opening=who) for name, given in _CARTOON.items()}


def threat() -> Sheet:
    """A reviewer's short form about a threat."""
    return {name: _answer(name, *given) for name, given in _THREAT.items()}


def _answer(name: str, value: str, reason: str, *, opening: str = "") -> Answer:
    return Answer(name, value, opening + reason, ("content:1",))
