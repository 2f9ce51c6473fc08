"""What a mail server sends back: delivery status notifications as Postfix writes them (RFC 3464)."""

DSN = """\
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9B095B5ADSN=_01D/mx.example"

This is a MIME-encapsulated message.

--9B095B5ADSN=_01D/mx.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<{recipient}>: host mx.example said: {diagnosis}

--9B095B5ADSN=_01D/mx.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
X-Postfix-Queue-ID: 9B095B5A

{blocks}

--9B095B5ADSN=_01D/mx.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: amparo@localhost
To: {recipient}
Message-ID: {message_id}
Subject: Something

--9B095B5ADSN=_01D/mx.example--
"""
BLOCK = """\
Final-Recipient: rfc822; ana@example.org
Original-Recipient: rfc822;ana@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example
Diagnostic-Code: smtp; {diagnosis}
"""


def block(action="failed", status="5.1.1", diagnosis="550 5.1.1 no such user here"):
    return BLOCK.format(action=action, status=status, diagnosis=diagnosis)


def notification(message_id, *blocks, to="amparo@localhost"):
    """What comes back of the letter with a Message-ID; without blocks: it never arrived."""
    return DSN.format(
        to=to,
        recipient="ana@example.org",
        diagnosis="no",
        blocks="\n".join(blocks or [block()]).strip(),
        message_id=message_id,
    ).encode()
