"""A stand-in for Ozone and for a PDS that vouches: the documented protocol, on a real HTTP server.

It filters and pages as Ozone 0.4.2 does. What it holds are events of a real one.
"""

import base64
import json
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from tests.connect.conftest import ROOT_OF_VECTORS
from tests.connect.http_host import http_host

RECORDED = json.loads((ROOT_OF_VECTORS.parent / "atproto" / "ozone_events.json").read_text())
SERVICE = RECORDED["service"]
BY_ID = {event["id"]: event for event in RECORDED["events"]}
ALICE = BY_ID[3]["subject"]["did"]
BOB = BY_ID[12]["subject"]["did"]
MODERATOR = BY_ID[3]["createdBy"]
DEFS = "tools.ozone.moderation.defs#"
POST = BY_ID[17]["subject"]["uri"]


def event(number, kind, subject=ALICE, at="2026-11-10T09:00:00.000Z", by=MODERATOR, **said):
    """One more event, as Ozone shows it."""
    is_record = subject.startswith("at://")
    of = "com.atproto.repo.strongRef" if is_record else "com.atproto.admin.defs#repoRef"
    return {
        "id": number,
        "event": {"$type": DEFS + kind, **said},
        "subject": {"$type": of, "uri" if is_record else "did": subject},
        "subjectBlobCids": [],
        "createdBy": by,
        "createdAt": at,
    }


class Ozone:
    """What it holds, who may ask, and what was asked."""

    def __init__(self, events=RECORDED["events"]):
        self.events = list(events)
        self.asked = []
        self.sessions = 0
        self.expired = False
        self.limited = 0
        self.role = "roleModerator"
        self.names = []
        self.mailed, self.delivers = [], True
        self.gone = set()

    def answer(self, _, path, headers, body):
        place = urlsplit(path)
        self.asked.append(path)
        if place.path.endswith("com.atproto.server.createSession"):
            return self._session(json.loads(body))
        refused = self._refused(headers)
        if refused:
            return refused
        return self._call(place.path.rpartition(".")[2], parse_qs(place.query), body)

    def _call(self, method, asked, body):
        match method:
            case "queryEvents":
                return 200, self._page(asked)
            case "queryStatuses":
                shown = self._statuses(asked["subject"][0])
                if asked.get("includeMuted") != ["true"]:
                    shown = [one for one in shown if "muteUntil" not in one]
                return 200, {"subjectStatuses": shown}
            case "queryLabels":
                found = self._labels(asked["uriPatterns"][0])
                begin = int(asked.get("cursor", ["0"])[0])
                page = found[begin : begin + int(asked["limit"][0])]
                return 200, {"labels": page} | ({"cursor": str(begin + len(page))} if page else {})
            case "getConfig":
                return 200, {"viewer": {"role": f"tools.ozone.team.defs#{self.role}"}}
            case "emitEvent":
                return self._emit(json.loads(body))

    def _about(self, uri):
        return [one for one in self.events if _uri(one) == uri]

    def _statuses(self, uri):
        found = self._about(uri)
        kinds = [one["event"]["$type"].removeprefix(DEFS) for one in found]
        downs = [kind for kind in kinds if kind in ("modEventTakedown", "modEventReverseTakedown")]
        is_down = downs[-1:] == ["modEventTakedown"]
        hosting = {"status": "deleted" if uri in self.gone else "active"}
        ends = ("modEventResolveAppeal", "modEventTakedown")
        appealed = [number for number, one in enumerate(found) if _is_appeal(one)]
        ended = [number for number, kind in enumerate(kinds) if kind in ends]
        appeal = {"appealed": max(appealed) > max(ended, default=-1)} if appealed else {}
        mute = {"muteUntil": "2099-01-01T00:00:00.000Z"} if "modEventMute" in kinds else {}
        return [{"takendown": is_down, "hosting": hosting, **appeal, **mute}] if found else []

    def _labels(self, uri):
        """One row for each value, as Ozone keeps it."""
        found = {}
        for one in self._about(uri):
            for value in one["event"].get("createLabelVals") or ():
                found[value] = {"src": SERVICE, "uri": uri, "val": value}
            for value in one["event"].get("negateLabelVals") or ():
                found[value] = {"src": SERVICE, "uri": uri, "val": value, "neg": True}
        return list(found.values())

    def _emit(self, said):
        if self.role == "roleTriage":
            return 401, {"error": "AuthRequired", "message": "Must be a full moderator"}
        uri = said["subject"].get("did") or said["subject"]["uri"]
        is_reversal = said["event"]["$type"] == f"{DEFS}modEventReverseTakedown"
        if is_reversal and not any(one.get("takendown") for one in self._statuses(uri)):
            return 400, {"error": "InvalidRequest", "message": "Subject is not taken down"}
        if said["event"].get("content"):  # it is sent before anything else is looked at
            if self.delivers:
                self.mailed.append((said["subject"]["did"], said["event"]))
            said["event"]["isDelivered"] = self.delivers
        name = said["event"]["$type"], said["externalId"]
        if name in self.names:
            return 400, {"error": "DuplicateExternalId", "message": "the same external ID"}
        self.names.append(name)
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        number = max(one["id"] for one in self.events) + 1
        made = {"id": number, "subjectBlobCids": [], "createdBy": MODERATOR, "createdAt": at}
        made |= {name: said[name] for name in ("event", "subject", "modTool")}
        self.events.append(made)
        return 200, made

    def _session(self, given):
        if given != {"identifier": "mod.example", "password": "app-pass"}:
            return 401, {"error": "AuthenticationRequired", "message": "Invalid password"}
        self.sessions += 1
        self.expired = False
        return 200, {"accessJwt": f"session {self.sessions}"}

    def _refused(self, headers):
        if self.limited:
            self.limited -= 1
            return 429, {"error": "RateLimitExceeded"}
        said = headers.get("authorization", "")
        vouched = headers.get("atproto-proxy") == f"{SERVICE}#atproto_labeler"
        if said.startswith("Bearer session") and vouched:
            current = said == f"Bearer session {self.sessions}" and not self.expired
            return None if current else (400, {"error": "ExpiredToken", "message": "has expired"})
        admin = f"Basic {base64.b64encode(b'admin:admin-pass').decode()}"
        if said in (admin, "Bearer token"):
            return None
        return 401, {"error": "AuthMissing", "message": "who are you?"}

    def _page(self, asked):
        first = {name: values[0] for name, values in asked.items()}
        found = [
            one
            for one in self.events
            if first.get("createdAfter", "") <= one["createdAt"] <= first.get("createdBefore", "~")
            and ("types" not in asked or one["event"]["$type"] in asked["types"])
            and ("subject" not in first or first["subject"] in (_did(one), _uri(one)))
        ]
        found.sort(key=lambda one: (one["createdAt"], one["id"]))
        if first.get("sortDirection") == "desc":
            found.reverse()
        begin = int(first.get("cursor", 0))
        page = found[begin : begin + int(first["limit"])]
        return {"events": page} | ({"cursor": str(begin + len(page))} if page else {})


def _is_appeal(one):
    return str(one["event"].get("reportType", "")).endswith("#reasonAppeal")


def _did(one):
    subject = one["subject"]
    return subject.get("did") or "".join(subject.get("uri", "").split("/")[2:3])


def _uri(one):
    return one["subject"].get("did") or one["subject"].get("uri")


@contextmanager
def serving(ozone):
    with http_host(ozone.answer) as address:
        yield address
