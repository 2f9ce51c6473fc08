"""Every door has its limit, in one table; the page says the same, and each limit holds."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.routing import Route
from tests.conftest import Served
from tests.hostile import wire
from tests.test_house import every_route

from amparo.ledger.disclosure.drop_box import MOST_A_DAY
from amparo.web import witness
from amparo.web.disclosure import app as disclosure_app
from amparo.web.http import bodies, limits
from amparo.web.http.rate import Bucket, network

PAGE = (Path(__file__).parent.parent.parent / "docs" / "limits.md").read_text()
BOTTOMLESS = 10**9


def taking():
    """Every address that takes a body, of node, witness and box."""
    apps = disclosure_app.build(Path("nowhere")), witness.build(SimpleNamespace())
    routes = [*every_route(), *(route for app in apps for route in app.routes)]
    return {r.path for r in routes if isinstance(r, Route) and r.methods - {"GET", "HEAD"}}


def test_every_address_that_takes_something_is_in_the_table_and_no_other():
    assert taking() == set(limits.MOST_BYTES)


def shown(number):
    for unit, size in (("MiB", limits.MB), ("KiB", limits.KB)):
        if number % size == 0:
            return f"{number // size} {unit}"
    return f"{number:,} bytes"


def told_bodies():
    return "".join(f"| `{path}` | {shown(most)} |\n" for path, most in limits.MOST_BYTES.items())


def told_rates():
    what = {
        "notice": "notices (`/report`)",
        "report": "transparency reports judged (`/transparency`)",
        "receipt": "receipts judged (`/verify`)",
        "document": "documents handed in to the coalition",
        "claim": "saying that a case is yours",
        "link": "asking for a way in: a mail, a passkey's challenge, one's organisation",
        "sign-in": "trying one",
        "words": "seven words at `/return`",
        "demonstration": "being somebody of a demonstration (`/demo`)",
    }
    return "".join(
        f"| {what[name]} | {rate.at_once} | {1 / rate.a_second:.0f} s |\n"
        for name, rate in limits.RATES.items()
    )


def told_queues():
    rows = {
        "steps on cases, sign-in, passkeys": limits.MOST_CASEWORK,
        "statements and batches that are tried out": limits.MOST_TRIED,
        "cosignatures of a witness": limits.MOST_WITNESSING,
        "steps of the box": limits.MOST_BOX,
        "guesses at seven words (Argon2id)": limits.MOST_GUESSES,
    }
    return "".join(f"| {what} | {most} |\n" for what, most in rows.items())


def told_readers():
    rows = {
        "transparency reports (`/transparency`)": limits.REPORT_READERS,
        "receipts (`/verify`), answers of a desk's report": limits.SMALL_READERS,
    }
    return "".join(f"| {what} | {' | '.join(map(str, one))} |\n" for what, one in rows.items())


def told_box():
    what = {
        "handed on": "handed on by an onion service or a proxy on the machine",
        "direct": "directly",
        "network": "of these, one network",
    }
    return "".join(
        f"| {what[name]} | {rate.at_once} | {1 / rate.a_second / 60:.0f} min |\n"
        for name, rate in limits.BOX_RATES.items()
    )


def told_bounds():
    what = {
        "unfinished_bytes": "unfinished requests together",
        "unread_bytes": "answers together that wait to be read",
        "connections": "connections of a process",
        "network_connections": "of one network",
        "head_bytes": "a head",
        "headers": "fields of a head",
        "head_seconds": "seconds for a head",
        "idle_seconds": "seconds without a request",
        "stall_seconds": "seconds of a pause",
        "bytes_a_second": "bytes a second, at least",
        "pipelined": "requests that wait on one connection",
    }
    assert set(what) == set(limits.Bounds._fields)
    made = ""
    for name, told in what.items():
        values = [getattr(one, name) for one in (limits.NODE, limits.WITNESS, limits.DISCLOSURE)]
        cells = [shown(v) if name.endswith("bytes") else f"{v:,.0f}" for v in values]
        made += f"| {told} | {' | '.join(cells)} |\n"
    return made


def test_the_ways_into_the_box_together_take_no_more_than_a_day_may():
    ways = [limits.BOX_RATES[name] for name in ("handed on", "direct")]

    assert sum(rate.at_once + rate.a_second * limits.DAY for rate in ways) <= MOST_A_DAY


@pytest.mark.parametrize(
    "told", [told_bodies, told_rates, told_box, told_queues, told_readers, told_bounds]
)
def test_the_page_has_the_numbers_of_the_program(told):
    assert f"|\n{told()}\n" in PAGE


def through(path, number, *, said):
    """Whether a body of that many bytes goes through at an address; `said` beforehand or not."""
    pieces = [number - 1, 1]
    headers = [(b"content-length", str(number).encode())] if said else []
    scope = {"type": "http", "headers": headers, "route": SimpleNamespace(path=path)}

    async def receive():
        size = pieces.pop(0)
        return {"type": "http.request", "body": bytes(size), "more_body": bool(pieces)}

    async def app(_, receive, __):
        while (await receive())["more_body"]:
            pass

    try:
        bodies.Bodies(app, at_work=BOTTOMLESS)(scope, receive, None).send(None)
    except StopIteration:
        return True
    except bodies.TooLarge:
        return False
    raise AssertionError("it waits for something")


@pytest.mark.parametrize("said", [True, False], ids=["said", "not said"])
@pytest.mark.parametrize("path", [*sorted(limits.MOST_BYTES), "/elsewhere"])
def test_a_body_of_the_limit_goes_through_and_one_more_byte_does_not(path, said):
    most = limits.most_bytes(path)

    assert through(path, most, said=said)
    assert not through(path, most + 1, said=said)


@pytest.mark.parametrize("path", sorted(r.path for r in every_route() if "POST" in r.methods))
def test_no_address_of_a_node_reads_more_than_its_limit(served, platform, path):
    """It answers although the rest never comes, whatever it answers, and closes."""
    address = path
    for name in ("uuid", "capability", "step"):
        address = address.replace(f"{{{name}}}", "6a1f0d3c-0000-4000-8000-000000000000")
    address = address.replace("{number:int}", "1")
    kind = "multipart/form-data; boundary=x" if "api" not in path else "application/json"
    head = wire.head(
        "POST",
        address,
        f"Authorization: {platform['authorization']}",
        f"Content-Type: {kind}",
        f"Content-Length: {limits.most_bytes(path) + 1}",
    )

    got = wire.ask(served.url, head + b"{" * 1000, 10)

    assert int(got.split()[1]) in (200, 303, 401, 404, 413), got[:200]
    assert b"connection: close" in got.lower()


def test_a_network_is_what_one_subscriber_has():
    assert network("198.51.100.7") == "198.51.100.7"
    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert network("::ffff:198.51.100.7") == "198.51.100.7"
    assert network("2001:db8:1:3::1") != network("2001:db8:1:2::1")


def test_whoever_is_sent_away_learns_when_the_next_one_is_taken():
    bucket = Bucket(limits.Rate(a_second=0.5, at_once=3))

    waits = [bucket.wait("a") for _ in range(5)]

    assert waits[:3] == [0, 0, 0]
    assert all(1.9 < wait <= 2 for wait in waits[3:])  # trying again makes it no longer
    assert bucket.wait("b") == 0


def test_a_token_has_a_rate_where_the_node_sets_one_and_else_none(tmp_path):
    one = Served(tmp_path / "node")
    headers = one.add_platform("Foro")
    other = one.add_platform("Plaza")
    address = "/api/v1/statement/existing-puid/x"
    assert {one.http.get(address, headers=headers).status_code for _ in range(30)} == {404}
    one.stop()
    settings = tmp_path / "node" / "amparo.toml"
    text = settings.read_text()
    assert "\nrequests_a_minute = 0\n" in text
    settings.write_text(text.replace("requests_a_minute = 0", "requests_a_minute = 6"))

    one.start()
    answers = [one.http.get(address, headers=headers) for _ in range(9)]
    beside = one.http.get(address, headers=other)
    one.stop()

    assert [answer.status_code for answer in answers[:6]] == [404] * 6
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert answers[-1].json()["fix"]
    assert beside.status_code == 404
