"""Where each machine of a case stands, in a sentence: why a step is not possible there.

One sentence for every state in `machines`, since no language can put "closed" behind any noun.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping

from amparo.errors import Text

_SENTENCES: Mapping[str, Mapping[str, Text]] = {
    "decision": {
        "": Text("no decision was recorded yet"),
        "recorded": Text("the decision was recorded, and the person has not been told yet"),
        "delivered": Text("the person was told of the decision"),
        "undelivered": Text("the person could not be told of the decision"),
        "superseded": Text("the decision does not apply any more"),
        "noticed": Text("the report was received, and waits for its answer"),
        "answered": Text("the report was answered"),
        "invited": Text("somebody was asked what they say, and nothing was decided about them"),
        "imported": Text("the case was taken in from a file"),
        "ruled": Text("the ruling was made"),
        "undone": Text("the ruling was taken back"),
        "mandated": Text("the mandate is in force"),
        "unmandated": Text("the mandate has ended"),
        "grouped": Text("lead cases were chosen"),
        "ungrouped": Text("nobody is asked any more to wait for the lead cases"),
    },
    "complaint": {
        "": Text("no complaint was filed"),
        "filed": Text("the complaint was filed, and waits for a reviewer"),
        "assigned": Text("the complaint is assigned, and its file was not opened yet"),
        "reviewing": Text("a reviewer is looking at the complaint"),
        "asking": Text("the complaint waits for the answer to a question"),
        "decided": Text("the complaint was decided"),
        "remedy_open": Text("the complaint was decided, and the platform has to put it right"),
        "closed": Text("the complaint is closed"),
        "reopened": Text("the complaint was opened once more, and waits for a reviewer"),
    },
    "hearing": {
        "": Text("the other side was not called"),
        "called": Text("the other side was called, and nobody has said yet that it was told"),
        "told": Text("the other side was told, and its time runs"),
        "untold": Text("the other side could not be told"),
        "ended": Text("the time of the other side is over"),
        "waived": Text("the other side is not heard, since somebody is in danger"),
        "shared": Text("the other side was heard"),
    },
    "lead": {
        "": Text("nobody asked whether to wait for a lead case"),
        "asked": Text("it was asked whether to wait for a lead case"),
        "waiting": Text("the complaint waits for a lead case"),
        "ended": Text("the complaint does not wait for a lead case, or not any more"),
    },
    "hold": {
        "": Text("the platform was not asked to keep the evidence"),
        "sent": Text("the platform was asked to keep the evidence"),
        "kept": Text("the platform keeps the evidence"),
        "failed": Text("the platform did not confirm that it keeps the evidence"),
        "ended": Text("the evidence need not be kept any longer"),
    },
    "remedy": {
        "": Text("nothing was ordered"),
        "sent": Text("the order was sent, and the platform has not answered yet"),
        "claimed": Text("the platform says that it is done"),
        "verified": Text("what was ordered is done, and that was checked"),
        "disputed": Text("somebody says that it is not done"),
        "settled": Text("nobody objected to what the platform says"),
        "failed": Text("the platform did not do what was ordered"),
        "impossible": Text("the platform says that it cannot do what was ordered"),
        "refused": Text("the platform refuses to do what was ordered"),
        "undone": Text("the order was taken back"),
    },
    "panel": {
        "": Text("no panel was asked for"),
        "submitted": Text("the panel case waits for the registrar"),
        "incomplete": Text("something is missing in the panel case"),
        "lapsed": Text("the panel case was closed because something was missing"),
        "admitted": Text("the panel case was admitted, and no panel is drawn yet"),
        "drawing": Text("the panel is being drawn"),
        "composing": Text("the panel was drawn, and is not formed yet"),
        "exchange": Text("both sides are writing to the panel"),
        "deliberation": Text("the panel is deciding"),
        "default_review": Text("the panel is deciding without the platform"),
        "decided": Text("the panel has decided"),
        "closed": Text("the panel case is closed"),
    },
    "misuse": {
        "": Text("nobody was warned"),
        "warned": Text("the sender was warned"),
        "suspended": Text("processing of what the sender sends is suspended"),
        "ended": Text("the warning or suspension has ended"),
    },
    "interim": {
        "": Text("nothing was ordered for the time being"),
        "ordered": Text("something is ordered for the time being"),
        "ended": Text("what was ordered for the time being has ended"),
    },
}


def standing(machine: str, state: str) -> Text:
    """Where a machine stands, as the reason of an error."""
    return _SENTENCES[machine][state]
