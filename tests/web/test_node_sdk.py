"""The Node SDK `eu-dsa` 1.0.0, made for the EU database, with nothing changed but its address.

Its own code runs, against a node that serves. It checks what it sends before it sends it, so what
it cannot be made to send is no part of this.
"""

import json
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from playwright._impl._driver import compute_driver_executable
from tests.conftest import statement

SDK = Path(__file__).parent.parent / "vendor" / "eu-dsa-1.0.0.min.mjs"
NODE = compute_driver_executable()[0]
"""The Node.js that drives the browser of the other tests."""
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def sdk(served, platform):
    token = platform["authorization"].removeprefix("Bearer ")

    def calling(steps, *, sent=None, given=token, base=served.url):
        """What some steps with a client leave in `told`; an error as its class and status."""
        script = f"""
import * as sdk from {json.dumps(SDK.as_uri())};
const retry = {{maxAttempts: 1}};
const [token, baseUrl, here, sent] = {json.dumps([given, base, served.url, sent])};
const client = new sdk.TransparencyDatabaseClient({{token, baseUrl, retry}});
const told = {{}};
const attempt = async (call) => {{
  try {{ return await call(); }}
  catch (error) {{ return {{name: error.constructor.name, ...error}}; }}
}};
{steps}
console.log(JSON.stringify(told));
"""
        words = [NODE, "--input-type=module", "-"]
        done = subprocess.run(
            words, input=script, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return calling


def scoped(**changes):
    """A statement as the SDK takes one: with a territorial scope, which the EU asks of nobody."""
    return statement(f"own-{uuid4()}", territorial_scope=["DE"]) | changes


def test_it_pings_submits_reads_back_and_finds_its_own_identifier(sdk):
    sent = scoped()
    told = sdk(
        """
told.ping = await client.ping();
told.before = await client.checkPuid(sent.puid);
told.added = await client.submitStatement(sent);
told.after = await client.checkPuid(sent.puid);
told.read = await client.getStatement(told.added.uuid);
""",
        sent=sent,
    )

    assert told["ping"]["ok"]
    assert told["before"] == {"exists": False, "puid": sent["puid"]}
    assert {name: told["added"][name] for name in sent} == sent
    assert told["after"] == {"exists": True, "puid": sent["puid"]}
    assert told["read"]["uuid"] == told["added"]["uuid"]
    assert told["read"]["decision_facts"] == sent["decision_facts"]


def test_it_submits_more_than_a_call_may_hold_in_several(sdk):
    many = [scoped() for _ in range(103)]
    told = sdk("told.added = await client.submitStatements(sent);", sent=many)

    puids = [added["puid"] for added in told["added"]["statements"]]
    assert puids == [one["puid"] for one in many]
    assert len({added["uuid"] for added in told["added"]["statements"]}) == 103


def test_each_refusal_is_the_error_that_it_knows(sdk):
    sent = scoped()
    steps = """
await client.submitStatement(sent);
told.again = await attempt(() => client.submitStatement(sent));
const odd = {...sent, puid: sent.puid + "-2", content_language: "xx"};
told.odd = await attempt(() => client.submitStatement(odd));
told.batch = await attempt(() => client.submitStatements([{...sent, puid: "x"}, odd]));
told.unknown = await attempt(() => client.getStatement("6f9619ff-8b86-4011-b42d-00c04fc964ff"));
"""
    told = sdk(steps, sent=sent)
    stranger = sdk(
        "told.ping = await client.ping(); told.read = await attempt(() => client.checkPuid('x'));",
        given="no-such-token",
    )

    assert told["again"]["name"] == "DsaPuidConflictError"
    assert told["again"]["puid"] == sent["puid"]
    assert (told["odd"]["name"], told["odd"]["statusCode"]) == ("DsaApiError", 422)
    assert list(told["odd"]["response"]["errors"]) == ["content_language"]
    assert list(told["batch"]["response"]["errors"]) == ["statement_1"]
    assert (told["unknown"]["name"], told["unknown"]["statusCode"]) == ("DsaApiError", 404)
    assert not stranger["ping"]["ok"]
    assert stranger["read"]["name"] == "DsaAuthError"


def test_what_it_queued_while_nobody_answered_is_sent_afterwards(sdk):
    sent = scoped()
    told = sdk(
        """
client.setQueue(new sdk.InMemoryQueue());
told.queued = await client.submitOrQueue(sent);
client.baseUrl = here;
told.flushed = await client.flushQueue();
told.found = await client.checkPuid(sent.puid);
""",
        sent=sent,
        base=NOBODY,
    )

    assert told["queued"]["status"] == "pending"
    assert told["flushed"] == {"submitted": 1, "failed": 0}
    assert told["found"]["exists"]
