"""A stand-in for Cinder: bodies as it posts them, and how it signs them.

Not a Cinder: that one is a service, and cannot be run here. The bodies are ours, of the form that
the tests of mozilla/addons-server show; whom they tell of is invented.
"""

import hashlib
import hmac
import json

SECRET = "0123456789abcdef0123456789abcdef"
APPROVE = {
    "id": "p-approve",
    "name": "Approve",
    "is_illegal": False,
    "is_non_violating": True,
    "enforcement_actions": ["amo-approve"],
}
CONTENT = {"id": "p-content", "name": "Content", "is_illegal": False, "enforcement_actions": []}
SPAM = {
    "id": "p-spam",
    "parent_id": "p-content",
    "name": "Spam",
    "is_illegal": False,
    "is_non_violating": False,
    "enforcement_actions": ["amo-ban-user", "amo-delete-rating", "amo-disable-addon"],
}
"""Its actions are for every kind of content; of which one only some fit."""
DISABLE, KEEP = tuple(SPAM["enforcement_actions"]), ("amo-approve",)
REVIEWER, OTHER = "lena@reviewers.example", "sam@reviewers.example"


def user(email):
    return {"name": "Lena Reviewer", "email": email, "groups": [{"name": "Everyone"}]}


def earlier(number, actions, by=REVIEWER, before=None):
    """A decision as a later one tells of it."""
    return {
        "id": number,
        "type": "queue_review",
        "user": user(by),
        "notes": "",
        "policies": [SPAM],
        "enforcement_actions": list(actions),
        **({"previous_decision": before} if before else {}),
    }


def decision(number, actions=DISABLE, by=REVIEWER, at="2026-11-03T09:00:00.5+00:00", **more):
    """The body of a decision about an add-on, with everything that nobody here may keep."""
    restricts = tuple(actions) != KEEP
    payload = {
        "timestamp": at,
        "entity": {
            "entity_schema": "amo_addon",
            "attributes": {
                "id": "10000",
                "created": "2024-04-24T17:56:32.431772",
                "name": "Rosario's tabs",
                "support_email": "rosario@mail.example",
            },
        },
        "policies": [CONTENT, SPAM] if restricts else [APPROVE],
        "policies_removed": [],
        "enforcement_actions": list(actions),
        "enforcement_actions_removed": [],
        "notes": "The add-on shows adverts on every page.",
        "appeals_resolved": [],
        "point_updates": [],
        "source": {
            "decision": {"id": number, "type": "queue_review", "metadata": {}},
            "job": {
                "id": "j-1",
                "queue": {"slug": "amo-listings", "is_multi_review": False},
                "reports": [{"reasoning": "He lives in Calle Luna 5"}],
                "created_at": "2026-11-02T08: 00: 00.1+00: 00",
            },
            **({"user": user(by)} if by else {}),
        },
    }
    return encoded({"event": "decision.created", "payload": {**payload, **more}})


def appealed(number, actions, before, outcome, by=OTHER, **more):
    """The body of a decision that answers an appeal."""
    appealer = {"entity_schema": "amo_user", "attributes": {"id": "631", "name": "Ana Appeals"}}
    resolved = {"source": "unknown", "outcome": outcome, "appealer": appealer}
    more = {"at": "2026-11-05T10:00:00+00:00"} | more
    return decision(
        number, actions, by, previous_decision=before, appeals_resolved=[resolved], **more
    )


def encoded(body):
    return json.dumps(body).encode()


def signature(body, secret=SECRET):
    """What stands in `X-Cinder-Signature`."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
