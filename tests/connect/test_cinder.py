"""Cinder's decisions, as its webhooks tell of them: taken in once, in any order, with appeals."""

import json
from contextlib import closing
from datetime import UTC, datetime

import msgspec
import pytest
from tests.cinder_stand_in import (
    APPROVE,
    DISABLE,
    KEEP,
    OTHER,
    REVIEWER,
    SECRET,
    SPAM,
    appealed,
    decision,
    earlier,
    encoded,
    signature,
)
from tests.conftest import bytes_below, new_node, run
from tests.connect.polled import Polled

from amparo.connectors import cinder, config
from amparo.connectors.record import Handled
from amparo.errors import Malformed, Unavailable
from amparo.ledger.connect import cinder_source, connections

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPTIONS = {
    "disabled": "amo_addon/amo-disable-addon",
    "removed": "amo_rating/amo-delete-rating",
    "terminated": "amo_user/amo-ban-user",
    "nothing": "amo-approve",
    "left_out": "child-safety",
    "accounts": "amo_user",
}
SPAM_RULE = {
    "when": {"policy": "Spam"},
    "then": {
        "incompatible_content_explanation": "Add-ons that only advertise are not allowed.",
        "decision_facts": "The add-on shows adverts.",
        "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        "content_type": ["CONTENT_TYPE_APP"],
        "source_type": "SOURCE_TYPE_OTHER_NOTIFICATION",
        "automated_detection": "No",
    },
}
ANSWERS = """
[service]
provider = "AddOns Inc."
name = "AddOns"
platform = "addons"
tier = "online_platform"
"""


class AddOns(Polled):
    """A node that takes a Cinder's webhooks."""

    def __init__(self, node, **options):
        form = {
            "connector": {
                "system": "cinder",
                "name": "cinder",
                "platform": "AddOns",
                "instance": "addons.cinder.example",
                "address": "https://addons.cinder.example",
            },
            "options": OPTIONS | options,
            "rule": [SPAM_RULE],
        }
        super().__init__(node, None, form)

    def take(self, *bodies):
        for body in bodies:
            secret = self.node.secret()
            cinder_source.take_webhook(self.journal, secret, self.connection, body, NOW)

    def kept(self):
        """Every byte that the node keeps."""
        self.journal.db.empty_traces()
        return bytes_below(self.node.folder)


@pytest.fixture
def addons(tmp_path):
    made = AddOns(new_node(tmp_path / "node"))
    with closing(made.journal):
        yield made


def settings(**options):
    connector = {"system": "cinder", "name": "c", "platform": "P", "address": "https://c.example"}
    return cinder.settings(config.read({"connector": connector, "options": OPTIONS | options}))


def read(body, **options):
    return cinder.records(body, settings(**options))


# --- what a decision says -------------------------------------------------------------------------


def test_of_the_actions_of_a_policy_those_count_that_fit_the_content():
    [found] = read(decision("d1"))

    assert found.kind == "restriction"
    assert found.decision == {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "content_date": "2024-04-24",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Spam",
    }
    assert found.words == {
        "action": "amo-disable-addon",
        "entity": "amo_addon",
        "policy": "Spam",
        "queue": "amo-listings",
        "by": "person",
        "reported": "yes",
    }
    assert (found.at, found.decided_by) == ("2026-11-03T09:00:00Z", (REVIEWER,))


