"""The JavaScript client: the published vectors, a node over a bad line, and a browser."""

import json
import re
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from playwright._impl._driver import compute_driver_executable
from tests.client import vectors
from tests.client.lossy import lossy
from tests.conftest import run, statement

FOLDER = Path(__file__).parents[2] / "clients" / "js"
NODE = compute_driver_executable()[0]
JUDGED = """
const told = {};
const judge = async (call) => {
  try { await call(); return "good"; } catch (error) { return error.kind ?? error.constructor.name; }
};
for (const one of cases.webhooks) {
  const body = new TextEncoder().encode(one.body);
  told[one.what] = await judge(() => amparo.verifyWebhook(one.headers, body, one.secret, one.now));
}
for (const one of cases.receipts) {
  const bytes = new TextEncoder().encode(one.receipt);
  told[one.what] = await judge(() => amparo.checkReceipt(bytes, one.vkey, one));
}
"""
JUDGED_AS = {"refused": "Unsound", "unsound": "Unsound"}


def javascript(script, **values):
    """What a script leaves in `told`; `values` are constants in it."""
    constants = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in values.items())
    source = f"""
import * as amparo from {json.dumps((FOLDER / "amparo.js").as_uri())};
{constants}{script}
console.log(JSON.stringify(told));
"""
    done = subprocess.run(
        [NODE, "--input-type=module", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def line(served):
    with lossy(served.url) as server:
        yield server


@pytest.fixture
def asks(served, platform, line):
    """Run steps with a client on the bad line; `vkey=""` for one that verifies nothing."""
    token = platform["authorization"].removeprefix("Bearer ")
    key = run("log", "vkey", "--data", served.data).stdout.strip()

    def asking(steps, *, vkey=key, given=token, **values):
        script = """
const client = new amparo.Client(url, token, { vkey, patience: { firstSeconds: 0.01 } });
const told = {};
const attempt = async (call) => {
  try { return await call(); }
  catch (error) { return { name: error.constructor.name, kind: error.kind, message: error.message }; }
};
"""
        return javascript(script + steps, url=line.url, token=given, vkey=vkey, **values)

    return asking


def fresh(**changes):
    return statement(f"js-{uuid4()}", **changes)


def judgements():
    cases = {name: vectors.of(name) for name in ("webhooks", "receipts")}
    expected = {
        one["what"]: JUDGED_AS.get(one["is"], one["is"])
        for group in cases.values()
        for one in group
    }
    return cases, expected


def test_it_judges_every_webhook_and_receipt_as_published():
    cases, expected = judgements()

    assert javascript(JUDGED, cases=cases) == expected


def test_it_waits_as_published():
    cases = vectors.of("retries")
    told = javascript(
        """
const told = cases.map((one) => [0, 1].map((chance) => amparo.isRepeated(one.status, true)
  && amparo.waitSeconds(amparo.PATIENCE, one.attempt, one["retry-after"], now, chance)));
""",
        cases=cases,
        now=vectors.AT,
    )

    assert told == [[one["least"], one["most"]] for one in cases]


def test_in_a_browser_it_judges_alike(served, browser):
    """A module of a page's own, under the origin of the node; nothing but what a browser has."""
    cases, expected = judgements()
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.route(
        "**/client/*.js", lambda route: route.fulfill(path=FOLDER / Path(route.request.url).name)
    )
    blank = {"body": "<!doctype html>", "content_type": "text/html"}
    page.route("**/client/page", lambda route: route.fulfill(**blank))
    page.goto(f"{served.url}/client/page")
    judged = f"""async (cases) => {{
      const amparo = await import("/client/amparo.js");
      {JUDGED}
      return told;
    }}"""

    assert page.evaluate(judged, cases) == expected
    context.close()


def test_a_statement_comes_back_with_a_receipt_and_a_lost_answer_stores_nothing_twice(asks, line):
    line.faults = ["lost"]
    told = asks(
        """
const lost = await client.submit(sent[0]);
const fresh = await client.submit(sent[1]);
told.lost = { ...lost, receipt: lost.receipt.length > 0 };
told.fresh = { ...fresh, receipt: fresh.receipt.length > 0 };
told.again = (await client.submit(sent[0])).uuid;
told.odd = await client.submit(sent[2]);
told.tried = [await client.tryOut(sent[2]), await client.tryOut({ ...sent[0], puid: "not-kept" })];
""",
        sent=[fresh(), fresh(), fresh(content_language="xx")],
    )

    assert (told["lost"]["isKnown"], told["lost"]["receipt"]) == (True, True)
    assert (told["fresh"]["isKnown"], told["fresh"]["receipt"]) == (False, True)
    assert told["again"] == told["lost"]["uuid"]
    assert list(told["odd"]["errors"]) == ["content_language"]
    assert told["odd"]["findings"][0]["fix"]
    assert told["tried"] == [told["odd"], None]


def test_a_node_that_took_what_was_to_be_tried_out_is_not_believed(asks, line):
    line.swap = lambda _, content: json.dumps(
        {name: value for name, value in json.loads(content).items() if name != "dry_run"}
    ).encode()
    told = asks("told.tried = await attempt(() => client.tryOut(sent));", sent=fresh())

    assert told["tried"]["kind"] == "refused"
    assert "on the record" in told["tried"]["message"]


def test_many_go_a_hundred_a_call_and_each_has_its_own_outcome(asks, line):
    good = [fresh() for _ in range(103)]
    good[7:7] = [fresh(content_language="xx")]
    good.append(good[50])
    told = asks(
        """
told.all = [];
for await (const [statement, outcome] of client.submitAll(sent)) told.all.push([statement.puid, outcome]);
""",
        vkey="",
        sent=good,
    )

    assert [puid for puid, _ in told["all"]] == [one["puid"] for one in good]
    outcomes = [outcome for _, outcome in told["all"]]
    assert list(outcomes[7]["errors"]) == ["content_language"]
    assert (outcomes[-1]["isKnown"], outcomes[-1]["uuid"]) == (True, outcomes[50]["uuid"])
    assert len({one["uuid"] for one in outcomes if one.get("recourse_url")}) == 103
    assert sum(path == "/api/v1/statements" for _, path in line.seen) <= 4


def test_a_receipt_of_something_else_is_not_taken(asks, line, served, platform):
    other = served.http.post(
        "/api/v1/statement?wait=receipt", json=fresh(), headers=platform
    ).json()
    path = f"/api/v1/statement/{other['uuid']}/receipt"
    receipt = served.http.get(path, headers=platform).content
    line.swap = lambda path, content: receipt if path.endswith("/receipt") else content

    told = asks("told.stored = await attempt(() => client.submit(sent));", sent=fresh())

    assert told["stored"]["name"] == "Unsound"


def test_a_step_is_taken_again_only_where_it_was_not_carried_out(asks, line):
    told = asks("told.stored = await client.submit(sent);", vkey="", sent=fresh())
    case = told["stored"]["uuid"]
    line.seen.clear()
    line.faults = ["lost"]
    lost = asks("told.step = await attempt(() => client.tellPerson(name));", vkey="", name=case)
    assert (lost["step"]["kind"], len(line.seen)) == ("unavailable", 1)

    line.seen.clear()
    line.faults = [(503, {}), (429, {})]
    done = asks("told.step = await attempt(() => client.tellPerson(name));", vkey="", name=case)
    assert (done["step"]["case"], len(line.seen)) == (case, 3)


def test_where_the_content_could_be_read_goes_with_the_evidence(asks):
    told = asks(
        """
const { uuid } = await client.submit(sent);
const keep = (fields) => attempt(() => client.keepEvidence(uuid, { kept: true, ...fields }));
told.unknown = await keep({ page: "https://forum.example/t/12" });
told.wrong = await keep({ page: "forum.example/t/12" });
told.without = await keep({});
""",
        vkey="",
        sent=fresh(),
    )

    assert "This page is not looked at" in told["unknown"]["message"]
    assert (told["wrong"]["kind"], told["without"]["kind"]) == ("malformed", "refused")
    assert "page" not in told["without"]["message"]


def test_each_refusal_is_of_its_kind_and_a_redirect_does_not_get_the_token(asks, line):
    line.faults = [(302, {"location": "http://127.0.0.1:9/"}), (503, {"retry-after": "86400"})]
    told = asks(
        """
told.redirect = (await attempt(() => client.checkToken())).kind;
told.tomorrow = (await attempt(() => client.checkToken())).kind;
told.unknown = (await attempt(() => client.case(name))).kind;
told.elsewhere = (await attempt(() => client.case("../orders"))).kind;
told.stranger = (await attempt(() => new amparo.Client(url, "none").checkToken())).kind;
told.page = (await attempt(() => new amparo.Client(`${url}/about?`, token).orders())).kind;
""",
        name=str(uuid4()),
    )

    assert told == {
        "redirect": "refused",
        "tomorrow": "unavailable",
        "unknown": "missing",
        "elsewhere": "missing",
        "stranger": "denied",
        "page": "unavailable",
    }


def test_the_types_name_what_the_module_gives_and_nothing_else():
    exported = javascript("const told = Object.keys(amparo).sort();")
    typed = (FOLDER / "amparo.d.ts").read_text()
    methods = javascript("const told = Object.getOwnPropertyNames(amparo.Client.prototype).sort();")
    declared = re.search(r"export class Client \{(.+?)^\}", typed, re.MULTILINE | re.DOTALL)[1]

    assert (
        sorted(re.findall(r"^export (?:class|const|function) (\w+)", typed, re.MULTILINE))
        == exported
    )
    assert sorted(re.findall(r"^  (\w+)(?:<.+?>)?\(", declared, re.MULTILINE)) == methods


def test_the_receipt_is_verified_by_the_file_that_pages_use():
    """No second one that could grow apart from it."""
    assert (FOLDER / "receipt.js").resolve().parts[-4:] == ("amparo", "web", "static", "receipt.js")
