"""What leaves a node: notices by mail that are not lost, signed webhooks to platforms, in turns."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hostile.bad_hosts import answer, answering, host
from tests.ledger.conftest import filed, reachable

from amparo.case import clocks
from amparo.errors import Malformed, Refused, Unavailable
from amparo.ledger.case import casework, delivery_thread, desks, leaving, links, people
from amparo.ledger.case.delivery_thread import DeliveryOutcome, Letter, Turns
from amparo.ledger.outbound import outbox, retry_after, webhooks
from amparo.ledger.outbound.outbox import KEEP_SECONDS, NOBODY, SIGN_IN
from amparo.web.words.letters import Letters

SECRET = bytes(32)


class Plain:
    def letter(self, one, contact):
        return Letter(one.kind, contact.email)

    def body(self, one):
        return one.kind.encode()

    def way_in(self, link, _):
        return Letter("way in", link)

    def leads_proposed(self):
        return Letter("Lead cases", "An organisation has proposed some.\n")

    def danger(self):
        return Letter("danger", "desk")

    def webhook_ended(self, url):
        return Letter("webhook ended", url)


class Post:
    """A mail server that refuses for now, or takes."""

    def __init__(self, error=None):
        self.error, self.taken = error, []

    def send(self, to, *_):
        if self.error:
            raise self.error
        self.taken.append(to)


def due(journal, now=None, way="mail"):
    """Everything that is due of one way, claimed."""
    found = []
    for platform in outbox.platforms_waiting(journal, way):
        while one := outbox.take(journal, int(now or time.time()), way, platform):
            found.append(one)
    return found


def deliver(journal, one, *, mail=None, words=None, now=None):
    """Send one notice as the node does, but at once and at any time."""
    now = int(now or time.time())
    job = delivery_thread.prepare(journal, mail or Post(), words or Plain(), one, now, SECRET)
    if job is None:
        return
    error = None
    try:
        job.send()
    except Exception as found:
        error = found
    delivery_thread.keep(journal, DeliveryOutcome(job, error, now))


def test_a_notice_that_is_not_taken_is_tried_later_and_later_and_then_told(journal, cases):
    refusing = Post(Unavailable("no", why="451", fix="later"))
    reachable(journal, cases[0])
    with journal.transaction():
        link = links.new(journal, cases[0], "person")
        outbox.put_with_link(journal, cases[0], "person", "decision", link, now=int(time.time()))
    waited = []
    while at := journal.db.execute("SELECT due FROM outbox WHERE state = 'waiting'").get:
        waited.append(at)
        now = at + outbox.CLAIM_SECONDS + delivery_thread.PATIENCE
        for one in due(journal, now):
            deliver(journal, one, mail=refusing, now=now)

    assert waited == sorted(waited)
    assert len(waited) == len(outbox.RETRY_SECONDS) + 1
    assert journal.db.execute("SELECT state, why, link FROM outbox").fetchall() == [
        ("failed", "451", None)
    ]
    assert casework.read(journal, cases[0]).case.decision == "undelivered"
    assert casework.read(journal, cases[0]).case.informed_at is None
    assert desks.waiting_for_platform(journal, 1, 10) == [cases[0]]


def test_what_waits_and_what_is_lost_is_counted(journal, cases):
    """A letter that is lost counts for a case that came to a desk; an erased one is not lost."""
    assert outbox.how_many_waiting(journal) == (0, 0)
    for case, why in zip(cases[:3], ("550 5.1.1", "erased", "451"), strict=True):
        reachable(journal, case)
        with journal.transaction():
            link = links.new(journal, case, "person")
            outbox.put_with_link(journal, case, "person", "decision", link, now=7)
        if why != "451":
            journal.db.execute("UPDATE outbox SET state = 'failed', why = ? WHERE due = 7", (why,))
            journal.db.execute("UPDATE outbox SET due = 0")

    assert outbox.how_many_waiting(journal)[0] == 1
    assert outbox.how_many_lost(journal) == 0
    for case in cases[:2]:
        filed(journal, case)
    assert outbox.how_many_lost(journal) == 1


def test_a_notice_claimed_by_a_sender_that_died_is_taken_again(journal, cases):
    reachable(journal, cases[0])
    filed(journal, cases[0])
    now = int(time.time())

    [first] = due(journal, now)

    assert due(journal, now) == []
    assert due(journal, now + outbox.CLAIM_SECONDS) == [first]


def test_a_forgotten_address_gets_nothing_any_more(journal, cases, node):
    reachable(journal, cases[0])
    filed(journal, cases[0])

    with journal.transaction():
        outbox.forget(journal, cases[0])

    assert due(journal, time.time() + 10**6) == []
    assert outbox.contact(journal, cases[0], "person") is None


def test_a_letter_names_no_other_side_and_ends_where_the_person_can_go_on(journal, cases, node):
    reachable(journal, cases[0])
    with journal.transaction():
        link = links.new(journal, cases[0], "person")
        outbox.put_with_link(journal, cases[0], "person", "decision", link, now=int(time.time()))
    [one] = due(journal)

    letter = Letters(journal, node, "https://node.example").letter(
        one, outbox.contact(journal, cases[0], "person")
    )

    assert f"https://node.example/recourse/{cases[0]}/{one.link.hex()}" in letter.text
    assert "at least 6 months" in letter.text
    kept = journal.of_case(cases[0])
    assert links.find(journal, kept, one.link.hex()) == ("person", "own")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("es-MX", "es"), ("tlh", "en"), ("", "en"), ("not a language", "en")],
)
def test_whoever_reads_a_language_without_texts_is_written_to_in_english(
    journal, cases, node, theirs, ours
):
    reachable(journal, cases[0])
    with journal.transaction():
        link = links.new(journal, cases[0], "person")
        outbox.put_with_link(journal, cases[0], "person", "decision", link, now=int(time.time()))
    [one] = due(journal)
    contact = outbox.contact(journal, cases[0], "person")
    written = Letters(journal, node, "https://node.example")

    assert written.letter(one, contact._replace(language=theirs)) == written.letter(
        one, contact._replace(language=ours)
    )


def test_a_notice_that_cannot_be_written_holds_up_no_other(journal, cases):
    class Odd(Plain):
        def letter(self, one, contact):
            if one.case == cases[0]:
                raise KeyError(one.kind)
            return super().letter(one, contact)

    post = Post()
    for number, case in enumerate(cases):
        reachable(journal, case, f"p{number}@example.org")
        filed(journal, case)

    for one in due(journal):
        deliver(journal, one, mail=post, words=Odd())

    assert post.taken == ["p1@example.org", "p2@example.org"]
    assert journal.db.execute("SELECT why FROM outbox WHERE state = 'waiting'").get


def test_time_that_passes_is_told_in_the_platforms_body(journal, cases, node):
    filed(journal, cases[0])
    one = outbox.Waiting(1, cases[0], "platform", "complaint_filed", None, 0, 0, 1)

    body = Letters(journal, node, "https://node.example").body(one)

    assert b'"complaint":"filed"' in body
    assert b"C06" in body
    assert (
        casework.now() + timedelta(days=13)
        < clocks.running(casework.read(journal, cases[0]).case)["C06"]
    )


# --- links to come in by ----------------------------------------------------------------------


def ask_for_link(journal, seat, now=None):
    with journal.transaction():
        outbox.put_for_seat(journal, seat, SIGN_IN, now=int(now or time.time()))


def test_a_link_is_made_when_it_leaves_and_nothing_of_it_stays(journal, desk):
    rosa = people.add(journal, desk, "Rosa", "rosa@example.org")
    post = Post()
    ask_for_link(journal, rosa.id)
    ask_for_link(journal, rosa.id)
    assert journal.db.execute("SELECT count(*) FROM pass").get == 0

    for one in due(journal)[:1]:
        deliver(journal, one, mail=post)

    assert post.taken == ["rosa@example.org"]
    assert journal.db.execute("SELECT count(*) FROM pass").get == 1
    assert journal.db.execute("SELECT count(*) FROM outbox").get == 0  # asked twice: sent once


def test_who_has_no_seat_is_sent_nothing_and_leaves_nothing(journal, desk):
    gone = people.add(journal, desk, "Rosa", "rosa@example.org")
    post = Post()
    ask_for_link(journal, NOBODY)
    ask_for_link(journal, gone.id)
    leaving.leave(journal, gone)

    for one in due(journal):
        deliver(journal, one, mail=post)

    assert post.taken == []
    assert journal.db.execute("SELECT count(*) FROM outbox").get == 0


def test_a_link_that_nobody_waits_for_any_more_is_given_up_within_ten_minutes(journal, desk):
    rosa = people.add(journal, desk, "Rosa", "rosa@example.org")
    begun = int(time.time())
    ask_for_link(journal, rosa.id, begun)
    now = begun
    while at := journal.db.execute("SELECT due FROM outbox WHERE state = 'waiting'").get:
        now = at
        for one in due(journal, now):
            deliver(journal, one, mail=Post(Unavailable("no", why="451", fix="")), now=now)

    assert now - begun < 600
    assert journal.db.execute("SELECT state FROM outbox").get == "failed"


# --- turns ------------------------------------------------------------------------------------


def test_platforms_take_turns_and_who_waits_longest_is_first():
    turns = Turns(at_once=3, of_one=3)
    turns.wait([1, 2, 3])
    got = []
    for _ in range(3):
        got.append(turns.next())
        turns.begin(got[-1])

    assert got == [1, 2, 3]
    assert turns.next() is None  # all of them are under way
    turns.end(2)
    turns.wait([1, 2, 3, 4])
    assert turns.next() == 1  # before 4, who has come now


@given(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=50))
def test_no_platform_has_more_under_way_than_it_may_and_each_has_its_turn(ends):
    turns, under_way = Turns(at_once=4, of_one=1), {1: 0, 2: 0, 3: 0}
    turns.wait([1, 2, 3])
    for ended in ends:
        while (platform := turns.next()) is not None:
            turns.begin(platform)
            under_way[platform] += 1
        assert under_way == {1: 1, 2: 1, 3: 1}
        turns.end(ended)
        under_way[ended] -= 1


def test_a_platform_with_nothing_due_is_passed_by_until_it_waits_again():
    turns = Turns(at_once=2, of_one=1)
    turns.wait([1, 2])
    turns.pass_by(turns.next())
    assert turns.next() == 2
    turns.wait([1, 2])
    assert turns.next() in (1, 2)


def test_each_platform_that_waits_is_named_once_and_by_its_way(journal, cases, desk):
    for case in cases:
        reachable(journal, case)
        filed(journal, case)
    ask_for_link(journal, NOBODY)

    assert outbox.platforms_waiting(journal, "mail") == [NOBODY, desk.id]
    assert outbox.platforms_waiting(journal, "webhook") == []


# --- webhooks ---------------------------------------------------------------------------------


def test_an_address_inside_a_private_network_is_refused_unless_allowed(journal, desk):
    for url in (
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://[::1]/x",
        "https://[64:ff9b::7f00:1]/",
        "https://[fec0::1]/",
        "https://2130706433/",
    ):
        with pytest.raises(Refused, match="private network"):
            webhooks.set_webhook(journal, desk.id, url)
    for url in ("http://example.org/x", "ftp://example.org", "nonsense"):
        with pytest.raises(Malformed, match="no address"):
            webhooks.set_webhook(journal, desk.id, url)
    assert webhooks.set_webhook(journal, desk.id, "http://127.0.0.1:9/x", private=True).startswith(
        "whsec_"
    )


@pytest.fixture
def ordered(journal, cases, desk):
    """A desk with two orders that wait for its webhook, at a port that is handed in."""

    def ordering(port):
        url = f"http://127.0.0.1:{port}/hook?token=secret"
        webhooks.set_webhook(journal, desk.id, url, private=True)
        for case in cases[:2]:
            filed(journal, case)
        assert outbox.platforms_waiting(journal, "webhook") == [desk.id]
        return outbox.take(journal, int(time.time()), "webhook", desk.id)

    return ordering


def tried(journal, ordered, raw):
    """What is known of a webhook that gave this answer."""
    with host(answering(raw)) as port:
        one = ordered(port)
        deliver(journal, one)
    [status] = webhooks.statuses(journal).values()
    return one, status


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "308 Moved", "404 No", "500 No"])
def test_a_webhook_that_redirects_or_fails_is_tried_again_and_rests(journal, ordered, desk, status):
    moved = answer(b"", status, "location: https://elsewhere.example/\x1b[31mnew")
    begun = int(time.time())

    one, known = tried(journal, ordered, moved)

    assert known.state == "failing"
    assert status[:3] in known.why
    assert ("elsewhere.example" in known.why) is status.startswith("3")
    assert known.why.isprintable()
    assert known.rest_until >= begun + webhooks.REST_SECONDS[0]
    assert webhooks.rests(journal, desk.id, begun)
    row = journal.db.execute("SELECT tries, due FROM outbox WHERE id = ?", (one.id,)).fetchone()
    assert row[0] == 1
    assert row[1] >= begun + outbox.RETRY_SECONDS[0]


@pytest.mark.parametrize("status", ["429 Later", "503 Later"])
def test_a_webhook_that_says_when_is_asked_again_then_and_it_counts_as_no_try(
    journal, ordered, status
):
    begun = int(time.time())

    one, known = tried(journal, ordered, answer(b"", status, "retry-after: 1234"))

    tries, at = journal.db.execute(
        "SELECT tries, due FROM outbox WHERE id = ?", (one.id,)
    ).fetchone()
    assert tries == 0
    assert begun + 1234 <= at <= begun + 1294
    assert known.rest_until == at
    late = one._replace(made_at=begun - KEEP_SECONDS - 1)
    assert outbox.failed(journal, late, "503", begun, after=5)  # and not for ever


def test_a_webhook_that_is_gone_has_ended_and_its_desk_is_told(
    journal, ordered, desk, cases, caplog
):
    lead = people.add(journal, desk, "Lea", "lea@example.org", lead=True)
    people.add(journal, desk, "Rosa", "rosa@example.org")

    _, known = tried(journal, ordered, answer(b"", "410 Gone"))

    assert (known.state, known.why) == ("ended", "it answered 410")
    assert webhooks.of_platform(journal, desk.id) is None
    states = journal.db.execute(
        "SELECT state, count(*) FROM outbox WHERE way = 'webhook' GROUP BY state"
    ).fetchall()
    assert [state for state, _ in states] == ["failed"]
    assert "gone" in caplog.text
    [told] = due(journal)
    assert (told.kind, told.seat) == ("webhook_ended", lead.id)
    post = Post()
    deliver(journal, told, mail=post)
    assert post.taken == ["lea@example.org"]
    filed(journal, cases[2])
    assert outbox.platforms_waiting(journal, "webhook") == []  # nothing more is queued
    webhooks.set_webhook(journal, desk.id, "http://127.0.0.1:9/", private=True)
    assert webhooks.statuses(journal)[desk.id].state == "active"


def test_what_an_earlier_address_answers_late_is_not_held_against_a_new_one(journal, ordered, desk):
    one = ordered(9)
    now = int(time.time())
    job = delivery_thread.prepare(journal, Post(), Plain(), one, now, SECRET)
    webhooks.set_webhook(journal, desk.id, "http://127.0.0.1:10/new", private=True)

    delivery_thread.keep(
        journal, DeliveryOutcome(job, webhooks.Gone("", why="it answered 410", fix=""), now)
    )

    assert webhooks.statuses(journal)[desk.id].state == "active"
    assert due(journal, now + outbox.CLAIM_SECONDS, "webhook")


def test_a_webhook_that_takes_again_has_no_failures_any_more(journal, ordered, desk):
    tried(journal, ordered, answer(b"", "500 No"))
    with host(answering(answer(b"", "204 No Content"))) as port:
        journal.db.execute("UPDATE webhook SET url = ?", (f"http://127.0.0.1:{port}/",))
        [one, *_] = due(journal, time.time() + 10**5, "webhook")
        deliver(journal, one)

    status = webhooks.statuses(journal)[desk.id]
    assert (status.state, status.failures, status.rest_until, status.why) == ("active", 0, 0, "")


NOW = 1_790_000_000


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 5),
        ("3", 5),
        ("86401", 86_400),
        ("9" * 9, 86_400),
        ("9" * 5000, 86_400),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90),
        (f"{datetime.fromtimestamp(NOW + 90, UTC):%A, %d-%b-%y %H:%M:%S} GMT", 90),
        (f"{datetime.fromtimestamp(NOW + 90, UTC):%a %b %d %H:%M:%S %Y}", 90),
        (format_datetime(datetime.fromtimestamp(NOW - 90, UTC), usegmt=True), 5),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("1e9", None),
        ("soon", None),
        ("٣٠", None),
        ("Wed, 99 Oct 2026 07:28:00 GMT", None),
        ("x" * 10_000, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms_and_bounded(value, seconds):
    assert retry_after.seconds(value, NOW) == seconds
