"""Who is told what, and when: which event makes which notice.

Only the fact that somebody is to be told is decided here; words, language and address are chosen
where the notice leaves the node, so that no event ever holds them. A notice never names the other
side (Article 17(3)(b): only if strictly necessary).
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Literal, NamedTuple

from amparo.case.state import Event

To = Literal["person", "notifier", "complainant", "platform"]


class Notice(NamedTuple):
    """Somebody is to be told."""

    to: To
    kind: str


_NOTICES: dict[str, tuple[Notice, ...]] = {
    "notice.received": (Notice("platform", "new_notice"),),  # the notifier's carries a link
    "notice.answered": (Notice("notifier", "notice_answered"),),
    "misuse.suspended": (Notice("person", "misuse_suspended"),),  # the warning carries a link
    "misuse.ended": (Notice("person", "misuse_ended"),),
    "complaint.filed": (
        Notice("complainant", "complaint_filed"),
        Notice("platform", "complaint_filed"),
    ),
    "complaint.inadmissible": (Notice("complainant", "complaint_inadmissible"),),
    "complaint.decided": (
        Notice("complainant", "complaint_decided"),
        Notice("platform", "complaint_decided"),
    ),
    "complaint.withdrawn": (Notice("platform", "complaint_withdrawn"),),
    "complaint.reopened": (Notice("complainant", "complaint_reopened"),),
    "case.submitted": (
        Notice("complainant", "case_submitted"),
        Notice("platform", "case_submitted"),
    ),
    "case.incomplete": (Notice("complainant", "case_incomplete"),),
    "case.lapsed": (Notice("complainant", "case_lapsed"),),
    "case.inadmissible": (Notice("complainant", "case_inadmissible"),),
    "case.admitted": (Notice("complainant", "case_admitted"), Notice("platform", "case_admitted")),
    "panel.replaced": (
        Notice("complainant", "panel_replaced"),
        Notice("platform", "panel_replaced"),
    ),
    "panel.formed": (Notice("complainant", "panel_formed"), Notice("platform", "panel_formed")),
    "case.position": (Notice("complainant", "case_position"),),
    "case.deliberating": (
        Notice("complainant", "case_deliberating"),
        Notice("platform", "case_deliberating"),
    ),
    "case.reopened": (
        Notice("complainant", "case_submitted"),
        Notice("platform", "case_submitted"),
    ),
    "case.extended": (Notice("complainant", "case_extended"), Notice("platform", "case_extended")),
    "case.decided": (Notice("complainant", "case_decided"), Notice("platform", "case_decided")),
    "case.withdrawn": (Notice("platform", "case_withdrawn"),),
    "hold.sent": (Notice("platform", "hold"),),
    "hold.failed": (Notice("complainant", "hold_failed"),),
    "hold.ended": (Notice("platform", "hold_ended"),),
    "interim.ordered": (Notice("platform", "interim"), Notice("complainant", "interim")),
    "remedy.ordered": (Notice("platform", "remedy_ordered"),),
    "remedy.claimed": (Notice("complainant", "remedy_claimed"),),
    "remedy.disputed": (Notice("platform", "remedy_disputed"),),
    "remedy.reminded": (Notice("platform", "remedy_reminder"),),
    "remedy.failed": (Notice("complainant", "remedy_failed"), Notice("platform", "remedy_failed")),
    "remedy.impossible": (Notice("complainant", "remedy_impossible"),),
    "remedy.refused": (Notice("complainant", "remedy_refused"),),
    "remedy.undone": (Notice("complainant", "remedy_undone"), Notice("platform", "remedy_undone")),
}


def notices(event: Event) -> list[Notice]:
    """Whom an event tells."""
    if event.kind == "complaint.asked":
        to: To = "platform" if event.details["of"] == "platform" else "complainant"
        return [Notice(to, "question")]
    if event.kind in ("processing.paused", "processing.resumed"):
        sender: To = "notifier" if event.details["of"] == "notifier" else "complainant"
        return [Notice(sender, event.kind.replace(".", "_"))]
    if event.kind == "case.fact_asked":
        asked: To = "platform" if event.details["of"] == "platform" else "complainant"
        return [Notice(asked, "panel_question")]
    if event.kind == "clock.missed":
        clock = str(event.details["clock"])
        if clock.startswith("C05-"):
            return [Notice("person", "window_closes")]
        if clock.startswith("C08@"):
            return [Notice("complainant", "panel_overdue")]
        return [Notice("complainant", "overdue")] if clock.startswith("C06@") else []
    return list(_NOTICES.get(event.kind, ()))


def kinds() -> frozenset[tuple[str, str]]:
    """Every notice there is, as (to, kind): each needs words in every language."""
    found = {(one.to, one.kind) for notices in _NOTICES.values() for one in notices}
    return frozenset(
        found
        | {("complainant", "question"), ("platform", "question"), ("complainant", "overdue")}
        | {("complainant", "panel_overdue")}
        | {("complainant", "panel_question"), ("platform", "panel_question")}
        | {("notifier", "processing_paused"), ("complainant", "processing_paused")}
        | {("notifier", "processing_resumed"), ("complainant", "processing_resumed")}
        | {
            ("person", "window_closes"),
            ("person", "decision"),
            ("notifier", "notice_received"),
            ("person", "misuse_warned"),
        }
    )
