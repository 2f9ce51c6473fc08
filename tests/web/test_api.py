"""A client of the EU database works here by changing its base URL."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from tests.conftest import bytes_below, run, statement

from amparo.ledger.log import receipts
from amparo.record.decision import ATTRIBUTES
from amparo.tlog import policy

ONE = "/api/v1/statement"
MANY = "/api/v1/statements"


def fresh(**changes):
    return statement(f"own-{uuid4()}", **changes)


@pytest.fixture
def post(served, platform):
    def posting(path, body, **headers):
        return served.http.post(path, json=body, headers=platform | headers)

    return posting


@pytest.fixture
def get(served, platform):
    return lambda path: served.http.get(path, headers=platform)


def test_a_statement_is_stored_and_told_back(post):
    sent = fresh(content_language="ES", territorial_scope=["BE", "ES"])
    answer = post(ONE, sent)
    told = answer.json()

    assert answer.status_code == 201
    assert {name: told[name] for name in sent} == sent
    assert UUID(told["uuid"])
    assert told["id"] == 100_000_000_000 + told["index"]
    assert told["platform_name"] == "Test Platform"
    assert told["permalink"].endswith(f"/statement/{told['uuid']}")
    assert told["self"].endswith(f"/api/v1/statement/{told['uuid']}")
    assert told["end_date_monetary_restriction"] is None
    assert "decision_monetary_other" not in told
    assert told["receipt_url"]
    assert told["recourse_url"]


def test_a_single_answer_shows_lists_as_they_are_stored(post):
    told = post(
        ONE, fresh(territorial_scope=["SE", "DE", "SE"], content_id={"EAN-13": "4006381333931"})
    ).json()

    assert told["territorial_scope"] == ["DE", "SE"]
    assert told["content_id_ean"] == "4006381333931"
    assert "content_id" not in told


def test_a_batch_is_stored_in_the_order_sent_with_every_attribute(post):
    sent = [fresh() for _ in range(100)]
    answer = post(MANY, {"statements": sent})
    told = answer.json()["statements"]

    assert answer.status_code == 201
    assert [one["puid"] for one in told] == [one["puid"] for one in sent]
    assert [one["index"] for one in told] == list(range(told[0]["index"], told[0]["index"] + 100))
    assert set(ATTRIBUTES) <= set(told[0])
    assert "id" not in told[0]


def test_a_batch_echoes_texts_that_storage_drops(post, get):
    sent = fresh(source_type="SOURCE_VOLUNTARY", source_identity="a name")

    [told] = post(MANY, {"statements": [sent]}).json()["statements"]

    assert told["source_identity"] == "a name"
    assert get(f"{ONE}/{told['uuid']}").json()["source_identity"] is None


LISTS_NOT_SENT = (
    "decision_visibility",
    "category_addition",
    "category_specification",
    "territorial_scope",
)


def test_absent_lists_are_told_as_empty_ones_in_a_batch_and_when_read_back(post, get):
    plain = fresh(decision_account="DECISION_ACCOUNT_SUSPENDED")
    for name in LISTS_NOT_SENT:
        plain.pop(name, None)
    trimmed = plain | {"puid": f"own-{uuid4()}", "decision_facts": " a fact"}

    for sent in (plain, trimmed):  # the fast path, and the slow one
        [told] = post(MANY, {"statements": [sent]}).json()["statements"]
        back = get(f"{ONE}/{told['uuid']}").json()

        for name in LISTS_NOT_SENT:
            assert told[name] == back[name] == []


def test_a_single_answer_tells_a_list_sent_as_null_as_empty_and_one_not_sent_not_at_all(post):
    sent = fresh(decision_account="DECISION_ACCOUNT_SUSPENDED")
    sent |= {"decision_visibility": None, "territorial_scope": None}
    sent.pop("category_specification", None)

    told = post(ONE, sent).json()

    assert told["decision_visibility"] == told["territorial_scope"] == []
    assert "category_specification" not in told


def test_what_does_not_apply_is_not_told_back(post):
    of_the_other = {"illegal_content_explanation": "not its ground", "content_type_other": "none"}

    alone = post(ONE, fresh(**of_the_other)).json()
    [batch] = post(MANY, {"statements": [fresh(**of_the_other)]}).json()["statements"]

    for name in of_the_other:
        assert name not in alone
        assert batch[name] is None


def test_a_batch_ignores_the_short_form_of_a_product_number_and_says_so(post, get):
    sent = {"statements": [fresh(content_id_ean="no number")]}

    [told] = post(MANY, sent).json()["statements"]
    strictly = post(MANY, {"statements": [fresh(content_id_ean="x")]}, prefer="handling=strict")

    assert told["ignored"] == ["content_id_ean"]
    assert told["content_id_ean"] is None
    assert get(f"{ONE}/{told['uuid']}").json()["content_id_ean"] is None
    assert list(strictly.json()["errors"]["statement_0"]) == ["content_id_ean"]


def test_a_ping_is_answered_with_a_good_token_alone(served, get):
    answer = get("/api/ping")

    assert answer.status_code == 200
    assert answer.json() == {"you_say": "ping", "i_say": "pong"}
    assert answer.headers["cache-control"] == "no-store"
    assert served.http.get("/api/ping").status_code == 401


def test_the_read_back_shows_what_is_kept_without_the_puid(post, get):
    sent = fresh(content_type=["CONTENT_TYPE_VIDEO", "CONTENT_TYPE_AUDIO", "CONTENT_TYPE_VIDEO"])
    uuid = post(ONE, sent).json()["uuid"]

    answer = get(f"{ONE}/{uuid}")
    told = answer.json()

    assert answer.status_code == 200
    assert "puid" not in told
    assert "id" not in told
    assert set(ATTRIBUTES) - {"puid"} <= set(told)
    assert told["content_type"] == ["CONTENT_TYPE_AUDIO", "CONTENT_TYPE_VIDEO"]
    assert told["decision_facts"] == sent["decision_facts"]


def test_an_invalid_statement_gets_every_finding(post):
    answer = post(ONE, {"puid": "a b", "category": "X"})
    told = answer.json()

    assert answer.status_code == 422
    assert told["errors"]["puid"] == ["The puid format is invalid."]
    assert told["errors"]["category"] == ["The selected category is invalid."]
    assert len(told["errors"]["decision_account"]) == 1
    assert told["message"].endswith("(and 13 more errors)")
    assert all(f["article"] and f["fix"] for f in told["findings"])


def test_one_error_is_the_whole_message(post):
    told = post(ONE, fresh(category="X")).json()

    assert told["message"] == "The selected category is invalid."


def test_an_ean_error_has_the_databases_key(post):
    for number in ("1", "", None):
        sent = fresh(content_id={"EAN-13": number})
        alone, batch = post(ONE, sent), post(MANY, {"statements": [sent]})

        assert alone.status_code == batch.status_code == 422
        assert list(alone.json()["errors"]) == ["content_id.EAN-13"]
        assert list(batch.json()["errors"]["statement_0"]) == ["content_id.EAN-13"]


def test_one_invalid_statement_refuses_its_whole_batch(post, get):
    good, bad = fresh(), fresh(category="X")
    answer = post(MANY, {"statements": [good, bad, "no statement"]})

    assert answer.status_code == 422
    assert "message" not in answer.json()
    assert answer.json()["errors"]["statement_1"] == {
        "category": ["The selected category is invalid."]
    }
    assert set(answer.json()["errors"]) == {"statement_1", "statement_2"}
    assert get(f"{ONE}/existing-puid/{good['puid']}").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, [], {"statements": None}, {"statements": []}, {"statements": "x"}, "x", 1]
)
def test_a_batch_needs_its_envelope(post, body):
    answer = post(MANY, body)

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["statements"]
    assert answer.json()["message"]


def test_a_batch_holds_at_most_a_hundred(post):
    assert post(MANY, {"statements": [fresh()] * 101}).status_code == 422


def test_a_repeated_submission_changes_nothing_and_says_so(post):
    sent = fresh()
    first = post(ONE, sent).json()

    again = post(ONE, sent)
    told = again.json()

    assert again.status_code == 422
    assert told["existing"] == {"puid": sent["puid"]}
    assert list(told["errors"]) == ["puid"]
    assert (told["uuid"], told["index"]) == (first["uuid"], first["index"])
    assert post(ONE, fresh()).json()["index"] == first["index"] + 1


def test_a_batch_with_known_or_repeated_puids_is_refused_and_names_only_those(post):
    known, new = fresh(), fresh()
    post(ONE, known)

    with_known = post(MANY, {"statements": [new, known]})
    with_repeat = post(MANY, {"statements": [new, new, fresh()]})

    assert (with_known.status_code, with_repeat.status_code) == (422, 422)
    assert with_known.json()["errors"]["existing_puids"] == [known["puid"]]
    assert with_repeat.json()["errors"]["existing_puids"] == [new["puid"]]
    assert post(ONE, new).status_code == 201


def test_a_refused_call_does_not_use_up_its_puid(post):
    sent = fresh()

    assert post(ONE, sent | {"category": "X"}).status_code == 422
    assert post(ONE, sent).status_code == 201


def test_the_same_puid_eight_times_at_once_is_taken_once(served, platform):
    sent = fresh()

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: served.http.post(ONE, json=sent, headers=platform).status_code, range(8)
            )
        )

    assert sorted(answers) == [201] + [422] * 7


def test_a_known_puid_is_found_by_its_own_platform_alone(served, platform, post, get):
    sent = fresh()
    post(ONE, sent)
    stranger = served.add_platform(f"Stranger {uuid4()}")

    found = get(f"{ONE}/existing-puid/{sent['puid']}")
    by_stranger = served.http.get(f"{ONE}/existing-puid/{sent['puid']}", headers=stranger)

    assert found.status_code == 302
    assert "location" not in found.headers
    assert found.json()["puid"] == sent["puid"]
    assert found.json()["message"] == "statement of reasons found"
    assert by_stranger.status_code == 404
    assert by_stranger.json()["puid"] == sent["puid"]


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "Basic abc", "Bearer é"])
def test_without_a_known_token_there_is_only_401(served, token):
    headers = {"authorization": token.encode()} if token else {}
    for ask in (
        lambda: served.http.post(ONE, json=fresh(), headers=headers),
        lambda: served.http.post(MANY, json={}, headers=headers),
        lambda: served.http.get(f"{ONE}/{uuid4()}", headers=headers),
        lambda: served.http.get(f"{ONE}/existing-puid/x", headers=headers),
    ):
        answer = ask()
        assert answer.status_code == 401
        assert answer.json()["message"] == "Unauthenticated."
        assert answer.json()["fix"]


def test_a_voided_token_is_dead_within_a_second(served):
    import time

    name = f"Voided {uuid4()}"
    old = served.add_platform(name)
    assert served.http.post(ONE, json=fresh(), headers=old).status_code == 201

    run("platform", "token", name, "--data", served.data)
    time.sleep(1.1)

    assert served.http.post(ONE, json=fresh(), headers=old).status_code == 401


@pytest.mark.parametrize("uuid", ["01a20e3e-491f-75cb-93ab-92d2707adc4b", "no-uuid", "1"])
def test_an_unknown_uuid_is_404(get, uuid):
    answer = get(f"{ONE}/{uuid}")

    assert answer.status_code == 404
    assert answer.json()["message"]


def test_unknown_attributes_are_ignored_and_named(post):
    told = post(ONE, fresh(reviewer="me")).json()

    assert told["ignored"] == ["reviewer"]
    assert "reviewer" not in told


def test_unknown_attributes_are_refused_where_the_client_asks_for_strictness(post):
    answer = post(ONE, fresh(reviewer="me"), prefer="handling=strict")

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["reviewer"]


def test_waiting_for_the_receipt_returns_when_it_is_public(served, platform, post):
    told = post(f"{ONE}?wait=receipt", fresh()).json()
    vkey = run("log", "vkey", "--data", served.data).stdout.strip()

    public = served.http.get(told["receipt_url"])
    own = served.http.get(f"{ONE}/{told['uuid']}/receipt", headers=platform)
    persons = served.http.get(told["recourse_url"] + "/receipt")

    for receipt, puid in ((public, None), (own, told["puid"]), (persons, told["puid"])):
        assert receipt.status_code == 200
        verified = receipts.verify(receipt.content, policy.of_log(vkey))
        assert verified.puid == puid
        assert verified.proven.index == told["index"]


def test_another_platform_gets_the_receipt_without_the_puid(served, post):
    told = post(f"{ONE}?wait=receipt", fresh()).json()
    stranger = served.add_platform(f"Other {uuid4()}")

    receipt = served.http.get(f"{ONE}/{told['uuid']}/receipt", headers=stranger)

    assert told["puid"] not in receipt.text


def test_the_logs_files_are_served_as_the_specification_wants(served, post):
    post(f"{ONE}?wait=receipt", fresh())

    checkpoint = served.http.get("/log/checkpoint")
    size = int(checkpoint.text.split("\n")[1])
    width = size % 256
    tile = served.http.get(f"/log/tile/0/{size // 256:03d}.p/{width}")

    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    assert "immutable" not in checkpoint.headers["cache-control"]
    if tile.status_code == 200:
        assert tile.headers["content-type"] == "application/octet-stream"
        assert "immutable" in tile.headers["cache-control"]
        assert len(tile.content) == width * 32
    for path in ("/log/tile/0/999", "/log/tile/0/../../../keys/log.key", "/log/tile/x"):
        assert served.http.get(path).status_code in (400, 404)


def test_any_country_is_taken_from_a_platform_whose_profile_says_so(served):
    wide = served.add_platform(f"Wide {uuid4()}", "--any-country")
    sent = fresh(territorial_scope=["MX", "ES"])

    assert served.http.post(ONE, json=sent, headers=wide).status_code == 201


def test_an_erased_statement_reads_back_as_what_is_left(served, post, get):
    told = post(f"{ONE}?wait=receipt", fresh()).json()
    run("erase", told["uuid"], "--yes", "--data", served.data)

    left = get(f"{ONE}/{told['uuid']}").json()

    assert left["decision_facts"] is None
    assert left["category"] == told["category"]
    assert left["erased_at"]
    assert served.http.get(f"/statement/{told['uuid']}").status_code == 200


def test_the_token_is_stored_only_as_its_hash(served, platform):
    token = platform["authorization"].split()[1]
    on_disk = bytes_below(served.data)

    assert token.encode() not in on_disk
    assert hashlib.sha256(token.encode()).digest() in on_disk
