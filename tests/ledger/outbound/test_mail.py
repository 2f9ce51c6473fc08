"""Mail out, to a real mail server: how an address is written, and what is final."""

import pytest
from tests.postbox import mailbox

from amparo.ledger.outbound.mail import Mail, NotNow, Rejected


@pytest.fixture
def post():
    """A server that offers no SMTPUTF8, as many do."""
    with mailbox(smtputf8=False) as box:
        yield box


def send(post, to, sender="Foro <amparo@node.example>"):
    Mail(post.url, sender).send(to, "A decision", "Hello")


def test_an_international_domain_is_reached_in_envelope_and_header(post):
    send(post, "anna@müller.example", "Café <amparo@café.example>")

    [(to, mail)] = post.mails
    assert to == mail["to"] == "anna@xn--mller-kva.example"
    assert mail["from"] == "Café <amparo@xn--caf-dma.example>"
    assert mail["message-id"].endswith("@xn--caf-dma.example>")


def test_letters_before_the_at_sign_are_final_where_the_server_has_no_form_for_them(post):
    with pytest.raises(Rejected) as told:
        send(post, "pelé@example.org")

    assert told.value.code == "5.6.7"
    assert post.asked == []


def test_letters_before_the_at_sign_are_sent_where_the_server_takes_them():
    with mailbox() as post:
        send(post, "pelé@müller.example")

    assert [to for to, _ in post.mails] == ["pelé@xn--mller-kva.example"]


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        ("550 5.1.1 <ana@example.org> no such user", Rejected, "550 5.1.1"),
        ("552 5.2.2 mailbox full", Rejected, "552 5.2.2"),
        ("553 no", Rejected, "553"),
        ("421 4.3.2 going down", NotNow, "421 4.3.2"),
        ("450 4.2.0 greylisted", NotNow, "450 4.2.0"),
        ("451 4.7.1 greylisted", NotNow, "451 4.7.1"),
        ("452 4.2.2 full for now", NotNow, "452 4.2.2"),
    ],
)
def test_a_refused_recipient_is_final_from_500_on_and_keeps_its_code(post, reply, error, code):
    post.replies["ana@example.org"] = reply

    with pytest.raises(error) as told:
        send(post, "ana@example.org")

    assert told.value.code == code
    assert code in told.value.why
    assert "ana" not in told.value.why


def test_a_server_that_lacks_what_the_operator_asks_of_it_is_tried_again(post):
    """No STARTTLS: the settings are wrong, and nobody's mailbox is."""
    post.url = post.url.replace("smtp:", "smtp+starttls:")
    with pytest.raises(NotNow):
        send(post, "ana@example.org")


def test_a_message_refused_for_now_is_tried_again(post):
    post.refuse = True
    with pytest.raises(NotNow) as told:
        send(post, "ana@example.org")
    assert told.value.code == "451"


def test_a_server_that_is_not_there_is_told(post):
    assert Mail(post.url, "a@node.example").why_unreachable() == ""
    with mailbox() as gone:
        url = gone.url
    assert "127.0.0.1" in Mail(url, "a@node.example").why_unreachable()