@pytest.mark.parametrize(
    ("schema", "restriction"),
    [
        ("amo_rating", {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"]}),
        ("amo_user", {"decision_account": "DECISION_ACCOUNT_TERMINATED"}),
    ],
)
def test_the_same_policy_is_another_restriction_for_another_kind_of_content(schema, restriction):
    [found] = read(decision("d1", entity={"entity_schema": schema, "attributes": {"id": "7"}}))

    assert restriction.items() <= found.decision.items()
    is_account = found.decision.get("content_type_other") == "Account"
    assert is_account == (schema == "amo_user")


def test_an_action_that_nobody_has_spoken_of_is_asked_about_as_a_whole():
    [found] = read(decision("d1", ["amo-disable-addon", "amo-new-thing"]))

    assert found.kind == "restriction"
    assert not [name for name in found.decision if name.startswith("decision_visib")]
    assert found.words["action"] == "amo-disable-addon, amo-new-thing"


@pytest.mark.parametrize(
    ("actions", "options", "kinds"),
    [
        (KEEP, {}, ["no_action"]),
        ([], {}, ["no_action"]),
        (["warn"], {"warning": "warn"}, ["warning"]),
        (["child-safety", "amo-disable-addon"], {}, []),
    ],
)
def test_what_restricts_nobody_is_noted_and_what_is_left_out_is_not_even_that(
    actions, options, kinds
):
    assert [found.kind for found in read(decision("d1", actions), **options)] == kinds


@pytest.mark.parametrize(
    ("policies", "ground"),
    [
        ([SPAM | {"is_illegal": True}], "DECISION_GROUND_ILLEGAL_CONTENT"),
        ([SPAM, SPAM | {"id": "x", "is_illegal": True}], None),
        ([SPAM | {"is_illegal": None}], None),
        ([APPROVE], None),
        ([], None),
    ],
)
def test_a_ground_is_taken_only_where_the_policies_agree(policies, ground):
    [found] = read(decision("d1", policies=policies))

    assert found.decision.get("decision_ground") == ground
    assert "illegal_content_legal_ground" not in found.decision  # a policy is no law


def test_whose_decision_it_was_is_said_by_its_user_and_not_by_its_type_alone():
    def made(kind):
        source = json.loads(decision("d1", by=""))["payload"]["source"]
        source["decision"]["type"] = kind
        return read(decision("d1", source=source))[0].decision.get("automated_decision")

    assert made("automated") == "AUTOMATED_DECISION_FULLY"
    assert made("queue_review") is None
    assert made("api_decision") is None


def test_what_moderators_note_are_the_facts_only_where_somebody_has_said_so():
    [without] = read(decision("d1"))
    [with_] = read(decision("d1"), notes_are_facts="yes")

    assert "decision_facts" not in without.decision
    assert without.suggested["decision_facts"] == with_.decision["decision_facts"]


@pytest.mark.parametrize(
    "options",
    [
        {"unknown": "x"},
        {"informed": "perhaps"},
        {"removed": "amo_addon/amo-disable-addon"},
        {"takes_back": "a: b"},
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(options):
    with pytest.raises(Malformed):
        settings(**options)


# --- appeals, and decisions that are changed ------------------------------------------------------


def outcome(body):
    [found] = [record for record in read(body) if record.kind == "appeal_outcome"]
    return found.handled


@pytest.mark.parametrize(
    ("before", "now", "said", "became", "about"),
    [
        (DISABLE, KEEP, "adjustment", "reversed", ("removal",)),
        (DISABLE, DISABLE, "denied", "upheld", ("removal",)),
        (DISABLE, DISABLE, "adjustment", "upheld", ("removal",)),
        (KEEP, DISABLE, "adjustment", "newly_restricted", ("no_action",)),
        (KEEP, KEEP, "denied", "upheld", ("no_action",)),
        (KEEP, KEEP, "adjustment", "upheld", ("no_action",)),
    ],
)
def test_what_became_of_an_appeal_is_seen_by_what_is_restricted_then_and_now(
    before, now, said, became, about
):
    assert outcome(appealed("d2", now, earlier("d1", before), said)) == Handled(
        "complaint",
        submitted="2026-11-02T08:00:00Z",
        decided="2026-11-05T10:00:00Z",
        outcome=became,
        about=about,
        reviewer_differs=True,
    )


def test_what_an_appeal_is_about_is_known_once_each_action_is_named():
    before = earlier("d1", ["amo-disable-addon", "amo-new-thing"])
    handled = outcome(appealed("d2", KEEP, before, "adjustment"))

    assert (handled.about, handled.unnamed) == (
        (),
        ("amo_addon/amo-disable-addon", "amo_addon/amo-new-thing"),
    )
    for option, about in (
        ("nothing", ("removal",)),
        ("terminated", ("removal", "account")),
        ("read_only", ("removal", "service")),
    ):
        assert cinder.named(handled, also(option)).about == about


def also(option):
    """The settings of a file that lists one more action under an option."""
    return settings(**{option: f"{OPTIONS.get(option, '')} amo-new-thing"})


@pytest.mark.parametrize(
    ("before", "now", "option", "became"),
    [
        (["amo-new-thing"], KEEP, "nothing", "upheld"),
        (["amo-new-thing"], KEEP, "suspended", "reversed"),
        (["amo-new-thing"], DISABLE, "nothing", "newly_restricted"),
        ([*DISABLE, "amo-new-thing"], DISABLE, "nothing", "upheld"),
        (DISABLE, ["amo-new-thing"], "nothing", "reversed"),
        (DISABLE, ["amo-new-thing"], "suspended", "partially_reversed"),
        (KEEP, ["amo-new-thing"], "nothing", "upheld"),
        (KEEP, ["amo-new-thing"], "suspended", "newly_restricted"),
    ],
)
def test_what_became_of_an_appeal_is_known_once_each_action_is_named(before, now, option, became):
    handled = outcome(appealed("d2", now, earlier("d1", before), "adjustment"))
    assert cinder.named(handled, settings()) == handled
    assert handled.outcome == "pending"

    found = cinder.named(handled, also(option))

    assert (found.outcome, found.unnamed, found.instead) == (became, (), ())


def test_what_was_denied_is_upheld_whatever_its_actions_are():
    handled = outcome(appealed("d2", KEEP, earlier("d1", ["amo-new-thing"]), "denied"))

    assert (handled.outcome, handled.about) == ("upheld", ())
    assert cinder.named(handled, also("nothing")).about == ("no_action",)


def test_two_actions_against_one_account_are_about_the_account():
    of = settings(terminated="amo-ban-user", suspended="amo-suspend")
    both = Handled("complaint", unnamed=("amo_user/amo-ban-user", "amo_user/amo-suspend"))

    assert cinder.named(both, of).about == ("account",)


def test_a_report_waits_until_somebody_has_said_what_an_appeal_was_about(tmp_path):
    """It is asked of a person, in the file that names every action, and never guessed."""
    answers = tmp_path / "answers.toml"
    answers.write_text(ANSWERS)
    words = ("connect", "answers", "--platform", "AddOns", "--year", "2026", "--answers", answers)
    made = AddOns(new_node(tmp_path / "node"))
    with closing(made.journal):
        made.take(appealed("d2", KEEP, earlier("d1", ["amo-new-thing"]), "adjustment"))
        refused = run(*words, "--data", made.node.folder, check=False)
        assert "amo_addon/amo-new-thing" in refused.stderr
        assert answers.read_text() == ANSWERS

        options = OPTIONS | {"suspended": "amo-new-thing"}
        connections.add(made.journal, config.read(made.form | {"options": options}), now=2)
        run(*words, "--data", made.node.folder)

        assert 'about = ["account"]' in answers.read_text()
        assert 'outcome = "reversed"' in answers.read_text()


def test_whoever_rules_on_their_own_decision_is_seen():
    body = appealed("d2", DISABLE, earlier("d1", DISABLE), "denied", by=REVIEWER)

    assert outcome(body).reviewer_differs is False
    assert (
        outcome(appealed("d2", KEEP, earlier("d1", DISABLE, by=""), "denied")).reviewer_differs
        is None
    )


def test_a_granted_appeal_lifts_the_decision_and_is_counted(addons):
    addons.take(decision("d1"))
    [case] = addons.statements()

    addons.take(appealed("d2", KEEP, earlier("d1", DISABLE), "adjustment"))

    assert addons.kinds(case).count("decision.lifted") == 1
    assert addons.statements() == [case]
    assert addons.counts()["counted"] == 1


def test_a_denied_appeal_leaves_it_as_it_is(addons):
    addons.take(decision("d1"), appealed("d2", DISABLE, earlier("d1", DISABLE), "denied"))

    [case] = addons.statements()
    assert "decision.lifted" not in addons.kinds(case)
    assert addons.counts()["counted"] == 1


def test_an_appeal_by_whoever_reported_it_leads_to_a_decision(addons):
    addons.take(decision("d1", KEEP))
    assert addons.statements() == []

    addons.take(appealed("d2", DISABLE, earlier("d1", KEEP), "adjustment"))

    assert len(addons.statements()) == 1


def test_a_decision_that_was_confirmed_and_then_reversed_is_lifted(addons):
    first = earlier("d1", DISABLE)
    confirmed = earlier("d2", DISABLE, before=first)
    addons.take(
        decision("d1"),
        appealed("d2", DISABLE, first, "denied"),
        decision("d3", KEEP, at="2026-11-09T10:00:00+00:00", previous_decision=confirmed),
    )

    [case] = addons.statements()
    assert addons.kinds(case).count("decision.lifted") == 1


def test_another_restriction_takes_the_place_of_the_one_before(addons):
    more = {"labelled": "amo-label"}
    made = [*read(decision("d2", ["amo-label"], previous_decision=earlier("d1", DISABLE)), **more)]

    assert [record.kind for record in made] == ["reversal", "restriction"]
    assert made[0].reverses == "decision:d1"


# --- how it comes ---------------------------------------------------------------------------------


def test_the_same_again_changes_nothing(addons):
    body = decision("d1")

    addons.take(body, body, body)

    assert len(addons.statements()) == 1
    assert addons.connection.refused == 0


def test_what_was_kept_and_sent_again_after_a_reversal_restricts_nobody_again(addons):
    first, then = decision("d1"), decision("d2", KEEP, previous_decision=earlier("d1", DISABLE))

    addons.take(first, then, first, then)

    [case] = addons.statements()
    assert addons.kinds(case).count("decision.lifted") == 1


def test_a_reversal_that_comes_first_waits_for_its_decision(addons):
    addons.take(decision("d2", KEEP, previous_decision=earlier("d1", DISABLE)))
    assert addons.counts()["parked"] == 1

    addons.take(decision("d1"))

    [case] = addons.statements()
    assert "decision.lifted" in addons.kinds(case)


@pytest.mark.parametrize(
    "body",
    [
        encoded({"event": "job.actioned", "payload": {"job": {"id": "j"}}}),
        encoded({"event": "job.closed", "payload": {"decisions": [{"id": "d1"}]}}),
    ],
)
def test_another_event_is_no_decision_and_is_answered_well(addons, body):
    addons.take(body)

    assert (addons.counts(), addons.connection.refused) == ({}, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"[" * 100_000,
        encoded({"event": "decision.created"}),
        encoded({"event": 7, "payload": {}}),
        decision("d1", at="yesterday"),
        decision("d1", at="2026-11-03T09:00:00"),
        decision("", KEEP),
        decision("d1", entity=[]),
        decision("d1", enforcement_actions="amo-disable-addon"),
        decision("d1", enforcement_actions=["x"] * 101),
        appealed("d2", KEEP, earlier("d1", DISABLE), "perhaps"),
        appealed("d2", KEEP, earlier("d1", DISABLE), "denied", source={"decision": {"id": "d2"}}),
    ],
)
def test_what_cannot_be_read_is_counted_and_answered_well_so_that_it_is_not_sent_for_ever(
    addons, body
):
    addons.take(body, decision("d9"))

    assert addons.connection.refused == 1
    assert len(addons.statements()) == 1


@pytest.mark.parametrize("odd", [[], {}, ["a"]])
def test_a_word_that_is_none_says_nothing_and_breaks_nothing(addons, odd):
    policy = {"id": "p", "parent_id": odd, "is_illegal": odd, "name": "Spam"}
    source = {"decision": {"id": "d1", "type": odd}}

    addons.take(decision("d1", policies=[policy], source=source))

    assert addons.counts().get("draft") == 1


def test_a_chain_of_decisions_without_end_is_read_to_a_bound():
    before = earlier("d0", DISABLE)
    for number in range(1, 60):
        before = earlier(f"d{number}", DISABLE, before=before)

    [reversal, _] = read(decision("d99", KEEP, previous_decision=before))

    assert reversal.reverses == "decision:d40"


def test_while_it_is_paused_cinder_is_told_to_send_it_again(addons):
    connections.pause(addons.journal, addons.connection)

    with pytest.raises(Unavailable):
        addons.take(decision("d1"))

    connections.resume(addons.journal, addons.connection)
    addons.take(decision("d1"))
    assert len(addons.statements()) == 1


def test_of_nobody_anything_is_kept_but_what_a_statement_needs(addons):
    addons.take(
        decision("d1"),
        decision("d5", by=OTHER, policies=[]),  # waits as a draft
        appealed("d2", KEEP, earlier("d1", DISABLE), "adjustment"),
    )
    assert len(addons.drafts()) == 1

    kept = addons.kept()

    for private in (b"Rosario", b"rosario@", b"Calle Luna", b"Ana Appeals", b"Lena Reviewer"):
        assert private not in kept


# --- how it is signed -----------------------------------------------------------------------------


def test_a_webhook_that_is_signed_otherwise_is_not_taken():
    body = decision("d1")
    digest = signature(body)

    assert cinder.is_signed(body, digest, SECRET)
    for bad in ("", digest[:-1], digest.upper(), f"sha256={digest}", "é", digest + " x"):
        assert not cinder.is_signed(body, bad, SECRET)
    assert not cinder.is_signed(body + b" ", digest, SECRET)
    assert not cinder.is_signed(body, digest, "another")


def test_a_record_holds_nothing_of_whoever_reported_or_appealed():
    text = b"".join(
        msgspec.json.encode(record)
        for record in read(appealed("d2", DISABLE, earlier("d1", KEEP), "adjustment"))
    )

    for private in (b"Calle Luna", b"Ana Appeals", b"631", b"Rosario"):
        assert private not in text
