"""Coop posts what is decided, without a number and without a time: each decision goes in once."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.conftest import bytes_below, new_node
from tests.connect.conftest import ROOT_OF_VECTORS
from tests.connect.polled import Polled
from tests.coop_stand_in import PEM, CoopStandIn, action, encoded, signature
from tests.source_stand_in import Fault

from amparo.connectors import config, coop, coop_callback
from amparo.connectors.trial import Trial
from amparo.errors import AmparoError, Denied, Malformed, Unavailable
from amparo.ledger.case import casework
from amparo.ledger.connect import asking, connections, coop_source
from amparo.ledger.connect.coop_calls import Coop, Secrets

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPTIONS = {
    "disabled": "hide",
    "suspended": "ban",
    "warning": "warn",
    "nothing": "praise",
    "left_out": "ncmec",
    "takes_back": "restore: hide; unban: ban",
    "private": "yes",
}
RULE = {
    "when": {"policy": "spam"},
    "then": {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Rule 1",
        "incompatible_content_explanation": "Adverts are not allowed in the threads.",
        "decision_facts": "The post advertises something.",
        "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "No",
    },
}
DAY = {"custom": {"content_date": "2026-11-03"}}
"""What an action says of the content where a parameter of it asks the moderator."""


def form(server, options=OPTIONS, rules=(RULE,)):
    made = {"system": "coop", "name": "coop", "platform": "Foro", "instance": "coop.example"}
    return {
        "connector": {**made, "address": server.url},
        "options": dict(options),
        "rule": list(rules),
    }


class Followed(Polled):
    """A node that takes the callbacks of a Coop."""

    def __init__(self, node, server, **options):
        super().__init__(node, server, form(server, OPTIONS | options))
        self.now = NOW
        secrets = Secrets(server.key, PEM)
        connections.keep_secret(node, self.name, msgspec.json.encode(secrets).decode())

    def post(self, body, after=0):
        """It comes so many minutes after what came before."""
        self.now += timedelta(minutes=after)
        coop_source.take_callback(
            self.journal,
            self.node.secret(),
            self.connection,
            body,
            self.now,
        )

    def whole_folder(self):
        self.journal.db.empty_traces()
        return bytes_below(self.node.folder)


@pytest.fixture
def server():
    with closing(CoopStandIn()) as one:
        yield one


@pytest.fixture
def followed(tmp_path, server):
    made = Followed(new_node(tmp_path / "node"), server)
    with closing(made.journal):
        yield made


def settings(**options):
    made = {"system": "coop", "name": "coop", "platform": "Foro", "address": "https://coop.example"}
    return coop.settings(config.read({"connector": made, "options": options}))


def mapped(body, of=None):
    return coop.decision(
        coop_callback.read(body), "n", "v", "2026-11-20T12:00:00Z", of or settings(disabled="hide")
    )


# --- what is signed -------------------------------------------------------------------------------


def test_the_signature_is_over_the_bytes_as_they_came():
    vector = json.loads((ROOT_OF_VECTORS.parent / "coop/signature_vector.json").read_text())
    key = coop_callback.key(vector["public_key_pem"])
    body, signed = vector["body_utf8"].encode(), vector["coop_signature"]

    assert coop_callback.is_signed(body, signed, key)
    assert not coop_callback.is_signed(vector["tampered_body_utf8"].encode(), signed, key)
    assert not coop_callback.is_signed(body + b" ", signed, key)
    for wrong in ("", "AAAA", signed[:-4], "nö base64"):
        assert not coop_callback.is_signed(body, wrong, key)


def test_of_another_organisation_nothing_is_taken():
    other = rsa.generate_private_key(65537, 2048)
    body = action()

    assert coop_callback.is_signed(body, signature(body), coop_callback.key(PEM))
    assert not coop_callback.is_signed(body, signature(body, other), coop_callback.key(PEM))


@pytest.mark.parametrize("pem", ["", "k3y", PEM[:200], PEM.replace("PUBLIC", "PRIVATE")])
def test_what_is_no_verification_key_is_refused_where_it_is_given(pem):
    with pytest.raises(Malformed, match="no verification key"):
        coop_callback.key(pem)


# --- what an action says --------------------------------------------------------------------------


def test_an_action_is_the_restriction_that_the_operator_says_it_is():
    for option, restriction in coop.RESTRICTIONS.items():
        found = mapped(action("x"), settings(**{option: "x"}))
        assert found.kind == "restriction"
        assert restriction.items() <= found.decision.items()


def test_an_action_that_nobody_has_named_restricts_in_a_way_that_a_person_is_asked():
    found = mapped(action("other"))

    assert found.kind == "restriction"
    assert not [name for name in found.decision if name.startswith("decision_")]


def test_an_action_that_warns_or_does_nothing_is_no_statement():
    of = settings(warning="warn", nothing="praise")

    assert mapped(action("warn"), of).kind == "warning"
    assert mapped(action("praise"), of).kind == "no_action"


@pytest.mark.parametrize(
    ("actor", "rules", "automated"),
    [
        ("mod@coop.example", [], "AUTOMATED_DECISION_NOT_AUTOMATED"),
        ("", [{"id": "r", "name": "Spam detector"}], "AUTOMATED_DECISION_FULLY"),
        ("", [], None),  # a threshold of strikes, or a call of the platform's: Coop does not say
        ("mod@coop.example", [{"id": "r", "name": "Spam detector"}], None),
    ],
)
def test_how_far_a_machine_decided_is_taken_only_where_coop_says_it(actor, rules, automated):
    found = mapped(action(actor=actor, rules=rules))

    assert found.decision.get("automated_decision") == automated
    assert found.decided_by == ((actor,) if actor else ())


def test_policies_and_strikes_are_words_for_rules_and_the_reason_is_only_suggested():
    found = mapped(action())

    assert found.words == {
        "action": "hide",
        "item": "Post",
        "policy": "Spam",
        "penalty": "MEDIUM",
        "by": "person",
        "reported": "yes",
        "strikes": "3",
    }
    assert found.suggested["decision_facts"] == "Adverts in a thread of Rosario Quispe"
    assert "decision_facts" not in found.decision
    facts = mapped(action(), settings(reasons_are_facts="yes")).decision["decision_facts"]
    assert facts == "Adverts in a thread of Rosario Quispe"


def test_an_action_on_a_user_is_about_an_account_and_one_on_a_post_may_be_anything():
    user = {"id": "u-author", "typeId": "t-user"}

    assert mapped(action(item="p1")).decision.get("content_type") is None
    found = mapped(encoded(json.loads(action()) | {"item": user, "creator": user}))
    assert found.decision["content_type_other"] == "Account"


def test_what_custom_says_under_a_statements_own_names_is_taken_and_nothing_else_of_it():
    custom = {"content_date": "2026-11-03", "puid": "x", "email": "a@b", "category": {"a": 1}}
    found = mapped(action(custom=custom))

    assert found.decision["content_date"] == "2026-11-03"
    assert not {"puid", "email", "category"} & found.decision.keys()


def test_nothing_that_people_wrote_for_each_other_or_reported_is_in_a_record():
    text = msgspec.json.encode(mapped(action())).decode()

    for private in ("Calle Luna", "u-rep", "A note between"):
        assert private not in text


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b"{}",
        encoded({"id": "p1", "typeId": "t", "data": {"text": "a post that was ignored"}}),
        action(item=None),
        action(item="x" * 501),
        action(item="\ud800"),
        action(creator={"id": "\ud800", "typeId": "t"}),
        action(policies={}),
        action(policies=[{}]),
        action(rules=[{"id": "r"}] * 51),
        action(creator={"id": 5, "typeId": "t"}),
        action(userStrikeCount=True),
        action(what={"a": 1}),
        encoded({"appealDecision": "UPHELD", "appealId": "a", "item": {"id": "1", "typeId": "t"}}),
    ],
)
def test_what_is_no_callback_of_coop_is_refused_with_the_reason(wrong):
    with pytest.raises(ValueError, match=r"no |neither"):
        coop_callback.read(wrong)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"removed": "a b", "disabled": "b"}, "named twice"),
        ({"takes_back": "restore hide"}, "takes_back"),
        ({"takes_back": "restore: hide; restore: ban"}, "takes_back"),
        ({"disabled": "a", "takes_back": "a: b"}, "takes that back"),
        ({"again_hours": "0"}, "again_hours"),
        ({"informed": "perhaps"}, "neither yes nor no"),
        ({"bans": "x"}, "no option"),
        ({"write_back": "yes"}, "needs takes_back"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(options, why):
    with pytest.raises(Malformed, match=why):
        settings(**options)


# --- each decision once ---------------------------------------------------------------------------


def test_an_action_becomes_a_statement_where_the_file_says_what_coop_does_not(followed):
    followed.post(action(**DAY))

    [case] = followed.statements()
    assert followed.counts() == {"stated": 1}
    assert followed.kinds(case)[0] == "decision.issued"


def test_what_coop_does_not_say_is_asked_of_a_person(followed):
    followed.post(action())

    [draft] = followed.drafts()
    assert draft.subject == "Post p1"
    assert "content_date" not in draft.decision


def test_the_same_callback_again_is_the_same_decision(followed):
    """Coop posts an action up to six times; whoever passes it on may do so hours later."""
    for after in (0, 0, 1, 600):
        followed.post(action(**DAY), after)

    assert len(followed.statements()) == 1


@pytest.fixture
def weekly(tmp_path, server):
    """One whose operator says that after so long the same bytes are another decision."""
    made = Followed(new_node(tmp_path / "weekly"), server, again_hours="72")
    with closing(made.journal):
        yield made


def test_the_same_bytes_long_after_are_another_decision_where_the_operator_says_so(weekly):
    """An automatic suspension of three days, a week later: the bytes are the same."""
    for after in (0, 7 * 24 * 60, 5):
        weekly.post(action("ban", **DAY), after)

    assert len(weekly.statements()) == 2


def test_otherwise_a_person_says_what_they_are(followed):
    """Somebody has kept the callback, or Coop has decided the same: its bytes do not tell."""
    for after in (0, 7 * 24 * 60, 5):
        followed.post(action("ban", **DAY), after)

    assert len(followed.statements()) == 1
    [draft] = followed.drafts()
    assert (draft.kind, draft.words["again"]) == ("unknown", "yes")


def test_what_takes_it_back_and_comes_again_lifts_nothing_that_was_decided_since(followed):
    """Whoever passed it on had no answer, and passes it on again."""
    followed.post(action(**DAY))
    followed.post(action("restore"), 60)
    followed.post(action(**DAY, userStrikeCount=4), 2)

    followed.post(action("restore"), 2)

    first, second = followed.statements()
    assert "decision.lifted" in followed.kinds(first)
    assert "decision.lifted" not in followed.kinds(second)
    followed.post(action("restore"), 15)  # so long after it is another one
    assert "decision.lifted" in followed.kinds(second)


def test_another_reason_or_another_strike_is_another_decision_at_once(followed):
    followed.post(action(**DAY))
    followed.post(action(**DAY, userStrikeCount=4))
    followed.post(action(**DAY))  # the first one, once more

    assert len(followed.statements()) == 2


def test_what_takes_it_back_lifts_it_and_the_next_one_is_another(followed):
    followed.post(action(**DAY))
    followed.post(action("restore"), 30)
    followed.post(action("restore"), 1)
    [first] = followed.statements()
    assert followed.kinds(first).count("decision.lifted") == 1

    followed.post(action(**DAY), 30)

    [first, second] = followed.statements()
    assert "decision.lifted" not in followed.kinds(second)
    followed.post(action("restore"), 30)
    assert followed.kinds(first).count("decision.lifted") == 1
    assert followed.kinds(second).count("decision.lifted") == 1


def test_what_takes_it_back_may_come_first(followed):
    followed.post(action("restore"))
    followed.post(action(**DAY), 1)

    [case] = followed.statements()
    assert "decision.lifted" in followed.kinds(case)


def test_a_second_time_too(followed):
    followed.post(action(**DAY))
    followed.post(action("restore"), 60)
    followed.post(action("restore"), 60)
    followed.post(action(**DAY), 1)

    [_, second] = followed.statements()
    assert "decision.lifted" in followed.kinds(second)


def test_what_took_back_something_unknown_never_lifts_what_is_decided_later(followed):
    """What it took back was decided before the connection was there."""
    followed.post(action("restore"))
    followed.post(action(**DAY), 24 * 60)

    [case] = followed.statements()
    assert "decision.lifted" not in followed.kinds(case)


def set_up_anew(followed):
    connections.remove(followed.node, followed.journal, followed.connection)
    connections.add(followed.journal, config.read(followed.form), now=1)
    connections.set_trial(followed.journal, followed.connection, Trial())
    connections.start(followed.journal, followed.connection)


@pytest.mark.parametrize("after", [120, 30 * 24 * 60])
def test_what_a_removed_connection_took_in_is_not_what_is_decided_now(followed, after):
    followed.now = casework.now()
    followed.post(action(**DAY))
    followed.post(action("restore"), 60)
    set_up_anew(followed)

    followed.post(action(**DAY, userStrikeCount=4), after)

    first, second = followed.statements()
    assert "decision.corrected" not in followed.kinds(first)
    assert not {"decision.corrects", "decision.lifted"} & set(followed.kinds(second))
    followed.post(action("restore"), 60)
    assert "decision.lifted" in followed.kinds(second)


def test_what_comes_again_once_the_connection_was_set_up_anew_is_the_same_decision(followed):
    followed.now = casework.now()
    followed.post(action(**DAY))
    set_up_anew(followed)

    followed.post(action(**DAY), 1)

    assert len(followed.statements()) == 1


def test_it_lifts_nothing_of_another_item_or_by_another_action(followed):
    followed.post(action(**DAY))
    followed.post(action("ban", **DAY))
    followed.post(action("restore", item="p2"), 1)
    followed.post(action("unban"), 1)

    hide, ban = followed.statements()
    assert "decision.lifted" not in followed.kinds(hide)
    assert "decision.lifted" in followed.kinds(ban)


def test_a_draft_that_was_taken_back_is_lifted_once_it_is_completed(followed):
    followed.post(action())
    followed.post(action("restore"), 60)

    assert followed.counts() == {"draft": 1, "parked": 1}


def test_of_what_is_left_out_nothing_is_taken(followed):
    followed.post(action("ncmec", item="secret-item"))

    assert followed.counts() == {}
    assert b"secret-item" not in followed.whole_folder()


def test_a_callback_that_cannot_be_read_is_counted_and_quoted_nowhere(followed):
    with pytest.raises(Malformed):
        followed.post(encoded({"id": "p1", "typeId": "t", "data": {"text": "Calle Luna 5"}}))

    assert followed.connection.refused == 1
    assert b"Calle Luna" not in followed.whole_folder()


def test_a_connection_that_is_paused_wants_it_again_later(followed):
    connections.pause(followed.journal, followed.connection)
    with pytest.raises(Unavailable):
        followed.post(action(**DAY))
    connections.resume(followed.journal, followed.connection)

    followed.post(action(**DAY), 60)

    assert len(followed.statements()) == 1


def test_nothing_of_a_person_is_kept_but_who_decided(followed):
    followed.post(action(**DAY, item="post-of-somebody"))
    followed.post(action("restore", item="post-of-somebody"), 60)

    kept = followed.whole_folder()

    assert b"mod@coop.example" in kept  # so it would be found
    written = ("Calle Luna", "Rosario", "A note between", "Adverts in a thread")
    for private in (*written, "u-rep", "u-author", "post-of-somebody"):
        assert private.encode() not in kept


# --- before it runs -------------------------------------------------------------------------------


def test_callbacks_that_come_before_the_start_are_counted_and_none_is_kept(tmp_path, server):
    made = Followed(new_node(tmp_path / "node"), server)
    with closing(made.journal):
        connections.remove(made.node, made.journal, made.connection)
        connections.add(made.journal, config.read(form(server)), now=1)

        made.post(action(**DAY, item="post-of-somebody"))
        made.post(action())
        with pytest.raises(Malformed):
            made.post(b"{}")

        trial = made.connection.trial
        assert (trial.statements, trial.drafts, trial.refused) == (1, 1, 1)
        assert b"post-of-somebody" not in made.whole_folder()
        assert made.statements() == []


def policies(connection, key):
    with closing(Coop(connection, key)) as running:
        return running.policies()


def test_an_expired_key_is_found_before_anything_begins(followed, server):
    assert policies(followed.connection, server.key) == [("pol-1", "Spam")]

    with pytest.raises(Denied, match="does not accept"):
        policies(followed.connection, "old")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, b"oops"),
        Fault(200, b"<html>hello"),
        Fault(200, b"[]"),
        Fault(200, b'{"policies": 5}'),
        Fault(200, b"[" * 100_000),
        Fault(302, b"", {"location": "http://127.0.0.1:1/"}),
        Fault(200, b"{}", flood=300 << 20),
        Fault(drip=True),
    ],
)
def test_what_is_no_answer_of_coop_ends_in_time_and_is_said(followed, server, fault, monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 3.0)
    server.faults.append(fault)

    with pytest.raises(AmparoError):
        policies(followed.connection, server.key)


def test_policies_are_those_of_the_stand_in_and_of_nothing_else(followed, server):
    server.policies = [{"id": "a", "name": "A", "parentId": None}, "no policy"]

    assert policies(followed.connection, server.key) == [("a", "A")]
