"""The operator's view of the mail queue: how letters stand, pages of them, one tried again."""

import pytest
from tests.ledger.conftest import reachable
from tests.ledger.outbound.test_outbox import Post, deliver

from amparo.errors import Missing, Refused, Unavailable
from amparo.ledger.case import links
from amparo.ledger.outbound import mail_queue, outbox

NOW = 2_000_000_000
REFUSING = Post(Unavailable("no", why="mail server: 451 4.7.1 <ana@example.org> later", fix="wait"))


def queue(journal, case, number=1):
    """Put letters to a person into the queue; their numbers."""
    reachable(journal, case)
    with journal.transaction():
        for _ in range(number):
            outbox.put_with_link(
                journal, case, "person", "overdue", links.new(journal, case, "person"), now=NOW
            )
    return [row[0] for row in journal.db.execute("SELECT id FROM outbox WHERE due = ?", (NOW,))]


def fail(journal, times):
    """A mail server refuses the one letter that is due, so many times in a row; when it is next."""
    now = NOW
    for _ in range(times):
        letter = outbox.take(journal, now, "mail", 1)
        deliver(journal, letter, mail=REFUSING, now=now)
        now = journal.db.execute("SELECT due FROM outbox WHERE id = ?", (letter.id,)).get
    return now


def standing(journal, number):
    """Every way in which a letter stands; there is one at most."""
    return [
        state
        for state in mail_queue.STANDINGS
        if number in [letter.number for letter in mail_queue.letters(journal, state)]
    ]


def test_a_letter_goes_through_the_queue_and_shows_neither_address_nor_words(journal, cases):
    [number] = queue(journal, cases[0])
    assert standing(journal, number) == ["queued"]

    fail(journal, 3)

    [letter] = mail_queue.letters(journal, "retrying")
    assert (letter.number, letter.recipient, letter.tries) == (number, "person", 3)
    assert letter.code == "451 4.7.1"
    assert "@" not in repr(letter)
    assert mail_queue.counts(journal)["retrying"] == 1


@pytest.mark.parametrize(
    ("stored", "why", "expected"),
    [
        ("delayed", "4.4.1", ["delayed"]),
        ("bounced", "5.1.1", ["bounced"]),
        ("failed", "550 5.1.1", ["refused"]),
        ("failed", outbox.ERASED, []),
        ("sent", "", []),
    ],
)
def test_what_left_is_told_apart_and_what_was_erased_is_no_refusal(
    journal, cases, stored, why, expected
):
    [number] = queue(journal, cases[0])
    journal.db.execute("UPDATE outbox SET state = ?, why = ? WHERE id = ?", (stored, why, number))

    assert standing(journal, number) == expected
    assert sum(mail_queue.counts(journal).values()) == len(expected)


def test_a_letter_that_waits_for_hours_is_tried_now_and_once_only(journal, cases):
    """Pressed twice: the second time it may be on its way, and is left alone."""
    [number] = queue(journal, cases[0])
    later = fail(journal, 4)
    now = later - outbox.RETRY_SECONDS[3] + 60

    mail_queue.again(journal, number, now)

    with pytest.raises(Refused):
        mail_queue.again(journal, number, now)
    assert outbox.take(journal, now, "mail", 1).id == number
    with pytest.raises(Refused):
        mail_queue.again(journal, number, now + 1)
    assert outbox.take(journal, now + 1, "mail", 1) is None


def test_trying_again_never_brings_the_end_of_trying_nearer(journal, cases):
    [number] = queue(journal, cases[0])
    now = fail(journal, 3)
    for _ in range(3 * len(outbox.RETRY_SECONDS)):
        deliver(journal, outbox.take(journal, now, "mail", 1), mail=REFUSING, now=now)
        mail_queue.again(journal, number, now)

    assert standing(journal, number) == ["retrying"]
    assert mail_queue.letters(journal, "retrying")[0].tries == 3


def test_all_that_wait_are_tried_now_but_none_that_nobody_has_tried(journal, cases):
    waiting = queue(journal, cases[0], 3)
    journal.db.execute(
        "UPDATE outbox SET due = ?, tries = 5, why = '451 4.7.1' WHERE id IN (?, ?)",
        (NOW + 9_000, *waiting[:2]),
    )
    journal.db.execute("UPDATE outbox SET due = ? WHERE id = ?", (NOW + 9_000, waiting[2]))

    assert mail_queue.all_again(journal, NOW) == 2
    assert mail_queue.all_again(journal, NOW) == 0
    assert [outbox.take(journal, NOW, "mail", 1).id for _ in range(2)] == waiting[:2]
    assert outbox.take(journal, NOW, "mail", 1) is None


@pytest.mark.parametrize("stored", ["sent", "failed", "bounced", "delayed"])
def test_what_does_not_wait_is_never_sent_a_second_time(journal, cases, stored):
    [number] = queue(journal, cases[0])
    journal.db.execute(
        "UPDATE outbox SET state = ?, why = '550', due = ? WHERE id = ?",
        (stored, NOW + 9_000, number),
    )

    with pytest.raises(Missing):
        mail_queue.again(journal, number, NOW)
    assert mail_queue.all_again(journal, NOW) == 0


def test_a_webhooks_notice_is_no_letter(journal, cases):
    [number] = queue(journal, cases[0])
    journal.db.execute(
        "UPDATE outbox SET way = 'webhook', recipient = 'platform', why = 'it answered 500', "
        "tries = 5, due = ? WHERE id = ?",
        (NOW + 9_000, number),
    )

    assert standing(journal, number) == []
    with pytest.raises(Missing):
        mail_queue.again(journal, number, NOW)


def test_a_long_queue_is_read_in_pages_and_none_is_left_out(journal, cases):
    waiting = queue(journal, cases[0], 2 * mail_queue.PAGE + 1)
    seen, before = [], mail_queue.ALL
    while found := mail_queue.letters(journal, "queued", before):
        assert len(found) <= mail_queue.PAGE
        seen += [letter.number for letter in found]
        before = seen[-1]

    assert seen == waiting[::-1]
