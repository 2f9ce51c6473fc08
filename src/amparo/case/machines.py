"""The nine machines of a case as tables: kind of event -> from which state to which.

They are tied by one case id and do not wait for each other: a person may complain, go to a panel
and to court at once.

Source: DSA Articles 16, 17, 20, 21; `docs/case.md` tells the same as a story.
"""

# SPDX-License-Identifier: Apache-2.0

OPEN = ("filed", "assigned", "reviewing", "asking")
"""States of a complaint in which somebody waits for an answer."""

UNDECIDED = (*OPEN, "reopened")
"""States of a complaint that was not decided, or not decided again."""

DUE = ("sent", "claimed", "verified", "disputed")
"""States of an order that the platform is carrying out, or has."""

STANDING = (*DUE, "settled", "failed")
"""States of an order that was not turned down: it can be taken back."""

HELD = ("assigned", "reviewing", "asking")
"""States of a complaint in which it is some reviewer's."""

MACHINES: dict[str, dict[str, dict[str, str]]] = {
    "decision": {
        "decision.issued": {"": "recorded"},
        "notice.received": {"": "noticed"},
        "file.imported": {"": "imported", "imported": "imported"},
        "notice.answered": {"noticed": "answered"},
        "ruling.made": {"": "ruled"},
        "ruling.undone": {"ruled": "undone"},
        "mandate.shown": {"": "mandated"},
        "mandate.used": {"mandated": "mandated"},
        "mandate.ended": {"mandated": "unmandated"},
        "leads.proposed": {"": "grouped"},
        "leads.ended": {"grouped": "ungrouped"},
        "decision.delivered": {
            "recorded": "delivered",
            "undelivered": "delivered",
            "delivered": "delivered",
            "superseded": "superseded",
        },
        # A mail that was taken can come back days later.
        "decision.undelivered": {"recorded": "undelivered", "delivered": "undelivered"},
        "decision.superseded": {"delivered": "superseded"},
        # Whoever is asked to say something in a matter has a case, or is given one by that.
        "hearing.invited": {
            "": "invited",
            **{
                state: state
                for state in (
                    *("recorded", "delivered", "undelivered", "superseded"),
                    *("noticed", "answered", "invited"),
                )
            },
        },
    },
    "complaint": {
        "complaint.filed": {"": "filed", "closed": "filed"},  # again, after it was withdrawn
        "complaint.inadmissible": {"filed": "closed"},
        "complaint.assigned": {"filed": "assigned", "reopened": "assigned"},
        "complaint.returned": dict.fromkeys(HELD, "filed"),
        "complaint.opened": {"assigned": "reviewing"},
        "complaint.asked": {"reviewing": "asking"},
        # A question outlives its reviewer: who comes next finds the answer.
        "complaint.answered": {
            "asking": "reviewing",
            "filed": "filed",
            "assigned": "assigned",
            "reviewing": "reviewing",
        },
        "complaint.decided": {"reviewing": "decided"},
        "complaint.remedying": {"decided": "remedy_open"},
        "complaint.closed": {"decided": "closed", "remedy_open": "closed"},
        "complaint.withdrawn": dict.fromkeys(UNDECIDED, "closed"),
        "complaint.reopened": {"closed": "reopened"},
        "complaint.disowned": dict.fromkeys((*OPEN, "remedy_open", "closed", "reopened"), "closed"),
        "complaint.undone": {"closed": "reopened", "remedy_open": "reopened"},
    },
    "hearing": {
        # Each instance hears it by itself, one after the other (`hearing.check_may_call`).
        "hearing.called": dict.fromkeys(
            ("", "called", "told", "untold", "ended", "waived", "shared"), "called"
        ),
        "hearing.told": {"called": "told"},
        "hearing.untold": {"called": "untold"},
        "hearing.lost": {"told": "told"},
        # It stands in the case of whoever speaks as well, which may hear somebody itself.
        "hearing.answered": {
            state: state for state in ("", "called", "told", "untold", "ended", "waived", "shared")
        },
        "hearing.ended": {"told": "ended"},
        "hearing.waived": dict.fromkeys(("", "called", "told", "untold", "ended"), "waived"),
        "hearing.shared": {"": "shared"},
    },
    # Asked once by the desk and once by an organisation (`waits.why_not_asked`).
    "lead": {
        "lead.asked": dict.fromkeys(("", "asked", "ended"), "asked"),
        "lead.joined": {"asked": "waiting"},
        "lead.ended": {"asked": "ended", "waiting": "ended"},
    },
    "hold": {
        "hold.sent": {"": "sent", "ended": "sent"},
        "hold.kept": {"sent": "kept", "failed": "kept"},
        "hold.failed": {"sent": "failed"},
        "hold.ended": {"kept": "ended", "sent": "ended", "failed": "ended"},
    },
    "remedy": {
        # A later order takes the place of an earlier one.
        "remedy.ordered": dict.fromkeys(("", *STANDING, "refused", "impossible", "undone"), "sent"),
        "remedy.claimed": {"sent": "claimed", "disputed": "claimed", "failed": "claimed"},
        "remedy.confirmed": {"claimed": "claimed"},
        "remedy.verified": {"claimed": "verified"},
        "remedy.disputed": {"claimed": "disputed", "verified": "disputed"},
        "remedy.reverted": dict.fromkeys(("claimed", "verified", "settled"), "disputed"),
        "remedy.failed": {"sent": "failed", "disputed": "failed"},
        "remedy.impossible": {"sent": "impossible"},
        "remedy.refused": {"sent": "refused"},
        "remedy.undone": dict.fromkeys(STANDING, "undone"),
        "remedy.settled": {"verified": "settled", "claimed": "settled"},
    },
    "panel": {
        "case.submitted": dict.fromkeys(("", "lapsed", "closed"), "submitted"),
        "case.incomplete": {"submitted": "incomplete"},
        "case.completed": {"incomplete": "submitted"},
        "case.lapsed": {"incomplete": "lapsed"},
        "case.inadmissible": {"submitted": "closed"},
        "case.admitted": {"submitted": "admitted"},
        "panel.listed": {"admitted": "drawing", "composing": "drawing"},
        "panel.revealed": {"drawing": "drawing"},
        "panel.drawn": {"drawing": "composing"},
        "panel.replaced": dict.fromkeys(
            ("composing", "exchange", "deliberation", "default_review"), "composing"
        ),
        "panel.formed": {"composing": "exchange"},
        "case.position": {"exchange": "exchange", "default_review": "exchange"},
        "case.reply": {"exchange": "exchange"},
        "case.defaulted": {"exchange": "default_review"},
        "case.deliberating": {"exchange": "deliberation"},
        "case.fact_asked": {"deliberation": "exchange"},
        "worksheet.sealed": {"deliberation": "deliberation", "default_review": "default_review"},
        "case.decided": {"deliberation": "decided", "default_review": "decided"},
        "case.settled": {"exchange": "closed"},
        "case.withdrawn": dict.fromkeys(
            ("submitted", "incomplete", "admitted", "exchange"), "closed"
        ),
        "case.closed": {"decided": "closed"},
        "case.reopened": {"closed": "submitted"},
        "case.disowned": dict.fromkeys(
            (
                "submitted",
                "incomplete",
                "lapsed",
                "admitted",
                "drawing",
                "composing",
                "exchange",
                "deliberation",
                "default_review",
                "decided",
                "closed",
            ),
            "closed",
        ),
    },
    "misuse": {
        "misuse.warned": {"": "warned", "ended": "warned"},
        "misuse.suspended": {"warned": "suspended"},
        "misuse.ended": {"warned": "ended", "suspended": "ended"},
    },
    "interim": {
        # While it lasts as well: the platform may have undone it (`remedy.interim` says when).
        "interim.ordered": dict.fromkeys(("", "ordered", "ended"), "ordered"),
        "interim.ended": {"ordered": "ended"},
    },
}
"""Machine -> kind of event -> from -> to. '' is where each begins."""

ASIDE = frozenset(
    {
        "case.extended",
        "case.voted",
        "challenge.judged",
        "claim.asked",
        "claim.proven",
        "claim.refused",
        "clock.missed",
        "complaint.added",
        "content.supplied",
        "danger.said",
        "deciders.named",
        "decision.corrected",
        "decision.corrects",
        "decision.lifted",
        "decision.reversed",
        "interim.answered",
        "lead.chosen",
        "letter.undelivered",
        "link.exchanged",
        "link.revoked",
        "opening.erased",
        "other.decided",
        "outcome.received",
        "panel.challenged",
        "parts.committed",
        "parts.named",
        "parts.opened",
        "processing.paused",
        "processing.resumed",
        "remedy.reminded",
        "remedy.seen",
        "representation.agreed",
        "representation.ended",
        "retention.ended",
        "sides.linked",
    }
)
"""Kinds of event that change no machine."""
MACHINE_OF = {kind: name for name, kinds in MACHINES.items() for kind in kinds}
"""Kind of event -> the machine that it moves."""
