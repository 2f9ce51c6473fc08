"""Whom a visitor can be in a demonstration, and five steps for each, in words."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import NamedTuple

from amparo.web.words.decision import N_

OWN = ""
"""A step on the page where somebody begins; behind it there may be a place on that page."""


class Tour(NamedTuple):
    """Somebody, and what there is to do as them."""

    who: str
    what: str
    steps: tuple[tuple[str, str], ...]
    """Where, and what."""


def _reviewer(who: str, what: str, *, platform: str, lead: str) -> Tour:
    """Of a desk that is not Foro Libre's."""
    return Tour(
        who,
        what,
        (
            (
                f"/search?platform={platform}",
                N_("Complain first: open a decision, and from it the page of the person affected."),
            ),
            _QUEUE,
            _TAKE,
            _DECIDE,
            (
                f"/demo/{lead}",
                N_("Be the lead of this desk, and open the case again for a second look."),
            ),
        ),
    )


def _lead(who: str, what: str, *, reviewer: str) -> Tour:
    """Of a desk that is not Foro Libre's."""
    return Tour(
        who,
        what,
        (
            (
                "/report",
                N_("Report something at this platform; the page you get leads back to this desk."),
            ),
            ("/desk", N_("Answer the report: act on it, or say why not.")),
            (
                f"/demo/{reviewer}",
                N_(
                    "Go back to your page and complain: whoever has answered may not review it, so "
                    "be the reviewer of this desk."
                ),
            ),
            _GIVE_OUT,
            _MISUSE,
        ),
    )


