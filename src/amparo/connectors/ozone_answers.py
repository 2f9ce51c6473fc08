"""The answer to a complaint on its way to Ozone: a letter to the account, and an appeal resolved.

Ozone hands the letter to the PDS of the account, which mails it as HTML to the address that it has.
Its tool (`modTool`) names the answer, so that one that was sent is known again: Ozone sends a
letter before it looks whether an event of that name is there.

Source: `tools.ozone.moderation.defs#modEventEmail`, `modEventResolveAppeal` (Ozone 0.4.2);
`com.atproto.admin.sendEmail`, `ModerationMailer` of the PDS.
"""

# SPDX-License-Identifier: Apache-2.0

import html
from collections.abc import Mapping, Sequence
from typing import Any

from amparo.connectors import ozone

DEFS = "tools.ozone.moderation.defs#"


def letter(line: str, reasons: str) -> dict[str, Any]:
    """A letter with what a reviewer wrote, and nothing else; `line` is its subject."""
    paragraphs = [part.strip() for part in reasons.replace("\r", "").split("\n\n") if part.strip()]
    content = "".join(f"<p>{_lines(part)}</p>" for part in paragraphs)
    return {"$type": f"{DEFS}{ozone.EMAIL}", "subjectLine": line, "content": content}


def resolved(outcome: str, reasons: str) -> dict[str, Any]:
    """The end of an appeal, with what was decided, for whoever moderates there."""
    return {"$type": f"{DEFS}{ozone.RESOLVE}", "comment": f"{outcome}: {reasons}"}


def tool(name: str) -> dict[str, Any]:
    """By what an event of ours is known again."""
    return {"name": ozone.TOOL, "meta": {"answer": name}}


def made(events: Sequence[Any], name: str) -> dict[str, Mapping[str, Any]]:
    """What of an answer is there: kind of event -> what it says."""
    found: dict[str, Mapping[str, Any]] = {}
    for source in events:
        match source:
            case {"event": {"$type": str(kind)} as event, "modTool": {"meta": {"answer": answer}}}:
                if answer == name:
                    found[kind.removeprefix(DEFS)] = event
    return found


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
