"""A real mail server that keeps what it is given, or refuses it for now."""

import contextlib
import email
import email.policy
import socket
import time

from aiosmtpd.controller import Controller


class Mailbox:
    def __init__(self):
        self.mails, self.refuse, self.url = [], False, ""
        self.envelopes = []
        """To whom each mail was, and where it comes back to."""
        self.replies, self.asked = {}, []
        """What is said to a recipient, by address, once each or (a str) always; whom it was for."""

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        self.asked.append(address)
        reply = self.replies.get(address, "250 taken")
        if isinstance(reply, list):
            reply = reply.pop(0) if reply else "250 taken"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, _server, _session, envelope):
        if self.refuse:
            return "451 try again later"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos[0], mail))
        self.envelopes.append((envelope.rcpt_tos[0], envelope.mail_from))
        return "250 taken"

    def to(self, address, subject, seconds=120):
        """The mail to somebody whose subject holds a text; waits for it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for to, mail in self.mails:
                if to == address and subject in mail["subject"]:
                    return mail
            time.sleep(0.1)
        raise AssertionError(f"no mail {subject!r}: {[(t, m['subject']) for t, m in self.mails]}")


@contextlib.contextmanager
def mailbox(*, smtputf8=True):
    """A mail server for as long as it is used."""
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, enable_SMTPUTF8=smtputf8)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    try:
        yield box
    finally:
        controller.stop()


def mails_to(box, folder):
    """Let a node that is not served yet give its mail to a mailbox; its settings as a text."""
    settings = folder / "amparo.toml"
    text = settings.read_text().replace('smtp = "smtp://localhost"', f'smtp = "{box.url}"')
    settings.write_text(text)
    return text