_QUEUE = ("/desk", N_("Look at the queue: the most urgent comes first."))
_TAKE = ("/desk", N_("Take a complaint that waits, and open its file."))
_DECIDE = ("/desk", N_("Ask a side something, or decide with reasons."))
_GIVE_OUT = ("/desk", N_("Give a case to somebody else."))
_MISUSE = ("/desk/misuse", N_("See how somebody who misuses reports is warned."))
TOURS: Mapping[str, Tour] = {
    "ana": Tour(
        N_("Ana, whose account was closed"),
        N_(
            "A machine took her and 639 others for machines. She complained, and all of it was "
            "reversed."
        ),
        (
            (OWN, N_("Read what was done, why, and what a person decided about it.")),
            (
                f"{OWN}#done",
                N_("The platform says that the account is back. Say whether that is true."),
            ),
            (f"{OWN}/receipt", N_("Take the receipt: it proves what was decided, for ever.")),
            ("/verify", N_("Verify that receipt in your browser; nothing is sent.")),
            ("/remedies", N_("See what became of all the orders like yours.")),
        ),
    ),
    "beto": Tour(
        N_("Beto, who was threatened"),
        N_("He reported a message that names his street. The platform did nothing; he complained."),
        (
            (OWN, N_("Read where your report stands.")),
            (f"{OWN}#for-now", N_("See what was ordered at once to protect you, and why.")),
            (f"{OWN}#add", N_("Tell the reviewer something more.")),
            ("/demo/reviewer", N_("Be Rosa, who has your case, and decide it.")),
            (f"{OWN}#stands", N_("Come back and read her decision.")),
        ),
    ),
    "cleo": Tour(
        N_("Cleo, whose video was removed today"),
        N_("She was told a few hours ago. Every step is still open to her."),
        (
            (OWN, N_("Read why, and complain: say in your own words what is wrong.")),
            ("/demo/reviewer", N_("Be Rosa: take your own complaint from the queue, and decide.")),
            (OWN, N_("Come back, read her decision, and ask for a panel as well.")),
            ("/demo/registrar", N_("Be Ada, the registrar, and admit your own case.")),
            ("/find", N_("Lose your link, and find the way back.")),
        ),
    ),
    "reviewer": Tour(
        N_("Rosa, who reviews complaints"),
        N_("She sits at the desk of Foro Libre, and decides what others have decided before."),
        (
            _QUEUE,
            _TAKE,
            _DECIDE,
            ("/desk", N_("Find the report of a threat, and weigh it by the worksheet.")),
            ("/demo/beto", N_("Be Beto, and read what you have decided.")),
        ),
    ),
    "lead": Tour(
        N_("Lea, who leads the desk"),
        N_("She gives out cases, opens them again, and ruled on the wave of closed accounts."),
        (
            (
                "/desk/groups",
                N_(
                    "See the rulings on the wave: 410 complaints, and 230 people who "
                    "had not complained."
                ),
            ),
            ("/desk/groups", N_("Choose a group of open complaints, and look at its preview.")),
            ("/desk/groups", N_("Take a ruling back: every case in it is open again.")),
            _GIVE_OUT,
            _MISUSE,
        ),
    ),
    "panelist": Tour(
        N_("A member of a panel"),
        N_(
            "Three independent people were drawn. Two have sealed their worksheets; yours is "
            "missing."
        ),
        (
            ("/panel", N_("Open the case that waits for you.")),
            ("/panel", N_("Read what was removed, the position of the platform, and the reply.")),
            ("/panel", N_("Answer the worksheet alone, and seal it.")),
            ("/panel", N_("Then read the others' worksheets, and vote.")),
            ("/rulings", N_("Read how earlier panels ruled, one with a dissent.")),
        ),
    ),
    "registrar": Tour(
        N_("Ada, the registrar"),
        N_("She leads the cases of panels, and judges none of them."),
        (
            ("/registrar", N_("Open the case that somebody has just asked a panel for.")),
            ("/registrar", N_("Admit it, or say what is missing.")),
            ("/registrar", N_("Fix the list from which the panel is drawn.")),
            ("/coalition", N_("See who may be drawn, and from which member.")),
            ("/rulings", N_("Open a ruling, and check its draw yourself.")),
        ),
    ),
    "compliance": Tour(
        N_("The compliance officer of Foro Libre"),
        N_("The platform owes a transparency report. Its figures come from the record."),
        (
            ("/desk/report#preview", N_("See the figures of this year, as they stand.")),
            ("/desk/report#answers", N_("Answer what only people can answer.")),
            ("/transparency/published", N_("See what platforms have published.")),
            ("/transparency", N_("Have a report of an invented platform checked.")),
            ("/remedies", N_("See what the public sees of your orders.")),
        ),
    ),
    "bruno": _reviewer(
        N_("Bruno, who reviews complaints at Mercado Sol"),
        N_("A marketplace. He looks again at what was decided about offers and those who sell."),
        platform="mercado-sol",
        lead="marta",
    ),
    "marta": _lead(
        N_("Marta, who leads the desk of Mercado Sol"),
        N_("She answers reports, gives out cases, and reviews what Bruno may not."),
        reviewer="bruno",
    ),
    "kim": _reviewer(
        N_("Kim, who reviews complaints at Nido Video"),
        N_("A platform for videos, where machines decide much, and people are to look again."),
        platform="nido-video",
        lead="noor",
    ),
    "noor": _lead(
        N_("Noor, who leads the desk of Nido Video"),
        N_("She answers reports, gives out cases, and reviews what Kim may not."),
        reviewer="kim",
    ),
    "engineer": Tour(
        N_("The engineer of Foro Libre"),
        N_("You have a token. A statement of reasons is on record a second after you send it."),
        (
            (
                f"{OWN}#first",
                N_("Run the first command: the answer has a receipt and a link for the person."),
            ),
            (f"{OWN}#first", N_("Open that link: this is what the person sees.")),
            (f"{OWN}#first", N_("Leave out an attribute, and read the error.")),
            (
                f"{OWN}#second",
                N_("Run the second command: what the platform is asked for just now."),
            ),
            ("/api", N_("See every call.")),
        ),
    ),
    "journalist": Tour(
        N_("A journalist"),
        N_("Was there a wave of closed accounts, and who says so? Count for yourself."),
        (
            (
                "/observatory/waves",
                N_("See the wave of Foro Libre beside those in what real platforms have reported."),
            ),
            (
                "/observatory/find?platform=Foro+Libre",
                N_("Open its page: the wave is in its chart, and every figure can be taken away."),
            ),
            ("/rulings", N_("Read what panels have ruled, and cite one.")),
            ("/remedies", N_("See which platform did what it was ordered to.")),
            ("/log/", N_("Audit the log with one command.")),
        ),
    ),
    "source": Tour(
        N_("A source, who hands a document over"),
        N_("It is locked on the source's own device; the server that takes it cannot open it."),
        (
            (OWN, N_("Read who could open it, and what this does not protect against.")),
            ("/demo/source", N_("Lock a file and send it; you get seven words, once.")),
            (OWN, N_("Come back with the seven words.")),
            ("/demo/source", N_("Be a recipient, and see what has come.")),
            ("/coalition", N_("See which members have signed the recipients' keys.")),
        ),
    ),
    "member": Tour(
        N_("A member of the coalition"),
        N_("Five independent members witness the log. A resolution is open, and lacks one answer."),
        (
            (
                "/coalition/member/aufsicht.example",
                N_("See what is asked of the regulator now: a resolution waits for its answer."),
            ),
            (
                f"{OWN}#answer",
                N_("Hand in the answer of the regulator: with it the resolution is adopted."),
            ),
            ("/coalition/resolutions", N_("See how it stands now, and on the map.")),
            (
                "/coalition",
                N_("See the fault that the monitor found in a mirror of the log, and its proof."),
            ),
            ("/coalition/join", N_("See how one becomes a member.")),
        ),
    ),
}
"""Everybody of the cast."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    N_("Those affected"): ("ana", "beto", "cleo"),
    N_("Those who decide"): (
        *("reviewer", "lead", "panelist", "registrar"),
        *("compliance", "engineer"),
    ),
    N_("Those who watch"): ("journalist", "source", "member"),
    N_("Those who decide at the other two platforms"): ("bruno", "marta", "kim", "noor"),
}
"""How a page orders them, by heading; the first is whom a visitor begins with.

The last are folded: a visitor needs them once something waits there, and is led to them then.
"""
