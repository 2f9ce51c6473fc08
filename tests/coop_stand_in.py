"""A stand-in for a running Coop: a real HTTP server that speaks its documented protocol.

Not a Coop: that one needs several databases, and does not run here. It has policies, an API key
that can expire, and signs what it posts with a key of its own, as roostorg/coop 1.0.2 documents it.
"""

import base64
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.source_stand_in import SourceStandIn

KEY = rsa.generate_private_key(65537, 2048)
PEM = (
    KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
DER = KEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)


def signature(body, key=KEY):
    """What stands in `Coop-Signature`."""
    return base64.b64encode(key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()


def action(what="hide", item="p1", actor="mod@coop.example", **more):
    """The body of an action on a post, with everything that nobody here may keep."""
    return encoded(
        {
            "item": {"id": item, "typeId": "t-post", "typeName": "Post"},
            "policies": [{"id": "pol-1", "name": "Spam", "penalty": "MEDIUM"}],
            "rules": [],
            "action": {"id": what},
            "custom": {
                "reason": "Adverts in a thread of Rosario Quispe",
                "reportHistory": [{"reason": "She lives in Calle Luna 5", "reporter": "u-rep"}],
            },
            **({"actorEmail": actor} if actor else {}),
            "actorNote": "A note between moderators",
            "creator": {"id": "u-author", "typeId": "t-user"},
            "decisionReason": "Adverts in a thread of Rosario Quispe",
            "userStrikeCount": 3,
            **more,
        }
    )


def encoded(body):
    return json.dumps(body, separators=(",", ":")).encode()


class CoopStandIn(SourceStandIn):
    """One running server."""

    def __init__(self, key="k3y"):
        super().__init__()
        self.key = key
        self.policies = [{"id": "pol-1", "name": "Spam", "parentId": None}]
        self.actions = {"hide", "ban", "restore", "unban"}
        self.types = {"t-post", "t-user"}
        self.on_action = bool
        """What the platform does with an action that it is posted, before Coop answers its call."""

    def answer(self, path, key):
        """(status, headers, body) to one call that reads."""
        if key != self.key:
            return 401, {}, encoded({"errors": [{"status": 401, "title": "Invalid API Key"}]})
        if path == "/api/v1/policies/":
            return 200, {}, encoded({"policies": self.policies})
        return 404, {}, b"{}"

    def act(self, path, key):
        """The same to an appeal or an action, refused as the real one refuses it."""
        if key != self.key:
            return 401, {}, encoded({"errors": [{"status": 401, "title": "Invalid API Key"}]})
        body = json.loads(self.sent[-1])
        return self._act(body) if path == "/api/v1/actions" else self._appeal(body, path)

    def _act(self, body):
        """As `submitAction` does it: the action is looked for first, and then the type."""
        if body["actionId"] not in self.actions:
            return 400, {}, encoded({"errors": [{"status": 400, "title": "Invalid Action"}]})
        if body["itemTypeId"] not in self.types:
            return 400, {}, encoded({"errors": [{"status": 400, "title": "Invalid Item Type ID"}]})
        assert "policyIds" not in body  # by one somebody would get a strike
        posted = {
            "item": {"id": body["itemId"], "typeId": body["itemTypeId"], "typeName": "Post"},
            "policies": [],
            "rules": [],
            "action": {"id": body["actionId"]},
            "custom": {},
            "actorNote": body["note"],
        }
        self.on_action(encoded(posted))
        return 202, {}, b""

    def _appeal(self, body, path):
        needed = ("appealId", "appealedAt", "actionedItem", "appealedBy", "actionsTaken")
        is_whole = path == "/api/v1/report/appeal" and all(name in body for name in needed)
        if not is_whole or not set(body["actionsTaken"]) <= self.actions:
            return 400, {}, encoded({"errors": [{"status": 400, "title": "Invalid appeal"}]})
        return 204, {}, b""

    def decided(self, what="ACCEPT", number=-1, **more):
        """What it posts once a moderator has decided about an appeal that it was sent."""
        sent = json.loads(self.sent[number])
        return encoded(
            {
                "appealId": sent["appealId"],
                "item": {name: sent["actionedItem"][name] for name in ("id", "typeId")},
                "appealedBy": sent["appealedBy"],
                "appealDecision": what,
                "custom": {},
                **more,
            }
        )
